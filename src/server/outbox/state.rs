//! The outbox without its lock: one client's queue and phase, as plain data.
//!
//! Owns: every rule of the outbox, and the order of what waits. It is a pure state machine: no call
//! here waits, sleeps, or touches a socket or a clock.
//! Must not know: threads, locks, sockets.
//!
//! Next: `base/socket/express.rs`.

use std::collections::VecDeque;

use super::frame::{Frame, FrameKind};
use crate::base::limits;
use crate::server::disconnect::Disconnect;

// --- The right to write ---------------------------------------------------------------------
//
// Two threads can write to a client's socket: the hub and the client's writer. (Before their first
// write, the door writes its answer.) At any time only one of them has the right to write, and the
// outbox decides which one:
//
//   Idle ── hub: `begin_send` ──▶ Busy, lent ── hub: `finish_send` ─┬─ all was sent ───▶ Idle
//                                                                   └─ something waits ▶ Busy
//   Idle ── any other push ──▶ Busy ── writer: `take`, `sent`, until nothing waits ──▶ Idle
//   Idle, Busy ── `close` ──▶ Closing: what is unsent, then the close frame
//   any phase ── `fail` ──▶ Dead
//
// While the right to write is lent to the hub, `take` gives the writer nothing, so the hub can send
// without the lock. Meanwhile the reader may push a pong or close the outbox. That pong or close
// waits, and `finish_send` wakes the writer for it. If the socket took only a part, `finish_send`
// queues the rest, and `started` says how many bytes of its first message have been sent.
// `lend_to_door` and `take_back` lend the right to the door in the same way, until the door has
// written its answer.

/// What a push has done with the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The messages have been sent, or wait in the queue, in the order of the batch.
    Queued,
    /// The outbox is idle: the caller sends the messages now, and then calls `finish_send`.
    Lent,
    /// The queue would go over its bound: none of the messages was queued.
    Full,
    /// The client is ending: the messages were dropped.
    Ended,
}

/// What happens to the waiting messages when the outbox is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The writer sends everything that waits before the close frame.
    Send,
    /// The writer only finishes a frame whose first byte has been sent.
    Drop,
}

/// What the writer gets when it asks for work.
#[derive(Debug, PartialEq, Eq)]
pub enum Work {
    /// Frames to write, in this order. The number says how many bytes of the first frame have
    /// already been sent.
    Batch(Vec<Frame>, usize),
    /// Nothing is unsent any more, and the hub wanted to know that.
    Drained,
    /// Everything was sent, the close frame too.
    AllWritten(Disconnect),
    /// The connection is dead: nothing more can be sent.
    Dead(Disconnect),
}

/// What the writer does after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWrite {
    /// Write on.
    On,
    /// Finish the frame whose first byte has been sent, and drop the others.
    Cut,
}

/// One client's waiting frames, and the phase of its outbox: it is idle, busy or ending.
///
/// An outbox must be small, because the hub reads every outbox for every message. The queue is a
/// separate allocation, which nearly always does not exist.
#[derive(Debug)]
pub struct OutboxState {
    phase: Phase,
    waiting: Option<Box<Waiting>>,
    /// How many bytes of the oldest message have been sent. That message will be finished, unless
    /// the connection dies.
    started: usize,
    /// Messages that are being written. They count against the bound, like those that wait.
    messages_being_written: usize,
    /// The bytes of all frames in the writer's batch. It becomes 0 only when all messages of the
    /// batch have been sent.
    bytes_being_written: usize,
    messages_max: usize,
    /// The hub is sending a batch, or the door is writing the answer that makes the client. The
    /// writer gets nothing until that is done.
    lent: bool,
    /// The reader waits for space. The thread that makes space wakes it.
    reader_waits: bool,
    /// The hub wants to know when nothing is unsent.
    watched: bool,
}

/// Whether a thread writes now, and how the outbox ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No thread writes, and nothing waits.
    Idle,
    /// A thread is writing frames, or the writer has been woken for them, or the right to write is
    /// lent.
    Busy,
    /// What is unsent will be sent, then the close frame, then nothing. With `cut`, only a frame
    /// whose first byte has been sent is finished before the close frame.
    Closing { reason: Disconnect, cut: bool },
    /// Nothing will be sent any more.
    Dead { reason: Disconnect },
}

impl OutboxState {
    /// Makes an empty outbox that holds at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        assert!(messages_max > 0, "an outbox that holds nothing evicts everybody");
        Self {
            phase: Phase::Idle,
            waiting: None,
            started: 0,
            messages_being_written: 0,
            bytes_being_written: 0,
            lent: false,
            messages_max,
            reader_waits: false,
            watched: false,
        }
    }

    /// Returns how many messages are unsent or only partly sent.
    pub fn unsent(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.messages.len())
            + self.messages_being_written
    }

    /// Returns the bytes of the messages that wait.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.message_bytes())
    }

    /// Queues the messages of a batch: all of them, or none. The second value: the caller must wake
    /// the writer.
    pub fn push(&mut self, batch: &[Frame]) -> (Pushed, bool) {
        if self.end().is_some() {
            return (Pushed::Ended, false);
        }
        if self.unsent() + batch.len() > self.messages_max {
            return (Pushed::Full, false);
        }
        self.waiting().messages.extend(batch.iter().cloned());
        (Pushed::Queued, self.becomes_busy())
    }

    /// Like [`push`](Self::push), but if the outbox is idle, nothing is queued and the caller
    /// itself sends the batch: it gets [`Pushed::Lent`], sends what the socket takes at once, and
    /// calls [`finish_send`](Self::finish_send).
    pub fn begin_send(&mut self, batch: &[Frame]) -> (Pushed, bool) {
        if self.phase != Phase::Idle || batch.len() > self.messages_max {
            return self.push(batch);
        }
        debug_assert!(!self.watched, "whoever is idle is not watched");
        self.phase = Phase::Busy;
        self.lent = true;
        self.messages_being_written = batch.len();
        (Pushed::Lent, false)
    }

    /// Ends what [`begin_send`](Self::begin_send) began. `batch` is the end of what was pushed. The
    /// caller has sent everything before it, and its first `taken` bytes. The writer sends the
    /// other bytes. Returns whether the caller must wake the writer or the reader.
    pub fn finish_send(&mut self, batch: &[Frame], mut taken: usize) -> bool {
        self.lent = false;
        self.messages_being_written = 0;
        let whole = batch.iter().take_while(|frame| {
            let is_out = frame.len() <= taken;
            taken -= if is_out { frame.len() } else { 0 };
            is_out
        });
        let mut left = &batch[whole.count()..];
        match self.phase {
            Phase::Dead { .. } => return true,
            Phase::Closing { cut: true, .. } => left = &left[..usize::from(taken > 0)],
            Phase::Closing { .. } | Phase::Idle | Phase::Busy => {}
        }
        if !left.is_empty() {
            self.started = taken;
            // No other message waits: while a client is registered, only the hub pushes messages,
            // and the hub was sending until now.
            self.waiting().messages.extend(left.iter().cloned());
        }
        if self.waiting.is_some() || self.end().is_some() {
            return true;
        }
        self.phase = Phase::Idle;
        self.reader_waits
    }

    /// Lends the outbox to the door until [`take_back`](Self::take_back); what is pushed waits. The
    /// door calls this before the hub knows the outbox, while the writer sleeps.
    pub fn lend_to_door(&mut self) {
        debug_assert!(self.phase == Phase::Idle && !self.lent);
        self.phase = Phase::Busy;
        self.lent = true;
    }

    /// Ends [`lend_to_door`](Self::lend_to_door), when the door has written its answer: what waits
    /// may be sent. Returns whether the caller must wake the writer or the reader.
    pub fn take_back(&mut self) -> bool {
        self.lent = false;
        if self.waiting.is_some() || self.watched || self.end().is_some() {
            return true;
        }
        self.phase = Phase::Idle;
        self.reader_waits
    }

    /// Queues a pong. If too many wait, the oldest is dropped. Returns whether the caller must wake
    /// the writer.
    pub fn push_pong(&mut self, pong: Frame) -> bool {
        debug_assert_eq!(pong.kind(), FrameKind::Pong);
        if self.end().is_some() {
            return false;
        }
        let pongs = &mut self.waiting().pongs;
        if pongs.len() == limits::OUTBOX_PONGS_MAX {
            pongs.pop_front();
        }
        pongs.push_back(pong);
        self.becomes_busy()
    }

    /// Queues a ping. It replaces one that still waits.
    pub fn push_ping(&mut self, ping: Frame) {
        debug_assert_eq!(ping.kind(), FrameKind::Ping);
        if self.end().is_none() {
            self.waiting().ping = Some(ping);
            self.becomes_busy();
        }
    }

    /// Begins the end of the client. If an end has begun already, its reason stays; but
    /// [`Unsent::Drop`] still drops what waits. Returns the frames that will not be sent, so that
    /// the caller can free them without the lock.
    pub fn close(&mut self, reason: Disconnect, frame: Frame, rest: Unsent) -> VecDeque<Frame> {
        debug_assert_eq!(frame.kind(), FrameKind::Close);
        match &mut self.phase {
            Phase::Dead { .. } => return VecDeque::new(),
            Phase::Closing { cut, .. } => *cut |= rest == Unsent::Drop,
            Phase::Idle | Phase::Busy => {
                self.phase = Phase::Closing { reason, cut: rest == Unsent::Drop };
                self.waiting().goodbye = Some(frame);
            }
        }
        if rest == Unsent::Drop { self.drop_what_waits() } else { VecDeque::new() }
    }

    /// Takes the waiting log lines out of the queue and returns them. The hub sends them again
    /// later. A line whose first byte has been sent stays in the queue. The writer still sends the
    /// frames that it has already taken. The second value: the reader waits for space and has to be
    /// woken.
    pub fn fall_behind(&mut self) -> (Vec<Frame>, bool) {
        let started = usize::from(self.started > 0);
        let waiting = self.waiting.as_mut();
        let lines = waiting.map_or_else(Vec::new, |waiting| waiting.take_log_lines(started));
        (lines, self.reader_waits && self.has_space())
    }

    /// Returns whether nothing is unsent. If something is, the writer gets [`Work::Drained`] one
    /// time, as soon as all of it has been sent.
    pub fn watch(&mut self) -> bool {
        let is_drained = self.phase == Phase::Idle;
        self.watched = !is_drained;
        is_drained
    }

    /// Marks the connection as dead. If an end has begun already, its reason stays. Returns the
    /// frames that will not be sent, so that the caller can free them without the lock.
    pub fn fail(&mut self, reason: Disconnect) -> VecDeque<Frame> {
        if !matches!(self.phase, Phase::Dead { .. }) {
            let reason = self.end().unwrap_or(reason);
            self.phase = Phase::Dead { reason };
        }
        self.forget_batch_in_flight();
        self.started = 0;
        let mut dropped = self.drop_what_waits();
        dropped.extend(self.waiting.take().and_then(|waiting| waiting.goodbye));
        dropped
    }

    /// Returns the writer's next work; `None` while there is nothing to do.
    pub fn take(&mut self) -> Option<Work> {
        if self.lent {
            return None;
        }
        if let Phase::Dead { reason } = self.phase {
            return Some(Work::Dead(reason));
        }
        let started = std::mem::take(&mut self.started);
        let batch = self.next_batch(started > 0);
        match (self.phase, batch.is_empty()) {
            (Phase::Closing { reason, .. }, true) => Some(Work::AllWritten(reason)),
            (Phase::Closing { .. }, false) => Some(Work::Batch(batch, started)),
            (_, true) => {
                self.phase = Phase::Idle;
                std::mem::take(&mut self.watched).then_some(Work::Drained)
            }
            (_, false) => {
                self.phase = Phase::Busy;
                Some(Work::Batch(batch, started))
            }
        }
    }

    /// Notes that the writer has sent `messages` whole messages of its batch, and returns what the
    /// writer does next. The second value: the reader waits for space and has to be woken.
    pub fn sent(&mut self, messages: usize) -> (AfterWrite, bool) {
        self.messages_being_written = self.messages_being_written.saturating_sub(messages);
        if self.messages_being_written == 0 {
            self.bytes_being_written = 0;
        }
        let cut = match self.phase {
            Phase::Dead { .. } => true,
            Phase::Closing { cut, .. } => cut,
            Phase::Idle | Phase::Busy => false,
        };
        let wake = self.reader_waits && self.has_space();
        (if cut { AfterWrite::Cut } else { AfterWrite::On }, wake)
    }

    /// Notes that the writer has dropped the rest of its batch.
    pub fn dropped_rest(&mut self) {
        self.forget_batch_in_flight();
    }

    /// Asks for space before the reader takes one more message. Returns `Some` if there is space,
    /// or if the client is ending. Otherwise notes that the reader waits, and returns `None`.
    pub fn space(&mut self) -> Option<()> {
        let answer = self.has_space() || self.end().is_some();
        self.reader_waits = !answer;
        answer.then_some(())
    }

    /// Returns why the client is ending, if it is.
    pub fn end(&self) -> Option<Disconnect> {
        match self.phase {
            Phase::Idle | Phase::Busy => None,
            Phase::Closing { reason, .. } | Phase::Dead { reason } => Some(reason),
        }
    }

    /// Returns whether at most a quarter of the allowed messages is unsent, and at most as many
    /// bytes as [`OUTBOX_UNSENT_BYTES_MAX`](limits::OUTBOX_UNSENT_BYTES_MAX).
    pub fn has_space(&self) -> bool {
        let bytes = self.waiting_bytes() + self.bytes_being_written;
        self.unsent() <= self.messages_max / 4 && bytes <= limits::OUTBOX_UNSENT_BYTES_MAX
    }

    fn forget_batch_in_flight(&mut self) {
        self.messages_being_written = 0;
        self.bytes_being_written = 0;
    }

    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    /// Notes that something waits now. Returns whether the outbox was idle: then the writer may be
    /// asleep.
    fn becomes_busy(&mut self) -> bool {
        let was_idle = self.phase == Phase::Idle;
        if was_idle {
            self.phase = Phase::Busy;
        }
        was_idle
    }

    /// Takes the writer's next batch out of the queue; empty if nothing waits.
    fn next_batch(&mut self, is_started: bool) -> Vec<Frame> {
        let Some(waiting) = &mut self.waiting else { return Vec::new() };
        let (batch, messages) = waiting.next_batch(is_started);
        if waiting.is_empty() {
            self.waiting = None;
        }
        self.messages_being_written += messages;
        if messages > 0 {
            self.bytes_being_written = batch.iter().map(Frame::len).sum();
        }
        batch
    }

    /// Drops everything except the close frame and a message whose first byte has been sent.
    fn drop_what_waits(&mut self) -> VecDeque<Frame> {
        let started = usize::from(self.started > 0);
        self.waiting.as_mut().map_or_else(VecDeque::new, |waiting| waiting.drop_all(started))
    }
}

/// The frames that wait: at least one, except just after log lines have been taken out.
#[derive(Debug, Default)]
struct Waiting {
    /// The messages that the hub has pushed, oldest first.
    messages: VecDeque<Frame>,
    /// Pongs. They are sent before the next message, but never in the middle of one.
    pongs: VecDeque<Frame>,
    /// A ping that is due.
    ping: Option<Frame>,
    /// The close frame. It is sent last.
    goodbye: Option<Frame>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.pongs.is_empty()
            && self.ping.is_none()
            && self.goodbye.is_none()
    }

    /// Bytes of the messages that wait.
    fn message_bytes(&self) -> usize {
        self.messages.iter().map(Frame::len).sum()
    }

    /// Takes a batch in this order: the message that has been started, then pongs and a ping, then
    /// other messages. If none of these waits, the batch is the close frame. The second value: how
    /// many messages the batch has.
    fn next_batch(&mut self, is_started: bool) -> (Vec<Frame>, usize) {
        let started = if is_started { self.messages.pop_front() } else { None };
        let controls = self.pongs.drain(..).chain(self.ping.take());
        let mut batch: Vec<_> = started.into_iter().chain(controls).collect();
        let messages = self.messages.len().min(limits::WRITE_FRAMES_MAX - batch.len());
        batch.extend(self.messages.drain(..messages));
        if batch.is_empty() {
            batch.extend(self.goodbye.take());
        }
        (batch, messages + usize::from(is_started))
    }

    /// Takes out everything except the first `started` messages and the close frame.
    fn drop_all(&mut self, started: usize) -> VecDeque<Frame> {
        let mut dropped = self.messages.split_off(started.min(self.messages.len()));
        dropped.append(&mut self.pongs);
        dropped.extend(self.ping.take());
        dropped
    }

    /// Takes out the log lines after the first `started` messages.
    fn take_log_lines(&mut self, started: usize) -> Vec<Frame> {
        let rest = self.messages.split_off(started.min(self.messages.len()));
        let (lines, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|frame| frame.position().is_some());
        self.messages.extend(others);
        lines
    }
}

// A batch must have space for all pongs, and also for a started message and a ping.
const _: () = assert!(limits::OUTBOX_PONGS_MAX + 2 <= limits::WRITE_FRAMES_MAX);

#[cfg(test)]
mod tests;
