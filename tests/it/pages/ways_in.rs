//! Which person a browser becomes when it comes in by a form: the same one as before, if it has a
//! session; and a page of another site makes it nobody else.

use serde_json::{Value, json};
use threadbare::base::limits;

use crate::harness::browser::{Browser, leads_to, somebody};
use crate::harness::raw::{asks, get};
use crate::harness::{Numbered, ServerProcess, eventually};

/// The token that gives the browser its name.
fn token(ann: &Browser) -> &str {
    ann.cookie.as_deref().unwrap().strip_prefix("threadbare=").unwrap()
}

/// Opens as many connections in the browser's name as one person may have.
fn opens_all_lines(ann: &Browser) -> Vec<Numbered> {
    let token = token(ann);
    let opens = |_| {
        let mut client = Numbered::connects(ann.addr);
        client.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
        assert_eq!(client.hears("welcome")["name"], "Ann");
        client
    };
    (0..limits::CLIENTS_PER_PERSON_MAX).map(opens).collect()
}

#[test]
fn whoever_is_here_as_often_as_one_may_be_is_told_so_and_stays_who_they_are() {
    let server = ServerProcess::start(&[]);
    let mut vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let session = ann.cookie.clone();
    let form = ann.page.clone();
    let mut lines = opens_all_lines(&ann);
    let told = "Too much is going on under your name at once";
    // With a text and with a room's password, each with the page's key and without it.
    for key in [true, false] {
        for (to, enter) in [("/r/lobby", None), ("/r/den", Some(("enter", "1")))] {
            ann.page = if key { form.clone() } else { String::new() };
            let fields = [("room-password", "swordfish"), ("name", "Ann"), ("text", "typed")];
            let fields: Vec<_> = fields.into_iter().chain(enter).collect();
            let answer = ann.sends_to(to, &fields);
            assert_eq!(answer.status, 409, "{to}, {key}: {}", answer.head);
            assert_eq!(ann.page.matches(told).count(), 1, "{to}, {key}: {}", ann.page);
            assert_eq!(ann.value("text").as_deref(), Some("typed"), "{to}, {key}: {}", ann.page);
            assert_eq!(answer.header("set-cookie"), None, "{to}, {key}");
        }
    }
    // The page of all rooms, too.
    ann.gets("/rooms");
    let answer = ann.sends_to("/rooms", &[("room", "kitchen"), ("name", "Ann")]);
    assert_eq!((answer.status, answer.header("set-cookie")), (409, None), "{}", ann.page);
    assert!(ann.page.contains(told), "{}", ann.page);
    assert_eq!(ann.value("room").as_deref(), Some("kitchen"), "{}", ann.page);
    assert_eq!(ann.cookie, session);
    // The person can still read, under their own name.
    assert_eq!(ann.gets("/r/lobby").status, 200);
    let told = "Too many tabs are open.";
    assert!(ann.page.contains(told) && ann.page.contains(">hello<"), "{}", ann.page);
    assert!(ann.page.contains("name=\"key\"") && !ann.page.contains("name=\"name\""));
    // After one of the connections has ended, the same form works.
    drop(lines.pop());
    eventually("a place", || ann.sends(&[("text", "typed")]).status == 303);
    assert_eq!(ann.cookie, session);
    assert_eq!(vera.hears_until(|line| line["text"] == "typed")["from"], "Ann");
    vera.asks(json!({"type": "who", "room": "lobby"}));
    assert_eq!(vera.hears("who")["people"], 2, "Ann and Vera, and no guest");
}

#[test]
fn whoever_is_here_as_often_as_one_may_be_has_back_what_was_typed() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let path = format!("/r/lobby?s={}", token(&ann));
    ann.gets("/settings?room=lobby");
    let mut lines = opens_all_lines(&ann);
    let told = "Too much is going on under your name at once";
    // A program learns which of its messages was not said.
    let say = json!({"type": "say", "room": "lobby", "id": "a-1", "text": "typed"});
    let (status, refused) = asks(server.addr, &path, &say);
    let one = &refused[0];
    assert_eq!((status, refused.len()), (409, 1), "{refused:?}");
    assert_eq!((&one["type"], &one["reason"]), (&"refused".into(), &"too-many-devices".into()));
    assert_eq!((&one["id"], &one["room"]), (&"a-1".into(), &Value::Null), "{one}");
    // A refused name stays in its field.
    let answer = ann.saves(&[("room", "lobby"), ("show", "1"), ("name", "Anna")]);
    assert_eq!(answer.status, 409, "{}", ann.page);
    assert!(ann.page.contains(told), "{}", ann.page);
    assert_eq!(ann.value("name").as_deref(), Some("Anna"), "{}", ann.page);
    drop(lines.pop());
    eventually("a place", || {
        ann.saves(&[("room", "lobby"), ("show", "1"), ("name", "Anna")]).status == 303
    });
    assert_eq!(lines[0].hears("renamed")["to"], "Anna");
    eventually("a place", || asks(server.addr, &path, &say).0 == 200);
}

#[test]
fn a_form_to_come_in_that_is_not_of_this_session_does_nothing() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // A form of another site has no valid key.
    ann.page.clear();
    let enters = [("enter", "1"), ("room-password", "swordfish"), ("text", "typed")];
    let answer = ann.sends_to("/r/den", &enters);
    assert_eq!(answer.status, 403, "{}", answer.head);
    assert!(ann.page.contains("This page was out of date."), "{}", ann.page);
    assert!(ann.page.contains("name=\"room-password\""), "nothing was tried: {}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("typed"));
    // The page that came back has the right key.
    assert_eq!(ann.sends_to("/r/den", &enters).status, 200);
    ann.page.clear();
    let chooses = [("room", "attic"), ("name", "Bo")];
    let answer = ann.sends_to("/rooms", &chooses);
    assert_eq!(answer.status, 403, "{}", answer.head);
    assert!(ann.page.contains("This page was out of date."), "{}", ann.page);
    assert_eq!(ann.value("room").as_deref(), Some("attic"));
    assert_eq!(get(server.addr, "/r/attic/save").status, 404, "nobody was there");
    let makes = [chooses[0], ("new-room", "1")];
    assert_eq!(leads_to(&ann.sends_to("/rooms", &makes)), "/r/attic");
    ann.gets("/r/attic");
    assert!(ann.page.contains("<bdi>Ann</bdi></span> (you)"), "all along: {}", ann.page);
}

#[test]
fn whoever_has_no_session_any_more_or_none_yet_comes_in_without_a_key() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    let dead = format!("threadbare={}", "0".repeat(32));
    for (cookie, names) in [(None, ["Ann", "Bo"]), (Some(dead), ["Cy", "Dee"])] {
        let enters = [("enter", "1"), ("room-password", "swordfish"), ("name", names[0])];
        let chooses = [("room", "attic"), ("name", names[1])];
        for (to, fields, name) in
            [("/r/den", &enters[..], names[0]), ("/rooms", &chooses, names[1])]
        {
            let mut browser = Browser::at(server.addr);
            browser.cookie.clone_from(&cookie);
            let answer = browser.sends_to(to, fields);
            assert_eq!(answer.status, 303, "{to}, {cookie:?}: {}", browser.page);
            assert_ne!(browser.cookie, cookie, "{to}");
            browser.gets(answer.header("location").unwrap());
            assert!(browser.page.contains(&format!("<bdi>{name}</bdi>")), "{}", browser.page);
        }
    }
}

#[test]
fn whoever_keeps_no_cookies_comes_in_by_the_session_in_the_form() {
    let server = ServerProcess::start(&[]);
    let mut vera = Numbered::joins(server.addr, "Vera");
    vera.asks(json!({"type": "join", "room": "attic"}));
    vera.hears_until(|line| line["type"] == "caught-up" && line["room"] == "attic");
    let mut ann = Browser::opens(server.addr, "/r/lobby").without_cookies();
    let answer = ann.sends(&[("name", "Ann"), ("text", "hello")]);
    let session = answer.header("location").unwrap().split_once("s=").unwrap().1.to_owned();
    ann.gets(&format!("/rooms?s={session}"));
    assert_eq!(ann.value("s").as_ref(), Some(&session));
    let answer = ann.sends_to("/rooms", &[("room", "attic"), ("name", "Bo")]);
    let to = answer.header("location").unwrap();
    assert!(to.starts_with("/r/attic") && to.ends_with(&format!("s={session}")), "{to}");
}
