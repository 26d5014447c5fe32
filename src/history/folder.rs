//! The folder of the history: one server at a time, and a damaged file is set
//! aside, never thrown away and never met twice.
//!
//! Owns: the names of the files in it, and the lock.
//! Must not know: what is in the file.
//!
//! Next: `history/schema.rs`.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// SQLite's own beside its file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// A log of changes that is no longer has nothing in it.
const WAL_HEAD_BYTES: u64 = 32;

const LOCK: &str = "lock";

/// The history's file in a folder of one.
pub(super) fn file_in(folder: &Path) -> PathBuf {
    folder.join("threadbare.sqlite")
}

/// A folder that is ours as long as this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The folder itself is locked, for anybody may remove a file that only is a lock;
    /// `None` where that cannot be.
    itself: Option<File>,
    /// What earlier servers look for. Both locks go with their file, also when the process
    /// is killed.
    lock: File,
}

/// Which file is the history, and which its log of changes: device and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) file: Option<(u64, u64)>,
    pub(super) wal: Option<(u64, u64)>,
}

/// Why a folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum NoFolder {
    /// It cannot be made, or not be written.
    #[error("cannot use the folder {path}: {error}; give another one with --data, or --data none")]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another server has it.
    #[error(
        "another threadbare keeps its history in {0}; give this one another folder with --data, \
         or --data none"
    )]
    InUse(PathBuf),
}

impl Folder {
    /// Makes the folder if it is not there, for its owner's eyes only, and takes
    /// it. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoFolder`].
    pub(super) fn take(path: &Path) -> Result<Self, NoFolder> {
        let unusable = |error| NoFolder::Unusable { path: path.to_owned(), error };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let itself = File::open(path).ok();
        if itself.as_ref().is_some_and(|folder| !is_free(folder)) {
            return Err(NoFolder::InUse(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), itself, lock: lock_in(path)? })
    }

    /// Takes the folder again, which may be gone, or another one, or without its lock. Blocks
    /// for the disk.
    ///
    /// # Errors
    /// See [`NoFolder`].
    pub(super) fn take_again(&mut self) -> Result<(), NoFolder> {
        let has_lock = is_at(&self.lock, &self.path.join(LOCK));
        match &self.itself {
            Some(itself) if is_at(itself, &self.path) => {
                if !has_lock {
                    self.lock = lock_in(&self.path)?;
                }
            }
            None if has_lock => {}
            _ => *self = Self::take(&self.path)?,
        }
        Ok(())
    }

    /// Which files are there now.
    pub(super) fn identity(&self) -> Identity {
        let wal = PathBuf::from(format!("{}-wal", self.file().display()));
        Identity { file: file_id(&self.file()), wal: file_id(&wal) }
    }

    /// The history's file.
    pub(super) fn file(&self) -> PathBuf {
        file_in(&self.path)
    }

    /// SQLite's log of changes ...
    pub(super) fn changes(&self) -> PathBuf {
        beside(&self.file(), BESIDE[0])
    }

    /// ... and its index of that.
    pub(super) fn index(&self) -> PathBuf {
        beside(&self.file(), BESIDE[1])
    }

    /// Copies the log of changes to a name that nobody has. Blocks for the disk.
    ///
    /// # Errors
    /// There is no copy.
    pub(super) fn copy_changes_aside(&self) -> io::Result<()> {
        fs::copy(self.changes(), beside(&self.free_aside(), BESIDE[0])).map(drop)
    }

    /// Renames the log of changes to a name that nobody has, which is the answer. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// It is where it was.
    pub(super) fn set_changes_aside(&self) -> io::Result<PathBuf> {
        let aside = beside(&self.free_aside(), BESIDE[0]);
        fs::rename(self.changes(), &aside)?;
        File::open(&self.path)?.sync_all()?;
        Ok(aside)
    }

    fn free_aside(&self) -> PathBuf {
        let mut names = (1..).map(|number| self.path.join(format!("damaged-{number}.sqlite")));
        let is_free = |path: &PathBuf| !path.exists() && !beside(path, BESIDE[0]).exists();
        names.find(is_free).unwrap_or_default()
    }

    /// Who may come in, a second time.
    pub(super) fn access(&self) -> PathBuf {
        self.path.join("access")
    }

    /// What is taken over from a damaged file, until all of it is.
    pub(super) fn rescued(&self) -> PathBuf {
        self.path.join("rescued.sqlite")
    }

    /// Whether the file is gone or has no byte, and its log of changes is there.
    pub(super) fn is_emptied(&self) -> bool {
        let bytes = |path: &Path| fs::metadata(path).map_or(0, |it| it.len());
        bytes(&self.file()) == 0 && bytes(&beside(&self.file(), BESIDE[0])) > WAL_HEAD_BYTES
    }

    /// Throws away what was begun to be taken over; if the damaged file was set aside
    /// before a crash, all of it was, and it becomes the history. Blocks for the disk.
    ///
    /// # Errors
    /// All is as it was.
    pub(super) fn end_rescue(&self) -> io::Result<()> {
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

    /// What was taken over is the history from here on. Blocks for the disk.
    ///
    /// # Errors
    /// It stays where it is.
    pub(super) fn take_rescued(&self) -> io::Result<()> {
        fs::rename(self.rescued(), self.file())?;
        File::open(&self.path)?.sync_all()
    }

    /// Renames the file, and SQLite's own beside it, to names that nobody has; the
    /// new one of the file itself. Blocks for the disk.
    ///
    /// # Errors
    /// They stay where they are.
    pub(super) fn set_aside(&self) -> io::Result<PathBuf> {
        let aside = self.free_aside();
        for end in BESIDE.into_iter().chain([""]) {
            match fs::rename(beside(&self.file(), end), beside(&aside, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(aside)
    }
}

/// Opens the file that is the lock, or makes it, and takes it.
fn lock_in(folder: &Path) -> Result<File, NoFolder> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true).mode(0o600);
    let unusable = |error| NoFolder::Unusable { path: folder.to_owned(), error };
    let lock = options.open(folder.join(LOCK)).map_err(unusable)?;
    if is_free(&lock) { Ok(lock) } else { Err(NoFolder::InUse(folder.to_owned())) }
}

/// Locks this; false if somebody else has. On a file system without locks nobody can be
/// kept out.
fn is_free(file: &File) -> bool {
    flock(file, FlockOperation::NonBlockingLockExclusive) != Err(rustix::io::Errno::WOULDBLOCK)
}

/// Whether this open file is the one at this path.
fn is_at(file: &File, path: &Path) -> bool {
    let id = file.metadata().ok().map(|it| (it.dev(), it.ino()));
    id.is_some() && id == file_id(path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    PathBuf::from(format!("{}{end}", path.display()))
}

fn file_id(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|it| (it.dev(), it.ino()))
}

#[cfg(test)]
mod tests {
    use super::{Folder, NoFolder};

    fn fresh(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("threadbare-folder-{}-{name}", std::process::id()))
    }

    #[test]
    fn a_folder_is_one_server_s_at_a_time() {
        let path = fresh("one");
        let first = Folder::take(&path).unwrap();
        assert!(matches!(Folder::take(&path), Err(NoFolder::InUse(_))));
        drop(first);
        Folder::take(&path).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_folder_is_one_server_s_also_when_somebody_removes_the_lock() {
        let path = fresh("unlocked");
        let mut first = Folder::take(&path).unwrap();
        std::fs::remove_file(path.join(super::LOCK)).unwrap();
        assert!(matches!(Folder::take(&path), Err(NoFolder::InUse(_))), "before it has noticed");
        first.take_again().unwrap();
        assert!(path.join(super::LOCK).exists());
        assert!(matches!(Folder::take(&path), Err(NoFolder::InUse(_))));
        // Another folder by the same name is nobody's yet.
        std::fs::remove_dir_all(&path).unwrap();
        first.take_again().unwrap();
        assert!(matches!(Folder::take(&path), Err(NoFolder::InUse(_))));
        drop(first);
        Folder::take(&path).unwrap();
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn what_is_set_aside_is_all_there_under_another_name() {
        let path = fresh("aside");
        let folder = Folder::take(&path).unwrap();
        for round in 1..=2 {
            for end in ["", "-wal"] {
                let file = format!("{}{end}", folder.file().display());
                std::fs::write(file, format!("round {round}{end}")).unwrap();
            }
            let aside = folder.set_aside().unwrap();
            assert!(!folder.file().exists());
            assert_eq!(std::fs::read_to_string(&aside).unwrap(), format!("round {round}"));
            let wal = format!("{}-wal", aside.display());
            assert_eq!(std::fs::read_to_string(wal).unwrap(), format!("round {round}-wal"));
        }
        std::fs::remove_dir_all(&path).unwrap();
    }
}
