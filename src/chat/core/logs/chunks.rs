//! Chooses which lines of a log go into one push to a client, or into one answer.
//!
//! Owns: as how many bytes a line counts; that no number is missing between the lines of one chunk.
//! Must not know: where lines are stored.
//!
//! Part: `chat/core/mod.rs`.

use std::sync::Arc;

use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::SkipRange;

/// How many bytes a line in memory counts for in addition to its text and its id: about twice what
/// its entry takes. The number does not depend on the machine, because two servers that get the
/// same events must forget the same lines.
pub(crate) const ENTRY_BYTES: usize = 2 * 184;

/// How many bytes more a line in memory counts for if it answers a message. Like [`ENTRY_BYTES`],
/// the number does not depend on the machine.
const REPLIED_TO_BYTES: usize = 2 * 64;

/// A piece of a log: some missing numbers, or some lines, or missing numbers and then lines. It may
/// also be empty.
pub(crate) struct Chunk {
    /// The missing numbers with which the chunk begins. `None`: the chunk begins with a line, or is
    /// empty.
    pub(crate) gap: Option<Gap>,
    pub(crate) lines: Vec<Arc<Entry>>,
}

/// Why a range of numbers has no lines. The value is the last number of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The lines with these numbers are gone, although no run of the server has skipped the
    /// numbers. Mostly the lines were too old, or the disk was too slow to store them.
    TooOld(Seq),
    /// A run of the server has skipped these numbers, mostly after a crash of an earlier run.
    Skipped(Seq),
    /// A run of the server has skipped these numbers, because the history's file was damaged. The
    /// file may have had lines with some of these numbers.
    Damaged(Seq),
}

impl Gap {
    pub(crate) fn of(skip: &SkipRange, last: Seq) -> Self {
        if skip.damaged { Self::Damaged(last) } else { Self::Skipped(last) }
    }

    pub(crate) fn last(self) -> Seq {
        match self {
            Self::TooOld(last) | Self::Skipped(last) | Self::Damaged(last) => last,
        }
    }

    pub(crate) fn answer(self, log: LogName, from: Seq) -> Answer {
        match self {
            Self::TooOld(to) => Answer::TooOld { log, from, to },
            Self::Skipped(to) => Answer::Skipped { log, from, to, damaged: false },
            Self::Damaged(to) => Answer::Skipped { log, from, to, damaged: true },
        }
    }
}

/// Returns the longest beginning of `lines` in which the numbers follow each other from `first` on,
/// and which fits into one push to a client. It has at most `count_max` lines, or 1 if `count_max`
/// is 0. A line alone always fits, however long it is.
pub(crate) fn unbroken_run<'a>(
    lines: impl Iterator<Item = &'a Arc<Entry>>,
    first: Seq,
    count_max: usize,
) -> Vec<Arc<Entry>> {
    let mut bytes = 0;
    let mut next = first;
    let fits = |entry: &&Arc<Entry>| {
        let starts = bytes;
        bytes += weight(entry);
        starts == 0 || bytes <= limits::FRAME_BATCH_BYTES_MAX
    };
    // The lines end before a missing number, because the server tells a client about missing
    // numbers in a separate message.
    let follows = |entry: &&Arc<Entry>| {
        let follows = entry.seq == next;
        next = next.next();
        follows
    };
    lines.take(count_max.max(1)).take_while(follows).take_while(fits).cloned().collect()
}

/// Returns the newest of the given lines, oldest first: at most `count_max`, and only as many as
/// fit into one answer. The newest line always fits. The second value is true if some of the given
/// lines are left out, or if `older` is true.
pub(crate) fn newest<'a>(
    lines: impl DoubleEndedIterator<Item = &'a Arc<Entry>>,
    count_max: usize,
    older: bool,
) -> (Vec<Arc<Entry>>, bool) {
    let mut lines = lines.rev().peekable();
    let mut bytes = 0;
    let mut found = Vec::new();
    while found.len() < count_max
        && let Some(entry) = lines.next_if(|entry| {
            bytes += weight(entry);
            // If a long line did not fit, a client could never get past that line.
            found.is_empty() || bytes <= limits::FRAME_BATCH_BYTES_MAX
        })
    {
        found.push(Arc::clone(entry));
    }
    found.reverse();
    (found, older || lines.peek().is_some())
}

/// Returns as how many bytes a line counts, both in memory and in a push to a client.
pub(crate) fn weight(entry: &Entry) -> usize {
    ENTRY_BYTES
        + entry.what.bytes()
        + entry.id.as_ref().map_or(0, |id| id.as_str().len())
        + entry.reply_to.as_ref().map_or(0, |_| REPLIED_TO_BYTES)
}

/// Returns the newest of the given lines, oldest first: at most `count + 1` lines. Their numbers
/// follow each other, and the newest line has the number just before `before`. The result is empty
/// if the newest given line has another number.
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
    use super::ENTRY_BYTES;
    use crate::chat::answer::RoomSummary;
    use crate::chat::core::rooms::list::ROOM_LINE_BYTES;
    use crate::chat::entry::Entry;

    #[test]
    fn what_a_line_is_reckoned_at_is_about_what_it_takes() {
        let lines = ENTRY_BYTES / 2;
        assert!((size_of::<Entry>()..=3 * size_of::<Entry>()).contains(&lines));
        let rooms = ROOM_LINE_BYTES;
        assert!((size_of::<RoomSummary>()..=3 * size_of::<RoomSummary>()).contains(&rooms));
    }
}
