//! A look as JSON, for programs: written by the server, and read by `threadbare glass`.
//!
//! Owns: the names of the fields, which `docs/HTTP.md` lists.
//! Must not know: how the numbers were read.
//!
//! Part: `glass/mod.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::task::Task;
use super::{look::Look, role};
use crate::server::instruments::{OutboxReading, QueueReading};

/// A whole look.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct LookJson {
    pub(super) version: String,
    pub(super) pid: u32,
    /// How long the server needed to read its threads, in microseconds.
    pub(super) took_us: u64,
    /// True if the kernel tells of no sleeping thread in which call it sleeps.
    pub(super) calls_hidden: bool,
    pub(super) threads: Vec<ThreadJson>,
    pub(super) thread_count: usize,
    /// The numbers of all threads, if a look at some of them finds more or fewer than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tids: Option<Vec<u32>>,
    pub(super) queues: Vec<QueueJson>,
    pub(super) outboxes: Vec<OutboxJson>,
    pub(super) counters: BTreeMap<String, u64>,
    pub(super) limits: BTreeMap<String, LimitJson>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ThreadJson {
    pub(super) name: String,
    pub(super) tid: u32,
    /// "run", "sleep", "disk" or "other".
    pub(super) state: String,
    /// The system call in which the thread sleeps, its number, and its file descriptor.
    pub(super) call: Option<String>,
    pub(super) call_number: Option<u64>,
    pub(super) fd: Option<u64>,
    pub(super) cpu_ns: u64,
    pub(super) ready_ns: u64,
    pub(super) sleeps: u64,
    pub(super) preempted: u64,
    /// What THREADS.md says that the thread waits for.
    pub(super) waits_for: Option<String>,
    /// The source file of the thread's work.
    pub(super) source: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct QueueJson {
    name: String,
    now: usize,
    peak: u64,
    bound: Option<usize>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct OutboxJson {
    client: u64,
    /// `None`: another thread had the outbox's lock at that moment.
    pub(super) contents: Option<ContentsJson>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct ContentsJson {
    pub(super) unsent: usize,
    bound: usize,
    waiting_bytes: usize,
    may_write: String,
    phase: String,
}

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct LimitJson {
    taken: usize,
    most: usize,
}

/// Returns the look as one JSON object and a line feed.
pub(super) fn shown(look: &Look) -> String {
    // A struct of numbers and texts always has a JSON form.
    serde_json::to_string(&LookJson::of(look)).unwrap_or_default() + "\n"
}

impl LookJson {
    fn of(look: &Look) -> Self {
        let readings = &look.readings;
        let counters = readings.counters.iter();
        let limits = readings.limits.iter();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: look.pid,
            took_us: look.took_us,
            calls_hidden: look.has_hidden_calls(),
            threads: look.tasks.iter().map(ThreadJson::of).collect(),
            thread_count: look.thread_count,
            tids: look.tids.clone(),
            queues: readings.queues.iter().map(QueueJson::of).collect(),
            outboxes: readings.outboxes.iter().map(OutboxJson::of).collect(),
            counters: counters.map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            limits: limits
                .map(|&(name, taken, most)| (name.to_owned(), LimitJson { taken, most }))
                .collect(),
        }
    }
}

impl ThreadJson {
    pub(super) fn of(task: &Task) -> Self {
        let call = task.call.as_ref();
        let role = role::of(&task.name);
        Self {
            name: task.name.clone(),
            tid: task.tid,
            state: task.state.word().to_owned(),
            call: call.map(|call| call.name.clone()),
            call_number: call.map(|call| call.number),
            fd: call.and_then(|call| call.fd),
            cpu_ns: task.cpu_ns,
            ready_ns: task.ready_ns,
            sleeps: task.sleeps,
            preempted: task.preempted,
            waits_for: role.map(|role| role.waits_for.to_owned()),
            source: role.and_then(|role| role.source).map(str::to_owned),
        }
    }
}

impl QueueJson {
    fn of(queue: &QueueReading) -> Self {
        let QueueReading { name, now, peak, bound } = *queue;
        Self { name: name.to_owned(), now, peak, bound }
    }
}

impl OutboxJson {
    fn of(reading: &OutboxReading) -> Self {
        let contents = reading.contents.map(|contents| ContentsJson {
            unsent: contents.unsent,
            bound: contents.bound,
            waiting_bytes: contents.waiting_bytes,
            may_write: contents.may_write.to_owned(),
            phase: contents.phase.to_owned(),
        });
        Self { client: reading.client.0, contents }
    }
}
