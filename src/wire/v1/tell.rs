//! What a client of `threadbare.v1` is told: one JSON object in each text frame.
//!
//! Owns: what becomes of each answer and each line of a log.
//! Must not know: who is told.
//!
//! Next: `wire/v1/shape.rs`.

use std::num::NonZeroU64;
use std::sync::Arc;

use super::shape::{Joined, Limits, Line, Logged, Refusal, RoomLine, Span, Welcome};
use crate::chat::entry::{Entry, MessageId, Seq, What};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::numbers::Skip;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::secret::Mark;
use crate::chat::token::Token;
use crate::chat::told::{Fault, Nature, Told, Wrong};
use crate::limits;
use crate::wire::{Frame, LogPlace};

/// A line of a log; `room` is the hub's number of its room, `own`: its reader has said it before.
pub fn entry(room: NonZeroU64, entry: &Entry, own: bool) -> Frame {
    Frame::log_line(&entry_text(entry, own), LogPlace { room, seq: entry.seq.0 })
}

fn error(fault: &Fault) -> Line<'_> {
    let (why, what) = match fault.wrong.as_deref() {
        Some(Wrong::Name(bad)) => bad.why(),
        Some(Wrong::NoSecret) => ("no-secret", None),
        _ => ("", None),
    };
    let wait = match fault.wrong.as_deref() {
        Some(Wrong::TooManyGuesses(wait)) => Some(wait.as_millis()),
        _ => None,
    };
    Line::Error {
        room: fault.room.as_ref().map(RoomName::as_str),
        id: fault.id.as_ref().map(MessageId::as_str),
        reason: fault.word,
        text: &fault.text,
        why: Some(why).filter(|why| !why.is_empty()),
        what,
        wait,
    }
}

/// The same as a JSON text, for who keeps it in a file.
pub fn entry_text(entry: &Entry, own: bool) -> String {
    json(&logged(entry, own))
}

/// An answer or a notice. `text_bytes_max` is the longest text of a message.
pub fn told(told: &Told, text_bytes_max: usize) -> Frame {
    Frame::text(&told_text(told, text_bytes_max))
}

/// The same as a JSON text.
pub fn told_text(told: &Told, text_bytes_max: usize) -> String {
    json(&line(told, text_bytes_max))
}

/// As [`told`], for what stands in a log's place.
pub fn told_at(told: &Told, text_bytes_max: usize, place: LogPlace) -> Frame {
    Frame::log_line(&json(&line(told, text_bytes_max)), place)
}

/// The last words before a close frame; `reason` is the log's word for it.
pub fn bye(reason: &str) -> Frame {
    Frame::text(&bye_text(reason))
}

/// The same as a JSON text.
pub fn bye_text(reason: &str) -> String {
    json(&Line::Bye { reason })
}

fn logged(entry: &Entry, own: bool) -> Line<'_> {
    let with = |of, text| Logged {
        room: room(&entry.log),
        seq: entry.seq.0,
        time: entry.at.0,
        from: entry.by.name.shown(),
        to: None,
        own,
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
        What::Private { to, own, text } => {
            Line::Private(Logged { to: Some(to.shown()), own: *own, ..with(None, Some(text)) })
        }
    }
}

/// Lines that were said before, as one who asked is told them.
fn past(entries: &[Arc<Entry>], reader: Option<PersonId>) -> Vec<Line<'_>> {
    entries.iter().map(|entry| logged(entry, entry.is_by(reader))).collect()
}

fn why(reason: &Refused, room: Option<&RoomName>) -> String {
    match (reason, room) {
        (Refused::PasswordNeeded, None) => "this box asks for a password".to_owned(),
        (reason, _) => reason.to_string(),
    }
}

fn line(told: &Told, text_bytes_max: usize) -> Line<'_> {
    match told {
        Told::Welcome { name, mark, token, kept_for } => {
            let kept_for = kept_for.map(|time| time.as_secs());
            welcome(name, mark.as_ref(), token.as_ref(), kept_for, text_bytes_max)
        }
        Told::Sent { log, id, seq, at, is_away } => {
            let id = id.as_ref().map(MessageId::as_str);
            Line::Sent { room: room(log), id, seq: seq.0, time: at.0, away: *is_away }
        }
        Told::Refused { room, id, reason, said } => Line::Refused(Refusal {
            room: room.as_ref().map(RoomName::as_str),
            id: id.as_ref().map(MessageId::as_str),
            reason: reason.word(),
            text: why(reason, room.as_ref()),
            wait: reason.wait().map(|wait| wait.as_millis()),
            said: said.as_deref(),
        }),
        Told::Fault(fault) => error(fault),
        Told::Joined(joined) => Line::Joined(Joined {
            room: room(&joined.log),
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
        Told::History { log, entries, reader, more, skipped, lost } => {
            let lines = past(entries, *reader);
            let lost = lost_of(lost, skipped);
            Line::History { room: room(log), lines, more: *more, lost }
        }
        Told::Found { log, entries, reader, next } => {
            let lines = past(entries, *reader);
            Line::Found { room: room(log), lines, next: next.map(|seq| seq.0) }
        }
        Told::Behind(log) => Line::Behind { room: room(log) },
        Told::CaughtUp { log, seq } => Line::CaughtUp { room: room(log), seq: seq.0 },
        Told::TooOld { log, from, to } => Line::TooOld { room: room(log), from: from.0, to: to.0 },
        Told::NotKept { log, from, to, lines, damaged } => {
            let all = to.0.saturating_sub(from.0).saturating_add(1);
            let lines = Some(*lines).filter(|lines| *lines != all);
            Line::NotKept { room: room(log), from: from.0, to: to.0, lines, damaged: *damaged }
        }
        Told::Skipped { log, from, to, damaged } => {
            Line::Skipped { room: room(log), from: from.0, to: to.0, damaged: *damaged }
        }
        Told::Keeping { kept, reason } => Line::Keeping { kept: *kept, reason },
        Told::Presence { room, name, here, people } => presence((room, name), *here, *people),
        Told::Renamed { from, to, secret, token } => renamed(from, to, *secret, token.as_ref()),
        Told::Set { room, nature } => set(room, *nature),
        Told::Session(token) => Line::Session { token: token.as_ref().map(Token::reveal) },
        Told::Typing { room, name } => Line::Typing { room: room.as_str(), name: name.shown() },
    }
}

fn renamed<'a>(from: &'a Name, to: &'a Name, secret: bool, token: Option<&Token>) -> Line<'a> {
    let token = token.map(Token::reveal);
    Line::Renamed { from: from.shown(), to: to.shown(), secret, token }
}

/// What is lost of a piece of a log: what is known to be, and where damage may have taken lines.
fn lost_of(lost: &[(Seq, Seq)], skipped: &[Skip]) -> Vec<Span> {
    let sure = lost.iter().map(|(from, to)| Span { from: from.0, to: to.0, maybe: false });
    let damaged = skipped.iter().filter(|skip| skip.damaged);
    let damaged = damaged.map(|it| Span { from: it.first.0, to: it.last.0, maybe: true });
    let mut all: Vec<_> = sure.chain(damaged).collect();
    all.sort_by_key(|span| span.from);
    all
}

/// What the log's room is called.
fn room(log: &LogName) -> Option<&str> {
    log.room().map(RoomName::as_str)
}

fn welcome<'a>(
    name: &'a Name,
    mark: Option<&Mark>,
    token: Option<&Token>,
    kept_for: Option<u64>,
    text_bytes_max: usize,
) -> Line<'a> {
    Line::Welcome(Welcome {
        version: super::VERSION,
        name: name.shown(),
        mark: mark.map(Mark::to_string),
        token: token.map(Token::reveal).unwrap_or_default(),
        kept_for,
        server: concat!("threadbare/", env!("CARGO_PKG_VERSION")),
        limits: bounds(text_bytes_max),
    })
}

fn set(room: &RoomName, Nature { hidden, locked }: Nature) -> Line<'_> {
    Line::Set { room: room.as_str(), hidden, locked }
}

fn presence<'a>((room, name): (&'a RoomName, &'a Name), here: bool, people: usize) -> Line<'a> {
    Line::Presence { room: room.as_str(), name: name.shown(), here, people }
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
