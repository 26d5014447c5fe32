//! Answers queries while the server runs: for lines that are not in memory any more, and for lines
//! that a person searches. When the server starts, it reads the ids of older lines. By these ids
//! the hub recognizes a message that a client sends again after a restart, so it is stored only
//! once.
//!
//! Owns: these queries. Each may wait for the disk.
//! Must not know: who asks, or why.
//!
//! Part: `history/store/mod.rs`.

use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::removal::without_removed;
use super::row::{InLog, check_order, in_log, number, seq, signed, used_id, whole_line};
use super::search::{SearchTurn, search_lines};
use super::{Store, StoreError, statements as sql};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{FoundLines, LineRange, Query, StoredLine, UsedId};

/// About how many bytes of lines the history reads into memory at most for one answer.
pub(crate) const FOUND_BYTES_MAX: usize = 64 * 1024;

/// The limits of one query: the most lines, and the most bytes of lines, that it may bring into
/// memory. One line is always permitted, even if it alone has more bytes.
#[derive(Clone, Copy)]
pub(crate) struct QueryLimits {
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
}

/// Returns the lines that the query asks for, as far as they are stored, and as many as the query
/// and `FOUND_BYTES_MAX` permit. A search for words ends when its `turn` is over, or sooner
/// if it has found enough, and returns what it has found until then. Blocks for the disk.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn find_lines(
    store: &Store,
    query: &Query,
    turn: &mut SearchTurn<'_>,
) -> Result<FoundLines, StoreError> {
    let most = QueryLimits { lines: query.count, bytes: FOUND_BYTES_MAX };
    let (lines, older) = match &query.span {
        LineRange::From(first) => lines_from(store, query.epoch, *first, most)?,
        LineRange::Before(before) => lines_before(store, query.epoch, *before, most)?,
        LineRange::With(sought, before) => {
            return search_lines(store, query, sought, *before, turn);
        }
    };
    let lines = lines.into_iter().map(|line| Arc::clone(&line.entry)).collect();
    Ok(FoundLines { lines, older, ..FoundLines::default() })
}

/// Returns lines of a log from the number `first` on, oldest first, as many as `most` permits, and
/// whether the log has lines with lower numbers than `first`.
pub(crate) fn lines_from(
    store: &Store,
    epoch: Epoch,
    first: Seq,
    most: QueryLimits,
) -> Result<(Vec<StoredLine>, bool), StoreError> {
    let (lines, _) = selected_lines(store, sql::LINES_FROM, epoch, first, most)?;
    let mut older = store.connection.prepare_cached(sql::HAS_OLDER)?;
    let older = older.query_row(params![signed(epoch.0), sql_seq(first)], |row| row.get(0))?;
    Ok((lines, older))
}

/// Returns the newest lines with lower numbers than `before`, oldest first, as many as `most`
/// permits, and whether the log has lines that are older than these.
pub(crate) fn lines_before(
    store: &Store,
    epoch: Epoch,
    before: Seq,
    most: QueryLimits,
) -> Result<(Vec<StoredLine>, bool), StoreError> {
    let (mut lines, older) = selected_lines(store, sql::LINES_BEFORE, epoch, before, most)?;
    lines.reverse();
    Ok((lines, older))
}

/// Returns the first lines that the statement finds, as many as `most` permits. The second value:
/// whether the statement finds more.
fn selected_lines(
    store: &Store,
    sql: &str,
    epoch: Epoch,
    seq: Seq,
    most: QueryLimits,
) -> Result<(Vec<StoredLine>, bool), StoreError> {
    let Some(log) = stored_log(store, epoch)? else { return Ok((Vec::new(), false)) };
    let without_sum_to = without_sum_to(store, epoch)?;
    let mut rows = store.connection.prepare_cached(sql)?;
    // Ask SQLite for one line more than `most` permits: if it exists, there are more lines.
    let which = params![signed(epoch.0), sql_seq(seq), number(most.lines.saturating_add(1))];
    let (mut lines, mut bytes) = (Vec::new(), 0);
    let is_upwards = sql == sql::LINES_FROM;
    for found in rows.query_map(which, |row| whole_line(row, &log, without_sum_to))? {
        let line = without_removed(&store.removals, found?);
        let last = lines.last().map(|last: &StoredLine| (last.entry.seq, is_upwards));
        check_order(&line, epoch, last)?;
        bytes += line.weight();
        if lines.len() == most.lines || (bytes > most.bytes && !lines.is_empty()) {
            return Ok((lines, true));
        }
        lines.push(with_edit_mark(store, line));
    }
    Ok((lines, false))
}

/// Returns this line with the mark that its author has edited it, if the file has an edit of it.
/// The mark is no reason to fail: if the index of the edits cannot be read, the line has no mark.
pub(super) fn with_edit_mark(store: &Store, line: StoredLine) -> StoredLine {
    if !line.entry.what.is_message() {
        return line;
    }
    let which = [signed(line.entry.epoch.0), sql_seq(line.entry.seq)];
    let edit = store.connection.prepare_cached(sql::IS_EDITED);
    let is_edited = edit.and_then(|mut edit| edit.query_row(which, |row| row.get(0)));
    if !is_edited.unwrap_or(false) {
        return line;
    }
    let entry = Arc::new(line.entry.edited());
    StoredLine { entry, ..line }
}

/// Returns the number up to which a line of this log may have no checksum; 0: each line must have
/// one.
pub(super) fn without_sum_to(store: &Store, epoch: Epoch) -> Result<Seq, StoreError> {
    let mut last = store.connection.prepare_cached(sql::WITHOUT_SUM_TO)?;
    let last = last.query_row([signed(epoch.0)], |row| seq(row, 0)).optional()?;
    Ok(last.unwrap_or_default())
}

pub(super) fn stored_log(store: &Store, epoch: Epoch) -> Result<Option<InLog>, StoreError> {
    let mut logs = store.connection.prepare_cached(sql::LOG)?;
    Ok(logs.query_row([signed(epoch.0)], in_log).optional()?)
}

/// Returns the ids of the newest `count` lines with lower numbers than `before`, oldest first. A
/// line without an author or without an id is counted, but has no id in the result. The second
/// value is the number directly before the oldest of these lines: the ids of lines up to this
/// number are not returned. Blocks for the disk.
///
/// # Errors
/// The file cannot be read.
pub(super) fn used_ids(
    store: &Store,
    epoch: Epoch,
    before: Seq,
    count: usize,
) -> Result<(Vec<UsedId>, Seq), StoreError> {
    let mut rows = store.connection.prepare_cached(sql::USED_IDS)?;
    let which = params![signed(epoch.0), signed(before.0), number(count)];
    let (mut ids, mut first) = (Vec::new(), before);
    for row in rows.query_map(which, used_id)? {
        let (seq, used) = row?;
        first = seq;
        ids.extend(used);
    }
    ids.reverse();
    Ok((ids, Seq(first.0.saturating_sub(1))))
}

/// Returns the number of a line as a signed number, which SQLite needs. A client may have sent the
/// number, so a number that is too high for SQLite becomes the highest.
pub(super) fn sql_seq(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
