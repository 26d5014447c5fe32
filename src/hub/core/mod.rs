//! What the hub decides, as a pure state machine: events in, effects out.
//!
//! Owns: who is a member, and every rule about who hears what. This file has
//! coming and going; `talk.rs` what is asked, `catch_up.rs` how one gets what
//! one missed.
//! Must not know: threads, channels, sockets, frames, clocks.
//!
//! Next: `hub/core/log.rs`.

mod absence;
mod catch_up;
pub mod event;
mod lock;
mod log;
mod pace;
mod people;
mod room;
mod talk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::time::Duration;

use super::ClientId;
use crate::admission::Home;
use crate::chat::entry::{Epoch, Seq, Speaker};
use crate::chat::name::Name;
use crate::chat::request::Hello;
use crate::chat::room_name::RoomName;
use crate::chat::told::{Refused, Told};
use crate::limits;
pub use event::{CoreSettings, Effect, Event, Greeting, Moment, Newcomer, RoomId};
use lock::Lock;
use pace::{Pace, Paces};
use people::{Author, People};
use room::Room;

/// The roster and the rules.
#[derive(Debug)]
pub struct Core {
    settings: CoreSettings,
    now: Moment,
    roster: BTreeMap<ClientId, Client>,
    people: People,
    paces: Paces,
    rooms: BTreeMap<RoomId, Room>,
    rooms_by_name: HashMap<RoomName, RoomId>,
    next_room: RoomId,
    /// People whose last line in a room was lost, soonest overdue first.
    absent: BTreeSet<(Duration, RoomId, Author)>,
    stopping: bool,
}

/// A client, as the core sees it.
#[derive(Debug)]
struct Client {
    author: Author,
    /// What it was called when it last spoke; only classic clients, whose names
    /// are made when they are needed.
    name: Option<Name>,
    /// It hears everything; false once we have ended it and wait for its reader.
    is_member: bool,
    stays: Vec<Stay>,
    /// `None`: it may ask as fast as it likes.
    pace: Option<Box<Pace>>,
}

/// A client in a room.
#[derive(Debug)]
struct Stay {
    room: RoomId,
    /// The first number that this stay is told.
    from: Seq,
    /// The first number that it has not been told; `None`: it hears what is said.
    missing_from: Option<Seq>,
}

impl Core {
    /// A hub with nobody in it and an empty lobby.
    pub fn new(settings: CoreSettings) -> Self {
        let mut core = Self {
            paces: Paces::new(settings.pace),
            settings,
            now: Moment::default(),
            roster: BTreeMap::new(),
            people: People::default(),
            rooms: BTreeMap::new(),
            rooms_by_name: HashMap::new(),
            next_room: RoomId(NonZeroU64::MIN),
            absent: BTreeSet::new(),
            stopping: false,
        };
        core.open_room(core.settings.lobby.clone(), Lock::default());
        core
    }

    /// Decides on one event.
    pub fn step(&mut self, now: Moment, event: Event, effects: &mut Vec<Effect>) {
        self.now = now;
        match event {
            Event::Registered(client, newcomer, home) => {
                self.register(client, newcomer, home, effects);
            }
            Event::Asked(client, request) => {
                // The one place where the words of somebody evicted, or of a
                // stranger, are dropped.
                if self.is_member(client) {
                    self.hear(client, request, effects);
                }
            }
            Event::Left(client) => self.leave(client, effects),
            Event::OutboxFull(client) => {
                if let Some(ending) = self.roster.get_mut(&client).filter(|client| client.is_member)
                {
                    ending.is_member = false;
                    effects.push(Effect::Evict(client));
                }
            }
            Event::FellBehind(client, missed) => self.fall_behind(client, &missed, effects),
            Event::Drained(client) => self.catch_up(client, effects),
            Event::Ticked => self.let_one_in(effects),
            Event::Stopping => self.stop(effects),
        }
        self.let_go_of_the_absent(effects);
    }

    /// Whether the hub has nothing left to do: it stops, and nobody is here.
    pub fn is_over(&self) -> bool {
        self.stopping && self.roster.is_empty()
    }

    /// Whether `client` may speak and hear.
    pub fn is_member(&self, client: ClientId) -> bool {
        self.roster.get(&client).is_some_and(|client| client.is_member)
    }

    /// Whether `client` hears what is said in `room` as it is said.
    pub fn hears(&self, client: ClientId, room: RoomId) -> bool {
        self.is_member(client)
            && self.stay(client, room).is_some_and(|stay| stay.missing_from.is_none())
    }

    /// When [`Event::Ticked`] is wanted at the latest, since the hub began.
    pub fn next_tick(&self) -> Option<Duration> {
        let absent = self.absent.first().map(|(at, ..)| *at);
        [absent, self.paces.next_turn()].into_iter().flatten().min()
    }

    fn register(
        &mut self,
        client: ClientId,
        newcomer: Newcomer,
        home: Option<Home>,
        effects: &mut Vec<Effect>,
    ) {
        if self.stopping {
            effects.push(Effect::Refuse(client));
            return;
        }
        let author = Author::Guest(client);
        let pace = home.map(|home| Pace::of(home, self.now.since_start));
        let entry = Client { author, name: None, is_member: true, stays: Vec::new(), pace };
        let before = self.roster.insert(client, entry);
        assert!(before.is_none(), "client {client} registered twice");
        effects.push(Effect::Welcome(client));
        match newcomer {
            Newcomer::Classic => {
                let lobby = self.open_room(self.settings.lobby.clone(), Lock::default());
                self.enter(client, lobby, None, effects);
                effects.push(Effect::Hear(client, lobby));
            }
            Newcomer::Numbered(greeting) => self.greet(client, *greeting, effects),
        }
    }

    /// A numbered client gets its name, then its rooms.
    fn greet(&mut self, client: ClientId, greeting: Greeting, effects: &mut Vec<Effect>) {
        let Greeting { hello: Hello { name, token, rooms }, fresh } = greeting;
        let (person, refused) = self.people.enter(client, name, token.as_ref(), fresh);
        if let Some(entry) = self.roster.get_mut(&client) {
            entry.author = Author::Person(person);
        }
        if let (Some(name), Some(token)) = (self.people.name(person), self.people.token(person)) {
            let (name, mark, token) = (name.clone(), self.people.mark(person), token.clone());
            let told = Told::Welcome { name, mark, token };
            effects.push(Effect::Note(client, told));
        }
        if let Some(reason) = refused {
            effects.push(refuse(client, None, None, reason));
        }
        for place in rooms.into_iter().take(limits::ROOMS_PER_CLIENT_MAX) {
            self.join(client, place, effects);
        }
    }

    fn leave(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        self.hear_the_rest(client, effects);
        // Leaving twice is harmless (B15).
        let Some(Client { author, stays, .. }) = self.roster.remove(&client) else { return };
        for stay in stays {
            self.go_quietly(author, stay.room);
        }
        if let Author::Person(person) = author {
            self.people.leave(person, client, self.now.since_start);
        }
        effects.push(Effect::Forget(client));
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.stopping = true;
        let everybody: Vec<_> = self.roster.keys().copied().collect();
        everybody.into_iter().for_each(|client| self.hear_the_rest(client, effects));
        for (client, entry) in &mut self.roster {
            if entry.is_member {
                entry.is_member = false;
                effects.push(Effect::SayGoodbye(*client));
            }
        }
    }

    /// The room of this name; if it is not there, it is made, with this lock.
    fn open_room(&mut self, name: RoomName, lock: Lock) -> RoomId {
        if let Some(id) = self.rooms_by_name.get(&name) {
            return *id;
        }
        let id = self.next_room;
        self.next_room = RoomId(id.0.saturating_add(1));
        // Spread by an odd number: two lives of a room never share an epoch.
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let epoch = Epoch(self.settings.epoch_seed.wrapping_add(life));
        self.rooms_by_name.insert(name.clone(), id);
        self.rooms.insert(id, Room::new(name, lock, epoch, self.settings.log_entries_max));
        // All logs share what there is for them.
        let bytes_max = self.log_bytes_max();
        self.rooms.values_mut().for_each(|room| room.log.shrink(bytes_max));
        id
    }

    /// What each room's log may take, in bytes.
    fn log_bytes_max(&self) -> usize {
        limits::LOG_BYTES_MAX.min(limits::LOGS_BYTES_MAX / self.rooms.len().max(1))
    }

    fn stay(&self, client: ClientId, room: RoomId) -> Option<&Stay> {
        self.roster.get(&client)?.stays.iter().find(|stay| stay.room == room)
    }

    fn author(&self, client: ClientId) -> Option<Author> {
        self.roster.get(&client).map(|client| client.author)
    }

    fn name_of(&self, author: Author) -> Option<Name> {
        match author {
            Author::Guest(client) => Some(Name::guest(client.0)),
            Author::Person(person) => self.people.name(person).cloned(),
        }
    }

    /// Who `client` is to those who hear it.
    fn speaker(&mut self, client: ClientId) -> Option<Speaker> {
        let entry = self.roster.get_mut(&client)?;
        Some(match entry.author {
            Author::Guest(_) => {
                let name = entry.name.get_or_insert_with(|| Name::guest(client.0));
                Speaker { name: name.clone(), classic: true, mark: None }
            }
            Author::Person(person) => {
                let (name, mark) = (self.people.name(person)?.clone(), self.people.mark(person));
                Speaker { name, classic: false, mark }
            }
        })
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
