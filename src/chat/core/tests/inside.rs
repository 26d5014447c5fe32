//! What tests of the whole chat may see of the core's tables, and change in them.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::super::logs::LogBounds;
use super::super::people::Author;
use super::super::{Core, Log, LogId, people, rooms};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::entry::Epoch;
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::{NetworkTag, PersonId, StoredRoom};
use crate::chat::room_name::RoomName;

pub(crate) use super::super::logs::chunks::ENTRY_BYTES;
pub(crate) use super::super::logs::gaps::MissingNumbers;
pub(crate) use super::super::logs::memory::LOGS_CHECK_BYTES;

pub(crate) const LEAVINGS_PER_STEP: usize = people::LEAVINGS_PER_STEP;
pub(crate) const ABSENT_MAX: usize = rooms::ABSENT_MAX;

/// Bytes of private messages that wait for absent people, by receiver and sender's network.
type UnreadParts = BTreeMap<(PersonId, Option<NetworkTag>), u64>;

/// Makes the log of a room, without lines. Memory holds at most `lines_max` lines of it.
pub(crate) fn log_of_room(name: LogName, epoch: Epoch, lines_max: usize) -> Log {
    Log::new(name, epoch, LogBounds::of_room(lines_max))
}

impl Core {
    pub(crate) fn room_called(&self, name: &RoomName) -> Option<LogId> {
        self.rooms.called(name)
    }

    pub(crate) fn room_record(&self, room: LogId) -> Option<StoredRoom> {
        Some(self.rooms.get(room)?.record(self.logs.get(room)?.epoch()))
    }

    pub(crate) fn room_count(&self) -> usize {
        self.rooms.iter().count()
    }

    pub(crate) fn is_in_room(&self, client: ClientId, room: LogId) -> bool {
        self.members.is_in(client, room)
    }

    pub(crate) fn person_called(&self, name: &Name) -> Option<PersonId> {
        self.people.called(name)
    }

    pub(crate) fn name_of_person(&self, person: PersonId) -> Option<&Name> {
        self.people.name(person)
    }

    pub(crate) fn name_of_author(&self, author: Author) -> Option<Name> {
        self.people.name_of(author)
    }

    pub(crate) fn private_logs(&self) -> impl Iterator<Item = (PersonId, LogId)> {
        self.private_logs.iter()
    }

    /// Returns how many bytes all logs have in memory.
    pub(crate) fn bytes_of_logs(&self) -> usize {
        self.logs.iter().map(|(_, log)| log.bytes()).sum()
    }

    pub(crate) fn replace_log(&mut self, id: LogId, log: Log) {
        self.logs.replace(id, log);
    }

    /// Ends the log of a room, and leaves the room as it is.
    pub(crate) fn end_log(&mut self, id: LogId) {
        self.logs.end(id);
    }

    pub(crate) fn network_tag(&self, network: ClientNetwork) -> NetworkTag {
        self.network_limits.tag(network)
    }

    pub(crate) fn unread_parts(&self) -> &UnreadParts {
        self.people.unread_parts()
    }

    /// Returns the core's sums of unread bytes: by the sender's network, and of all.
    pub(crate) fn unread_sums(&self) -> (&BTreeMap<NetworkTag, u64>, u64) {
        self.people.unread_sums()
    }
}
