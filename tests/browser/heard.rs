//! Question 16 of `docs/PAGE.md`: what a screen reader hears, and what it does not.

use serde_json::json;

use crate::cuts::comes_back;
use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP};
use crate::people::is_called;

/// Keeps everything that was ever said aloud, because the page removes old sentences.
const LISTENS: &str = "(window.aloud = [], new MutationObserver(changes => changes.forEach(change => \
    change.addedNodes.forEach(node => aloud.push(node.textContent)))).observe(document.querySelector('#speaker'), \
    { childList: true }), 1)";

#[test]
fn each_new_message_is_heard_once_with_its_name_and_what_is_old_never() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let mut raw = server.voice();
    (0..120).for_each(|number| raw.says(&format!("old {number}")));
    raw.hears("old 119");
    bo.says("said before");
    bo.mark_will_be("said before", "sent");
    let ann = browser.comes(&proxy.url(), DESKTOP);
    ann.hears("said before");
    assert_eq!(ann.reads("document.querySelector('#speaker').innerText"), "", "history is silent");
    ann.sees(LISTENS);
    // Older lines, newcomers, a change, and one's own words are not read aloud.
    ann.scrolls_to(0);
    ann.hears("old 30");
    let cleo = browser.opens(&server.url());
    is_called(&cleo, "Cleo");
    bo.says("/edit said long before");
    ann.hears("said long before");
    ann.says("my own words");
    ann.mark_will_be("my own words", "sent");
    assert_eq!(ann.sees("aloud"), json!([]));
    // Each message of others is read once, with the name, even if the row shows no name.
    bo.says("one");
    bo.says("two");
    ann.hears("two");
    ann.waits_until("aloud.length === 2");
    assert_eq!(ann.sees("aloud"), json!(["Bo: one", "Bo: two"]));
    let second = "[...document.querySelectorAll('.said')].pop()";
    let head = format!("{second}.querySelector('.head').innerText");
    assert_eq!(ann.sees(&format!("{second}.matches('.turn')")), false, "the same turn");
    assert!(ann.reads(&head).starts_with("Bo "), "{}", ann.reads(&head));
    // A cut is announced, and messages that were read aloud are not read again.
    proxy.cut();
    ann.waits_until("aloud.includes('Connection closed')");
    proxy.heal();
    comes_back(&ann);
    ann.waits_until("aloud.includes('Connected')");
    cleo.says("three");
    ann.waits_until("aloud.includes('Cleo: three')");
    let times = "['Bo: one', 'Bo: two', 'Cleo: three', 'Connection closed', 'Connected']\
        .map(words => aloud.filter(one => one === words).length)";
    assert_eq!(ann.sees(times), json!([1, 1, 1, 1, 1]));
    assert_eq!(ann.measures("aloud.length"), 5.0, "{}", ann.sees("aloud"));
    // Each part has a role and a name, and is silent: the log says what it is, and so does the
    // field.
    let parts = ann.parts_aloud();
    for (role, name) in [
        ("log", "Messages in lobby"),
        ("textbox", "Message to lobby"),
        ("heading", "lobby"),
        ("button", "Send"),
        ("link", "Skip to the message field"),
    ] {
        let is_it = |part: &&(String, String)| part.0 == role && part.1 == name;
        assert!(parts.iter().any(|part| is_it(&part)), "no {role} called {name}: {parts:?}");
    }
    assert_eq!(ann.reads("document.querySelector('#box').ariaLive"), "off");
    let live =
        "[...document.querySelectorAll('[aria-live]')].map(one => `${one.id} ${one.ariaLive}`)";
    assert_eq!(ann.sees(live), json!(["box off", " off", " off", "speaker polite"]));
}
