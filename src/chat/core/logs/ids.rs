//! The ids that authors gave to the newest lines of a log. They let the server store a message only
//! once, even if a client sends it again with the same id.
//!
//! The ids are stored separately from the lines. If lines are long or other rooms need the space,
//! lines are dropped from memory. An id takes only 36 bytes, so it stays. The limit on the ids of a
//! log is fixed: neither long lines nor other rooms make it smaller.
//!
//! Owns: how many ids a log remembers, and which.
//! Must not know: the texts of the lines.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::VecDeque;

use crate::base::wall_clock::is_set;
use crate::chat::core::people::Author;
use crate::chat::entry::{Entry, MessageId, Seq, UnixMillis};
use crate::chat::record::UsedId;

/// The ids of a log's newest lines, oldest first.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Ids {
    /// A hash of four bytes for each id in `used`, in the same order. The id of each new message is
    /// searched for here first, which is fast because these bytes lie close together in memory.
    halves: VecDeque<u32>,
    used: VecDeque<UsedId>,
    count_max: usize,
    /// The ids of lines up to this number may be missing in `used`, because the list may have
    /// forgotten them.
    behind: Seq,
}

impl Ids {
    pub(super) fn new(count_max: usize) -> Self {
        Self { halves: VecDeque::new(), used: VecDeque::new(), count_max, behind: Seq(0) }
    }

    /// Makes the list from the ids in the history's file, oldest first. Ids of lines up to the
    /// number `behind` may be missing.
    pub(super) fn restored(count_max: usize, ids: Vec<UsedId>, behind: Seq) -> Self {
        let mut restored = Self { behind, ..Self::new(count_max) };
        ids.into_iter().for_each(|used| restored.add(used));
        restored
    }

    pub(super) fn behind(&self) -> Seq {
        self.behind
    }

    pub(super) fn add(&mut self, used: UsedId) {
        self.halves.push_back(half(used.id));
        self.used.push_back(used);
        if self.used.len() > self.count_max {
            self.halves.pop_front();
            self.behind = self.used.pop_front().map_or(self.behind, |id| id.seq);
        }
    }

    /// Returns the number of the line that `author` has sent with this id, and when the core
    /// accepted the line. `None`: the list does not have the id for this author, or the author is
    /// not a person.
    pub(super) fn find(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        let Author::Person(author) = author else { return None };
        self.find_by(id, |used| used.author == author)
    }

    pub(super) fn has(&self, id: &MessageId) -> bool {
        self.find_by(id, |_| true).is_some()
    }

    #[inline]
    fn find_by(
        &self,
        id: &MessageId,
        is_theirs: impl Fn(&UsedId) -> bool,
    ) -> Option<(Seq, UnixMillis)> {
        let id = id.fingerprint();
        let (older, newer) = self.halves.as_slices();
        let parts = [(older.len(), newer), (0, older)];
        parts.into_iter().find_map(|(start, part)| {
            let chunks = part.chunks(CHUNK).zip((start..).step_by(CHUNK));
            // In nearly all cases the id is new, and comparing the hashes in `halves` is enough to
            // know that.
            let mut likely = chunks.filter(|(chunk, _)| has(chunk, half(id)));
            likely.find_map(|(chunk, start)| {
                let used = self.used.range(start..start + chunk.len());
                let used = used.rev().find(|used| used.id == id && is_theirs(used))?;
                Some((used.seq, used.at))
            })
        })
    }

    /// Adds `late` milliseconds to the times of the lines from the number `from` on that were said
    /// while the machine's clock was not set.
    pub(super) fn correct_times(&mut self, from: Seq, late: u64) {
        for used in &mut self.used {
            if used.seq >= from && !is_set(used.at) {
                used.at = used.at.later(late);
            }
        }
    }

    pub(super) fn forget(&mut self, seq: Seq) {
        let index = self.used.partition_point(|id| id.seq < seq);
        if self.used.get(index).is_some_and(|id| id.seq == seq) {
            self.used.remove(index);
            self.halves.remove(index);
        }
    }

    pub(super) fn forget_before(&mut self, first: Seq) {
        let count = self.used.partition_point(|id| id.seq < first);
        self.used.drain(..count);
        self.halves.drain(..count);
    }

    pub(super) fn has_any_of(&self, author: Author) -> bool {
        author.person().is_some_and(|author| self.used.iter().any(|id| id.author == author))
    }

    pub(super) fn forget_author(&mut self, author: Author) {
        self.used.retain(|id| Author::Person(id.author) != author);
        self.halves = self.used.iter().map(|used| half(used.id)).collect();
    }

    /// Makes `into` the author of all ids of `from`. Does nothing if one of the two authors is no
    /// person.
    pub(super) fn change_author(&mut self, from: Author, into: Author) {
        if let (Author::Person(from), Author::Person(into)) = (from, into) {
            self.used.iter_mut().filter(|id| id.author == from).for_each(|id| id.author = into);
        }
    }
}

/// How many hashes in `halves` one step of a search compares. The step has no branch, so that the
/// processor can compare several hashes at once.
const CHUNK: usize = 64;

fn has(chunk: &[u32], half: u32) -> bool {
    chunk.iter().fold(false, |has, stored| has | (*stored == half))
}

fn half(fingerprint: u64) -> u32 {
    (fingerprint >> 32) as u32 ^ fingerprint as u32
}

/// Returns the id that this line's author gave it; `None` if it has none, or its author is no
/// person.
pub(super) fn used_id(author: Author, entry: &Entry) -> Option<UsedId> {
    let Author::Person(author) = author else { return None };
    let id = entry.id.as_ref()?.fingerprint();
    Some(UsedId { author, id, seq: entry.seq, at: entry.at })
}
