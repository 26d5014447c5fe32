//! What is asked of the history: everything when a server starts, and later the
//! lines that memory has forgotten.
//!
//! Owns: those questions. Each may wait for the disk.
//! Must not know: who asks, or why.
//!
//! Next: `history/looking.rs`.

use std::sync::Arc;

use rusqlite::{Error, OptionalExtension, params};

use super::looking::Turn;
use super::row::{line, number, person, private_log, room, seq, signed};
use super::sql;
use super::store::{Store, StoreError};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{
    Before, Found, Kept, KeptLine, KeptPerson, KeptPrivateLog, KeptRoom, PastLog, Query, Span,
};
use crate::chat::room_name::RoomName;
use crate::limits;

/// What one question may bring into memory; one line always fits.
#[derive(Clone, Copy)]
pub(super) struct Most {
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

impl Store {
    /// Everything that a hub begins with: of each room the newest `lines_max`
    /// lines. Numbers are reserved for it, before any is given. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn begin(&mut self, lines_max: usize) -> Result<Kept, StoreError> {
        for sql in [sql::RESERVE_FOR_ROOMS, sql::RESERVE_FOR_PRIVATE_LOGS] {
            self.connection.execute(sql, [signed(limits::NUMBERS_RESERVED)])?;
        }
        let rooms = self.rooms()?;
        // As much as the hub would keep of it, and no more: the box is small.
        let most = Most { lines: lines_max, bytes: limits::log_bytes_max(rooms.len()) };
        let mut kept = Kept::default();
        for room in rooms {
            let (epoch, reserved) = (room.epoch, room.reserved);
            kept.rooms.push(self.past(room, epoch, reserved, most)?);
        }
        kept.private = self.begin_private()?;
        kept.people = self.people()?;
        Ok(kept)
    }

    pub(super) fn rooms(&self) -> Result<Vec<KeptRoom>, StoreError> {
        let mut rooms = self.connection.prepare(sql::ROOMS)?;
        Ok(rooms.query_map([], room)?.collect::<Result<_, _>>()?)
    }

    pub(super) fn people(&self) -> Result<Vec<KeptPerson>, StoreError> {
        let mut people = self.connection.prepare(sql::PEOPLE)?;
        Ok(people.query_map([], person)?.collect::<Result<_, _>>()?)
    }

    fn begin_private(&self) -> Result<Vec<PastLog<KeptPrivateLog>>, StoreError> {
        let mut logs = self.connection.prepare(sql::PRIVATE_LOGS)?;
        let logs = logs.query_map([], private_log)?.collect::<Result<Vec<_>, _>>()?;
        let bytes_max = limits::private_log_bytes_max(logs.len());
        let most = Most { lines: limits::PRIVATE_LOG_ENTRIES_MAX, bytes: bytes_max };
        let past = |log: KeptPrivateLog| {
            let (epoch, reserved) = (log.epoch, log.reserved);
            self.past(log, epoch, reserved, most)
        };
        logs.into_iter().map(past).collect()
    }

    /// A log with its newest lines.
    fn past<T>(
        &self,
        kept: T,
        epoch: Epoch,
        reserved: Seq,
        most: Most,
    ) -> Result<PastLog<T>, StoreError> {
        let (lines, older) = self.before(epoch, Seq(u64::MAX), most)?;
        let newest = lines.last().map_or(Seq(0), |line| line.entry.seq);
        // SQLite takes any number for one; we have not given more than we reserved.
        let head = reserved.0.checked_sub(limits::NUMBERS_RESERVED).map(Seq);
        let out_of_range = || Error::IntegralValueOutOfRange(0, signed(newest.0));
        let head = head.ok_or_else(out_of_range)?;
        // It trusts that lines lie in their order, whatever is in them.
        if !lines.is_sorted_by(|one, next| one.entry.seq < next.entry.seq) {
            return Err(out_of_range().into());
        }
        let thrown_away = self.thrown_away(epoch)?;
        if newest.max(thrown_away) > head {
            return Err(out_of_range().into());
        }
        let Some(first) = lines.first().filter(|_| older).map(|line| line.entry.seq) else {
            let (before, nothing) = (Before::Nothing { thrown_away }, Vec::new());
            let (ids, skipped, ids_behind) = (Vec::new(), nothing, thrown_away);
            return Ok(PastLog { kept, head, lines, ids, ids_behind, before, skipped });
        };
        let skipped = self.skipped_before(epoch, first, thrown_away)?;
        // Long lines leave place for few of them in memory; what they were called is short.
        let count = most.lines.saturating_sub(lines.len());
        let (ids, ids_behind) = self.used_ids(epoch, first, count)?;
        Ok(PastLog { kept, head, lines, ids, ids_behind, before: Before::OlderLines, skipped })
    }

    /// Which numbers before the line of this number crashes have skipped, oldest first.
    /// Looks at the first line of each life of the server, not at all of them.
    fn skipped_before(
        &self,
        epoch: Epoch,
        mut first: Seq,
        thrown_away: Seq,
    ) -> Result<Vec<(Seq, Seq)>, StoreError> {
        let mut of_life = self.connection.prepare_cached(sql::FIRST_BETWEEN)?;
        let mut before = self.connection.prepare_cached(sql::LAST_BEFORE)?;
        let mut skipped = Vec::new();
        loop {
            // Lives are further apart than this, and none is as long.
            let from = first.0.saturating_sub(limits::NUMBERS_RESERVED / 2);
            let which = [signed(epoch.0), signed(from), signed(first.0)];
            first = of_life.query_row(which, |row| seq(row, 0))?;
            let which = [signed(epoch.0), signed(first.0)];
            let last: Option<i64> = before.query_row(which, |row| row.get(0))?;
            let last = last.map(|last| Seq(last.cast_unsigned()));
            // Nobody knows any more which of those there were.
            let start = last.unwrap_or_default().max(thrown_away).next();
            if start < first {
                skipped.push((start, Seq(first.0 - 1)));
            }
            let Some(last) = last else { break };
            first = last;
        }
        skipped.reverse();
        Ok(skipped)
    }

    /// Up to which number lines of this log were thrown away.
    fn thrown_away(&self, epoch: Epoch) -> Result<Seq, StoreError> {
        let mut last = self.connection.prepare_cached(sql::THROWN_AWAY_OF)?;
        let last = last.query_row([signed(epoch.0)], |row| seq(row, 0)).optional()?;
        Ok(last.unwrap_or_default())
    }

    /// The lines that are asked for, as far as they are kept; of those that are sought, what this
    /// `turn` has time for. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn find(&self, query: &Query, turn: &mut Turn<'_>) -> Result<Found, StoreError> {
        let most = Most { lines: query.count, bytes: limits::FOUND_BYTES_MAX };
        let (lines, older) = match &query.span {
            Span::From(first) => self.from(query.epoch, *first, most)?,
            Span::Before(before) => self.before(query.epoch, *before, most)?,
            Span::With(sought, before) => {
                return self.with(query, sought, *before, turn);
            }
        };
        let lines = lines.into_iter().map(|line| Arc::clone(&line.entry)).collect();
        Ok(Found { lines, older, ..Found::default() })
    }

    /// Lines from `first` on, oldest first, and whether there are older ones.
    pub(super) fn from(
        &self,
        epoch: Epoch,
        first: Seq,
        most: Most,
    ) -> Result<(Vec<KeptLine>, bool), StoreError> {
        let (lines, _) = self.lines(sql::LINES_FROM, epoch, first, most)?;
        let mut older = self.connection.prepare_cached(sql::HAS_OLDER)?;
        let older = older.query_row(params![signed(epoch.0), place(first)], |row| row.get(0))?;
        Ok((lines, older))
    }

    /// Lines older than `before`, oldest first, and whether there are older ones.
    pub(super) fn before(
        &self,
        epoch: Epoch,
        before: Seq,
        most: Most,
    ) -> Result<(Vec<KeptLine>, bool), StoreError> {
        let (mut lines, older) = self.lines(sql::LINES_BEFORE, epoch, before, most)?;
        lines.reverse();
        Ok((lines, older))
    }

    /// The first of what is found, and whether there is more.
    fn lines(
        &self,
        sql: &str,
        epoch: Epoch,
        seq: Seq,
        most: Most,
    ) -> Result<(Vec<KeptLine>, bool), StoreError> {
        let Some(log) = self.log_name(epoch)? else { return Ok((Vec::new(), false)) };
        let mut rows = self.connection.prepare_cached(sql)?;
        // One more, to know whether there is one.
        let which = params![signed(epoch.0), place(seq), number(most.lines.saturating_add(1))];
        let (mut lines, mut bytes) = (Vec::new(), 0);
        for found in rows.query_map(which, |row| line(row, &log))? {
            let line = found?;
            bytes += line.weight();
            if lines.len() == most.lines || (bytes > most.bytes && !lines.is_empty()) {
                return Ok((lines, true));
            }
            lines.push(line);
        }
        Ok((lines, false))
    }

    pub(super) fn log_name(&self, epoch: Epoch) -> Result<Option<LogName>, StoreError> {
        let mut logs = self.connection.prepare_cached(sql::LOG_NAME)?;
        let name: Option<Option<String>> =
            logs.query_row([signed(epoch.0)], |row| row.get(0)).optional()?;
        let log = |name: String| LogName::Room(RoomName::kept(&name));
        Ok(name.map(|name| name.map_or(LogName::Private, log)))
    }
}

/// A place in a log, which somebody else may have chosen: any number.
pub(super) fn place(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
