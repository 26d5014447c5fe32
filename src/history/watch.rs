//! Whether the file under the server is still what it was: somebody may have copied
//! another over it, cut it, or a disk forgets.
//!
//! Owns: a cheap look at it: the head of the file, its length, its log of changes, and some of its
//! pages, each time the next ones. SQLite itself would notice only when it reads such a page.
//! Must not know: what becomes of a damaged file.
//!
//! Next: `history/folder.rs`.

use std::io;
use std::time::Instant;

use super::folder::Folder;
use super::log_watch::LogWatch;
use super::pages::{Pages, Use, be32};
use super::schema::is_ours;
use super::sound::is_sound;
use crate::limits;

/// What SQLite never changes in the head of a file: its mark, a page's length, its formats.
const FIXED: std::ops::Range<usize> = 0..24;
/// Where our own mark is, once there are tables.
const OURS: usize = 68;
const HEAD_BYTES: usize = 100;

pub(super) struct Watch {
    /// Its own way to the file. It must stay open as long as SQLite has it: closing any
    /// gives up the locks of all.
    pages: Pages,
    /// The log of changes beside it; `None`: there is none.
    log: Option<LogWatch>,
    head: Vec<u8>,
    bytes: u64,
    /// The page to be looked at next.
    next: u32,
    look_at: Instant,
    /// What looked odd; another program may have been writing just then.
    doubt: Option<&'static str>,
}

impl Watch {
    /// Blocks for the disk.
    ///
    /// # Errors
    /// There is no file.
    pub(super) fn new(folder: &Folder) -> io::Result<Self> {
        let pages = Pages::without_changes(&folder.file())?;
        let log = LogWatch::new(folder);
        let head = head(&pages).unwrap_or_default();
        let (bytes, look_at) = (pages.bytes(), Instant::now() + limits::FILE_CHECK_INTERVAL);
        Ok(Self { pages, log, head, bytes, next: 2, look_at, doubt: None })
    }

    pub(super) fn next_look(&self) -> Instant {
        self.look_at
    }

    /// What is wrong with the log of changes at first sight. Blocks for the disk.
    pub(super) fn odd_log(&self) -> Option<&'static str> {
        self.log.as_ref().and_then(LogWatch::odd)
    }

    /// It is time to look, for a test.
    #[cfg(test)]
    pub(super) fn is_due(&mut self) {
        self.look_at = Instant::now();
    }

    /// What is wrong with the file, if it is time to look and it was wrong before. Blocks
    /// for the disk.
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
        if let Some(odd) = self.log.as_ref().and_then(LogWatch::odd_inside) {
            return Some(odd);
        }
        self.pages.read_map_again();
        let first = self.next;
        for _ in 0..limits::FILE_CHECK_PAGES.min(count) {
            let number = self.next;
            self.next = if number >= count { 1 } else { number + 1 };
            // One that is only in the log of changes so far comes later.
            if !is_short && !self.is_page(number) {
                self.next = first;
                return Some("a page of it is none");
            }
        }
        None
    }

    /// Whether a page is what the file's map of pages says, and as SQLite has written it.
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

fn head(pages: &Pages) -> Option<Vec<u8>> {
    pages.read(1).map(|page| page[..HEAD_BYTES].to_vec()).filter(|_| pages.bytes() >= 512)
}
