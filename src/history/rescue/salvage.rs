//! Rescues what can still be read of a damaged history into a new one.
//!
//! It reads page after page, each by itself, so a broken page loses only the rows that have bytes
//! in it. It reads rooms, people and logs first, and then the lines of those logs.
//!
//! If the password of a room or the secret of a name cannot be read, it is taken from the
//! protection copy. If the server starts and that copy is lost, too, a room or a name that the
//! damaged file still mentions stays closed: nobody can enter or take it until the operator opens
//! it (`--unseal`).
//!
//! Owns: how the table of a row is recognized by its values, because SQLite's own list of tables
//! may be lost.
//! Must not know: what the operator is told.
//!
//! Part: `history/rescue/mod.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::types::Value;

use super::DamageSeen;
use super::salvaged_records::SalvagedRecords;
use crate::base::limits;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{Record, StoredLine};
use crate::history::integrity::line_checksum::CHECKSUM_COLUMN;
use crate::history::integrity::page_check::RESCUED_LINE_COLUMNS;
use crate::history::protection_copy::Protection;
use crate::history::sqlite_file::DatabasePages;
use crate::history::sqlite_file::btree::{FoundRow, rows};
use crate::history::store::schema::FIRST_WITH_ALL_CHECKSUMS;
use crate::history::store::{Store, StoreError, repair, startup};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rescued {
    pub(super) rooms: usize,
    pub(super) people: usize,
    pub(super) lines: u64,
    /// How many lines the index of lines by time lists, although they could not be rescued. At
    /// least so many lines are lost.
    pub(super) lost: u64,
    /// How many lines were read but not rescued, because their room or private log is unknown, or
    /// cannot have used their number.
    pub(super) lines_without_room: u64,
    /// How many rooms and names stay closed, because their password or secret is lost.
    pub(super) sealed: usize,
}

struct Salvage<'a> {
    pages: DatabasePages,
    into: &'a mut Store,
}

/// Copies what can be read of the damaged file `from` into the new history `into`. `protection` is
/// the content of the protection copy; `None`: there is none, or it could not be read. Blocks for
/// the disk.
///
/// # Errors
/// The new file cannot be written or read, the damaged one cannot be opened, or the system returns
/// no random bytes.
pub(super) fn salvage(
    from: &Path,
    into: &mut Store,
    protection: Option<&Protection>,
    when: DamageSeen,
) -> Result<Rescued, StoreError> {
    let unreadable = |_| StoreError::from(rusqlite::Error::InvalidPath(from.into()));
    let pages = DatabasePages::open(from).map_err(unreadable)?;
    let mut salvage = Salvage { pages, into };
    let mut salvaged = salvage.records()?;
    protection.into_iter().for_each(|protection| salvaged.agree_with(protection));
    if when == DamageSeen::Start {
        salvaged.seal_rooms();
    }
    let mut rescued = Rescued::default();
    salvage.into.write(&salvaged.records())?;
    salvage.lines(&mut salvaged, &mut rescued)?;
    if when == DamageSeen::Start && protection.is_none() {
        salvage.into.write(&salvaged.sealed_names())?;
    }
    rescued.lost = salvage.missing(&salvaged)?;
    repair::apply_changes_again(salvage.into)?;
    repair::continue_logs(salvage.into, salvaged.continued(when == DamageSeen::Start)?)?;
    (rescued.rooms, rescued.people) = (salvaged.rooms(), salvaged.people.len());
    rescued.sealed = salvaged.sealed;
    Ok(rescued)
}

impl Salvage<'_> {
    fn each(
        &mut self,
        mut row: impl FnMut(&mut Store, FoundRow) -> Result<(), StoreError>,
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

    fn records(&mut self) -> Result<SalvagedRecords, StoreError> {
        use Value::{Blob, Integer, Text};
        let mut salvaged = SalvagedRecords::default();
        let version = self.pages.schema_version();
        salvaged.may_lack_checksums =
            version.is_none_or(|version| version < FIRST_WITH_ALL_CHECKSUMS);
        self.each(|store, FoundRow { is_of_index, values }| {
            match (is_of_index, &values[..]) {
                (true, [Text(name), Integer(epoch)]) => {
                    salvaged.note_room(name, Epoch(epoch.cast_unsigned()));
                }
                (false, [Integer(_), Text(_), Integer(_), Text(_), Integer(_), _, _, ..]) => {
                    repair::parse_room(store, values).into_iter().for_each(|it| salvaged.add_room(it));
                }
                (false, [Integer(_), Text(_), Blob(_), _, _, ..]) => {
                    repair::parse_person(store, values).into_iter().for_each(|it| salvaged.add_person(it));
                }
                (
                    false,
                    [Integer(_), Integer(_), Integer(_)]
                    | [Integer(_), Integer(_), Integer(_), _, _, _, _],
                ) => {
                    let it = repair::parse_private_log(store, values);
                    it.into_iter().for_each(|it| salvaged.add_private_log(it));
                }
                (
                    true,
                    [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_)]
                    | [Integer(epoch), Integer(_), Integer(_), Value::Null | Integer(_), Integer(_)],
                ) => {
                    let epoch = Epoch(epoch.cast_unsigned());
                    let it = repair::parse_skip(store, values);
                    it.into_iter().for_each(|it| salvaged.add_skip(epoch, it));
                }
                (true, [Text(what), Blob(key)]) if what == "addresses" => {
                    let key = <[u8; 8]>::try_from(&key[..]).ok().map(u64::from_le_bytes);
                    key.map_or(Ok(()), |key| startup::write_network_key(store, key))?;
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
        salvaged: &mut SalvagedRecords,
        rescued: &mut Rescued,
    ) -> Result<(), StoreError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        self.each(|store, found| {
            let Some(line) = line_of(store, found, salvaged) else { return Ok(()) };
            if !salvaged.note_line(&line) {
                rescued.lines_without_room += 1;
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

    /// Returns how many lines the index of lines by time lists although the new history does not
    /// have them. An entry is not counted if its log is unknown, or if the log cannot have used its
    /// number.
    fn missing(&mut self, salvaged: &SalvagedRecords) -> Result<u64, StoreError> {
        use Value::Integer;
        let mut missing = BTreeSet::new();
        self.each(|store, FoundRow { is_of_index, values }| {
            // A row of three numbers, the second of them an epoch, is of the index of lines by
            // their time: time, epoch, number. The index of edits also has three numbers, but its
            // first one is the epoch.
            if let (true, [Integer(_), Integer(epoch), Integer(seq)]) = (is_of_index, &values[..])
                && salvaged.may_have_given(Epoch(epoch.cast_unsigned()), Seq(seq.cast_unsigned()))
                && !repair::has_line(store, *epoch, *seq)?
            {
                missing.insert((*epoch, *seq));
            }
            Ok(())
        })?;
        Ok(missing.len() as u64)
    }
}

fn line_of(store: &Store, found: FoundRow, salvaged: &SalvagedRecords) -> Option<StoredLine> {
    let FoundRow { is_of_index, values } = found;
    let Some(Value::Integer(epoch)) = values.first().filter(|_| is_of_index) else { return None };
    // A line of an older schema ends before the column for the checksum. So a row that has this
    // column, but with `Null` in it, is no line that was written.
    if values.len() < RESCUED_LINE_COLUMNS || values.get(CHECKSUM_COLUMN) == Some(&Value::Null) {
        return None;
    }
    let epoch = Epoch(epoch.cast_unsigned());
    repair::parse_line(store, values, &salvaged.log(epoch), salvaged.without_sum_to(epoch))
}
