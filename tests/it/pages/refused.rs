//! What a browser gets that cannot have what it asks for: a page that says why and what to do. A
//! program gets the plain line that it always got.

use std::net::SocketAddr;

use crate::harness::raw::{Answer, get, handshake, request};
use crate::harness::{Person, ServerProcess};

const ENGLISH: &str = "Accept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n";
const CHINESE: &str = "Accept: text/html,*/*;q=0.8\r\nAccept-Language: zh-CN,en\r\n";
const PROGRAM: &str = "Accept: */*\r\n";
/// The request headers of elinks and links2.
const ANYTHING: &str =
    "Accept: */*\r\nUser-Agent: Links (2.28; Linux; text)\r\nAccept-Language: zh-CN,en\r\n";
/// The request headers of NetSurf, which names no language.
const NETSURF: &str = "Accept: */*\r\nUser-Agent: NetSurf/3.10 (Linux)\r\n";

fn asks(addr: SocketAddr, what: &str, headers: &str) -> Answer {
    request(addr, &format!("{what} HTTP/1.1\r\nHost: {{host}}\r\n{headers}\r\n"))
}

/// The text of a page, as a person reads it.
fn read(page: &Answer) -> String {
    let text = page.text();
    let (_, body) = text.split_once("<body>").unwrap_or_else(|| panic!("no page: {text}"));
    body.split('<').filter_map(|piece| Some(piece.split_once('>')?.1)).collect()
}

#[test]
fn a_browser_is_told_no_in_a_page_of_its_language_and_a_program_in_a_line() {
    let server = ServerProcess::start(&[]);
    for (what, status, english, chinese, line) in [
        ("GET /none", 404, "There is nothing here.", "页面不存在。", "Not found. Nothing"),
        (
            "DELETE /",
            405,
            "This address does not support that.",
            "这里不能这样做。",
            "Method not allowed.",
        ),
        (
            "GET /ws",
            426,
            "This address is for programs.",
            "此地址供程序使用。",
            "Upgrade required.",
        ),
        ("GET /r/a%2Fb", 404, "There is nothing here.", "不能使用此房间名：", "Not found. Nothing"),
        (
            "TRACE /",
            405,
            "This address does not support that.",
            "这里不能这样做。",
            "Method not allowed.",
        ),
    ] {
        let program = asks(server.addr, what, PROGRAM);
        assert_eq!(program.status, status, "{what}");
        assert_eq!(program.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(program.text().starts_with(line), "{}", program.text());
        assert_eq!(program.text().lines().count(), 1);
        let (page, other) = (asks(server.addr, what, ENGLISH), asks(server.addr, what, CHINESE));
        assert_eq!(asks(server.addr, what, ANYTHING).text(), other.text(), "{what}");
        assert_eq!(asks(server.addr, what, NETSURF).text(), page.text(), "{what}");
        assert_eq!((page.status, other.status), (status, status));
        assert!(page.text().contains(english), "{}", page.text());
        assert!(other.text().contains(chinese), "{}", other.text());
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("allow"), program.header("allow"), "{what}");
        assert!(page.text().contains("<a href=\"/r/lobby\""), "{}", page.text());
        let said = read(&other).replace("lobby", "");
        assert!(!said.chars().any(|sign| sign.is_ascii_alphabetic()), "{said}");
    }
    assert_eq!(asks(server.addr, "HEAD /none", ENGLISH).status, 404);
}

#[test]
fn a_host_that_the_server_does_not_know_is_told_what_to_do() {
    let server = ServerProcess::start(&[]);
    let text = format!("GET / HTTP/1.1\r\nHost: elsewhere.example\r\n{CHINESE}\r\n");
    let page = request(server.addr, &text);
    assert_eq!(page.status, 421);
    assert!(page.text().contains("<h1>服务器未设置此域名。</h1>"), "{}", page.text());
}

#[test]
fn a_refusal_looks_as_somebody_likes_their_pages() {
    let server = ServerProcess::start(&[]);
    let headers = format!("{ENGLISH}Cookie: threadbare-look=theme=dark&size=xl&lang=zh\r\n");
    let page = asks(server.addr, "GET /none", &headers).text();
    let root = "<html lang=\"zh-Hans\" data-theme=\"dark\" data-size=\"xl\"";
    assert!(page.contains(root), "{page}");
    assert!(page.contains("base.css"), "{page}");
}

#[test]
fn on_a_full_server_one_can_still_read_and_write_by_refresh() {
    let server = ServerProcess::start(&["--clients", "1"]);
    let _bo = Person::joins(server.addr, "bo", "/ws");
    let stream = "GET /r/kitchen/stream?as=html";
    let page = asks(server.addr, stream, ENGLISH);
    assert_eq!((page.status, page.header("retry-after")), (503, Some("30")));
    let said = read(&page);
    for words in [
        "The server is full.",
        "1 person is here, and the server has no free connections.",
        "without live updates",
        "Try again in 30 s.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(page.text().contains(
        "href=\"/r/kitchen?every=10&amp;now=1\" target=\"_parent\">Continue without live updates"
    ));
    assert_eq!(get(server.addr, "/r/kitchen?every=10").status, 200, "and so it is");
    let program = asks(server.addr, stream, PROGRAM).text();
    assert!(program.starts_with("Full. As many people are here"), "{program}");
    let script = asks(server.addr, "GET /r/kitchen/stream?as=events", ANYTHING);
    assert_eq!(script.text(), program, "what a script asks for has no page");
    let guest = request(server.addr, &handshake("/ws", ""));
    assert!(guest.text().starts_with("Full. "), "{}", guest.text());
}

#[test]
fn whoever_saves_a_room_of_a_full_server_is_told_so_as_for_any_page() {
    let server = ServerProcess::start(&["--clients", "1"]);
    let _bo = Person::joins(server.addr, "bo", "/ws");
    let save = "GET /r/lobby/save?as=text";
    for (headers, words) in [(ENGLISH, "<h1>The server is full.</h1>"), (ANYTHING, "<h1>人已满。")]
    {
        let page = asks(server.addr, save, headers);
        assert_eq!(page.status, 503);
        assert!(page.text().contains(words), "{}", page.text());
        assert!(page.text().contains("href=\"/r/lobby?every=10"), "{}", page.text());
    }
    assert!(asks(server.addr, save, PROGRAM).text().starts_with("Full. "));
}

#[test]
fn an_address_with_all_its_places_is_told_so() {
    let server = ServerProcess::start(&["--clients-per-address", "1"]);
    let _bo = Person::joins(server.addr, "bo", "/ws");
    let page = asks(server.addr, "GET /r/lobby/stream?as=html", CHINESE);
    assert_eq!(page.status, 503);
    assert!(read(&page).contains("你的地址已有 1 人在线"), "{}", page.text());
}

#[test]
fn whoever_asks_for_a_room_that_cannot_be_is_told_why_and_asked_again() {
    let server = ServerProcess::start(&[]);
    for path in ["/?room=a%2Fb", "/r/a%2Fb"] {
        let page = asks(server.addr, &format!("GET {path}"), ENGLISH);
        assert_eq!(page.status, 404, "{path}");
        assert!(read(&page).contains("only letters, digits, - and _; remove /"), "{path}");
        assert!(page.text().contains("<input type=\"text\" name=\"room\""), "{path}");
    }
    let room = asks(server.addr, "GET /?room=kitchen", ENGLISH);
    assert_eq!((room.status, room.header("location")), (303, Some("/r/kitchen")));
    assert_eq!(asks(server.addr, "GET /?room=", ENGLISH).status, 200);
}

#[test]
fn what_was_typed_is_given_back_by_a_page_that_says_no() {
    let server = ServerProcess::start(&[]);
    let body = "text=I+typed+%3Cthis%3E&once=7";
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let headers = format!("{ENGLISH}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
    let head = format!("POST /r/kitchen/list HTTP/1.1\r\nHost: {{host}}\r\n{headers}");
    let page = request(server.addr, &head);
    assert_eq!(page.status, 405);
    assert!(page.text().contains("action=\"/r/kitchen\""), "{}", page.text());
    assert!(page.text().contains("value=\"I typed &lt;this&gt;\""), "{}", page.text());
}

#[test]
fn no_fault_of_a_form_is_told_in_english_on_a_chinese_page() {
    let server = ServerProcess::start(&[]);
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let said = |text: &str| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.append_pair("text", text).append_pair("name", "").finish();
        let headers = format!("{CHINESE}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
        let text = format!("POST /r/lobby HTTP/1.1\r\nHost: {{host}}\r\n{headers}");
        let page = request(server.addr, &text);
        let words = page.text().replace("<br>", " ");
        let (_, told) = words.split_once("<main><p").unwrap_or_else(|| panic!("{words}"));
        let (told, _) = told.split_once("</p>").unwrap();
        let told = told.trim_end_matches("</b>").rsplit_once('>').unwrap().1.to_owned();
        (page.status, told)
    };
    for text in
        ["/me", "/edit", "/edit #x y", "/delete #x", "/history 0", "/search", "/at 42", "/ignore"]
    {
        let (status, told) = said(text);
        // Commands are the same in every language, so they are removed first.
        let pieces = told.split(['/', '#']).enumerate();
        let own: String = pieces
            .map(|(nth, it)| match nth {
                0 => it,
                _ => it.trim_start_matches(|sign: char| sign.is_ascii_alphanumeric()),
            })
            .collect();
        assert_eq!(status, 422, "{text}: {told}");
        assert!(!own.chars().any(|sign| sign.is_ascii_alphabetic()), "{text}: {told}");
    }
    let (status, told) = said("/name a/b");
    assert_eq!(
        (status, told.as_str()),
        (422, "不能使用此名字：名字里不能有字符“/”，因为命令要用它，请去掉。")
    );
    let (status, told) = said("/help");
    assert_eq!(status, 200);
    assert!(told.contains("/me 动作 - 你在做什么"), "{told}");
}
