//! A6, A10 to A12, D1 and D2 once more: the same attacks on a room's page, on a poll, on a stream
//! and on a post. After the door, these take other paths than a file does.
//!
//! Goal: the rules of the door hold there, no other client notices, and nothing is said that no
//! client sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use threadbare::base::limits;

use crate::harness::raw::{Connection, get, narrow, narrow_from, request};
use crate::harness::{Numbered, Person, ServerProcess, at_most, eventually, tls_relay};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

/// The requests for a room's pages, and the headers that each of them needs.
const PLACES: [(&str, &str); 6] = [
    ("GET /r/lobby", ""),
    ("GET /r/lobby/private", ""),
    ("GET /r/lobby/poll?wait=0", ""),
    ("GET /r/lobby/stream", ""),
    ("POST /r/lobby", FORM),
    ("POST /r/lobby", JSON),
];

fn head(place: &str, addr: SocketAddr, headers: &str) -> String {
    format!("{place} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n")
}

/// Another client gets a page at once.
fn is_served(server: &ServerProcess) {
    let asked = Instant::now();
    assert_eq!(get(server.addr, "/r/lobby").status, 200);
    assert!(asked.elapsed() < at_most(Duration::from_secs(1)), "{:?}", asked.elapsed());
}

#[test]
fn a6_a_request_hidden_in_the_body_of_a_page_a_poll_or_a_post_is_never_heard() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let hidden = format!(
        "POST /r/lobby HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhidden",
        server.addr
    );
    let size = hidden.len();
    for (place, more) in PLACES {
        for lengths in [
            "Transfer-Encoding: chunked\r\n".to_owned(),
            format!("Content-Length: {size}\r\nTransfer-Encoding: chunked\r\n"),
            format!("Content-Length: {size}\r\nContent-Length: 0\r\n"),
            "Content-Length: abc\r\n".to_owned(),
            "Content-Length: -1\r\n".to_owned(),
            "Transfer-Encoding: xchunked\r\n".to_owned(),
        ] {
            let mut connection = Connection::open(server.addr);
            connection.sends(head(place, server.addr, &format!("{more}{lengths}")).as_bytes());
            connection.sends(hidden.as_bytes());
            let answer = connection.answer();
            assert!(matches!(answer.status, 400 | 411), "{place}, {lengths}: {answer:?}");
            assert!(connection.is_closed(), "{place}, {lengths}: more than one answer");
        }
        // A body of the announced length belongs to its request, whatever it contains.
        let mut connection = Connection::open(server.addr);
        let length = format!("{more}Content-Length: {size}\r\n");
        connection.sends(head(place, server.addr, &length).as_bytes()).sends(hidden.as_bytes());
        drop(connection.first_line());
    }
    bo.says("the end");
    loop {
        let heard = bo.hears("message");
        if heard["text"] == "the end" {
            return;
        }
        // A form without a known field is read as plain text, so the whole text is said.
        assert!(heard["text"].as_str().unwrap().starts_with("POST /r/lobby"), "{heard}");
    }
}

#[test]
fn street_a10_whoever_asks_for_a_page_many_times_and_reads_nothing_gets_one() {
    needs!(Pages);
    for (place, more) in PLACES {
        let server = ServerProcess::start(&["--answer-timeout", "2s"]);
        is_served(&server);
        let before = server.memory_kib("VmHWM");
        let length = if place.starts_with("POST") { "Content-Length: 0\r\n" } else { "" };
        let asked = head(place, server.addr, &format!("{more}{length}")).repeat(500);
        let mut connection = Connection::over(narrow(server.addr));
        let mut sent = 0;
        // A stream reads no further request, and the server closes the other connections after its
        // answer.
        while sent < 280_000 && connection.tries_to_send(asked.as_bytes()) {
            sent += 500;
        }
        assert!(sent < 280_000, "{place}: all was taken");
        eventually("its door to close", || server.guest_threads() == 0);
        let grown = server.memory_kib("VmHWM") - before;
        assert!(grown < 2048, "{place}: {grown} KiB for requests that wait");
        is_served(&server);
    }
}

/// A room whose page is as large as possible: 25 lines of the longest text.
fn full_room(server: &ServerProcess) {
    let mut bo = Numbered::joins(server.addr, "Bo");
    for _ in 0..100 {
        bo.says(&"x".repeat(4000));
        bo.hears("sent");
    }
}

#[test]
fn street_a11_whoever_does_not_read_a_page_or_a_poll_holds_nobody_else_and_is_cut() {
    needs!(Names, Pages);
    let patience = Duration::from_secs(2);
    let server = ServerProcess::start(&["--answer-timeout", "2s", "--rate", "0"]);
    full_room(&server);
    for place in ["GET /r/lobby?before=100", "GET /r/lobby/poll?wait=0"] {
        let lines: Vec<_> = (0..10)
            .map(|_| {
                let mut connection = Connection::over(narrow(server.addr));
                connection.sends(head(place, server.addr, "").as_bytes());
                connection
            })
            .collect();
        let asked = Instant::now();
        eventually("all of them to be at it", || server.guest_threads() >= lines.len());
        is_served(&server);
        eventually("their doors to close", || server.guest_threads() == 0);
        let took = asked.elapsed();
        assert!(took < patience + at_most(Duration::from_secs(1)), "{place}: {took:?}");
    }
    is_served(&server);
}

#[test]
fn street_a11_polls_whose_answers_nobody_reads_take_little_memory_and_nobody_else_s_door() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&[
        "--doors",
        "100",
        "--rate",
        "2",
        "--clients-per-address",
        "256",
        "--data",
        "none",
    ]);
    // In JSON each of these takes six bytes.
    let odd = "\u{1}".repeat(4090);
    let mut talkers: Vec<_> = (0..12).map(|_| Person::joins(server.addr, "x", "/chat")).collect();
    for talker in &mut talkers {
        (0..5).for_each(|_| talker.says(&odd));
    }
    let count = 12 * 4;
    for talker in &mut talkers {
        assert!(talker.hears_as_many_as(count).is_none());
    }
    let told = get(server.addr, "/r/lobby/poll?wait=0").body;
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let joined = told.as_array().unwrap().iter().find(|it| it["type"] == "joined").unwrap();
    let epoch = joined["epoch"].as_str().unwrap();
    let before = server.memory_kib("VmRSS");
    // From two addresses, because each address has its own limit.
    let ask = format!("GET /r/lobby/poll?wait=0&after={epoch}.1");
    let polls: Vec<_> = (0..200)
        .map(|nth| {
            let from = Ipv4Addr::new(127, 0, 0, 3 + nth / 100);
            let mut poll = Connection::over(narrow_from(from, server.addr));
            poll.sends(head(&ask, server.addr, "").as_bytes());
            // The test reads no more than the beginning of the answer.
            let answer = poll.first_line();
            assert!(answer.contains(" 200 "), "poll {nth}: {answer}");
            poll
        })
        .collect();
    let grown = server.memory_kib("VmRSS").saturating_sub(before);
    println!("{} answers that nobody reads: {grown} KiB", polls.len());
    // A session of TLS takes some 20 KiB more.
    let most = if tls_relay::is_wanted() { 120 } else { 80 };
    assert!(grown < 200 * most, "{grown} KiB");
    for _ in 0..10 {
        assert_eq!(get(server.addr, "/r/lobby").status, 200, "a newcomer has a door");
    }
    drop(polls);
}

#[test]
fn a12_a_post_that_stalls_is_closed_at_its_deadline_and_nothing_of_it_is_said() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let stalled = Instant::now();
    let posts = [(FORM, "t"), (JSON, "{"), ("Content-Type: text/plain\r\n", "h")];
    let mut lines: Vec<_> = posts
        .into_iter()
        .map(|(kind, first)| {
            let mut connection = Connection::open(server.addr);
            let more = format!("{kind}Content-Length: 900\r\n");
            connection.sends(head("POST /r/lobby", server.addr, &more).as_bytes());
            connection.sends(first.as_bytes());
            connection
        })
        .collect();
    // Meanwhile, no other client has to wait for them.
    while stalled.elapsed() < limits::BODY_WAIT - Duration::from_secs(1) {
        is_served(&server);
        std::thread::park_timeout(Duration::from_millis(300));
    }
    for line in &mut lines {
        assert_eq!(line.answer().status, 408);
        assert!(line.is_closed());
    }
    let took = stalled.elapsed();
    assert!(took >= limits::BODY_WAIT, "{took:?}");
    assert!(took < limits::BODY_WAIT + at_most(Duration::from_secs(1)), "{took:?}");
    bo.says("one");
    assert_eq!(bo.hears("message")["seq"], 1, "nothing else was said");
}

/// The messages of a poll's answer, and the position of the next poll.
fn polls(addr: SocketAddr, query: &str) -> (Vec<serde_json::Value>, Option<String>) {
    let answer = request(addr, &head(&format!("GET /r/lobby/poll?wait=0{query}"), addr, ""));
    let told: Vec<serde_json::Value> = serde_json::from_slice(&answer.body).unwrap();
    let joined = told.iter().find(|it| it["type"] == "joined").unwrap();
    let epoch = joined["epoch"].as_str().unwrap().to_owned();
    let said: Vec<_> = told.iter().filter(|it| it["type"] == "message").cloned().collect();
    let place = said.last().map(|it| format!("&after={epoch}.{}", it["seq"]));
    (said, place)
}

#[test]
fn street_d1_whoever_stops_polling_costs_nothing_and_is_told_the_rest_once() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&["--outbox", "16", "--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("0");
    bo.hears("sent");
    let (_, place) = polls(server.addr, "");
    let mut place = place.unwrap();
    let before = server.memory_kib("VmRSS");
    // So much that a poll gets it in parts, while the room still has all of it in memory.
    let text = "x".repeat(500);
    for number in 1..=300 {
        bo.says(&format!("{number} {text}"));
        bo.hears("sent");
    }
    let grown = server.memory_kib("VmRSS") - before;
    assert!(grown < 4096, "{grown} KiB for 300 lines that the room keeps anyway");
    let mut seen = Vec::new();
    while seen.last() != Some(&301) {
        let (said, next) = polls(server.addr, &place);
        assert!(!said.is_empty(), "nothing more after {:?}", seen.last());
        seen.extend(said.iter().map(|it| it["seq"].as_u64().unwrap()));
        place = next.unwrap();
    }
    assert_eq!(seen, (2..=301).collect::<Vec<_>>(), "each once, in order");
}

#[test]
fn street_d2_whoever_takes_an_answer_byte_by_byte_is_cut_by_the_deadline() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&["--answer-timeout", "500ms", "--rate", "0"]);
    full_room(&server);
    for place in ["GET /r/lobby?before=100", "GET /r/lobby/poll?wait=0"] {
        let mut slow = Connection::over(narrow(server.addr));
        slow.sends(head(place, server.addr, "").as_bytes());
        slow.bytes(1);
        let until = Instant::now() + Duration::from_secs(20);
        while server.guest_threads() > 0 {
            assert!(Instant::now() < until, "{place}: not cut: {:?}", server.log());
            slow.bytes(1);
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
    is_served(&server);
}
