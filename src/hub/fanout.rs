//! Fan-out: one message into many outboxes, and the few acts on a single one.
//!
//! Owns: each client's line as the hub holds it, who hears which room, what is
//! noted for the next push, and when an ending client is hung up on.
//! Must not know: who deserves what; `hub/core/mod.rs` decides.
//!
//! Next: `hub/notes.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::ClientId;
use super::core::RoomId;
use super::delivery::{Delivery, Overrun};
use super::hearing::{Hearing, Missed, parcel};
use super::held::Held;
use super::notes::Notes;
use super::visits::Visits;
use crate::chat::entry::{Entry, Seq};
use crate::chat::told::{Heard, Told};
use crate::client::ClientFormat as _;
use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{ExpressLine, Parcel, Pushed, Rest};
use crate::wire::{Format, Frame, LogPlace};

pub(super) struct Fanout {
    clients: BTreeMap<ClientId, Held>,
    visits: Visits,
    rooms: BTreeMap<RoomId, Hearing>,
    /// Rooms with something for the next push, in the order it was said.
    noted: Vec<RoomId>,
    /// What single clients are to be told, behind what their rooms are told.
    notes: Notes,
    way: FanOut,
    parcel_messages_max: usize,
    text_bytes_max: usize,
    /// Ending clients, soonest first: all waits of one kind are the same, and
    /// the two kinds are rare enough to be kept sorted by hand.
    hang_ups: VecDeque<(Instant, ClientId)>,
}

impl Fanout {
    pub(super) fn new(way: FanOut, parcel_messages_max: usize, text_bytes_max: usize) -> Self {
        Self {
            clients: BTreeMap::new(),
            visits: Visits::default(),
            rooms: BTreeMap::new(),
            noted: Vec::new(),
            notes: Notes::default(),
            way,
            parcel_messages_max,
            text_bytes_max,
            hang_ups: VecDeque::new(),
        }
    }

    /// Holds a newcomer; it hears nothing until it is welcome.
    pub(super) fn add(&mut self, client: ClientId, held: Held) {
        self.clients.insert(client, held);
    }

    /// Holds a newcomer without a line, as [`add`](Self::add) does.
    pub(super) fn add_visit(
        &mut self,
        client: ClientId,
        told: Option<Sender<Heard>>,
        welcome: Sender<Result<(), Disconnect>>,
    ) {
        self.visits.add(client, told, welcome);
    }

    /// When the next ending client is to be hung up on.
    pub(super) fn next_hang_up(&self) -> Option<Instant> {
        self.hang_ups.front().map(|(at, _)| *at)
    }

    /// Hangs up on ending clients whose time is over. Only a hang-up shortens a
    /// write that is blocked; a changed timeout does not.
    pub(super) fn hang_up_overdue(&mut self, now: Instant) {
        while let Some((_, client)) = self.hang_ups.pop_front_if(|(at, _)| *at <= now) {
            if let Some(held) = self.clients.get(&client) {
                held.line.hang_up();
            }
        }
    }

    /// One parcel for one client. A numbered one whose outbox is full makes room
    /// by forgetting lines that it can be told again.
    fn push_to(&mut self, client: ClientId, parcel: &Parcel, overrun: &mut Overrun) {
        let Some(held) = self.clients.get(&client) else { return };
        if held.line.push(self.way, parcel) != Pushed::Full {
            return;
        }
        // What stands in a log's place is missed with the lines before it.
        let place = parcel.frames().first().and_then(Frame::place);
        self.fall_behind(client, place.map(room_and_seq), overrun);
        if place.is_none() && held.line.push(self.way, parcel) == Pushed::Full {
            overrun.full.push(client);
        }
    }

    /// Drops what the client can be told again, and says from where on that is.
    fn fall_behind(&self, client: ClientId, missed: Option<(RoomId, Seq)>, overrun: &mut Overrun) {
        let Some(held) = self.clients.get(&client) else { return };
        let dropped = held.line.outbox.fall_behind();
        let places = dropped.iter().filter_map(Frame::place).map(room_and_seq).chain(missed);
        let mut first: BTreeMap<RoomId, Seq> = BTreeMap::new();
        for (room, seq) in places {
            first.entry(room).and_modify(|from| *from = seq.min(*from)).or_insert(seq);
        }
        overrun.behind.push((client, first.into_iter().collect()));
    }

    fn deafen_everywhere(&mut self, client: ClientId) {
        let held = self.clients.get_mut(&client);
        let heard = held.map_or_else(Vec::new, |held| std::mem::take(&mut held.hears));
        heard.into_iter().for_each(|room| self.remove_from(client, room));
    }

    fn remove_from(&mut self, client: ClientId, room: RoomId) {
        if let Some(held) = self.clients.get_mut(&client) {
            held.hears.retain(|heard| *heard != room);
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
        match self.clients.get_mut(&client) {
            Some(held) => held.answer(Ok(())),
            None => self.visits.answer(client, Ok(())),
        }
    }

    fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        match self.clients.remove(&client) {
            Some(mut held) => held.answer(Err(reason)),
            None => self.visits.refuse(client, reason),
        }
    }

    fn hear(&mut self, client: ClientId, room: RoomId) {
        self.visits.hear(client, room);
        if let Some(held) = self.clients.get_mut(&client) {
            let hearing = self.rooms.entry(room).or_default();
            debug_assert!(hearing.has_told_all(), "nobody hears what was said before");
            match &held.reader {
                Some(reader) => {
                    hearing.add_named(client, Arc::clone(reader), held.line.clone());
                }
                None => hearing.add(client, held.format, held.line.clone()),
            }
            held.hears.push(room);
        }
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
        hearing.note(room, entry, self.parcel_messages_max)
    }

    fn note_answer(&mut self, client: ClientId, told: &Told) -> bool {
        let Some(held) = self.clients.get_mut(&client) else {
            self.visits.answer_with(client, told);
            return true;
        };
        if let Some(frame) = held.told(told, self.text_bytes_max) {
            self.notes.add(client, frame);
        }
        // It is called otherwise now, in each room.
        if let (Told::Renamed { .. }, Some(reader)) = (told, &held.reader) {
            for room in &held.hears {
                let hearing = self.rooms.entry(*room).or_default();
                hearing.add_named(client, Arc::clone(reader), held.line.clone());
            }
        }
        self.notes.len() < self.parcel_messages_max
    }

    fn note_caught_up(&mut self, client: ClientId, room: RoomId, told: &Told, seq: Seq) {
        let Some(held) = self.clients.get_mut(&client) else {
            return self.visits.answer_with(client, told);
        };
        held.retold = VecDeque::new();
        let place = LogPlace { room: room.0, seq: seq.next().0 };
        if let Some(frame) = held.format.caught_up(told, self.text_bytes_max, place) {
            self.notes.add(client, frame);
        }
    }

    fn push_noted(&mut self) -> Overrun {
        let mut missed = Vec::new();
        let mut overrun = Overrun { full: self.visits.take_full(), behind: Vec::new() };
        for room in self.noted.drain(..) {
            if let Some(hearing) = self.rooms.get_mut(&room) {
                hearing.push(room, self.way, &mut overrun.full, &mut missed);
            }
        }
        for Missed { client, room, from } in missed {
            self.fall_behind(client, Some((room, from)), &mut overrun);
        }
        let notes = std::mem::take(&mut self.notes);
        notes.for_each_parcel(|client, parcel| self.push_to(client, parcel, &mut overrun));
        overrun
    }

    fn replay(&mut self, client: ClientId, room: RoomId, entries: &[Arc<Entry>]) -> bool {
        let Some(held) = self.clients.get_mut(&client) else {
            self.visits.replay(client, entries);
            return true;
        };
        let told = held.retells(entries);
        let parcel = match &held.reader {
            Some(reader) => parcel(&told, |entry| reader.tell(room.0, entry)),
            None => parcel(&told, |entry| held.format.tell(room.0, entry)),
        };
        held.line.push(self.way, &parcel) != Pushed::Full
    }

    fn notice(&mut self, room: RoomId, but: Option<ClientId>, told: &Told) {
        self.visits.notice(room, but, told);
        if let Some(hearing) = self.rooms.get(&room) {
            hearing.notice(self.way, told, self.text_bytes_max, but);
        }
    }

    fn watch(&mut self, client: ClientId) -> bool {
        let held = self.clients.get(&client);
        held.map_or_else(|| self.visits.has(client), |held| held.line.outbox.watch())
    }

    fn end(&mut self, client: ClientId, reason: Disconnect) {
        self.deafen_everywhere(client);
        let Some(held) = self.clients.get(&client) else { return self.visits.end(client) };
        // A slow consumer would not take the rest in time.
        let rest = if reason == Disconnect::SlowConsumer { Rest::Drop } else { Rest::Send };
        if rest == Rest::Send
            && let Some(frame) = held.format.bye(reason)
        {
            let mut bye = Parcel::default();
            bye.add(frame);
            held.line.push(FanOut::Writers, &bye);
        }
        if held.format.is_cut_by(reason) {
            held.line.outbox.fail(reason);
        } else {
            held.line.outbox.close(reason, held.format.close(reason), rest);
        }
        let hang_up_at = Instant::now() + time_to_end(reason);
        let place = self.hang_ups.partition_point(|(at, _)| *at <= hang_up_at);
        self.hang_ups.insert(place, (hang_up_at, client));
    }

    fn forget(&mut self, client: ClientId) {
        self.deafen_everywhere(client);
        let Some(held) = self.clients.remove(&client) else { return self.visits.forget(client) };
        // They have long to take the last of it, and many may come and go in that time.
        if matches!(held.format, Format::File(_)) {
            self.hang_ups.retain(|(_, ending)| *ending != client);
        }
    }
}

/// How long a client that is closed for this reason may take what it was told before.
fn time_to_end(reason: Disconnect) -> Duration {
    match reason {
        Disconnect::ServerStopping => limits::STOP_CLIENTS_WAIT,
        Disconnect::SlowConsumer | Disconnect::TalkedTooFast | Disconnect::SessionRenewed => {
            limits::EVICT_WAIT
        }
        _ => limits::LET_GO_WAIT,
    }
}

fn room_and_seq(place: LogPlace) -> (RoomId, Seq) {
    (RoomId(place.room), Seq(place.seq))
}
