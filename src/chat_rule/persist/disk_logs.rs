//! The records of the logs: which of them must be stored again, and what the core does not know of
//! them: how far each log's numbers are reserved, and which skipped numbers the disk must learn of.
//!
//! Owns: the numbers of each log.
//! Must not know: lines, the queue.
//!
//! Part: `chat_rule/persist/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::numbers::Numbers;
use crate::chat::core::{Core, Log, LogId};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat::record::{Record, Stored, StoredPrivateLog, StoredRoom};

#[derive(Debug)]
pub(crate) struct DiskLogs {
    sizes: Sizes,
    logs: BTreeMap<LogId, DiskLog>,
    /// The reservations that were in the history's file when the server started, by the epoch of
    /// the log; but not of the logs that are in `logs` already.
    found: BTreeMap<u64, Reservation>,
    /// The logs whose records have changed since they were last taken.
    changed: BTreeSet<LogId>,
}

#[derive(Debug)]
struct DiskLog {
    epoch: Epoch,
    numbers: Numbers,
    /// The ranges of numbers that the log has skipped and that no record has had yet.
    skips: Vec<SkipRange>,
}

impl DiskLogs {
    pub(super) fn new(sizes: Sizes, stored: &Stored) -> Self {
        let rooms = stored.rooms.iter().map(|past| (past.stored.epoch, past.stored.reservation));
        let private =
            stored.private.iter().map(|past| (past.stored.epoch, past.stored.reservation));
        let found = rooms.chain(private).map(|(epoch, held)| (epoch.0, held)).collect();
        Self { sizes, logs: BTreeMap::new(), found, changed: BTreeSet::new() }
    }

    pub(super) fn mark_changed(&mut self, id: LogId) {
        self.changed.insert(id);
    }

    pub(super) fn remove(&mut self, id: LogId) {
        self.logs.remove(&id);
        self.changed.remove(&id);
    }

    /// Returns the numbers that these logs must skip before their next lines. `None`: one of them
    /// has no number for a line now, and must wait for the disk.
    pub(crate) fn needed_skips(
        &mut self,
        core: &Core,
        ids: impl Iterator<Item = LogId>,
        now: Duration,
    ) -> Option<Vec<(LogId, SkipRange)>> {
        let mut skips = Vec::new();
        for id in ids {
            let Some((log, lines)) = self.log(core, id, now).zip(core.log(id)) else { continue };
            let (first, next) = (lines.head().next(), log.numbers.next(lines.head())?);
            if next != first {
                let last = Seq(next.0 - 1);
                skips.push((id, SkipRange { first, last, far: None, damaged: false }));
            }
        }
        Some(skips)
    }

    pub(super) fn give_number(&mut self, core: &Core, (id, seq): (LogId, Seq), now: Duration) {
        if self.log(core, id, now).is_some_and(|log| log.numbers.give(seq, now)) {
            self.changed.insert(id);
        }
    }

    /// Records that the logs skip these numbers. Their records do not count as changed yet: each
    /// log gives the number after them next, and that makes a new reservation.
    pub(crate) fn add_skips(&mut self, core: &Core, skips: &[(LogId, SkipRange)], now: Duration) {
        for (id, skip) in skips {
            self.log(core, *id, now).into_iter().for_each(|log| log.skips.push(*skip));
        }
    }

    /// Makes sure that all records are stored again, with all ranges that the logs have skipped,
    /// because the history has begun a new file.
    pub(super) fn begin_file(&mut self, core: &Core, now: Duration) {
        self.change_each(core, now, |log, lines| log.skips = lines.missing().skips().to_vec());
    }

    /// Makes the final reservation of each log, because the server ends.
    pub(super) fn close(&mut self, core: &Core, now: Duration) {
        self.change_each(core, now, |log, lines| log.numbers.close(lines.head()));
    }

    pub(super) fn reservation_stored(&mut self, epoch: Epoch, reservation: Reservation) {
        let log = self.logs.values_mut().find(|log| log.epoch == epoch);
        log.into_iter().for_each(|log| log.numbers.reservation_stored(reservation));
    }

    /// Returns the next record that has changed, with the skipped ranges that no record has had
    /// yet.
    pub(super) fn take_record(&mut self, core: &Core) -> Option<Record> {
        let id = self.changed.pop_first()?;
        let Some(log) = self.log(core, id, Duration::ZERO) else { return self.take_record(core) };
        let (reservation, skips) = (log.numbers.reservation(), std::mem::take(&mut log.skips));
        match core.record_of_log(id)? {
            Record::Room(room) => Some(Record::Room(StoredRoom { reservation, skips, ..room })),
            Record::PrivateLog(log) => {
                Some(Record::PrivateLog(StoredPrivateLog { reservation, skips, ..log }))
            }
            other => Some(other),
        }
    }

    fn change_each(&mut self, core: &Core, now: Duration, change: impl Fn(&mut DiskLog, &Log)) {
        for id in core.log_ids() {
            let Some((log, lines)) = self.log(core, id, now).zip(core.log(id)) else { continue };
            change(log, lines);
            self.changed.insert(id);
        }
    }

    /// Returns what is known of a log here, and makes it if it is asked for the first time. The
    /// first reservation of a new log counts as stored. `None`: the core has no such log.
    fn log(&mut self, core: &Core, id: LogId, now: Duration) -> Option<&mut DiskLog> {
        let epoch = core.log(id)?.epoch();
        Some(self.logs.entry(id).or_insert_with(|| {
            let numbers = match self.found.remove(&epoch.0) {
                Some(found) => Numbers::with(found, self.sizes, Duration::ZERO),
                None => Numbers::with(Reservation::after(Seq(0), &self.sizes), self.sizes, now),
            };
            DiskLog { epoch, numbers, skips: Vec::new() }
        }))
    }
}
