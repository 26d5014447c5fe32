//! The clients without a line, as the hub holds them: they are told values, and their
//! thread makes a page or an answer of them.
//!
//! Owns: their channels, and which of them hear which room. A channel that is full has
//! told more than any answer holds, so its visit is over.
//! Must not know: pages, frames, who deserves what.
//!
//! Next: `telling/turns.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::chat::core::RoomId;
use crate::chat::entry::Entry;
use crate::chat::record::PersonId;
use crate::chat::told::{Heard, Told};
use crate::hub::ClientId;

/// Everybody who is here for one page or answer.
#[derive(Default)]
pub(super) struct Visits {
    clients: BTreeMap<ClientId, Visiting>,
    /// Those who wait for what is said.
    hearing: BTreeMap<RoomId, BTreeSet<ClientId>>,
    /// Those who could not be told something.
    full: Vec<ClientId>,
}

struct Visiting {
    /// `None`: it is told no more, and must go.
    told: Option<Sender<Heard>>,
}

impl Visits {
    pub(super) fn add(&mut self, client: ClientId, told: Option<Sender<Heard>>) {
        self.clients.insert(client, Visiting { told });
    }

    /// Whether it is here.
    pub(super) fn has(&self, client: ClientId) -> bool {
        self.clients.contains_key(&client)
    }

    /// It cannot come in.
    pub(super) fn refuse(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    /// From here on it is told what is said in the room.
    pub(super) fn hear(&mut self, client: ClientId, room: RoomId) {
        if self.has(client) {
            self.hearing.entry(room).or_default().insert(client);
        }
    }

    pub(super) fn deafen(&mut self, client: ClientId, room: RoomId) {
        self.remove_from(client, |heard| *heard == room);
    }

    /// It is told no more, and goes.
    pub(super) fn end(&mut self, client: ClientId) {
        self.remove_from(client, |_| true);
        if let Some(visit) = self.clients.get_mut(&client) {
            visit.told = None;
        }
    }

    /// It has gone.
    pub(super) fn forget(&mut self, client: ClientId) {
        self.remove_from(client, |_| true);
        self.clients.remove(&client);
    }

    fn remove_from(&mut self, client: ClientId, is_it: impl Fn(&RoomId) -> bool) {
        if !self.has(client) {
            return;
        }
        self.hearing.retain(|room, clients| {
            if is_it(room) {
                clients.remove(&client);
            }
            !clients.is_empty()
        });
    }

    /// Those who had no room since this was last asked.
    pub(super) fn take_full(&mut self) -> Vec<ClientId> {
        std::mem::take(&mut self.full)
    }

    /// Tells one alone. Never blocks.
    pub(super) fn answer_with(&mut self, client: ClientId, told: &Told) {
        let visit = self.clients.get(&client);
        if visit.is_some_and(|visit| !visit.tell(told)) {
            self.full.push(client);
        }
    }

    /// Tells one alone these lines. Never blocks.
    pub(super) fn replay(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        lines: &[Arc<Entry>],
    ) {
        let visit = self.clients.get(&client);
        if visit.is_some_and(|visit| !lines.iter().all(|line| visit.hear(line, line.is_by(person))))
        {
            self.full.push(client);
        }
    }

    /// Tells a room's line. Never blocks.
    pub(super) fn tell(&mut self, room: RoomId, entry: &Arc<Entry>) {
        let full = self.those_who_cannot(room, None, |visit| visit.hear(entry, false));
        self.full.extend(full);
    }

    /// The same of a notice, to all but one.
    pub(super) fn notice(&mut self, room: RoomId, but: Option<ClientId>, told: &Told) {
        let full = self.those_who_cannot(room, but, |visit| visit.tell(told));
        self.full.extend(full);
    }

    fn those_who_cannot(
        &self,
        room: RoomId,
        but: Option<ClientId>,
        hear: impl Fn(&Visiting) -> bool,
    ) -> Vec<ClientId> {
        let Some(clients) = self.hearing.get(&room) else { return Vec::new() };
        let cannot = |client: &&ClientId| {
            Some(**client) != but && self.clients.get(client).is_some_and(|it| !hear(it))
        };
        clients.iter().filter(cannot).copied().collect()
    }
}

impl Visiting {
    /// Whether it had room.
    fn tell(&self, told: &Told) -> bool {
        self.send(|| Heard::Told(Box::new(told.clone())))
    }

    /// Whether it had room.
    fn hear(&self, line: &Arc<Entry>, own: bool) -> bool {
        self.send(|| Heard::Line { entry: Arc::clone(line), own })
    }

    fn send(&self, heard: impl Fn() -> Heard) -> bool {
        let Some(channel) = &self.told else { return true };
        !channel.try_send(heard()).is_err_and(|error| error.is_full())
    }
}
