//! Rows D1 to D4, D6 and D7 of the street: peers that are slow, gone or odd, a clock that jumps, a
//! server that was frozen.
//!
//! Goal: a peer that reads nothing is disconnected in time and costs little until then. The server
//! never disconnects a client because the server itself was frozen, or because its clock jumped.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::clock::{FakeClock, library};
use crate::harness::frames::{shaken, shaken_over};
use crate::harness::raw::{Connection, get, handshake, masked, narrow};
use crate::harness::{
    Fault, Person, Proxy, ServerProcess, Signal, console_program, eventually, is_long,
    more_write_wait, not_run, send_signal, tls_relay,
};

/// How many lines of the log report this end of a client.
fn ends(server: &ServerProcess, reason: &str) -> usize {
    server.log().iter().filter(|line| line.contains(reason)).count()
}

/// The most bytes that wait in the kernel for one peer of the port, from the kernel's table of
/// sockets.
fn waiting_in_the_kernel(server: SocketAddr) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", server.port());
    let waiting = table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let (local, _, _, queues) =
            (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
        let waiting = u64::from_str_radix(queues.split(':').next()?, 16).ok()?;
        local.ends_with(&port).then_some(waiting)
    });
    waiting.max().unwrap_or(0)
}

#[test]
fn street_d1_who_stops_reading_is_evicted_and_little_waits_for_it() {
    let server = ServerProcess::start(&[]);
    let mut people: Vec<_> =
        (0..18).map(|number| Person::joins(server.addr, &number.to_string(), "/ws")).collect();
    let _deaf = [(); 2].map(|()| shaken_over(Connection::over(narrow(server.addr)), server.addr));
    server.logs(&["client joined", "client=20"]);
    let mut ann = people.remove(0);
    let text = "x".repeat(200);
    let until = Instant::now() + Duration::from_secs(20);
    let (mut said, mut most) = (0, 0);
    while ends(&server, "slow_consumer") < 2 {
        assert!(Instant::now() < until, "nobody was evicted after {said} messages");
        for _ in 0..20 {
            ann.says(&text);
        }
        said += 20;
        for one in people.iter_mut().chain([&mut ann]) {
            while one.hears_something().starts_with('(') {}
            for _ in 1..20 {
                one.hears(&text);
            }
        }
        most = most.max(waiting_in_the_kernel(tls_relay::behind(server.addr)));
    }
    assert!(most <= 45 * 1024, "{most} bytes waited in the kernel for one who did not read");
    assert_eq!(ends(&server, "slow_consumer"), 2, "and nobody else");
}

#[test]
fn street_d2_who_takes_a_byte_now_and_then_is_cut_by_the_write_deadline() {
    let server = ServerProcess::start(&["--write-timeout", "200ms", "--outbox", "65536"]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut slow = shaken_over(Connection::over(narrow(server.addr)), server.addr);
    server.logs(&["client joined", "client=2"]);
    // Fills every buffer between the two.
    for _ in 0..300 + 2 * tls_relay::held_bytes_max() / 400 {
        let text = "x".repeat(400);
        ann.says(&text);
        ann.hears(&text);
    }
    // Reads one byte after each pause, far less than the deadline of a frame demands.
    let until = Instant::now() + Duration::from_secs(20) + more_write_wait();
    while ends(&server, "write_timeout") == 0 {
        assert!(Instant::now() < until, "not cut: {:?}", server.log());
        slow.bytes(1);
        std::thread::park_timeout(Duration::from_millis(50));
    }
    ann.says("not me");
    ann.hears("not me");
    assert_eq!(ends(&server, "client left"), 0);
}

#[test]
fn street_d3_a_half_open_connection_is_noticed_within_the_pong_wait_and_left_once() {
    let server = ServerProcess::start(&["--ping-interval", "300ms", "--pong-timeout", "3s"]);
    // Not twice the pong wait, even on a busy machine: the first ping without an answer counts.
    let bound = Duration::from_secs(5);
    let proxy = Proxy::to(server.addr);
    let stream = std::net::TcpStream::connect(proxy.addr).unwrap();
    let mut far = Person::over(stream, server.addr, "far", "/ws");
    far.says("(far is here)");
    far.hears("(far is here)");
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    proxy.does(Fault::Stall);
    let stalled = Instant::now();
    ann.listens_while(|| ends(&server, "pong_missed") == 0);
    assert!(stalled.elapsed() < bound, "{:?}", stalled.elapsed());
    ann.says("I am still here");
    while ann.hears_something() != "I am still here" {}

    // The same with a program that was stopped: its kernel still accepts bytes for it.
    let mut join = Command::new(console_program())
        .args(["join", &format!("ws://{}/ws", server.addr)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    join.stdin.as_mut().unwrap().write_all(b"(it is here)\n").unwrap();
    while ann.hears_something() != "(it is here)" {}
    send_signal(&join, Signal::STOP);
    let stopped = Instant::now();
    ann.listens_while(|| ends(&server, "pong_missed") < 2);
    assert!(stopped.elapsed() < bound, "{:?}", stopped.elapsed());
    ann.says("and I still am");
    ann.hears("and I still am");
    join.kill().unwrap();
    join.wait().unwrap();
    assert_eq!(ends(&server, "client left"), 2, "{:?}", server.log());
}

/// Ends a connection with a reset instead of an orderly end.
fn reset(connection: Connection) {
    let stream = connection.into_stream();
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn street_d4_ends_in_the_middle_of_anything_leave_nothing_behind() {
    // `tests/run` asks for the thousand runs that the row wants.
    let runs = std::env::var("STREET_RUNS").map_or(100, |runs| runs.parse::<usize>().unwrap());
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut joined = 1;
    let hello = handshake("/ws", "").replace("{host}", &server.addr.to_string());
    for by_reset in [false, true] {
        let end = |connection: Connection| {
            if by_reset {
                reset(connection);
            }
        };
        for run in 0..runs {
            end(Connection::open(server.addr));
            let mut connection = Connection::open(server.addr);
            connection.sends(&hello.as_bytes()[..1 + run % (hello.len() - 1)]);
            end(connection);
            let mut connection = shaken(server.addr);
            joined += 1;
            let message = masked(0x81, b"half a message");
            connection.sends(&message[..1 + run % (message.len() - 1)]);
            end(connection);
            if run % 50 == 0 {
                ann.says("all well");
                ann.hears("all well");
            }
        }
    }
    ann.says("still all well");
    ann.hears("still all well");
    let left = ["peer_closed", "connection_broken", "write_failed"];
    let ended = || {
        let told = left.iter().map(|word| server.told(word, "reason="));
        told.map(|(lines, more)| lines + more).sum::<usize>()
    };
    eventually("each to have left", || ended() >= joined - 1);
    assert_eq!(ended(), joined - 1, "each left once");
    assert!(!server.log().iter().any(|line| line.contains("panic")), "{:?}", server.log());
    eventually("their threads to be gone or kept", || {
        !server.threads().iter().any(|name| *name != "r-1" && name.starts_with("r-"))
    });
}

#[test]
fn street_d6_a_wall_clock_that_jumps_a_day_moves_no_timer_and_no_order() {
    let Some(clock) = FakeClock::at("d6", "+0") else {
        not_run("D6", "the package faketime is not installed");
        return;
    };
    let flags = ["--ping-interval", "200ms", "--pong-timeout", "5s"];
    let server = ServerProcess::start_with(&flags, &clock.environment());
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut bo = Person::joins(server.addr, "bo", "/ws");
    ann.hears("(bo is here)");
    let mut days = vec![day(&server.logs(&["client joined", "client=1"]))];
    for (number, offset) in ["+1d", "-1d", "+0"].into_iter().enumerate() {
        clock.set(offset);
        // The newcomer's log line shows that the server's clock has jumped.
        Person::joins(server.addr, "new", "/ws").leaves();
        let joined = format!("client={}", number + 3);
        days.push(day(&server.logs(&["client joined", &joined])));
        ann.hears("(new is here)");
        bo.hears("(new is here)");
        for word in 0..50 {
            ann.says(&format!("{offset} {word}"));
        }
        for word in 0..50 {
            bo.hears(&format!("{offset} {word}"));
            ann.hears(&format!("{offset} {word}"));
        }
        // Pings keep their interval: they neither stop for a day nor come all at once.
        let started = Instant::now();
        for _ in 0..3 {
            while !matches!(bo.gets(), tungstenite::Message::Ping(_)) {}
        }
        assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
    }
    let jumped = days[1] != days[0] && days[2] != days[1] && days[0] == days[3];
    // At midnight, the first and the last day may differ.
    assert!(jumped || days[1] != days[2], "the clock did not jump: {days:?}");
    assert_eq!(ends(&server, "pong_missed"), 0, "{:?}", server.log());
}

/// The clock of a machine without a battery may begin anywhere, and tiny_http cannot write such a
/// date.
#[test]
fn street_d6_a_clock_before_1970_ends_nothing() {
    needs!(Pages);
    let Some(library) = library() else {
        not_run("D6", "the package faketime is not installed");
        return;
    };
    for clock in ["@1969-06-01 12:00:00", "@1902-01-01 00:00:00"] {
        let mut server = ServerProcess::start_with(
            &[],
            &[
                ("LD_PRELOAD", &library),
                ("FAKETIME", clock),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
                ("DONT_FAKE_MONOTONIC", "1"),
            ],
        );
        let page = get(server.addr, "/r/lobby");
        assert_eq!(page.status, 200, "{clock}: {:?}", server.log());
        assert_eq!(page.header("Date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        let mut ann = Person::joins(server.addr, "ann", "/ws");
        let mut bo = Person::joins(server.addr, "bo", "/ws");
        ann.hears("(bo is here)");
        ann.says("what time is it?");
        bo.hears("what time is it?");
        assert_eq!(get(server.addr, "/r/lobby/save?as=text").status, 200);
        assert_eq!(get(server.addr, "/nowhere").status, 404);
        server.gets_signal(Signal::TERM);
        assert_eq!(server.ends().code(), Some(0), "{clock}: {:?}", server.log());
        assert!(!server.log().iter().any(|line| line.contains("panic")), "{:?}", server.log());
    }
}

/// The date at the beginning of a log line.
fn day(line: &str) -> String {
    line.chars().take(10).collect()
}

#[test]
fn street_d7_a_server_that_was_frozen_evicts_nobody_healthy() {
    let server = ServerProcess::start(&["--ping-interval", "200ms", "--pong-timeout", "1s"]);
    let mut people: Vec<_> =
        (0..10).map(|number| Person::joins(server.addr, &number.to_string(), "/ws")).collect();
    let mut ann = people.remove(0);
    // The pause is the behaviour: three times as long as a pong may take.
    for (round, frozen) in [if is_long() { 60 } else { 3 }, 3, 3].into_iter().enumerate() {
        server.gets_signal(Signal::STOP);
        // Meanwhile the clients go on, and Ann says something that the server finds later.
        let until = Instant::now() + Duration::from_secs(frozen);
        ann.says(&format!("round {round}"));
        while Instant::now() < until {
            let a_while = Instant::now() + Duration::from_secs(3);
            ann.listens_while(|| Instant::now() < until.min(a_while));
        }
        server.gets_signal(Signal::CONT);
        for one in &mut people {
            while one.hears_something() != format!("round {round}") {}
        }
        while ann.heard().last() != Some(&format!("round {round}")) {
            ann.hears_something();
        }
        assert_eq!(ends(&server, "client left"), 0, "{:?}", server.log());
        assert_eq!(ends(&server, "pong_missed"), 0, "{:?}", server.log());
    }
    assert_eq!(get(server.addr, "/healthz").status, 200);
}

#[test]
fn street_d7_a_message_that_came_while_the_server_was_frozen_was_not_slow() {
    let server = ServerProcess::start(&["--message-timeout", "500ms"]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut connection = shaken(server.addr);
    let (whole, next) = (masked(0x81, b"whole"), masked(0x81, b"half, and half"));
    // In one segment: a server that has read the first message has read half of the second.
    connection.sends(&[&whole[..], &next[..9]].concat());
    ann.hears("whole");
    server.gets_signal(Signal::STOP);
    connection.sends(&next[9..]);
    // The pause is the behaviour: longer than a message may take.
    let until = Instant::now() + Duration::from_secs(1);
    ann.listens_while(|| Instant::now() < until);
    server.gets_signal(Signal::CONT);
    while ann.heard().last().map(String::as_str) != Some("half, and half") {
        ann.hears_something();
    }
    assert_eq!(ends(&server, "message_too_slow"), 0, "{:?}", server.log());
}
