//! How one goes. Short drops are not announced: whose line was lost is waited for.
//!
//! Owns: how long, and when the room is told after all; when names are free again.
//! Must not know: how one comes back; `coming.rs` does.
//!
//! Next: `chat/core/talk.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::members::Leaver;
use super::people::Author;
use super::{Core, Effect, Newcomer, RoomId, Visitor};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::token::TokenDigest;
use crate::hub::ClientId;
use crate::limits;

/// Who is waited for, for their last line in a room was lost; soonest overdue first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Absent(BTreeSet<(Duration, RoomId, Author)>);

impl Absent {
    /// `who` may come back into this room until then.
    fn wait_for(&mut self, until: Duration, room: RoomId, who: Author) {
        self.0.insert((until, room, who));
    }

    /// `who` was waited for until then, and is not any more.
    pub(super) fn came_back(&mut self, until: Duration, room: RoomId, who: Author) {
        self.0.remove(&(until, room, who));
    }

    /// Nobody is waited for any more who was this one.
    pub(super) fn forget(&mut self, who: Author) {
        self.0.retain(|(_, _, author)| *author != who);
    }

    /// One whose time is over at `now`, or the first of too many: they are a crowd whose line was
    /// cut, and those have left.
    fn next(&mut self, now: Duration) -> Option<(RoomId, Author)> {
        let is_too_many = self.0.len() > limits::ABSENT_MAX;
        let (_, room, who) =
            self.0.first().copied().filter(|(at, ..)| *at <= now || is_too_many)?;
        self.0.pop_first();
        Some((room, who))
    }

    /// When the next one's time is over, since the hub began.
    pub(super) fn next_end(&self) -> Option<Duration> {
        self.0.first().map(|(at, ..)| *at)
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Core {
    /// A client has gone: from its rooms, and from its person.
    pub(super) fn leave(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        // Leaving twice is harmless (B15).
        let Some(Leaver { author, rooms, looks_in, home }) = self.members.remove(client) else {
            return;
        };
        for room in rooms {
            self.go(author, looks_in, room, effects);
        }
        if let Author::Person(person) = author {
            self.let_last(person, home, effects);
            self.people.leave(person, client, self.now);
            self.let_go_of_the_forgotten(effects);
        }
        effects.push(Effect::Forget(client));
    }

    /// A line was lost. A person may be back at once, so the room is not told
    /// yet; who has no name to come back to comes back as somebody else.
    /// Whoever reads pages, or looks in now and then, has no line between two looks, and
    /// reads for a while; but not whoever has come without a session, until it comes again.
    pub(super) fn go(
        &mut self,
        author: Author,
        looks_in: bool,
        id: RoomId,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        if !room.leave(author) {
            return;
        }
        match author {
            Author::Guest(_) | Author::Nobody => room.forget(author, self.now.since_start),
            Author::Person(person) if self.people.is_passing(person) => {
                room.forget(author, self.now.since_start);
                self.tell_presence(id, author, false, None, effects);
            }
            Author::Person(_) => {
                let wait = if looks_in { limits::PAGE_WAIT } else { limits::ABSENCE_WAIT };
                let until = self.now.since_start + wait;
                room.wait_for(author, until);
                self.absent.wait_for(until, id, author);
            }
        }
    }

    /// Whether it has no line that would hold it here, and is there between two looks.
    pub(super) fn looks_in(&self, newcomer: &Newcomer<TokenDigest>) -> bool {
        match newcomer {
            Newcomer::Classic | Newcomer::Passing => false,
            // Who brings no session is somebody else with each look, as one is who is here as
            // often as one may be.
            Newcomer::Numbered(greeting) => {
                let may = |token: &TokenDigest| {
                    !self.people.knows(token) || self.people.will_have_place_for(token)
                };
                greeting.looks_in && greeting.hello.token.as_ref().is_some_and(may)
            }
            // A program that says one thing does not come again; a browser does at once, with
            // the session that it was given.
            Newcomer::Visitor(visit) => match &visit.who {
                Visitor::New(_, fresh) => self.people.knows(fresh),
                _ => true,
            },
        }
    }

    /// Whose name is free again cannot come back as who it was: it has left.
    pub(super) fn stop_waiting_for(
        &mut self,
        person: PersonId,
        name: &Name,
        effects: &mut Vec<Effect>,
    ) {
        let author = Author::Person(person);
        let waits = self.rooms.iter().filter_map(|(id, room)| Some((room.waits_for(author)?, id)));
        for (until, id) in waits.collect::<Vec<_>>() {
            self.absent.came_back(until, id, author);
            let Some(room) = self.rooms.get_mut(id) else { continue };
            room.forget(author, self.now.since_start);
            self.tell_presence_of(id, name.clone(), false, None, effects);
        }
    }

    /// Names whose time is over are free, whether anybody comes or goes or not.
    pub(super) fn forget_some_names(&mut self, effects: &mut Vec<Effect>) {
        self.people.forget_some(self.now.since_start);
        self.let_go_of_the_forgotten(effects);
    }

    /// Those who did not come back have left, and their rooms are told.
    pub(super) fn let_go_of_the_absent(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now.since_start;
        // A few in each step: a whole room that vanished is a lot to tell.
        for _ in 0..limits::LEAVINGS_PER_STEP {
            let Some((id, author)) = self.absent.next(now) else { break };
            let Some(room) = self.rooms.get_mut(id) else { continue };
            room.forget(author, now);
            self.tell_presence(id, author, false, None, effects);
        }
    }
}
