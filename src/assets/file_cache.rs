//! Whole files in memory. If the memory has a file already, because an answer is sending it, the
//! next answer uses the same copy.
//!
//! A file is read from the disk before the browser gets a byte of it, and a browser may be slow. If
//! a hundred browsers request one large file, there must not be a hundred copies of it in memory.
//!
//! Owns: which files are being sent, and how large one may be.
//! Must not know: which files may be served.
//!
//! Part: `assets/mod.rs`.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::base::limits;

#[derive(Debug, Default)]
pub(super) struct FileCache {
    files: Mutex<Vec<CachedFile>>,
}

#[derive(Debug)]
struct CachedFile {
    path: PathBuf,
    stamp: Stamp,
    bytes: Weak<[u8]>,
}

/// The properties by which the server notices that a file was edited. While they are unchanged, the
/// server uses the bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl From<&Metadata> for Stamp {
    fn from(about: &Metadata) -> Self {
        let modified = (about.mtime(), about.mtime_nsec());
        Self { inode: about.ino(), bytes: about.len(), modified }
    }
}

impl FileCache {
    /// Returns the whole regular file at `path`. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// `NotFound`, also if `path` is no regular file; `FileTooLarge` over
    /// [`OWN_FILE_BYTES_MAX`](limits::OWN_FILE_BYTES_MAX); else the system's error.
    pub(super) fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let about = std::fs::symlink_metadata(path)?;
        // Only a regular file is opened: opening a pipe would block until a program writes into it.
        if !about.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let stamp = Stamp::from(&about);
        if let Some(bytes) = self.find(path, stamp) {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        let bytes_max = limits::OWN_FILE_BYTES_MAX;
        File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > bytes_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let bytes: Arc<[u8]> = bytes.into();
        let cached = CachedFile { path: path.to_owned(), stamp, bytes: Arc::downgrade(&bytes) };
        self.files.lock().push(cached);
        Ok(bytes)
    }

    fn find(&self, path: &Path, stamp: Stamp) -> Option<Arc<[u8]>> {
        let mut files = self.files.lock();
        // The memory of the bytes is not freed while a weak reference to them exists. So the list
        // drops the references to files that no answer sends any more.
        files.retain(|file| file.bytes.strong_count() > 0);
        let file = files.iter().find(|file| file.path == path && file.stamp == stamp)?;
        file.bytes.upgrade()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::FileCache;

    #[test]
    fn a11_many_who_are_sent_one_file_share_it_until_it_changes() {
        let path = std::env::temp_dir().join(format!("threadbare-cached-{}", std::process::id()));
        std::fs::write(&path, "old").unwrap();
        let cache = FileCache::default();
        let one = cache.read(&path).unwrap();
        assert!(Arc::ptr_eq(&one, &cache.read(&path).unwrap()));
        std::fs::write(&path, "newer").unwrap();
        let other = cache.read(&path).unwrap();
        assert_eq!((&*one, &*other), (&b"old"[..], &b"newer"[..]));
        drop((one, other));
        assert_eq!(&*cache.read(&path).unwrap(), b"newer");
        assert_eq!(cache.files.lock().len(), 1, "nothing is kept that nobody needs");
        std::fs::remove_file(&path).unwrap();
    }
}
