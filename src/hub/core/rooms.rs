//! Which rooms there are: they are made by the first who comes, and the one that
//! is empty for longest makes place for another.
//!
//! Owns: their making and ending, what all their logs may take together, and which
//! of them are otherwise than when they were last kept.
//! Must not know: who may come into one; `hub/core/lock.rs` does.
//!
//! Next: `hub/core/room.rs`.

use super::lock::Lock;
use super::room::Room;
use super::{Core, RoomId};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{PastRoom, Record};
use crate::chat::room_name::RoomName;
use crate::limits;

impl Core {
    /// The rooms as they were kept, each with its newest lines.
    pub(super) fn restore(&mut self, rooms: Vec<PastRoom>) {
        let bytes_max = limits::LOG_BYTES_MAX.min(limits::LOGS_BYTES_MAX / rooms.len().max(1));
        for past in rooms {
            let (name, id) = (past.room.name.clone(), self.next_room);
            self.next_room = RoomId(id.0.saturating_add(1));
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
        let id = self.next_room;
        self.next_room = RoomId(id.0.saturating_add(1));
        // Spread by an odd number: two lives of a room never share an epoch.
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let epoch = Epoch(self.settings.epoch_seed.wrapping_add(life));
        self.rooms_by_name.insert(name.clone(), id);
        self.changed.insert(id);
        self.rooms.insert(id, Room::new(name, lock, epoch, self.settings.log_entries_max));
        // All logs share what there is for them.
        let bytes_max = self.log_bytes_max();
        self.rooms.values_mut().for_each(|room| room.log.shrink(bytes_max));
        id
    }

    /// What each room's log may take, in bytes.
    pub(super) fn log_bytes_max(&self) -> usize {
        limits::LOG_BYTES_MAX.min(limits::LOGS_BYTES_MAX / self.rooms.len().max(1))
    }

    /// Whether one more room fits; of those that nobody is in, the one that is
    /// empty for longest goes.
    pub(super) fn make_place_for_a_room(&mut self) -> bool {
        if self.rooms.len() < limits::ROOMS_MAX {
            return true;
        }
        let lobby = self.rooms_by_name.get(&self.settings.lobby).copied();
        let empty = self.rooms.iter().filter(|(id, _)| Some(**id) != lobby);
        // One in which nothing was said is no loss.
        let worth = |room: &Room| (room.log.head() > Seq(0), room.empty_since);
        let empty = empty.filter(|(_, room)| room.empty_since.is_some());
        let Some((_, oldest)) = empty.map(|(id, room)| (worth(room), *id)).min() else {
            return false;
        };
        if let Some(room) = self.rooms.remove(&oldest) {
            self.gone.push(room.log.epoch());
            self.rooms_by_name.remove(&room.name);
        }
        true
    }

    /// What is to be kept of one room that has changed or gone.
    pub(super) fn take_changed_room(&mut self) -> Option<Record> {
        if let Some(epoch) = self.gone.pop() {
            return Some(Record::NoRoom(epoch));
        }
        // One that has gone since is among the others.
        std::iter::from_fn(|| self.changed.pop_first())
            .find_map(|id| self.rooms.get(&id))
            .map(|room| Record::Room(room.kept()))
    }
}
