//! Reads the history for an export, while a server writes it or while no server runs.
//!
//! It reads only rooms, and of each room only the lines that everybody in the room received.
//! Passwords, tokens, secrets and private messages are never returned from here.
//!
//! Owns: a second, read-only connection to the file, which does not change what is stored and does
//! not block the server. It reads one page of lines after the other, each page in a short
//! transaction of its own. One long read transaction would make SQLite's write-ahead log grow until
//! that transaction ends.
//! Must not know: what is done with the lines.
//!
//! Part: `history/store/mod.rs`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::removal::{Removals, without_removed};
use super::row::{InLog, line, number, signed, skip};
use super::{STORE_BUSY_WAIT, StoreError, schema, statements as sql};
use crate::base::limits;
use crate::chat::entry::{Entry, Epoch, Seq, UnixMillis};
use crate::chat::record::StoredLine;
use crate::chat::{answer::Joined, room_name::RoomName};
use crate::history::folder::file_in;

/// How many lines `export` reads from the history's file at a time and holds in memory.
pub(crate) const EXPORT_PAGE_LINES: usize = 256;

/// The index of the column of [`sql::ARCHIVED_LINES`] that says whether the line was edited.
const EDITED_COLUMN: usize = 15;

/// Why the history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NoArchive {
    /// The folder has no history file.
    #[error("there is no history in {0}; say with --data where it is")]
    NoFile(PathBuf),
    /// The file exists, but the system does not let this program look at it.
    #[error("cannot look into {path}: {source}")]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// SQLite cannot read the file, or the file is no history of ours. See [`StoreError`].
    #[error("cannot read {path}: {source}")]
    Store {
        /// The path of the file.
        path: PathBuf,
        /// The error of the store.
        source: StoreError,
    },
}

/// An opened history, for reading only.
#[derive(Debug)]
pub struct Archive {
    file: PathBuf,
    pub(super) connection: Connection,
    /// True if there was no write-ahead log when this file was opened, so no program was writing
    /// the file. Then SQLite treats the file as immutable.
    is_still: bool,
}

/// What an export says of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedRoom {
    /// The room's name.
    pub name: RoomName,
    /// The room's topic at the moment when this value was made.
    pub topic: String,
    /// True if the room is hidden: the list of rooms does not show it.
    pub hidden: bool,
    /// True if the room has a password.
    pub locked: bool,
    /// The numbers of the room's oldest and newest line in the history's file; `None`: the file has
    /// no line of the room, or the numbers were not looked up.
    pub ends: Option<(Seq, Seq)>,
    epoch: Epoch,
}

/// A line as it is now, after all edits and deletions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedLine {
    /// The line, with its newest text. A deleted line has no text.
    pub entry: Arc<Entry>,
    /// True if the history's file has an edit of this line.
    pub edited: bool,
}

/// A range of numbers whose lines are lost, or may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivedGap {
    /// The first number of the range.
    pub first: Seq,
    /// The last number of the range.
    pub last: Seq,
    /// True if it is unknown whether any number of the range had a line.
    pub maybe: bool,
}

impl ArchivedRoom {
    /// Describes a room of a running server, from what the server told about the room's log. `ends`
    /// of the result is `None`. Returns `None` if the log is one of private messages.
    pub fn seen(joined: &Joined) -> Option<Self> {
        let Joined { log, epoch, topic, privacy, .. } = joined;
        let (name, topic) = (log.room()?.clone(), topic.clone());
        let (hidden, locked) = (privacy.hidden, privacy.locked);
        Some(Self { name, topic, hidden, locked, ends: None, epoch: *epoch })
    }
}

impl Archive {
    /// Opens the history in a folder. It changes nothing there, except SQLite's index of the
    /// write-ahead log, if there is such a log. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoArchive`].
    pub fn open(folder: &Path) -> Result<Self, NoArchive> {
        Self::of_file(&file_in(folder)).map_err(|error| match error {
            NoArchive::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                NoArchive::NoFile(folder.to_owned())
            }
            other => other,
        })
    }

    /// Opens the history that is in this file: that of a folder, or a backup.
    ///
    /// # Errors
    /// See [`NoArchive`].
    pub(crate) fn of_file(file: &Path) -> Result<Self, NoArchive> {
        let file = file.to_owned();
        fs::metadata(&file)
            .map_err(|source| NoArchive::Unreadable { path: file.clone(), source })?;
        let is_still = !is_written(&file);
        let opened = connect(&file, is_still).and_then(|connection| {
            // A file without a schema version has no tables, so it is no history.
            let is_ours = schema::version(&connection)? > 0;
            is_ours.then_some(connection).ok_or(StoreError::NotOurs)
        });
        match opened {
            Ok(connection) => Ok(Self { file, connection, is_still }),
            Err(source) => Err(NoArchive::Store { path: file, source }),
        }
    }

    /// Returns all rooms, also hidden ones: first the lobby, then the others by name. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn rooms(&mut self) -> Result<Vec<ArchivedRoom>, StoreError> {
        let mut rooms = self.connection()?.prepare(sql::ARCHIVED_ROOMS)?;
        let found = rooms.query_map([], |row| {
            let end = |column| row.get::<_, Option<i64>>(column);
            let ends = end(5)?.zip(end(6)?);
            Ok(ArchivedRoom {
                name: RoomName::stored(&row.get::<_, String>(0)?),
                topic: row.get(1)?,
                hidden: row.get(2)?,
                locked: row.get(3)?,
                ends: ends.map(|(first, last)| (seq(first), seq(last))),
                epoch: Epoch(row.get::<_, i64>(4)?.cast_unsigned()),
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Returns the lines of a room after the number `after`, oldest first, and at most
    /// `EXPORT_PAGE_LINES`. It leaves out lines from before the time
    /// `since`, and lines after the newest one in `room.ends`. If `room.ends` is `None`, it returns
    /// no lines. Blocks for the disk.
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
        let connection = self.connection()?;
        let lines = connection.prepare_cached(sql::ARCHIVED_LINES);
        let mut lines =
            lines.or_else(|_| connection.prepare_cached(sql::ARCHIVED_LINES_OF_OLDER))?;
        let page = number(EXPORT_PAGE_LINES);
        let asked = [room.epoch.0, after.0, last.0, since.0].map(signed);
        let log = InLog::from(room.name.clone());
        let removals = Removals::of(connection)?;
        let found =
            lines.query_map(params![asked[0], asked[1], asked[2], asked[3], page], |row| {
                let StoredLine { entry, .. } = without_removed(&removals, line(row, &log)?);
                Ok(ArchivedLine { entry, edited: row.get(EDITED_COLUMN)? })
            })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Returns the ranges of lost lines that lie between `after` and the last of `lines`, which
    /// [`lines`](Self::lines) has returned for the same `after`. Numbers do not count as lost if a
    /// crash skipped them, if the history deleted their lines as too old or too many, or if the
    /// time `since` has left their lines out. A skipped range that may contain lost lines is
    /// reported whole, with `maybe`. Old losses may be unknown: the file remembers a limited number
    /// of skipped ranges. Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lost_among(
        &mut self,
        room: &ArchivedRoom,
        after: Seq,
        lines: &[ArchivedLine],
    ) -> Result<Vec<ArchivedGap>, StoreError> {
        let mut gaps = Vec::new();
        let mut last = after;
        for next in lines.iter().map(|line| line.entry.seq) {
            if last.next() < next {
                gaps.extend(self.lost_between(room, last.next(), next)?);
            }
            last = next;
        }
        Ok(gaps)
    }

    fn lost_between(
        &mut self,
        room: &ArchivedRoom,
        first: Seq,
        next: Seq,
    ) -> Result<Vec<ArchivedGap>, StoreError> {
        let (connection, epoch) = (self.connection()?, signed(room.epoch.0));
        let skips = connection.prepare_cached(sql::SKIPPED_OF);
        // If the file's schema is too old to have skipped ranges, SQLite refuses both statements.
        let Ok(mut skips) = skips.or_else(|_| connection.prepare_cached(sql::SKIPPED_OF_OLDER))
        else {
            return Ok(Vec::new());
        };
        let skips = skips.query_map([epoch], skip)?.collect::<Result<Vec<_>, _>>()?;
        let oldest = skips.iter().map(|skip| skip.first).min().unwrap_or(first);
        let known = if skips.len() < limits::SKIPS_KEPT_MAX { first } else { oldest };
        let mut thrown_away = connection.prepare_cached(sql::THROWN_AWAY_OF)?;
        let thrown_away =
            thrown_away.query_row([epoch], |row| row.get(0)).optional()?.map_or(Seq(0), seq);
        let mut has_line = connection.prepare_cached(sql::HAS_LINE_BETWEEN)?;
        let (mut lost, mut from) = (Vec::new(), first.max(thrown_away.next()).max(known));
        while from < next {
            if let Some(skip) = skips.iter().find(|skip| skip.has(from)) {
                if skip.damaged {
                    lost.push(ArchivedGap { first: skip.first, last: skip.last, maybe: true });
                }
                from = skip.last.next();
                continue;
            }
            let skipped = skips.iter().map(|skip| skip.first).filter(|first| *first > from);
            let end = skipped.min().unwrap_or(next).min(next);
            let last = Seq(end.0 - 1);
            // If the file has a line in the range, the time `since` of the export has left it out,
            // and the range does not count as lost.
            if !has_line.query_row([epoch, signed(from.0), signed(last.0)], |row| row.get(0))? {
                lost.push(ArchivedGap { first: from, last, maybe: false });
            }
            from = end;
        }
        Ok(lost)
    }

    /// Returns the ranges of lost lines, as [`lost_among`](Self::lost_among) does, for the numbers
    /// after `after`, the last line, up to those of the newest run of the server.
    /// Blocks for the disk.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lost_behind(
        &mut self,
        room: &ArchivedRoom,
        after: Seq,
    ) -> Result<Vec<ArchivedGap>, StoreError> {
        let epoch = signed(room.epoch.0);
        let begun = {
            // A file of an older schema has no record of the number at which the newest run of the
            // server began.
            let Ok(mut begun) = self.connection()?.prepare_cached(sql::BEGUN_OF) else {
                return Ok(Vec::new());
            };
            begun.query_row([epoch], |row| row.get(0)).optional()?.map_or(Seq(0), seq)
        };
        self.lost_between(room, after.next(), begun.next())
    }

    /// Writes all that is stored into an empty file, as it is at one moment. A server that writes
    /// meanwhile is not held up, but its write-ahead log grows until this ends. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// The history cannot be read, or the file cannot be written.
    pub(crate) fn copy_to(&mut self, file: &Path) -> Result<(), StoreError> {
        let to = uri(file)?;
        self.connection()?.execute(sql::COPY_INTO, [to])?;
        Ok(())
    }

    /// Whether SQLite finds no fault in the file. Blocks for the disk: reads all of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn is_sound(&self) -> Result<bool, StoreError> {
        let found = self
            .connection
            .pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0))?;
        Ok(found == "ok")
    }

    /// Returns the connection to the file. If the file was opened as immutable and has a
    /// write-ahead log now, it is first opened again.
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

/// Returns whether the file has a write-ahead log: a program has the file open now, or has ended
/// without closing it.
fn is_written(file: &Path) -> bool {
    let mut log = OsString::from(file);
    log.push("-wal");
    Path::new(&log).exists()
}

/// Opens the file for reading. `is_still` says that no program writes the file: then SQLite opens
/// it as immutable. Without that, SQLite would create a write-ahead log in order to read the file,
/// and leave the log there.
fn connect(file: &Path, is_still: bool) -> Result<Connection, StoreError> {
    let uri = format!("{}{}", uri(file)?, if is_still { "?immutable=1" } else { "" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    connection.busy_timeout(STORE_BUSY_WAIT)?;
    Ok(connection)
}

const UNUSUAL_IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// Returns the absolute path as a URI for SQLite: each unusual byte becomes a percent sign and two
/// hexadecimal digits.
fn uri(file: &Path) -> Result<String, StoreError> {
    let whole = std::path::absolute(file).map_err(|_| rusqlite::Error::InvalidPath(file.into()))?;
    Ok(format!("file://{}", percent_encode(whole.as_os_str().as_bytes(), UNUSUAL_IN_PATH)))
}
