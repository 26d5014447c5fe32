//! Who owns a session. A link or a copied address never makes a reader another person for good, and
//! what a session gains belongs to its own browser.

use serde_json::json;

use crate::host::Server;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::{is_called, opens_panel};

/// The person's name, as the page shows it.
const ME: &str = "document.querySelector('#me summary').innerText";

fn session(person: &Person<'_>) -> String {
    person.reads("localStorage['threadbare.session']")
}

/// The session's cookie in the browser. A page of the server would say it, too; but each page
/// writes the cookie that it came with again, and may be answered after the newer one was written.
fn cookie(person: &Person<'_>) -> String {
    person.cookie("threadbare").unwrap_or_default()
}

/// Waits until the server has written the session's newest token into the cookie.
pub(crate) fn has_its_session_in_the_cookie(person: &Person<'_>) {
    crate::cdp::wait_for("the cookie is the session's", || {
        (cookie(person) == session(person)).then_some(())
    });
}

fn is_me(person: &Person<'_>, name: &str) {
    person.waits_until(&format!("{ME} === '{name}'"));
}

/// Comes in by a form, with scripts off, so that the server writes the cookie.
fn comes_by_a_form<'b>(browser: &'b Browser, server: &Server, name: &str) -> Person<'b> {
    let person = browser.looks_at("about:blank", DESKTOP);
    person.runs_scripts(false);
    person.goes_to(&server.url());
    person.waits_until("document.readyState === 'complete' && document.querySelector('#say')");
    person.sees(&format!("document.querySelector('#say [name=name]').value = '{name}'"));
    person.sees("document.querySelector('#say [name=text]').value = 'by a form'");
    person.sees("document.querySelector('#say').submit()");
    person.waits_until("document.body.innerText.includes('by a form')");
    // The address had the session only until the cookie came back.
    assert!(!person.reads("location.href").contains("s="), "{}", person.reads("location.href"));
    person
}

/// The link that the open page makes.
fn makes_a_link(person: &Person<'_>) -> String {
    person.clicks("main form button");
    person.waits_until("document.querySelector('main p a')?.href.includes('code=')");
    person.reads("document.querySelector('main p a').href")
}

/// Goes to the page of devices, and makes a link there.
pub(crate) fn makes_a_device_link(person: &Person<'_>) -> String {
    has_its_session_in_the_cookie(person);
    opens_panel(person, "me");
    person.waits_until("!!document.querySelector('#me a[href^=\"/device\"]')");
    person.sees("location.assign(document.querySelector('#me a[href^=\"/device\"]').href)");
    person.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    makes_a_link(person)
}

#[test]
fn a_link_on_another_site_makes_nobody_somebody_else() {
    let server = Server::start();
    let browser = Browser::start();
    let mallory = browser.opens(&server.url());
    is_called(&mallory, "Mallory");
    let link = format!("{}r/lobby?s={}", server.url(), session(&mallory));
    let ann = browser.looks_at(&format!("data:text/html,<a href=\"{link}\">come in</a>"), DESKTOP);
    ann.waits_until("document.querySelector('a')");
    ann.sees("document.querySelector('a').click()");
    ann.is_connected();
    ann.waits_until(&format!("{ME}.startsWith('guest-')"));
    assert!(!ann.reads("location.href").contains("s="));
    assert_ne!(session(&ann), session(&mallory));
}

#[test]
fn a_copied_address_is_for_its_tab_and_does_not_stay_in_the_bar() {
    let server = Server::start();
    let browser = Browser::start();
    let mallory = browser.opens(&server.url());
    is_called(&mallory, "Mallory");
    // A person who has never been here pastes the address.
    let ann = browser.opens(&format!("{}r/kitchen?s={}", server.url(), session(&mallory)));
    is_me(&ann, "Mallory");
    assert_eq!(ann.reads("location.pathname + location.search"), "/r/kitchen");
    assert_ne!(session(&ann), session(&mallory), "it is not the browser's own");
    ann.reloads();
    ann.is_connected();
    is_me(&ann, "Mallory");
    let own = ann.opens_another_tab(&server.url());
    own.waits_until(&format!("{ME}.startsWith('guest-')"));
    // After the tab goes to another page, it does not have that session either.
    ann.goes_to(&format!("{}r/attic", server.url()));
    ann.waits_until(
        "location.pathname === '/r/attic' && document.documentElement.dataset.line === 'open'",
    );
    ann.waits_until(&format!("{ME}.startsWith('guest-')"));
}

#[test]
fn a_name_s_secret_is_for_the_browser_that_gave_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let other = ann.opens_another_tab(&format!("{}r/kitchen", server.url()));
    let thief = browser.opens(&format!("{}?s={}", server.url(), session(&ann)));
    is_me(&thief, "Ann");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("/msg Ann soup for two");
    thief.waits_until("document.querySelector('#talks').textContent.includes('Bo')");
    opens_panel(&thief, "private");
    thief.waits_until("document.querySelector('#letters').innerText.includes('soup')");
    ann.says("/name Ann#swordfish");
    thief.line_will_say("You are signed out here");
    // What only Ann may read is not on that page any more.
    let all = "document.documentElement.textContent";
    thief.waits_until(&format!("!{all}.includes('soup for two')"));
    thief.waits_until("!document.querySelector('#talks').textContent.includes('Bo')");
    assert!(
        !thief.line_says().contains("The server closed the connection"),
        "{}",
        thief.line_says()
    );
    // All of her tabs go on, whether they were connected at that moment or not.
    for tab in [&ann, &other] {
        tab.is_connected();
        tab.says("still me");
        tab.mark_will_be("still me", "sent");
        tab.reloads();
        tab.is_connected();
        is_me(tab, "Ann");
    }
    assert_eq!(cookie(&ann), session(&ann));
    // The browser with the old token is now a guest.
    thief.sees("document.querySelector('#state button').click()");
    thief.waits_until(&format!("{ME}.startsWith('guest-')"));
    thief.is_whole();
    assert!(!thief.reads(all).contains("soup for two"), "{}", thief.reads(all));
}

#[test]
fn a_guest_who_is_signed_out_is_not_asked_for_a_password() {
    let server = Server::start();
    let browser = Browser::start();
    let guest = browser.opens(&server.url());
    let other = browser.opens(&format!("{}?s={}", server.url(), session(&guest)));
    // The room is the first one's alone, so its session gets a new token.
    guest.says("/join attic soup");
    other.line_will_say("You are signed out. Choose a name to go on.");
    assert_eq!(other.sees("document.querySelector('#hello input').type"), json!("text"));
}

#[test]
fn a_device_that_was_signed_out_asks_for_the_password_in_its_place() {
    let server = Server::start();
    let (laptop, phone) = (Browser::start(), Browser::start());
    let ann = laptop.opens(&server.url());
    is_called(&ann, "Ann");
    let other = phone.looks_at(&makes_a_device_link(&ann), DESKTOP);
    other.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    other.clicks("main form button");
    ann.goes_to(&server.url());
    ann.is_connected();
    other.is_connected();
    is_me(&other, "Ann");
    other.types("half a thought");
    other.draft_is_kept("half a thought");
    ann.says("/name Ann#swordfish");
    other.line_will_say("You are signed out here");
    let tries = |password: &str| {
        other.waits_until("document.querySelector('#hello input').offsetHeight > 0");
        let label = other.reads("document.querySelector('#hello label').innerText");
        assert_eq!(label, "Password for Ann");
        other.sees("document.querySelector('#hello input').focus()");
        assert_eq!(other.reads("document.activeElement.type"), "password");
        other.types(password);
        other.presses("Enter");
    };
    tries("dish");
    let problem = "document.querySelector('#hello [role=alert]').innerText";
    other.waits_until(&format!("{problem}.startsWith('That is not the password for this name.')"));
    assert_eq!(other.sees("document.documentElement.dataset.line"), json!("ended"));
    other.sees("document.querySelector('#hello input').value = ''");
    tries("swordfish");
    other.is_connected();
    is_me(&other, "Ann");
    assert_eq!(other.field(), "half a thought");
    assert_eq!(other.sees("document.querySelector('#hello').hidden"), json!(true));
    other.says("!");
    other.mark_will_be("half a thought!", "sent");
}

/// A laptop and a phone of Ann, whose name has the password "fish". On the phone she has a private
/// message from Bo, one that came from Cleo and is not read, one that she sent, and two drafts.
fn ann_on_two_devices<'b>(browser: &'b Browser, server: &Server) -> [Person<'b>; 2] {
    let [laptop, phone, bo, cleo] = [(); 4].map(|()| browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&cleo, "Cleo");
    for device in [&laptop, &phone] {
        device.says("/name Ann#fish");
        is_me(device, "Ann");
    }
    phone.says("/msg Bo what I whisper");
    bo.says("/msg Ann what Bo whispers");
    cleo.says("/msg Ann what Cleo whispers");
    phone.waits_until("document.querySelectorAll('#talks li').length === 2");
    phone.goes_to_field();
    phone.types("half a thought");
    phone.sees(
        "[...document.querySelectorAll('#talks button')].find(it => it.innerText.includes('Bo')).click()",
    );
    phone.waits_until("document.querySelector('#letters').innerText.includes('what Bo whispers')");
    phone.goes_to_field();
    phone.types("a half whisper");
    phone.waits_until("JSON.stringify(localStorage).includes('a half whisper')");
    [laptop, phone]
}

#[test]
fn a_page_whose_session_is_over_has_nothing_any_more_that_only_its_person_may_read() {
    let server = Server::start();
    let browser = Browser::start();
    let [laptop, phone] = ann_on_two_devices(&browser, &server);
    laptop.says("/name Ann#wish");
    phone.waits_until("document.documentElement.dataset.line === 'ended'");
    let is_clean = |all: &str| {
        phone.waits_until(&format!("!({all}).includes('whisper')"));
        phone.waits_until("document.querySelectorAll('#talks li').length === 0");
        phone.waits_until("document.querySelector('#places summary').innerText === 'Chats'");
        let names = phone.reads("document.querySelector('#rows').innerText");
        assert!(!names.contains("private message"), "{names}");
        phone.waits_until("document.querySelector('#field').value === 'half a thought'");
    };
    let shown = "document.documentElement.textContent";
    is_clean(shown);
    // Whoever joins as a guest may be somebody else: the drafts for people go as well.
    phone.sees("document.querySelector('#state button').click()");
    phone.waits_until(&format!("{ME}.startsWith('guest-')"));
    phone.is_connected();
    is_clean(&format!("{shown} + JSON.stringify(localStorage)"));
    assert_eq!(phone.reads("localStorage['threadbare.name'] || ''"), "");
}

#[test]
fn a_cookie_that_the_server_has_written_is_renewed_with_its_session() {
    let server = Server::start();
    let browser = Browser::start();
    let vera = browser.opens(&server.url());
    vera.says("/join den soup");
    vera.waits_until("location.pathname === '/r/den'");
    vera.is_connected();
    let ann = comes_by_a_form(&browser, &server, "Ann");
    ann.runs_scripts(true);
    ann.goes_to(&server.url());
    ann.is_connected();
    is_me(&ann, "Ann");
    let before = session(&ann);
    ann.says("/join den soup");
    ann.waits_until(
        "location.pathname === '/r/den' && document.documentElement.dataset.line === 'open'",
    );
    is_me(&ann, "Ann");
    assert_ne!(session(&ann), before);
    assert_eq!(cookie(&ann), session(&ann));
    let before = session(&ann);
    ann.says("/name Ann#swordfish");
    ann.waits_until(&format!("localStorage['threadbare.session'] !== '{before}'"));
    has_its_session_in_the_cookie(&ann);
    ann.reloads();
    ann.is_connected();
    is_me(&ann, "Ann");
}

#[test]
fn a_form_in_one_tab_renews_the_connection_of_another() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_form(&browser, &server, "Ann");
    let live = ann.opens_another_tab(&server.url());
    is_me(&live, "Ann");
    ann.sees("document.querySelector('#say [name=text]').value = '/name Ann#swordfish'");
    ann.sees("document.querySelector('#say').submit()");
    ann.waits_until(
        "document.readyState === 'complete' && !document.querySelector('#say [name=text]').value",
    );
    // The live page's connection began with the old token; the page asks the server for the new
    // one.
    live.is_connected();
    live.says("still me");
    live.mark_will_be("still me", "sent");
    is_me(&live, "Ann");
    live.reloads();
    live.is_connected();
    is_me(&live, "Ann");
    assert_eq!(cookie(&live), session(&live));
}

#[test]
fn a_wrong_secret_is_told_as_one_and_what_was_typed_is_there_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("/name Ann#swordfish");
    is_me(&ann, "Ann");
    let bo = browser.opens(&server.url());
    let wrong = "That is not the password for this name.";
    // By a command: the text is in the field again.
    bo.says("/name Ann#catfish");
    bo.waits_until("document.querySelector('#field').value === '/name Ann#catfish'");
    bo.waits_until(&format!("document.querySelector('#note').innerText.includes('{wrong}')"));
    bo.sees("document.querySelector('#field').value = ''");
    // By the panel.
    opens_panel(&bo, "me");
    bo.sees("document.querySelector('#me [name=name]').value = 'Ann#catfish'");
    bo.sees("document.querySelector('#me form').requestSubmit()");
    bo.waits_until(&format!(
        "document.querySelector('#me form [role=alert]').innerText.includes('{wrong}')"
    ));
    assert_eq!(bo.reads("document.querySelector('#me [name=name]').value"), "Ann#catfish");
    assert_eq!(bo.sees("document.querySelector('#me').open"), true);
    bo.sees("document.querySelector('#me [name=name]').value = 'Ann#swordfish'");
    bo.sees("document.querySelector('#me form').requestSubmit()");
    is_me(&bo, "Ann");
    // The page is loaded again as Ann's, and says nothing about a password.
    bo.is_whole();
    assert_eq!(bo.sees("!document.querySelector('#me form [role=alert]')?.innerText"), true);
}

#[test]
fn a_session_that_a_link_once_brought_into_a_tab_does_not_come_back_there() {
    let server = Server::start();
    let browser = Browser::start();
    let mallory = browser.opens(&server.url());
    is_called(&mallory, "Mallory");
    let phone = browser.opens(&server.url());
    phone.says("/name Anna#fish");
    is_me(&phone, "Anna");
    let ann = browser.opens(&format!("{}?s={}", server.url(), session(&mallory)));
    is_me(&ann, "Mallory");
    ann.goes_to(&format!("{}r/attic", server.url()));
    ann.waits_until(&format!("location.pathname === '/r/attic' && {ME}.startsWith('guest-')"));
    ann.says("/name Anna#fish");
    is_me(&ann, "Anna");
    let own = session(&ann);
    ann.reloads();
    ann.is_connected();
    is_me(&ann, "Anna");
    assert_eq!(session(&ann), own);
}

/// The page after `/quit` says that the person has left, and makes no new session.
pub(crate) fn has_left(person: &Person<'_>) {
    person.waits_until("document.body.innerText.includes('You are signed out.')");
    is_nobody(person);
}

/// The page has no session, and makes none.
pub(crate) fn is_nobody(person: &Person<'_>) {
    person.waits_until("document.readyState === 'complete' && location.search === ''");
    assert_eq!(person.sees("'line' in document.documentElement.dataset"), json!(false));
    assert_eq!(person.reads("localStorage['threadbare.session'] || ''"), "");
}

/// The person joins again, by the link on that page.
fn joins_again(person: &Person<'_>) {
    // Above it, whoever has a password signs in.
    let last = "main form:last-of-type button";
    person.waits_until(&format!("!!document.querySelector('{last}')"));
    let words = person.reads(&format!("document.querySelector('{last}').innerText.trim()"));
    assert!(["Join again", "Join without signing in"].contains(&&*words), "{words}");
    person.clicks(last);
    person.is_connected();
    person.waits_until(&format!("{ME}.startsWith('guest-')"));
}

#[test]
fn the_page_says_that_one_has_left_and_makes_nobody_of_whoever_has() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_form(&browser, &server, "Ann");
    ann.sees("document.querySelector('#say [name=text]').value = '/quit'");
    ann.runs_scripts(true);
    ann.sees("document.querySelector('#say').submit()");
    has_left(&ann);
    joins_again(&ann);
    assert!(!ann.reads("document.body.innerText").contains("You are signed out."));
}

#[test]
fn whoever_signs_out_on_the_live_page_is_nobody_there_and_the_name_is_free() {
    let server = Server::start();
    let browser = Browser::start();
    // One session was made by the script, one by the server.
    for name in ["Ann", "Bo"] {
        let person = match name {
            "Ann" => {
                let ann = browser.opens(&server.url());
                is_called(&ann, "Ann");
                ann
            }
            _ => {
                let bo = comes_by_a_form(&browser, &server, "Bo");
                bo.runs_scripts(true);
                bo.reloads();
                is_me(&bo, "Bo");
                bo
            }
        };
        let before = session(&person);
        if name == "Ann" {
            person.says("/quit");
        } else {
            opens_panel(&person, "me");
            person.sees("document.querySelector('#sign-out button').click()");
            person.waits_until("document.activeElement.innerText === 'Cancel'");
            person.sees("document.querySelector('#sign-out .buttons button:last-child').click()");
        }
        has_left(&person);
        // Nor does the browser know how far that person has read.
        let marks =
            "Object.keys(localStorage).filter((key) => /\\.(seen|unread)/.test(key)).join()";
        assert_eq!(person.reads(marks), "", "{name}");
        joins_again(&person);
        assert_ne!(session(&person), before, "{name}");
        person.says(&format!("/name {name}"));
        is_me(&person, name);
        // The browser fills a form again that somebody goes back to. It has no command then.
        person.goes_back();
        person.goes_back();
        person.is_connected();
        assert_eq!(person.field(), "", "{name}");
    }
}

#[test]
fn whoever_leaves_for_good_takes_all_messages_along_on_every_live_page() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("a sentence of mine");
    bo.hears("a sentence of mine");
    bo.says("yours");
    ann.hears("yours");
    ann.says("/forgetme Bo");
    ann.waits_until("document.body.innerText.includes('Nothing was removed.')");
    ann.clicks("#me summary");
    ann.waits_until("!!document.querySelector('#forget-me button')");
    ann.finds_and_clicks("#forget-me button");
    ann.waits_until("document.querySelector('#forget-me').innerText.includes('cannot be undone')");
    ann.finds_and_clicks("#forget-me button:last-child");
    let told = "Your messages and your name are removed.";
    ann.waits_until(&format!("document.body.innerText.includes('{told}')"));
    is_nobody(&ann);
    bo.waits_until("document.querySelector('#rows').innerText.includes('Message deleted.')");
    let rows = bo.reads("document.querySelector('#rows').innerText");
    assert!(!rows.contains("a sentence of mine"), "{rows}");
    assert!(rows.contains("yours") && rows.contains("removed all their messages"), "{rows}");
    let names =
        bo.reads("[...document.querySelectorAll('#rows .who')].map((who) => who.innerText).join()");
    assert!(!names.contains("Ann"), "{names}");
}

#[test]
fn whoever_quits_in_one_tab_has_left_in_all_tabs_of_that_browser() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let other = ann.opens_another_tab(&server.url());
    is_me(&other, "Ann");
    other.goes_to_field();
    other.types("half a thought");
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    let comings = "document.querySelector('#rows').innerText.match(/joined/g)?.length ?? 0";
    let before = bo.measures(comings);
    ann.says("/quit");
    has_left(&ann);
    other.line_will_say("You signed out in another tab.");
    assert_eq!(other.sees("document.documentElement.dataset.line"), json!("ended"));
    assert_eq!(other.field(), "half a thought");
    bo.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    assert!(bo.measures(comings) <= before);
    // The name is free.
    let cleo = browser.opens(&server.url());
    cleo.says("/name Ann");
    is_me(&cleo, "Ann");
    // The other tab does not come back by itself, neither when it is looked at nor when the device
    // is online again.
    other.looks_away(true);
    other.looks_away(false);
    other.sees("dispatchEvent(new Event('online'))");
    assert_eq!(other.sees("document.documentElement.dataset.line"), json!("ended"));
    assert_eq!(other.reads("document.querySelector('#state button').innerText"), "Join again");
    other.sees("document.querySelector('#state button').click()");
    other.waits_until(&format!(
        "document.documentElement.dataset.line === 'open' && {ME}.startsWith('guest-')"
    ));
    assert_eq!(other.field(), "half a thought");
    assert_eq!(other.measures("document.querySelectorAll('.own').length"), 0.0);
}

#[test]
fn a_tab_without_a_connection_when_its_person_quits_becomes_nobody_else_later() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = crate::host::Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    is_called(&ann, "Ann");
    let other = ann.opens_another_tab(&proxy.url());
    // This tab slept, so it missed the message from the other tab.
    other.begins_with("addEventListener('storage', event => event.stopImmediatePropagation())");
    other.reloads();
    is_me(&other, "Ann");
    other.sees(
        "window.awake = [WebSocket, EventSource, fetch]; \
         WebSocket = EventSource = class { constructor() { throw new Error('asleep'); } }; \
         window.fetch = () => Promise.reject(new Error('asleep'))",
    );
    proxy.cut();
    other.line_will_say("Connection closed.");
    proxy.heal();
    crate::cuts::comes_back(&ann);
    ann.says("/quit");
    has_left(&ann);
    // However often it tried in vain, it tries again soon.
    other.sees("Math.random = () => 0; void ([WebSocket, EventSource, fetch] = awake)");
    // The pause that has begun may be long, and its button is not always there.
    other.sees("void dispatchEvent(new Event('online'))");
    other.line_will_say("You signed out in another tab.");
}

#[test]
fn a_tab_goes_on_as_whom_another_tab_has_become_and_says_so() {
    let server = Server::start();
    let browser = Browser::start();
    let phone = browser.opens(&server.url());
    phone.says("/name Ann#fish");
    is_me(&phone, "Ann");
    let first = browser.opens(&server.url());
    let second = first.opens_another_tab(&server.url());
    second.goes_to_field();
    second.types("half a thought");
    first.says("/name Ann#fish");
    is_me(&first, "Ann");
    is_me(&second, "Ann");
    second.is_connected();
    let notes = "[...document.querySelectorAll('.note')].map(n => n.innerText).join('|')";
    second.waits_until(&format!("{notes}.includes('is now Ann')"));
    assert_eq!(second.reads("document.querySelector('#note').innerText"), "");
    assert_eq!(second.field(), "half a thought");
    second.presses("Enter");
    phone.hears("half a thought");
    assert!(
        phone
            .reads("[...document.querySelectorAll('.said .head')].pop().innerText")
            .contains("· you")
    );
}

#[test]
fn whoever_quits_by_a_link_leaves_the_browser_s_own_person_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let mallory = browser.opens(&server.url());
    is_called(&mallory, "Mallory");
    let link = format!("{}?s={}", server.url(), session(&mallory));
    // The browser had nobody when the link was opened.
    let visit = browser.opens(&link);
    is_me(&visit, "Mallory");
    let ann = visit.opens_another_tab(&server.url());
    is_called(&ann, "Ann");
    let own = session(&ann);
    visit.says("/quit");
    is_me(&visit, "Ann");
    assert_eq!(session(&ann), own);
    // A browser that has somebody stays that person.
    ann.goes_to(&link);
    ann.is_connected();
    is_me(&ann, "Ann");
}

#[test]
fn a_person_goes_on_another_device_by_a_link_and_lets_others_into_a_room_by_one() {
    let server = Server::start();
    let (laptop, phone) = (Browser::start(), Browser::start());
    let ann = laptop.opens(&format!("{}r/den", server.url()));
    is_called(&ann, "Ann");
    let link = makes_a_device_link(&ann);
    let other = phone.looks_at(&link, DESKTOP);
    other.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    other.clicks("main form button");
    other.waits_until("location.pathname.startsWith('/r/den')");
    other.is_live();
    other.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    other.says("from my phone");
    other.mark_will_be("from my phone", "sent");
    // The other device makes an invite to a room with a password; a stranger follows it.
    other.says("/password soup");
    other.waits_until("document.body.innerText.includes('needs a password')");
    // The session has a new token with the right to the room.
    has_its_session_in_the_cookie(&other);
    other.says("/invite");
    other.waits_until("!!document.querySelector('.made code')");
    let invite = other.reads("document.querySelector('.made code').innerText");
    let third = Browser::start();
    let bo = third.looks_at(&invite, DESKTOP);
    bo.waits_until("location.pathname === '/r/den/invite' && document.readyState === 'complete'");
    bo.clicks("main form button");
    bo.is_live();
    bo.hears("from my phone");
    // Back on the laptop, the other device is signed out, and another tab of the laptop goes on.
    let tab = ann.opens_another_tab(&server.url());
    tab.is_live();
    // A new device is told on the open page of the first one, once.
    let link = makes_a_device_link(&other);
    let fourth = Browser::start();
    let tablet = fourth.looks_at(&link, DESKTOP);
    tablet.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    tablet.clicks("main form button");
    tab.waits_until(
        "document.querySelector('.note p')?.innerText.startsWith('Another device has signed in')",
    );
    tablet.is_connected();
    tablet.reloads();
    tablet.is_connected();
    assert_eq!(tab.sees("document.querySelectorAll('.note').length"), 1);
    assert_eq!(tablet.sees("document.querySelectorAll('.note').length"), 0);
    // The notice stays until somebody has acted on it, also if the page is loaded again.
    tab.reloads();
    tab.is_connected();
    tab.waits_until("document.querySelectorAll('.note').length === 1");
    tab.clicks(".note button");
    tab.waits_until("document.querySelector('#me').open && !document.querySelector('.note')");
    tab.reloads();
    tab.is_live();
    assert_eq!(tab.sees("document.querySelectorAll('.note').length"), 0);
    ann.clicks("main form button[name=elsewhere]");
    ann.waits_until("document.querySelector('main').innerText.includes('signed out everywhere')");
    other.waits_until("document.documentElement.dataset.line !== 'open'");
    tab.is_connected();
    is_me(&tab, "Ann");
    tab.says("still me");
    tab.mark_will_be("still me", "sent");
}

#[test]
fn whoever_signs_in_again_after_another_device_signed_them_out_is_so_on_the_server_s_pages_too() {
    let server = Server::start();
    let browser = Browser::start();
    for again in ["in the tab", "in a new page", "by the strip"] {
        let ann = browser.opens(&server.url());
        // After a restart, Firefox shows a script the cookie that the script has written, although
        // it keeps that of the server.
        ann.begins_with(
            "let written = ''; \
             Object.defineProperty(document, 'cookie', { get: () => written, set(it) { written = it; } })",
        );
        ann.reloads();
        ann.says("/name Ann#fish");
        is_me(&ann, "Ann");
        ann.says("/join den soup");
        ann.waits_until("location.pathname === '/r/den'");
        ann.is_whole();
        ann.says("in the den");
        ann.mark_will_be("in the den", "sent");
        ann.goes_to(&server.url());
        ann.waits_until("location.pathname !== '/r/den'");
        ann.is_whole();
        if again == "by the strip" {
            ann.goes_to("about:blank");
            ann.waits_until("location.href === 'about:blank'");
        }
        let other = browser.opens(&server.url());
        other.says("/name Ann#fish");
        is_me(&other, "Ann");
        opens_panel(&other, "me");
        other.finds_and_clicks("#elsewhere button");
        other.finds_and_clicks("#elsewhere .buttons button:nth-of-type(2)");
        let told = "document.querySelector('#elsewhere + p').innerText";
        other.waits_until(&format!("{told} === 'You are signed out everywhere else.'"));
        match again {
            "in the tab" => {
                ann.waits_until("document.documentElement.dataset.line === 'ended'");
                ann.sees("document.querySelector('#state button').click()");
            }
            "in a new page" => {
                ann.waits_until("document.documentElement.dataset.line === 'ended'");
                ann.reloads();
            }
            _ => ann.goes_to(&server.url()),
        }
        ann.waits_until("document.documentElement.dataset.line === 'open'");
        if again == "by the strip" {
            ann.waits_until("document.querySelector('#hello input').type === 'password'");
            ann.sees("document.querySelector('#hello input').focus()");
            ann.types("fish");
            ann.presses("Enter");
        } else {
            ann.says("/name Ann#fish");
        }
        is_me(&ann, "Ann");
        ann.goes_to(&format!("{}r/den", server.url()));
        ann.waits_until("location.pathname === '/r/den' && document.readyState === 'complete'");
        let words = ann.reads("document.querySelector('main').innerText");
        assert!(!words.contains("You are not signed in any more"), "{again}: {words}");
        ann.is_connected();
        ann.hears("in the den");
        ann.closes();
        other.closes();
    }
}
