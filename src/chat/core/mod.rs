//! What the hub decides, as a pure state machine: events in, effects out.
//!
//! Owns: who is a member, and every rule about who hears what. This file has
//! coming and going; `talk.rs` what is asked.
//! Must not know: threads, channels, sockets, frames, clocks; how far a client is with
//! what it is told (`telling/progress`), or how fast it may ask (`telling/pace.rs`).
//!
//! Next: `chat/core/greeting.rs`.

mod absence;
mod codec;
mod coming;
pub mod event;
mod greeting;
mod guesses;
mod ids;
mod lock;
pub(crate) mod log;
mod makers;
mod members;
pub(crate) mod people;
pub(crate) mod pieces;
mod private;
mod private_logs;
mod renaming;
pub(crate) mod room;
mod rooms;
mod talk;
mod unread;
mod visiting;
mod who;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::numbers::Skip;
use crate::chat::record::{KeptRoom, PastLog};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::TokenDigest;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;
use absence::Absent;
pub use event::{
    Aim, Changed, CoreSettings, Effect, Event, Greeting, Made, MemberRequest, Moment, Newcomer,
    RoomId, Start, Visit, Visitor, Whence,
};
use guesses::Guesses;
use makers::Makers;
use members::{Coming, Members};
use people::{Author, People};
use private_logs::PrivateLogs;
use room::Room;
use rooms::Rooms;

/// What is so now, and the rules.
#[derive(Debug, Serialize, Deserialize)]
pub struct Core {
    settings: CoreSettings,
    now: Moment,
    members: Members,
    people: People,
    guesses: Guesses,
    makers: Makers,
    rooms: Rooms,
    private_logs: PrivateLogs,
    absent: Absent,
    /// The server stops: nobody comes in any more.
    is_stopping: bool,
}

impl Default for Core {
    /// Before the first event: as if it had begun with nothing kept.
    fn default() -> Self {
        Self::started(Start::default(), Moment::default())
    }
}

impl Core {
    /// Nobody is in it: a lobby, and what was kept.
    fn started(Start { settings, kept }: Start, now: Moment) -> Self {
        // Whose older lines are, which only the file has, nobody knows here. Where a life has made
        // less than one person each second, nobody who is new has the number of one of those.
        let last = (kept.last_person().max(now.utc.0 / 1000), kept.last_guest());
        let people = People::with(last, kept.people, settings.name_kept, now);
        let mut core = Self {
            guesses: Guesses::default(),
            makers: Makers::new(settings.address_key),
            rooms: Rooms::new(&settings),
            settings,
            now,
            members: Members::default(),
            people,
            private_logs: PrivateLogs::default(),
            absent: Absent::default(),
            is_stopping: false,
        };
        core.restore(kept.rooms);
        core.restore_private(kept.private);
        core.restore_unread(kept.unread);
        core.lobby();
        core
    }

    /// Decides on one event.
    pub fn step(&mut self, now: Moment, event: Event, effects: &mut Vec<Effect>) {
        self.now = now;
        let first = effects.len();
        match event {
            Event::Started(start) => *self = Self::started(*start, now),
            Event::Registered(client, newcomer, whence) => {
                self.register(client, newcomer, whence, effects);
            }
            Event::Asked(client, request) => self.answer(client, request, effects),
            Event::Left(client) => self.leave(client, effects),
            Event::Ticked => self.forget_some_names(effects),
            Event::Skipped(log, skip) => self.skip(log, skip, effects),
            Event::Lost(lines) => self.rooms.forget_ids(&lines),
            Event::FileIsNew => self.rooms.forget_older_ids(),
            Event::ThrownAway(lines) => self.rooms.forget_lines(&lines),
            Event::Stopping => self.stop(effects),
        }
        self.let_go_of_the_absent(effects);
        let people = self.people.take_changes().into_iter().map(Changed::Person);
        let changes = people.chain(self.rooms.take_changes());
        drop(effects.splice(first..first, changes.map(Effect::Changed)));
    }

    /// Whether the server stops, and nobody is here any more.
    pub fn is_deserted(&self) -> bool {
        self.is_stopping && self.members.is_empty()
    }

    /// When [`Event::Ticked`] is wanted at the latest, since the hub began.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.absent.next_end(), self.people.next_forgotten()].into_iter().flatten().min()
    }

    /// The rooms as they were kept, each with its newest lines.
    fn restore(&mut self, rooms: Vec<PastLog<KeptRoom>>) {
        let bytes_max = limits::log_bytes_max(rooms.len());
        for past in rooms {
            let authors = past.lines.iter().filter_map(|line| line.author);
            let authors: BTreeSet<_> = authors.chain(past.ids.iter().map(|it| it.author)).collect();
            authors.into_iter().for_each(|author| self.people.restore_worth(author, false));
            self.rooms.restore(past, bytes_max);
        }
    }

    /// Where classic clients are, and everybody else at first.
    fn lobby(&mut self) -> RoomId {
        self.rooms.lobby(self.now.since_start)
    }

    /// A log goes on at numbers far above.
    fn skip(&mut self, log: RoomId, skip: Skip, effects: &mut Vec<Effect>) {
        if let Some(room) = self.rooms.get_mut(log) {
            room.log.skip(skip);
            effects.push(Effect::Skip(log, skip.first));
        }
    }

    fn register(
        &mut self,
        client: ClientId,
        newcomer: Newcomer<TokenDigest>,
        whence: Whence,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_stopping {
            effects.push(Effect::Refuse(client, Disconnect::ServerStopping));
            return;
        }
        if !self.admits(&newcomer) {
            effects.push(Effect::Refuse(client, Disconnect::NotAdmitted));
            return;
        }
        let author = match newcomer {
            Newcomer::Classic => Author::Guest(self.people.next_number()),
            // Who that is is known in a moment.
            _ => Author::Nobody,
        };
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        let how = Coming { is_visitor, looks_in: self.looks_in(&newcomer) };
        let tag = whence.home.map(|home| self.makers.tag(home));
        self.members.add(client, author, whence, tag, how);
        effects.push(Effect::Welcome(client));
        match newcomer {
            Newcomer::Classic => {
                let lobby = self.lobby();
                self.enter(client, lobby, None, effects);
            }
            Newcomer::Passing => self.greet_passing(client, effects),
            Newcomer::Numbered(greeting) => self.greet(client, *greeting, effects),
            Newcomer::Visitor(visit) => self.receive(client, *visit, effects),
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.is_stopping = true;
        let everybody = self.members.ids();
        effects.extend(everybody.map(|client| Effect::End(client, Disconnect::ServerStopping)));
    }
}

/// The client is told this, and its token if it gets one.
fn tell_with(client: ClientId, told: Told, token: Option<TokenDigest>) -> Effect {
    match token {
        Some(token) => Effect::GiveToken(client, told, token),
        None => Effect::Note(client, told),
    }
}

/// The client is told that something did not happen.
fn refuse(
    client: ClientId,
    room: Option<RoomName>,
    id: Option<crate::chat::entry::MessageId>,
    reason: Refused,
) -> Effect {
    Effect::Note(client, Told::Refused { room, id, reason, said: None })
}
