//! What is missing beside the file when a server starts: its log of changes was cut, spoiled or
//! removed, or the file itself is gone. SQLite goes on without a word with what is there.
//!
//! Owns: how that is noticed, what the host is told, and that what is left of a log of changes
//! takes nothing back that the file has. SQLite's own index of the log of changes (`-shm`) survives
//! a kill, and says how many changes there were, and how many the file has.
//! Must not know: what the changes are.
//!
//! Next: `history/rescue.rs`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::doors::Doors;
use super::folder::Folder;
use super::pages::{Changes, add};
use super::store::Store;

/// Head of SQLite's index of a log of changes, twice the same, and behind it how much of the
/// log is in the file.
const INDEX_HEAD_BYTES: usize = 48;
/// Both heads, and what is behind them.
pub(super) const INDEX_HEADS_BYTES: usize = INDEX_LISTS_AT as usize;
/// The only form that it ever had.
const INDEX_FORM: u64 = 3_007_000;
/// It has a list of the pages that were changed, in blocks; the first begins after the heads.
const INDEX_BLOCK_BYTES: u64 = 32_768;
const INDEX_BLOCK_PAGES: u64 = 4096;
const INDEX_LISTS_AT: u64 = 136;
const INDEX_FIRST_PAGES: u64 = INDEX_BLOCK_PAGES - INDEX_LISTS_AT / 4;
const FRAME_BYTES: u64 = 24;
const WAL_HEAD_BYTES: u64 = 32;

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Changes of pages, so many if that is known.
    Changes(Option<u64>),
    /// All; so many rooms and names with a secret are in the second file, if that can be read. The
    /// file has no byte, or not even its name is there.
    All { known: Option<(usize, usize)>, is_there: bool },
}

impl Lost {
    /// Looks at a folder that nobody has open. A log of changes that would take the file back is
    /// set aside; what is left of another one that is damaged is copied, for SQLite empties it.
    /// Blocks for the disk.
    pub(super) fn seen(folder: &Folder, doors: &Doors) -> Option<Self> {
        let file = folder.file();
        let file_bytes = fs::metadata(&file).map_or(0, |it| it.len());
        if file_bytes == 0 {
            let known = doors.second().map(|it| (it.rooms().count(), it.people().count()));
            // With its log of changes it can be read; and without a second file there was none.
            let is_lost = !folder.is_emptied() && (known.is_some() || doors.is_spoiled());
            return is_lost.then(|| Self::All { known, is_there: file.exists() });
        }
        let wal = File::open(folder.changes()).ok();
        let index = Index::of(fs::read(folder.index()).unwrap_or_default());
        let found = Found::in_log(wal.as_ref(), index.as_ref());
        if File::open(&file).is_ok_and(|file| found.takes_back(&file, file_bytes)) {
            match folder.set_changes_aside() {
                Ok(aside) => return found.lost_without_it(&aside),
                Err(error) => tracing::warn!(%error, "the damaged log of changes is where it was"),
            }
        }
        let lost = found.lost()?;
        if found.is_there
            && let Err(error) = folder.copy_changes_aside()
        {
            tracing::warn!(%error, "the damaged log of changes is not copied");
        }
        Some(lost)
    }

    /// Tells the host, in one line; the words are for the greeting. Blocks for the disk.
    pub(super) fn tell(self, store: &Store) -> String {
        let words = match self {
            Self::Changes(count) => {
                let pages = count.map_or_else(|| "some".to_owned(), |count| count.to_string());
                let newest = store.newest().unwrap_or_default();
                let newest = newest.unwrap_or_else(|| "no time: there is none".to_owned());
                format!(
                    "threadbare.sqlite-wal is damaged or gone, and its last {pages} changes are lost: \
                     nobody can know how many lines were in them; the newest line that is there was \
                     said at {newest}. If you have that file as it \
                     was, stop the server, and put back both, threadbare.sqlite and \
                     threadbare.sqlite-wal, of the same time"
                )
            }
            Self::All { known, is_there } => {
                let is_what = if is_there { "empty" } else { "gone" };
                let access = match known {
                    Some((rooms, names)) => format!(
                        "there, with {rooms} rooms and {names} names with a secret, and what was \
                         closed stays closed"
                    ),
                    None => "damaged, and each room and name is free, whoever had it".to_owned(),
                };
                format!(
                    "threadbare.sqlite is {is_what}, and all lines are gone with it; the file access \
                     beside it is {access}. If you have moved the history or have a copy of it, \
                     stop the server, and put it back with its -wal"
                )
            }
        };
        tracing::error!("{words}");
        words
    }
}

/// A log of changes as it is found, and what is known of what it was. It has changes in the order
/// in which they were made. SQLite moves them into the file from time to time, and writes the next
/// ones over the oldest when the file has them all. Whoever opens the file after a crash takes
/// the whole ones from the start of the log, up to the first that is spoiled. A change that the
/// file has, and a newer one of the same page, too, is made again by that: the page is older then.
/// So a damaged log may take away more than is missing in it; without it the file is
/// as it was when changes were moved the last time.
struct Found<'a> {
    /// So many changes are whole.
    whole: u64,
    /// There is a byte of it.
    is_there: bool,
    /// There is more of the same writer's that is not whole.
    has_more: bool,
    /// What SQLite has noted of this log.
    index: Option<&'a Index>,
    log: Option<(&'a File, Changes)>,
}

impl<'a> Found<'a> {
    /// Blocks for the disk.
    fn in_log(wal: Option<&'a File>, index: Option<&'a Index>) -> Self {
        let mut head = [0; WAL_HEAD_BYTES as usize];
        let has_head = wal.is_some_and(|wal| wal.read_exact_at(&mut head, 0).is_ok());
        let known = wal.and_then(Changes::of);
        let end = known.as_ref().map_or(WAL_HEAD_BYTES, |known| known.end);
        let frame_bytes = known.as_ref().map(|known| FRAME_BYTES + known.page_bytes as u64);
        let salts = &head[16..24];
        let mut next = [0; 8];
        let is_more = wal.is_some_and(|wal| wal.read_exact_at(&mut next, end + 8).is_ok());
        // Of a head that is spoiled nobody knows what it was; a change has the salts again.
        let is_its = |index: &&Index| {
            let has_its = index.salts == salts || (known.is_none() && index.salts == next);
            !has_head || has_its
        };
        Self {
            whole: frame_bytes.map_or(0, |bytes| (end - WAL_HEAD_BYTES) / bytes),
            is_there: wal.and_then(|wal| wal.metadata().ok()).is_some_and(|it| it.len() > 0),
            has_more: if known.is_some() { is_more && next == salts } else { has_head },
            index: index.filter(is_its),
            log: wal.zip(known),
        }
    }

    /// Whether it would make the file older than it is. Where anything is in doubt, it would not.
    /// Blocks for the disk.
    fn takes_back(&self, file: &File, file_bytes: u64) -> bool {
        let Some(index) = self.index else { return false };
        // A file that has everything has its length, too.
        let is_its_file = index.in_the_file < index.all || file_bytes == index.file_bytes;
        let is_older = self.is_there && self.whole < index.in_the_file;
        is_older && is_its_file && self.is_in(file, index)
    }

    /// Whether the file has every page that is whole in the log and that no later change has made
    /// anew: it may be a copy of an earlier time.
    fn is_in(&self, file: &File, index: &Index) -> bool {
        let Some((wal, known)) = &self.log else { return true };
        let later: HashSet<_> =
            (self.whole..index.all).map(|change| index.page_of(change)).collect();
        let (mut its, mut there) = (vec![0; known.page_bytes], vec![0; known.page_bytes]);
        known.newest().filter(|(page, _)| !later.contains(&u64::from(*page))).all(
            |(page, place)| {
                let place_there = u64::from(page.saturating_sub(1)) * known.page_bytes as u64;
                // The file may be shorter since.
                file.read_exact_at(&mut there, place_there).is_err()
                    || (wal.read_exact_at(&mut its, place).is_ok() && its == there)
            },
        )
    }

    /// What is missing after SQLite has taken what is whole.
    fn lost(&self) -> Option<Lost> {
        match self.index {
            Some(index) if self.is_there => lost_of(index.all, self.whole),
            Some(index) => lost_of(index.all, index.in_the_file),
            None => self.has_more.then_some(Lost::Changes(None)),
        }
    }

    /// What is missing without it.
    fn lost_without_it(&self, aside: &Path) -> Option<Lost> {
        let lost = self.index.and_then(|index| lost_of(index.all, index.in_the_file));
        if lost.is_none() {
            let aside = aside.display();
            tracing::warn!(
                %aside,
                "threadbare.sqlite-wal is damaged; threadbare.sqlite has all changes that were in \
                 it, so nothing is lost, and it is set aside"
            );
        }
        lost
    }
}

fn lost_of(all: u64, there: u64) -> Option<Lost> {
    let lost = all.saturating_sub(there);
    (lost > 0).then_some(Lost::Changes(Some(lost)))
}

/// SQLite's index of a log of changes, which survives a kill (`WAL-mode File Format` in SQLite's
/// documents).
pub(super) struct Index {
    /// So many changes were in the log, ...
    pub(super) all: u64,
    /// ... and so many of them, from the first on, are in the file, on the disk.
    in_the_file: u64,
    /// The file's length with all of them.
    file_bytes: u64,
    page_bytes: u64,
    /// Two random numbers that the log has, too.
    pub(super) salts: [u8; 8],
    bytes: Vec<u8>,
}

impl Index {
    /// `None`: it is not whole, or somebody was writing it just then.
    pub(super) fn of(bytes: Vec<u8>) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(INDEX_HEAD_BYTES)?;
        let mut sum = (0, 0);
        add(&mut sum, &head[..40], cfg!(target_endian = "big"));
        let has_sum = [sum.0, sum.1].map(u64::from) == [number(head, 40), number(head, 44)];
        let is_whole = rest.starts_with(head) && head[12] == 1 && has_sum;
        if !is_whole || number(head, 0) != INDEX_FORM {
            return None;
        }
        let page_bytes = match u16::from_ne_bytes([head[14], head[15]]) {
            1 => 1 << 16,
            bytes => u64::from(bytes),
        };
        let (all, in_the_file) = (number(head, 16), number(rest, INDEX_HEAD_BYTES));
        let file_bytes = number(head, 20) * page_bytes;
        let salts = head[32..40].try_into().ok()?;
        let index = Self { all, in_the_file, file_bytes, page_bytes, salts, bytes };
        (in_the_file <= all).then_some(index)
    }

    /// The log has so many bytes of changes, with its head.
    pub(super) fn log_bytes(&self) -> u64 {
        WAL_HEAD_BYTES + self.all * (FRAME_BYTES + self.page_bytes)
    }

    /// Which page a change is of; the first change is 0.
    fn page_of(&self, change: u64) -> u64 {
        let place = match change.checked_sub(INDEX_FIRST_PAGES) {
            None => INDEX_LISTS_AT + 4 * change,
            Some(later) => {
                let block = 1 + later / INDEX_BLOCK_PAGES;
                block * INDEX_BLOCK_BYTES + 4 * (later % INDEX_BLOCK_PAGES)
            }
        };
        usize::try_from(place).map_or(0, |place| number(&self.bytes, place))
    }
}

/// A number of SQLite's index, which is in the machine's own order of bytes.
fn number(bytes: &[u8], place: usize) -> u64 {
    let four = bytes.get(place..place + 4).and_then(|four| four.try_into().ok());
    u64::from(u32::from_ne_bytes(four.unwrap_or_default()))
}
