//! Street B7 and B14: a hundred thousand pings, and one client that says ten thousand things a
//! second.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::frames::{close_code, shaken};
use crate::harness::raw::masked;
use crate::harness::{End, Numbered, Person, ServerProcess, at_most};

const PACED: [&str; 4] = ["--rate", "2", "--burst", "5"];

/// Says things as fast as the connection takes them, until it ends. Returns the refusals, and how
/// it ended.
fn floods(addr: SocketAddr) -> (Vec<Value>, End) {
    let mut mallory = Numbered::joins(addr, "Mallory");
    for number in 0..10_000 {
        if !mallory.tries_to_say("lobby", &format!("flood {number}")) {
            break;
        }
    }
    let mut refusals = Vec::new();
    loop {
        match mallory.hears_next() {
            Ok(line) if line["type"] == "refused" => refusals.push(line),
            Ok(_) => {}
            Err(end) => return (refusals, end),
        }
    }
}

/// How many of `lines` are the flood's.
fn of_the_flood<'a>(lines: impl Iterator<Item = &'a String>) -> usize {
    lines.filter(|line| line.starts_with("flood")).count()
}

#[test]
fn street_b14_a_flood_is_told_then_cut_and_nobody_else_feels_it() {
    needs!(Names);
    let server = ServerProcess::start(&PACED);
    let addr = server.addr;
    let mut ann = Numbered::joins(addr, "Ann");
    let mut bo = Numbered::joins(addr, "Bo");
    let (refusals, end) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| floods(addr));
        // Ann talks at her own pace meanwhile, and does not wait for the flood.
        for number in 0..5 {
            let started = Instant::now();
            ann.says(&format!("ann {number}"));
            bo.hears_until(|line| line["text"] == format!("ann {number}"));
            assert!(started.elapsed() < at_most(Duration::from_secs(1)), "{:?}", started.elapsed());
        }
        flood.join().unwrap()
    });
    // The server's reset may overtake its close frame, because it had sent more that the client had
    // not read.
    assert!(matches!(end, End::Closed(Some(1008)) | End::Broken), "{end:?}");
    for refusal in &refusals {
        assert_eq!(refusal["reason"], "too-fast", "{refusal}");
        assert!(refusal["said"].as_str().unwrap().starts_with("flood "), "{refusal}");
        assert!(refusal["wait"].as_u64().unwrap() >= 2000, "{refusal}");
    }
    server.logs(&["talked_too_fast", "WARN"]);
    ann.says("the end");
    bo.hears_until(|line| line["text"] == "the end");
    let heard = of_the_flood(bo.view("lobby").lines.values());
    assert!((5..20).contains(&heard), "{heard} of the flood were told");
}

#[test]
fn street_b14_what_was_refused_can_be_said_when_its_wait_is_over() {
    needs!(Names);
    let server = ServerProcess::start(&PACED);
    let mut ann = Numbered::joins(server.addr, "Ann");
    for number in 0..10 {
        ann.says(&format!("line {number}"));
    }
    let refused = ann.hears("refused");
    assert_eq!((&refused["id"], &refused["said"]), (&json!("Ann-10"), &json!("line 9")));
    // The pause is the behaviour.
    std::thread::sleep(Duration::from_millis(refused["wait"].as_u64().unwrap()));
    let again = json!({"type": "say", "room": "lobby", "id": "Ann-10", "text": "line 9"});
    ann.asks(again);
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "Ann-10");
    let lines: Vec<_> = ann.view("lobby").lines.values().cloned().collect();
    let wanted: Vec<_> = (0..10).map(|number| format!("line {number}")).collect();
    assert_eq!(lines, wanted);
}

#[test]
fn street_b14_a_classic_client_that_talks_too_fast_has_its_text_back_and_its_last_words_said() {
    needs!(Pace);
    let server = ServerProcess::start(&PACED);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut bo = Person::joins(server.addr, "bo", "/ws");
    ann.hears("(bo is here)");
    // One message was said already; then four more, four that wait, and one too many.
    for number in 0..9 {
        bo.says(&format!("bo {number}"));
    }
    while !bo.hears_something().ends_with(": bo 8") {}
    assert!(bo.heard().last().unwrap().starts_with("* not sent (too fast: wait "));
    bo.leaves();
    while ann.hears_something() != "bo 7" {}
}

#[test]
fn street_b14_without_the_flags_this_machine_s_own_are_as_fast_as_they_like() {
    needs!(Names);
    let server = ServerProcess::start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    (0..200).for_each(|number| ann.says(&format!("line {number}")));
    ann.hears_until(|line| line["text"] == "line 199");
}

#[test]
fn street_b7_a_hundred_thousand_pings_at_once_are_cut_and_nobody_else_feels_it() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let before = server.memory_kib("VmHWM");
    // As many as the server accepts before it ends the connection.
    let mut connection = shaken(server.addr);
    let pings = masked(0x89, &[7; 125]).repeat(1000);
    let taken = (0..100).take_while(|_| connection.tries_to_send(&pings)).count();
    let started = Instant::now();
    ann.says("not me");
    ann.hears("not me");
    assert!(started.elapsed() < at_most(Duration::from_secs(1)), "{:?}", started.elapsed());
    assert_eq!(close_code(&mut connection), Some(1008), "after {taken} thousand pings");
    server.logs(&["control_flood", "WARN"]);
    let grown = server.memory_kib("VmHWM") - before;
    println!("{taken} thousand pings were taken, {grown} KiB");
    assert!(grown < 2048, "{grown} KiB for pings");
}
