//! What is kept, in one SQLite file.
//!
//! Owns: the file, and when it is safe. Each call may wait for the disk, so
//! only the thread `history` makes one.
//! Must not know: who wants something kept, or who is told.
//!
//! Next: `history/writing.rs`.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::row::signed;
use super::{schema, sum};
use crate::chat_config::Flush;
use crate::limits;

/// Why something was not kept, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file has not our mark.
    #[error("this file is no history of ours")]
    NotOurs,
    /// The file was written by a newer Threadbare.
    #[error(
        "this history was written by a newer threadbare (form {found}, this one knows {newest}); \
         use that one, or give --data another folder"
    )]
    Newer {
        /// Its form.
        found: i32,
        /// The newest that we know.
        newest: i32,
    },
    /// The file was emptied or removed, and its log of changes was not.
    #[error("the file is empty, and its log of changes is not")]
    Emptied,
    /// It was seen from outside.
    #[error("{0}")]
    Overwritten(&'static str),
    /// What SQLite says.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

impl StoreError {
    /// Whether SQLite has met something in the file that it has not written.
    pub fn is_corruption(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Sql(error) => {
                matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            }
            Self::Emptied | Self::Overwritten(_) => true,
            Self::NotOurs | Self::Newer { .. } => false,
        }
    }

    /// Whether another program is at the file.
    fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        match self {
            Self::Sql(error) => {
                matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
            }
            Self::NotOurs | Self::Newer { .. } | Self::Emptied | Self::Overwritten(_) => false,
        }
    }

    /// Whether the disk had no room for the file, or for what SQLite has beside it.
    pub fn is_full_disk(&self) -> bool {
        use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_SHMSIZE};
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(error, _)) => {
                matches!(error.extended_code, SQLITE_FULL | SQLITE_IOERR_SHMSIZE)
            }
            _ => false,
        }
    }

    /// Whether the file itself is broken, and trying again would be in vain: an
    /// error that neither the disk nor another program is the reason of.
    pub fn is_damage(&self) -> bool {
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
            // A value that we never wrote.
            Self::Sql(_) => true,
            // It has our name: so its mark is broken.
            Self::NotOurs | Self::Emptied | Self::Overwritten(_) => true,
            Self::Newer { .. } => false,
        }
    }
}

/// An open history.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
}

impl Store {
    /// Opens the file, or makes it. Blocks for the disk.
    ///
    /// # Errors
    /// See [`StoreError`]; the file is as it was.
    pub fn open(path: &Path, flush: Flush, bytes_max: u64) -> Result<Self, StoreError> {
        if !is_in_a_known_format(path) {
            return Err(StoreError::NotOurs);
        }
        for_its_owner_alone(path);
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(limits::STORE_BUSY_WAIT)?;
        sum::register(&connection)?;
        // Before anything is written: whose file it is.
        schema::form(&connection)?;
        // Both before there is any table: what is thrown away is really gone, and
        // can be given back.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "cache_size", -limits::STORE_CACHE_KIB)?;
        connection.pragma_update(None, "journal_size_limit", limits::STORE_WAL_BYTES)?;
        schema::migrate(&mut connection)?;
        let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages_max = signed(bytes_max) / page_bytes.max(1);
        connection.pragma_update(None, "max_page_count", pages_max)?;
        let store = Self { connection };
        store.flush_each(flush)?;
        Ok(store)
    }

    /// What is in use of the file, in bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let free = self.number("freelist_count")? * self.number("page_size")?;
        Ok(self.file_bytes()?.saturating_sub(free))
    }

    /// The whole file, in bytes, as it is once the log of changes is in it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn file_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.number("page_count")? * self.number("page_size")?)
    }

    /// Gives some of what is free in the file back to the disk; whether there was any. Blocks
    /// for the disk.
    ///
    /// # Errors
    /// The file is as large as it was.
    pub(super) fn shrink(&self) -> Result<bool, StoreError> {
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

    /// What was kept is safe from a power cut from here on, and in the file itself, unless
    /// somebody reads an earlier state of it: then false. Blocks for the disk.
    ///
    /// # Errors
    /// It is not.
    pub fn flush(&self) -> Result<bool, StoreError> {
        let frames = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let (all, moved) =
            self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], frames)?;
        Ok(all == moved)
    }

    /// From now on what is kept is safe from a power cut at once; or when it is flushed.
    ///
    /// # Errors
    /// It is as before.
    pub(super) fn flush_each(&self, flush: Flush) -> Result<(), StoreError> {
        let synchronous = match flush {
            Flush::Each => "FULL",
            Flush::EachTwoSeconds => "NORMAL",
        };
        Ok(self.connection.pragma_update(None, "synchronous", synchronous)?)
    }

    /// Closes the file without another look at it: it is not where it was, and what
    /// is there now is none of ours.
    pub fn let_go(self) {
        let config = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(config, true) {
            tracing::debug!(%error, "the lost history may take its neighbours with it");
        }
    }

    /// Moves what the log of changes has into the file itself, and empties that log: what
    /// was taken back is in neither then. False: somebody reads, and it is to be tried
    /// again. Blocks for the disk.
    ///
    /// # Errors
    /// It stays where it is.
    pub fn settle(&self) -> Result<bool, StoreError> {
        // Nobody who talks waits for whoever reads.
        self.connection.busy_timeout(Duration::ZERO)?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy = self.connection.query_row(sql, [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(limits::STORE_BUSY_WAIT)?;
        match is_busy.map_err(StoreError::from) {
            Ok(is_busy) => Ok(!is_busy),
            Err(error) if error.is_busy() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Private messages are in it, so a new one is for its owner's eyes only, in whichever folder;
/// SQLite gives its files beside it the same rights.
fn for_its_owner_alone(path: &Path) {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    // What is wrong with the folder, SQLite says.
    drop(made);
}

/// Whether SQLite can write the file, if there is one: of a format that it does not
/// know it says that it is read-only, or cannot be opened, as of a sick disk
/// (SQLite's format, 1.3.3). Only while nobody of this process has it open, for
/// closing a file gives up the locks that SQLite has on it.
fn is_in_a_known_format(path: &Path) -> bool {
    let mut head = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    // What else is wrong with it, SQLite says.
    read.is_err() || head[18..].iter().all(|version| (1..=2).contains(version))
}
