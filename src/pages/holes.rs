//! What is not on a page though numbers say it was there: no hole is silent.
//!
//! Owns: where the numbers jump, and which words stand there.
//! Must not know: how a line looks.
//!
//! Next: `pages/letters.rs`.

use super::messages::Line;
use super::room::{PageKind, RoomPage};
use crate::chat::entry::Seq;
use crate::chat::numbers::Skip;

impl RoomPage<'_> {
    /// Where numbers are missing, and why: before how many of the lines, oldest first.
    pub(super) fn holes(&self, lines: &[Line<'_>]) -> Vec<(usize, String)> {
        // What was found stands apart, and private messages are a part of their log.
        if matches!(self.kind, PageKind::Found(_) | PageKind::Private(_)) {
            return Vec::new();
        }
        let skipped = self.skipped();
        let behind = |next| lines.partition_point(|line| line.entry.seq < next);
        let crashes = skipped.iter().map(|skip| (behind(skip.last.next()), self.skip(skip)));
        let end = self.end();
        let lost = self.sight.lost.iter().filter(|(_, last)| Some(last.next()) <= end);
        let lost = lost.map(|(first, last)| {
            (behind(last.next()), self.words.number("linesLost", last.0 + 1 - first.0))
        });
        let mut holes: Vec<_> = lost.chain(crashes).collect();
        holes.sort_by_key(|(at, _)| *at);
        holes
    }

    /// The number behind the page's last one. A page around a line ends where it ends.
    fn end(&self) -> Option<Seq> {
        let head = self.sight.joined.as_ref().map(|joined| joined.seq)?;
        let newest = || self.is_newest().then(|| head.next());
        let last_line = || self.sight.lines.last().map(|line| line.seq);
        self.before.filter(|before| *before <= head).or_else(newest).or_else(last_line)
    }

    /// What lives of the server have skipped between its lines, and right behind them where
    /// the page ends before some number. A page around a line ends where it ends, which is
    /// no hole.
    fn skipped(&self) -> Vec<Skip> {
        let last_line = self.sight.lines.last().map(|line| line.seq);
        let head = self.sight.joined.as_ref().map(|joined| joined.seq);
        let end = self.before.filter(|before| Some(*before) <= head).or(last_line);
        let rows = self.sight.skipped.iter().copied();
        // What damage took is missed where nothing was said after it, too.
        let lost_end = self.end();
        rows.filter(|it| Some(it.last) < if it.damaged { lost_end } else { end }).collect()
    }

    /// Whether damage may have taken lines of this page.
    pub(super) fn is_damaged(&self) -> bool {
        self.sight.skipped.iter().any(|skip| skip.damaged)
    }

    fn skip(&self, skip: &Skip) -> String {
        if skip.damaged {
            return self.words.say("mayBeLost").to_owned();
        }
        self.words.fill("skipped", &[("n", &skip.last.next().0.to_string())])
    }

    /// Whether its reader has seen another log than the one that there is now.
    pub(super) fn is_another_log(&self) -> bool {
        let now = self.sight.joined.as_ref().map(|joined| joined.epoch);
        self.is_newest() && self.log.is_some() && now.is_some() && self.log != now
    }
}
