//! Rooms with a password, on pages without scripts, for people who were away.

use serde_json::json;

use super::elsewhere::says;
use crate::harness::browser::{Browser, has_in_order, leads_to, link_without_time, somebody};
use crate::harness::{Numbered, ServerProcess};

fn comes_into_den(browser: &mut Browser, password: &str) {
    browser.gets("/r/den");
    let answer = browser.sends_to("/r/den", &[("enter", "1"), ("room-password", password)]);
    assert_eq!(answer.status, 303, "{}", browser.page);
    browser.gets(&leads_to(&answer));
    browser.gets("/r/den/now/1");
    assert!(browser.page.contains("action=\"/r/den\""), "{}", browser.page);
}

#[test]
fn a_reader_is_told_once_that_a_known_room_asks_for_its_password() {
    let server = ServerProcess::start(&[]);
    let mut vera = Numbered::makes_locked(server.addr, "den", "owl");
    vera.asks(json!({"type": "set", "room": "den", "hidden": true}));
    vera.hears("set");
    let epoch = vera.view("den").epoch.clone();
    let told = "<bdi>den</bdi> asks for its password again.";
    let mut ann = somebody(server.addr, "Ann", "hello");
    let session = ann.cookie.clone().unwrap();
    ann.gets("/r/lobby");
    assert!(!ann.page.contains(told), "{}", ann.page);
    // The browser has shown the room before.
    ann.cookie = Some(format!("{session}; threadbare-rooms=den.{epoch}.0"));
    let answer = ann.gets("/r/lobby");
    has_in_order(&ann.page, &[told, "Open</a>"]);
    let (_, notice) = ann.page.split_once(told).unwrap();
    assert_eq!(link_without_time(notice, "Open"), "/r/den");
    let marks = answer.head.lines().find(|line| line.contains("threadbare-rooms=")).unwrap();
    assert!(marks.contains("=lobby.") && !marks.contains("den"), "told once: {marks}");
    // A reader who has the password is told nothing.
    comes_into_den(&mut ann, "owl");
    ann.cookie = Some(format!("{session}; threadbare-rooms=den.{epoch}.0"));
    ann.gets("/r/lobby");
    assert!(!ann.page.contains(told), "{}", ann.page);
}

#[test]
fn mentions_in_a_locked_room_are_told_to_whoever_has_signed_out_and_in_again() {
    for more in [("more", ""), ("hidden", "1")] {
        let server = ServerProcess::start(&[]);
        let mut ann = somebody(server.addr, "Ann#tulip", "hello");
        ann.gets("/rooms");
        let answer = ann.sends_to("/rooms", &[("room", "den"), ("room-password", "owl"), more]);
        assert_eq!(answer.status, 303, "{}", ann.page);
        ann.gets("/r/den/now/1");
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.asks(json!({"type": "join", "room": "den", "password": "owl"}));
        bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
        ann.gets("/r/lobby/now/1");
        let answer = ann.sends(&[("text", "/quit")]);
        ann.gets(&leads_to(&answer));
        says(&mut bo, "den", "@Ann soup?");
        let fields = [("name", "Ann"), ("secret", "tulip"), ("enter", "sign-in")];
        let answer = ann.sends_to("/r/lobby", &fields);
        assert_eq!(answer.status, 303, "{}", ann.page);
        ann.gets(answer.header("location").unwrap());
        assert!(ann.page.contains("mentioned you in <bdi>den</bdi>"), "{more:?}: {}", ann.page);
    }
}

#[test]
fn a_wrong_password_of_a_room_makes_no_guest() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "owl");
    let mut ann = Browser::opens(server.addr, "/r/den");
    for name in ["", "Ann"] {
        let form = [("enter", "1"), ("name", name), ("room-password", "fox")];
        let status = ann.sends_to("/r/den", &form).status;
        assert!(status >= 400, "{name}: {status} {}", ann.page);
        has_in_order(&ann.page, &["role=\"alert\"", "That is not the password.", "room-password"]);
        assert_eq!(ann.value("name").unwrap_or_default(), name, "{}", ann.page);
        assert_eq!(ann.cookie, None, "{name}");
    }
    assert_eq!(Numbered::joins(server.addr, "Ann").name, "Ann", "the name is free");
}
