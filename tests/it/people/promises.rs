//! Names, numbers and resume, over real sockets: the promises to numbered clients. The same rules
//! are tested by the thousand in `src/chat_rule/tests`, and over bad connections in
//! `reconnects.rs`.
//!
//! Method: `Numbered` checks every line that it gets against what it knows.

use serde_json::json;
use threadbare::base::threads as thread;

use crate::harness::{End, Fault, Numbered, Proxy, TestServer, eventually};

#[test]
fn named_people_and_classic_clients_are_in_one_room_with_one_order() {
    let server = TestServer::start();
    let mut old = server.joins("old");
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.says("hello\nall");
    old.hears("Ann: hello all");
    old.says("plain");
    old.hears("plain");
    bo.asks(json!({"type": "me", "room": "lobby", "text": "waves"}));
    old.hears("* Bo waves");
    for person in [&mut ann, &mut bo] {
        let last = person.hears("me");
        assert_eq!((last["from"].as_str(), last["seq"].as_u64()), (Some("Bo"), Some(4)));
    }
    let texts: Vec<_> = ann.view("lobby").lines.values().cloned().collect();
    assert_eq!(texts, ["(old is here)", "hello\nall", "plain", "waves"]);
    assert_eq!(bo.view("lobby").lines, ann.view("lobby").lines);
}

#[test]
fn a_classic_client_is_known_as_one_and_has_a_guests_name() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut old = server.joins("old");
    old.says("hi");
    let line = ann.hears_until(|line| line["text"] == "hi");
    assert_eq!(line["classic"], true);
    assert!(line["from"].as_str().unwrap().starts_with("guest-"), "{line}");
}

#[test]
fn who_comes_back_has_its_name_and_all_that_was_said_meanwhile() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.says("before");
    bo.hears("message");
    bo.vanishes();
    for number in 0..100 {
        ann.says(&format!("meanwhile {number}"));
    }
    ann.hears_until(|line| line["type"] == "sent" && line["seq"] == 101);
    bo.comes_back();
    bo.hears("caught-up");
    assert_eq!((bo.name.as_str(), bo.last("lobby")), ("Bo", 101));
    assert_eq!(bo.view("lobby").lines, ann.view("lobby").lines);
    assert!(bo.view("lobby").gaps.is_empty());
}

#[test]
fn what_was_edited_or_deleted_is_so_for_whoever_comes_later() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("helo");
    ann.says("secret");
    ann.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": "hello"}));
    ann.asks(json!({"type": "edit", "room": "lobby", "seq": 2, "text": "still secret"}));
    ann.asks(json!({"type": "delete", "room": "lobby", "seq": 2}));
    assert_eq!(ann.hears("delete")["of"], 2);
    let later = Numbered::joins(server.addr, "Later");
    let lines: Vec<_> = later.view("lobby").lines.values().cloned().collect();
    assert_eq!(lines, ["hello", "", "hello", "", ""]);
}

#[test]
fn e8_of_two_who_ask_for_one_name_at_once_one_has_it() {
    let server = TestServer::start();
    for round in 0..25 {
        let name = format!("Name {round}");
        let joins = || Numbered::joins(server.addr, &name);
        let pair = std::thread::scope(|scope| {
            [(); 2].map(|()| scope.spawn(joins)).map(|thread| thread.join().unwrap())
        });
        let winners = pair.iter().filter(|person| person.name == name).count();
        assert_eq!(winners, 1, "{:?}", pair.map(|person| person.name));
    }
}

#[test]
fn a_slow_numbered_client_falls_behind_and_catches_up_and_is_not_evicted() {
    let server = TestServer::start();
    let proxy = Proxy::to(server.addr);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut slow = Numbered::joins(proxy.addr, "Slow");
    proxy.does(Fault::Stall);
    let long = "x".repeat(1000);
    for _ in 0..900 {
        ann.says(&long);
        ann.hears("sent");
    }
    proxy.does(Fault::None);
    slow.hears_until(|line| line["type"] == "behind");
    slow.hears_over_any_connection_until(|slow| slow.last("lobby") == 900);
    assert_eq!(slow.name, "Slow");
    // About a quarter of a megabyte is kept in memory; the rest was announced as gone.
    let lines = &slow.view("lobby").lines;
    let gone: u64 = slow.view("lobby").gaps.iter().map(|(from, to)| to - from + 1).sum();
    assert_eq!(lines.len() as u64 + gone, 900);
}

#[test]
fn street_b16_who_never_says_hello_is_closed_after_ten_seconds() {
    needs!(Names);
    let server = TestServer::start();
    let mut silent: Vec<_> = (0..200).map(|_| Numbered::connects(server.addr)).collect();
    server.waits_for_clients(200);
    for person in &mut silent {
        assert_eq!(person.hears_end_after_patience(), End::Closed(Some(1008)));
    }
    eventually("all are gone", || server.clients() == 0);
}

#[test]
fn a_stopping_server_waits_for_nobodys_hello() {
    let server = TestServer::start();
    let mut silent = Numbered::connects(server.addr);
    server.waits_for_clients(1);
    assert_eq!(server.stops(), 0);
    silent.hears_next().unwrap_err();
}

#[test]
fn a_stopping_server_says_goodbye_with_its_reason() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let stopper = thread::spawn("stopper", move || assert_eq!(server.stops(), 0)).unwrap();
    assert_eq!(ann.hears("bye")["reason"], "server_stopping");
    assert_eq!(ann.hears_next(), Err(End::Closed(Some(1001))));
    ann.vanishes();
    stopper.join().unwrap();
}
