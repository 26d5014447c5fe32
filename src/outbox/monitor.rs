//! A lock and the condition that goes with it, as one thing.
//!
//! Owns: the choice of lock. The outbox is written against the trait, so that
//! the very same code runs under parking_lot in the server and under a model
//! checker's locks in `tests/model/main.rs`.
//! Must not know: what it guards.
//!
//! Next: `client/writer.rs`.

use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// A value that one thread at a time may touch, and that threads can wait on.
pub trait Monitor<T> {
    /// Guards `value`.
    fn new(value: T) -> Self;

    /// Runs `act` on the value. Blocks while another thread's `act` runs.
    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R;

    /// Runs `look` until it answers; sleeps between two looks until
    /// [`wake_all`](Self::wake_all). `None` when `until` came first.
    fn wait<R>(&self, until: Option<Instant>, look: impl FnMut(&mut T) -> Option<R>) -> Option<R>;

    /// Makes every waiting thread look again. Call it without holding the lock.
    fn wake_all(&self);
}

/// The monitor of the running server.
#[derive(Debug)]
pub struct ParkingMonitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> ParkingMonitor<T> {
    /// Whether somebody's `act` or `look` runs right now.
    pub fn is_held(&self) -> bool {
        self.value.is_locked()
    }
}

impl<T> Monitor<T> for ParkingMonitor<T> {
    fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.value.lock())
    }

    fn wait<R>(
        &self,
        until: Option<Instant>,
        mut look: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let mut value = self.value.lock();
        loop {
            if let Some(answer) = look(&mut value) {
                return Some(answer);
            }
            match until {
                None => self.changed.wait(&mut value),
                // The value may have changed in the very moment the time ran
                // out, so the last look comes after the last sleep.
                Some(until) => {
                    if self.changed.wait_until(&mut value, until).timed_out() {
                        return look(&mut value);
                    }
                }
            }
        }
    }

    fn wake_all(&self) {
        self.changed.notify_all();
    }
}
