//! What is not on a page though numbers say it was there: no hole is silent.
//!
//! Owns: where the numbers jump, and which words stand there.
//! Must not know: how a line looks.
//!
//! Next: `pages/letters.rs`.

use super::messages::Line;
use super::room::{PageKind, RoomPage};
use crate::chat::entry::{Seq, is_crash_between};

impl RoomPage<'_> {
    /// Where numbers are missing, and why: before how many of the lines, oldest first.
    pub(super) fn holes(&self, lines: &[Line<'_>]) -> Vec<(usize, String)> {
        // What was found stands apart, and private messages are a part of their log.
        if matches!(self.kind, PageKind::Found(_) | PageKind::Private(_)) {
            return Vec::new();
        }
        let numbers = || self.sight.lines.iter().map(|line| line.seq);
        let pairs = numbers().zip(numbers().skip(1).chain(self.follower()));
        let holes = pairs.filter(|(seq, next)| seq.next() < *next);
        let behind = |next| lines.partition_point(|line| line.entry.seq < next);
        holes.map(|(seq, next)| (behind(next), self.hole(seq.next(), next))).collect()
    }

    /// The number of the line behind this page's last, where a crash lies between them. A
    /// page around a line ends where it ends, which is no hole.
    fn follower(&self) -> Option<Seq> {
        let (head, last) = (self.sight.joined.as_ref()?.seq, self.sight.lines.last()?.seq);
        self.before.filter(|before| *before <= head && is_crash_between(last.next(), *before))
    }

    fn hole(&self, from: Seq, next: Seq) -> String {
        if is_crash_between(from, next) {
            return self.words.fill("skipped", &[("n", &next.0.to_string())]);
        }
        // The disk was too slow for them.
        self.words.number("tooOld", next.0.saturating_sub(from.0))
    }

    /// Whether its reader has seen another log than the one that there is now.
    pub(super) fn is_another_log(&self) -> bool {
        let now = self.sight.joined.as_ref().map(|joined| joined.epoch);
        self.is_newest() && self.log.is_some() && now.is_some() && self.log != now
    }
}
