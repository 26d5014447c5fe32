//! One order: all clients hear the same, and no client's last words are lost.
//!
//! Goal: with three buffered inboxes and `select!`, a client's own events can change their order
//! (its words come after it has left). The hub's rounds prevent that. Remove one of their rules,
//! and a test here fails.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use crate::harness::person::Person;
use crate::harness::raw::{Connection, handshake, masked};
use crate::harness::{Numbered, TestServer, is_long};

const SPEAKERS: usize = 60;
const WORDS: usize = 5;

/// A server that evicts no client: these tests are about order, and on a busy machine the test's
/// own clients may be late.
fn patient_server() -> TestServer {
    TestServer::with(|config| config.client.outbox_messages_max = 65_536)
}

/// Hears exactly `count` messages.
fn hears_all(person: &mut Person, count: usize) -> Vec<String> {
    (0..count).map(|_| person.hears_something()).collect()
}

#[test]
fn words_said_just_before_leaving_are_heard_by_all_in_one_order() {
    let server = patient_server();
    let mut ann = server.joins("ann");
    let mut bo = server.joins("bo");
    ann.hears("(bo is here)");
    let addr = server.addr;
    let all_are_here = Barrier::new(SPEAKERS);
    let speak = |speaker: usize| {
        let mut person = Person::connects(addr, "speaker", "/ws");
        all_are_here.wait();
        for word in 0..WORDS {
            person.says(&format!("{speaker} {word}"));
        }
        // All leave at once: half of them politely, half by cutting the connection.
        if speaker.is_multiple_of(2) {
            person.starts_to_leave();
        }
        person.stops_sending();
        person
    };
    let speakers: Vec<_> = std::thread::scope(|scope| {
        let speak = &speak;
        let threads: Vec<_> =
            (0..SPEAKERS).map(|speaker| scope.spawn(move || speak(speaker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let heard = hears_all(&mut ann, SPEAKERS * WORDS);
    assert_eq!(heard, hears_all(&mut bo, SPEAKERS * WORDS), "two people, two orders");
    let mut next: HashMap<&str, usize> = HashMap::new();
    for text in &heard {
        let (speaker, word) = text.split_once(' ').unwrap();
        let expected = next.entry(speaker).or_default();
        assert_eq!(word, expected.to_string(), "speaker {speaker} in {heard:?}");
        *expected += 1;
    }
    assert_eq!(next.len(), SPEAKERS);
    drop(speakers);
}

#[test]
fn many_who_talk_at_once_are_heard_by_all_in_the_same_order() {
    let server = patient_server();
    let mut people: Vec<_> = (0..8).map(|_| Person::connects(server.addr, "one", "/ws")).collect();
    server.waits_for_clients(8);
    // Only the hub knows whether a client is registered; the client's own echo proves it.
    for (number, person) in people.iter_mut().enumerate() {
        person.says(&format!("here {number}"));
        while person.hears_something() != format!("here {number}") {}
    }
    let mut histories: Vec<Vec<String>> = Vec::new();
    std::thread::scope(|scope| {
        let talking: Vec<_> = people
            .iter_mut()
            .enumerate()
            .map(|(number, person)| {
                scope.spawn(move || {
                    for word in 0..50 {
                        person.says(&format!("{number}:{word}"));
                    }
                    let mut heard = Vec::new();
                    while heard.len() < 8 * 50 {
                        let text = person.hears_something();
                        if text.contains(':') {
                            heard.push(text);
                        }
                    }
                    heard
                })
            })
            .collect();
        histories = talking.into_iter().map(|one| one.join().unwrap()).collect();
    });
    for history in &histories {
        assert_eq!(history, &histories[0], "somebody heard another order");
    }
}

#[test]
fn who_talks_faster_than_it_listens_waits_and_is_not_evicted() {
    let server = TestServer::start();
    // More than the outbox and all buffers between the two can hold.
    let text = |number: usize| format!("{number} {}", "x".repeat(1000));
    let (talking, listening) = raw_connection(server.addr);
    let talker = threadbare::base::threads::spawn("talker", move || {
        for number in 0..5000 {
            let frame = masked(0x81, text(number).as_bytes());
            (&talking).write_all(&frame).unwrap();
        }
    })
    .unwrap();
    // Waits until the talker is blocked by its own echo, then listens.
    server.waits_for_clients(1);
    let mut expected = 0;
    let mut reading = BufReader::new(&listening);
    while expected < 5000 {
        assert_eq!(next_text(&mut reading), text(expected), "after {expected} messages");
        expected += 1;
    }
    talker.join().unwrap();
}

/// E1: clients that only listen, clients that talk, and numbered ones hear the same, each word
/// once.
#[test]
fn e1_a_crowd_hears_all_who_talk_at_once_in_one_order() {
    let (talkers, words, listeners) = if is_long() { (50, 1000, 200) } else { (20, 100, 40) };
    let all = talkers * words;
    let server = TestServer::with(|config| {
        // The server evicts no client, and no client has to answer a ping.
        config.client.outbox_messages_max = 65_536;
        config.client.ping_interval = Duration::from_hours(1);
        config.client.pong_wait = Duration::from_hours(2);
    });
    let mut numbered = Numbered::joins(server.addr, "Ann");
    let start = Barrier::new(talkers + listeners);
    let mut orders: Vec<Vec<u32>> = Vec::new();
    let first = u64::try_from(talkers + listeners).unwrap() + 1;
    let everything = u64::try_from(all).unwrap() + first - 1;
    let has_failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_over =
                |ann: &Numbered| has_failed.load(Relaxed) || ann.last("lobby") == everything;
            numbered.hears_over_any_connection_until(is_over);
        });
        let hearing: Vec<_> = (0..talkers + listeners)
            .map(|number| {
                let (start, addr) = (&start, server.addr);
                scope.spawn(move || {
                    let (talking, listening) = raw_connection(addr);
                    let mut listening = BufReader::new(listening);
                    // The client's own words came back, so it hears everything from here on.
                    (&talking).write_all(&masked(0x81, format!("{number}").as_bytes())).unwrap();
                    while next_text(&mut listening) != number.to_string() {}
                    start.wait();
                    std::thread::scope(|scope| {
                        let talk = || talks(&talking, number, words);
                        let talk = (number < talkers).then(|| scope.spawn(talk));
                        let heard = hears_words(&mut listening, all);
                        talk.into_iter().for_each(|talk| talk.join().unwrap());
                        heard
                    })
                })
            })
            .collect();
        let heard = hearing.into_iter().map(std::thread::ScopedJoinHandle::join);
        let heard: Result<Vec<_>, _> = heard.collect();
        has_failed.store(heard.is_err(), Relaxed);
        orders = heard.unwrap();
    });
    let order = &orders[0];
    println!("{} words came to {} lines", order.len(), orders.len());
    for other in &orders {
        // The whole order would be too long for a failure message.
        let place = order.iter().zip(other).position(|(one, other)| one != other);
        assert_eq!(place, None, "somebody heard another order");
    }
    let mut next = vec![0; talkers];
    for word in order {
        let talker = usize::try_from(word / 1000).unwrap();
        assert_eq!(word % 1000, next[talker], "of talker {talker}");
        next[talker] += 1;
    }
    assert!(next.iter().all(|count| usize::try_from(*count).unwrap() == words));
    // The numbers are that order. A client that reads too slowly is told which lines it misses,
    // because this server has only the newest in memory.
    let view = numbered.view("lobby");
    let word_at = |number: u64| order[usize::try_from(number - first).unwrap()];
    let words = view.lines.range(first..);
    assert!(words.clone().all(|(number, text)| word_of(text) == Some(word_at(*number))));
    let missed: u64 = view.gaps.iter().map(|(from, to)| to - from + 1).sum();
    println!("of {everything} lines, Ann was told that she misses {missed}");
    assert_eq!(u64::try_from(view.lines.len()).unwrap() + missed, everything);
}

/// Says all its words, as fast as the connection takes them.
fn talks(mut connection: &TcpStream, talker: usize, words: usize) {
    for word in 0..words {
        connection.write_all(&masked(0x81, format!("{talker}:{word}").as_bytes())).unwrap();
    }
}

/// The next `count` words, each as one number.
fn hears_words(listening: &mut impl Read, count: usize) -> Vec<u32> {
    let texts = std::iter::repeat_with(|| next_text(listening));
    texts.filter_map(|text| word_of(&text)).take(count).collect()
}

fn word_of(text: &str) -> Option<u32> {
    let (talker, word) = text.split_once(':')?;
    Some(talker.parse::<u32>().unwrap() * 1000 + word.parse::<u32>().unwrap())
}

/// The next frame, which must be a text.
fn next_text(listening: &mut impl Read) -> String {
    let mut head = [0; 2];
    listening.read_exact(&mut head).unwrap();
    assert_eq!(head[0], 0x81, "evicted");
    let mut length = usize::from(head[1]);
    if length == 126 {
        listening.read_exact(&mut head).unwrap();
        length = usize::from(u16::from_be_bytes(head));
    }
    let mut payload = vec![0; length];
    listening.read_exact(&mut payload).unwrap();
    String::from_utf8(payload).unwrap()
}

/// One connection after its handshake; one half to write, one half to read.
#[expect(clippy::disallowed_methods, reason = "a test's client talks and listens on its own")]
fn raw_connection(addr: SocketAddr) -> (TcpStream, TcpStream) {
    let mut connection = Connection::open(addr);
    connection.sends(handshake("/ws", "").replace("{host}", &addr.to_string()).as_bytes());
    assert_eq!(connection.answer().status, 101);
    let stream = connection.into_stream();
    (stream.try_clone().unwrap(), stream)
}
