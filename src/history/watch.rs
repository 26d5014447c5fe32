//! Watches whether the file is still what it was while the server runs: another program may copy
//! something over it or cut it, or the disk may lose data.
//!
//! Owns: a cheap check of the head of the file, its length, its write-ahead log, and some of its
//! pages. Each check takes the next pages, so all pages are checked in turn. SQLite itself would
//! notice damage only when it reads such a page.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/mod.rs`.

use std::io;
use std::time::Instant;

use super::folder::HistoryFolder;
use super::pages::{DatabasePages, Use, be32};
use super::schema::is_ours;
use super::sound::is_sound;
use super::wal_watch::WalWatch;
use crate::base::limits;

/// The part of the head that SQLite never changes: its mark, the page size, the format versions.
const FIXED: std::ops::Range<usize> = 0..24;
/// The offset of our own mark in the head of the file. A file gets the mark together with its
/// tables.
const OURS: usize = 68;
const HEAD_BYTES: usize = 100;

pub(super) struct Watch {
    /// A second open descriptor of the file. It must stay open as long as SQLite has the file open:
    /// closing any descriptor releases all locks of the process.
    pages: DatabasePages,
    /// Checks the write-ahead log; `None`: there is no log.
    log: Option<WalWatch>,
    head: Vec<u8>,
    bytes: u64,
    /// The page that is checked next.
    next: u32,
    look_at: Instant,
    /// What the last check found wrong. Another program may have been writing just then, so one
    /// finding is not enough.
    doubt: Option<&'static str>,
}

impl Watch {
    /// Opens the file a second time. Blocks for the disk.
    ///
    /// # Errors
    /// There is no file.
    pub(super) fn new(folder: &HistoryFolder) -> io::Result<Self> {
        let pages = DatabasePages::without_changes(&folder.file())?;
        let log = WalWatch::new(folder);
        let head = head(&pages).unwrap_or_default();
        let (bytes, look_at) = (pages.bytes(), Instant::now() + limits::FILE_CHECK_INTERVAL);
        Ok(Self { pages, log, head, bytes, next: 2, look_at, doubt: None })
    }

    pub(super) fn next_look(&self) -> Instant {
        self.look_at
    }

    /// Returns what is wrong with the length or the head of the write-ahead log; `None`: no fault
    /// is known. Blocks for the disk.
    pub(super) fn odd_wal(&self) -> Option<&'static str> {
        self.log.as_ref().and_then(WalWatch::odd)
    }

    /// Makes the next check due at once.
    #[cfg(test)]
    pub(super) fn make_due(&mut self) {
        self.look_at = Instant::now();
    }

    /// Checks the file, if a check is due. Returns what is wrong only if the check before has found
    /// the same. `None`: no fault was found, only this check has found one, or no check is due.
    /// Blocks for the disk.
    pub(super) fn look(&mut self, now: Instant) -> Option<&'static str> {
        if now < self.look_at {
            return None;
        }
        let odd = self.odd();
        let is_sure = odd.is_some() && self.doubt == odd;
        self.doubt = odd;
        let again =
            if odd.is_some() { limits::FILE_DOUBT_WAIT } else { limits::FILE_CHECK_INTERVAL };
        self.look_at = now + again;
        odd.filter(|_| is_sure)
    }

    fn odd(&mut self) -> Option<&'static str> {
        let before = std::mem::replace(&mut self.bytes, self.pages.bytes());
        let Some(head) = head(&self.pages) else { return Some("it was cut") };
        let mark = be32(&head, OURS);
        if self.head[FIXED] != head[FIXED] || (mark != be32(&self.head, OURS) && !is_ours(mark)) {
            return Some("something else was written over it");
        }
        let count = be32(&head, 28);
        let is_short = self.bytes < u64::from(count) * self.pages.page_bytes() as u64;
        if is_short && (self.bytes < before || self.doubt.is_some()) {
            return Some("it was cut");
        }
        if let Some(odd) = self.log.as_ref().and_then(WalWatch::odd_inside) {
            return Some(odd);
        }
        self.pages.read_map_again();
        let first = self.next;
        for _ in 0..limits::FILE_CHECK_PAGES.min(count) {
            let number = self.next;
            self.next = if number >= count { 1 } else { number + 1 };
            // If the file is shorter than its head says, some pages are still only in the
            // write-ahead log. A later check examines them.
            if !is_short && !self.is_page(number) {
                self.next = first;
                return Some("a page of it is none");
            }
        }
        None
    }

    /// Returns whether the pointer map knows what a page is used for and, if the page is of a tree,
    /// whether it is as SQLite wrote it.
    fn is_page(&mut self, number: u32) -> bool {
        match self.pages.use_of(number) {
            Use::Tree | Use::Branch(_) => {
                self.pages.read(number).is_some_and(|page| is_sound(&page, number))
            }
            Use::Unknown => false,
            Use::Free | Use::Rest(_) | Use::More(_) | Use::Map => true,
        }
    }
}

fn head(pages: &DatabasePages) -> Option<Vec<u8>> {
    pages.read(1).map(|page| page[..HEAD_BYTES].to_vec()).filter(|_| pages.bytes() >= 512)
}
