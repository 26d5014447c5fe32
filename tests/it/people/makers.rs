//! The maker of a room hides it, changes its password, and deletes what others say in it: in plain
//! lines, at a terminal, in a form. Only the server learns what is typed there (I3).

use std::net::SocketAddr;

use serde_json::json;

use crate::harness::browser::{Browser, leads_to, somebody};
use crate::harness::raw::Connection;
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Folder, Numbered, ServerProcess};

/// The answer to a person who tries to join the den.
fn knocks(person: &mut Numbered, password: &str) -> String {
    person.asks(json!({"type": "join", "room": "den", "password": password}));
    let is_answer =
        |line: &serde_json::Value| line["type"] == "joined" || line["type"] == "refused";
    let answer = person.hears_until(|line| is_answer(line) && line["room"] == "den");
    answer["reason"].as_str().unwrap_or("joined").to_owned()
}

/// Whether the den is in this person's list of rooms.
fn sees_the_den(person: &mut Numbered) -> bool {
    person.asks(json!({"type": "rooms"}));
    person.hears("rooms")["rooms"].to_string().contains("den")
}

/// A console client at a terminal, in the den.
fn at_a_terminal(addr: SocketAddr, name: &str, state: &Folder) -> Console {
    let join = format!("join ws://{addr}/ws --name {name}");
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("in lobby");
    console.types("/join den\r");
    console.shows("in den, ");
    console
}

#[test]
fn i3_a_hidden_room_in_which_nothing_was_said_stays_in_its_maker_s_list() {
    for privacy in [json!({"hidden": true}), json!({"password": "soup"})] {
        let server = ServerProcess::start(&[]);
        let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
        let mut join = json!({"type": "join", "room": "den"});
        join.as_object_mut().unwrap().extend(privacy.as_object().unwrap().clone());
        ann.asks(join);
        ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
        ann.asks(json!({"type": "leave", "room": "den"}));
        ann.hears("left");
        assert!(sees_the_den(&mut ann) && !sees_the_den(&mut bo), "{privacy}");
        // Without either it is one of the many that somebody has only looked into.
        ann.asks(json!({"type": "join", "room": "den"}));
        ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
        ann.asks(json!({"type": "set", "room": "den", "hidden": false, "password": ""}));
        ann.hears("set");
        ann.asks(json!({"type": "leave", "room": "den"}));
        ann.hears("left");
        assert!(!sees_the_den(&mut ann), "{privacy}");
    }
}

#[test]
fn i3_a_room_is_hidden_and_its_password_changed_by_lines() {
    let (server, lines) = with_lines(&["--log-level", "trace"]);
    let (state, mut bo) = (Folder::new(), Numbered::joins(server.addr, "Bo"));
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* this is den, 1 here\n");
    let mut cleo = at_a_terminal(server.addr, "Cleo", &state);
    assert!(sees_the_den(&mut bo));
    nc.sends(b"/hide\n").hears("* den is now hidden and needs no password\n");
    cleo.shows("den is now hidden and needs no password");
    assert!(!sees_the_den(&mut bo), "it is in nobody's list ...");
    nc.sends(b"/rooms\n").hears("den (2)");
    cleo.types("/rooms\r");
    cleo.shows("den (2 here");
    // A password does not change whether it is hidden.
    nc.sends(b"/password hot soup\n").hears("* den is now hidden and needs a password\n");
    cleo.shows("den is now hidden and needs a password");
    assert_eq!(knocks(&mut bo, ""), "password-needed");
    cleo.types("/password mine\r");
    cleo.shows("only the person who created this room, a keeper of it, or a host can do that");
    nc.sends(b"/password swordfish\n").hears("needs a password\n");
    cleo.shows("the password of den has changed");
    for (password, answer) in
        [("hot soup", "wrong-password"), ("mine", "wrong-password"), ("swordfish", "joined")]
    {
        assert_eq!(knocks(&mut bo, password), answer, "{password}");
    }
    cleo.types("I am still here\r");
    nc.hears("Cleo: I am still here\n");
    // A mistyped command changes nothing.
    nc.sends(b"/password\n").hears("* type it like this: /password WORD");
    nc.sends(b"/hide Bo\n").hears("* type it like this: /hide");
    nc.sends(b"/password -\n").hears("* den is now hidden and needs no password\n");
    nc.sends(b"/show\n").hears("* den is now in the list of rooms and needs no password\n");
    assert!(sees_the_den(&mut Numbered::joins(server.addr, "Dora")));
    let request = format!("GET /r/den/save?as=jsonl HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let saved = Connection::open(server.addr).sends(request.as_bytes()).rest();
    let saved = String::from_utf8_lossy(&saved);
    assert!(saved.contains("I am still here"), "{saved}");
    let log = server.log().join("\n");
    for password in ["hot soup", "swordfish"] {
        assert!(!log.contains(password) && !saved.contains(password), "{password}: {log}");
    }
}

#[test]
fn who_made_a_room_at_a_terminal_hides_it_and_gives_it_a_password() {
    let (server, state) = (ServerProcess::start(&[]), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = at_a_terminal(server.addr, "Ann", &state);
    ann.types("/pass\tswordfish\r");
    ann.shows("the password of den is set");
    ann.types("/hide\r");
    ann.shows("den is now hidden and needs a password");
    assert!(!sees_the_den(&mut bo));
    assert_eq!(knocks(&mut bo, "catfish"), "wrong-password");
    assert_eq!(knocks(&mut bo, "swordfish"), "joined");
    ann.types("/join lobby\r");
    ann.shows("lobby> ");
    ann.types("/hide\r");
    ann.shows("only the person who created this room, a keeper of it, or a host can do that");
}

#[test]
fn i3_who_made_a_room_by_a_form_hides_it_and_gives_it_a_password() {
    let server = ServerProcess::start(&["--log-level", "trace"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "soup, at six")]);
    assert_eq!(answer.status, 303);
    // The maker of a room has a new session, and needs a form of that session.
    ann.gets(answer.header("location").unwrap());
    let does = |ann: &mut Browser, text: &str| {
        let answer = ann.sends_to("/r/den", &[("text", text)]);
        assert_eq!(answer.status, 303, "{text}");
        assert!(leads_to(&answer).starts_with("/r/den?set="), "{text}");
        assert_eq!(ann.gets(answer.header("location").unwrap()).status, 200);
        assert!(ann.page.contains("soup, at six"), "she is not shut out: {}", ann.page);
    };
    does(&mut ann, "/hide");
    assert!(ann.page.contains("den is now hidden. It needs no password."), "{}", ann.page);
    assert!(!sees_the_den(&mut bo));
    does(&mut ann, "/password swordfish");
    assert!(ann.page.contains("den is now hidden and needs a password."), "{}", ann.page);
    let stranger = Browser::opens(server.addr, "/r/den");
    assert!(!stranger.page.contains("soup, at six"), "{}", stranger.page);
    assert_eq!(knocks(&mut bo, "swordfish"), "joined");
    for (text, words) in [("/password", "/password WORD - "), ("/show me", "/show - ")] {
        assert_eq!(ann.sends_to("/r/den", &[("text", text)]).status, 422, "{text}");
        assert!(ann.page.contains(words), "{text}: {}", ann.page);
    }
    // Another person may not, and gets the reason.
    let mut cleo = somebody(server.addr, "Cleo", "hello");
    let enters = [("enter", "1"), ("room-password", "swordfish")];
    let answer = cleo.sends_to("/r/den", &enters);
    assert_eq!(answer.status, 303);
    cleo.gets(answer.header("location").unwrap());
    assert_eq!(cleo.sends_to("/r/den", &[("text", "/password mine")]).status, 409);
    assert!(
        cleo.page.contains(
            "Only the person who created this room, a keeper of it, or a host can do that."
        ),
        "{}",
        cleo.page
    );
    does(&mut ann, "/password swordfish, too");
    assert!(ann.page.contains("den has a new password."), "{}", ann.page);
    does(&mut ann, "/show");
    assert!(ann.page.contains("den now needs a password. It is in the list of rooms."));
    does(&mut ann, "/password -");
    assert!(
        ann.page.contains("den is now public. It is in the list of rooms and needs no password.")
    );
    let log = server.log().join("\n");
    assert!(!log.contains("swordfish"), "{log}");
}

/// Says something in a room, and returns its number.
fn says_in(person: &mut Numbered, room: &str, text: &str) -> u64 {
    assert!(person.tries_to_say(room, text), "{text}");
    person.hears("sent")["seq"].as_u64().unwrap()
}

/// The answer to a person who tries to delete this message of the room, for the nth time.
fn tries_to_delete(person: &mut Numbered, room: &str, seq: u64, time: usize) -> String {
    let id = format!("d{seq}-{time}");
    person.asks(json!({"type": "delete", "room": room, "id": id, "seq": seq}));
    let is_answer = |line: &serde_json::Value| line["id"] == id && line["type"] != "delete";
    let answer = person.hears_until(is_answer);
    answer["reason"].as_str().unwrap_or("sent").to_owned()
}

/// Row 72 of the features, in the room of whoever made it.
#[test]
fn row_72_the_maker_of_a_room_deletes_any_message_in_it_and_nobody_else_does() {
    let server = ServerProcess::start(&[]);
    let [mut ann, mut bo, mut cy] =
        ["Ann", "Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    for person in [&mut ann, &mut bo, &mut cy] {
        assert_eq!(knocks(person, ""), "joined");
    }
    let seq = says_in(&mut bo, "den", "what nobody wants to read");
    assert_eq!(tries_to_delete(&mut cy, "den", seq, 1), "not-yours");
    assert_eq!(tries_to_delete(&mut ann, "den", seq, 1), "sent");
    for person in [&mut bo, &mut cy] {
        let line = person.hears("delete");
        assert_eq!((&line["of"], &line["from"]), (&json!(seq), &json!("Ann")));
    }
    // It is gone for whoever comes later, and cannot be deleted again.
    assert_eq!(tries_to_delete(&mut ann, "den", seq, 2), "not-yours");
    let page = Browser::opens(server.addr, "/r/den").page;
    assert!(!page.contains("what nobody wants to read") && page.contains("Message deleted"));
    // She may not change what others say, and the lobby is nobody's room.
    let seq = says_in(&mut bo, "den", "soup");
    ann.asks(json!({"type": "edit", "room": "den", "id": "e1", "seq": seq, "text": "no soup"}));
    assert_eq!(ann.hears("refused")["reason"], "not-yours");
    let seq = says_in(&mut bo, "lobby", "in the lobby");
    assert_eq!(tries_to_delete(&mut ann, "lobby", seq, 1), "not-yours");
}

#[test]
fn row_72_the_maker_of_a_room_deletes_what_others_said_by_lines_and_by_a_page() {
    let (server, lines) = with_lines(&[]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* this is den, 1 here\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    assert_eq!(knocks(&mut bo, ""), "joined");
    let seq = says_in(&mut bo, "den", "by lines");
    nc.hears("Bo: by lines");
    nc.sends(format!("/delete #{seq}\n").as_bytes()).hears(&format!("deleted #{seq}"));
    assert_eq!(bo.hears("delete")["of"], seq);

    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/attic", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    bo.asks(json!({"type": "join", "room": "attic"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "attic");
    let seq = says_in(&mut bo, "attic", "by a page");
    ann.gets("/r/attic");
    // His message has a button to delete it, and none to edit it.
    let has = |page: &str, what: &str| page.contains(&format!("{what}{seq}\""));
    assert!(has(&ann.page, "delete-") && !has(&ann.page, "edit-"), "{}", ann.page);
    let others = Browser::opens(server.addr, "/r/attic").page;
    assert!(!has(&others, "delete-"), "{others}");
    ann.gets(&format!("/r/attic?change={seq}&delete=1"));
    assert!(ann.page.contains("by a page"), "{}", ann.page);
    let fields = [("change", seq.to_string()), ("delete", "1".to_owned()), ("text", String::new())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(ann.sends_to("/r/attic", &fields).status, 303, "{}", ann.page);
    assert_eq!(
        bo.hears_until(|line| line["room"] == "attic" && line["type"] == "delete")["of"],
        seq
    );
    ann.gets("/r/attic");
    assert!(!ann.page.contains("by a page"), "{}", ann.page);
}
