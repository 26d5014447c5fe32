//! Which rooms and logs of private messages there are, by their ids and names.
//!
//! Owns: that a name is one room's, that no two lives of a log share an epoch, and which of them
//! an event has changed.
//! Must not know: who may come into one (`chat/core/lock.rs`), who asks.
//!
//! Next: `chat/core/rooms/places.rs`.

mod memory;
mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lock::Lock;
use super::people::Author;
use super::room::{Room, Whose};
use super::{Changed, CoreSettings, RoomId};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{AddressTag, KeptPrivateLog, KeptRoom, PastLog, PersonId};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::limits;

/// All rooms and logs of private messages.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rooms {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<RoomId, Room>,
    /// Of logs of private messages there is no name.
    #[serde(with = "crate::chat::codec::pairs")]
    by_name: BTreeMap<RoomName, RoomId>,
    next_id: RoomId,
    /// The room that is always there.
    lobby: RoomName,
    epoch_seed: u64,
    /// Lines of each room that are kept in memory.
    log_entries_max: usize,
    /// Those that this event has changed.
    changed: BTreeSet<RoomId>,
    /// Lives of logs that are over by it.
    gone: Vec<(RoomId, Epoch)>,
    /// Bytes that logs have grown by since somebody looked how much all of them take.
    grown: usize,
}

impl Rooms {
    /// None yet.
    pub(super) fn new(settings: &CoreSettings) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            next_id: RoomId(NonZeroU64::MIN),
            lobby: settings.lobby.clone(),
            epoch_seed: settings.epoch_seed,
            log_entries_max: settings.log_entries_max,
            changed: BTreeSet::new(),
            gone: Vec::new(),
            grown: 0,
        }
    }

    /// The room, or log of private messages, with this id.
    pub(super) fn get(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    /// All of them, in the order in which they were made.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (RoomId, &mut Room)> {
        self.by_id.iter_mut().map(|(id, room)| (*id, room))
    }

    /// The room of this name, if there is one.
    pub(super) fn called(&self, name: &RoomName) -> Option<RoomId> {
        self.by_name.get(name).copied()
    }

    /// Those that have a name, in the order of their names.
    pub(super) fn named(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.by_name.values().filter_map(|id| Some((*id, self.by_id.get(id)?)))
    }

    /// The name of the room that is always there: where classic clients are, and everybody
    /// else at first.
    pub(super) fn lobby_name(&self) -> &RoomName {
        &self.lobby
    }

    /// Its id.
    pub(super) fn lobby_id(&self) -> Option<RoomId> {
        self.called(&self.lobby)
    }

    /// The lobby; nobody made it.
    pub(super) fn lobby(&mut self, now: Duration) -> RoomId {
        self.open(self.lobby.clone(), Lock::default(), None, now)
    }

    /// The room of this name; if it is not there, it is made, with this lock, from there.
    pub(super) fn open(
        &mut self,
        name: RoomName,
        lock: Lock,
        address: Option<AddressTag>,
        now: Duration,
    ) -> RoomId {
        if let Some(id) = self.called(&name) {
            return id;
        }
        let (entries_max, whose) = (self.log_entries_max, Whose::Room(name.clone()));
        let id = self.add(|epoch| {
            let mut room = Room::new(whose, lock, epoch, entries_max).made_from(address);
            // Whoever made it may not get in, or say one thing and be gone.
            room.empty_since = Some(now);
            room
        });
        self.by_name.insert(name, id);
        self.note_change(id);
        id
    }

    /// A new log for somebody's private messages.
    pub(super) fn open_private(&mut self, person: PersonId) -> RoomId {
        let (whose, entries_max) = (Whose::Person(person), limits::PRIVATE_LOG_ENTRIES_MAX);
        let id = self.add(|epoch| Room::new(whose, Lock::default(), epoch, entries_max));
        self.note_change(id);
        id
    }

    /// A room as it was kept.
    pub(super) fn restore(&mut self, past: PastLog<KeptRoom>, bytes_max: usize) {
        let (name, entries_max) = (past.kept.name.clone(), self.log_entries_max);
        let id = self.add(|_| Room::restored(past, entries_max, bytes_max));
        self.by_name.insert(name, id);
    }

    /// A log of private messages as it was kept.
    pub(super) fn restore_private(
        &mut self,
        past: PastLog<KeptPrivateLog>,
        bytes_max: usize,
    ) -> RoomId {
        self.add(|_| Room::restored_private(past, bytes_max))
    }

    /// A life of a log that was kept is over, and was nobody's.
    pub(super) fn end_kept(&mut self, epoch: Epoch) {
        let id = self.new_id();
        self.gone.push((id, epoch));
    }

    /// A room or log is no more.
    pub(super) fn end(&mut self, id: RoomId) {
        let Some(room) = self.by_id.remove(&id) else { return };
        self.gone.push((id, room.log.epoch()));
        room.name().and_then(|name| self.by_name.remove(name));
    }

    fn add(&mut self, make: impl FnOnce(Epoch) -> Room) -> RoomId {
        let id = self.new_id();
        // Spread by an odd number: two lives of a log never share an epoch.
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.by_id.insert(id, make(Epoch(self.epoch_seed.wrapping_add(life))));
        id
    }

    fn new_id(&mut self) -> RoomId {
        let id = self.next_id;
        self.next_id = RoomId(id.0.saturating_add(1));
        id
    }

    /// This one is to be kept as it is now.
    pub(super) fn note_change(&mut self, id: RoomId) {
        self.changed.insert(id);
    }

    /// What this event has changed, lives that are over first.
    pub(super) fn take_changes(&mut self) -> impl Iterator<Item = Changed> {
        let gone = std::mem::take(&mut self.gone);
        let gone = gone.into_iter().map(|(id, epoch)| Changed::Gone(id, epoch));
        gone.chain(std::mem::take(&mut self.changed).into_iter().map(Changed::Room))
    }

    /// Whether a room has a place for somebody, where `most` may be in one. The lobby has, for
    /// everybody who comes must be somewhere.
    pub(super) fn has_place(
        &self,
        id: RoomId,
        who: Author,
        most: Option<usize>,
    ) -> Result<(), Refused> {
        let Some((room, most)) = self.get(id).zip(most) else { return Ok(()) };
        let is_lobby = room.name() == Some(&self.lobby);
        let fits = is_lobby || room.has(who) || room.count() < most;
        if fits { Ok(()) } else { Err(Refused::RoomFull(most)) }
    }

    /// Lines that were shown and are nowhere may be said again.
    pub(super) fn forget_ids(&mut self, lines: &[(RoomId, Seq)]) {
        for (id, seq) in lines {
            self.get_mut(*id).into_iter().for_each(|room| room.log.forget_id(*seq));
        }
    }

    /// Of lines that memory has not nothing is known any more.
    pub(super) fn forget_older_ids(&mut self) {
        self.by_id.values_mut().for_each(|room| room.log.forget_older_ids());
    }

    /// What is thrown away is told no more.
    pub(super) fn forget_lines(&mut self, lines: &[(Epoch, Seq)]) {
        for (epoch, last) in lines {
            let room = self.by_id.values_mut().find(|room| room.log.epoch() == *epoch);
            room.into_iter().for_each(|room| room.log.forget_to(*last));
        }
    }
}
