//! What is missing beside the file when a server starts: its log of changes was cut, spoiled or
//! removed, or the file itself is gone. SQLite goes on without a word with what is there.
//!
//! Owns: how that is noticed, and what the host is told. SQLite's own index of the log of
//! changes (`-shm`) survives a kill, and says how many changes there were.
//! Must not know: what the changes are.
//!
//! Next: `history/rescue.rs`.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use super::access::Access;
use super::folder::Folder;
use super::pages::Changes;
use super::store::Store;

/// Head of SQLite's index of a log of changes, twice the same, and behind it how much of the
/// log is in the file.
const INDEX_HEAD_BYTES: usize = 48;
const FRAME_BYTES: u64 = 24;
const WAL_HEAD_BYTES: u64 = 32;

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Changes of pages, so many if that is known.
    Changes(Option<u64>),
    /// All; so many rooms and names with a secret are in the second file. The file has no byte,
    /// or not even its name is there.
    All { rooms: usize, names: usize, is_there: bool },
}

impl Lost {
    /// Looks at a folder that nobody has open. What is left of a log of changes is copied, for
    /// SQLite empties it. Blocks for the disk.
    pub(super) fn seen(folder: &Folder, access: Option<&Access>) -> Option<Self> {
        let file = folder.file();
        if fs::metadata(&file).map_or(0, |it| it.len()) == 0 {
            // With its log of changes it can be read.
            let access = access.filter(|_| !folder.is_emptied())?;
            let (rooms, names) = (access.rooms().count(), access.people().count());
            return Some(Self::All { rooms, names, is_there: file.exists() });
        }
        let wal = File::open(folder.changes()).ok();
        let index = fs::read(folder.index()).unwrap_or_default();
        let lost = changes_lost(wal.as_ref(), &index)?;
        if wal.is_some()
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
                let count = count.map_or_else(|| "some".to_owned(), |count| count.to_string());
                let newest = store.newest().unwrap_or_default();
                let newest = newest.unwrap_or_else(|| "no time: there is none".to_owned());
                format!(
                    "threadbare.sqlite-wal is damaged or gone, and {count} changes are lost: the \
                     newest line that is there was said at {newest}. If you have that file as it \
                     was, stop the server, and put back both, threadbare.sqlite and \
                     threadbare.sqlite-wal, of the same time"
                )
            }
            Self::All { rooms, names, is_there } => {
                let is_what = if is_there { "empty" } else { "gone" };
                format!(
                    "threadbare.sqlite is {is_what}, and all lines are gone with it; the file access \
                     beside it is there, with {rooms} rooms and {names} names with a secret, and what \
                     was closed stays closed. If you have moved the history or have a copy of it, \
                     stop the server, and put it back with its -wal"
                )
            }
        };
        tracing::error!("{words}");
        words
    }
}

/// By the log of changes, if there is one, and by SQLite's index of it.
fn changes_lost(wal: Option<&File>, index: &[u8]) -> Option<Lost> {
    let mut head = [0; WAL_HEAD_BYTES as usize];
    let has_head = wal.is_some_and(|wal| wal.read_exact_at(&mut head, 0).is_ok());
    let known = wal.and_then(Changes::of);
    let end = known.as_ref().map_or(WAL_HEAD_BYTES, |known| known.end);
    let frame_bytes = known.as_ref().map(|known| FRAME_BYTES + known.page_bytes as u64);
    let frames = frame_bytes.map_or(0, |bytes| (end - WAL_HEAD_BYTES) / bytes);
    let salts = &head[16..24];
    // Two copies that agree: nobody was writing it.
    let (first, rest) = index.split_at_checked(INDEX_HEAD_BYTES).unwrap_or_default();
    let is_index = rest.starts_with(first) && first.get(12) == Some(&1);
    if is_index && (!has_head || first.get(32..40) == Some(salts)) {
        let (all, in_the_file) = (number(first, 16), number(rest, INDEX_HEAD_BYTES));
        let lost = all.saturating_sub(frames.max(in_the_file));
        return (lost > 0).then_some(Lost::Changes(Some(lost)));
    }
    if known.is_none() {
        // What it was nobody knows.
        return has_head.then_some(Lost::Changes(None));
    }
    // More of the same writer's that is not whole.
    let mut next = [0; 8];
    let is_more = wal.is_some_and(|wal| wal.read_exact_at(&mut next, end + 8).is_ok());
    (is_more && next == salts).then_some(Lost::Changes(None))
}

/// A number of SQLite's index, which is in the machine's own order of bytes.
fn number(bytes: &[u8], place: usize) -> u64 {
    let four = bytes.get(place..place + 4).and_then(|four| four.try_into().ok());
    u64::from(u32::from_ne_bytes(four.unwrap_or_default()))
}
