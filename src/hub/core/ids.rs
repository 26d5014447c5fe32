//! What authors have called the newest lines of a log: what is sent again under its id is
//! there once.
//!
//! Apart from the lines themselves. Lines leave memory when they are long or when other
//! rooms need the place; an id takes 32 bytes, however long its line is, so it stays. How
//! many ids a log has is a number, and no stranger can make it a smaller one.
//!
//! Owns: that number, and which ids there are.
//! Must not know: what the lines say.
//!
//! Next: `hub/core/log.rs`.

use std::collections::VecDeque;

use super::people::Author;
use crate::chat::entry::{Entry, MessageId, Seq, UnixMillis};
use crate::chat::record::{PersonId, UsedId};

/// The ids of a log's newest lines, oldest first.
#[derive(Debug)]
pub(super) struct Ids {
    /// Their fingerprints, apart from the rest: each message that is said is looked for among
    /// them, and so they lie close together.
    fingerprints: VecDeque<u64>,
    rest: VecDeque<Rest>,
    most: usize,
    /// Lines up to this number may have had ids that are forgotten.
    behind: Seq,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug)]
struct Rest {
    author: PersonId,
    seq: Seq,
    at: UnixMillis,
}

impl Ids {
    /// At most so many.
    pub(super) fn new(most: usize) -> Self {
        let (fingerprints, rest) = (VecDeque::new(), VecDeque::new());
        Self { fingerprints, rest, most, behind: Seq(0) }
    }

    /// As they were when the server began; of lines up to `behind` nothing is known.
    pub(super) fn restored(most: usize, ids: Vec<UsedId>, behind: Seq) -> Self {
        let mut all = Self { behind, ..Self::new(most) };
        ids.into_iter().for_each(|used| all.add(used));
        all
    }

    /// These, and then those.
    pub(super) fn followed_by(mut self, newer: &Self) -> Self {
        for (id, Rest { author, seq, at }) in newer.fingerprints.iter().zip(&newer.rest) {
            self.add(UsedId { author: *author, id: *id, seq: *seq, at: *at });
        }
        self
    }

    /// Of lines behind this number it is known what their authors called them.
    pub(super) fn behind(&self) -> Seq {
        self.behind
    }

    /// A new line has this id.
    pub(super) fn add(&mut self, UsedId { author, id, seq, at }: UsedId) {
        self.fingerprints.push_back(id);
        self.rest.push_back(Rest { author, seq, at });
        if self.rest.len() > self.most {
            self.fingerprints.pop_front();
            self.behind = self.rest.pop_front().map_or(self.behind, |it| it.seq);
        }
    }

    /// Which line `author` has called so, and when it was taken.
    pub(super) fn find(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        let Author::Person(author) = author else { return None };
        let id = id.fingerprint();
        let is_it =
            |(fingerprint, rest): &(&u64, &Rest)| **fingerprint == id && rest.author == author;
        let found = self.fingerprints.iter().zip(&self.rest).rev().find(is_it);
        found.map(|(_, rest)| (rest.seq, rest.at))
    }

    /// The line of this number is nowhere any more, and may be said again.
    pub(super) fn forget(&mut self, seq: Seq) {
        let place = self.rest.partition_point(|it| it.seq < seq);
        if self.rest.get(place).is_some_and(|it| it.seq == seq) {
            self.rest.remove(place);
            self.fingerprints.remove(place);
        }
    }

    /// The same of all lines before this number.
    pub(super) fn forget_before(&mut self, first: Seq) {
        let count = self.rest.partition_point(|it| it.seq < first);
        self.rest.drain(..count);
        self.fingerprints.drain(..count);
    }

    /// What `from` has said is `into`'s.
    pub(super) fn turn(&mut self, from: Author, into: Author) {
        if let (Author::Person(from), Author::Person(into)) = (from, into) {
            self.rest.iter_mut().filter(|it| it.author == from).for_each(|it| it.author = into);
        }
    }
}

/// What this line's author has called it.
pub(super) fn used_id(author: Author, entry: &Entry) -> Option<UsedId> {
    let Author::Person(author) = author else { return None };
    let id = entry.id.as_ref()?.fingerprint();
    Some(UsedId { author, id, seq: entry.seq, at: entry.at })
}
