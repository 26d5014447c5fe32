//! As many lines of a log as one push to a client carries.
//!
//! Owns: what lines weigh, and that a jump in their numbers ends a push.
//! Must not know: where lines are.
//!
//! Next: `hub/core/log/holes.rs`.

use std::sync::Arc;

use crate::chat::entry::{Entry, Seq};
use crate::limits;

/// The first of these lines: as many as have one number after the other, and as
/// one push to a client carries.
pub(super) fn run<'a>(
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
pub(super) fn newest<'a>(
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
pub(super) fn weight(entry: &Entry) -> usize {
    2 * size_of::<Entry>()
        + entry.what.text().len()
        + entry.id.as_ref().map_or(0, |id| id.as_str().len())
}

/// The last of these lines, oldest first, that end right before this number and have
/// no jump among them: at most one more than `count`.
pub(super) fn unbroken_before<'a>(
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
