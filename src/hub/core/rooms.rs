//! Which rooms there are: they are made by the first who comes.
//!
//! Owns: their making, and which of them an event has changed.
//! Must not know: who may come into one (`hub/core/lock.rs`), which makes place for another
//! (`hub/core/places.rs`).
//!
//! Next: `hub/core/places.rs`.

use std::collections::BTreeSet;

use super::lock::Lock;
use super::people::Author;
use super::room::{Room, Whose};
use super::{Changed, Core, RoomId};
use crate::chat::entry::Epoch;
use crate::chat::record::{AddressTag, KeptRoom, PastLog, PersonId, Record};
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
            let room = Room::restored(past, self.settings.log_entries_max, bytes_max);
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
        let (whose, epoch) = (Whose::Room(name.clone()), self.epoch_of(id));
        let mut room = Room::new(whose, lock, epoch, entries_max).made_from(address);
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

    /// What this event has changed.
    pub(super) fn take_changes(&mut self) -> Vec<Changed> {
        let people = self.people.take_changes().into_iter().map(Changed::Person);
        let gone = self.gone.drain(..).map(|(id, epoch)| Changed::Gone(id, epoch));
        let mut changes: Vec<_> = people.chain(gone).collect();
        changes.extend(std::mem::take(&mut self.changed).into_iter().map(Changed::Room));
        changes
    }

    /// How somebody is to be kept now.
    pub(in crate::hub) fn record_of_person(&self, id: PersonId) -> Record {
        self.people.record(id)
    }

    /// Everybody who is to be kept.
    pub(in crate::hub) fn lasting_people(&self) -> impl Iterator<Item = PersonId> {
        self.people.lasting()
    }

    /// How a room or log is to be kept now, but for its numbers; `None`: it is gone.
    pub(in crate::hub) fn record_of_room(&self, id: RoomId) -> Option<Record> {
        self.rooms.get(&id).map(Room::record)
    }

    /// All rooms and logs of private messages.
    pub(in crate::hub) fn room_ids(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.keys().copied()
    }

    /// The room that is always there.
    pub(in crate::hub) fn lobby_id(&self) -> Option<RoomId> {
        self.rooms_by_name.get(&self.settings.lobby).copied()
    }
}
