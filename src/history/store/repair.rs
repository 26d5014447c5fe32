//! The store's part in a repair after damage: reads rows that come from a damaged file, adds what
//! only the protection copy has, and opens again what was closed (`--unseal`).
//!
//! Owns: these reads and changes of the new file.
//! Must not know: how a damaged file is read.
//!
//! Part: `history/store/mod.rs`.

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use super::removal::remove_lines;
use super::row::{InLog, person, private_log, room, signed, skip, whole_line};
use super::startup::{stored_people, stored_rooms};
use super::{Store, StoreError, random_u64, statements as sql};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{Record, StoredLine, StoredPerson, StoredPrivateLog, StoredRoom};
use crate::chat::removed_lines::RemovedLines;
use crate::chat::room_name::RoomName;
use crate::history::protection_copy::{Protection, bare_room};

pub(crate) struct ContinuedLog {
    pub(crate) old_epoch: Epoch,
    /// The epoch of the log from now on. It is a new one if the server starts and it is unknown
    /// which numbers the log has used; otherwise it is `old_epoch`.
    pub(crate) epoch: Epoch,
    /// The highest number of a line that was deleted as too old or too many; `None`: no line was
    /// deleted, or the number is unknown.
    pub(crate) thrown_away: Option<Seq>,
    pub(crate) record: Record,
}

// Each function whose name begins with `parse_` reads the values of one row of a damaged file.
// `None`: this server could not have written the row, or SQLite does not accept its values.
pub(crate) fn parse_room(store: &Store, values: Vec<Value>) -> Option<StoredRoom> {
    parse_row(store, sql::AS_ROOM, values, room)
}

pub(crate) fn parse_person(store: &Store, values: Vec<Value>) -> Option<StoredPerson> {
    parse_row(store, sql::AS_PERSON, values, person)
}

pub(crate) fn parse_private_log(store: &Store, values: Vec<Value>) -> Option<StoredPrivateLog> {
    parse_row(store, sql::AS_PRIVATE_LOG, values, private_log)
}

pub(crate) fn parse_skip(store: &Store, values: Vec<Value>) -> Option<SkipRange> {
    parse_row(store, sql::AS_SKIP, values, skip)
}

/// Reads the values of a row as a line of this log. Up to the number `without_sum_to` a line may
/// have no checksum. `None`: the row is not what was written.
pub(crate) fn parse_line(
    store: &Store,
    values: Vec<Value>,
    log: &InLog,
    without_sum_to: Seq,
) -> Option<StoredLine> {
    parse_row(store, sql::AS_LINE, values, |row| whole_line(row, log, without_sum_to))
}

fn parse_row<T>(
    store: &Store,
    sql: &str,
    mut values: Vec<Value>,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Option<T> {
    let mut row = store.connection.prepare_cached(sql).ok()?;
    // A row of an older schema ends before the last column.
    values.resize(row.parameter_count(), Value::Null);
    row.query_row(params_from_iter(values), read).ok()
}

pub(crate) fn has_line(store: &Store, epoch: Epoch, seq: Seq) -> Result<bool, StoreError> {
    let mut line = store.connection.prepare_cached(sql::HAS_LINE_BETWEEN)?;
    Ok(line.query_row([epoch.0, seq.0, seq.0].map(signed), |row| row.get(0))?)
}

/// Applies all rescued edits, deletions and notices of removals again, because the page of the
/// original line may be an older version.
pub(crate) fn apply_changes_again(store: &mut Store) -> Result<(), StoreError> {
    let change = store.connection.transaction()?;
    change.execute(sql::EDIT_AGAIN, [])?;
    change.execute(sql::DELETE_AGAIN, [])?;
    let mut notices = change.prepare(sql::NOTICES_OF_REMOVALS)?;
    let notice = |row: &Row<'_>| <(i64, i64, String)>::try_from(row);
    for notice in notices.query_map([], notice)?.collect::<Result<Vec<_>, _>>()? {
        let (epoch, own, lines) = notice;
        remove_lines(&change, (epoch, own), &RemovedLines::parse(&lines))?;
    }
    drop(notices);
    Ok(change.commit()?)
}

/// Stores the record of each of these logs, and the highest number that was deleted in it. If a log
/// has a new epoch, all its lines get this epoch.
pub(crate) fn continue_logs(store: &mut Store, logs: Vec<ContinuedLog>) -> Result<(), StoreError> {
    let change = store.connection.transaction()?;
    for ContinuedLog { old_epoch: old, epoch, thrown_away, .. } in &logs {
        if old != epoch {
            change.execute(sql::MOVE_LINES, [signed(old.0), signed(epoch.0)])?;
            change.execute(sql::FORGET_ROOM, [signed(old.0)])?;
            change.execute(sql::FORGET_PRIVATE_LOG, [signed(old.0)])?;
        }
        if let Some(last) = thrown_away {
            change.execute(sql::NOTE_THROWN_AWAY, [signed(epoch.0), signed(last.0)])?;
        }
    }
    change.commit()?;
    store.write(&logs.into_iter().map(|log| log.record).collect::<Vec<_>>())
}

/// Checks the history against the protection copy. For each room of that copy there are two correct
/// cases: the history has a room with the same epoch and the same name; or it has neither a room
/// nor a line with that epoch. Blocks for the disk.
///
/// # Errors
/// The file is damaged, or cannot be read.
pub(crate) fn check_against_protection(
    store: &Store,
    protection: &Protection,
) -> Result<(), StoreError> {
    let rooms = stored_rooms(store)?;
    let no_line = |row: &Row<'_>| Ok(row.get::<_, Option<i64>>(0)?.is_none());
    let mut last = store.connection.prepare_cached(sql::LAST_SEQ)?;
    for room in protection.rooms() {
        let is_right = match rooms.iter().find(|found| found.epoch == room.epoch) {
            Some(found) => found.name == room.name,
            None => last.query_row([signed(room.epoch.0)], no_line)?,
        };
        if !is_right {
            return Err(StoreError::Overwritten("a room of the access file is missing or renamed"));
        }
    }
    Ok(())
}

/// Adds what only the protection copy has: rooms that are hidden or have a password, and names with
/// a secret. Returns how many rooms and names it has added. Blocks for the disk.
///
/// # Errors
/// Some of these rooms and names may not have been added.
pub(crate) fn add_missing_protected(
    store: &mut Store,
    protection: &Protection,
) -> Result<usize, StoreError> {
    let (rooms, mut people) = protection.absent_from(&stored_rooms(store)?, &stored_people(store)?);
    // After a crash the protection copy may still have the name of a person who was removed.
    people.retain(|person| !store.removals.has(Some(person.id)));
    let count = rooms.len() + people.len();
    store.write(&people.into_iter().map(Record::Person).collect::<Vec<_>>())?;
    for room in rooms {
        // Give the room a new epoch, because it is unknown which numbers its log has used.
        let epoch = Epoch(random_u64()?);
        let which = [signed(room.epoch.0), signed(epoch.0)];
        store.connection.execute(sql::MOVE_LINES, which)?;
        let last = store
            .connection
            .query_row(sql::LAST_SEQ, [which[1]], |row| row.get::<_, Option<i64>>(0))?;
        let skips = Vec::from_iter(last.is_none().then_some(SkipRange::ALL));
        let last = Seq(last.map_or(1, i64::cast_unsigned));
        let reservation = Reservation::closed(last);
        store.write(&[Record::Room(StoredRoom { epoch, reservation, skips, ..room })])?;
    }
    Ok(count)
}

/// Adds the lobby and the rooms of the protection copy, as far as the history does not have them,
/// each with a note that its lines are lost. So people who open such a room see the note. Blocks
/// for the disk.
///
/// # Errors
/// Some of these rooms may not have been added.
pub(crate) fn note_lost_rooms(
    store: &mut Store,
    protection: Option<&Protection>,
) -> Result<(), StoreError> {
    let stored = stored_rooms(store)?;
    let lobby = bare_room(RoomName::lobby(), Epoch(0));
    let known: Vec<_> = protection.into_iter().flat_map(Protection::rooms).collect();
    let has_lobby = known.iter().any(|room| room.name == lobby.name);
    for room in known.into_iter().chain((!has_lobby).then_some(lobby)) {
        if stored.iter().any(|found| found.name == room.name) {
            continue;
        }
        let (epoch, skips) = (Epoch(random_u64()?), vec![SkipRange::ALL]);
        store.write(&[Record::Room(StoredRoom { epoch, skips, ..room })])?;
    }
    Ok(())
}

/// Opens the rooms and names that are closed only because damage has destroyed their password or
/// secret (`--unseal`). Returns how many rooms and names it has opened. Blocks for the disk.
///
/// # Errors
/// Nothing has changed.
pub(crate) fn unseal_all(store: &mut Store) -> Result<usize, StoreError> {
    let change = store.connection.transaction()?;
    let rooms = change.execute(sql::UNSEAL_ROOMS, [])?;
    let people = change.execute(sql::UNSEAL_PEOPLE, [])?;
    change.commit()?;
    Ok(rooms + people)
}
