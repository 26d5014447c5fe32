//! The outbox stands between the hub and one client's writer: it holds what the server will send to
//! that client.
//!
//! The hub pushes messages and the writer takes them. The reader pushes pongs, and may ask to end
//! the client. If nothing waits, the hub sends by itself (the express lane) and the writer sleeps
//! on, because waking a thread costs four times as much as a `send`. `push` never blocks: if a push
//! would go over the outbox's limit, it returns *full*. The hub then evicts a classic client. A
//! client whose lines have numbers is allowed to lag instead: the hub takes that client's lines out
//! of the outbox ([`Outbox::fall_behind`]), and sends them again when nothing is unsent to the
//! client any more ([`Outbox::watch`]). One slow client must never make another one wait.
//!
//! The contract:
//! 1. no call here waits, except `take`, `wait_for_writer` and `wait_for_space`;
//! 2. what is unsent has a bound, and what is being sent counts as unsent;
//! 3. the outbox has one phase, which one lock guards, and no system call is made under that lock;
//! 4. a frame whose first byte has been sent is always finished, or the connection is dead;
//! 5. nothing is sent after the close frame.
//!
//! Owns: the lock around [`OutboxState`], which has the rules, and the choice of that lock
//! ([`Monitor`]).
//! Must not know: sockets, the hub, what a message says.
//!
//! Next: `server/outbox/state.rs`.

pub mod frame;
pub mod slot;
pub mod state;

use std::hint::black_box;
use std::io;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

pub use frame::{Frame, FrameBatch, FrameKind, LogPosition};
pub use slot::{OutboxSlot, OutboxSlots};
pub use state::{AfterWrite, Pushed, Unsent, Work};

use crate::server::disconnect::Disconnect;
use state::OutboxState;

/// The write side of a connection, as far as the hub may use it.
pub trait ExpressSide {
    /// Sends as many of `bytes` as the socket takes at once. Returns how many that were; 0 if none.
    /// Never blocks.
    ///
    /// # Errors
    /// The connection is dead.
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Ends both directions of the connection. Never blocks.
    fn hang_up(&self);
}

/// The queue of one client: the messages that the hub has pushed for it, oldest first.
#[derive(Debug)]
pub struct Outbox<M = ParkingMonitor<OutboxInside>> {
    inside: M,
}

/// What the lock guards: the outbox's state, and what the writer tells the reader.
#[derive(Debug)]
pub struct OutboxInside {
    state: OutboxState,
    /// When the writer had sent the newest ping. The time for the pong begins at this moment, not
    /// when the ping was due. So a client does not lose time for its pong while the server is
    /// frozen.
    pinged_at: Option<Instant>,
    /// The writer has ended: no thread writes to the socket any more.
    writer_ended: bool,
}

impl<M: Monitor<OutboxInside>> Outbox<M> {
    /// Makes an empty outbox for at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        let state = OutboxState::new(messages_max);
        Self { inside: M::new(OutboxInside { state, pinged_at: None, writer_ended: false }) }
    }

    /// Queues the messages of a batch: all of them, or none. Never blocks.
    pub fn push(&self, batch: &[Frame]) -> Pushed {
        self.change(|state| state.push(batch))
    }

    /// Like [`push`](Self::push), but if nothing waits, the calling thread sends at once what
    /// `side` takes, and leaves only the rest to the writer. If the send fails, the connection is
    /// dead and is hung up. Never returns [`Pushed::Lent`], and never blocks. Only the hub may call
    /// this: with two callers, their batches would mix. The banner in `server/outbox/state.rs`
    /// shows the steps.
    pub fn push_or_send(&self, batch: &FrameBatch, side: &impl ExpressSide) -> Pushed {
        let frames = batch.frames();
        let pushed = self.change(|state| state.begin_send(frames));
        if pushed != Pushed::Lent {
            return pushed;
        }
        // The send is outside the lock. So a reader that pushes a pong does not wait for a system
        // call, and the hub does not wait for that reader.
        let sent = side.send_now(batch.bytes());
        if sent.is_err() {
            self.fail(Disconnect::WriteFailed);
            side.hang_up();
        }
        // Nearly always the socket has taken the whole batch. In that case, no frames need to be
        // counted under the lock.
        let taken = *sent.as_ref().unwrap_or(&0);
        let (left, taken) =
            if taken == batch.bytes().len() { (&[][..], 0) } else { (frames, taken) };
        self.change(|state| ((), state.finish_send(left, taken)));
        if sent.is_ok() { Pushed::Queued } else { Pushed::Ended }
    }

    /// Gives the door the right to write to the socket: until [`take_back`](Self::take_back) the
    /// writer sends nothing, and what the hub pushes waits. Never blocks. The door calls this
    /// before the hub knows the outbox.
    pub fn lend_to_door(&self) {
        self.with_state(|state| state.lend_to_door());
    }

    /// Ends [`lend_to_door`](Self::lend_to_door): the writer may send what waits. Never blocks.
    pub fn take_back(&self) {
        self.change(|state| ((), state.take_back()));
    }

    /// Queues a pong. If too many wait, the oldest is dropped. Never blocks.
    pub fn push_pong(&self, pong: Frame) {
        self.change(|state| ((), state.push_pong(pong)));
    }

    /// Begins the end of the client: the writer sends all that is unsent, or only a frame that has
    /// been started (`rest`), then `frame`, then nothing more. If an end has begun already, its
    /// reason and its frame stay. Never blocks.
    pub fn close(&self, reason: Disconnect, frame: Frame, rest: Unsent) {
        let dropped = self.with_state(|state| state.close(reason, frame, rest));
        self.inside.wake_all();
        drop(dropped);
    }

    /// Marks the connection as dead and drops everything. If an end has begun already, its reason
    /// stays. Never blocks. The caller hangs up.
    pub fn fail(&self, reason: Disconnect) {
        let dropped = self.with_state(|state| state.fail(reason));
        self.inside.wake_all();
        drop(dropped);
    }

    /// Returns the bytes of the messages that wait, without those that the writer is sending. Never
    /// blocks.
    pub fn waiting_bytes(&self) -> usize {
        self.with_state(|state| state.waiting_bytes())
    }

    /// Returns whether so little is unsent that the hub may also add unimportant messages, which a
    /// client that lags need not receive. Never blocks.
    pub fn has_space(&self) -> bool {
        self.with_state(|state| state.has_space())
    }

    /// Takes the waiting log lines out of the queue and returns them, so that they can be sent
    /// again from the log later. A message whose first byte has been sent stays. Never blocks.
    pub fn fall_behind(&self) -> Vec<Frame> {
        self.change(|state| state.fall_behind())
    }

    /// Returns whether nothing is unsent. If something is, [`take`](Self::take) gives the writer
    /// [`Work::Drained`] as soon as all of it has been sent. Never blocks. Only the hub calls this.
    pub fn watch(&self) -> bool {
        self.with_state(|state| state.watch())
    }

    /// Returns the writer's next work. Blocks until there is some, or until `until`: then it
    /// returns `None`.
    pub fn take(&self, until: Option<Instant>) -> Option<Work> {
        self.inside.wait(until, |inside| inside.state.take())
    }

    /// Notes that the writer has sent `messages` whole messages of its batch, and returns what the
    /// writer does next. Never blocks.
    pub fn sent(&self, messages: usize) -> AfterWrite {
        self.change(|state| state.sent(messages))
    }

    /// Notes that the writer has dropped the rest of its batch, after [`AfterWrite::Cut`].
    pub fn dropped_rest(&self) {
        self.with_state(|state| state.dropped_rest());
    }

    /// Queues a ping, and removes an older ping that still waits. The writer itself calls this, so
    /// no thread has to be woken.
    pub fn push_ping(&self, ping: Frame) {
        self.with_state(|state| state.push_ping(ping));
    }

    /// Notes that the writer has sent a ping, at this time.
    pub fn pinged(&self, at: Instant) {
        self.inside.with(|inside| inside.pinged_at = Some(at));
    }

    /// Returns when the writer had sent its newest ping; `None` if it has sent none.
    pub fn pinged_at(&self) -> Option<Instant> {
        self.inside.with(|inside| inside.pinged_at)
    }

    /// Notes that the writer has ended and writes nothing more. The writer may call this more than
    /// once.
    pub fn writer_ended(&self) {
        self.inside.with(|inside| inside.writer_ended = true);
        self.inside.wake_all();
    }

    /// Blocks until the writer has ended, and returns true; or until `until`, and returns false.
    /// Without `until`, it waits as long as the writer takes.
    pub fn wait_for_writer(&self, until: Option<Instant>) -> bool {
        self.inside.wait(until, |inside| inside.writer_ended.then_some(())).is_some()
    }

    /// Makes a reader wait while too much is unsent to its client; the client's own messages are
    /// sent to it, too. Blocks until at most a quarter of the limit is unsent, or the client is
    /// ending. The wait is bounded: the hub does not wait, and the writer sends or fails within its
    /// deadline.
    pub fn wait_for_space(&self) {
        self.inside.wait(None, |inside| inside.state.space());
    }

    /// Returns why the client is ending, if it is.
    pub fn end(&self) -> Option<Disconnect> {
        self.with_state(|state| state.end())
    }

    fn with_state<R>(&self, act: impl FnOnce(&mut OutboxState) -> R) -> R {
        self.inside.with(|inside| act(&mut inside.state))
    }

    /// Like [`with_state`](Self::with_state), for a change that may give a waiting thread something
    /// to do: `act` also returns whether to wake the threads that wait.
    fn change<R>(&self, act: impl FnOnce(&mut OutboxState) -> (R, bool)) -> R {
        let (answer, wake) = self.with_state(act);
        if wake {
            self.inside.wake_all();
        }
        answer
    }
}

impl Outbox {
    /// Reads the lock's word, so that it is in the cache when the hub pushes. Never blocks.
    pub fn prefetch(&self) {
        black_box(self.inside.value.is_locked());
    }
}

// --- The lock -------------------------------------------------------------------------------

/// A value that one thread at a time may touch, and on which threads can wait. The outbox uses this
/// trait, so that the same code runs under parking_lot in the server and under a model checker's
/// locks in `tests/model/main.rs`.
pub trait Monitor<T> {
    /// Guards `value`.
    fn new(value: T) -> Self;

    /// Runs `act` on the value. Blocks while another thread's `act` runs.
    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R;

    /// Runs `look` until it returns a value, and returns that value. Between two calls of `look` it
    /// sleeps until [`wake_all`](Self::wake_all). Returns `None` if `until` comes first.
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
