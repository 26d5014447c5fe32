//! What a client of `threadbare.v1` receives: one JSON object in each text frame.
//!
//! Owns: how each answer and each line of a log is written.
//! Must not know: which client receives it.
//!
//! Part: `formats/v1/mod.rs`.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use super::keeping::{acted, poll, room_state, waits};
use super::shape::{LimitsJson, Logged, RoomJson, SpanJson, TextLine};
use crate::base::{limits, wall_clock};
use crate::chat::answer::{Answer, Fault, Joined, PersonState, RoomPrivacy, RoomSummary, Wrong};
use crate::chat::entry::{
    AuthorTag, Entry, EntryKind, Epoch, MessageId, Seq, ToReader, UnixMillis,
};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::numbers::SkipRange;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::removed_lines::{RemovedLines, RemovedOf};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Mark;
use crate::chat::token::Token;
use crate::formats::{Frame, LogPosition};

/// Makes the frame for a line of a log. `log` is the number that the hub has given the log. `past`
/// is what an older line is to the person who receives it; `None`: the line is new.
pub fn encode_line(log: NonZeroU64, entry: &Entry, past: Option<ToReader>) -> Frame {
    Frame::log_line(&line_text(entry, past), LogPosition { log, seq: entry.seq.0 })
}

fn fault_json(fault: &Fault) -> TextLine<'_> {
    let (why, what) = match fault.wrong.as_deref() {
        Some(Wrong::Name(bad)) => bad.why(),
        Some(Wrong::NoSecret) => ("no-secret", None),
        _ => ("", None),
    };
    let wait = match fault.wrong.as_deref() {
        Some(Wrong::TooManyGuesses(wait)) => Some(wait.as_millis()),
        _ => None,
    };
    TextLine::Error {
        room: fault.room.as_ref().map(RoomName::as_str),
        id: fault.id.as_ref().map(MessageId::as_str),
        reason: fault.word,
        text: &fault.text,
        why: Some(why).filter(|why| !why.is_empty()),
        what,
        wait,
    }
}

/// Returns a line of a log as a JSON text. `past` is what an older line is to the person who
/// receives it; `None`: the line is new.
pub fn line_text(entry: &Entry, past: Option<ToReader>) -> String {
    json(&line_json(entry, past))
}

/// Makes the frame for an answer or a notice. `text_bytes_max` is the greatest length of a
/// message's text, in bytes.
pub fn encode_answer(answer: &Answer, text_bytes_max: usize) -> Frame {
    Frame::text(&answer_text(answer, text_bytes_max))
}

/// Returns an answer or a notice as a JSON text. `text_bytes_max` is the greatest length of a
/// message's text, in bytes.
pub fn answer_text(answer: &Answer, text_bytes_max: usize) -> String {
    json(&answer_json(answer, text_bytes_max))
}

/// Makes the frame with the `bye`, the last text before a close frame. `reason` is the server's
/// word for why the connection ends.
pub fn bye(reason: &str) -> Frame {
    Frame::text(&bye_text(reason))
}

/// Returns the JSON text of a `bye`. `reason` is the server's word for why the connection ends.
pub fn bye_text(reason: &str) -> String {
    json(&TextLine::Bye { reason })
}

fn line_json(entry: &Entry, past: Option<ToReader>) -> TextLine<'_> {
    let ToReader { own, to_you } = past.unwrap_or_default();
    // All who are in the room share the frame of a new line. So it has the name of the person who
    // is answered, and each client knows by it whether it is this person's.
    let new_reply = entry.replied_to().filter(|_| past.is_none() && entry.log != LogName::Private);
    let with = |of, text| Logged {
        room: room(&entry.log),
        seq: entry.seq.0,
        time: entry.at.0,
        from: entry.by.name.shown(),
        to: None,
        with: None,
        own,
        classic: entry.by.classic,
        mark: entry.by.mark.as_ref().map(Mark::to_string),
        id: entry.id.as_ref().map(MessageId::as_str),
        reply: entry.replied_to().map(|replied_to| replied_to.seq.0),
        reply_to: new_reply.and_then(|reply| reply.name_then.as_ref()).map(Name::shown),
        to_you: to_you && !own,
        of,
        edited: entry.is_edited(),
        text,
    };
    match &entry.what {
        EntryKind::Said(text) => TextLine::Message(with(None, Some(text))),
        EntryKind::Acted(text) => TextLine::Me(with(None, Some(text))),
        EntryKind::Edited { of, text } => TextLine::Edit(with(Some(of.0), Some(text))),
        EntryKind::Deleted { of } => TextLine::Delete(with(Some(of.0), None)),
        EntryKind::Topic(text) => TextLine::Topic(with(None, Some(text))),
        EntryKind::Renamed(to) => {
            TextLine::NewName(Logged { to: Some(to.shown()), ..with(None, None) })
        }
        EntryKind::Pinned(of) => TextLine::Pin(with(Some(of.0).filter(|of| *of > 0), None)),
        EntryKind::Private { to, with: other, own, text } => {
            let is_deleted = text.is_empty();
            let of = Some(entry.seq.0).filter(|_| is_deleted);
            let text = Some(&**text).filter(|_| !is_deleted);
            let (to, other) = (Some(to.shown()), other.number());
            let line = Logged { to, with: other, own: *own, ..with(of, text) };
            if is_deleted { TextLine::Delete(line) } else { TextLine::Private(line) }
        }
        EntryKind::Removed(RemovedLines { before, lines, of }) => TextLine::Removed {
            room: room(&entry.log),
            seq: entry.seq.0,
            time: entry.at.0,
            from: entry.by.name.shown(),
            before: before.0,
            lines: lines.iter().map(|seq| seq.0).collect(),
            all: *of == RemovedOf::Everybody,
        },
    }
}

fn past_lines(entries: &[Arc<Entry>], person: Option<PersonId>) -> Vec<TextLine<'_>> {
    entries.iter().map(|entry| line_json(entry, Some(entry.to_reader(person)))).collect()
}

fn why(reason: &Refused, room: Option<&RoomName>) -> String {
    match (reason, room) {
        (Refused::PasswordNeeded, None) => "this chat needs a password".to_owned(),
        (reason, _) => reason.to_string(),
    }
}

fn answer_json(answer: &Answer, text_bytes_max: usize) -> TextLine<'_> {
    match answer {
        Answer::Welcome { name, former, mark, token, kept_for, rooms, at } => {
            let (names, mark) = ((name, former.as_ref()), mark.as_ref());
            welcome(names, mark, token.as_ref(), *kept_for, rooms, *at, text_bytes_max)
        }
        Answer::Sent { log, id, seq, at, is_away } => {
            let id = id.as_ref().map(MessageId::as_str);
            TextLine::Sent { room: room(log), id, seq: seq.0, time: at.0, away: *is_away }
        }
        Answer::Refused { room, id, reason, said } => {
            refused(room.as_ref(), id.as_ref(), reason, said.as_deref())
        }
        Answer::Fault(fault) => fault_json(fault),
        Answer::Joined(joined) => joined_json(joined),
        Answer::Left(room) => TextLine::Left { room: room.as_str() },
        Answer::Rooms { rooms, more } => {
            TextLine::Rooms { rooms: rooms.iter().map(room_line).collect(), more: *more }
        }
        Answer::Listed(line) => {
            TextLine::Listed { line: room_line(line), hidden: line.privacy.hidden }
        }
        Answer::SignedInElsewhere => TextLine::SignedInElsewhere,
        Answer::EnteredElsewhere(room) => TextLine::EnteredElsewhere { room: room.as_str() },
        Answer::Who { room, names, people, busy, keepers, hosts } => {
            who_json((room, *people), names, busy, keepers, hosts)
        }
        Answer::Person(person) => person_json(person),
        Answer::Excuse { room, name, excuse } => {
            excuse_json(room.as_ref(), name, excuse.as_deref())
        }
        Answer::History { log, entries, person, more, skipped, lost, .. } => {
            let (lines, lost) = (past_lines(entries, *person), lost_of(lost, skipped));
            TextLine::History { room: room(log), lines, more: *more, lost }
        }
        Answer::Found { log, entries, person, next, .. } => {
            let lines = past_lines(entries, *person);
            TextLine::Found { room: room(log), lines, next: next.map(|seq| seq.0) }
        }
        Answer::Behind(log) => TextLine::Behind { room: room(log) },
        Answer::CaughtUp { log, seq } => TextLine::CaughtUp { room: room(log), seq: seq.0 },
        Answer::TooOld { log, from, to } => {
            TextLine::TooOld { room: room(log), from: from.0, to: to.0 }
        }
        Answer::NotKept { log, from, to, lines, damaged } => {
            let all = to.0.saturating_sub(from.0).saturating_add(1);
            let lines = Some(*lines).filter(|lines| *lines != all);
            TextLine::NotKept { room: room(log), from: from.0, to: to.0, lines, damaged: *damaged }
        }
        Answer::Skipped { log, from, to, damaged } => {
            TextLine::Skipped { room: room(log), from: from.0, to: to.0, damaged: *damaged }
        }
        Answer::Keeping { kept, reason } => TextLine::Keeping { kept: *kept, reason },
        Answer::Presence { room, name, here, people } => presence((room, name), *here, *people),
        Answer::Renamed { from, to, secret, token, .. } => {
            renamed(from, to, *secret, token.as_ref())
        }
        Answer::PrivateName { with, name } => private_name(*with, name),
        Answer::Set { room, privacy } => set(room, *privacy),
        Answer::Session(token) => TextLine::Session { token: token.as_ref().map(Token::reveal) },
        Answer::Invite { room, token } => invite(room, token.as_ref()),
        Answer::DeviceLink(token) => device(token.as_ref()),
        Answer::Host | Answer::NotHost => role(answer),
        Answer::Acted(done) => acted(done),
        Answer::RoomState(rules) => room_state(rules),
        Answer::Poll(news) => poll(news),
        Answer::Waits { room, name } => waits(room, name),
        Answer::Forgotten => TextLine::Forgotten {},
        Answer::HaveRead { log, with, epoch, seq } => read(log, *with, *epoch, *seq),
        Answer::Typing { room, name } => typing(room, name),
    }
}

fn role(answer: &Answer) -> TextLine<'_> {
    TextLine::Role { role: if *answer == Answer::Host { "host" } else { "person" } }
}

fn refused<'a>(
    room: Option<&'a RoomName>,
    id: Option<&'a MessageId>,
    reason: &'a Refused,
    said: Option<&'a str>,
) -> TextLine<'a> {
    TextLine::Refused {
        room: room.map(RoomName::as_str),
        id: id.map(MessageId::as_str),
        reason: reason.word(),
        text: why(reason, room),
        time: (*reason == Refused::AnotherPerson).then(|| wall_clock::now().0),
        secret: *reason == Refused::NameHasSecret,
        former: *reason == Refused::NameGivenUp,
        wait: reason.wait().map(|wait| wait.as_millis()),
        said,
    }
}

fn who_json<'a>(
    (room, people): (&'a RoomName, usize),
    names: &'a [Name],
    busy: &'a [(Name, String)],
    keepers: &'a [Name],
    hosts: &'a [Name],
) -> TextLine<'a> {
    let shown = |names: &'a [Name]| names.iter().map(Name::shown).collect();
    let away = busy.iter().map(|(name, excuse)| (name.shown(), excuse.as_str())).collect();
    let (names, keepers, hosts) = (shown(names), shown(keepers), shown(hosts));
    TextLine::Who { room: room.as_str(), names, people, away, keepers, hosts }
}

fn joined_json(joined: &Joined) -> TextLine<'_> {
    TextLine::Joined {
        room: room(&joined.log),
        epoch: joined.epoch.to_string(),
        seq: joined.seq.0,
        from: joined.from.0,
        topic: &joined.topic,
        pinned: joined
            .pinned
            .as_ref()
            .map(|pin| Box::new(line_json(&pin.entry, Some(ToReader::default())))),
        pinned_by: joined.pinned.as_ref().and_then(|pin| pin.by.as_ref()).map(Name::shown),
        maker: joined.is_maker,
        read: joined.read.map(|seq| seq.0),
        people: joined.people,
        hidden: joined.privacy.hidden,
        locked: joined.privacy.locked,
        frozen: joined.state.frozen,
        closed: joined.state.closed,
        slow: joined.state.slow.as_secs(),
        lesson: joined.state.lesson,
        poll: joined.state.poll,
        muted: joined.muted.map_or(0, |left| left.as_secs().max(1)),
        welcome: &joined.welcome,
    }
}

fn person_json(person: &PersonState) -> TextLine<'_> {
    TextLine::Person {
        name: person.name.shown(),
        here: person.here,
        away: person.excuse.as_deref(),
        seen: person.seen.map(|at| at.0),
        seq: person.wrote.map(|seq| seq.0),
    }
}

fn excuse_json<'a>(
    room: Option<&'a RoomName>,
    name: &'a Name,
    text: Option<&'a str>,
) -> TextLine<'a> {
    let (room, name) = (room.map(RoomName::as_str), name.shown());
    match text {
        Some(text) => TextLine::Away { room, name, text },
        None => TextLine::Back { room, name },
    }
}

fn renamed<'a>(from: &'a Name, to: &'a Name, secret: bool, token: Option<&Token>) -> TextLine<'a> {
    let token = token.map(Token::reveal);
    TextLine::Renamed { from: from.shown(), to: to.shown(), secret, token }
}

fn private_name(with: AuthorTag, name: &Name) -> TextLine<'_> {
    let with = with.number().unwrap_or_default();
    TextLine::PrivateName { room: None, with, name: name.shown() }
}

fn invite<'a>(room: &'a RoomName, token: Option<&Token>) -> TextLine<'a> {
    let token = token.map(Token::reveal).unwrap_or_default();
    TextLine::Invite { room: room.as_str(), token }
}

fn device(token: Option<&Token>) -> TextLine<'_> {
    let token = token.map(Token::reveal).unwrap_or_default();
    TextLine::Device { token, lasts: limits::DEVICE_LINK_KEPT.as_secs() }
}

/// Returns the ranges in `lost`, and, marked with `maybe`, the ranges in `skipped` in which damage
/// may have destroyed lines. They are sorted by their first numbers.
fn lost_of(lost: &[(Seq, Seq)], skipped: &[SkipRange]) -> Vec<SpanJson> {
    let sure = lost.iter().map(|(from, to)| SpanJson { from: from.0, to: to.0, maybe: false });
    let damaged = skipped.iter().filter(|skip| skip.damaged);
    let damaged = damaged.map(|skip| SpanJson { from: skip.first.0, to: skip.last.0, maybe: true });
    let mut all: Vec<_> = sure.chain(damaged).collect();
    all.sort_by_key(|span| span.from);
    all
}

fn room(log: &LogName) -> Option<&str> {
    log.room().map(RoomName::as_str)
}

fn welcome<'a>(
    (name, former): (&'a Name, Option<&'a Name>),
    mark: Option<&Mark>,
    token: Option<&Token>,
    kept_for: Option<Duration>,
    rooms: &'a [RoomName],
    at: UnixMillis,
    text_bytes_max: usize,
) -> TextLine<'a> {
    TextLine::Welcome {
        version: super::VERSION,
        name: name.shown(),
        former: former.map(Name::shown),
        mark: mark.map(Mark::to_string),
        token: token.map(Token::reveal).unwrap_or_default(),
        kept_for: kept_for.map(|time| time.as_secs()),
        rooms: rooms.iter().map(RoomName::as_str).collect(),
        time: at.0,
        server: concat!("threadbare/", env!("CARGO_PKG_VERSION")),
        limits: LimitsJson {
            text: text_bytes_max,
            topic: limits::TOPIC_BYTES_MAX.min(text_bytes_max),
            name: limits::NAME_CHARS_MAX,
            rooms: limits::ROOMS_PER_CLIENT_MAX,
            history: limits::HISTORY_PAGE_MAX,
        },
    }
}

fn set(room: &RoomName, RoomPrivacy { hidden, locked }: RoomPrivacy) -> TextLine<'_> {
    TextLine::Set { room: room.as_str(), hidden, locked }
}

fn read(log: &LogName, with: AuthorTag, epoch: Epoch, seq: Seq) -> TextLine<'_> {
    let (epoch, with) = (epoch.to_string(), with.number());
    TextLine::Read { room: room(log), with, epoch, seq: seq.0 }
}

fn typing<'a>(room: &'a RoomName, name: &'a Name) -> TextLine<'a> {
    TextLine::Typing { room: room.as_str(), name: name.shown() }
}

fn presence<'a>((room, name): (&'a RoomName, &'a Name), here: bool, people: usize) -> TextLine<'a> {
    TextLine::Presence { room: room.as_str(), name: name.shown(), here, people }
}

fn room_line(line: &RoomSummary) -> RoomJson<'_> {
    let (room, topic, people) = (line.room.as_str(), line.topic.as_str(), line.people);
    RoomJson { room, topic, people, locked: line.privacy.locked }
}

fn json(line: &TextLine<'_>) -> String {
    #[expect(clippy::expect_used, reason = "no map with odd keys, no failing writer")]
    serde_json::to_string(line).expect("a line is always JSON")
}
