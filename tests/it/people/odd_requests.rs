//! What no honest numbered client sends: each gets an error that says what to do, and the
//! connection goes on.

use serde_json::json;

use crate::harness::{End, Fault, Numbered, Proxy, TestServer};

/// The text of the error that answers `text`.
fn error(person: &mut Numbered, text: &str) -> String {
    person.sends_raw(text);
    let line = person.hears_until(|line| line["type"] == "error" || line["type"] == "refused");
    assert!(!line["text"].as_str().unwrap().is_empty(), "{line}");
    line["reason"].as_str().unwrap().to_owned()
}

#[test]
fn street_b15_odd_json_is_answered_with_an_error_and_nobody_is_hurt() {
    needs!(Names);
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let deep = format!("{}{}", "[".repeat(6000), "]".repeat(6000));
    let nested = format!(r#"{{"type":"say","room":"lobby","text":"x","more":{deep}}}"#);
    let long_number = format!(r#"{{"type":"edit","room":"lobby","seq":{}}}"#, "9".repeat(8000));
    let odd = [
        "",
        "x",
        "[]",
        "null",
        "7",
        "{",
        r#"{"type":7}"#,
        r#"{"type":"say","type":"say"}"#,
        r#"{"type":"say","room":"lobby","text":"\ud800"}"#,
        r#"{"type":"say","room":["lobby"],"text":"x"}"#,
        r#"{"type":"say","room":"lobby","text":7}"#,
        r#"{"type":"edit","room":"lobby","seq":-1,"text":"x"}"#,
        r#"{"type":"edit","room":"lobby","seq":1.5,"text":"x"}"#,
        r#"{"type":"hello","rooms":{"room":"lobby"}}"#,
        &deep,
        &long_number,
    ];
    for text in odd {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(error(&mut ann, text), "bad-json", "{shown}");
    }
    let unwanted = [
        ("{}", "missing"),
        (r#"{"type":null}"#, "missing"),
        (r#"{"type":"dance"}"#, "unknown-type"),
        (r#"{"type":"hello"}"#, "hello-again"),
        (r#"{"type":"say","room":"lobby"}"#, "missing"),
        (r#"{"type":"say","text":"x"}"#, "missing"),
        (r#"{"type":"say","room":"a b/c","text":"x"}"#, "bad-room"),
        (r#"{"type":"say","room":"lobby","text":" \u0000 "}"#, "empty"),
        (r#"{"type":"say","room":"lobby","text":"x","id":"ü"}"#, "bad-id"),
        (r#"{"type":"say","room":"nowhere","text":"x"}"#, "not-in-room"),
        (r#"{"type":"edit","room":"lobby","seq":999,"text":"x"}"#, "not-yours"),
        (r#"{"type":"join","room":"x","seq":1}"#, "missing"),
        (r#"{"type":"name","name":"a\u202eb"}"#, "bad-name"),
    ];
    for (text, reason) in unwanted {
        assert_eq!(error(&mut ann, text), reason, "{text}");
    }
    // The server ignores unknown fields, however deep they are.
    ann.sends_raw(&nested);
    assert_eq!(ann.hears("message")["text"], "x");
    ann.sends_raw(r#"{"type":"say","room":"lobby","text":"fine","colour":"red"}"#);
    assert_eq!(ann.hears("message")["text"], "fine");
}

#[test]
fn a_text_that_is_too_long_is_refused_and_given_back_by_its_id() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let most = threadbare::base::limits::MESSAGE_TEXT_BYTES_MAX;
    let text = "x".repeat(most + 1);
    ann.asks(json!({"type": "say", "room": "lobby", "id": "long", "text": text}));
    let line = ann.hears("error");
    assert_eq!((&line["reason"], &line["id"]), (&json!("too-long"), &json!("long")));
    ann.says(&text[1..]);
    assert_eq!(ann.hears("message")["text"].as_str().unwrap().len(), most);
}

#[test]
fn i2_control_characters_are_gone_and_line_ends_are_one_kind() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("a\u{1b}[31m\u{9b}b\r\nc\rd\te\u{7}");
    assert_eq!(ann.hears("message")["text"], "a[31mb\nc\nd\te");
}

#[test]
fn before_hello_nothing_else_is_taken_and_a_bad_name_may_be_tried_again() {
    let server = TestServer::start();
    let mut ann = Numbered::connects(server.addr);
    assert_eq!(error(&mut ann, r#"{"type":"rooms"}"#), "hello-first");
    assert_eq!(error(&mut ann, r#"{"type":"hello","name":"a/b"}"#), "bad-name");
    assert_eq!(error(&mut ann, r#"{"type":"hello","versions":[2,3]}"#), "version");
    ann.asks(json!({"type": "hello", "name": "Ann", "versions": [1, 2]}));
    assert_eq!(ann.hears("welcome")["name"], "Ann");
}

#[test]
fn whoever_asks_gets_rooms_people_history_and_topics() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.asks(json!({"type": "join", "room": "Kitchen"}));
    assert_eq!(ann.hears("joined")["room"], "kitchen");
    ann.asks(json!({"type": "topic", "room": "kitchen", "text": "soup"}));
    ann.hears("topic");
    bo.asks(json!({"type": "rooms"}));
    let rooms = bo.hears("rooms");
    assert_eq!(
        rooms["rooms"][1],
        json!({"room": "kitchen", "topic": "soup", "people": 1, "locked": false})
    );
    bo.asks(json!({"type": "who", "room": "lobby"}));
    assert_eq!(bo.hears("who")["names"], json!(["Ann", "Bo"]));
    for number in 0..10 {
        bo.says(&format!("{number}"));
        bo.hears("sent");
    }
    ann.asks(json!({"type": "history", "room": "lobby", "before": 8, "count": 3}));
    let history = ann.hears("history");
    let seqs: Vec<_> = history["lines"].as_array().unwrap().iter().map(|it| &it["seq"]).collect();
    assert_eq!((seqs, &history["more"]), (vec![&json!(5), &json!(6), &json!(7)], &json!(true)));
    ann.asks(json!({"type": "typing", "room": "lobby"}));
    assert_eq!(bo.hears("typing")["name"], "Ann");
    ann.asks(json!({"type": "name", "name": "Anna"}));
    assert_eq!(bo.hears("renamed")["to"], "Anna");
    ann.asks(json!({"type": "leave", "room": "kitchen"}));
    assert_eq!(ann.hears("left")["room"], "kitchen");
}

#[test]
fn whoever_does_not_read_misses_who_types_and_stays() {
    let server = TestServer::with(|config| config.client.outbox_messages_max = 16);
    let proxy = Proxy::to(server.addr);
    let mut slow = Numbered::joins(proxy.addr, "Slow");
    let mut ann = Numbered::joins(server.addr, "Ann");
    proxy.does(Fault::Stall);
    let long = "x".repeat(4000);
    for _ in 0..100 {
        for _ in 0..20 {
            ann.asks(json!({"type": "typing", "room": "lobby"}));
        }
        ann.says(&long);
        ann.hears("sent");
    }
    proxy.does(Fault::None);
    slow.hears_until(|line| line["type"] == "caught-up" && line["seq"] == 100);
    assert_eq!(server.clients(), 2, "nobody was evicted");
}

#[test]
fn street_b16_who_sends_anything_but_a_hello_is_not_waited_for() {
    needs!(Names);
    let server = TestServer::start();
    let mut odd = Numbered::connects(server.addr);
    for _ in 0..threadbare::base::limits::HELLO_TRIES_MAX {
        odd.sends_raw("{}");
    }
    let end = std::iter::repeat_with(|| odd.hears_next()).find_map(Result::err);
    assert_eq!(end, Some(End::Closed(Some(1008))));
}

#[test]
fn an_error_quotes_a_little_of_what_was_odd() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.sends_raw(&format!(r#"{{"type":"edit","seq":"{}"}}"#, "ü".repeat(4000)));
    assert!(ann.hears("error")["text"].as_str().unwrap().chars().count() <= 200);
}
