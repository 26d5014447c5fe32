//! The end: signals, goodbyes, joined threads.

use std::time::{Duration, Instant};

use crate::harness::person::End;
use crate::harness::raw::Connection;
use crate::harness::{Person, ServerProcess, Signal, TestServer};

#[test]
fn a_stopping_server_says_1001_to_all_after_what_was_said() {
    let server = TestServer::start();
    let mut people: Vec<_> = (0..20).map(|_| server.joins("one")).collect();
    people[0].says("last words");
    while people[0].hears_something() != "last words" {}
    let stopping = threadbare::base::threads::spawn("stops", move || {
        let started = Instant::now();
        assert_eq!(server.stops(), 0, "threads that would not end");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    })
    .unwrap();
    for (number, person) in people.iter_mut().enumerate() {
        assert_eq!(person.hears_the_end(), End::Closed(Some(1001)), "person {number}");
        if number > 0 {
            assert!(person.heard().iter().any(|text| text == "last words"), "person {number}");
        }
    }
    drop(people);
    stopping.join().unwrap();
}

#[test]
fn sigterm_and_ctrl_c_end_it_with_code_0_and_nothing_is_left_behind() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = ServerProcess::start(&[]);
        let mut ann = Person::joins(server.addr, "ann", "/ws");
        let _idle = Connection::open(server.addr);
        let socket_folders: Vec<_> = private_folders(&server);
        server.gets_signal(signal);
        assert_eq!(ann.hears_the_end(), End::Closed(Some(1001)));
        drop(ann);
        assert!(server.ends().success(), "{:?}", server.log());
        for folder in socket_folders {
            assert!(!folder.exists(), "{} is left behind", folder.display());
        }
    }
}

/// The folders of the private Unix sockets that the process listens on.
fn private_folders(server: &ServerProcess) -> Vec<std::path::PathBuf> {
    let inodes: Vec<_> = server
        .files()
        .into_iter()
        .filter_map(|name| Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = std::fs::read_to_string("/proc/net/unix").unwrap();
    let mut folders: Vec<_> = table
        .lines()
        .filter_map(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            let path = std::path::PathBuf::from(fields.get(7)?);
            inodes.iter().any(|inode| inode == fields[6]).then(|| path.parent().unwrap().into())
        })
        .collect();
    folders.sort();
    folders.dedup();
    assert!(!folders.is_empty(), "the private socket is not to be found");
    folders
}

#[test]
fn a_client_that_never_reads_does_not_hold_the_end_up_for_five_seconds() {
    let mut server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    // Clients that are connected and never read.
    let _deaf: Vec<_> = (0..5).map(|_| Person::connects(server.addr, "deaf", "/ws")).collect();
    for _ in 0..100 {
        let long = "x".repeat(4000);
        ann.says(&long);
        ann.hears(&long);
    }
    let started = Instant::now();
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = ServerProcess::start(&[]);
    // A client that never answers delays the first, orderly end.
    let _deaf = Person::joins(server.addr, "deaf", "/ws");
    server.gets_signal(Signal::INT);
    server.logs(&["stopping"]);
    let started = Instant::now();
    server.gets_signal(Signal::INT);
    let status = server.ends();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(status.code(), Some(130), "{status:?}");
}

#[test]
fn a_stopping_server_takes_nobody_new() {
    let mut server = ServerProcess::start(&[]);
    let addr = server.addr;
    let _deaf = Person::joins(addr, "deaf", "/ws");
    server.gets_signal(Signal::TERM);
    server.logs(&["stopping"]);
    super::harness::eventually("the port to close", || std::net::TcpStream::connect(addr).is_err());
    assert!(server.ends().success());
}
