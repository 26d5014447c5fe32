//! The table of all rooms. A room is found by its id, which is also the id of its log, or by its
//! name.
//!
//! Owns: that a name belongs to one room; that the lobby always exists.
//! Must not know: clients and their requests; whose name an author has.
//!
//! Part: `chat/core/mod.rs`.

mod access;
mod list;
mod room;
mod room_limit;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::logs::{Log, LogBounds, Logs};
use super::people::Author;
use super::{CoreSettings, LogId};
use crate::chat::entry::EntryKind;
use crate::chat::log_name::LogName;
use crate::chat::record::{NetworkTag, PastLog, StoredRoom};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
pub(super) use access::RoomAccess;
pub(super) use room::{EnteredRoom, Room};

/// The table of all rooms, by id and by name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rooms {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<LogId, Room>,
    #[serde(with = "crate::chat::codec::pairs")]
    by_name: BTreeMap<RoomName, LogId>,
    lobby: RoomName,
    /// The greatest number of lines of one room that memory keeps.
    log_entries_max: usize,
    /// The waits of all rooms for people whose last connection in the room was lost: until when (in
    /// chat time), in which room, and for whom.
    waits: BTreeSet<(Duration, LogId, Author)>,
}

impl Rooms {
    /// Makes the table without any room. The lobby is made later.
    pub(super) fn new(settings: &CoreSettings) -> Self {
        let (lobby, log_entries_max) = (settings.lobby.clone(), settings.log_entries_max);
        let (by_id, by_name, waits) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { by_id, by_name, lobby, log_entries_max, waits }
    }

    /// Returns the room with this id; `None`: it has ended, or the id is that of a log of private
    /// messages.
    pub(super) fn get(&self, id: LogId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    fn get_mut(&mut self, id: LogId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    /// Returns all rooms, in the order in which they were made.
    pub(super) fn iter(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    /// Returns all rooms with their logs, in the order in which they were made.
    fn with_logs<'a>(&'a self, logs: &'a Logs) -> impl Iterator<Item = (LogId, &'a Room, &'a Log)> {
        self.iter().filter_map(|(id, room)| Some((id, room, logs.get(id)?)))
    }

    /// Returns the id of the room with this name; `None`: no such room exists.
    pub(super) fn called(&self, name: &RoomName) -> Option<LogId> {
        self.by_name.get(name).copied()
    }

    /// Returns the lobby's name. Classic clients and clients of the format `webchat` are in it;
    /// other clients say which rooms they enter.
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
        self.open(logs, self.lobby.clone(), (RoomAccess::default(), None), now)
    }

    /// Returns the id of the room with this name. If no such room exists, makes it and its log,
    /// with this access and the tag of its maker's network. Otherwise the access and the tag have
    /// no effect.
    pub(super) fn open(
        &mut self,
        logs: &mut Logs,
        name: RoomName,
        (access, address): (RoomAccess, Option<NetworkTag>),
        now: Duration,
    ) -> LogId {
        if let Some(id) = self.called(&name) {
            return id;
        }
        let bounds = LogBounds::of_room(self.log_entries_max);
        let id = logs.open(LogName::Room(name.clone()), bounds);
        self.add(id, Room::new(name, access, address, now))
    }

    /// Restores a room and its log from the file. Memory gets at most `bytes_max` bytes of the
    /// log's lines.
    pub(super) fn restore(&mut self, logs: &mut Logs, past: PastLog<StoredRoom>, bytes_max: usize) {
        let (stored, bounds) = (past.stored.clone(), LogBounds::of_room(self.log_entries_max));
        let log = (LogName::Room(stored.name.clone()), stored.epoch);
        let id = logs.restore(log, past, bounds, bytes_max);
        self.add(id, Room::restored(stored));
    }

    fn add(&mut self, id: LogId, room: Room) -> LogId {
        self.by_name.insert(room.name.clone(), id);
        self.by_id.insert(id, room);
        id
    }

    /// Checks whether `who` may enter the room, if at most `most` people may be in it (`None`: any
    /// number). If not, refused with `RoomFull`. The lobby has no such limit, and `who` is not
    /// refused if it is in the room already.
    pub(super) fn check_place(
        &self,
        id: LogId,
        who: Author,
        most: Option<usize>,
    ) -> Result<(), Refused> {
        let Some((room, most)) = self.get(id).zip(most) else { return Ok(()) };
        let fits = room.name == self.lobby || room.has(who) || room.count() < most;
        if fits { Ok(()) } else { Err(Refused::RoomFull(most)) }
    }

    /// Returns whether the room exists and is small ([`Room::is_small`]).
    pub(super) fn is_small(&self, id: LogId) -> bool {
        self.get(id).is_some_and(Room::is_small)
    }

    /// In all rooms, gives the rights of the author `from`, who has no client left, to `into`.
    /// Removes `from` from the rooms that wait for it, and returns these rooms.
    pub(super) fn change_author(
        &mut self,
        logs: &mut Logs,
        (from, into): (Author, Author),
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

    /// Applies a new line to its room: a topic becomes the room's topic, and a line from another
    /// network than the maker's makes the room a shared one.
    pub(super) fn note_line(
        &mut self,
        logs: &mut Logs,
        id: LogId,
        what: &EntryKind,
        from: Option<NetworkTag>,
    ) {
        let Some(room) = self.get_mut(id) else { return };
        let is_topic = matches!(what, EntryKind::Topic(_));
        if let EntryKind::Topic(topic) = what {
            room.topic.clone_from(topic);
        }
        if room.becomes_shared(from) || is_topic {
            logs.note_change(id);
        }
    }
}
