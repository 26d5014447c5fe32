//! The clients without a line, as the hub holds them: they are told values, and their
//! thread makes a page or an answer of them.
//!
//! Owns: their channels, and which of them hear which room. A channel that is full has
//! told more than any answer holds, so its visit is over.
//! Must not know: pages, frames, who deserves what.
//!
//! Next: `hub/held.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::ClientId;
use super::core::{Effect, RoomId};
use crate::chat::entry::Entry;
use crate::chat::told::{Heard, Told};
use crate::disconnect::Disconnect;

/// Everybody who is here for one page or answer.
#[derive(Default)]
pub(super) struct Visits {
    clients: BTreeMap<ClientId, Visiting>,
    /// Those who wait for what is said.
    hearing: BTreeMap<RoomId, BTreeSet<ClientId>>,
}

struct Visiting {
    /// `None`: it is told no more, and must go.
    told: Option<Sender<Heard>>,
    welcome: Option<Sender<Result<(), Disconnect>>>,
}

/// What became of an effect.
pub(super) enum Carried {
    /// It is for somebody else.
    NotHere,
    Out,
    /// The visitor could not be told.
    Full(ClientId),
    /// The visitor has room.
    Drained(ClientId),
}

impl Visits {
    pub(super) fn add(
        &mut self,
        client: ClientId,
        told: Sender<Heard>,
        welcome: Sender<Result<(), Disconnect>>,
    ) {
        self.clients.insert(client, Visiting { told: Some(told), welcome: Some(welcome) });
    }

    /// Carries out what is for a visitor alone. Never blocks.
    pub(super) fn carry_out(&mut self, effect: &Effect) -> Carried {
        let visit = effect.client().and_then(|client| self.clients.get_mut(&client));
        let Some(visit) = visit else { return Carried::NotHere };
        let has_room = match effect {
            Effect::Note(_, told) | Effect::CaughtUp(_, _, told, _) => visit.tell(told),
            Effect::Replay(_, _, lines) => lines.iter().all(|line| visit.hear(line)),
            Effect::Watch(client) => return Carried::Drained(*client),
            other => {
                self.change(other);
                true
            }
        };
        match effect.client() {
            Some(client) if !has_room => Carried::Full(client),
            _ => Carried::Out,
        }
    }

    /// Who is here, and who hears what.
    fn change(&mut self, effect: &Effect) {
        match effect {
            Effect::Welcome(client) => self.answer(*client, Ok(())),
            Effect::Hear(client, room) => {
                self.hearing.entry(*room).or_default().insert(*client);
            }
            Effect::Deafen(client, room) => self.deafen(*client, |heard| heard == room),
            Effect::Refuse(client, reason) => {
                self.answer(*client, Err(*reason));
                self.clients.remove(client);
            }
            Effect::Evict(client)
            | Effect::Cut(client)
            | Effect::SayGoodbye(client)
            | Effect::LetGo(client, _) => {
                self.deafen(*client, |_| true);
                if let Some(visit) = self.clients.get_mut(client) {
                    visit.told = None;
                }
            }
            Effect::Forget(client) => {
                self.deafen(*client, |_| true);
                self.clients.remove(client);
            }
            _ => {}
        }
    }

    fn answer(&mut self, client: ClientId, answer: Result<(), Disconnect>) {
        let visit = self.clients.get_mut(&client);
        if let Some(welcome) = visit.and_then(|visit| visit.welcome.take()) {
            // An error means that its thread is gone; it unregisters by itself.
            welcome.try_send(answer).ok();
        }
    }

    fn deafen(&mut self, client: ClientId, is_it: impl Fn(&RoomId) -> bool) {
        self.hearing.retain(|room, clients| {
            if is_it(room) {
                clients.remove(&client);
            }
            !clients.is_empty()
        });
    }

    /// Tells a room's line, and answers who had no room for it. Never blocks.
    pub(super) fn tell(&self, room: RoomId, entry: &Arc<Entry>) -> Vec<ClientId> {
        self.those_who_cannot(room, None, |visit| visit.hear(entry))
    }

    /// As [`tell`](Self::tell), a notice, to all but one.
    pub(super) fn notice(&self, room: RoomId, but: Option<ClientId>, told: &Told) -> Vec<ClientId> {
        self.those_who_cannot(room, but, |visit| visit.tell(told))
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
    fn hear(&self, line: &Arc<Entry>) -> bool {
        self.send(|| Heard::Line(Arc::clone(line)))
    }

    fn send(&self, heard: impl Fn() -> Heard) -> bool {
        let Some(channel) = &self.told else { return true };
        !channel.try_send(heard()).is_err_and(|error| error.is_full())
    }
}
