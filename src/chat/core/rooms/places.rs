//! Decides which room ends so that a new one finds a place, and who may make a room at all.
//!
//! There are places for few rooms, and anybody may make one, so each address has a share: half of
//! the places that other addresses leave. If all places are taken and no room is idle, one address
//! gives up a room in which no other address has spoken: the address that has most of these rooms.
//! So a person who makes rooms without end keeps nobody from making one, and deletes nothing that
//! others have said.
//!
//! Must not know: who may enter a room; `chat/core/access.rs` does.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Rooms;
use crate::base::limits;
use crate::chat::core::RoomId;
use crate::chat::core::room::Room;
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::record::AddressTag;
use crate::chat::refused::Refused;

impl Rooms {
    /// Finds a place for one more room, which this address is about to make. If no place is free,
    /// ends a room.
    ///
    /// # Errors
    /// No room may end for it: the address has its share ([`Refused::RoomsOfAddress`]), or all
    /// rooms are in use ([`Refused::TooManyRooms`]).
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

    /// Returns how many rooms this address has, if it may make no more; `None`: it may make one.
    /// Idle rooms count for no address.
    fn has_its_share(&self, address: AddressTag, now: UnixMillis) -> Option<usize> {
        let busy = || self.named().filter(|(_, room)| !self.is_idle(room, now));
        let held = busy().filter(|(_, room)| room.address() == Some(address)).count();
        (held > 0 && busy().count() + held >= limits::ROOMS_MAX).then_some(held)
    }

    /// Returns the idle room that ends first, of those for which `may_go` is true: a room without
    /// any line, or else the room that has been empty longest. Rooms with recent lines stay;
    /// otherwise a person who makes many rooms could delete what others have said.
    fn idle_room(&self, now: UnixMillis, may_go: impl Fn(&Room) -> bool) -> Option<RoomId> {
        let idle = self.named().filter(|(_, room)| self.is_idle(room, now) && may_go(room));
        let worth = |room: &Room| (room.log.head() > Seq(0), room.empty_since);
        idle.map(|(id, room)| (worth(room), id)).min().map(|(_, id)| id)
    }

    /// Returns the room that ends first among the empty rooms in which only the address that made
    /// them has spoken. It is a room of the address that has the most such rooms, and of these the
    /// room whose newest line is oldest. An address loses a room only if it has more than a few
    /// such rooms, and more of them than `comes`, the address of the new room, will have.
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

    /// Returns whether the room is empty and has no recent lines. The lobby is never idle.
    fn is_idle(&self, room: &Room, now: UnixMillis) -> bool {
        let newest = room.log.newest_at().unwrap_or_default();
        // A machine without a battery-backed clock starts in 1970. The line then seems to come from
        // far in the future, and counts as old.
        let since = Duration::from_millis(now.0.abs_diff(newest.0));
        let is_quiet = since >= limits::ROOM_KEPT || room.log.head() == Seq(0);
        room.empty_since.is_some() && is_quiet && room.name() != Some(&self.lobby)
    }

    /// Notes from which address a line in this room comes. The room becomes shared if that is
    /// another address than the one that the room was made from.
    pub(in crate::chat::core) fn note_where_from(&mut self, id: RoomId, from: Option<AddressTag>) {
        let lone = self.get(id).and_then(Room::lone_address);
        if lone.is_some() && from != lone {
            self.get_mut(id).into_iter().for_each(Room::mark_shared);
            self.note_change(id);
        }
    }
}
