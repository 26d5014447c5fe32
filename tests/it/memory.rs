//! How much of the server's memory clients take, and how much it gives back after they have left.

use std::time::Duration;

use serde_json::json;

use crate::harness::raw::Connection;
use crate::harness::{Numbered, ServerProcess, eventually_within};

/// How many clients of each kind come at once.
const CLIENTS: u64 = 200;

fn requests(server: &ServerProcess, path: &str) -> Vec<Connection> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let open = |_| {
        let mut connection = Connection::open(server.addr);
        connection.sends(request.as_bytes());
        connection
    };
    (0..CLIENTS).map(open).collect()
}

/// The memory of each of them, in KiB, while all of them wait.
fn cost_of_a_poll(server: &ServerProcess) -> u64 {
    let before = server.memory_kib("RssAnon");
    let _polls = requests(server, "/r/lobby/poll");
    let mut ann = Numbered::joins(server.addr, "Ann");
    eventually_within(Duration::from_secs(20), "the polls to wait", || {
        ann.asks(json!({"type": "who", "room": "lobby"}));
        ann.hears("who")["people"].as_u64().unwrap() > CLIENTS
    });
    (server.memory_kib("RssAnon") - before) / CLIENTS
}

#[test]
fn a_long_poll_takes_no_more_memory_than_a_connection() {
    let server = ServerProcess::start(&[]);
    let cost = cost_of_a_poll(&server);
    println!("a long poll that waits takes {cost} KiB");
    assert!(cost <= 40, "{cost} KiB");
}

/// The memory of clients that ask for older lines and never read, in KiB for each.
fn cost_of_those_who_never_read(server: &ServerProcess, clients: u64) -> u64 {
    let mut ann = Numbered::joins(server.addr, "Ann");
    for _ in 0..100 {
        ann.says(&"q".repeat(160));
        ann.hears("sent");
    }
    let before = server.memory_kib("RssAnon");
    let come = |number| {
        let mut client = Numbered::joins(server.addr, &format!("Silent {number}"));
        for _ in 0..300 {
            client.asks(json!({"type": "history", "room": "lobby", "count": 100}));
        }
        client
    };
    let _silent: Vec<_> = (0..clients).map(come).collect();
    ann.says("and who reads is answered");
    ann.asks(json!({"type": "history", "room": "lobby", "count": 2}));
    assert_eq!(ann.hears("history")["lines"].as_array().unwrap().len(), 2);
    (server.memory_kib("RssAnon") - before) / clients
}

#[test]
fn who_asks_for_much_and_never_reads_takes_no_more_than_admission_reckons() {
    let server = ServerProcess::start(&[]);
    let cost = cost_of_those_who_never_read(&server, 50);
    println!("a client that asks and does not read takes {cost} KiB");
    assert!(cost <= 96, "{cost} KiB");
}
