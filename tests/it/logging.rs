//! The log informs people; it must never block the code that it reports about.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;
use threadbare::base::limits::LOG_RATE_LINES_MAX;

use crate::harness::person::End;
use crate::harness::raw::{Connection, get, request};
use crate::harness::{
    Data, Numbered, Person, ServerProcess, Signal, eventually, program, send_signal,
};

#[test]
fn json_lines_name_the_thread_of_the_job_at_hand() {
    let server = ServerProcess::start(&["--log-format", "json"]);
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

/// A server whose standard error is a pipe in the hands of this test.
fn with_a_log_pipe() -> (std::process::Child, std::net::SocketAddr) {
    let mut child = Command::new(program())
        .args(["--addr", "127.0.0.1:0", "--data", "none"])
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
    // Far more than fits into the pipe and the queue.
    for _ in 0..2500 {
        assert_eq!(get(addr, "/version").status, 200);
    }
    ends_well(child, Person::joins(addr, "ann", "/ws"));
    drop(unread);
}

#[test]
fn a_thousand_refusals_and_ends_are_some_lines_and_a_number() {
    let server = ServerProcess::start(&[]);
    let started = Instant::now();
    for _ in 0..300 {
        assert_eq!(
            request(server.addr, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status,
            421
        );
    }
    let guests: Vec<_> = (0..100)
        .map(|_| {
            let mut guest = Connection::open(server.addr).knocks(server.addr);
            assert_eq!(guest.answer().status, 101);
            guest
        })
        .collect();
    drop(guests);
    let seconds = usize::try_from(started.elapsed().as_secs()).unwrap() + 2;
    let most = usize::try_from(LOG_RATE_LINES_MAX).unwrap();
    // Nothing else happens, so the log must wake up by itself to report the number.
    eventually("every refusal to be told or counted", || {
        let (lines, more) = server.told("foreign_host", "outcome=\"");
        lines + more == 300 && lines >= most && lines <= most * seconds
    });
    eventually("every end to be told or counted", || {
        let (lines, more) = server.told("peer_closed", "reason=");
        let (broken, more_broken) = server.told("connection_broken", "reason=");
        lines + more + broken + more_broken == 100 && lines + broken < 100
    });
}

/// I1: characters that end a line or control a terminal, or that do so in some editor.
#[test]
fn i1_whatever_strangers_send_is_one_harmless_line_in_the_log() {
    let server = ServerProcess::start(&["--log-level", "trace"]);
    let odd = [
        "\r",
        "\n",
        "\r\n",
        "\u{1b}[31m",
        "\u{1b}]0;x\u{7}",
        "\u{9b}2J",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\0",
    ];
    for sign in odd {
        for head in [
            format!("GET /a{sign}b HTTP/1.1\r\nHost: a\r\n\r\n"),
            format!("GET /no HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a{sign}b\r\n\r\n"),
            format!("G{sign}T / HTTP/1.1\r\nHost: localhost\r\nOrigin: a{sign}b\r\n\r\n"),
        ] {
            Connection::open(server.addr).sends(head.as_bytes()).rest();
        }
        let mut ann = Numbered::connects(server.addr);
        ann.asks(json!({"type": "hello", "name": format!("a{sign}b"), "rooms": []}));
        ann.hears_until(|line| line["type"] == "error" || line["type"] == "welcome");
    }
    assert_eq!(get(server.addr, "/healthz").status, 200);
    server.logs(&["/healthz"]);
    for line in server.log() {
        assert!(line.starts_with("20"), "no line begins in the middle: {line:?}");
        let is_harmless =
            |sign: char| !sign.is_control() && !('\u{2028}'..='\u{2029}').contains(&sign);
        assert!(line.chars().all(is_harmless), "{line:?}");
    }
}

/// I3: people type addresses, and a mistyped one may contain anything.
#[test]
fn i3_of_an_address_that_is_none_the_log_has_no_word() {
    let server = ServerProcess::start(&["--log-level", "trace"]);
    let typed = "meet-at-six";
    for (request_line, status) in [
        (format!("GET /{typed}"), 404),
        (format!("GET /{typed}/{typed}?x={typed}"), 404),
        (format!("GET /r/lobby/{typed}"), 404),
        (format!("GET /r/{typed}!"), 404),
        (format!("GET /r/{typed}%"), 404),
        (format!("GET /r/lobby/now/{typed}"), 200),
        (format!("GET /r/lobby/since/{typed}"), 200),
        (format!("GET /rooms/now/{typed}"), 200),
        (format!("GET /assets/{typed}"), 404),
        (format!("GET /rooms/{typed}"), 404),
        (format!("GET /settings/{typed}"), 404),
        (format!("GET /ws/{typed}"), 404),
        (format!("GET /%2F{typed}"), 404),
        (format!("PUT /{typed}"), 404),
        (format!("GET /{typed} {typed}"), 400),
        (format!("GET {typed}"), 400),
    ] {
        let head = format!("{request_line} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        let answer = Connection::open(server.addr).sends(head.as_bytes()).answer();
        assert_eq!(answer.status, status, "{request_line}");
    }
    for shown in ["path=/r/lobby/..", "path=/.. ", "path=/assets/..", "wrong path"] {
        server.logs(&[shown]);
    }
    // An existing path is in the log unchanged.
    assert_eq!(get(server.addr, "/r/kitchen/history").status, 200);
    server.logs(&["path=/r/kitchen/history"]);
    let log = server.log().join("\n");
    assert!(!log.contains(typed), "{log}");
}

#[test]
fn row_116_for_the_journal_of_systemd_each_line_begins_with_its_level() {
    let data = Data::new();
    fs::create_dir_all(data.folder()).unwrap();
    let path = data.folder().join("journal");
    let journal = File::options().append(true).create(true).open(&path).unwrap();
    let about = journal.metadata().unwrap();
    let itself = format!("{}:{}", about.dev(), about.ino());
    let said_with = |stream: &str| {
        let mut child = Command::new(program())
            .args(["--addr", "127.0.0.1:0", "--data", "none"])
            .env("JOURNAL_STREAM", stream)
            .stdout(Stdio::piped())
            .stderr(journal.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        send_signal(&child, Signal::TERM);
        assert!(child.wait().unwrap().success());
        let said = fs::read_to_string(&path).unwrap();
        journal.set_len(0).unwrap();
        said
    };
    let said = said_with(&itself);
    assert!(!said.is_empty() && said.lines().all(|line| line.starts_with("<6>")), "{said}");
    // Systemd's variable is inherited; what counts is where standard error leads.
    let said = said_with("1:2");
    assert!(said.lines().all(|line| !line.starts_with('<')), "{said}");
}
