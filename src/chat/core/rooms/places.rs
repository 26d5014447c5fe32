//! Decides which room ends if the server has the maximum number of rooms and a client makes one
//! more, and which clients may make a room at all.
//!
//! The number of rooms is limited, and anybody may make a room. So people at one IP address may
//! have at most half of the rooms that people at other IP addresses leave free. If the maximum is
//! reached and no room is idle, one room ends in which only people at its maker's IP address have
//! spoken. It is a room of the IP address that has the most such rooms. So even if one person makes
//! more and more rooms, all other people can still make rooms, and no lines of people at other IP
//! addresses are deleted.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Rooms;
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::core::room::Room;
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::record::AddressTag;
use crate::chat::refused::Refused;

impl Rooms {
    /// Makes sure that a client of this IP address can make one more room. If the server or the IP
    /// address has the maximum number of rooms, ends a room.
    ///
    /// # Errors
    /// No room may end: the IP address has the maximum number of rooms
    /// ([`Refused::RoomsOfAddress`]), or all rooms are in use ([`Refused::TooManyRooms`]).
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

    /// Returns how many rooms were made from this IP address, if no more may be made from there;
    /// `None`: one more may be made. Idle rooms are not counted.
    fn has_its_share(&self, address: AddressTag, now: UnixMillis) -> Option<usize> {
        let busy = || self.named().filter(|(_, room)| !self.is_idle(room, now));
        let held = busy().filter(|(_, room)| room.address() == Some(address)).count();
        (held > 0 && busy().count() + held >= limits::ROOMS_MAX).then_some(held)
    }

    /// Returns the idle room that must end first, among those for which `may_go` is true: a room
    /// that never had a line, or else the room that has been empty longest. A room with lines
    /// younger than [`limits::ROOM_KEPT`] is not idle. If it were, a person who makes many rooms
    /// could delete what other people have said.
    fn idle_room(&self, now: UnixMillis, may_go: impl Fn(&Room) -> bool) -> Option<LogId> {
        let idle = self.named().filter(|(_, room)| self.is_idle(room, now) && may_go(room));
        let worth = |room: &Room| (room.log.head() > Seq(0), room.empty_since);
        idle.map(|(id, room)| (worth(room), id)).min().map(|(_, id)| id)
    }

    /// Returns the room that must end first among the empty rooms in which only people at the
    /// maker's IP address have spoken. It is a room of the IP address that has the most such rooms,
    /// and of these the room whose newest line is oldest. An IP address loses a room only if it has
    /// more such rooms than [`limits::LONE_ROOMS_SAFE`], and more than the IP address `comes` will
    /// have with the new room.
    fn lone_room(&self, comes: Option<AddressTag>) -> Option<LogId> {
        let mut lone: BTreeMap<AddressTag, Vec<(LogId, &Room)>> = BTreeMap::new();
        for (id, room) in self.named() {
            if let Some(address) = room.lone_address() {
                lone.entry(address).or_default().push((id, room));
            }
        }
        let own = comes.and_then(|comes| lone.get(&comes)).map_or(0, Vec::len);
        let most = lone.values().filter(|rooms| rooms.len() > limits::LONE_ROOMS_SAFE.max(own + 1));
        let quietest = |rooms: &Vec<(LogId, &Room)>| {
            let empty = rooms.iter().filter(|(_, room)| room.empty_since.is_some());
            empty.map(|(id, room)| (room.log.newest_at(), *id)).min()
        };
        let goes = most.filter_map(|rooms| Some((rooms.len(), Reverse(quietest(rooms)?))));
        goes.max().map(|(_, Reverse((_, id)))| id)
    }

    /// Returns whether the room is empty and has no line younger than [`limits::ROOM_KEPT`]. The
    /// lobby is never idle.
    fn is_idle(&self, room: &Room, now: UnixMillis) -> bool {
        let newest = room.log.newest_at().unwrap_or_default();
        // A machine without a battery-backed clock starts in 1970. On such a machine the line's
        // time seems to be far in the future, and the line counts as old.
        let since = Duration::from_millis(now.0.abs_diff(newest.0));
        let is_quiet = since >= limits::ROOM_KEPT || room.log.head() == Seq(0);
        room.empty_since.is_some() && is_quiet && room.name() != Some(&self.lobby)
    }

    /// Notes from which IP address a new line in this room comes. If the room was made from another
    /// IP address, the room counts as shared.
    pub(in crate::chat::core) fn note_where_from(&mut self, id: LogId, from: Option<AddressTag>) {
        let lone = self.get(id).and_then(Room::lone_address);
        if lone.is_some() && from != lone {
            self.get_mut(id).into_iter().for_each(Room::mark_shared);
            self.note_change(id);
        }
    }
}
