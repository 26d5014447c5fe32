//! The table of all logs: those of rooms, and those of private messages.
//!
//! Owns: the id of each log, and the epoch of each new log; which logs an event has changed or
//! ended.
//! Must not know: rooms and people; who may read a log.
//!
//! Part: `chat/core/mod.rs`.

pub(crate) mod chunks;
pub(crate) mod gaps;
mod ids;
mod log;
pub(super) mod memory;
pub(crate) mod replying;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::sync::Arc;

use super::people::Author;
use super::{Changed, LogId};
use crate::chat::entry::{Entry, EntryKind, Epoch, MessageId, RepliedTo, Seq, Speaker, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::numbers::SkipRange;
use crate::chat::record::{CorrectedTimes, PastLog, StoredLine};
use crate::chat::removed_lines::RemovedLines;
use chunks::weight;
pub(crate) use log::Log;
pub(super) use log::LogBounds;

/// A line that the core will add to a log. The log has not given it a number yet.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    pub(super) author: Author,
    pub(super) by: Speaker,
    pub(super) id: Option<MessageId>,
    /// The number of the message that the line replies to, in the same log; `None`: the line
    /// replies to none.
    pub(super) reply_to: Option<Seq>,
    pub(super) what: EntryKind,
}

/// The table of all logs. A room and its log have the same id.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Logs {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_id: BTreeMap<LogId, Log>,
    next_id: LogId,
    epoch_seed: u64,
    /// Logs that the current event has changed, or whose rooms it has changed.
    changed: BTreeSet<LogId>,
    /// Logs that the current event has ended. The history must delete them from its file.
    gone: Vec<(LogId, Epoch)>,
    /// What the current event has corrected: the times of lines.
    corrected: Vec<CorrectedTimes>,
    /// How many bytes of new lines all logs got since the last check of their total size.
    grown: usize,
}

impl Logs {
    pub(super) fn new(epoch_seed: u64) -> Self {
        Self {
            by_id: BTreeMap::new(),
            next_id: LogId(NonZeroU64::MIN),
            epoch_seed,
            changed: BTreeSet::new(),
            gone: Vec::new(),
            corrected: Vec::new(),
            grown: 0,
        }
    }

    pub(super) fn get(&self, id: LogId) -> Option<&Log> {
        self.by_id.get(&id)
    }

    fn get_mut(&mut self, id: LogId) -> Option<&mut Log> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (LogId, &Log)> {
        self.by_id.iter().map(|(id, log)| (*id, log))
    }

    /// Makes the log skip the numbers of this range, so that no line gets them. Returns false if
    /// there is no such log.
    pub(super) fn skip(&mut self, id: LogId, skip: SkipRange) -> bool {
        self.get_mut(id).map(|log| log.skip(skip)).is_some()
    }

    pub(super) fn change(&mut self, id: LogId, what: &EntryKind) {
        let Some(log) = self.get_mut(id).filter(|_| what.is_change()) else { return };
        log.change(what);
    }

    /// Adds a new line to the log, and gives it its number. `at` is when the core accepted the
    /// line. `None`: there is no such log (any more).
    /// `reply_to` is what it says of the message that it replies to.
    pub(super) fn add(
        &mut self,
        id: LogId,
        line: NewEntry,
        reply_to: Option<Box<RepliedTo>>,
        at: UnixMillis,
    ) -> Option<Arc<Entry>> {
        let NewEntry { author, by, id: message, what, .. } = line;
        let log = self.get_mut(id)?;
        let name = log.name().clone();
        let epoch = log.epoch();
        let seq = log.head().next();
        let (log_name, id) = (name, message);
        let entry = Entry { log: log_name, epoch, seq, at, by, id, reply_to, what };
        let entry = Arc::new(entry);
        log.add(author, Arc::clone(&entry));
        self.grown += weight(&entry);
        Some(entry)
    }

    /// Makes an empty log, and notes that the history must store it.
    pub(super) fn open(&mut self, name: LogName, bounds: LogBounds) -> LogId {
        let id = self.new_id();
        // Two different ids, multiplied by the same odd number, give two different values. So no
        // two logs that one run of the server makes get the same epoch.
        let life = id.0.get().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let epoch = Epoch(self.epoch_seed.wrapping_add(life));
        self.by_id.insert(id, Log::new(name, epoch, bounds));
        self.note_change(id);
        id
    }

    /// Adds a log from the file, with its newest lines: at most `bytes_max` bytes of them, but
    /// always the newest line.
    pub(super) fn restore<T>(
        &mut self,
        name: LogName,
        epoch: Epoch,
        past: PastLog<T>,
        bounds: LogBounds,
        bytes_max: usize,
    ) -> LogId {
        let PastLog { head, lines, ids, ids_behind, before, skipped, .. } = past;
        let author = |line: &StoredLine| line.author.map_or(Author::Nobody, Author::Person);
        let lines = lines.into_iter().map(|line| (author(&line), line.entry)).collect();
        let log = Log::new(name, epoch, bounds).with_older_ids(ids, ids_behind);
        let mut log = log.with_lines(lines, before, skipped, head);
        log.shrink(bytes_max);
        let id = self.new_id();
        self.by_id.insert(id, log);
        id
    }

    /// Ends a log, and notes that the history must delete it from its file.
    pub(super) fn end(&mut self, id: LogId) {
        let ended = self.by_id.remove(&id);
        self.gone.extend(ended.map(|log| (id, log.epoch())));
    }

    /// Notes that the history must delete the log with this epoch from its file. The core has not
    /// restored that log, because it has no owner.
    pub(super) fn end_unrestored(&mut self, epoch: Epoch) {
        let id = self.new_id();
        self.gone.push((id, epoch));
    }

    fn new_id(&mut self) -> LogId {
        let id = self.next_id;
        self.next_id = LogId(id.0.saturating_add(1));
        id
    }

    /// Notes that this log, or its room, has changed, so that the history must store its new
    /// record.
    pub(super) fn note_change(&mut self, id: LogId) {
        self.changed.insert(id);
    }

    /// Removes and returns what the current event has changed: first the logs that ended, then the
    /// logs that changed, then those in which it has corrected times.
    pub(super) fn take_changes(&mut self) -> impl Iterator<Item = Changed> {
        let gone = std::mem::take(&mut self.gone);
        let gone = gone.into_iter().map(|(id, epoch)| Changed::Gone(id, epoch));
        let corrected = std::mem::take(&mut self.corrected).into_iter().map(Changed::Times);
        let changed = std::mem::take(&mut self.changed).into_iter().map(Changed::Log);
        gone.chain(changed).chain(corrected)
    }

    /// Adds `late` milliseconds to the time of each line of this run that was said while the
    /// machine's clock was not set, and notes that the history must do the same.
    pub(super) fn correct_times(&mut self, late: u64) {
        let corrected = self.by_id.values_mut().filter_map(|log| log.correct_times(late));
        self.corrected.extend(corrected);
    }

    /// In all logs, makes `into` the author of all lines of `from` in memory, and of all message
    /// ids of `from`.
    pub(super) fn change_author(&mut self, from: Author, into: Author) {
        self.by_id.values_mut().for_each(|log| log.change_author(from, into));
    }

    /// Returns the logs that have lines or message ids of this author in memory.
    pub(super) fn with_lines_of(&self, author: Author) -> impl Iterator<Item = LogId> {
        self.iter().filter(move |(_, log)| log.has_lines_of(author)).map(|(id, _)| id)
    }

    /// In all logs, removes the text and the author of all lines of this author, as far as they are
    /// in memory, and the author's name from replies. Returns the logs that had lines or message
    /// ids of the author in memory, or in which a line of the author is pinned, and which lines
    /// these were. `pins` has the numbers of such pinned lines.
    pub(super) fn remove_lines_of(
        &mut self,
        author: Author,
        pins: &BTreeMap<LogId, Seq>,
    ) -> BTreeMap<LogId, RemovedLines> {
        let mut removed = BTreeMap::new();
        for (id, log) in &mut self.by_id {
            let pinned = pins.get(id).copied();
            let had_some = pinned.is_some() || log.has_lines_of(author);
            let lines = log.remove_lines_of(author, pinned);
            removed.extend(had_some.then_some((*id, lines)));
        }
        removed
    }

    /// Lets `take` remove lines from this log. `None`: there is no such log.
    pub(super) fn delete_many(
        &mut self,
        id: LogId,
        take: impl FnOnce(&mut Log) -> RemovedLines,
    ) -> Option<RemovedLines> {
        self.get_mut(id).map(take)
    }

    /// Forgets the message ids of these lines. Clients received the lines, but the lines were never
    /// stored and are lost, so their authors can send them again.
    pub(super) fn forget_ids(&mut self, lines: &[(LogId, Seq)]) {
        for (id, seq) in lines {
            if let Some(log) = self.get_mut(*id) {
                log.forget_id(*seq);
            }
        }
    }

    /// In all logs, forgets the message ids of the lines that are not in memory.
    pub(super) fn forget_older_ids(&mut self) {
        self.by_id.values_mut().for_each(Log::forget_older_ids);
    }

    /// Drops lines from memory, because the history has deleted them. Each item of `lines` means
    /// all lines up to its number, in the log with its epoch.
    pub(super) fn forget_lines(&mut self, lines: &[(Epoch, Seq)]) {
        for (epoch, last) in lines {
            if let Some(log) = self.by_id.values_mut().find(|log| log.epoch() == *epoch) {
                log.forget_to(*last);
            }
        }
    }
}

/// Returns whether this line is one of `lines`, whose items mean the same as in
/// [`Logs::forget_lines`].
pub(super) fn is_among(entry: &Entry, lines: &[(Epoch, Seq)]) -> bool {
    lines.iter().any(|(epoch, last)| *epoch == entry.epoch && entry.seq <= *last)
}

#[cfg(test)]
mod tests {
    impl super::Logs {
        pub(crate) fn replace(&mut self, id: super::LogId, log: super::Log) {
            self.by_id.insert(id, log);
        }
    }
}
