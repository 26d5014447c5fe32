//! G1, G2 and G5: signals with a full room, and starts that fail.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::person::End;
use crate::harness::raw::{Connection, get, narrow};
use crate::harness::{Person, ServerProcess, Signal, at_most, eventually, is_long, program};

/// The last frame of a server that stops: close, code 1001.
const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xe9];

#[test]
fn street_g1_a_full_room_with_stalled_guests_is_told_and_gone_within_five_seconds() {
    let (listening, stalled) = if is_long() { (900, 100) } else { (180, 20) };
    let mut server = ServerProcess::start(&[]);
    let addr = server.addr;
    let enters = |socket: Option<std::net::TcpStream>| {
        let guest = socket.map_or_else(|| Connection::open(addr), Connection::over);
        let mut guest = guest.knocks(addr);
        assert_eq!(guest.answer().status, 101);
        guest
    };
    let mut guests: Vec<_> = (0..listening).map(|_| enters(None)).collect();
    let deaf: Vec<_> = (0..stalled).map(|_| enters(Some(narrow(addr)))).collect();
    let mut ann = Person::joins(addr, "ann", "/ws");
    let long = "x".repeat(4000);
    // More than fits into a narrow socket, less than fits into an outbox.
    for _ in 0..16 {
        ann.says(&long);
        ann.hears(&long);
    }
    let started = Instant::now();
    server.gets_signal(Signal::TERM);
    server.logs(&["stopping"]);
    eventually("the port to close", || {
        let refused = std::net::TcpStream::connect(addr);
        refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    });
    assert_eq!(ann.hears_the_end(), End::Closed(Some(1001)));
    drop(ann);
    // Guests that receive the goodbye close their connections, too.
    while let Some(mut guest) = guests.pop() {
        let heard = guest.rest();
        assert!(heard.ends_with(&GOING_AWAY), "{:?} at the end", heard.rchunks(8).next());
    }
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    assert!(started.elapsed() < at_most(Duration::from_secs(5)), "{:?}", started.elapsed());
    drop(deaf);
}

#[test]
fn street_g1_a_second_sigterm_ends_it_at_once() {
    let mut server = ServerProcess::start(&[]);
    let _deaf = Person::joins(server.addr, "deaf", "/ws");
    server.gets_signal(Signal::TERM);
    server.logs(&["stopping"]);
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(143));
}

#[test]
fn street_g2_sigpipe_is_nothing_and_the_end_of_the_terminal_is_a_clean_end() {
    // Resets SIGHUP, because the tests themselves may have been started by nohup.
    let mut server = ServerProcess::start_by(&["env", "--default-signal=HUP"], &[], &[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    server.gets_signal(Signal::PIPE);
    ann.says("still here");
    ann.hears("still here");
    // A terminal that closes may send the signal more than once.
    server.gets_signal(Signal::HUP);
    server.logs(&["stopping"]);
    server.gets_signal(Signal::HUP);
    assert_eq!(ann.hears_the_end(), End::Closed(Some(1001)));
    drop(ann);
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
}

#[test]
fn street_g2_who_was_started_by_nohup_stays_when_the_terminal_closes() {
    let nohup = ["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""];
    let mut server = ServerProcess::start_by(&nohup, &[], &[]);
    server.gets_signal(Signal::HUP);
    assert_eq!(get(server.addr, "/healthz").status, 200);
    server.gets_signal(Signal::INT);
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    assert!(!server.log().iter().any(|line| line.contains("signal=1 ")), "{:?}", server.log());
}

/// Starts a server that cannot start; returns its exit code and its message.
fn fails(flags: &[&str]) -> (Option<i32>, String) {
    let started = Instant::now();
    let output = Command::new(program()).args(flags).stdin(Stdio::null()).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{flags:?}: {:?}", started.elapsed());
    assert_eq!(output.stdout, b"", "{flags:?} greets nobody");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn street_g5_a_start_that_fails_is_one_line_and_a_code_at_once() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (flags, words) in [
        (vec!["--addr", &taken], "choose another port"),
        (vec!["--addr", "127.0.0.1:0", "--assets", "/none/such"], "--assets"),
        (vec!["--addr", "127.0.0.1:0", "--assets", "/proc/version"], "--assets"),
        (vec!["--addr", "no.such.host.invalid:80"], "no address"),
    ] {
        let (code, said) = fails(&flags);
        assert_eq!(code, Some(1), "{flags:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{flags:?}: {said}");
        assert!(said.contains(words), "{flags:?}: {said}");
    }
}

#[test]
fn street_g5_a_bad_flag_is_named_in_the_first_line_with_code_2() {
    for (flag, value) in [("--nonsense", ""), ("--clients", "0"), ("--ping-interval", "2m")] {
        let (code, said) = fails(&[&format!("{flag}={value}")]);
        assert_eq!(code, Some(2), "{flag}: {said}");
        let first = said.lines().next().unwrap();
        assert!(first.starts_with("error: ") && first.contains(flag), "{said}");
    }
}
