//! The parts of the page that a person opens seldom: a pinned message, an excuse, how to leave for
//! good, links to other devices and invites. `access` and `touch` look at each of them, in each
//! state, also from right to left.

use crate::host::Server;
use crate::page::{Browser, Person, Visit};
use crate::people::{is_called, opens_panel};

/// Turns each page of a tab over, from right to left.
const FROM_THE_RIGHT: &str = "document.addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl'; })";

/// The page of a path is there, and not only its address.
fn stands_at(person: &Person<'_>, path: &str) {
    person.waits_until(&format!(
        "location.pathname === '{path}' && document.readyState === 'complete' && !window.isOld"
    ));
}

/// Opens another page in this tab, also if it has the same path.
fn goes(person: &Person<'_>, server: &Server, address: &str) {
    person.sees("window.isOld = true");
    person.goes_to(&format!("{}{address}", server.url()));
    stands_at(person, &format!("/{}", address.split('?').next().unwrap()));
}

/// Presses a button of a form, which leads to a page.
fn presses(person: &Person<'_>, button: &str, path: &str) {
    person.sees(&format!("window.isOld = true; document.querySelector('{button}').click()"));
    stands_at(person, path);
}

/// The address of the link that a page has just made.
fn made_link(person: &Person<'_>) -> String {
    person.waits_until("document.querySelector('main p a')?.href.includes('code=')");
    person.reads("document.querySelector('main p a').href")
}

/// Goes through all these parts on such a device, and lets `looks` look at each.
pub(crate) fn goes_through_seldom_parts(
    visit: Visit,
    is_rtl: bool,
    looks: &dyn Fn(&Person<'_>, &str),
) {
    let server = Server::start();
    let browser = Browser::start();
    let comes = |address: &str| {
        let person = browser.looks_at("about:blank", visit);
        if is_rtl {
            person.begins_with(FROM_THE_RIGHT);
        }
        goes(&person, &server, address);
        person
    };
    let ann = comes("r/den");
    ann.is_connected();
    is_called(&ann, "Ann");
    ann.says("soup at noon");
    ann.mark_will_be("soup at noon", "sent");
    live_parts(&browser, &server, &ann, looks);
    server_pages(&server, &comes, &ann, looks);
}

/// The parts of the live page.
fn live_parts(
    browser: &Browser,
    server: &Server,
    ann: &Person<'_>,
    looks: &dyn Fn(&Person<'_>, &str),
) {
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("a text of Bo");
    ann.hears("a text of Bo");
    ann.says("/pin #2");
    ann.waits_until("!!document.querySelector('#pinned')");
    ann.says("/reply #2 fine");
    ann.mark_will_be("fine", "sent");
    looks(ann, "a pinned message");
    // All that can be done with a message; one word is to unpin it.
    let row = "[...document.querySelectorAll('#rows .said')].find(it => it.innerText.includes('a text of Bo'))";
    ann.sees(&format!("{row}.scrollIntoView({{ block: 'center' }})"));
    ann.sees(&format!("{row}.querySelector('.head time').click()"));
    ann.waits_until("!!document.querySelector('.actions')");
    ann.sees("[...document.querySelectorAll('.actions button')].pop().click()");
    ann.waits_until("document.querySelectorAll('.actions button').length > 4");
    looks(ann, "all that can be done with a pinned message");
    ann.presses("Escape");
    bo.says("/away lunch");
    ann.waits_until(
        "document.querySelector('#people [data-name=Bo] .count')?.textContent === 'away: lunch'",
    );
    opens_panel(ann, "people");
    looks(ann, "somebody who is away");
    opens_panel(ann, "me");
    ann.waits_until("!!document.querySelector('#forget-me button')");
    ann.sees("document.querySelector('#forget-me button').click()");
    ann.waits_until("document.querySelectorAll('#forget-me button').length === 2");
    ann.sees("document.querySelector('#forget-me').scrollIntoView({ block: 'nearest' })");
    looks(ann, "whether to leave for good");
    ann.presses("Escape");
    bo.says("/forgetme Bo");
    ann.waits_until("document.querySelector('#rows').innerText.includes('removed all their')");
    looks(ann, "somebody has left for good");
}

/// The pages of the server.
fn server_pages<'b>(
    server: &Server,
    comes: &dyn Fn(&str) -> Person<'b>,
    ann: &Person<'_>,
    looks: &dyn Fn(&Person<'_>, &str),
) {
    for (address, page, name) in
        [("device?room=den", "/device", "Cleo"), ("r/den/invite", "/r/den/invite", "Dan")]
    {
        goes(ann, server, address);
        looks(ann, address);
        presses(ann, "main form button", page);
        let link = made_link(ann);
        looks(ann, &format!("{address}: a link and its picture"));
        let (_, link) = link.split_once(&server.url()).unwrap();
        looks(&comes(link), &format!("{address}: who follows the link"));
        let somebody = comes("r/lobby");
        somebody.is_connected();
        is_called(&somebody, name);
        goes(&somebody, server, link);
        looks(&somebody, &format!("{address}: somebody with a name follows the link"));
        somebody.closes();
    }
    goes(ann, server, "device?room=den");
    presses(ann, "main form button[name=elsewhere]", "/device");
    ann.waits_until("document.querySelector('main').innerText.includes('signed out everywhere')");
    looks(ann, "signed out on all other devices");
    goes(ann, server, "device?code=00112233445566778899aabbccddeeff");
    looks(ann, "a link that is no longer valid");
    goes(ann, server, "settings?forget=1&room=den");
    looks(ann, "a page to leave for good");
}
