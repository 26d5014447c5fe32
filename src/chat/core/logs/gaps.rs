//! The numbers of a log that no line has: after a crash of the server, after damage to the
//! history's file, or because the disk was too slow to store the lines.
//!
//! Owns: which numbers have no line, and what clients are told about them; which lines are lost
//! although a client may have seen them.
//! Must not know: the lines themselves.
//!
//! Part: `chat/core/mod.rs`.

use super::chunks::Gap;
use crate::base::limits;
use crate::chat::entry::Seq;
use crate::chat::numbers::{Sizes, SkipRange};

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct MissingNumbers {
    /// Ranges of numbers that runs of the server have skipped, oldest first.
    skips: Vec<SkipRange>,
    /// The ranges of numbers whose lines are lost although the server did not skip them, mostly
    /// because the disk was too slow: the first and the last number of each range.
    slow: Vec<(Seq, Seq)>,
}

/// Lines that a client may have seen and that the log has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenAndLost {
    /// The first lost number.
    pub(crate) from: Seq,
    /// At most this many lines are lost.
    pub(crate) lines: u64,
    /// Whether the lines may have been in the history's file until the file was damaged.
    pub(crate) damaged: bool,
}

impl MissingNumbers {
    pub(crate) fn of(skips: Vec<SkipRange>) -> Self {
        Self { skips, slow: Vec::new() }
    }

    pub(crate) fn skips(&self) -> &[SkipRange] {
        &self.skips
    }

    pub(super) fn skip(&mut self, skip: SkipRange) {
        self.skips.push(skip);
    }

    /// Notes that no line has the numbers from `first` to `last`. The numbers among them that the
    /// server has not skipped count as lost lines.
    pub(super) fn miss(&mut self, mut first: Seq, last: Seq) {
        while first <= last {
            let gap = self.gap(first, last.next());
            if let Gap::TooOld(to) = gap {
                self.slow.push((first, to));
            }
            first = gap.last().next();
        }
    }

    /// Returns why no line has this number, and up to which number this reason holds. `None`: it is
    /// not known that the number has no line.
    pub(crate) fn at(&self, seq: Seq) -> Option<Gap> {
        let slow = || self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        let skip = self.skips.iter().find(|skip| skip.has(seq));
        skip.map(|skip| Gap::of(skip, skip.last)).or_else(|| slow().map(|span| Gap::TooOld(span.1)))
    }

    /// Returns why the numbers from `from` on have no line. `next` is the first number after them
    /// that has a line. The returned gap ends before `next`. It ends earlier if some of the numbers
    /// have no line for another reason.
    pub(crate) fn gap(&self, from: Seq, next: Seq) -> Gap {
        let last = Seq(next.0.saturating_sub(1));
        if let Some(skip) = self.skips.iter().find(|skip| skip.has(from)) {
            return Gap::of(skip, skip.last.min(last));
        }
        let skips = self.skips.iter().map(|skip| skip.first).filter(|first| *first > from);
        Gap::TooOld(skips.map(|first| Seq(first.0 - 1)).min().unwrap_or(last).min(last))
    }

    /// Returns false if the server may have skipped the number `seq` and does not know it any more.
    /// After very many crashes, the oldest skipped ranges are not known any more.
    pub(crate) fn knows(&self, seq: Seq) -> bool {
        let oldest = self.skips.iter().map(|skip| skip.first).min();
        self.skips.len() < limits::SKIPS_KEPT_MAX || oldest.is_none_or(|oldest| oldest < seq)
    }

    /// Returns the skipped ranges that contain a number which is at least `first` and below `end`.
    pub(crate) fn between(&self, first: Seq, end: Seq) -> Vec<SkipRange> {
        let skips = self.skips.iter().filter(|skip| first <= skip.last && skip.first < end);
        skips.copied().collect()
    }

    /// Returns the skipped ranges before the number `end` whose lines may have existed until the
    /// history's file was damaged.
    pub(crate) fn damaged_before(&self, end: Seq) -> Vec<SkipRange> {
        self.skips.iter().filter(|skip| skip.damaged && skip.last < end).copied().collect()
    }

    /// Returns the lines that a client may have seen and that are lost now. `seq` is the last
    /// number that the client saw, and `head` is the newest number of the log. `None`: no such line
    /// is known.
    pub(crate) fn lost(&self, seq: Seq, head: Seq, sizes: &Sizes) -> Option<SeenAndLost> {
        // `seq` may be a number of the far range of an earlier run (`chat/numbers.rs`). A later run
        // may have skipped that far range. Then two skipped ranges may belong to `seq`: the one
        // that contains it, and the one whose `far` is that far range. The latter is searched
        // first.
        let others = self.skips.iter().filter(|skip| skip.far.is_some() && !skip.has(seq));
        let all = others.chain(&self.skips);
        let found = all.map(|skip| (skip, skip.lost(seq, sizes)));
        let mut found = found.filter(|(skip, lost)| skip.has(seq) || lost.is_some());
        if let Some((SkipRange { damaged, .. }, lost)) = found.next() {
            let lines = |from, lines| lines - self.within(from, seq);
            let lost = lost.map(|(from, count)| (from, lines(from, count)));
            return lost.map(|(from, lines)| SeenAndLost { from, lines, damaged: *damaged });
        }
        let slow = self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        // The client has seen a higher number than the log's newest one, mostly because the
        // operator has put back an older copy of the history's file.
        let unknown = || (seq > head).then(|| self.before_skips(head));
        let from = slow.map(|(first, _)| *first).or_else(unknown)?;
        Some(SeenAndLost { from, lines: seq.0 - from.0 + 1, damaged: false })
    }

    /// Returns the first of the skipped numbers that follow each other up to `last`. If `last` is
    /// not skipped, returns the number after it.
    fn before_skips(&self, last: Seq) -> Seq {
        let mut first = last.next();
        while let Some(skip) = self.skips.iter().find(|skip| skip.last.next() == first) {
            first = skip.first;
        }
        first
    }

    /// Returns how many of the numbers from `first` to `seq` never had a line: the run of the
    /// server that gave these numbers had skipped some itself. Such a number does not count as a
    /// lost line.
    fn within(&self, first: Seq, seq: Seq) -> u64 {
        let lost = self.skips.iter().filter(|skip| first < skip.first && skip.last <= seq);
        let lost = lost.filter(|skip| skip.far.is_none() && self.at(first) == self.at(skip.first));
        lost.map(|skip| skip.last.0 + 1 - skip.first.0).sum()
    }

    /// Forgets the ranges of missing numbers that end at the number `last` or before it. But
    /// skipped ranges that name a far range stay: a client may have seen lines of that far range,
    /// and must be told that they are lost.
    pub(super) fn forget_to(&mut self, last: Seq) {
        self.skips.retain(|skip| skip.last > last || skip.far.is_some());
        self.slow.retain(|(_, to)| *to > last);
    }
}
