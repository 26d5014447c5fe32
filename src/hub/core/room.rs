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
use crate::chat::room_name::RoomName;
use crate::chat::told::{Joined, Nature, Told};
use crate::limits;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) topic: String,
    pub(super) lock: Lock,
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
        Self { name, topic, lock, log, people: BTreeMap::new(), empty_since: None }
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
            What::Edited { of, text } => self.log.reword(*of, text),
            What::Deleted { of } => self.log.unsay(*of),
            What::Said(_) | What::Acted(_) => {}
        }
    }

    /// From which number on somebody who has seen this much must be told the
    /// log, and what is to be said about the numbers that it saw.
    pub(super) fn first_missed(&self, seen: Option<Seen>, notes: &mut Vec<Told>) -> Seq {
        let head = self.log.head();
        match seen {
            Some(Seen { epoch, seq }) if epoch == self.log.epoch() => {
                if seq > head {
                    let (room, from) = (self.name.clone(), head.next());
                    notes.push(Told::NotKept { room, from, to: seq });
                }
                seq.min(head).next()
            }
            // It knows nothing of this log: the newest lines are enough.
            _ => Seq(head.0.saturating_sub(limits::BACKLOG_SHOWN)).next().max(self.log.oldest()),
        }
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
