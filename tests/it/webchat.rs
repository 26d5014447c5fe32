//! Classic B25 to B28: classic chats that send JSON.

use serde_json::{Value, json};

use crate::harness::{Numbered, Person, TestServer};

/// A client of that dialect, and the name that the server gave it.
struct Webchat {
    person: Person,
    user: String,
}

impl Webchat {
    fn comes_in(server: &TestServer) -> Self {
        let mut person = Person::connects(server.addr, "somebody", "/webchat");
        let first: Value = serde_json::from_str(&person.hears_something()).unwrap();
        let user = first["user"].as_str().unwrap().to_owned();
        let told = json!({"ip": "x.x.x.x", "type": "handshake", "user": user, "from": "",
            "FromIp": "", "content": format!("{user}上线了")});
        assert_eq!(first, told);
        Self { person, user }
    }

    fn says(&mut self, fields: Value) {
        self.person.says(&fields.to_string());
    }

    fn hears(&mut self) -> Value {
        serde_json::from_str(&self.person.hears_something()).unwrap()
    }

    /// The next line must have this author, this type and this text.
    fn hears_from(&mut self, from: &str, kind: &str, content: &str) {
        let told = json!({"ip": "x.x.x.x", "type": kind, "user": self.user, "from": from,
            "FromIp": "x.x.x.x", "content": content});
        assert_eq!(self.hears(), told);
    }
}

#[test]
fn classic_b25_b26_each_is_greeted_by_a_name_of_its_own_in_exactly_those_fields() {
    let server = TestServer::start();
    let [one, other] = [(); 2].map(|()| Webchat::comes_in(&server));
    assert_ne!(one.user, other.user);
    for user in [&one.user, &other.user] {
        let digits = user.strip_prefix("user").unwrap();
        assert!(digits.parse::<u64>().is_ok(), "{user}");
    }
}

#[test]
fn classic_b27_what_one_says_comes_to_all_each_by_its_own_name() {
    let server = TestServer::start();
    let (mut ann, mut classic) = (Numbered::joins(server.addr, "Ann"), server.joins("bo"));
    let [mut one, mut other] = [(); 2].map(|()| Webchat::comes_in(&server));
    one.says(json!({"type": "broadcast", "user": one.user, "from": "Ann", "content": " hi\n"}));
    let user = one.user.clone();
    for reader in [&mut one, &mut other] {
        reader.hears_from(&user, "broadcast", "hi");
    }
    classic.hears(&format!("{user}: hi"));
    let line = ann.hears_until(|line| line["text"] == "hi");
    assert_eq!((&line["type"], &line["from"]), (&json!("message"), &json!(user)));
    ann.says("good morning");
    other.hears_from("Ann", "broadcast", "good morning");
    other.person.says("as it stands");
    one.hears_from("Ann", "broadcast", "good morning");
    one.hears_from(&other.user, "broadcast", "as it stands");
}

#[test]
fn classic_b28_a_message_to_a_user_is_seen_by_no_third() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let [mut one, mut other, mut third] = [(); 3].map(|()| Webchat::comes_in(&server));
    one.says(json!({"user": other.user, "from": "Ann", "content": "psst"}));
    let user = one.user.clone();
    for reader in [&mut one, &mut other] {
        reader.hears_from(&user, "private", "psst");
    }
    other.says(json!({"user": "Ann", "content": "psst, Ann"}));
    let line = ann.hears("private");
    assert_eq!((&line["from"], &line["text"]), (&json!(other.user), &json!("psst, Ann")));
    assert!(ann.tries_to_say(&format!("@{}", other.user), "yes?"));
    other.hears_from(&other.user.clone(), "private", "psst, Ann");
    other.hears_from("Ann", "private", "yes?");
    // The third client has seen nothing of it.
    one.says(json!({"content": "good morning"}));
    third.hears_from(&user, "broadcast", "good morning");
    third.says(json!({"user": "Dora", "content": "where are you?"}));
    let told = third.hears();
    assert_eq!((&told["type"], &told["user"]), (&json!("error"), &json!(third.user)));
}

#[test]
fn classic_b26_a_name_goes_with_its_connection_and_is_nobody_elses_to_take() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let one = Webchat::comes_in(&server);
    let here = |user: &str, here: bool| {
        let user = user.to_owned();
        move |line: &Value| {
            line["type"] == "presence" && line["name"] == user && line["here"] == here
        }
    };
    ann.hears_until(here(&one.user, true));
    ann.asks(json!({"type": "name", "name": one.user}));
    assert_eq!(ann.hears("error")["reason"], "bad-name");
    let user = one.user.clone();
    one.person.leaves();
    ann.hears_until(here(&user, false));
    ann.asks(json!({"type": "private", "to": user, "text": "are you there?"}));
    assert_eq!(ann.hears("refused")["reason"], "no-such-person");
}

#[test]
fn classic_b25_addresses_are_shown_if_the_server_is_told_to() {
    let server = TestServer::of_chat(|config| config.show_addresses = true);
    let mut one = Person::connects(server.addr, "somebody", "/webchat");
    let first: Value = serde_json::from_str(&one.hears_something()).unwrap();
    assert_eq!(first["ip"], "127.0.0.1");
    Numbered::joins(server.addr, "Ann").says("hi");
    let line: Value = serde_json::from_str(&one.hears_something()).unwrap();
    assert_eq!(line["FromIp"], "127.0.0.1");
}

#[test]
fn classic_b28_what_may_be_meant_for_one_is_never_said_to_all() {
    let server = TestServer::start();
    let [mut one, mut other] = [(); 2].map(|()| Webchat::comes_in(&server));
    one.person.says(r#"{"user": "user2", "content": "psst \ud83d"}"#);
    let told = one.hears();
    assert_eq!((&told["type"], &told["user"]), (&json!("error"), &json!(one.user)));
    one.says(json!({"content": "good morning"}));
    other.hears_from(&one.user.clone(), "broadcast", "good morning");
}
