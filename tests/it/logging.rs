//! The log is news for people; it must never stop what it tells about.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::harness::person::End;
use super::harness::raw::get;
use super::harness::{BoxProcess, Person, Signal, eventually, send_signal};

#[test]
fn json_lines_name_the_thread_of_the_job_at_hand() {
    let server = BoxProcess::start(&["--log-format", "json"]);
    Person::joins(server.addr, "ann", "/ws").leaves();
    let line = server.logs(&["client joined"]);
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(parsed["thread"], "r-1", "{line}");
    assert_eq!(parsed["level"], "INFO", "{line}");
    assert_eq!(parsed["event"]["client"], 1, "{line}");
    let line = server.logs(&["request"]);
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(parsed["thread"], "door", "{line}");
}

/// A server whose standard error is a pipe that this test holds.
fn with_a_log_pipe() -> (std::process::Child, std::net::SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_threadbare"))
        .args(["--addr", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    let addr = loop {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it did not start");
        if let Some(rest) = line.trim().strip_prefix("http://") {
            break rest.split('/').next().unwrap().parse().unwrap();
        }
    };
    (child, addr)
}

fn ends_well(mut child: std::process::Child, mut ann: Person) {
    send_signal(&child, Signal::TERM);
    assert_eq!(ann.hears_the_end(), End::Closed(Some(1001)));
    drop(ann);
    eventually("its end", || child.try_wait().unwrap().is_some());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_log_whose_reader_has_gone_stops_nothing() {
    let (mut child, addr) = with_a_log_pipe();
    drop(child.stderr.take());
    for _ in 0..20 {
        assert_eq!(get(addr, "/version").status, 200);
    }
    ends_well(child, Person::joins(addr, "ann", "/ws"));
}

#[test]
fn a_log_that_nobody_empties_stops_nothing() {
    let (mut child, addr) = with_a_log_pipe();
    let unread = child.stderr.take();
    // Far more than the pipe and the queue hold.
    for _ in 0..2500 {
        assert_eq!(get(addr, "/version").status, 200);
    }
    ends_well(child, Person::joins(addr, "ann", "/ws"));
    drop(unread);
}
