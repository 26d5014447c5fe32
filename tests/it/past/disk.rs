//! F1, F7: the disk is full, slow, or lies, and the chat goes on.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::harness::browser::{Browser, somebody};
use crate::harness::raw::get;
use crate::harness::strace::history_meets;
use crate::harness::{Data, Numbered, Signal, SmallDisk, not_run};

/// Both calls fail, because SQLite may flush with either of them.
const FLUSH_FAILS: [&str; 2] = ["fsync:error=EIO", "fdatasync:error=EIO"];
const FLUSH_TAKES_2_S: [&str; 2] = ["fsync:delay_exit=2000000", "fdatasync:delay_exit=2000000"];

/// Ann and Bo talk, and each line arrives at once, whatever the disk does.
pub(super) fn the_talk_goes_on(ann: &mut Numbered, bo: &mut Numbered, words: &str) {
    for number in 0..20 {
        let started = Instant::now();
        ann.says(&format!("{words} {number}"));
        bo.hears_until(|line| line["text"] == format!("{words} {number}"));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(1), "{words} {number} took {took:?}");
    }
}

/// Ann says long texts, and both hear each, until the server says that it keeps no more. Ann waits
/// for the answer to each text that is kept: whoever has too many messages without an answer is
/// told to come again. Returns how many texts Ann has said.
fn they_talk_until_it_is_not_kept(ann: &mut Numbered, bo: &mut Numbered) -> usize {
    for count in 0..2000 {
        if !bo.is_kept {
            return count;
        }
        let text = format!("{count} {}", "x".repeat(2000));
        ann.says(&text);
        for person in [&mut *ann, &mut *bo] {
            person.hears_until(|line| line["text"] == text);
        }
        ann.hears_over_any_connection_until(|ann| ann.is_answered() || !ann.is_kept);
    }
    panic!("everything is kept")
}

fn is_whole(data: &Data) {
    let file = Connection::open(data.file()).unwrap();
    let fine: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
}

#[test]
fn f1_on_a_full_disk_the_talk_goes_on_and_is_kept_when_there_is_room() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let full = history_meets(&server, &["pwrite64:error=ENOSPC", "write:error=ENOSPC"]);
    the_talk_goes_on(&mut ann, &mut bo, "full");
    bo.hears_over_any_connection_until(|bo| !bo.is_kept);
    assert!(ann.sent.is_empty(), "nothing claims to be sent that is not");
    // A newcomer learns of it, too.
    let mut eve = Numbered::connects(server.addr);
    eve.asks(json!({"type": "hello", "name": "Eve", "rooms": []}));
    assert_eq!(eve.hears("keeping")["kept"], false);
    drop(full);
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    ann.hears_over_any_connection_until(Numbered::is_answered);
    let server = data.after_a_crash(server);
    let mut late = Numbered::connects(server.addr);
    late.asks(json!({"type": "hello", "rooms": [{"room": "lobby"}]}));
    late.hears("caught-up");
    assert_eq!(late.view("lobby").lines.len(), 20);
    is_whole(&data);
}

#[test]
fn f1_a_start_on_a_full_disk_says_what_to_do_and_harms_nothing() {
    let Some(disk) = SmallDisk::of_mebibytes(2) else {
        return not_run("F1", "this machine lets us mount no small disk");
    };
    let mut server = disk.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.hears("sent");
    server.gets_signal(Signal::TERM);
    server.ends();
    disk.is_filled();
    let words = disk.refuses_a_start();
    assert!(words.contains("the disk is full") && words.contains("--data none"), "{words}");
    disk.has_room_again();
    let server = disk.start(&[]);
    let bo = Numbered::joins(server.addr, "Bo");
    assert_eq!(bo.view("lobby").lines.values().collect::<Vec<_>>(), ["before"]);
}

#[test]
fn f1_a_disk_that_the_talk_itself_has_filled_stops_nobody_and_heals() {
    let Some(disk) = SmallDisk::of_mebibytes(2) else {
        return not_run("F1", "this machine lets us mount no small disk");
    };
    disk.holds_other_things(1024 * 1024);
    let mut server = disk.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let count = they_talk_until_it_is_not_kept(&mut ann, &mut bo);
    println!("full after {count} messages");
    let sent = ann.sent.len();
    the_talk_goes_on(&mut ann, &mut bo, "full");
    assert!(ann.sent.len() == sent && !ann.is_answered(), "nothing claims to be sent that is not");
    let mut eve = Numbered::connects(server.addr);
    eve.asks(json!({"type": "hello", "name": "Eve", "rooms": []}));
    assert_eq!(eve.hears("keeping")["kept"], false);
    server.logs(&["WARN", "cannot store messages", "full"]);
    disk.has_room_again();
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    ann.hears_over_any_connection_until(Numbered::is_answered);
    let addr = server.addr.to_string();
    server.gets_signal(Signal::KILL);
    server.ends();
    let kept = disk.kept();
    let _server = disk.start(&["--addr", &addr]);
    ann.comes_back();
    ann.hears("caught-up");
    let seen = &ann.view("lobby").lines;
    assert_eq!((seen.len(), kept.len()), (count + 20, count + 20), "each once");
    assert!(kept.iter().all(|line| seen.get(&line.seq) == Some(&line.text)));
}

#[test]
fn f1_a_file_that_may_not_grow_any_more_stops_nobody() {
    let data = Data::new();
    let limited = ["sh", "-c", "ulimit -f 4000; exec \"$0\" \"$@\""];
    let mut server = data.start_by(&limited, &[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    they_talk_until_it_is_not_kept(&mut ann, &mut bo);
    the_talk_goes_on(&mut ann, &mut bo, "no more");
    server.logs(&["WARN", "cannot store messages"]);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    server.logs(&["ERROR", "messages are not stored: ", "disk I/O error"]);
}

#[test]
fn f7_while_a_flush_fails_nothing_is_called_sent() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let broken = history_meets(&server, &FLUSH_FAILS);
    the_talk_goes_on(&mut ann, &mut bo, "broken");
    bo.hears_over_any_connection_until(|bo| !bo.is_kept);
    assert!(ann.sent.is_empty(), "nothing claims to be sent that is not");
    drop(broken);
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    ann.hears_over_any_connection_until(Numbered::is_answered);
    is_whole(&data);
}

#[test]
fn f7_while_a_flush_takes_two_seconds_the_talk_goes_on_and_sent_comes_later() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    // By then, their arrival is stored, too, and needs no slow flush.
    ann.says("before");
    ann.hears_over_any_connection_until(|ann| !ann.sent.is_empty());
    let _slow = history_meets(&server, &FLUSH_TAKES_2_S);
    let started = Instant::now();
    the_talk_goes_on(&mut ann, &mut bo, "slow");
    ann.hears_over_any_connection_until(|ann| ann.sent.len() > 1);
    assert!(started.elapsed() > Duration::from_secs(2), "sent means flushed");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    // Twenty messages did not cost twenty flushes.
    let took = started.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn f1_on_a_full_disk_nobody_is_removed_and_whoever_wants_to_be_is_told_why() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cleo = somebody(server.addr, "Cleo", "a sentence of Cleo");
    ann.says("a sentence of Ann");
    ann.hears("sent");
    let full = history_meets(&server, &["pwrite64:error=ENOSPC", "write:error=ENOSPC"]);
    ann.says("another one");
    bo.hears_over_any_connection_until(|bo| !bo.is_kept);
    ann.asks(json!({"type": "forget-me", "name": "Ann"}));
    assert_eq!(ann.hears("refused")["reason"], "not-storing");
    cleo.gets("/settings?forget=1");
    let answer = cleo.sends(&[("text", ""), ("forget", "Cleo")]);
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(cleo.page.contains("cannot save anything right now"), "{}", cleo.page);
    let room = get(server.addr, "/r/lobby").text();
    assert!(room.contains("a sentence of Ann") && room.contains("a sentence of Cleo"), "{room}");
    drop(full);
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    ann.asks(json!({"type": "forget-me", "name": "Ann"}));
    ann.hears("forgotten");
    assert_eq!(ann.hears("bye")["reason"], "session_left");
    let server = data.after_a_crash(server);
    let page = Browser::opens(server.addr, "/r/lobby").page;
    assert!(page.contains("a sentence of Cleo") && !page.contains("a sentence of Ann"), "{page}");
}

#[test]
fn f7_whoever_leaves_for_good_is_told_so_when_a_slow_disk_has_stored_it() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("a sentence of Ann");
    ann.hears("sent");
    let _slow = history_meets(&server, &FLUSH_TAKES_2_S);
    let started = Instant::now();
    ann.asks(json!({"type": "forget-me", "name": "Ann"}));
    ann.hears("removed");
    assert!(started.elapsed() < Duration::from_secs(1), "readers see it at once");
    ann.hears("forgotten");
    assert!(started.elapsed() > Duration::from_secs(2), "forgotten means flushed");
    let server = data.after_a_crash(server);
    let page = Browser::opens(server.addr, "/r/lobby").page;
    assert!(!page.contains("a sentence of Ann"), "{page}");
}

#[test]
fn f7_a_page_does_not_call_done_what_a_slow_disk_has_not_stored() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "a sentence of Ann");
    bo.hears("message");
    ann.gets("/settings?forget=1");
    // A page waits for 5 seconds.
    let slow = ["fsync:delay_exit=7000000", "fdatasync:delay_exit=7000000"];
    let _slow = history_meets(&server, &slow);
    let answer = ann.sends(&[("text", ""), ("forget", "Ann")]);
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(ann.page.contains("that is not saved yet"), "{}", ann.page);
    assert!(!ann.page.contains("a sentence of Ann"), "{}", ann.page);
    assert_eq!(bo.hears("removed")["lines"], json!([1]));
}
