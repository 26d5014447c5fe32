//! What happens to the disk and the process, for a test hub without either.
//!
//! Part: `chat/core/mod.rs`.

use super::device::{Item, LogKey};
use super::file::File;
use super::world::{World, chat};
use crate::base::limits;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Room, RoomId};
use crate::chat::entry::{Entry, EntryKind, Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{PersonId, StoredData};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

impl World {
    pub(super) fn pass(&mut self, seconds: u64) {
        self.now.since_start += std::time::Duration::from_secs(seconds);
        self.ticks();
        while self.chat.has_turn(self.now) {
            self.ticks();
        }
    }

    /// The history finishes its batch, well or not.
    pub(super) fn store(&mut self, is_well: bool) {
        if let Some(batch) = self.batch.take() {
            if is_well {
                self.file.keep(batch);
            }
            let outcome = if is_well { Ok(()) } else { Err("no room".to_owned()) };
            let now = self.now;
            self.happens(|chat| chat.note_batch(now, outcome));
        }
    }

    /// The history answers a query.
    pub(super) fn read(&mut self) {
        if let Some(query) = self.queries.pop_front() {
            let found = self.file.find(&query);
            let now = self.now;
            self.happens(|chat| chat.found(now, Ok(found)));
        }
    }

    /// The file is gone; the history notices that with its next batch.
    pub(super) fn lose_file(&mut self) {
        if self.batch.take().is_some() {
            self.file = File::default();
            let now = self.now;
            self.happens(|chat| chat.begin_file(now));
            self.store_all();
        }
    }

    /// Stores everything that waits.
    pub(super) fn store_all(&mut self) {
        self.pass(10);
        while self.batch.is_some() {
            self.store(true);
        }
    }

    /// The server ends at any moment and starts again. The batch on its way may be in the file
    /// all the same.
    pub(super) fn crash(&mut self, batch_is_kept: bool) {
        self.end_at_once(batch_is_kept);
        self.begin_anew();
    }

    /// The server ends in order: clients are told, and waiting records are stored. Then it starts
    /// again.
    pub(super) fn restart(&mut self) {
        self.end_in_order();
        self.begin_anew();
    }

    /// The server ends, and its file is lost before it starts again.
    pub(super) fn lose_all(&mut self, in_order: bool) {
        if in_order {
            self.end_in_order();
        } else {
            self.end_at_once(false);
        }
        self.file = File::default();
        // What was acknowledged is lost with the file.
        self.devices.iter_mut().for_each(|device| device.acknowledged.clear());
        self.begin_anew();
    }

    fn end_at_once(&mut self, batch_is_kept: bool) {
        if let Some(batch) = self.batch.take().filter(|_| batch_is_kept) {
            self.file.keep(batch);
        }
        self.devices.iter_mut().for_each(|device| device.client = None);
    }

    fn end_in_order(&mut self) {
        self.stops();
        for device in 0..self.devices.len() {
            self.cut(device);
        }
        self.store_all();
        assert!(self.chat.is_over(), "nothing waits any more");
    }

    fn begin_anew(&mut self) {
        self.queries.clear();
        for (key, entries) in &mut self.truth {
            let epoch = log(&self.chat.core, key).map(|room| room.log.epoch());
            entries.retain(|_, entry| epoch.is_some_and(|epoch| self.file.has(epoch, entry)));
        }
        // Another life has other random numbers.
        self.settings.core.epoch_seed += 1000;
        let stored =
            self.file.begin(self.settings.core.log_entries_max, &self.settings.core.numbers);
        self.chat = chat(&self.settings, stored, self.now, self.outbox_max);
    }

    /// Sets how many records may wait to be stored.
    pub(super) fn with_room_for(mut self, records: usize) -> Self {
        self.settings.unstored_records_max = records;
        self
    }

    /// Checks that no client is told that numbers are gone whose lines are in the file.
    pub(super) fn check_answer(&self, client: ClientId, told: &Reply) {
        if let Reply::TooOld { log: name, from, to } | Reply::Skipped { log: name, from, to, .. } =
            told
            && let Some(room) = log(&self.chat.core, &(name.clone(), self.person(client)))
        {
            let stored = self.file.first_of(room.log.epoch(), *from, *to);
            assert_eq!(stored, None, "it is kept, and was called gone: {told:?}");
        }
    }

    /// From now on the core stores what is said.
    pub(super) fn keeps(mut self) -> Self {
        self.settings.stores = true;
        self.chat = chat(&self.settings, StoredData::default(), self.now, self.outbox_max);
        self
    }

    /// All numbers of a room that a device gets by scrolling back, newest first.
    pub(super) fn pages(&mut self, device: usize, room: &RoomName) -> Vec<Seq> {
        let (mut pages, mut before) = (Vec::new(), Seq(u64::MAX));
        loop {
            self.settle();
            let log = LogName::Room(room.clone());
            let request = Request::History { log, before, count: 3 };
            self.ask(device, request);
            // Other devices may have come back just now.
            self.now.since_start += limits::COMING_BACK_TURN;
            self.ticks();
            self.read();
            let client = self.devices[device].client.unwrap();
            let answer = self.outboxes().of[&client].waiting.back();
            let Some(Item::Note(Reply::History { entries, more, .. })) = answer else {
                return pages;
            };
            pages.extend(entries.iter().rev().map(|entry| entry.seq));
            match entries.first() {
                Some(first) if *more => before = first.seq,
                _ => return pages,
            }
        }
    }

    /// All numbers of a room whose lines are in the file.
    pub(super) fn stored(&self, room: &RoomName) -> Vec<Seq> {
        let id = self.chat.core.rooms.called(room);
        id.map_or_else(Vec::new, |id| {
            self.file.numbers(self.chat.core.room(id).unwrap().log.epoch())
        })
    }

    /// The newest number of a log; `None`: the person has no log of private messages.
    pub(super) fn head(&self, key: &LogKey) -> Option<Seq> {
        log(&self.chat.core, key).map(|room| room.log.head())
    }

    /// The epoch of a log; `None`: the person has no log of private messages.
    pub(super) fn epoch(&self, key: &LogKey) -> Option<Epoch> {
        log(&self.chat.core, key).map(|room| room.log.epoch())
    }

    /// The person of a client.
    pub(super) fn person(&self, client: ClientId) -> Option<PersonId> {
        match self.chat.core.author(client)? {
            Author::Person(id) => Some(id),
            Author::Guest(_) | Author::Nobody => None,
        }
    }

    /// Returns whether the log's owner may read this: a private message must be by them or to them.
    pub(super) fn is_owners(&self, (_, whose): &LogKey, entry: &Entry) -> bool {
        let EntryKind::Private { to, .. } = &entry.what else { return true };
        let own = whose.and_then(|person| self.chat.core.people.name(person));
        own.is_some_and(|own| entry.by.name == *own || to == own)
    }

    /// The key of the log that has this line.
    pub(super) fn key(&self, id: RoomId, entry: &Entry) -> LogKey {
        let whose = self.chat.core.private_logs.iter().find(|(_, its)| *its == id);
        (entry.log.clone(), whose.map(|(person, _)| person))
    }
}

fn log<'a>(core: &'a Core, (name, whose): &LogKey) -> Option<&'a Room> {
    let id = match name {
        LogName::Room(name) => core.rooms.called(name)?,
        LogName::Private => core.private_logs.of((*whose)?)?,
    };
    core.rooms.get(id)
}
