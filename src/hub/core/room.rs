//! One room: its log, its topic, and who is in it.
//!
//! Owns: the count of each one's clients there, and that a short drop is no
//! leaving.
//! Must not know: what anybody may do; `hub/core/talk.rs` decides.
//!
//! Next: `hub/core/lock.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lock::Lock;
use super::log::Log;
use super::people::Author;
use crate::chat::entry::{Epoch, Seen, Seq, What};
use crate::chat::record::{KeptLine, KeptRoom, PastRoom};
use crate::chat::room_name::RoomName;
use crate::chat::told::{Joined, Nature, Told};
use crate::limits;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) topic: String,
    pub(super) lock: Lock,
    /// Numbers up to this one will not be given again, whatever happens.
    reserved: Seq,
    pub(super) log: Log,
    people: BTreeMap<Author, Stay>,
    /// Since when nobody is here.
    pub(super) empty_since: Option<Duration>,
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
#[derive(Debug, Default)]
struct Stay {
    clients: usize,
    /// All lines were lost; at this time it becomes a leaving.
    gone_at: Option<Duration>,
}

impl Room {
    pub(super) fn new(name: RoomName, lock: Lock, epoch: Epoch, log_entries_max: usize) -> Self {
        let (topic, log) = (String::new(), Log::new(epoch, log_entries_max));
        let reserved = Seq(limits::NUMBERS_RESERVED);
        Self { name, topic, lock, reserved, log, people: BTreeMap::new(), empty_since: None }
    }

    /// A room as it was kept, with its newest lines; nobody is in it.
    pub(super) fn restored(past: PastRoom, entries_max: usize, bytes_max: usize) -> Self {
        let PastRoom { room, head, lines, older } = past;
        let KeptRoom { name, epoch, reserved, topic, hidden, password, maker } = room;
        let author = |line: &KeptLine| line.author.map_or(Author::Nobody, Author::Person);
        let lines = lines.into_iter().map(|line| (author(&line), line.entry)).collect();
        let log = Log::restored(epoch, entries_max, lines, older, head, bytes_max);
        let lock = Lock::restored(maker.map(Author::Person), hidden, password);
        let empty_since = Some(Duration::ZERO);
        Self { name, topic, lock, reserved, log, people: BTreeMap::new(), empty_since }
    }

    /// How it is kept.
    pub(super) fn kept(&self) -> KeptRoom {
        let maker = match self.lock.maker() {
            Some(Author::Person(id)) => Some(id),
            _ => None,
        };
        KeptRoom {
            name: self.name.clone(),
            epoch: self.log.epoch(),
            reserved: self.reserved,
            topic: self.topic.clone(),
            hidden: self.nature().hidden,
            password: self.lock.password().cloned(),
            maker,
        }
    }

    /// Reserves more numbers in time; whether it did.
    pub(super) fn reserves_more(&mut self) -> bool {
        let is_time = self.log.head().0 + limits::NUMBERS_RESERVED / 2 >= self.reserved.0;
        if is_time {
            self.reserved = Seq(self.log.head().0 + limits::NUMBERS_RESERVED);
        }
        is_time
    }

    /// The server ends: no number that was reserved has been given in vain.
    pub(super) fn reserves_no_more(&mut self) {
        self.reserved = self.log.head();
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
            What::Said(_) | What::Acted(_) => {}
        }
    }

    /// From which number on somebody who has seen this much must be told the
    /// log, and what is to be said about the numbers that it saw.
    pub(super) fn first_missed(&self, seen: Option<Seen>, notes: &mut Vec<Told>) -> Seq {
        let Some(seen) = seen.filter(|seen| seen.epoch == self.log.epoch()) else {
            // It knows nothing of this log: the newest lines are enough.
            return self.log.newest(limits::BACKLOG_SHOWN);
        };
        let Some(from) = self.log.lost_since(seen.seq) else { return seen.seq.next() };
        notes.push(Told::NotKept { room: self.name.clone(), from, to: seen.seq });
        from
    }

    /// What one hears about the room on coming in.
    pub(super) fn joined(&self, from: Seq) -> Joined {
        Joined {
            room: self.name.clone(),
            epoch: self.log.epoch(),
            seq: self.log.head(),
            from,
            topic: self.topic.clone(),
            people: self.count(),
            nature: self.nature(),
        }
    }
}
