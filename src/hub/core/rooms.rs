//! Which rooms there are: they are made by the first who comes, and one in which nobody
//! was for long makes place for another.
//!
//! Owns: their making and ending, what all their logs may take together, and which
//! of them are otherwise than when they were last kept.
//! Must not know: who may come into one; `hub/core/lock.rs` does.
//!
//! Next: `hub/core/room.rs`.

use std::time::Duration;

use super::lock::Lock;
use super::people::Author;
use super::room::{Room, Whose};
use super::{Core, RoomId};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{KeptRoom, PastLog, Record};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::limits;

impl Core {
    /// The rooms as they were kept, each with its newest lines.
    pub(super) fn restore(&mut self, rooms: Vec<PastLog<KeptRoom>>) {
        let bytes_max = limits::log_bytes_max(rooms.len());
        for past in rooms {
            let (name, id) = (past.kept.name.clone(), self.new_id());
            let room = Room::restored(past, self.settings.log_entries_max, bytes_max);
            self.rooms_by_name.insert(name, id);
            self.rooms.insert(id, room);
        }
    }

    /// The room of this name; if it is not there, it is made, with this lock.
    pub(super) fn open_room(&mut self, name: RoomName, lock: Lock) -> RoomId {
        if let Some(id) = self.rooms_by_name.get(&name) {
            return *id;
        }
        let (id, entries_max) = (self.new_id(), self.settings.log_entries_max);
        let mut room = Room::new(Whose::Room(name.clone()), lock, self.epoch_of(id), entries_max);
        // Whoever made it may not get in, or say one thing and be gone.
        room.empty_since = Some(self.now.since_start);
        self.rooms_by_name.insert(name, id);
        self.changed.insert(id);
        self.rooms.insert(id, room);
        // All logs share what there is for them.
        let bytes_max = self.log_bytes_max();
        let rooms = self.rooms.values_mut().filter(|room| room.name().is_some());
        rooms.for_each(|room| room.log.shrink(bytes_max));
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

    /// What each room's log may take, in bytes.
    pub(super) fn log_bytes_max(&self) -> usize {
        limits::log_bytes_max(self.rooms_by_name.len())
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

    /// Whether one more room fits; of those that nobody is in, the one that is
    /// empty for longest goes. What was said lately stays: else whoever makes many rooms
    /// would delete what others said.
    pub(super) fn make_place_for_a_room(&mut self) -> bool {
        if self.rooms_by_name.len() < limits::ROOMS_MAX {
            return true;
        }
        let lobby = self.rooms_by_name.get(&self.settings.lobby).copied();
        let empty = self.rooms_by_name.values().filter(|id| Some(**id) != lobby);
        let empty = empty.filter_map(|id| Some((*id, self.rooms.get(id)?)));
        // One in which nothing was said is no loss.
        let worth = |room: &Room| (room.log.head() > Seq(0), room.empty_since);
        let is_quiet = |room: &Room| {
            let newest = room.log.newest_at().unwrap_or_default();
            // A box without a clock of its own begins in 1970: what is that far ahead is old.
            let since = Duration::from_millis(self.now.utc.0.abs_diff(newest.0));
            since >= limits::ROOM_KEPT || room.log.head() == Seq(0)
        };
        let empty = empty.filter(|(_, room)| room.empty_since.is_some() && is_quiet(room));
        let Some((_, oldest)) = empty.map(|(id, room)| (worth(room), id)).min() else {
            return false;
        };
        if let Some(room) = self.rooms.remove(&oldest) {
            self.gone.push(room.log.epoch());
            room.name().and_then(|name| self.rooms_by_name.remove(name));
        }
        true
    }

    /// What is to be kept of one room or log that has changed or gone.
    pub(super) fn take_changed_room(&mut self) -> Option<Record> {
        if let Some(epoch) = self.gone.pop() {
            return Some(Record::NoLog(epoch));
        }
        // One that has gone since is among the others.
        std::iter::from_fn(|| self.changed.pop_first())
            .find_map(|id| self.rooms.get(&id))
            .map(Room::kept)
    }
}
