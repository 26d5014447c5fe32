//! Row D5 of the street: eight faults of a connection, in five scenes.
//!
//! Goal: over any connection, a message arrives whole and in order, or the client learns that its
//! connection has ended. In both cases the server forgets the client, and a client on a good
//! connection notices nothing.

use std::net::TcpStream;
use std::time::Duration;

use crate::harness::person::End;
use crate::harness::raw::{Connection, handshake};
use crate::harness::{Fault, Person, Proxy, TestServer};

const MESSAGES: usize = 20;

/// The eight faults, by name; a fault that counts bytes strikes inside the scene.
const FAULTS: [(&str, Fault); 8] = [
    ("segments of one byte", Fault::Slices),
    ("500 ms late", Fault::Delay(Duration::from_millis(500))),
    ("1 KB a second", Fault::Rate(1024)),
    ("reset", Fault::ResetAfter(150)),
    ("slow close", Fault::SlowClose(Duration::from_millis(500))),
    ("cut", Fault::CutAfter(150)),
    ("stalled", Fault::Stall),
    ("down", Fault::Down),
];

/// How long a connection stalls in scenes that do not test how long the server waits.
const STALL: Duration = Duration::from_millis(2500);

#[test]
fn street_d5_over_a_bad_connection_messages_are_whole_or_the_client_is_told() {
    // All runs at once: they only wait for slow connections.
    std::thread::scope(|scope| {
        let mut runs = Vec::new();
        for (name, fault) in &FAULTS {
            for (scene, play) in SCENES {
                let run = scope.spawn(move || plays(play, *fault));
                runs.push((name, scene, run));
            }
        }
        for (name, scene, run) in runs {
            assert!(run.join().is_ok(), "{scene} with the connection {name}");
        }
    });
}

/// What a client does over a connection with a fault.
type Scene = fn(&TestServer, Fault);

const SCENES: [(&str, Scene); 5] = [
    ("a page load", page_load),
    ("a handshake", shaking_hands),
    ("talking", talking),
    ("listening", listening),
    ("leaving", leaving),
];

/// Whether a fault lets everything through in the end.
fn is_harmless(fault: Fault) -> bool {
    matches!(fault, Fault::Slices | Fault::Delay(_) | Fault::Rate(_) | Fault::SlowClose(_))
}

fn plays(scene: Scene, fault: Fault) {
    let server = TestServer::with(|config| {
        config.door.first_byte_wait = Duration::from_secs(2);
        config.client.ping_interval = Duration::from_secs(1);
        config.client.pong_wait = Duration::from_secs(5);
    });
    scene(&server, fault);
    server.waits_for_clients(0);
}

/// Ends a stall while the server still waits; the other faults need no help.
fn heals_after_a_while(proxy: &Proxy, fault: Fault) {
    if fault == Fault::Stall {
        // A pause that is the behaviour: longer than the door waits.
        std::thread::park_timeout(STALL);
        proxy.does(Fault::None);
    }
}

fn page_load(server: &TestServer, fault: Fault) {
    let whole = crate::harness::raw::get(server.addr, "/").body;
    let proxy = Proxy::to(server.addr);
    proxy.does(fault);
    let mut connection = Connection::open(proxy.addr);
    connection.sends(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr).as_bytes());
    heals_after_a_while(&proxy, fault);
    let answer = connection.answer_if_whole();
    let opened = answer.as_ref().is_some_and(|answer| answer.status == 200);
    assert!(opened || !is_harmless(fault), "{answer:?}");
    if let Some(answer) = answer {
        assert!(answer.status == 408 || answer.body.len() == whole.len(), "{}", answer.head);
    }
}

fn shaking_hands(server: &TestServer, fault: Fault) {
    let proxy = Proxy::to(server.addr);
    proxy.does(fault);
    let mut connection = Connection::open(proxy.addr);
    connection.sends(handshake("/ws", "").replace("{host}", &server.addr.to_string()).as_bytes());
    heals_after_a_while(&proxy, fault);
    let answer = connection.answer_if_whole();
    let shaken = answer.as_ref().is_some_and(|answer| answer.status == 101);
    assert!(shaken || !is_harmless(fault), "{answer:?}");
}

/// A client whose proxied connection is good until the scene begins.
fn behind(proxy: &Proxy, server: &TestServer) -> Person {
    let stream = TcpStream::connect(proxy.addr).unwrap();
    let mut person = Person::over(stream, server.addr, "far", "/ws");
    person.says("(far is here)");
    person.hears("(far is here)");
    person
}

fn talking(server: &TestServer, fault: Fault) {
    let proxy = Proxy::to(server.addr);
    let mut far = behind(&proxy, server);
    let mut near = server.joins("near");
    far.hears("(near is here)");
    proxy.does(fault);
    let texts: Vec<_> = (0..MESSAGES).map(|number| format!("said {number} to the end")).collect();
    for text in &texts {
        if !far.tries_to_say(text) {
            break;
        }
    }
    if is_harmless(fault) {
        assert_eq!(near.hears_as_many_as(MESSAGES), None);
        assert_eq!(far.hears_as_many_as(2 + MESSAGES), None);
    } else {
        // The far client gets its own message back, or learns that its connection has ended.
        near.listens_while(|| server.clients() > 1);
        proxy.does(if fault == Fault::Stall { Fault::None } else { fault });
        assert!(far.hears_as_many_as(3 + MESSAGES).is_some(), "the far one was not told");
    }
    is_a_beginning_of(near.heard(), &texts);
    near.leaves();
}

fn listening(server: &TestServer, fault: Fault) {
    let proxy = Proxy::to(server.addr);
    let mut far = behind(&proxy, server);
    let mut near = server.joins("near");
    far.hears("(near is here)");
    proxy.does(fault);
    let texts: Vec<_> = (0..MESSAGES).map(|number| format!("told {number} to the end")).collect();
    for text in &texts {
        near.says(text);
        near.hears(text);
    }
    if fault == Fault::Stall {
        near.listens_while(|| server.clients() > 1);
        proxy.does(Fault::None);
    }
    if is_harmless(fault) {
        assert_eq!(far.hears_as_many_as(2 + MESSAGES), None);
    } else {
        assert!(far.hears_as_many_as(3 + MESSAGES).is_some(), "the far one was not told");
    }
    is_a_beginning_of(&far.heard()[2..], &texts);
    near.leaves();
}

fn leaving(server: &TestServer, fault: Fault) {
    let proxy = Proxy::to(server.addr);
    let mut far = behind(&proxy, server);
    proxy.does(fault);
    far.tries_to_say("goodbye, all of you");
    far.tries_to_leave();
    if fault == Fault::Stall {
        server.waits_for_clients(0);
        proxy.does(Fault::None);
    }
    let end = far.hears_the_end();
    if is_harmless(fault) {
        assert_eq!(end, End::Closed(Some(1000)));
    }
    for text in far.heard() {
        assert!(["(far is here)", "goodbye, all of you"].contains(&text.as_str()), "{text}");
    }
}

/// No gap, no partial message, no message twice.
fn is_a_beginning_of(heard: &[String], texts: &[String]) {
    assert_eq!(heard, &texts[..heard.len().min(texts.len())]);
}
