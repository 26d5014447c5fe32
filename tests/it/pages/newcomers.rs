//! What a person meets who comes for the first time, on pages without a script.

use serde_json::json;
use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::{Numbered, ServerProcess};

/// Returns the part of the page from the form for a new room on.
fn new_room(page: &str) -> &str {
    page.split_once("id=\"new\"").map(|(_, form)| form).unwrap_or_default()
}

#[test]
fn a_new_room_whose_name_was_mistyped_does_not_lose_its_password() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/rooms");
    let typed = ["value=\"Party planning!\"", "value=\"secret7\"", "value=\"1\" checked"];
    let mut form = vec![("name", "Ann"), ("room-password", "secret7"), ("hidden", "1")];
    form.push(("room", "Party planning!"));
    let answer = ann.sends_to("/rooms", &form);
    assert_eq!(answer.status, 422);
    has_in_order(new_room(&ann.page), &typed);
    assert_eq!(ann.page.matches("secret7").count(), 1, "in the form alone: {}", ann.page);
    assert!(answer.header("cache-control").unwrap().contains("no-store"), "{}", answer.head);
    // What was typed for the person keeps its password, too.
    let form = [("room", "party"), ("name", "Ann/x"), ("secret", "tulip"), ("room-password", "s7")];
    assert_eq!(ann.sends_to("/rooms", &form).status, 422);
    has_in_order(new_room(&ann.page), &["\"secret\"", "value=\"tulip\"", "value=\"s7\""]);
    // A password that no room can have does not make an open room.
    let long = "x".repeat(limits::SECRET_BYTES_MAX + 1);
    let form = [("room", "party"), ("name", "Ann"), ("room-password", &*long)];
    assert_eq!(ann.sends_to("/rooms", &form).status, 422);
    assert!(ann.page.contains("The password can be at most 256 bytes."), "{}", ann.page);
    assert!(Browser::opens(server.addr, "/r/party").page.contains("no room with this name yet"));
}

#[test]
fn a_name_that_was_refused_keeps_its_password() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let form = [("name", "Ann/x"), ("secret", "tulip"), ("text", "hello")];
    assert_eq!(ann.sends(&form).status, 422);
    assert_eq!(ann.value("secret").as_deref(), Some("tulip"), "{}", ann.page);
    // A wrong password is typed anew.
    let _bo = somebody(server.addr, "Bo#tulip", "hello");
    let form = [("name", "Bo"), ("secret", "rose"), ("text", "hello")];
    assert_eq!(ann.sends(&form).status, 409);
    assert!(!ann.page.contains("rose"), "{}", ann.page);
}

#[test]
fn a_room_that_nobody_has_made_says_so() {
    let server = ServerProcess::start(&[]);
    let words = "There is no room with this name yet. The first message makes it.";
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert!(!ann.page.contains(words), "{}", ann.page);
    for page in ["/r/lobbby", "/r/lobbby?live=1"] {
        ann.gets(page);
        assert_eq!(ann.page.matches(words).count(), 1, "{page}: {}", ann.page);
        assert!(!ann.page.contains("No messages yet"), "{}", ann.page);
    }
    ann.sends_to("/r/lobbby", &[("text", "anybody?")]);
    ann.gets("/r/lobbby");
    assert!(!ann.page.contains(words), "{}", ann.page);
}

#[test]
fn whoever_signs_in_has_the_button_beside_the_fields_and_after_a_wrong_password_too() {
    let server = ServerProcess::start(&[]);
    let _ann = somebody(server.addr, "Ann#tulip", "hello");
    let mut away = Browser::opens(server.addr, "/r/lobby?sign-in");
    let order = ["\"name\"", "\"secret\"", ">Sign in</button>", ">Message ", "\"text\"", ">Send<"];
    for _ in 0..2 {
        let (_, form) = away.page.split_once("id=\"say\"").unwrap();
        has_in_order(form, &order);
        let answer = away.sends(&[("name", "Ann"), ("secret", "rose"), ("enter", "1")]);
        assert_eq!(answer.status, 409, "{}", away.page);
    }
    let right = [("name", "Ann"), ("secret", "tulip"), ("enter", "1")];
    assert_eq!(away.sends(&right).status, 303, "{}", away.page);
}

#[test]
fn a_locked_room_names_both_of_its_passwords() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    let ann = Browser::opens(server.addr, "/r/den?sign-in");
    has_in_order(
        &ann.page,
        &["Password of the room ", "room-password", "Password of your name ", "\"secret\""],
    );
    has_in_order(&ann.page, &["\"secret\"", ">Sign in</button>", ">Join</button>"]);
    assert!(!ann.page.contains(">Password <input"), "{}", ann.page);
}

#[test]
fn an_empty_name_in_the_settings_is_an_error() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/settings");
    for name in ["", "  "] {
        let answer = ann.saves(&[("name", name), ("was", "Ann"), ("theme", "dark")]);
        assert_eq!(answer.status, 422, "{}", ann.page);
        assert!(ann.page.contains("role=\"alert\""), "{}", ann.page);
    }
    assert_eq!(ann.saves(&[("name", "Ann"), ("was", "Ann"), ("theme", "dark")]).status, 303);
}

#[test]
fn the_code_of_a_name_is_in_the_list_of_people_and_not_in_each_row() {
    let server = ServerProcess::start(&[]);
    let ann = somebody(server.addr, "Ann#tulip", "hello");
    let (rows, people) = ann.page.split_once("id=\"here\"").unwrap();
    assert!(!rows.contains("class=\"mark\""), "{rows}");
    has_in_order(people, &["<bdi>Ann</bdi>", "class=\"mark\"", "The same name and code mean"]);
    let bo = somebody(server.addr, "Bo", "hello");
    assert_eq!(bo.page.matches("class=\"mark\"").count(), 1, "{}", bo.page);
}

#[test]
fn where_the_new_messages_begin_is_marked_on_an_older_page_too() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "first");
    let seen = ann.value("after").unwrap();
    (1..=40).for_each(|number| bo.says(&format!("line-{number}.")));
    bo.hears_over_any_connection_until(Numbered::is_answered);
    ann.refreshes(&seen);
    has_in_order(&ann.page, &["40 new messages since your last visit", "line-40."]);
    let older = crate::harness::browser::link(&ann.page, "Older messages");
    ann.gets(&older);
    has_in_order(&ann.page, &["line-1.", "New messages end here.", "first"]);
    let session = ann.cookie.clone().unwrap();
    ann.cookie = Some(format!("{session}; threadbare-look=order=last"));
    ann.gets(&older);
    has_in_order(&ann.page, &["first", "New messages begin here.", "line-1."]);
    // On the page with all of them, newest first, the mark stands between them and the others.
    ann.cookie = Some(session);
    bo.asks(json!({"type": "topic", "room": "lobby", "text": "soup"}));
    ann.gets("/r/lobby");
    let seen = ann.value("after").unwrap();
    bo.says_each(&["one more."]);
    ann.refreshes(&seen);
    has_in_order(&ann.page, &["1 new message", "one more.", "New messages end here.", "line-40."]);
}

#[test]
fn what_one_said_oneself_under_another_name_is_not_new() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends_to("/r/trip", &[("text", "made")]);
    for page in ["/r/trip/now/1", "/r/lobby/now/1"] {
        ann.gets(page);
    }
    let (session, rooms) = (ann.cookie.clone(), ann.rooms.clone());
    ann.sends_to("/r/trip", &[("text", "my own")]);
    assert_eq!(ann.saves(&[("name", "Anna"), ("was", "Ann")]).status, 303);
    ann.rooms = rooms;
    assert!(session.is_some());
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("(1 new"), "{}", ann.page);
}

#[test]
fn what_the_live_page_has_shown_is_not_new_on_the_page_after_it() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/now/1");
    ann.gets("/r/lobby?live=1");
    bo.says_each(&["@Ann are you there?", "a line"]);
    let site = format!("http://{}", server.addr);
    // Without a sign that the reader comes from the live page, the lines are new.
    ann.gets("/rooms");
    has_in_order(&ann.page, &["<bdi>Bo</bdi> mentioned you in", "(2 new, 1 to you)"]);
    for from in ["/r/lobby?live=1", "/r/lobby/stream?as=html&after=1.1"] {
        let rooms = ann.rooms.clone();
        ann.comes_from = Some(format!("{site}{from}"));
        ann.gets("/rooms");
        assert!(!ann.page.contains("mentioned you"), "{from}: {}", ann.page);
        assert!(!ann.page.contains("(2 new"), "{from}: {}", ann.page);
        ann.rooms = rooms;
    }
    ann.gets("/rooms");
    // The next page knows it, too.
    ann.comes_from = Some(format!("{site}/rooms"));
    ann.gets("/r/lobby/private");
    assert!(!ann.page.contains("mentioned you"), "{}", ann.page);
}
