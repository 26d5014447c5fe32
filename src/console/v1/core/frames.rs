//! Handles every frame that the server sends, except refusals: what a frame changes in the
//! conversation's state, and what is shown.
//!
//! Owns: which frame is shown, which becomes a note, and which is ignored.
//! Must not know: which connection the frame came from.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Instant;

use super::room::{KnownPosition, Step};
use super::{Act, ConversationCore, Manner, shown};
use crate::chat::reply::RoomPrivacy;
use crate::console::v1::replies::{FromServer, HeardEntry, HeardSpan, PRIVATE, Private};
use crate::console::v1::requests::ToServer;

impl ConversationCore {
    /// Handles a received frame. If the frame cannot be parsed, hangs up the connection. The client
    /// then reconnects, and perhaps the next connection works.
    pub(in crate::console::v1) fn on_frame(&mut self, text: &str, now: Instant) {
        match FromServer::parse(text) {
            Ok(reply) => self.on_reply(reply, now),
            Err(why) => {
                self.note(format!("the server sent something that is not threadbare.v1: {why}"));
                self.act(Act::HangUp);
            }
        }
        self.send_ready(now);
    }

    fn on_reply(&mut self, reply: FromServer, now: Instant) {
        match &reply {
            FromServer::Message(line)
            | FromServer::Me(line)
            | FromServer::Edit(line)
            | FromServer::Delete(line)
            | FromServer::Topic(line) => self.on_line(&reply, line),
            FromServer::Private(line) => self.on_private(line),
            FromServer::Sent { id: Some(id), away } => self.on_sent(id, *away),
            FromServer::Welcome { name, token, kept_for, limits } => {
                self.on_welcome(name, token, limits.text, kept_for.is_some());
            }
            FromServer::Joined { room, epoch, seq, from, topic, people, hidden } => {
                let position = (epoch.as_str(), *seq, *from);
                self.on_joined(room, position, topic, *people, *hidden);
            }
            FromServer::CaughtUp { room, seq } => self.on_caught_up(room, *seq),
            FromServer::TooOld(span) | FromServer::NotKept(span) | FromServer::Skipped(span) => {
                self.on_gap(&reply, span);
            }
            FromServer::Left { room } => self.on_left(room),
            FromServer::Refused(it) | FromServer::Error(it) => self.on_refusal(it, now),
            FromServer::Presence { room, name, here } => self.on_presence(room, name, *here),
            FromServer::Renamed { from, to, secret, token } => {
                self.on_renamed(from, to, *secret, token.as_deref());
            }
            FromServer::Session { token: Some(token) } => self.keep_and_confirm_token(token),
            FromServer::Set { room, hidden, locked } => {
                self.on_set(room, RoomPrivacy { hidden: *hidden, locked: *locked });
            }
            _ => self.on_answer(&reply),
        }
    }

    fn on_welcome(&mut self, name: &str, token: &str, text_bytes_max: usize, is_brief: bool) {
        self.welcomed = true;
        self.away = false;
        self.text_bytes_max = Some(text_bytes_max);
        self.keep_token(token);
        if self.me != name {
            let first = if self.me.is_empty() { "; /help lists the commands" } else { " now" };
            name.clone_into(&mut self.me);
            let brief =
                "; many new people came from your network: your name is reserved for minutes only";
            let brief = if is_brief { brief } else { "" };
            self.note_to_person(|| format!("you are {name}{first}{brief}"));
        }
        self.catch_up_rooms();
    }

    /// Joins and leaves the rooms that the person has joined and left since the hello.
    fn catch_up_rooms(&mut self) {
        let asked = std::mem::take(&mut self.hello_rooms);
        let joined = self.rooms.iter().filter(|(name, _)| !asked.contains(*name));
        let joins = joined.map(|(name, room)| ToServer::Join(room.join_request(name)));
        let left = asked.iter().filter(|name| !self.rooms.contains_key(*name));
        let leaves = left.map(|name| ToServer::Leave { room: name.clone() });
        for request in joins.chain(leaves).collect::<Vec<_>>() {
            self.act(Act::Send(request));
        }
    }

    fn on_joined(
        &mut self,
        name: &str,
        position: (&str, u64, u64),
        topic: &str,
        people: usize,
        hidden: bool,
    ) {
        let (epoch, newest, from) = position;
        let room = self.rooms.entry(name.to_owned()).or_default();
        (room.joined, room.hidden) = (true, hidden);
        topic.clone_into(&mut room.topic);
        let before = room.position.take();
        let told = match &before {
            None => {
                room.before_us = newest;
                let about = if topic.is_empty() { String::new() } else { format!(": {topic}") };
                format!("in {name}, {people} here{about}")
            }
            Some(known) if known.epoch == epoch => format!("back in {name}"),
            Some(_) => {
                // The room has a new log. We were in the room before this log began, so none of its
                // lines counts as said before we joined.
                room.before_us = 0;
                room.last_own = None;
                format!(
                    "back in {name}, which started a new history: earlier messages are not available"
                )
            }
        };
        room.position = Some(KnownPosition::entered(before, epoch.to_owned(), from));
        if name != PRIVATE {
            self.note_to_person(|| told);
        }
    }

    /// Handles the server's answer that the message with this id is stored. `away`: the message is
    /// private, and its receiver is not connected now and will get it later.
    fn on_sent(&mut self, id: &str, away: bool) {
        if let (Some(ToServer::Private { to, .. }), true) = (self.unsent.take(id), away) {
            self.note_to_person(|| format!("{to} is away and will see this when they return"));
        }
    }

    fn on_caught_up(&mut self, name: &str, seq: u64) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        if let Some(position) = &mut room.position {
            position.skip_to(seq);
        }
        self.act(Act::ResetPauses);
        // Between `joined` and `caught-up` the server does not report who enters or leaves the
        // room, so the client now asks for the list of people.
        if self.manner == Manner::Person && name == self.current_room && name != PRIVATE {
            self.act(Act::Send(ToServer::Who { room: name.to_owned() }));
        }
    }

    fn on_line(&mut self, reply: &FromServer, line: &HeardEntry) {
        if let Some(id) = &line.id {
            self.unsent.seen(id);
        }
        let Some(room) = self.rooms.get_mut(&line.room) else { return };
        let Some(position) = &mut room.position else { return };
        let missing = match position.step(line.seq) {
            Step::Known => return,
            Step::Next => 0,
            Step::After(missing) => missing,
        };
        let is_backlog = line.seq <= room.before_us;
        // If a line is from before we joined, our name on it does not prove that we wrote it:
        // perhaps another person had this name then.
        let is_own = line.own || (!is_backlog && line.from == self.me);
        if matches!(reply, FromServer::Message(_) | FromServer::Me(_)) && is_own {
            room.last_own = Some(line.seq);
        }
        if matches!(reply, FromServer::Topic(_)) {
            line.text.clone_into(&mut room.topic);
        }
        self.names_changed |= room.add_name(&line.from);
        room.was_told = true;
        if missing > 0 {
            self.note(format!("in {}: {missing} messages did not arrive", line.room));
        }
        let is_for_us = match self.manner {
            Manner::Person => !self.is_ignored(&line.from),
            Manner::Script => !is_backlog,
            Manner::Courier => false,
        };
        if let Some(text) = shown::line(reply, self.reader()).filter(|_| is_for_us) {
            let text = self.with_room(&line.room, text);
            self.act(Act::Show(text));
        }
    }

    fn on_private(&mut self, line: &Private) {
        if let Some(id) = &line.id {
            self.unsent.seen(id);
        }
        // Without a `joined` for the log of our private messages, we have no position in it, so
        // each private message counts as new.
        let log = self.rooms.get_mut(PRIVATE);
        let is_for_us = log.is_none_or(|log| {
            log.was_told = true;
            let is_new =
                log.position.as_mut().is_none_or(|position| position.step(line.seq) != Step::Known);
            is_new && (self.manner == Manner::Person || line.seq > log.before_us)
        });
        if is_for_us && self.manner != Manner::Courier && !self.is_ignored(&line.from) {
            self.act(Act::Show(shown::private(line, self.reader())));
        }
    }

    /// Handles the server's report that the lines in `span` are missing. Usually the client shows a
    /// note about it. If all these lines are from before we joined, we have missed nothing. Then a
    /// client for a person shows a text in place of the lines, if it has received a line of the
    /// room before; any other client shows nothing.
    fn on_gap(&mut self, reply: &FromServer, span: &HeardSpan) {
        let name = &span.room;
        let Some(room) = self.rooms.get_mut(name) else { return };
        let is_past = span.to <= room.before_us && !matches!(reply, FromServer::NotKept(_));
        let was_told = room.was_told;
        let Some(position) = room.position.as_mut() else { return };
        if is_past {
            position.skip_to(span.to);
            if was_told && self.manner == Manner::Person {
                let text = shown::gap(reply, span);
                let text = if name == PRIVATE { text } else { self.with_room(name, text) };
                self.act(Act::Show(text));
            }
            return;
        }
        let name = if name == PRIVATE { "private" } else { name };
        let count = span.lines.unwrap_or((span.to + 1).saturating_sub(span.from));
        let words = match reply {
            FromServer::TooOld(_) => {
                position.skip_to(span.to);
                format!("in {name}: you missed {count} messages, which are no longer stored")
            }
            FromServer::NotKept(_) => {
                position.back_before(span.from);
                format!(
                    "in {name}: the last {count} messages were lost: the server stopped before saving them"
                )
            }
            _ => {
                position.skip_to(span.to);
                format!(
                    "in {name}: the server has crashed; messages that were not shown yet may be lost"
                )
            }
        };
        self.note(words);
    }

    fn on_left(&mut self, name: &str) {
        self.rooms.remove(name);
        self.note_to_person(|| format!("you have left {name}"));
        self.switch_from(name);
    }

    fn on_presence(&mut self, room_name: &str, name: &str, here: bool) {
        let Some(room) = self.rooms.get_mut(room_name) else { return };
        if here {
            self.names_changed |= room.add_name(name);
        } else {
            self.names_changed |= room.names.remove(name);
        }
        if name != self.me {
            let what = if here { "came in" } else { "is gone" };
            let text = self.with_room(room_name, format!("{name} {what}"));
            self.note_to_person(|| text);
        }
    }

    fn on_renamed(&mut self, from: &str, to: &str, secret: bool, token: Option<&str>) {
        token.into_iter().for_each(|token| self.keep_and_confirm_token(token));
        for room in self.rooms.values_mut() {
            if room.names.remove(from) {
                self.names_changed |= room.add_name(to);
            }
        }
        if secret && from == to && from == self.me {
            let words = "has a new password; enter it on your other devices: /name";
            return self.note_to_person(|| format!("{to} {words} {to}#PASSWORD"));
        }
        // The server reports a change of our own name once for each of our rooms. After the first
        // report `me` is the new name, so later reports make no note.
        if from == self.me {
            to.clone_into(&mut self.me);
            self.note_to_person(|| format!("you are now {to}"));
        } else if to != self.me {
            self.note_to_person(|| format!("{from} is {to} now"));
        }
    }

    fn on_set(&mut self, name: &str, privacy: RoomPrivacy) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.set_privacy(privacy);
        }
        self.note_to_person(|| format!("{name} {privacy}"));
    }

    /// Handles the frames for which `on_reply` calls no other function.
    fn on_answer(&mut self, reply: &FromServer) {
        match reply {
            FromServer::Who { room, names, people } => {
                if let Some(known) = self.rooms.get_mut(room) {
                    known.names.clear();
                    for name in names {
                        known.add_name(name);
                    }
                    self.names_changed = true;
                }
                self.note_to_person(|| shown::people(room, names, *people));
            }
            FromServer::Rooms { rooms, more } => self.note_to_person(|| shown::rooms(rooms, *more)),
            FromServer::History { room, lines, more } => {
                let past: Vec<_> =
                    lines.iter().filter_map(|line| shown::past(line, self.reader())).collect();
                let more = if *more { ", and there are older ones" } else { "" };
                let text = format!("in {room}, {} lines{more}\n{}", past.len(), past.join("\n"));
                self.note_to_person(|| text.trim_end().to_owned());
            }
            FromServer::Found { room, lines, next } => {
                let found: Vec<_> =
                    lines.iter().filter_map(|line| shown::past(line, self.reader())).collect();
                let more = shown::where_more_is(*next);
                let text = format!("found in {room}: {}{more}\n{}", found.len(), found.join("\n"));
                self.note_to_person(|| text.trim_end().to_owned());
            }
            FromServer::Behind { room } if room != PRIVATE => {
                self.note_to_person(|| format!("in {room}: catching up"));
            }
            FromServer::Keeping { kept: false, reason } => {
                self.note(format!("new messages are not being saved: {reason}"));
            }
            FromServer::Keeping { kept: true, .. } => self.note("messages are being saved again"),
            FromServer::Bye { reason } => self.on_bye(reason),
            _ => {}
        }
    }

    /// Puts the room's name before the text of a line. Returns the text unchanged if the room is
    /// the one to which typed lines go, or if we are in no other room.
    fn with_room(&self, room: &str, text: String) -> String {
        if room == self.current_room || self.named_rooms().count() < 2 {
            text
        } else {
            format!("[{room}] {text}")
        }
    }

    pub(super) fn note_to_person(&mut self, words: impl FnOnce() -> String) {
        if self.manner == Manner::Person {
            self.act(Act::Note(words()));
        }
    }
}
