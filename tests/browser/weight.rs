//! Question 23 of `docs/PAGE.md`: the cost of a first look, counted on the network, with scripts
//! and without. With scripts it ends when the page is live: the reader sees the room, and can
//! write. What the page loads from then on, its second stage, is counted apart.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::is_called;

/// A room with as many messages as a page without scripts shows.
fn talk(bo: &Person<'_>) {
    for number in 0..25 {
        let text = format!("{number} of them: the box in the cellar dips every night at {number}");
        bo.says(&text);
        bo.mark_will_be(&text, "sent");
    }
}

/// All requests went to the server, the console is empty, and nothing in the page itself would need
/// an exception from a security policy.
fn is_clean(person: &Person<'_>, server: &Server) {
    let host = server.address().to_string();
    for url in person.requests() {
        assert_eq!(url.split('/').nth(2), Some(host.as_str()), "{url}");
    }
    assert!(person.console().is_empty(), "{:#?}", person.console());
    let inline = "[...document.querySelectorAll('style, script:not([src])')].length \
        + [...document.querySelectorAll('*')].filter(one => [...one.attributes].some(({ name }) => \
        name.startsWith('on'))).length";
    assert_eq!(person.sees(inline), 0);
}

const IS_LOADED: &str = "performance.getEntriesByType('navigation')[0].loadEventEnd > 0";

#[test]
fn a_first_look_is_light_on_the_wire_with_scripts_and_without() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    talk(&bo);
    let ann = browser.comes(&format!("{}r/lobby", server.url()), DESKTOP);
    assert_eq!(ann.log().len(), 25);
    ann.waits_until(IS_LOADED);
    ann.is_whole();
    let (bytes, requests) = ann.bytes_and_requests();
    let (first, then) = ann.bytes_until_live();
    eprintln!(
        "with scripts: {first} bytes until the page is live, {} after that; {requests} requests and \
        the socket",
        bytes - first
    );
    assert!(first > 20_000.0, "{first} is not all");
    assert!(first < 60_000.0, "{first}");
    // The second stage: one script, and its words. The browser may load an icon then.
    let is_asked = |url: &&String| url.starts_with("http") && !url.contains("icon");
    let second: Vec<_> = then.iter().filter(is_asked).collect();
    assert!((1..=2).contains(&second.len()), "{second:#?}");
    assert!(ann.requests().len() <= 12, "{:#?}", ann.requests());
    is_clean(&ann, &server);
    // A reload needs only the page and a connection; everything else is cached.
    let before = ann.requests().len();
    ann.reloads();
    ann.is_connected();
    let (_, later) = ann.bytes_and_requests();
    assert!(later - requests <= 2, "{:#?}", &ann.requests()[before..]);
    is_clean(&ann, &server);

    let plain = browser.looks_at("about:blank", DESKTOP);
    plain.opens_without_scripts(&format!("{}r/lobby", server.url()));
    assert_eq!(plain.measures("document.querySelectorAll('ol > li').length"), 25.0);
    // The browser loads the icon after everything else.
    plain.waits_until(IS_LOADED);
    let (bytes, requests) = plain.bytes_and_requests();
    eprintln!("without scripts: {bytes} bytes, {requests} requests");
    assert!(bytes > 4_000.0, "{bytes} is not all");
    assert!(bytes < 6.0 * 1024.0, "{bytes}");
    assert!(requests <= 3, "{:#?}", plain.requests());
    is_clean(&plain, &server);
}
