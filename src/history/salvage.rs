//! What can still be read of a damaged history, taken over into a new one.
//!
//! Page after page, each by itself: a page that is broken costs what is on it and nothing
//! else. First rooms, people and logs, then the lines of those.
//!
//! Where a lock cannot be read, the second file (`history/access.rs`) has it; where that is
//! gone, too, what is known by its name stays closed.
//!
//! Owns: which row is which, by its values: SQLite's own list of tables may be gone.
//! Must not know: who is told.
//!
//! Next: `history/salvage/doors.rs`.

pub(super) mod doors;

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use self::doors::Doors;
use super::access::Access;
use super::cells::{Found, rows};
use super::pages::Pages;
use super::row::{SUM_COLUMN, person, private_log, room, signed, skip, whole_line};
use super::schema::FIRST_WITH_ALL_SUMS;
use super::sql;
use super::store::{Store, StoreError};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::{Reservation, Skip};
use crate::chat::record::{KeptLine, KeptRoom, Record};
use crate::chat::room_name::RoomName;
use crate::chat::token::random;
use crate::limits;

/// When a history is found damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Nobody knows more than the two files.
    Start,
    /// The hub knows everything but old lines, and says it again.
    Running,
}

/// What was taken over, and what not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rescued {
    pub(super) rooms: usize,
    pub(super) people: usize,
    pub(super) lines: u64,
    /// Lines that were there and are not any more, as far as anything says so.
    pub(super) lost: u64,
    /// Lines that can be read, of logs of which nothing else is known.
    pub(super) homeless: u64,
    /// Rooms and names whose locks nobody knows.
    pub(super) sealed: usize,
}

/// A damaged file as it is read, and the new one.
struct Salvage<'a> {
    pages: Pages,
    into: &'a mut Store,
}

/// Takes over what can be read, into a new history; with the second file, if that could be
/// read. Blocks for the disk.
///
/// # Errors
/// The new one cannot be written, or there is no old one.
pub(super) fn salvage(
    from: &Path,
    into: &mut Store,
    access: Option<&Access>,
    when: When,
) -> Result<Rescued, StoreError> {
    let unreadable = |_| StoreError::from(rusqlite::Error::InvalidPath(from.into()));
    let pages = Pages::open(from).map_err(unreadable)?;
    let mut salvage = Salvage { pages, into };
    let mut doors = salvage.doors()?;
    access.into_iter().for_each(|access| doors.agree_with(access));
    if when == When::Start {
        doors.seal_rooms();
    }
    let mut rescued = Rescued::default();
    salvage.into.keep(&doors.records())?;
    salvage.lines(&mut doors, &mut rescued)?;
    if when == When::Start && access.is_none() {
        salvage.into.keep(&doors.sealed_names())?;
    }
    rescued.lost = salvage.missing(&doors)?;
    salvage.into.take_back_again()?;
    salvage.into.go_on(&doors, when)?;
    (rescued.rooms, rescued.people) = (doors.rooms(), doors.people.len());
    rescued.sealed = doors.sealed;
    Ok(rescued)
}

impl Salvage<'_> {
    /// Every row of the pages that are in use.
    fn each(
        &mut self,
        mut row: impl FnMut(&mut Store, Found) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for number in self.pages.numbers() {
            if !self.pages.is_in_use(number) {
                continue;
            }
            let Some(page) = self.pages.read(number) else { continue };
            for found in rows(&mut self.pages, number, &page) {
                row(self.into, found)?;
            }
        }
        Ok(())
    }

    fn doors(&mut self) -> Result<Doors, StoreError> {
        use Value::{Blob, Integer, Text};
        let mut doors = Doors::default();
        let form = self.pages.form();
        doors.may_lack_sums = form.is_none_or(|form| form < FIRST_WITH_ALL_SUMS);
        self.each(|store, Found { is_of_index, values }| {
            match (is_of_index, &values[..]) {
                (true, [Text(name), Integer(epoch)]) => {
                    doors.has_room(name, Epoch(epoch.cast_unsigned()));
                }
                (false, [Integer(_), Text(_), Integer(_), Text(_), Integer(_), _, _, ..]) => {
                    let it = store.read_as(sql::AS_ROOM, values, room);
                    it.into_iter().for_each(|it| doors.add_room(it));
                }
                (false, [Integer(_), Text(_), Blob(_), _, _, ..]) => {
                    let it = store.read_as(sql::AS_PERSON, values, person);
                    it.into_iter().for_each(|it| doors.add_person(it));
                }
                (
                    false,
                    [Integer(_), Integer(_), Integer(_)]
                    | [Integer(_), Integer(_), Integer(_), _, _, _, _],
                ) => {
                    let it = store.read_as(sql::AS_PRIVATE_LOG, values, private_log);
                    it.into_iter().for_each(|it| doors.add_private_log(it));
                }
                (
                    true,
                    [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_)]
                    | [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_), Integer(_)],
                ) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    let it = store.read_as(sql::AS_SKIP, values, skip);
                    it.into_iter().for_each(|it| doors.add_skip(epoch, it));
                }
                (true, [Text(what), Blob(key)]) if what == "addresses" => {
                    let key = <[u8; 8]>::try_from(&key[..]).ok().map(u64::from_le_bytes);
                    key.map_or(Ok(()), |key| store.keep_address_key(key))?;
                }
                (false, [Integer(epoch), Integer(seq)]) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    doors.add_thrown_away(epoch, Seq(seq.cast_unsigned()));
                }
                (false, [Integer(epoch), Integer(seq), Text(_)])
                | (true, [Text(_), Integer(seq), Integer(epoch)]) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    doors.add_without_sum(epoch, Seq(seq.cast_unsigned()));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(doors)
    }

    fn lines(&mut self, doors: &mut Doors, rescued: &mut Rescued) -> Result<(), StoreError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        self.each(|store, found| {
            let Some(line) = line_of(store, found, doors) else { return Ok(()) };
            if !doors.has_said(&line) {
                rescued.homeless += 1;
                return Ok(());
            }
            rescued.lines += 1;
            bytes += line.weight();
            batch.push(Record::Line(line));
            if batch.len() >= limits::BATCH_RECORDS_MAX || bytes > limits::BATCH_BYTES_MAX {
                store.keep(&batch)?;
                batch.clear();
                bytes = 0;
            }
            Ok(())
        })?;
        self.into.keep(&batch)
    }

    /// How many lines the index by time still has that are not taken over.
    fn missing(&mut self, doors: &Doors) -> Result<u64, StoreError> {
        use Value::Integer;
        let mut missing = BTreeSet::new();
        self.each(|store, Found { is_of_index, values }| {
            // The index of edits has three numbers, too, the log's first.
            if let (true, [Integer(_), Integer(epoch), Integer(seq)]) = (is_of_index, &values[..])
                && doors.may_have_given(Epoch(epoch.cast_unsigned()), Seq(seq.cast_unsigned()))
                && !store.has_line(*epoch, *seq)?
            {
                missing.insert((*epoch, *seq));
            }
            Ok(())
        })?;
        Ok(missing.len() as u64)
    }
}

/// A line, if this is one.
fn line_of(store: &Store, found: Found, doors: &Doors) -> Option<KeptLine> {
    let Found { is_of_index, values } = found;
    let Some(Value::Integer(epoch)) = values.first().filter(|_| is_of_index) else { return None };
    // One of an older form ends before its sum.
    if values.len() < limits::RESCUED_LINE_COLUMNS || values.get(SUM_COLUMN) == Some(&Value::Null) {
        return None;
    }
    let epoch = Epoch(epoch.cast_unsigned());
    let log = doors.log(epoch);
    let without_sum_to = doors.without_sum_to(epoch);
    store.read_as(sql::AS_LINE, values, |row| whole_line(row, &log, without_sum_to))
}

impl Store {
    /// A row that SQLite has not read itself, as if it had; `None` if it never wrote it.
    fn read_as<T>(
        &self,
        sql: &str,
        mut values: Vec<Value>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let mut row = self.connection.prepare_cached(sql).ok()?;
        // One of an older form ends before the last column.
        values.resize(row.parameter_count(), Value::Null);
        row.query_row(params_from_iter(values), read).ok()
    }

    fn has_line(&self, epoch: i64, seq: i64) -> Result<bool, StoreError> {
        let mut line = self.connection.prepare_cached(sql::HAS_LINE_BETWEEN)?;
        Ok(line.query_row([epoch, seq, seq], |row| row.get(0))?)
    }

    /// A page may be older than another: what was edited or deleted is it again.
    fn take_back_again(&mut self) -> Result<(), StoreError> {
        let change = self.connection.transaction()?;
        change.execute(sql::EDIT_AGAIN, [])?;
        change.execute(sql::DELETE_AGAIN, [])?;
        Ok(change.commit()?)
    }

    /// Each log goes on behind its last number, or under a new epoch.
    fn go_on(&mut self, doors: &Doors, when: When) -> Result<(), StoreError> {
        let logs = doors.renewed(when == When::Start).map_err(no_luck)?;
        let change = self.connection.transaction()?;
        for (old, new, _) in &logs {
            if old != new {
                change.execute(sql::MOVE_LINES, [signed(old.0), signed(new.0)])?;
                change.execute(sql::FORGET_ROOM, [signed(old.0)])?;
                change.execute(sql::FORGET_PRIVATE_LOG, [signed(old.0)])?;
            }
            if let Some(last) = doors.thrown_away(*old) {
                change.execute(sql::NOTE_THROWN_AWAY, [signed(new.0), signed(last.0)])?;
            }
        }
        change.commit()?;
        self.keep(&logs.into_iter().map(|(.., record)| record).collect::<Vec<_>>())
    }

    /// What the second file says is closed, and the history does not have, is closed again;
    /// how many rooms and names that is. Blocks for the disk.
    ///
    /// # Errors
    /// Nothing has changed for some of them.
    pub(super) fn close_again(&mut self, access: &Access) -> Result<usize, StoreError> {
        let (rooms, people) = (self.rooms()?, self.people()?);
        let (rooms, people) = access.absent_from(&rooms, &people);
        let count = rooms.len() + people.len();
        self.keep(&people.into_iter().map(Record::Person).collect::<Vec<_>>())?;
        for room in rooms {
            // How many numbers it has given nobody knows.
            let epoch = Epoch(u64::from_ne_bytes(random().map_err(no_luck)?));
            let which = [signed(room.epoch.0), signed(epoch.0)];
            self.connection.execute(sql::MOVE_LINES, which)?;
            let last = self
                .connection
                .query_row(sql::LAST_OF, [which[1]], |row| row.get::<_, Option<i64>>(0))?;
            let skips = Vec::from_iter(last.is_none().then_some(Skip::ALL));
            let last = Seq(last.map_or(1, i64::cast_unsigned));
            let reservation = Reservation::closed(last);
            self.keep(&[Record::Room(KeptRoom { epoch, reservation, skips, ..room })])?;
        }
        Ok(count)
    }

    /// All that a damaged or lost history had of some rooms is lost: whoever looks at the lobby, or at a room
    /// of the second file, is to be told so. Blocks for the disk.
    ///
    /// # Errors
    /// Some of them are not there.
    pub(super) fn note_lost_rooms(&mut self, access: Option<&Access>) -> Result<(), StoreError> {
        let there = self.rooms()?;
        let lobby = KeptRoom {
            name: RoomName::lobby(),
            epoch: Epoch(0),
            reservation: Reservation::closed(Seq(1)),
            skips: Vec::new(),
            topic: String::new(),
            hidden: false,
            password: None,
            maker: None,
            address: None,
        };
        let known: Vec<_> = access.into_iter().flat_map(Access::rooms).collect();
        let has_lobby = known.iter().any(|room| room.name == lobby.name);
        for room in known.into_iter().chain((!has_lobby).then_some(lobby)) {
            if there.iter().any(|its| its.name == room.name) {
                continue;
            }
            let epoch = Epoch(u64::from_ne_bytes(random().map_err(no_luck)?));
            let skips = vec![Skip::ALL];
            self.keep(&[Record::Room(KeptRoom { epoch, skips, ..room })])?;
        }
        Ok(())
    }

    /// The host opens what was closed only because nobody knew its lock. Blocks for the disk.
    ///
    /// # Errors
    /// All is as it was.
    pub(super) fn unseal(&mut self) -> Result<usize, StoreError> {
        let change = self.connection.transaction()?;
        let rooms = change.execute(sql::UNSEAL_ROOMS, [])?;
        let people = change.execute(sql::UNSEAL_PEOPLE, [])?;
        change.commit()?;
        Ok(rooms + people)
    }
}

/// The system has no randomness to give.
pub(super) fn no_luck(_: std::io::Error) -> StoreError {
    StoreError::from(rusqlite::Error::QueryReturnedNoRows)
}
