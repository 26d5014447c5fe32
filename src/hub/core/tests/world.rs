//! A hub without threads and sockets: outboxes are lists.
//!
//! Owns: what carrying out an effect means, as far as promises go.
//!
//! Next: `hub/core/tests/fate.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::device::{Device, Item, LogKey};
use super::file::{FEW_NUMBERS, File};
use super::outbox::Outbox;
use super::{Core, CoreSettings, Effect, Event, Moment, place, settings, token, whence};
use crate::admission::Home;
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{Kept, Query, Record};
use crate::chat::request::{Hello, Request};
use crate::chat::room_name::RoomName;
use crate::hub::ClientId;
use crate::hub::core::{Greeting, Newcomer, RoomId};

pub(super) struct World {
    pub(super) core: Core,
    pub(super) settings: CoreSettings,
    pub(super) now: Moment,
    pub(super) outboxes: BTreeMap<ClientId, Outbox>,
    pub(super) outbox_max: usize,
    pub(super) noted: Vec<(RoomId, Arc<Entry>)>,
    pub(super) notes: Vec<(ClientId, Item)>,
    pub(super) drained: VecDeque<ClientId>,
    pub(super) devices: Vec<Device>,
    /// Everything that was ever told, by log: the truth.
    pub(super) truth: BTreeMap<LogKey, BTreeMap<Seq, Arc<Entry>>>,
    /// Every number that was ever told, by the room's life.
    pub(super) given: BTreeSet<(u64, Seq)>,
    /// What outlives it, and the batch that is with the history.
    pub(super) file: File,
    pub(super) batch: Option<Vec<Record>>,
    /// What the history was asked.
    pub(super) queries: VecDeque<Query>,
    pub(super) last_client: u64,
    pub(super) evicted: usize,
    /// Where everybody comes from, if they are held to a pace.
    pub(super) home: Option<Home>,
    /// Readers do not wait for room, so some are evicted.
    pub(super) hasty: bool,
}

impl World {
    pub(super) fn new(devices: usize, outbox_max: usize, log_entries_max: usize) -> Self {
        let numbers = FEW_NUMBERS;
        let settings = CoreSettings { numbers, ..settings(log_entries_max, outbox_max / 4, 7) };
        Self {
            core: Core::new(settings.clone(), Kept::default(), Moment::default()),
            settings,
            now: Moment::default(),
            outboxes: BTreeMap::new(),
            outbox_max,
            noted: Vec::new(),
            notes: Vec::new(),
            drained: VecDeque::new(),
            devices: (0..devices).map(|_| Device::default()).collect(),
            truth: BTreeMap::new(),
            given: BTreeSet::new(),
            file: File::default(),
            batch: None,
            queries: VecDeque::new(),
            last_client: 0,
            evicted: 0,
            home: None,
            hasty: false,
        }
    }

    /// The device opens a line and says hello, with everything it has seen.
    pub(super) fn connect(&mut self, device: usize) {
        if self.devices[device].client.is_some() {
            return;
        }
        self.last_client += 1;
        let client = ClientId(self.last_client);
        let known = &self.devices[device];
        let rooms = known.views.keys().filter_map(LogName::room);
        let mut rooms: Vec<_> = rooms.map(|room| place(room.clone(), known.seen(room))).collect();
        let private = known.seen_of(&LogName::Private);
        if rooms.is_empty() {
            rooms.push(place(RoomName::lobby(), None));
        }
        let own = token(u8::try_from(device).unwrap());
        let hello = Hello { name: None, token: Some(own.clone()), rooms, private };
        self.devices[device].client = Some(client);
        self.devices[device].leaving.clear();
        self.outboxes.insert(client, Outbox::default());
        // Every other one looks in now and then.
        let (is_admitted, looks_in) = (true, device % 2 == 1);
        let greeting = Greeting { hello, fresh: own, is_admitted, looks_in, polls: false };
        let newcomer = Newcomer::Numbered(Box::new(greeting));
        self.happen(Event::Registered(client, newcomer, whence(self.home)));
        let who = (self.person(client), self.core.speaker(client).unwrap().name);
        self.devices[device].becomes(who);
    }

    /// The line is lost, with all that was under way.
    pub(super) fn cut(&mut self, device: usize) {
        if let Some(client) = self.devices[device].client.take() {
            self.outboxes.remove(&client);
            self.happen(Event::Left(client));
        }
    }

    /// The device asks for something, as far as its reader takes it: that waits
    /// while more than a quarter of the outbox is unsent.
    pub(super) fn ask(&mut self, device: usize, request: Request) {
        let Some(client) = self.devices[device].client else { return };
        if self.hasty || self.outboxes[&client].waiting.len() <= self.outbox_max / 4 {
            self.happen(Event::Asked(client, request));
        }
    }

    /// The device takes up to `count` items from its line.
    pub(super) fn take(&mut self, device: usize, count: usize) {
        let Some(client) = self.devices[device].client else { return };
        for _ in 0..count {
            let Some(outbox) = self.outboxes.get_mut(&client) else { return };
            let Some(item) = outbox.waiting.pop_front() else { break };
            if outbox.waiting.is_empty() && std::mem::take(&mut outbox.watched) {
                self.drained.push_back(client);
            }
            self.devices[device].hear(item, &self.truth);
        }
        self.let_catch_up();
    }

    /// Everybody who has a line takes everything that comes.
    pub(super) fn settle(&mut self) {
        loop {
            let waits = self.outboxes.values().any(|outbox| !outbox.waiting.is_empty());
            if !waits && self.drained.is_empty() && self.queries.is_empty() {
                return;
            }
            self.read();
            for device in 0..self.devices.len() {
                self.take(device, 1000);
            }
            self.let_catch_up();
        }
    }

    fn let_catch_up(&mut self) {
        for _ in 0..self.drained.len() {
            if let Some(client) = self.drained.pop_front() {
                self.happen(Event::Drained(client));
            }
        }
    }

    pub(super) fn happen(&mut self, event: Event) {
        self.decide(event);
        self.flush();
    }

    fn decide(&mut self, event: Event) {
        let mut effects = Vec::new();
        // Of whoever leaves all that still waits is heard, and that may be a new name.
        let is_one_deed = !matches!(event, Event::Left(_) | Event::Stopping);
        self.core.step(self.now, event, &mut effects);
        for effect in effects {
            match effect {
                Effect::Tell(room, entry) => {
                    let key = self.key(room, &entry);
                    assert!(!is_one_deed || self.is_owners(&key, &entry), "{key:?}: {entry:?}");
                    let lines = self.truth.entry(key).or_default();
                    let before = lines.insert(entry.seq, Arc::clone(&entry));
                    assert!(before.is_none(), "a number was given twice");
                    let epoch = self.core.rooms[&room].log.epoch();
                    let is_new = self.given.insert((epoch.0, entry.seq));
                    assert!(is_new, "a number was given twice, over a crash");
                    self.noted.push((room, entry));
                }
                Effect::Note(client, told) => self.notes.push((client, self.checked(client, told))),
                Effect::CaughtUp(client, room, ..) if !self.core.hears(client, room) => {}
                Effect::CaughtUp(client, room, told, seq) => {
                    self.notes.push((client, Item::CaughtUp(room, told, seq)));
                }
                other => {
                    self.flush();
                    self.act(other);
                }
            }
        }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Hear(client, room) if self.core.hears(client, room) => {
                if let Some(outbox) = self.outboxes.get_mut(&client) {
                    outbox.hears.insert(room);
                }
            }
            Effect::Deafen(client, room) => {
                if let Some(outbox) = self.outboxes.get_mut(&client) {
                    outbox.hears.remove(&room);
                }
            }
            Effect::Notice(room, but, told) => {
                // As the hub does: only to whoever is not behind with what matters.
                let room_left = self.outbox_max / 4;
                let hearers = self.outboxes.iter_mut().filter(|(client, outbox)| {
                    Some(**client) != but && outbox.hears.contains(&room)
                });
                for (_, outbox) in hearers.filter(|(_, it)| it.waiting.len() <= room_left) {
                    outbox.waiting.push_back(Item::Note(told.clone()));
                }
            }
            Effect::Replay(client, room, entries) => {
                let fits = self
                    .outboxes
                    .get(&client)
                    .is_none_or(|outbox| outbox.waiting.len() + entries.len() <= self.outbox_max);
                if !fits {
                    let missed = vec![(room, entries[0].seq)];
                    return self.decide(Event::FellBehind(client, missed));
                }
                if let Some(outbox) = self.outboxes.get_mut(&client) {
                    outbox.waiting.extend(entries.into_iter().map(|it| Item::Line(room, it)));
                }
            }
            Effect::Keep(batch) => {
                assert!(self.batch.is_none(), "one batch at a time");
                self.batch = Some(batch);
            }
            Effect::Find(query) => {
                // Nobody here looks for words.
                assert!(self.queries.is_empty(), "one question at a time");
                self.queries.push_back(query);
            }
            Effect::Watch(client) => {
                let Some(outbox) = self.outboxes.get_mut(&client) else { return };
                outbox.watched = !outbox.waiting.is_empty();
                if !outbox.watched {
                    self.drained.push_back(client);
                }
            }
            Effect::Evict(client) | Effect::Cut(client) => {
                self.evicted += 1;
                self.outboxes.remove(&client);
                self.decide(Event::Left(client));
                for device in &mut self.devices {
                    device.client.take_if(|its| *its == client);
                }
            }
            _ => {}
        }
    }

    /// As the hub does it: all rooms, then all notes; then who could not take it.
    fn flush(&mut self) {
        while !self.noted.is_empty() || !self.notes.is_empty() {
            let mut events = Vec::new();
            for (room, entry) in std::mem::take(&mut self.noted) {
                self.tell(room, &entry, &mut events);
            }
            for (client, item) in std::mem::take(&mut self.notes) {
                self.note(client, item, &mut events);
            }
            events.into_iter().for_each(|event| self.decide(event));
        }
    }

    fn tell(&mut self, room: RoomId, entry: &Arc<Entry>, events: &mut Vec<Event>) {
        for (client, outbox) in &mut self.outboxes {
            if !outbox.hears.contains(&room) {
                continue;
            }
            let has_missed =
                |event: &Event| matches!(event, Event::FellBehind(it, _) if it == client);
            if outbox.waiting.len() < self.outbox_max && !events.iter().any(has_missed) {
                outbox.waiting.push_back(Item::Line(room, Arc::clone(entry)));
            } else {
                events.push(outbox.fall_behind(*client, Some((room, entry.seq))));
            }
        }
    }

    fn note(&mut self, client: ClientId, item: Item, events: &mut Vec<Event>) {
        let Some(outbox) = self.outboxes.get_mut(&client) else { return };
        if outbox.waiting.len() >= self.outbox_max {
            if let Item::CaughtUp(room, _, seq) = item {
                events.push(outbox.fall_behind(client, Some((room, seq.next()))));
                return;
            }
            events.push(outbox.fall_behind(client, None));
        }
        if outbox.waiting.len() < self.outbox_max {
            outbox.waiting.push_back(item);
        } else {
            events.push(Event::OutboxFull(client));
        }
    }
}
