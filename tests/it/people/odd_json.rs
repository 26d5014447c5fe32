//! Street B15: hundreds of texts that are not a request, each on a client's own small stack. The
//! server answers each with an error, keeps the connection, and lives.

use std::net::TcpStream;

use serde_json::Value;

use crate::harness::odd_json::{Dialect, NUMBERED, WEBCHAT};
use crate::harness::{End, Numbered, Person, ServerProcess};

/// The longest message text that the server can be configured to accept.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// The limit of a request, which is a few times as large.
fn bytes_max() -> usize {
    threadbare::formats::v1::decode::bytes_max(MESSAGE_LIMIT)
}

fn server() -> ServerProcess {
    assert_eq!(threadbare::base::limits::STACK_BYTES, 64 * 1024, "what the row asks for");
    ServerProcess::start(&["--message-limit", &MESSAGE_LIMIT.to_string()])
}

/// The odd texts of a dialect, in the same order for the same seed.
fn odd(dialect: &Dialect) -> Vec<String> {
    let seed = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let mut state = seed | 1;
    let odd = dialect.odd(bytes_max(), &mut || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 11
    });
    println!("seed {seed}, {} texts", odd.len());
    assert!(odd.len() >= 200);
    assert!(odd.iter().any(|text| text.starts_with(r#"{"type""#) && text.len() > 300_000));
    odd
}

/// The beginning of a text, for a failure message.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The answer that `ann` gets, with nothing before it.
fn answer(ann: &mut Numbered, text: &str) -> Value {
    ann.sends_raw(text);
    ann.hears_until(|line| line["type"] != "presence" && line["type"] != "sent")
}

fn is_refused_as_odd(ann: &mut Numbered, text: &str) {
    let line = answer(ann, text);
    assert_eq!([&line["type"], &line["reason"]], ["error", "bad-json"], "{}", shown(text));
    let said = line["text"].as_str().unwrap();
    assert!(!said.is_empty() && said.chars().count() <= 200, "{said:?} to {}", shown(text));
}

/// Only what is said is heard, and nothing has panicked.
fn all_is_well(server: &ServerProcess, ann: &mut Numbered) {
    let line = answer(ann, &NUMBERED.with("text", r#""all is well""#));
    assert_eq!([&line["type"], &line["text"]], ["message", "all is well"]);
    assert!(!server.log().iter().any(|line| line.contains("panic")), "{:?}", server.log());
}

#[test]
fn street_b15_hundreds_of_odd_texts_each_have_an_error_on_a_clients_own_stack() {
    needs!(Names);
    let server = server();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Numbered::joins(server.addr, "Ann");
    for text in odd(&NUMBERED) {
        is_refused_as_odd(&mut ann, &text);
    }
    all_is_well(&server, &mut ann);
    for text in NUMBERED.harmless(bytes_max()) {
        let line = answer(&mut ann, &text);
        assert_eq!([&line["type"], &line["text"]], ["message", "fine"], "{}", shown(&text));
    }
    // A client that listened meanwhile has heard what was said and nothing else.
    bo.hears_until(|line| line["text"] == "all is well");
    assert_eq!(bo.last("lobby"), 1);
    bo.hears_until(|line| line["text"] == "fine");
    all_is_well(&server, &mut ann);
}

#[test]
fn street_b15_odd_texts_before_the_hello_have_an_error_too() {
    needs!(Names);
    let server = server();
    // A few of each kind, because a connection has a limited number of tries.
    let tries = threadbare::base::limits::HELLO_TRIES_MAX - 1;
    for texts in odd(&NUMBERED).chunks(10 * tries) {
        let mut ann = Numbered::connects(server.addr);
        for text in texts.iter().step_by(10) {
            let text = text.replacen(r#""say""#, r#""hello""#, 1);
            is_refused_as_odd(&mut ann, &text);
        }
        ann.sends_raw(r#"{"type":"hello","rooms":[{"room":"lobby"}]}"#);
        ann.hears_until(|line| line["type"] == "caught-up");
    }
    let mut ann = Numbered::joins(server.addr, "Ann");
    all_is_well(&server, &mut ann);
}

#[test]
fn street_b15_a_request_as_deep_as_the_limit_is_an_error_and_one_byte_more_a_1009() {
    needs!(Names);
    let server = server();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = webchat(&server);
    for bytes in [bytes_max() - 1, bytes_max()] {
        let text = NUMBERED.as_deep_as(bytes);
        assert_eq!(text.len(), bytes);
        is_refused_as_odd(&mut ann, &text);
        bo.says(&WEBCHAT.as_deep_as(bytes));
        assert_eq!(heard(&mut bo)["type"], "error");
    }
    ann.sends_raw(&NUMBERED.as_deep_as(bytes_max() + 1));
    let end = std::iter::repeat_with(|| ann.hears_next()).find_map(Result::err);
    assert_eq!(end, Some(End::Closed(Some(1009))));
    bo.says(&WEBCHAT.as_deep_as(bytes_max() + 1));
    assert_eq!(bo.hears_the_end(), End::Closed(Some(1009)));
    let mut ann = Numbered::joins(server.addr, "Ann");
    all_is_well(&server, &mut ann);
}

/// A client of that dialect that has been greeted.
fn webchat(server: &ServerProcess) -> Person {
    let stream = TcpStream::connect(server.addr).unwrap();
    // Without this, each long text waits for the TCP acknowledgement of the last one.
    stream.set_nodelay(true).unwrap();
    let mut person = Person::over(stream, server.addr, "somebody", "/webchat");
    assert_eq!(heard(&mut person)["type"], "handshake");
    person
}

fn heard(person: &mut Person) -> Value {
    serde_json::from_str(&person.hears_something()).unwrap()
}

#[test]
fn street_b15_in_webchat_hundreds_of_odd_texts_each_have_an_error_and_are_told_to_nobody() {
    needs!(Names);
    let server = server();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut somebody = webchat(&server);
    for text in odd(&WEBCHAT) {
        somebody.says(&text);
        let line = heard(&mut somebody);
        assert_eq!(line["type"], "error", "{}", shown(&text));
        assert!(!line["content"].as_str().unwrap().is_empty(), "{}", shown(&text));
    }
    for text in WEBCHAT.harmless(bytes_max()) {
        somebody.says(&text);
        let line = heard(&mut somebody);
        assert_eq!([&line["type"], &line["content"]], ["broadcast", "fine"], "{}", shown(&text));
    }
    // Deep, but not an object: this is a plain text, said to all.
    let deep = "[".repeat(MESSAGE_LIMIT);
    somebody.says(&deep);
    assert_eq!(heard(&mut somebody)["content"], deep.as_str());
    ann.hears("message");
    assert_eq!(ann.last("lobby"), 1, "the first that was told is the first that was said");
    ann.hears_until(|line| line["text"] == deep.as_str());
    all_is_well(&server, &mut ann);
    somebody.says(&format!("{deep}["));
    assert_eq!(somebody.hears_the_end(), End::Closed(Some(1009)));
}
