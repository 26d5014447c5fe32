//! A hub without threads and sockets. Its outboxes are lists.
//!
//! Owns: how this test hub carries out what the chat wants. The promises of the real server to its
//! clients are checked here, too.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::device::{Device, LogKey};
use super::file::{FEW_NUMBERS, File};
use super::outbox::{Outbox, Outboxes};
use super::{ChatSettings, Moment, Newcomer, came_from, place, settings, token};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::core::{Greeting, Stay};
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{Query, Record, Stored};
use crate::chat::request::{Hello, Request};
use crate::chat::room_name::RoomName;
use crate::chat_rule::chat::Chat;
use crate::chat_rule::event::ChatEvent;
use crate::history::HistoryTask;

pub(super) struct World {
    pub(super) chat: Chat<Outboxes>,
    pub(super) settings: ChatSettings,
    pub(super) now: Moment,
    pub(super) outbox_max: usize,
    pub(super) devices: Vec<Device>,
    /// Every line that any client was ever sent, by log. The lines on the devices are compared with
    /// these.
    pub(super) truth: BTreeMap<LogKey, BTreeMap<Seq, Arc<Entry>>>,
    /// Every number that a client was ever sent, with the epoch of its log.
    pub(super) given: BTreeSet<(u64, Seq)>,
    /// The file, which is still there after a crash. The records in `batch`, which the history is
    /// writing, may be lost in a crash.
    pub(super) file: File,
    pub(super) batch: Option<Vec<Record>>,
    /// Queries that the history has not answered yet.
    pub(super) queries: VecDeque<Query>,
    pub(super) last_client_id: u64,
    pub(super) evicted: usize,
    /// The IP address of all clients, if the limits on requests apply to them.
    pub(super) network: Option<ClientNetwork>,
    /// Whether the chat takes requests even from a client whose outbox is rather full. Some clients
    /// are then evicted.
    pub(super) hasty: bool,
}

impl World {
    pub(super) fn new(devices: usize, outbox_max: usize, log_entries_max: usize) -> Self {
        let mut settings = settings(log_entries_max, outbox_max / 4, 7);
        settings.core.numbers = FEW_NUMBERS;
        Self {
            chat: chat(&settings, Stored::default(), Moment::default(), outbox_max),
            settings,
            now: Moment::default(),
            outbox_max,
            devices: (0..devices).map(|_| Device::default()).collect(),
            truth: BTreeMap::new(),
            given: BTreeSet::new(),
            file: File::default(),
            batch: None,
            queries: VecDeque::new(),
            last_client_id: 0,
            evicted: 0,
            network: None,
            hasty: false,
        }
    }

    /// The device connects and says hello. It tells the chat what it has seen of each log.
    pub(super) fn connect(&mut self, device: usize) {
        if self.devices[device].client.is_some() {
            return;
        }
        self.last_client_id += 1;
        let client = ClientId(self.last_client_id);
        let known = &self.devices[device];
        let rooms = known.views.keys().filter_map(LogName::room);
        let mut rooms: Vec<_> = rooms.map(|room| place(room.clone(), known.seen(room))).collect();
        let private = known.seen_of(&LogName::Private);
        if rooms.is_empty() {
            rooms.push(place(RoomName::lobby(), None));
        }
        let own = token(u8::try_from(device).unwrap());
        let hello = Hello { token: Some(own.clone()), rooms, private, ..Hello::default() };
        self.devices[device].client = Some(client);
        self.devices[device].leaving.clear();
        self.outboxes().of.insert(client, Outbox::default());
        let (is_admitted, stay) = (true, Stay::Connected);
        let greeting = Greeting { hello, fresh: own, is_admitted, stay };
        let newcomer = Newcomer::WithHello(Box::new(greeting));
        self.happens(ChatEvent::Newcomer(client, newcomer, came_from(self.network)));
        let core = self.chat.core();
        let name = core.author(client).and_then(|author| core.name_of_author(author)).unwrap();
        let who = (self.person(client), name);
        self.devices[device].becomes(who);
    }

    /// The device's connection is lost, with all items that were not received.
    pub(super) fn cut(&mut self, device: usize) {
        if let Some(client) = self.devices[device].client.take() {
            self.outboxes().of.remove(&client);
            self.leaves(client);
        }
    }

    /// The device sends a request. If more than a quarter of the outbox is unsent, the chat does
    /// not take the request: in the real server, the client's reader would wait.
    pub(super) fn ask(&mut self, device: usize, request: Request) {
        let Some(client) = self.devices[device].client else { return };
        let waiting = self.outboxes().of[&client].waiting.len();
        if self.hasty || waiting <= self.outbox_max / 4 {
            self.happens(ChatEvent::Asked(client, request));
        }
    }

    /// The device receives at most `count` items.
    pub(super) fn take(&mut self, device: usize, count: usize) {
        let Some(client) = self.devices[device].client else { return };
        for _ in 0..count {
            let Some(outbox) = self.outboxes().of.get_mut(&client) else { return };
            let Some(item) = outbox.waiting.pop_front() else { break };
            if outbox.waiting.is_empty() && std::mem::take(&mut outbox.must_report) {
                self.chat.step(self.now, ChatEvent::Drained(client));
            }
            self.devices[device].hear(item, &self.truth);
        }
        self.let_catch_up();
    }

    /// All connected devices receive items until none is left.
    pub(super) fn settle(&mut self) {
        loop {
            let waits = self.outboxes().of.values().any(|outbox| !outbox.waiting.is_empty());
            let has_drained = self.chat.has_drained();
            if !waits && !has_drained && self.queries.is_empty() {
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
        if self.chat.has_drained() {
            self.happens(ChatEvent::CatchUpTurn);
        }
    }

    pub(super) fn outboxes(&mut self) -> &mut Outboxes {
        self.chat.delivery()
    }

    /// The chat learns that a client's connection has ended.
    fn leaves(&mut self, client: ClientId) {
        // The chat handles the client's waiting requests first. One of them may rename the person,
        // so more than one thing may change.
        self.follows(false, ChatEvent::Left(client));
    }

    pub(super) fn stops(&mut self) {
        self.follows(false, ChatEvent::Stopping);
    }

    pub(super) fn ticks(&mut self) {
        self.happens(ChatEvent::Ticked);
    }

    pub(super) fn happens(&mut self, event: ChatEvent) {
        self.follows(true, event);
    }

    /// Gives the chat one event, and checks what the chat did then.
    fn follows(&mut self, is_one_deed: bool, event: ChatEvent) {
        self.chat.step(self.now, event);
        self.chat.step(self.now, ChatEvent::PushCollected);
        self.check_what_was_said(is_one_deed);
        for (client, told) in std::mem::take(&mut self.outboxes().answered) {
            self.check_answer(client, &told);
        }
        for task in self.chat.take_tasks() {
            match task {
                HistoryTask::Store(batch) => {
                    assert!(self.batch.is_none(), "one batch at a time");
                    self.batch = Some(batch);
                }
                HistoryTask::Find(query) => {
                    // The devices never search for words, so there is at most one query at a time.
                    assert!(self.queries.is_empty(), "one question at a time");
                    self.queries.push_back(query);
                }
            }
        }
        for client in std::mem::take(&mut self.outboxes().ended) {
            self.evicted += 1;
            for device in &mut self.devices {
                device.client.take_if(|its| *its == client);
            }
            self.leaves(client);
        }
    }

    fn check_what_was_said(&mut self, is_one_deed: bool) {
        for (room, entry) in std::mem::take(&mut self.outboxes().said) {
            let key = self.key(room, &entry);
            assert!(!is_one_deed || self.is_owners(&key, &entry), "{key:?}: {entry:?}");
            let lines = self.truth.entry(key).or_default();
            let before = lines.insert(entry.seq, Arc::clone(&entry));
            assert!(before.is_none(), "a number was given twice");
            let epoch = self.chat.core().log(room).unwrap().epoch();
            let is_new = self.given.insert((epoch.0, entry.seq));
            assert!(is_new, "a number was given twice, over a crash");
        }
    }
}

/// Makes a chat whose clients have outboxes of `outbox_max` items.
pub(super) fn chat(
    settings: &ChatSettings,
    stored: Stored,
    now: Moment,
    outbox_max: usize,
) -> Chat<Outboxes> {
    Chat::new(settings.clone(), stored, now, Outboxes::new(outbox_max))
}
