//! Reads the pages of a SQLite file without SQLite. SQLite stops at the first page that it cannot
//! use, although most other pages of a damaged file may be whole.
//!
//! Owns: where a page is (in the file, or newer in the write-ahead log), and whether it is in use:
//! rows on a free page were deleted. The format is SQLite's
//! (<https://www.sqlite.org/fileformat2.html>).
//! Must not know: what is in a page.
//!
//! Part: `history/mod.rs`.

pub(crate) mod btree;
pub(crate) mod wal;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use self::wal::WriteAheadLog;

// SQLite's format in short. A file consists of pages of equal size, numbered from 1; page 1 begins
// with the head of the file. Each table and each index is a tree of pages: leaves have rows, and
// interior pages point to other pages. A row that is too long for its page continues in overflow
// pages. The pointer map says of each page what it is used for and which page points to it.
// SQLite writes a changed page first to the write-ahead log (`-wal`), as a frame with a head. Later
// a checkpoint copies the newest version of each page into the file (`wal.rs`).

const MAGIC: &[u8] = b"SQLite format 3\0";
/// The offset in the first page of the number that SQLite reserves for the schema version of the
/// program that uses it.
const SCHEMA_VERSION_AT: usize = 60;
/// The size of a page, in bytes, in the files that SQLite makes for us.
const PAGE_BYTES: usize = 4096;
/// How many bytes the pointer map has for one page: its kind, and the number of its parent page.
const MAP_ENTRY_BYTES: usize = 5;
/// The offset in the file of the byte that SQLite locks. SQLite never uses the page with this byte.
const LOCK_BYTE: u64 = 1 << 30;

/// What a page is used for, and which page points to it, as SQLite's pointer map says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageUse {
    Root,
    /// A page of a tree that is not its root. The number is that of the page that points to it.
    Child(u32),
    Free,
    /// An overflow page of a row. `before` is the page in which the row begins if this is the row's
    /// first overflow page, otherwise the overflow page before it.
    Overflow {
        is_first: bool,
        before: u32,
    },
    PointerMap,
    /// The pointer map has no valid entry for the page, or cannot be read.
    Unknown,
}

pub(crate) struct DatabasePages {
    /// The main file; `None`: only the write-ahead log could be opened.
    file: Option<File>,
    wal: Option<File>,
    /// For each page in the complete transactions of the write-ahead log: the offset in the log of
    /// the page's newest version.
    frames: HashMap<u32, u64>,
    page_bytes: usize,
    count: u32,
    /// A cache of one page of the pointer map: the page's number, and its bytes. The bytes are
    /// `None` if the disk did not return them.
    map: Option<(u32, Option<Vec<u8>>)>,
    /// The numbers of all pages to which some interior page points. Empty if the pointer map has a
    /// valid entry for each page.
    pointed_to: HashSet<u32>,
}

impl DatabasePages {
    /// Opens a file and its write-ahead log. Either of them may be missing or broken. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// Neither of the two can be opened.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path);
        let wal = File::open(format!("{}-wal", path.display())).ok();
        if wal.is_none() {
            return Ok(Self::of(Some(file?), None));
        }
        Ok(Self::of(file.ok(), wal))
    }

    pub(crate) fn open_without_wal(path: &Path) -> io::Result<Self> {
        Ok(Self::of(Some(File::open(path)?), None))
    }

    fn of(file: Option<File>, wal: Option<File>) -> Self {
        let mut head = [0; 100];
        let read = |file: &File| file.read_exact_at(&mut head, 0).is_ok();
        let has_head = file.as_ref().is_some_and(read) && head.starts_with(MAGIC);
        let changes = wal.as_ref().and_then(WriteAheadLog::read);
        let of_head = has_head.then(|| page_bytes(u32::from(be16(&head, 16)))).flatten();
        let of_wal = changes.as_ref().map(|changes| changes.page_bytes);
        let page_bytes = of_head.or(of_wal).unwrap_or(PAGE_BYTES);
        let in_file = file.as_ref().map_or(0, length).div_ceil(page_bytes as u64);
        let mut count = u32::try_from(in_file).unwrap_or(u32::MAX);
        let mut frames = HashMap::new();
        if let Some(changes) = changes.filter(|changes| changes.page_bytes == page_bytes) {
            count = changes.pages.unwrap_or(count);
            frames = changes.newest;
        }
        let pointed_to = HashSet::new();
        let mut pages = Self { file, wal, frames, page_bytes, count, map: None, pointed_to };
        pages.note_pointers();
        pages
    }

    /// Returns the length of the main file in bytes; 0 if it cannot be opened or its length cannot
    /// be read.
    pub(crate) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, length)
    }

    pub(crate) fn page_bytes(&self) -> usize {
        self.page_bytes
    }

    pub(crate) fn schema_version(&self) -> Option<u32> {
        self.read(1)
            .filter(|page| page.starts_with(MAGIC))
            .map(|page| be32(&page, SCHEMA_VERSION_AT))
    }

    /// Forgets the cached page of the pointer map, because SQLite may have changed it.
    pub(crate) fn forget_map(&mut self) {
        self.map = None;
    }

    /// Returns how many pages the file had when it was opened, as if its write-ahead log had been
    /// copied into it.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        1..=self.count
    }

    /// Reads a page from the write-ahead log, in the version that was the newest when the file was
    /// opened; or from the file, if the log did not have the page. `None`: there is no such page,
    /// or the disk does not return it. Blocks for the disk.
    pub(crate) fn read(&self, number: u32) -> Option<Vec<u8>> {
        let mut page = vec![0; self.page_bytes];
        if let (Some(place), Some(wal)) = (self.frames.get(&number), &self.wal) {
            return wal.read_exact_at(&mut page, *place).is_ok().then_some(page);
        }
        let file = self.file.as_ref()?;
        let place = u64::from(number.checked_sub(1)?) * self.page_bytes as u64;
        // If the file was cut inside its last page, the missing bytes of that page stay zeros in
        // `page`.
        let mut filled = 0;
        while filled < page.len() {
            match file.read_at(&mut page[filled..], place + filled as u64) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        (filled > 0).then_some(page)
    }

    /// Returns whether this page has rows that are still in use. If the pointer map has no valid
    /// entry for the page, its rows count as in use if an interior page points to it.
    pub(crate) fn is_in_use(&mut self, number: u32) -> bool {
        match self.use_of(number) {
            PageUse::Root | PageUse::Child(_) => true,
            PageUse::Unknown => self.pointed_to.contains(&number),
            PageUse::Free | PageUse::Overflow { .. } | PageUse::PointerMap => false,
        }
    }

    pub(crate) fn use_of(&mut self, number: u32) -> PageUse {
        if number == 1 {
            return PageUse::Root;
        }
        let per_map = u32::try_from(self.page_bytes / MAP_ENTRY_BYTES).unwrap_or(u32::MAX);
        let mut map = number.saturating_sub(2) / (per_map + 1) * (per_map + 1) + 2;
        let lock_page = LOCK_BYTE / self.page_bytes as u64 + 1;
        map += u32::from(u64::from(map) == lock_page);
        if number <= map || u64::from(number) == lock_page {
            return PageUse::PointerMap;
        }
        if self.map.as_ref().is_none_or(|(read, _)| *read != map) {
            self.map = Some((map, self.read(map)));
        }
        let place = usize::try_from(number - map - 1).unwrap_or(0) * MAP_ENTRY_BYTES;
        let map = self.map.as_ref().and_then(|(_, map)| map.as_ref());
        let Some(entry) = map.and_then(|map| map.get(place..place + MAP_ENTRY_BYTES)) else {
            return PageUse::Unknown;
        };
        match (entry[0], be32(entry, 1)) {
            (1, 0) => PageUse::Root,
            (2, 0) => PageUse::Free,
            (3 | 4, of) if of > 0 => PageUse::Overflow { is_first: entry[0] == 3, before: of },
            (5, of) if of > 0 => PageUse::Child(of),
            _ => PageUse::Unknown,
        }
    }

    /// If any page has no valid entry in the pointer map, notes in `pointed_to` all pages that the
    /// pages of trees point to.
    fn note_pointers(&mut self) {
        if self.numbers().all(|number| self.use_of(number) != PageUse::Unknown) {
            return;
        }
        for number in self.numbers() {
            if matches!(self.use_of(number), PageUse::Root | PageUse::Child(_) | PageUse::Unknown)
                && let Some(page) = self.read(number)
            {
                self.pointed_to.extend(btree::children(&page, number));
            }
        }
    }
}

fn length(file: &File) -> u64 {
    file.metadata().map_or(0, |found| found.len())
}

fn page_bytes(number: u32) -> Option<usize> {
    let bytes = if number == 1 { 1 << 16 } else { usize::try_from(number).ok()? };
    (bytes.is_power_of_two() && (512..=1 << 16).contains(&bytes)).then_some(bytes)
}

/// Returns the big-endian number in the two bytes at the offset `place`; 0 if `bytes` is too short.
pub(crate) fn be16(bytes: &[u8], place: usize) -> u16 {
    u16::from_be_bytes(bytes_at(bytes, place))
}

pub(crate) fn be32(bytes: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(bytes_at(bytes, place))
}

fn bytes_at<const N: usize>(bytes: &[u8], place: usize) -> [u8; N] {
    bytes.get(place..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
