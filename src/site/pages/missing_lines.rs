//! Missing numbers on a page: ranges of numbers without a message. The page names every such range
//! and says why its messages are missing.
//!
//! Owns: between which messages numbers are missing, and what the page says there.
//! Must not know: how a line looks.
//!
//! Part: `site/pages/mod.rs`.

use super::messages::ShownEntry;
use super::room_page::RoomPage;
use crate::chat::entry::Seq;
use crate::chat::numbers::SkipRange;
use crate::site::visit::page_request::PageKind;

impl RoomPage<'_> {
    /// Returns the sentences about missing numbers. Each comes with the number of messages that
    /// stand before it on the page. `lines` are the messages, sorted oldest first.
    pub(super) fn missing(&self, lines: &[ShownEntry<'_>]) -> Vec<(usize, String)> {
        // The results of a search are not consecutive, and a page of private messages shows
        // only a part of their log.
        if matches!(self.look.kind, PageKind::Found(_) | PageKind::Private(_)) {
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
        let mut missing: Vec<_> = lost.chain(crashes).collect();
        missing.sort_by_key(|(at, _)| *at);
        missing
    }

    /// Returns the number before which the page ends. The page names lost messages with smaller
    /// numbers only. A page around a linked message may ask for numbers that the log does not have
    /// yet; then it ends with its last message. `None`: not known.
    fn end(&self) -> Option<Seq> {
        let head = self.sight.joined.as_ref().map(|joined| joined.seq)?;
        let newest = || self.is_newest().then(|| head.next());
        let last_line = || self.sight.lines.last().map(|line| line.seq);
        self.look.before.filter(|before| *before <= head).or_else(newest).or_else(last_line)
    }

    /// Returns the numbers between the messages of this page that the server skipped after a crash
    /// or a disk failure. If the page was asked to end before a number that the log has, skipped
    /// numbers after the page's last message belong to it, too. If the log does not have that
    /// number yet (a page around a linked message), the page ends with its last message.
    fn skipped(&self) -> Vec<SkipRange> {
        let last_line = self.sight.lines.last().map(|line| line.seq);
        let head = self.sight.joined.as_ref().map(|joined| joined.seq);
        let end = self.look.before.filter(|before| Some(*before) <= head).or(last_line);
        let rows = self.sight.skipped.iter().copied();
        // Where damage of the disk may have destroyed messages, the page says so even if no message
        // follows.
        let lost_end = self.end();
        rows.filter(|it| Some(it.last) < if it.damaged { lost_end } else { end }).collect()
    }

    /// Returns whether damage of the disk may have removed messages of this page.
    pub(super) fn is_damaged(&self) -> bool {
        self.sight.skipped.iter().any(|skip| skip.damaged)
    }

    fn skip(&self, skip: &SkipRange) -> String {
        if skip.damaged {
            return self.words.say("mayBeLost").to_owned();
        }
        self.words.fill("skipped", &[("n", &skip.last.next().0.to_string())])
    }

    /// Returns whether the reader last saw another log of this room than its present one. Always
    /// false on a page that does not show the newest messages.
    pub(super) fn is_another_log(&self) -> bool {
        let now = self.sight.joined.as_ref().map(|joined| joined.epoch);
        self.is_newest() && self.log().is_some() && now.is_some() && self.log() != now
    }
}
