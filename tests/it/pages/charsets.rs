//! A form or a text in another encoding than UTF-8 is read in the encoding that it names. If that
//! fails, the server asks to send it again; it never passes on wrong characters.

use std::net::SocketAddr;

use crate::harness::browser::{Browser, somebody};
use crate::harness::raw::{Answer, Connection, get};
use crate::harness::{Numbered, ServerProcess};

const FORM: &str = "application/x-www-form-urlencoded";

/// Bytes in the notation of a form.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

/// "привет" in windows-1251 and koi8-r, and "你好" in GBK.
const CYRILLIC: [u8; 6] = [0xef, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2];
const KOI8: [u8; 6] = [0xd0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4];
const CHINESE: [u8; 4] = [0xc4, 0xe3, 0xba, 0xc3];

fn posts(addr: SocketAddr, path: &str, kind: &str, headers: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    Connection::open(addr).sends(&[head.as_bytes(), body].concat()).answer()
}

/// Sends a stranger's form with this content type.
fn form(addr: SocketAddr, kind: &str, fields: &str) -> Answer {
    posts(addr, "/r/lobby", kind, "Accept: text/html\r\n", fields.as_bytes())
}

#[test]
fn a_form_is_read_in_the_encoding_that_it_says() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (number, (kind, charset, bytes, text)) in [
        (format!("{FORM}; charset=windows-1251"), "", &CYRILLIC[..], "привет"),
        (format!("{FORM};charset=\"Windows-1251\""), "", &CYRILLIC, "привет"),
        (FORM.to_owned(), "windows-1251", &CYRILLIC, "привет"),
        (FORM.to_owned(), "gbk", &CHINESE, "你好"),
        (FORM.to_owned(), "UTF-8", "straße".as_bytes(), "straße"),
        (format!("{FORM}; charset=utf-8"), "", "straße".as_bytes(), "straße"),
        (FORM.to_owned(), "", "straße".as_bytes(), "straße"),
    ]
    .into_iter()
    .enumerate()
    {
        let text_bytes = escaped(bytes);
        let name = format!("name={text_bytes}{number}");
        let answer =
            form(server.addr, &kind, &format!("_charset_={charset}&{name}&text={text_bytes}+1%2B"));
        assert_eq!(answer.status, 303, "{kind}, {charset}: {}", answer.text());
        let line = bo.hears_until(|line| line["type"] == "message");
        assert_eq!(line["text"], format!("{text} 1+"), "{kind}, {charset}");
        assert_eq!(line["from"], format!("{text}{number}"), "{kind}, {charset}");
    }
}

#[test]
fn a_text_is_read_in_the_encoding_that_it_says() {
    let server = ServerProcess::start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (kind, body, text) in [
        ("text/plain; charset=koi8-r", &KOI8[..], "привет"),
        ("text/plain; charset=utf-8", "привет".as_bytes(), "привет"),
        ("application/x-www-form-urlencoded; charset=windows-1251", &CYRILLIC, "привет"),
        // It is not a form, so `%FF` is not an escape.
        (FORM, b"see http://a.b/%FF", "see http://a.b/%FF"),
    ] {
        let answer = posts(server.addr, "/r/lobby", kind, "", body);
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
        assert_eq!(bo.hears_until(|line| line["type"] == "message")["text"], text, "{kind}");
    }
}

#[test]
fn what_cannot_be_read_is_said_by_nobody_and_told_what_to_do() {
    let server = ServerProcess::start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let text = escaped(&CYRILLIC);
    let broken = format!("text={}", escaped(&[0xc4, 0x20]));
    for (kind, body) in [
        (FORM, format!("text={text}&name=Ann").into_bytes()),
        (FORM, format!("_charset_=klingon&text={text}").into_bytes()),
        (FORM, format!("_charset_=gbk&{broken}").into_bytes()),
        ("application/x-www-form-urlencoded; charset=klingon", b"text=hello".to_vec()),
        (FORM, CYRILLIC.to_vec()),
        ("text/plain", CYRILLIC.to_vec()),
        ("text/plain; charset=utf-8", CYRILLIC.to_vec()),
        (
            "application/json",
            [&b"{\"type\":\"say\",\"room\":\"lobby\",\"text\":\""[..], &CYRILLIC, b"\"}"].concat(),
        ),
    ] {
        let answer = posts(server.addr, "/r/lobby", kind, "", &body);
        assert_eq!(answer.status, 415, "{kind}: {}", answer.text());
        assert!(answer.text().contains("charset="), "{}", answer.text());
        // A browser gets a page; its text is still on the page before that.
        let answer = posts(server.addr, "/r/lobby", kind, "Accept: text/html\r\n", &body);
        assert_eq!(answer.status, 415, "{kind}");
        let page = answer.text();
        assert!(page.contains("UTF-8") && page.contains("Go back"), "{page}");
        assert!(!page.contains('\u{fffd}'), "{page}");
    }
    // Unreadable names and rooms are refused by the other forms, too.
    for path in ["/rooms", "/settings"] {
        let answer =
            posts(server.addr, path, FORM, "", format!("room={text}&name={text}").as_bytes());
        assert_eq!(answer.status, 415, "{path}: {}", answer.text());
    }
    bo.says("nobody else has said anything");
    assert_eq!(bo.hears("message")["seq"], 1);
}

#[test]
fn every_form_asks_for_utf_8_and_says_what_it_is_sent_in() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let mut stranger = Browser::at(server.addr);
    let pages = [
        "/",
        "/r/lobby?change=1",
        "/r/lobby/private?to=Bo",
        "/rooms",
        "/settings",
        "/r/lobby/history",
    ];
    for browser in [&mut ann, &mut stranger] {
        for page in pages {
            browser.gets(page);
            for form in browser.page.split("<form ").skip(1) {
                let form = form.split("</form>").next().unwrap();
                assert!(form.contains("accept-charset=\"utf-8\""), "{page}: {form}");
                let is_post = form.contains("method=\"post\"");
                let says = form.contains("<input type=\"hidden\" name=\"_charset_\">");
                assert_eq!(is_post, says, "{page}: {form}");
            }
        }
    }
    let shut = ServerProcess::start(&["--password", "swordfish"]);
    assert!(get(shut.addr, "/").text().contains("name=\"_charset_\""));
}
