//! Missing numbers on a page: ranges of numbers without a message. Between the messages, the page
//! says why such a range has no messages.
//!
//! Owns: between which messages numbers are missing, and what the page says there.
//! Must not know: how a line looks.
//!
//! Part: `site/pages/mod.rs`.

use super::messages::ShownEntry;
use super::shown_room::ShownRoom;
use crate::chat::entry::Seq;
use crate::chat::numbers::SkipRange;
use crate::site::visit::page_request::PageKind;

/// Returns the sentences about missing numbers. `lines` are the messages of the page, oldest
/// first. Each sentence comes with a count: how many of `lines` are older than the missing
/// numbers.
pub(super) fn missing_lines(
    room: &ShownRoom<'_>,
    lines: &[ShownEntry<'_>],
) -> Vec<(usize, String)> {
    // A search and a private talk do not show all messages of the log, so numbers are missing
    // in any case. The page says nothing about them.
    if matches!(room.wanted.kind, PageKind::Found(_) | PageKind::Private(_)) {
        return Vec::new();
    }
    let skipped = skipped(room);
    let behind = |next| lines.partition_point(|line| line.entry.seq < next);
    let crashes = skipped.iter().map(|skip| (behind(skip.last.next()), skip_text(room, skip)));
    let end = losses_end(room);
    let lost = room.log.lost.iter().filter(|(_, last)| Some(last.next()) <= end);
    let lost = lost.map(|(first, last)| {
        let lines = last.0 + 1 - first.0;
        (behind(last.next()), room.words.count(lines, "linesLostOne", "linesLost"))
    });
    let mut missing: Vec<_> = lost.chain(crashes).collect();
    missing.sort_by_key(|(at, _)| *at);
    missing
}

/// Returns the number below which the page reports lost messages. `None`: it reports none.
fn losses_end(room: &ShownRoom<'_>) -> Option<Seq> {
    let head = room.view.joined.as_ref().map(|joined| joined.seq)?;
    let newest = || room.wanted.is_newest().then(|| head.next());
    let last_line = || room.log.lines.last().map(|line| line.seq);
    room.wanted.before.filter(|before| *before <= head).or_else(newest).or_else(last_line)
}

/// Returns the ranges of skipped numbers of which this page says why they are missing.
fn skipped(room: &ShownRoom<'_>) -> Vec<SkipRange> {
    let last_line = room.log.lines.last().map(|line| line.seq);
    let head = room.view.joined.as_ref().map(|joined| joined.seq);
    let end = room.wanted.before.filter(|before| Some(*before) <= head).or(last_line);
    let rows = room.log.skipped.iter().copied();
    // If damage of the disk may have destroyed messages in a range, the page of the newest
    // messages names the range even if no message follows.
    let lost_end = losses_end(room);
    rows.filter(|skip| Some(skip.last) < if skip.damaged { lost_end } else { end }).collect()
}

/// Returns whether damage of the disk may have removed messages of this page.
pub(super) fn is_damaged(room: &ShownRoom<'_>) -> bool {
    room.log.skipped.iter().any(|skip| skip.damaged)
}

fn skip_text(room: &ShownRoom<'_>, skip: &SkipRange) -> String {
    if skip.damaged {
        return room.words.say("mayBeLost").to_owned();
    }
    room.words.fill("skipped", &[("n", &skip.last.next().0.to_string())])
}

/// Returns whether the log of this room that the reader saw before is not the room's present
/// log. On a page that does not show the newest messages, the result is always false.
pub(super) fn is_another_log(room: &ShownRoom<'_>) -> bool {
    let now = room.view.joined.as_ref().map(|joined| joined.epoch);
    room.wanted.is_newest()
        && room.wanted.epoch_seen().is_some()
        && now.is_some()
        && room.wanted.epoch_seen() != now
}
