//! Finds out at the start of the server what is missing of the history: the write-ahead log
//! (`-wal`) may be cut, spoiled or removed, or the main file may be gone. SQLite would go on with
//! the rest and report nothing.
//!
//! Owns: how a loss is noticed, and what the operator reads about it. It also sets aside a
//! write-ahead log whose remains would replace newer pages of the file. SQLite's index of that log
//! (`-shm`) survives a kill. It says how many frames (changed pages) the log had, and how many of
//! them are in the file.
//! Must not know: what is in a changed page.
//!
//! Part: `history/integrity/mod.rs`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::history::sqlite_file::wal::{WAL_HEAD_BYTES, WalIndex, WriteAheadLog};
use crate::history::store::startup::newest_line_time;
use crate::history::{folder::HistoryFolder, protection_copy::ProtectionCopy, store::Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartupLoss {
    /// Changed pages in the write-ahead log are lost. The value is how many pages; `None`: the
    /// number is unknown.
    Changes(Option<u64>),
    /// All that the main file had is lost: the file is empty, or it does not exist (`is_there` is
    /// false). After a rescue at the start, the keeper uses this value, too. `known` is how many
    /// rooms, and how many names with a secret, the protection copy has; `None`: the numbers are
    /// unknown.
    All { known: Option<(usize, usize)>, is_there: bool },
}

impl StartupLoss {
    /// Examines the history's folder while no program has its files open. Returns what is missing;
    /// `None`: no loss is known. May rename or copy a damaged write-ahead log, because SQLite would
    /// apply it or empty it. Blocks for the disk.
    pub(crate) fn detect(folder: &HistoryFolder, copy: &ProtectionCopy) -> Option<Self> {
        let file = folder.file();
        let file_bytes = fs::metadata(&file).map_or(0, |found| found.len());
        if file_bytes == 0 {
            let known = copy.at_start().map(|copy| (copy.rooms().count(), copy.people().count()));
            // An empty file with a write-ahead log can still be rescued, so it is not lost. If
            // there is no protection copy, this counts as the first start of a server with
            // this folder, and nothing is lost.
            let is_lost = !folder.is_emptied() && (known.is_some() || copy.is_damaged());
            return is_lost.then(|| Self::All { known, is_there: file.exists() });
        }
        let wal = File::open(folder.wal()).ok();
        let index = WalIndex::parse(fs::read(folder.wal_index()).unwrap_or_default());
        let found = FoundWal::read(wal.as_ref(), index.as_ref());
        if File::open(&file).is_ok_and(|file| found.would_undo(&file, file_bytes)) {
            match folder.set_wal_aside() {
                Ok(aside) => return found.lost_without_it(&aside),
                Err(error) => tracing::warn!(%error, "cannot set the damaged -wal file aside"),
            }
        }
        let lost = found.lost()?;
        if found.is_there
            && let Err(error) = folder.copy_wal_aside()
        {
            tracing::warn!(%error, "cannot copy the damaged -wal file");
        }
        Some(lost)
    }

    /// Writes to the server's log, for the operator, what is lost. Returns the same words, which
    /// the server prints when it has started. Blocks for the disk.
    pub(crate) fn tell(self, store: &Store) -> String {
        let words = match self {
            Self::Changes(count) => {
                let pages = count.map_or_else(|| "some".to_owned(), |count| count.to_string());
                let newest = newest_line_time(store).unwrap_or_default();
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
                    None => "damaged, so anybody can take any room or name now".to_owned(),
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

/// The write-ahead log as the starting server found it, and SQLite's index, which says what the log
/// had contained before.
///
/// How a damaged log undoes changes: the log has frames (changed pages) in the order of their
/// writing. From time to time SQLite copies them into the file. When the file has them all, SQLite
/// writes the next frames over the oldest ones. After a crash, whichever program opens the file
/// applies the whole frames from the start of the log up to the first spoiled one. Suppose that the
/// log has an old and a new frame of one page, and that the file has already received the new one.
/// If the new frame is now spoiled in the log, the old one replaces the newer page in the file. So
/// a damaged log can destroy more than it has lost itself. Without the log, the file is as it was
/// after SQLite copied frames into it for the last time.
struct FoundWal<'a> {
    /// How many frames, counted from the first, belong to complete transactions of the log.
    whole: u64,
    is_there: bool,
    /// True if more of the same log follows after the complete transactions: cut or spoiled frames,
    /// or an incomplete transaction. Also true if the head of the log is spoiled.
    has_more: bool,
    /// SQLite's index of the log; `None`: there is no index that can be used, or it belongs to
    /// another log.
    index: Option<&'a WalIndex>,
    log: Option<(&'a File, WriteAheadLog)>,
}

impl<'a> FoundWal<'a> {
    fn read(wal: Option<&'a File>, index: Option<&'a WalIndex>) -> Self {
        let mut head = [0; WAL_HEAD_BYTES];
        let has_head = wal.is_some_and(|wal| wal.read_exact_at(&mut head, 0).is_ok());
        let known = wal.and_then(WriteAheadLog::read);
        let end = known.as_ref().map_or(WAL_HEAD_BYTES as u64, |known| known.end);
        let salts = &head[16..24];
        let mut next = [0; 8];
        let is_more = wal.is_some_and(|wal| wal.read_exact_at(&mut next, end + 8).is_ok());
        // If the head of the log is spoiled, the salts (random numbers) in the first frame may
        // still show that the index belongs to this log.
        let is_of_wal = |index: &&WalIndex| {
            let has_salts = index.salts == salts || (known.is_none() && index.salts == next);
            !has_head || has_salts
        };
        Self {
            whole: known.as_ref().map_or(0, WriteAheadLog::frames),
            is_there: wal.and_then(|wal| wal.metadata().ok()).is_some_and(|file| file.len() > 0),
            has_more: if known.is_some() { is_more && next == salts } else { has_head },
            index: index.filter(is_of_wal),
            log: wal.zip(known),
        }
    }

    /// Returns whether the file would get older pages if SQLite applied the log. Returns false in
    /// doubt. Blocks for the disk.
    fn would_undo(&self, file: &File, file_bytes: u64) -> bool {
        let Some(index) = self.index else { return false };
        // If the index says that all frames are in the file, it also says how long the file is. A
        // file of another length is not the one that the index belongs to.
        let is_its_file = index.checkpointed < index.frames || file_bytes == index.file_bytes;
        let is_older = self.is_there && self.whole < index.checkpointed;
        is_older && is_its_file && self.are_frames_in(file, index)
    }

    /// Returns whether the pages in the whole frames of the log are the same in the file. A page
    /// that a later frame changed again is not compared. If a page differs, the file may be a copy
    /// from an earlier time. If the log could not be read, returns true.
    fn are_frames_in(&self, file: &File, index: &WalIndex) -> bool {
        let Some((wal, known)) = &self.log else { return true };
        let later: HashSet<_> =
            (self.whole..index.frames).map(|frame| index.page_of(frame)).collect();
        let (mut in_wal, mut in_file) = (vec![0; known.page_bytes], vec![0; known.page_bytes]);
        known.newest.iter().filter(|(page, _)| !later.contains(&u64::from(**page))).all(
            |(page, at)| {
                let place_there = u64::from(page.saturating_sub(1)) * known.page_bytes as u64;
                // Ignore a page that the file does not have: a later frame may have made the file
                // shorter.
                file.read_exact_at(&mut in_file, place_there).is_err()
                    || (wal.read_exact_at(&mut in_wal, *at).is_ok() && in_wal == in_file)
            },
        )
    }

    /// Returns what is missing after SQLite has applied the whole frames; `None`: no loss is known.
    fn lost(&self) -> Option<StartupLoss> {
        match self.index {
            Some(index) if self.is_there => lost_of(index.frames, self.whole),
            Some(index) => lost_of(index.frames, index.checkpointed),
            None => self.has_more.then_some(StartupLoss::Changes(None)),
        }
    }

    /// Returns what is missing if SQLite does not apply the log, which was renamed to `aside`. If
    /// nothing is missing, returns `None` and writes a warning to the server's log.
    fn lost_without_it(&self, aside: &Path) -> Option<StartupLoss> {
        let lost = self.index.and_then(|index| lost_of(index.frames, index.checkpointed));
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

fn lost_of(all: u64, there: u64) -> Option<StartupLoss> {
    let lost = all.saturating_sub(there);
    (lost > 0).then_some(StartupLoss::Changes(Some(lost)))
}
