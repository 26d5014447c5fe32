//! One room: its log, its topic, and the people in it. The log of a person's private messages is a
//! `Room`, too, but has no name, and nobody enters it.
//!
//! Owns: how many clients of each person are in the room; that a person who loses the connection
//! for a short time stays in the room.
//! Must not know: what a client may do; `chat/core/talk.rs` decides.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::access::RoomAccess;
use super::ids::Ids;
use super::log::Log;
use super::log::gaps::SeenAndLost;
use super::people::Author;
use crate::base::limits;
use crate::chat::entry::{EntryKind, Epoch, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{
    AddressTag, PastLog, PersonId, Record, StoredLine, StoredPrivateLog, StoredRoom,
};
use crate::chat::reply::{Joined, Reply, RoomPrivacy};
use crate::chat::room_name::RoomName;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Room {
    whose: LogOwner,
    pub(super) topic: String,
    pub(super) lock: RoomAccess,
    pub(crate) log: Log,
    #[serde(with = "crate::chat::codec::pairs")]
    people: BTreeMap<Author, MemberStay>,
    /// When the last person left, as the duration since the hub's start; `None` while people are in
    /// the room.
    pub(super) empty_since: Option<Duration>,
    /// The tag of the IP address from which the room was made; `None`: no limits apply to that IP
    /// address, or it is not known.
    address: Option<AddressTag>,
    /// Whether a client from another IP address has said something in this room.
    is_shared: bool,
}

/// The room, or the person, that a log belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LogOwner {
    /// The room with this name. Everybody who is in it may read the log.
    Room(RoomName),
    /// One person.
    Person(PersonId),
}

/// How an author was in the room before one more of its clients entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnteredRoom {
    /// The author was not in the room.
    New,
    /// All connections of the author were lost, but the author still counts as being in the room.
    /// The room would have waited for the author until this time.
    Back(Duration),
    /// Another client of the author was in the room already.
    Again,
}

/// One author that is in a room.
#[derive(Debug, Default, Serialize, Deserialize)]
struct MemberStay {
    clients: usize,
    /// Until when the author counts as being in the room, although all its connections were lost.
    /// `None`: a client of the author is in the room.
    gone_at: Option<Duration>,
}

impl Room {
    /// Makes an empty room, or an empty log of private messages: `whose` says which of them.
    pub(super) fn new(
        whose: LogOwner,
        lock: RoomAccess,
        epoch: Epoch,
        log_entries_max: usize,
    ) -> Self {
        let (topic, ids_max) = (String::new(), whose.ids_max());
        let log = Log::new(epoch, log_entries_max).with_older_ids(Ids::new(ids_max));
        let (people, empty_since) = (BTreeMap::new(), None);
        let (address, is_shared) = (None, false);
        Self { whose, topic, lock, log, people, empty_since, address, is_shared }
    }

    /// Returns this room, with `address` as the tag of the IP address from which it was made.
    pub(super) fn made_from(self, address: Option<AddressTag>) -> Self {
        Self { address, ..self }
    }

    /// Makes a room from its record in the file and its newest lines. Nobody is in the room.
    pub(super) fn restored(
        past: PastLog<StoredRoom>,
        entries_max: usize,
        bytes_max: usize,
    ) -> Self {
        let StoredRoom { name, epoch, topic, hidden, password, maker, address, .. } =
            past.stored.clone();
        let lock = RoomAccess::restored(maker.map(Author::Person), hidden, password);
        let whose = LogOwner::Room(name);
        let log = restored(epoch, past, entries_max, whose.ids_max(), bytes_max);
        let empty_since = Some(Duration::ZERO);
        let room = Self::new(whose, lock, epoch, entries_max).made_from(address);
        Self { topic, log, empty_since, ..room }
    }

    /// Makes a person's log of private messages from its record in the file and its newest lines.
    pub(super) fn restored_private(past: PastLog<StoredPrivateLog>, bytes_max: usize) -> Self {
        let StoredPrivateLog { person, epoch, .. } = past.stored;
        let (whose, entries_max) = (LogOwner::Person(person), limits::PRIVATE_LOG_ENTRIES_MAX);
        let log = restored(epoch, past, entries_max, whose.ids_max(), bytes_max);
        Self { log, ..Self::new(whose, RoomAccess::default(), epoch, entries_max) }
    }

    /// Returns the room's record for the file. The caller must add the reserved and the skipped
    /// numbers.
    pub(super) fn record(&self) -> Record {
        let (epoch, reservation, skips) = (self.log.epoch(), Reservation::default(), Vec::new());
        let name = match &self.whose {
            LogOwner::Person(person) => {
                let person = *person;
                return Record::PrivateLog(StoredPrivateLog { person, epoch, reservation, skips });
            }
            LogOwner::Room(name) => name.clone(),
        };
        let maker = match self.lock.maker() {
            Some(Author::Person(id)) => Some(id),
            _ => None,
        };
        Record::Room(StoredRoom {
            name,
            epoch,
            reservation,
            skips,
            topic: self.topic.clone(),
            hidden: self.privacy().hidden,
            password: self.lock.password().cloned(),
            maker,
            address: self.lone_address(),
        })
    }

    /// Returns the tag of the IP address from which the room was made; `None`: no limits apply to
    /// that IP address, or it is not known.
    pub(super) fn address(&self) -> Option<AddressTag> {
        self.address
    }

    /// Returns the tag of the IP address from which the room was made, if only clients of that IP
    /// address have said something in the room. `None`: clients of other IP addresses have, too, or
    /// the tag is not known.
    pub(super) fn lone_address(&self) -> Option<AddressTag> {
        self.address.filter(|_| !self.is_shared)
    }

    /// Notes that a client from another IP address has said something in this room.
    pub(super) fn mark_shared(&mut self) {
        self.is_shared = true;
    }

    /// Returns which room or person the log belongs to.
    pub(super) fn whose(&self) -> &LogOwner {
        &self.whose
    }

    /// Returns the room's name; `None` for a log of private messages.
    pub(crate) fn name(&self) -> Option<&RoomName> {
        match &self.whose {
            LogOwner::Room(name) => Some(name),
            LogOwner::Person(_) => None,
        }
    }

    /// Returns the name of this room's log, as clients see it.
    pub(crate) fn log_name(&self) -> LogName {
        self.name().cloned().map_or(LogName::Private, LogName::Room)
    }

    pub(super) fn privacy(&self) -> RoomPrivacy {
        self.lock.privacy()
    }

    /// Adds one client of `who`. Returns whether `who` was not in the room before, came back while
    /// the room was waiting, or had another client in the room already.
    pub(super) fn enter(&mut self, who: Author) -> EnteredRoom {
        self.empty_since = None;
        let entered = match self.people.get(&who) {
            None => EnteredRoom::New,
            Some(MemberStay { gone_at: Some(until), .. }) => EnteredRoom::Back(*until),
            Some(_) => EnteredRoom::Again,
        };
        let stay = self.people.entry(who).or_default();
        stay.clients += 1;
        stay.gone_at = None;
        entered
    }

    /// Removes one client of `who`. Returns whether `who` has no other client in the room. Even
    /// then `who` counts as being in the room until [`forget`](Self::forget).
    pub(super) fn leave(&mut self, who: Author) -> bool {
        let Some(stay) = self.people.get_mut(&who) else { return false };
        stay.clients -= 1;
        stay.clients == 0
    }

    /// Notes that `who` has lost the last connection, and that the room waits for `who` until the
    /// time `until`.
    pub(super) fn wait_for(&mut self, who: Author, until: Duration) {
        if let Some(stay) = self.people.get_mut(&who) {
            stay.gone_at = Some(until);
        }
    }

    /// Returns until when the room waits for `who` to come back; `None`: it does not wait for
    /// `who`.
    pub(super) fn waits_for(&self, who: Author) -> Option<Duration> {
        self.people.get(&who)?.gone_at
    }

    /// Removes `who` from the room, with all its clients.
    pub(super) fn forget(&mut self, who: Author, now: Duration) {
        self.people.remove(&who);
        if self.people.is_empty() {
            self.empty_since = Some(now);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.people.len()
    }

    pub(super) fn people(&self) -> impl Iterator<Item = Author> {
        self.people.keys().copied()
    }

    pub(super) fn has(&self, who: Author) -> bool {
        self.people.contains_key(&who)
    }

    /// Returns whether the room is empty and never had a line. Such a room is not listed.
    pub(super) fn is_asleep(&self) -> bool {
        self.people.is_empty() && self.log.head() == Seq(0)
    }

    /// Changes the topic or an earlier line, if the new line `what` says so. Does not add the new
    /// line to the log.
    pub(super) fn take_effect(&mut self, what: &EntryKind) {
        match what {
            EntryKind::Topic(topic) => self.topic.clone_from(topic),
            EntryKind::Edited { .. } | EntryKind::Deleted { .. } => self.log.change(what),
            EntryKind::Said(_) | EntryKind::Acted(_) | EntryKind::Private { .. } => {}
        }
    }

    /// Returns the first number to send to a client that has seen the log up to `seen`. For a
    /// client that has seen nothing of this log, that is the number of one of the newest lines. If
    /// lines that the client saw are lost, adds a notice about them to `notes`.
    fn first_missed(&self, seen: Option<Seen>, sizes: &Sizes, notes: &mut Vec<Reply>) -> Seq {
        let Some(seen) = seen.filter(|seen| seen.epoch == self.log.epoch()) else {
            // The client has seen nothing of this log, so it gets only the newest lines.
            return self.log.newest(limits::BACKLOG_SHOWN);
        };
        let Some(lost) = self.log.lost_since(seen.seq, sizes) else {
            return seen.seq.next();
        };
        let SeenAndLost { from, lines, damaged } = lost;
        notes.push(Reply::NotKept { log: self.log_name(), from, to: seen.seq, lines, damaged });
        from
    }

    /// Returns the first number to send to a client that enters and has seen the log up to `seen`,
    /// and the notices for that client. The first notice is always [`Reply::Joined`].
    pub(super) fn where_it_is(&self, seen: Option<Seen>, sizes: &Sizes) -> (Seq, Vec<Reply>) {
        let mut notes = Vec::new();
        let from = self.first_missed(seen, sizes, &mut notes);
        notes.insert(0, Reply::Joined(self.joined(from)));
        (from, notes)
    }

    /// Returns what a client that enters is told about the room. `from` is the number of the first
    /// line that the client is sent.
    fn joined(&self, from: Seq) -> Joined {
        Joined {
            log: self.log_name(),
            epoch: self.log.epoch(),
            seq: self.log.head(),
            from,
            ids_behind: self.log.ids_behind(),
            topic: self.topic.clone(),
            people: if self.name().is_some() { self.count() } else { 1 },
            privacy: self.privacy(),
        }
    }
}

impl LogOwner {
    /// Returns how many message ids this log remembers.
    fn ids_max(&self) -> usize {
        match self {
            Self::Room(_) => limits::LOG_IDS_MAX,
            Self::Person(_) => limits::PRIVATE_LOG_IDS_MAX,
        }
    }
}

fn restored<T>(
    epoch: Epoch,
    past: PastLog<T>,
    entries_max: usize,
    ids_max: usize,
    bytes_max: usize,
) -> Log {
    let PastLog { head, lines, ids, ids_behind, before, skipped, .. } = past;
    let older = Ids::restored(ids_max, ids, ids_behind);
    let author = |line: &StoredLine| line.author.map_or(Author::Nobody, Author::Person);
    let lines = lines.into_iter().map(|line| (author(&line), line.entry)).collect();
    let log = Log::restored(epoch, entries_max, lines, (before, skipped), head, bytes_max);
    log.with_older_ids(older)
}
