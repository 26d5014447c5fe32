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

/// What one look has found.
#[derive(Clone, Debug)]
pub struct Look {
    /// The number of the server's process.
    pub pid: u32,
    /// The threads of the process, in the order of their numbers.
    pub tasks: Vec<Task>,
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
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Self { pid: std::process::id(), tasks, readings, took_us }
    }

    /// Returns whether the kernel hides from the server in which calls its threads sleep. Some
    /// thread always sleeps, so a look without any call means that.
    pub(super) fn has_hidden_calls(&self) -> bool {
        self.tasks.iter().all(|task| task.call.is_none())
    }

    /// Returns how many threads run, or are ready to run.
    pub(super) fn running(&self) -> usize {
        self.tasks.iter().filter(|task| task.state == TaskState::Runs).count()
    }
}
