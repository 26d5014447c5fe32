//! What outlives the server: E3, E4, F2 to F5 over real processes and a real file.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use threadbare::history::store::STORE_BUSY_WAIT;

use crate::harness::{Data, Numbered, Signal, eventually, is_long, kept_in};

#[test]
fn f5_names_rooms_and_messages_are_there_after_a_kill() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.asks(json!({"type": "topic", "room": "lobby", "text": "soup"}));
    ann.hears("sent");
    ann.says("last");
    ann.hears_until(|line| line["type"] == "sent" && line["seq"] == 3);
    let server = data.after_a_crash(server);
    ann.comes_back();
    let joined = ann.hears("joined");
    assert_eq!((joined["topic"].as_str(), &*ann.name), (Some("soup"), "Ann"));
    ann.hears("caught-up");
    ann.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": "after", "id": "e"}));
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "e");
    let mut bo = Numbered::connects(server.addr);
    bo.asks(json!({"type": "hello", "name": "Ann", "rooms": [{"room": "lobby"}]}));
    assert_eq!(bo.hears("refused")["reason"], "name-taken");
    bo.hears("caught-up");
    let first = bo.view("lobby").lines.values().next().cloned();
    assert_eq!(first.as_deref(), Some("after"));
}

#[test]
fn f5_a_new_name_of_whoever_has_written_is_a_line_of_the_log_at_its_place_after_a_kill_too() {
    let data = Data::new();
    let server = data.start(&[]);
    // Whoever has written nothing has no lines that would need it.
    let mut cleo = Numbered::joins(server.addr, "Cleo");
    cleo.asks(json!({"type": "name", "name": "Clea"}));
    cleo.hears("renamed");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("before");
    bo.hears("sent");
    bo.asks(json!({"type": "name", "name": "Robert"}));
    let line = bo.hears("new-name");
    assert_eq!(
        (&line["from"], &line["to"], &line["seq"]),
        (&json!("Bo"), &json!("Robert"), &json!(2))
    );
    bo.says("after");
    bo.hears_until(|line| line["type"] == "sent" && line["seq"] == 3);
    let server = data.after_a_crash(server);
    let mut dora = Numbered::joins(server.addr, "Dora");
    dora.asks(json!({"type": "history", "room": "lobby", "before": 4, "count": 9}));
    let past = dora.hears("history");
    let told = past["lines"].as_array().unwrap().iter().map(|line| {
        [&line["type"], &line["from"], &line["to"]]
            .map(|field| field.as_str().unwrap_or("").to_owned())
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [["message", "Bo", ""], ["new-name", "Bo", "Robert"], ["message", "Robert", ""]]
    );
    // With the person's messages both names go.
    bo.comes_back();
    bo.hears("caught-up");
    bo.asks(json!({"type": "forget-me", "name": "Robert"}));
    bo.hears("forgotten");
    dora.asks(json!({"type": "history", "room": "lobby", "before": 4, "count": 9}));
    let past = dora.hears("history").to_string();
    assert!(!past.contains("Bo") && !past.contains("Robert"), "{past}");
}

fn enters(person: &mut Numbered, by: &str, key: &Value) {
    person.asks(json!({"type": "join", "room": "den", by: key}));
    person.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    shows_its_token(person);
}

/// The person's session has gained a right with this token, and has it from now on.
fn shows_its_token(person: &mut Numbered) {
    person.asks(json!({"type": "session", "token": person.token}));
    person.hears("session");
}

#[test]
fn f5_whoever_was_let_into_a_locked_room_is_let_in_after_a_kill_too() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    shows_its_token(&mut vera);
    // Ann has entered the password with her only session, so all her sessions may enter. Bo has a
    // second session, which has not entered it.
    let mut ann = Numbered::joins(server.addr, "Ann");
    enters(&mut ann, "password", &json!("swordfish"));
    let [mut bo, second] = [(); 2].map(|()| Numbered::joins(server.addr, "Bo#tulip"));
    assert_eq!(second.name, "Bo");
    vera.asks(json!({"type": "invite", "room": "den"}));
    let invite = vera.hears("invite")["token"].clone();
    enters(&mut bo, "invite", &invite);
    // A thief has Bo's token. Bo signs out everywhere else, and the thief becomes a guest with the
    // old token.
    let stolen = bo.token.clone();
    bo.asks(json!({"type": "sign-out"}));
    bo.hears("session");
    assert_ne!(bo.token, stolen);
    let mut thief = Numbered::connects(server.addr);
    thief.asks(json!({"type": "hello", "token": stolen, "rooms": [{"room": "lobby"}]}));
    thief.hears_until(|line| line["type"] == "caught-up");
    assert_ne!(thief.name, "Bo");
    // What came before these messages is stored, too.
    thief.says_each(&["I am nobody"]);
    bo.says_each(&["here I am"]);
    let server = data.after_a_crash(server);
    for person in [&mut vera, &mut ann, &mut bo] {
        person.comes_back();
        person.hears_until(|line| line["type"] == "joined" && line["room"] == "den");
    }
    thief.comes_back();
    thief.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(thief.hears("refused")["reason"], "password-needed");
    let mut second = Numbered::joins(server.addr, "Bo#tulip");
    second.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(second.hears("refused")["reason"], "password-needed");
    // A new password ends it, also if the old one is set again later.
    bo.asks(json!({"type": "leave", "room": "den"}));
    bo.hears("left");
    for password in ["catfish", "swordfish"] {
        vera.asks(json!({"type": "set", "room": "den", "password": password}));
        vera.hears("set");
    }
    ann.asks(json!({"type": "leave", "room": "den"}));
    ann.says_each(&["out again"]);
    let server = data.after_a_crash(server);
    let cleo = Numbered::joins(server.addr, "Cleo");
    bo.comes_back();
    for mut person in [bo, cleo] {
        person.asks(json!({"type": "join", "room": "den"}));
        person.hears_until(|line| line["reason"] == "password-needed");
    }
}

#[test]
fn f5_what_was_acknowledged_survives_kill_after_kill() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let kills = if is_long() { 1000 } else { 20 };
    let mut said = 0;
    for kill in 0..kills {
        for number in 0..50 {
            said += 1;
            if !ann.tries_to_say("lobby", &format!("{kill}-{number}")) {
                break;
            }
        }
        // Some messages have their answer and some do not, but not more than a good client leaves
        // open. A client that never waits would use ids again that the room has forgotten.
        let open = if kill % 3 == 0 { 50 } else { 50 - kill % 20 };
        while ann.unanswered() > open && ann.hears_next().is_ok() {}
        server = data.after_a_crash(server);
        ann.comes_back();
    }
    ann.hears_over_any_connection_until(Numbered::is_answered);
    let mut bo = Numbered::connects(server.addr);
    let lobby = ann.view("lobby");
    bo.asks(
        json!({"type": "hello", "rooms": [{"room": "lobby", "epoch": lobby.epoch(), "seq": 0}]}),
    );
    bo.hears("caught-up");
    let seen = &bo.view("lobby").lines;
    println!("{} of {said} are still in memory", seen.len());
    for (id, seq) in &ann.sent {
        if let Some(text) = seen.get(seq) {
            let own = lobby.lines.get(seq);
            assert!(own.is_none_or(|own| own == text), "{id}: {own:?} became {text}");
        }
    }
    let file = Connection::open(data.file()).unwrap();
    let count: i64 =
        file.query_row("SELECT count(DISTINCT text) FROM lines", [], |row| row.get(0)).unwrap();
    let all: i64 = file.query_row("SELECT count(*) FROM lines", [], |row| row.get(0)).unwrap();
    assert_eq!((count, all), (said, said), "each once");
    let fine: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
}

#[test]
fn e4_without_its_history_a_room_begins_another_life() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.hears("sent");
    let before = ann.view("lobby").epoch().to_owned();
    let (addr, mut server) = (server.addr.to_string(), server);
    server.gets_signal(Signal::KILL);
    server.ends();
    std::fs::remove_dir_all(data.folder()).unwrap();
    let _server = data.start(&["--addr", &addr]);
    ann.comes_back();
    ann.hears("caught-up");
    assert_ne!(ann.view("lobby").epoch(), before);
    assert!(ann.view("lobby").lines.is_empty());
}

#[test]
fn f3_while_another_program_holds_the_file_the_talk_goes_on() {
    let data = Data::new();
    let mut server = data.start(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let other = Connection::open(data.file()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = Instant::now();
    // Several times as long as the store waits for the file; in the long run, as long as the row
    // says.
    let wait = if is_long() { Duration::from_secs(30) } else { STORE_BUSY_WAIT * 3 };
    let mut count = 0;
    while locked.elapsed() < wait {
        let started = Instant::now();
        ann.says(&format!("line {count}"));
        bo.hears_until(|line| line["text"] == format!("line {count}"));
        let took = started.elapsed();
        assert!(took < STORE_BUSY_WAIT, "nobody waits for the file: {took:?}");
        count += 1;
        // A pause that is the point: people talk for as long as the file is locked.
        std::thread::park_timeout(Duration::from_millis(40));
    }
    bo.hears_over_any_connection_until(|bo| !bo.is_kept);
    assert!(ann.sent.is_empty(), "nothing claims to be sent that is not");
    other.execute_batch("ROLLBACK").unwrap();
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    // Some of the messages were not called sent, and Ann says them again.
    ann.comes_back();
    ann.hears_over_any_connection_until(Numbered::is_answered);
    drop(other);
    server.gets_signal(Signal::KILL);
    server.ends();
    let kept: Vec<_> = kept_in(&data.file()).into_iter().map(|line| line.text).collect();
    assert!(kept.iter().eq(bo.view("lobby").lines.values()), "{kept:?}");
    assert_eq!(kept.len(), count, "each once");
}

/// Says so much that the server forgets the beginning in memory.
fn talks_at_length(person: &mut Numbered) -> u64 {
    let count = threadbare::base::limits::ROOM_LOG_ENTRIES_MAX as u64 + 300;
    for number in 0..count {
        person.says(&format!("line {number}"));
        if number % 50 == 0 {
            person.hears_over_any_connection_until(Numbered::is_answered);
        }
    }
    person.hears_over_any_connection_until(Numbered::is_answered);
    count
}

#[test]
fn e3_what_memory_has_forgotten_comes_from_the_file() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.vanishes();
    let count = talks_at_length(&mut ann);
    bo.comes_back();
    bo.hears("caught-up");
    let lines = &bo.view("lobby").lines;
    assert_eq!((lines.len() as u64, &bo.view("lobby").gaps), (count, &vec![]));
    assert_eq!(lines[&1], "line 0");
}

#[test]
fn whoever_scrolls_back_comes_to_the_first_line() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let count = talks_at_length(&mut ann);
    ann.asks(json!({"type": "edit", "room": "lobby", "seq": count, "text": "last", "id": "e"}));
    let (mut seen, mut before) = (0, count + 1);
    loop {
        ann.asks(json!({"type": "history", "room": "lobby", "before": before, "count": 100}));
        let page = ann.hears("history");
        let numbers: Vec<_> = page["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["seq"].as_u64().unwrap())
            .collect();
        assert!(numbers.iter().copied().eq(before - numbers.len() as u64..before), "{numbers:?}");
        seen += numbers.len() as u64;
        before = numbers.first().copied().unwrap_or(before);
        if page["more"] == false {
            break;
        }
        assert!(!numbers.is_empty());
    }
    assert_eq!((seen, before), (count, 1));
}

#[test]
fn f2_when_the_file_is_removed_what_memory_has_is_kept_again() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.hears("sent");
    std::fs::remove_dir_all(data.folder()).unwrap();
    ann.says("after");
    ann.hears("sent");
    let server = data.after_a_crash(server);
    ann.comes_back();
    ann.hears("caught-up");
    assert_eq!(ann.view("lobby").lines.values().collect::<Vec<_>>(), ["before", "after"]);
    let mut bo = Numbered::connects(server.addr);
    bo.asks(json!({"type": "hello", "name": "Ann", "rooms": [{"room": "lobby"}]}));
    assert_eq!(bo.hears("refused")["reason"], "name-taken");
    bo.hears("caught-up");
    assert_eq!(bo.view("lobby").lines.values().collect::<Vec<_>>(), ["before", "after"]);
}

#[test]
fn f2_a_second_server_does_not_get_the_folder_though_its_lock_was_removed() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    std::fs::remove_file(data.folder().join("lock")).unwrap();
    let words = data.refuses_a_start_by(&[]);
    assert!(words.contains("another threadbare keeps its history in"), "{words}");
    ann.says("still here");
    ann.hears("sent");
    assert_eq!(kept_in(&data.file()).len(), 1);
}

/// Whether a file of the folder contains these words.
fn is_on_the_disk(data: &Data, words: &str) -> bool {
    std::fs::read_dir(data.folder()).unwrap().flatten().any(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
}

#[test]
fn f8_what_was_taken_back_is_gone_from_every_file_while_the_server_runs() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    // A long text has pages of its own in the file, which become free.
    let texts = ["swordfish", "hunter2", &"correct horse battery staple ".repeat(130)];
    for text in texts {
        ann.says(text);
    }
    ann.says("this stays");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    assert!(is_on_the_disk(&data, "swordfish") && is_on_the_disk(&data, "horse battery"));
    ann.asks(json!({"type": "delete", "room": "lobby", "seq": 1}));
    ann.asks(json!({"type": "edit", "room": "lobby", "seq": 2, "text": "******"}));
    ann.asks(json!({"type": "delete", "room": "lobby", "seq": 3, "id": "d"}));
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "d");
    for words in ["swordfish", "hunter2", "horse battery"] {
        eventually(&format!("{words} to be gone"), || !is_on_the_disk(&data, words));
    }
    assert!(is_on_the_disk(&data, "this stays"));
    server.gets_signal(Signal::TERM);
    server.ends();
}

#[test]
fn f4_a_damaged_history_is_set_aside_and_said_so() {
    let data = Data::new();
    std::fs::create_dir_all(data.folder()).unwrap();
    std::fs::write(data.file(), [0xa5; 20_000]).unwrap();
    let server = data.start(&[]);
    server.logs(&["ERROR", "the history is damaged; it is set aside"]);
    Numbered::joins(server.addr, "Ann").says("a new one");
    assert_eq!(std::fs::read(data.folder().join("damaged-1.sqlite")).unwrap(), [0xa5; 20_000]);
}

#[test]
fn f4_damage_that_shows_only_at_the_end_costs_nothing_that_memory_has() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("before");
    ann.hears("sent");
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0));
    // An index of the rooms, which the server reads only after a room has changed.
    let file = Connection::open(data.file()).unwrap();
    let number =
        |sql: &str| file.query_row(sql, [], |row| row.get::<_, u32>(0)).map(u64::from).unwrap();
    let page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_rooms_1'");
    let bytes = number("PRAGMA page_size");
    drop(file);
    let mut server = data.start(&[]);
    // The damage comes after the start, because a start reads all pages.
    let file = std::fs::OpenOptions::new().write(true).open(data.file()).unwrap();
    let garbage = vec![0xa5; usize::try_from(bytes).unwrap()];
    std::os::unix::fs::FileExt::write_all_at(&file, &garbage, (page - 1) * bytes).unwrap();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("after");
    bo.hears("sent");
    assert!(!server.log().iter().any(|line| line.contains("damaged")), "{:?}", server.log());
    // No client delays the end.
    drop(bo);
    server.logs(&["client left"]);
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0), "{:?}", server.log());
    server.logs(&["ERROR", "the history is damaged; it is set aside"]);
    let server = data.start(&[]);
    let cleo = Numbered::joins(server.addr, "Cleo");
    assert_eq!(cleo.view("lobby").lines.values().collect::<Vec<_>>(), ["before", "after"]);
}

#[test]
fn f8_what_is_thrown_away_is_shown_no_more() {
    let data = Data::new();
    let server = data.start(&["--keep-lines", "10", "--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    for number in 1..=50 {
        ann.says(&format!("line {number}"));
    }
    let history = json!({"type": "history", "room": "lobby", "count": 50});
    eventually("the newest ten, and no others", || {
        ann.asks(history.clone());
        let told = ann.hears("history");
        let numbers = told["lines"].as_array().unwrap().iter().map(|line| &line["seq"]);
        numbers.eq(&(41..=50).map(Value::from).collect::<Vec<_>>())
    });
}
