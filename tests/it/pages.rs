//! Pages that need no script: a room is read and written to with HTML alone.

use std::net::SocketAddr;

use super::harness::raw::{Answer, get, request};
use super::harness::{BoxProcess, Numbered};

/// A browser without scripts.
struct Browser {
    addr: SocketAddr,
    keeps_cookies: bool,
    cookie: Option<String>,
    page: String,
}

impl Browser {
    fn at(addr: SocketAddr) -> Self {
        Self { addr, keeps_cookies: true, cookie: None, page: String::new() }
    }

    fn opens(addr: SocketAddr, path: &str) -> Self {
        let mut browser = Self::at(addr);
        assert_eq!(browser.gets(path).status, 200);
        browser
    }

    fn gets(&mut self, path: &str) -> Answer {
        self.asks(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.addr, self.cookies()))
    }

    /// Fills the form's fields in, beside those that are hidden in it.
    fn sends(&mut self, fields: &[(&str, &str)]) -> Answer {
        let hidden = ["once", "key", "s"];
        let hidden = hidden.into_iter().filter_map(|name| Some((name, self.value(name)?)));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(hidden);
        form.extend_pairs(fields);
        self.posts(&form.finish())
    }

    fn posts(&mut self, body: &str) -> Answer {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let (addr, cookies, bytes) = (self.addr, self.cookies(), body.len());
        let head = format!("Host: {addr}\r\n{cookies}{kind}\r\nContent-Length: {bytes}\r\n");
        self.asks(&format!("POST /r/lobby HTTP/1.1\r\n{head}\r\n{body}"))
    }

    fn asks(&mut self, text: &str) -> Answer {
        let answer = request(self.addr, text);
        assert_eq!(answer.header("connection"), Some("close"), "no thread is held between pages");
        if let Some(cookie) = answer.header("set-cookie") {
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let pair = cookie.split(';').next().map(str::to_owned);
            self.cookie = pair.filter(|_| self.keeps_cookies);
        }
        if answer.status != 303 {
            self.page = answer.text();
        }
        answer
    }

    fn cookies(&self) -> String {
        self.cookie.iter().map(|cookie| format!("Cookie: {cookie}\r\n")).collect()
    }

    /// What stands in a field of the page.
    fn value(&self, name: &str) -> Option<String> {
        let (_, rest) = self.page.split_once(&format!("name=\"{name}\""))?;
        let (tag, _) = rest.split_once('>')?;
        let (_, value) = tag.split_once("value=\"")?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// The numbers of the messages, as they stand on the page.
    fn numbers(&self) -> Vec<u64> {
        let items = self.page.split(" id=\"m").skip(1);
        items.map(|item| item.split_once('"').unwrap().0.parse().unwrap()).collect()
    }
}

#[test]
fn a_stranger_says_something_with_html_alone_and_is_somebody_from_then_on() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(ann.page.contains("Nothing here yet"), "{}", ann.page);
    let answer = ann.sends(&[("name", "Ann"), ("text", "hello <b>Bo</b>")]);
    assert_eq!(answer.status, 303);
    let line = bo.hears("message");
    assert_eq!((&line["from"], &line["text"]), (&"Ann".into(), &"hello <b>Bo</b>".into()));
    // Until the cookie has come back, the address has the session, too.
    let to = answer.header("location").unwrap().to_owned();
    assert!(to.starts_with("/r/lobby?s="), "{to}");
    ann.gets(&to);
    assert!(ann.page.contains("hello &lt;b&gt;Bo&lt;/b&gt;"), "{}", ann.page);
    assert!(!ann.page.contains("name=\"s\""), "a browser with cookies has no session in its form");
    bo.says("hello Ann");
    bo.hears("sent");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1], "the newest first");
    assert_eq!(ann.sends(&[("text", "bye")]).header("location"), Some("/r/lobby"));
    assert_eq!(bo.hears_until(|line| line["text"] == "bye")["from"], "Ann");
}

#[test]
fn a_form_that_is_sent_again_says_nothing_twice() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    for _ in 0..3 {
        assert_eq!(ann.sends(&[("text", "once")]).status, 303);
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1]);
}

#[test]
fn without_cookies_the_session_is_in_the_links_and_the_form() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser { keeps_cookies: false, ..Browser::opens(server.addr, "/r/lobby") };
    let answer = ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets(answer.header("location").unwrap());
    let session = ann.value("s").unwrap();
    assert!(ann.page.contains(&format!("s={session}\">Refresh")), "{}", ann.page);
    let answer = ann.sends(&[("text", "second")]);
    assert_eq!(answer.header("location"), Some(format!("/r/lobby?s={session}").as_str()));
    ann.gets(&format!("/r/lobby?s={session}"));
    assert_eq!(ann.numbers(), [2, 1]);
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer, same-origin"));
}

#[test]
fn whatever_goes_wrong_the_text_is_back_in_its_field() {
    let server = BoxProcess::start(&["--message-limit", "512", "--rate", "1", "--burst", "2"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    for (name, text, status, words) in [
        ("Bo", "hello", 409, "Somebody is called so already"),
        ("a/b", "hello", 422, "because commands use it"),
        ("Ann", "x".repeat(513).as_str(), 413, "1 bytes too long"),
        ("Ann", "  ", 422, "nothing to say"),
    ] {
        let answer = ann.sends(&[("name", name), ("text", text)]);
        assert_eq!(answer.status, status, "{words}");
        assert!(ann.page.contains(words), "{words}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text.trim()));
        assert_eq!(ann.value("name").as_deref(), Some(name));
    }
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "hello")]).status, 303);
    ann.gets("/r/lobby");
    // As another page's form would be.
    assert_eq!(ann.posts("text=stolen&key=0").status, 403);
    assert_eq!(ann.value("text").as_deref(), Some("stolen"));
    assert!(ann.page.contains("older than your session"), "{}", ann.page);
    assert_eq!(ann.sends(&[("text", "stolen")]).status, 303, "and sent again, it is said");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1]);
}

#[test]
fn b14_a_flood_of_forms_is_told_to_wait_and_loses_no_text() {
    let server = BoxProcess::start(&["--rate", "1", "--burst", "2"]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "0")]);
    ann.gets("/r/lobby");
    let (addr, cookie) = (ann.addr, ann.cookie.clone());
    let sends = &|number: usize| {
        let mut other = Browser { cookie: cookie.clone(), ..Browser::at(addr) };
        other.gets("/r/lobby");
        let text = number.to_string();
        let status = other.sends(&[("text", &text)]).status;
        (status, other.value("text").as_deref() == Some(text.as_str()))
    };
    let floods: Vec<_> = std::thread::scope(|scope| {
        let floods: Vec<_> = (1..=8).map(|number| scope.spawn(move || sends(number))).collect();
        floods.into_iter().map(|flood| flood.join().unwrap()).collect()
    });
    let said = floods.iter().filter(|(status, _)| *status == 303).count();
    assert!((1..8).contains(&said), "{floods:?}");
    for (status, is_back) in floods {
        assert!(status == 303 || (status == 429 && is_back), "{status} {is_back}");
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers().len(), said + 1, "what was said, and nothing else");
}

#[test]
fn a_box_with_a_password_shows_nothing_to_strangers() {
    let server = BoxProcess::start(&["--password", "swordfish"]);
    let mut ann = Browser::at(server.addr);
    for body in ["", "text=hello", "enter=1&password=catfish"] {
        let answer = if body.is_empty() { ann.gets("/r/lobby") } else { ann.posts(body) };
        assert_eq!(answer.status, 403, "{body}");
        assert!(ann.page.contains("asks for a password"), "{}", ann.page);
        assert!(!ann.page.contains("name=\"text\""), "{}", ann.page);
    }
    assert_eq!(ann.posts("enter=1&name=Ann&password=swordfish").status, 303);
    assert_eq!(ann.gets("/r/lobby").status, 200);
    assert_eq!(ann.sends(&[("text", "hello")]).status, 303);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("Ann") && ann.numbers() == [1], "{}", ann.page);
}

#[test]
fn older_messages_are_a_page_each() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    (1..=60).for_each(|number| bo.says(&number.to_string()));
    bo.hears_over_any_line_until(Numbered::is_answered);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let mut seen = ann.numbers();
    while let Some((_, rest)) = ann.page.split_once("href=\"/r/lobby?before=") {
        let before = rest.split_once('"').unwrap().0.to_owned();
        ann.gets(&format!("/r/lobby?before={before}"));
        seen.extend(ann.numbers());
    }
    assert_eq!(seen, (1..=60).rev().collect::<Vec<_>>());
    assert_eq!(get(server.addr, "/r/no/room").status, 404);
    assert_eq!(get(server.addr, "/r/a%2Fb").status, 404);
}

#[test]
fn a_live_page_has_the_stream_in_a_frame_and_stays_one() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(!ann.page.contains("live=1"), "whoever listens is somebody: {}", ann.page);
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("<a href=\"/r/lobby?live=1\">Live page</a>"), "{}", ann.page);
    let answer = ann.gets("/r/lobby?live=1");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'"), "{policy}");
    let frame = "<iframe class=\"stream\" src=\"/r/lobby/stream?as=html\"";
    assert!(ann.page.contains(frame), "{}", ann.page);
    assert!(!ann.page.contains("first"), "the frame has the messages");
    let answer = ann.sends(&[("text", "second"), ("live", "1")]);
    assert_eq!(answer.header("location"), Some("/r/lobby?live=1"));
    assert_eq!(ann.value("live").as_deref(), Some("1"));
}

#[test]
fn an_address_is_a_link_and_no_other_place_is_told_the_session() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("see http://example.org/?a=1&b=2.");
    bo.hears("sent");
    let mut ann = Browser { keeps_cookies: false, ..Browser::opens(server.addr, "/r/lobby") };
    assert!(ann.page.contains("<a href=\"http://example.org/?a=1&amp;b=2\""), "{}", ann.page);
    let answer = ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets(answer.header("location").unwrap());
    let out = "/out?to=http%3A%2F%2Fexample.org%2F%3Fa%3D1%26b%3D2";
    assert!(ann.page.contains(&format!("<a href=\"{out}\"")), "{}", ann.page);
    let page = get(server.addr, out);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let link = "<a href=\"http://example.org/?a=1&amp;b=2\" rel=\"noopener noreferrer";
    assert!(page.text().contains(link), "{}", page.text());
    for nowhere in ["/out", "/out?to=", "/out?to=javascript:alert(1)", "/out?to=%2F%2Fexample.org"]
    {
        assert_eq!(get(server.addr, nowhere).status, 404, "{nowhere}");
    }
}
