//! The server is away: if the address is secure, the browser has a page that says so.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};

/// The browser has stored what it needs for that time.
fn is_prepared(person: &Person<'_>) {
    person.waits_until("window.isSecureContext");
    person.sees("navigator.serviceWorker.ready.then(() => 1)");
}

/// Asks for the page again, with any result.
fn asks_again(person: &Person<'_>) {
    person.sees("window.isOld = true");
    person.sees("(location.reload(), 1)");
    person.waits_until("!window.isOld && document.readyState === 'complete'");
}

#[test]
fn the_page_of_a_server_that_is_away_says_so_and_the_draft_is_there_when_it_is_back() {
    let server = Server::start();
    let address = server.address().to_string();
    let browser = Browser::start();
    let (ann, bo) = (
        browser.comes(&server.url(), PHONE),
        browser.comes(
            &format!("{}r/lobby", server.url()),
            Visit { dark: true, languages: "zh-CN", ..DESKTOP },
        ),
    );
    is_prepared(&ann);
    is_prepared(&bo);
    ann.goes_to_field();
    ann.types("half a thou");
    ann.draft_is_kept("half a thou");
    server.stop();
    ann.line_will_say("Connection closed.");
    for (person, words, picture) in [
        (&ann, "The server is not reachable.", "360-away.png"),
        (&bo, "服务器不在线。", "1280-away-zh.png"),
    ] {
        asks_again(person);
        assert_eq!(person.reads("document.querySelector('h1').innerText"), words);
        keep_picture(person, picture);
        let styled = "getComputedStyle(document.body).maxWidth !== 'none'";
        assert_eq!(person.sees(styled), true, "it has its style");
    }
    let server = Server::start_with(&address, &[]);
    ann.clicks("main a");
    ann.is_connected();
    assert_eq!(ann.field(), "half a thou");
    let mut voice = server.voice();
    ann.goes_to_field();
    ann.sees("document.querySelector('#field').setSelectionRange(99, 99)");
    ann.types("ght");
    ann.clicks("#send");
    voice.hears("half a thought");
}

#[test]
fn a_form_that_nobody_takes_stays_the_browsers_to_send_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_prepared(&ann);
    ann.opens_without_scripts(&format!("{}r/lobby", server.url()));
    server.stop();
    ann.clicks("input[name=text]");
    ann.types("half a thought");
    ann.clicks("#say button");
    ann.waits_until("location.protocol === 'chrome-error:'");
}

#[test]
fn a_phone_can_keep_the_chat_among_its_programs() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    assert_eq!(ann.manifest_errors(), json!([]));
}

#[test]
fn over_plain_http_nothing_is_prepared_and_nothing_complains() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at_as_over_plain_http(&server.url());
    ann.is_connected();
    assert_eq!(ann.sees("window.isSecureContext"), false);
    assert_eq!(ann.console(), Vec::<serde_json::Value>::new());
}
