//! The store: one SQLite file with everything that the server stores, except the protection copy.
//!
//! Owns: the file, and when it is safe from a power cut. Each call may wait for the disk. So while
//! the server runs, only the thread `history` makes one.
//! Must not know: why something is stored, and which client receives it.
//!
//! `Store` opens the file, makes it safe, and stores a batch. The other files have functions that
//! take the store: `reading.rs` and `search.rs` (queries of the hub), `startup.rs` (what a server
//! begins with), `repair.rs` (after damage). `writing.rs` has what each record of a batch changes.
//! `statements.rs` has the SQL statements, except the `PRAGMA`s, which stand where they are run,
//! and what `schema.rs` needs to make and to convert the tables. `row.rs` turns a row into a value,
//! and `table_of.rs` says of which table a row is.
//! `retention.rs` deletes old lines, `removal.rs` those of people who have left for good, and
//! `archive.rs` reads the file for an export.
//!
//! Part: `history/mod.rs`.

pub mod archive;
pub(crate) mod reading;
pub(crate) mod removal;
pub(crate) mod repair;
pub(crate) mod retention;
mod row;
mod rules;
pub(crate) mod schema;
pub(crate) mod search;
pub(crate) mod startup;
mod statements;
pub(crate) mod table_of;
mod writing;

#[cfg(test)]
pub(crate) mod tests;

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use self::removal::Removals;
use self::row::signed;
use self::statements as sql;
use self::writing::write_record;
use crate::base::limits;
use crate::chat::entry::UnixMillis;
use crate::chat::{config::Flush, record::Record, token::random};
use crate::history::integrity::line_checksum::register_line_checksum;
pub(crate) use repair::ContinuedLog;
pub(crate) use row::InLog;
pub(crate) use search::SearchTurn;

/// How long the history waits for its file while another program locks it. After that, it fails to
/// write its batch. The hub later gives it the batch again.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
const STORE_CACHE_KIB: i64 = 512;
/// After SQLite has emptied its write-ahead log, the log's file has at most this many bytes.
const STORE_WAL_BYTES: i64 = 1024 * 1024;

/// Why the history's file cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file does not have our mark; or it has a format or a schema version that this program
    /// does not know, and that a newer Threadbare can hardly have written.
    #[error("this file is no history of ours")]
    NotOurs,
    /// The file was written by a newer Threadbare.
    #[error(
        "this history was written by a newer threadbare (form {found}, this one knows {newest}); \
         use that one, or give --data another folder"
    )]
    Newer {
        /// The schema version of the file.
        found: i32,
        /// The newest schema version that this program knows.
        newest: i32,
    },
    /// The file is empty or gone, but its write-ahead log has content.
    #[error("the file is empty, and its log of changes is not")]
    Emptied,
    /// Our own checks, not SQLite, found that the file was changed or spoiled. The value says what
    /// was found.
    #[error("{0}: the disk or another program has changed it")]
    Overwritten(&'static str),
    /// The kernel gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    NoRandomBytes(std::io::Error),
    /// An error of SQLite, or a value in the file that cannot be what was written.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

impl StoreError {
    /// Returns whether SQLite has reported that the file is corrupt or no database, or our own
    /// checks have found that it was emptied, changed or spoiled.
    pub(crate) fn is_corruption(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let Self::Sql(error) = self else {
            return matches!(self, Self::Emptied | Self::Overwritten(_));
        };
        matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
    }

    /// Returns whether there was no space for what was written: the disk is full, or the history's
    /// file has its largest size.
    pub(crate) fn is_full_disk(&self) -> bool {
        use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_SHMSIZE};
        let Self::Sql(rusqlite::Error::SqliteFailure(error, _)) = self else { return false };
        matches!(error.extended_code, SQLITE_FULL | SQLITE_IOERR_SHMSIZE)
    }

    /// Returns whether the server treats this error as damage of the file, so that trying again
    /// cannot help. Errors that come from the disk, from the system, from another program or from a
    /// newer Threadbare are not damage.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, NoLargeFileSupport,
            OperationInterrupted, OutOfMemory, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(error, _)) => !matches!(
                error.code,
                CannotOpen
                    | DatabaseBusy
                    | DatabaseLocked
                    | DiskFull
                    | NoLargeFileSupport
                    | OperationInterrupted
                    | OutOfMemory
                    | PermissionDenied
                    | ReadOnly
                    | SystemIoFailure
            ),
            Self::Sql(_) => true,
            // If the mark is wrong, the file is damaged: it has the name of our history, so it is
            // no file of another program.
            Self::NotOurs | Self::Emptied | Self::Overwritten(_) => true,
            Self::Newer { .. } | Self::NoRandomBytes(_) => false,
        }
    }
}

/// The open file of the history.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    removals: Removals,
}

impl Store {
    /// Opens the file, or creates it, and brings it to the newest schema version. `flush` says when
    /// a batch is safe from a power cut. The file cannot grow beyond `bytes_max` bytes. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// See [`StoreError`]. In a file of another program or of a newer version, nothing that is
    /// stored has changed. After any other error a new file may be there, or an older file may have
    /// a newer schema version.
    pub fn open(path: &Path, flush: Flush, bytes_max: u64) -> Result<Self, StoreError> {
        if !is_in_a_known_format(path) {
            return Err(StoreError::NotOurs);
        }
        for_its_owner_alone(path);
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(STORE_BUSY_WAIT)?;
        register_line_checksum(&connection)?;
        startup::register_unread_bytes(&connection)?;
        // Before anything is written, check that the file is not one of another program.
        schema::version(&connection)?;
        // `auto_vacuum` lets the file give free pages back to the disk; it must be set before there
        // is any table. `secure_delete` overwrites deleted text.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "cache_size", -STORE_CACHE_KIB)?;
        connection.pragma_update(None, "journal_size_limit", STORE_WAL_BYTES)?;
        schema::migrate(&mut connection)?;
        let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages_max = signed(bytes_max) / page_bytes.max(1);
        connection.pragma_update(None, "max_page_count", pages_max)?;
        let removals = Removals::of(&connection)?;
        let store = Self { connection, removals };
        store.flush_each(flush)?;
        Ok(store)
    }

    /// Lets the next run of the server begin so many numbers later in each log: after all numbers
    /// that the file reserves, and its far range. `chat/numbers.rs` explains them. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// Nothing was stored.
    pub(crate) fn leave_numbers_out(&mut self, count: u64) -> Result<(), StoreError> {
        let change = self.connection.transaction()?;
        for statement in [sql::LEAVE_OUT_IN_ROOMS, sql::LEAVE_OUT_IN_PRIVATE_LOGS] {
            change.execute(statement, [signed(count), signed(limits::NUMBERS_FAR)])?;
        }
        Ok(change.commit()?)
    }

    /// Returns when the newest line was said; `None`: there is no line.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn newest_time(&self) -> Result<Option<UnixMillis>, StoreError> {
        let time: Option<i64> =
            self.connection.query_row(sql::NEWEST_TIME, [], |row| row.get(0))?;
        Ok(time.map(|time| UnixMillis(u64::try_from(time).unwrap_or_default())))
    }

    /// Stores all of these records or none. Blocks for the disk.
    ///
    /// # Errors
    /// Nothing was stored.
    pub fn write(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let change = self.connection.transaction()?;
        records.iter().try_for_each(|record| write_record(&change, record))?;
        change.commit()?;
        for record in records {
            if let Record::RemovedPerson(person) = record {
                self.removals.add(*person);
            }
        }
        Ok(())
    }

    /// Returns how many bytes the pages in use have together. Free pages do not count.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn bytes(&self) -> Result<u64, StoreError> {
        let free = self.number("freelist_count")? * self.number("page_size")?;
        Ok(self.file_bytes()?.saturating_sub(free))
    }

    /// Returns the length in bytes that the file has after the write-ahead log has been copied into
    /// it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn file_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.number("page_count")? * self.number("page_size")?)
    }

    /// Makes the file shorter by some of its free pages. Returns whether it is shorter now. Blocks
    /// for the disk.
    ///
    /// # Errors
    /// The file may be as long as before.
    pub(crate) fn shrink(&self) -> Result<bool, StoreError> {
        let before = self.number("page_count")?;
        let mut vacuum = self.connection.prepare_cached("PRAGMA incremental_vacuum(256)")?;
        let mut pages = vacuum.query([])?;
        while pages.next()?.is_some() {}
        Ok(self.number("page_count")? < before)
    }

    fn number(&self, pragma: &str) -> Result<u64, StoreError> {
        let number: i64 = self.connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        Ok(number.cast_unsigned())
    }

    /// Makes everything stored so far safe from a power cut, and copies the write-ahead log into
    /// the main file. Returns whether both are done. If another program copies the log at this
    /// moment, neither is; if another program reads an earlier state, the copy may not be complete.
    /// Blocks for the disk.
    ///
    /// # Errors
    /// What was stored may not be safe.
    pub(crate) fn flush(&self) -> Result<bool, StoreError> {
        let counts = |row: &rusqlite::Row<'_>| <(bool, i64, i64)>::try_from(row);
        let (is_busy, all, moved) =
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], counts)?;
        Ok(!is_busy && all == moved)
    }

    /// Sets when later batches are safe from a power cut: as soon as they are stored, or only after
    /// the next [`flush`](Self::flush).
    ///
    /// # Errors
    /// The setting is unchanged.
    pub(crate) fn flush_each(&self, flush: Flush) -> Result<(), StoreError> {
        let synchronous = match flush {
            Flush::Each => "FULL",
            Flush::EachTwoSeconds => "NORMAL",
        };
        Ok(self.connection.pragma_update(None, "synchronous", synchronous)?)
    }

    /// Closes the file without moving the write-ahead log into it. So nothing is written to this
    /// file, or to a file that is now in its place.
    pub(crate) fn close_without_writing(self) {
        let config = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(config, true) {
            tracing::debug!(%error, "closing the old history may write into the file that has its name now");
        }
    }

    /// Moves the write-ahead log into the main file and empties the log, so that deleted text is in
    /// neither of them. Returns true if that is done. Returns false if another program is using the
    /// file: then the caller should try again later. Blocks for the disk.
    ///
    /// # Errors
    /// Deleted text may still be in the log.
    pub(crate) fn checkpoint(&self) -> Result<bool, StoreError> {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        // Do not wait for another program that reads the file: people who send messages would wait,
        // too.
        self.connection.busy_timeout(Duration::ZERO)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy = self.connection.query_row(sql, [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(STORE_BUSY_WAIT)?;
        match is_busy.map_err(|error| (error.sqlite_error_code(), error)) {
            Err((Some(DatabaseBusy | DatabaseLocked), _)) => Ok(false),
            other => Ok(!other.map_err(|(_, error)| error)?),
        }
    }
}

/// Creates the file, if there is none, so that only its owner may read it, because it will contain
/// private messages. SQLite gives its own files next to it the same permissions.
fn for_its_owner_alone(path: &Path) {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    // Ignore an error: if something is wrong with the folder, SQLite reports it later.
    drop(made);
}

/// Returns whether SQLite can write the format of the file; true if the format cannot be read, for
/// example because there is no file yet. For an unknown format SQLite reports that the file is
/// read-only or cannot be opened, as it does for a failing disk (SQLite's format, 1.3.3). Call it
/// only while no part of this process has the file open: closing a file releases the locks that
/// SQLite has on it.
fn is_in_a_known_format(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_err() || head[18..].iter().all(|version| (1..=2).contains(version))
}

pub(crate) fn random_u64() -> Result<u64, StoreError> {
    let bytes = random().map_err(StoreError::NoRandomBytes)?;
    Ok(u64::from_le_bytes(bytes))
}
