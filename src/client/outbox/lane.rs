//! The outbox without its lock: one client's queue and phase, as plain data.
//!
//! Owns: every rule of the outbox. All of it is a pure state machine: no call
//! here waits, sleeps, or touches a socket or a clock.
//! Must not know: threads, locks, sockets.
//!
//! Next: `client/outbox/monitor.rs`.

use std::collections::VecDeque;

use crate::disconnect::Disconnect;
use crate::limits;
use crate::wire::{Frame, FrameKind};

/// One client's waiting frames and what may still become of them.
#[derive(Debug)]
pub struct Lane {
    phase: Phase,
    /// Messages the hub has pushed and nobody has taken yet, oldest first.
    messages: VecDeque<Frame>,
    /// Pongs; they go out between two messages, before the next one.
    pongs: VecDeque<Frame>,
    /// A ping that is due.
    ping: Option<Frame>,
    /// Messages in the batch that is being written: unsent like the queue, so
    /// they count against the bound.
    messages_in_hand: usize,
    messages_max: usize,
    /// A reader waits for room; whoever makes room wakes it.
    reader_waits: bool,
}

/// Who may write, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// Nobody writes; the first push makes it busy.
    Idle,
    /// A batch is in somebody's hand.
    Busy,
    /// What is left goes out, then the close frame, then nothing.
    Closing { reason: Disconnect, frame: Option<Frame>, cut: bool },
    /// Nothing goes out any more.
    Dead { reason: Disconnect },
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It will be sent, in order.
    Queued,
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
    /// Frames to write, in this order.
    Batch(Vec<Frame>),
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

impl Lane {
    /// An empty lane that holds at most `messages_max` unsent messages.
    pub fn new(messages_max: usize) -> Self {
        assert!(messages_max > 0, "an outbox that holds nothing evicts everybody");
        Self {
            phase: Phase::Idle,
            messages: VecDeque::new(),
            pongs: VecDeque::new(),
            ping: None,
            messages_in_hand: 0,
            messages_max,
            reader_waits: false,
        }
    }

    /// Messages that are not fully sent.
    pub fn unsent(&self) -> usize {
        self.messages.len() + self.messages_in_hand
    }

    /// Queues a round's messages, all or none. The second value: a writer may
    /// be asleep and has to be woken.
    pub fn push(&mut self, round: &[Frame]) -> (Pushed, bool) {
        if self.end().is_some() {
            return (Pushed::Ended, false);
        }
        if self.unsent() + round.len() > self.messages_max {
            return (Pushed::Full, false);
        }
        self.messages.extend(round.iter().cloned());
        (Pushed::Queued, self.phase == Phase::Idle)
    }

    /// Queues a pong; of too many the oldest goes. True: wake the writer.
    pub fn push_pong(&mut self, pong: Frame) -> bool {
        debug_assert_eq!(pong.kind(), FrameKind::Pong);
        if self.end().is_some() {
            return false;
        }
        if self.pongs.len() == limits::OUTBOX_PONGS_MAX {
            self.pongs.pop_front();
        }
        self.pongs.push_back(pong);
        self.phase == Phase::Idle
    }

    /// A ping is due; one that still waits is enough.
    pub fn push_ping(&mut self) {
        if self.end().is_none() {
            self.ping = Some(Frame::ping());
        }
    }

    /// Begins the end. The first reason stays; a later [`Rest::Drop`] still
    /// shortens what is left. Gives back the frames that will not be sent, to
    /// be freed without the lock.
    pub fn close(&mut self, reason: Disconnect, frame: Frame, rest: Rest) -> VecDeque<Frame> {
        debug_assert_eq!(frame.kind(), FrameKind::Close);
        match &mut self.phase {
            Phase::Dead { .. } => return VecDeque::new(),
            Phase::Closing { cut, .. } => *cut |= rest == Rest::Drop,
            Phase::Idle | Phase::Busy => {
                let cut = rest == Rest::Drop;
                self.phase = Phase::Closing { reason, frame: Some(frame), cut };
            }
        }
        if rest == Rest::Drop { self.take_all() } else { VecDeque::new() }
    }

    /// The line is dead. The first reason stays.
    pub fn fail(&mut self, reason: Disconnect) -> VecDeque<Frame> {
        if !matches!(self.phase, Phase::Dead { .. }) {
            let reason = self.end().unwrap_or(reason);
            self.phase = Phase::Dead { reason };
        }
        self.messages_in_hand = 0;
        self.take_all()
    }

    /// Gives the writer its next batch; `None` while there is nothing to do.
    pub fn take(&mut self) -> Option<Work> {
        if let Phase::Dead { reason } = self.phase {
            return Some(Work::Dead(reason));
        }
        let batch = self.next_batch();
        match &mut self.phase {
            Phase::Dead { .. } => unreachable!("answered above"),
            Phase::Idle | Phase::Busy if batch.is_empty() => {
                self.phase = Phase::Idle;
                None
            }
            Phase::Idle | Phase::Busy => {
                self.phase = Phase::Busy;
                Some(Work::Batch(batch))
            }
            Phase::Closing { .. } if !batch.is_empty() => Some(Work::Batch(batch)),
            Phase::Closing { reason, frame, .. } => Some(match frame.take() {
                Some(close) => Work::Batch(vec![close]),
                None => Work::Said(*reason),
            }),
        }
    }

    /// The holder of a batch has fully sent `messages` of its messages. The
    /// second value: a reader waits for room and has to be woken.
    pub fn sent(&mut self, messages: usize) -> (Go, bool) {
        self.messages_in_hand = self.messages_in_hand.saturating_sub(messages);
        let cut = match &self.phase {
            Phase::Dead { .. } => true,
            Phase::Closing { cut, .. } => *cut,
            Phase::Idle | Phase::Busy => false,
        };
        let wake = self.reader_waits && self.has_room();
        (if cut { Go::Cut } else { Go::On }, wake)
    }

    /// The holder has dropped what was left of its batch.
    pub fn dropped_rest(&mut self) {
        self.messages_in_hand = 0;
    }

    /// For a reader before it takes one more message: `Some` once half the
    /// bound is free, or the client is ending.
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

    fn has_room(&self) -> bool {
        self.unsent() <= self.messages_max / 2
    }

    fn next_batch(&mut self) -> Vec<Frame> {
        let controls = self.pongs.drain(..).chain(self.ping.take());
        let mut batch: Vec<_> = controls.collect();
        let messages = self.messages.len().min(limits::WRITE_FRAMES_MAX - batch.len());
        self.messages_in_hand += messages;
        batch.extend(self.messages.drain(..messages));
        batch
    }

    fn take_all(&mut self) -> VecDeque<Frame> {
        let mut dropped = std::mem::take(&mut self.messages);
        dropped.append(&mut self.pongs);
        dropped.extend(self.ping.take());
        dropped
    }
}

const _: () = assert!(limits::OUTBOX_PONGS_MAX < limits::WRITE_FRAMES_MAX);

#[cfg(test)]
mod tests {
    use super::{Go, Lane, Pushed, Rest, Work};
    use crate::disconnect::Disconnect::{PeerClosed, ServerStopping, SlowConsumer, WriteFailed};
    use crate::limits;
    use crate::wire::{Frame, FrameKind};

    fn say(text: &str) -> Frame {
        Frame::text(text)
    }

    fn batch(lane: &mut Lane) -> Vec<Frame> {
        match lane.take() {
            Some(Work::Batch(frames)) => frames,
            other => panic!("expected a batch, got {other:?}"),
        }
    }

    #[test]
    fn b13_the_bound_counts_the_batch_in_hand_and_is_exact() {
        let mut lane = Lane::new(4);
        assert_eq!(lane.push(&[say("1"), say("2")]), (Pushed::Queued, true));
        assert_eq!(batch(&mut lane).len(), 2);
        assert_eq!(lane.push(&[say("3"), say("4")]), (Pushed::Queued, false));
        assert_eq!(lane.unsent(), 4);
        assert_eq!(lane.push(&[say("5")]), (Pushed::Full, false), "max + 1");
        assert_eq!(lane.sent(1), (Go::On, false));
        assert_eq!(lane.push(&[say("5")]), (Pushed::Queued, false), "max");
    }

    #[test]
    fn a_round_is_queued_whole_or_not_at_all() {
        let mut lane = Lane::new(2);
        assert_eq!(lane.push(&[say("1"), say("2"), say("3")]).0, Pushed::Full);
        assert_eq!(lane.unsent(), 0);
    }

    #[test]
    fn b16_after_the_close_frame_there_is_nothing() {
        let mut lane = Lane::new(8);
        lane.push(&[say("1")]);
        lane.close(ServerStopping, Frame::close(Some(1001)), Rest::Send);
        assert_eq!(lane.push(&[say("2")]).0, Pushed::Ended);
        assert_eq!(batch(&mut lane), [say("1")]);
        assert_eq!(batch(&mut lane), [Frame::close(Some(1001))]);
        assert_eq!(lane.take(), Some(Work::Said(ServerStopping)));
    }

    #[test]
    fn an_eviction_drops_the_queue_and_cuts_the_batch_in_hand() {
        let mut lane = Lane::new(8);
        lane.push(&[say("1"), say("2")]);
        assert_eq!(batch(&mut lane).len(), 2);
        lane.push(&[say("3")]);
        let dropped = lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
        assert_eq!(dropped, [say("3")]);
        assert_eq!(lane.sent(1).0, Go::Cut);
        lane.dropped_rest();
        assert_eq!(batch(&mut lane), [Frame::close(None)]);
        assert_eq!(lane.take(), Some(Work::Said(SlowConsumer)));
    }

    #[test]
    fn b15_the_first_reason_stays_and_a_second_close_only_shortens() {
        let mut lane = Lane::new(8);
        lane.push(&[say("1")]);
        lane.close(PeerClosed, Frame::close(Some(1000)), Rest::Send);
        let dropped = lane.close(SlowConsumer, Frame::close(None), Rest::Drop);
        assert_eq!(dropped, [say("1")]);
        assert_eq!(batch(&mut lane), [Frame::close(Some(1000))]);
        lane.fail(WriteFailed);
        assert_eq!(lane.take(), Some(Work::Dead(PeerClosed)));
        assert!(lane.close(SlowConsumer, Frame::close(None), Rest::Drop).is_empty());
    }

    #[test]
    fn pongs_go_first_and_of_a_flood_only_the_newest_stay() {
        let mut lane = Lane::new(8);
        lane.push(&[say("1")]);
        let pong = |number: u8| Frame::encoded(FrameKind::Pong, &[0x8a, 1, number]);
        for number in 0..100 {
            lane.push_pong(pong(number));
        }
        let frames = batch(&mut lane);
        assert_eq!(frames.len(), limits::OUTBOX_PONGS_MAX + 1);
        assert_eq!(frames[limits::OUTBOX_PONGS_MAX - 1], pong(99));
        assert_eq!(frames[limits::OUTBOX_PONGS_MAX], say("1"));
    }

    #[test]
    fn a_talker_waits_until_half_of_its_own_outbox_is_free() {
        let mut lane = Lane::new(4);
        lane.push(&[say("1"), say("2"), say("3")]);
        assert_eq!(lane.room(), None);
        assert_eq!(batch(&mut lane).len(), 3);
        assert_eq!(lane.sent(1), (Go::On, true), "two of four are unsent: the reader is woken");
        assert_eq!(lane.room(), Some(()));
    }
}
