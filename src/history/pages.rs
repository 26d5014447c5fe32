//! Reads the pages of a SQLite file without SQLite. SQLite stops at the first page that it cannot
//! use, although most other pages of a damaged file are whole.
//!
//! Owns: where a page is (in the file, or newer in the write-ahead log), and whether it is in use:
//! rows on a free page were deleted. The format is SQLite's
//! (<https://www.sqlite.org/fileformat2.html>), which has been the same since 2004.
//! Must not know: what is in a page.
//!
//! Part: `history/mod.rs`.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

// SQLite's format in short. A file consists of pages of equal size, numbered from 1; page 1 begins
// with the head of the file. Each table and each index is a tree of pages: leaves have rows, and
// interior pages point to other pages. A row that is too long for its page continues in overflow
// pages. The pointer map says of each page what it is used for and which page points to it.
// SQLite writes a changed page first to the write-ahead log (`-wal`), as a frame with a head. Later
// a checkpoint copies the newest version of each page into the file. Our comments call the
// write-ahead log's own index (`-shm`) SQLite's index.

/// The first bytes of a SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The offset of our schema version (`history/schema.rs`) in the first page.
const FORM: usize = 60;
/// The page size of the files that SQLite makes for us.
const PAGE_BYTES: usize = 4096;
/// Length of the head of a write-ahead log. Each frame in the log has a head of its own.
pub(super) const WAL_HEAD_BYTES: usize = 32;
pub(super) const FRAME_HEAD_BYTES: usize = 24;
/// Length of what the pointer map says of one page: its kind, and the number of its parent page.
const MAP_ENTRY_BYTES: usize = 5;
/// SQLite locks this byte, and never uses the page that it is in.
const LOCK_BYTE: u64 = 1 << 30;

/// What a page is used for, and which page points to it, as SQLite's pointer map says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A root page of a tree: no page points to it.
    Tree,
    /// Another page of a tree. The number is that of its parent page.
    Branch(u32),
    Free,
    /// The first overflow page of a row. The number is that of the page in which the row begins.
    Rest(u32),
    /// A later overflow page of a row. The number is that of the overflow page before it.
    More(u32),
    /// A page of the pointer map itself.
    Map,
    /// The pointer map has no valid entry for the page.
    Unknown,
}

pub(super) struct DatabasePages {
    /// The main file; `None`: only the write-ahead log exists.
    file: Option<File>,
    wal: Option<File>,
    /// For each page in the write-ahead log, the offset in the log of its newest version.
    frames: HashMap<u32, u64>,
    page_bytes: usize,
    count: u32,
    /// The page of the pointer map that was read last: its number, and its bytes if the disk
    /// returned them. `None`: no page of the map was read yet.
    map: Option<(u32, Option<Vec<u8>>)>,
    /// Pages that other pages point to. Used only for pages that have no entry in the pointer map.
    led_to: HashSet<u32>,
}

impl DatabasePages {
    /// Opens a file and its write-ahead log. Either of them may be missing or broken. Blocks for
    /// the disk.
    ///
    /// # Errors
    /// Neither of the two can be opened.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path);
        let wal = File::open(format!("{}-wal", path.display())).ok();
        if wal.is_none() {
            return Ok(Self::of(Some(file?), None));
        }
        Ok(Self::of(file.ok(), wal))
    }

    /// Opens the main file only, and ignores the write-ahead log.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(super) fn without_changes(path: &Path) -> io::Result<Self> {
        Ok(Self::of(Some(File::open(path)?), None))
    }

    fn of(file: Option<File>, wal: Option<File>) -> Self {
        let mut head = [0; 100];
        let read = |file: &File| file.read_exact_at(&mut head, 0).is_ok();
        let has_head = file.as_ref().is_some_and(read) && head.starts_with(MAGIC);
        let changes = wal.as_ref().and_then(WriteAheadLog::of);
        let of_head = has_head.then(|| page_bytes(u32::from(be16(&head, 16)))).flatten();
        let of_wal = changes.as_ref().map(|it| it.page_bytes);
        let page_bytes = of_head.or(of_wal).unwrap_or(PAGE_BYTES);
        let in_file = file.as_ref().map_or(0, length).div_ceil(page_bytes as u64);
        let mut count = u32::try_from(in_file).unwrap_or(u32::MAX);
        let mut frames = HashMap::new();
        if let Some(changes) = changes.filter(|it| it.page_bytes == page_bytes) {
            count = changes.pages.unwrap_or(count);
            frames = changes.frames;
        }
        let led_to = HashSet::new();
        let mut pages = Self { file, wal, frames, page_bytes, count, map: None, led_to };
        pages.follow();
        pages
    }

    /// Returns the length of the main file in bytes; 0 if it cannot be opened.
    pub(super) fn bytes(&self) -> u64 {
        self.file.as_ref().map_or(0, length)
    }

    pub(super) fn page_bytes(&self) -> usize {
        self.page_bytes
    }

    /// Returns our schema version; `None`: the first page cannot be read, or is not SQLite's.
    pub(super) fn schema_version(&self) -> Option<u32> {
        self.read(1).filter(|page| page.starts_with(MAGIC)).map(|page| be32(&page, FORM))
    }

    /// Forgets the cached page of the pointer map, because SQLite may have changed it.
    pub(super) fn read_map_again(&mut self) {
        self.map = None;
    }

    /// Returns how many pages the file will have when the write-ahead log has been copied into it.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        1..=self.count
    }

    /// Reads the newest version of a page, from the write-ahead log or the file. `None`: there is
    /// no such page, or the disk does not return it. Blocks for the disk.
    pub(super) fn read(&self, number: u32) -> Option<Vec<u8>> {
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

    /// Returns whether the rows of this page are still in use. If the pointer map has no valid
    /// entry for the page, its rows are in use if another page points to it.
    pub(super) fn is_in_use(&mut self, number: u32) -> bool {
        match self.use_of(number) {
            Use::Tree | Use::Branch(_) => true,
            Use::Unknown => self.led_to.contains(&number),
            Use::Free | Use::Rest(_) | Use::More(_) | Use::Map => false,
        }
    }

    pub(super) fn use_of(&mut self, number: u32) -> Use {
        if number == 1 {
            return Use::Tree;
        }
        let per_map = u32::try_from(self.page_bytes / MAP_ENTRY_BYTES).unwrap_or(u32::MAX);
        let mut map = number.saturating_sub(2) / (per_map + 1) * (per_map + 1) + 2;
        let lock_page = LOCK_BYTE / self.page_bytes as u64 + 1;
        map += u32::from(u64::from(map) == lock_page);
        if number <= map || u64::from(number) == lock_page {
            return Use::Map;
        }
        if self.map.as_ref().is_none_or(|(read, _)| *read != map) {
            self.map = Some((map, self.read(map)));
        }
        let place = usize::try_from(number - map - 1).unwrap_or(0) * MAP_ENTRY_BYTES;
        let Some(entry) = self
            .map
            .as_ref()
            .and_then(|(_, map)| map.as_ref()?.get(place..place + MAP_ENTRY_BYTES))
        else {
            return Use::Unknown;
        };
        match (entry[0], be32(entry, 1)) {
            (1, 0) => Use::Tree,
            (2, 0) => Use::Free,
            (3, of) if of > 0 => Use::Rest(of),
            (4, of) if of > 0 => Use::More(of),
            (5, of) if of > 0 => Use::Branch(of),
            _ => Use::Unknown,
        }
    }

    /// Returns whether each interior page of a tree points exactly to the pages that the pointer
    /// map says are its children, and has its own rows as they were written. If a tree has lost a
    /// branch, SQLite reads the other branches and reports nothing. This reads the pointer map and
    /// the interior pages, about a hundredth of all pages. Blocks for the disk.
    pub(super) fn has_all_branches(&mut self) -> bool {
        let mut mapped: HashMap<u32, Vec<u32>> = HashMap::new();
        for number in self.numbers() {
            if let Some(parent) = self.parent_of(number) {
                mapped.entry(parent).or_default().push(number);
            }
        }
        mapped.into_iter().all(|(parent, mapped)| {
            let page = self.read(parent).unwrap_or_default();
            let mut children = super::cells::children(&page, parent);
            children.sort_unstable();
            children == mapped && super::cells::leads_right(self, parent, &page)
        })
    }

    /// Returns the page of a tree that points to this one. `None`: this is a root page, or a page
    /// of no tree.
    fn parent_of(&mut self, number: u32) -> Option<u32> {
        match self.use_of(number) {
            Use::Branch(parent) => Some(parent),
            _ => None,
        }
    }

    /// If a page has no valid entry in the pointer map, remembers all pages that the pages of trees
    /// point to.
    fn follow(&mut self) {
        if self.numbers().all(|number| self.use_of(number) != Use::Unknown) {
            return;
        }
        for number in self.numbers() {
            if matches!(self.use_of(number), Use::Tree | Use::Branch(_) | Use::Unknown)
                && let Some(page) = self.read(number)
            {
                self.led_to.extend(super::cells::children(&page, number));
            }
        }
    }
}

/// The complete transactions of a write-ahead log.
pub(super) struct WriteAheadLog {
    pub(super) page_bytes: usize,
    /// The offset in the log after the last complete transaction.
    pub(super) end: u64,
    frames: HashMap<u32, u64>,
    /// How many pages the file has after these transactions; `None`: there is no transaction.
    pages: Option<u32>,
}

impl WriteAheadLog {
    /// Returns the number of each page in the log, with the offset in the log of its newest
    /// version.
    pub(super) fn newest(&self) -> impl Iterator<Item = (u32, u64)> {
        self.frames.iter().map(|(page, place)| (*page, *place))
    }

    pub(super) fn of(wal: &File) -> Option<Self> {
        let mut end = WAL_HEAD_BYTES as u64;
        let mut head = [0; WAL_HEAD_BYTES];
        wal.read_exact_at(&mut head, 0).ok()?;
        let magic = be32(&head, 0);
        let is_big = match magic {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let page_bytes = page_bytes(be32(&head, 8))?;
        let mut sum = (0, 0);
        add(&mut sum, &head[..24], is_big);
        if sum != (be32(&head, 24), be32(&head, 28)) {
            return None;
        }
        let (mut frames, mut waiting, mut pages) = (HashMap::new(), Vec::new(), None);
        let mut place = WAL_HEAD_BYTES as u64;
        let mut frame = vec![0; FRAME_HEAD_BYTES + page_bytes];
        while wal.read_exact_at(&mut frame, place).is_ok() {
            add(&mut sum, &frame[..8], is_big);
            add(&mut sum, &frame[FRAME_HEAD_BYTES..], is_big);
            // This frame is from an earlier use of the log, or it is spoiled: ignore it and all
            // later ones.
            if frame[8..16] != head[16..24] || sum != (be32(&frame, 16), be32(&frame, 20)) {
                break;
            }
            waiting.push((be32(&frame, 0), place + FRAME_HEAD_BYTES as u64));
            // Use only complete transactions. Only the last frame of a transaction has a number
            // here: the file's count of pages.
            if be32(&frame, 4) > 0 {
                frames.extend(waiting.drain(..));
                pages = Some(be32(&frame, 4));
                end = place + frame.len() as u64;
            }
            place += frame.len() as u64;
        }
        Some(Self { page_bytes, end, frames, pages })
    }
}

/// Adds bytes to a checksum of SQLite, for a write-ahead log or for the head of its index. It adds
/// words of four bytes in pairs. With `is_big` the words are big-endian.
pub(super) fn add(sum: &mut (u32, u32), bytes: &[u8], is_big: bool) {
    let (words, _) = bytes.as_chunks::<4>();
    let read = if is_big { u32::from_be_bytes } else { u32::from_le_bytes };
    for pair in words.chunks_exact(2) {
        sum.0 = sum.0.wrapping_add(read(pair[0])).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(read(pair[1])).wrapping_add(sum.0);
    }
}

fn length(file: &File) -> u64 {
    file.metadata().map_or(0, |it| it.len())
}

fn page_bytes(number: u32) -> Option<usize> {
    let bytes = if number == 1 { 1 << 16 } else { usize::try_from(number).ok()? };
    (bytes.is_power_of_two() && (512..=1 << 16).contains(&bytes)).then_some(bytes)
}

/// Returns the big-endian number in the two bytes at the offset `place`; 0 if `bytes` is too short.
pub(super) fn be16(bytes: &[u8], place: usize) -> u16 {
    u16::from_be_bytes(bytes_at(bytes, place))
}

/// Returns the big-endian number in the four bytes at the offset `place`; 0 if `bytes` is too
/// short.
pub(super) fn be32(bytes: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(bytes_at(bytes, place))
}

fn bytes_at<const N: usize>(bytes: &[u8], place: usize) -> [u8; N] {
    bytes.get(place..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
