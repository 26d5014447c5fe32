//! Searching for messages, over real connections and a real file.

use serde_json::{Value, json};

use crate::harness::{Console, Data, Folder, Numbered, TestServer};

fn found(person: &mut Numbered, room: &Value, text: &str) -> Value {
    person.asks(json!({"type": "search", "room": room, "text": text}));
    person.hears("found")
}

fn texts(found: &Value) -> Vec<&str> {
    let lines = found["lines"].as_array().unwrap();
    lines.iter().map(|line| line["text"].as_str().unwrap()).collect()
}

#[test]
fn what_was_said_is_found_at_once_and_after_a_crash() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    for text in ["the soup is hot", "今天有面包", "bread and soup"] {
        ann.says(text);
    }
    ann.hears_over_any_connection_until(Numbered::is_answered);
    let lobby = json!("lobby");
    assert_eq!(texts(&found(&mut ann, &lobby, "Soup")), ["the soup is hot", "bread and soup"]);
    let server = data.after_a_crash(server);
    ann.comes_back();
    ann.hears("caught-up");
    assert_eq!(texts(&found(&mut ann, &lobby, "面包")), ["今天有面包"]);
    ann.asks(json!({"type": "search", "room": "lobby", "text": "soup", "count": 1}));
    let first = ann.hears("found");
    assert_eq!(texts(&first), ["bread and soup"]);
    let next = &first["next"];
    ann.asks(json!({"type": "search", "room": "lobby", "text": "soup", "before": next}));
    let second = ann.hears("found");
    assert_eq!((texts(&second), &second["next"]), (vec!["the soup is hot"], &Value::Null));
    drop(server);
}

#[test]
fn lines_are_found_by_who_has_said_them_and_when() {
    let data = Data::new();
    let server = data.start(&[]);
    let (mut ann, mut bo) =
        (Numbered::joins(server.addr, "Ann"), Numbered::joins(server.addr, "Bo"));
    ann.says("hot soup");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    bo.says("cold soup");
    bo.hears_over_any_connection_until(Numbered::is_answered);
    let all = found(&mut ann, &json!("lobby"), "soup");
    let times: Vec<_> = all["lines"].as_array().unwrap().iter().map(|line| &line["time"]).collect();
    for (sought, expected) in [
        (json!({"from": "ann"}), vec!["hot soup"]),
        (json!({"from": "Bo", "text": "soup"}), vec!["cold soup"]),
        (json!({"from": "Bo", "text": "hot"}), vec![]),
        (json!({"from": "guest-007"}), vec![]),
        (json!({"since": times[0], "from": "Ann"}), vec!["hot soup"]),
        (json!({"since": times[0].as_u64().unwrap() + 1, "from": "Ann"}), vec![]),
        (json!({"until": times[0]}), vec![]),
    ] {
        let mut asked = json!({"type": "search", "room": "lobby"});
        asked.as_object_mut().unwrap().extend(sought.as_object().unwrap().clone());
        ann.asks(asked);
        assert_eq!(texts(&ann.hears("found")), expected, "{sought}");
    }
    for (sought, reason) in [
        (json!({}), "missing"),
        (json!({"from": "@"}), "bad-name"),
        (json!({"since": 2, "until": 2}), "empty"),
    ] {
        let mut asked = json!({"type": "search", "room": "lobby"});
        asked.as_object_mut().unwrap().extend(sought.as_object().unwrap().clone());
        ann.sends_raw(&asked.to_string());
        assert_eq!(ann.hears("error")["reason"], reason);
    }
}

#[test]
fn private_messages_are_found_by_two_and_by_nobody_else() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut people = ["Ann", "Bo", "Cleo"].map(|name| Numbered::joins(server.addr, name));
    people[0].asks(json!({"type": "private", "to": "Bo", "id": "p", "text": "psst soup"}));
    people[0].hears_until(|line| line["type"] == "sent" && line["id"] == "p");
    people[1].hears("private");
    for (person, in_private) in people.iter_mut().zip([1, 1, 0]) {
        assert_eq!(texts(&found(person, &Value::Null, "soup")).len(), in_private);
        assert_eq!(texts(&found(person, &json!("lobby"), "soup")).len(), 0);
    }
}

#[test]
fn whoever_may_not_look_is_told_why() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.asks(json!({"type": "search", "room": "kitchen", "text": "soup"}));
    assert_eq!(ann.hears("refused")["reason"], "not-in-room");
    for (text, reason) in [(" \u{3000}", "empty"), (&*"x".repeat(129), "too-long")] {
        let asked = json!({"type": "search", "room": "lobby", "text": text});
        ann.sends_raw(&asked.to_string());
        assert_eq!(ann.hears("error")["reason"], reason);
    }
    let forgetful = TestServer::start();
    let mut bo = Numbered::joins(forgetful.addr, "Bo");
    bo.asks(json!({"type": "search", "room": "lobby", "text": "soup"}));
    assert_eq!(bo.hears("refused")["reason"], "nothing-kept");
}

#[test]
fn a_console_looks_for_words_and_names_the_lines() {
    let (data, state) = (Data::new(), Folder::new());
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("the soup is hot");
    ann.hears("sent");
    let url = format!("join ws://{}/ws --name Con", server.addr);
    let mut con = Console::in_a_terminal(&url, &[("XDG_STATE_HOME", state.path())]);
    con.shows("the soup is hot");
    con.types("/search Soup\r");
    con.shows("found in lobby: 1");
    con.shows("#1 ");
    con.types("/quit\r");
    assert_eq!(con.ends().code, 0);
}
