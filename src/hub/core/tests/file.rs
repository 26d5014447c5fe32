//! A history without a file: what was kept, as lists.
//!
//! Next: `hub/core/tests/world.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::record::{
    Found, Kept, KeptLine, KeptPerson, KeptRoom, PastRoom, PersonId, Query, Record, Span,
};
use crate::limits::NUMBERS_RESERVED;

#[derive(Default)]
pub(super) struct File {
    rooms: BTreeMap<u64, KeptRoom>,
    lines: BTreeMap<(u64, Seq), KeptLine>,
    people: BTreeMap<PersonId, KeptPerson>,
}

impl File {
    pub(super) fn keep(&mut self, batch: Vec<Record>) {
        for record in batch {
            match record {
                Record::Line(line) => {
                    let id = line.entry.id.clone();
                    let before = self.lines.insert((line.epoch.0, line.entry.seq), line);
                    let is_same = before.is_none_or(|before| before.entry.id == id);
                    assert!(is_same, "a number was kept twice");
                }
                Record::Room(room) => drop(self.rooms.insert(room.epoch.0, room)),
                Record::NoRoom(epoch) => {
                    self.rooms.remove(&epoch.0);
                    self.lines.retain(|(its, _), _| *its != epoch.0);
                }
                Record::Person(person) => drop(self.people.insert(person.id, person)),
                Record::NoPerson(id) => drop(self.people.remove(&id)),
            }
        }
    }

    pub(super) fn has(&self, epoch: Epoch, entry: &Entry) -> bool {
        self.lines.contains_key(&(epoch.0, entry.seq))
    }

    /// The first of these numbers that it has a line of.
    pub(super) fn first_of(&self, epoch: Epoch, from: Seq, to: Seq) -> Option<Seq> {
        self.lines.range((epoch.0, from)..=(epoch.0, to)).next().map(|((_, seq), _)| *seq)
    }

    /// All numbers of a room that it has a line of.
    pub(super) fn numbers(&self, epoch: Epoch) -> Vec<Seq> {
        let all = self.lines.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        all.map(|((_, seq), _)| *seq).collect()
    }

    /// What is asked for, as it reads now.
    pub(super) fn find(&self, query: &Query) -> Found {
        let Query { epoch, span, count } = query;
        let all = self.lines.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        let all: Vec<_> = all.map(|(_, line)| Arc::clone(&line.entry)).collect();
        let (older, lines) = match span {
            Span::From(first) => {
                let start = all.partition_point(|line| line.seq < *first);
                (start > 0, all[start..].iter().take(*count).cloned().collect())
            }
            Span::Before(before) => {
                let end = all.partition_point(|line| line.seq < *before);
                let start = end.saturating_sub(*count);
                (start > 0, all[start..end].to_vec())
            }
        };
        Found { lines, older }
    }

    /// With the newest `lines_max` of each room.
    pub(super) fn begin(&mut self, lines_max: usize) -> Kept {
        for room in self.rooms.values_mut() {
            room.reserved.0 += NUMBERS_RESERVED;
        }
        let rooms = self.rooms.values().map(|room| {
            let epoch = room.epoch.0;
            let lines = self.lines.range((epoch, Seq(0))..=(epoch, Seq(u64::MAX)));
            let mut lines: Vec<_> =
                lines.rev().take(lines_max).map(|(_, line)| line.clone()).collect();
            lines.reverse();
            let head = Seq(room.reserved.0 - NUMBERS_RESERVED);
            let kept = self.lines.range((epoch, Seq(0))..=(epoch, Seq(u64::MAX))).count();
            PastRoom { room: room.clone(), head, older: kept > lines.len(), lines }
        });
        Kept { rooms: rooms.collect(), people: self.people.values().cloned().collect() }
    }
}
