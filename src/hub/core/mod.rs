//! What the hub decides, as a pure state machine: events in, effects out.
//!
//! Owns: who is a member, and every rule about who hears what. This file has
//! coming and going; `talk.rs` what is asked, `catch_up.rs` how one gets what
//! one missed.
//! Must not know: threads, channels, sockets, frames, clocks.
//!
//! Next: `hub/core/greeting.rs`.

mod absence;
mod catch_up;
pub mod event;
mod fair_queue;
mod greeting;
mod guesses;
mod hand_over;
mod ids;
mod keeping;
mod lock;
mod log;
mod makers;
mod memory;
mod pace;
mod people;
mod pieces;
mod places;
mod private;
mod private_logs;
mod reading;
mod reads;
mod renaming;
mod room;
mod rooms;
mod searching;
mod talk;
mod visiting;
mod who;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use super::ClientId;
use crate::admission::Home;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::name::Name;
use crate::chat::record::{Kept, PersonId};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::limits;
pub use event::{
    Aim, CoreSettings, Effect, Event, Greeting, Made, Moment, Newcomer, RoomId, Visit, Visitor,
    Whence,
};
use guesses::Guesses;
use keeping::Keeping;
use makers::Makers;
use pace::{Pace, Paces};
use people::{Author, People};
use reads::Reading;
use room::Room;

/// The roster and the rules.
#[derive(Debug)]
pub struct Core {
    settings: CoreSettings,
    now: Moment,
    roster: BTreeMap<ClientId, Client>,
    people: People,
    paces: Paces,
    guesses: Guesses,
    makers: Makers,
    keeping: Keeping,
    reading: Reading,
    rooms: BTreeMap<RoomId, Room>,
    rooms_by_name: HashMap<RoomName, RoomId>,
    /// Of those who were written to, or have written, in private.
    private_logs: BTreeMap<PersonId, RoomId>,
    next_room: RoomId,
    /// People whose last line in a room was lost, soonest overdue first.
    absent: BTreeSet<(Duration, RoomId, Author)>,
    /// Until when what was said last may take to be kept; `None` while the server
    /// goes on.
    stopping_until: Option<Duration>,
    /// Rooms that are otherwise than when they were last kept.
    changed: BTreeSet<RoomId>,
    /// Lives of rooms that are over, and still kept.
    gone: Vec<Epoch>,
    /// Bytes that logs have grown by since somebody looked how much all of them take.
    grown: usize,
}

/// A client, as the core sees it.
#[derive(Debug)]
struct Client {
    author: Author,
    /// From where it comes, if that is to be shown.
    addr: Option<IpAddr>,
    /// What it was called when it last spoke; only classic clients, whose names
    /// are made when they are needed.
    name: Option<Name>,
    /// It hears everything; false once we have ended it and wait for its reader.
    is_member: bool,
    /// It came for one page.
    is_visitor: bool,
    /// It has no line that holds it here: when it goes, its person is waited for as long as
    /// whoever reads pages is.
    looks_in: bool,
    stays: Vec<Stay>,
    /// With whom it shares what an address may do; `None`: it is exempt.
    home: Option<Home>,
    /// `None`: it may ask as fast as it likes.
    pace: Option<Box<Pace>>,
}

/// A client in a room, or one that follows its private messages.
#[derive(Debug)]
struct Stay {
    room: RoomId,
    /// The first number that this stay is told.
    from: Seq,
    /// The first number that it has not been told; `None`: it hears what is said.
    missing_from: Option<Seq>,
    /// It is here to be told everything up to this number, and no more.
    until: Option<Seq>,
}

impl Core {
    /// A hub with nobody in it: a lobby, and what was kept.
    pub fn new(settings: CoreSettings, kept: Kept, now: Moment) -> Self {
        let people = People::with(kept.last_person(), kept.people, settings.name_kept, now);
        let mut core = Self {
            paces: Paces::new(settings.pace),
            guesses: Guesses::default(),
            makers: Makers::new(settings.address_key),
            keeping: Keeping::new(settings.keeps, settings.unsaved_records_max),
            reading: Reading::default(),
            settings,
            now,
            roster: BTreeMap::new(),
            people,
            rooms: BTreeMap::new(),
            rooms_by_name: HashMap::new(),
            private_logs: BTreeMap::new(),
            next_room: RoomId(NonZeroU64::MIN),
            absent: BTreeSet::new(),
            stopping_until: None,
            changed: BTreeSet::new(),
            gone: Vec::new(),
            grown: 0,
        };
        core.restore(kept.rooms);
        core.restore_private(kept.private);
        core.lobby();
        core
    }

    /// Decides on one event.
    pub fn step(&mut self, now: Moment, event: Event, effects: &mut Vec<Effect>) {
        self.now = now;
        match event {
            Event::Registered(client, newcomer, whence) => {
                self.register(client, newcomer, whence, effects);
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
            Event::Ticked => {
                self.forget_some_names(effects);
                self.let_one_in(effects);
            }
            Event::Kept(outcome) => self.kept(outcome, effects),
            Event::FileIsNew => self.begin_file(),
            Event::FileIsLost => self.keep_something(),
            Event::ThrownAway(lines) => self.forget_lines(&lines),
            Event::Found(found) => self.found(found, effects),
            Event::Stopping => self.stop(effects),
        }
        self.let_go_of_the_absent(effects);
        self.hand_over(effects);
        self.ask_for_lines(effects);
    }

    /// Whether the hub has nothing left to do: it stops, and nobody is here.
    pub fn is_over(&self) -> bool {
        self.stopping_until.is_some_and(|until| {
            self.roster.is_empty() && (self.keeping.is_done() || until <= self.now.since_start)
        })
    }

    /// Whether `client` may speak and hear.
    pub fn is_member(&self, client: ClientId) -> bool {
        self.roster.get(&client).is_some_and(|client| client.is_member)
    }

    /// When [`Event::Ticked`] is wanted at the latest, since the hub began.
    pub fn next_tick(&self) -> Option<Duration> {
        let absent = self.absent.first().map(|(at, ..)| *at);
        let end = self.stopping_until.filter(|until| *until > self.now.since_start);
        let name = self.people.next_forgotten();
        let (turn, read) = (self.paces.next_turn(), self.reading.next_tick());
        let ticks = [absent, name, turn, read, self.keeping.next_try(), end];
        ticks.into_iter().flatten().min()
    }

    fn register(
        &mut self,
        client: ClientId,
        newcomer: Newcomer,
        whence: Whence,
        effects: &mut Vec<Effect>,
    ) {
        if self.stopping_until.is_some() {
            effects.push(Effect::Refuse(client, Disconnect::ServerStopping));
            return;
        }
        if !self.admits(&newcomer) {
            effects.push(Effect::Refuse(client, Disconnect::NotAdmitted));
            return;
        }
        let author = Author::Guest(client);
        let Whence { home, addr } = whence;
        let paced = home.filter(|_| self.settings.pace.is_bound());
        let pace = paced.map(|home| Pace::of(home, self.now.since_start));
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        let (looks_in, is_member) = (self.looks_in(&newcomer), true);
        let (name, stays) = (None, Vec::new());
        let entry =
            Client { author, name, addr, is_member, is_visitor, looks_in, stays, home, pace };
        let before = self.roster.insert(client, entry);
        assert!(before.is_none(), "client {client} registered twice");
        effects.push(Effect::Welcome(client));
        match newcomer {
            Newcomer::Classic => {
                let lobby = self.lobby();
                self.enter(client, lobby, None, effects);
                effects.push(Effect::Hear(client, lobby));
            }
            Newcomer::Passing => self.greet_passing(client, effects),
            Newcomer::Numbered(greeting) => self.greet(client, *greeting, effects),
            Newcomer::Visitor(visit) => self.receive(client, *visit, effects),
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.stopping_until = Some(self.now.since_start + limits::STOP_KEEPING_WAIT);
        let everybody: Vec<_> = self.roster.keys().copied().collect();
        everybody.into_iter().for_each(|client| self.hear_the_rest(client, effects));
        // Nothing will be said any more: the next life goes on behind the last line.
        self.rooms.values_mut().for_each(Room::ends);
        self.changed.extend(self.rooms.keys());
        for (client, entry) in &mut self.roster {
            if entry.is_member {
                entry.is_member = false;
                effects.push(Effect::SayGoodbye(*client));
            }
        }
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
