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

use super::access::Access;
use super::doors::Doors;
use super::folder::{Folder, Identity};
use super::looking::Turn;
use super::lost::Lost;
use super::pages::Pages;
use super::rescue::rescue;
use super::retention::Cleaner;
use super::salvage::When;
use super::schema::is_newer;
use super::store::{Store, StoreError};
use super::watch::Watch;
use super::{NoHistory, Outcome};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::numbers::Sizes;
use crate::chat::record::{Found, Kept, Query, Record};
use crate::chat_config::{Flush, HistoryConfig};
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
    doors: Doors,
    /// What the tags of addresses are made with; a file that begins anew has it, too.
    address_key: u64,
    /// The file is a new one, and whoever hands over the next batch is to be told so.
    is_new: bool,
    /// The file was found damaged while it was read.
    met: Option<StoreError>,
    /// Why the last batch was not kept: the log says it once, and not each second.
    trouble: Option<String>,
}

struct Open {
    store: Store,
    cleaner: Cleaner,
    identity: Identity,
    /// Behind the store, for it is to be closed after that.
    watch: Option<Watch>,
}

impl Keeper {
    /// Opens the history; of a damaged file all that can be read is taken over, and the
    /// last value says what that was. Blocks for the disk.
    ///
    /// # Errors
    /// See [`NoHistory`].
    pub(super) fn begin(config: HistoryConfig) -> Result<(Self, Kept, Option<String>), NoHistory> {
        let mut damage = None;
        let folder = Folder::take(&config.folder)?;
        folder.end_rescue().map_err(NoHistory::NotSetAside)?;
        let mut doors = Doors::read(folder.access(), config.unseals);
        let lost = Lost::seen(&folder, &doors);
        let opened = match open(&folder, &config, doors.second(), lost) {
            Err(error) if error.is_damage() => {
                damage = Some(rescue(&folder, &config, &error, doors.second(), When::Start)?);
                let lost = Some(Lost::All { known: None, is_there: true });
                open(&folder, &config, doors.second(), lost)
            }
            other => other,
        };
        let (open, kept, address_key) = opened?;
        if damage.is_none() {
            damage = lost.map(|lost| lost.tell(&open.store));
        }
        doors.are_of(&kept);
        let open = Some(open);
        let (flush_at, scrub_at, trouble, is_new, met) = (None, None, None, false, None);
        let keeper = Self {
            config,
            folder,
            open,
            flush_at,
            scrub_at,
            doors,
            address_key,
            is_new,
            met,
            trouble,
        };
        Ok((keeper, kept, damage))
    }

    /// What the tags of addresses are made with.
    pub(super) fn address_key(&self) -> u64 {
        self.address_key
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

    /// Blocks for the disk; looks for words no longer than a turn, and not on while it `is_wanted`.
    pub(super) fn find(&mut self, query: &Query, is_wanted: &dyn Fn() -> bool) -> Outcome {
        let find = |open: &Open| open.store.find(query, &mut Turn::begin(is_wanted));
        // Nothing can be in a file that is to be.
        let found = self.open.as_ref().map_or_else(|| Ok(Found::default()), find);
        Outcome::Found(found.map_err(|error| {
            tracing::warn!(%error, "cannot read older lines");
            let words = error.to_string();
            self.met = Some(error).filter(StoreError::is_corruption);
            words
        }))
    }

    /// False: the file is a new one.
    fn try_to_keep(&mut self, batch: &[Record]) -> Result<bool, NoHistory> {
        if self.open.as_ref().is_some_and(|open| self.folder.identity() != open.identity) {
            self.let_go_of_another();
        }
        if self.open.is_none() {
            self.begin_anew()?;
        }
        if std::mem::take(&mut self.is_new) {
            return Ok(false);
        }
        let Some(Open { store, cleaner, watch, .. }) = &mut self.open else { return Ok(false) };
        let odd_log = || watch.as_ref().and_then(Watch::odd_log).map(StoreError::Overwritten);
        // Before it, for a hole in the log has its length when SQLite has written behind it; and after
        // it, for what is sent now must be there.
        let kept = odd_log().map_or_else(|| keep(store, batch, self.config.flush), Err);
        match kept.and_then(|()| odd_log().map_or(Ok(()), Err)) {
            Err(error) if error.is_corruption() => {
                // At once: the server may be about to end, and what memory has is to be in it.
                self.begin_after(&error)?;
                self.is_new = false;
                Ok(false)
            }
            Err(error) => Err(error.into()),
            Ok(()) => {
                cleaner.count(batch);
                // A number that is reserved must be so also if somebody loses the log of
                // changes.
                let is_in_the_file = !batch.iter().any(reserves) || store.flush()?;
                if !is_in_the_file || batch.iter().any(takes_back) {
                    self.scrub_at.get_or_insert(Instant::now() + limits::SCRUB_WAIT);
                }
                self.doors.learn(batch);
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
        let watch = self.open.as_ref().and_then(|open| open.watch.as_ref());
        let watching = watch.map(Watch::next_look);
        let chores = [cleaning, self.flush_at, self.scrub_at, watching, self.doors.write_at()];
        chores.into_iter().flatten().min()
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

    /// Looks whether the file is what it was, if it is time, and keeps who may come in; true
    /// if the file is a new one since then, or is to be. Blocks for the disk.
    pub(super) fn check(&mut self, now: Instant) -> bool {
        self.doors.write(now);
        let Some(open) = &mut self.open else { return false };
        // What is due next would write into a log that was cut.
        let odd_log = open.watch.as_ref().and_then(Watch::odd_log);
        let watch = open.watch.as_mut().filter(|watch| watch.next_look() <= now);
        if watch.is_none() && odd_log.is_none() && self.met.is_none() {
            return false;
        }
        let odd = odd_log.or_else(|| watch.and_then(|watch| watch.look(now)));
        let odd = odd.map(StoreError::Overwritten);
        let begun = if open.identity != self.folder.identity() {
            self.let_go_of_another();
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

    /// The server ends: one file, without a log of changes beside it. Blocks for
    /// the disk.
    pub(super) fn end(mut self) {
        self.doors.write_the_rest();
        if let Some(Open { store, .. }) = self.open
            && let Err(error) = store.settle()
        {
            tracing::debug!(%error, "the history is not settled");
        }
    }

    /// The file under us is damaged: what can be read of it is in the new one.
    fn begin_after(&mut self, error: &StoreError) -> Result<(), NoHistory> {
        self.let_go();
        self.folder.take_again()?;
        rescue(&self.folder, &self.config, error, Some(self.doors.known()), When::Running)?;
        self.begin_anew()
    }

    fn begin_anew(&mut self) -> Result<(), NoHistory> {
        self.folder.take_again()?;
        let opened = match open_again(&self.folder, &self.config) {
            Err(error) if error.is_damage() => {
                let doors = Some(self.doors.known());
                rescue(&self.folder, &self.config, &error, doors, When::Running)?;
                open_again(&self.folder, &self.config)
            }
            other => other,
        };
        let opened = opened?;
        opened.store.keep_address_key(self.address_key)?;
        self.open = Some(opened);
        self.is_new = true;
        Ok(())
    }

    /// Another file is where the history was, or its log of changes was, or none. Of a log alone
    /// SQLite still has the old one, and moves it into the file.
    fn let_go_of_another(&mut self) {
        let now = self.folder.identity();
        let is_log = self.open.as_ref().is_some_and(|open| open.identity.file == now.file);
        if is_log {
            let settled = self.open.as_ref().map(|open| open.store.settle());
            let is_kept = matches!(settled, Some(Ok(true)));
            let aside = now.wal.and_then(|_| self.folder.set_changes_aside().ok());
            tracing::error!(
                is_kept,
                ?aside,
                "threadbare.sqlite-wal is gone, or another one; another one begins, with what memory has"
            );
        } else {
            tracing::error!("the history's file is gone, or another one; a new one begins");
        }
        self.let_go();
    }

    /// The file is ours no more; what is where it was is not to be touched.
    fn let_go(&mut self) {
        if let Some(Open { store, .. }) = self.open.take() {
            store.let_go();
        }
    }
}

/// Keeps a batch. Numbers that it reserves are given when it is kept, so no power cut may
/// take it then.
fn keep(store: &mut Store, batch: &[Record], flush: Flush) -> Result<(), StoreError> {
    let reserves = batch.iter().any(reserves) && flush != Flush::Each;
    if !reserves {
        return store.keep(batch);
    }
    store.flush_each(Flush::Each)?;
    let kept = store.keep(batch);
    store.flush_each(flush).and(kept)
}

fn reserves(record: &Record) -> bool {
    matches!(record, Record::Room(_) | Record::PrivateLog(_))
}

/// Whether something that was said is to be in no file after this.
fn takes_back(record: &Record) -> bool {
    match record {
        Record::Line(line) => line.entry.what.is_change(),
        Record::NoLog(_) | Record::NoPerson(_) => true,
        Record::Room(_) | Record::PrivateLog(_) | Record::Person(_) => false,
    }
}

/// Opens the file for the life that begins: with all that was kept, numbers of its own, and the
/// key of the tags of addresses.
fn open(
    folder: &Folder,
    config: &HistoryConfig,
    access: Option<&Access>,
    lost: Option<Lost>,
) -> Result<(Open, Kept, u64), StoreError> {
    if folder.is_emptied() {
        return Err(StoreError::Emptied);
    }
    // Before SQLite has it open: closing any way to the file gives up the locks of all.
    if let Ok(mut pages) = Pages::open(&folder.file()) {
        look_through(&mut pages)?;
    }
    let mut store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
    if config.unseals {
        let opened = store.unseal()?;
        tracing::warn!(opened, "rooms and names that were closed after damage are open");
    }
    access.map_or(Ok(()), |access| store.agrees_with(access))?;
    let closed = access.map_or(Ok(0), |access| store.close_again(access))?;
    if closed > 0 {
        tracing::warn!(
            closed,
            "rooms and names that the history does not have are closed as before"
        );
    }
    if matches!(lost, Some(Lost::All { .. })) {
        store.note_lost_rooms(access)?;
    }
    // Numbers that are given are reserved on the disk, whatever a power cut takes; and in
    // the file itself, if somebody loses the log of changes.
    store.flush_each(Flush::Each)?;
    let kept = store.begin_after(lost.is_some(), limits::LOG_ENTRIES_MAX, &Sizes::default())?;
    store.flush_each(config.flush)?;
    if let Err(error) = store.settle() {
        tracing::warn!(%error, "the history is not settled");
    }
    let address_key = store.address_key()?;
    Ok((of_store(folder, store, config)?, kept, address_key))
}

/// Whether SQLite would find all that is in a file that nobody has open: it trusts what it finds.
fn look_through(pages: &mut Pages) -> Result<(), StoreError> {
    // What a newer one has written nobody here knows; and an empty file is a new one.
    if pages.count() == 0 || pages.form().is_some_and(is_newer) {
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

/// Opens it for the life that goes on, whose numbers are its own: it says again which.
fn open_again(folder: &Folder, config: &HistoryConfig) -> Result<Open, StoreError> {
    let store = Store::open(&folder.file(), config.flush, config.retention.bytes_max)?;
    store.look_through()?;
    of_store(folder, store, config)
}

fn of_store(folder: &Folder, store: Store, config: &HistoryConfig) -> Result<Open, StoreError> {
    let cleaner = Cleaner::new(&store, config.retention)?;
    let watch = Watch::new(folder).ok();
    Ok(Open { store, cleaner, identity: folder.identity(), watch })
}
