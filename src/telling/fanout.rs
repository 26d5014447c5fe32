//! How the chat reaches its clients: what the core decides becomes frames in outboxes, or values in
//! channels for clients without a connection of their own.
//!
//! Owns: which client receives the lines of which room, and what is noted for the next push.
//! Must not know: which client should receive what; `chat/core/mod.rs` decides.
//!
//! Part: `telling/mod.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::delivery::{Delivery, Overrun};
use super::listener::Listener;
use super::room_audience::{Missed, RoomAudience, batch};
use super::visits::Visits;
use super::waiting_replies::WaitingReplies;
use crate::chat::core::LogId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::chat::reply::{Reply, ToVisitor};
use crate::formats::Format;
use crate::server::disconnect::Disconnect;
use crate::server::hub::{ClientId, Roster};
use crate::server::outbox::{Frame, FrameBatch, LogPosition, Pushed};

// A push never blocks. So the hub must decide at once what happens to a client with a full outbox.
// A line of a log can be sent again later from the log. So if a client that knows message numbers
// has no space in its outbox, all log lines that wait in its outbox are dropped, and the caller
// gets the first missed number of each room (`Overrun::behind`). From then on the client is behind:
// it gets no new lines at once, but receives the log in chunks (`telling/progress/catch_up.rs`).
// Answers have no numbers, so they cannot be sent again; and a classic client knows no numbers, so
// its lines cannot be sent again either. If an answer does not fit even after the lines were
// dropped, or if a classic client has no space, the client is closed (`Overrun::full`).

pub(super) struct Outboxes {
    pub(super) roster: Roster<Format>,
    /// Clients with a connection.
    listeners: BTreeMap<ClientId, Listener>,
    /// Clients without a connection: pages, forms and polls.
    visits: Visits,
    rooms: BTreeMap<LogId, RoomAudience>,
    /// Rooms with lines for the next push, in the order of their first noted line.
    noted: Vec<LogId>,
    /// Noted answers for single clients. A push sends them after the noted lines of the rooms.
    notes: WaitingReplies,
    text_bytes_max: usize,
}

impl Outboxes {
    pub(super) fn new(roster: Roster<Format>, text_bytes_max: usize) -> Self {
        Self {
            roster,
            listeners: BTreeMap::new(),
            visits: Visits::default(),
            rooms: BTreeMap::new(),
            noted: Vec::new(),
            notes: WaitingReplies::default(),
            text_bytes_max,
        }
    }

    /// Adds a new client. It receives nothing until the core welcomes it. `addr` is its IP address,
    /// if the server shows the IP address to this client. `replies` is the channel of a client
    /// without a connection.
    pub(super) fn add(
        &mut self,
        client: ClientId,
        addr: Option<IpAddr>,
        replies: Option<Sender<ToVisitor>>,
    ) {
        match self.roster.connection(client) {
            Some((_, format)) => {
                self.listeners.insert(client, Listener::new(format, addr));
            }
            None => self.visits.add(client, replies),
        }
    }

    /// Pushes one batch to one client. If the outbox is full, drops the lines in it that can be
    /// sent again, and adds to `overrun` what the client has missed. A batch without a log position
    /// (answers) is then pushed once more; if it still has no space, adds the client to
    /// `overrun.full`.
    fn push_to(&self, client: ClientId, batch: &FrameBatch, overrun: &mut Overrun) {
        if self.roster.push(client, batch) != Pushed::Full {
            return;
        }
        // A batch with a log position is not pushed again now: the client gets it later, together
        // with the dropped lines.
        let place = batch.frames().first().and_then(Frame::position);
        self.fall_behind(client, place.map(room_and_seq), overrun);
        if place.is_none() && self.roster.push(client, batch) == Pushed::Full {
            overrun.full.push(client);
        }
    }

    /// Drops from the client's outbox the lines that can be sent again later. Adds to `overrun` the
    /// first missed number of each room. `missed` is the log position of a batch for which the
    /// outbox had no space.
    fn fall_behind(&self, client: ClientId, missed: Option<(LogId, Seq)>, overrun: &mut Overrun) {
        let dropped = self.roster.fall_behind(client);
        let places = dropped.iter().filter_map(Frame::position).map(room_and_seq).chain(missed);
        let mut first: BTreeMap<LogId, Seq> = BTreeMap::new();
        for (room, seq) in places {
            first.entry(room).and_modify(|from| *from = seq.min(*from)).or_insert(seq);
        }
        overrun.behind.push((client, first.into_iter().collect()));
    }

    fn deafen_everywhere(&mut self, client: ClientId) {
        let listener = self.listeners.get_mut(&client);
        let heard = listener.map_or_else(Vec::new, |it| std::mem::take(&mut it.hears));
        heard.into_iter().for_each(|room| self.remove_from(client, room));
    }

    fn remove_from(&mut self, client: ClientId, room: LogId) {
        if let Some(listener) = self.listeners.get_mut(&client) {
            listener.hears.retain(|heard| *heard != room);
        }
        if let Some(hearing) = self.rooms.get_mut(&room) {
            hearing.remove(client);
            if hearing.is_deserted() {
                self.rooms.remove(&room);
            }
        }
    }
}

impl Delivery for Outboxes {
    fn welcome(&mut self, client: ClientId) {
        self.roster.welcome(client);
    }

    fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        self.roster.refuse(client, reason);
        self.listeners.remove(&client);
        self.visits.refuse(client);
    }

    fn hear(&mut self, client: ClientId, room: LogId) {
        self.visits.hear(client, room);
        let Some((connection, format)) = self.roster.connection(client) else { return };
        let Some(listener) = self.listeners.get_mut(&client) else { return };
        let hearing = self.rooms.entry(room).or_default();
        debug_assert!(hearing.has_told_all(), "nobody hears what was said before");
        match &listener.reader {
            Some(reader) => hearing.add_named(client, Arc::clone(reader), connection.clone()),
            None => hearing.add(client, format, connection.clone()),
        }
        listener.hears.push(room);
    }

    fn deafen(&mut self, client: ClientId, room: LogId) {
        self.visits.deafen(client, room);
        self.remove_from(client, room);
    }

    fn note_line(&mut self, room: LogId, entry: &Arc<Entry>) -> bool {
        self.visits.tell(room, entry);
        let Some(hearing) = self.rooms.get_mut(&room) else { return true };
        if hearing.has_told_all() {
            self.noted.push(room);
        }
        hearing.note(room, entry, self.roster.batch_messages_max())
    }

    fn note_answer(&mut self, client: ClientId, reply: &Reply) -> bool {
        let Some(listener) = self.listeners.get_mut(&client) else {
            self.visits.answer_with(client, reply);
            return true;
        };
        if let Some(frame) = listener.encode_reply(reply, self.text_bytes_max) {
            self.notes.add(client, frame);
        }
        // The client has a new name. From now on, its frames must be made for that name in each
        // room from which it receives lines.
        if let (Reply::Renamed { .. }, Some(reader)) = (reply, &listener.reader)
            && let Some((connection, _)) = self.roster.connection(client)
        {
            for room in &listener.hears {
                let hearing = self.rooms.entry(*room).or_default();
                hearing.add_named(client, Arc::clone(reader), connection.clone());
            }
        }
        self.notes.len() < self.roster.batch_messages_max()
    }

    fn note_caught_up(&mut self, client: ClientId, room: LogId, reply: &Reply, seq: Seq) {
        let Some(listener) = self.listeners.get_mut(&client) else {
            return self.visits.answer_with(client, reply);
        };
        listener.retold = VecDeque::new();
        let place = LogPosition { room: room.0, seq: seq.next().0 };
        if let Some(frame) = listener.caught_up(reply, self.text_bytes_max, place) {
            self.notes.add(client, frame);
        }
    }

    fn push_noted(&mut self) -> Overrun {
        let mut missed = Vec::new();
        let mut overrun = Overrun { full: self.visits.take_full(), behind: Vec::new() };
        for room in self.noted.drain(..) {
            if let Some(hearing) = self.rooms.get_mut(&room) {
                hearing.push(room, &self.roster, &mut overrun.full, &mut missed);
            }
        }
        for Missed { client, room, from } in missed {
            self.fall_behind(client, Some((room, from)), &mut overrun);
        }
        let notes = std::mem::take(&mut self.notes);
        notes.for_each_parcel(|client, batch| self.push_to(client, batch, &mut overrun));
        overrun
    }

    fn replay(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        room: LogId,
        entries: &[Arc<Entry>],
    ) -> bool {
        let Some(listener) = self.listeners.get_mut(&client) else {
            self.visits.replay(client, person, entries);
            return true;
        };
        let lines = listener.missed_lines(entries);
        let batch = match &listener.reader {
            Some(reader) => {
                batch(&lines, |entry| reader.encode_past_line(room.0, entry, entry.is_by(person)))
            }
            None => {
                let format = listener.format;
                batch(&lines, |entry| format.encode_past_line(room.0, entry, entry.is_by(person)))
            }
        };
        self.roster.push(client, &batch) != Pushed::Full
    }

    fn notice(&mut self, room: LogId, but: Option<ClientId>, reply: &Reply) {
        self.visits.notice(room, but, reply);
        if let Some(hearing) = self.rooms.get(&room) {
            hearing.notice(self.roster.fan_out(), reply, self.text_bytes_max, but);
        }
    }

    fn watch(&mut self, client: ClientId) -> bool {
        self.roster.watch(client)
    }

    fn end(&mut self, client: ClientId, reason: Disconnect) {
        self.deafen_everywhere(client);
        self.visits.end(client);
        self.roster.end(client, reason);
    }

    fn forget(&mut self, client: ClientId) {
        self.deafen_everywhere(client);
        self.listeners.remove(&client);
        self.visits.forget(client);
        self.roster.forget(client);
    }
}

fn room_and_seq(place: LogPosition) -> (LogId, Seq) {
    (LogId(place.room), Seq(place.seq))
}
