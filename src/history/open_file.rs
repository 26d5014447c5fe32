//! The open file of the history, and what belongs to it as long as it is open: the deletion of old
//! lines, and the checks.
//!
//! Owns: the order of the steps in which a file is opened. At the start of the server the checks
//! come first, because SQLite would go on with a damaged file.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/mod.rs`.

use super::folder::{HistoryFolder, Identity};
use super::integrity::{FileWatch, StartupLoss, check_pages};
use super::protection_copy::Protection;
use super::store::{Store, StoreError, repair, retention::Cleaner, startup};
use crate::base::limits;
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::numbers::Sizes;
use crate::chat::record::{Record, Stored};

pub(crate) struct OpenFile {
    pub(crate) store: Store,
    pub(crate) cleaner: Cleaner,
    pub(crate) identity: Identity,
    /// Checks the file while the server runs; `None`: the file could not be opened for these
    /// checks. This field stands after `store`, so Rust closes the store first: closing these files
    /// earlier would release SQLite's locks.
    pub(crate) watch: Option<FileWatch>,
}

impl OpenFile {
    /// Opens the file for a new run of the server. Returns it, what a hub begins with, and the key
    /// with which the server hashes the networks of clients. `loss` says what is missing of the
    /// history; `None`: no loss is known. Blocks for the disk.
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
        let network_key = startup::network_key(&store)?;
        Ok((Self::of_store(folder, store, config)?, stored, network_key))
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

    /// Stores a batch. If it reserves numbers, it is flushed to the disk at once, even if `flush`
    /// says two seconds: the hub uses these numbers as soon as the batch is stored, so a power cut
    /// must not undo the reservation. Blocks for the disk.
    ///
    /// # Errors
    /// The batch may not be stored, or it may be lost later because the write-ahead log is damaged.
    pub(crate) fn write(&mut self, batch: &[Record], flush: Flush) -> Result<(), StoreError> {
        let wal_fault = |watch: &Option<FileWatch>| {
            let fault = watch.as_ref().and_then(FileWatch::wal_fault);
            fault.map_or(Ok(()), |fault| Err(StoreError::Overwritten(fault)))
        };
        // Check the length of the write-ahead log before the write: if the log was cut, SQLite's
        // next write fills the part that was cut off with zeros, and the length is right again.
        // Check the log again after the write, because the hub then tells the senders that their
        // lines are stored.
        wal_fault(&self.watch)?;
        if batch.iter().any(reserves) && flush != Flush::Each {
            self.store.flush_each(Flush::Each)?;
            let stored = self.store.write(batch);
            self.store.flush_each(flush).and(stored)?;
        } else {
            self.store.write(batch)?;
        }
        wal_fault(&self.watch)?;
        self.cleaner.count(batch);
        Ok(())
    }

    /// If the stored batch reserves numbers, copies the reservations into the main file, in case
    /// the write-ahead log is lost. Returns whether a checkpoint must follow: the copy is not
    /// complete, or the batch removes a text. Blocks for the disk.
    ///
    /// # Errors
    /// The reservations may be only in the write-ahead log.
    pub(crate) fn secure(&self, batch: &[Record]) -> Result<bool, StoreError> {
        let is_in_the_file = !batch.iter().any(reserves) || self.store.flush()?;
        Ok(!is_in_the_file || batch.iter().any(removes_text))
    }
}

fn reserves(record: &Record) -> bool {
    matches!(record, Record::Room(_) | Record::PrivateLog(_))
}

/// Returns whether this record edits or deletes a message, or deletes a log or a person. The old
/// text must then also disappear from the history's file and its write-ahead log.
fn removes_text(record: &Record) -> bool {
    match record {
        Record::Line(line) => line.entry.what.is_change(),
        Record::NoLog(_) | Record::NoPerson(_) => true,
        Record::Room(_) | Record::PrivateLog(_) | Record::Person(_) => false,
    }
}
