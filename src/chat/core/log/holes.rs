//! Numbers of a log that no line has: a life ended without order, or the disk was too
//! slow for what was said.
//!
//! Owns: which they are, what is told about them, and what somebody has lost who has
//! seen some.
//! Must not know: lines.
//!
//! Next: `chat/core/people.rs`.

use serde::{Deserialize, Serialize};

use crate::chat::core::pieces::Gap;
use crate::chat::entry::Seq;
use crate::chat::numbers::{Sizes, Skip};
use crate::limits;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Holes {
    /// What lives have skipped, oldest first.
    skips: Vec<Skip>,
    /// What the disk was too slow for, among the lines that are in memory: the first and the
    /// last of each row.
    slow: Vec<(Seq, Seq)>,
}

/// What somebody has seen that did not survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat::core) struct Lost {
    /// From this number on.
    pub(in crate::chat::core) from: Seq,
    /// So many lines at most.
    pub(in crate::chat::core) lines: u64,
    /// They were kept, and the file was damaged.
    pub(in crate::chat::core) damaged: bool,
}

impl Holes {
    pub(in crate::chat::core) fn of(skips: Vec<Skip>) -> Self {
        Self { skips, slow: Vec::new() }
    }

    /// All that was skipped.
    pub(crate) fn skips(&self) -> &[Skip] {
        &self.skips
    }

    /// A life has gone on behind these.
    pub(in crate::chat::core) fn skip(&mut self, skip: Skip) {
        self.skips.push(skip);
    }

    /// The lines of these are nowhere; some may be skipped.
    pub(in crate::chat::core) fn miss(&mut self, mut first: Seq, last: Seq) {
        while first <= last {
            let gap = self.gap(first, last.next());
            if let Gap::TooOld(to) = gap {
                self.slow.push((first, to));
            }
            first = gap.last().next();
        }
    }

    /// The row that this number is in, as it is told.
    pub(crate) fn at(&self, seq: Seq) -> Option<Gap> {
        let slow = || self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        let skip = self.skips.iter().find(|skip| skip.has(seq));
        skip.map(|skip| Gap::of(skip, skip.last)).or_else(|| slow().map(|it| Gap::TooOld(it.1)))
    }

    /// What is to be told of the numbers from `from` on, of which the next that has a line is
    /// `next`: first of those up to where there is another reason.
    pub(crate) fn gap(&self, from: Seq, next: Seq) -> Gap {
        let last = Seq(next.0.saturating_sub(1));
        if let Some(skip) = self.skips.iter().find(|skip| skip.has(from)) {
            return Gap::of(skip, skip.last.min(last));
        }
        let skips = self.skips.iter().map(|skip| skip.first).filter(|first| *first > from);
        Gap::TooOld(skips.map(|first| Seq(first.0 - 1)).min().unwrap_or(last).min(last))
    }

    /// Whether a hole here is one that is known: of very many crashes the first are forgotten.
    pub(crate) fn knows(&self, seq: Seq) -> bool {
        let oldest = self.skips.iter().map(|skip| skip.first).min();
        self.skips.len() < limits::SKIPS_KEPT_MAX || oldest.is_none_or(|oldest| oldest < seq)
    }

    /// What was skipped among these numbers, for whoever looks at the lines around it.
    pub(crate) fn between(&self, first: Seq, end: Seq) -> Vec<Skip> {
        let here = self.skips.iter().filter(|skip| first <= skip.last && skip.first < end);
        here.copied().collect()
    }

    /// Where damage may have taken lines before this number.
    pub(crate) fn damaged_before(&self, end: Seq) -> Vec<Skip> {
        self.skips.iter().filter(|skip| skip.damaged && skip.last < end).copied().collect()
    }

    /// What somebody has lost whose last number was `seq`, in a log whose newest is `head`.
    /// `None`: nothing, as far as is known.
    pub(in crate::chat::core) fn lost(&self, seq: Seq, head: Seq, sizes: &Sizes) -> Option<Lost> {
        // A range that another life has used may lie within what this one has skipped.
        let (far, near) = (|skip: &&Skip| skip.far.is_some(), |skip: &&Skip| !skip.has(seq));
        let others = self.skips.iter().filter(far).filter(near);
        let all = others.chain(&self.skips);
        let found = all.map(|skip| (skip, skip.lost(seq, sizes)));
        let mut found = found.filter(|(skip, lost)| skip.has(seq) || lost.is_some());
        if let Some((Skip { damaged, .. }, lost)) = found.next() {
            let lines = |from, lines| lines - self.within(from, seq);
            let lost = lost.map(|(from, count)| (from, lines(from, count)));
            return lost.map(|(from, lines)| Lost { from, lines, damaged: *damaged });
        }
        let slow = self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        // Numbers that were never given: an older copy of the file was put back.
        let unknown = || (seq > head).then(|| self.before_skips(head));
        let from = slow.map(|(first, _)| *first).or_else(unknown)?;
        Some(Lost { from, lines: seq.0 - from.0 + 1, damaged: false })
    }

    /// The first of the numbers up to `last` that were all skipped, or the one behind it.
    fn before_skips(&self, last: Seq) -> Seq {
        let mut first = last.next();
        while let Some(skip) = self.skips.iter().find(|skip| skip.last.next() == first) {
            first = skip.first;
        }
        first
    }

    /// How many of the numbers behind `first` the life has skipped that began before them.
    fn within(&self, first: Seq, seq: Seq) -> u64 {
        let own = self.skips.iter().filter(|it| first < it.first && it.last <= seq);
        let own = own.filter(|it| it.far.is_none() && self.at(first) == self.at(it.first));
        own.map(|skip| skip.last.0 + 1 - skip.first.0).sum()
    }

    /// Up to this number nothing is told any more.
    pub(in crate::chat::core) fn forget_to(&mut self, last: Seq) {
        self.skips.retain(|skip| skip.last > last || skip.far.is_some());
        self.slow.retain(|(_, to)| *to > last);
    }
}
