//! Checks whether SQLite's write-ahead log (`-wal`) is as long as SQLite thinks, while the server
//! runs.
//!
//! SQLite writes at the place in the log where its index (`-shm`) says that the log ends. If
//! another program has cut the file meanwhile, the system fills the part that was cut off with
//! zeros, and SQLite notices nothing. The next start reads the log only up to the first frame that
//! is not whole. So the server loses all later frames, also lines for which it has told the author
//! that they are sent.
//!
//! Owns: the comparison of the two lengths. It is cheap enough for each batch: two small reads, and
//! the length of a file.
//! Must not know: what becomes of a damaged log.
//!
//! Part: `history/mod.rs`.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::folder::HistoryFolder;
use super::lost::{INDEX_HEADS_BYTES, Index};
use super::pages::{WAL_HEAD_BYTES, WriteAheadLog};

const CUT: &str = "threadbare.sqlite-wal was cut";
const SPOILED: &str = "threadbare.sqlite-wal is not what was written";

/// The log and its index. Both must stay open as long as SQLite has them open: closing any
/// descriptor of the index releases all locks that the process has on it.
pub(super) struct WalWatch {
    wal: File,
    index: File,
}

impl WalWatch {
    /// Opens the write-ahead log and SQLite's index of it. `None`: one of these two files is
    /// missing. Blocks for the disk.
    pub(super) fn new(folder: &HistoryFolder) -> Option<Self> {
        let (wal, index) = (File::open(folder.changes()).ok()?, File::open(folder.index()).ok()?);
        Some(Self { wal, index })
    }

    /// Returns what is wrong with the length or the head of the log. `None`: no fault was found, or
    /// SQLite's index cannot be used now. Blocks for the disk.
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

    /// Returns what is wrong with the log or any frame in it. `None`: no fault was found, or
    /// SQLite's index cannot be used now. It reads the whole log. Blocks for the disk.
    pub(super) fn odd_inside(&self) -> Option<&'static str> {
        let end = || WriteAheadLog::of(&self.wal).map_or(0, |changes| changes.end);
        self.odd().or_else(|| self.is_odd(|index| (end() < index.log_bytes()).then_some(SPOILED)))
    }

    /// Returns the fault that `look` finds, but only if the index has not changed meanwhile:
    /// another program may have moved the log into the file.
    fn is_odd(&self, look: impl Fn(&Index) -> Option<&'static str>) -> Option<&'static str> {
        let index = self.index()?;
        let odd = look(&index)?;
        self.index()
            .is_some_and(|now| now.all == index.all && now.salts == index.salts)
            .then_some(odd)
    }

    /// Reads the index. `None`: it is not whole, or the log has no frame.
    fn index(&self) -> Option<Index> {
        let mut heads = vec![0; INDEX_HEADS_BYTES];
        self.index.read_exact_at(&mut heads, 0).ok()?;
        Index::of(heads).filter(|index| index.all > 0)
    }
}
