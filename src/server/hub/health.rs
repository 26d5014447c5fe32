//! Three facts for `/healthz`: whether the hub is in a round, when that round began, and whether
//! messages stay unstored that the server is to store. Two more for `/metrics`: how long all rounds
//! have taken together, and the longest of them.
//!
//! Owns: four atomic values. The hub writes `busy_since` when a round begins, and three of them
//! when it ends. The chat's rule writes `is_unstored` at the end of a round. So health costs at
//! most five stores a round, and nothing for a message.
//! Must not know: what a round does.
//!
//! Part: `server/hub/mod.rs`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portable_atomic::AtomicU64;

use crate::server::instruments::OwnCounter;

/// The hub's state, shared with the threads that answer `/healthz`.
#[derive(Debug)]
pub struct HubHealth {
    origin: Instant,
    /// When the present round began, in microseconds after `origin`, plus 1. Two values are
    /// special: 0 means that the hub is in no round, and `u64::MAX` that its thread has ended.
    busy_since: AtomicU64,
    is_unstored: AtomicBool,
    /// How long all rounds have taken together, and the longest of them, in microseconds.
    rounds_micros: OwnCounter,
    longest_micros: OwnCounter,
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
            rounds_micros: OwnCounter::default(),
            longest_micros: OwnCounter::default(),
        }
    }
}

impl HubHealth {
    /// From now until [`end_round`](Self::end_round), the state is `Busy`.
    pub fn begin_round(&self) {
        self.busy_since.store(self.micros(Instant::now()) + 1, Ordering::Relaxed);
    }

    fn micros(&self, now: Instant) -> u64 {
        let since_origin = now.saturating_duration_since(self.origin);
        u64::try_from(since_origin.as_micros()).unwrap_or(u64::MAX - 2)
    }

    /// Notes whether the chat can store all messages that it is to store, as far as it knows.
    pub fn set_all_stored(&self, are_all_stored: bool) {
        self.is_unstored.store(!are_all_stored, Ordering::Relaxed);
    }

    /// From now until the next round, the state is `Idle`. `now` is when the round's work was done:
    /// the hub has read the clock for something else, so that health need not.
    pub fn end_round(&self, now: Instant) {
        let began = self.busy_since.load(Ordering::Relaxed).saturating_sub(1);
        let took = self.micros(now).saturating_sub(began);
        self.rounds_micros.add(took);
        self.longest_micros.raise_to(took);
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// Returns how long all rounds have taken together, and the longest of them. Never blocks.
    pub fn round_times(&self) -> [Duration; 2] {
        [&self.rounds_micros, &self.longest_micros]
            .map(|micros| Duration::from_micros(micros.read()))
    }

    /// Returns how long ago the server began.
    pub fn uptime(&self) -> Duration {
        self.origin.elapsed()
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{HealthState, HubHealth};

    #[test]
    fn the_times_of_rounds_are_summed_and_the_longest_is_kept() {
        let health = HubHealth::default();
        for millis in [5_000, 60_000, 2_000] {
            health.begin_round();
            health.end_round(Instant::now() + Duration::from_millis(millis));
            assert_eq!(health.state(), HealthState::Idle);
        }
        let [all, longest] = health.round_times().map(|time| time.as_secs());
        assert_eq!((all, longest), (67, 60));
    }
}
