//! C5: what secrets and passwords cost the server, and which clients wait for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::json;
use threadbare::base::limits;

use crate::harness::raw::{Connection, get, handshake, masked};
use crate::harness::{Cgroup, Numbered, ServerProcess, at_most, not_run};

/// The number of newcomers in the row.
const NEWCOMERS: usize = 200;
/// What all of them may cost the process, in KiB.
const COST_MAX: u64 = 24 * 1024;

/// All of them come in with a name and its secret, and join a room with a password.
fn come_in(server: &ServerProcess) -> Vec<Numbered> {
    (0..NEWCOMERS)
        .map(|number| {
            let mut person = Numbered::connects(server.addr);
            let den = json!({"room": "den", "password": format!("soup {number}")});
            let name = format!("n{number}#fish {number}");
            person.asks(json!({"type": "hello", "name": name, "rooms": [{"room": "lobby"}]}));
            person.hears_until(|line| line["type"] == "welcome");
            person.asks(json!({"type": "join", "room": den["room"], "password": den["password"]}));
            person
        })
        .collect()
}

#[test]
fn street_c5_two_hundred_newcomers_with_secrets_cost_at_most_24_mb() {
    needs!(Names);
    let server = ServerProcess::start(&[]);
    let _ann = Numbered::joins(server.addr, "Ann");
    let before = server.memory_kib("VmRSS");
    let _all = come_in(&server);
    let after = server.memory_kib("VmRSS");
    println!("{before} KiB before {NEWCOMERS} newcomers with secrets, {after} KiB with them");
    assert!(after - before <= COST_MAX, "{before} KiB before, {after} KiB after");
}

#[test]
fn street_c5_two_hundred_newcomers_with_secrets_fit_into_a_control_group_of_64_mb() {
    needs!(Names);
    let Some(group) = Cgroup::of_memory(64 << 20) else {
        not_run("C5", "this machine lets us make no control group for memory");
        return;
    };
    let server = group.start(&[]);
    let all = come_in(&server);
    println!("{} KiB with {} newcomers in 64 MB", server.memory_kib("VmRSS"), all.len());
    assert_eq!(get(server.addr, "/healthz").status, 200);
}

/// A connection of `threadbare.v1` from this address that has sent nothing yet.
fn opens(from: Ipv4Addr, addr: SocketAddr) -> Connection {
    let mut connection = Connection::open_from(from, addr);
    let request = handshake("/ws", "Sec-WebSocket-Protocol: threadbare.v1\r\n");
    connection.sends(request.replace("{host}", &addr.to_string()).as_bytes());
    assert_eq!(connection.answer().status, 101);
    connection
}

/// Says hello as `name`, into so many rooms with a password each.
fn says_hello(connection: &mut Connection, name: &str, rooms: usize) {
    let den = |number| json!({"room": format!("den-{number}"), "password": "soup"});
    let rooms: Vec<_> = (0..rooms).map(den).collect();
    let hello = json!({"type": "hello", "name": name, "rooms": rooms});
    connection.sends(&masked(0x81, hello.to_string().as_bytes()));
}

/// The number of connections in the flood.
const FLOOD: usize = 600;

#[test]
fn street_c5_a_flood_of_secrets_from_one_address_does_not_delay_another_one_s_login() {
    needs!(Names);
    // With a rate on the command line, the limits hold for this machine's addresses, too.
    let server = ServerProcess::start(&["--burst", "5"]);
    let [flood, home] = [2, 3].map(|number| Ipv4Addr::new(127, 0, 5, number));
    let mut ann = opens(home, server.addr);
    says_hello(&mut ann, "Ann#swordfish", 0);
    ann.hears("\"welcome\"");
    let mut lines: Vec<_> = (0..FLOOD).map(|_| opens(flood, server.addr)).collect();
    let mut again = opens(home, server.addr);
    for (number, line) in lines.iter_mut().enumerate() {
        says_hello(line, &format!("n{number}#fish"), limits::ROOMS_PER_CLIENT_MAX);
    }
    let started = Instant::now();
    says_hello(&mut again, "Ann#swordfish", 0);
    again.hears("\"welcome\"");
    let waited = started.elapsed();
    println!(
        "a login took {waited:?} beside {FLOOD} lines of another address with 17 secrets each"
    );
    assert!(waited < at_most(Duration::from_millis(100)), "{waited:?}");
}
