//! Looks after the history's file for as long as the server runs: opens it, notices when it is lost
//! or damaged, and begins a new one.
//!
//! If the operator removes or moves the file under a running server, the keeper begins a new one,
//! because the next start of the server would not find what is written into the old file. A damaged
//! file is renamed. In both cases the keeper tells the hub, and the hub sends again what it still
//! has in memory.
//!
//! Owns: the open file, and when chores are due, such as a flush, the removal of deleted text,
//! retention, and checks.
//! Must not know: why the hub stores or looks for something.
//!
//! Part: `history/mod.rs`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::integrity::StartupLoss;
use super::protection_copy::ProtectionCopy;
use super::rescue::{DamageSeen, rescue};
use super::store::{SearchTurn, StoreError};
use super::{HistoryReport, NoHistory, folder::HistoryFolder, open_file::OpenFile};
use crate::base::limits;
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{FoundLines, PersonId, Query, Record, Stored};
use crate::history::store::removal::{
    end_removals, has_lines_to_remove, has_removals, remove_some_lines,
};
use crate::history::store::{reading::find_lines, startup::write_server_key};

/// After a line was edited or deleted, the history waits this long before it tries to remove the
/// old text from its files. If it cannot, it tries again after the same time.
const SCRUB_WAIT: Duration = Duration::from_secs(2);

/// The open file of the history, and the state of the work on it.
///
/// A lost or damaged file goes through these steps:
/// 1. A read, a write, or `check` finds that the file is damaged, or that it or its write-ahead log
///    is not the one that was opened.
/// 2. The store is closed (`close_replaced`, `close`).
/// 3. If the file is damaged, `rescue` copies what can be read into a new file, and renames the
///    damaged one.
/// 4. `open_again` opens the file that is now in place, or creates one. If that fails, `open` is
///    `None`, and each later batch tries again to open a file.
/// 5. A batch is answered with `FileIsNew`: the one that has found the fault, or else the next one.
///    Then the hub sends all that it has in memory.
pub(crate) struct Keeper {
    config: HistoryConfig,
    folder: HistoryFolder,
    /// The open file; `None`: it was lost or damaged, and no file could be opened since then.
    open: Option<OpenFile>,
    /// The moment at which the keeper flushes the disk, so that stored batches are safe from a
    /// power cut. It is set only with `--flush 2s`; `None`: no stored batch waits for a flush.
    flush_at: Option<Instant>,
    /// The moment of the next checkpoint, for example to remove the old text of deleted or edited
    /// messages from the files; `None`: no checkpoint is needed.
    scrub_at: Option<Instant>,
    /// If people have left for good: the moment at which the next few of their lines are removed.
    removal_at: Instant,
    /// The people who were removed in this run of the server. A file that is opened anew may still
    /// have lines of theirs: the disk has damaged what said that they are removed, or the operator
    /// has put back an older file.
    removed: BTreeSet<PersonId>,
    protection_copy: ProtectionCopy,
    /// The key with which the server makes tags of networks and marks of secrets. The file has it,
    /// too, and a new file receives the same key.
    server_key: u64,
    /// True if a file was opened anew while the server runs, and no batch has been answered with
    /// `FileIsNew` since then: the next batch is.
    is_new: bool,
    /// The damage that the newest failed query found; a later `check` acts on it. `None`: there is
    /// no such damage.
    read_damage: Option<StoreError>,
    /// Why the newest attempt to store a batch failed, as a text for the server's log. `None`: no
    /// attempt has failed since a batch was stored. The hub tries again each second; so that the
    /// server's log does not fill up, it gets this text only when the text changes.
    trouble: Option<String>,
}

impl Keeper {
    /// Opens the history. Returns the keeper, what a hub begins with, and a text for people about
    /// damage or loss; `None` instead of the text: no damage or loss was found. Of a damaged file
    /// it rescues all that can be read. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoHistory`].
    pub(crate) fn begin(
        config: HistoryConfig,
    ) -> Result<(Self, Stored, Option<String>), NoHistory> {
        let mut damage = None;
        let folder = HistoryFolder::take(&config.folder)?;
        folder.end_rescue().map_err(NoHistory::NotSetAside)?;
        let mut copy = ProtectionCopy::read(folder.protection_copy(), config.unseals);
        let loss = StartupLoss::detect(&folder, &copy);
        let opened = match OpenFile::for_new_run(&folder, &config, copy.at_start(), loss) {
            Err(error) if error.is_damage() => {
                let when = DamageSeen::Start;
                damage = Some(rescue(&folder, &config, &error, copy.at_start(), when)?);
                let loss = Some(StartupLoss::All { known: None, is_there: true });
                OpenFile::for_new_run(&folder, &config, copy.at_start(), loss)
            }
            other => other,
        };
        let (open, stored, server_key) = opened?;
        if damage.is_none() {
            damage = loss.map(|loss| loss.tell(&open.store));
        }
        copy.begin_with(&stored);
        let mut keeper = Self {
            config,
            folder,
            open: Some(open),
            flush_at: None,
            scrub_at: None,
            removal_at: Instant::now(),
            removed: BTreeSet::new(),
            protection_copy: copy,
            server_key,
            is_new: false,
            read_damage: None,
            trouble: None,
        };
        // End the removals of earlier runs before new people get numbers.
        let now = Instant::now();
        keeper.protection_copy.write(now);
        keeper.remove_lines(now);
        Ok((keeper, stored, damage))
    }

    pub(crate) fn server_key(&self) -> u64 {
        self.server_key
    }

    /// Stores all of the batch or nothing. Returns `FileIsNew` if a file was opened anew, and the
    /// hub must send again all that it has in memory. Otherwise returns `Stored` with the result.
    /// Blocks for the disk.
    pub(crate) fn store(&mut self, batch: &[Record]) -> HistoryReport {
        let report = self.try_to_store(batch).unwrap_or_else(|error| {
            let words = error.in_words();
            if self.trouble.as_ref() != Some(&words) {
                tracing::warn!(error = words, "cannot store messages; trying again each second");
            }
            self.trouble = Some(words);
            HistoryReport::Stored(Err((&error).into()))
        });
        if let HistoryReport::Stored(Ok(())) = report
            && self.trouble.take().is_some()
        {
            tracing::warn!("messages are stored again");
        }
        report
    }

    /// Answers a query. A search for words stops after about `SEARCH_TURN` at the latest; it may
    /// stop sooner if `is_wanted` says that another task waits. If no file is open, the query finds
    /// nothing. If it finds damage, the next `check` replaces the file. Blocks for the disk.
    pub(crate) fn find(&mut self, query: &Query, is_wanted: &dyn Fn() -> bool) -> HistoryReport {
        let find =
            |open: &OpenFile| find_lines(&open.store, query, &mut SearchTurn::begin(is_wanted));
        let found = self.open.as_ref().map_or_else(|| Ok(FoundLines::default()), find);
        HistoryReport::Found(found.map_err(|error| {
            tracing::warn!(%error, "cannot read older lines");
            let fault = (&error).into();
            self.read_damage = Some(error).filter(StoreError::is_corruption);
            fault
        }))
    }

    fn try_to_store(&mut self, batch: &[Record]) -> Result<HistoryReport, NoHistory> {
        if self.open.as_ref().is_some_and(|open| open.is_replaced(&self.folder)) {
            self.close_replaced();
        }
        if self.open.is_none() {
            self.open_again()?;
        }
        if std::mem::take(&mut self.is_new) {
            return Ok(HistoryReport::FileIsNew);
        }
        let Some(open) = &mut self.open else { return Ok(HistoryReport::FileIsNew) };
        match open.write(batch, self.config.flush) {
            Err(error) if error.is_corruption() => {
                // Begin the new file now, and not at the next chore: the server may end soon. The
                // sooner the hub is told of the new file, the sooner it sends the lines in its
                // memory.
                self.replace_damaged(&error)?;
                self.is_new = false;
                Ok(HistoryReport::FileIsNew)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                self.removed.extend(batch.iter().filter_map(removed_person));
                if open.secure(batch)? {
                    self.scrub_at.get_or_insert(Instant::now() + SCRUB_WAIT);
                }
                self.protection_copy.apply(batch);
                if self.config.flush == Flush::EachTwoSeconds {
                    let at = Instant::now() + limits::LAZY_FLUSH_WAIT;
                    self.flush_at.get_or_insert(at);
                }
                Ok(HistoryReport::Stored(Ok(())))
            }
        }
    }

    /// Returns when the next chore is due. A chore is work that no task of the hub asks for.
    /// `None`: no chore is planned.
    pub(crate) fn next_chore(&self) -> Option<Instant> {
        let of_file = self.open.as_ref().map(OpenFile::next_chore);
        let copying = self.protection_copy.write_at();
        let chores = [of_file, self.flush_at, self.scrub_at, self.next_removal(), copying];
        chores.into_iter().flatten().min()
    }

    /// Returns when the next step of the removals is due. `None`: there are none, or only their end
    /// is left, and the protection copy is not written yet. It may still have the names of these
    /// people: if the removals ended now, a crash could bring the names back.
    fn next_removal(&self) -> Option<Instant> {
        let OpenFile { store, .. } = self.open.as_ref()?;
        let can_end = has_removals(store) && self.protection_copy.write_at().is_none();
        (has_lines_to_remove(store) || can_end).then_some(self.removal_at)
    }

    /// Does the chores that are due. Of a long deletion of old lines it does only a part, because a
    /// batch may be waiting. Tells the hub with `tell` that the file was lost or damaged, and which
    /// old lines were deleted. Blocks for the disk.
    pub(crate) fn do_chores(&mut self, tell: impl Fn(HistoryReport)) {
        let now = Instant::now();
        self.protection_copy.write(now);
        if self.check(now) {
            tell(HistoryReport::FileIsLost);
        }
        self.remove_lines(now);
        let thrown_away = self.clean(Instant::now());
        if !thrown_away.is_empty() {
            tell(HistoryReport::ThrownAway(thrown_away));
        }
    }

    /// Checks the write-ahead log; also the file, if a check of it is due. Acts on damage that this
    /// check or an earlier query has found. Returns true if the file had to be closed, even if no
    /// file could be opened again.
    fn check(&mut self, now: Instant) -> bool {
        let Some(open) = &mut self.open else { return false };
        let checked = open.check(now);
        if checked.is_none() && self.read_damage.is_none() {
            return false;
        }
        let fault = checked.and_then(Result::err);
        let begun = if open.is_replaced(&self.folder) {
            self.close_replaced();
            self.open_again()
        } else if let Some(error) = self.read_damage.take().or(fault) {
            self.replace_damaged(&error)
        } else {
            return false;
        };
        if let Err(error) = begun {
            tracing::warn!(error = error.in_words(), "cannot begin a new history");
        }
        true
    }

    /// If people have left for good, removes a few of their lines. If none is left, ends the
    /// removal.
    fn remove_lines(&mut self, now: Instant) {
        let is_due = self.next_removal().is_some_and(|at| at <= now);
        let Some(OpenFile { store, .. }) = self.open.as_mut().filter(|_| is_due) else { return };
        let removed = if has_lines_to_remove(store) {
            remove_some_lines(store).map(|has_changed| {
                if has_changed {
                    self.scrub_at.get_or_insert(now + SCRUB_WAIT);
                }
            })
        } else {
            end_removals(store).map(|is_done| {
                if !is_done {
                    self.removal_at = now + SCRUB_WAIT;
                }
            })
        };
        if let Err(error) = removed {
            tracing::warn!(%error, "cannot remove the messages of somebody who left for good");
            self.removal_at = now + SCRUB_WAIT;
            if error.is_corruption() {
                self.read_damage = Some(error);
            }
        }
    }

    /// Flushes the disk, deletes old lines, and removes deleted text from the files, each if it is
    /// due. Returns the logs from which lines were deleted, each with the highest deleted number.
    fn clean(&mut self, now: Instant) -> Vec<(Epoch, Seq)> {
        let Some(open) = &mut self.open else { return Vec::new() };
        if self.flush_at.is_some_and(|at| at <= now) {
            self.flush_at = match open.store.flush() {
                Ok(is_done) => (!is_done).then(|| now + limits::LAZY_FLUSH_WAIT),
                Err(error) => {
                    tracing::warn!(%error, "cannot flush the disk; stored messages may not survive a power cut");
                    None
                }
            };
        }
        let thrown = open.delete_old_lines(now);
        if self.scrub_at.is_some_and(|at| at <= now) {
            let again = || Some(now + SCRUB_WAIT);
            self.scrub_at = match open.store.checkpoint() {
                Ok(is_done) => again().filter(|_| !is_done),
                Err(error) => {
                    tracing::warn!(%error, "deleted text may still be on the disk");
                    again()
                }
            };
        }
        if !thrown.is_empty() {
            self.scrub_at.get_or_insert(now + SCRUB_WAIT);
        }
        thrown
    }

    /// Ends the history: writes the protection copy if the newest changes are not in it, and tries
    /// to move the write-ahead log into the main file. Blocks for the disk.
    pub(crate) fn end(mut self) {
        self.protection_copy.write_the_rest();
        if let Some(OpenFile { store, .. }) = self.open
            && let Err(error) = store.checkpoint()
        {
            tracing::debug!(%error, "cannot copy threadbare.sqlite-wal into threadbare.sqlite; keep both");
        }
    }

    fn replace_damaged(&mut self, error: &StoreError) -> Result<(), NoHistory> {
        // Nothing is written into the damaged file, or into another one that now has its name.
        if let Some(OpenFile { store, .. }) = self.open.take() {
            store.close_without_writing();
        }
        self.folder.take_again()?;
        self.rescue(error)?;
        self.open_again()
    }

    fn open_again(&mut self) -> Result<(), NoHistory> {
        self.folder.take_again()?;
        let opened = match OpenFile::for_this_run(&self.folder, &self.config) {
            Err(error) if error.is_damage() => {
                self.rescue(&error)?;
                OpenFile::for_this_run(&self.folder, &self.config)
            }
            other => other,
        };
        let mut opened = opened?;
        write_server_key(&opened.store, self.server_key)?;
        let removed = self.removed.iter().copied().map(Record::RemovedPerson);
        opened.store.write(&removed.collect::<Vec<_>>())?;
        self.open = Some(opened);
        self.is_new = true;
        Ok(())
    }

    fn rescue(&self, error: &StoreError) -> Result<(), NoHistory> {
        let protection = Some(self.protection_copy.current());
        rescue(&self.folder, &self.config, error, protection, DamageSeen::Running).map(drop)
    }

    /// Closes the main file, because its name, or the name of its write-ahead log, now belongs to
    /// another file or to none. If only the log was replaced, SQLite still has the old log open. In
    /// this case it first tries to move the old log into the main file, and to rename another file
    /// that now has the log's name.
    fn close_replaced(&mut self) {
        let Some(open) = self.open.take() else { return };
        let now = self.folder.identity();
        if open.is_main_file(&now) {
            let is_kept = matches!(open.store.checkpoint(), Ok(true));
            let aside = now.wal.and_then(|_| self.folder.set_wal_aside().ok());
            tracing::error!(
                is_kept,
                ?aside,
                "threadbare.sqlite-wal was removed or replaced; a new one begins, with what memory has"
            );
        } else {
            tracing::error!("the history's file was removed or replaced; a new one begins");
        }
        open.store.close_without_writing();
    }
}

fn removed_person(record: &Record) -> Option<PersonId> {
    if let Record::RemovedPerson(person) = record { Some(*person) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Keeper, OpenFile};
    use crate::history::store::Store;

    impl Keeper {
        pub(crate) fn open_store(&self) -> &Store {
            let OpenFile { store, .. } = self.open.as_ref().unwrap();
            store
        }
    }
}
