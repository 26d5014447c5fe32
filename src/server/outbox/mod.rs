//! The outbox stands between the hub and one client's writer: it holds what the server will send to
//! that client.
//!
//! The hub pushes messages and the writer takes them. The reader pushes pongs, may ask to end the
//! client, and pushes a few messages before the client is registered. If nothing is unsent, the hub
//! can send by itself (the express lane) while the writer sleeps on, because waking a thread costs
//! more than two `send`s (docs/BENCH.md). `push` never blocks: if a push would go over the outbox's
//! limit, it returns *full*. The hub then evicts a client if what it should get has no number:
//! lines of a classic client, and answers. A client whose lines have numbers may fall behind
//! instead: the hub takes that client's lines out of the outbox ([`OutboxState::fall_behind`]), and
//! sends them again when nothing is unsent to the client any more
//! ([`OutboxState::ask_if_drained`]). One slow client must never make another one wait.
//!
//! The contract:
//! 1. no call waits for more than the lock, except `take`, `wait_for_writer` and `wait_for_space`;
//! 2. how many messages are unsent has a bound, and those that are being written count as unsent;
//! 3. one lock guards the whole state, and no system call is made under that lock;
//! 4. a frame whose first byte has been written is always finished, or the connection is dead;
//! 5. nothing is written after the close frame.
//!
//! Owns: the lock around [`OutboxState`], which has the rules, and the choice of that lock
//! ([`Monitor`]); every wait of another thread for the outbox.
//! Must not know: sockets, the hub, what a message says.
//!
//! Next: `server/outbox/state.rs`.

pub mod frame;
pub mod slot;
pub mod state;
mod waiting;

use std::hint::black_box;
use std::io;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

pub use frame::{Frame, FrameBatch, FrameKind, LogPosition};
pub use slot::{OutboxSlot, OutboxSlots};
pub use state::{AfterWrite, OutboxContents, OutboxState, Pushed, Unsent, Work};

use crate::base::disconnect::Disconnect;

/// The write side of a connection, as far as the hub may use it.
pub trait ExpressSide {
    /// Writes as many bytes of the batch as the socket takes at once. Returns how many that were; 0
    /// if none. A frame of which some bytes count as written is *started*: the writer finishes it.
    /// Never blocks.
    ///
    /// # Errors
    /// The connection is dead.
    fn send_now(&self, batch: &FrameBatch) -> io::Result<usize>;
    /// Ends both directions of the connection. Never blocks.
    fn hang_up(&self);
}

/// The outbox of one client, which its threads and the hub share: an [`OutboxState`] behind a lock.
#[derive(Debug)]
pub struct Outbox<M = ParkingMonitor<OutboxState>> {
    monitor: M,
}

impl<M: Monitor<OutboxState>> Outbox<M> {
    /// Makes an empty outbox for at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        Self { monitor: M::new(OutboxState::new(messages_max)) }
    }

    /// Runs `act` under the lock. Then wakes the threads that wait for the outbox, if one of them
    /// has something to do now. `act` only calls functions of the state, so the lock is never held
    /// for long. Frames that `act` returns are freed without the lock.
    pub fn with<R>(&self, act: impl FnOnce(&mut OutboxState) -> R) -> R {
        let (answer, wake) = self.monitor.with(|state| (act(state), state.take_wake()));
        if wake {
            self.monitor.wake_all();
        }
        answer
    }

    // Lesson 5 of the course: docs/course/05-wake-up
    /// Like [`OutboxState::push`], but if nothing is unsent, the calling thread itself writes at
    /// once what `side` takes, and leaves only the rest to the writer. If this write fails, the
    /// connection is dead and is hung up. Never blocks. Only the hub may call this: with two
    /// callers, their batches would mix. The banner in `server/outbox/state.rs` shows the steps.
    pub fn push_or_send(&self, batch: &FrameBatch, side: &impl ExpressSide) -> Pushed {
        let frames = batch.frames();
        let pushed = self
            .with(|state| if state.begin_send(frames) { None } else { Some(state.push(frames)) });
        if let Some(pushed) = pushed {
            return pushed;
        }
        // The send is outside the lock. So a reader that pushes a pong does not wait for a system
        // call, and the hub does not wait for that reader.
        let written = side.send_now(batch);
        if written.is_err() {
            self.with(|state| state.fail(Disconnect::WriteFailed));
            side.hang_up();
        }
        let left = self.with(|state| state.finish_send(batch, *written.as_ref().unwrap_or(&0)));
        match written {
            Ok(_) if left == 0 => Pushed::Sent,
            Ok(_) => Pushed::Queued(left),
            Err(_) => Pushed::Ended,
        }
    }

    /// Returns the writer's next work. Blocks until there is work, or until the time `until`: then
    /// it returns `None`. Without `until`, it has no time limit.
    pub fn take(&self, until: Option<Instant>) -> Option<Work> {
        self.monitor.wait(until, OutboxState::take)
    }

    /// Blocks until the writer has ended, and returns true; or until the time `until`, and returns
    /// false. Without `until`, it blocks for as long as the writer takes to end.
    pub fn wait_for_writer(&self, until: Option<Instant>) -> bool {
        self.monitor.wait(until, |state| state.writer_ended()).is_some()
    }

    /// Makes a reader wait while too much is unsent to its client. Blocks until there is space
    /// ([`OutboxState::has_space`]), or the client is ending. The wait is bounded: the hub does not
    /// wait, and the writer writes or fails within its deadline.
    pub fn wait_for_space(&self) {
        self.monitor.wait(None, OutboxState::ask_for_space);
    }
}

impl Outbox {
    /// Returns what the outbox holds; `None` if another thread has the lock now. Never blocks.
    pub fn look(&self) -> Option<OutboxContents> {
        self.monitor.value.try_lock().map(|state| state.look())
    }

    /// Reads the memory of the lock, so that it is in the CPU's cache when the hub pushes. Never
    /// blocks.
    pub fn prefetch(&self) {
        black_box(self.monitor.value.is_locked());
    }
}

// --- The lock -------------------------------------------------------------------------------

/// A value that one thread at a time may touch, and on which threads can wait. The outbox uses this
/// trait, so that the same code runs under parking_lot in the server and under a model checker's
/// locks in `tests/model/main.rs`.
pub trait Monitor<T> {
    /// Makes a monitor that guards `value`.
    fn new(value: T) -> Self;

    /// Runs `act` on the value. Blocks while another thread's `act` runs.
    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R;

    /// Runs `look` until it returns a value, and returns that value. Between two calls of `look`
    /// the thread sleeps until [`wake_all`](Self::wake_all). Returns `None` if the time `until`
    /// comes first; without `until`, there is no time limit.
    fn wait<R>(&self, until: Option<Instant>, look: impl FnMut(&mut T) -> Option<R>) -> Option<R>;

    /// Wakes every waiting thread, so that it calls its `look` again. The caller must not hold the
    /// lock.
    fn wake_all(&self);
}

/// The [`Monitor`] that the server uses. A model checker uses another one.
#[derive(Debug)]
pub struct ParkingMonitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Monitor<T> for ParkingMonitor<T> {
    fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.value.lock())
    }

    // Lesson 11 of the course: docs/course/11-schedules
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
                // The value may have changed just when the time ran out, so `look` runs once more
                // after the last sleep.
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
