//! The outbox without its lock: one client's queue and phase, as plain data.
//!
//! Owns: every rule of the outbox, and the order of what waits. All of it is a pure state
//! machine: no call here waits, sleeps, or touches a socket or a clock.
//! Must not know: threads, locks, sockets.
//!
//! Next: `outbox/berth.rs`.

use std::collections::VecDeque;

use super::frame::{Frame, FrameKind};
use crate::disconnect::Disconnect;
use crate::limits;

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It will be sent, in order.
    Queued,
    /// Nothing waits before it: the caller sends it now, and then settles.
    Lent,
    /// It would go over the bound: none of it was queued.
    Full,
    /// The client is ending: it was dropped.
    Ended,
}

/// What the queue is worth when a close comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Everything that waits is sent before the close frame.
    Send,
    /// Only a frame whose first byte is out is finished.
    Drop,
}

/// What the writer gets when it asks for work.
#[derive(Debug, PartialEq, Eq)]
pub enum Work {
    /// Frames to write, in this order; so many bytes of the first are out.
    Batch(Vec<Frame>, usize),
    /// Nothing is unsent any more, and the hub wanted to know.
    Drained,
    /// All was said, the close frame too.
    Said(Disconnect),
    /// The line is dead; nothing more can be said.
    Dead(Disconnect),
}

/// What the holder of a batch does after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Write on.
    On,
    /// Finish the frame whose first byte is out, drop the others.
    Cut,
}

/// One client's waiting frames and what may still become of them.
///
/// Small, because the hub looks at every lane for every message: what waits is
/// apart, and nearly always nothing does.
#[derive(Debug)]
pub struct Lane {
    phase: Phase,
    waiting: Option<Box<Waiting>>,
    /// Bytes of the oldest message that are out: it will be finished, whatever
    /// comes.
    started: usize,
    /// Messages that are being written: unsent like those that wait, so they
    /// count against the bound.
    messages_in_hand: usize,
    /// Bytes of the writer's batch, until it has sent all of that.
    bytes_in_hand: usize,
    messages_max: usize,
    /// The hub has a parcel in hand, or the door has the answer that makes the client; the
    /// writer keeps off until that is out.
    lent: bool,
    /// A reader waits for room; whoever makes room wakes it.
    reader_waits: bool,
    /// The hub wants to know when nothing is unsent.
    watched: bool,
}

/// Who may write, and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nobody writes and nothing waits.
    Idle,
    /// Frames are in somebody's hand, or the writer has been woken for them, or the lane is held.
    Busy,
    /// What is left goes out, then the close frame, then nothing; or, `cut`,
    /// only what has been started.
    Closing { reason: Disconnect, cut: bool },
    /// Nothing goes out any more.
    Dead { reason: Disconnect },
}

impl Lane {
    /// An empty lane that holds at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        assert!(messages_max > 0, "an outbox that holds nothing evicts everybody");
        Self {
            phase: Phase::Idle,
            waiting: None,
            started: 0,
            messages_in_hand: 0,
            bytes_in_hand: 0,
            lent: false,
            messages_max,
            reader_waits: false,
            watched: false,
        }
    }

    /// Messages that are not fully sent.
    pub fn unsent(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.messages.len()) + self.messages_in_hand
    }

    /// Bytes of the messages that wait.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.message_bytes())
    }

    /// Queues a parcel's messages, all or none. True: wake the writer.
    pub fn push(&mut self, parcel: &[Frame]) -> (Pushed, bool) {
        if self.end().is_some() {
            return (Pushed::Ended, false);
        }
        if self.unsent() + parcel.len() > self.messages_max {
            return (Pushed::Full, false);
        }
        self.waiting().messages.extend(parcel.iter().cloned());
        (Pushed::Queued, self.becomes_busy())
    }

    /// As [`push`](Self::push); but when nothing waits and nobody writes, the
    /// parcel is left to the caller, who sends what the socket takes at once.
    pub fn push_or_lend(&mut self, parcel: &[Frame]) -> (Pushed, bool) {
        if self.phase != Phase::Idle || parcel.len() > self.messages_max {
            return self.push(parcel);
        }
        debug_assert!(!self.watched, "whoever is idle is not watched");
        self.phase = Phase::Busy;
        self.lent = true;
        self.messages_in_hand = parcel.len();
        (Pushed::Lent, false)
    }

    /// The caller of [`push_or_lend`](Self::push_or_lend) has sent all but `parcel`, and of
    /// that the first `taken` bytes; the rest is the writer's. True: wake it.
    pub fn settle(&mut self, parcel: &[Frame], mut taken: usize) -> bool {
        self.lent = false;
        self.messages_in_hand = 0;
        let whole = parcel.iter().take_while(|frame| {
            let is_out = frame.len() <= taken;
            taken -= if is_out { frame.len() } else { 0 };
            is_out
        });
        let mut left = &parcel[whole.count()..];
        match self.phase {
            Phase::Dead { .. } => return true,
            Phase::Closing { cut: true, .. } => left = &left[..usize::from(taken > 0)],
            Phase::Closing { .. } | Phase::Idle | Phase::Busy => {}
        }
        if !left.is_empty() {
            self.started = taken;
            // Only the hub pushes messages, and it was busy: no other waits.
            self.waiting().messages.extend(left.iter().cloned());
        }
        if self.waiting.is_some() || self.end().is_some() {
            return true;
        }
        self.phase = Phase::Idle;
        self.reader_waits
    }

    /// Nobody writes until [`release`](Self::release); what is pushed waits. Only before the hub
    /// knows the lane, and while its writer sleeps.
    pub fn hold(&mut self) {
        debug_assert!(self.phase == Phase::Idle && !self.lent);
        self.phase = Phase::Busy;
        self.lent = true;
    }

    /// What was held may go out. True: wake the writer.
    pub fn release(&mut self) -> bool {
        self.lent = false;
        if self.waiting.is_some() || self.watched || self.end().is_some() {
            return true;
        }
        self.phase = Phase::Idle;
        self.reader_waits
    }

    /// Queues a pong; of too many the oldest goes. True: wake the writer.
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

    /// A ping is due; one that still waits is enough.
    pub fn push_ping(&mut self, ping: Frame) {
        debug_assert_eq!(ping.kind(), FrameKind::Ping);
        if self.end().is_none() {
            self.waiting().ping = Some(ping);
            self.becomes_busy();
        }
    }

    /// Begins the end. The first reason stays; a later [`Rest::Drop`] still
    /// shortens what is left. Gives back the messages that will not be sent, to
    /// be freed without the lock.
    pub fn close(&mut self, reason: Disconnect, frame: Frame, rest: Rest) -> VecDeque<Frame> {
        debug_assert_eq!(frame.kind(), FrameKind::Close);
        match &mut self.phase {
            Phase::Dead { .. } => return VecDeque::new(),
            Phase::Closing { cut, .. } => *cut |= rest == Rest::Drop,
            Phase::Idle | Phase::Busy => {
                self.phase = Phase::Closing { reason, cut: rest == Rest::Drop };
                self.waiting().goodbye = Some(frame);
            }
        }
        if rest == Rest::Drop { self.drop_what_waits() } else { VecDeque::new() }
    }

    /// Takes out the lines of logs that wait, but for one that has started: their
    /// client will be told them again. What a writer holds is sent. The second
    /// value: a reader waits for room and has to be woken.
    pub fn fall_behind(&mut self) -> (Vec<Frame>, bool) {
        let started = usize::from(self.started > 0);
        let waiting = self.waiting.as_mut();
        let lines = waiting.map_or_else(Vec::new, |waiting| waiting.take_log_lines(started));
        (lines, self.reader_waits && self.has_room())
    }

    /// Whether nothing is unsent. If something is, the writer gets
    /// [`Work::Drained`] as soon as that has changed, once.
    pub fn watch(&mut self) -> bool {
        let is_drained = self.phase == Phase::Idle;
        self.watched = !is_drained;
        is_drained
    }

    /// The line is dead. The first reason stays. Gives back what will not be
    /// sent, to be freed without the lock.
    pub fn fail(&mut self, reason: Disconnect) -> VecDeque<Frame> {
        if !matches!(self.phase, Phase::Dead { .. }) {
            let reason = self.end().unwrap_or(reason);
            self.phase = Phase::Dead { reason };
        }
        self.drop_the_hand();
        self.started = 0;
        let mut dropped = self.drop_what_waits();
        dropped.extend(self.waiting.take().and_then(|waiting| waiting.goodbye));
        dropped
    }

    /// Gives the writer its next batch; `None` while there is nothing to do.
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
            (Phase::Closing { reason, .. }, true) => Some(Work::Said(reason)),
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

    /// The holder of a batch has fully sent `messages` of its messages. The
    /// second value: a reader waits for room and has to be woken.
    pub fn sent(&mut self, messages: usize) -> (Go, bool) {
        self.messages_in_hand = self.messages_in_hand.saturating_sub(messages);
        if self.messages_in_hand == 0 {
            self.bytes_in_hand = 0;
        }
        let cut = match self.phase {
            Phase::Dead { .. } => true,
            Phase::Closing { cut, .. } => cut,
            Phase::Idle | Phase::Busy => false,
        };
        let wake = self.reader_waits && self.has_room();
        (if cut { Go::Cut } else { Go::On }, wake)
    }

    /// The holder has dropped what was left of its batch.
    pub fn dropped_rest(&mut self) {
        self.drop_the_hand();
    }

    /// For a reader before it takes one more message: `Some` once there is room,
    /// or the client is ending.
    pub fn room(&mut self) -> Option<()> {
        let answer = self.has_room() || self.end().is_some();
        self.reader_waits = !answer;
        answer.then_some(())
    }

    /// Why the client is ending, if it is.
    pub fn end(&self) -> Option<Disconnect> {
        match self.phase {
            Phase::Idle | Phase::Busy => None,
            Phase::Closing { reason, .. } | Phase::Dead { reason } => Some(reason),
        }
    }

    /// No more than a quarter of the bound is unsent, and not too many bytes.
    pub fn has_room(&self) -> bool {
        let bytes = self.waiting_bytes() + self.bytes_in_hand;
        self.unsent() <= self.messages_max / 4 && bytes <= limits::ROOM_LEFT_BYTES_MAX
    }

    fn drop_the_hand(&mut self) {
        self.messages_in_hand = 0;
        self.bytes_in_hand = 0;
    }

    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    /// Something waits now. True if nobody knew: the writer may be asleep.
    fn becomes_busy(&mut self) -> bool {
        let was_idle = self.phase == Phase::Idle;
        if was_idle {
            self.phase = Phase::Busy;
        }
        was_idle
    }

    /// What the writer is to do next; nothing if nothing waits.
    fn next_batch(&mut self, is_started: bool) -> Vec<Frame> {
        let Some(waiting) = &mut self.waiting else { return Vec::new() };
        let (batch, messages) = waiting.next_batch(is_started);
        if waiting.is_empty() {
            self.waiting = None;
        }
        self.messages_in_hand += messages;
        if messages > 0 {
            self.bytes_in_hand = batch.iter().map(Frame::len).sum();
        }
        batch
    }

    /// Everything but a started message and the close frame.
    fn drop_what_waits(&mut self) -> VecDeque<Frame> {
        let started = usize::from(self.started > 0);
        self.waiting.as_mut().map_or_else(VecDeque::new, |waiting| waiting.drop_all(started))
    }
}

/// Frames that wait; at least one, or a log's lines have just been taken out.
#[derive(Debug, Default)]
struct Waiting {
    /// What the hub has pushed, oldest first.
    messages: VecDeque<Frame>,
    /// Pongs; they go out between two messages, before the next one.
    pongs: VecDeque<Frame>,
    /// A ping that is due.
    ping: Option<Frame>,
    /// The close frame, behind all of them.
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

    /// A started message, then what may go between messages, then messages; and
    /// when nothing else is left, the close frame. The second value: how many of
    /// them are messages.
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

    /// Everything but the first `started` messages and the close frame.
    fn drop_all(&mut self, started: usize) -> VecDeque<Frame> {
        let mut dropped = self.messages.split_off(started.min(self.messages.len()));
        dropped.append(&mut self.pongs);
        dropped.extend(self.ping.take());
        dropped
    }

    /// The lines of logs behind the first `started` messages.
    fn take_log_lines(&mut self, started: usize) -> Vec<Frame> {
        let rest = self.messages.split_off(started.min(self.messages.len()));
        let (lines, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|frame| frame.place().is_some());
        self.messages.extend(others);
        lines
    }
}

// A started message and a ping beside them.
const _: () = assert!(limits::OUTBOX_PONGS_MAX + 2 <= limits::WRITE_FRAMES_MAX);

#[cfg(test)]
mod tests;
