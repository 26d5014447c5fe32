//! The state of a conversation, and the rules by which events change it.
//!
//! Connections come and go; the core stays. The loop tells it every event (a connection is up, a
//! frame was received, a line was typed, a time has come). It answers with acts, which the loop
//! carries out.
//!
//! Owns: the rooms with our position in each, the unsent messages, our name and token. Pure: no
//! clock, socket, thread or screen; time comes in with each call.
//! Must not know: how acts are carried out.
//!
//! Part: `console/v1/mod.rs`.

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
use self::room::FollowedRoom;
use super::ask::{Ask, HelloToSend};
use super::shown::ShownTo;
use super::tell::PRIVATE;
use super::unsent::UnsentMessages;
use crate::base::limits;
use crate::console::trouble::ConsoleError;

/// The kind of client. It decides what is shown and what a typed line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum Manner {
    /// A person at a terminal: has commands, and sees notes between the messages.
    Person,
    /// A script: lines in, lines out. It does not see messages from before it joined.
    Script,
    /// A sender only: shows nothing, and ends when everything it has to send is confirmed.
    Courier,
}

/// The wanted identity and rooms.
#[derive(Clone, Debug, Default)]
pub(in crate::console) struct WantedIdentity {
    /// The wanted name, with its secret if it has one (`NAME#SECRET`).
    pub(in crate::console) name: Option<String>,
    /// The server's password.
    pub(in crate::console) password: Option<String>,
    /// The rooms to enter, by their names in normal form. Typed lines go to the first one until the
    /// person goes to another room (`/join`).
    pub(in crate::console) rooms: Vec<String>,
    pub(in crate::console) room_password: Option<String>,
}

/// Something that the loop must do.
#[derive(Debug)]
pub(super) enum Act {
    /// Send this request. If there is no connection any more, the loop drops the request. The core
    /// has kept a request that must not be lost, and sends it again later.
    Ask(Ask),
    /// Show a line of a room.
    Show(String),
    /// Show a note about the conversation.
    Note(String),
    /// Store this token for the next run.
    Keep(String),
    /// Look whether another program of this person has stored the session's new token.
    FindToken,
    /// The connection works, so after the next loss the pauses between dials begin short again.
    Holds,
    /// The connection is of no more use: hang up.
    HangUp,
    /// End the conversation, with this result.
    End(Result<(), ConsoleError>),
}

/// The state of one conversation.
pub(super) struct ConversationCore {
    manner: Manner,
    /// The name that we ask for on each new connection.
    claim: Option<String>,
    password: Option<String>,
    token: String,
    me: String,
    /// The longest text of a message, in bytes. Known after the first welcome.
    text_bytes_max: Option<usize>,
    /// True if there is a connection, and the server has sent its welcome on it.
    welcomed: bool,
    /// True if the connection was lost, the note about that was shown, and no welcome has come
    /// since.
    away: bool,
    /// The rooms by name. The log of private messages is one of them, once the server has sent its
    /// `joined`.
    rooms: BTreeMap<String, FollowedRoom>,
    /// The room that typed lines go to. Empty for none.
    here: String,
    unsent: UnsentMessages,
    /// People whose messages are not shown.
    ignored: BTreeSet<String>,
    ids: Ids,
    /// True if no more lines will be typed. Unsent messages are given up at `give_up_at`, if that
    /// is set.
    typing_over: bool,
    give_up_at: Option<Instant>,
    names_changed: bool,
    /// The server's words for the last refused line of a script.
    failure: Option<String>,
    acts: Vec<Act>,
}

/// Makes ids for messages. They differ from those of every other run of the program.
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

impl ConversationCore {
    /// Creates the state. `ids` is plain ASCII text that no other run of the program uses.
    pub(super) fn new(manner: Manner, wish: WantedIdentity, token: String, ids: String) -> Self {
        let here = wish.rooms.first().cloned().unwrap_or_default();
        let rooms = wish.rooms.into_iter().map(|room| {
            (room, FollowedRoom { password: wish.room_password.clone(), ..FollowedRoom::default() })
        });
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
            unsent: UnsentMessages::default(),
            ignored: BTreeSet::new(),
            ids: Ids { prefix: ids, last: 0 },
            typing_over: false,
            give_up_at: None,
            names_changed: false,
            failure: None,
            acts: Vec::new(),
        }
    }

    /// Removes and returns the acts that the loop must carry out, oldest first.
    pub(super) fn acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// Handles a new connection: sends the hello, with our position in each room.
    pub(super) fn connection_is_up(&mut self) {
        let rooms = self.rooms.iter().map(|(name, room)| room.visit(name)).collect();
        self.act(Act::Ask(Ask::Hello(HelloToSend {
            versions: [1],
            name: self.claim.clone(),
            token: self.token.clone(),
            password: self.password.clone(),
            rooms,
        })));
    }

    /// Handles the end of the connection, or a failed dial. `why` is for a note.
    pub(super) fn connection_is_lost(&mut self, why: &str) {
        self.welcomed = false;
        for room in self.rooms.values_mut() {
            room.joined = false;
            room.wishes.clear();
        }
        self.unsent.connection_is_lost();
        if !std::mem::replace(&mut self.away, true) {
            self.note(format!("the connection is lost ({why}); coming back by itself"));
        }
    }

    /// Does what is due at `now`: sends messages again, gives up, or hangs up a connection that
    /// must be dead.
    pub(super) fn tick(&mut self, now: Instant) {
        self.unsent.wake(now);
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.end_with_what_is_unsent();
        } else if self.unsent.is_overdue(now) {
            self.act(Act::HangUp);
        }
        self.speak(now);
    }

    /// Returns the next time at which [`tick`](Self::tick) has something to do; `None`: no such
    /// time.
    pub(super) fn next_turn(&self) -> Option<Instant> {
        // Before the server's welcome no message can be sent, so the times at which messages are
        // due do not count.
        let unsent = self.unsent.next_turn().filter(|_| self.welcomed);
        unsent.into_iter().chain(self.give_up_at).min()
    }

    /// Returns whether the loop may take another typed line.
    pub(super) fn has_room(&self) -> bool {
        let may_split = self.manner != Manner::Courier || self.text_bytes_max.is_some();
        may_split && self.unsent.len() < limits::CONSOLE_UNSENT_MAX
    }

    /// Handles the end of the input. Unsent messages may still be sent, until `give_up_at` if it is
    /// set.
    pub(super) fn typing_is_over(&mut self, now: Instant, give_up_at: Option<Instant>) {
        self.typing_over = true;
        self.give_up_at = give_up_at;
        self.speak(now);
    }

    /// Ends the conversation, because Ctrl-C or SIGTERM was received.
    pub(super) fn interrupt(&mut self) {
        self.end_with_what_is_unsent();
    }

    /// Returns the room that a person's lines go to; empty for none.
    pub(super) fn here(&self) -> &str {
        &self.here
    }

    /// Returns the names of the other people in our rooms; `None`: they have not changed since the
    /// last call.
    pub(super) fn changed_names(&mut self) -> Option<Vec<String>> {
        std::mem::take(&mut self.names_changed).then(|| self.names().into_iter().collect())
    }

    /// Returns the rooms in which we can speak: all but the private log.
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

    /// Sends every request that can be sent now. Ends the conversation if there is nothing more to
    /// do.
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

    /// Returns whether a script still waits for the welcome or for one of its rooms. Until then a
    /// script with an empty input must not end, so that it can report a refusal.
    fn waits_to_come_in(&self) -> bool {
        let is_in = |(name, room): (&String, &FollowedRoom)| name == PRIVATE || room.joined;
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
            (count, _) => Err(ConsoleError::UnsentMessages { count }),
        };
        self.act(Act::End(end));
    }

    fn reader(&self) -> ShownTo {
        if self.manner == Manner::Person { ShownTo::Person } else { ShownTo::Script }
    }

    fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    fn note(&mut self, words: impl Into<String>) {
        self.acts.push(Act::Note(words.into()));
    }
}
