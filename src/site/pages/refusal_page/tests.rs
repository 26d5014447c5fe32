//! Tests that a browser gets every refusal as a page, in every language.
//!
//! Owns: the requests of a browser.

use super::{RefusedBrowser, answer_browser, first_header};
use crate::server::http::refusal::Refusal;
use crate::server::http::response::Response;

fn asks(target: &str, headers: &'static [(&'static str, &'static str)]) -> Option<RefusedBrowser> {
    RefusedBrowser::of(target, |name| headers.iter().find(|it| it.0 == name).map(|it| it.1))
}

const ENGLISH: &[(&str, &str)] = &[("Accept", "text/html"), ("Accept-Language", "en")];
const CHINESE: &[(&str, &str)] = &[("Accept", "text/html"), ("Accept-Language", "zh-CN")];

fn text(page: &Response) -> String {
    String::from_utf8(page.body.sent().to_vec()).unwrap()
}

#[test]
fn a_head_is_read_as_far_as_it_came() {
    let head = b"GET /x HTTP/1.1\r\nHost: a\r\naccept: text/html\r\nX: \xff\r\nAccept-Lang";
    assert_eq!(first_header(head, "Accept"), Some("text/html"));
    assert_eq!(first_header(head, "Accept-Language"), None);
    assert!(RefusedBrowser::of_bytes(head, b"").is_some());
    for odd in [&b""[..], b" ", b"\xff", b"GET /\r\naccept: text/plain"] {
        assert!(RefusedBrowser::of_bytes(odd, b"").is_none(), "{odd:?}");
    }
}

/// The text of the page that a person reads.
fn read(page: &Response) -> String {
    let text = text(page);
    let (_, body) = text.split_once("<body>").unwrap();
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or("", |it| it.1));
    pieces.collect()
}

#[test]
fn every_refusal_is_a_page_with_a_title_and_a_way_on_in_both_languages() {
    for refusal in Refusal::ALL {
        for headers in [ENGLISH, CHINESE] {
            let browser = asks("/r/7?s=", headers).unwrap();
            let page = answer_browser(*refusal, &browser);
            assert_eq!(page.status(), refusal.status());
            let html = text(&page);
            assert_eq!(html.matches("<h1>").count(), 1, "{html}");
            assert!(html.contains("<a href=\"") && html.contains("</a>"), "{html}");
            assert!(!html.contains(['{', '}']), "{html}");
            assert!(html.len() < 3000, "{refusal:?}: {} bytes", html.len());
        }
        let page = read(&answer_browser(*refusal, &asks("/r/7", CHINESE).unwrap()));
        let left =
            page.replace("IP", "").replace("KB", "").replace("--host", "").replace("UTF-8", "");
        assert!(!left.chars().any(|sign| sign.is_ascii_alphabetic()), "{page}");
    }
}

#[test]
fn a_program_is_no_browser() {
    const ANY: (&str, &str) = ("Accept", "*/*");
    const ENGLISH: (&str, &str) = ("Accept-Language", "en");
    // These are requests of curl and wget, Python, node, an app on a phone, an `EventSource`, and a
    // WebSocket of a page.
    assert!(asks("/", &[ANY]).is_none());
    assert!(asks("/", &[]).is_none());
    assert!(asks("/", &[ANY, ("Accept-Language", "*")]).is_none());
    assert!(asks("/", &[ANY, ENGLISH, ("User-Agent", "curl/7.88.1")]).is_none());
    assert!(asks("/", &[ANY, ENGLISH, ("User-Agent", "Chat/1 CFNetwork/1410")]).is_none());
    assert!(asks("/", &[("Accept", "text/event-stream"), ENGLISH]).is_none());
    assert!(asks("/ws", &[ANY, ENGLISH, ("Sec-WebSocket-Key", "x")]).is_none());
    assert!(asks("/", &[("Accept", "application/json, */*"), ENGLISH]).is_none());
}

#[test]
fn a_browser_that_takes_anything_is_known_by_its_name() {
    const ANY: (&str, &str) = ("Accept", "*/*");
    const NAMES: [(&str, &str); 3] = [
        ("User-Agent", "ELinks/0.13.2 (textmode; Linux 6.1 x86_64; 80x24-2)"),
        ("User-Agent", "Links (2.28; Linux 6.1 x86_64; GNU C 12.2; text)"),
        ("User-Agent", "NetSurf/3.10 (Linux)"),
    ];
    for name in NAMES {
        let headers: &'static [_] = Box::leak(Box::new([ANY, name]));
        for target in ["/none", "/r/lobby/stream?as=html&after=1", "/r/lobby/save?as=text"] {
            assert!(asks(target, headers).is_some(), "{name:?}: {target}");
        }
        for target in ["/r/lobby/poll?wait=0", "/r/lobby/stream?as=events", "/assets/main.js"] {
            assert!(asks(target, headers).is_none(), "{name:?}: {target}");
        }
    }
}

#[test]
fn a_page_looks_as_somebody_likes_it() {
    let cookie = ("Cookie", "a=b; threadbare-look=theme=dark&lang=zh; c=d");
    let headers: &'static [_] = Box::leak(Box::new([ENGLISH[0], cookie]));
    let page = text(&answer_browser(Refusal::NotFound, &asks("/x", headers).unwrap()));
    assert!(page.contains("<html lang=\"zh-Hans\" data-theme=\"dark\""), "{page}");
}

#[test]
fn a_full_server_says_how_one_can_read_and_write_all_the_same() {
    let token = "0".repeat(32);
    let browser = asks(&format!("/r/kitchen/stream?as=html&s={token}"), ENGLISH).unwrap();
    let page = text(&answer_browser(Refusal::NoSeat(400), &browser));
    assert!(page.contains("<h1>The server is full.</h1>"), "{page}");
    assert!(
        page.contains("400 people are here, and the server has no free connections."),
        "{page}"
    );
    let link = format!(
        "<a href=\"/r/kitchen?every=10&amp;now=1&amp;s={token}\" target=\"_parent\">Continue"
    );
    assert!(page.contains(&link), "{page}");
    assert!(page.contains("Try again in 30 s."), "{page}");
    let page = text(&answer_browser(Refusal::NoExchange, &browser));
    assert!(page.contains("Try again in 5 s."), "{page}");
}

#[test]
fn whoever_wants_a_room_that_cannot_be_is_told_why() {
    for target in ["/r/a%2Fb", "/?room=a%2Fb"] {
        let browser = asks(target, ENGLISH).unwrap();
        assert!(browser.wants_no_room());
        let page = text(&answer_browser(Refusal::NotFound, &browser));
        assert!(
            page.contains("You cannot use this room name: a room name can have only letters"),
            "{page}"
        );
        assert!(page.contains("name=\"room\""), "{page}");
    }
    assert!(!asks("/?room=", ENGLISH).unwrap().wants_no_room());
    assert!(!asks("/none", ENGLISH).unwrap().wants_no_room());
}

#[test]
fn what_was_typed_comes_back_and_a_password_does_not() {
    let browser = asks("/r/kitchen", ENGLISH).unwrap();
    let browser = browser.with_form(b"text=a+%3Cb%3E&once=7&password=fish&name=Ann%23fish");
    let page = text(&answer_browser(Refusal::NoAnswer, &browser));
    assert!(page.contains("value=\"a &lt;b&gt;\""), "{page}");
    assert!(page.contains("name=\"once\" value=\"7\""), "{page}");
    assert!(page.contains("action=\"/r/kitchen\""), "{page}");
    assert!(!page.contains("fish"), "{page}");
    let nothing = asks("/r/kitchen", ENGLISH).unwrap().with_form(b"{\"type\":\"say\"}");
    assert!(!text(&answer_browser(Refusal::NoAnswer, &nothing)).contains("<form"));
}
