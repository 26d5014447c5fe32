//! One order: everybody hears the same, and nobody's last words are lost.
//!
//! Goal: with three buffered inboxes and `select!`, a client's own events are
//! reordered (words that come after their speaker has left); the hub's rounds
//! prevent it. Remove one of its rules and a test here goes red.

use std::collections::HashMap;

use super::harness::TestServer;
use super::harness::person::Person;

const SPEAKERS: usize = 60;
const WORDS: usize = 5;

/// A server that evicts nobody: these tests are about order, and on a busy
/// machine the listening side of a test may itself be late.
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
    let speakers: Vec<_> = (0..SPEAKERS)
        .map(|speaker| {
            let speak = move || {
                let mut person = Person::connects(addr, "speaker", "/ws");
                for word in 0..WORDS {
                    person.says(&format!("{speaker} {word}"));
                }
                // Gone at once: half of them politely, half by the line's end.
                if speaker % 2 == 0 {
                    person.starts_to_leave();
                }
                person.stops_sending();
                person
            };
            std::thread::scope(|scope| scope.spawn(speak).join().unwrap())
        })
        .collect();
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
    // Registered or not is known to the hub alone; its own echo proves it.
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
    let mut ann = server.joins("ann");
    // All said before one is heard: far more than an outbox holds.
    for number in 0..3000 {
        ann.says(&format!("n{number}"));
    }
    let heard = hears_all(&mut ann, 3000);
    assert!((0..3000).map(|number| format!("n{number}")).eq(heard));
}
