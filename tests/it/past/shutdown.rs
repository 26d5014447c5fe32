//! G1: what was said before a SIGTERM is stored, or the log says that it is not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use threadbare::base::limits::STOP_WAIT;

use crate::harness::strace::history_meets;
use crate::harness::{Data, Numbered, Signal, at_most, eventually, kept_in};

/// With these, most messages are shown while they still wait for the disk.
const FLUSH_TAKES_200_MS: [&str; 2] = ["fsync:delay_exit=200000", "fdatasync:delay_exit=200000"];
const FLUSH_TAKES_10_S: [&str; 2] =
    ["fsync:delay_enter=10000000", "fdatasync:delay_enter=10000000"];

#[test]
fn street_g1_all_that_was_shown_before_a_sigterm_is_in_the_history() {
    needs!(Names, History);
    // If another process writes gigabytes, the disk may really take too long.
    assert!((0..3).any(|_| a_talk_that_is_ended_is_kept_whole()), "no disk takes so long");
}

/// Whether everything was stored. If not, the log says so, and what was called sent is stored all
/// the same.
fn a_talk_that_is_ended_is_kept_whole() -> bool {
    let data = Data::new();
    let mut server = data.start(&[]);
    let addr = server.addr;
    let mut people = ["Ann", "Bo", "Cy"].map(|name| (Numbered::joins(addr, name), Vec::new()));
    let mut eve = Numbered::joins(addr, "Eve");
    let slow = history_meets(&server, &FLUSH_TAKES_200_MS);
    let mut told = Instant::now();
    std::thread::scope(|scope| {
        for (person, said) in &mut people {
            scope.spawn(|| person.talks_until_the_connection_ends(said));
        }
        while eve.last("lobby") < 200 {
            eve.hears_next().unwrap();
        }
        told = Instant::now();
        server.gets_signal(Signal::TERM);
        eve.hears_to_the_end();
    });
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    assert!(told.elapsed() < at_most(STOP_WAIT), "{:?}", told.elapsed());
    drop(slow);
    let last_words: Vec<_> =
        server.log().into_iter().filter(|line| line.contains("ERROR")).collect();
    let is_whole = last_words.is_empty();
    assert!(is_whole || last_words[0].contains("the disk is too slow"), "{last_words:?}");
    let kept = kept_in(&data.file());
    let texts: BTreeMap<_, _> = kept.iter().map(|line| (line.seq, &line.text)).collect();
    let ids: BTreeMap<_, _> = kept.iter().map(|line| (line.seq, line.id.as_ref())).collect();
    assert_eq!(texts.len(), kept.len());
    let mut acknowledged = 0;
    for (person, _) in &people {
        for (id, seq) in &person.sent {
            assert_eq!(ids.get(seq), Some(&Some(id)), "{id} was called sent");
        }
        acknowledged += person.sent.len();
    }
    if !is_whole {
        return false;
    }
    for person in people.iter().map(|(person, _)| person).chain([&eve]) {
        for (seq, text) in &person.view("lobby").lines {
            assert_eq!(texts.get(seq), Some(&text), "{seq} was shown to {}", person.name);
        }
    }
    let shown = eve.view("lobby").lines.len();
    println!("{shown} were shown, {acknowledged} of them called sent, {} are kept", kept.len());
    assert!(shown > acknowledged, "some were under way");
    // Each client says again what got no answer; then everything is there once.
    let _server = data.start(&["--addr", &addr.to_string()]);
    let mut all: Vec<String> = Vec::new();
    for (person, said) in &mut people {
        person.comes_back();
        person.hears_over_any_connection_until(Numbered::is_answered);
        all.append(said);
    }
    let mut kept: Vec<_> = kept_in(&data.file()).into_iter().map(|line| line.text).collect();
    kept.sort();
    all.sort();
    assert_eq!(kept, all);
    true
}

#[test]
fn street_g1_a_disk_that_takes_too_long_holds_no_end_up_and_the_log_says_so() {
    needs!(Names, History);
    let data = Data::new();
    let mut server = data.start(&[]);
    let addr = server.addr.to_string();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.hears("sent");
    let slow = history_meets(&server, &FLUSH_TAKES_10_S);
    ann.says("last words");
    ann.hears_until(|line| line["text"] == "last words");
    let started = Instant::now();
    server.gets_signal(Signal::TERM);
    // A traced thread ends late, so the test waits for the server's own last word.
    eventually("its last word", || server.log().iter().any(|line| line.ends_with(" stopped")));
    drop(slow);
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    let most = STOP_WAIT + at_most(Duration::from_secs(1));
    assert!(started.elapsed() < most, "{:?}", started.elapsed());
    server.logs(&["ERROR", "the disk is too slow; the last messages may not be stored"]);
    assert_eq!(ann.sent.len(), 1, "nothing claims to be sent that is not");
    // The disk works again; no client was told anything wrong.
    let _server = data.start(&["--addr", &addr]);
    ann.comes_back();
    ann.hears_over_any_connection_until(Numbered::is_answered);
    eventually("both lines, each once", || {
        let kept: Vec<_> = kept_in(&data.file()).into_iter().map(|line| line.text).collect();
        kept == ["before", "last words"]
    });
}
