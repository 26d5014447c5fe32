//! What authors have called the newest lines of a log: what is sent again under its id is
//! there once.
//!
//! Apart from the lines themselves. Lines leave memory when they are long or when other
//! rooms need the place; an id takes 36 bytes, however long its line is, so it stays. How
//! many ids a log has is a number, and no stranger can make it a smaller one.
//!
//! Owns: that number, and which ids there are.
//! Must not know: what the lines say.
//!
//! Next: `chat/core/log.rs`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::people::Author;
use crate::chat::entry::{Entry, MessageId, Seq, UnixMillis};
use crate::chat::record::UsedId;

/// The ids of a log's newest lines, oldest first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Ids {
    /// Half of each fingerprint, apart from the rest: each message that is said is looked for
    /// among them, and so they lie close together.
    #[serde(skip_serializing)]
    halves: VecDeque<u32>,
    used: VecDeque<UsedId>,
    most: usize,
    /// Lines up to this number may have had ids that are forgotten.
    behind: Seq,
}

/// As they are written.
#[derive(Deserialize)]
struct Written {
    used: VecDeque<UsedId>,
    most: usize,
    behind: Seq,
}

impl From<Written> for Ids {
    fn from(Written { used, most, behind }: Written) -> Self {
        let halves = used.iter().map(|it| half(it.id)).collect();
        Self { halves, used, most, behind }
    }
}

impl Ids {
    /// At most so many.
    pub(super) fn new(most: usize) -> Self {
        let (halves, used) = (VecDeque::new(), VecDeque::new());
        Self { halves, used, most, behind: Seq(0) }
    }

    /// As they were when the server began; of lines up to `behind` nothing is known.
    pub(super) fn restored(most: usize, ids: Vec<UsedId>, behind: Seq) -> Self {
        let mut all = Self { behind, ..Self::new(most) };
        ids.into_iter().for_each(|used| all.add(used));
        all
    }

    /// These, and then those.
    pub(super) fn followed_by(mut self, newer: &Self) -> Self {
        newer.used.iter().for_each(|used| self.add(*used));
        self
    }

    /// Of lines behind this number it is known what their authors called them.
    pub(super) fn behind(&self) -> Seq {
        self.behind
    }

    /// A new line has this id.
    pub(super) fn add(&mut self, used: UsedId) {
        self.halves.push_back(half(used.id));
        self.used.push_back(used);
        if self.used.len() > self.most {
            self.halves.pop_front();
            self.behind = self.used.pop_front().map_or(self.behind, |it| it.seq);
        }
    }

    /// Which line `author` has called so, and when it was taken.
    pub(super) fn find(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        let Author::Person(author) = author else { return None };
        self.find_by(id, |used| used.author == author)
    }

    /// Whether any line is called so, whoever called it that.
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
            // Nearly always there is none, and most is not looked at closer.
            let mut likely = chunks.filter(|(chunk, _)| has(chunk, half(id)));
            likely.find_map(|(chunk, start)| {
                let used = self.used.range(start..start + chunk.len());
                let used = used.rev().find(|used| used.id == id && is_theirs(used))?;
                Some((used.seq, used.at))
            })
        })
    }

    /// The line of this number is nowhere any more, and may be said again.
    pub(super) fn forget(&mut self, seq: Seq) {
        let place = self.used.partition_point(|it| it.seq < seq);
        if self.used.get(place).is_some_and(|it| it.seq == seq) {
            self.used.remove(place);
            self.halves.remove(place);
        }
    }

    /// The same of all lines before this number.
    pub(super) fn forget_before(&mut self, first: Seq) {
        let count = self.used.partition_point(|it| it.seq < first);
        self.used.drain(..count);
        self.halves.drain(..count);
    }

    /// What `from` has said is `into`'s.
    pub(super) fn turn(&mut self, from: Author, into: Author) {
        if let (Author::Person(from), Author::Person(into)) = (from, into) {
            self.used.iter_mut().filter(|it| it.author == from).for_each(|it| it.author = into);
        }
    }
}

/// So many are compared without a branch between them, which a processor does at once.
const CHUNK: usize = 64;

fn has(chunk: &[u32], half: u32) -> bool {
    chunk.iter().fold(false, |has, it| has | (*it == half))
}

fn half(fingerprint: u64) -> u32 {
    (fingerprint >> 32) as u32 ^ fingerprint as u32
}

/// What this line's author has called it.
pub(super) fn used_id(author: Author, entry: &Entry) -> Option<UsedId> {
    let Author::Person(author) = author else { return None };
    let id = entry.id.as_ref()?.fingerprint();
    Some(UsedId { author, id, seq: entry.seq, at: entry.at })
}
