//! What is kept, in one SQLite file.
//!
//! Owns: the file, and what changes in it. Each call may wait for the disk, so
//! only the thread `history` makes one.
//! Must not know: who wants something kept, or who is told.
//!
//! Next: `history/reading.rs`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use super::row::{Kind, author, signed};
use super::schema;
use crate::chat::entry::{Epoch, MessageId, What};
use crate::chat::record::{KeptLine, KeptPerson, KeptPrivateLog, KeptRoom, Record};
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::config::Flush;
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
            Self::NotOurs | Self::Newer { .. } => false,
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
            Self::NotOurs => true,
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
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(limits::STORE_BUSY_WAIT)?;
        // Both before there is any table: what is thrown away is really gone, and
        // can be given back.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        connection.pragma_update(None, "secure_delete", "FAST")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match flush {
            Flush::Each => "FULL",
            Flush::EachTwoSeconds => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "cache_size", -limits::STORE_CACHE_KIB)?;
        connection.pragma_update(None, "journal_size_limit", limits::STORE_WAL_BYTES)?;
        schema::migrate(&mut connection)?;
        let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages_max = signed(bytes_max) / page_bytes.max(1);
        connection.pragma_update(None, "max_page_count", pages_max)?;
        Ok(Self { connection })
    }

    /// What is in use of the file, in bytes.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self) -> Result<u64, StoreError> {
        let number =
            |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = number("page_count")? - number("freelist_count")?;
        Ok((pages * number("page_size")?).cast_unsigned())
    }

    /// Keeps all of it, or nothing. Blocks for the disk.
    ///
    /// # Errors
    /// Nothing was kept.
    pub fn keep(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let change = self.connection.transaction()?;
        for record in records {
            match record {
                Record::Line(line) => keep_line(&change, line)?,
                Record::Room(room) => keep_room(&change, room)?,
                Record::PrivateLog(log) => keep_private_log(&change, log)?,
                Record::NoLog(epoch) => forget_log(&change, *epoch)?,
                Record::Person(person) => keep_person(&change, person)?,
                Record::NoPerson(id) => {
                    change
                        .prepare_cached("DELETE FROM people WHERE id = ?1")?
                        .execute([signed(id.0)])?;
                }
            }
        }
        Ok(change.commit()?)
    }

    /// What was kept is safe from a power cut from here on. Blocks for the disk.
    ///
    /// # Errors
    /// It is not.
    pub fn flush(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?)
    }

    /// Closes the file without another look at it: it is not where it was, and what
    /// is there now is none of ours.
    pub fn let_go(self) {
        let config = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.connection.set_db_config(config, true) {
            tracing::debug!(%error, "the lost history may take its neighbours with it");
        }
    }

    /// Moves what the log of changes has into the file itself. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// It stays where it is.
    pub fn settle(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
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

fn keep_line(change: &Transaction<'_>, line: &KeptLine) -> Result<(), StoreError> {
    let KeptLine { epoch, entry, author: by } = line;
    let epoch = signed(epoch.0);
    let (kind, of) = Kind::of(&entry.what);
    // As the hub's own log does it: who asks later must not be told the old text.
    match &entry.what {
        What::Edited { of, text } => {
            change
                .prepare_cached(
                    "UPDATE lines SET text = ?3 WHERE epoch = ?1
                     AND ((seq = ?2 AND kind IN (0, 1)) OR (of = ?2 AND kind = 2))",
                )?
                .execute(params![epoch, signed(of.0), text])?;
        }
        What::Deleted { of } => {
            change
                .prepare_cached(
                    "UPDATE lines SET kind = 3, of = ?2, text = NULL WHERE epoch = ?1
                     AND (seq = ?2 OR (of = ?2 AND kind = 2))",
                )?
                .execute(params![epoch, signed(of.0)])?;
        }
        What::Said(_) | What::Acted(_) | What::Topic(_) | What::Private { .. } => {}
    }
    let recipient = match &entry.what {
        What::Private { to, .. } => Some(to.shown()),
        _ => None,
    };
    let text = (kind != Kind::Deleted).then(|| entry.what.text());
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO lines VALUES
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            epoch,
            signed(entry.seq.0),
            signed(entry.at.0),
            author(*by),
            entry.by.name.shown(),
            entry.by.mark.as_ref().map(ToString::to_string),
            entry.id.as_ref().map(MessageId::as_str),
            kind as i64,
            of.map(|seq| signed(seq.0)),
            text,
            recipient,
        ])?;
    Ok(())
}

fn keep_room(change: &Transaction<'_>, room: &KeptRoom) -> Result<(), StoreError> {
    change
        .prepare_cached("INSERT OR REPLACE INTO rooms VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            signed(room.epoch.0),
            room.name.as_str(),
            signed(room.reserved.0),
            room.topic,
            room.hidden,
            room.password.as_ref().map(Digest::bytes),
            author(room.maker),
        ])?;
    Ok(())
}

fn keep_private_log(change: &Transaction<'_>, log: &KeptPrivateLog) -> Result<(), StoreError> {
    let KeptPrivateLog { person, epoch, reserved } = log;
    change
        .prepare_cached("INSERT OR REPLACE INTO private_logs VALUES (?1, ?2, ?3)")?
        .execute([epoch.0, person.0, reserved.0].map(signed))?;
    Ok(())
}

fn forget_log(change: &Transaction<'_>, epoch: Epoch) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM rooms WHERE epoch = ?1",
        "DELETE FROM private_logs WHERE epoch = ?1",
        "DELETE FROM lines WHERE epoch = ?1",
    ] {
        change.prepare_cached(sql)?.execute([signed(epoch.0)])?;
    }
    Ok(())
}

fn keep_person(change: &Transaction<'_>, person: &KeptPerson) -> Result<(), StoreError> {
    let tokens: Vec<u8> = person.tokens.iter().flat_map(TokenDigest::bytes).copied().collect();
    change.prepare_cached("INSERT OR REPLACE INTO people VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
        params![
            signed(person.id.0),
            person.name.shown(),
            tokens,
            person.secret.as_ref().map(Digest::bytes),
            person.gone_at.map(|at| signed(at.0)),
        ],
    )?;
    Ok(())
}
