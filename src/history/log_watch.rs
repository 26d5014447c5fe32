//! Whether SQLite's log of changes (`-wal`) under the server is as long as SQLite takes it to be.
//!
//! SQLite writes at the place in that file where its index (`-shm`) says that the log ends. If somebody has
//! cut the file meanwhile, the system fills what is missing with zeros, and SQLite goes on without a word. The next
//! start takes a log up to its first change that is not whole: then all of it is gone, also what was called sent.
//!
//! Owns: that comparison. It is cheap enough for each batch: two small reads, and a file's length.
//! Must not know: what becomes of a damaged log.
//!
//! Next: `history/watch.rs`.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::folder::Folder;
use super::lost::{INDEX_HEADS_BYTES, Index};
use super::pages::{Changes, WAL_HEAD_BYTES};

const CUT: &str = "threadbare.sqlite-wal was cut";
const SPOILED: &str = "threadbare.sqlite-wal is not what was written";

/// The log and its index. Both must stay open as long as SQLite has them: closing any way to the index
/// gives up the locks of all.
pub(super) struct LogWatch {
    wal: File,
    index: File,
}

impl LogWatch {
    /// `None`: SQLite has no such files here. Blocks for the disk.
    pub(super) fn new(folder: &Folder) -> Option<Self> {
        let (wal, index) = (File::open(folder.changes()).ok()?, File::open(folder.index()).ok()?);
        Some(Self { wal, index })
    }

    /// What is wrong with the log's length or its head. Blocks for the disk.
    pub(super) fn odd(&self) -> Option<&'static str> {
        self.is_odd(|index| {
            let mut head = [0; WAL_HEAD_BYTES];
            let bytes = self.wal.metadata().map_or(0, |it| it.len());
            if bytes < index.log_bytes() || self.wal.read_exact_at(&mut head, 0).is_err() {
                return Some(CUT);
            }
            (head[16..24] != index.salts).then_some(SPOILED)
        })
    }

    /// What is wrong with any of its changes. It reads all of the log. Blocks for the disk.
    pub(super) fn odd_inside(&self) -> Option<&'static str> {
        let end = || Changes::of(&self.wal).map_or(0, |changes| changes.end);
        self.odd().or_else(|| self.is_odd(|index| (end() < index.log_bytes()).then_some(SPOILED)))
    }

    /// Another program may settle the log while this looks at it: then the index is another one.
    fn is_odd(&self, look: impl Fn(&Index) -> Option<&'static str>) -> Option<&'static str> {
        let index = self.index()?;
        let odd = look(&index)?;
        self.index()
            .is_some_and(|now| now.all == index.all && now.salts == index.salts)
            .then_some(odd)
    }

    /// `None`: nobody knows, or no change is in the log.
    fn index(&self) -> Option<Index> {
        let mut heads = vec![0; INDEX_HEADS_BYTES];
        self.index.read_exact_at(&mut heads, 0).ok()?;
        Index::of(heads).filter(|index| index.all > 0)
    }
}
