//! One look at the running server: its threads as the kernel sees them, and what the spine counts.
//!
//! Owns: the order of reading. The threads come first, so that the door that looks is among them
//! while it runs.
//! Must not know: how a look is shown.
//!
//! Part: `glass/mod.rs`.

use std::time::Instant;

use super::task::{self, Task, TaskState};
use crate::server::instruments::Readings;

/// The part of the process to which a page wants to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The numbers of the threads.
    pub(super) tids: Vec<u32>,
    /// How many threads the page knows. If the process has another number of them, the page gets
    /// the numbers of all.
    pub(super) known: usize,
}

/// What one look has found.
#[derive(Clone, Debug)]
pub struct Look {
    /// The number of the server's process.
    pub pid: u32,
    /// The threads that were read: all of the process, in the order of their numbers, or those that
    /// were asked for.
    pub tasks: Vec<Task>,
    /// How many threads the process has.
    pub thread_count: usize,
    /// The numbers of all threads; `None`: nobody has asked for them.
    pub tids: Option<Vec<u32>>,
    /// What the spine counts.
    pub readings: Readings,
    /// How long it took to read the threads, in microseconds.
    pub took_us: u64,
}

impl Look {
    /// Looks at this process now.
    pub(super) fn now(readings: Readings) -> Self {
        let began = Instant::now();
        let tasks = task::all();
        let thread_count = tasks.len();
        Self {
            pid: std::process::id(),
            tasks,
            thread_count,
            tids: None,
            readings,
            took_us: micros(began),
        }
    }

    /// Looks at a part of this process: at the threads that `wanted` names, and at the outboxes
    /// that hold something. To read one thread takes some 15 µs, so a page asks only for what is in
    /// sight.
    pub(super) fn at(wanted: &Wanted, mut readings: Readings) -> Self {
        let began = Instant::now();
        let tasks = task::some(&wanted.tids);
        let thread_count = task::count();
        let tids = (thread_count != wanted.known).then(task::tids);
        let took_us = micros(began);
        readings.outboxes.retain(|outbox| outbox.contents.is_none_or(|held| held.unsent > 0));
        Self { pid: std::process::id(), tasks, thread_count, tids, readings, took_us }
    }

    /// Returns whether the kernel hides from the server in which calls its threads sleep. Some
    /// thread always sleeps, so a look without any call means that.
    pub(super) fn has_hidden_calls(&self) -> bool {
        !self.tasks.is_empty() && self.tasks.iter().all(|task| task.call.is_none())
    }

    /// Returns how many threads run, or are ready to run.
    pub(super) fn running(&self) -> usize {
        self.tasks.iter().filter(|task| task.state == TaskState::Runs).count()
    }
}

fn micros(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}
