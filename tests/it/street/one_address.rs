//! C9: one address makes names, rooms and messages without end. No other address loses a name, a
//! message or a place by it, in this life of the server or in the next.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use serde_json::{Value, json};
use threadbare::base::limits;

use crate::harness::raw::Connection;
use crate::harness::{Data, ServerProcess, Signal};

/// With these flags no client talks too fast, and this machine's addresses have the same limits as
/// any other.
pub(super) const HELD: [&str; 4] = ["--burst", "10000", "--rate", "10000"];

/// A program at one address that says each thing by one request.
pub(crate) struct Program {
    addr: SocketAddr,
    from: Ipv4Addr,
}

impl Program {
    pub(crate) fn at(addr: SocketAddr, number: u8) -> Self {
        Self { addr, from: Ipv4Addr::new(127, 0, 0, number) }
    }

    /// The status and the lines of the answer.
    pub(crate) fn asks(&self, path: &str, request: &Value) -> (u16, Value) {
        let body = request.to_string();
        let (host, bytes) = (self.addr, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {bytes}\r\n\r\n{body}"
        );
        let answer = Connection::open_from(self.from, self.addr).sends(head.as_bytes()).answer();
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Comes in under a name; returns its session, or the reason of the refusal.
    pub(crate) fn says_hello(&self, name: &str) -> Result<String, String> {
        let (_, told) = self.asks("/r/lobby", &json!({"type": "hello", "name": name}));
        match told[0]["type"].as_str() {
            Some("welcome") => Ok(told[0]["token"].as_str().unwrap().to_owned()),
            _ => Err(told[0]["reason"].to_string()),
        }
    }

    /// Says something in a room, which may be new; returns the number, or the reason of the
    /// refusal.
    pub(super) fn says(
        &self,
        session: &str,
        room: &str,
        id: &str,
        text: &str,
    ) -> Result<u64, String> {
        let say = json!({"type": "say", "room": room, "id": id, "text": text});
        let (status, told) = self.asks(&format!("/r/{room}?s={session}"), &say);
        let last = told.as_array().and_then(|told| told.last()).cloned().unwrap_or_default();
        last["seq"].as_u64().filter(|_| last["type"] == "sent").ok_or(format!("{status}: {told}"))
    }
}

#[test]
fn street_c9_thousands_of_names_take_nobodys_name_and_no_message() {
    needs!(Names, Pages, History);
    let data = Data::new();
    let mut server = data.start(&HELD);
    let ann = Program::at(server.addr, 2);
    let session = ann.says_hello("Ann").unwrap();
    let bo = Program::at(server.addr, 3);
    let bos = bo.says_hello("Bo").unwrap();
    let write = json!({"type": "private", "to": "Ann", "id": "p1", "text": "meet me at six"});
    let (status, sent) = bo.asks(&format!("/r/lobby?s={bos}"), &write);
    assert_eq!((status, &sent[0]["type"]), (200, &json!("sent")), "{sent}");
    let crowd = Program::at(server.addr, 4);
    for number in 0..2_100 {
        crowd.says_hello(&format!("Crowd {number}")).unwrap();
    }
    server.logs(&["WARN", "many new people from one network", "network=127.0.0.4"]);
    let told = server.log().into_iter().filter(|line| line.contains("many new people"));
    assert_eq!(told.count(), 1, "once");
    for is_restarted in [false, true] {
        if is_restarted {
            server.gets_signal(Signal::TERM);
            server.ends();
            server = data.start(&HELD);
        }
        let stranger = Program::at(server.addr, 5).says_hello("Ann");
        assert_eq!(stranger.unwrap_err(), "\"name-taken\"");
        let read = json!({"type": "history", "room": null});
        let path = format!("/r/lobby?s={session}");
        let (_, told) = Program::at(server.addr, 2).asks(&path, &read);
        assert_eq!(told[0]["lines"][0]["text"], "meet me at six", "{told}");
    }
    let log = server.log().join("\n");
    assert!(!log.contains("Crowd"), "{log}");
}

/// Ten addresses make rooms until the server has no place for more, and say one thing in each.
fn fill_the_server(server: &ServerProcess) -> usize {
    let mut made = 0;
    for address in 10..20 {
        let greedy = Program::at(server.addr, address);
        let session = greedy.says_hello(&format!("Greedy {address}")).unwrap();
        for number in 0.. {
            let room = &format!("room-{number}-of-{address}");
            if greedy.says(&session, room, "a", "mine").is_err() {
                break;
            }
            greedy.asks(&format!("/r/{room}?s={session}"), &json!({"type": "leave", "room": room}));
            made += 1;
        }
    }
    made
}

#[test]
fn street_c9_another_address_makes_a_room_at_any_time_also_after_a_restart() {
    needs!(Names, Pages, History);
    let data = Data::new();
    let mut server = data.start(&HELD);
    let ann = Program::at(server.addr, 2);
    let session = ann.says_hello("Ann").unwrap();
    ann.says(&session, "kitchen", "a1", "soup at six").unwrap();
    let made = fill_the_server(&server);
    println!("ten addresses have made {made} rooms");
    for (number, is_restarted) in [(30, false), (40, true)] {
        if is_restarted {
            server.gets_signal(Signal::TERM);
            server.ends();
            server = data.start(&HELD);
        }
        for number in number..number + 5 {
            let other = Program::at(server.addr, number);
            let session = other.says_hello(&format!("Other {number}")).unwrap();
            let said = other.says(&session, &format!("other-{number}"), "a1", "at last");
            assert_eq!(said, Ok(1));
        }
        let read = json!({"type": "history", "room": "kitchen"});
        let (_, told) = Program::at(server.addr, 2).asks(&format!("/r/kitchen?s={session}"), &read);
        assert_eq!(told[0]["lines"][0]["text"], "soup at six", "{told}");
    }
}

#[test]
fn street_c9_what_is_sent_again_is_there_once_while_strangers_fill_the_server() {
    needs!(Names, History);
    let data = Data::new();
    let mut server = data.start(&HELD);
    fill_the_server(&server);
    let ann = Program::at(server.addr, 2);
    let session = ann.says_hello("Ann").unwrap();
    let first = ann.says(&session, "lobby", "a1", "hello").unwrap();
    let bo = Program::at(server.addr, 3);
    let bos = bo.says_hello("Bo").unwrap();
    // As many lines in between as the protocol promises, and long ones.
    let long = "y".repeat(limits::MESSAGE_TEXT_BYTES_MAX);
    for number in 1..limits::ROOM_LOG_ENTRIES_MAX {
        bo.says(&bos, "lobby", &format!("b{number}"), &long).unwrap();
    }
    assert_eq!(ann.says(&session, "lobby", "a1", "hello"), Ok(first));
    server.gets_signal(Signal::TERM);
    server.ends();
    server = data.start(&HELD);
    let ann = Program::at(server.addr, 2);
    assert_eq!(ann.says(&session, "lobby", "a1", "hello"), Ok(first), "after a restart");
}

#[test]
fn street_c9_secrets_are_charged_to_their_address_before_they_are_looked_at() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&HELD);
    let (guesser, ann) = (Program::at(server.addr, 4), Program::at(server.addr, 2));
    let most = limits::DIGESTS_BURST_MAX;
    let (began, mut looked_at) = (Instant::now(), 0);
    for number in 0..most + 60 {
        let hello = json!({"type": "hello", "name": format!("Crowd {number}#rose")});
        let (status, told) = guesser.asks("/r/lobby", &hello);
        match told[0]["type"].as_str() {
            Some("welcome") => looked_at += 1,
            _ => assert_eq!((status, &told[0]["reason"]), (429, &json!("too-fast")), "{told}"),
        }
    }
    let later = u32::try_from(began.elapsed().as_millis() / limits::DIGEST_INTERVAL.as_millis());
    println!("{looked_at} of {} in {:?}", most + 60, began.elapsed());
    assert!((most..=most + later.unwrap() + 1).contains(&looked_at), "{looked_at}");
    // The same address can come in without a secret, and another address with a secret.
    assert!(guesser.says_hello("Crowd").is_ok());
    assert!(ann.says_hello("Ann#tulip").is_ok());
}
