//! The table of all rooms. A room is found by its id, which is also the id of its log, or by its
//! name. The table also has how long rooms wait for people whose last connection in the room was
//! lost, so that a room does not hear of a short loss of connection.
//!
//! Owns: that a name belongs to one room; that the lobby always exists; that each wait of a room is
//! also in the list of all waits.
//! Must not know: clients and their requests; whose name an author has; who is told that a person
//! has left.
//!
//! Part: `chat/core/mod.rs`.

pub(super) mod access;
pub(super) mod list;
mod room;
pub(super) mod room_limit;
pub(super) mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::logs::{Log, LogBounds, Logs};
use super::people::Author;
use super::{CoreSettings, LogId};
use crate::chat::entry::{Entry, EntryKind, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{NetworkTag, PastLog, StoredRoom};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
pub(super) use access::RoomAccess;
pub(super) use room::{EnteredRoom, Room};

/// Most waits for people who have lost their connection and may come back: one for each person and
/// room. If there are more, the hub ends the one that would end first, and tells the room that the
/// person has left.
pub(super) const ABSENT_MAX: usize = 10_000;

// A person in a room, from the last connection to the leaving:
//
//   in the room ---- last connection lost ----> waited for; the room is not told
//        ^                                       |     |
//        '------- a client is back in time ------'     '-- time over, too many waits, session
//                 (the room is not told)                   ended, or name free: left, a small
//                                                          room is told
//
// `Room` has the time at which its wait for each person ends. `Rooms::waits` has the same times of
// all rooms, soonest first.

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Rooms {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_id: BTreeMap<LogId, Room>,
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_name: BTreeMap<RoomName, LogId>,
    lobby: RoomName,
    /// The limit on how many lines of one room memory keeps.
    log_entries_max: usize,
    /// The waits of all rooms for people whose last connection in the room was lost: until when (in
    /// chat time), in which room, and for whom.
    waits: BTreeSet<(Duration, LogId, Author)>,
}

impl Rooms {
    pub(super) fn new(settings: &CoreSettings) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            lobby: settings.lobby.clone(),
            log_entries_max: settings.log_entries_max,
            waits: BTreeSet::new(),
        }
    }

    pub(super) fn get(&self, id: LogId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    fn get_mut(&mut self, id: LogId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    /// Returns how many waits there are for people without a connection in a room, once for each
    /// person and room.
    pub(super) fn wait_count(&self) -> usize {
        self.waits.len()
    }

    fn with_logs<'a>(&'a self, logs: &'a Logs) -> impl Iterator<Item = (LogId, &'a Room, &'a Log)> {
        self.iter().filter_map(|(id, room)| Some((id, room, logs.get(id)?)))
    }

    pub(super) fn called(&self, name: &RoomName) -> Option<LogId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn lobby_name(&self) -> &RoomName {
        &self.lobby
    }

    /// Returns the lobby's id; `None` only before the lobby is made.
    pub(super) fn lobby_id(&self) -> Option<LogId> {
        self.called(&self.lobby)
    }

    /// Returns the lobby's id, and makes the lobby if it does not exist. No person counts as its
    /// maker.
    pub(super) fn lobby(&mut self, logs: &mut Logs, now: Duration) -> LogId {
        self.open(logs, self.lobby.clone(), RoomAccess::default(), None, now)
    }

    /// Returns the id of the room with this name. If no such room exists, makes it and its log,
    /// with this access and the tag of its maker's network. Otherwise the access and the tag have
    /// no effect.
    pub(super) fn open(
        &mut self,
        logs: &mut Logs,
        name: RoomName,
        access: RoomAccess,
        network: Option<NetworkTag>,
        now: Duration,
    ) -> LogId {
        if let Some(id) = self.called(&name) {
            return id;
        }
        let bounds = LogBounds::of_room(self.log_entries_max);
        let id = logs.open(LogName::Room(name.clone()), bounds);
        self.add(id, Room::new(name, access, network, now))
    }

    /// Restores a room and its log from the file. Memory gets at most `bytes_max` bytes of the
    /// log's lines, but always the newest line.
    pub(super) fn restore(
        &mut self,
        logs: &mut Logs,
        past: PastLog<StoredRoom>,
        bytes_max: usize,
    ) -> LogId {
        let (stored, pinned) = (past.stored.clone(), past.pinned.clone());
        let name = LogName::Room(stored.name.clone());
        let bounds = LogBounds::of_room(self.log_entries_max);
        let id = logs.restore(name, stored.epoch, past, bounds, bytes_max);
        self.add(id, Room::restored(stored, pinned))
    }

    fn add(&mut self, id: LogId, room: Room) -> LogId {
        self.by_name.insert(room.name().clone(), id);
        self.by_id.insert(id, room);
        id
    }

    /// Returns how many rooms there are.
    pub(super) fn count(&self) -> usize {
        self.by_id.len()
    }

    fn end(&mut self, logs: &mut Logs, id: LogId) {
        self.by_id.remove(&id).and_then(|room| self.by_name.remove(room.name()));
        logs.end(id);
    }

    /// Checks whether `who` may enter the room, if at most `people_max` people may be in it
    /// (`None`: any number). If not, refused with `RoomFull`. The lobby has no such limit, and
    /// `who` is not refused if it is in the room already.
    pub(super) fn check_place(
        &self,
        id: LogId,
        who: Author,
        people_max: Option<usize>,
    ) -> Result<(), Refused> {
        let Some((room, people_max)) = self.get(id).zip(people_max) else { return Ok(()) };
        let fits = *room.name() == self.lobby || room.has(who) || room.count() < people_max;
        if fits { Ok(()) } else { Err(Refused::RoomFull(people_max)) }
    }

    pub(super) fn is_small(&self, id: LogId) -> bool {
        self.get(id).is_some_and(Room::is_small)
    }

    /// In all rooms, moves the rights of the author `from` to `into`. `from` must have no client
    /// left. If rooms still wait for `from`, they stop waiting; returns these rooms.
    pub(super) fn change_author(
        &mut self,
        logs: &mut Logs,
        from: Author,
        into: Author,
        now: Duration,
    ) -> Vec<LogId> {
        for (id, room) in &mut self.by_id {
            if room.access.change_author(from, into) {
                logs.note_change(*id);
            }
        }
        self.waits.retain(|(_, _, who)| *who != from);
        let mut left = Vec::new();
        for (id, room) in self.by_id.iter_mut().filter(|(_, room)| room.has(from)) {
            room.forget(from, now);
            left.push(*id);
        }
        left
    }

    pub(super) fn note_line(
        &mut self,
        logs: &mut Logs,
        id: LogId,
        what: &EntryKind,
        from: Option<NetworkTag>,
    ) {
        let named = match what {
            EntryKind::Pinned(seq) => logs.get(id).and_then(|log| log.line(*seq).cloned()),
            _ => None,
        };
        if self.get_mut(id).is_some_and(|room| room.note_line(what, named, from)) {
            logs.note_change(id);
        }
    }

    /// Returns the rooms whose pinned messages are such that `is_it` is true, each with the number
    /// of the message.
    pub(super) fn pins(&self, is_it: impl Fn(LogId, &Entry) -> bool) -> BTreeMap<LogId, Seq> {
        let pins = self.iter().filter_map(|(id, room)| Some((id, room.pinned()?)));
        pins.filter(|(id, pin)| is_it(*id, pin)).map(|(id, pin)| (id, pin.seq)).collect()
    }

    /// In all pinned messages that are replies, removes the name of the author to whom they reply.
    pub(super) fn forget_names_replied_to(&mut self) {
        self.by_id.values_mut().for_each(Room::forget_name_replied_to);
    }

    /// Ends the pins on the messages for which `is_gone` is true. Returns their rooms.
    pub(super) fn unpin_if(
        &mut self,
        logs: &mut Logs,
        is_gone: impl Fn(LogId, &Entry) -> bool,
    ) -> Vec<LogId> {
        let unpinned: Vec<_> = self.pins(is_gone).into_keys().collect();
        for id in &unpinned {
            self.get_mut(*id).into_iter().for_each(Room::unpin);
            logs.note_change(*id);
        }
        unpinned
    }

    /// Counts one more client of this author in the room. If the room was waiting for the author,
    /// ends that wait. Returns how the author was in the room before; `None`: there is no such
    /// room.
    pub(super) fn enter(&mut self, id: LogId, who: Author) -> Option<EnteredRoom> {
        let entered = self.get_mut(id)?.enter(who);
        if let EnteredRoom::Back(until) = entered {
            self.waits.remove(&(until, id, who));
        }
        Some(entered)
    }

    /// Removes one client of this author from the room. If it was the author's last one in the
    /// room, the author is not in the room any more: the room does not wait. Returns whether it was
    /// the last one.
    pub(super) fn leave(&mut self, id: LogId, who: Author, now: Duration) -> bool {
        let Some(room) = self.get_mut(id) else { return false };
        let is_last = room.leave(who);
        if is_last {
            room.forget(who, now);
        }
        is_last
    }

    /// Removes one client of this author from the room. If it was the author's last one in the
    /// room, the room waits for the author until the time `until`, in chat time.
    pub(super) fn leave_for_now(&mut self, id: LogId, who: Author, until: Duration) {
        if let Some(room) = self.get_mut(id)
            && room.leave(who)
        {
            room.wait_for(who, until);
            self.waits.insert((until, id, who));
        }
    }

    /// Ends the wait of this room for the author. Returns whether it waited.
    pub(super) fn stop_waiting_in(&mut self, id: LogId, who: Author, now: Duration) -> bool {
        let Some(room) = self.by_id.get_mut(&id) else { return false };
        let Some(until) = room.waits_for(who) else { return false };
        self.waits.remove(&(until, id, who));
        room.forget(who, now);
        true
    }

    /// Ends the waits of all rooms for this author, and returns these rooms. The author is not in
    /// them any more.
    pub(super) fn stop_waiting_for(&mut self, who: Author, now: Duration) -> Vec<LogId> {
        let mut left = Vec::new();
        for (id, room) in &mut self.by_id {
            if let Some(until) = room.waits_for(who) {
                self.waits.remove(&(until, *id, who));
                room.forget(who, now);
                left.push(*id);
            }
        }
        left
    }

    /// Ends one wait that is over at `now`. If there are too many waits, because very many people
    /// have lost their connections at once, ends the one that would end first, even if its time has
    /// not come yet. Returns the room and the author, who is not in the room any more. `None`: no
    /// wait has to end.
    pub(super) fn end_wait(&mut self, now: Duration) -> Option<(LogId, Author)> {
        let is_too_many = self.waits.len() > ABSENT_MAX;
        let first = self.waits.first().filter(|(at, ..)| *at <= now || is_too_many);
        let (_, id, who) = first.copied()?;
        self.waits.pop_first();
        if let Some(room) = self.get_mut(id) {
            room.forget(who, now);
        }
        Some((id, who))
    }

    /// Returns when the next wait ends, in chat time; `None`: no room waits.
    pub(super) fn next_end(&self) -> Option<Duration> {
        self.waits.first().map(|(at, ..)| *at)
    }
}

#[cfg(test)]
mod tests {
    impl super::Rooms {
        pub(crate) fn waits(&self) -> usize {
            self.waits.len()
        }
    }
}
