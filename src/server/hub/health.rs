//! Three facts for `/healthz`: whether the hub is in a round, when that round began, and whether
//! messages stay unstored that the server is to store.
//!
//! Owns: two atomic values. The hub writes `busy_since` when a round begins and when it ends. The
//! chat's rule writes `is_unstored` at the end of a round. `/healthz` reads both. So health costs
//! at most three stores a round, and nothing for a message.
//! Must not know: what a round does.
//!
//! Part: `server/hub/mod.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portable_atomic::AtomicU64;

/// The hub's state, shared with the threads that answer `/healthz`.
#[derive(Debug)]
pub struct HubHealth {
    origin: Instant,
    /// When the present round began, in microseconds after `origin`, plus 1. Two values are
    /// special: 0 means that the hub is in no round, and `u64::MAX` that its thread has ended.
    busy_since: AtomicU64,
    is_unstored: AtomicBool,
}

/// What the hub is doing, as [`HubHealth::state`] returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// The hub waits for something to do.
    Idle,
    /// The hub is in a round, which has taken this long so far.
    Busy(Duration),
    /// The hub's thread has ended.
    Stopped,
}

impl Default for HubHealth {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            busy_since: AtomicU64::new(0),
            is_unstored: AtomicBool::new(false),
        }
    }
}

impl HubHealth {
    /// From now until [`end_round`](Self::end_round), the state is `Busy`.
    pub fn begin_round(&self) {
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX - 2);
        self.busy_since.store(micros + 1, Ordering::Relaxed);
    }

    /// Notes whether the chat can store all messages that it is to store, as far as it knows.
    pub fn set_all_stored(&self, are_all_stored: bool) {
        self.is_unstored.store(!are_all_stored, Ordering::Relaxed);
    }

    /// From now until the next round, the state is `Idle`.
    pub fn end_round(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// From now on the state is `Stopped`. The hub calls this at its end, and begins no round
    /// later.
    pub fn stop(&self) {
        self.busy_since.store(u64::MAX, Ordering::Relaxed);
    }

    /// Returns whether the chat has found that it cannot store all messages that it is to store,
    /// and has not found since then that it can. Never blocks.
    pub fn is_unstored(&self) -> bool {
        self.is_unstored.load(Ordering::Relaxed)
    }

    /// Returns what the hub is doing now. Never blocks, not even if the hub hangs.
    pub fn state(&self) -> HealthState {
        match self.busy_since.load(Ordering::Relaxed) {
            0 => HealthState::Idle,
            u64::MAX => HealthState::Stopped,
            since => HealthState::Busy(
                self.origin.elapsed().saturating_sub(Duration::from_micros(since - 1)),
            ),
        }
    }
}
