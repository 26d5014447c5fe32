//! F4: a server was killed, and then its write-ahead log is gone, cut or damaged. Messages that
//! were called sent may be lost with it. Then the server tells every client.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use serde_json::json;
use threadbare::base::limits::NUMBERS_BLOCK;

use crate::harness::{Data, Numbered, Rng, ServerProcess, Signal, is_long};

/// What happens to a write-ahead log.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Gone,
    Cut,
    Spoiled,
}

impl Fate {
    fn befalls(self, data: &Data, rng: &mut Rng) {
        let path = PathBuf::from(format!("{}-wal", data.file().display()));
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        assert!(length > 0, "the server was killed, and had not emptied it");
        match self {
            Self::Gone => std::fs::remove_file(path).unwrap(),
            Self::Cut => file.set_len(rng.below(length)).unwrap(),
            Self::Spoiled => {
                for _ in 0..=rng.below(20) {
                    file.write_all_at(&[0xa5], rng.below(length)).unwrap();
                }
            }
        }
    }
}

fn ends_by(server: &mut ServerProcess, signal: Signal) {
    server.gets_signal(signal);
    server.ends();
}

fn says_and_is_answered(person: &mut Numbered, count: u64, words: &str) {
    for number in 0..count {
        person.says(&format!("{words} {number}"));
        if number % 8 == 7 {
            person.hears_over_any_connection_until(Numbered::is_answered);
        }
    }
    person.hears_over_any_connection_until(Numbered::is_answered);
}

/// `has_past`: whether there was an earlier life with an orderly end.
fn a_talk_whose_log_of_changes_is_lost(fate: Fate, has_past: bool, rng: &mut Rng) {
    let data = Data::new();
    let mut server = data.start(&[]);
    let addr = server.addr.to_string();
    let mut ann = Numbered::joins(server.addr, "Ann");
    if has_past {
        says_and_is_answered(&mut ann, 3, "in an earlier life");
        ends_by(&mut server, Signal::TERM);
        server = data.start(&["--addr", &addr]);
        ann.comes_back();
    }
    says_and_is_answered(&mut ann, 20 + rng.below(40), "told to be sent");
    ends_by(&mut server, Signal::KILL);
    fate.befalls(&data, rng);
    drop(server);
    let server = data.start(&["--addr", &addr]);
    // Before Ann is back, Bo says more than was lost. None of these lines may be taken for a line
    // that Ann has seen.
    says_and_is_answered(&mut Numbered::joins(server.addr, "Bo"), 70, "after it");
    ann.comes_back();
    ann.hears("caught-up");
    says_and_is_answered(&mut ann, 1, "here again");
    let seen = ann.view("lobby");
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    let mut late = Numbered::connects(server.addr);
    late.asks(
        json!({"type": "hello", "rooms": [{"room": "lobby", "epoch": seen.epoch(), "seq": 0}]}),
    );
    late.hears("caught-up");
    let all = &late.view("lobby").lines;
    let first = *seen.lines.keys().next().unwrap();
    let all: Vec<_> = all.range(first..).collect();
    assert_eq!(seen.lines.iter().collect::<Vec<_>>(), all, "{fate:?}, {has_past}");
    assert!(all.len() >= 51, "{} lines", all.len());
    // The next start does not report it again.
    drop(data.after_a_crash(server));
    assert!(!data.folder().join("damaged-1.sqlite").exists(), "the file itself was whole");
}

#[test]
fn f4_without_its_log_of_changes_no_number_is_given_twice() {
    let mut rng = Rng::new();
    for has_past in [true, false] {
        a_talk_whose_log_of_changes_is_lost(Fate::Gone, has_past, &mut rng);
    }
}

/// More is said than one block of numbers holds: the later reservation must be in the file, too.
#[test]
fn f4_without_its_log_of_changes_a_long_talk_gives_no_number_twice() {
    for flags in [&["--rate", "0"][..], &["--rate", "0", "--flush", "2s"]] {
        let data = Data::new();
        let mut server = data.start(flags);
        let addr = server.addr.to_string();
        let mut ann = Numbered::joins(server.addr, "Ann");
        // Not so much that SQLite empties its write-ahead log by itself.
        says_and_is_answered(&mut ann, NUMBERS_BLOCK + 80, "told to be sent");
        let last = ann.last("lobby");
        assert!(last >= NUMBERS_BLOCK + 80);
        ends_by(&mut server, Signal::KILL);
        Fate::Gone.befalls(&data, &mut Rng::new());
        let server = data.start(&[&["--addr", &addr], flags].concat());
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.says("after it");
        bo.hears_over_any_connection_until(Numbered::is_answered);
        let next = bo.last("lobby");
        assert!(next > last, "{flags:?}: {next} was given before, up to {last}");
        assert!(next < 10 * last, "{flags:?}: {next} behind {last}");
        ann.comes_back();
        ann.hears("caught-up");
        assert_eq!(ann.view("lobby").lines.get(&next).map(String::as_str), Some("after it"));
    }
}

#[test]
fn f4_of_a_log_of_changes_that_is_cut_or_spoiled_nobody_is_told_what_is_not_so() {
    let mut rng = Rng::new();
    for round in 0..if is_long() { 100 } else { 2 } {
        for fate in [Fate::Cut, Fate::Spoiled] {
            a_talk_whose_log_of_changes_is_lost(fate, round % 2 == 0, &mut rng);
        }
    }
}
