//! Heads and bodies of strangers: cut, dripped, endless, or not HTTP at all.

use std::time::{Duration, Instant};

use super::{PATIENCE, Trial};
use crate::config::DoorConfig;
use crate::door::refusal::Refusal;
use crate::limits;
use crate::socket::deadline::{self, Deadline};

fn hasty() -> DoorConfig {
    DoorConfig {
        first_byte_wait: Duration::from_millis(100),
        head_wait: Duration::from_millis(200),
        body_wait: Duration::from_millis(200),
        ..DoorConfig::default()
    }
}

/// The status of what is sent as it is, and the end that must follow it.
fn refused(trial: &Trial, bytes: impl AsRef<[u8]>) -> u16 {
    let mut browser = trial.browser();
    browser.send(bytes);
    let answer = browser.answer();
    assert_eq!(browser.rest(), b"", "one answer, and then the end");
    answer.status
}

#[test]
fn a1_heads_that_stop_are_closed_at_the_deadline_and_others_are_served() {
    let trial = Trial::with(hasty());
    let mut stuck: Vec<_> = (0..50).map(|_| trial.browser()).collect();
    for browser in &stuck {
        browser.send("GET / HT");
    }
    assert_eq!(trial.get("/").status, 200);
    for browser in &mut stuck {
        assert_eq!(browser.answer().status, 408);
        assert_eq!(browser.rest(), b"");
    }
}

#[test]
fn a1_silence_ends_without_a_word() {
    let trial = Trial::with(hasty());
    let mut browser = trial.browser();
    assert_eq!(browser.rest(), b"");
    let mut browser = trial.browser();
    browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(browser.answer().status, 200);
    assert_eq!(browser.rest(), b"", "silence between two requests");
}

#[test]
fn a2_a_dripped_head_is_closed_at_the_same_deadline() {
    let trial = Trial::with(hasty());
    let mut browser = trial.browser();
    let started = Instant::now();
    browser.send("GET /");
    // Each byte is well inside any timeout of one read.
    while browser.try_send("x").is_ok() && browser.arrived.is_empty() {
        let mut chunk = [0; 512];
        let soon = Deadline::after(Duration::from_millis(20));
        if let Ok(count) = deadline::read(&browser.socket, &mut chunk, soon) {
            browser.arrived.extend_from_slice(&chunk[..count]);
        }
        assert!(started.elapsed() < PATIENCE);
    }
    assert!(browser.text().starts_with("HTTP/1.1 408 "), "{}", browser.text());
}

#[test]
fn a3_a4_a13_a_head_over_a_bound_is_refused_before_it_is_whole() {
    let trial = Trial::start();
    let start = "GET / HTTP/1.1\r\nHost: a\r\n";
    let endless = format!("{start}X: {}", "x".repeat(limits::HEAD_BYTES_MAX * 4));
    assert_eq!(refused(&trial, endless), 431);
    assert_eq!(refused(&trial, format!("{start}{}", "a: b\r\n".repeat(1000))), 431);
    assert_eq!(refused(&trial, format!("GET /{}", "a".repeat(64 * 1024))), 414);
}

#[test]
fn a5_a_huge_body_is_refused_and_the_server_lives() {
    let trial = Trial::start();
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000000000000000\r\n\r\n";
    assert_eq!(refused(&trial, request), 413);
    assert_eq!(trial.get("/").status, 200);
}

#[test]
fn a6_a_request_hidden_in_a_body_gets_no_answer() {
    let trial = Trial::start();
    let hidden = "GET /version HTTP/1.1\r\nHost: a\r\n\r\n";
    for (framing, status) in [
        ("Transfer-Encoding: chunked", 411),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
        ("Content-Length: 5\r\nContent-Length: 6", 400),
        ("Content-Length: abc", 400),
        ("Content-Length: -1", 400),
        ("Transfer-Encoding: xchunked", 411),
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n0\r\n\r\n{hidden}");
        assert_eq!(refused(&trial, request), status, "{framing}");
    }
    let drained =
        format!("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n", hidden.len());
    let mut browser = trial.browser();
    browser.send(format!("{drained}Connection: close\r\n\r\n{hidden}"));
    assert_eq!(browser.answer().text(), "ok\n");
    assert_eq!(browser.rest(), b"");
}

#[test]
fn a7_heads_that_two_servers_read_in_two_ways_are_refused() {
    let trial = Trial::start();
    for head in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ] {
        assert_eq!(refused(&trial, head), 400, "{head:?}");
    }
}

#[test]
fn a8_what_is_not_http_is_refused_at_once() {
    let trial = Trial::start();
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let started = Instant::now();
    assert_eq!(refused(&trial, hello), 400);
    assert_eq!(refused(&trial, "GET / HTTP/2.0\r\n\r\n"), 505);
    assert_eq!(refused(&trial, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    assert_eq!(refused(&trial, b"\xff\xfe\xfd\x00\x01"), 400);
    // Not one of them waited for the head's deadline.
    assert!(started.elapsed() < limits::HEAD_WAIT * 4);
}

#[test]
fn a9_a_request_may_come_in_two_parts() {
    let trial = Trial::start();
    let request = b"GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for cut in (1..request.len()).step_by(4) {
        let mut browser = trial.browser();
        browser.socket.set_nodelay(true).unwrap();
        browser.send(&request[..cut]);
        std::thread::yield_now();
        browser.send(&request[cut..]);
        assert_eq!(browser.answer().status, 200, "cut at {cut}");
    }
}

#[test]
fn a12_a_body_that_stalls_is_closed_at_its_deadline() {
    let trial = Trial::with(hasty());
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nx";
    assert_eq!(refused(&trial, request), 408);
}

#[test]
fn a13_strange_methods_and_targets_are_refused() {
    let trial = Trial::start();
    for (line, status) in [
        ("TRACE /", 405),
        ("CONNECT a:443", 405),
        ("BREW /", 405),
        ("OPTIONS *", 400),
        ("GET /a#b", 400),
        ("GET /../../etc/passwd", 404),
        ("GET /%00", 404),
        ("GET /%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET //", 404),
        ("GET /gr\u{fc}n", 404),
        ("GET http://localhost/version", 200),
        ("GET http://evil.example/", 421),
    ] {
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(trial.status(&request), status, "{line}");
    }
}

#[test]
fn a14_a_foreign_host_is_refused_also_with_a_matching_origin() {
    let trial = Trial::start();
    let ask = |host: &str, more: &str| {
        trial.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n{more}\r\n"))
    };
    let answer = ask("evil.example", "Origin: http://evil.example\r\n");
    assert_eq!(answer.status, 421);
    assert!(answer.text().contains("--host"));
    assert_eq!(ask("pi.local:8080", "").status, 200);
    let absolute = "GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(trial.status(absolute), 421);
    let listed = DoorConfig { hosts: vec!["evil.example".into()], ..DoorConfig::default() };
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(Trial::with(listed).status(request), 200);
}

#[test]
fn the_door_says_continue_to_whoever_waits_for_it() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(browser.answer().status, 100);
    browser.send("hi");
    assert_eq!(browser.answer().status, 405);
    let request = "POST / HTTP/1.1\r\nHost: a\r\nExpect: much\r\n\r\n";
    assert_eq!(refused(&trial, request), 417);
}

#[test]
fn the_words_of_a_refusal_arrive_although_the_peer_goes_on_sending() {
    let trial = Trial::start();
    let mut browser = trial.browser();
    let much = vec![b'x'; limits::LINGER_BYTES_MAX / 2];
    browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
    browser.send(&much);
    let answer = browser.answer();
    assert_eq!(answer.status, 413);
    assert_eq!(answer.text(), Refusal::BodyTooLarge.text());
    // No reset: `rest` would panic.
    assert_eq!(browser.rest(), b"");
}

#[test]
fn b3_a_busy_box_refuses_new_requests() {
    let config = DoorConfig { cpu_permille_max: Some(0), ..DoorConfig::default() };
    let trial = Trial::with(config);
    let started = Instant::now();
    // Any work at all is over a bound of zero; asking for pages is work.
    loop {
        let answer = trial.get("/");
        if answer.status == 503 {
            assert_eq!(answer.header("Retry-After"), Some("5"));
            assert!(answer.text().starts_with("Too busy"));
            return;
        }
        assert!(started.elapsed() < PATIENCE, "never refused");
    }
}
