//! The logs of private messages. A person's log is made when the person sends or receives the first
//! message. The log ends when its owner's name becomes free, or when the maximum number of logs
//! exists and another person needs a new one.
//!
//! Owns: which person has which log, and which log ends if there are too many logs.
//! Must not know: what the messages say; `chat/core/private/messages.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

mod messages;
pub(super) mod unread;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::logs::{Log, LogBounds};
use super::{Core, Effect, LogId, Made};
use crate::base::limits;
use crate::chat::entry::{Epoch, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::numbers::Reservation;
use crate::chat::record::{NetworkTag, PastLog, PersonId, StoredPrivateLog};
use crate::server::hub::ClientId;

/// The table of all logs of private messages: which person has which log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct PrivateLogs {
    #[serde(with = "crate::chat::codec::pairs")]
    by_person: BTreeMap<PersonId, LogId>,
}

impl PrivateLogs {
    /// Returns the person's log; `None`: the person has not written or received a message yet, or
    /// the log has ended.
    pub(super) fn of(&self, person: PersonId) -> Option<LogId> {
        self.by_person.get(&person).copied()
    }

    /// Returns how many logs of private messages there are.
    pub(super) fn count(&self) -> usize {
        self.by_person.len()
    }

    /// Returns the record that the file must have for the log; `None`: it is not a log of private
    /// messages. The caller must add the reserved and the skipped numbers.
    pub(super) fn record(&self, log: LogId, epoch: Epoch) -> Option<StoredPrivateLog> {
        let (person, _) = self.iter().find(|(_, id)| *id == log)?;
        let (reservation, skips) = (Reservation::default(), Vec::new());
        Some(StoredPrivateLog { person, epoch, reservation, skips })
    }

    fn add(&mut self, person: PersonId, log: LogId) {
        self.by_person.insert(person, log);
    }

    fn remove(&mut self, person: PersonId) -> Option<LogId> {
        self.by_person.remove(&person)
    }

    fn owners(&self) -> impl Iterator<Item = PersonId> {
        self.by_person.keys().copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PersonId, LogId)> {
        self.by_person.iter().map(|(person, log)| (*person, *log))
    }
}

impl Core {
    /// Restores the logs from the file. A log whose owner the core does not know is not restored,
    /// but deleted from the file.
    pub(super) fn restore_private(&mut self, logs: Vec<PastLog<StoredPrivateLog>>) {
        let bytes_max = limits::private_log_bytes_max(logs.len());
        for past in logs {
            let StoredPrivateLog { person, epoch, .. } = past.stored;
            if self.people.name(person).is_none() {
                // The log has no owner: the file does not have the person, or the server process
                // ended after it forgot the person and before it deleted the log.
                self.logs.end_unrestored(epoch);
                continue;
            }
            let (log, bounds) = ((LogName::Private, epoch), LogBounds::PRIVATE);
            let id = self.logs.restore(log, past, bounds, bytes_max);
            let gone_since = self.people.gone_since(person);
            let newest = self.logs.get(id).and_then(Log::newest_at);
            let has_unread = gone_since.zip(newest).is_some_and(|(gone, newest)| gone <= newest);
            self.people.restore_known(person, has_unread);
            self.private_logs.add(person, id);
        }
    }

    /// Returns how long the sender must wait before it may send this text. `None`: the sender need
    /// not wait, and each log that must be made for the text is now counted for the sender's
    /// network. `between` is the sender, then the receiver. The people of a network may make
    /// several logs at once, and after that one from time to time. Without this limit, a person
    /// with many names could soon make the logs of all other people end. The sender must also wait
    /// if there is no space for a new log, or for one more unread message.
    pub(super) fn wait_for_logs(
        &mut self,
        writer: ClientId,
        between: [PersonId; 2],
        text: &str,
        effects: &mut Vec<Effect>,
    ) -> Option<Duration> {
        if !self.may_wait(writer, between[1], text) {
            return Some(limits::PRIVATE_LOG_INTERVAL);
        }
        let (network, now) = (self.network_of(writer), self.now.chat_time);
        let missing = BTreeSet::from(between);
        let missing = missing.iter().filter(|it| self.private_logs.of(**it).is_none()).count();
        if missing > 0
            && let Err(wait) = self.address_limits.may_make(Made::PrivateLog, network, now, effects)
        {
            return Some(wait);
        }
        let free = limits::PRIVATE_LOGS_MAX.saturating_sub(self.private_logs.count());
        let has_place =
            free >= missing || self.readable(between).take(missing).count() + free >= missing;
        if !has_place || !self.may_wait_for_its_reader(between[1]) {
            return Some(limits::PRIVATE_LOG_INTERVAL);
        }
        self.address_limits.note_made(Made::PrivateLog, network, now, missing);
        None
    }

    /// Returns whether one more unread message may wait for this person. A log with an unread
    /// message does not end when a new log needs its space. So the number of such logs is limited.
    /// The people of one network may have one such log, and beyond that half of what is left of the
    /// maximum number of logs after those of other networks.
    fn may_wait_for_its_reader(&self, person: PersonId) -> bool {
        let address = self.people.address(person);
        let is_here = !self.people.clients(person).is_empty();
        if is_here || self.people.has_unread(person) || address.is_none() {
            return true;
        }
        let unread = || self.private_logs.owners().filter(|it| self.people.has_unread(*it));
        let held = unread().filter(|it| self.people.address(*it) == address).count();
        held == 0 || unread().count() + held < limits::PRIVATE_LOGS_MAX
    }

    /// Returns the person's log. If the person has none, makes one, which the clients of the person
    /// follow from now on, except visitors. If the maximum number of logs exists, another log ends
    /// first, but not a log of the two people in `between`.
    pub(super) fn private_log(
        &mut self,
        person: PersonId,
        between: [PersonId; 2],
        effects: &mut Vec<Effect>,
    ) -> LogId {
        if let Some(log) = self.private_logs.of(person) {
            return log;
        }
        self.make_place_for_a_private_log(between, effects);
        let id = self.logs.open(LogName::Private, LogBounds::PRIVATE);
        self.private_logs.add(person, id);
        for client in self.people.clients(person).to_vec() {
            self.follow(client, id, None, effects);
        }
        id
    }

    /// If the maximum number of logs exists, ends one log: of the network whose people have the
    /// most logs, the log whose newest message is the oldest. A log with an unread message stays,
    /// and so do the logs of the people in `but`.
    fn make_place_for_a_private_log(&mut self, but: [PersonId; 2], effects: &mut Vec<Effect>) {
        if self.private_logs.count() < limits::PRIVATE_LOGS_MAX {
            return;
        }
        let mut counts: BTreeMap<Option<NetworkTag>, usize> = BTreeMap::new();
        for person in self.private_logs.owners() {
            *counts.entry(self.people.address(person)).or_default() += 1;
        }
        // Each person whose network is not known counts as the only person of a network.
        counts.insert(None, 1);
        let count = |person| counts.get(&self.people.address(person)).copied();
        let logs = self.readable(but).map(|(at, person)| (count(person), Reverse((at, person))));
        let Some((_, Reverse((_, person)))) = logs.max() else { return };
        for client in self.people.clients(person).to_vec() {
            let log = self.private_logs.of(person);
            effects.extend(log.map(|log| Effect::Unfollow(client, log)));
        }
        self.forget_private_log(person);
    }

    /// Returns the people whose logs may end to make space for another log, each with the time of
    /// the log's newest message. The people in `but` are left out.
    fn readable(&self, but: [PersonId; 2]) -> impl Iterator<Item = (Option<UnixMillis>, PersonId)> {
        let logs = self.private_logs.iter().filter(move |(person, _)| !but.contains(person));
        let logs = logs.filter_map(|(person, id)| Some((self.logs.get(id)?.newest_at(), person)));
        logs.filter(|(newest, person)| !newest.is_some_and(|at| self.is_unread(*person, at)))
    }

    /// Returns whether the log of this person must not end: it has an unread message, and its
    /// newest message, sent at the time `said`, is younger than [`limits::UNREAD_KEPT`].
    fn is_unread(&self, person: PersonId, said: UnixMillis) -> bool {
        // A machine without a battery-backed clock starts in 1970. Until its clock is set, the
        // message's time seems to be far in the future, and the message counts as old.
        let since = Duration::from_millis(self.now.utc.0.abs_diff(said.0));
        self.people.has_unread(person) && since < limits::UNREAD_KEPT
    }

    /// Removes the logs of people whose names have become free. The rooms that wait for these
    /// people stop waiting, and are told that the people have left.
    pub(super) fn remove_forgotten(&mut self, effects: &mut Vec<Effect>) {
        for (person, name) in self.people.take_forgotten() {
            self.forget_private_log(person);
            self.stop_waiting_for(person, &name, effects);
        }
    }

    fn forget_private_log(&mut self, person: PersonId) {
        let id = self.private_logs.remove(person);
        id.into_iter().for_each(|id| self.logs.end(id));
    }
}
