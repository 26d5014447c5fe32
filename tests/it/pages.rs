//! Pages that need no script: a room is read and written to with HTML alone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use threadbare::base::limits;

use super::harness::raw::{Answer, get, request};
use super::harness::{BoxProcess, Data, Numbered};
use super::past_disk::history_meets;

/// A browser without scripts.
pub struct Browser {
    pub addr: SocketAddr,
    keeps_cookies: bool,
    pub cookie: Option<String>,
    /// The cookie with its settings for pages.
    pub look: Option<String>,
    pub comes_from: Option<String>,
    pub page: String,
}

impl Browser {
    pub fn at(addr: SocketAddr) -> Self {
        let (cookie, look, comes_from, page) = (None, None, None, String::new());
        Self { addr, keeps_cookies: true, cookie, look, comes_from, page }
    }

    pub fn opens(addr: SocketAddr, path: &str) -> Self {
        let mut browser = Self::at(addr);
        assert_eq!(browser.gets(path).status, 200);
        browser
    }

    /// Opens a page, and follows a redirect that only removes the session from the address.
    pub fn gets(&mut self, path: &str) -> Answer {
        let answer = self.gets_only(path);
        let to = answer.header("location").filter(|_| path.contains("s=")).map(str::to_owned);
        let page = |address: &str| address.split('?').next().map(str::to_owned);
        match to.filter(|to| page(to) == page(path)) {
            Some(to) => self.gets_only(&to),
            None => answer,
        }
    }

    pub fn gets_only(&mut self, path: &str) -> Answer {
        self.asks(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.addr, self.cookies()))
    }

    /// Fills in the form's fields (its hidden ones go along), and sends it.
    pub fn sends(&mut self, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields);
        self.asks(&request)
    }

    /// The same to another address than the lobby's.
    pub fn sends_to(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields).replacen("/r/lobby", path, 1);
        self.asks(&request)
    }

    /// The bytes of that request.
    pub fn post(&self, fields: &[(&str, &str)]) -> String {
        let hidden = ["once", "key", "s", "new", "drawn"];
        let hidden = hidden.into_iter().filter_map(|name| Some((name, self.value(name)?)));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(hidden);
        form.extend_pairs(fields);
        self.request_of(&form.finish())
    }

    fn posts(&mut self, body: &str) -> Answer {
        let request = self.request_of(body);
        self.asks(&request)
    }

    /// Sends the choices of the settings page.
    pub fn saves(&mut self, fields: &[(&str, &str)]) -> Answer {
        let request = self.post(fields).replacen("POST /r/lobby ", "POST /settings ", 1);
        self.asks(&request)
    }

    /// The same browser, keeping no cookies.
    pub fn without_cookies(self) -> Self {
        Self { keeps_cookies: false, cookie: None, look: None, ..self }
    }

    fn request_of(&self, body: &str) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let (addr, cookies, bytes) = (self.addr, self.cookies(), body.len());
        let head = format!("Host: {addr}\r\n{cookies}{kind}\r\nContent-Length: {bytes}\r\n");
        format!("POST /r/lobby HTTP/1.1\r\n{head}\r\n{body}")
    }

    fn asks(&mut self, text: &str) -> Answer {
        let answer = request(self.addr, text);
        // After a redirect, the browser asks again at once, so the connection may stay.
        if text.contains(" /r/") && answer.status != 303 {
            let line = answer.header("connection");
            assert_eq!(line, Some("close"), "no thread is held between pages");
        }
        let lines = answer.head.lines();
        for cookie in lines.filter_map(|line| line.strip_prefix("Set-Cookie: ")) {
            if cookie.starts_with("threadbare-left=") {
                continue;
            }
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let pair = cookie.split(';').next().map(str::to_owned);
            let pair = pair.filter(|_| self.keeps_cookies);
            let is_look = cookie.starts_with("threadbare-look=");
            *(if is_look { &mut self.look } else { &mut self.cookie }) = pair;
        }
        if answer.status != 303 {
            self.page = answer.text();
        }
        answer
    }

    fn cookies(&self) -> String {
        let pairs: Vec<_> = [&self.cookie, &self.look].into_iter().flatten().cloned().collect();
        let cookie = (!pairs.is_empty()).then(|| format!("Cookie: {}\r\n", pairs.join("; ")));
        cookie
            .into_iter()
            .chain(self.comes_from.iter().map(|from| format!("Referer: {from}\r\n")))
            .collect()
    }

    /// The value of a field of the page.
    pub fn value(&self, name: &str) -> Option<String> {
        let (_, rest) = self.page.split_once(&format!("name=\"{name}\""))?;
        let (tag, _) = rest.split_once('>')?;
        let (_, value) = tag.split_once("value=\"")?;
        value.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// The numbers of the messages, as they stand on the page.
    pub fn numbers(&self) -> Vec<u64> {
        let items = self.page.split(" id=\"m").skip(1);
        items.map(|item| item.split_once('"').unwrap().0.parse().unwrap()).collect()
    }
}

/// The address that the answer leads to, without the timestamp that makes it unique.
pub fn leads_to(answer: &Answer) -> String {
    let to = answer.header("location").unwrap();
    let Some((page, rest)) = to.split_once("/now/") else { return to.to_owned() };
    format!("{page}{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[test]
fn a_stranger_says_something_with_html_alone_and_is_somebody_from_then_on() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(ann.page.contains("No messages yet"), "{}", ann.page);
    let answer = ann.sends(&[("name", "Ann"), ("text", "hello <b>Bo</b>")]);
    assert_eq!(answer.status, 303);
    let line = bo.hears("message");
    assert_eq!((&line["from"], &line["text"]), (&"Ann".into(), &"hello <b>Bo</b>".into()));
    // Until the cookie has come back, the address has the session, too.
    let to = answer.header("location").unwrap().to_owned();
    assert!(to.starts_with("/r/lobby/now/") && to.contains("?s="), "{to}");
    ann.gets(&to);
    assert!(ann.page.contains("hello &lt;b&gt;Bo&lt;/b&gt;"), "{}", ann.page);
    assert!(!ann.page.contains("name=\"s\""), "a browser with cookies has no session in its form");
    bo.says("hello Ann");
    bo.hears("sent");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1], "the newest first");
    assert_eq!(leads_to(&ann.sends(&[("text", "bye")])), "/r/lobby");
    assert_eq!(bo.hears_until(|line| line["text"] == "bye")["from"], "Ann");
}

#[test]
fn a_browser_of_text_is_shown_nothing_that_is_meant_for_scripts() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::at(server.addr);
    let answer = ann.gets("/r/lobby");
    // links2 and elinks show each <link> that they do not know, before everything else.
    let known = ["rel=\"stylesheet\"", "rel=\"icon\"", "rel=\"apple-touch-icon\""];
    for link in ann.page.split("<link ").skip(1) {
        assert!(known.iter().any(|rel| link.starts_with(rel)), "{link}");
    }
    let table = answer.header("link").unwrap();
    assert!(table.ends_with("/words/en.js>; rel=modulepreload"), "{table}");
}

#[test]
fn a_browser_that_says_where_it_is_gets_whole_addresses() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    // Lynx waits for seconds before it follows a relative address.
    let here = format!("http://{}", server.addr);
    ann.comes_from = Some(format!("{here}/r/lobby?after=1"));
    let to =
        ann.sends(&[("name", "Ann"), ("text", "hello")]).header("location").unwrap().to_owned();
    assert!(to.starts_with(&format!("{here}/r/lobby/now/")), "{to}");
    let asked = format!("GET /?room=kitchen HTTP/1.1\r\nHost: {}\r\n", server.addr);
    let answer = request(server.addr, &format!("{asked}Referer: {here}/r/lobby\r\n\r\n"));
    assert_eq!(answer.header("location").unwrap(), format!("{here}/r/kitchen"));
    // If a proxy before the server uses TLS, the address keeps it; and no answer leads to another
    // server.
    for (from, to) in [
        (format!("https://{}/r/lobby", server.addr), format!("https://{}/r/lobby", server.addr)),
        ("http://elsewhere/r/lobby".to_owned(), "/r/lobby".to_owned()),
        (format!("javascript://{}/", server.addr), "/r/lobby".to_owned()),
    ] {
        ann.comes_from = Some(from);
        ann.gets("/r/lobby");
        assert_eq!(leads_to(&ann.sends(&[("text", "hello")])), to);
    }
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
fn whoever_goes_back_to_a_form_says_something_else_with_it_and_nothing_twice() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    for text in ["one", "two", "one", "/me waves", "/me waves", "two"] {
        // Text browsers have kept the page, and show it again.
        assert_eq!(ann.sends(&[("text", text)]).status, 303, "{text}");
    }
    // The same words in another notation are another message.
    ann.sends(&[("text", "//me waves")]);
    for to in ["Bo", "Bo", "Cy"] {
        ann.sends(&[("to", to), ("text", "psst")]);
    }
    assert_eq!(cy.hears("private")["text"], "psst");
    for _ in 0..2 {
        ann.sends(&[("change", "3"), ("text", "zwei")]);
        ann.sends(&[("change", "3"), ("text", "zwei"), ("delete", "1")]);
    }
    ann.sends(&[("text", "the end")]);
    let mut heard = Vec::new();
    let mut deleted = 0;
    while heard.last().is_none_or(|text| text != "the end") {
        let line = bo.hears_until(|line| line["text"].is_string() || line["type"] == "delete");
        deleted += usize::from(line["type"] == "delete");
        heard.extend(line["text"].as_str().map(str::to_owned));
    }
    assert_eq!(heard, ["first", "one", "two", "waves", "/me waves", "psst", "zwei", "the end"]);
    assert_eq!(deleted, 1);
}

#[test]
fn whoever_has_a_session_that_is_over_is_a_stranger_and_can_speak_again() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (text, heard) in [("hello", "hello"), ("/me waves", "waves")] {
        let mut ann = Browser::at(server.addr);
        // As after a restart of a server without a history.
        ann.cookie = Some(format!("threadbare={}", "0".repeat(32)));
        ann.gets("/r/lobby");
        let name = format!("Ann-{heard}");
        let answer = ann.sends(&[("name", &name), ("text", text)]);
        assert_eq!(answer.status, 303, "{}", ann.page);
        let line = bo.hears_until(|line| line["text"] == heard);
        assert_eq!(line["from"], name);
        ann.gets("/r/lobby");
        assert!(ann.page.contains("(you)"), "it is somebody again: {}", ann.page);
        assert_eq!(ann.sends(&[("text", "and again")]).status, 303);
        assert_eq!(bo.hears_until(|line| line["text"] == "and again")["from"], name);
    }
}

#[test]
fn a_form_that_is_too_old_to_be_sure_of_asks_before_it_says_anything() {
    let server = BoxProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    ann.sends(&[("text", "yesterday")]);
    for _ in 0..limits::ROOM_LOG_ENTRIES_MAX {
        bo.says("much");
        bo.hears("sent");
    }
    // A day later, the browser loads its last page again.
    let last = ann.page.clone();
    for text in ["yesterday", "/me yawns"] {
        ann.page.clone_from(&last);
        assert_eq!(ann.sends(&[("text", text)]).status, 409);
        assert!(ann.page.contains("cannot tell"), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text), "nothing is lost");
    }
    // The new form works like any other.
    assert_eq!(ann.sends(&[("text", "good morning")]).status, 303);
    bo.hears_until(|line| line["text"] == "good morning");
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
    assert!(answer.header("location").unwrap().ends_with(&format!("?s={session}")));
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
        ("Bo", "hello", 409, "That name is taken"),
        ("a/b", "hello", 422, "because commands use it"),
        ("Ann", "x".repeat(513).as_str(), 413, "Too long by 1 byte"),
        ("Ann", "  ", 422, "Type a message first"),
    ] {
        let answer = ann.sends(&[("name", name), ("text", text)]);
        assert_eq!(answer.status, status, "{words}");
        assert!(ann.page.contains(words), "{words}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text.trim()));
        assert_eq!(ann.value("name").as_deref(), Some(name));
    }
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "hello")]).status, 303);
    ann.gets("/r/lobby");
    // A form of another site has no valid key.
    assert_eq!(ann.posts("text=stolen&key=0").status, 403);
    assert_eq!(ann.value("text").as_deref(), Some("stolen"));
    assert!(ann.page.contains("You are now Ann."), "{}", ann.page);
    assert_eq!(ann.sends(&[("text", "stolen")]).status, 303, "and sent again, it is said");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1]);
}

#[test]
fn street_b14_a_flood_of_forms_is_told_to_wait_and_loses_no_text() {
    needs!(Pages);
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
        assert!(ann.page.contains("needs a password"), "{}", ann.page);
        let text = (body == "text=hello").then_some("hello");
        assert_eq!(ann.value("text").as_deref(), text, "what was typed waits: {}", ann.page);
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
fn a_page_is_loaded_again_by_itself_and_not_the_field_one_types_in() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(ann.page.contains("every=10\">Every 10 s"), "a stranger has it, too: {}", ann.page);
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby?every=7");
    assert!(ann.page.contains("<iframe class=\"stream\" src=\"/r/lobby/list?every=7&amp;log="));
    assert!(!ann.page.contains("http-equiv"), "{}", ann.page);
    assert!(ann.page.contains("every 7 s"), "{}", ann.page);
    let every = ann.value("every").unwrap();
    let answer = ann.sends(&[("text", "second"), ("every", &every)]);
    assert!(answer.header("location").unwrap().ends_with("?every=7"));
    for (query, seconds) in [("?every=7", 7), ("?every=1", 5), ("?every=soon", 10), ("", 10)] {
        ann.gets(&format!("/r/lobby/list{query}"));
        let again = format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">");
        assert!(ann.page.contains(&again), "{}", ann.page);
        assert_eq!(ann.numbers(), [2, 1]);
        assert!(!ann.page.contains("<input") && !ann.page.contains("<script"), "{}", ann.page);
    }
}

#[test]
fn pages_are_as_somebody_likes_them() {
    let server = BoxProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/kitchen");
    assert!(ann.page.contains("<a href=\"/settings?room=kitchen\">Settings"), "{}", ann.page);
    let chosen = "room=kitchen&theme=dark&size=xl&order=last&times=no&numbers=yes&lang=zh&every=30";
    let form = "Content-Type: application/x-www-form-urlencoded";
    let post = |body: &str| {
        let (addr, bytes) = (server.addr, body.len());
        let head = format!("Host: {addr}\r\n{form}\r\nContent-Length: {bytes}\r\n");
        request(addr, &format!("POST /settings HTTP/1.1\r\n{head}\r\n{body}"))
    };
    let answer = post(chosen);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/kitchen?saved=1"));
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    ann.cookie = Some(cookie);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["one", "two"] {
        bo.says(text);
        bo.hears("sent");
    }
    ann.gets("/r/lobby");
    let root = "<html lang=\"zh-Hans\" data-theme=\"dark\" data-size=\"xl\" data-times=\"no\" data-numbers=\"yes\"";
    assert!(ann.page.contains(root), "{}", ann.page);
    assert!(!ann.page.contains("<time"), "{}", ann.page);
    assert!(ann.page.contains("每 30 秒"), "{}", ann.page);
    assert_eq!(ann.numbers(), [1, 2], "the newest last");
    assert_eq!(ann.gets("/settings?room=kitchen").status, 200);
    let is_chosen = "value=\"dark\" checked";
    assert!(ann.page.contains(is_chosen), "{}", ann.page);
    // Default settings need no cookie.
    let usual = post("room=lobby&theme=&size=m&order=first&lang=");
    assert!(usual.header("set-cookie").unwrap().contains("Max-Age=0"), "{usual:?}");
    assert_eq!(leads_to(&post("theme=dark&room=%00")), "/r/lobby?saved=1");
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
    let frame = "<iframe class=\"stream\" src=\"/r/lobby/stream?as=html&amp;after=";
    assert!(ann.page.contains(frame), "{}", ann.page);
    assert!(!ann.page.contains("first"), "the frame has the messages");
    let answer = ann.sends(&[("text", "second"), ("live", "1")]);
    assert!(answer.header("location").unwrap().ends_with("?live=1"));
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

#[test]
fn what_others_do_by_a_script_is_done_by_forms() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "frist soup")]);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("<a class=\"change\" href=\"/r/lobby?change=1\">"), "{}", ann.page);
    // A message can be changed in its place, and deleted.
    ann.gets("/r/lobby?change=1");
    assert_eq!(ann.value("text").as_deref(), Some("frist soup"));
    let answer = ann.sends(&[("change", "1"), ("text", "first soup")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby"));
    assert_eq!(bo.hears("edit")["text"], "first soup");
    ann.gets("/r/lobby");
    ann.sends(&[("text", "a slip")]);
    ann.gets("/r/lobby?change=3");
    assert_eq!(ann.sends(&[("change", "3"), ("text", "a slip"), ("delete", "1")]).status, 303);
    assert_eq!(bo.hears("delete")["of"], 3);
    bo.says("not yours");
    bo.hears("sent");
    ann.gets("/r/lobby?change=5");
    let answer = ann.sends(&[("change", "5"), ("text", "mine now")]);
    assert_eq!(answer.status, 409, "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("mine now"));
    // A private message stays private, even if something is wrong with it.
    ann.gets("/r/lobby/private?to=Bo");
    assert_eq!(ann.value("to").as_deref(), Some("Bo"));
    let answer = ann.sends(&[("to", "Nobody"), ("text", "psst")]);
    assert_eq!(answer.status, 409);
    assert_eq!(
        (ann.value("to").as_deref(), ann.value("text").as_deref()),
        (Some("Nobody"), Some("psst"))
    );
    let answer = ann.sends(&[("to", "Bo"), ("text", "psst")]);
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
    assert_eq!(bo.hears("private")["text"], "psst");
    ann.gets("/r/lobby/private");
    assert!(ann.page.contains("to <bdi>Bo</bdi>:") && ann.page.contains("psst"), "{}", ann.page);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("psst"), "{}", ann.page);
}

#[test]
fn commands_do_in_a_form_what_they_do_at_a_terminal() {
    let server = BoxProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "/me waves")]).status, 303);
    assert_eq!(bo.hears("me")["text"], "waves");
    for (text, place) in [
        ("/name Anna", "/r/lobby"),
        ("/topic soup, at six", "/r/lobby"),
        ("//etc", "/r/lobby"),
        ("/edit /usr", "/r/lobby"),
        ("/delete", "/r/lobby"),
        ("/who", "/r/lobby"),
        ("/join Kitchen", "/r/kitchen"),
        ("/at #2", "/r/lobby?before=13"),
        ("/search at Soup", "/r/lobby?find=at+soup"),
    ] {
        ann.gets("/r/lobby");
        let answer = ann.sends(&[("text", text)]);
        assert_eq!((answer.status, &*leads_to(&answer)), (303, place), "{text}");
    }
    assert_eq!(bo.hears("topic")["from"], "Anna");
    let said = bo.hears("message");
    assert_eq!(said["text"], "/etc");
    // Without a number, the command means one's last message.
    assert_eq!((&bo.hears("edit")["of"], &bo.hears("delete")["of"]), (&said["seq"], &said["seq"]));
    ann.gets("/r/lobby");
    for (text, words) in [("/dance", "/dance"), ("/me", "/me TEXT")] {
        assert_eq!(ann.sends(&[("text", text)]).status, 422, "{text}");
        assert!(ann.page.contains(words), "{text}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
    }
    assert_eq!(ann.sends(&[("text", "/help")]).status, 200);
    assert!(ann.page.contains("/msg NAME TEXT") && ann.page.contains("/quit - "), "{}", ann.page);
    assert_eq!(ann.value("text"), None, "the field is empty");
    // A room's name leads to its page, and the page lists the rooms.
    let answer = get(server.addr, "/?room=K%C3%BCche");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/r/k%C3%BCche")));
    ann.gets("/r/lobby");
    assert!(ann.page.contains("<a href=\"/r/lobby\"><bdi>lobby</bdi></a> 2 here"), "{}", ann.page);
    let answer = ann.sends(&[("text", "/quit")]);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    ann.cookie = None;
    ann.gets("/r/lobby");
    assert!(ann.page.contains("name=\"name\""), "a stranger again: {}", ann.page);
}

#[test]
fn what_was_said_is_found_by_its_words() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["hot soup", "cold tea", "soup again", "面包和汤"] {
        bo.says(text);
    }
    bo.hears_over_any_line_until(Numbered::is_answered);
    let mut ann = Browser::opens(server.addr, "/r/lobby?find=SOUP");
    assert_eq!(ann.numbers(), [3, 1]);
    assert!(
        ann.page.contains("2 messages found") && ann.value("find").as_deref() == Some("SOUP"),
        "{}",
        ann.page
    );
    ann.gets("/r/lobby?find=%E6%B1%A4");
    assert_eq!(ann.numbers(), [4]);
    ann.gets("/r/lobby?find=bread");
    assert!(ann.page.contains("0 messages found"), "{}", ann.page);
    // Search by author, and by day.
    ann.gets("/r/lobby?from=bo&find=soup");
    assert_eq!(ann.numbers(), [3, 1]);
    ann.gets("/r/lobby?from=Ann");
    assert!(ann.page.contains("0 messages found"), "{}", ann.page);
    ann.gets("/r/lobby?day=2026-01-01&find=soup");
    assert!(ann.page.contains("0 messages found"), "{}", ann.page);
    let today = humantime::format_rfc3339(std::time::SystemTime::now()).to_string();
    ann.gets(&format!("/r/lobby?find=&from=&day={}", &today[..10]));
    assert!(ann.page.contains("4 messages found"), "{}", ann.page);
    // If a search term is invalid, the page says so, and the field keeps it.
    ann.gets("/r/lobby?find=soup&day=yesterday");
    assert!(ann.page.contains("Write the date as"), "{}", ann.page);
    assert!(ann.value("day").as_deref() == Some("yesterday"), "{}", ann.page);
    assert!(ann.page.contains("0 messages found"), "{}", ann.page);
    ann.gets("/r/lobby?from=%40%40");
    assert!(ann.page.contains("You cannot use this name"), "{}", ann.page);
}

#[test]
fn what_the_disk_does_not_keep_is_not_called_done_and_its_form_sent_again_does_it_once() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    let full = history_meets(&server, &["pwrite64:error=ENOSPC", "write:error=ENOSPC"]);
    assert_eq!(ann.sends(&[("text", "/me waves")]).status, 503);
    assert!(ann.page.contains("Not saved yet"), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("/me waves"));
    drop(full);
    let deadline = Instant::now() + Duration::from_secs(60);
    while ann.sends(&[("text", "/me waves")]).status != 303 {
        assert!(Instant::now() < deadline, "{}", ann.page);
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1], "once: {}", ann.page);
}
