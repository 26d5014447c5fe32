//! A session goes to another device by a link, once.

use std::net::SocketAddr;

use threadbare::base::threads;
use threadbare::chat::token::Token;

use crate::harness::browser::{Browser, has_in_order, leads_to, somebody};
use crate::harness::raw::{Answer, get, request};
use crate::harness::{Numbered, ServerProcess, TestServer};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Makes a link on the page for it, and returns its path and query.
fn makes_link(browser: &mut Browser, room: &str) -> String {
    browser.gets(&format!("/device?room={room}"));
    let answer = browser.sends_to("/device", &[("room", room)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (_, rest) = browser.page.split_once("href=\"http://").unwrap();
    let (link, _) = rest.split_once('"').unwrap();
    let path = link.strip_prefix(&browser.addr.to_string()).unwrap();
    path.replace("&amp;", "&")
}

fn code_of(link: &str) -> &str {
    link.split_once("code=").unwrap().1.split('&').next().unwrap()
}

fn posts(addr: SocketAddr, headers: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("Host: {addr}\r\n{headers}{FORM}Content-Length: {length}\r\n");
    request(addr, &format!("POST /device HTTP/1.1\r\n{head}\r\n{body}"))
}

#[test]
fn a_link_signs_another_browser_in_once_and_says_so_when_it_is_over() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "lobby");
    // With the link stands what one must know of it, and not how to make one.
    has_in_order(
        &ann.page,
        &["whoever opens it is signed in as you", &link.replace('&', "&amp;"), "another link"],
    );
    assert!(!ann.page.contains("Make a link, and"), "{}", ann.page);
    // No camera of another device is of use for an address of this machine.
    let only_here = format!("must start it with --addr :{}", server.addr.port());
    assert!(ann.page.contains(&only_here) && !ann.page.contains("QR code"), "{}", ann.page);
    // Messengers open each link that they see.
    for method in ["GET", "HEAD", "GET"] {
        let head = format!("{method} {link} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        let answer = request(server.addr, &head);
        assert_eq!((answer.status, answer.header("set-cookie")), (200, None), "{}", answer.head);
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer, same-origin"));
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
    }
    let mut phone = Browser::opens(server.addr, &link);
    let as_whom = "Continue as <bdi>Ann</bdi> on this device</button>";
    assert!(phone.page.contains(as_whom), "{}", phone.page);
    let code = phone.value("code").unwrap();
    let first = phone.post(&[("code", &code)]).replacen("/r/lobby", "/device", 1);
    let answer = request(server.addr, &first);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(leads_to(&answer).contains("/r/lobby"), "{}", answer.head);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(Some(&cookie), ann.cookie.as_ref(), "the session is one of its own");
    // The button was pressed twice: the same session again.
    let again = request(server.addr, &first);
    assert!(again.header("set-cookie").unwrap().starts_with(&cookie), "{}", again.head);
    phone.cookie = Some(cookie);
    phone.gets("/r/lobby");
    assert_eq!(phone.sends(&[("text", "from my phone")]).status, 303);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("from my phone") && ann.page.contains("Ann"), "{}", ann.page);
    // Another browser comes too late.
    let mut late = Browser::opens(server.addr, "/device");
    assert_eq!(late.gets(&link).status, 404);
    assert!(!late.page.contains("Ann"), "{}", late.page);
    // The page of the used link says so at once, and offers no button.
    assert!(late.page.contains("has been used or has expired"), "{}", late.page);
    assert!(!late.page.contains("<button"), "{}", late.page);
    let answer = late.sends_to("/device", &[("code", &code)]);
    assert_eq!((answer.status, answer.header("set-cookie")), (409, None));
    assert!(late.page.contains("has been used or has expired"), "{}", late.page);
}

#[test]
fn of_two_who_press_the_button_at_once_one_is_let_in() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    for _ in 0..5 {
        let link = makes_link(&mut ann, "lobby");
        let (says, ends) = crossbeam_channel::bounded(4);
        // Each has the page before anybody presses: the page of a used link has no button.
        let racers = [(); 4].map(|()| Browser::opens(server.addr, &link));
        for mut racer in racers {
            let says = says.clone();
            threads::spawn("racer", move || {
                let code = racer.value("code").unwrap();
                says.send(racer.sends_to("/device", &[("code", &code)]).status).unwrap();
            })
            .unwrap();
        }
        drop(says);
        let mut ends: Vec<_> = ends.iter().collect();
        ends.sort_unstable();
        assert_eq!(ends, [303, 409, 409, 409]);
    }
}

#[test]
fn a_link_leads_to_the_room_in_which_it_was_made_and_replaces_the_name_there() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "den");
    let mut bo = somebody(server.addr, "Bo", "hi");
    bo.gets(&link);
    assert!(bo.page.contains("You have a name on this device already."), "{}", bo.page);
    let before = bo.cookie.clone();
    let (code, room) = (bo.value("code").unwrap(), bo.value("room").unwrap());
    let answer = bo.sends_to("/device", &[("code", &code), ("room", &room)]);
    assert!(leads_to(&answer).contains("/r/den"), "{}", answer.head);
    assert_ne!(bo.cookie, before);
    bo.gets("/settings");
    assert_eq!(bo.value("was").as_deref(), Some("Ann"));
}

#[test]
fn no_page_of_another_site_makes_or_uses_a_link() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let cookie = format!("Cookie: {}\r\n", ann.cookie.as_deref().unwrap());
    // Without the key of the session's pages, no link is made.
    let answer = posts(server.addr, &cookie, "room=lobby");
    assert_eq!(answer.status, 403);
    assert!(!answer.text().contains("code="), "{}", answer.text());
    let link = makes_link(&mut ann, "lobby");
    let body = format!("code={}", code_of(&link));
    for headers in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Referer: http://evil.example/\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        let answer = posts(server.addr, headers, &body);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{headers}");
    }
    assert_eq!(posts(server.addr, "", &body).status, 303, "the link is still good");
}

#[test]
fn no_link_is_in_the_server_s_log() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "lobby");
    let code = code_of(&link);
    request(server.addr, &format!("PUT {link} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr));
    request(server.addr, &format!("GET {link} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr));
    posts(server.addr, "", &format!("code={code}"));
    let referer = format!("Referer: http://{}{link}\r\n", server.addr);
    request(server.addr, &format!("GET /none HTTP/1.1\r\nHost: {}\r\n{referer}\r\n", server.addr));
    let log = server.logs(&["/device?code=.."]);
    assert!(!log.contains(code), "{log}");
    let all = server.log().join("\n");
    assert!(all.contains("/device?code=..") && !all.contains(code), "{all}");
}

#[test]
fn a_browser_without_cookies_goes_on_by_its_addresses() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "lobby");
    let mut phone = Browser::at(server.addr).without_cookies();
    phone.gets(&link);
    let code = phone.value("code").unwrap();
    let answer = phone.sends_to("/device", &[("code", &code)]);
    let to = answer.header("location").unwrap();
    assert!(to.contains("s="), "{to}");
    phone.gets(to);
    assert!(phone.page.contains("Ann"), "{}", phone.page);
    // It makes a link itself, too.
    let session = to.split_once("s=").unwrap().1.to_owned();
    phone.gets(&format!("/device?s={session}"));
    let answer = phone.sends_to("/device", &[]);
    assert!(answer.text().contains("/device?code="), "{}", answer.text());
}

#[test]
fn a_program_makes_a_link_and_what_is_no_link_is_refused() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.asks(serde_json::json!({"type": "device"}));
    let device = ann.hears("device");
    assert_eq!(device["lasts"], 300);
    let body = format!("code={}", device["token"].as_str().unwrap());
    assert_eq!(posts(server.addr, "", &body).status, 303);
    for code in ["", "x", &"0".repeat(33)] {
        let answer = posts(server.addr, "", &format!("code={code}"));
        assert_eq!((answer.status, answer.header("set-cookie")), (404, None), "{code}");
        let answer = get(server.addr, &format!("/device?code={code}"));
        assert_eq!(answer.status, 404, "{code}");
    }
    assert_eq!(posts(server.addr, "", &format!("code={}", "0".repeat(32))).status, 409);
    let stranger = posts(server.addr, "", "room=lobby");
    assert_eq!(stranger.status, 403);
    assert!(stranger.text().contains("You are not signed in here."), "{}", stranger.text());
}

#[test]
fn who_signs_out_everywhere_else_is_the_only_one_left() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "lobby");
    let mut phone = Browser::opens(server.addr, &link);
    let code = phone.value("code").unwrap();
    assert_eq!(phone.sends_to("/device", &[("code", &code)]).status, 303);
    let old = ann.cookie.clone();
    // Without the session's key, nobody is signed out.
    let headers = format!("Cookie: {}\r\n", old.as_deref().unwrap());
    assert_eq!(posts(server.addr, &headers, "elsewhere=1").status, 403);
    phone.gets("/settings");
    assert_eq!(phone.value("was").as_deref(), Some("Ann"));
    ann.gets("/device");
    let answer = ann.sends_to("/device", &[("elsewhere", "1")]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(ann.page.contains("You are signed out everywhere else."), "{}", ann.page);
    assert_ne!(ann.cookie, old);
    phone.gets("/settings");
    assert_eq!(phone.value("was"), None, "{}", phone.page);
    ann.gets("/settings");
    assert_eq!(ann.value("was").as_deref(), Some("Ann"));
    // The old token is worth nothing any more.
    let head = format!("GET /settings HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", server.addr);
    assert!(!request(server.addr, &head).text().contains("name=\"was\""));
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut other = bo.on_another_device();
    other.hears("welcome");
    bo.asks(serde_json::json!({"type": "sign-out"}));
    assert_eq!(bo.hears("session")["token"].as_str().unwrap().len(), 32);
    assert_eq!(other.hears("bye")["reason"], "session_renewed", "it had the same token");
}

#[test]
fn who_signs_out_elsewhere_is_still_there_when_the_answer_is_lost() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/device");
    let form = ann.post(&[("elsewhere", "1")]).replacen("/r/lobby", "/device", 1);
    let lost = request(server.addr, &form);
    assert_eq!(lost.status, 200, "{}", lost.text());
    let cookie = lost.header("set-cookie").unwrap().split(';').next().unwrap();
    // The old session is over at once: no other form of it does anything.
    let mut thief = Browser::at(server.addr);
    thief.cookie = ann.cookie.clone();
    thief.gets("/settings");
    assert_eq!(thief.value("was"), None, "{}", thief.page);
    let seedless = format!("key={}&elsewhere=1", ann.value("key").unwrap());
    let headers = format!("Cookie: {}\r\n", ann.cookie.as_deref().unwrap());
    let answer = posts(server.addr, &headers, &seedless);
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{}", answer.text());
    // The browser sends its form again, and gets the same session.
    let again = request(server.addr, &form);
    assert_eq!(again.status, 200, "{}", again.text());
    assert!(again.header("set-cookie").unwrap().starts_with(cookie), "{}", again.head);
    ann.cookie = Some(cookie.to_owned());
    ann.gets("/settings");
    assert_eq!(ann.value("was").as_deref(), Some("Ann"));
    // A client of `threadbare.v1` brings the token itself.
    let mut bo = Numbered::joins(server.addr, "Bo");
    let own = "5".repeat(32);
    bo.asks(serde_json::json!({"type": "sign-out", "token": own}));
    assert_eq!(bo.hears("session")["token"], *own);
    bo.sends_raw(r#"{"type": "sign-out", "token": "short"}"#);
    assert_eq!(bo.hears("error")["reason"], "missing");
}

#[test]
fn a_stranger_s_form_never_gives_the_session_of_a_link() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    let link = makes_link(&mut ann, "lobby");
    let (code, seed) = (code_of(&link), "5".repeat(32));
    let linked = posts(server.addr, "", &format!("code={code}&new={seed}"));
    assert_eq!(linked.status, 303, "{}", linked.text());
    // Whoever knows the link and the form can compute this, but has not the server's key.
    let both = Token::of([seed.as_bytes(), code.as_bytes()]).reveal();
    let mut stranger = Browser::at(server.addr);
    for seed in [both, seed] {
        let answer = stranger.sends(&[("enter", "1"), ("name", ""), ("text", ""), ("new", &seed)]);
        let cookie = |answer: &Answer| {
            answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
        };
        assert_ne!(cookie(&answer), cookie(&linked));
        stranger = Browser::at(server.addr);
    }
}
