//! What a server begins with: everything that was kept, and numbers that are its own.
//!
//! Owns: those questions, asked once; and that no number is given before it is reserved.
//! Must not know: who asks.
//!
//! Next: `history/row.rs`.

use rusqlite::{Error, OptionalExtension, Transaction, params};

use super::access::Access;
use super::reading::Most;
use super::row::{person, private_log, room, seq, signed, skip, unread};
use super::salvage::no_luck;
use super::sql;
use super::store::{Store, StoreError};
use super::writing::keep_skips;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::{Onward, Reservation, Sizes, Skip};
use crate::chat::record::{Before, Kept, KeptPerson, KeptPrivateLog, KeptRoom, PastLog};
use crate::chat::token::random;
use crate::limits;

/// Where a log goes on.
struct Begun {
    head: Seq,
    thrown_away: Seq,
    skipped: Vec<Skip>,
}

impl Store {
    /// Everything that a hub begins with: of each room the newest `lines_max`
    /// lines. Numbers are reserved for it, before any is given. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn begin(&mut self, lines_max: usize, sizes: &Sizes) -> Result<Kept, StoreError> {
        self.begin_after(false, lines_max, sizes)
    }

    /// The same; `is_damaged`: lines of the life before may have been kept, and be lost.
    ///
    /// # Errors
    /// See [`begin`](Self::begin).
    pub(super) fn begin_after(
        &mut self,
        is_damaged: bool,
        lines_max: usize,
        sizes: &Sizes,
    ) -> Result<Kept, StoreError> {
        let mut rooms = self.all(sql::ROOMS, room)?;
        let mut logs = self.all(sql::PRIVATE_LOGS, private_log)?;
        let change = self.connection.transaction()?;
        let begun_rooms = rooms.iter_mut().map(|KeptRoom { epoch, reservation, .. }| {
            let of = (sql::RESERVE_FOR_ROOM, *epoch, is_damaged);
            begin_life(&change, of, reservation, sizes)
        });
        let begun_rooms = begun_rooms.collect::<Result<Vec<_>, _>>()?;
        let begun_logs = logs.iter_mut().map(|KeptPrivateLog { epoch, reservation, .. }| {
            let of = (sql::RESERVE_FOR_PRIVATE_LOG, *epoch, is_damaged);
            begin_life(&change, of, reservation, sizes)
        });
        let begun_logs = begun_logs.collect::<Result<Vec<_>, _>>()?;
        change.commit()?;
        // As much as the hub would keep of it, and no more: the box is small.
        let most = Most { lines: lines_max, bytes: limits::log_bytes_max(rooms.len()) };
        let rooms = rooms.into_iter().zip(begun_rooms);
        let rooms = rooms.map(|(room, begun)| self.past(room.epoch, room, begun, most));
        let rooms = rooms.collect::<Result<_, _>>()?;
        let (lines, count) = (limits::PRIVATE_LOG_ENTRIES_MAX, logs.len());
        let most = Most { lines, bytes: limits::private_log_bytes_max(count) };
        let logs = logs.into_iter().zip(begun_logs);
        let logs = logs.map(|(log, begun)| self.past(log.epoch, log, begun, most));
        let private = logs.collect::<Result<_, _>>()?;
        Ok(Kept { rooms, private, people: self.people()?, unread: self.all(sql::UNREAD, unread)? })
    }

    /// What the tags of addresses are made with, in this life and all later ones: drawn when the
    /// file is made. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read, or the system has no randomness to give.
    pub(super) fn address_key(&self) -> Result<u64, StoreError> {
        let key = self.connection.query_row(sql::ADDRESS_KEY, [], |row| row.get(0)).optional()?;
        if let Some(key) = key {
            return Ok(u64::from_le_bytes(key));
        }
        let key = u64::from_le_bytes(random().map_err(no_luck)?);
        self.keep_address_key(key)?;
        Ok(key)
    }

    /// From now on the file has this one. Blocks for the disk.
    ///
    /// # Errors
    /// It has the one from before.
    pub(super) fn keep_address_key(&self, key: u64) -> Result<(), StoreError> {
        self.connection.execute(sql::KEEP_ADDRESS_KEY, [key.to_le_bytes()])?;
        Ok(())
    }

    /// Whether all that a hub would begin with can be read. Blocks for the disk.
    ///
    /// # Errors
    /// It cannot.
    pub(super) fn look_through(&self) -> Result<(), StoreError> {
        self.all(sql::ROOMS, room)?;
        self.all(sql::PRIVATE_LOGS, private_log)?;
        self.all(sql::PEOPLE, person)?;
        Ok(())
    }

    /// When the newest line was said, for people. Blocks for the disk.
    pub(super) fn newest(&self) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row(sql::NEWEST, [], |row| row.get(0)).optional()?)
    }

    /// Whether the rooms of the second file are the history's: one of them may be gone, but not
    /// without its lines, or be called otherwise. Blocks for the disk.
    ///
    /// # Errors
    /// The file is damaged.
    pub(super) fn agrees_with(&self, access: &Access) -> Result<(), StoreError> {
        let rooms = self.rooms()?;
        let no_line = |row: &rusqlite::Row<'_>| Ok(row.get::<_, Option<i64>>(0)?.is_none());
        let mut last = self.connection.prepare_cached(sql::LAST_OF)?;
        for room in access.rooms() {
            let is_right = match rooms.iter().find(|its| its.epoch == room.epoch) {
                Some(its) => its.name == room.name,
                None => last.query_row([signed(room.epoch.0)], no_line)?,
            };
            if !is_right {
                return Err(StoreError::Overwritten("a room of it is gone, but for its lines"));
            }
        }
        Ok(())
    }

    pub(super) fn rooms(&self) -> Result<Vec<KeptRoom>, StoreError> {
        self.all(sql::ROOMS, room)
    }

    pub(super) fn people(&self) -> Result<Vec<KeptPerson>, StoreError> {
        self.all(sql::PEOPLE, person)
    }

    fn all<T>(
        &self,
        sql: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut rows = self.connection.prepare(sql)?;
        Ok(rows.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// A log with its newest lines.
    fn past<T>(
        &self,
        epoch: Epoch,
        kept: T,
        begun: Begun,
        most: Most,
    ) -> Result<PastLog<T>, StoreError> {
        let Begun { head, thrown_away, skipped } = begun;
        let (lines, older) = self.before(epoch, Seq(u64::MAX), most)?;
        // SQLite trusts that lines lie in their order, whatever is in them.
        if !lines.is_sorted_by(|one, next| one.entry.seq < next.entry.seq) {
            return Err(never_given(lines.first().map_or(head, |line| line.entry.seq)).into());
        }
        let first = lines.first().filter(|_| older).map(|line| line.entry.seq);
        // Long lines leave place for few of them in memory; what they were called is short.
        let count = most.lines.saturating_sub(lines.len());
        let (ids, ids_behind) = match first {
            Some(first) => self.used_ids(epoch, first, count)?,
            None => (Vec::new(), thrown_away),
        };
        let before = if older { Before::OlderLines } else { Before::Nothing { thrown_away } };
        Ok(PastLog { kept, head, lines, ids, ids_behind, before, skipped })
    }
}

/// A log begins a life with numbers of its own.
fn begin_life(
    change: &Transaction<'_>,
    (reserve, epoch, is_damaged): (&str, Epoch, bool),
    reservation: &mut Reservation,
    sizes: &Sizes,
) -> Result<Begun, StoreError> {
    let which = [signed(epoch.0)];
    let mut skipped = change.prepare_cached(sql::SKIPPED_OF)?;
    let mut skipped = skipped.query_map(which, skip)?.collect::<Result<Vec<_>, _>>()?;
    let thrown_away = change.prepare_cached(sql::THROWN_AWAY_OF)?;
    let thrown_away = { thrown_away }.query_row(which, |row| seq(row, 0)).optional()?;
    let thrown_away = thrown_away.unwrap_or_default();
    let last = change.prepare_cached(sql::LAST_LINE)?;
    let last = { last }.query_row(which, |row| row.get::<_, Option<i64>>(0))?;
    let last = Seq(last.unwrap_or_default().cast_unsigned());
    let newest = reservation.known(last.max(thrown_away), &skipped);
    // SQLite takes any number for one; no life has given more than it had reserved.
    if newest > reservation.reserved {
        return Err(never_given(newest).into());
    }
    let Onward { head, reservation: next, skips } = reservation.next_life(newest, sizes);
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
        add_skip(change, epoch, &mut skipped, Skip { damaged, ..skip })?;
    }
    Ok(Begun { head, thrown_away, skipped })
}

/// A few are remembered one by one; of more, those become one in which nothing was said, or
/// the oldest is what is too old.
fn add_skip(
    change: &Transaction<'_>,
    epoch: Epoch,
    skipped: &mut Vec<Skip>,
    skip: Skip,
) -> Result<(), StoreError> {
    if skipped.len() >= limits::SKIPS_KEPT_MAX {
        match skipped.last_mut().filter(|before| before.last.next() == skip.first) {
            Some(before) => {
                (before.last, before.far) = (skip.last, skip.far);
                before.damaged |= skip.damaged;
                return keep_skips(change, epoch, &[*before]);
            }
            None => {
                let first = signed(skipped.remove(0).first.0);
                change.prepare_cached(sql::FORGET_SKIP)?.execute([signed(epoch.0), first])?;
            }
        }
    }
    skipped.push(skip);
    keep_skips(change, epoch, &[skip])
}

fn never_given(seq: Seq) -> Error {
    Error::IntegralValueOutOfRange(0, signed(seq.0))
}
