//! Heads and bodies of strangers: in parts, byte by byte, endless, or not HTTP at all.

use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::{Browser, ON_A_BUSY_MACHINE, PATIENCE, Trial};
use crate::base::limits;
use crate::base::socket::deadline::{self, Deadline};
use crate::base::socket::linger::LINGER_BYTES_MAX;
use crate::server::config::DoorConfig;
use crate::server::http::refusal::Refusal;

fn hasty() -> DoorConfig {
    DoorConfig {
        first_byte_wait: Duration::from_millis(100),
        head_wait: Duration::from_millis(200),
        body_wait: Duration::from_millis(200),
        ..DoorConfig::default()
    }
}

/// Sends the bytes as they are. Returns the status of the answer; the connection must end after it.
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

/// Sends one byte, waits at most `pause` for an answer, and repeats both until an answer comes.
fn drip(browser: &mut Browser, pause: Duration) {
    let started = Instant::now();
    while browser.try_send("x").is_ok() && browser.arrived.is_empty() {
        let mut chunk = [0; 512];
        if let Ok(count) = deadline::read(&browser.socket, &mut chunk, Deadline::after(pause)) {
            browser.arrived.extend_from_slice(&chunk[..count]);
        }
        assert!(started.elapsed() < PATIENCE);
    }
}

/// Checks that the time since `started` is the `head_wait` of [`hasty`], or a little longer. The
/// `body_wait` of `hasty` is as long as its `head_wait`.
fn took_its_time(started: Instant) {
    let took = started.elapsed();
    assert!(took >= hasty().head_wait, "too early: {took:?}");
    assert!(took < hasty().head_wait + ON_A_BUSY_MACHINE, "too late: {took:?}");
}

#[test]
fn a2_a_dripped_head_is_closed_at_the_same_deadline() {
    let trial = Trial::with(hasty());
    // With the short pause, each byte comes before a single read could time out. With the long
    // pause, only the first bytes come before the deadline.
    for pause in [20, 300].map(Duration::from_millis) {
        let mut browser = trial.browser();
        let started = Instant::now();
        browser.send("GET /");
        drip(&mut browser, pause);
        took_its_time(started);
        assert_eq!(browser.answer().status, 408, "a byte each {pause:?}");
        assert_eq!(browser.rest(), b"");
    }
}

#[test]
fn a3_a4_a13_a_head_over_a_bound_is_refused_before_it_is_whole() {
    let trial = Trial::start();
    let start = "GET / HTTP/1.1\r\nHost: a\r\n";
    let endless = format!("{start}X: {}", "x".repeat(limits::HEAD_BYTES_MAX * 4));
    assert_eq!(refused(&trial, endless), 431);
    assert_eq!(refused(&trial, format!("{start}{}", "a: b\r\n".repeat(20_000))), 431);
    assert_eq!(refused(&trial, format!("GET /{}", "a".repeat(64 * 1024))), 414);
}

#[test]
fn a5_a_huge_body_is_refused_and_the_server_lives() {
    let trial = Trial::start();
    for length in ["4000000000000000000", "18446744073709551615", "18446744073709551616"] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        assert_eq!(refused(&trial, request), 413, "{length}");
    }
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
        "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ] {
        assert_eq!(refused(&trial, head), 400, "{head:?}");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the seed, if this fails anywhere")]
fn a8_what_is_not_http_is_refused_at_once() {
    // If the door waited for more bytes, the test would notice: the deadline is very long.
    let trial = Trial::with(DoorConfig { head_wait: PATIENCE * 6, ..DoorConfig::default() });
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let at_once = |bytes: &[u8]| {
        let started = Instant::now();
        let status = refused(&trial, bytes);
        assert!(started.elapsed() < ON_A_BUSY_MACHINE, "{:?}", started.elapsed());
        status
    };
    assert_eq!(at_once(hello), 400);
    assert_eq!(at_once(b"GET / HTTP/2.0\r\n\r\n"), 505);
    assert_eq!(at_once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    assert_eq!(at_once(b"\xff\xfe\xfd\x00\x01"), 400);
    let seed = RandomState::new().hash_one(7);
    println!("seed {seed}");
    let mut random = seed | 1;
    for _ in 0..100 {
        let bytes = std::iter::repeat_with(|| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random.to_be_bytes()[0]
        });
        let bytes: Vec<u8> = bytes.take(256).collect();
        assert_eq!(at_once(&bytes), 400, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a9_a_request_may_come_in_two_parts() {
    let trial = Trial::start();
    let request = b"GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    // One connection for each place where the request can be cut, all at the same time.
    let mut cut: Vec<_> = (1..request.len()).map(|place| (place, trial.browser())).collect();
    for (place, browser) in &cut {
        browser.socket.set_nodelay(true).unwrap();
        browser.send(&request[..*place]);
    }
    assert_eq!(trial.get("/version").status, 200, "the door of somebody else");
    // The rest of each request comes after a pause. Check that the door sends nothing in the pause.
    for (place, browser) in &cut {
        let moment = Deadline::after(Duration::from_millis(2));
        let early = deadline::read(&browser.socket, &mut [0; 1], moment);
        assert!(early.is_err_and(|error| error.kind() == ErrorKind::TimedOut), "cut at {place}");
    }
    for (place, browser) in &mut cut {
        browser.send(&request[*place..]);
        assert_eq!(browser.answer().status, 200, "cut at {place}");
    }
}

#[test]
fn a12_a_body_that_stalls_or_drips_is_closed_at_its_deadline() {
    assert_eq!(limits::BODY_WAIT, Duration::from_secs(10), "where nobody says otherwise");
    let trial = Trial::with(hasty());
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nx";
    let started = Instant::now();
    assert_eq!(refused(&trial, request), 408);
    took_its_time(started);
    let mut browser = trial.browser();
    let started = Instant::now();
    browser.send(request);
    drip(&mut browser, Duration::from_millis(20));
    took_its_time(started);
    assert_eq!(browser.answer().status, 408);
    assert_eq!(browser.rest(), b"");
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
    let much = vec![b'x'; LINGER_BYTES_MAX / 2];
    browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
    browser.send(&much);
    let answer = browser.answer();
    assert_eq!(answer.status, 413);
    assert_eq!(answer.text(), Refusal::BodyTooLarge.text());
    // `rest` panics if the connection was reset, so this checks that it was not.
    assert_eq!(browser.rest(), b"");
}

#[test]
fn classic_b3_a_busy_server_refuses_new_requests() {
    let config = DoorConfig { cpu_permille_max: Some(0), ..DoorConfig::default() };
    let trial = Trial::with(config);
    let started = Instant::now();
    // The bound is zero, so any load of the machine is over it. Asking for pages makes some load.
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
