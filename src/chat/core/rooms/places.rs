//! Which room makes place for another, and who may make one at all.
//!
//! Rooms are few, and anybody may make one, so each address has a share: half of what the
//! others leave. And what it alone has said something in makes place for others, if it has
//! more of that than they have. So whoever makes rooms without end keeps nobody from making
//! one, and deletes nothing that others have said.
//!
//! Owns: that.
//! Must not know: who may come into a room; `chat/core/lock.rs` does.
//!
//! Next: `chat/core/rooms/memory.rs`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Rooms;
use crate::chat::core::RoomId;
use crate::chat::core::room::Room;
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::record::AddressTag;
use crate::chat::refused::Refused;
use crate::limits;

impl Rooms {
    /// Makes place for one more room, which comes from this address.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::chat::core) fn make_place(
        &mut self,
        address: Option<AddressTag>,
        now: UnixMillis,
    ) -> Result<(), Refused> {
        let goes = if let Some(held) = address.and_then(|address| self.has_its_share(address, now))
        {
            let own = self.idle_room(now, |room| room.address() == address);
            Some(own.ok_or(Refused::RoomsOfAddress(held))?)
        } else if self.by_name.len() >= limits::ROOMS_MAX {
            let goes = self.idle_room(now, |_| true).or_else(|| self.lone_room(address));
            Some(goes.ok_or(Refused::TooManyRooms(limits::ROOMS_MAX))?)
        } else {
            None
        };
        goes.into_iter().for_each(|id| self.end(id));
        Ok(())
    }

    /// If an address may make no more rooms: how many it has. Those that may make place count
    /// for nobody.
    fn has_its_share(&self, address: AddressTag, now: UnixMillis) -> Option<usize> {
        let busy = || self.named().filter(|(_, room)| !self.is_idle(room, now));
        let held = busy().filter(|(_, room)| room.address() == Some(address)).count();
        (held > 0 && busy().count() + held >= limits::ROOMS_MAX).then_some(held)
    }

    /// Of the rooms in which nobody is, and nothing was said for long: first one in which
    /// nothing was ever said, then the one that is empty for longest. What was said lately
    /// stays: else whoever makes many rooms would delete what others said.
    fn idle_room(&self, now: UnixMillis, may_go: impl Fn(&Room) -> bool) -> Option<RoomId> {
        let idle = self.named().filter(|(_, room)| self.is_idle(room, now) && may_go(room));
        let worth = |room: &Room| (room.log.head() > Seq(0), room.empty_since);
        idle.map(|(id, room)| (worth(room), id)).min().map(|(_, id)| id)
    }

    /// Of the rooms in which nobody is, and nobody has said anything but the address that made
    /// them: the one that is quiet for longest, of the address that has most of them. One that
    /// has few loses none, nor does one that has no more than whoever comes.
    fn lone_room(&self, comes: Option<AddressTag>) -> Option<RoomId> {
        let mut lone: BTreeMap<AddressTag, Vec<(RoomId, &Room)>> = BTreeMap::new();
        for (id, room) in self.named() {
            if let Some(address) = room.lone_address() {
                lone.entry(address).or_default().push((id, room));
            }
        }
        let own = comes.and_then(|comes| lone.get(&comes)).map_or(0, Vec::len);
        let most = lone.values().filter(|rooms| rooms.len() > limits::LONE_ROOMS_SAFE.max(own + 1));
        let quietest = |rooms: &Vec<(RoomId, &Room)>| {
            let empty = rooms.iter().filter(|(_, room)| room.empty_since.is_some());
            empty.map(|(id, room)| (room.log.newest_at(), *id)).min()
        };
        let goes = most.filter_map(|rooms| Some((rooms.len(), Reverse(quietest(rooms)?))));
        goes.max().map(|(_, Reverse((_, id)))| id)
    }

    /// Whether nobody is in a room, and nothing was said there for long.
    fn is_idle(&self, room: &Room, now: UnixMillis) -> bool {
        let newest = room.log.newest_at().unwrap_or_default();
        // A box without a clock of its own begins in 1970: what is that far ahead is old.
        let since = Duration::from_millis(now.0.abs_diff(newest.0));
        let is_quiet = since >= limits::ROOM_KEPT || room.log.head() == Seq(0);
        room.empty_since.is_some() && is_quiet && room.name() != Some(&self.lobby)
    }

    /// Somebody says something in a room: whether from elsewhere than it was made from.
    pub(in crate::chat::core) fn note_where_from(&mut self, id: RoomId, from: Option<AddressTag>) {
        let lone = self.get(id).and_then(Room::lone_address);
        if lone.is_some() && from != lone {
            self.get_mut(id).into_iter().for_each(Room::is_shared_now);
            self.note_change(id);
        }
    }
}
