//! Handles every JSON line that the server sends, except refusals: what a line changes in the
//! conversation's state, and what is shown.
//!
//! Owns: which line is shown, which becomes a note, and which is ignored.
//! Must not know: which connection the line came from.
//!
//! Part: `console/v1/mod.rs`.

use std::time::Instant;

use super::{Act, ConversationCore, Manner};
use crate::chat::reply::RoomPrivacy;
use crate::console::v1::ask::Ask;
use crate::console::v1::place::{KnownPosition, Step};
use crate::console::v1::shown;
use crate::console::v1::tell::{HeardEntry, HeardSpan, PRIVATE, Private, Tell};

impl ConversationCore {
    /// Handles a received frame. If the frame cannot be parsed, ends the connection, because
    /// perhaps the next connection works.
    pub(in crate::console::v1) fn hears(&mut self, text: &str, now: Instant) {
        match Tell::read(text) {
            Ok(tell) => self.hears_told(tell, now),
            Err(why) => {
                self.note(format!("the server sent something that is not threadbare.v1: {why}"));
                self.act(Act::HangUp);
            }
        }
        self.speak(now);
    }

    fn hears_told(&mut self, tell: Tell, now: Instant) {
        match &tell {
            Tell::Message(line)
            | Tell::Me(line)
            | Tell::Edit(line)
            | Tell::Delete(line)
            | Tell::Topic(line) => self.hears_line(&tell, line),
            Tell::Private(line) => self.hears_private(line),
            Tell::Sent { id: Some(id), away } => self.hear_sent(id, *away),
            Tell::Welcome { name, token, kept_for, limits } => {
                self.hear_welcome(name, token, limits.text, kept_for.is_some());
            }
            Tell::Joined { room, epoch, seq, from, topic, people, hidden } => {
                let place = (epoch.as_str(), *seq, *from);
                self.hear_joined(room, place, topic, *people, *hidden);
            }
            Tell::CaughtUp { room, seq } => self.hear_caught_up(room, *seq),
            Tell::TooOld(span) | Tell::NotKept(span) | Tell::Skipped(span) => {
                self.hears_of_a_gap(&tell, span);
            }
            Tell::Left { room } => self.hear_left(room),
            Tell::Refused(refusal) | Tell::Error(refusal) => self.hears_refusal(refusal, now),
            Tell::Presence { room, name, here } => self.hears_presence(room, name, *here),
            Tell::Renamed { from, to, secret, token } => {
                self.hears_new_name(from, to, *secret, token.as_deref());
            }
            Tell::Session { token: Some(token) } => self.take_new_token(token),
            Tell::Set { room, hidden, locked } => {
                self.hears_set(room, RoomPrivacy { hidden: *hidden, locked: *locked });
            }
            _ => self.hears_answer(&tell),
        }
    }

    fn hear_welcome(&mut self, name: &str, token: &str, text_bytes_max: usize, is_brief: bool) {
        self.welcomed = true;
        self.away = false;
        self.text_bytes_max = Some(text_bytes_max);
        self.take_token(token);
        if self.me != name {
            let first = if self.me.is_empty() { "; /help lists the commands" } else { " now" };
            name.clone_into(&mut self.me);
            let brief =
                "; many new people came from your network: your name is reserved for minutes only";
            let brief = if is_brief { brief } else { "" };
            self.person_note(|| format!("you are {name}{first}{brief}"));
        }
    }

    fn hear_joined(
        &mut self,
        name: &str,
        place: (&str, u64, u64),
        topic: &str,
        people: usize,
        hidden: bool,
    ) {
        let (epoch, newest, from) = place;
        let room = self.rooms.entry(name.to_owned()).or_default();
        (room.joined, room.hidden) = (true, hidden);
        topic.clone_into(&mut room.topic);
        let before = room.place.take();
        let told = match &before {
            None => {
                room.before_us = newest;
                let about = if topic.is_empty() { String::new() } else { format!(": {topic}") };
                format!("in {name}, {people} here{about}")
            }
            Some(known) if known.epoch == epoch => format!("back in {name}"),
            Some(_) => {
                // The room has a new log, which began after we joined the room. So no line of the
                // new log is older than our joining.
                room.before_us = 0;
                room.last_own = None;
                format!(
                    "back in {name}, which started a new history: earlier messages are not available"
                )
            }
        };
        room.place = Some(KnownPosition::entered(before, epoch.to_owned(), from));
        if name != PRIVATE {
            self.person_note(|| told);
        }
    }

    /// Handles the server's answer that the message with this id is stored. `away`: the message is
    /// private, and its receiver is not connected now; the receiver gets it after connecting again.
    fn hear_sent(&mut self, id: &str, away: bool) {
        if let (Some(Ask::Private { to, .. }), true) = (self.unsent.take(id), away) {
            self.person_note(|| format!("{to} is away and will see this when they return"));
        }
    }

    fn hear_caught_up(&mut self, name: &str, seq: u64) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        if let Some(place) = &mut room.place {
            place.skip_to(seq);
        }
        self.act(Act::Holds);
        // Between `joined` and `caught-up` the server does not report who enters or leaves the
        // room, so ask for the list of people.
        if self.manner == Manner::Person && name == self.here && name != PRIVATE {
            self.act(Act::Ask(Ask::Who { room: name.to_owned() }));
        }
    }

    fn hears_line(&mut self, tell: &Tell, line: &HeardEntry) {
        if let Some(id) = &line.id {
            self.unsent.seen(id);
        }
        let Some(room) = self.rooms.get_mut(&line.room) else { return };
        let Some(place) = &mut room.place else { return };
        let missing = match place.step(line.seq) {
            Step::Known => return,
            Step::Next => 0,
            Step::After(missing) => missing,
        };
        let is_backlog = line.seq <= room.before_us;
        // In a line from before we joined, our name does not show that we wrote the line: perhaps
        // another person had this name then.
        let is_own = line.own || (!is_backlog && line.from == self.me);
        if matches!(tell, Tell::Message(_) | Tell::Me(_)) && is_own {
            room.last_own = Some(line.seq);
        }
        if matches!(tell, Tell::Topic(_)) {
            line.text.clone_into(&mut room.topic);
        }
        self.names_changed |= room.sees(&line.from);
        room.was_told = true;
        if missing > 0 {
            self.note(format!("in {}: {missing} messages did not arrive", line.room));
        }
        let is_for_us = match self.manner {
            Manner::Person => !self.is_ignored(&line.from),
            Manner::Script => !is_backlog,
            Manner::Courier => false,
        };
        if let Some(text) = shown::line(tell, self.reader()).filter(|_| is_for_us) {
            let text = self.with_room(&line.room, text);
            self.act(Act::Show(text));
        }
    }

    fn hears_private(&mut self, line: &Private) {
        if let Some(id) = &line.id {
            self.unsent.seen(id);
        }
        // If the server has sent no `joined` for a log of private messages, each private line is
        // new.
        let log = self.rooms.get_mut(PRIVATE);
        let is_for_us = log.is_none_or(|log| {
            log.was_told = true;
            let is_new = log.place.as_mut().is_none_or(|place| place.step(line.seq) != Step::Known);
            is_new && (self.manner == Manner::Person || line.seq > log.before_us)
        });
        if is_for_us && self.manner != Manner::Courier && !self.is_ignored(&line.from) {
            self.act(Act::Show(shown::private(line, self.reader())));
        }
    }

    /// Handles the server's report that lines with these numbers are missing. If all of them are
    /// from before we joined, we have missed nothing. In that case only a person at a terminal sees
    /// how many lines are missing, and only if the server has sent at least one line of the room
    /// before.
    fn hears_of_a_gap(&mut self, tell: &Tell, span: &HeardSpan) {
        let name = &span.room;
        let Some(room) = self.rooms.get_mut(name) else { return };
        let is_past = span.to <= room.before_us && !matches!(tell, Tell::NotKept(_));
        let was_told = room.was_told;
        let Some(place) = room.place.as_mut() else { return };
        if is_past {
            place.skip_to(span.to);
            if was_told && self.manner == Manner::Person {
                let text = shown::gap(tell, span);
                let text = if name == PRIVATE { text } else { self.with_room(name, text) };
                self.act(Act::Show(text));
            }
            return;
        }
        let name = if name == PRIVATE { "private" } else { name };
        let count = span.lines.unwrap_or((span.to + 1).saturating_sub(span.from));
        let words = match tell {
            Tell::TooOld(_) => {
                place.skip_to(span.to);
                format!("in {name}: you missed {count} messages, which are no longer stored")
            }
            Tell::NotKept(_) => {
                place.back_before(span.from);
                format!(
                    "in {name}: the last {count} messages were lost: the server stopped before saving them"
                )
            }
            _ => {
                place.skip_to(span.to);
                format!(
                    "in {name}: the server has crashed; messages that were not shown yet may be lost"
                )
            }
        };
        self.note(words);
    }

    fn hear_left(&mut self, name: &str) {
        self.rooms.remove(name);
        self.person_note(|| format!("you have left {name}"));
        self.turns_from(name);
    }

    fn hears_presence(&mut self, room_name: &str, name: &str, here: bool) {
        let Some(room) = self.rooms.get_mut(room_name) else { return };
        if here {
            self.names_changed |= room.sees(name);
        } else {
            self.names_changed |= room.names.remove(name);
        }
        if name != self.me {
            let what = if here { "came in" } else { "is gone" };
            let text = self.with_room(room_name, format!("{name} {what}"));
            self.person_note(|| text);
        }
    }

    fn hears_new_name(&mut self, from: &str, to: &str, secret: bool, token: Option<&str>) {
        token.into_iter().for_each(|token| self.take_new_token(token));
        for room in self.rooms.values_mut() {
            if room.names.remove(from) {
                self.names_changed |= room.sees(to);
            }
        }
        if secret && from == to && from == self.me {
            let words = "has a new password; enter it on your other devices: /name";
            return self.person_note(|| format!("{to} {words} {to}#PASSWORD"));
        }
        // The server reports a change of our own name once for each room, so only the first report
        // makes a note.
        if from == self.me {
            to.clone_into(&mut self.me);
            self.person_note(|| format!("you are now {to}"));
        } else if to != self.me {
            self.person_note(|| format!("{from} is {to} now"));
        }
    }

    fn hears_set(&mut self, name: &str, privacy: RoomPrivacy) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.set_privacy(privacy);
        }
        self.person_note(|| format!("{name} {privacy}"));
    }

    /// Handles those of the server's answers and reports that change only the list of known names,
    /// or nothing, in the conversation's state.
    fn hears_answer(&mut self, tell: &Tell) {
        match tell {
            Tell::Who { room, names, people } => {
                if let Some(known) = self.rooms.get_mut(room) {
                    known.names.clear();
                    for name in names {
                        known.sees(name);
                    }
                    self.names_changed = true;
                }
                self.person_note(|| shown::people(room, names, *people));
            }
            Tell::Rooms { rooms, more } => self.person_note(|| shown::rooms(rooms, *more)),
            Tell::History { room, lines, more } => {
                let past: Vec<_> =
                    lines.iter().filter_map(|line| shown::past(line, self.reader())).collect();
                let more = if *more { ", and there are older ones" } else { "" };
                let text = format!("in {room}, {} lines{more}\n{}", past.len(), past.join("\n"));
                self.person_note(|| text.trim_end().to_owned());
            }
            Tell::Found { room, lines, next } => {
                let found: Vec<_> =
                    lines.iter().filter_map(|line| shown::past(line, self.reader())).collect();
                let more = shown::where_more_is(*next);
                let text = format!("found in {room}: {}{more}\n{}", found.len(), found.join("\n"));
                self.person_note(|| text.trim_end().to_owned());
            }
            Tell::Behind { room } if room != PRIVATE => {
                self.person_note(|| format!("in {room}: catching up"));
            }
            Tell::Keeping { kept: false, reason } => {
                self.note(format!("new messages are not being saved: {reason}"));
            }
            Tell::Keeping { kept: true, .. } => self.note("messages are being saved again"),
            Tell::Bye { reason } => self.hears_goodbye(reason),
            _ => {}
        }
    }

    /// Puts the room's name before the text. Returns the text unchanged if typed lines go to that
    /// room, or if we are in fewer than two rooms.
    fn with_room(&self, room: &str, text: String) -> String {
        if room == self.here || self.named_rooms().count() < 2 {
            text
        } else {
            format!("[{room}] {text}")
        }
    }

    pub(super) fn person_note(&mut self, words: impl FnOnce() -> String) {
        if self.manner == Manner::Person {
            self.act(Act::Note(words()));
        }
    }
}
