//! The history: what outlives the server, in one file, on one thread.
//!
//! Runs on thread `history`, one per server, none with `--data none`.
//! Blocks on: its inbox; the disk, for as long as that takes.
//! Owns: the store. Everything that waits for a disk is here, so that the hub
//! never does: it hands over a batch and is told when that is kept.
//! Must not know: clients, rooms' rules.
//!
//! One batch is under way at a time. What is said meanwhile waits with the hub,
//! and is the next batch: so a slow disk makes batches larger, not the wait
//! longer.
//!
//! Next: `history/keeper.rs`.

mod access;
pub mod archive;
mod begin;
mod cells;
mod doors;
mod folder;
mod ids;
mod keeper;
mod log_watch;
mod looking;
mod lost;
mod pages;
mod reading;
mod rescue;
mod retention;
mod row;
mod salvage;
mod schema;
mod sound;
mod sql;
pub mod store;
mod sum;
mod watch;
mod writing;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, at, bounded, never, select};

use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{Found, Kept, Query, Record};
use crate::chat_config::HistoryConfig;
use crate::limits;
use crate::threads;
pub use folder::NoFolder;
use keeper::Keeper;
use store::StoreError;

/// Tasks under way at once: a batch, a question for lines and one for words, so that neither end ever
/// waits.
const TASKS_MAX: usize = 3;

/// The way to the history; dropping it ends the thread.
#[derive(Debug)]
pub struct History {
    tasks: Sender<Task>,
}

/// What the history is asked to do; it answers each, in this order, and may say something
/// between two answers, for which it waits until the hub has time.
#[derive(Debug)]
pub enum Task {
    /// Keep all of this, or nothing.
    Keep(Vec<Record>),
    /// Find these lines. Who looks for words is answered with what was found so far as soon
    /// as another task waits.
    Find(Query),
}

/// What became of a task; or why not, for people.
#[derive(Debug)]
pub enum Outcome {
    /// The batch is not kept, for the file was lost or damaged: a new one begins,
    /// and nothing is in it.
    FileIsNew,
    /// The file was found damaged or gone, and nobody had asked for anything: the next
    /// batch is answered with [`FileIsNew`](Self::FileIsNew), and there is to be one.
    FileIsLost,
    /// The batch is kept: whatever happens now, it is there.
    Kept(Result<(), String>),
    /// What was asked for.
    Found(Result<Found, String>),
    /// Lines were thrown away, of each of these logs up to this number: they are to be
    /// told no more, though memory may have them.
    ThrownAway(Vec<(Epoch, Seq)>),
}

/// The history's thread, until it has ended.
#[derive(Debug)]
pub struct HistoryThread {
    thread: JoinHandle<()>,
    /// Disconnected when it is done.
    done: Receiver<Infallible>,
    damage: Option<String>,
}

impl HistoryThread {
    /// What was taken over, for people, if the file was damaged when the server started.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Waits until everything is settled, at most until `deadline`: a disk may
    /// hang. Whether it was.
    pub fn join(self, deadline: Instant) -> bool {
        let is_done = self.done.recv_deadline(deadline) == Err(RecvTimeoutError::Disconnected);
        is_done && self.thread.join().is_ok()
    }
}

/// What a hub begins with.
#[derive(Debug)]
pub struct Past {
    /// What was kept.
    pub kept: Kept,
    /// What the tags of addresses were made with so far, and are from now on.
    pub address_key: u64,
    /// How much of the file may be private messages that nobody has read yet, in bytes.
    pub unread_bytes_max: u64,
    /// Where more is kept.
    pub history: History,
    /// What becomes of each task.
    pub outcomes: Receiver<Outcome>,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum NoHistory {
    /// See [`NoFolder`].
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    /// The damaged file cannot be renamed.
    #[error("the history is damaged, and cannot be set aside: {0}")]
    NotSetAside(io::Error),
    /// A start reserves numbers, and its disk is full.
    #[error(
        "the disk is full, and the history needs some room to open; make room, or give --data none"
    )]
    NoRoom,
    /// See [`StoreError`].
    #[error("cannot open the history")]
    NoStore(#[source] StoreError),
    /// The system has no thread to give.
    #[error("cannot start the history: {0}")]
    NoThread(io::Error),
}

impl From<StoreError> for NoHistory {
    fn from(error: StoreError) -> Self {
        if error.is_full_disk() { Self::NoRoom } else { Self::NoStore(error) }
    }
}

impl NoHistory {
    /// For people: what the disk says is enough.
    fn in_words(&self) -> String {
        match self {
            Self::NoStore(error) => error.to_string(),
            Self::NoRoom => "the disk is full".to_owned(),
            other => other.to_string(),
        }
    }
}

/// Opens the history, and starts its thread. Blocks for the disk. A damaged file
/// is set aside, and what can be read of it is in the new one.
///
/// # Errors
/// See [`NoHistory`].
pub fn start(config: HistoryConfig) -> Result<(Past, HistoryThread), NoHistory> {
    let unread_bytes_max = config.retention.bytes_max / limits::UNREAD_PART_OF_FILE;
    let (keeper, kept, damage) = Keeper::begin(config)?;
    let address_key = keeper.address_key();
    let (tasks, inbox) = bounded(TASKS_MAX);
    let (answers, outcomes) = bounded(TASKS_MAX);
    let (running, done) = bounded(0);
    let thread = threads::spawn_vital("history", move || {
        run(keeper, &inbox, &answers);
        drop::<Sender<Infallible>>(running);
    });
    let history = History { tasks };
    let past = Past { kept, address_key, unread_bytes_max, history, outcomes };
    Ok((past, HistoryThread { thread: thread.map_err(NoHistory::NoThread)?, done, damage }))
}

impl History {
    /// Hands over a task. Never blocks: there is one of a kind under way at a time.
    pub fn give(&self, task: Task) {
        let given = self.tasks.try_send(task);
        debug_assert!(given.is_ok(), "one task of a kind at a time");
    }
}

/// Does task after task until the hub has gone, and what is due between them.
fn run(mut keeper: Keeper, tasks: &Receiver<Task>, answers: &Sender<Outcome>) {
    // An error means that the hub has ended.
    let tell = |outcome| drop(answers.send(outcome));
    loop {
        let alarm = keeper.next_chore().map_or_else(never, at);
        select! {
            recv(tasks) -> task => match task {
                Ok(Task::Keep(batch)) => tell(keeper.keep(&batch)),
                Ok(Task::Find(query)) => tell(keeper.find(&query, &|| !tasks.is_empty())),
                Err(_) => break,
            },
            recv(alarm) -> _ => {}
        }
        if keeper.check(Instant::now()) {
            tell(Outcome::FileIsLost);
        }
        let thrown_away = keeper.do_chores(Instant::now());
        if !thrown_away.is_empty() {
            tell(Outcome::ThrownAway(thrown_away));
        }
    }
    keeper.end();
}
