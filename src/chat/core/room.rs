//! One room: its log, its topic, and the people in it. The private messages of a person are a
//! `Room` too, without a name and without people.
//!
//! Owns: how many clients of each person are in the room; that a short loss of connection is not
//! a leaving.
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
    /// When the last person left, as time since the hub began; `None` while people are in the room.
    pub(super) empty_since: Option<Duration>,
    /// The address that the room was made from; `None`: an address without limits, or not known.
    address: Option<AddressTag>,
    /// Whether a client from another address has said something here.
    is_shared: bool,
}

/// Who may read a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LogOwner {
    /// Everybody who enters the room with this name.
    Room(RoomName),
    /// One person.
    Person(PersonId),
}

/// What it means for the room that an author enters with one more client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnteredRoom {
    /// The author was not in the room.
    New,
    /// The author still counts as being in the room, but all its connections were lost. The room
    /// would have waited for it until this time.
    Back(Duration),
    /// Another client of the author is in the room already.
    Again,
}

/// How an author is in the room.
#[derive(Debug, Default, Serialize, Deserialize)]
struct MemberStay {
    clients: usize,
    /// All its connections were lost, and at this time the author counts as having left. `None`:
    /// the room does not wait for it.
    gone_at: Option<Duration>,
}

impl Room {
    /// Makes an empty room. `whose` says whether it is a room or a person's log of private
    /// messages.
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

    /// Returns the room with the address that it was made from.
    pub(super) fn made_from(self, address: Option<AddressTag>) -> Self {
        Self { address, ..self }
    }

    /// Makes a room of what the file has, with its newest lines. Nobody is in it.
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

    /// Makes a person's log of private messages of what the file has.
    pub(super) fn restored_private(past: PastLog<StoredPrivateLog>, bytes_max: usize) -> Self {
        let StoredPrivateLog { person, epoch, .. } = past.stored;
        let (whose, entries_max) = (LogOwner::Person(person), limits::PRIVATE_LOG_ENTRIES_MAX);
        let log = restored(epoch, past, entries_max, whose.ids_max(), bytes_max);
        Self { log, ..Self::new(whose, RoomAccess::default(), epoch, entries_max) }
    }

    /// Returns the room's record for the file, without the reservation and the skipped numbers. The
    /// caller fills them in.
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
            hidden: self.nature().hidden,
            password: self.lock.password().cloned(),
            maker,
            address: self.lone_address(),
        })
    }

    /// Returns the address that the room was made from; `None`: an address without limits, or not
    /// known.
    pub(super) fn address(&self) -> Option<AddressTag> {
        self.address
    }

    /// Returns the address that the room was made from. `None`: it is not known, or a client from
    /// another address has said something here.
    pub(super) fn lone_address(&self) -> Option<AddressTag> {
        self.address.filter(|_| !self.is_shared)
    }

    /// Notes that a client from another address has said something here.
    pub(super) fn mark_shared(&mut self) {
        self.is_shared = true;
    }

    /// Returns who may read its log.
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

    /// Returns the name of its log, as clients see it.
    pub(crate) fn log_name(&self) -> LogName {
        self.name().cloned().map_or(LogName::Private, LogName::Room)
    }

    pub(super) fn nature(&self) -> RoomPrivacy {
        self.lock.nature()
    }

    /// Adds one client of `who`. Returns whether `who` is new here, came back, or has another
    /// client here.
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

    /// Removes one client of `who`. Returns whether it was the last one. Even then `who` counts as
    /// being in the room until [`forget`](Self::forget).
    pub(super) fn leave(&mut self, who: Author) -> bool {
        let Some(stay) = self.people.get_mut(&who) else { return false };
        stay.clients -= 1;
        stay.clients == 0
    }

    /// Notes that `who`, whose last connection was lost, may come back until the time `until`.
    pub(super) fn wait_for(&mut self, who: Author, until: Duration) {
        if let Some(stay) = self.people.get_mut(&who) {
            stay.gone_at = Some(until);
        }
    }

    /// Returns until when the room waits for `who`; `None` if it does not wait.
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

    /// Applies what a new line changes: the topic, or an earlier line. Does not add the line to the
    /// log.
    pub(super) fn take_effect(&mut self, what: &EntryKind) {
        match what {
            EntryKind::Topic(topic) => self.topic.clone_from(topic),
            EntryKind::Edited { .. } | EntryKind::Deleted { .. } => self.log.change(what),
            EntryKind::Said(_) | EntryKind::Acted(_) | EntryKind::Private { .. } => {}
        }
    }

    /// Returns the first number to send to a client that has seen this much of the log; for a
    /// client that knows nothing of the log, the first of a few newest lines. Adds a notice to
    /// `notes` if lines that the client saw are lost.
    fn first_missed(&self, seen: Option<Seen>, sizes: &Sizes, notes: &mut Vec<Reply>) -> Seq {
        let Some(seen) = seen.filter(|seen| seen.epoch == self.log.epoch()) else {
            // The client knows nothing of this log: the newest lines are enough.
            return self.log.newest(limits::BACKLOG_SHOWN);
        };
        let Some(lost) = self.log.lost_since(seen.seq, sizes) else {
            return seen.seq.next();
        };
        let SeenAndLost { from, lines, damaged } = lost;
        notes.push(Reply::NotKept { log: self.log_name(), from, to: seen.seq, lines, damaged });
        from
    }

    /// Returns the first number to send to a client that enters and has seen this much of the log,
    /// and the notices for the client. The first notice is always [`Reply::Joined`].
    pub(super) fn where_it_is(&self, seen: Option<Seen>, sizes: &Sizes) -> (Seq, Vec<Reply>) {
        let mut notes = Vec::new();
        let from = self.first_missed(seen, sizes, &mut notes);
        notes.insert(0, Reply::Joined(self.joined(from)));
        (from, notes)
    }

    /// Returns what a client that enters is told about the room. `from` is the first number that it
    /// is sent.
    fn joined(&self, from: Seq) -> Joined {
        Joined {
            log: self.log_name(),
            epoch: self.log.epoch(),
            seq: self.log.head(),
            from,
            ids_behind: self.log.ids_behind(),
            topic: self.topic.clone(),
            people: if self.name().is_some() { self.count() } else { 1 },
            nature: self.nature(),
        }
    }
}

impl LogOwner {
    /// Returns how many message ids a log of this owner remembers.
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
