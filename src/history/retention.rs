//! What is thrown away: the oldest lines, when they are too old or too many.
//!
//! By age that is all lines from before a time. By number and size it is the oldest
//! of the room that has most, whatever the clock said when they came: a box without
//! a battery begins in 1970, and a loud room must not push out what a quiet one has
//! said.
//!
//! A log of private messages is a room here, but that what came for somebody who is away stays:
//! the hub takes only so much of that (`chat/core/unread.rs`).
//!
//! Owns: how many lines each room has, and how much is thrown away at once.
//! Must not know: rooms' names, people.
//!
//! Next: `history/store.rs`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rusqlite::params;

use super::row::signed;
use super::sql;
use super::store::{Store, StoreError};
use super::writing::Thrown;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::Record;
use crate::chat_config::Retention;
use crate::limits;

pub(super) struct Cleaner {
    retention: Retention,
    /// Lines of each room; a few more, if some were kept twice.
    lines: HashMap<Epoch, u64>,
    /// When to look again.
    next_look: Instant,
    /// Up to which number logs have lost lines, since this was last asked for.
    thrown: HashMap<Epoch, Seq>,
}

impl Cleaner {
    /// Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn new(store: &Store, retention: Retention) -> Result<Self, StoreError> {
        let mut lines: HashMap<Epoch, u64> = HashMap::new();
        let mut epochs = store.connection.prepare(sql::COUNT_LINES)?;
        let mut epochs = epochs.query([])?;
        while let Some(line) = epochs.next()? {
            *lines.entry(Epoch(line.get::<_, i64>(0)?.cast_unsigned())).or_default() += 1;
        }
        Ok(Self { retention, lines, next_look: Instant::now(), thrown: HashMap::new() })
    }

    /// These were kept: what is too much now is looked for at once.
    pub(super) fn count(&mut self, batch: &[Record]) {
        for record in batch {
            match record {
                Record::Line(line) => *self.lines.entry(line.entry.epoch).or_default() += 1,
                Record::NoLog(epoch) => drop(self.lines.remove(epoch)),
                Record::Room(_)
                | Record::PrivateLog(_)
                | Record::Person(_)
                | Record::NoPerson(_) => {}
            }
        }
        self.next_look = Instant::now();
    }

    pub(super) fn next_look(&self) -> Instant {
        self.next_look
    }

    /// Up to which number logs have lost lines, since this was last asked.
    pub(super) fn take_thrown(&mut self) -> Vec<(Epoch, Seq)> {
        self.thrown.drain().collect()
    }

    /// Throws away a little of what is too much, if it is time. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// It is there still, and is looked for later.
    pub(super) fn look(&mut self, store: &mut Store, now: Instant) -> Result<(), StoreError> {
        if now < self.next_look {
            return Ok(());
        }
        self.next_look = now + limits::RETENTION_INTERVAL;
        let thrown = self.throw_too_many(store)? + self.throw_too_old(store)?;
        // As far as its lines were large, a file may be too large with few of them.
        let is_too_large = store.file_bytes()? > self.retention.bytes_max;
        let has_shrunk = (thrown > 0 || is_too_large) && store.shrink()?;
        if thrown > 0 || has_shrunk {
            self.next_look = now;
        }
        Ok(())
    }

    /// Of the log that has most first; but what came for somebody who is away is thrown away
    /// only if the file is too large with nothing else in it, as it is after the host has made it smaller.
    fn throw_too_many(&mut self, store: &mut Store) -> Result<u64, StoreError> {
        let is_too_large = store.bytes()? + limits::HISTORY_SLACK_BYTES > self.retention.bytes_max;
        let room_max = self.retention.room_lines_max.map_or(u64::MAX, u64::from);
        let at_once = u64::from(limits::THROWN_AWAY_AT_ONCE);
        let count = |lines: u64| {
            if is_too_large {
                at_once.min(lines.div_ceil(2))
            } else {
                lines.saturating_sub(room_max).min(at_once)
            }
        };
        let logs = self.lines.iter().map(|(epoch, lines)| (count(*lines), *lines, *epoch));
        let mut logs: Vec<_> = logs.filter(|(count, ..)| *count > 0).collect();
        logs.sort_unstable_by_key(|(_, lines, epoch)| Reverse((*lines, epoch.0)));
        for sql in [sql::THROW_OLDEST_READ, sql::THROW_OLDEST] {
            if sql == sql::THROW_OLDEST && !is_too_large {
                break;
            }
            // There may be fewer of them than were counted.
            for (count, _, epoch) in &logs {
                let thrown = store.throw_away(sql, params![signed(epoch.0), signed(*count)])?;
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
            store.throw_away(sql::THROW_OLDER, params![before, limits::THROWN_AWAY_AT_ONCE])?;
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
