//! F5: a person leaves for good, and the server is killed at any moment after that. `STREET_SEED`
//! repeats the moments.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;

use super::export::exported;
use super::saved::saved;
use crate::harness::browser::Browser;
use crate::harness::{Data, Numbered, Rng, ServerProcess, Signal, eventually};

/// What all texts of the people who leave have in them.
const MARK: &str = "swordfish";
/// How many lines each of them says. The history's thread removes 512 lines in one step.
const LINES: usize = 300;
/// The texts are so long that memory holds few of them.
const TEXT_WORDS: usize = 500;
/// The latest kill, in microseconds after the removal is stored: by then some or all of the steps
/// are done.
const LIFE_MAX: u64 = 20_000;
const KILLS: usize = 4;

/// Somebody whose name has a secret says so much in the lobby, and something to Bo alone.
fn talks(addr: SocketAddr, name: &str) -> Numbered {
    let mut person = Numbered::connects(addr);
    let with_secret = format!("{name}#word");
    person.asks(json!({"type": "hello", "name": with_secret, "rooms": [{"room": "lobby"}]}));
    person.hears("caught-up");
    for number in 0..LINES {
        person.says(&format!("{name}: {MARK} {number}{}", " tea".repeat(TEXT_WORDS)));
        if number % 50 == 0 {
            person.hears_over_any_connection_until(Numbered::is_answered);
        }
    }
    assert!(person.tries_to_say("@Bo", &format!("{name}: {MARK}, Bo")));
    person.hears_over_any_connection_until(Numbered::is_answered);
    person.vanishes();
    person
}

/// Whether a file of the history has a text of this person.
fn is_on_the_disk(data: &Data, name: &str) -> bool {
    let words = format!("{name}: {MARK}");
    std::fs::read_dir(data.folder()).unwrap().flatten().any(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
}

/// Nobody gets a text of somebody who has left, or meets that person.
fn nobody_reads_it(data: &Data, server: &ServerProcess, gone: &str) {
    let page = Browser::opens(server.addr, "/r/lobby").page;
    assert!(!page.contains(gone), "{page}");
    for text in [saved(server.addr, "lobby/save?as=text").1, exported(data, &[])] {
        assert!(!text.contains(gone), "{text}");
    }
    // The name is free.
    let mut eve = Numbered::joins(server.addr, gone);
    assert_eq!(eve.name, gone);
    assert!(!eve.view("lobby").lines.values().any(|text| text.contains(gone)));
    let mut query = json!({"type": "search", "room": "lobby", "text": format!("{gone} {MARK}")});
    loop {
        eve.asks(query.clone());
        let found = eve.hears("found");
        assert_eq!(found["lines"], json!([]), "{found}");
        if found["next"].is_null() {
            return;
        }
        query["before"] = found["next"].clone();
    }
}

#[test]
fn f5_whenever_a_kill_comes_after_a_person_has_left_for_good_nothing_of_them_is_there() {
    let mut rng = Rng::new();
    let data = Data::new();
    let mut server = data.start(&["--rate", "0"]);
    let addr = server.addr.to_string();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let names: Vec<_> = (0..KILLS).map(|number| format!("Ann{number}")).collect();
    // Most of what they say is only in the file when they leave.
    let mut people: Vec<_> = names.iter().map(|name| talks(server.addr, name)).collect();
    for (ann, name) in people.iter_mut().zip(&names) {
        bo.comes_back();
        bo.says("good-bye");
        bo.hears_over_any_connection_until(Numbered::is_answered);
        ann.comes_back();
        ann.hears("caught-up");
        // The history writes this file when it has stored the removal, and before the first step.
        let access = data.folder().join("access");
        let has_name = || std::fs::read_to_string(&access).unwrap().contains(name);
        assert!(has_name());
        ann.asks(json!({"type": "forget-me", "name": name}));
        ann.hears("forgotten");
        eventually("the removal to be stored", || !has_name());
        // A pause that is the point: the kill comes at a random moment.
        std::thread::park_timeout(Duration::from_micros(rng.below(LIFE_MAX)));
        server.gets_signal(Signal::KILL);
        server.ends();
        server = data.start(&["--rate", "0", "--addr", &addr]);
        nobody_reads_it(&data, &server, name);
        eventually("every file to have lost it", || !is_on_the_disk(&data, name));
    }
    let (_, lines) = saved(server.addr, "lobby/save?as=text");
    assert_eq!(lines.matches("good-bye").count(), KILLS, "what others have said is there");
}
