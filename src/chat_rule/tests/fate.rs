//! Simulates what can happen to the server's disk and process. The test hub itself has no disk and
//! no process of its own.
//!
//! Part: `chat_rule/mod.rs`.

use super::device::{Item, LogKey};
use super::file::File;
use super::world::{World, chat};
use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Log, LogId};
use crate::chat::entry::{Entry, EntryKind, Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{PersonId, Stored};
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat_rule::event::ChatEvent;
use crate::chat_rule::progress::tests::COMING_BACK_TURN;

impl World {
    pub(super) fn pass(&mut self, seconds: u64) {
        self.now.chat_time += std::time::Duration::from_secs(seconds);
        self.ticks();
        while self.chat.has_due(self.now) {
            self.ticks();
        }
    }

    /// The history answers that it has stored its batch, or that it has not.
    pub(super) fn store(&mut self, is_well: bool) {
        if let Some(batch) = self.batch.take() {
            if is_well {
                self.file.keep(batch);
            }
            let outcome = if is_well { Ok(()) } else { Err("no room".to_owned()) };
            self.happens(ChatEvent::BatchEnded(outcome));
        }
    }

    /// The history answers a query.
    pub(super) fn read(&mut self) {
        if let Some(query) = self.queries.pop_front() {
            let found = self.file.find(&query);
            self.happens(ChatEvent::QueryAnswered(Ok(found)));
        }
    }

    /// The file is deleted. The history finds this out when it stores its next batch.
    pub(super) fn lose_file(&mut self) {
        if self.batch.take().is_some() {
            self.file = File::default();
            self.happens(ChatEvent::FileIsNew);
            self.store_all();
        }
    }

    /// Stores all waiting records.
    pub(super) fn store_all(&mut self) {
        self.pass(10);
        while self.batch.is_some() {
            self.store(true);
        }
    }

    /// The server crashes and starts again. `batch_is_kept` says whether the batch that the history
    /// was writing is in the file all the same.
    pub(super) fn crash(&mut self, batch_is_kept: bool) {
        self.end_at_once(batch_is_kept);
        self.begin_anew();
    }

    /// The server stops cleanly: clients are told, and waiting records are stored. Then it starts
    /// again.
    pub(super) fn restart(&mut self) {
        self.end_in_order();
        self.begin_anew();
    }

    /// The server stops or crashes, and its file is lost before it starts again.
    pub(super) fn lose_all(&mut self, in_order: bool) {
        if in_order {
            self.end_in_order();
        } else {
            self.end_at_once(false);
        }
        self.file = File::default();
        // The file is lost, and with it all messages of which the server has told a device that
        // they are stored.
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
            let epoch = log(self.chat.core(), key).map(Log::epoch);
            entries.retain(|_, entry| epoch.is_some_and(|epoch| self.file.has(epoch, entry)));
        }
        // Each run of the server gets another seed for its epochs.
        self.settings.core.epoch_seed += 1000;
        let stored =
            self.file.begin(self.settings.core.log_entries_max, &self.settings.core.numbers);
        self.chat = chat(&self.settings, stored, self.now, self.outbox_max);
    }

    /// Returns the chat, in which at most `records` records may wait to be stored.
    pub(super) fn with_room_for(mut self, records: usize) -> Self {
        self.settings.unstored_records_max = records;
        self
    }

    /// Checks that the file has no line with a number of which a client is told that it has none.
    pub(super) fn check_answer(&self, client: ClientId, told: &Answer) {
        if let Answer::TooOld { log: name, from, to } | Answer::Skipped { log: name, from, to, .. } =
            told
            && let Some(log) = log(self.chat.core(), &(name.clone(), self.person(client)))
        {
            let stored = self.file.first_of(log.epoch(), *from, *to);
            assert_eq!(stored, None, "it is kept, and was called gone: {told:?}");
        }
    }

    /// Returns the chat with a file: it stores what is said from now on.
    pub(super) fn keeps(mut self) -> Self {
        self.settings.stores = true;
        self.chat = chat(&self.settings, Stored::default(), self.now, self.outbox_max);
        self
    }

    /// Returns all numbers of the lines of a room that a device gets when it scrolls back, newest
    /// first.
    pub(super) fn pages(&mut self, device: usize, room: &RoomName) -> Vec<Seq> {
        let (mut pages, mut before) = (Vec::new(), Seq(u64::MAX));
        loop {
            self.settle();
            let log = LogName::Room(room.clone());
            let request = Request::History { log, before, count: 3 };
            self.ask(device, request);
            // The history first reads the lines that devices have missed which have just connected.
            // So time passes.
            self.now.chat_time += COMING_BACK_TURN;
            self.ticks();
            self.read();
            let client = self.devices[device].client.unwrap();
            let answer = self.outboxes().of[&client].waiting.back();
            let Some(Item::Answer(Answer::History { entries, more, .. })) = answer else {
                return pages;
            };
            pages.extend(entries.iter().rev().map(|entry| entry.seq));
            match entries.first() {
                Some(first) if *more => before = first.seq,
                _ => return pages,
            }
        }
    }

    /// Returns the numbers of all lines of a room that the file has.
    pub(super) fn stored(&self, room: &RoomName) -> Vec<Seq> {
        let id = self.chat.core().room_called(room);
        id.map_or_else(Vec::new, |id| self.file.numbers(self.chat.core().log(id).unwrap().epoch()))
    }

    /// Returns the newest number of the log with this key; `None`: `key` means a person's private
    /// messages, and that person has no log of them.
    pub(super) fn head(&self, key: &LogKey) -> Option<Seq> {
        log(self.chat.core(), key).map(Log::head)
    }

    /// Returns the epoch of the log with this key; `None`: `key` means a person's private messages,
    /// and that person has no log of them.
    pub(super) fn epoch(&self, key: &LogKey) -> Option<Epoch> {
        log(self.chat.core(), key).map(Log::epoch)
    }

    /// Returns the client's person; `None`: it has none.
    pub(super) fn person(&self, client: ClientId) -> Option<PersonId> {
        match self.chat.core().author(client)? {
            Author::Person(id) => Some(id),
            Author::Classic(_) | Author::Nobody => None,
        }
    }

    /// Returns whether this line may be in the log: if it is a private message, the log's owner
    /// must have sent or received it.
    pub(super) fn is_owners(&self, (_, whose): &LogKey, entry: &Entry) -> bool {
        let EntryKind::Private { to, .. } = &entry.what else { return true };
        let own = whose.and_then(|person| self.chat.core().name_of_person(person));
        own.is_some_and(|own| entry.by.name == *own || to == own)
    }

    /// Returns the key of the log that this line is in.
    pub(super) fn key(&self, id: LogId, entry: &Entry) -> LogKey {
        let whose = self.chat.core().private_logs().find(|(_, its)| *its == id);
        (entry.log.clone(), whose.map(|(person, _)| person))
    }
}

fn log<'a>(core: &'a Core, (name, whose): &LogKey) -> Option<&'a Log> {
    let id = match name {
        LogName::Room(name) => core.room_called(name)?,
        LogName::Private => core.private_logs().find(|(person, _)| Some(*person) == *whose)?.1,
    };
    core.log(id)
}
