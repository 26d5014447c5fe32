//! Which rooms there are: they are made by the first who comes.
//!
//! Owns: their making, and which of them are otherwise than when they were last kept.
//! Must not know: who may come into one (`hub/core/lock.rs`), which makes place for another
//! (`hub/core/places.rs`).
//!
//! Next: `hub/core/places.rs`.

use std::collections::BTreeSet;

use super::lock::Lock;
use super::log::numbers::Numbers;
use super::people::Author;
use super::room::{Room, Whose};
use super::{Core, RoomId};
use crate::chat::entry::Epoch;
use crate::chat::record::{AddressTag, KeptRoom, PastLog, Record};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::limits;

impl Core {
    /// The rooms as they were kept, each with its newest lines.
    pub(super) fn restore(&mut self, rooms: Vec<PastLog<KeptRoom>>) {
        let bytes_max = limits::log_bytes_max(rooms.len());
        for past in rooms {
            let (name, id) = (past.kept.name.clone(), self.new_id());
            let authors = past.lines.iter().filter_map(|line| line.author);
            let authors: BTreeSet<_> = authors.chain(past.ids.iter().map(|it| it.author)).collect();
            authors.into_iter().for_each(|author| self.people.restore_worth(author, false));
            let (sizes, entries_max) = (self.settings.numbers, self.settings.log_entries_max);
            let room = Room::restored(past, sizes, entries_max, bytes_max);
            self.rooms_by_name.insert(name, id);
            self.rooms.insert(id, room);
        }
    }

    /// Where classic clients are, and everybody else at first. Nobody made it.
    pub(super) fn lobby(&mut self) -> RoomId {
        self.open_room(self.settings.lobby.clone(), Lock::default(), None)
    }

    /// The room of this name; if it is not there, it is made, with this lock, from there.
    pub(super) fn open_room(
        &mut self,
        name: RoomName,
        lock: Lock,
        address: Option<AddressTag>,
    ) -> RoomId {
        if let Some(id) = self.rooms_by_name.get(&name) {
            return *id;
        }
        let (id, entries_max) = (self.new_id(), self.settings.log_entries_max);
        let (whose, numbers) = (Whose::Room(name.clone()), (self.epoch_of(id), self.new_numbers()));
        let mut room = Room::new(whose, lock, numbers, entries_max).made_from(address);
        // Whoever made it may not get in, or say one thing and be gone.
        room.empty_since = Some(self.now.since_start);
        self.rooms_by_name.insert(name, id);
        self.changed.insert(id);
        self.rooms.insert(id, room);
        id
    }

    pub(super) fn new_id(&mut self) -> RoomId {
        let id = self.next_room;
        self.next_room = RoomId(id.0.saturating_add(1));
        id
    }

    /// Spread by an odd number: two lives of a log never share an epoch.
    pub(super) fn epoch_of(&self, id: RoomId) -> Epoch {
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Epoch(self.settings.epoch_seed.wrapping_add(life))
    }

    /// Those of a log that is made now.
    pub(super) fn new_numbers(&self) -> Numbers {
        Numbers::new(self.settings.keeps, self.settings.numbers, self.now.since_start)
    }

    /// Whether a room has a place for somebody. The lobby has, for everybody who comes
    /// must be somewhere.
    pub(super) fn has_place(&self, id: RoomId, who: Author) -> Result<(), Refused> {
        let Some((room, most)) = self.rooms.get(&id).zip(self.settings.room_people_max) else {
            return Ok(());
        };
        let is_lobby = room.name() == Some(&self.settings.lobby);
        let fits = is_lobby || room.has(who) || room.count() < most;
        if fits { Ok(()) } else { Err(Refused::RoomFull(most)) }
    }

    /// What is to be kept of one room or log that has changed or gone.
    pub(super) fn take_changed_room(&mut self) -> Option<Record> {
        if let Some(epoch) = self.gone.pop() {
            return Some(Record::NoLog(epoch));
        }
        // One that has gone since is among the others.
        while let Some(id) = self.changed.pop_first() {
            if let Some(room) = self.rooms.get_mut(&id) {
                return Some(room.take_kept());
            }
        }
        None
    }
}
