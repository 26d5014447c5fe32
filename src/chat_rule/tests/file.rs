//! The history's file as lists in memory, for a test hub without a disk.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::wall_clock::is_set;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq};
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat::record::{
    Before, CorrectedTimes, FoundLines, LineRange, PastLog, PersonId, Query, Record, Stored,
    StoredLine, StoredPerson, StoredPrivateLog, StoredRoom, UsedId,
};

/// Sizes of blocks so small that these tests use up the reserved numbers, and the chat must give
/// numbers of the far range.
pub(super) const FEW_NUMBERS: Sizes = Sizes { block: 8, block_max: 16, far: 64, far_distance: 32 };

#[derive(Default)]
pub(super) struct File {
    rooms: BTreeMap<u64, StoredRoom>,
    private: BTreeMap<u64, StoredPrivateLog>,
    lines: BTreeMap<(u64, Seq), StoredLine>,
    people: BTreeMap<PersonId, StoredPerson>,
    skipped: BTreeMap<u64, Vec<SkipRange>>,
}

impl File {
    pub(super) fn keep(&mut self, batch: Vec<Record>) {
        for record in batch {
            match record {
                Record::Line(line) => {
                    let line = as_read(line);
                    let id = line.entry.id.clone();
                    let before = self.lines.insert((line.entry.epoch.0, line.entry.seq), line);
                    let is_same = before.is_none_or(|before| before.entry.id == id);
                    assert!(is_same, "a number was kept twice");
                }
                Record::Room(room) => {
                    self.skip(room.epoch, &room.skips);
                    self.rooms.insert(room.epoch.0, room);
                }
                Record::PrivateLog(log) => {
                    self.skip(log.epoch, &log.skips);
                    self.private.insert(log.epoch.0, log);
                }
                Record::NoLog(epoch) => {
                    self.rooms.remove(&epoch.0);
                    self.private.remove(&epoch.0);
                    self.skipped.remove(&epoch.0);
                    self.lines.retain(|(its, _), _| *its != epoch.0);
                }
                Record::Times(CorrectedTimes { epoch, from, late }) => {
                    let lines = self.lines.range_mut((epoch.0, from)..=(epoch.0, Seq(u64::MAX)));
                    for (_, line) in lines.filter(|(_, line)| !is_set(line.entry.at)) {
                        let at = line.entry.at.later(late);
                        line.entry = Arc::new(Entry { at, ..Entry::clone(&line.entry) });
                    }
                }
                Record::Person(person) => drop(self.people.insert(person.id, person)),
                Record::NoPerson(id) => drop(self.people.remove(&id)),
                Record::RemovedPerson(id) => {
                    self.people.remove(&id);
                    for line in self.lines.values_mut().filter(|line| line.author == Some(id)) {
                        let entry = Arc::new(line.entry.removed());
                        *line = StoredLine { author: None, entry };
                    }
                }
            }
        }
    }

    fn skip(&mut self, epoch: Epoch, skips: &[SkipRange]) {
        let all = self.skipped.entry(epoch.0).or_default();
        for skip in skips {
            all.retain(|it| it.first != skip.first);
            all.push(*skip);
        }
        all.sort_by_key(|skip| skip.first);
    }

    pub(super) fn has(&self, epoch: Epoch, entry: &Entry) -> bool {
        self.lines.contains_key(&(epoch.0, entry.seq))
    }

    /// Returns the first of these numbers that a stored line has.
    pub(super) fn first_of(&self, epoch: Epoch, from: Seq, to: Seq) -> Option<Seq> {
        self.lines.range((epoch.0, from)..=(epoch.0, to)).next().map(|((_, seq), _)| *seq)
    }

    /// Returns the numbers of all stored lines of a log.
    pub(super) fn numbers(&self, epoch: Epoch) -> Vec<Seq> {
        let all = self.lines.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        all.map(|((_, seq), _)| *seq).collect()
    }

    /// Returns the answer to a query.
    pub(super) fn find(&self, query: &Query) -> FoundLines {
        let Query { epoch, span, count } = query;
        let all = self.lines.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        let all: Vec<_> = all.map(|(_, line)| Arc::clone(&line.entry)).collect();
        let (older, lines) = match span {
            LineRange::From(first) => {
                let start = all.partition_point(|line| line.seq < *first);
                (start > 0, all[start..].iter().take(*count).cloned().collect())
            }
            LineRange::Before(before) => {
                let end = all.partition_point(|line| line.seq < *before);
                let start = end.saturating_sub(*count);
                (start > 0, all[start..end].to_vec())
            }
            LineRange::With(sought, before) => {
                // Looks at two lines at a time. The real history looks at thousands.
                let end = all.partition_point(|line| line.seq < *before);
                let looked_at = &all[end.saturating_sub(2)..end];
                let has = |line: &&Arc<Entry>| {
                    sought.looking().matches(line.by.name.shown(), line.at, line.what.text())
                };
                let lines = looked_at.iter().filter(has).cloned().collect();
                let next = looked_at.first().filter(|_| end > 2).map(|line| line.seq);
                return FoundLines { lines, next, ..FoundLines::default() };
            }
        };
        FoundLines { lines, older, ..FoundLines::default() }
    }

    /// Returns what the next run of the server reads from the file: each log with its newest
    /// `lines_max` lines.
    pub(super) fn begin(&mut self, lines_max: usize, sizes: &Sizes) -> Stored {
        let rooms = self.rooms.values().map(|it| (it.epoch.0, it.reservation));
        let logs = self.private.values().map(|it| (it.epoch.0, it.reservation));
        let mut heads = BTreeMap::new();
        for (epoch, reservation) in rooms.chain(logs).collect::<Vec<_>>() {
            let skipped = self.skipped.entry(epoch).or_default();
            let lines = self.lines.range((epoch, Seq(0))..=(epoch, Seq(u64::MAX)));
            let last = lines.last().map(|((_, seq), _)| *seq);
            let newest = reservation.known(last.unwrap_or_default(), skipped);
            assert!(newest <= reservation.reserved, "{newest:?} was not reserved");
            let next = reservation.next_run(newest, sizes);
            for skip in next.skips {
                skipped.retain(|it| it.first != skip.first);
                skipped.push(skip);
            }
            skipped.sort_by_key(|skip| skip.first);
            heads.insert(epoch, (next.head, next.reservation));
        }
        for room in self.rooms.values_mut() {
            room.reservation = heads[&room.epoch.0].1;
        }
        for log in self.private.values_mut() {
            log.reservation = heads[&log.epoch.0].1;
        }
        let rooms = self.rooms.values();
        let rooms = rooms.map(|it| self.past(it.clone(), it.epoch, &heads, lines_max));
        let private = self.private.values();
        let private = private.map(|it| self.past(it.clone(), it.epoch, &heads, lines_max));
        let people = self.people.values().cloned().collect();
        Stored { rooms: rooms.collect(), private: private.collect(), people, unread: Vec::new() }
    }

    fn past<T>(
        &self,
        stored: T,
        epoch: Epoch,
        heads: &BTreeMap<u64, (Seq, Reservation)>,
        lines_max: usize,
    ) -> PastLog<T> {
        let all = self.lines.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        let all: Vec<_> = all.map(|(_, line)| line.clone()).collect();
        let older = all.len() > lines_max;
        let nothing = Before::Nothing { thrown_away: Seq(0) };
        let before = if older { Before::OlderLines } else { nothing };
        let (earlier, lines) = all.split_at(all.len().saturating_sub(lines_max));
        let used = |line: &StoredLine| {
            let (author, id) = (line.author?, line.entry.id.as_ref()?.fingerprint());
            Some(UsedId { author, id, seq: line.entry.seq, at: line.entry.at })
        };
        let (ids, lines) = (earlier.iter().filter_map(used).collect(), lines.to_vec());
        let skipped = self.skipped.get(&epoch.0).cloned().unwrap_or_default();
        let (head, ids_behind) = (heads[&epoch.0].0, Seq(0));
        PastLog { stored, head, lines, pinned: None, ids, ids_behind, before, skipped }
    }
}

/// Returns the line as the history reads it: the file does not have the receiver's number.
fn as_read(mut line: StoredLine) -> StoredLine {
    if let EntryKind::Private { with, own: true, .. } = &mut Arc::make_mut(&mut line.entry).what {
        *with = AuthorTag::default();
    }
    line
}
