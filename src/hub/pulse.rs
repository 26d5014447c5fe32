//! Whether the hub is at work, and since when, and whether what is said is kept: numbers
//! that anyone may read.
//!
//! Owns: two atomics. The hub writes them at the ends of a round, `/healthz` reads
//! them; so health costs the hub three stores and never a message.
//! Must not know: what a round does.
//!
//! Next: `hub/mod.rs`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Since when the hub has been busy with one round.
#[derive(Debug)]
pub struct Pulse {
    origin: Instant,
    /// Microseconds after `origin` plus one; 0 is idle, the maximum is stopped.
    busy_since: AtomicU64,
    /// Something that was said is not kept, and the server is to keep it.
    is_unkept: AtomicBool,
}

/// What [`Pulse::state`] saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PulseState {
    /// The hub waits for something to do.
    Idle,
    /// One round has taken this long so far.
    Busy(Duration),
    /// The hub's thread has ended.
    Stopped,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            busy_since: AtomicU64::new(0),
            is_unkept: AtomicBool::new(false),
        }
    }
}

impl Pulse {
    /// The hub begins a round.
    pub fn begin(&self) {
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX - 2);
        self.busy_since.store(micros + 1, Ordering::Relaxed);
    }

    /// The rule says whether all that was said is kept.
    pub fn keeps_all(&self, is_all_kept: bool) {
        self.is_unkept.store(!is_all_kept, Ordering::Relaxed);
    }

    /// The hub has done what it had to.
    pub fn end(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// The hub's thread ends.
    pub fn stop(&self) {
        self.busy_since.store(u64::MAX, Ordering::Relaxed);
    }

    /// Whether the disk does not take what is said. Never blocks.
    pub fn is_unkept(&self) -> bool {
        self.is_unkept.load(Ordering::Relaxed)
    }

    /// What the hub is doing now. Never blocks.
    pub fn state(&self) -> PulseState {
        match self.busy_since.load(Ordering::Relaxed) {
            0 => PulseState::Idle,
            u64::MAX => PulseState::Stopped,
            since => PulseState::Busy(
                self.origin.elapsed().saturating_sub(Duration::from_micros(since - 1)),
            ),
        }
    }
}
