//! Handles every frame that the server sends, except refusals: what a frame changes in the
//! conversation's state, and what is shown.
//!
//! Owns: which frame is shown, which becomes a note, and which is ignored.
//! Must not know: which connection the frame came from.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Instant;

use super::authors::{self, Authors};
use super::notices::{note_once, text_with_room};
use super::room::{FollowedRoom, KnownPosition};
use super::shown::NamePlace;
use super::{
    Act, ConsoleCore, Manner, Stamp, keeping, late, past, privacy, refusal, session, shown,
};
use crate::chat::answer::RoomPrivacy;
use crate::chat::escape::strip;
use crate::chat::name::Name;
use crate::console::v1::from_server::{FromServer, HeardEntry, HeardSpan, LogKey, Private};
use crate::console::v1::requests::ToServer;
use crate::formats::plain;
use crate::html::address::escaped;
use crate::html::mention;

/// Handles a received frame. If the frame cannot be parsed, shows a note and hangs up the
/// connection. The client then reconnects, and perhaps the next connection works.
pub(in crate::console::v1) fn handle_frame(core: &mut ConsoleCore, text: &str, now: Instant) {
    match FromServer::parse(text) {
        Ok(mut frame) => {
            authors::settle_own(core, &mut frame);
            handle_parsed(core, frame, now);
        }
        Err(why) => {
            core.note(format!("the server sent something that is not threadbare.v1: {why}"));
            core.act(Act::HangUp);
        }
    }
    if !core.logs.are_catching_up() {
        core.show_held();
    }
    core.send_ready(now);
}

fn handle_parsed(core: &mut ConsoleCore, frame: FromServer, now: Instant) {
    match &frame {
        FromServer::Message(line)
        | FromServer::Me(line)
        | FromServer::Edit(line)
        | FromServer::Delete(line)
        | FromServer::Topic(line)
        | FromServer::Pin(line)
        | FromServer::NewName(line) => handle_line(core, &frame, line),
        FromServer::Private(line) => handle_private(core, line),
        FromServer::Removed { log, seq, from, all } => {
            handle_removal(core, log, *seq, (from, *all))
        }
        FromServer::Forgotten => handle_own_removal(core),
        FromServer::Sent { id: Some(id), seq, away } => handle_sent(core, id, *seq, *away),
        FromServer::Welcome { name, token, kept_for, time, limits } => {
            if session::take_token(core, name, token) {
                core.server_clock = time.map(|time| (time, now));
                handle_welcome(core, name, limits.text, kept_for.is_some());
                core.wait_again(now);
            }
        }
        FromServer::Joined {
            log,
            epoch,
            seq,
            from,
            topic,
            pinned,
            people,
            hidden,
            locked,
            maker,
            welcome,
        } => {
            let position = (epoch.as_str(), *seq, *from);
            let is_new = *maker && *seq == 0;
            let privacy = RoomPrivacy { hidden: *hidden, locked: *locked };
            handle_joined(core, log, position, topic, (*people, is_new), privacy);
            past::show_head(core, welcome, pinned.as_deref());
        }
        FromServer::CaughtUp { log, seq } => handle_caught_up(core, log, *seq),
        FromServer::TooOld(span) | FromServer::NotKept(span) | FromServer::Skipped(span) => {
            handle_gap(core, &frame, span);
        }
        FromServer::Left { room } => handle_left(core, room),
        FromServer::Refused(refused) | FromServer::Error(refused) => {
            core.server_clock = refused.time.map(|time| (time, now)).or(core.server_clock);
            refusal::handle_refusal(core, refused, now);
        }
        FromServer::Presence { room, name, here } => handle_presence(core, room, name, *here),
        FromServer::Renamed { from, to, secret, token } => {
            handle_renamed(core, from, to, *secret, token.as_deref());
        }
        FromServer::Session { token: Some(token) } => session::keep_and_confirm_token(core, token),
        FromServer::Set { room, hidden, locked } => {
            privacy::handle_set(core, room, RoomPrivacy { hidden: *hidden, locked: *locked });
        }
        _ => handle_answer(core, &frame),
    }
}

fn handle_welcome(core: &mut ConsoleCore, name: &str, text_bytes_max: usize, is_brief: bool) {
    core.welcomed = true;
    core.away = false;
    core.text_bytes_max = Some(text_bytes_max);
    if core.me != name {
        let first = match (core.me.is_empty(), &core.claim) {
            (true, None) if name.starts_with(session::GIVEN_NAME) => {
                ": type /name NAME to have a name of your own; /help lists the commands"
            }
            (true, _) => "; /help lists the commands",
            (false, _) => " now",
        };
        name.clone_into(&mut core.me);
        let brief =
            "; many new people came from your network: your name is reserved for minutes only";
        let brief = if is_brief { brief } else { "" };
        if core.manner == Manner::Person {
            core.note_at_prompt(format!("you are {name}{first}{brief}"));
            session::note_unchecked_secret(core);
        }
    }
    catch_up_rooms(core);
    // The Tab key completes their names.
    if core.manner == Manner::Person && core.listed_rooms.is_empty() {
        core.asks_rooms = true;
        core.act(Act::Send(ToServer::Rooms));
    }
}

/// Joins and leaves the rooms that the person has joined and left since the hello.
fn catch_up_rooms(core: &mut ConsoleCore) {
    let asked = std::mem::take(&mut core.hello_rooms);
    let rooms = &core.logs.rooms;
    let joined = rooms.iter().filter(|(name, _)| !asked.contains(*name));
    let join = |room: &FollowedRoom, name| ToServer::Join(room.join_request(LogKey::Room(name)));
    let joins = joined.map(|(name, room)| join(room, name.clone()));
    let left = asked.iter().filter(|name| !rooms.contains_key(*name));
    let leaves = left.map(|name| ToServer::Leave { room: name.clone() });
    for request in joins.chain(leaves).collect::<Vec<_>>() {
        core.act(Act::Send(request));
    }
}

fn handle_joined(
    core: &mut ConsoleCore,
    log: &LogKey,
    position: (&str, u64, u64),
    topic: &str,
    (people, is_new): (usize, bool),
    privacy: RoomPrivacy,
) {
    let (epoch, newest, from) = position;
    let room = core.logs.enter(log);
    (room.joined, room.catching_up) = (true, true);
    room.invite = None;
    (room.hidden, room.locked) = (privacy.hidden, privacy.locked);
    topic.clone_into(&mut room.topic);
    let before = room.position.take();
    let words = match &before {
        None => {
            room.before_us = newest;
            let about = if topic.is_empty() { String::new() } else { format!(": {topic}") };
            let made = match is_new {
                true if privacy.locked => {
                    "; you have made this room; its password is what you typed after its name"
                }
                true => "; you have made this room",
                false => "",
            };
            format!("in {log}, {people} here{about}{made}")
        }
        Some(known) if known.epoch == epoch => format!("back in {log}"),
        Some(_) => {
            // The room has a new log. We were in the room before this log began, so none of its
            // lines counts as said before we joined.
            room.before_us = 0;
            room.last_own = None;
            room.last_of_others = None;
            room.authors = Authors::default();
            format!(
                "back in {log}, which started a new history: earlier messages are not available"
            )
        }
    };
    room.position = Some(KnownPosition::entered(before, epoch.to_owned(), from));
    core.store_rooms();
    if *log != LogKey::Private {
        core.note_to_person(|| words);
    }
    // A program may have a spelling mistake in the room's name.
    if is_new && core.manner != Manner::Person {
        core.note(format!("the room {log} is new: it did not exist until now"));
    }
}

/// Handles the server's answer that the message with this id is stored, with the number `seq` in
/// its log. `away`: the message is private, and its receiver is away.
fn handle_sent(core: &mut ConsoleCore, id: &str, seq: Option<u64>, away: bool) {
    let request = core.unsent.take(id);
    if let Some(ToServer::Say { room, .. } | ToServer::Me { room, .. }) = &request {
        let room = core.logs.rooms.get_mut(room);
        room.into_iter().for_each(|room| room.last_own = room.last_own.max(seq));
    }
    match seq {
        Some(seq) => late::number_is_known(core, id, seq),
        None => late::message_is_refused(core, id),
    }
    if let (Some(ToServer::Private { to, .. }), true) = (request, away) {
        core.note_to_person(|| format!("{to} is away and will see this when they return"));
    }
}

fn handle_caught_up(core: &mut ConsoleCore, log: &LogKey, seq: u64) {
    let Some(followed) = core.logs.log_mut(log) else { return };
    followed.catching_up = false;
    if let Some(position) = &mut followed.position {
        position.skip_to(seq);
    }
    core.act(Act::ResetPauses);
    // Between `joined` and `caught-up` the server does not report who enters or leaves the room, so
    // the client now asks for the list of people.
    let LogKey::Room(room) = log else { return };
    if core.manner == Manner::Person && core.current_room() == Some(room) {
        core.act(Act::Send(ToServer::Who { room: room.clone() }));
    }
}

fn handle_line(core: &mut ConsoleCore, frame: &FromServer, line: &HeardEntry) {
    if let Some(id) = &line.id {
        core.unsent.seen(id);
        late::number_is_known(core, id, line.seq);
    }
    if line.room.is_empty() {
        return handle_private_change(core, frame, line);
    }
    let Some(room) = core.logs.rooms.get_mut(&line.room) else { return };
    let Some(position) = &mut room.position else { return };
    let Some(missing) = position.step(line.seq) else { return };
    let is_backlog = line.seq <= room.before_us;
    if matches!(frame, FromServer::Message(_) | FromServer::Me(_)) {
        let last = if line.own { &mut room.last_own } else { &mut room.last_of_others };
        *last = Some(line.seq);
        room.authors.add(line.seq, &line.from);
    }
    if matches!(frame, FromServer::Topic(_)) {
        line.text.clone_into(&mut room.topic);
    }
    core.names_changed |= room.add_name(&line.from);
    room.has_lines = true;
    if missing > 0 {
        core.note(format!("in {}: {missing} messages did not arrive", line.room));
    }
    // A `renamed` has told a person of a new name before its line.
    let is_told = !is_backlog && matches!(frame, FromServer::NewName(_));
    // A message from before we came has its last text, or is left out if it was deleted.
    let is_done = matches!(frame, FromServer::Edit(_) | FromServer::Delete(_)) && is_backlog;
    let is_for_us = match core.manner {
        Manner::Person if is_told || is_done => false,
        Manner::Person => !core.is_ignored(&line.from),
        Manner::Script => !is_backlog,
        Manner::Courier => false,
    };
    let authors = core.logs.rooms.get(&line.room).map(|room| &room.authors);
    let text = authors.and_then(|authors| shown::line(frame, core.reader(), authors));
    if let Some(text) = text.filter(|_| is_for_us) {
        if is_backlog {
            past::show_news_mark(core, &line.room, line.seq);
        }
        let text = text_with_room(core, &line.room, text);
        let is_said = matches!(frame, FromServer::Message(_) | FromServer::Me(_));
        let calls_us = is_said && !line.own && mention::place(&line.text, &core.me).is_some();
        let number = is_said.then_some(line.seq);
        let author = NamePlace::of(&text, &line.from);
        let stamp = Stamp { number, author, calls_us, ..Stamp::of(line.time) };
        core.act(Act::Show(text, Some(stamp)));
    }
}

/// Handles an edit or a deletion of a private message. A script is told only of messages.
fn handle_private_change(core: &mut ConsoleCore, frame: &FromServer, line: &HeardEntry) {
    let log = &mut core.logs.private;
    let is_new = log.position.as_mut().is_some_and(|at| at.step(line.seq).is_some());
    let text = shown::line(frame, core.reader(), &core.logs.private.authors);
    let is_for_us = core.manner == Manner::Person && !core.is_ignored(&line.from);
    if let Some(text) = text.filter(|_| is_new && is_for_us) {
        core.act(Act::Show(format!("[private] {text}"), Some(Stamp::of(line.time))));
    }
}

fn handle_private(core: &mut ConsoleCore, line: &Private) {
    if let Some(id) = &line.id {
        core.unsent.seen(id);
    }
    let reader = core.reader();
    let log = &mut core.logs.private;
    log.has_lines = true;
    log.authors.add(line.seq, &line.from);
    let is_for_us = match &mut log.position {
        Some(position) => {
            let is_new = position.step(line.seq).is_some();
            is_new && (core.manner == Manner::Person || line.seq > log.before_us)
        }
        // Without a `joined` for the log of our private messages, we have no position in it, so
        // each private message counts as new.
        None => true,
    };
    let text = shown::private(line, reader, &log.authors);
    if is_for_us && core.manner != Manner::Courier && !core.is_ignored(&line.from) {
        let author = NamePlace::of(&text, if line.own { &line.to } else { &line.from });
        let stamp = Stamp { author, calls_us: !line.own, ..Stamp::of(line.time) };
        if core.manner == Manner::Person && core.logs.are_catching_up() {
            core.held.push((text, stamp));
        } else {
            core.act(Act::Show(text, Some(stamp)));
        }
    }
}

/// Handles the notice that somebody has removed all their lines of a log. What stands on a terminal
/// or was given to a program cannot be removed.
fn handle_removal(core: &mut ConsoleCore, log: &LogKey, seq: u64, (by, all): (&str, bool)) {
    let Some(followed) = core.logs.log_mut(log) else { return };
    let is_new = followed.position.as_mut().is_some_and(|position| position.step(seq).is_some());
    if is_new {
        core.note_to_person(|| format!("in {log}: {}", plain::removed(&Name::stored(by), all)));
    }
}

/// Ends the conversation. The token of the session is worth nothing any more.
fn handle_own_removal(core: &mut ConsoleCore) {
    core.note("all your messages and your name are removed");
    core.act(Act::End(Ok(())));
}

/// Handles the server's report that the lines in `span` are missing. In general the client shows a
/// note about it. But if all these lines are from before we joined, we have missed nothing after
/// `TooOld` or `Skipped`. Then a client for a person shows a text in place of the lines, if it has
/// received a line of the room before. Any other client then shows nothing.
fn handle_gap(core: &mut ConsoleCore, frame: &FromServer, span: &HeardSpan) {
    let log = &span.log;
    let Some(followed) = core.logs.log_mut(log) else { return };
    let is_past = span.to <= followed.before_us && !matches!(frame, FromServer::NotKept(_));
    let has_lines = followed.has_lines;
    let Some(position) = &mut followed.position else { return };
    match frame {
        FromServer::NotKept(_) => position.back_before(span.from),
        _ => position.skip_to(span.to),
    }
    if is_past {
        if has_lines && core.manner == Manner::Person {
            let text = shown::gap(frame, span);
            let text = match log {
                LogKey::Room(room) => text_with_room(core, room, text),
                LogKey::Private => text,
            };
            core.act(Act::Show(text, None));
        }
        return;
    }
    let count = span.lines.unwrap_or((span.to + 1).saturating_sub(span.from));
    let words = match frame {
        FromServer::TooOld(_) => {
            format!("in {log}: you missed {count} messages, which are no longer stored")
        }
        FromServer::NotKept(_) => {
            let why = "the server stopped before saving them";
            format!("in {log}: the last {count} messages were lost: {why}")
        }
        _ => {
            format!("in {log}: the server restarted, or its disk failed; some messages may be lost")
        }
    };
    core.note(words);
}

fn handle_left(core: &mut ConsoleCore, name: &str) {
    let is_locked = core.logs.rooms.get(name).is_some_and(|room| room.locked);
    core.logs.leave(name);
    core.store_rooms();
    for (id, request) in core.unsent.take_room(name) {
        refusal::note_not_sent(core, &request, format!("you have left {name}"));
        late::message_is_refused(core, &id);
    }
    let back = if is_locked { format!("; /join {name} brings you back") } else { String::new() };
    let here = core.current_room().map(|room| format!("; what you type goes to {room} now"));
    let here = here.unwrap_or_default();
    core.note_to_person(|| format!("you have left {name}{here}{back}"));
}

fn handle_presence(core: &mut ConsoleCore, room_name: &str, name: &str, here: bool) {
    let Some(room) = core.logs.rooms.get_mut(room_name) else { return };
    core.names_changed |= if here { room.add_name(name) } else { room.names.remove(name) };
    if name != core.me {
        let what = if here { "joined" } else { "left" };
        let text = text_with_room(core, room_name, format!("{name} {what}"));
        core.note_to_person(|| text);
    }
}

fn handle_renamed(core: &mut ConsoleCore, from: &str, to: &str, secret: bool, token: Option<&str>) {
    if let Some(token) = token {
        session::keep_and_confirm_token(core, token);
    }
    core.names_changed |= core.logs.rename(from, to);
    if core.talk.as_deref() == Some(from) {
        core.talk = Some(to.to_owned());
    }
    if secret && from == to && from == core.me {
        let words = "has a new password; enter it on your other devices: /name";
        return core.note_to_person(|| format!("{to} {words} {to}#PASSWORD"));
    }
    // The server may report a change of our own name more than once. After the first report `me` is
    // the new name, so later reports make no note.
    if from == core.me {
        to.clone_into(&mut core.me);
        core.act(Act::KeepAs(to.to_owned()));
        // A guest in place of a wanted person was not stored. With a name of their own they are.
        if token.is_none() {
            core.act(Act::StoreToken(core.token.clone()));
        }
        let more = if secret { "; with its password, the name is yours on any device" } else { "" };
        core.note_to_person(|| format!("you are now {to}{more}"));
    } else if to != core.me {
        core.note_to_person(|| format!("{from} is {to} now"));
    }
}

fn handle_answer(core: &mut ConsoleCore, frame: &FromServer) {
    match frame {
        FromServer::Who { room, names, people, away } => {
            if let Some(known) = core.logs.rooms.get_mut(room) {
                known.names.clear();
                for name in names {
                    known.add_name(name);
                }
                known.told_people = true;
                core.names_changed = true;
            }
            core.note_to_person(|| shown::people(room, names, *people, away));
        }
        FromServer::Away { name, text } => {
            note_once(core, shown::person(name, Some(text), None));
        }
        FromServer::Back { name } => note_once(core, format!("{} is back", strip(name))),
        FromServer::Person { name, away, seen } => {
            core.note_to_person(|| shown::person(name, away.as_deref(), *seen));
        }
        FromServer::Rooms { rooms, more } => {
            let is_hidden = |name: &str| core.logs.rooms.get(name).is_some_and(|room| room.hidden);
            let list = shown::rooms(rooms, is_hidden, *more);
            core.listed_rooms = rooms.iter().map(|room| strip(&room.room)).collect();
            core.names_changed = true;
            if !std::mem::take(&mut core.asks_rooms) {
                core.note_to_person(|| list);
            }
        }
        FromServer::History { log, lines, more } => {
            let sought = core.sought.take();
            let around = sought.map(|seq| format!(" around #{seq}")).unwrap_or_default();
            let more = if *more { ", and there are older ones" } else { "" };
            past::show_past(core, log, (lines, sought), |count| {
                format!("in {log}, {count}{around}{more}")
            });
        }
        FromServer::Found { log, lines, next } => {
            let more = shown::where_more_is(*next);
            let (no, hint) = ("nothing found in", "; /at #NUMBER shows what was said around one");
            past::show_past(core, log, (lines, None), |count| match lines.is_empty() {
                true => format!("{no} {log}{more}"),
                false => format!("found in {log}: {count}{more}{hint}"),
            });
        }
        FromServer::Invite { room, token } => {
            let link = format!("{}/r/{}/invite?code={token}", core.home, escaped(room));
            core.note_to_person(|| format!("whoever opens this may enter {room}: {link}"));
        }
        FromServer::Behind { log: LogKey::Room(room) } => {
            core.note_to_person(|| format!("in {room}: catching up"));
        }
        FromServer::Keeping { kept: false, reason } => {
            core.note(format!("new messages are not being saved: {reason}"));
        }
        FromServer::Keeping { kept: true, .. } => core.note("messages are being saved again"),
        FromServer::Bye { reason } => session::handle_bye(core, reason),
        // It says nothing of any other frame.
        _ => keeping::told(frame).into_iter().for_each(|told| core.note(told)),
    }
}
