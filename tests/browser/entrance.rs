//! Into a server that asks for a password: by its form and by an address with the password. The
//! page is live at once.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, Person};

/// The form is there, and the page has finished loading.
const FORM: &str =
    "document.readyState === 'complete' && document.querySelector('input[type=password]')";

fn shut() -> Server {
    Server::start_with("127.0.0.1:0", &["--password", "sword fish&"])
}

/// Neither an address in this tab's history nor any storage has the password.
fn keeps_nothing_of_it(person: &Person<'_>) {
    assert!(!person.reads("location.href").contains("sword"));
    let kept = person.reads("JSON.stringify({ ...localStorage, ...sessionStorage })");
    assert!(!kept.contains("sword"), "{kept}");
    let visited = person.visited();
    assert!(!visited.iter().any(|url| url.contains("sword")), "{visited:?}");
}

#[test]
fn a_password_that_is_typed_into_the_form_makes_the_page_live_at_once() {
    let server = shut();
    let browser = Browser::start();
    for room in ["", "r/kitchen"] {
        let ann = browser.looks_at(&format!("{}{room}", server.url()), DESKTOP);
        ann.waits_until(FORM);
        // The page reports a wrong password.
        ann.sees("document.querySelector('input[type=password]').value = 'catfish'");
        ann.clicks("button[name=enter]");
        ann.waits_until(FORM);
        ann.waits_until("document.querySelector('.bad').innerText === 'That is not the password.'");
        ann.sees("document.querySelector('input[type=password]').value = 'sword fish&'");
        ann.sees("document.querySelector('[name=name]').value = ''");
        ann.clicks("button[name=enter]");
        ann.is_connected();
        ann.says("in by the form");
        ann.mark_will_be("in by the form", "sent");
        keeps_nothing_of_it(&ann);
        ann.reloads();
        ann.is_connected();
        ann.hears("in by the form");
    }
}

#[test]
fn an_address_with_the_password_makes_the_page_live_at_once_and_is_cleared_of_it() {
    let server = shut();
    let browser = Browser::start();
    for (address, room) in [
        ("?password=sword%20fish%26", "lobby"),
        ("r/kitchen?password=sword+fish%26", "kitchen"),
        ("?room=kitchen&password=sword%20fish%26", "kitchen"),
    ] {
        let ann = browser.opens(&format!("{}{address}", server.url()));
        assert_eq!(ann.reads("document.querySelector('h1').innerText"), room, "{address}");
        ann.says(address);
        ann.mark_will_be(address, "sent");
        keeps_nothing_of_it(&ann);
        // The session remembers it, so the next room needs no password.
        ann.says("/join attic");
        ann.waits_until(
            "location.pathname === '/r/attic' && document.documentElement.dataset.line === 'open'",
        );
    }
    let wrong = browser.looks_at(&format!("{}?password=catfish", server.url()), DESKTOP);
    wrong.waits_until("document.querySelector('.bad').innerText === 'That is not the password.'");
    wrong.waits_until("document.querySelector('input[type=password]')");
}
