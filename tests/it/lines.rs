//! A door for `nc`: lines typed and lines read.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::Numbered;
use crate::harness::raw::Connection;
use crate::harness::server_process::with_lines;

#[test]
fn whoever_types_lines_is_in_the_same_room() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut nc = Connection::open(lines);
    nc.hears("* you are guest-");
    nc.hears("* this is lobby, 2 here\n");
    nc.sends("你好\n".as_bytes());
    assert_eq!(bo.hears("message")["text"], "你好");
    nc.hears(": 你好\n");
    nc.sends(b"/name Ann\r\n/me waves\n\n  \n");
    assert_eq!(bo.hears("me")["from"], "Ann");
    let heard = nc.hears("* Ann waves\n");
    assert!(heard.contains("* you are now Ann\n"), "{heard}");
    assert_eq!(heard.matches("is now Ann").count(), 1, "{heard}");
    bo.says("a\nb");
    nc.hears("Bo: a b\n");
    nc.sends(b"/who\n/history 1\n/dance\n/edit hm\n");
    nc.hears("* 2 in lobby: Bo, Ann\n");
    nc.hears("#4 Bo: a b\n");
    nc.hears("* unknown command /dance;");
    nc.hears("Ann meant: hm\n");
    nc.sends(b"/quit\n");
    assert!(String::from_utf8(nc.rest()).unwrap().ends_with("\n* you have left\n"));
}

#[test]
fn an_edited_line_is_replayed_once_in_its_place_in_its_last_form() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["tae", "and cake"] {
        bo.says(text);
        bo.hears("sent");
    }
    let mut early = Connection::open(lines);
    early.hears("Bo: and cake\n");
    for text in ["teaa", "tea"] {
        bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": text}));
        bo.hears("edit");
    }
    bo.says("the end");
    // A reader of the first text gets each change.
    let heard = early.hears("Bo: the end\n");
    assert!(heard.contains("Bo meant: teaa\nBo meant: tea\nBo: the end\n"), "{heard}");
    let mut late = Connection::open(lines);
    let heard = late.hears("Bo: the end\n");
    assert!(heard.contains("Bo: tea\nBo: and cake\nBo: the end\n"), "{heard}");
    assert!(!heard.contains("meant"), "{heard}");
    late.sends(b"/history 9\n");
    let heard = late.hears("#5 Bo: the end\n");
    assert!(heard.contains("#1 Bo: tea\n#2 Bo: and cake\n#5 Bo: the end\n"), "{heard}");
}

#[test]
fn a_deletion_is_told_without_its_text_to_whoever_may_have_read_it() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut early = Connection::open(lines);
    early.hears("* this is lobby");
    for text in ["a slip", "the soup"] {
        bo.says(text);
        early.hears(&format!("Bo: {text}\n"));
    }
    bo.asks(json!({"type": "delete", "room": "lobby", "seq": 1}));
    bo.hears("delete");
    bo.says("the end");
    assert!(early.hears("Bo: the end\n").contains("* Bo deleted #1\n"));
    // A later client never saw the deleted message.
    let told = Connection::open(lines).hears("Bo: the end\n");
    assert!(told.contains("Bo: the soup\n"), "{told}");
    assert!(!told.contains("slip") && !told.contains("deleted"), "{told}");
}

#[test]
fn a_line_that_is_too_long_costs_only_itself() {
    let (server, lines) = with_lines(&["--message-limit", "100"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    for bytes in [101, 10_000, 1_000_000] {
        nc.sends(&vec![b'x'; bytes]).sends(b"\n");
        nc.hears("100");
    }
    nc.sends(b"short\n");
    assert_eq!(bo.hears("message")["text"], "short");
    assert!(server.memory_kib("VmRSS") < 64 * 1024);
}

#[test]
fn netcat_says_something_and_goes_and_its_words_are_there() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut stream = TcpStream::connect(lines).unwrap();
    stream.write_all(b"bye all\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut nc = Connection::over(stream);
    assert!(String::from_utf8(nc.rest()).unwrap().contains(": bye all\n"), "it hears itself");
    assert_eq!(bo.hears("message")["text"], "bye all");
}

#[test]
fn a_line_without_an_end_is_not_said_and_its_writer_hears_so() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut stream = TcpStream::connect(lines).unwrap();
    stream.write_all(b"whole\nhal").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let heard = String::from_utf8(Connection::over(stream).rest()).unwrap();
    assert!(heard.contains("* this line has no end and was not sent"), "{heard}");
    assert_eq!(bo.hears("message")["text"], "whole");
    bo.says("next");
    assert_eq!(bo.hears("message")["seq"], 2);
}

/// A browser sends the session's cookie to every port of a server, and the cookie gives access to
/// its owner's name.
#[test]
fn whoever_opens_the_port_in_a_browser_says_nothing_there() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let cookie = "Host: box:7777\r\nCookie: threadbare=0123456789abcdef0123456789abcdef\r\n\r\n";
    let long = format!("/{}", "x".repeat(20_000));
    for (method, path) in [("GET", "/"), ("POST", "/r/lobby"), ("GET", &long)] {
        let mut browser = Connection::open(lines);
        browser.tries_to_send(format!("{method} {path} HTTP/1.1\r\n{cookie}").as_bytes());
        browser.rest();
    }
    bo.says("only this");
    let said = bo.hears("message");
    assert_eq!((&said["seq"], &said["text"]), (&1.into(), &"only this".into()));
    let (_locked, lines) = with_lines(&["--password", "swordfish"]);
    let mut browser = Connection::open(lines);
    browser.sends(format!("GET / HTTP/1.1\r\n{cookie}").as_bytes());
    let heard = String::from_utf8(browser.rest()).unwrap();
    assert_eq!(heard.matches("not the password of this chat").count(), 0, "no guess: {heard}");
}

#[test]
fn a_server_with_a_password_asks_whoever_types_lines() {
    let (_server, lines) = with_lines(&["--password", "swordfish"]);
    let mut nc = Connection::open(lines);
    nc.hears("* this chat needs a password\n");
    nc.sends(b"catfish\n").hears("* that is not the password of this chat");
    nc.sends(b"swordfish\r\n").hears("* this is lobby");
}

#[test]
fn a_full_server_says_so_in_a_line() {
    let (server, lines) = with_lines(&["--clients", "1"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let refused = Connection::open(lines).rest();
    assert!(String::from_utf8(refused).unwrap().contains("1 people are here"));
}

#[test]
fn a_private_message_that_is_typed_goes_to_the_longest_name_that_somebody_has() {
    let (server, lines) = with_lines(&[]);
    let [mut big, mut both] = ["Big", "Big Bo"].map(|name| Numbered::joins(server.addr, name));
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/msg big bo hi\n/msg Big Bo: you\n");
    for text in ["hi", "you"] {
        let told = both.hears("private");
        assert_eq!((&told["to"], &told["text"]), (&"Big Bo".into(), &text.into()));
    }
    // A colon ends a name, and so do quotes. If no person has the longer name, the shorter one is
    // meant.
    nc.sends(b"/msg Big: Bo is here\n/msg \"Big\" Bo was late\n/msg Big boss, hello\n");
    for text in ["Bo is here", "Bo was late", "boss, hello"] {
        assert_eq!(big.hears("private")["text"], text);
    }
    nc.sends(b"/msg Nobody Else hello there\n");
    nc.hears("* not sent (there is nobody with that name;");
    nc.hears("): Nobody Else hello there\n");
    nc.sends(b"/msg Big Bo\n");
    assert_eq!(big.hears("private")["text"], "Bo", "there must be a text");
}

#[test]
fn whoever_gives_their_own_name_another_secret_is_told_so_and_the_room_is_not() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut nc = Connection::open(lines);
    nc.sends(b"/name Ann\n");
    nc.hears("* you are now Ann\n");
    assert_eq!(bo.hears("renamed")["to"], "Ann");
    for secret in ["fish", "wrong"] {
        nc.sends(format!("/name Ann#{secret}\n").as_bytes());
        nc.hears(
            "* Ann has a new password; enter it on your other devices: \
             /name Ann#PASSWORD\n",
        );
    }
    nc.sends(b"/name Anna\n");
    assert_eq!(bo.hears("renamed")["to"], "Anna", "nothing came between");
    bo.asks(json!({"type": "name", "name": "Bo#soup"}));
    assert_eq!(bo.hears("renamed")["secret"], true);
}

#[test]
fn a_wrong_secret_for_a_name_is_told_as_one() {
    let (server, lines) = with_lines(&[]);
    let _ann = Numbered::joins(server.addr, "Ann#swordfish");
    let mut nc = Connection::open(lines);
    nc.sends(b"/name Ann#catfish\n");
    nc.hears("* that is not the password for this name; try again, or choose another name\n");
    nc.sends(b"/name Ann\n");
    nc.hears("* this name, or one that looks like it, is taken;");
    nc.sends(b"/name Ann#swordfish\n");
    nc.hears("* you are now Ann\n");
}

#[test]
fn whoever_wants_a_name_of_somebody_who_has_left_is_told_for_how_long_it_is_kept() {
    for (flag, time) in
        [("7d", "7 days"), ("1d", "24 hours"), ("90m", "90 minutes"), ("60s", "a minute")]
    {
        let (_server, lines) = with_lines(&["--keep-names", flag]);
        let mut ann = Connection::open(lines);
        ann.sends(b"/name Ann\n").hears("* you are now Ann\n");
        let mut nc = Connection::open(lines);
        nc.sends(b"/name Ann\n");
        nc.hears("is taken; choose another\n");
        // She has left the lobby, so her connection ends without a notice there.
        ann.sends(b"/leave\n").hears("* you left lobby\n");
        drop(ann);
        let kept = format!(
            "* this name, or one that looks like it, is reserved for somebody who has left, for {time}; "
        );
        let deadline = Instant::now() + Duration::from_secs(20);
        while !nc.sends(b"/name Ann\n").hears("choose another").contains(&kept) {
            assert!(Instant::now() < deadline, "{kept}");
        }
    }
}

#[test]
fn whoever_says_quit_in_plain_lines_has_left_and_the_name_is_free() {
    let (_server, lines) = with_lines(&[]);
    let mut ann = Connection::open(lines);
    ann.sends(b"/name Ann\n/quit\n");
    let heard = String::from_utf8(ann.rest()).unwrap();
    assert!(heard.ends_with("\n* you have left\n"), "{heard}");
    let mut nc = Connection::open(lines);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !nc.sends(b"/name Ann\n").hears("\n").ends_with("* you are now Ann\n") {
        assert!(Instant::now() < deadline, "the name is not free");
    }
}

#[test]
fn whoever_leaves_the_room_in_which_they_type_is_told_so_and_how_to_join_one() {
    let (server, lines) = with_lines(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut nc = Connection::open(lines);
    nc.sends(b"/join Den\n").hears("* this is den, 1 here\n");
    nc.sends(b"/leave\n").hears("* you left den\n");
    nc.hears("* you are in no room, so nothing you type is sent; /join lobby goes back, /rooms lists rooms, and /join NAME joins one\n");
    nc.sends(b"hello?\n").hears("* you are not in this room; join it first\n");
    nc.sends(b"/join lobby\nhello\n");
    assert_eq!(bo.hears("message")["text"], "hello");
    // Three words are no room with a password.
    nc.sends(b"/join two words here\n")
        .hears("* type it like this: /join ROOM, or /join ROOM PASSWORD");
    // Leaving a room that is not the current one causes no such note.
    nc.sends(b"/join den\n/join lobby\n/leave den\n/who\n").hears("* you left den\n");
    assert!(!nc.hears("* 2 in lobby").contains("nowhere"));
}
