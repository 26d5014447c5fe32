//! The final logs, read in two ways: from `threadbare export`, and by a new client that scrolls
//! back. Private messages are in no export; each guest that has some reads its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::book::{Book, GARBLED, GuestNumber, Log, Number, What, find};
use super::harness::Numbered;
use super::judge::Kept;
use super::seen::Kind;

/// The rooms of a run; the lobby first.
pub const ROOMS: [&str; 6] = ["lobby", "kitchen", "garden", "cellar", "茶馆", "attic"];

/// The id that clients of this test give to an entry of the book.
pub fn id_of(number: Number) -> String {
    format!("judged-{number}")
}

/// The entry that this id names; 0 if it names none, or is the id of a form.
pub fn number_of(id: &str) -> Number {
    id.strip_prefix("judged-").and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// The number of the room that a line names.
pub fn room_number(name: &str) -> Option<u8> {
    let place = ROOMS.iter().position(|room| *room == name)?;
    u8::try_from(place).ok()
}

/// A line of a log in the words of `threadbare.v1`; `None` if it is not a line of a log.
pub fn kept(book: &Book, line: &Value) -> Option<Kept> {
    let kind = match line["type"].as_str()? {
        "message" => Kind::Said,
        "me" => Kind::Acted,
        "edit" => Kind::Edited,
        "delete" => Kind::Deleted,
        "topic" => Kind::Topic,
        "private" => Kind::Private,
        _ => return None,
    };
    let text = line["text"].as_str().map_or(0, |text| text_of(book, text));
    Some(Kept {
        seq: line["seq"].as_u64()?,
        kind,
        id: line["id"].as_str().map_or(0, number_of),
        text,
        of: line["of"].as_u64().unwrap_or_default(),
        from: line["from"].as_str()?.to_owned(),
    })
}

/// The entry whose text is exactly this.
pub fn text_of(book: &Book, text: &str) -> Number {
    match find(text) {
        Some((0, number)) if book.get(number).is_some_and(|entry| entry.text == text) => number,
        _ => GARBLED,
    }
}

/// Runs `threadbare export --as jsonl` while the server runs.
pub fn exported(book: &Book, program: &Path, folder: &Path) -> BTreeMap<Log, Vec<Kept>> {
    let mut command = Command::new(program);
    command.args(["export", "--as", "jsonl", "--data"]).arg(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut logs: BTreeMap<Log, Vec<Kept>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let room = room_number(line["room"].as_str().unwrap()).expect("a room of this run");
        let kept = kept(book, &line).unwrap_or_else(|| panic!("no line of a log: {line}"));
        logs.entry(Log::Room(room)).or_default().push(kept);
    }
    logs
}

/// The same, as a new client reads it that scrolls back to the first line.
pub fn read_back(book: &Book, addr: SocketAddr) -> BTreeMap<Log, Vec<Kept>> {
    let mut logs = BTreeMap::new();
    let mut reader = Numbered::connects(addr);
    let rooms: Vec<_> = ROOMS.iter().map(|room| json!({"room": room})).collect();
    reader.asks(json!({"type": "hello", "rooms": rooms}));
    for (number, room) in (0..).zip(ROOMS) {
        let lines = scrolls_back(book, &mut reader, &json!(room));
        if !lines.is_empty() {
            logs.insert(Log::Room(number), lines);
        }
    }
    logs
}

/// The private messages of each guest that has some, read on a new device.
pub fn private_messages(
    book: &Book,
    addr: SocketAddr,
    tokens: &BTreeMap<GuestNumber, String>,
) -> BTreeMap<Log, Vec<Kept>> {
    let mut logs = BTreeMap::new();
    let pairs = book.all().filter_map(|(_, entry)| match entry.what {
        What::Private(to) => Some([entry.by, to]),
        _ => None,
    });
    let people: std::collections::BTreeSet<_> = pairs.flatten().collect();
    for (guest, token) in tokens.iter().filter(|(guest, _)| people.contains(guest)) {
        let mut device = Numbered::connects(addr);
        let rooms = json!([{"room": "lobby"}, {"room": null}]);
        device.asks(json!({"type": "hello", "token": token, "rooms": rooms}));
        device.hears("welcome");
        let lines = scrolls_back(book, &mut device, &Value::Null);
        if !lines.is_empty() {
            logs.insert(Log::Private(*guest), lines);
        }
    }
    logs
}

fn scrolls_back(book: &Book, reader: &mut Numbered, room: &Value) -> Vec<Kept> {
    let (mut lines, mut before) = (Vec::new(), None);
    loop {
        let mut ask = json!({"type": "history", "room": room, "count": 100});
        if let Some(before) = before {
            ask["before"] = json!(before);
        }
        reader.asks(ask);
        let answer = reader.hears_until(|line| {
            let is_its = line["room"] == *room;
            is_its && (line["type"] == "history" || line["type"] == "refused")
        });
        // A guest without private messages has no such log.
        let Some(older) = answer["lines"].as_array() else { return lines };
        let older: Vec<Kept> = older.iter().filter_map(|line| kept(book, line)).collect();
        before = older.first().map(|line| line.seq).or(before);
        let is_more = answer["more"] == true && !older.is_empty();
        lines.splice(0..0, older);
        if !is_more {
            return lines;
        }
    }
}

/// Where two readings of the same logs differ.
pub fn differences(
    one: &BTreeMap<Log, Vec<Kept>>,
    other: &BTreeMap<Log, Vec<Kept>>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (log, lines) in one {
        let others = other.get(log).map_or(&[][..], Vec::as_slice);
        if lines.len() != others.len() {
            found.push(format!("{log:?}: {} lines exported, {} read", lines.len(), others.len()));
        }
        let odd = lines.iter().zip(others).find(|(line, its)| line != its);
        found.extend(odd.map(|(line, its)| format!("{log:?}: {line:?} exported, {its:?} read")));
    }
    for log in other.keys().filter(|log| !one.contains_key(log)) {
        found.push(format!("{log:?} is in no export"));
    }
    found
}
