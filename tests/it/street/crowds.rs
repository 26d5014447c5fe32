//! C7 and C10: clients that end by the thousand, and a crowd that comes back at once.
//!
//! With `STREET_LONG=true`, it uses the numbers of a long run.

use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::harness::raw::{Connection, get, masked, narrow};
use crate::harness::{Person, ServerProcess, console_program, eventually, is_long};

/// Lets `count` guests in, from one address of this machine.
fn enter(from: Ipv4Addr, addr: SocketAddr, count: usize) -> Vec<Connection> {
    let guests = (0..count).map(|_| Connection::open_from(from, addr).knocks(addr));
    let mut guests: Vec<_> = guests.collect();
    for guest in &mut guests {
        assert_eq!(guest.answer().status, 101);
    }
    guests
}

/// Waits until `left` threads of guests are left. First looks at the number of all threads, which
/// is cheap and takes most of the waiting.
fn are_gone(server: &ServerProcess, what: &str, left: usize) {
    eventually(what, || server.status("Threads") < 100 + left);
    eventually(what, || server.guest_threads() <= left);
}

/// The number of guests in one round.
const ROUND: usize = 250;

/// The first five ways to end, one round each.
fn five_ends(server: &ServerProcess, round: u8) {
    let addr = server.addr;
    let gone = |what: &str| are_gone(server, what, 0);
    let from = |way: u8| Ipv4Addr::new(127, 0, 1 + way, 1 + round);

    let mut guests = enter(from(1), addr, ROUND);
    for guest in &mut guests {
        guest.sends(&masked(0x88, &[0x03, 0xe8]));
    }
    assert!(guests.into_iter().all(|mut guest| guest.rest().ends_with(&[0x88, 2, 0x03, 0xe8])));
    gone("guests who sent a close frame");

    let guests = enter(from(2), addr, ROUND);
    for guest in guests {
        guest.into_stream().shutdown(Shutdown::Write).unwrap();
    }
    gone("guests who ended their side");

    let guests = enter(from(3), addr, ROUND);
    for guest in guests {
        SockRef::from(&guest.into_stream()).set_linger(Some(Duration::ZERO)).unwrap();
    }
    gone("guests who reset the line");

    let mut crowd = Command::new(console_program())
        .args(["crowd", &format!("ws://{addr}/chat"), "--people", &ROUND.to_string()])
        .args(["--rate", "1", "--for", "10m"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the crowd", || server.status("Threads") >= 2 * ROUND);
    crowd.kill().unwrap();
    crowd.wait().unwrap();
    gone("guests whose program was killed");

    let deaf: Vec<_> = (0..ROUND)
        .map(|_| {
            let mut guest = Connection::over(narrow(addr)).knocks(addr);
            assert_eq!(guest.answer().status, 101);
            guest
        })
        .collect();
    let mut ann = Person::joins(addr, "ann", "/ws");
    // Ann's own two threads stay.
    ann.talks_until(4000, || server.status("Threads") < 100);
    are_gone(server, "guests who were evicted", 2);
    drop((ann, deaf));
    gone("the one who talked");
}

/// The sixth way: silence.
fn silence(server: &ServerProcess, round: u8) {
    let guests = enter(Ipv4Addr::new(127, 0, 9, 1 + round), server.addr, ROUND);
    are_gone(server, "silent guests", 0);
    drop(guests);
}

fn ends_leave_nothing_behind(server: &ServerProcess, one_round: impl Fn(&ServerProcess, u8)) {
    assert_eq!(get(server.addr, "/").status, 200);
    eventually("the page's door to close", || server.threads_named("door").is_empty());
    let files = server.file_count();
    let rounds = if is_long() { 40 } else { 4 };
    // The allocator grows less and less: after 50,000 guests it stops growing, and after the first
    // thousand it is within the bound below.
    for round in 0..rounds {
        one_round(server, round);
    }
    let memory = server.status("VmRSS");
    for round in rounds..2 * rounds {
        one_round(server, round);
    }
    are_gone(server, "threads of guests", 0);
    eventually("files as before", || server.file_count() <= files);
    let after = server.status("VmRSS");
    println!("{memory} KB at first, {after} KB after {rounds} more rounds");
    assert!(after <= memory + memory / 50 + 2048, "{memory} KB became {after} KB");
    assert_eq!(get(server.addr, "/").status, 200);
}

#[test]
fn street_c7_a_thousand_ends_of_each_of_five_kinds_leave_nothing_behind() {
    let server = ServerProcess::start(&["--outbox", "8"]);
    ends_leave_nothing_behind(&server, five_ends);
}

#[test]
fn street_c7_a_thousand_guests_who_fall_silent_leave_nothing_behind() {
    let server = ServerProcess::start(&["--ping-interval", "500ms", "--pong-timeout", "1s"]);
    ends_leave_nothing_behind(&server, silence);
    server.logs(&["pong_missed"]);
}

#[test]
fn street_c10_everybody_comes_back_at_once_after_a_crash() {
    let people: usize = if is_long() { 8000 } else { 500 };
    let mut first = ServerProcess::start(&[]);
    let addr = first.addr;
    let guests: Vec<_> =
        (0..people / ROUND).flat_map(|_| enter(Ipv4Addr::LOCALHOST, addr, ROUND)).collect();
    first.gets_signal(crate::harness::Signal::KILL);
    first.ends();
    let second = ServerProcess::start(&["--addr", &addr.to_string()]);
    let started = Instant::now();
    drop(guests);
    let dialers = 8;
    let back: usize = std::thread::scope(|scope| {
        let dialers: Vec<_> = (0..dialers)
            .map(|_| {
                scope.spawn(|| {
                    (0..people.div_ceil(dialers)).map(|_| comes_back(addr)).collect::<Vec<_>>()
                })
            })
            .collect();
        dialers.into_iter().map(|dialer| dialer.join().unwrap().len()).sum()
    });
    let took = started.elapsed();
    println!("{back} came back in {took:?}");
    assert!(back >= people);
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(get(second.addr, "/").status, 200);
}

/// One guest who tries again as long as there is no place.
fn comes_back(addr: SocketAddr) -> Connection {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let mut guest = Connection::open(addr).knocks(addr);
        if guest.first_line().contains(" 101 ") {
            return guest;
        }
        assert!(Instant::now() < until, "no way back in");
    }
}
