//! The logs of private messages. A person's log is made when the person sends or receives the first
//! message. The log ends when the core forgets its owner. It may also end when the maximum number
//! of logs exists and another person needs a new one.
//!
//! Owns: which person has which log, and which log ends if there are too many logs.
//! Must not know: what the messages say; which client asks.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::LogId;
use super::logs::{LogBounds, Logs};
use super::people::People;
use crate::base::limits;
use crate::chat::entry::{Epoch, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::numbers::Reservation;
use crate::chat::record::{NetworkTag, PersonId, StoredPrivateLog};

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct PrivateLogs {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_person: BTreeMap<PersonId, LogId>,
}

impl PrivateLogs {
    /// Returns the person's log; `None`: the person has not written or received a private message
    /// yet, or the log has ended.
    pub(super) fn of(&self, person: PersonId) -> Option<LogId> {
        self.by_person.get(&person).copied()
    }

    pub(super) fn count(&self) -> usize {
        self.by_person.len()
    }

    /// Returns the record that the file must have for the log; `None`: it is not a log of private
    /// messages. The caller must add the reserved and the skipped numbers.
    pub(super) fn record(&self, log: LogId, epoch: Epoch) -> Option<StoredPrivateLog> {
        let (person, _) = self.iter().find(|(_, id)| *id == log)?;
        let reservation = Reservation::default();
        Some(StoredPrivateLog { person, epoch, reservation, skips: Vec::new() })
    }

    pub(super) fn add(&mut self, person: PersonId, log: LogId) {
        self.by_person.insert(person, log);
    }

    fn owners(&self) -> impl Iterator<Item = PersonId> {
        self.by_person.keys().copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PersonId, LogId)> {
        self.by_person.iter().map(|(person, log)| (*person, *log))
    }

    /// Makes the person's log, which must not exist yet.
    pub(super) fn open(&mut self, logs: &mut Logs, person: PersonId) -> LogId {
        let id = logs.open(LogName::Private, LogBounds::PRIVATE);
        self.add(person, id);
        id
    }

    pub(super) fn end(&mut self, logs: &mut Logs, person: PersonId) {
        if let Some(id) = self.by_person.remove(&person) {
            logs.end(id);
        }
    }

    /// Returns how many of these people have no log.
    pub(super) fn missing(&self, people: [PersonId; 2]) -> usize {
        BTreeSet::from(people).iter().filter(|person| self.of(**person).is_none()).count()
    }

    /// Returns whether there is space for `count` new logs, or other logs may end to make the
    /// space. The logs of the people in `but` may not end.
    pub(super) fn may_open(
        &self,
        count: usize,
        people: &People,
        logs: &Logs,
        but: [PersonId; 2],
        now: UnixMillis,
    ) -> bool {
        let free = limits::PRIVATE_LOGS_MAX.saturating_sub(self.count());
        let may_end = || self.readable(people, logs, but, now).take(count).count();
        free >= count || may_end() + free >= count
    }

    /// Returns whether a private message may wait for this person until the person reads it. A log
    /// with an unread message does not end, for some time, when a new log needs its space. So the
    /// people of one network may have only some of the logs with an unread message.
    pub(super) fn may_wait_for_its_reader(&self, people: &People, person: PersonId) -> bool {
        let network = people.network(person);
        let is_here = !people.clients(person).is_empty();
        if is_here || people.has_unread(person) || network.is_none() {
            return true;
        }
        let unread = || self.owners().filter(|owner| people.has_unread(*owner));
        let held = unread().filter(|owner| people.network(*owner) == network).count();
        held == 0 || unread().count() + held < limits::PRIVATE_LOGS_MAX
    }

    /// If the maximum number of logs exists, returns the owner of the log that must end. Among the
    /// logs that may end, it is one of the network whose people have the most logs, and of these
    /// the log whose newest message is the oldest. `None`: no log must end, or none may.
    pub(super) fn one_too_many(
        &self,
        people: &People,
        logs: &Logs,
        but: [PersonId; 2],
        now: UnixMillis,
    ) -> Option<PersonId> {
        if self.count() < limits::PRIVATE_LOGS_MAX {
            return None;
        }
        let mut counts: BTreeMap<Option<NetworkTag>, usize> = BTreeMap::new();
        for person in self.owners() {
            *counts.entry(people.network(person)).or_default() += 1;
        }
        // Each person whose network is not known counts as the only person of a network.
        counts.insert(None, 1);
        let count = |person| counts.get(&people.network(person)).copied();
        let readable = self.readable(people, logs, but, now);
        let chosen = readable.map(|(at, person)| (count(person), Reverse((at, person)))).max();
        chosen.map(|(_, Reverse((_, person)))| person)
    }

    /// Returns the people whose logs may end to make space for another log, each with the time of
    /// the log's newest message. The people in `but` are left out. A log must not end if it has an
    /// unread message and its newest message is younger than [`limits::UNREAD_KEPT`].
    fn readable(
        &self,
        people: &People,
        logs: &Logs,
        but: [PersonId; 2],
        now: UnixMillis,
    ) -> impl Iterator<Item = (Option<UnixMillis>, PersonId)> {
        // A machine without a battery-backed clock starts in 1970. Until its clock is set, the
        // message's time seems to be far in the future, and the message counts as old.
        let is_new = move |said: UnixMillis| {
            Duration::from_millis(now.0.abs_diff(said.0)) < limits::UNREAD_KEPT
        };
        let owned = self.iter().filter(move |(person, _)| !but.contains(person));
        let owned = owned.filter_map(|(person, id)| Some((logs.get(id)?.newest_at(), person)));
        owned.filter(move |(newest, person)| {
            !newest.is_some_and(|at| people.has_unread(*person) && is_new(at))
        })
    }
}
