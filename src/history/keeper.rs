//! Looks after the history's file for as long as the server runs: opens it, notices when it is lost
//! or damaged, and begins a new one.
//!
//! If the operator removes or moves the file under a running server, the keeper begins a new one,
//! because the next start of the server would not find what is written into the old file. A damaged
//! file is renamed. The hub learns of both, and sends again what it still has in memory.
//!
//! Owns: the open file, and when chores are due: flush, removal of deleted text, retention, checks.
//! Must not know: why the hub stores or looks for something.
//!
//! Part: `history/mod.rs`.

use std::time::Instant;

use super::access::Access;
use super::access_file::AccessFile;
use super::folder::{HistoryFolder, Identity};
use super::looking::SearchTime;
use super::lost::LostAtStart;
use super::pages::DatabasePages;
use super::rescue::rescue;
use super::retention::Cleaner;
use super::salvage::DamageSeen;
use super::schema::is_newer;
use super::store::{Store, StoreError};
use super::watch::Watch;
use super::{HistoryReport, NoHistory};
use crate::base::limits;
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::Sizes;
use crate::chat::record::{FoundLines, Query, Record, Stored};

/// The open file of the history, and the state of the work on it.
///
/// A lost or damaged file goes through these steps:
/// 1. A read, a write, or `check` finds that the file is damaged or is not the one that was opened.
/// 2. The store is closed without writing (`let_go`).
/// 3. If the file is damaged, `rescue` copies what can be read into a new file, and renames the
///    damaged one.
/// 4. `begin_anew` opens the new file. If that fails, `open` is `None`, and each later batch tries
///    again to open a file.
/// 5. The next batch is answered with `FileIsNew`, and the hub sends all that it has in memory.
pub(super) struct Keeper {
    config: HistoryConfig,
    folder: HistoryFolder,
    /// The open file; `None`: it was lost, and a new one could not be made yet.
    open: Option<Open>,
    /// When the stored batches must be safe from a power cut (with `--flush 2s`); `None`: no batch
    /// waits for that.
    flush_at: Option<Instant>,
    /// When deleted or edited text must be out of the file and its write-ahead log; `None`: no text
    /// waits for that.
    scrub_at: Option<Instant>,
    access_file: AccessFile,
    /// The key with which IP addresses are hashed; the file has only the hashes. A new file
    /// receives the same key.
    address_key: u64,
    /// The file is a new one, and the next batch must be answered with `FileIsNew`.
    is_new: bool,
    /// The damage that the newest query found; the next `check` acts on it. `None`: that query
    /// found no damage.
    met: Option<StoreError>,
    /// Why the last batch was not stored; `None`: it was stored. The server's log gets this text
    /// only when it changes, and not every second.
    trouble: Option<String>,
}

struct Open {
    store: Store,
    cleaner: Cleaner,
    identity: Identity,
    /// Checks the file while the server runs; `None`: the file could not be opened for these
    /// checks. Declared after the store, so Rust closes it later: closing it releases SQLite's
    /// locks.
    watch: Option<Watch>,
}

impl Keeper {
    /// Opens the history, and returns everything that is stored. Of a damaged file it rescues all
    /// that can be read. The last value is a text for people about damage or loss; `None`: there
    /// was none. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoHistory`].
    pub(super) fn begin(
        config: HistoryConfig,
    ) -> Result<(Self, Stored, Option<String>), NoHistory> {
        let mut damage = None;
        let folder = HistoryFolder::take(&config.folder)?;
        folder.end_rescue().map_err(NoHistory::NotSetAside)?;
        let mut access_file = AccessFile::read(folder.access(), config.unseals);
        let lost = LostAtStart::seen(&folder, &access_file);
        let opened = match open(&folder, &config, access_file.second(), lost) {
            Err(error) if error.is_damage() => {
                damage = Some(rescue(
                    &folder,
                    &config,
                    &error,
                    access_file.second(),
                    DamageSeen::Start,
                )?);
                let lost = Some(LostAtStart::All { known: None, is_there: true });
                open(&folder, &config, access_file.second(), lost)
            }
            other => other,
        };
        let (open, stored, address_key) = opened?;
        if damage.is_none() {
            damage = lost.map(|lost| lost.tell(&open.store));
        }
        access_file.begin_with(&stored);
        let open = Some(open);
        let (flush_at, scrub_at, trouble, is_new, met) = (None, None, None, false, None);
        let keeper = Self {
            config,
            folder,
            open,
            flush_at,
            scrub_at,
            access_file,
            address_key,
            is_new,
            met,
            trouble,
        };
        Ok((keeper, stored, damage))
    }

    /// Returns the key with which IP addresses are hashed.
    pub(super) fn address_key(&self) -> u64 {
        self.address_key
    }

    /// Stores all of the batch or nothing. Returns `Stored` with the result, or `FileIsNew` if the
    /// file is new and the batch is not in it. Blocks for the disk.
    pub(super) fn store(&mut self, batch: &[Record]) -> HistoryReport {
        match self.try_to_store(batch) {
            Ok(true) => {
                if self.trouble.take().is_some() {
                    tracing::warn!("messages are stored again");
                }
                HistoryReport::Stored(Ok(()))
            }
            Ok(false) => HistoryReport::FileIsNew,
            Err(error) => {
                let words = error.in_words();
                if self.trouble.as_ref() != Some(&words) {
                    tracing::warn!(
                        error = words,
                        "cannot store messages; trying again each second"
                    );
                }
                self.trouble = Some(words);
                HistoryReport::Stored(Err(error.for_everybody()))
            }
        }
    }

    /// Answers a query. A search for words ends after `limits::SEARCH_TURN`, and sooner if
    /// `is_wanted` returns true because another task waits. If no file is open, it finds nothing.
    /// If the file is damaged, the next `check` replaces it. Blocks for the disk.
    pub(super) fn find(&mut self, query: &Query, is_wanted: &dyn Fn() -> bool) -> HistoryReport {
        let find = |open: &Open| open.store.find(query, &mut SearchTime::begin(is_wanted));
        // Without an open file there is nothing to find.
        let found = self.open.as_ref().map_or_else(|| Ok(FoundLines::default()), find);
        HistoryReport::Found(found.map_err(|error| {
            tracing::warn!(%error, "cannot read older lines");
            let words = error.to_string();
            self.met = Some(error).filter(StoreError::is_corruption);
            words
        }))
    }

    /// Stores a batch. Returns whether it is stored. If not, the file is new and has nothing of the
    /// batch.
    fn try_to_store(&mut self, batch: &[Record]) -> Result<bool, NoHistory> {
        if self.open.as_ref().is_some_and(|open| self.folder.identity() != open.identity) {
            self.close_replaced();
        }
        if self.open.is_none() {
            self.begin_anew()?;
        }
        if std::mem::take(&mut self.is_new) {
            return Ok(false);
        }
        let Some(Open { store, cleaner, watch, .. }) = &mut self.open else { return Ok(false) };
        let odd_wal = || watch.as_ref().and_then(Watch::odd_wal).map(StoreError::Overwritten);
        // Check the length of the write-ahead log before the write: if it was cut, SQLite's next
        // write fills the part that was cut off with zeros, and the length is right again. Check it
        // again after the write, because the sender now learns that its line is stored.
        let stored = odd_wal().map_or_else(|| write_batch(store, batch, self.config.flush), Err);
        match stored.and_then(|()| odd_wal().map_or(Ok(()), Err)) {
            Err(error) if error.is_corruption() => {
                // Begin the new file at once. The server may be about to end, and the hub's memory
                // must get into the file before that.
                self.begin_after(&error)?;
                self.is_new = false;
                Ok(false)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                cleaner.count(batch);
                // Reserved numbers must also be in the main file, in case the write-ahead log is
                // lost.
                let is_in_the_file = !batch.iter().any(reserves) || store.flush()?;
                if !is_in_the_file || batch.iter().any(takes_back) {
                    self.scrub_at.get_or_insert(Instant::now() + limits::SCRUB_WAIT);
                }
                self.access_file.learn(batch);
                if self.config.flush == Flush::EachTwoSeconds {
                    let at = Instant::now() + limits::LAZY_FLUSH_WAIT;
                    self.flush_at.get_or_insert(at);
                }
                Ok(true)
            }
        }
    }

    /// Returns when the next chore is due: work that no task of the hub asks for. `None`: no chore
    /// is planned.
    pub(super) fn next_chore(&self) -> Option<Instant> {
        let cleaning = self.open.as_ref().map(|open| open.cleaner.next_look());
        let watch = self.open.as_ref().and_then(|open| open.watch.as_ref());
        let watching = watch.map(Watch::next_look);
        let chores =
            [cleaning, self.flush_at, self.scrub_at, watching, self.access_file.write_at()];
        chores.into_iter().flatten().min()
    }

    /// Does a little of the chores that are due: a batch may be waiting. Returns the logs from
    /// which lines were deleted, each with the last deleted number. Blocks for the disk.
    pub(super) fn do_chores(&mut self, now: Instant) -> Vec<(Epoch, Seq)> {
        let Some(Open { store, cleaner, .. }) = &mut self.open else { return Vec::new() };
        if self.flush_at.is_some_and(|at| at <= now) {
            self.flush_at = None;
            if let Err(error) = store.flush() {
                tracing::warn!(%error, "cannot flush the disk; stored messages may not survive a power cut");
            }
        }
        if let Err(error) = cleaner.look(store, now) {
            tracing::warn!(%error, "cannot delete old lines");
        }
        let thrown = cleaner.take_thrown();
        if self.scrub_at.is_some_and(|at| at <= now) {
            let again = || Some(now + limits::SCRUB_WAIT);
            self.scrub_at = match store.settle() {
                Ok(is_done) => again().filter(|_| !is_done),
                Err(error) => {
                    tracing::warn!(%error, "deleted text may still be on the disk");
                    again()
                }
            };
        }
        if !thrown.is_empty() {
            self.scrub_at.get_or_insert(now + limits::SCRUB_WAIT);
        }
        thrown
    }

    /// Checks the file if a check is due or if a read found damage, and writes the access file if
    /// that is due. Returns true if the history needed a new file (even if none could be made yet).
    /// Blocks for the disk.
    pub(super) fn check(&mut self, now: Instant) -> bool {
        self.access_file.write(now);
        let Some(open) = &mut self.open else { return false };
        // Check the write-ahead log each time: the chores that follow would write into a log that
        // was cut.
        let odd_wal = open.watch.as_ref().and_then(Watch::odd_wal);
        let watch = open.watch.as_mut().filter(|watch| watch.next_look() <= now);
        if watch.is_none() && odd_wal.is_none() && self.met.is_none() {
            return false;
        }
        let odd = odd_wal.or_else(|| watch.and_then(|watch| watch.look(now)));
        let odd = odd.map(StoreError::Overwritten);
        let begun = if open.identity != self.folder.identity() {
            self.close_replaced();
            self.begin_anew()
        } else if let Some(error) = self.met.take().or(odd) {
            self.begin_after(&error)
        } else {
            return false;
        };
        if let Err(error) = begun {
            tracing::warn!(error = error.in_words(), "cannot begin a new history");
        }
        true
    }

    /// Ends the history: writes the access file if that has changed, and moves the write-ahead log
    /// into the main file. Blocks for the disk.
    pub(super) fn end(mut self) {
        self.access_file.write_the_rest();
        if let Some(Open { store, .. }) = self.open
            && let Err(error) = store.settle()
        {
            tracing::debug!(%error, "the history is not settled");
        }
    }

    /// Replaces the damaged file by a new one with all that can be read of it, and opens the new
    /// one.
    fn begin_after(&mut self, error: &StoreError) -> Result<(), NoHistory> {
        self.let_go();
        self.folder.take_again()?;
        rescue(
            &self.folder,
            &self.config,
            error,
            Some(self.access_file.known()),
            DamageSeen::Running,
        )?;
        self.begin_anew()
    }

    fn begin_anew(&mut self) -> Result<(), NoHistory> {
        self.folder.take_again()?;
        let opened = match open_again(&self.folder, &self.config) {
            Err(error) if error.is_damage() => {
                let access_file = Some(self.access_file.known());
                rescue(&self.folder, &self.config, &error, access_file, DamageSeen::Running)?;
                open_again(&self.folder, &self.config)
            }
            other => other,
        };
        let opened = opened?;
        opened.store.write_address_key(self.address_key)?;
        self.open = Some(opened);
        self.is_new = true;
        Ok(())
    }

    /// Closes the main file, because its name, or the name of its write-ahead log, now belongs to
    /// another file or to none. If only the log was replaced, SQLite still has the old log open,
    /// and moves the old log into the main file before that is closed.
    fn close_replaced(&mut self) {
        let now = self.folder.identity();
        let is_log = self.open.as_ref().is_some_and(|open| open.identity.file == now.file);
        if is_log {
            let settled = self.open.as_ref().map(|open| open.store.settle());
            let is_kept = matches!(settled, Some(Ok(true)));
            let aside = now.wal.and_then(|_| self.folder.set_changes_aside().ok());
            tracing::error!(
                is_kept,
                ?aside,
                "threadbare.sqlite-wal was removed or replaced; a new one begins, with what memory has"
            );
        } else {
            tracing::error!("the history's file was removed or replaced; a new one begins");
        }
        self.let_go();
    }

    /// Closes the file. Writes neither to it nor to another file that now has its name.
    fn let_go(&mut self) {
        if let Some(Open { store, .. }) = self.open.take() {
            store.let_go();
        }
    }
}

/// Stores a batch. If it reserves numbers, it is flushed to the disk at once, even if `--flush`
/// says `2s`: the hub uses these numbers as soon as the batch is stored, so a power cut must not
/// undo the reservation.
fn write_batch(store: &mut Store, batch: &[Record], flush: Flush) -> Result<(), StoreError> {
    let reserves = batch.iter().any(reserves) && flush != Flush::Each;
    if !reserves {
        return store.write(batch);
    }
    store.flush_each(Flush::Each)?;
    let stored = store.write(batch);
    store.flush_each(flush).and(stored)
}

fn reserves(record: &Record) -> bool {
    matches!(record, Record::Room(_) | Record::PrivateLog(_))
}

/// Returns whether this record removes a text, which must then also disappear from the history's
/// file and its write-ahead log.
fn takes_back(record: &Record) -> bool {
    match record {
        Record::Line(line) => line.entry.what.is_change(),
        Record::NoLog(_) | Record::NoPerson(_) => true,
        Record::Room(_) | Record::PrivateLog(_) | Record::Person(_) => false,
    }
}

/// Opens the file for a new run of the server. Returns it with everything that is stored, with
/// newly reserved numbers, and with the key of the hashes of IP addresses. `access` is the content
/// of the access file, and `lost` says what is missing of the history.
fn open(
    folder: &HistoryFolder,
    config: &HistoryConfig,
    access: Option<&Access>,
    lost: Option<LostAtStart>,
) -> Result<(Open, Stored, u64), StoreError> {
    if folder.is_emptied() {
        return Err(StoreError::Emptied);
    }
    // Examine the pages before SQLite opens the file: closing any descriptor of a file releases all
    // POSIX locks that the process has on it.
    if let Ok(mut pages) = DatabasePages::open(&folder.file()) {
        look_through(&mut pages)?;
    }
    let mut store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
    if config.unseals {
        let opened = store.unseal()?;
        tracing::warn!(opened, "rooms and names that were closed after damage are open again");
    }
    access.map_or(Ok(()), |access| store.agrees_with(access))?;
    let closed = access.map_or(Ok(0), |access| store.close_again(access))?;
    if closed > 0 {
        tracing::warn!(closed, "rooms and names that the lost history had stay closed");
    }
    if matches!(lost, Some(LostAtStart::All { .. })) {
        store.note_lost_rooms(access)?;
    }
    // Newly reserved numbers must be on the disk in case of a power cut, and in the main file in
    // case the write-ahead log is lost.
    store.flush_each(Flush::Each)?;
    let stored = store.begin_after(lost.is_some(), limits::LOG_ENTRIES_MAX, &Sizes::default())?;
    store.flush_each(config.flush)?;
    if let Err(error) = store.settle() {
        tracing::warn!(%error, "the history is not settled");
    }
    let address_key = store.address_key()?;
    Ok((of_store(folder, store, config)?, stored, address_key))
}

/// Checks the pages of a file that no program has open. SQLite trusts the pages that it finds, so
/// it would not report missing rows.
///
/// # Errors
/// `Overwritten`, if a page is not as SQLite wrote it.
fn look_through(pages: &mut DatabasePages) -> Result<(), StoreError> {
    // Check neither an empty file, which is new, nor a file of a newer schema, which this version
    // of the server cannot check.
    if pages.count() == 0 || pages.schema_version().is_some_and(is_newer) {
        return Ok(());
    }
    if !pages.has_all_branches() {
        return Err(StoreError::Overwritten("a page of it does not lead where it did"));
    }
    if !pages.is_sound(Instant::now() + limits::START_CHECK_MAX) {
        return Err(StoreError::Overwritten("a page of it is not as it was written"));
    }
    Ok(())
}

/// Opens a file while the server runs. It reserves no numbers: the hub still has its reservations
/// and sends them again.
fn open_again(folder: &HistoryFolder, config: &HistoryConfig) -> Result<Open, StoreError> {
    let store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
    store.look_through()?;
    of_store(folder, store, config)
}

fn of_store(
    folder: &HistoryFolder,
    store: Store,
    config: &HistoryConfig,
) -> Result<Open, StoreError> {
    let cleaner = Cleaner::new(&store, config.retention)?;
    let watch = Watch::new(folder).ok();
    Ok(Open { store, cleaner, identity: folder.identity(), watch })
}
