//! The history as an export reads it: beside a server that goes on writing, or
//! when there is none.
//!
//! Only rooms are read, and of a room only what everybody in it was told: no
//! password, no token, nobody's secret, no private message leaves this file.
//!
//! Owns: a second way to the file, which changes nothing in its folder and keeps
//! nobody waiting. It reads a page at a time, each as it is at that moment: one
//! long look would make SQLite's log of changes grow for as long as it takes.
//! Must not know: what becomes of the lines.
//!
//! Next: `export/mod.rs`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::folder::file_in;
use super::row::{InLog, line, number, signed, skip};
use super::schema;
use super::sql;
use super::store::StoreError;
use crate::chat::entry::{Entry, Epoch, Seq, UnixMillis};
use crate::chat::room_name::RoomName;
use crate::chat::told::Joined;
use crate::limits;

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum NoArchive {
    /// No server has kept anything there.
    #[error("there is no history in {0}; say with --data where it is")]
    NoFile(PathBuf),
    /// It may not be looked at.
    #[error("cannot look into {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// See [`StoreError`].
    #[error("cannot read {path}: {source}")]
    Store {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
}

/// A history that is read.
#[derive(Debug)]
pub struct Archive {
    file: PathBuf,
    pub(super) connection: Connection,
    /// Nobody was writing when it was opened.
    is_still: bool,
}

/// A room, and which numbers it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedRoom {
    /// Its name.
    pub name: RoomName,
    /// What it is about now.
    pub topic: String,
    /// It is not in the list of rooms.
    pub hidden: bool,
    /// It has a password.
    pub locked: bool,
    /// Its oldest line and its newest; `None` if there is none.
    pub ends: Option<(Seq, Seq)>,
    epoch: Epoch,
}

/// A line as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedLine {
    /// The line, with the last text of what was edited.
    pub entry: Arc<Entry>,
    /// It was.
    pub edited: bool,
}

/// Numbers of lines that are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The first of them.
    pub first: Seq,
    /// The last of them.
    pub last: Seq,
    /// Nobody knows how many of them were lines.
    pub maybe: bool,
}

impl ArchivedRoom {
    /// The same of a room that somebody looks at; its lines are told elsewhere.
    pub fn seen(joined: &Joined) -> Option<Self> {
        let Joined { log, epoch, topic, nature, .. } = joined;
        let (name, topic) = (log.room()?.clone(), topic.clone());
        let (hidden, locked) = (nature.hidden, nature.locked);
        Some(Self { name, topic, hidden, locked, ends: None, epoch: *epoch })
    }
}

impl Archive {
    /// Opens the history in a folder. Nothing in it is made or changed, but for
    /// what SQLite itself needs beside a file that a crash has left. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// See [`NoArchive`].
    pub fn open(folder: &Path) -> Result<Self, NoArchive> {
        let file = file_in(folder);
        match fs::metadata(&file) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NoArchive::NoFile(folder.to_owned()));
            }
            Err(source) => return Err(NoArchive::Unreadable { path: file, source }),
        }
        let is_still = !is_written(&file);
        let opened = connect(&file, is_still).and_then(|connection| {
            // A file without a form is an empty one.
            if schema::form(&connection)? == 0 { Err(StoreError::NotOurs) } else { Ok(connection) }
        });
        match opened {
            Ok(connection) => Ok(Self { file, connection, is_still }),
            Err(source) => Err(NoArchive::Store { path: file, source }),
        }
    }

    /// All rooms, hidden ones too: the lobby, then by name. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn rooms(&mut self) -> Result<Vec<ArchivedRoom>, StoreError> {
        let mut rooms = self.connection()?.prepare(sql::ARCHIVED_ROOMS)?;
        let found = rooms.query_map([], |row| {
            let end = |column| row.get::<_, Option<i64>>(column);
            let ends = end(5)?.zip(end(6)?);
            Ok(ArchivedRoom {
                name: RoomName::kept(&row.get::<_, String>(0)?),
                topic: row.get(1)?,
                hidden: row.get(2)?,
                locked: row.get(3)?,
                ends: ends.map(|(first, last)| (seq(first), seq(last))),
                epoch: Epoch(row.get::<_, i64>(4)?.cast_unsigned()),
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// A room's next lines behind `after` that are no older than `since`, oldest
    /// first, up to the room's newest at the time when it was asked for: at most
    /// [`EXPORT_PAGE_LINES`](limits::EXPORT_PAGE_LINES). Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lines(
        &mut self,
        room: &ArchivedRoom,
        after: Seq,
        since: UnixMillis,
    ) -> Result<Vec<ArchivedLine>, StoreError> {
        let Some((_, last)) = room.ends else { return Ok(Vec::new()) };
        let mut lines = self.connection()?.prepare_cached(sql::ARCHIVED_LINES)?;
        let page = number(limits::EXPORT_PAGE_LINES);
        let asked = [room.epoch.0, after.0, last.0, since.0].map(signed);
        let log = InLog::from(room.name.clone());
        let found = lines
            .query_map(params![asked[0], asked[1], asked[2], asked[3], page], |row| {
                Ok(ArchivedLine { entry: line(row, &log)?.entry, edited: row.get(10)? })
            })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Which numbers of these, `next` is not among them, belong to lines that are lost: no crash has skipped
    /// them, and they were not thrown away. Of very many crashes the first are forgotten; what is
    /// older than those that are not is nothing that is known to be lost. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lost_between(
        &mut self,
        room: &ArchivedRoom,
        first: Seq,
        next: Seq,
    ) -> Result<Vec<Lost>, StoreError> {
        let (connection, epoch) = (self.connection()?, signed(room.epoch.0));
        let skips = connection.prepare_cached(sql::SKIPPED_OF);
        // A file of an older form does not say what was skipped.
        let Ok(mut skips) = skips.or_else(|_| connection.prepare_cached(sql::SKIPPED_OF_OLDER))
        else {
            return Ok(Vec::new());
        };
        let skips = skips.query_map([epoch], skip)?.collect::<Result<Vec<_>, _>>()?;
        let oldest = skips.iter().map(|it| it.first).min().unwrap_or(first);
        let known = if skips.len() < limits::SKIPS_KEPT_MAX { first } else { oldest };
        let mut thrown_away = connection.prepare_cached(sql::THROWN_AWAY_OF)?;
        let thrown_away =
            thrown_away.query_row([epoch], |row| row.get(0)).optional()?.map_or(Seq(0), seq);
        let mut has_line = connection.prepare_cached(sql::HAS_LINE_BETWEEN)?;
        let (mut lost, mut from) = (Vec::new(), first.max(thrown_away.next()).max(known));
        while from < next {
            if let Some(skip) = skips.iter().find(|it| it.has(from)) {
                if skip.damaged {
                    lost.push(Lost { first: skip.first, last: skip.last, maybe: true });
                }
                from = skip.last.next();
                continue;
            }
            let skipped = skips.iter().map(|it| it.first).filter(|first| *first > from);
            let end = skipped.min().unwrap_or(next).min(next);
            let last = Seq(end.0 - 1);
            // One that was not asked for is not lost.
            if !has_line.query_row([epoch, signed(from.0), signed(last.0)], |row| row.get(0))? {
                lost.push(Lost { first: from, last, maybe: false });
            }
            from = end;
        }
        Ok(lost)
    }

    /// The same of the numbers behind `after`, up to where the life began that wrote the file last.
    /// Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lost_behind(
        &mut self,
        room: &ArchivedRoom,
        after: Seq,
    ) -> Result<Vec<Lost>, StoreError> {
        let epoch = signed(room.epoch.0);
        let begun = {
            // A file of an older form does not say it.
            let Ok(mut begun) = self.connection()?.prepare_cached(sql::BEGUN_OF) else {
                return Ok(Vec::new());
            };
            begun.query_row([epoch], |row| row.get(0)).optional()?.map_or(Seq(0), seq)
        };
        self.lost_between(room, after.next(), begun.next())
    }

    /// The way to the file: another one once somebody has begun to write it.
    fn connection(&mut self) -> Result<&Connection, StoreError> {
        if self.is_still && is_written(&self.file) {
            self.connection = connect(&self.file, false)?;
            self.is_still = false;
        }
        Ok(&self.connection)
    }
}

fn seq(number: i64) -> Seq {
    Seq(number.cast_unsigned())
}

/// Whether a server writes this file, or has been stopped while it did: only then
/// SQLite's log of changes is beside it.
fn is_written(file: &Path) -> bool {
    let mut log = OsString::from(file);
    log.push("-wal");
    Path::new(&log).exists()
}

/// A still file is called immutable, for SQLite would make a log of changes to read
/// it, and leave it there.
fn connect(file: &Path, is_still: bool) -> Result<Connection, StoreError> {
    let uri = format!("{}{}", uri(file)?, if is_still { "?immutable=1" } else { "" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.busy_timeout(limits::STORE_BUSY_WAIT)?;
    Ok(connection)
}

/// As SQLite reads addresses: percent signs, and no plus for a space.
fn uri(file: &Path) -> Result<String, StoreError> {
    let whole = std::path::absolute(file).map_err(|_| rusqlite::Error::InvalidPath(file.into()))?;
    let mut uri = String::from("file://");
    for byte in whole.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            plain if plain.is_ascii_alphanumeric() => uri.push(char::from(*plain)),
            // Writing to a String cannot fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
    }
    Ok(uri)
}
