//! What is not on a page though numbers say it was there: no hole is silent.
//!
//! Owns: where the numbers jump, and which words stand there.
//! Must not know: how a line looks.
//!
//! Next: `pages/letters.rs`.

use super::messages::Line;
use super::room::{PageKind, RoomPage};
use crate::chat::entry::Seq;

impl RoomPage<'_> {
    /// Where numbers are missing, and why: before how many of the lines, oldest first.
    pub(super) fn holes(&self, lines: &[Line<'_>]) -> Vec<(usize, String)> {
        // What was found stands apart, and private messages are a part of their log.
        if matches!(self.kind, PageKind::Found(_) | PageKind::Private(_)) {
            return Vec::new();
        }
        let skipped = self.skipped();
        let behind = |next| lines.partition_point(|line| line.entry.seq < next);
        let crashes = skipped.iter().map(|(_, last)| (behind(last.next()), self.skip(*last)));
        let numbers = || self.sight.lines.iter().map(|line| line.seq);
        let pairs = numbers().zip(numbers().skip(1));
        let slow = pairs.filter_map(|(seq, next)| {
            let others = skipped.iter().filter(|(first, last)| seq < *first && *last < next);
            let others: u64 = others.map(|(first, last)| last.0 + 1 - first.0).sum();
            let missing = (next.0 - seq.0).saturating_sub(others + 1);
            // The disk was too slow for them.
            (missing > 0).then(|| (behind(next), self.words.number("tooOld", missing)))
        });
        let mut holes: Vec<_> = slow.chain(crashes).collect();
        holes.sort_by_key(|(at, _)| *at);
        holes
    }

    /// What lives of the server have skipped between its lines, and right behind them where
    /// the page ends before some number. A page around a line ends where it ends, which is
    /// no hole.
    fn skipped(&self) -> Vec<(Seq, Seq)> {
        let last_line = self.sight.lines.last().map(|line| line.seq);
        let head = self.sight.joined.as_ref().map(|joined| joined.seq);
        let end = self.before.filter(|before| Some(*before) <= head).or(last_line);
        let rows = self.sight.skipped.iter().copied();
        rows.filter(|(_, last)| Some(*last) < end).collect()
    }

    fn skip(&self, last: Seq) -> String {
        self.words.fill("skipped", &[("n", &last.next().0.to_string())])
    }

    /// Whether its reader has seen another log than the one that there is now.
    pub(super) fn is_another_log(&self) -> bool {
        let now = self.sight.joined.as_ref().map(|joined| joined.epoch);
        self.is_newest() && self.log.is_some() && now.is_some() && self.log != now
    }
}
