//! The final logs, and what is wrong with the logs themselves.

use std::collections::{BTreeMap, HashMap};

use super::super::book::{Book, Log, Number, What};
use super::super::seen::Kind;
use super::{IDS_REMEMBERED_MIN, Judge, Wrong};

/// A line of a final log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub seq: u64,
    pub kind: Kind,
    /// The entry of the book that its sender's id names; 0 for none.
    pub id: Number,
    /// The entry whose text it has; 0 for none.
    pub text: Number,
    /// The number of the line that this line changes; 0 for none.
    pub of: u64,
    pub from: String,
}

/// The last version of a message: the text, and the entry that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Text(Number),
    Gone,
}

#[derive(Default)]
struct Index {
    /// The entry of each line.
    entries: Vec<Number>,
    places: HashMap<Number, Vec<usize>>,
    by_seq: HashMap<u64, usize>,
    /// For each message, the places of its changes, in order.
    changes: HashMap<Number, Vec<(usize, Version)>>,
}

/// All logs, with indexes to find a line.
pub(super) struct Kepts<'a> {
    logs: &'a BTreeMap<Log, Vec<Kept>>,
    indexes: HashMap<Log, Index>,
}

impl<'a> Kepts<'a> {
    pub(super) fn of(book: &Book, logs: &'a BTreeMap<Log, Vec<Kept>>) -> Self {
        let mut indexes = HashMap::new();
        for (log, lines) in logs {
            let mut index = Index::default();
            for (place, line) in lines.iter().enumerate() {
                let entry = if line.id == 0 { line.text } else { line.id };
                index.entries.push(entry);
                index.places.entry(entry).or_default().push(place);
                index.by_seq.insert(line.seq, place);
                let version = match book.get(entry).map(|entry| entry.what) {
                    Some(What::Edit(of)) => Some((of, Version::Text(entry))),
                    Some(What::Delete(of)) => Some((of, Version::Gone)),
                    _ => None,
                };
                if let Some((of, version)) = version {
                    index.changes.entry(of).or_default().push((place, version));
                }
            }
            indexes.insert(*log, index);
        }
        Self { logs, indexes }
    }

    pub(super) fn lines(&self, log: Log) -> &'a [Kept] {
        self.logs.get(&log).map_or(&[], Vec::as_slice)
    }

    pub(super) fn line(&self, log: Log, place: usize) -> &'a Kept {
        &self.lines(log)[place]
    }

    pub(super) fn entry(&self, log: Log, place: usize) -> Number {
        self.indexes[&log].entries[place]
    }

    /// The places of an entry; more than one is a fault.
    pub(super) fn places(&self, log: Log, entry: Number) -> &[usize] {
        let index = self.indexes.get(&log);
        index.and_then(|index| index.places.get(&entry)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn at(&self, log: Log, seq: u64) -> Option<usize> {
        self.indexes.get(&log)?.by_seq.get(&seq).copied()
    }

    /// The changes of a message, in their order.
    pub(super) fn changes(&self, log: Log, root: Number) -> &[(usize, Version)] {
        let index = self.indexes.get(&log);
        index.and_then(|index| index.changes.get(&root)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_deleted(&self, log: Log, root: Number) -> bool {
        self.changes(log, root).iter().any(|(_, version)| *version == Version::Gone)
    }

    /// The final version of a message: a deleted message stays deleted.
    pub(super) fn last_version(&self, log: Log, root: Number) -> Version {
        if self.is_deleted(log, root) {
            return Version::Gone;
        }
        self.changes(log, root).last().map_or(Version::Text(root), |(_, version)| *version)
    }
}

impl Judge<'_> {
    /// Finds what is wrong with the logs themselves.
    pub(super) fn logs(&mut self) {
        let logs: Vec<_> = self.kept.logs.keys().copied().collect();
        for log in logs {
            for place in 0..self.kept.lines(log).len() {
                self.number_of(log, place);
                self.line_of(log, place);
            }
        }
    }

    /// Numbers rise, and if no life was killed, none is missing.
    fn number_of(&mut self, log: Log, place: usize) {
        let seq = self.kept.line(log, place).seq;
        let before = place.checked_sub(1).map_or(0, |it| self.kept.line(log, it).seq);
        if seq <= before {
            let around = self.log_around(log, place);
            self.finds(Wrong::OutOfOrder, format!("#{seq} behind #{before}, {around}"));
        } else if seq != before + 1 && self.last_life == 0 {
            let around = self.log_around(log, place);
            self.finds(Wrong::SilentHole, format!("no #{} and no kill, {around}", before + 1));
        }
    }

    /// Each line is what a guest said, in the right log, once, in its final version.
    fn line_of(&mut self, log: Log, place: usize) {
        let (line, number) = (self.kept.line(log, place), self.kept.entry(log, place));
        let around = |judge: &Self| judge.log_around(log, place);
        let Some(entry) = self.book.get(number) else {
            return self.finds(Wrong::Invented, around(self));
        };
        if !self.book.logs(number).contains(&log) {
            let wrong = match entry.what {
                What::Private(_) => Wrong::Leaked,
                _ => Wrong::Altered,
            };
            let told = self.book.told(number);
            return self.finds(wrong, format!("{told} is {}", around(self)));
        }
        let first = self.kept.places(log, number)[0];
        if first != place {
            let is_late = place - first >= IDS_REMEMBERED_MIN && matches!(log, Log::Room(_));
            if is_late && entry.tries > 1 {
                self.verdict.again_much_later += 1;
            } else {
                let (told, at) = (self.book.told(number), self.kept.line(log, first).seq);
                let told = format!("{told} is there as #{at} and again {}", around(self));
                self.finds(Wrong::Doubled, told);
            }
        }
        let names = &self.book.guests[usize::try_from(entry.by).unwrap()].names;
        if !names.is_empty() && !names.contains(&line.from) {
            let told = self.book.told(number);
            self.finds(Wrong::Altered, format!("{told} is by {:?} {}", line.from, around(self)));
        }
        if !self.reads_right(log, place, number) {
            let told = self.book.told(number);
            self.finds(Wrong::Altered, format!("{told} reads otherwise {}", around(self)));
        }
    }

    /// Whether the line has the kind, the text and the target of its final version.
    fn reads_right(&self, log: Log, place: usize, number: Number) -> bool {
        let (line, root) = (self.kept.line(log, place), self.book.root(number));
        let what = self.book.get(number).map(|entry| entry.what);
        let version = self.kept.last_version(log, root);
        let of = self.kept.places(log, root).first().map(|at| self.kept.line(log, *at).seq);
        let is_gone = version == Version::Gone;
        match what {
            Some(What::Delete(_)) => line.kind == Kind::Deleted && Some(line.of) == of,
            Some(What::Edit(_)) if is_gone => line.kind == Kind::Deleted,
            Some(What::Edit(_)) => {
                let is_right = line.kind == Kind::Edited && Some(line.of) == of;
                is_right && Version::Text(line.text) == version
            }
            Some(What::Say | What::Me) if is_gone => {
                line.kind == Kind::Deleted && line.of == line.seq
            }
            Some(What::Say) => line.kind == Kind::Said && Version::Text(line.text) == version,
            Some(What::Me) => line.kind == Kind::Acted && Version::Text(line.text) == version,
            Some(What::Topic) => line.kind == Kind::Topic && line.text == number,
            Some(What::Private(_)) => line.kind == Kind::Private && line.text == number,
            None => false,
        }
    }
}
