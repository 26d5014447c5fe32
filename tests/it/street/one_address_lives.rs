//! C9 over restarts: what one address made in earlier lives of the server still counts as its own.

use serde_json::json;

use crate::harness::{Data, ServerProcess, Signal};
use crate::street::one_address::{HELD, Program};

/// The next life of the server: after a kill, or after an orderly end.
fn next_run(data: &Data, mut server: ServerProcess, life: usize) -> ServerProcess {
    server.gets_signal(if life.is_multiple_of(2) { Signal::TERM } else { Signal::KILL });
    server.ends();
    data.start(&HELD)
}

/// One address says something in each of these rooms, which may be new; returns in how many.
fn says_a_word_in(server: &ServerProcess, life: usize, rooms: &[String]) -> usize {
    let greedy = Program::at(server.addr, 2);
    let session = greedy.says_hello(&format!("Greedy {life} {}", rooms[0])).unwrap();
    let said = rooms.iter().filter(|room| {
        let said = greedy.says(&session, room, &format!("a{life}"), "mine");
        greedy.asks(&format!("/r/{room}?s={session}"), &json!({"type": "leave", "room": room}));
        said.is_ok()
    });
    said.count()
}

#[test]
fn street_c9_one_address_has_half_of_the_rooms_at_most_in_however_many_lives() {
    needs!(Names, History);
    let data = Data::new();
    let mut server = data.start(&HELD);
    let (mut made, mut before): (_, Vec<String>) = (0, Vec::new());
    for life in 0..7 {
        if life > 0 {
            server = next_run(&data, server, life);
            says_a_word_in(&server, life, &before);
        }
        before = (0..40).map(|number| format!("room-{life}-{number}")).collect();
        made += says_a_word_in(&server, life, &before);
    }
    println!("one address has made {made} rooms in seven lives");
    for is_restarted in [false, true] {
        if is_restarted {
            server = next_run(&data, server, 1);
        }
        for number in 30..34 {
            let other = Program::at(server.addr, number);
            let session = other.says_hello(&format!("Other {number} {is_restarted}")).unwrap();
            let room = format!("other-{number}-{is_restarted}");
            assert_eq!(other.says(&session, &room, "a1", "at last"), Ok(1));
        }
    }
    assert!(made <= 100, "{made} of the 200, while others have next to none");
}

#[test]
fn street_c9_names_of_many_lives_of_one_address_take_no_name_of_another_one_s() {
    needs!(Names, History);
    let data = Data::new();
    let mut server = data.start(&HELD);
    let office = Program::at(server.addr, 10);
    for number in 0..120 {
        office.says_hello(&format!("Office {number}")).unwrap();
    }
    for life in 1..20 {
        // The first life ends in order, because the server does not promise that a name survives a
        // kill.
        server = next_run(&data, server, life + 1);
        let crowd = Program::at(server.addr, 2);
        for number in 0..128 {
            crowd.says_hello(&format!("Crowd {life} {number}")).unwrap();
        }
    }
    server = next_run(&data, server, 1);
    let stranger = Program::at(server.addr, 11);
    let is_free = |number: &u32| stranger.says_hello(&format!("Office {number}")).is_ok();
    let free: Vec<_> = (0..120).filter(is_free).collect();
    assert_eq!(free, [0; 0], "names of people who are away");
}

/// One address sends long messages to Ann until fifty are refused; returns how many were accepted.
fn floods_ann(server: &ServerProcess, life: usize) -> usize {
    let flood = Program::at(server.addr, 2);
    let session = flood.says_hello(&format!("Flood {life}")).unwrap();
    let (path, text) = (format!("/r/lobby?s={session}"), "x".repeat(3900));
    let (mut sent, mut refused) = (0, 0);
    while refused < 50 && sent < 3000 {
        let id = format!("f{life}-{sent}-{refused}");
        let write = json!({"type": "private", "to": "Ann", "id": id, "text": text});
        let (_, told) = flood.asks(&path, &write);
        match (told[0]["type"].as_str(), told[0]["reason"].as_str()) {
            (Some("sent"), _) => sent += 1,
            (Some("refused"), Some("too-fast")) => refused += 1,
            _ => panic!("{told}"),
        }
    }
    sent
}

/// The oldest message that waits for Ann, found page by page.
fn oldest_of_ann(server: &ServerProcess, session: &str) -> String {
    let (ann, path) = (Program::at(server.addr, 10), format!("/r/lobby?s={session}"));
    let mut before = json!(1_000_000);
    loop {
        let read = json!({"type": "history", "room": null, "before": before});
        let (_, told) = ann.asks(&path, &read);
        let first = &told[0]["lines"][0];
        if told[0]["more"] != true {
            return first["text"].as_str().unwrap_or_default().to_owned();
        }
        before = first["seq"].clone();
    }
}

#[test]
fn street_c9_no_flood_of_private_messages_takes_one_that_was_sent_to_somebody_who_is_away() {
    needs!(Names, Pages, History);
    let data = Data::new();
    let flags: Vec<_> = HELD.into_iter().chain(["--keep-size", "8"]).collect();
    let mut server = data.start(&flags);
    let ann = Program::at(server.addr, 10).says_hello("Ann").unwrap();
    server.gets_signal(Signal::TERM);
    server.ends();
    server = data.start(&flags);
    let friend = Program::at(server.addr, 11);
    let session = friend.says_hello("Friend").unwrap();
    let write = json!({"type": "private", "to": "Ann", "id": "p1", "text": "meet me at six"});
    let (_, sent) = friend.asks(&format!("/r/lobby?s={session}"), &write);
    assert_eq!((&sent[0]["type"], &sent[0]["away"]), (&json!("sent"), &json!(true)), "{sent}");
    for life in 0..3 {
        println!("life {life}: {} of one address wait", floods_ann(&server, life));
        server.gets_signal(if life == 1 { Signal::TERM } else { Signal::KILL });
        server.ends();
        server = data.start(&flags);
    }
    let write = json!({"type": "private", "to": "Ann", "id": "p2", "text": "or at seven"});
    let session = friend_again(&server);
    let (_, sent) = Program::at(server.addr, 11).asks(&format!("/r/lobby?s={session}"), &write);
    assert_eq!(sent[0]["type"], "sent", "there is a place for others: {sent}");
    assert_eq!(oldest_of_ann(&server, &ann), "meet me at six");
    let bytes = std::fs::metadata(data.file()).unwrap().len();
    assert!(bytes <= 8 * 1024 * 1024, "{bytes}");
}

fn friend_again(server: &ServerProcess) -> String {
    Program::at(server.addr, 11).says_hello("Friend again").unwrap()
}
