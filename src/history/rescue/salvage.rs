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
//! If the removal of a person has not ended, the new file says so, too, and whoever opens that file
//! goes on with the removal.
//!
//! Owns: the order in which rows are read, and which lines are copied.
//! Must not know: what the operator is told.
//!
//! Part: `history/rescue/mod.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use super::{DamageSeen, salvaged_records::SalvagedRecords};
use crate::base::limits;
use crate::chat::record::{Record, StoredLine};
use crate::history::sqlite_file::btree::{FoundRow, rows};
use crate::history::store::schema::FIRST_WITH_ALL_CHECKSUMS;
use crate::history::store::table_of::{Table, table_of};
use crate::history::store::{Store, StoreError, repair, startup};
use crate::history::{protection_copy::Protection, sqlite_file::DatabasePages};

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
    if let Some(protection) = protection {
        salvaged.agree_with(protection);
    }
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
        let mut salvaged = SalvagedRecords::default();
        let version = self.pages.schema_version();
        salvaged.may_lack_checksums =
            version.is_none_or(|version| version < FIRST_WITH_ALL_CHECKSUMS);
        self.each(|store, found| {
            if let Some(Table::ServerKey(key)) = table_of(&found) {
                startup::write_server_key(store, key)?;
            }
            salvaged.add_row(store, found);
            Ok(())
        })?;
        salvaged.add_people();
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
        let mut missing = BTreeSet::new();
        self.each(|store, found| {
            if let Some(Table::LinesByTime(epoch, seq)) = table_of(&found)
                && salvaged.may_have_given(epoch, seq)
                && !repair::has_line(store, epoch, seq)?
            {
                missing.insert((epoch.0, seq));
            }
            Ok(())
        })?;
        Ok(missing.len() as u64)
    }
}

/// Reads a row as a line of its log. `None`: the row is no line, or not what was written.
fn line_of(store: &Store, found: FoundRow, salvaged: &SalvagedRecords) -> Option<StoredLine> {
    let Some(Table::Lines(epoch)) = table_of(&found) else { return None };
    let without_sum_to = salvaged.without_sum_to(epoch);
    repair::parse_line(store, found.values, &salvaged.log(epoch), without_sum_to)
}
