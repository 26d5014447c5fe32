//! The open file of the history, and what belongs to it as long as it is open: the deletion of old
//! lines, and the checks.
//!
//! Owns: the order of the steps in which a file is opened. At the start of the server the checks
//! come first, because SQLite would go on with a damaged file.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/mod.rs`.

use std::time::Instant;

use super::folder::{HistoryFolder, Identity};
use super::integrity::{FileWatch, StartupLoss, check_pages};
use super::protection_copy::Protection;
use super::store::{Store, StoreError, repair, retention::Cleaner, startup};
use crate::base::limits;
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::Sizes;
use crate::chat::record::{Record, Stored};
use crate::history::store::removal::{has_lines_to_remove, remove_some_lines};

pub(crate) struct OpenFile {
    pub(crate) store: Store,
    cleaner: Cleaner,
    identity: Identity,
    /// Checks the file while the server runs; `None`: the file could not be opened for these
    /// checks. This field stands after `store`, so Rust closes the store first: closing these files
    /// earlier would release SQLite's locks.
    watch: Option<FileWatch>,
}

impl OpenFile {
    /// Opens the file for a new run of the server. Returns it, what a hub begins with, and the key
    /// with which the server makes tags of networks and marks of secrets. `loss` says what is
    /// missing of the history; `None`: no loss is known. Blocks for the disk.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn for_new_run(
        folder: &HistoryFolder,
        config: &HistoryConfig,
        protection: Option<&Protection>,
        loss: Option<StartupLoss>,
    ) -> Result<(Self, Stored, u64), StoreError> {
        if folder.is_emptied() {
            return Err(StoreError::Emptied);
        }
        // Check the pages before SQLite opens the file: the check closes the file again, and that
        // would release all POSIX locks that SQLite has on it.
        check_pages(&folder.file())?;
        let mut store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
        if config.unseals {
            let opened = repair::unseal_all(&mut store)?;
            tracing::warn!(opened, "rooms and names that were closed after damage are open again");
        }
        let mut closed = 0;
        if let Some(protection) = protection {
            repair::check_against_protection(&store, protection)?;
            closed = repair::add_missing_protected(&mut store, protection)?;
        }
        if closed > 0 {
            tracing::warn!(closed, "rooms and names that the lost history had stay closed");
        }
        while has_lines_to_remove(&store) {
            remove_some_lines(&mut store)?;
        }
        if matches!(loss, Some(StartupLoss::All { .. })) {
            repair::note_lost_rooms(&mut store, protection)?;
        }
        // Newly reserved numbers must be on the disk in case of a power cut, and in the main file
        // in case the write-ahead log is lost.
        store.flush_each(Flush::Each)?;
        let stored = startup::begin_run(
            &mut store,
            loss.is_some(),
            limits::ROOM_LOG_ENTRIES_MAX,
            &Sizes::default(),
        )?;
        store.flush_each(config.flush)?;
        if let Err(error) = store.checkpoint() {
            tracing::warn!(%error, "cannot copy threadbare.sqlite-wal into threadbare.sqlite; keep both");
        }
        let server_key = startup::server_key(&store)?;
        Ok((Self::of_store(folder, store, config)?, stored, server_key))
    }

    /// Opens a file while the server runs. It reserves no numbers: the hub still has its
    /// reservations and sends them again. Blocks for the disk.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn for_this_run(
        folder: &HistoryFolder,
        config: &HistoryConfig,
    ) -> Result<Self, StoreError> {
        let store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
        startup::check_readable(&store)?;
        Self::of_store(folder, store, config)
    }

    fn of_store(
        folder: &HistoryFolder,
        store: Store,
        config: &HistoryConfig,
    ) -> Result<Self, StoreError> {
        let cleaner = Cleaner::new(&store, config.retention)?;
        let watch = FileWatch::new(folder).ok();
        Ok(Self { store, cleaner, identity: folder.identity(), watch })
    }

    /// Stores a batch. If it reserves numbers or removes a person, it is flushed to the disk at
    /// once, even if `flush` says two seconds: the hub uses these numbers as soon as the batch is
    /// stored, so a power cut must not undo the reservation. Blocks for the disk.
    ///
    /// # Errors
    /// The batch may not be stored, or it may be lost later because the write-ahead log is damaged.
    pub(crate) fn write(&mut self, batch: &[Record], flush: Flush) -> Result<(), StoreError> {
        // Check the length of the write-ahead log before the write: if the log was cut, SQLite's
        // next write fills the part that was cut off with zeros, and the length is right again.
        // Check the log again after the write, because the hub then tells the senders that their
        // lines are stored.
        self.check_wal()?;
        if batch.iter().any(must_last) && flush != Flush::Each {
            self.store.flush_each(Flush::Each)?;
            let stored = self.store.write(batch);
            self.store.flush_each(flush).and(stored)?;
        } else {
            self.store.write(batch)?;
        }
        self.check_wal()?;
        self.cleaner.count(batch);
        Ok(())
    }

    fn check_wal(&self) -> Result<(), StoreError> {
        self.watch.as_ref().map_or(Ok(()), FileWatch::check_wal)
    }

    /// Returns whether the file or its write-ahead log is not the one that was opened.
    pub(crate) fn is_replaced(&self, folder: &HistoryFolder) -> bool {
        folder.identity() != self.identity
    }

    /// Returns whether the main file is the one that was opened.
    pub(crate) fn is_main_file(&self, now: &Identity) -> bool {
        self.identity.file == now.file
    }

    /// Returns when [`check`](Self::check) or [`delete_old_lines`](Self::delete_old_lines) has
    /// something to do.
    pub(crate) fn next_chore(&self) -> Instant {
        let cleaning = self.cleaner.next_check();
        self.watch.as_ref().map_or(cleaning, |watch| watch.next_check().min(cleaning))
    }

    /// Checks the write-ahead log; also the file, if a check of it is due. `None`: the log has no
    /// fault, and no check of the file is due. The log is checked each time: if it was cut, the
    /// next chores must not write into it. Blocks for the disk.
    ///
    /// # Errors
    /// The file or its log is damaged.
    pub(crate) fn check(&mut self, now: Instant) -> Option<Result<(), StoreError>> {
        if let Err(error) = self.check_wal() {
            return Some(Err(error));
        }
        let watch = self.watch.as_mut().filter(|watch| watch.next_check() <= now)?;
        Some(watch.check(now))
    }

    /// Deletes some of the lines that are too old or too many, if a check of them is due. Returns
    /// the logs of which lines were deleted, each with the highest deleted number. Blocks for the
    /// disk.
    pub(crate) fn delete_old_lines(&mut self, now: Instant) -> Vec<(Epoch, Seq)> {
        if let Err(error) = self.cleaner.clean(&mut self.store, now) {
            tracing::warn!(%error, "cannot delete old lines");
        }
        self.cleaner.take_thrown()
    }

    /// If the stored batch reserves numbers or removes a person, copies it into the main file, in
    /// case the write-ahead log is lost. Returns whether a checkpoint must follow: the copy is not
    /// complete, or the batch removes a text. Blocks for the disk.
    ///
    /// # Errors
    /// The batch may be only in the write-ahead log.
    pub(crate) fn secure(&self, batch: &[Record]) -> Result<bool, StoreError> {
        let is_in_the_file = !batch.iter().any(must_last) || self.store.flush()?;
        Ok(!is_in_the_file || batch.iter().any(removes_text))
    }
}

/// Returns whether this record reserves numbers, or says that a person is removed. Neither a power
/// cut nor the loss of the write-ahead log must undo that.
fn must_last(record: &Record) -> bool {
    matches!(record, Record::Room(_) | Record::PrivateLog(_) | Record::RemovedPerson(_))
}

/// Returns whether this record edits or deletes a message, or deletes a log or a person. The old
/// text must then also disappear from the history's file and its write-ahead log.
fn removes_text(record: &Record) -> bool {
    match record {
        Record::Line(line) => line.entry.what.is_change(),
        Record::NoLog(_) | Record::NoPerson(_) | Record::RemovedPerson(_) => true,
        Record::Room(_) | Record::PrivateLog(_) | Record::Person(_) | Record::Times(_) => false,
    }
}
