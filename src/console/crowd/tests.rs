//! Tests of crowds against a small test server that can misbehave on demand.
//!
//! Part: `console/crowd/mod.rs`.

use std::time::Duration;

use crossbeam_channel::{bounded, never};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use super::script::CROWD_TEXT_BYTES_MAX;
use super::{CROWD_PEOPLE_MAX, CROWD_RATE_MAX, CrowdOptions, CrowdReport, run_crowd};
use crate::console::test_server::{Manners, TestServer};
use crate::console::trouble::ConsoleError;

fn options(server: &TestServer, people: usize, rate: f64, duration: Duration) -> CrowdOptions {
    CrowdOptions { url: server.url(), people, rate, duration, progress: false }
}

fn run(manners: Manners, people: usize, rate: f64, millis: u64) -> (TestServer, CrowdReport) {
    let server = TestServer::start(manners);
    let options = options(&server, people, rate, Duration::from_millis(millis));
    let report = run_crowd(&options, &never()).unwrap();
    (server, report)
}

#[test]
fn a_crowd_of_twenty_loses_nothing() {
    let (server, report) = run(Manners::Broadcast, 20, 50.0, 1000);
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.people, report.sent, report.delivered), (20, 50, 1000), "{report}");
    assert_eq!((report.twice, report.out_of_order, report.orders), (0, 0, 1), "{report}");
    let latency = report.latency.unwrap();
    assert!(latency.p50 <= latency.p99 && latency.p99 <= latency.max, "{report}");
    // The last of the 50 messages is sent at least 980 ms after the first one.
    assert!(report.wall_time >= Duration::from_millis(980), "{report}");
    assert_eq!(server.goodbyes(), vec![Some(1000); 20]);
    let longest = server.heard().iter().map(String::len).max().unwrap();
    assert!(longest <= CROWD_TEXT_BYTES_MAX, "{longest} bytes");
}

#[test]
fn what_arrives_twice_is_counted_as_such() {
    let (_server, report) = run(Manners::Stutter, 5, 200.0, 100);
    assert!(!report.is_clean(), "{report}");
    assert_eq!((report.delivered, report.expected()), (100, 100), "{report}");
    // A person may have left before the second copy of the last message arrives.
    assert!((95..=100).contains(&report.twice), "{report}");
}

#[test]
fn an_eviction_is_told_with_its_code_and_the_others_go_on() {
    let frame = CloseFrame { code: CloseCode::Policy, reason: "".into() };
    let (_server, report) = run(Manners::Close("#6 ", Some(frame)), 5, 200.0, 100);
    assert!(!report.is_clean(), "{report}");
    assert_eq!(report.evicted, [("code 1008".to_owned(), 1)].into(), "{report}");
    assert_eq!(report.sent, 20, "{report}");
    // The sender of message 6 is evicted. It misses messages, but they do not count as lost.
    assert_eq!(report.lost(), 0, "{report}");
}

#[test]
fn a_server_that_hangs_up_on_everybody_ends_the_run() {
    let (_server, report) = run(Manners::Drop, 3, 100.0, 60_000);
    assert_eq!(report.evicted, [("no close frame".to_owned(), 3)].into(), "{report}");
    assert!(!report.interrupted, "{report}");
}

#[test]
fn who_cannot_connect_is_refused_and_the_others_talk() {
    let full = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nfull";
    let (_server, report) = run(Manners::Answer(3, full), 10, 200.0, 50);
    assert!(!report.is_clean(), "{report}");
    assert_eq!((report.people, report.delivered), (3, 30), "{report}");
    assert_eq!(report.refused.values().sum::<usize>(), 7, "{report}");
    assert!(report.to_string().contains("503 instead of 101: full"), "{report}");
}

#[test]
fn a_crowd_that_nobody_lets_in_is_an_error() {
    let full = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nfull";
    let server = TestServer::start(Manners::Answer(0, full));
    let options = options(&server, 10, 1.0, Duration::from_secs(1));
    let error = run_crowd(&options, &never()).unwrap_err().to_string();
    assert!(
        error.starts_with("none of the 10 people could connect: the server answered 503"),
        "{error}"
    );
}

#[test]
fn an_interrupt_ends_the_talk_early_and_the_table_is_whole() {
    let server = TestServer::start(Manners::Broadcast);
    let options = options(&server, 4, 1000.0, Duration::from_secs(600));
    let (interrupt, interrupts) = bounded(1);
    let report = std::thread::scope(|scope| {
        let run = scope.spawn(|| run_crowd(&options, &interrupts).unwrap());
        // Interrupt as soon as the server has received the first message after the roll call.
        while !server.heard().iter().any(|text| text.contains(" #0 ")) {
            std::thread::yield_now();
        }
        interrupt.send(()).unwrap();
        run.join().unwrap()
    });
    assert!(report.interrupted, "{report}");
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.delivered, report.expected(), "{report}");
    assert!(report.sent > 0 && report.sent < 600_000, "{report}");
    assert!(report.to_string().starts_with("ended early\n"), "{report}");
}

#[test]
fn values_that_make_no_sense_are_refused_with_what_to_give() {
    let second = Duration::from_secs(1);
    for (people, rate, duration, said) in [
        (0, 1.0, second, "give --people at least 1"),
        (CROWD_PEOPLE_MAX + 1, 1.0, second, "several crowds"),
        (1, 0.0, second, "give --rate a number above 0"),
        (1, -1.0, second, "give --rate"),
        (1, f64::NAN, second, "give --rate"),
        (1, f64::INFINITY, second, "give --rate"),
        (1, CROWD_RATE_MAX * 1.1, second, "give --rate"),
        (1, 0.5, second, "give a longer --for"),
        (1, 1.0, Duration::ZERO, "give a longer --for"),
        (1, 100_000.0, Duration::from_secs(101), "give a shorter --for"),
    ] {
        let url = "ws://127.0.0.1:1/chat".to_owned();
        let options = CrowdOptions { url, people, rate, duration, progress: false };
        let error = run_crowd(&options, &never()).unwrap_err();
        assert!(matches!(error, ConsoleError::CrowdValue(_)), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let url = "ws://127.0.0.1:1/chat".to_owned();
    let options = CrowdOptions {
        url,
        people: 1,
        rate: 1.0,
        duration: Duration::from_secs(1),
        progress: false,
    };
    let error = run_crowd(&options, &never()).unwrap_err();
    assert!(matches!(error, ConsoleError::NobodyConnected { .. }), "{error}");
}
