//! Three kinds of clients in one conversation, through everything that happens to connections and
//! servers. In the end, each numbered client must have seen exactly the log.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::json;

use crate::harness::{
    Console, Data, Fault, Folder, Numbered, Outcome, Person, Proxy, ServerProcess,
};

/// The texts of the lobby in the file, by number.
fn log(data: &Data) -> BTreeMap<u64, String> {
    let file = Connection::open(data.file()).unwrap();
    let mut lines = file.prepare("SELECT seq, text FROM lines").unwrap();
    let line = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    lines.query_map([], line).unwrap().map(Result::unwrap).collect()
}

/// The connection is cut in the middle of a message, by an orderly end and by a reset.
fn is_cut_in_mid_message(bo: &mut Numbered, proxy: &Proxy) {
    for fault in [Fault::CutAfter(700), Fault::ResetAfter(300)] {
        proxy.does(fault);
        bo.tries_to_say("lobby", &format!("{fault:?} {}", "long ".repeat(200)));
        while bo.hears_next().is_ok() {}
        proxy.does(Fault::None);
        bo.comes_back();
        bo.hears_over_any_connection_until(Numbered::is_answered);
    }
}

/// Asserts that a console has printed the log. Only the last lines before the crash may be missing
/// from the log, if the console then said that they were lost. They come directly after each other.
/// A numbered client says its lost messages again, so the console prints them again; a classic
/// client cannot do that.
fn has_printed(outcome: &Outcome, log: &[&str]) {
    let texts = outcome.output.lines().filter_map(|line| line.split_once(": "));
    let texts: Vec<_> = texts.map(|(_, text)| text).collect();
    let lost = outcome.notes.lines().find_map(|line| {
        let (before, _) = line.split_once(" messages were lost")?;
        before.rsplit(' ').next()?.parse().ok()
    });
    let lost: usize = lost.unwrap_or(0);
    let without = |hole: usize| [&texts[..hole], &texts[hole + lost..]].concat();
    let mut holes = 0..=texts.len().saturating_sub(lost);
    assert!(holes.any(|hole| without(hole) == log), "{lost} lost of {texts:#?} of {log:#?}");
}

#[test]
fn everybody_has_the_whole_log_after_a_kill_a_sleep_and_a_cut_connection() {
    let (data, state) = (Data::new(), Folder::new());
    let server = data.start(&[]);
    let addr = server.addr;
    let proxy = Proxy::to(addr);
    let mut ann = Numbered::joins(addr, "Ann");
    let mut bo = Numbered::joins(proxy.addr, "Bo");
    let join = ["join", &format!("ws://{addr}/ws"), "--name", "Con"];
    let mut con = Console::runs(&join, &[("XDG_STATE_HOME", state.path())]);
    // A console with a script prints what is said after it has come in.
    con.types("hello from Con\n");
    con.shows("Con: hello from Con\n");
    let mut carl = Person::joins(addr, "Carl", "/ws");
    ann.says("hello from Ann");
    carl.says("hello from Carl");

    is_cut_in_mid_message(&mut bo, &proxy);

    // Ann sleeps for a hundred messages.
    ann.vanishes();
    for number in 0..100 {
        bo.says(&format!("while Ann sleeps {number}"));
        if number % 50 == 0 {
            bo.hears_over_any_connection_until(Numbered::is_answered);
        }
    }
    ann.comes_back();

    // The server is killed with messages under way.
    con.types("before the kill\n");
    ann.says("Ann, before the kill");
    bo.says("Bo, before the kill");
    carl.says("Carl, before the kill");
    let server = data.after_a_crash(server);
    con.types("after the kill\n");
    ann.comes_back();
    bo.comes_back();
    // Carl is a stranger now, because a classic client cannot resume.
    let mut carl = Person::joins(addr, "Carl again", "/ws");
    for person in [&mut ann, &mut bo] {
        person.hears_over_any_connection_until(Numbered::is_answered);
    }
    carl.says("goodbye from Carl");
    con.types("goodbye from Con\n");
    con.shows("Con: goodbye from Con\n");
    for person in [&mut ann, &mut bo] {
        let last = |person: &Numbered| {
            let seen = person.view("lobby").lines.values();
            seen.filter(|text| text.starts_with("goodbye")).count() == 2
        };
        person.hears_over_any_connection_until(last);
    }

    // Ann's message is called sent, so it is in the file, with everything before it.
    ann.says("the end");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    bo.hears_until(|line| line["text"] == "the end");
    con.shows("Ann: the end\n");

    let log = log(&data);
    assert_eq!(ann.view("lobby").lines, log, "Ann's");
    assert_eq!(bo.view("lobby").lines, log, "Bo's");
    let said = |text: &str| log.values().filter(|line| *line == text).count();
    for text in ["before the kill", "after the kill", "Ann, before the kill", "Bo, before the kill"]
    {
        assert_eq!(said(text), 1, "{text}");
    }
    let outcome = con.ends();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    has_printed(&outcome, &log.values().map(|text| text.trim_end()).collect::<Vec<_>>());
    drop(server);
}

#[test]
fn what_a_person_has_read_is_told_to_the_person_s_other_devices_alone() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    bo.says("tea?");
    ann.hears_until(|line| line["text"] == "tea?");
    let epoch = ann.view("lobby").epoch().to_owned();
    let mut phone = ann.on_another_device();
    phone.hears("caught-up");
    let read = |seq: u64| json!({"type": "read", "room": "lobby", "epoch": epoch, "seq": seq});
    // Nobody has read more than there is, and what is not farther is not told.
    ann.asks(read(9));
    assert_eq!(phone.hears("read"), read(1));
    ann.asks(read(1));
    ann.asks(json!({"type": "read", "room": "lobby", "epoch": "00000000000000ff", "seq": 1}));
    ann.asks(json!({"type": "read", "room": "attic", "epoch": epoch, "seq": 1}));
    bo.says("milk?");
    ann.hears_until(|line| line["text"] == "milk?");
    ann.asks(read(2));
    let heard = [(); 2].map(|()| phone.hears_next().unwrap()["type"].clone());
    assert_eq!(heard, ["message", "read"]);
    // A device that comes later learns it, and another person does not.
    ann.asks(json!({"type": "leave", "room": "lobby"}));
    ann.hears("left");
    ann.asks(json!({"type": "join", "room": "lobby"}));
    assert_eq!(ann.hears("joined")["read"], 2);
    bo.asks(json!({"type": "leave", "room": "lobby"}));
    bo.hears("left");
    bo.asks(json!({"type": "join", "room": "lobby"}));
    assert!(bo.hears("joined")["read"].is_null());
}
