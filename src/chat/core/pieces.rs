//! As many lines of a log as one push to a client carries.
//!
//! Owns: what lines weigh, and that a jump in their numbers ends a push.
//! Must not know: where lines are.
//!
//! Next: `chat/core/log/holes.rs`.

use std::sync::Arc;

use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::Skip;
use crate::chat::told::Told;
use crate::limits;

/// What comes next of a log, for somebody who has not been told it.
pub(crate) struct Piece {
    /// The numbers that come first are no more.
    pub(crate) gap: Option<Gap>,
    pub(crate) lines: Vec<Arc<Entry>>,
}

/// Numbers up to this one that nobody can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// They are older than anything that is kept.
    TooOld(Seq),
    /// A life has skipped them.
    Skipped(Seq),
    /// The same, and damage may have taken lines among them.
    Damaged(Seq),
}

impl Gap {
    /// Of what was skipped, up to this number.
    pub(crate) fn of(skip: &Skip, last: Seq) -> Self {
        if skip.damaged { Self::Damaged(last) } else { Self::Skipped(last) }
    }

    pub(crate) fn last(self) -> Seq {
        match self {
            Self::TooOld(last) | Self::Skipped(last) | Self::Damaged(last) => last,
        }
    }

    pub(crate) fn told(self, log: LogName, from: Seq) -> Told {
        match self {
            Self::TooOld(to) => Told::TooOld { log, from, to },
            Self::Skipped(to) => Told::Skipped { log, from, to, damaged: false },
            Self::Damaged(to) => Told::Skipped { log, from, to, damaged: true },
        }
    }
}

/// The first of these lines: as many as have one number after the other, and as
/// one push to a client carries.
pub(crate) fn run<'a>(
    lines: impl Iterator<Item = &'a Arc<Entry>>,
    first: Seq,
    count_max: usize,
) -> Vec<Arc<Entry>> {
    let (mut bytes, mut next) = (0, first);
    let fits = |entry: &&Arc<Entry>| {
        let starts = bytes;
        bytes += weight(entry);
        starts == 0 || bytes <= limits::PARCEL_BYTES_MAX
    };
    // A jump in the numbers is told apart.
    let follows = |entry: &&Arc<Entry>| {
        let follows = entry.seq == next;
        next = next.next();
        follows
    };
    lines.take(count_max.max(1)).take_while(follows).take_while(fits).cloned().collect()
}

/// The last of these lines, oldest first, as many as one answer carries; and
/// whether there are older ones.
pub(crate) fn newest<'a>(
    lines: impl DoubleEndedIterator<Item = &'a Arc<Entry>>,
    count_max: usize,
    older: bool,
) -> (Vec<Arc<Entry>>, bool) {
    let mut lines = lines.rev().peekable();
    let (mut bytes, mut found) = (0, Vec::new());
    while found.len() < count_max
        && let Some(entry) = lines.next_if(|entry| {
            bytes += weight(entry);
            // One always fits, or its reader would never come past it.
            found.is_empty() || bytes <= limits::PARCEL_BYTES_MAX
        })
    {
        found.push(Arc::clone(entry));
    }
    found.reverse();
    (found, older || lines.peek().is_some())
}

/// About what a line costs in memory, in bytes, with its place in the log.
pub(crate) fn weight(entry: &Entry) -> usize {
    limits::ENTRY_BYTES
        + entry.what.text().len()
        + entry.id.as_ref().map_or(0, |id| id.as_str().len())
}

/// The last of these lines, oldest first, that end right before this number and have
/// no jump among them: at most one more than `count`.
pub(crate) fn unbroken_before<'a>(
    lines: impl DoubleEndedIterator<Item = &'a Arc<Entry>>,
    mut before: Seq,
    count: usize,
) -> Vec<&'a Arc<Entry>> {
    let follows = |line: &&Arc<Entry>| {
        let follows = line.seq.next() == before;
        before = line.seq;
        follows
    };
    let mut found: Vec<_> = lines.rev().take_while(follows).take(count + 1).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use crate::chat::entry::Entry;
    use crate::chat::told::RoomLine;
    use crate::limits;

    #[test]
    fn what_a_line_is_reckoned_at_is_about_what_it_takes() {
        let lines = limits::ENTRY_BYTES / 2;
        assert!((size_of::<Entry>()..=3 * size_of::<Entry>()).contains(&lines));
        let rooms = limits::ROOM_LINE_BYTES;
        assert!((size_of::<RoomLine>()..=3 * size_of::<RoomLine>()).contains(&rooms));
    }
}
