//! Numbers of a log that no line has, because a run of the server ended by a crash, or because the
//! disk was too slow.
//!
//! Owns: which numbers these are, what clients are told about them, and which lines a client may
//! have seen that are lost.
//! Must not know: the lines themselves.
//!
//! Part: `chat/core/mod.rs`.

use serde::{Deserialize, Serialize};

use super::chunks::Gap;
use crate::base::limits;
use crate::chat::entry::Seq;
use crate::chat::numbers::{Sizes, SkipRange};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct MissingNumbers {
    /// Ranges of numbers that runs of the server have skipped, oldest first.
    skips: Vec<SkipRange>,
    /// Numbers whose lines are not stored because the disk was too slow: the first and the last
    /// number of each range.
    slow: Vec<(Seq, Seq)>,
}

/// Lines that a client may have seen and that the log has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat::core) struct SeenAndLost {
    /// The first lost number.
    pub(in crate::chat::core) from: Seq,
    /// An upper bound: this many lines or fewer were lost.
    pub(in crate::chat::core) lines: u64,
    /// Whether the lines may have been in the history's file until the file was damaged.
    pub(in crate::chat::core) damaged: bool,
}

impl MissingNumbers {
    pub(in crate::chat::core) fn of(skips: Vec<SkipRange>) -> Self {
        Self { skips, slow: Vec::new() }
    }

    /// Returns all ranges of skipped numbers.
    pub(crate) fn skips(&self) -> &[SkipRange] {
        &self.skips
    }

    /// Notes that the server has skipped this range of numbers. The next line gets a number after
    /// it.
    pub(super) fn skip(&mut self, skip: SkipRange) {
        self.skips.push(skip);
    }

    /// Notes that these numbers have no line. Those that the server has not skipped count as lost
    /// lines.
    pub(super) fn miss(&mut self, mut first: Seq, last: Seq) {
        while first <= last {
            let gap = self.gap(first, last.next());
            if let Gap::TooOld(to) = gap {
                self.slow.push((first, to));
            }
            first = gap.last().next();
        }
    }

    /// Returns why no line has this number, in the form in which clients are told; `None`: the
    /// number is not known as missing.
    pub(crate) fn at(&self, seq: Seq) -> Option<Gap> {
        let slow = || self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        let skip = self.skips.iter().find(|skip| skip.has(seq));
        skip.map(|skip| Gap::of(skip, skip.last)).or_else(|| slow().map(|it| Gap::TooOld(it.1)))
    }

    /// Returns what to tell a client about the missing numbers from `from` on, before `next`, which
    /// is the next number with a line. If the numbers are missing for different reasons, the answer
    /// ends with the last number that has the first reason.
    pub(crate) fn gap(&self, from: Seq, next: Seq) -> Gap {
        let last = Seq(next.0.saturating_sub(1));
        if let Some(skip) = self.skips.iter().find(|skip| skip.has(from)) {
            return Gap::of(skip, skip.last.min(last));
        }
        let skips = self.skips.iter().map(|skip| skip.first).filter(|first| *first > from);
        Gap::TooOld(skips.map(|first| Seq(first.0 - 1)).min().unwrap_or(last).min(last))
    }

    /// Returns whether the log can tell if the number `seq` was skipped. After very many crashes
    /// the log forgets the oldest skipped ranges.
    pub(crate) fn knows(&self, seq: Seq) -> bool {
        let oldest = self.skips.iter().map(|skip| skip.first).min();
        self.skips.len() < limits::SKIPS_KEPT_MAX || oldest.is_none_or(|oldest| oldest < seq)
    }

    /// Returns the skipped ranges that contain a number which is at least `first` and below `end`.
    pub(crate) fn between(&self, first: Seq, end: Seq) -> Vec<SkipRange> {
        let here = self.skips.iter().filter(|skip| first <= skip.last && skip.first < end);
        here.copied().collect()
    }

    /// Returns the skipped ranges before the number `end` whose lines may have existed until the
    /// history's file was damaged.
    pub(crate) fn damaged_before(&self, end: Seq) -> Vec<SkipRange> {
        self.skips.iter().filter(|skip| skip.damaged && skip.last < end).copied().collect()
    }

    /// Returns which lines a client may have seen that are lost. The last number that the client
    /// saw is `seq`, and the newest number of the log is `head`. `None`: none, as far as is known.
    pub(in crate::chat::core) fn lost(
        &self,
        seq: Seq,
        head: Seq,
        sizes: &Sizes,
    ) -> Option<SeenAndLost> {
        // A skipped range may contain the far range of an earlier run (`chat/numbers.rs`). So the
        // far ranges are searched before all others.
        let (far, near) =
            (|skip: &&SkipRange| skip.far.is_some(), |skip: &&SkipRange| !skip.has(seq));
        let others = self.skips.iter().filter(far).filter(near);
        let all = others.chain(&self.skips);
        let found = all.map(|skip| (skip, skip.lost(seq, sizes)));
        let mut found = found.filter(|(skip, lost)| skip.has(seq) || lost.is_some());
        if let Some((SkipRange { damaged, .. }, lost)) = found.next() {
            let lines = |from, lines| lines - self.within(from, seq);
            let lost = lost.map(|(from, count)| (from, lines(from, count)));
            return lost.map(|(from, lines)| SeenAndLost { from, lines, damaged: *damaged });
        }
        let slow = self.slow.iter().find(|(first, last)| (*first..=*last).contains(&seq));
        // The number lies above the newest one, because an older copy of the history's file was put
        // back.
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

    /// Returns how many numbers from `first` to `seq` were skipped by the same run of the server
    /// whose lines are lost. The ranges of these numbers lie inside the skipped range that begins
    /// at `first`. No line ever had such a number, so they do not count as lost lines.
    fn within(&self, first: Seq, seq: Seq) -> u64 {
        let own = self.skips.iter().filter(|it| first < it.first && it.last <= seq);
        let own = own.filter(|it| it.far.is_none() && self.at(first) == self.at(it.first));
        own.map(|skip| skip.last.0 + 1 - skip.first.0).sum()
    }

    /// Forgets the missing numbers up to `last`, so that clients are not told about them. But
    /// skipped ranges that name a far range stay, because a client may have seen lines of that far
    /// range.
    pub(super) fn forget_to(&mut self, last: Seq) {
        self.skips.retain(|skip| skip.last > last || skip.far.is_some());
        self.slow.retain(|(_, to)| *to > last);
    }
}
