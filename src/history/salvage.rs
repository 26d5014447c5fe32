//! Rescues what can still be read of a damaged history into a new one.
//!
//! It reads page after page, each by itself, so a broken page loses only its own rows. It reads
//! rooms, people and logs first, and then the lines of those logs.
//!
//! If the password of a room or the secret of a name cannot be read, the access file
//! (`history/access.rs`) has it. If the access file is lost, too, nobody can enter the room or take
//! the name until the operator opens it (`--unseal`).
//!
//! Owns: how the table of a row is recognized by its values, because SQLite's own list of tables
//! may be lost.
//! Must not know: what the operator is told.
//!
//! Part: `history/mod.rs`.

pub(super) mod access;

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use self::access::SalvagedAccess;
use super::access::Access;
use super::cells::{FoundCell, rows};
use super::pages::DatabasePages;
use super::row::{CHECKSUM_COLUMN, person, private_log, room, signed, skip, whole_line};
use super::schema::FIRST_WITH_ALL_CHECKSUMS;
use super::sql;
use super::store::{Store, StoreError};
use crate::base::limits;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{Record, StoredLine, StoredRoom};
use crate::chat::room_name::RoomName;
use crate::chat::token::random;

/// When the damage was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DamageSeen {
    /// At the start of the server: it knows no more than what the damaged file and the access file
    /// say.
    Start,
    /// While the server runs: the hub knows everything except old lines, and sends what it knows
    /// again.
    Running,
}

/// The result of a rescue: how much was rescued, and how much was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rescued {
    pub(super) rooms: usize,
    pub(super) people: usize,
    pub(super) lines: u64,
    /// Lines that an index still lists but that cannot be read: a lower bound of the loss.
    pub(super) lost: u64,
    /// Lines that can be read but whose log is unknown.
    pub(super) homeless: u64,
    /// Rooms and names that stay closed, because their password or secret is lost.
    pub(super) sealed: usize,
}

/// The damaged file, and the new one.
struct Salvage<'a> {
    pages: DatabasePages,
    into: &'a mut Store,
}

/// Copies what can be read of the damaged file `from` into the new history `into`. `access` is the
/// content of the access file; `None`: that could not be read. Blocks for the disk.
///
/// # Errors
/// The new file cannot be written, or the damaged one cannot be opened.
pub(super) fn salvage(
    from: &Path,
    into: &mut Store,
    access: Option<&Access>,
    when: DamageSeen,
) -> Result<Rescued, StoreError> {
    let unreadable = |_| StoreError::from(rusqlite::Error::InvalidPath(from.into()));
    let pages = DatabasePages::open(from).map_err(unreadable)?;
    let mut salvage = Salvage { pages, into };
    let mut salvaged = salvage.read_access()?;
    access.into_iter().for_each(|access| salvaged.agree_with(access));
    if when == DamageSeen::Start {
        salvaged.seal_rooms();
    }
    let mut rescued = Rescued::default();
    salvage.into.write(&salvaged.records())?;
    salvage.lines(&mut salvaged, &mut rescued)?;
    if when == DamageSeen::Start && access.is_none() {
        salvage.into.write(&salvaged.sealed_names())?;
    }
    rescued.lost = salvage.missing(&salvaged)?;
    salvage.into.take_back_again()?;
    salvage.into.go_on(&salvaged, when)?;
    (rescued.rooms, rescued.people) = (salvaged.rooms(), salvaged.people.len());
    rescued.sealed = salvaged.sealed;
    Ok(rescued)
}

impl Salvage<'_> {
    /// Calls `row` with every row of the pages that are in use.
    fn each(
        &mut self,
        mut row: impl FnMut(&mut Store, FoundCell) -> Result<(), StoreError>,
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

    fn read_access(&mut self) -> Result<SalvagedAccess, StoreError> {
        use Value::{Blob, Integer, Text};
        let mut salvaged = SalvagedAccess::default();
        let version = self.pages.schema_version();
        salvaged.may_lack_checksums =
            version.is_none_or(|version| version < FIRST_WITH_ALL_CHECKSUMS);
        self.each(|store, FoundCell { is_of_index, values }| {
            match (is_of_index, &values[..]) {
                (true, [Text(name), Integer(epoch)]) => {
                    salvaged.note_room(name, Epoch(epoch.cast_unsigned()));
                }
                (false, [Integer(_), Text(_), Integer(_), Text(_), Integer(_), _, _, ..]) => {
                    let it = store.read_as(sql::AS_ROOM, values, room);
                    it.into_iter().for_each(|it| salvaged.add_room(it));
                }
                (false, [Integer(_), Text(_), Blob(_), _, _, ..]) => {
                    let it = store.read_as(sql::AS_PERSON, values, person);
                    it.into_iter().for_each(|it| salvaged.add_person(it));
                }
                (
                    false,
                    [Integer(_), Integer(_), Integer(_)]
                    | [Integer(_), Integer(_), Integer(_), _, _, _, _],
                ) => {
                    let it = store.read_as(sql::AS_PRIVATE_LOG, values, private_log);
                    it.into_iter().for_each(|it| salvaged.add_private_log(it));
                }
                (
                    true,
                    [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_)]
                    | [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_), Integer(_)],
                ) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    let it = store.read_as(sql::AS_SKIP, values, skip);
                    it.into_iter().for_each(|it| salvaged.add_skip(epoch, it));
                }
                (true, [Text(what), Blob(key)]) if what == "addresses" => {
                    let key = <[u8; 8]>::try_from(&key[..]).ok().map(u64::from_le_bytes);
                    key.map_or(Ok(()), |key| store.write_address_key(key))?;
                }
                (false, [Integer(epoch), Integer(seq)]) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    salvaged.add_thrown_away(epoch, Seq(seq.cast_unsigned()));
                }
                (false, [Integer(epoch), Integer(seq), Text(_)])
                | (true, [Text(_), Integer(seq), Integer(epoch)]) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    salvaged.add_without_sum(epoch, Seq(seq.cast_unsigned()));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(salvaged)
    }

    fn lines(
        &mut self,
        salvaged: &mut SalvagedAccess,
        rescued: &mut Rescued,
    ) -> Result<(), StoreError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        self.each(|store, found| {
            let Some(line) = line_of(store, found, salvaged) else { return Ok(()) };
            if !salvaged.has_said(&line) {
                rescued.homeless += 1;
                return Ok(());
            }
            rescued.lines += 1;
            bytes += line.weight();
            batch.push(Record::Line(line));
            if batch.len() >= limits::BATCH_RECORDS_MAX || bytes > limits::BATCH_BYTES_MAX {
                store.write(&batch)?;
                batch.clear();
                bytes = 0;
            }
            Ok(())
        })?;
        self.into.write(&batch)
    }

    /// Returns how many lines were not rescued although the index of lines by their time lists
    /// them.
    fn missing(&mut self, salvaged: &SalvagedAccess) -> Result<u64, StoreError> {
        use Value::Integer;
        let mut missing = BTreeSet::new();
        self.each(|store, FoundCell { is_of_index, values }| {
            // This is the index of lines by their time: time, epoch, number. The index of edits
            // also has three numbers, but begins with the epoch, so its second number is not an
            // epoch.
            if let (true, [Integer(_), Integer(epoch), Integer(seq)]) = (is_of_index, &values[..])
                && salvaged.may_have_given(Epoch(epoch.cast_unsigned()), Seq(seq.cast_unsigned()))
                && !store.has_line(*epoch, *seq)?
            {
                missing.insert((*epoch, *seq));
            }
            Ok(())
        })?;
        Ok(missing.len() as u64)
    }
}

/// Reads a row as a line; `None`: it is no line, or it is not what was written.
fn line_of(store: &Store, found: FoundCell, salvaged: &SalvagedAccess) -> Option<StoredLine> {
    let FoundCell { is_of_index, values } = found;
    let Some(Value::Integer(epoch)) = values.first().filter(|_| is_of_index) else { return None };
    // A line of an older schema has no column for the checksum.
    if values.len() < limits::RESCUED_LINE_COLUMNS
        || values.get(CHECKSUM_COLUMN) == Some(&Value::Null)
    {
        return None;
    }
    let epoch = Epoch(epoch.cast_unsigned());
    let log = salvaged.log(epoch);
    let without_sum_to = salvaged.without_sum_to(epoch);
    store.read_as(sql::AS_LINE, values, |row| whole_line(row, &log, without_sum_to))
}

impl Store {
    /// Passes `values`, which were read from the damaged file without SQLite, through SQLite as one
    /// row, and reads that row with `read`. `None`: this server could not have written the row.
    fn read_as<T>(
        &self,
        sql: &str,
        mut values: Vec<Value>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let mut row = self.connection.prepare_cached(sql).ok()?;
        // A row of an older schema ends before the last column.
        values.resize(row.parameter_count(), Value::Null);
        row.query_row(params_from_iter(values), read).ok()
    }

    fn has_line(&self, epoch: i64, seq: i64) -> Result<bool, StoreError> {
        let mut line = self.connection.prepare_cached(sql::HAS_LINE_BETWEEN)?;
        Ok(line.query_row([epoch, seq, seq], |row| row.get(0))?)
    }

    /// Applies all rescued edits and deletions again, because the page of the original line may be
    /// an older version.
    fn take_back_again(&mut self) -> Result<(), StoreError> {
        let change = self.connection.transaction()?;
        change.execute(sql::EDIT_AGAIN, [])?;
        change.execute(sql::DELETE_AGAIN, [])?;
        Ok(change.commit()?)
    }

    /// Lets each log continue after its last number. But if the server has just started and does
    /// not know which numbers a log has used, the log gets a new epoch.
    fn go_on(&mut self, salvaged: &SalvagedAccess, when: DamageSeen) -> Result<(), StoreError> {
        let logs = salvaged.renewed(when == DamageSeen::Start).map_err(no_luck)?;
        let change = self.connection.transaction()?;
        for (old, new, _) in &logs {
            if old != new {
                change.execute(sql::MOVE_LINES, [signed(old.0), signed(new.0)])?;
                change.execute(sql::FORGET_ROOM, [signed(old.0)])?;
                change.execute(sql::FORGET_PRIVATE_LOG, [signed(old.0)])?;
            }
            if let Some(last) = salvaged.thrown_away(*old) {
                change.execute(sql::NOTE_THROWN_AWAY, [signed(new.0), signed(last.0)])?;
            }
        }
        change.commit()?;
        self.write(&logs.into_iter().map(|(.., record)| record).collect::<Vec<_>>())
    }

    /// Adds what only the access file has: rooms that are hidden or have a password, and names with
    /// a secret. Returns how many these are. Blocks for the disk.
    ///
    /// # Errors
    /// Some of these rooms and names may not have been added.
    pub(super) fn close_again(&mut self, access: &Access) -> Result<usize, StoreError> {
        let (rooms, people) = (self.rooms()?, self.people()?);
        let (rooms, people) = access.absent_from(&rooms, &people);
        let count = rooms.len() + people.len();
        self.write(&people.into_iter().map(Record::Person).collect::<Vec<_>>())?;
        for room in rooms {
            // A new epoch, because it is unknown which numbers the room has used.
            let epoch = Epoch(u64::from_ne_bytes(random().map_err(no_luck)?));
            let which = [signed(room.epoch.0), signed(epoch.0)];
            self.connection.execute(sql::MOVE_LINES, which)?;
            let last = self
                .connection
                .query_row(sql::LAST_OF, [which[1]], |row| row.get::<_, Option<i64>>(0))?;
            let skips = Vec::from_iter(last.is_none().then_some(SkipRange::ALL));
            let last = Seq(last.map_or(1, i64::cast_unsigned));
            let reservation = Reservation::closed(last);
            self.write(&[Record::Room(StoredRoom { epoch, reservation, skips, ..room })])?;
        }
        Ok(count)
    }

    /// After all lines were lost, adds the missing rooms of the access file and the lobby, with a
    /// note that their lines are lost. So people who open them see that note. Blocks for the disk.
    ///
    /// # Errors
    /// Some of these rooms may not have been added.
    pub(super) fn note_lost_rooms(&mut self, access: Option<&Access>) -> Result<(), StoreError> {
        let there = self.rooms()?;
        let lobby = StoredRoom {
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
            let skips = vec![SkipRange::ALL];
            self.write(&[Record::Room(StoredRoom { epoch, skips, ..room })])?;
        }
        Ok(())
    }

    /// Opens what was closed only because its password or secret was lost (`--unseal`). Returns how
    /// many rooms and names that is. Blocks for the disk.
    ///
    /// # Errors
    /// Nothing has changed.
    pub(super) fn unseal(&mut self) -> Result<usize, StoreError> {
        let change = self.connection.transaction()?;
        let rooms = change.execute(sql::UNSEAL_ROOMS, [])?;
        let people = change.execute(sql::UNSEAL_PEOPLE, [])?;
        change.commit()?;
        Ok(rooms + people)
    }
}

/// Makes the error for a system that returns no random bytes.
pub(super) fn no_luck(_: std::io::Error) -> StoreError {
    StoreError::from(rusqlite::Error::QueryReturnedNoRows)
}
