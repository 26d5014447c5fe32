//! Lines that are looked through for words: for a turn, and then for the next one.
//!
//! A log may have a hundred thousand lines, and the thread that reads them also writes. So a look is over when its time
//! is, and much sooner when something else waits: a batch to keep, or what somebody has missed.
//!
//! Owns: how long a turn takes.
//! Must not know: who looks, and whose turn is next.
//!
//! Next: `history/ids.rs`.

use std::time::Instant;

use super::reading::place;
use super::row::{at, is_in_order, name, seq, signed, text_to_find, whole_line};
use super::sql;
use super::store::{Store, StoreError};
use crate::chat::entry::Seq;
use crate::chat::record::{Found, Query};
use crate::chat::sought::Sought;
use crate::limits;

/// The time that one look has.
pub struct Turn<'a> {
    began_at: Instant,
    /// Whether the history has something else to do.
    is_wanted: &'a dyn Fn() -> bool,
    /// Bytes that were looked at since the clock was.
    unchecked: usize,
}

impl<'a> Turn<'a> {
    /// One that begins now.
    pub fn begin(is_wanted: &'a dyn Fn() -> bool) -> Self {
        Self { began_at: Instant::now(), is_wanted, unchecked: 0 }
    }

    /// Whether it is over, with a line of so many bytes behind it.
    fn is_over(&mut self, bytes: usize) -> bool {
        self.unchecked += limits::SEARCH_LINE_BYTES + bytes;
        if self.unchecked < limits::SEARCH_BYTES_PER_CHECK {
            return false;
        }
        self.unchecked = 0;
        let took = self.began_at.elapsed();
        took >= limits::SEARCH_TURN || (took >= limits::SEARCH_TURN_MIN && (self.is_wanted)())
    }
}

impl Store {
    /// Lines older than `before` that are sought, oldest first.
    pub(super) fn with(
        &self,
        query: &Query,
        sought: &Sought,
        before: Seq,
        turn: &mut Turn<'_>,
    ) -> Result<Found, StoreError> {
        let Query { epoch, count, .. } = query;
        let Some(log) = self.log(*epoch)? else { return Ok(Found::default()) };
        let without_sum_to = self.without_sum_to(*epoch)?;
        // Not the lines that change others: those read as changed.
        let mut rows = self.connection.prepare_cached(sql::LINES_BACKWARDS)?;
        let mut rows = rows.query([signed(epoch.0), place(before)])?;
        let (mut found, mut next, mut looking) = (Found::default(), before, sought.looking());
        let (mut is_over, mut found_bytes) = (false, 0);
        while let Some(row) = rows.next()? {
            if is_over || found_bytes > limits::FOUND_BYTES_MAX || found.lines.len() == *count {
                found.next = Some(next);
                break;
            }
            next = seq(row, 1)?;
            let text = text_to_find(row)?;
            if let Some(text) = text
                && looking.is_it(name(row)?, at(row)?, text)
            {
                let line = whole_line(row, &log, without_sum_to)?;
                is_in_order(&line, query.epoch, None)?;
                found_bytes += line.weight();
                found.lines.push(line.entry);
            }
            is_over = turn.is_over(text.map_or(0, str::len));
        }
        found.lines.reverse();
        found.took = turn.began_at.elapsed();
        Ok(found)
    }
}
