//! Deletes the oldest lines when they are too old or too many.
//!
//! If lines are too old, it deletes all lines from before a time. If a log has too many lines, or
//! the file is too large, it deletes the oldest lines of the log that has most, so that a loud room
//! does not push out the lines of a quiet one. In this second case the oldest lines are those with
//! the lowest numbers: a machine without a clock battery starts in 1970, so times may be wrong.
//! Rooms in which only people of one network have written count together. So if people of one
//! network fill many rooms, their own lines are deleted first.
//!
//! A log of private messages is treated like a room, with one exception: messages that came after
//! their receiver had left, and before the receiver came back, are not deleted because they are too
//! many, unless the file is too large and nothing else is left. The hub accepts only a limited
//! amount of them (`chat/core/people/unread.rs`).
//!
//! Owns: how many lines each log has, and how many are deleted at once.
//! Must not know: rooms' names, people.
//!
//! Part: `history/store/mod.rs`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{ToSql, params};

use super::{Store, StoreError, row::signed, statements as sql};
use crate::base::limits;
use crate::chat::config::Retention;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{NetworkTag, Record};
use crate::history::store::startup::stored_rooms;

/// Most lines that the history deletes in one step, so that a batch of new lines need not wait
/// long.
const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// How often the history checks whether there are lines that are too old.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);

/// What was deleted of one log.
#[derive(Clone, Copy, Debug, Default)]
struct Thrown {
    count: u64,
    /// The highest number of a deleted line.
    last: Seq,
}

pub(crate) struct Cleaner {
    retention: Retention,
    /// How many lines each log has now in the file. The number may be too high, for example if a
    /// line was stored twice.
    lines: HashMap<Epoch, u64>,
    /// For each lone room, the tag of the network of its people.
    networks: HashMap<Epoch, NetworkTag>,
    next_check: Instant,
    /// The logs of which lines were deleted since the last `take_thrown`, each with the highest
    /// deleted number.
    thrown: HashMap<Epoch, Seq>,
}

impl Cleaner {
    /// Counts the lines of each log. The first check is due at once. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn new(store: &Store, retention: Retention) -> Result<Self, StoreError> {
        let mut lines: HashMap<Epoch, u64> = HashMap::new();
        let mut epochs = store.connection.prepare(sql::COUNT_LINES)?;
        let mut epochs = epochs.query([])?;
        while let Some(line) = epochs.next()? {
            *lines.entry(Epoch(line.get::<_, i64>(0)?.cast_unsigned())).or_default() += 1;
        }
        let rooms = stored_rooms(store)?.into_iter();
        let networks = rooms.filter_map(|room| Some((room.epoch, room.network?))).collect();
        let next_check = Instant::now();
        Ok(Self { retention, lines, networks, next_check, thrown: HashMap::new() })
    }

    /// Counts the lines of a batch that was stored, and makes the next check due at once.
    pub(crate) fn count(&mut self, batch: &[Record]) {
        for record in batch {
            match record {
                Record::Line(line) => {
                    let lines = self.lines.entry(line.entry.epoch).or_default();
                    *lines = if line.entry.what.deletes_everything() { 1 } else { *lines + 1 };
                }
                Record::NoLog(epoch) => {
                    self.lines.remove(epoch);
                    self.networks.remove(epoch);
                }
                Record::Room(room) => match room.network {
                    Some(network) => drop(self.networks.insert(room.epoch, network)),
                    None => drop(self.networks.remove(&room.epoch)),
                },
                Record::PrivateLog(_)
                | Record::Times(_)
                | Record::Person(_)
                | Record::NoPerson(_)
                | Record::RemovedPerson(_) => {}
            }
        }
        self.next_check = Instant::now();
    }

    pub(crate) fn next_check(&self) -> Instant {
        self.next_check
    }

    pub(crate) fn take_thrown(&mut self) -> Vec<(Epoch, Seq)> {
        self.thrown.drain().collect()
    }

    /// If a check is due, deletes some of the lines that are too old or too many, and if that
    /// helps, makes the file shorter. If it has done anything, the next check is due at once.
    /// Blocks for the disk.
    ///
    /// # Errors
    /// Some lines that should be deleted are still there; a later check tries again.
    pub(crate) fn clean(&mut self, store: &mut Store, now: Instant) -> Result<(), StoreError> {
        if now < self.next_check {
            return Ok(());
        }
        self.next_check = now + RETENTION_INTERVAL;
        let thrown = self.throw_too_many(store)? + self.throw_too_old(store)?;
        // After lines were deleted, their pages are free but still part of the file. So the file
        // may be larger than its limit although few lines are left.
        let is_too_large = store.file_bytes()? > self.retention.bytes_max;
        let has_shrunk = (thrown > 0 || is_too_large) && store.shrink()?;
        if thrown > 0 || has_shrunk {
            self.next_check = now;
        }
        Ok(())
    }

    /// Deletes some lines of one log, and returns how many. It begins with the group of logs that
    /// has most lines (lone rooms of one network are a group), and in this group with the log that
    /// has most. Unread private messages are deleted only if the file is too large and nothing else
    /// is left to delete, for example after the operator has lowered the size.
    fn throw_too_many(&mut self, store: &mut Store) -> Result<u64, StoreError> {
        let is_too_large = store.bytes()? + limits::HISTORY_SLACK_BYTES > self.retention.bytes_max;
        let room_max = self.retention.room_lines_max.map_or(u64::MAX, u64::from);
        let at_once = u64::from(THROWN_AWAY_AT_ONCE);
        let count = |lines: u64| {
            if is_too_large {
                at_once.min(lines.div_ceil(2))
            } else {
                lines.saturating_sub(room_max).min(at_once)
            }
        };
        let logs = self.lines.iter().map(|(epoch, lines)| (count(*lines), *lines, *epoch));
        let mut logs: Vec<_> = logs.filter(|(count, ..)| *count > 0).collect();
        if logs.is_empty() {
            return Ok(0);
        }
        let mut of_network: HashMap<NetworkTag, u64> = HashMap::new();
        for (epoch, network) in &self.networks {
            *of_network.entry(*network).or_default() += self.lines.get(epoch).unwrap_or(&0);
        }
        let together = |epoch: &Epoch, lines: u64| {
            self.networks.get(epoch).map_or(lines, |network| of_network[network])
        };
        logs.sort_unstable_by_key(|(_, lines, epoch)| {
            Reverse((together(epoch, *lines), *lines, epoch.0))
        });
        for sql in [sql::THROW_OLDEST_READ, sql::THROW_OLDEST] {
            if sql == sql::THROW_OLDEST && !is_too_large {
                break;
            }
            // There may be no line to delete, because the count of a log's lines is too high or its
            // lines are unread private messages. Then try the next log.
            for (count, _, epoch) in &logs {
                let thrown =
                    delete_selected_lines(store, sql, params![signed(epoch.0), signed(*count)])?;
                if let Some(thrown) = thrown.get(epoch) {
                    self.forget(*epoch, *thrown);
                    return Ok(thrown.count);
                }
            }
        }
        Ok(0)
    }

    fn throw_too_old(&mut self, store: &mut Store) -> Result<u64, StoreError> {
        let Some(age_max) = self.retention.age_max else { return Ok(0) };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let before = i64::try_from(since.saturating_sub(age_max).as_millis()).unwrap_or(i64::MAX);
        let thrown =
            delete_selected_lines(store, sql::THROW_OLDER, params![before, THROWN_AWAY_AT_ONCE])?;
        thrown.iter().for_each(|(epoch, thrown)| self.forget(*epoch, *thrown));
        Ok(thrown.values().map(|thrown| thrown.count).sum())
    }

    fn forget(&mut self, epoch: Epoch, thrown: Thrown) {
        if let Some(lines) = self.lines.get_mut(&epoch) {
            *lines = lines.saturating_sub(thrown.count);
        }
        let last = self.thrown.entry(epoch).or_default();
        *last = thrown.last.max(*last);
    }
}

/// Deletes the lines that the statement selects, and stores for each log the highest number that
/// was deleted. Forgets skipped ranges that are not needed any more. Returns, for each log, how
/// many lines were deleted and the highest number among them. Blocks for the disk.
///
/// # Errors
/// The lines are still there.
fn delete_selected_lines(
    store: &mut Store,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<HashMap<Epoch, Thrown>, StoreError> {
    let change = store.connection.transaction()?;
    let mut thrown: HashMap<Epoch, Thrown> = HashMap::new();
    {
        let mut deletion = change.prepare_cached(sql)?;
        let mut lines = deletion.query(values)?;
        while let Some(line) = lines.next()? {
            let epoch = Epoch(line.get::<_, i64>(0)?.cast_unsigned());
            let of_log = thrown.entry(epoch).or_default();
            of_log.count += 1;
            of_log.last = of_log.last.max(Seq(line.get::<_, i64>(1)?.cast_unsigned()));
        }
        let mut note = change.prepare_cached(sql::NOTE_THROWN_AWAY)?;
        let mut skips = change.prepare_cached(sql::FORGET_SKIPS_TO)?;
        for (epoch, thrown) in &thrown {
            note.execute([signed(epoch.0), signed(thrown.last.0)])?;
            skips.execute([signed(epoch.0), signed(thrown.last.0)])?;
        }
    }
    change.commit()?;
    Ok(thrown)
}
