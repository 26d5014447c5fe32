//! Reads what a server begins with: the stored rooms and people, and the newest lines of each log.
//! Also reserves new numbers for each log.
//!
//! Owns: these queries; and the rule that no run of the server begins before new numbers are
//! reserved.
//! Must not know: which part of the server asks.
//!
//! Part: `history/store/mod.rs`.

use std::sync::Arc;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Error, OptionalExtension, Transaction, params};

use super::reading::{FOUND_BYTES_MAX, QueryLimits, lines_before, lines_from, used_ids};
use super::row::{person, private_log, room, seq, signed, skip, unread};
use super::{Store, StoreError, random_u64, statements as sql, writing::write_skips};
use crate::base::limits;
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::numbers::{Onward, Reservation, Sizes, SkipRange};
use crate::chat::record::{
    Before, PastLog, Stored, StoredPerson, StoredPrivateLog, StoredRoom, unread_bytes,
};

/// Where a log continues: the number after which the next line comes, the highest number of a
/// deleted line (0: none was deleted), and the ranges of numbers that were skipped.
struct Continuation {
    head: Seq,
    thrown_away: Seq,
    skipped: Vec<SkipRange>,
}

/// Returns everything that a hub begins with. The result has at most the newest `lines_max` lines
/// of each room, and fewer if they are long. Also reserves new numbers for each log, in blocks of
/// these `sizes`. `is_damaged` says that damage may have destroyed stored lines of the previous
/// run: then the range of skipped numbers after the last line is marked as damaged. Blocks for the
/// disk.
///
/// # Errors
/// The file cannot be read or written, or a line in it has a number that no server can have given
/// to a line.
pub(crate) fn begin_run(
    store: &mut Store,
    is_damaged: bool,
    lines_max: usize,
    sizes: &Sizes,
) -> Result<Stored, StoreError> {
    let mut rooms = all_rows(store, sql::ROOMS, room)?;
    let mut logs = all_rows(store, sql::PRIVATE_LOGS, private_log)?;
    let change = store.connection.transaction()?;
    let begun_rooms = rooms.iter_mut().map(|StoredRoom { epoch, reservation, .. }| {
        let of = (sql::RESERVE_FOR_ROOM, *epoch, is_damaged);
        reserve_numbers(&change, of, reservation, sizes)
    });
    let begun_rooms = begun_rooms.collect::<Result<Vec<_>, _>>()?;
    let begun_logs = logs.iter_mut().map(|StoredPrivateLog { epoch, reservation, .. }| {
        let of = (sql::RESERVE_FOR_PRIVATE_LOG, *epoch, is_damaged);
        reserve_numbers(&change, of, reservation, sizes)
    });
    let begun_logs = begun_logs.collect::<Result<Vec<_>, _>>()?;
    change.commit()?;
    // Of each log, read at most as many lines as the hub keeps in memory, because the machine may
    // have little memory.
    let most = QueryLimits { lines: lines_max, bytes: limits::room_log_bytes_max(rooms.len()) };
    let rooms = rooms.into_iter().zip(begun_rooms);
    let rooms = rooms.map(|(room, begun)| {
        let pinned = pinned_message(store, &room)?;
        Ok(PastLog { pinned, ..past_log(store, room.epoch, room, begun, most)? })
    });
    let rooms = rooms.collect::<Result<_, StoreError>>()?;
    let (lines, count) = (limits::PRIVATE_LOG_ENTRIES_MAX, logs.len());
    let most = QueryLimits { lines, bytes: limits::private_log_bytes_max(count) };
    let logs = logs.into_iter().zip(begun_logs);
    let logs = logs.map(|(log, begun)| past_log(store, log.epoch, log, begun, most));
    let private = logs.collect::<Result<_, _>>()?;
    let (people, unread) = (stored_people(store)?, all_rows(store, sql::UNREAD, unread)?);
    Ok(Stored { rooms, private, people, unread })
}

/// Returns the key with which the server makes tags of networks and marks of secrets. If the file
/// has none, it makes one and stores it, so that later runs of the server get the same key. Blocks
/// for the disk.
///
/// # Errors
/// The file cannot be read or written, or the system returns no random bytes.
pub(crate) fn server_key(store: &Store) -> Result<u64, StoreError> {
    let key = store.connection.query_row(sql::ADDRESS_KEY, [], |row| row.get(0)).optional()?;
    if let Some(key) = key {
        return Ok(u64::from_le_bytes(key));
    }
    let key = random_u64()?;
    write_server_key(store, key)?;
    Ok(key)
}

/// Stores this key in the file, and replaces the key from before. Blocks for the disk.
///
/// # Errors
/// The file still has the key from before.
pub(crate) fn write_server_key(store: &Store, key: u64) -> Result<(), StoreError> {
    store.connection.execute(sql::KEEP_ADDRESS_KEY, [key.to_le_bytes()])?;
    Ok(())
}

/// Checks that all rooms, private logs and people can be read. It reads no lines. Blocks for
/// the disk.
///
/// # Errors
/// Some of them cannot be read.
pub(crate) fn check_readable(store: &Store) -> Result<(), StoreError> {
    all_rows(store, sql::ROOMS, room)?;
    all_rows(store, sql::PRIVATE_LOGS, private_log)?;
    all_rows(store, sql::PEOPLE, person)?;
    Ok(())
}

/// Returns the latest time at which a stored line was said, as a text for people; `None`: there is
/// no line. Blocks for the disk.
pub(crate) fn newest_line_time(store: &Store) -> Result<Option<String>, StoreError> {
    Ok(store.connection.query_row(sql::NEWEST, [], |row| row.get(0)).optional()?)
}

pub(super) fn stored_rooms(store: &Store) -> Result<Vec<StoredRoom>, StoreError> {
    all_rows(store, sql::ROOMS, room)
}

pub(super) fn stored_people(store: &Store) -> Result<Vec<StoredPerson>, StoreError> {
    all_rows(store, sql::PEOPLE, person)
}

fn all_rows<T>(
    store: &Store,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = store.connection.prepare(sql)?;
    Ok(rows.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Reads the newest lines of a log, as many as `most` permits, and the ids of the messages in some
/// older lines. `stored` is the log's record, and `begun` says where the log continues.
fn past_log<T>(
    store: &Store,
    epoch: Epoch,
    stored: T,
    begun: Continuation,
    most: QueryLimits,
) -> Result<PastLog<T>, StoreError> {
    let Continuation { head, thrown_away, skipped } = begun;
    let (lines, older) = lines_before(store, epoch, Seq(u64::MAX), most)?;
    // SQLite trusts the order of the rows on a page, and does not compare their keys. So check the
    // order here: wrong numbers are a sign of damage.
    if !lines.is_sorted_by(|line, next| line.entry.seq < next.entry.seq) {
        return Err(never_given(lines.first().map_or(head, |line| line.entry.seq)).into());
    }
    let first = lines.first().filter(|_| older).map(|line| line.entry.seq);
    // If lines are long, fewer than `most.lines` fit in memory. Of so many older lines as are
    // missing, read only the ids, which are short.
    let count = most.lines.saturating_sub(lines.len());
    let (ids, ids_behind) = match first {
        Some(first) => used_ids(store, epoch, first, count)?,
        None => (Vec::new(), thrown_away),
    };
    let before = if older { Before::OlderLines } else { Before::Nothing { thrown_away } };
    Ok(PastLog { stored, head, lines, pinned: None, ids, ids_behind, before, skipped })
}

/// Reads the room's pinned message. `None`: no message is pinned, or the pinned one is not stored
/// any more.
fn pinned_message(store: &Store, room: &StoredRoom) -> Result<Option<Arc<Entry>>, StoreError> {
    let first = QueryLimits { lines: 1, bytes: FOUND_BYTES_MAX };
    let (lines, _) = lines_from(store, room.epoch, room.pinned, first)?;
    let entry = lines.into_iter().next().map(|line| line.entry);
    Ok(entry.filter(|entry| entry.seq == room.pinned && entry.what.is_message()))
}

pub(super) fn register_unread_bytes(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("unread_bytes", 1, flags, |values| {
        Ok(signed(unread_bytes(values.get::<i64>(0)?.cast_unsigned())))
    })
}

/// Prepares a log for a new run of the server: reserves numbers that no earlier run has used,
/// stores the new reservation with the statement `reserve`, and puts it into `reservation`.
/// `chat/numbers.rs` explains how numbers are reserved.
///
/// # Errors
/// The log has a number that was never reserved, so the file is damaged; or SQLite fails.
fn reserve_numbers(
    change: &Transaction<'_>,
    (reserve, epoch, is_damaged): (&str, Epoch, bool),
    reservation: &mut Reservation,
    sizes: &Sizes,
) -> Result<Continuation, StoreError> {
    let which = [signed(epoch.0)];
    let mut skipped = change.prepare_cached(sql::SKIPPED_OF)?;
    let mut skipped = skipped.query_map(which, skip)?.collect::<Result<Vec<_>, _>>()?;
    let thrown_away = change.prepare_cached(sql::THROWN_AWAY_OF)?;
    let thrown_away = { thrown_away }.query_row(which, |row| seq(row, 0)).optional()?;
    let thrown_away = thrown_away.unwrap_or_default();
    let last = change.prepare_cached(sql::LAST_SEQ)?;
    let last = { last }.query_row(which, |row| row.get::<_, Option<i64>>(0))?;
    let last = Seq(last.unwrap_or_default().cast_unsigned());
    let newest = reservation.known(last.max(thrown_away), &skipped);
    // SQLite accepts any number. But no run of the server has used more numbers than it had
    // reserved, so a higher number is a sign of damage.
    if newest > reservation.reserved {
        return Err(never_given(newest).into());
    }
    let Onward { head, reservation: next, skips } = reservation.next_run(newest, sizes);
    *reservation = next;
    change.prepare_cached(reserve)?.execute(params![
        signed(epoch.0),
        signed(next.reserved.0),
        signed(next.low.0),
        signed(next.far.0),
        next.is_open,
        signed(next.begun.0),
    ])?;
    for skip in skips {
        let damaged = is_damaged && skip.first == newest.next();
        add_skip(change, epoch, &mut skipped, SkipRange { damaged, ..skip })?;
    }
    Ok(Continuation { head, thrown_away, skipped })
}

/// Stores a range of skipped numbers, and adds it to `skipped`. If the log already has the maximum
/// number of ranges, there are two cases: if the new range begins directly after the newest stored
/// range, that range is extended; otherwise the oldest range is deleted.
fn add_skip(
    change: &Transaction<'_>,
    epoch: Epoch,
    skipped: &mut Vec<SkipRange>,
    skip: SkipRange,
) -> Result<(), StoreError> {
    if skipped.len() >= limits::SKIPS_KEPT_MAX {
        match skipped.last_mut().filter(|before| before.last.next() == skip.first) {
            Some(before) => {
                (before.last, before.far) = (skip.last, skip.far);
                before.damaged |= skip.damaged;
                return write_skips(change, epoch, &[*before]);
            }
            None => {
                let first = signed(skipped.remove(0).first.0);
                change.prepare_cached(sql::FORGET_SKIP)?.execute([signed(epoch.0), first])?;
            }
        }
    }
    skipped.push(skip);
    write_skips(change, epoch, &[skip])
}

fn never_given(seq: Seq) -> Error {
    Error::IntegralValueOutOfRange(0, signed(seq.0))
}
