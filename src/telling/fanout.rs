//! The chat's way to its clients: what the rule decides, as frames in outboxes or values in
//! channels.
//!
//! Owns: who hears which room, and what is noted for the next push.
//! Must not know: who deserves what; `chat/core/mod.rs` decides.
//!
//! Next: `telling/hearing.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::delivery::{Delivery, Overrun};
use super::hearing::{Hearing, Missed, parcel};
use super::listener::Listener;
use super::notes::Notes;
use super::visits::Visits;
use crate::chat::core::RoomId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::chat::told::{Heard, Told};
use crate::disconnect::Disconnect;
use crate::hub::{ClientId, Roster};
use crate::outbox::{Frame, LogPlace, Parcel, Pushed};
use crate::wire::Format;

pub(super) struct Fanout {
    pub(super) roster: Roster<Format>,
    /// Those who have a line.
    listeners: BTreeMap<ClientId, Listener>,
    /// Those who have none.
    visits: Visits,
    rooms: BTreeMap<RoomId, Hearing>,
    /// Rooms with something for the next push, in the order it was said.
    noted: Vec<RoomId>,
    /// What single clients are to be told, after what their rooms are told.
    notes: Notes,
    text_bytes_max: usize,
}

impl Fanout {
    pub(super) fn new(roster: Roster<Format>, text_bytes_max: usize) -> Self {
        Self {
            roster,
            listeners: BTreeMap::new(),
            visits: Visits::default(),
            rooms: BTreeMap::new(),
            noted: Vec::new(),
            notes: Notes::default(),
            text_bytes_max,
        }
    }

    /// Holds a newcomer; it hears nothing until it is welcome. Where it comes from is said if
    /// that is to be shown.
    pub(super) fn add(
        &mut self,
        client: ClientId,
        addr: Option<IpAddr>,
        told: Option<Sender<Heard>>,
    ) {
        match self.roster.line(client) {
            Some((_, format)) => {
                self.listeners.insert(client, Listener::new(format, addr));
            }
            None => self.visits.add(client, told),
        }
    }

    /// One parcel for one client. A numbered one whose outbox is full makes room
    /// by forgetting lines that it can be told again.
    fn push_to(&self, client: ClientId, parcel: &Parcel, overrun: &mut Overrun) {
        if self.roster.push(client, parcel) != Pushed::Full {
            return;
        }
        // What stands in a log's place is missed with the lines before it.
        let place = parcel.frames().first().and_then(Frame::place);
        self.fall_behind(client, place.map(room_and_seq), overrun);
        if place.is_none() && self.roster.push(client, parcel) == Pushed::Full {
            overrun.full.push(client);
        }
    }

    /// Drops what the client can be told again, and says from where on that is.
    fn fall_behind(&self, client: ClientId, missed: Option<(RoomId, Seq)>, overrun: &mut Overrun) {
        let dropped = self.roster.fall_behind(client);
        let places = dropped.iter().filter_map(Frame::place).map(room_and_seq).chain(missed);
        let mut first: BTreeMap<RoomId, Seq> = BTreeMap::new();
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

    fn remove_from(&mut self, client: ClientId, room: RoomId) {
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

impl Delivery for Fanout {
    fn welcome(&mut self, client: ClientId) {
        self.roster.welcome(client);
    }

    fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        self.roster.refuse(client, reason);
        self.listeners.remove(&client);
        self.visits.refuse(client);
    }

    fn hear(&mut self, client: ClientId, room: RoomId) {
        self.visits.hear(client, room);
        let Some((line, format)) = self.roster.line(client) else { return };
        let Some(listener) = self.listeners.get_mut(&client) else { return };
        let hearing = self.rooms.entry(room).or_default();
        debug_assert!(hearing.has_told_all(), "nobody hears what was said before");
        match &listener.reader {
            Some(reader) => hearing.add_named(client, Arc::clone(reader), line.clone()),
            None => hearing.add(client, format, line.clone()),
        }
        listener.hears.push(room);
    }

    fn deafen(&mut self, client: ClientId, room: RoomId) {
        self.visits.deafen(client, room);
        self.remove_from(client, room);
    }

    fn note_line(&mut self, room: RoomId, entry: &Arc<Entry>) -> bool {
        self.visits.tell(room, entry);
        let Some(hearing) = self.rooms.get_mut(&room) else { return true };
        if hearing.has_told_all() {
            self.noted.push(room);
        }
        hearing.note(room, entry, self.roster.batch_messages_max())
    }

    fn note_answer(&mut self, client: ClientId, told: &Told) -> bool {
        let Some(listener) = self.listeners.get_mut(&client) else {
            self.visits.answer_with(client, told);
            return true;
        };
        if let Some(frame) = listener.told(told, self.text_bytes_max) {
            self.notes.add(client, frame);
        }
        // It is called otherwise now, in each room.
        if let (Told::Renamed { .. }, Some(reader)) = (told, &listener.reader)
            && let Some((line, _)) = self.roster.line(client)
        {
            for room in &listener.hears {
                let hearing = self.rooms.entry(*room).or_default();
                hearing.add_named(client, Arc::clone(reader), line.clone());
            }
        }
        self.notes.len() < self.roster.batch_messages_max()
    }

    fn note_caught_up(&mut self, client: ClientId, room: RoomId, told: &Told, seq: Seq) {
        let Some(listener) = self.listeners.get_mut(&client) else {
            return self.visits.answer_with(client, told);
        };
        listener.retold = VecDeque::new();
        let place = LogPlace { room: room.0, seq: seq.next().0 };
        if let Some(frame) = listener.caught_up(told, self.text_bytes_max, place) {
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
        notes.for_each_parcel(|client, parcel| self.push_to(client, parcel, &mut overrun));
        overrun
    }

    fn replay(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        room: RoomId,
        entries: &[Arc<Entry>],
    ) -> bool {
        let Some(listener) = self.listeners.get_mut(&client) else {
            self.visits.replay(client, person, entries);
            return true;
        };
        let told = listener.retells(entries);
        let parcel = match &listener.reader {
            Some(reader) => {
                parcel(&told, |entry| reader.retell(room.0, entry, entry.is_by(person)))
            }
            None => {
                let format = listener.format;
                parcel(&told, |entry| format.retell(room.0, entry, entry.is_by(person)))
            }
        };
        self.roster.push(client, &parcel) != Pushed::Full
    }

    fn notice(&mut self, room: RoomId, but: Option<ClientId>, told: &Told) {
        self.visits.notice(room, but, told);
        if let Some(hearing) = self.rooms.get(&room) {
            hearing.notice(self.roster.way(), told, self.text_bytes_max, but);
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

fn room_and_seq(place: LogPlace) -> (RoomId, Seq) {
    (RoomId(place.room), Seq(place.seq))
}
