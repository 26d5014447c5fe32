//! A private folder for Unix sockets: only the user who runs the server may enter it. tiny_http
//! listens in one, and the control socket is in another.
//!
//! A server that was killed leaves its folder. A server that the same user starts later removes it,
//! if it looks for a place in the same directory. A lock shows whether a folder's server still
//! runs, because the system releases the lock when the process ends, however it ends.
//!
//! Owns: the folder, from its creation to its removal.
//! Must not know: who listens.
//!
//! Part: `server/http/mod.rs`.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File};
use std::hash::BuildHasher;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Longest path of a Unix socket, in bytes. The kernel needs one more byte, a zero, after the path.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// The beginning of the name of each private folder.
const NAME: &str = "threadbare-";

/// The beginning of a new private folder's name, for as long as its lock file is not locked yet.
const MAKING: &str = ".threadbare-";

const LOCK: &str = "lock";

const CONTROL: &str = "control";

/// A private folder, of mode 0700. Dropping this value removes the folder with all that is in it,
/// and blocks for the disk.
#[derive(Debug)]
pub(crate) struct PrivateFolder {
    path: PathBuf,
    /// The open lock file. A running server keeps it locked; closing it releases the lock.
    _lock: File,
}

impl PrivateFolder {
    /// Makes a new folder. It tries several directories, such as `/tmp`, one after the other, until
    /// the folder can be made. In each directory that it tries, it first removes the folders that
    /// killed servers of this user have left.
    ///
    /// # Errors
    /// The folder could be made in no directory. The error has the directory that was
    /// tried last, and why it failed there.
    pub(crate) fn create() -> Result<Self, (PathBuf, io::Error)> {
        let user = rustix::process::getuid().as_raw();
        let parents = [
            runtime_directory(),
            std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
            Some(PathBuf::from(format!("/run/user/{user}"))),
            Some(std::env::temp_dir()),
            Some(PathBuf::from("/tmp")),
            // In a container that holds only this program, `/dev/shm` may be the only directory
            // where a folder can be made.
            Some(PathBuf::from("/dev/shm")),
            std::env::current_dir().ok(),
        ];
        let mut refused = (PathBuf::from("/tmp"), io::ErrorKind::NotFound.into());
        for parent in parents.into_iter().flatten().filter(|parent| parent.is_absolute()) {
            sweep(&parent, user);
            match Self::create_in(&parent) {
                Ok(folder) => return Ok(folder),
                Err(error) => refused = (parent, error),
            }
        }
        Err(refused)
    }

    fn create_in(parent: &Path) -> io::Result<Self> {
        // Another program cannot guess this random number, so it cannot make a folder of this name
        // before the server does. If the name is taken nevertheless, making the folder fails.
        let number = RandomState::new().hash_one(std::process::id());
        let path = parent.join(format!("{NAME}{number:016x}"));
        if path.as_os_str().len() + "/18446744073709551615".len() > SOCKET_PATH_BYTES_MAX {
            return Err(io::Error::other("the path is too long for a Unix socket"));
        }
        // The folder has another name until its lock file is locked. Otherwise a second server that
        // starts at the same time could find the folder unlocked, take it for that of a killed
        // server, and remove it.
        let making = parent.join(format!("{MAKING}{number:016x}"));
        DirBuilder::new().mode(0o700).create(&making)?;
        let made = File::create_new(making.join(LOCK)).and_then(|lock| {
            lock.try_lock()?;
            fs::rename(&making, &path)?;
            Ok(lock)
        });
        if made.is_err() {
            remove(&making);
        }
        Ok(Self { path, _lock: made? })
    }

    /// Returns the path of the socket of generation `number`. Each generation of tiny_http needs
    /// its own number, because an old generation removes the file at its path when it ends.
    pub(super) fn socket(&self, number: u64) -> PathBuf {
        self.path.join(number.to_string())
    }

    /// Returns the path of the control socket.
    pub(crate) fn control(&self) -> PathBuf {
        self.path.join(CONTROL)
    }

    pub(super) fn remove(&self) {
        remove(&self.path);
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Returns the folder that systemd has made for the server's sockets (`RuntimeDirectory=`); if it
/// has made several, the first of them.
fn runtime_directory() -> Option<PathBuf> {
    let folders = std::env::var_os("RUNTIME_DIRECTORY")?;
    std::env::split_paths(&folders).next()
}

/// Returns whether the control socket of a server has a path like this.
pub(crate) fn is_control_path(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
    path.is_absolute()
        && path.file_name().is_some_and(|name| name == CONTROL)
        && folder.is_some_and(|name| is_our_name(&name))
}

/// Removes the folders that killed servers of this user left in `parent`.
fn sweep(parent: &Path, user: u32) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = is_our_name(&entry.file_name().to_string_lossy())
            && entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == user);
        // A folder without a lock file is no server's private folder, so it stays.
        let Some(lock) = ours.then(|| File::open(entry.path().join(LOCK)).ok()).flatten() else {
            continue;
        };
        if lock.try_lock().is_ok() && has_only_ours(&entry.path()) {
            remove(&entry.path());
        }
    }
}

/// Returns whether this is a name as [`PrivateFolder::create_in`] makes them. The folder name of
/// another program may also begin with `threadbare-`.
fn is_our_name(name: &str) -> bool {
    let digits = name.strip_prefix(NAME).unwrap_or_default();
    digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Returns whether the folder has only what a server puts into its private folder: sockets, and the
/// lock file.
fn has_only_ours(path: &Path) -> bool {
    let is_ours = |entry: fs::DirEntry| {
        entry.file_name() == LOCK || entry.file_type().is_ok_and(|kind| kind.is_socket())
    };
    fs::read_dir(path).is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(is_ours)))
}

fn remove(path: &Path) {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "cannot remove a private folder");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::{PrivateFolder, is_control_path, sweep};

    #[test]
    fn the_private_folder_is_ours_alone_and_goes_with_us() {
        let folder = PrivateFolder::create().unwrap();
        let mode = fs::metadata(&folder.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(folder.socket(u64::MAX).as_os_str().len() < 108);
        let path = folder.path.clone();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_control_socket_is_told_from_other_sockets_by_its_path() {
        let folder = PrivateFolder::create().unwrap();
        assert!(is_control_path(&folder.control()));
        let other = folder.socket(0);
        let elsewhere = Path::new("/tmp/threadbare-notes/control");
        let relative = Path::new("threadbare-0123456789abcdef/control");
        assert!(![&other, elsewhere, relative].into_iter().any(is_control_path));
    }

    #[test]
    fn a_place_whose_path_is_too_long_is_not_taken() {
        assert!(PrivateFolder::create_in(&Path::new("/tmp").join("x".repeat(90))).is_err());
    }

    #[test]
    fn servers_that_start_at_once_do_not_sweep_each_other_away() {
        let parent = std::env::temp_dir().join(format!("starts-{}", std::process::id()));
        fs::create_dir_all(&parent).unwrap();
        let user = rustix::process::getuid().as_raw();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        sweep(&parent, user);
                        let folder = PrivateFolder::create_in(&parent).unwrap();
                        assert!(folder.path.join(super::LOCK).exists());
                    }
                });
            }
        });
        fs::remove_dir(&parent).unwrap();
    }

    #[test]
    fn what_a_killed_server_left_is_cleared_away_and_nothing_else() {
        let parent = std::env::temp_dir().join(format!("sweep-{}", std::process::id()));
        // Folders that are not private folders of tiny_http may have a lock file, too. The folder
        // of a history has one.
        let others =
            ["threadbare-notes", "threadbare-0123456789abcdef"].map(|name| parent.join(name));
        for other in &others {
            fs::create_dir_all(other).unwrap();
            fs::write(other.join("lock"), "").unwrap();
            fs::write(other.join("notes"), "").unwrap();
        }
        let alive = PrivateFolder::create_in(&parent).unwrap();
        let dead = PrivateFolder::create_in(&parent).unwrap();
        dead._lock.unlock().unwrap();
        sweep(&parent, rustix::process::getuid().as_raw());
        assert!(alive.path.exists());
        assert!(!dead.path.exists());
        assert!(others.iter().all(|other| other.join("notes").exists()), "not one of ours");
        fs::remove_dir_all(&parent).unwrap();
    }
}
