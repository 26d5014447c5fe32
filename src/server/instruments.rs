//! What the spine counts about itself. The glass box, `/metrics` and `threadbare status` read it.
//!
//! A counter is one relaxed atomic, and nothing else happens while nobody looks: no thread wakes,
//! no clock is read. A process has one server, so these are statics, like the probe
//! (`server/probe.rs`). In a test with several servers in one process, they count for all of them.
//!
//! Owns: the counters, and what one look finds ([`Readings`]).
//! Must not know: who looks, how it is shown.
//!
//! Part: `server/mod.rs`.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use portable_atomic::AtomicU64;

use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::server::outbox::{OutboxContents, Pushed};

/// A number that only grows, and that several threads may raise.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that only one thread writes, so that raising it is a load and a store, and no atomic
/// addition. A thread that reads it sees an old value or the new one, never half of it.
#[derive(Debug, Default)]
pub struct OwnCounter(AtomicU64);

impl OwnCounter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Only the counter's own thread calls this.
    pub(crate) fn add(&self, more: u64) {
        self.set(self.read() + more);
    }

    /// Only the counter's own thread calls this.
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Raises the value to `value`, if it is lower. Only the counter's own thread calls this.
    pub(crate) fn raise_to(&self, value: u64) {
        if value > self.read() {
            self.set(value);
        }
    }

    pub(crate) fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the hub counts. Only the hub's thread writes these.
#[derive(Debug)]
pub(crate) struct HubCounters {
    pub(crate) rounds: OwnCounter,
    /// Requests that the hub has taken from its inbox.
    pub(crate) requests: OwnCounter,
    /// The most that the hub has found in each inbox when a round began.
    pub(crate) register_peak: OwnCounter,
    pub(crate) broadcast_peak: OwnCounter,
    pub(crate) unregister_peak: OwnCounter,
    /// Messages, once for each client that the hub has pushed them to.
    pushed: OwnCounter,
    /// The same, by what became of them: the hub has sent them; the writer has to; the outbox was
    /// full; the client was ending.
    express: OwnCounter,
    queued: OwnCounter,
    refused: OwnCounter,
    ended: OwnCounter,
    /// Queued messages that the hub has taken out of an outbox again, to send them from the log
    /// later.
    pub(crate) taken_back: OwnCounter,
}

pub(crate) static HUB: HubCounters = HubCounters {
    rounds: OwnCounter::new(),
    requests: OwnCounter::new(),
    register_peak: OwnCounter::new(),
    broadcast_peak: OwnCounter::new(),
    unregister_peak: OwnCounter::new(),
    pushed: OwnCounter::new(),
    taken_back: OwnCounter::new(),
    express: OwnCounter::new(),
    queued: OwnCounter::new(),
    refused: OwnCounter::new(),
    ended: OwnCounter::new(),
};

impl HubCounters {
    /// Notes what became of a push of so many messages to one client.
    pub(crate) fn note_push(&self, messages: usize, pushed: Pushed) {
        let messages = messages as u64;
        self.pushed.add(messages);
        match pushed {
            Pushed::Sent => self.express.add(messages),
            Pushed::Queued(left) => {
                self.express.add(messages - left as u64);
                self.queued.add(left as u64);
            }
            Pushed::Full => self.refused.add(messages),
            Pushed::Ended => self.ended.add(messages),
        }
    }
}

/// Messages that readers have queued for their own clients before the hub knew the client.
pub(crate) static READERS_QUEUED: Counter = Counter::new();

/// What the writers count together.
#[derive(Debug)]
pub(crate) struct WriterCounters {
    /// How often a writer got frames from its outbox.
    pub(crate) batches: Counter,
    /// Messages that a writer has written completely.
    pub(crate) messages: Counter,
}

pub(crate) static WRITERS: WriterCounters =
    WriterCounters { batches: Counter::new(), messages: Counter::new() };

/// Connections that `accept` has taken from the kernel.
pub(crate) static ACCEPTED: Counter = Counter::new();

/// Clients that have ended, by the reason: in the order of [`Disconnect::ALL`].
static ENDS: [Counter; Disconnect::ALL.len()] = [const { Counter::new() }; Disconnect::ALL.len()];

/// Notes that a client has ended for this reason.
pub(crate) fn note_end(reason: Disconnect) {
    ENDS[reason as usize].add(1);
}

/// One queue, as a look finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueReading {
    /// The name that THREADS.md gives the queue.
    pub name: &'static str,
    /// How many entries it has now.
    pub now: usize,
    /// The most that its receiver has found in it so far.
    pub peak: u64,
    /// How many it can hold; `None`: it has no bound of its own.
    pub bound: Option<usize>,
}

/// One client's outbox, as a look finds it. A look never waits for the outbox's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxReading {
    /// The client's number, which its threads have in their names.
    pub client: ClientId,
    /// What the outbox holds; `None`: another thread had its lock at that moment.
    pub contents: Option<OutboxContents>,
}

/// All that one look finds of the spine, without its threads.
#[derive(Clone, Debug)]
pub struct Readings {
    /// The hub's three inboxes.
    pub queues: Vec<QueueReading>,
    /// The outboxes of all clients, in the order of their numbers.
    pub outboxes: Vec<OutboxReading>,
    /// The counters: name and value, in the order of the way of a message.
    pub counters: Vec<(&'static str, u64)>,
    /// What there may be at most, and how much of it is taken: name, taken, most.
    pub limits: Vec<(&'static str, usize, usize)>,
}

/// What the spine has counted, and how full it is. Unlike a look, it has nothing of single threads
/// or outboxes, so it is small however many clients there are.
#[derive(Clone, Debug)]
pub struct SpineTally {
    /// The hub's three inboxes.
    pub queues: Vec<QueueReading>,
    /// The counters: name and value, in the order of the way of a message.
    pub counters: Vec<(&'static str, u64)>,
    /// What there may be at most, and how much of it is taken: name, taken, most.
    pub limits: Vec<(&'static str, usize, usize)>,
    /// How much memory clients and doors take together, as the server counts it, and the most that
    /// they may take, in bytes.
    pub memory: (usize, usize),
    /// How many clients with a connection there are now, by the word for their format.
    pub formats: BTreeMap<&'static str, usize>,
    /// How many clients have ended, by the reason.
    pub ends: Vec<(Disconnect, u64)>,
}

impl SpineTally {
    /// Returns the counter with this name; 0: there is none.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.counters.iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| *value)
    }
}

/// Reads how many clients have ended, by the reason, in the order of [`Disconnect::ALL`].
pub(crate) fn ends() -> Vec<(Disconnect, u64)> {
    Disconnect::ALL.iter().zip(&ENDS).map(|(reason, ended)| (*reason, ended.read())).collect()
}

/// Reads all counters. Never blocks. Each value is true at a moment of its own.
pub(crate) fn counters() -> Vec<(&'static str, u64)> {
    vec![
        ("accepted", ACCEPTED.read()),
        ("requests", HUB.requests.read()),
        ("rounds", HUB.rounds.read()),
        ("pushed", HUB.pushed.read()),
        ("express", HUB.express.read()),
        ("queued", HUB.queued.read()),
        ("readers_queued", READERS_QUEUED.read()),
        ("refused", HUB.refused.read()),
        ("ended", HUB.ended.read()),
        ("taken_back", HUB.taken_back.read()),
        ("writer_batches", WRITERS.batches.read()),
        ("writer_messages", WRITERS.messages.read()),
    ]
}

/// Returns the peaks of the hub's inboxes: register, broadcast, unregister.
pub(crate) fn inbox_peaks() -> [u64; 3] {
    [HUB.register_peak.read(), HUB.broadcast_peak.read(), HUB.unregister_peak.read()]
}

#[cfg(test)]
mod tests {
    use super::{Disconnect, OwnCounter, ends, note_end};

    #[test]
    fn a_peak_only_rises() {
        let peak = OwnCounter::default();
        for value in [3, 1, 7, 5] {
            peak.raise_to(value);
        }
        peak.add(1);
        assert_eq!(peak.read(), 8);
    }

    #[test]
    fn each_reason_has_its_own_count() {
        let counted = || ends().into_iter().find(|(it, _)| *it == Disconnect::TooManySecrets);
        let before = counted().unwrap().1;
        note_end(Disconnect::TooManySecrets);
        // Another test of this process may end a client for this reason at the same time.
        assert!(counted().unwrap().1 > before);
        assert_eq!(ends().len(), Disconnect::ALL.len());
    }
}
