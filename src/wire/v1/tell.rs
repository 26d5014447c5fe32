//! What a client of `threadbare.v1` is told: one JSON object in each text frame.
//!
//! Owns: their shapes. `docs/PROTOCOL.md` has an example of each, and the tests
//! hold what is sent against `docs/protocol.schema.json`.
//! Must not know: who is told.
//!
//! Next: `hub/mod.rs`.

use std::num::NonZeroU64;

use serde::Serialize;

use crate::chat::entry::{Entry, MessageId, What};
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;
use crate::chat::secret::Mark;
use crate::chat::token::Token;
use crate::chat::told::Told;
use crate::limits;
use crate::wire::{Frame, LogPlace};

/// One text. Numbers are plain, times are milliseconds since 1970.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line<'a> {
    Welcome(Welcome<'a>),
    Message(Logged<'a>),
    Me(Logged<'a>),
    Edit(Logged<'a>),
    Delete(Logged<'a>),
    Topic(Logged<'a>),
    Sent { room: &'a str, id: Option<&'a str>, seq: u64, time: u64 },
    Refused(Refusal<'a>),
    Error { room: Option<&'a str>, id: Option<&'a str>, reason: &'a str, text: &'a str },
    Joined(Joined<'a>),
    Left { room: &'a str },
    Rooms { rooms: Vec<RoomLine<'a>>, more: bool },
    Who { room: &'a str, names: Vec<&'a str>, people: usize },
    History { room: &'a str, lines: Vec<Line<'a>>, more: bool },
    Behind { room: &'a str },
    CaughtUp { room: &'a str, seq: u64 },
    TooOld { room: &'a str, from: u64, to: u64 },
    NotKept { room: &'a str, from: u64, to: u64 },
    Skipped { room: &'a str, from: u64, to: u64 },
    Keeping { kept: bool, reason: &'a str },
    Presence { room: &'a str, name: &'a str, here: bool, people: usize },
    Renamed { from: &'a str, to: &'a str },
    Set { room: &'a str, hidden: bool, locked: bool },
    Typing { room: &'a str, name: &'a str },
    Bye { reason: &'a str },
}

/// Who one is, and what one may.
#[derive(Serialize)]
struct Welcome<'a> {
    version: u32,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    token: String,
    server: &'a str,
    limits: Limits,
}

/// What one hears about a room on coming in.
#[derive(Serialize)]
struct Joined<'a> {
    room: &'a str,
    epoch: String,
    seq: u64,
    from: u64,
    topic: &'a str,
    people: usize,
    hidden: bool,
    locked: bool,
}

/// What did not happen.
#[derive(Serialize)]
struct Refusal<'a> {
    room: Option<&'a str>,
    id: Option<&'a str>,
    reason: &'a str,
    text: String,
    /// Milliseconds after which the same would be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<u128>,
    /// The text that was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<&'a str>,
}

/// A line of a log.
#[derive(Serialize)]
struct Logged<'a> {
    room: &'a str,
    seq: u64,
    time: u64,
    from: &'a str,
    /// A client of the classic format, which has no name of its own choice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    classic: bool,
    /// What goes with the name's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// Which line is edited or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// The bounds that a client should know before it meets them.
#[derive(Serialize)]
struct Limits {
    /// Bytes of a message's text.
    text: usize,
    /// Bytes of a topic.
    topic: usize,
    /// Characters of a name.
    name: usize,
    /// Rooms at once.
    rooms: usize,
    /// Lines of one piece of history.
    history: usize,
}

#[derive(Serialize)]
struct RoomLine<'a> {
    room: &'a str,
    topic: &'a str,
    people: usize,
    locked: bool,
}

/// A line of a log; `room` is the hub's number of its room.
pub fn entry(room: NonZeroU64, entry: &Entry) -> Frame {
    Frame::log_line(&entry_text(entry), LogPlace { room, seq: entry.seq.0 })
}

/// The same as a JSON text, for who keeps it in a file.
pub fn entry_text(entry: &Entry) -> String {
    json(&logged(entry))
}

/// An answer or a notice. `text_bytes_max` is the longest text of a message.
pub fn told(told: &Told, text_bytes_max: usize) -> Frame {
    Frame::text(&json(&line(told, text_bytes_max)))
}

/// As [`told`], for what stands in a log's place.
pub fn told_at(told: &Told, text_bytes_max: usize, place: LogPlace) -> Frame {
    Frame::log_line(&json(&line(told, text_bytes_max)), place)
}

/// The last words before a close frame; `reason` is the log's word for it.
pub fn bye(reason: &str) -> Frame {
    Frame::text(&json(&Line::Bye { reason }))
}

fn logged(entry: &Entry) -> Line<'_> {
    let with = |of, text| Logged {
        room: entry.room.as_str(),
        seq: entry.seq.0,
        time: entry.at.0,
        from: entry.by.name.shown(),
        classic: entry.by.classic,
        mark: entry.by.mark.as_ref().map(Mark::to_string),
        id: entry.id.as_ref().map(MessageId::as_str),
        of,
        text,
    };
    match &entry.what {
        What::Said(text) => Line::Message(with(None, Some(text))),
        What::Acted(text) => Line::Me(with(None, Some(text))),
        What::Edited { of, text } => Line::Edit(with(Some(of.0), Some(text))),
        What::Deleted { of } => Line::Delete(with(Some(of.0), None)),
        What::Topic(text) => Line::Topic(with(None, Some(text))),
    }
}

fn line(told: &Told, text_bytes_max: usize) -> Line<'_> {
    match told {
        Told::Welcome { name, mark, token } => {
            Line::Welcome(welcome(name, mark.as_ref(), token, text_bytes_max))
        }
        Told::Sent { room, id, seq, at } => {
            let id = id.as_ref().map(MessageId::as_str);
            Line::Sent { room: room.as_str(), id, seq: seq.0, time: at.0 }
        }
        Told::Refused { room, id, reason, said } => Line::Refused(Refusal {
            room: room.as_ref().map(RoomName::as_str),
            id: id.as_ref().map(MessageId::as_str),
            reason: reason.word(),
            text: reason.to_string(),
            wait: reason.wait().map(|wait| wait.as_millis()),
            said: said.as_deref(),
        }),
        Told::Fault(fault) => Line::Error {
            room: fault.room.as_ref().map(RoomName::as_str),
            id: fault.id.as_ref().map(MessageId::as_str),
            reason: fault.word,
            text: &fault.text,
        },
        Told::Joined(joined) => Line::Joined(Joined {
            room: joined.room.as_str(),
            epoch: joined.epoch.to_string(),
            seq: joined.seq.0,
            from: joined.from.0,
            topic: &joined.topic,
            people: joined.people,
            hidden: joined.nature.hidden,
            locked: joined.nature.locked,
        }),
        Told::Left(room) => Line::Left { room: room.as_str() },
        Told::Rooms { rooms, more } => {
            Line::Rooms { rooms: rooms.iter().map(room_line).collect(), more: *more }
        }
        Told::Who { room, names, people } => {
            let names = names.iter().map(Name::shown).collect();
            Line::Who { room: room.as_str(), names, people: *people }
        }
        Told::History { room, entries, more } => {
            let lines = entries.iter().map(|entry| logged(entry)).collect();
            Line::History { room: room.as_str(), lines, more: *more }
        }
        Told::Behind(room) => Line::Behind { room: room.as_str() },
        Told::CaughtUp { room, seq } => Line::CaughtUp { room: room.as_str(), seq: seq.0 },
        Told::TooOld { room, from, to } => {
            Line::TooOld { room: room.as_str(), from: from.0, to: to.0 }
        }
        Told::NotKept { room, from, to } => {
            Line::NotKept { room: room.as_str(), from: from.0, to: to.0 }
        }
        Told::Skipped { room, from, to } => {
            Line::Skipped { room: room.as_str(), from: from.0, to: to.0 }
        }
        Told::Keeping { kept, reason } => Line::Keeping { kept: *kept, reason },
        Told::Presence { room, name, here, people } => {
            let (room, name) = (room.as_str(), name.shown());
            Line::Presence { room, name, here: *here, people: *people }
        }
        Told::Renamed { from, to } => Line::Renamed { from: from.shown(), to: to.shown() },
        Told::Set { room, nature } => {
            Line::Set { room: room.as_str(), hidden: nature.hidden, locked: nature.locked }
        }
        Told::Typing { room, name } => Line::Typing { room: room.as_str(), name: name.shown() },
    }
}

fn welcome<'a>(
    name: &'a Name,
    mark: Option<&Mark>,
    token: &Token,
    text_bytes_max: usize,
) -> Welcome<'a> {
    Welcome {
        version: super::VERSION,
        name: name.shown(),
        mark: mark.map(Mark::to_string),
        token: token.reveal(),
        server: concat!("threadbare/", env!("CARGO_PKG_VERSION")),
        limits: bounds(text_bytes_max),
    }
}

fn room_line(line: &crate::chat::told::RoomLine) -> RoomLine<'_> {
    let (room, topic, people) = (line.room.as_str(), line.topic.as_str(), line.people);
    RoomLine { room, topic, people, locked: line.nature.locked }
}

fn bounds(text_bytes_max: usize) -> Limits {
    Limits {
        text: text_bytes_max,
        topic: limits::TOPIC_BYTES_MAX.min(text_bytes_max),
        name: limits::NAME_CHARS_MAX,
        rooms: limits::ROOMS_PER_CLIENT_MAX,
        history: limits::HISTORY_PAGE_MAX,
    }
}

fn json(line: &Line<'_>) -> String {
    #[expect(clippy::expect_used, reason = "no map with odd keys, no failing writer")]
    serde_json::to_string(line).expect("a line is always JSON")
}
