//! Searches lines for words. A long search is done in several short turns.
//!
//! A log may have a hundred thousand lines, and the thread that reads them also writes. So a turn
//! of a search ends when its time is over, and another turn continues the search later. A turn ends
//! much sooner when another task waits: a batch to store, or a query for lines that a client has
//! missed.
//!
//! Owns: how long a turn takes.
//! Must not know: who searches, and whose turn is next.
//!
//! Part: `history/store/mod.rs`.

use std::time::{Duration, Instant};

use super::reading::{FOUND_BYTES_MAX, sql_seq, stored_log, with_edit_mark, without_sum_to};
use super::row::{at, author_of, check_order, name, seq, signed, text_to_find, whole_line};
use super::{Store, StoreError, statements as sql};
use crate::chat::record::{FoundLines, Query};
use crate::chat::{entry::Seq, sought::Sought};

/// The longest time that the history works on one search without a break. The search may go on
/// later.
const SEARCH_TURN: Duration = Duration::from_millis(20);
/// The shortest time of a turn of a search whose end is not found sooner. The turn is so short only
/// if the history has another task: a batch to store, or lines that a client has missed.
pub(crate) const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// About how many bytes a search compares before it reads the clock again. Comparing so many bytes
/// takes about ten microseconds, or 200 with the kind of text that takes longest.
const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// A search counts each line as this many bytes in addition to its text, because even a short line
/// takes time. See [`SEARCH_BYTES_PER_CHECK`].
const SEARCH_LINE_BYTES: usize = 64;

pub(crate) struct SearchTurn<'a> {
    began_at: Instant,
    /// Returns whether another task waits for the history.
    is_wanted: &'a dyn Fn() -> bool,
    /// How many bytes were searched since the clock was last read. Each line counts as a few bytes
    /// more than its text has.
    unchecked: usize,
}

impl<'a> SearchTurn<'a> {
    /// Begins a turn of a search. The turn may end early, but not before `SEARCH_TURN_MIN`, if
    /// `is_wanted` says that another task waits.
    pub(crate) fn begin(is_wanted: &'a dyn Fn() -> bool) -> Self {
        Self { began_at: Instant::now(), is_wanted, unchecked: 0 }
    }

    /// Counts a searched line with a text of this many bytes. Returns whether the turn of the
    /// search must end. It reads the clock only now and then.
    fn spend(&mut self, bytes: usize) -> bool {
        self.unchecked += SEARCH_LINE_BYTES + bytes;
        if self.unchecked < SEARCH_BYTES_PER_CHECK {
            return false;
        }
        self.unchecked = 0;
        let took = self.began_at.elapsed();
        took >= SEARCH_TURN || (took >= SEARCH_TURN_MIN && (self.is_wanted)())
    }
}

/// Returns the newest lines with a number lower than `before` that match `sought`, oldest first. It
/// stops when the turn is over, or when it has found as many lines as the query permits or enough
/// bytes. If lines are left that it has not searched, `next` of the result is the `before` of the
/// next turn of the search.
pub(super) fn search_lines(
    store: &Store,
    query: &Query,
    sought: &Sought,
    before: Seq,
    turn: &mut SearchTurn<'_>,
) -> Result<FoundLines, StoreError> {
    let Query { epoch, count, .. } = query;
    let Some(log) = stored_log(store, *epoch)? else { return Ok(FoundLines::default()) };
    let without_sum_to = without_sum_to(store, *epoch)?;
    let mut rows = store.connection.prepare_cached(sql::LINES_BACKWARDS)?;
    let mut rows = rows.query([signed(epoch.0), sql_seq(before)])?;
    let (mut found, mut next, mut matcher) = (FoundLines::default(), before, sought.looking());
    let (mut is_over, mut found_bytes) = (false, 0);
    while let Some(row) = rows.next()? {
        if is_over || found_bytes > FOUND_BYTES_MAX || found.lines.len() == *count {
            found.next = Some(next);
            break;
        }
        next = seq(row, 1)?;
        let text = text_to_find(row)?.filter(|_| !store.removals.has(author_of(row)));
        if let Some(text) = text
            && matcher.matches(name(row)?, at(row)?, text)
        {
            let line = whole_line(row, &log, without_sum_to)?;
            check_order(&line, query.epoch, None)?;
            found_bytes += line.weight();
            found.lines.push(with_edit_mark(store, line).entry);
        }
        is_over = turn.spend(text.map_or(0, str::len));
    }
    found.lines.reverse();
    found.took = turn.began_at.elapsed();
    Ok(found)
}
