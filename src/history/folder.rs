//! The folder of the history, and the lock that keeps it for one server at a time, if the file
//! system has locks. If the history's file is damaged, the server renames it. It does not delete
//! the renamed file.
//!
//! Owns: the names of the files in the folder, and the lock.
//! Must not know: what is in the file.
//!
//! Part: `history/mod.rs`.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::sqlite_file::wal::WAL_HEAD_BYTES;

/// The endings of the names of the two files that SQLite keeps next to the history's file: its
/// write-ahead log, and SQLite's index of that log.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

const LOCK: &str = "lock";

/// How the names of files begin that were damaged and then set aside.
pub(crate) const DAMAGED: &str = "damaged";

pub(crate) fn file_in(folder: &Path) -> PathBuf {
    folder.join("threadbare.sqlite")
}

/// The folder of the history, which this server has locked, if the file system has locks. Dropping
/// this value unlocks the folder.
#[derive(Debug)]
pub(crate) struct HistoryFolder {
    path: PathBuf,
    /// The open folder. It is locked in addition to the lock file in it, because somebody may
    /// remove that file. `None`: the system could not open the folder.
    itself: Option<Locked>,
    /// The lock file in the folder, open and locked. Older versions of the server check only this
    /// lock. When the process ends or is killed, the system releases it.
    lock: Locked,
}

/// A locked file or folder, open. Dropping it releases the lock.
#[derive(Debug)]
struct Locked(File);

impl Drop for Locked {
    /// Closing the file is not enough. The lock belongs to all copies of the descriptor, and a
    /// process that a thread has just forked has copies of all of them until it starts its program.
    fn drop(&mut self) {
        flock(&self.0, FlockOperation::Unlock).ok();
    }
}

/// The device and inode number of the history's file, and those of its write-ahead log. They show
/// whether a file was replaced. A field is `None` if its file does not exist, or if the system does
/// not let us look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) file: Option<(u64, u64)>,
    pub(crate) wal: Option<(u64, u64)>,
}

/// Why this server cannot use the folder of the history.
#[derive(Debug, thiserror::Error)]
pub enum NoFolder {
    /// The folder cannot be created, or the lock file in it cannot be created or opened.
    #[error("cannot use the folder {path}: {error}; give another one with --data, or --data none")]
    Unusable {
        /// The path of the folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// Another server has locked the folder. The value is the path of the folder.
    #[error(
        "another threadbare keeps its history in {0}; give this one another folder with --data, \
         or --data none"
    )]
    InUse(PathBuf),
}

impl HistoryFolder {
    /// Locks the folder at this path. If there is none, first creates one that only its owner can
    /// use. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoFolder`].
    pub(crate) fn take(path: &Path) -> Result<Self, NoFolder> {
        let unusable = |error| NoFolder::Unusable { path: path.to_owned(), error };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let in_use = || NoFolder::InUse(path.to_owned());
        let folder = File::open(path).ok();
        let itself = folder.map(|folder| try_lock(folder).ok_or_else(in_use)).transpose()?;
        Ok(Self { path: path.to_owned(), itself, lock: lock_in(path)? })
    }

    /// Makes sure that this server has locked the folder that is now at its path. If the folder or
    /// its lock file was removed or replaced, locks what is there now, and creates what is missing.
    /// Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoFolder`].
    pub(crate) fn take_again(&mut self) -> Result<(), NoFolder> {
        let has_lock = is_at(&self.lock.0, &self.path.join(LOCK));
        match &self.itself {
            Some(itself) if is_at(&itself.0, &self.path) => {
                if !has_lock {
                    self.lock = lock_in(&self.path)?;
                }
            }
            None if has_lock => {}
            _ => *self = Self::take(&self.path)?,
        }
        Ok(())
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { file: file_id(&self.file()), wal: file_id(&self.wal()) }
    }

    pub(crate) fn file(&self) -> PathBuf {
        file_in(&self.path)
    }

    pub(crate) fn wal(&self) -> PathBuf {
        beside(&self.file(), BESIDE[0])
    }

    pub(crate) fn wal_index(&self) -> PathBuf {
        beside(&self.file(), BESIDE[1])
    }

    /// Copies the write-ahead log to a new file with an unused name. Blocks for the disk.
    ///
    /// # Errors
    /// There is no copy, or only a part of one.
    pub(crate) fn copy_wal_aside(&self) -> io::Result<()> {
        fs::copy(self.wal(), beside(&self.free_aside(DAMAGED), BESIDE[0])).map(drop)
    }

    /// Renames the write-ahead log to an unused name, and returns its new path. Blocks for the
    /// disk.
    ///
    /// # Errors
    /// The log still has its old name. Or it has the new name, but a power cut may undo that.
    pub(crate) fn set_wal_aside(&self) -> io::Result<PathBuf> {
        let aside = beside(&self.free_aside(DAMAGED), BESIDE[0]);
        fs::rename(self.wal(), &aside)?;
        File::open(&self.path)?.sync_all()?;
        Ok(aside)
    }

    fn free_aside(&self, what: &str) -> PathBuf {
        let mut names = (1..).map(|number| self.path.join(format!("{what}-{number}.sqlite")));
        let is_free = |path: &PathBuf| !path.exists() && !beside(path, BESIDE[0]).exists();
        names.find(is_free).unwrap_or_default()
    }

    pub(crate) fn protection_copy(&self) -> PathBuf {
        self.path.join("access")
    }

    /// Returns the path of the new file into which a rescue copies what can be read of a damaged
    /// one.
    pub(crate) fn rescued(&self) -> PathBuf {
        self.path.join("rescued.sqlite")
    }

    /// Returns whether the history's file is missing or empty, although there is a write-ahead log
    /// that is longer than the head of such a log.
    pub(crate) fn is_emptied(&self) -> bool {
        let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        bytes(&self.file()) == 0 && bytes(&self.wal()) > WAL_HEAD_BYTES as u64
    }

    /// Ends a rescue that a crash or an error has interrupted. If there is a result of a rescue,
    /// but no file with the name of the history's file, the result becomes the history. Otherwise
    /// the result, if there is one, is deleted. Blocks for the disk.
    ///
    /// # Errors
    /// A file could not be renamed or deleted, or a power cut may undo the renaming.
    pub(crate) fn end_rescue(&self) -> io::Result<()> {
        let rescued = self.rescued();
        if rescued.exists() && !self.file().exists() {
            return self.take_rescued();
        }
        for path in [beside(&rescued, BESIDE[0]), beside(&rescued, BESIDE[1]), rescued] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives the result of a rescue the name of the history's file. Blocks for the disk.
    ///
    /// # Errors
    /// The result still has its old name. Or it has the name of the history's file, but a power cut
    /// may undo that.
    pub(crate) fn take_rescued(&self) -> io::Result<()> {
        fs::rename(self.rescued(), self.file())?;
        File::open(&self.path)?.sync_all()
    }

    /// Renames the history's file, and SQLite's own files next to it, to unused names such as
    /// `damaged-1.sqlite`, which begin with `what`. Returns the new path of the history's file.
    /// Blocks for the disk.
    ///
    /// The history's file is renamed last. So if a crash interrupts the renaming, the history's
    /// file is still in its place, and `end_rescue` does not put the result of the rescue there.
    ///
    /// # Errors
    /// The history's file keeps its name; SQLite's own files may be renamed already.
    pub(crate) fn set_aside(&self, what: &str) -> io::Result<PathBuf> {
        let aside = self.free_aside(what);
        for end in BESIDE.into_iter().chain([""]) {
            match fs::rename(beside(&self.file(), end), beside(&aside, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(aside)
    }
}

fn lock_in(folder: &Path) -> Result<Locked, NoFolder> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let unusable = |error| NoFolder::Unusable { path: folder.to_owned(), error };
    let lock = options.open(folder.join(LOCK)).map_err(unusable)?;
    try_lock(lock).ok_or_else(|| NoFolder::InUse(folder.to_owned()))
}

/// Locks a file. Returns `None` if it is locked already. If locking fails for another reason, such
/// as a file system without locks, returns the file nevertheless; then another server can use the
/// folder at the same time.
fn try_lock(file: File) -> Option<Locked> {
    let locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    (locked != Err(rustix::io::Errno::WOULDBLOCK)).then(|| Locked(file))
}

fn is_at(file: &File, path: &Path) -> bool {
    let id = file.metadata().ok().map(|found| (found.dev(), found.ino()));
    id.is_some() && id == file_id(path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

fn file_id(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::{DAMAGED, HistoryFolder, NoFolder};

    fn fresh(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("threadbare-folder-{}-{name}", std::process::id()))
    }

    #[test]
    fn a_folder_is_one_server_s_at_a_time() {
        let path = fresh("one");
        let first = HistoryFolder::take(&path).unwrap();
        assert!(matches!(HistoryFolder::take(&path), Err(NoFolder::InUse(_))));
        drop(first);
        HistoryFolder::take(&path).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_folder_is_one_server_s_also_when_somebody_removes_the_lock() {
        let path = fresh("unlocked");
        let mut first = HistoryFolder::take(&path).unwrap();
        std::fs::remove_file(path.join(super::LOCK)).unwrap();
        assert!(
            matches!(HistoryFolder::take(&path), Err(NoFolder::InUse(_))),
            "before it has noticed"
        );
        first.take_again().unwrap();
        assert!(path.join(super::LOCK).exists());
        assert!(matches!(HistoryFolder::take(&path), Err(NoFolder::InUse(_))));
        // If somebody removes the folder, the server must create it again and lock the new folder,
        // too.
        std::fs::remove_dir_all(&path).unwrap();
        first.take_again().unwrap();
        assert!(matches!(HistoryFolder::take(&path), Err(NoFolder::InUse(_))));
        drop(first);
        HistoryFolder::take(&path).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn the_locks_end_with_their_server_although_a_forked_process_still_has_them_open() {
        let path = fresh("forked");
        let first = HistoryFolder::take(&path).unwrap();
        let copies = [first.itself.as_ref().unwrap().0.try_clone(), first.lock.0.try_clone()];
        drop(first);
        HistoryFolder::take(&path).unwrap();
        drop(copies);
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn what_is_set_aside_is_all_there_under_another_name() {
        let path = fresh("aside");
        let folder = HistoryFolder::take(&path).unwrap();
        for round in 1..=2 {
            for end in ["", "-wal"] {
                let file = format!("{}{end}", folder.file().display());
                std::fs::write(file, format!("round {round}{end}")).unwrap();
            }
            let aside = folder.set_aside(DAMAGED).unwrap();
            assert!(!folder.file().exists());
            assert_eq!(std::fs::read_to_string(&aside).unwrap(), format!("round {round}"));
            let wal = format!("{}-wal", aside.display());
            assert_eq!(std::fs::read_to_string(wal).unwrap(), format!("round {round}-wal"));
        }
        std::fs::remove_dir_all(&path).unwrap();
    }
}
