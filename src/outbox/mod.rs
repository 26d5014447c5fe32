//! Between the hub and one client's writer: what that client will be told.
//!
//! The hub pushes, the writer takes; the reader hands in pongs and may ask for
//! the end. Where nothing waits, the hub sends by itself (the express lane) and
//! the writer sleeps on: waking a thread costs four times a `send`. `push` never
//! blocks: over its bound the outbox answers *full*. The hub then evicts a classic
//! client; one that has numbers falls behind instead: its lines are taken out
//! ([`Outbox::fall_behind`]), and told again when it has room ([`Outbox::watch`]).
//! One slow client must never make another one wait.
//!
//! The contract:
//! 1. nothing here waits but [`Outbox::take`] and the two `wait_for_...`;
//! 2. what is unsent is bounded, what is being sent included;
//! 3. there is one phase, under one lock, and no system call under that lock;
//! 4. a frame whose first byte is out is always finished, or the line is dead;
//! 5. after the close frame there is nothing.
//!
//! Owns: the lock around [`Lane`], which has the rules, and the choice of that lock
//! ([`Monitor`]).
//! Must not know: sockets, the hub, what a message says.
//!
//! Next: `outbox/frame.rs`.

pub mod berth;
pub mod frame;
pub mod lane;

use std::io;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

pub use berth::{Berth, Berths};
pub use frame::{Frame, FrameKind, LogPlace, Parcel};
pub use lane::{Go, Pushed, Rest, Work};

use crate::disconnect::Disconnect;
use lane::Lane;

/// The write side of a line, as far as the hub may touch it.
pub trait ExpressLine {
    /// Sends what fits of `bytes`, and answers how many did; 0 if none. Never
    /// blocks.
    ///
    /// # Errors
    /// The line is dead.
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Ends both directions. Never blocks.
    fn hang_up(&self);
}

/// Messages the hub has decided one client will be told, oldest first.
#[derive(Debug)]
pub struct Outbox<M = ParkingMonitor<Inside>> {
    inside: M,
}

/// What the lock guards: the lane, and what the two threads tell each other.
#[derive(Debug)]
pub struct Inside {
    lane: Lane,
    /// When the last ping had left. The pong deadline runs from here, not from
    /// when a ping was due: a frozen server must not blame its clients.
    pinged_at: Option<Instant>,
    /// The writer has ended; nobody touches the socket's write side any more.
    writer_ended: bool,
}

impl<M: Monitor<Inside>> Outbox<M> {
    /// An empty outbox for at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        let lane = Lane::new(messages_max);
        Self { inside: M::new(Inside { lane, pinged_at: None, writer_ended: false }) }
    }

    /// Queues a parcel's messages, all or none. Never blocks.
    pub fn push(&self, parcel: &[Frame]) -> Pushed {
        let (pushed, wake) = self.inside.with(|inside| inside.lane.push(parcel));
        self.wake_if(wake);
        pushed
    }

    /// As [`push`](Self::push), without the writer where nothing waits: sends
    /// what `line` takes at once, and leaves the rest to the writer. Never
    /// blocks. Only the hub may: with two such callers their parcels would mix.
    pub fn push_or_send(&self, parcel: &Parcel, line: &impl ExpressLine) -> Pushed {
        let frames = parcel.frames();
        let (pushed, wake) = self.inside.with(|inside| inside.lane.push_or_lend(frames));
        if pushed != Pushed::Lent {
            self.wake_if(wake);
            return pushed;
        }
        // Outside the lock: a reader that hands in pongs must not wait for a
        // system call, nor the hub for that reader.
        let sent = line.send_now(parcel.bytes());
        if sent.is_err() {
            self.fail(Disconnect::WriteFailed);
            line.hang_up();
        }
        // Nearly always all of it; then nobody has to count what of 64 messages is out.
        let taken = *sent.as_ref().unwrap_or(&0);
        let (left, taken) =
            if taken == parcel.bytes().len() { (&[][..], 0) } else { (frames, taken) };
        let wake = self.inside.with(|inside| inside.lane.settle(left, taken));
        self.wake_if(wake);
        if sent.is_ok() { Pushed::Queued } else { Pushed::Ended }
    }

    /// Nobody writes until [`release`](Self::release): what is pushed waits. Never blocks. The
    /// door's own call, before the hub knows the outbox.
    pub fn hold(&self) {
        self.inside.with(|inside| inside.lane.hold());
    }

    /// What was held may go out. Never blocks.
    pub fn release(&self) {
        let wake = self.inside.with(|inside| inside.lane.release());
        self.wake_if(wake);
    }

    /// Queues a pong; of too many waiting ones the oldest goes. Never blocks.
    pub fn push_pong(&self, pong: Frame) {
        let wake = self.inside.with(|inside| inside.lane.push_pong(pong));
        self.wake_if(wake);
    }

    /// Begins the end: `rest` of the queue, then `frame`, then nothing. The
    /// first reason stays. Never blocks.
    pub fn close(&self, reason: Disconnect, frame: Frame, rest: Rest) {
        let dropped = self.inside.with(|inside| inside.lane.close(reason, frame, rest));
        self.inside.wake_all();
        drop(dropped);
    }

    /// The line is dead: drops everything. Never blocks. The caller hangs up.
    pub fn fail(&self, reason: Disconnect) {
        let dropped = self.inside.with(|inside| inside.lane.fail(reason));
        self.inside.wake_all();
        drop(dropped);
    }

    /// Bytes of the messages that wait, but for those in a writer's hand. Never blocks.
    pub fn waiting_bytes(&self) -> usize {
        self.inside.with(|inside| inside.lane.waiting_bytes())
    }

    /// Whether so little is unsent that something may be added which is worth
    /// nothing to whoever is behind. Never blocks.
    pub fn has_room(&self) -> bool {
        self.inside.with(|inside| inside.lane.has_room())
    }

    /// Takes out the lines of logs that wait, so that their client can be told
    /// them again from the log. What has begun to leave goes on. Never blocks.
    pub fn fall_behind(&self) -> Vec<Frame> {
        let (lines, wake) = self.inside.with(|inside| inside.lane.fall_behind());
        self.wake_if(wake);
        lines
    }

    /// Whether nothing is unsent. If something is, the writer's next
    /// [`Work::Drained`] says when that has changed. Never blocks. The hub's
    /// own call.
    pub fn watch(&self) -> bool {
        self.inside.with(|inside| inside.lane.watch())
    }

    /// The writer's next work. Blocks until there is some; `None` when `until`
    /// came first.
    pub fn take(&self, until: Option<Instant>) -> Option<Work> {
        self.inside.wait(until, |inside| inside.lane.take())
    }

    /// The writer has fully sent `messages` of its batch. Never blocks.
    pub fn sent(&self, messages: usize) -> Go {
        let (go, wake) = self.inside.with(|inside| inside.lane.sent(messages));
        self.wake_if(wake);
        go
    }

    /// The writer has dropped the rest of its batch, as it was told to.
    pub fn dropped_rest(&self) {
        self.inside.with(|inside| inside.lane.dropped_rest());
    }

    /// Queues a ping. The writer's own call, so there is nobody to wake.
    pub fn push_ping(&self, ping: Frame) {
        self.inside.with(|inside| inside.lane.push_ping(ping));
    }

    /// A ping has left.
    pub fn pinged(&self, at: Instant) {
        self.inside.with(|inside| inside.pinged_at = Some(at));
    }

    /// When the last ping had left.
    pub fn pinged_at(&self) -> Option<Instant> {
        self.inside.with(|inside| inside.pinged_at)
    }

    /// The writer's last act.
    pub fn writer_ended(&self) {
        self.inside.with(|inside| inside.writer_ended = true);
        self.inside.wake_all();
    }

    /// Blocks until the writer has ended; false when `until` came first.
    pub fn wait_for_writer(&self, until: Option<Instant>) -> bool {
        self.inside.wait(until, |inside| inside.writer_ended.then_some(())).is_some()
    }

    /// Makes a talker wait for what it has not read, its own echo too: blocks until no more than a
    /// quarter of the bound is unsent or the client is ending. Bounded by the hub, which
    /// does not wait, and the writer, which sends or fails within its deadline.
    pub fn wait_for_room(&self) {
        self.inside.wait(None, |inside| inside.lane.room());
    }

    /// Why the client is ending, if it is.
    pub fn end(&self) -> Option<Disconnect> {
        self.inside.with(|inside| inside.lane.end())
    }

    fn wake_if(&self, wake: bool) {
        if wake {
            self.inside.wake_all();
        }
    }
}

impl Outbox {
    /// Whether somebody holds the lock right now. Never blocks.
    pub fn is_in_use(&self) -> bool {
        self.inside.value.is_locked()
    }
}

// --- The lock -------------------------------------------------------------------------------

/// A value that one thread at a time may touch, and that threads can wait on. The outbox is
/// written against this trait, so that the very same code runs under parking_lot in the
/// server and under a model checker's locks in `tests/model/main.rs`.
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
