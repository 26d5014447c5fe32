//! The file through its life: opened, lost, damaged, begun anew.
//!
//! Whoever removes the file under a running server, or moves it away, gets a new
//! one: what is written into a file without a name is lost with the process. A
//! damaged one is set aside. Both are told to the hub, which hands over again what
//! it still has in memory.
//!
//! Owns: that, and when what is too old or too much is thrown away.
//! Must not know: who wants something kept, or found.
//!
//! Next: `history/folder.rs`.

use std::time::Instant;

use super::folder::{Folder, Identity};
use super::retention::Cleaner;
use super::store::{Store, StoreError};
use super::{NoHistory, Outcome};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{Found, Kept, Query, Record};
use crate::config::{Flush, HistoryConfig};
use crate::limits;

pub(super) struct Keeper {
    config: HistoryConfig,
    folder: Folder,
    /// `None`: the last one is gone, and no new one could be made so far.
    open: Option<Open>,
    /// When what is kept must be safe.
    flush_at: Option<Instant>,
    /// When what was taken back must be in no file any more.
    scrub_at: Option<Instant>,
    /// Why the last batch was not kept: the log says it once, and not each second.
    trouble: Option<String>,
}

struct Open {
    store: Store,
    cleaner: Cleaner,
    identity: Identity,
}

impl Keeper {
    /// Opens the history; a damaged file is set aside, and a new one begun. Blocks
    /// for the disk.
    ///
    /// # Errors
    /// See [`NoHistory`].
    pub(super) fn begin(config: HistoryConfig) -> Result<(Self, Kept), NoHistory> {
        let folder = Folder::take(&config.folder)?;
        let opened = match open(&folder, &config) {
            Err(error) if error.is_damage() => {
                set_aside(&folder, &error)?;
                open(&folder, &config)
            }
            other => other,
        };
        let (open, kept) = opened?;
        let open = Some(open);
        let keeper = Self { config, folder, open, flush_at: None, scrub_at: None, trouble: None };
        Ok((keeper, kept))
    }

    /// Keeps all of it, or nothing: that is answered with why, or with a new file,
    /// in which nothing is yet. Blocks for the disk.
    pub(super) fn keep(&mut self, batch: &[Record]) -> Outcome {
        match self.try_to_keep(batch) {
            Ok(true) => {
                if self.trouble.take().is_some() {
                    tracing::warn!("what is said is kept again");
                }
                Outcome::Kept(Ok(()))
            }
            Ok(false) => Outcome::FileIsNew,
            Err(error) => {
                let error = error.in_words();
                if self.trouble.as_ref() != Some(&error) {
                    tracing::warn!(error, "cannot keep anything; trying again each second");
                }
                self.trouble = Some(error.clone());
                Outcome::Kept(Err(error))
            }
        }
    }

    /// Blocks for the disk.
    pub(super) fn find(&mut self, query: &Query) -> Outcome {
        // Nothing can be in a file that is to be.
        let found =
            self.open.as_ref().map_or_else(|| Ok(Found::default()), |it| it.store.find(query));
        Outcome::Found(found.map_err(|error| {
            tracing::warn!(%error, "cannot read older lines");
            error.to_string()
        }))
    }

    /// False: the file is a new one.
    fn try_to_keep(&mut self, batch: &[Record]) -> Result<bool, NoHistory> {
        if self.open.as_ref().is_some_and(|open| self.folder.identity() != open.identity) {
            tracing::error!("the history's file is gone, or another one; a new one begins");
            self.let_go();
        }
        if self.open.is_none() {
            self.begin_anew()?;
            return Ok(false);
        }
        let Some(Open { store, cleaner, .. }) = &mut self.open else { return Ok(false) };
        match store.keep(batch) {
            Err(error) if error.is_corruption() => {
                self.let_go();
                set_aside(&self.folder, &error)?;
                // At once: the server may be about to end, and what memory has is to be in it.
                self.begin_anew()?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                cleaner.count(batch);
                if batch.iter().any(takes_back) {
                    self.scrub_at.get_or_insert(Instant::now() + limits::SCRUB_WAIT);
                }
                if self.config.flush == Flush::EachTwoSeconds {
                    let at = Instant::now() + limits::LAZY_FLUSH_WAIT;
                    self.flush_at.get_or_insert(at);
                }
                Ok(true)
            }
        }
    }

    /// When there is something to do though nobody asks for anything.
    pub(super) fn next_chore(&self) -> Option<Instant> {
        let cleaning = self.open.as_ref().map(|open| open.cleaner.next_look());
        [cleaning, self.flush_at, self.scrub_at].into_iter().flatten().min()
    }

    /// Does what is due: a little at a time, for a batch may come. Up to which numbers logs
    /// have lost lines by it. Blocks for the disk.
    pub(super) fn do_chores(&mut self, now: Instant) -> Vec<(Epoch, Seq)> {
        let Some(Open { store, cleaner, .. }) = &mut self.open else { return Vec::new() };
        if self.flush_at.is_some_and(|at| at <= now) {
            self.flush_at = None;
            if let Err(error) = store.flush() {
                tracing::warn!(%error, "what was kept may not survive a power cut");
            }
        }
        if let Err(error) = cleaner.look(store, now) {
            tracing::warn!(%error, "cannot throw away old lines");
        }
        let thrown = cleaner.take_thrown();
        if self.scrub_at.is_some_and(|at| at <= now) {
            let again = || Some(now + limits::SCRUB_WAIT);
            self.scrub_at = match store.settle() {
                Ok(is_done) => again().filter(|_| !is_done),
                Err(error) => {
                    tracing::warn!(%error, "what was taken back may still be on the disk");
                    again()
                }
            };
        }
        if !thrown.is_empty() {
            self.scrub_at.get_or_insert(now + limits::SCRUB_WAIT);
        }
        thrown
    }

    /// The server ends: one file, without a log of changes beside it. Blocks for
    /// the disk.
    pub(super) fn end(self) {
        if let Some(Open { store, .. }) = self.open
            && let Err(error) = store.settle()
        {
            tracing::debug!(%error, "the history is not settled");
        }
    }

    fn begin_anew(&mut self) -> Result<(), NoHistory> {
        self.folder.take_again()?;
        let (open, _) = open(&self.folder, &self.config)?;
        self.open = Some(open);
        Ok(())
    }

    /// The file is ours no more; what is where it was is not to be touched.
    fn let_go(&mut self) {
        if let Some(Open { store, .. }) = self.open.take() {
            store.let_go();
        }
    }
}

/// Whether something that was said is to be in no file after this.
fn takes_back(record: &Record) -> bool {
    match record {
        Record::Line(line) => line.entry.what.is_change(),
        Record::NoLog(_) | Record::NoPerson(_) => true,
        Record::Room(_) | Record::PrivateLog(_) | Record::Person(_) => false,
    }
}

fn open(folder: &Folder, config: &HistoryConfig) -> Result<(Open, Kept), StoreError> {
    let mut store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
    let kept = store.begin(limits::LOG_ENTRIES_MAX)?;
    // The numbers that it has reserved, into the file itself: a number that was given in
    // this life is never given again, though a power cut takes what is not flushed yet,
    // or somebody the log of changes.
    if let Err(error) = store.settle() {
        tracing::warn!(%error, "the history is not settled");
    }
    let cleaner = Cleaner::new(&store, config.retention)?;
    Ok((Open { store, cleaner, identity: folder.identity() }, kept))
}

fn set_aside(folder: &Folder, error: &StoreError) -> Result<(), NoHistory> {
    let aside = folder.set_aside().map_err(NoHistory::NotSetAside)?;
    let aside = aside.display();
    tracing::error!(%error, %aside, "the history is damaged; it is set aside, and a new one begins");
    Ok(())
}
