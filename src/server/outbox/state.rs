//! The outbox without its lock: what is unsent to one client, and which thread may write it.
//!
//! Owns: every rule of the outbox. It is a pure state machine: no call here waits, sleeps, or
//! touches a socket or a clock.
//! Must not know: locks, sockets, what a message says.
//!
//! Next: `server/client/writer.rs`.

mod look;

use std::collections::VecDeque;
use std::time::Instant;

use super::frame::{Frame, FrameBatch, FrameKind};
use super::waiting::Waiting;
use crate::base::{disconnect::Disconnect, limits};
pub use look::OutboxContents;

// --- Who may write --------------------------------------------------------------------------
//
// Three threads can write to a client's socket: the hub, the client's writer, and before them the
// door, which writes the answer that makes the connection a client's. At most one of them may write
// at any time. `MayWrite` says which one:
//
//   Nobody ── hub: `begin_send` ──▶ Hub ── hub: `finish_send` ─┬─ nothing waits ───▶ Nobody
//                                                              └─ something waits ─▶ Writer
//   Nobody ── any other push ──▶ Writer ── writer: `take`, until nothing waits ────▶ Nobody
//   Nobody ── `begin_answer` ──▶ Door ── `finish_answer` ──▶ Nobody or Writer, as for the hub
//
// While the hub or the door may write, `take` gives the writer nothing, so the hub and the door
// write without the lock. Meanwhile the reader may push a pong or close the outbox. That pong or
// close waits, and `finish_send` or `finish_answer` wakes the writer for it. If the socket took
// only a part of the hub's batch, `finish_send` queues the rest for the writer.
//
// `Phase` says what may still be written:
//
//   Open ── `close` ──▶ Closing: what is unsent, then the close frame
//   Open, Closing ── `fail` ──▶ Dead: nothing

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MayWrite {
    /// No thread may write: nothing is unsent, and the client is not ending.
    Nobody,
    Hub,
    Door,
    /// The writer may write: it has work, or has not found out yet that no more work waits.
    Writer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// The client is ending. `rest` says what happens to the unsent messages. After them the writer
    /// writes the close frame, and then nothing.
    Closing {
        reason: Disconnect,
        rest: Unsent,
    },
    Dead {
        reason: Disconnect,
    },
}

/// What happens to the unsent messages when the outbox is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The writer writes all of them before the close frame.
    Send,
    /// The writer finishes a frame whose first byte has been written. All others are dropped.
    Drop,
}

/// What a push has done with the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The calling thread has written all of the messages.
    Sent,
    /// The writer has to write this many of the messages, which are the last ones of the batch. The
    /// calling thread has written the others.
    Queued(usize),
    /// With these messages, more would be unsent than the outbox allows: none of them was queued.
    Full,
    /// The client is ending: the messages were dropped.
    Ended,
}

/// What the writer gets when it asks its outbox for work.
#[derive(Debug, PartialEq, Eq)]
pub enum Work {
    /// Frames to write.
    Batch {
        /// The frames, in the order in which they are written.
        frames: Vec<Frame>,
        /// How many bytes of the first frame are written already.
        written: usize,
    },
    /// Nothing is unsent any more, and the hub wanted to know that.
    Drained,
    /// Everything is written, the close frame too.
    AllWritten,
    /// The connection is dead: nothing more can be written.
    Dead,
}

/// What the writer does after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterWrite {
    /// The writer goes on with its batch: it writes what is left of it.
    Continue,
    /// The writer finishes the frame whose first byte has been written, and drops the others.
    DropRest,
}

/// One client's waiting frames, and who may write them.
///
/// An outbox must be small, because for each message the hub reads the outbox of every client that
/// receives it. The queue is a separate allocation, which nearly always does not exist.
#[derive(Debug)]
pub struct OutboxState {
    may_write: MayWrite,
    phase: Phase,
    waiting: Option<Box<Waiting>>,
    /// How many messages a thread is writing now: the writer, or the hub. They are unsent, like the
    /// messages that wait, so they count for the outbox's limit.
    messages_being_written: usize,
    /// How many bytes all frames of the writer's present batch have together; 0 if all messages in
    /// it are completely written, or if it has none.
    bytes_being_written: usize,
    messages_max: usize,
    reader_waits: bool,
    /// True if the hub wants to know when nothing is unsent any more.
    report_drained: bool,
    /// True if a waiting thread has something to do now: see [`take_wake`](Self::take_wake).
    wake: bool,
    writer_ended: bool,
    pinged_at: Option<Instant>,
}

impl OutboxState {
    /// Makes an empty outbox that holds at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        assert!(messages_max > 0, "an outbox that holds nothing evicts everybody");
        Self {
            may_write: MayWrite::Nobody,
            phase: Phase::Open,
            waiting: None,
            messages_being_written: 0,
            bytes_being_written: 0,
            messages_max,
            reader_waits: false,
            report_drained: false,
            wake: false,
            writer_ended: false,
            pinged_at: None,
        }
    }

    // --- What the hub calls ---

    /// Queues the messages of a batch: all of them, or none.
    pub fn push(&mut self, batch: &[Frame]) -> Pushed {
        if self.end_reason().is_some() {
            return Pushed::Ended;
        }
        if self.unsent() + batch.len() > self.messages_max {
            return Pushed::Full;
        }
        self.waiting().messages.extend(batch.iter().cloned());
        self.hand_to_writer();
        Pushed::Queued(batch.len())
    }

    /// Gives the hub the right to send `batch` by itself, if nothing is unsent, the client is not
    /// ending, and the batch has no more messages than the outbox may hold. Returns whether the hub
    /// has this right now. If it has, it sends what the socket takes at once, and calls
    /// [`finish_send`](Self::finish_send). If not, nothing has changed, and the hub can only
    /// [`push`](Self::push).
    #[must_use]
    pub fn begin_send(&mut self, batch: &[Frame]) -> bool {
        if self.may_write != MayWrite::Nobody || batch.len() > self.messages_max {
            return false;
        }
        debug_assert!(!self.report_drained, "a report is due only while something is unsent");
        self.may_write = MayWrite::Hub;
        self.messages_being_written = batch.len();
        true
    }

    /// Ends what [`begin_send`](Self::begin_send) began with this batch. The socket has taken the
    /// first `written` bytes of the batch. The others are queued for the writer, unless the client
    /// is ending and its end drops them. Returns how many messages were not written completely.
    pub fn finish_send(&mut self, batch: &FrameBatch, written: usize) -> usize {
        debug_assert_eq!(self.may_write, MayWrite::Hub);
        self.messages_being_written = 0;
        // Nearly always the socket has taken the whole batch, and no frames need to be counted.
        let left = if written < batch.bytes().len() {
            self.queue_rest(batch.frames(), written)
        } else {
            0
        };
        self.stop_writing();
        left
    }

    // Lesson 7 of the course: docs/course/07-deaf
    /// Takes the waiting log lines out of the queue and returns them, so that they can be sent
    /// again from the log later. A line whose first byte has been written stays in the queue, and
    /// the writer still writes the frames that it has already taken.
    pub fn fall_behind(&mut self) -> Vec<Frame> {
        let waiting = self.waiting.as_mut();
        let lines = waiting.map_or_else(Vec::new, |waiting| waiting.take_log_lines());
        self.wake |= self.reader_waits && self.has_space();
        lines
    }

    /// Returns true if nothing is unsent and the writer knows it. Otherwise the writer gets
    /// [`Work::Drained`] one time, when it finds nothing more to write; if the client ends first,
    /// never.
    pub fn ask_if_drained(&mut self) -> bool {
        let is_drained = self.may_write == MayWrite::Nobody;
        self.report_drained = !is_drained;
        is_drained
    }

    /// Returns how many messages are unsent: not written, or only in part.
    pub fn unsent(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.messages.len())
            + self.messages_being_written
    }

    /// Returns how many bytes the waiting messages have. Messages that the writer has taken do not
    /// count.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.message_bytes())
    }

    /// Returns whether little is unsent: at most a quarter of the allowed messages, and at most
    /// [`OUTBOX_UNSENT_BYTES_MAX`](limits::OUTBOX_UNSENT_BYTES_MAX) bytes.
    pub fn has_space(&self) -> bool {
        let bytes = self.waiting_bytes() + self.bytes_being_written;
        self.unsent() <= self.messages_max / 4 && bytes <= limits::OUTBOX_UNSENT_BYTES_MAX
    }

    // --- What the door calls ---

    /// Gives the door the right to write its answer. Until [`finish_answer`](Self::finish_answer)
    /// all that is pushed waits. The door's thread calls this before the client's writer starts and
    /// before the hub knows the outbox.
    pub fn begin_answer(&mut self) {
        debug_assert_eq!(self.may_write, MayWrite::Nobody);
        self.may_write = MayWrite::Door;
    }

    /// Ends what [`begin_answer`](Self::begin_answer) began: the writer may write what waits.
    pub fn finish_answer(&mut self) {
        debug_assert_eq!(self.may_write, MayWrite::Door);
        self.stop_writing();
    }

    // --- What the reader calls ---

    /// Queues a pong. If too many pongs wait, the oldest is dropped. If the client is ending, the
    /// new pong is dropped.
    pub fn push_pong(&mut self, pong: Frame) {
        debug_assert_eq!(pong.kind(), FrameKind::Pong);
        if self.end_reason().is_some() {
            return;
        }
        let pongs = &mut self.waiting().pongs;
        if pongs.len() == limits::OUTBOX_PONGS_MAX {
            pongs.pop_front();
        }
        pongs.push_back(pong);
        self.hand_to_writer();
    }

    /// Asks for space before the reader sends the hub one more request. Returns `Some(())` if there
    /// is space, or if the client is ending. Otherwise notes that the reader waits, and returns
    /// `None`.
    pub fn ask_for_space(&mut self) -> Option<()> {
        let answer = self.has_space() || self.end_reason().is_some();
        self.reader_waits = !answer;
        answer.then_some(())
    }

    /// Returns the time at which the writer had written its newest ping; `None`: it has written no
    /// ping.
    pub fn pinged_at(&self) -> Option<Instant> {
        self.pinged_at
    }

    /// Returns `Some(())` if the writer has ended: then it writes nothing more to the socket.
    pub fn writer_ended(&self) -> Option<()> {
        self.writer_ended.then_some(())
    }

    // --- What every thread calls that ends the client ---

    /// Begins the end of the client: the writer deals with what is unsent as `rest` says, then
    /// writes `frame`, then nothing more. If an end has begun already, its reason and its frame
    /// stay; but [`Unsent::Drop`] still drops what waits. Returns the frames that will not be
    /// written, so that the caller can free them without the lock.
    pub fn close(&mut self, reason: Disconnect, frame: Frame, rest: Unsent) -> VecDeque<Frame> {
        debug_assert_eq!(frame.kind(), FrameKind::Close);
        match &mut self.phase {
            Phase::Dead { .. } => return VecDeque::new(),
            Phase::Closing { rest: present, .. } if rest == Unsent::Drop => *present = rest,
            Phase::Closing { .. } => {}
            Phase::Open => {
                self.phase = Phase::Closing { reason, rest };
                self.waiting().goodbye = Some(frame);
            }
        }
        self.hand_to_writer();
        self.wake = true;
        match &mut self.waiting {
            Some(waiting) if rest == Unsent::Drop => waiting.drop_unstarted(),
            _ => VecDeque::new(),
        }
    }

    /// Marks the connection as dead; the caller hangs up. If an end has begun already, its reason
    /// stays. Returns the frames that will not be written, so that the caller can free them without
    /// the lock.
    pub fn fail(&mut self, reason: Disconnect) -> VecDeque<Frame> {
        self.phase = Phase::Dead { reason: self.end_reason().unwrap_or(reason) };
        self.hand_to_writer();
        self.wake = true;
        (self.messages_being_written, self.bytes_being_written) = (0, 0);
        self.waiting.take().map_or_else(VecDeque::new, |waiting| waiting.drop_all())
    }

    /// Returns the reason why the client is ending; `None`: it is not ending.
    pub fn end_reason(&self) -> Option<Disconnect> {
        match self.phase {
            Phase::Open => None,
            Phase::Closing { reason, .. } | Phase::Dead { reason } => Some(reason),
        }
    }

    // --- What the writer calls ---

    /// Returns the writer's next work; `None` while there is nothing to do, or while the hub or the
    /// door may write.
    pub fn take(&mut self) -> Option<Work> {
        if matches!(self.may_write, MayWrite::Hub | MayWrite::Door) {
            return None;
        }
        if matches!(self.phase, Phase::Dead { .. }) {
            return Some(Work::Dead);
        }
        let (frames, written) = self.next_batch();
        if !frames.is_empty() {
            return Some(Work::Batch { frames, written });
        }
        if self.end_reason().is_some() {
            return Some(Work::AllWritten);
        }
        self.may_write = MayWrite::Nobody;
        std::mem::take(&mut self.report_drained).then_some(Work::Drained)
    }

    /// Notes that the writer has completely written `messages` more messages of its batch. Returns
    /// what the writer does next.
    pub fn note_written(&mut self, messages: usize) -> AfterWrite {
        let (left, next) = match self.phase {
            Phase::Open | Phase::Closing { rest: Unsent::Send, .. } => {
                (self.messages_being_written.saturating_sub(messages), AfterWrite::Continue)
            }
            Phase::Closing { rest: Unsent::Drop, .. } | Phase::Dead { .. } => {
                (0, AfterWrite::DropRest)
            }
        };
        self.messages_being_written = left;
        if left == 0 {
            self.bytes_being_written = 0;
        }
        self.wake |= self.reader_waits && self.has_space();
        next
    }

    /// Queues a ping, which replaces an earlier ping that still waits. Does nothing if the client
    /// is ending.
    pub fn push_ping(&mut self, ping: Frame) {
        debug_assert_eq!(ping.kind(), FrameKind::Ping);
        if self.end_reason().is_none() {
            self.waiting().ping = Some(ping);
            self.hand_to_writer();
        }
    }

    /// Notes that the writer has written a ping at the time `at`. The client's time for its pong
    /// begins at `at`, not when the ping was due. So a client does not lose time for its pong while
    /// the server is frozen.
    pub fn note_pinged(&mut self, at: Instant) {
        self.pinged_at = Some(at);
    }

    /// Notes that the writer has ended and writes nothing more. The writer may call this more than
    /// once.
    pub fn note_writer_ended(&mut self) {
        self.writer_ended = true;
        self.wake = true;
    }

    // --- What `Outbox` calls before it gives the lock back ---

    /// Returns whether the calls since the last `take_wake` have given a waiting thread something
    /// to do. The caller then wakes all threads that wait.
    #[must_use]
    pub fn take_wake(&mut self) -> bool {
        std::mem::take(&mut self.wake)
    }

    // --- Steps that several of these calls share ---

    /// If no thread may write now, lets the writer write what waits, and wakes it. Otherwise the
    /// thread that may write goes on with what waits, or hands it to the writer when it stops.
    fn hand_to_writer(&mut self) {
        if self.may_write == MayWrite::Nobody {
            self.may_write = MayWrite::Writer;
            self.wake = true;
        }
    }

    /// Ends the right of the hub or the door to write. If the writer now has work, it may write,
    /// and is woken. A reader that waits for space is woken, too, because the write may have made
    /// space.
    fn stop_writing(&mut self) {
        let has_work = self.waiting.is_some() || self.report_drained || self.end_reason().is_some();
        self.may_write = if has_work { MayWrite::Writer } else { MayWrite::Nobody };
        self.wake |= has_work || self.reader_waits;
    }

    /// Queues those messages of the hub's batch that have not been written, or only in part, except
    /// those that the client's end drops. `written` says how many bytes of the batch the socket has
    /// taken. Returns how many messages have not been written, or only in part, dropped or not.
    fn queue_rest(&mut self, batch: &[Frame], mut written: usize) -> usize {
        let whole = batch.iter().take_while(|frame| {
            let is_whole = frame.len() <= written;
            written -= if is_whole { frame.len() } else { 0 };
            is_whole
        });
        let mut left = &batch[whole.count()..];
        let unwritten = left.len();
        match self.phase {
            Phase::Dead { .. } => return unwritten,
            Phase::Closing { rest: Unsent::Drop, .. } => left = &left[..usize::from(written > 0)],
            Phase::Closing { .. } | Phase::Open => {}
        }
        if !left.is_empty() {
            // No other message waits: while a client is registered, only the hub pushes messages,
            // and the hub was sending until now.
            let waiting = self.waiting();
            waiting.messages.extend(left.iter().cloned());
            waiting.first_written = written;
        }
        unwritten
    }

    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    /// Takes the writer's next batch out of the queue; empty if nothing waits. The second value:
    /// how many bytes of its first frame are written already.
    fn next_batch(&mut self) -> (Vec<Frame>, usize) {
        let Some(waiting) = &mut self.waiting else { return (Vec::new(), 0) };
        let (frames, written) = waiting.next_batch();
        if waiting.is_empty() {
            self.waiting = None;
        }
        let messages = frames.iter().filter(|frame| frame.kind() == FrameKind::Message).count();
        self.messages_being_written += messages;
        if messages > 0 {
            self.bytes_being_written = frames.iter().map(Frame::len).sum();
        }
        (frames, written)
    }
}

// The server has one such state for each client, so it must be small: at most 64 bytes, the size of
// one line of the CPU's cache. It is not aligned to such a line, so it may lie in two of them.
const _: () = assert!(size_of::<OutboxState>() <= 64);

#[cfg(test)]
mod tests;
