//! Classic B20 to B24 and B29: what happens to a message.

use std::time::Duration;

use tungstenite::Message;

use crate::harness::person::End;
use crate::harness::raw::{Connection, handshake, masked};
use crate::harness::{Person, ServerProcess, TestServer};

#[test]
fn classic_b20_a_message_of_the_limit_is_heard_and_one_byte_more_closes_with_1009() {
    let classic = TestServer::with(|config| config.client.message_bytes_max = 512);
    let usual = TestServer::start();
    for (server, limit) in [(&classic, 512), (&usual, 4096)] {
        let mut ann = server.joins("ann");
        let longest = "x".repeat(limit);
        ann.says(&longest);
        ann.hears(&longest);
        // Console clients send the end of the line with the text.
        ann.says(&format!("{longest}\r\n"));
        ann.hears(&longest);
        ann.says(&"x".repeat(limit + 1));
        assert_eq!(ann.hears_the_end(), End::Closed(Some(1009)));
    }
}

#[test]
fn classic_b20_the_limit_counts_bytes_and_holds_across_fragments() {
    let server = TestServer::with(|config| config.client.message_bytes_max = 16);
    let mut ann = server.joins("ann");
    ann.says("你好你好你x");
    ann.hears("你好你好你x");
    ann.says("你好你好你xy");
    assert_eq!(ann.hears_the_end(), End::Closed(Some(1009)));

    let mut connection = Connection::open(server.addr);
    let hello = handshake("/ws", "").replace("{host}", &server.addr.to_string());
    connection.sends(hello.as_bytes());
    assert_eq!(connection.answer().status, 101);
    connection.sends(&masked(0x01, b"12345678")).sends(&masked(0x80, b"123456789"));
    assert_eq!(connection.bytes(4)[2..], 1009_u16.to_be_bytes());
}

#[test]
fn classic_b21_newlines_become_spaces_and_the_ends_are_trimmed() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    ann.says("  two\nlines \n");
    ann.hears("two lines");
    ann.says(" \n ");
    ann.says("nothing was said before this");
    ann.hears("nothing was said before this");
}

#[test]
fn classic_b22_each_message_is_a_frame_of_its_own_however_many_wait() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    let mut bo = server.joins("bo");
    ann.hears("(bo is here)");
    for number in 0..100 {
        ann.says(&format!("number {number}"));
    }
    for number in 0..100 {
        bo.hears(&format!("number {number}"));
    }
}

#[test]
fn classic_b23_usual_ends_are_news_and_only_faults_are_warnings() {
    let server = ServerProcess::start(&[]);
    let ann = Person::joins(server.addr, "ann", "/ws");
    assert_eq!(ann.leaves(), End::Closed(Some(1000)));
    let line = server.logs(&["client left", "client=1", "peer_closed"]);
    assert!(line.contains(" INFO "), "{line}");

    Person::joins(server.addr, "bo", "/ws").vanishes();
    let line = server.logs(&["client left", "client=2", "peer_closed"]);
    assert!(line.contains(" INFO "), "{line}");

    let mut cleo = Person::joins(server.addr, "cleo", "/ws");
    cleo.says(&"x".repeat(5000));
    cleo.hears_the_end();
    let line = server.logs(&["client left", "client=3", "message_too_long"]);
    assert!(line.contains(" WARN "), "{line}");
    assert!(!server.log().iter().any(|line| line.contains("ERROR")), "{:?}", server.log());
}

#[test]
fn classic_b24_the_sender_hears_its_own_words_once() {
    let server = TestServer::start();
    let mut ann = server.joins("ann");
    ann.says("to myself");
    ann.hears("to myself");
    assert!(ann.hears_nothing_for(Duration::from_millis(100)));
}

#[test]
fn classic_b29_text_goes_to_everybody_as_it_was_by_either_path() {
    let server = TestServer::start();
    let mut ann = server.joins_by("ann", "/chat");
    let mut bo = server.joins_by("bo", "/ws");
    ann.hears("(bo is here)");
    for text in ["<b>&amp;</b>", "{\"type\":\"x\"}", "你好 \u{1f9f5} \u{202e}", "tab\tinside"] {
        ann.says(text);
        ann.hears(text);
        bo.hears(text);
    }
    bo.sends(Message::binary("bytes that are text"));
    ann.hears("bytes that are text");
}
