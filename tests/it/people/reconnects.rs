//! Rows E2, E3, E5 and E6: the promises to numbered clients, over connections that are cut. The
//! same rules are tested by the thousand in `src/chat_rule/tests`.
//!
//! Method: `Numbered` checks every line that it gets against what it knows, and everything comes
//! through the proxy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use threadbare::base::threads as thread;

use crate::harness::{Fault, Numbered, Proxy, TestServer, is_long};

/// The place of the next cut: anywhere in so many bytes.
struct Chance(u32);

impl Chance {
    /// A new one; its seed is printed.
    fn new() -> Self {
        let seed = std::process::id();
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, count: u32) -> usize {
        self.0 = self.0.wrapping_add(1);
        usize::try_from((self.0.wrapping_mul(2_654_435_761) >> 8) % count).unwrap()
    }
}

#[test]
fn e2_after_many_cut_lines_everybody_has_everything_once() {
    let server = TestServer::start();
    let proxy = Proxy::to(server.addr);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(proxy.addr, "Bo");
    let mut chance = Chance::new();
    let cuts = if is_long() { 1000_u32 } else { 50 };
    for round in 0..cuts {
        // The first cut is anywhere in what Bo receives and sends; the next ones are in the
        // handshake or hello of Bo's return.
        let mut fault = |most: u32| {
            let bytes = chance.below(most);
            if round % 2 == 0 { Fault::CutAfter(bytes) } else { Fault::ResetAfter(bytes) }
        };
        proxy.does(fault(3000));
        for number in 0..5 {
            ann.says(&format!("ann {round} {number}"));
            bo.tries_to_say("lobby", &format!("bo {round} {number}"));
        }
        ann.hears_over_any_connection_until(Numbered::is_answered);
        // A few answers may still be missing when the next round begins, as for a good client. A
        // client that never waits would send ids again that the room has forgotten.
        while bo.unanswered() > round as usize % 8 {
            if bo.hears_next().is_err() {
                proxy.does(fault(800));
                bo.tries_to_come_back();
                proxy.does(Fault::None);
                bo.comes_back();
            }
        }
    }
    proxy.does(Fault::None);
    bo.hears_over_any_connection_until(|bo| {
        bo.is_answered() && bo.last("lobby") == u64::from(10 * cuts)
    });
    ann.hears_over_any_connection_until(|ann| {
        ann.is_answered() && ann.last("lobby") == u64::from(10 * cuts)
    });
    assert_eq!(ann.view("lobby").lines, bo.view("lobby").lines);
    let mut texts: Vec<_> = ann.view("lobby").lines.values().collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len() as u64, u64::from(10 * cuts), "nothing is there twice");
    for (id, seq) in &bo.sent {
        assert!(ann.view("lobby").lines.contains_key(seq), "{id} was acknowledged");
    }
}

#[test]
fn e3_after_a_long_cut_what_is_too_old_is_told_and_no_hole_is_silent() {
    let server = TestServer::start();
    let proxy = Proxy::to(server.addr);
    let mut chance = Chance::new();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(proxy.addr, "Bo");
    ann.says("before");
    bo.hears("message");
    proxy.does(Fault::Down);
    while bo.hears_next().is_ok() {}
    let said = threadbare::base::limits::ROOM_LOG_ENTRIES_MAX as u64 + 50;
    for number in 0..said {
        ann.says(&format!("{number}"));
        ann.hears("sent");
    }
    assert!(!bo.tries_to_come_back(), "the line is still down");
    // The reconnects are cut, too: before, inside and after the line that announces the gap.
    for bytes in [500, 1000, 20_000] {
        proxy.does(Fault::CutAfter(chance.below(bytes)));
        if bo.tries_to_come_back() {
            while bo.hears_next().is_ok() {}
        }
    }
    proxy.does(Fault::None);
    bo.comes_back();
    bo.hears_over_any_connection_until(|bo| bo.last("lobby") == said + 1);
    assert_eq!(bo.view("lobby").gaps, [(2, 51)], "fifty are kept no more, and it was told");
    let missing = |seq: &u64| !bo.view("lobby").lines.contains_key(seq);
    assert_eq!((1..=said + 1).filter(missing).collect::<Vec<_>>(), (2..=51).collect::<Vec<_>>());
}

#[test]
fn e5_a_message_whose_answer_was_cut_off_is_said_again_and_shown_once() {
    let server = TestServer::start();
    let proxy = Proxy::to(server.addr);
    let mut ann = Numbered::joins(proxy.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    for round in 1..=20 {
        proxy.does(Fault::CutBefore("\"sent\""));
        ann.says(&format!("number {round}"));
        while ann.hears_next().is_ok() {}
        if round % 2 == 0 {
            // When Ann says the same again, its answer is lost as well.
            assert!(ann.tries_to_come_back());
            while ann.hears_next().is_ok() {}
        }
        assert_eq!((ann.unanswered(), ann.sent.len()), (1, round - 1), "not a word of it came");
        // The message is there all the same.
        bo.hears_until(|line| line["text"] == format!("number {round}"));
        proxy.does(Fault::None);
        ann.comes_back();
        ann.hears_over_any_connection_until(Numbered::is_answered);
    }
    ann.says("the end");
    bo.hears_until(|line| line["text"] == "the end");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    let shown: Vec<_> = bo.view("lobby").lines.values().cloned().collect();
    let said = (1..=20).map(|round| format!("number {round}"));
    assert_eq!(shown, said.chain(["the end".to_owned()]).collect::<Vec<_>>());
    assert_eq!(ann.view("lobby").lines, bo.view("lobby").lines);
    let numbers: Vec<_> = ann.sent.values().copied().collect();
    assert_eq!(BTreeMap::from_iter(numbers.iter().map(|seq| (seq, ()))).len(), 21);
}

#[test]
fn e6_who_joins_while_others_talk_has_each_message_once() {
    let server = TestServer::start();
    let proxy = Proxy::to(server.addr);
    let mut chance = Chance::new();
    // So slow that no client is ever a thousand messages behind, which would be a gap.
    let pace = Proxy::to(server.addr);
    let mut ann = Numbered::joins(pace.addr, "Ann");
    pace.does(Fault::Delay(Duration::from_millis(1)));
    let over = Arc::new(AtomicBool::new(false));
    let talker = thread::spawn("talker", {
        let over = Arc::clone(&over);
        move || {
            for number in 1.. {
                ann.says(&format!("{number}"));
                ann.hears("sent");
                if over.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
    })
    .unwrap();
    for round in 0..100 {
        let mut joiner = Numbered::connects(proxy.addr);
        // A slow connection leaves more time between the backlog and the newest messages.
        proxy.does(if round % 4 == 0 { Fault::Slices } else { Fault::None });
        joiner.asks(json!({"type": "hello", "rooms": [{"room": "lobby"}]}));
        // The client's view checks that the backlog and the newest messages fit together.
        joiner.hears("caught-up");
        joiner.hears("message");
        // It checks the same for a client that comes back several times while others talk.
        for _ in 0..3 {
            proxy.does(Fault::CutAfter(chance.below(1500)));
            while joiner.hears_next().is_ok() {}
            proxy.does(Fault::None);
            joiner.comes_back();
        }
        let last = joiner.last("lobby");
        joiner.hears_over_any_connection_until(|joiner| joiner.last("lobby") > last);
        let view = joiner.view("lobby");
        assert!(view.gaps.is_empty(), "{:?}", view.gaps);
        let first = *view.lines.keys().next().unwrap();
        let due = (first..=joiner.last("lobby")).map(|seq| (seq, seq.to_string()));
        assert_eq!(view.lines, due.collect::<BTreeMap<_, _>>());
    }
    over.store(true, Ordering::Relaxed);
    talker.join().unwrap();
}
