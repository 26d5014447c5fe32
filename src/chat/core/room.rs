//! One room: its log, its topic, and who is in it. A person's private messages are
//! one, too, without a name and with nobody in it.
//!
//! Owns: the count of each one's clients there, and that a short drop is no
//! leaving.
//! Must not know: what anybody may do; `chat/core/talk.rs` decides.
//!
//! Next: `chat/core/lock.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::Ids;
use super::lock::Lock;
use super::log::Log;
use super::log::holes::Lost;
use super::people::Author;
use crate::chat::entry::{Epoch, Seen, Seq, What};
use crate::chat::log_name::LogName;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{
    AddressTag, KeptLine, KeptPrivateLog, KeptRoom, PastLog, PersonId, Record,
};
use crate::chat::room_name::RoomName;
use crate::chat::told::{Joined, Nature, Told};
use crate::limits;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Room {
    whose: Whose,
    pub(super) topic: String,
    pub(super) lock: Lock,
    pub(crate) log: Log,
    #[serde(with = "crate::chat::codec::pairs")]
    people: BTreeMap<Author, Stay>,
    /// Since when nobody is here.
    pub(super) empty_since: Option<Duration>,
    /// From where it was made; `None`: from this machine, or nobody knows.
    address: Option<AddressTag>,
    /// Somebody from elsewhere has said something here.
    is_shared: bool,
}

/// Whom a log is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// Everybody who comes into the room of this name.
    Room(RoomName),
    /// One person.
    Person(PersonId),
}

/// What a coming in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// It was not here.
    New,
    /// All its lines were lost; it was waited for until then.
    Back(Duration),
    /// One more of its clients.
    Again,
}

/// How somebody is in a room.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stay {
    clients: usize,
    /// All lines were lost; at this time it becomes a leaving.
    gone_at: Option<Duration>,
}

impl Room {
    /// An empty one.
    pub(super) fn new(whose: Whose, lock: Lock, epoch: Epoch, log_entries_max: usize) -> Self {
        let (topic, ids_max) = (String::new(), whose.ids_max());
        let log = Log::new(epoch, log_entries_max).with_older_ids(Ids::new(ids_max));
        let (people, empty_since) = (BTreeMap::new(), None);
        let (address, is_shared) = (None, false);
        Self { whose, topic, lock, log, people, empty_since, address, is_shared }
    }

    /// It was made from there.
    pub(super) fn made_from(self, address: Option<AddressTag>) -> Self {
        Self { address, ..self }
    }

    /// A room as it was kept, with its newest lines; nobody is in it.
    pub(super) fn restored(past: PastLog<KeptRoom>, entries_max: usize, bytes_max: usize) -> Self {
        let KeptRoom { name, epoch, topic, hidden, password, maker, address, .. } =
            past.kept.clone();
        let lock = Lock::restored(maker.map(Author::Person), hidden, password);
        let whose = Whose::Room(name);
        let log = restored(epoch, past, entries_max, whose.ids_max(), bytes_max);
        let empty_since = Some(Duration::ZERO);
        let room = Self::new(whose, lock, epoch, entries_max).made_from(address);
        Self { topic, log, empty_since, ..room }
    }

    /// Somebody's private messages as they were kept.
    pub(super) fn restored_private(past: PastLog<KeptPrivateLog>, bytes_max: usize) -> Self {
        let KeptPrivateLog { person, epoch, .. } = past.kept;
        let (whose, entries_max) = (Whose::Person(person), limits::PRIVATE_LOG_ENTRIES_MAX);
        let log = restored(epoch, past, entries_max, whose.ids_max(), bytes_max);
        Self { log, ..Self::new(whose, Lock::default(), epoch, entries_max) }
    }

    /// How it is to be kept, but for its numbers.
    pub(super) fn record(&self) -> Record {
        let (epoch, reservation, skips) = (self.log.epoch(), Reservation::default(), Vec::new());
        let name = match &self.whose {
            Whose::Person(person) => {
                let person = *person;
                return Record::PrivateLog(KeptPrivateLog { person, epoch, reservation, skips });
            }
            Whose::Room(name) => name.clone(),
        };
        let maker = match self.lock.maker() {
            Some(Author::Person(id)) => Some(id),
            _ => None,
        };
        Record::Room(KeptRoom {
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

    /// From where it was made.
    pub(super) fn address(&self) -> Option<AddressTag> {
        self.address
    }

    /// The same while nobody from elsewhere has said anything here.
    pub(super) fn lone_address(&self) -> Option<AddressTag> {
        self.address.filter(|_| !self.is_shared)
    }

    /// Somebody from elsewhere says something here.
    pub(super) fn is_shared_now(&mut self) {
        self.is_shared = true;
    }

    /// Whom its log is for.
    pub(super) fn whose(&self) -> &Whose {
        &self.whose
    }

    /// Its name; private messages have none.
    pub(crate) fn name(&self) -> Option<&RoomName> {
        match &self.whose {
            Whose::Room(name) => Some(name),
            Whose::Person(_) => None,
        }
    }

    /// What its log is called to those who are told it.
    pub(crate) fn log_name(&self) -> LogName {
        self.name().cloned().map_or(LogName::Private, LogName::Room)
    }

    pub(super) fn nature(&self) -> Nature {
        self.lock.nature()
    }

    /// One more client of `who`: whether it was not here before, or until when it
    /// was waited for.
    pub(super) fn enter(&mut self, who: Author) -> Entered {
        self.empty_since = None;
        let entered = match self.people.get(&who) {
            None => Entered::New,
            Some(Stay { gone_at: Some(until), .. }) => Entered::Back(*until),
            Some(_) => Entered::Again,
        };
        let stay = self.people.entry(who).or_default();
        stay.clients += 1;
        stay.gone_at = None;
        entered
    }

    /// One client of `who` is here no more; whether it was the last.
    pub(super) fn leave(&mut self, who: Author) -> bool {
        let Some(stay) = self.people.get_mut(&who) else { return false };
        stay.clients -= 1;
        stay.clients == 0
    }

    /// `who`, whose last line was lost, may come back until then.
    pub(super) fn wait_for(&mut self, who: Author, until: Duration) {
        if let Some(stay) = self.people.get_mut(&who) {
            stay.gone_at = Some(until);
        }
    }

    /// Until when `who` is waited for, whose last line was lost.
    pub(super) fn waits_for(&self, who: Author) -> Option<Duration> {
        self.people.get(&who)?.gone_at
    }

    /// `who` has left.
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

    /// Nobody is here and nothing was said: nobody needs to hear of it.
    pub(super) fn is_asleep(&self) -> bool {
        self.people.is_empty() && self.log.head() == Seq(0)
    }

    /// What a new line changes beside adding itself.
    pub(super) fn take_effect(&mut self, what: &What) {
        match what {
            What::Topic(topic) => self.topic.clone_from(topic),
            What::Edited { .. } | What::Deleted { .. } => self.log.change(what),
            What::Said(_) | What::Acted(_) | What::Private { .. } => {}
        }
    }

    /// From which number on somebody who has seen this much must be told the
    /// log, and what is to be said about the numbers that it saw.
    fn first_missed(&self, seen: Option<Seen>, sizes: &Sizes, notes: &mut Vec<Told>) -> Seq {
        let Some(seen) = seen.filter(|seen| seen.epoch == self.log.epoch()) else {
            // It knows nothing of this log: the newest lines are enough.
            return self.log.newest(limits::BACKLOG_SHOWN);
        };
        let Some(lost) = self.log.lost_since(seen.seq, sizes) else {
            return seen.seq.next();
        };
        let Lost { from, lines, damaged } = lost;
        notes.push(Told::NotKept { log: self.log_name(), from, to: seen.seq, lines, damaged });
        from
    }

    /// What one is told on coming in who has seen this much of the log; and from which number
    /// on it is to be told the log.
    pub(super) fn where_it_is(&self, seen: Option<Seen>, sizes: &Sizes) -> (Seq, Vec<Told>) {
        let mut notes = Vec::new();
        let from = self.first_missed(seen, sizes, &mut notes);
        notes.insert(0, Told::Joined(self.joined(from)));
        (from, notes)
    }

    /// What one hears about the room on coming in.
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

impl Whose {
    /// How many ids of such a log are remembered.
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
    let author = |line: &KeptLine| line.author.map_or(Author::Nobody, Author::Person);
    let lines = lines.into_iter().map(|line| (author(&line), line.entry)).collect();
    let log = Log::restored(epoch, entries_max, lines, (before, skipped), head, bytes_max);
    log.with_older_ids(older)
}
