//! Who has a log of private messages: it is made with the first of them, and goes
//! with its owner's name, or when it makes place for another.
//!
//! Owns: that, who makes one how often, and what all of them may take together.
//! Must not know: what is written; `hub/core/private.rs` does.
//!
//! Next: `hub/core/catch_up.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lock::Lock;
use super::room::{Room, Whose};
use super::{Core, Effect, RoomId};
use crate::admission::Home;
use crate::bucket::Buckets;
use crate::chat::entry::UnixMillis;
use crate::chat::record::{KeptPrivateLog, PastLog, PersonId};
use crate::hub::ClientId;
use crate::limits;

/// How many logs each address may still make.
#[derive(Debug)]
pub(super) struct LogMakers(Buckets<Home, Duration>);

impl Default for LogMakers {
    fn default() -> Self {
        Self(Buckets::new(limits::PRIVATE_LOGS_BURST_MAX, limits::PRIVATE_LOG_INTERVAL))
    }
}

impl Core {
    /// The logs as they were kept, of those whose names are.
    pub(super) fn restore_private(&mut self, logs: Vec<PastLog<KeptPrivateLog>>) {
        let bytes_max = limits::private_log_bytes_max(logs.len());
        for past in logs {
            let KeptPrivateLog { person, epoch, .. } = past.kept;
            if self.people.name(person).is_none() {
                // The server ended between the two; it is nobody's.
                self.gone.push(epoch);
                continue;
            }
            let id = self.new_id();
            self.private_logs.insert(person, id);
            self.rooms.insert(id, Room::restored_private(past, bytes_max));
        }
    }

    /// What each of them may take, in bytes.
    pub(super) fn private_log_bytes_max(&self) -> usize {
        limits::private_log_bytes_max(self.private_logs.len())
    }

    /// How long somebody must wait who writes between these two; `None`: not at all. An
    /// address makes so many logs at once and then one each few seconds: else a stranger with
    /// many names could soon make all others' go.
    pub(super) fn wait_for_logs(
        &mut self,
        writer: ClientId,
        between: [PersonId; 2],
    ) -> Option<Duration> {
        let missing = BTreeSet::from(between);
        let missing = missing.iter().filter(|it| !self.private_logs.contains_key(it)).count();
        if missing == 0 {
            return None;
        }
        let (now, home) = (self.now.since_start, self.home_of(writer));
        let wait = home.map(|home| self.log_makers.0.of(home, now).wait(now));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            return Some(wait);
        }
        let free = limits::PRIVATE_LOGS_MAX.saturating_sub(self.private_logs.len());
        if free < missing && self.quietest(between).take(missing).count() + free < missing {
            return Some(limits::PRIVATE_LOG_INTERVAL);
        }
        if let Some(home) = home {
            let count = u32::try_from(missing).unwrap_or(u32::MAX);
            self.log_makers.0.of(home, now).take(count, now);
        }
        None
    }

    /// A person's log; if there is none, it is made, and all its devices follow it. None of
    /// the two between whom somebody writes makes place for it.
    pub(super) fn private_log(
        &mut self,
        person: PersonId,
        between: [PersonId; 2],
        effects: &mut Vec<Effect>,
    ) -> RoomId {
        if let Some(log) = self.private_logs.get(&person) {
            return *log;
        }
        self.make_place_for_a_private_log(between, effects);
        let (id, entries_max) = (self.new_id(), limits::PRIVATE_LOG_ENTRIES_MAX);
        let whose = Whose::Person(person);
        let room = Room::new(whose, Lock::default(), self.epoch_of(id), entries_max);
        self.private_logs.insert(person, id);
        self.rooms.insert(id, room);
        self.changed.insert(id);
        // All of them share what there is for them.
        let bytes_max = self.private_log_bytes_max();
        let logs = self.rooms.values_mut().filter(|room| room.name().is_none());
        logs.for_each(|room| room.log.shrink(bytes_max));
        for client in self.people.clients(person).to_vec() {
            if self.is_member(client) {
                self.follow(client, id, None, effects);
            }
        }
        id
    }

    /// Of too many, the one goes in which nothing was said for longest.
    fn make_place_for_a_private_log(&mut self, but: [PersonId; 2], effects: &mut Vec<Effect>) {
        if self.private_logs.len() < limits::PRIVATE_LOGS_MAX {
            return;
        }
        let quietest = self.quietest(but).min().map(|(_, person)| person);
        let Some(person) = quietest else { return };
        for client in self.people.clients(person).to_vec() {
            if let (Some(entry), Some(log)) =
                (self.roster.get_mut(&client), self.private_logs.get(&person))
            {
                entry.stays.retain(|stay| stay.room != *log);
                effects.push(Effect::Deafen(client, *log));
            }
        }
        self.forget_private_log(person);
    }

    /// Whose logs may make place for another, each with when the last was said in it.
    fn quietest(&self, but: [PersonId; 2]) -> impl Iterator<Item = (Option<UnixMillis>, PersonId)> {
        let logs = self.private_logs.iter().filter(move |(person, _)| !but.contains(person));
        let logs = logs.filter_map(|(person, id)| Some((*person, self.rooms.get(id)?)));
        let logs = logs.map(|(person, room)| (room.log.newest_at(), person));
        logs.filter(|(newest, person)| !newest.is_some_and(|at| self.is_unread(*person, at)))
    }

    /// Whether somebody was away when this was said, and may come back for it yet.
    fn is_unread(&self, person: PersonId, said: UnixMillis) -> bool {
        // A box without a clock of its own begins in 1970: what is that far ahead is old.
        let since = Duration::from_millis(self.now.utc.0.abs_diff(said.0));
        let was_away = self.people.gone_since(person).is_some_and(|gone| gone <= said);
        was_away && since < limits::UNREAD_KEPT
    }

    /// Those whose names are free again have no log any more, and are waited for nowhere.
    pub(super) fn let_go_of_the_forgotten(&mut self, effects: &mut Vec<Effect>) {
        for (person, name) in self.people.take_forgotten() {
            self.forget_private_log(person);
            self.stop_waiting_for(person, &name, effects);
        }
    }

    fn forget_private_log(&mut self, person: PersonId) {
        let log = self.private_logs.remove(&person).and_then(|id| self.rooms.remove(&id));
        self.gone.extend(log.map(|room| room.log.epoch()));
    }
}
