//! The history stores what must survive a restart of the server: one SQLite file and a small
//! protection copy of what protects rooms and names. While the server runs, one thread uses them.
//!
//! Runs on thread `history`, one per server; with `--data none` there is no such thread.
//! Blocks on: its inbox; the queue of reports, if it is full; the disk, for as long as the disk
//! takes.
//! Owns: the store. After the start of the server, everything of the history that waits for a disk
//! happens on this thread, so the hub does not wait for the history's disk. The hub sends a batch
//! and later receives a `HistoryReport` that says whether it is stored.
//! Must not know: clients, rooms' rules.
//!
//! At most one batch is under way. Records that arrive meanwhile wait in the hub for a later batch.
//! So with a slow disk a batch has more records, up to a limit (`limits::BATCH_RECORDS_MAX`).
//!
//! Which file to open for which question:
//!
//! - How does the thread work, and when does it begin a new file? This file, then `keeper.rs`, then
//!   `open_file.rs`.
//! - How is a record stored, found, searched or deleted? `store/`, the only place with SQL.
//! - How is damage noticed? `integrity/`. What is rescued from a damaged file? `rescue/`. Both read
//!   pages without SQLite, with `sqlite_file/`.
//! - How do locked rooms and names survive the loss of the file? `protection_copy.rs`.
//! - How is all of it copied, and put back? `backup.rs`.
//! - Which files are in the folder, and who may use it? `folder.rs`.
//!
//! Part: this file is its entry.

pub mod backup;
mod folder;
mod integrity;
mod keeper;
mod open_file;
mod protection_copy;
mod rescue;
mod sqlite_file;
pub mod store;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, at, bounded, never, select};

use crate::base::{limits, threads};
use crate::chat::config::HistoryConfig;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{FoundLines, Query, Record, Stored};
pub use folder::NoFolder;
pub(crate) use folder::file_in;
use keeper::Keeper;
use store::StoreError;
pub use store::archive;

/// The most tasks that are under way at the same time: one batch, one query for lines and one
/// search for words. The queue of tasks has space for all three, so the hub never waits when it
/// sends a task.
const TASKS_MAX: usize = 3;

/// The hub's handle to the history thread. When it is dropped, the thread does the tasks that are
/// left in its queue, and ends.
#[derive(Debug)]
pub struct History {
    tasks: Sender<HistoryTask>,
}

/// A task that the hub gives to the history. The history sends one report for each task, in the
/// order of the tasks. Between these reports it may send a `HistoryReport` that belongs to no task.
/// If the queue of reports is full, the history blocks until the hub receives one.
#[derive(Debug)]
pub enum HistoryTask {
    /// Store all of these records, or none. The report is `Stored` or `FileIsNew`.
    Store(Vec<Record>),
    /// Find these lines. The report is `Found`. A search for words stops after about `SEARCH_TURN`
    /// at the latest; it may stop sooner if another task waits. The report then has what the search
    /// has found until it stopped.
    Find(Query),
}

/// The result of a task, or news from the history.
#[derive(Debug)]
pub enum HistoryReport {
    /// The batch is not stored, because the history's file or its write-ahead log was lost,
    /// replaced or damaged. The history has opened a file again, without this batch: the hub must
    /// send again everything that it has in memory.
    FileIsNew,
    /// The history has found, at a check or a query, that its file or its write-ahead log is lost,
    /// replaced or damaged. The hub should send a batch soon. When the history has opened a file
    /// again, it answers one batch with [`FileIsNew`](Self::FileIsNew).
    FileIsLost,
    /// `Ok`: the batch is stored. `Flush` says when a stored batch is safe from a power cut; a
    /// crash of the program alone loses nothing of it. `Err`: the batch may not be stored, and the
    /// hub gives it to the history again.
    Stored(Result<(), HistoryFault>),
    /// `Ok`: the lines that the query has found. `Err`: the file cannot be read.
    Found(Result<FoundLines, HistoryFault>),
    /// Old lines were deleted. Each item is the epoch of a log, and the highest number that was
    /// deleted in this log. The hub must not send lines up to this number any more, even if they
    /// are still in memory.
    ThrownAway(Vec<(Epoch, Seq)>),
}

/// Why a running history cannot store a batch or read its file. The text is for everybody in the
/// rooms: it has neither the path of the folder nor the words that SQLite adds to its error's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HistoryFault(String);

/// A handle to the running history thread: the owner can wait for the end of the thread.
#[derive(Debug)]
pub struct HistoryThread {
    thread: JoinHandle<()>,
    /// A channel without items. It disconnects when the thread has ended.
    done: Receiver<Infallible>,
    damage: Option<String>,
}

impl HistoryThread {
    /// Returns a text for people about what was damaged, lost or rescued when the server started;
    /// `None`: no damage or loss was found then.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Waits until the thread has done the tasks that are left in its queue and has ended, but not
    /// longer than until `deadline`, because a disk may hang. Returns whether the thread ended in
    /// time and without a panic.
    pub fn join(self, deadline: Instant) -> bool {
        let is_done = self.done.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected);
        is_done && self.thread.join().is_ok()
    }
}

/// What the history gives to the hub when the server starts.
#[derive(Debug)]
pub struct Past {
    /// What is stored, such as all rooms, private logs and people, and the newest lines of each
    /// log.
    pub stored: Stored,
    /// The secret key with which the server makes tags of networks and marks of secrets. It is in
    /// the history's file, so later runs of the server use the same key as long as that file can be
    /// read.
    pub server_key: u64,
    /// The limit on unread private messages, for the whole server: how many bytes all private
    /// messages for people who are away may take in the file.
    pub unread_bytes_max: u64,
    /// The handle with which the hub sends tasks to the history.
    pub history: History,
    /// The channel from which the hub receives the history's reports.
    pub reports: Receiver<HistoryReport>,
}

/// Why the history could not start; or, while the server runs, why it cannot store a batch or open
/// a file.
#[derive(Debug, thiserror::Error)]
pub enum NoHistory {
    /// The folder of the history cannot be used. The value says why.
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    /// After damage, a file in the folder of the history cannot be renamed or deleted.
    #[error("the history is damaged, and cannot be set aside: {0}")]
    NotSetAside(io::Error),
    /// The disk is full, or the history's file has its largest size (`--keep-size`). Even a start
    /// needs space: the history stores which numbers it reserves for new lines.
    #[error(
        "the disk is full, and the history needs some space to open; free some, or give --data none"
    )]
    FullDisk,
    /// The history's file cannot be opened, read or written. The value says why.
    #[error("cannot open the history")]
    NoStore(#[source] StoreError),
    /// The system cannot start another thread.
    #[error("cannot start the history: {0}")]
    NoThread(io::Error),
}

impl From<StoreError> for NoHistory {
    fn from(error: StoreError) -> Self {
        if error.is_full_disk() { Self::FullDisk } else { Self::NoStore(error) }
    }
}

impl NoHistory {
    fn in_words(&self) -> String {
        match self {
            Self::NoStore(error) => error.to_string(),
            Self::FullDisk => "the disk is full".to_owned(),
            other => other.to_string(),
        }
    }
}

impl From<&StoreError> for HistoryFault {
    fn from(error: &StoreError) -> Self {
        Self(match error {
            StoreError::Sql(rusqlite::Error::SqliteFailure(error, _)) => error.to_string(),
            other => other.to_string(),
        })
    }
}

impl From<&NoHistory> for HistoryFault {
    fn from(error: &NoHistory) -> Self {
        match error {
            NoHistory::NoFolder(_) => Self("the folder of the history cannot be used".to_owned()),
            NoHistory::NoStore(error) => error.into(),
            other => Self(other.in_words()),
        }
    }
}

/// Opens the history and starts its thread. Returns what a hub begins with, and the thread. If the
/// file is damaged, it is renamed, and what can still be read of it is copied into a new one.
/// Blocks for the disk.
///
/// # Errors
/// See [`NoHistory`].
pub fn start(config: HistoryConfig) -> Result<(Past, HistoryThread), NoHistory> {
    let unread_bytes_max = config.retention.bytes_max / limits::UNREAD_PART_OF_FILE;
    let (keeper, stored, damage) = Keeper::begin(config)?;
    let server_key = keeper.server_key();
    let (tasks, inbox) = bounded(TASKS_MAX);
    let (report, reports) = bounded(TASKS_MAX);
    let (running, done) = bounded(0);
    let thread = threads::spawn_vital("history", move || {
        run_tasks(keeper, &inbox, &report);
        drop::<Sender<Infallible>>(running);
    });
    let history = History { tasks };
    let past = Past { stored, server_key, unread_bytes_max, history, reports };
    Ok((past, HistoryThread { thread: thread.map_err(NoHistory::NoThread)?, done, damage }))
}

impl History {
    /// Sends a task. Never blocks: the hub has at most one batch, one query for lines and one
    /// search under way, and the queue has space for these three.
    pub fn give(&self, task: HistoryTask) {
        let given = self.tasks.try_send(task);
        debug_assert!(given.is_ok(), "one task of a kind at a time");
    }
}

fn run_tasks(mut keeper: Keeper, tasks: &Receiver<HistoryTask>, reports: &Sender<HistoryReport>) {
    // Sending a report fails only when the hub has ended.
    let tell = |report| drop(reports.send(report));
    loop {
        let alarm = keeper.next_chore().map_or_else(never, at);
        select! {
            recv(tasks) -> task => match task {
                Ok(HistoryTask::Store(batch)) => tell(keeper.store(&batch)),
                Ok(HistoryTask::Find(query)) => tell(keeper.find(&query, &|| !tasks.is_empty())),
                Err(_) => break,
            },
            recv(alarm) -> _ => {}
        }
        keeper.do_chores(tell);
    }
    keeper.end();
}
