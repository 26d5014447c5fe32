//! `threadbare backup` and `threadbare restore`: the whole history in one other file, and back.
//!
//! A backup is a history like any other: rooms, private messages, names and what protects them. A
//! server may run meanwhile. The backup is the history at one moment: SQLite reads it in one
//! transaction, and the server goes on writing.
//!
//! To restore, the copy first lies beside the history under the name of a rescue's result. So if
//! the power fails in the middle, the next start ends what was begun, as it ends a rescue. The
//! access file stays: a room or a name that got its password after the backup is still protected.
//! And no number is given twice: the numbers of the lines that are lost are left out.
//!
//! Blocks on: the disk.
//! Owns: when a copy gets its name, and what becomes of the history that was there.
//! Must not know: what is in the history.
//!
//! Part: `history/mod.rs`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::archive::{Archive, NoArchive};
use super::folder::{HistoryFolder, NoFolder};
use super::store::{Store, StoreError};
use crate::base::limits;
use crate::chat::config::Flush;

/// Why there is no backup, or why it was not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The history or the backup cannot be opened.
    #[error(transparent)]
    NoArchive(#[from] NoArchive),
    /// The folder cannot be had; a server that runs has it, for example.
    #[error("{0}; stop the server first if it is the one to restore")]
    NoFolder(NoFolder),
    /// A file could be opened, but not read to its end.
    #[error("cannot read {path}: {source}")]
    Store {
        /// The path of the file.
        path: PathBuf,
        /// The error of the store.
        source: StoreError,
    },
    /// The backup would lie in the history's own folder.
    #[error(
        "{0} is in the folder of the history; a backup belongs on another disk, or at least \
             in another folder"
    )]
    OwnFolder(PathBuf),
    /// SQLite finds faults in the backup.
    #[error(
        "{0} is no backup, or a damaged one, or only a part of one; nothing was changed; take \
         another one"
    )]
    Damaged(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Output {
        /// The path of the file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Writes the history of `folder` into `file`, which only its owner can read. If there is such a
/// file already, it is replaced once the new one is complete and on the disk. Returns its size in
/// bytes. Blocks for the disk; takes time that grows with the history, and little memory.
///
/// # Errors
/// See [`BackupError`]. A file that was there is unchanged then.
pub fn backup(folder: &Path, file: &Path) -> Result<u64, BackupError> {
    let mut archive = Archive::open(folder)?;
    let output = |source| BackupError::Output { path: file.to_owned(), source };
    let beside = whole(file.parent().unwrap_or(Path::new("")));
    if beside == whole(folder) {
        return Err(BackupError::OwnFolder(file.to_owned()));
    }
    let mut part = OsString::from(file);
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    // SQLite fills an empty file, and keeps its permissions.
    create_private(&part).map_err(output)?;
    let filled = archive.copy_to(&part).map_err(|source| not_copied(source, folder, file));
    let done = filled.and_then(|()| {
        File::open(&part)
            .and_then(|written| written.sync_all().and_then(|()| written.metadata()))
            .and_then(|written| fs::rename(&part, file).map(|()| written.len()))
            .and_then(|bytes| File::open(&beside)?.sync_all().map(|()| bytes))
            .map_err(output)
    });
    if done.is_err() {
        // Gone already if it has its name.
        fs::remove_file(&part).ok();
    }
    done
}

/// Makes `file`, a backup, the history of `folder`. Returns where the history lies now that was
/// there; `None`: there was none. Blocks for the disk.
///
/// # Errors
/// See [`BackupError`]. The history that was there stays in its place then, or a power cut has
/// interrupted the last step: the next start of the server ends it.
pub fn restore(file: &Path, folder: &Path) -> Result<Option<PathBuf>, BackupError> {
    let mut backup = Archive::of_file(file).map_err(|why| match why {
        NoArchive::Store { path, source } if source.is_corruption() => BackupError::Damaged(path),
        other => BackupError::NoArchive(other),
    })?;
    let is_sound = match backup.is_sound() {
        Err(source) if source.is_corruption() => false,
        other => other.map_err(|source| BackupError::Store { path: file.to_owned(), source })?,
    };
    if !is_sound {
        return Err(BackupError::Damaged(file.to_owned()));
    }
    let taken = HistoryFolder::take(folder).map_err(BackupError::NoFolder)?;
    let copy = taken.rescued();
    let output = |source| BackupError::Output { path: copy.clone(), source };
    taken.end_rescue().map_err(output)?;
    let made = create_private(&copy).map_err(output)?;
    give_to_owner_of(folder, &made).map_err(output)?;
    // Not the file's bytes: it could have a write-ahead log of its own.
    let failed = |source| not_copied(source, file, &copy);
    backup.copy_to(&copy).map_err(failed)?;
    leave_numbers_out(&copy).map_err(failed)?;
    File::open(&copy).and_then(|copied| copied.sync_all()).map_err(output)?;
    let had_one = taken.file().exists();
    let aside = taken.set_aside("replaced").map_err(output)?;
    taken.take_rescued().map_err(output)?;
    Ok(had_one.then_some(aside))
}

/// After the backup, lines were said whose numbers clients have seen. A number is given once, so
/// the server must go on after all of them. They are in no file, so the distance is a guess that is
/// much too large. It grows with the time: a backup that is restored twice goes on at two places.
fn leave_numbers_out(copy: &Path) -> Result<(), StoreError> {
    // The size has no bound here; the server has one.
    let mut store = Store::open(copy, Flush::Each, u64::MAX >> 1)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let newest = store.newest_time()?.map_or(now, |time| Duration::from_millis(time.0));
    let seconds = now.saturating_sub(newest).as_secs();
    // Two restores in the same second are at different places, too.
    let count = limits::RESTORE_NUMBERS_LEFT_OUT
        + limits::RESTORE_NUMBERS_A_SECOND.saturating_mul(seconds)
        + u64::from(now.subsec_micros());
    store.leave_numbers_out(count)
}

/// Why a copy was not made: SQLite reads one file and writes the other, and its error names
/// neither.
fn not_copied(source: StoreError, from: &Path, to: &Path) -> BackupError {
    if source.is_full_disk() {
        let source = io::Error::from(rustix::io::Errno::NOSPC);
        return BackupError::Output { path: to.to_owned(), source };
    }
    BackupError::Store { path: from.to_owned(), source }
}

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Root restores for the server, which may be another user's: the file then belongs to the owner of
/// the folder, as the file before it did. SQLite gives the files beside it the same owner.
fn give_to_owner_of(folder: &Path, file: &File) -> io::Result<()> {
    let (wanted, has) = (fs::metadata(folder)?, file.metadata()?);
    if (wanted.uid(), wanted.gid()) == (has.uid(), has.gid()) {
        return Ok(());
    }
    fchown(file, Some(wanted.uid()), Some(wanted.gid()))
}

/// The folder without links and dots; the current one if it has no name.
fn whole(folder: &Path) -> PathBuf {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::canonicalize(named).unwrap_or_else(|_| named.to_owned())
}
