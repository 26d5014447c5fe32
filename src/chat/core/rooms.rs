//! All rooms and logs of private messages. They are found by their ids; rooms are also found by
//! their names.
//!
//! Owns: that a name belongs to one room; that no two logs share an epoch; which rooms and logs an
//! event has changed.
//! Must not know: who may enter a room (`chat/core/access.rs`), which client asks.
//!
//! Part: `chat/core/mod.rs`.

mod memory;
mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::access::RoomAccess;
use super::people::Author;
use super::room::{LogOwner, Room};
use super::{Changed, CoreSettings, LogId};
use crate::base::limits;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{AddressTag, PastLog, PersonId, StoredPrivateLog, StoredRoom};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

/// All rooms and logs of private messages.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rooms {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<LogId, Room>,
    /// Logs of private messages have no name, so they are not in this map.
    #[serde(with = "crate::chat::codec::pairs")]
    by_name: BTreeMap<RoomName, LogId>,
    next_id: LogId,
    /// The name of the room that always exists.
    lobby: RoomName,
    epoch_seed: u64,
    /// How many lines of each room memory has at most.
    log_entries_max: usize,
    /// Rooms and logs that the current event has changed.
    changed: BTreeSet<LogId>,
    /// Logs that the current event has ended. The file must delete them.
    gone: Vec<(LogId, Epoch)>,
    /// How many bytes were added to all logs since their total size was last checked.
    grown: usize,
}

impl Rooms {
    /// Makes the table without any room. The lobby is made later.
    pub(super) fn new(settings: &CoreSettings) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            next_id: LogId(NonZeroU64::MIN),
            lobby: settings.lobby.clone(),
            epoch_seed: settings.epoch_seed,
            log_entries_max: settings.log_entries_max,
            changed: BTreeSet::new(),
            gone: Vec::new(),
            grown: 0,
        }
    }

    /// Returns the room, or log of private messages, with this id; `None`: it has ended.
    pub(super) fn get(&self, id: LogId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: LogId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    /// Returns all rooms and logs of private messages, in the order in which they were made.
    pub(super) fn iter(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (LogId, &mut Room)> {
        self.by_id.iter_mut().map(|(id, room)| (*id, room))
    }

    /// Returns the id of the room with this name; `None`: no such room exists.
    pub(super) fn called(&self, name: &RoomName) -> Option<LogId> {
        self.by_name.get(name).copied()
    }

    /// Returns the rooms, without the logs of private messages, in the order of their names.
    pub(super) fn named(&self) -> impl Iterator<Item = (LogId, &Room)> {
        self.by_name.values().filter_map(|id| Some((*id, self.by_id.get(id)?)))
    }

    /// Returns the lobby's name. Classic clients and clients of the dialect `webchat` are in it;
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
    pub(super) fn lobby(&mut self, now: Duration) -> LogId {
        self.open(self.lobby.clone(), RoomAccess::default(), None, now)
    }

    /// Returns the room with this name. If it does not exist, makes it with the settings `lock` and
    /// the tag `address` of an IP address; if it exists, `lock` and `address` have no effect.
    pub(super) fn open(
        &mut self,
        name: RoomName,
        lock: RoomAccess,
        address: Option<AddressTag>,
        now: Duration,
    ) -> LogId {
        if let Some(id) = self.called(&name) {
            return id;
        }
        let (entries_max, whose) = (self.log_entries_max, LogOwner::Room(name.clone()));
        let id = self.add(|epoch| {
            let mut room = Room::new(whose, lock, epoch, entries_max).made_from(address);
            // Perhaps no client ever enters the room: its maker may be refused, or may be a guest
            // who says one thing and leaves.
            room.empty_since = Some(now);
            room
        });
        self.by_name.insert(name, id);
        self.note_change(id);
        id
    }

    /// Makes a log for the private messages of a person.
    pub(super) fn open_private(&mut self, person: PersonId) -> LogId {
        let (whose, entries_max) = (LogOwner::Person(person), limits::PRIVATE_LOG_ENTRIES_MAX);
        let id = self.add(|epoch| Room::new(whose, RoomAccess::default(), epoch, entries_max));
        self.note_change(id);
        id
    }

    /// Adds a room from the file.
    pub(super) fn restore(&mut self, past: PastLog<StoredRoom>, bytes_max: usize) {
        let (name, entries_max) = (past.stored.name.clone(), self.log_entries_max);
        let id = self.add(|_| Room::restored(past, entries_max, bytes_max));
        self.by_name.insert(name, id);
    }

    /// Adds a log of private messages from the file.
    pub(super) fn restore_private(
        &mut self,
        past: PastLog<StoredPrivateLog>,
        bytes_max: usize,
    ) -> LogId {
        self.add(|_| Room::restored_private(past, bytes_max))
    }

    /// Notes that the file must delete this log. The core has not restored it, because the log has
    /// no owner.
    pub(super) fn end_kept(&mut self, epoch: Epoch) {
        let id = self.new_id();
        self.gone.push((id, epoch));
    }

    /// Ends a room or a log of private messages, and notes that the file must delete it.
    pub(super) fn end(&mut self, id: LogId) {
        let Some(room) = self.by_id.remove(&id) else { return };
        self.gone.push((id, room.log.epoch()));
        room.name().and_then(|name| self.by_name.remove(name));
    }

    fn add(&mut self, make: impl FnOnce(Epoch) -> Room) -> LogId {
        let id = self.new_id();
        // Multiplication by an odd number gives each id its own value, far from the others, so two
        // logs never get the same epoch.
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.by_id.insert(id, make(Epoch(self.epoch_seed.wrapping_add(life))));
        id
    }

    fn new_id(&mut self) -> LogId {
        let id = self.next_id;
        self.next_id = LogId(id.0.saturating_add(1));
        id
    }

    /// Notes that this room or log has changed, so that its new record must be stored.
    pub(super) fn note_change(&mut self, id: LogId) {
        self.changed.insert(id);
    }

    /// Takes and returns what this event has changed: first the rooms and logs that ended, then
    /// those that changed.
    pub(super) fn take_changes(&mut self) -> impl Iterator<Item = Changed> {
        let gone = std::mem::take(&mut self.gone);
        let gone = gone.into_iter().map(|(id, epoch)| Changed::Gone(id, epoch));
        gone.chain(std::mem::take(&mut self.changed).into_iter().map(Changed::Room))
    }

    /// Checks whether `who` may enter the room, if at most `most` people may be in it (`None`: any
    /// number). Refused with `RoomFull`. Anybody may enter the lobby, and `who` may always enter a
    /// room that it is in.
    pub(super) fn check_place(
        &self,
        id: LogId,
        who: Author,
        most: Option<usize>,
    ) -> Result<(), Refused> {
        let Some((room, most)) = self.get(id).zip(most) else { return Ok(()) };
        let is_lobby = room.name() == Some(&self.lobby);
        let fits = is_lobby || room.has(who) || room.count() < most;
        if fits { Ok(()) } else { Err(Refused::RoomFull(most)) }
    }

    /// Forgets the message ids of these lines. Clients received the lines, but the lines were never
    /// stored and are lost, so their authors can send them again.
    pub(super) fn forget_ids(&mut self, lines: &[(LogId, Seq)]) {
        for (id, seq) in lines {
            self.get_mut(*id).into_iter().for_each(|room| room.log.forget_id(*seq));
        }
    }

    /// Forgets the message ids of all lines that are not in memory.
    pub(super) fn forget_older_ids(&mut self) {
        self.by_id.values_mut().for_each(|room| room.log.forget_older_ids());
    }

    /// Forgets lines that the history has deleted, so that they are sent to no client. Each item of
    /// `lines` means all lines up to its number, in the log of its epoch.
    pub(super) fn forget_lines(&mut self, lines: &[(Epoch, Seq)]) {
        for (epoch, last) in lines {
            let room = self.by_id.values_mut().find(|room| room.log.epoch() == *epoch);
            room.into_iter().for_each(|room| room.log.forget_to(*last));
        }
    }
}
