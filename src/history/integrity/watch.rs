//! While the server runs, watches whether the history's file is still what it was: another program
//! may copy something over it or cut it, or the disk may lose data.
//!
//! SQLite writes at the place in the write-ahead log where its index (`-shm`) says that the log
//! ends. If another program has cut the log meanwhile, the system fills the part that was cut off
//! with zeros, and SQLite notices nothing. The next start reads the log only up to the first frame
//! that is not whole. So the server loses all later frames, also lines for which it has told the
//! author that they are sent.
//!
//! Owns: a cheap check of the head of the file, its length, its write-ahead log, and some of its
//! pages. Each check takes the next pages, so all pages are checked in turn. SQLite itself would
//! notice damage only when it reads a damaged page. The length of the log can be checked at each
//! batch, because that takes only a few small reads.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/integrity/mod.rs`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use super::page_check::is_page_intact;
use crate::base::limits;
use crate::history::folder::HistoryFolder;
use crate::history::sqlite_file::wal::{WAL_HEAD_BYTES, WalIndex, WriteAheadLog};
use crate::history::sqlite_file::{DatabasePages, PageUse, be32};
use crate::history::store::{StoreError, schema::is_ours};

/// If a check of the history's file has found a fault, the next check comes after this time. The
/// file counts as damaged only if that check finds the fault, too. Otherwise another program may
/// have been writing to the file.
const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);

/// Which bytes at the start of the history's file must stay the same while the server runs. Among
/// them are SQLite's mark, the page size and the format versions.
const FIXED: std::ops::Range<usize> = 0..24;
/// The offset of Threadbare's own mark in the history's file. The file gets the mark together with
/// its tables.
const OURS: usize = 68;
const HEAD_BYTES: usize = 100;
const CUT: &str = "threadbare.sqlite-wal was cut";
const SPOILED: &str = "threadbare.sqlite-wal is not what was written";

pub(crate) struct FileWatch {
    /// The pages of the file, read through a second open descriptor. It must stay open as long as
    /// SQLite has the file open: closing any descriptor of a file releases all locks that the
    /// process has on it.
    pages: DatabasePages,
    /// Checks the write-ahead log. `None`: this log, or SQLite's index of it, could not be opened.
    log: Option<WalWatch>,
    head: Vec<u8>,
    bytes: u64,
    next: u32,
    check_at: Instant,
    /// The fault that the previous check of the file found; `None`: it found none. Damage is
    /// reported only if two checks in a row find the same fault, because another program may have
    /// been writing during one of them.
    doubt: Option<&'static str>,
}

impl FileWatch {
    pub(crate) fn new(folder: &HistoryFolder) -> io::Result<Self> {
        let pages = DatabasePages::open_without_wal(&folder.file())?;
        let log = WalWatch::new(folder);
        let head = head(&pages).unwrap_or_default();
        let (bytes, check_at) = (pages.bytes(), Instant::now() + limits::FILE_CHECK_INTERVAL);
        Ok(Self { pages, log, head, bytes, next: 2, check_at, doubt: None })
    }

    pub(crate) fn next_check(&self) -> Instant {
        self.check_at
    }

    /// Checks the length and the head of the write-ahead log. Blocks for the disk.
    ///
    /// # Errors
    /// The log was cut or spoiled.
    pub(crate) fn check_wal(&self) -> Result<(), StoreError> {
        overwritten(self.log.as_ref().and_then(WalWatch::fault))
    }

    #[cfg(test)]
    pub(crate) fn make_due(&mut self) {
        self.check_at = Instant::now();
    }

    /// Checks the file and its write-ahead log. Blocks for the disk.
    ///
    /// # Errors
    /// A fault was found, and the previous check has found the same one.
    pub(crate) fn check(&mut self, now: Instant) -> Result<(), StoreError> {
        let fault = self.fault();
        let is_sure = fault.is_some() && self.doubt == fault;
        self.doubt = fault;
        let again = if fault.is_some() { FILE_DOUBT_WAIT } else { limits::FILE_CHECK_INTERVAL };
        self.check_at = now + again;
        overwritten(fault.filter(|_| is_sure))
    }

    fn fault(&mut self) -> Option<&'static str> {
        let before = std::mem::replace(&mut self.bytes, self.pages.bytes());
        let Some(head) = head(&self.pages) else { return Some("the file was cut") };
        let mark = be32(&head, OURS);
        if self.head[FIXED] != head[FIXED] || (mark != be32(&self.head, OURS) && !is_ours(mark)) {
            return Some("something else was written over the file");
        }
        let count = be32(&head, 28);
        let is_short = self.bytes < u64::from(count) * self.pages.page_bytes() as u64;
        if is_short && (self.bytes < before || self.doubt.is_some()) {
            return Some("the file was cut");
        }
        if let Some(fault) = self.log.as_ref().and_then(WalWatch::fault_inside) {
            return Some(fault);
        }
        self.pages.forget_map();
        let first = self.next;
        for _ in 0..limits::FILE_CHECK_PAGES.min(count) {
            let number = self.next;
            self.next = if number >= count { 1 } else { number + 1 };
            // If the file is shorter than its head says, some pages may still be only in the
            // write-ahead log. Then examine no page; the pages that are left out now have their
            // turn again later.
            if !is_short && !self.is_intact(number) {
                self.next = first;
                return Some("a page is not as SQLite wrote it");
            }
        }
        None
    }

    /// Returns whether the pointer map says what the page is used for. If it is a page of a tree,
    /// it must also be as SQLite wrote it, as far as one page can show.
    fn is_intact(&mut self, number: u32) -> bool {
        match self.pages.use_of(number) {
            PageUse::Root | PageUse::Child(_) => {
                self.pages.read(number).is_some_and(|page| is_page_intact(&page, number))
            }
            PageUse::Unknown => false,
            PageUse::Free | PageUse::Overflow { .. } | PageUse::PointerMap => true,
        }
    }
}

fn overwritten(fault: Option<&'static str>) -> Result<(), StoreError> {
    fault.map_or(Ok(()), |fault| Err(StoreError::Overwritten(fault)))
}

fn head(pages: &DatabasePages) -> Option<Vec<u8>> {
    pages.read(1).map(|page| page[..HEAD_BYTES].to_vec()).filter(|_| pages.bytes() >= 512)
}

/// Open descriptors of the log and its index. They must stay open as long as SQLite has these files
/// open: closing any descriptor of the index releases all locks that the process has on it.
struct WalWatch {
    wal: File,
    index: File,
}

impl WalWatch {
    fn new(folder: &HistoryFolder) -> Option<Self> {
        let (wal, index) = (File::open(folder.wal()).ok()?, File::open(folder.wal_index()).ok()?);
        Some(Self { wal, index })
    }

    /// Returns what is wrong with the length or the head of the log; `None`: no fault is known.
    /// Blocks for the disk.
    fn fault(&self) -> Option<&'static str> {
        self.confirmed(|index| {
            let mut head = [0; WAL_HEAD_BYTES];
            let bytes = self.wal.metadata().map_or(0, |found| found.len());
            if bytes < index.log_bytes() || self.wal.read_exact_at(&mut head, 0).is_err() {
                return Some(CUT);
            }
            (head[16..24] != index.salts).then_some(SPOILED)
        })
    }

    /// Returns what is wrong with the length, the head or any frame of the log; `None`: no fault is
    /// known. May read the whole log. Blocks for the disk.
    fn fault_inside(&self) -> Option<&'static str> {
        let end = || WriteAheadLog::read(&self.wal).map_or(0, |changes| changes.end);
        self.fault()
            .or_else(|| self.confirmed(|index| (end() < index.log_bytes()).then_some(SPOILED)))
    }

    /// Returns the fault that `find` finds, but only if the index has the same number of frames and
    /// the same salts afterwards. Otherwise another program may have moved the log into the file.
    fn confirmed(&self, find: impl Fn(&WalIndex) -> Option<&'static str>) -> Option<&'static str> {
        let index = self.index()?;
        let fault = find(&index)?;
        self.index()
            .is_some_and(|now| now.frames == index.frames && now.salts == index.salts)
            .then_some(fault)
    }

    fn index(&self) -> Option<WalIndex> {
        WalIndex::read_heads(&self.index).filter(|index| index.frames > 0)
    }
}
