//! What a conversation knows, and what follows from what happens to it.
//!
//! Lines come and go; this stays. Whatever happens (a line is up, something was
//! heard, typed, or a time has come) is told to it, and it answers with acts.
//!
//! Owns: the rooms with their places, what is unsent, one's name and token. Pure:
//! no clock, socket, thread or screen; time comes in with each call.
//! Must not know: how acts are done.
//!
//! Next: `console/v1/core/room.rs`.

mod hear;
mod orders;
mod refusal;
mod room;
mod session;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use self::orders::is_same;
use self::room::Room;
use super::ask::{Ask, Hello};
use super::shown::Reader;
use super::tell::PRIVATE;
use super::unsent::Unsent;
use crate::console::trouble::ConsoleError;
use crate::limits;

/// Who speaks, and so what is shown to it and what its lines mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Somebody at a terminal: commands, notes between the lines.
    Person,
    /// Lines in, lines out: what was said before it came is not for it.
    Script,
    /// Nothing out; it ends when what it has to say is sent.
    Courier,
}

/// Who one wants to be, and where.
#[derive(Clone, Debug, Default)]
pub(in crate::console) struct Wish {
    /// With its secret, if it has one.
    pub(in crate::console) name: Option<String>,
    /// Of the box.
    pub(in crate::console) password: Option<String>,
    /// In their one form; the first is where one speaks.
    pub(in crate::console) rooms: Vec<String>,
    pub(in crate::console) room_password: Option<String>,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Act {
    /// Say this on the line; if there is none any more, it is asked again later.
    Ask(Ask),
    /// Show a line of a room.
    Show(String),
    /// Tell something about the conversation.
    Note(String),
    /// Keep this token for the next time.
    Keep(String),
    /// Look whether another program of ours has kept the session's new token.
    FindToken,
    /// The line holds.
    Holds,
    /// The line is of no more use.
    HangUp,
    /// It is over.
    End(Result<(), ConsoleError>),
}

/// A conversation.
pub(super) struct Core {
    manner: Manner,
    /// The name that is asked for on each new line.
    claim: Option<String>,
    password: Option<String>,
    token: String,
    me: String,
    /// Longest text in bytes; known with the first welcome.
    text_bytes_max: Option<usize>,
    /// There is a line, and it has welcomed us.
    welcomed: bool,
    /// The line was lost, and that was told.
    away: bool,
    /// What is private is among them, once there is a log of it.
    rooms: BTreeMap<String, Room>,
    /// The room that is spoken to; empty for none.
    here: String,
    unsent: Unsent,
    /// People whose words are not shown.
    ignored: BTreeSet<String>,
    ids: Ids,
    /// No more will be typed; what is unsent by then is given up.
    typing_over: bool,
    give_up_at: Option<Instant>,
    names_changed: bool,
    /// The last words about a script's line that was not taken.
    failure: Option<String>,
    acts: Vec<Act>,
}

/// Names for messages, different ones on each run of the program.
struct Ids {
    prefix: String,
    last: u64,
}

impl Ids {
    fn next(&mut self) -> String {
        self.last += 1;
        format!("{}-{}", self.prefix, self.last)
    }
}

impl Core {
    /// `ids` is what no other run has, plain ASCII.
    pub(super) fn new(manner: Manner, wish: Wish, token: String, ids: String) -> Self {
        let here = wish.rooms.first().cloned().unwrap_or_default();
        let rooms = wish
            .rooms
            .into_iter()
            .map(|room| (room, Room { password: wish.room_password.clone(), ..Room::default() }));
        Self {
            manner,
            claim: wish.name,
            password: wish.password,
            token,
            me: String::new(),
            text_bytes_max: None,
            welcomed: false,
            away: false,
            rooms: rooms.collect(),
            here,
            unsent: Unsent::default(),
            ignored: BTreeSet::new(),
            ids: Ids { prefix: ids, last: 0 },
            typing_over: false,
            give_up_at: None,
            names_changed: false,
            failure: None,
            acts: Vec::new(),
        }
    }

    /// What is to be done, oldest first.
    pub(super) fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// There is a line: says hello, with what is known.
    pub(super) fn line_is_up(&mut self) {
        let rooms = self.rooms.iter().map(|(name, room)| room.visit(name)).collect();
        self.act(Act::Ask(Ask::Hello(Hello {
            versions: [1],
            name: self.claim.clone(),
            token: self.token.clone(),
            password: self.password.clone(),
            rooms,
        })));
    }

    /// The line is gone, or a new one could not be had.
    pub(super) fn line_is_lost(&mut self, why: &str) {
        self.welcomed = false;
        for room in self.rooms.values_mut() {
            room.joined = false;
            room.wishes.clear();
        }
        self.unsent.line_is_lost();
        if !std::mem::replace(&mut self.away, true) {
            self.note(format!("the line is lost ({why}); coming back by itself"));
        }
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Instant) {
        self.unsent.wake(now);
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.end_with_what_is_unsent();
        } else if self.unsent.is_overdue(now) {
            self.act(Act::HangUp);
        }
        self.speak(now);
    }

    /// When [`tick`](Self::tick) has something to do, if nothing happens before.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        // Without a line nothing can be asked, whatever its time.
        let unsent = self.unsent.next_turn().filter(|_| self.welcomed);
        unsent.into_iter().chain(self.give_up_at).min()
    }

    /// Whether another typed line can be taken.
    pub(super) fn has_room(&self) -> bool {
        let may_split = self.manner != Manner::Courier || self.text_bytes_max.is_some();
        may_split && self.unsent.len() < limits::CONSOLE_UNSENT_MAX
    }

    /// The input has ended: what is unsent may still be sent, until `give_up_at`
    /// if there is such a time.
    pub(super) fn typing_is_over(&mut self, now: Instant, give_up_at: Option<Instant>) {
        self.typing_over = true;
        self.give_up_at = give_up_at;
        self.speak(now);
    }

    /// Ctrl-C, or the like.
    pub(super) fn is_interrupted(&mut self) {
        self.end_with_what_is_unsent();
    }

    /// The room that a person speaks to.
    pub(super) fn here(&self) -> &str {
        &self.here
    }

    /// The names of all who are known to be near, when that has changed.
    pub(super) fn changed_names(&mut self) -> Option<Vec<String>> {
        std::mem::take(&mut self.names_changed).then(|| self.names().into_iter().collect())
    }

    /// The rooms that one can speak in.
    fn named_rooms(&self) -> impl Iterator<Item = &String> {
        self.rooms.keys().filter(|name| *name != PRIVATE)
    }

    fn is_ignored(&self, name: &str) -> bool {
        self.ignored.iter().any(|it| is_same(it, name))
    }

    fn names(&self) -> BTreeSet<String> {
        let all = self.rooms.values().flat_map(|room| &room.names);
        all.filter(|name| **name != self.me).cloned().collect()
    }

    /// Asks what can be asked now, and ends it if there is nothing more to do.
    fn speak(&mut self, now: Instant) {
        if self.welcomed {
            let rooms = &self.rooms;
            let ready = |ask: &Ask| {
                ask.room().is_none_or(|room| rooms.get(room).is_some_and(|room| room.joined))
            };
            while let Some(ask) = self.unsent.next(now, ready) {
                self.acts.push(Act::Ask(ask));
            }
        }
        if self.typing_over && self.unsent.is_empty() && !self.waits_to_come_in() {
            self.end_with_what_is_unsent();
        }
    }

    /// Whether a program has not heard yet that it is let in, and into its rooms: its end says so.
    fn waits_to_come_in(&self) -> bool {
        let is_in = |(name, room): (&String, &Room)| name == PRIVATE || room.joined;
        let waits = self.text_bytes_max.is_none() || !self.rooms.iter().all(is_in);
        self.manner == Manner::Script && !self.away && waits
    }

    fn say(&mut self, make: impl FnOnce(String) -> Ask) {
        let id = self.ids.next();
        self.unsent.add(id.clone(), make(id));
    }

    fn end_with_what_is_unsent(&mut self) {
        let end = match (self.unsent.len(), self.failure.take()) {
            (0, None) => Ok(()),
            (0, Some(words)) => Err(ConsoleError::NotTaken { words }),
            (count, _) => Err(ConsoleError::Unsent { count }),
        };
        self.act(Act::End(end));
    }

    fn reader(&self) -> Reader {
        if self.manner == Manner::Person { Reader::Person } else { Reader::Script }
    }

    fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    fn note(&mut self, words: impl Into<String>) {
        self.acts.push(Act::Note(words.into()));
    }
}
