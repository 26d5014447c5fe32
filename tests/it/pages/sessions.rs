//! Only its owner has a session. A link with another person's session, or a copied address, does
//! not make a reader that person for good. What a session gains belongs to the device that gained
//! it.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::browser::{Browser, leads_to, somebody};
use crate::harness::raw::{Answer, asks, request};
use crate::harness::{Numbered, ServerProcess, TestServer, eventually};

/// The token that gives the browser its name.
fn token(browser: &Browser) -> String {
    browser.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap().to_owned()
}

/// `GET`, with these headers.
fn get(addr: SocketAddr, path: &str, headers: &str) -> Answer {
    request(addr, &format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n"))
}

/// A client that says hello with this token, in these rooms, and the `welcome` that it gets.
fn comes_with(addr: SocketAddr, token: &str, rooms: &[&str]) -> (Numbered, Value) {
    let mut client = Numbered::connects(addr);
    let rooms: Vec<_> = rooms.iter().map(|room| json!({"room": room})).collect();
    client.asks(json!({"type": "hello", "token": token, "rooms": rooms}));
    let welcome = client.hears("welcome");
    (client, welcome)
}

fn name_of(addr: SocketAddr, token: &str) -> String {
    comes_with(addr, token, &[]).1["name"].as_str().unwrap().to_owned()
}

#[test]
fn a_link_with_a_session_makes_it_nobody_s_own() {
    let server = ServerProcess::start(&[]);
    let mallory = somebody(server.addr, "Mallory", "come in!");
    let session = token(&mallory);
    for page in ["/", "/r/lobby", "/r/kitchen", "/r/lobby/private", "/rooms", "/settings"] {
        let answer = get(server.addr, &format!("{page}?s={session}"), "Accept: text/html\r\n");
        assert_eq!(answer.status, 200, "{page}");
        assert_eq!(answer.header("set-cookie"), None, "{page}: {}", answer.head);
    }
    // A form also sets no cookie, if a link with a session led to its page.
    let mut ann = Browser::at(server.addr);
    ann.gets(&format!("/r/lobby?s={session}"));
    let answer = ann.sends(&[("text", "typed there")]);
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None), "{}", answer.head);
    assert_eq!(ann.cookie, None);
    // A browser that keeps no cookies still goes on as before.
    let to = answer.header("location").unwrap();
    assert!(to.ends_with(&format!("?s={session}")), "{to}");
    ann.gets(to);
    assert!(ann.page.contains("typed there"), "{}", ann.page);
}

#[test]
fn a_link_on_another_site_brings_nobody_into_a_session() {
    let server = ServerProcess::start(&[]);
    let session = token(&somebody(server.addr, "Mallory", "come in!"));
    let host = server.addr;
    for (header, is_ours) in [
        ("Sec-Fetch-Site: cross-site\r\n".to_owned(), false),
        ("Sec-Fetch-Site: same-site\r\n".to_owned(), false),
        ("Referer: http://evil.example/\r\n".to_owned(), false),
        (format!("Referer: http://evil.{host}/\r\n"), false),
        // A page of this server, a bookmark, and a browser that sends no such header.
        (format!("Referer: http://{host}/r/lobby\r\n"), true),
        ("Sec-Fetch-Site: same-origin\r\n".to_owned(), true),
        ("Sec-Fetch-Site: none\r\n".to_owned(), true),
        (String::new(), true),
    ] {
        for (page, clean) in [
            (format!("/r/lobby?s={session}&at=1"), "/r/lobby?at=1"),
            (format!("/?s={session}"), "/"),
            (format!("/rooms?s={session}"), "/rooms"),
            (format!("/settings?room=den&s={session}"), "/settings?room=den"),
        ] {
            let answer = get(host, &page, &header);
            if is_ours {
                assert_eq!(answer.status, 200, "{header}{page}");
            } else {
                let to = (answer.status, answer.header("location"));
                assert_eq!(to, (303, Some(clean)), "{header}{page}");
            }
            assert_eq!(answer.header("set-cookie"), None, "{header}{page}");
        }
    }
}

#[test]
fn an_address_has_no_session_where_a_cookie_has_it() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let answer = ann.sends(&[("name", "Ann"), ("text", "hello")]);
    let to = answer.header("location").unwrap().to_owned();
    let session = token(&ann);
    assert!(to.contains(&session), "until the cookie has come back: {to}");
    let answer = ann.gets_only(&to);
    assert_eq!((answer.status, leads_to(&answer).as_str()), (303, "/r/lobby"));
    assert!(!answer.head.contains(&session), "{}", answer.head);
    for page in ["/", "/r/lobby/private", "/rooms", "/settings", "/r/lobby/history"] {
        let answer = ann.gets_only(&format!("{page}?s={session}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some(page)));
        ann.gets(page);
        assert!(!ann.page.contains(&format!("s={session}")), "{page}: {}", ann.page);
    }
    // If the browser's `Referer` shows how it writes the server's address, the redirect uses that
    // form.
    let from = format!("https://{}/r/lobby", server.addr);
    ann.comes_from = Some(from.clone());
    let answer = ann.gets_only(&format!("/r/lobby?s={session}"));
    assert_eq!(answer.header("location"), Some(from.as_str()));
}

#[test]
fn a_link_in_the_chat_makes_nobody_else_of_a_browser_that_has_a_session() {
    let server = ServerProcess::start(&[]);
    let session = token(&somebody(server.addr, "Mallory", "come in!"));
    let mut ann = somebody(server.addr, "Ann", "hello");
    // The link stands in a message, so the browser says that it comes from a page of this server.
    let cookie = ann.cookie.clone().unwrap();
    let own = format!("Cookie: {cookie}\r\nReferer: http://{}/r/lobby\r\n", server.addr);
    for page in ["/", "/r/lobby/private", "/rooms", "/settings", "/r/lobby/history", "/device"] {
        let path = format!("{page}?s={session}");
        let answer = get(server.addr, &path, &format!("{own}Accept: text/html,*/*\r\n"));
        let to = answer.header("location").unwrap_or_default();
        assert!(answer.status == 303 && to.ends_with(page) && !to.contains("s="), "{page}: {to}");
        // A script of a tab that has been brought there before goes on as the link's person.
        assert_eq!(get(server.addr, &path, &format!("{own}Accept: */*\r\n")).status, 200);
    }
    ann.gets("/settings");
    assert_eq!(ann.value("was").as_deref(), Some("Ann"));
}

/// Makes a session gain something, over a connection with this token.
fn gains(addr: SocketAddr, token: &str, what: &str) -> (Numbered, String) {
    let (mut client, _) = comes_with(addr, token, &["lobby"]);
    client.asks(match what {
        "a secret" => json!({"type": "name", "name": "Ann#swordfish"}),
        "a password" => json!({"type": "join", "room": "den", "password": "soup"}),
        "a room" => json!({"type": "join", "room": "attic"}),
        "a lock" => json!({"type": "set", "room": "attic", "password": "hay"}),
        other => panic!("{other}"),
    });
    let told = client.hears_until(|line| line["token"].is_string() && line["type"] != "welcome");
    let new = told["token"].as_str().unwrap().to_owned();
    assert_ne!(new, token, "{what}");
    (client, new)
}

#[test]
fn a_session_that_gains_something_gets_a_new_token_and_the_old_one_is_worth_nothing() {
    let server = TestServer::start();
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    for what in ["a secret", "a password", "a room"] {
        let old = token_of(server.addr, "Mallory");
        let (mut thief, _) = comes_with(server.addr, &old, &["lobby"]);
        let (mut ann, new) = gains(server.addr, &old, what);
        // Until the new token is used, the old one works. So a lost answer does not cost a person
        // their name.
        let me = name_of(server.addr, &old);
        ann.asks(json!({"type": "session", "token": new}));
        assert_eq!(ann.hears("session"), json!({"type": "session"}), "{what}");
        assert_eq!(thief.hears("bye")["reason"], "session_renewed", "{what}");
        assert_ne!(name_of(server.addr, &old), me, "{what}: the old token is worth nothing");
        assert_eq!(name_of(server.addr, &new), me, "{what}");
        // The connection of the session's owner goes on.
        ann.says(what);
        ann.hears("sent");
    }
}

/// The token of a new person.
fn token_of(addr: SocketAddr, name: &str) -> String {
    let mut client = Numbered::connects(addr);
    client.asks(json!({"type": "hello", "name": name, "rooms": []}));
    client.hears("welcome")["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_token_is_used_by_coming_with_it_too() {
    let server = TestServer::start();
    let old = token_of(server.addr, "Ann");
    let (ann, attic) = gains(server.addr, &old, "a room");
    drop(ann);
    // No client has used the new token yet, so the room does not belong to the old token.
    let (mut ann, welcome) = comes_with(server.addr, &old, &["attic"]);
    assert_eq!(welcome["name"], "Ann");
    ann.hears("caught-up");
    ann.asks(json!({"type": "set", "room": "attic", "password": "hay"}));
    assert_eq!(ann.hears("refused")["reason"], "not-your-room");
    ann.asks(json!({"type": "join", "room": "cellar"}));
    let cellar = ann.hears("session")["token"].as_str().unwrap().to_owned();
    // A new token that was never used becomes invalid when the same session gets another one.
    assert_ne!(name_of(server.addr, &attic), "Ann");
    let (mut thief, _) = comes_with(server.addr, &old, &["lobby"]);
    let (mut client, welcome) = comes_with(server.addr, &cellar, &["cellar"]);
    assert_eq!(welcome["name"], "Ann");
    client.hears("caught-up");
    client.asks(json!({"type": "set", "room": "cellar", "password": "hay"}));
    client.hears("set");
    assert_eq!(thief.hears("bye")["reason"], "session_renewed");
    assert_ne!(name_of(server.addr, &old), "Ann");
}

#[test]
fn another_device_keeps_its_token_but_not_when_the_secret_changes() {
    let server = TestServer::start();
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    let laptop = token_of(server.addr, "Ann#swordfish");
    let phone = token_of(server.addr, "Ann#swordfish");
    assert_ne!(laptop, phone);
    let (mut ann, laptop) = gains(server.addr, &laptop, "a password");
    ann.asks(json!({"type": "session", "token": laptop}));
    ann.hears("session");
    assert_eq!(name_of(server.addr, &phone), "Ann");
    // The same secret again gains nothing new.
    ann.asks(json!({"type": "name", "name": "Ann#swordfish"}));
    assert_eq!(ann.hears("renamed")["token"], Value::Null);
    ann.asks(json!({"type": "name", "name": "Ann#catfish"}));
    let told = ann.hears_until(|line| line["token"].is_string());
    let newest = told["token"].as_str().unwrap().to_owned();
    assert_eq!(name_of(server.addr, &phone), "Ann", "not before it is used");
    ann.asks(json!({"type": "session", "token": newest}));
    ann.hears("session");
    assert_ne!(name_of(server.addr, &phone), "Ann");
    assert_ne!(name_of(server.addr, &laptop), "Ann");
    assert_eq!(name_of(server.addr, &newest), "Ann");
    // The secret gives the name back.
    let again = token_of(server.addr, "Ann#catfish");
    assert_eq!(name_of(server.addr, &again), "Ann");
}

#[test]
fn a_token_that_is_not_one_s_own_is_not_shown_in_vain() {
    let server = TestServer::start();
    let bo = token_of(server.addr, "Bo");
    let mut ann = Numbered::joins(server.addr, "Ann");
    for token in [bo.as_str(), "0123456789abcdef0123456789abcdef"] {
        ann.asks(json!({"type": "session", "token": token}));
        assert_eq!(ann.hears("error")["reason"], "session-over");
    }
    ann.sends_raw("{\"type\": \"session\"}");
    assert_eq!(ann.hears("error")["reason"], "missing");
    ann.says("still here");
    ann.hears("sent");
}

#[test]
fn forms_bring_a_new_token_too_with_cookies_and_without() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    for keeps_cookies in [true, false] {
        let (name, loft) = if keeps_cookies { ("Ann", "/r/loft") } else { ("Bo", "/r/barn") };
        for (what, to, fields) in [
            ("a password", "/r/den", &[("enter", "1"), ("room-password", "soup")][..]),
            ("a secret", "/r/lobby", &[("text", "/name Cleo#swordfish")]),
            ("a lock", loft, &[("text", "/password hay")]),
        ] {
            let mut browser = somebody(server.addr, &format!("{name}-{}", what.len()), "hello");
            let old = token(&browser);
            if !keeps_cookies {
                browser = browser.without_cookies();
                browser.gets(&format!("/r/lobby?s={old}"));
            }
            if what == "a lock" {
                // Looking at a new room makes the room, so the session gains something, too.
                let link = format!("{loft}?s={old}");
                browser.gets(if keeps_cookies { loft } else { &link });
            }
            let answer = browser.sends_to(to, fields);
            assert_eq!(answer.status, 303, "{what}: {}", browser.page);
            let to = answer.header("location").unwrap().to_owned();
            browser.gets(&to);
            let new = match keeps_cookies {
                true => token(&browser),
                false => browser.value("s").unwrap(),
            };
            assert_ne!(new, old, "{what}");
            let me = name_of(server.addr, &new);
            assert_ne!(name_of(server.addr, &old), me, "{what}");
            browser.gets(if keeps_cookies { "/r/lobby" } else { &to });
            let you = format!("<bdi>{me}</bdi></span> (you)");
            assert!(browser.page.contains(&you), "{what}, {me}: {}", browser.page);
        }
    }
}

/// What a browser without the cookie gains belongs to the session in its address: the person who
/// has made the name may have given that address away.
#[test]
fn who_signs_in_again_has_the_rooms_of_the_cookies_session_and_not_those_of_an_address() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    for keeps_cookies in [true, false] {
        let (me, loft) = if keeps_cookies { ("Ann", "/r/loft") } else { ("Bo", "/r/barn") };
        let me = format!("{me}#tulip");
        let mut browser = somebody(server.addr, &me, "hello");
        let own = token(&browser);
        if !keeps_cookies {
            browser = browser.without_cookies();
            browser.gets(&format!("/r/lobby?s={own}"));
        }
        for (to, fields) in [
            ("/r/den", &[("enter", "1"), ("room-password", "soup")][..]),
            (loft, &[("text", "/password hay")]),
        ] {
            let answer = browser.sends_to(to, fields);
            assert_eq!(answer.status, 303, "{to}: {}", browser.page);
            browser.gets(answer.header("location").unwrap());
        }
        let mut again = somebody(server.addr, &me, "back");
        for room in ["/r/den", loft] {
            again.gets(room);
            let is_in = again.page.contains("<input type=\"text\" name=\"text\"");
            assert_eq!(is_in, keeps_cookies, "{room}: {}", again.page);
        }
        let answer = again.sends_to(loft, &[("text", "/password straw")]);
        assert_eq!(answer.status == 303, keeps_cookies, "{}", again.page);
    }
}

#[test]
fn a_program_is_told_its_new_token_by_the_request_that_brought_it() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    let (_, told) = asks(server.addr, "/r/lobby", &json!({"type": "hello", "name": "Door"}));
    let old = told[0]["token"].as_str().unwrap().to_owned();
    let join = json!({"type": "join", "room": "den", "password": "soup"});
    let (status, told) = asks(server.addr, &format!("/r/den?s={old}"), &join);
    let kinds: Vec<_> = told.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!((status, &kinds[..]), (200, &["session", "joined"][..]), "{told:?}");
    let new = told[0]["token"].as_str().unwrap().to_owned();
    // A program that ignores the new token goes on as before.
    assert_eq!(name_of(server.addr, &old), "Door");
    // A program that uses the new token makes the old one invalid.
    let path = format!("/r/lobby?s={new}");
    let (status, told) = asks(server.addr, &path, &json!({"type": "session", "token": new}));
    assert_eq!((status, told), (200, vec![json!({"type": "session"})]));
    assert_ne!(name_of(server.addr, &old), "Door");
    let rename = json!({"type": "name", "name": "Door#swordfish"});
    let (_, told) = asks(server.addr, &path, &rename);
    assert!(told[0]["token"].is_string(), "{told:?}");
}

#[test]
fn a_script_has_its_cookie_written_for_a_token_that_it_names_in_a_header() {
    let server = ServerProcess::start(&[]);
    let session = token(&somebody(server.addr, "Ann", "hello"));
    let post = |headers: &str| {
        let (addr, length) = (server.addr, "Content-Length: 0\r\n");
        request(addr, &format!("POST /session HTTP/1.1\r\nHost: {addr}\r\n{length}{headers}\r\n"))
    };
    let answer = post(&format!("Authorization: Bearer {session}\r\n"));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("threadbare={session};")), "{cookie}");
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    for headers in [
        String::new(),
        format!("Cookie: threadbare={session}\r\n"),
        format!("Authorization: Bearer {}\r\n", "0".repeat(32)),
    ] {
        let answer = post(&headers);
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{headers}");
    }
    let foreign = format!("Authorization: Bearer {session}\r\nOrigin: http://evil.example\r\n");
    assert_eq!(post(&foreign).header("set-cookie"), None);
    assert_eq!(get(server.addr, &format!("/session?s={session}"), "").status, 405);
}

#[test]
fn a_page_without_an_end_and_a_poll_of_the_old_token_end() {
    let server = ServerProcess::start(&[]);
    let old = token_of(server.addr, "Ann");
    let stream =
        format!("GET /r/lobby/stream?as=text&s={old} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let mut listening = crate::harness::raw::Connection::open(server.addr);
    listening.sends(stream.as_bytes()).hears("you are Ann");
    let poll = format!("GET /r/lobby/poll?s={old} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let mut polling = crate::harness::raw::Connection::open(server.addr);
    polling.sends(poll.as_bytes());
    let mut bo = Numbered::joins(server.addr, "Bo");
    eventually("the poll is here", || {
        bo.asks(json!({"type": "who", "room": "lobby"}));
        bo.hears("who")["people"] == 2
    });
    let (mut ann, new) = gains(server.addr, &old, "a secret");
    ann.asks(json!({"type": "session", "token": new}));
    ann.hears("session");
    listening.hears("the stream has ended: session_renewed");
    assert_eq!(polling.answer().status, 200);
}

#[test]
fn what_a_link_leads_to_makes_no_room() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut ann = somebody(addr, "Ann", "hello");
    let session = token(&ann);
    // A person in an empty room makes it appear in the list.
    let is_there = |ann: &mut Browser, room: &str| {
        ann.gets("/rooms");
        assert!(ann.page.contains("value=\"lobby\""), "{}", ann.page);
        ann.page.contains(&format!("value=\"{room}\""))
    };
    let pages = ["", "/history", "/private", "/list?every=10", "/poll?wait=0", "/save?as=text"];
    for (number, page) in pages.iter().enumerate() {
        let sign = if page.contains('?') { '&' } else { '?' };
        let room = format!("cellar{number}");
        // First a browser without the cookie that followed a link, then the owner's own browser.
        get(addr, &format!("/r/{room}{page}{sign}s={session}"), "Accept: text/html,*/*\r\n");
        let cookie = format!("Cookie: threadbare={session}\r\nAccept: text/html,*/*\r\n");
        get(addr, &format!("/r/{room}{page}"), &cookie);
        get(addr, &format!("/r/{room}{page}"), "Accept: image/png,*/*\r\n");
        assert!(!is_there(&mut ann, &room), "{page}: {}", ann.page);
        let (_line, who) = comes_with(addr, &session, &[]);
        assert_eq!(who["name"], "Ann", "{page}: nor does it tell a new token");
    }
    for headers in ["Accept: text/html\r\n", "Referer: http://evil.example/\r\n"] {
        let stream = format!(
            "GET /r/shed/stream?as=text&s={session} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n"
        );
        let mut connection = crate::harness::raw::Connection::open(addr);
        connection.sends(stream.as_bytes()).hears("you are not in this room");
        assert!(!is_there(&mut ann, "shed"));
    }
    // The form makes the room, and so does a program that listens there.
    assert_eq!(ann.gets("/r/attic").status, 200);
    let answer = ann.sends_to("/r/attic", &[("text", "up here")]);
    assert_eq!(answer.status, 303, "{}", ann.page);
    assert!(is_there(&mut ann, "attic"));
    let mut connection = crate::harness::raw::Connection::open(addr);
    connection.sends(format!("GET /r/shed/stream HTTP/1.1\r\nHost: {addr}\r\n\r\n").as_bytes());
    connection.hears("this is shed");
    let (_line, _) = comes_with(addr, &token(&ann), &["shed"]);
    assert!(is_there(&mut ann, "shed"), "{}", ann.page);
}

#[test]
fn whoever_quits_has_left_by_all_lines_of_that_session_and_the_name_is_free() {
    let server = ServerProcess::start(&[]);
    let addr = server.addr;
    let mut bo = Numbered::joins(addr, "Bo");
    for name in ["Ann", "Cleo"] {
        let mut page = somebody(addr, name, "hello");
        if name == "Cleo" {
            let answer = page.sends(&[("text", "/name Cleo#fish")]);
            page.gets(&leads_to(&answer));
        }
        let (mut tab, who) = comes_with(addr, &token(&page), &["lobby"]);
        assert_eq!(who["name"], name);
        // Another device, which has given the secret itself.
        let mut phone = (name == "Cleo").then(|| Numbered::joins(addr, "Cleo#fish"));
        page.gets("/r/lobby");
        assert_eq!(page.sends(&[("text", "/quit")]).status, 303);
        assert_eq!(tab.hears("bye")["reason"], "session_left", "{name}");
        if let Some(phone) = &mut phone {
            phone.says("still here");
            phone.hears("message");
        } else {
            bo.hears_until(|line| line["name"] == "Ann" && line["here"] == false);
            eventually("the name is free", || Numbered::joins(addr, "Ann").name == "Ann");
        }
    }
}
