//! F4: the history's file is damaged, and nobody comes in by that: what was locked is
//! locked, what was somebody's name is theirs, and what can be read of the talk is there.

use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use serde_json::json;

use super::harness::{BoxProcess, Data, Numbered, Signal};

/// Ann, whose name has a secret, makes a hidden room with a password and talks in both.
fn a_talk(server: &BoxProcess) {
    let mut ann = Numbered::connects(server.addr);
    let den = json!({"room": "den", "password": "sesame", "hidden": true});
    ann.asks(json!({"type": "hello", "name": "Ann#swordfish",
        "rooms": [{"room": "lobby"}, den]}));
    ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    for number in 0..40 {
        let room = if number % 2 == 0 { "den" } else { "lobby" };
        let text = format!("{number} {}", "x".repeat(400));
        ann.asks(json!({"type": "say", "room": room, "text": text, "id": format!("a{number}")}));
        ann.hears_until(|line| line["type"] == "sent" && line["id"] == format!("a{number}"));
    }
}

fn ends(mut server: BoxProcess) {
    server.gets_signal(Signal::TERM);
    server.ends();
}

fn nobody_comes_in(server: &BoxProcess) {
    let mut eve = Numbered::connects(server.addr);
    eve.asks(json!({"type": "hello", "name": "Ann", "rooms": [{"room": "lobby"}]}));
    let refused = eve.hears("refused");
    assert_eq!(refused["reason"], "name-taken", "{refused}");
    eve.asks(json!({"type": "join", "room": "den"}));
    let refused = eve.hears_until(|line| line["type"] == "refused");
    assert_eq!(refused["reason"], "password-needed", "{refused}");
}

fn ann_has_her_room(server: &BoxProcess, lines: usize) {
    let mut ann = Numbered::connects(server.addr);
    let den = json!({"room": "den", "password": "sesame", "epoch": "0000000000000000", "seq": 0});
    ann.asks(json!({"type": "hello", "name": "Ann#swordfish", "rooms": [den]}));
    assert_eq!(ann.hears("welcome")["name"], "Ann");
    ann.hears("caught-up");
    assert_eq!(ann.view("den").lines.len(), lines);
}

#[test]
fn f4_after_damage_a_locked_room_is_locked_and_a_name_with_a_secret_is_not_a_stranger_s() {
    // Its head; and all but its head, but for the second file.
    for (first, lines) in [(0, 20), (1, 0)] {
        let data = Data::new();
        let server = data.start(&[]);
        a_talk(&server);
        ends(server);
        let bytes = usize::try_from(std::fs::metadata(data.file()).unwrap().len()).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(data.file()).unwrap();
        let count = if first == 0 { 4096 } else { bytes - 4096 };
        file.write_all_at(&vec![0xa5; count], first * 4096).unwrap();
        let server = data.start(&[]);
        server.logs(&["ERROR", "the history is damaged; it is set aside"]);
        server.logs(&["ERROR", "is taken over", &format!("lines={}", 2 * lines)]);
        let greeting = server.greeting.join("\n");
        assert!(greeting.contains(&format!("DAMAGED: {} lines, ", 2 * lines)), "{greeting}");
        nobody_comes_in(&server);
        ann_has_her_room(&server, lines);
        assert!(data.folder().join("damaged-1.sqlite").exists());
        ends(server);
    }
}

#[test]
fn f4_of_a_file_of_no_bytes_beside_its_log_of_changes_every_line_that_was_sent_is_there() {
    let data = Data::new();
    let mut server = data.start(&[]);
    a_talk(&server);
    server.gets_signal(Signal::KILL);
    server.ends();
    std::fs::write(data.file(), b"").unwrap();
    let server = data.start(&[]);
    server.logs(&["ERROR", "the file is empty, and its log of changes is not"]);
    nobody_comes_in(&server);
    ann_has_her_room(&server, 20);
    ends(server);
}

/// Nobody says anything meanwhile.
#[test]
fn f4_a_file_that_is_overwritten_under_the_server_is_told_within_a_minute_and_begun_anew() {
    let data = Data::new();
    let server = data.start(&[]);
    a_talk(&server);
    std::fs::write(data.file(), "not a history ".repeat(10_000)).unwrap();
    let began = Instant::now();
    let line = server.logs_within(Duration::from_secs(60), &["ERROR", "the history is damaged"]);
    assert!(line.contains("written over"), "{line}");
    println!("{:?}", began.elapsed());
    // A crash right after it.
    server.logs(&["ERROR", "is taken over"]);
    let server = {
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.says("after");
        bo.hears("sent");
        data.after_a_crash(server)
    };
    nobody_comes_in(&server);
    ann_has_her_room(&server, 20);
}
