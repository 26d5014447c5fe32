//! The frames that wait in one outbox, and their order.
//!
//! Owns: what the writer's next batch holds, and which frames are taken out of the queue together.
//! Must not know: who writes, whether the client is ending.
//!
//! Part: `server/outbox/mod.rs`.

use std::collections::VecDeque;

use super::frame::Frame;
use crate::base::limits;

#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The messages that the hub has pushed, oldest first.
    pub(super) messages: VecDeque<Frame>,
    /// How many bytes of the oldest message have been written. If some have, the message is
    /// *started*: it will be finished, unless the connection dies.
    pub(super) first_written: usize,
    /// Pongs. They are written before the next message, but never in the middle of one.
    pub(super) pongs: VecDeque<Frame>,
    pub(super) ping: Option<Frame>,
    /// The close frame, if the client is ending. It is written last.
    pub(super) goodbye: Option<Frame>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.pongs.is_empty()
            && self.ping.is_none()
            && self.goodbye.is_none()
    }

    /// Returns the length of all waiting messages together, in bytes. A started message counts
    /// whole. Pongs, the ping and the close frame do not count.
    pub(super) fn message_bytes(&self) -> usize {
        self.messages.iter().map(Frame::len).sum()
    }

    /// Takes a batch in this order: the started message, then pongs and a ping, then other
    /// messages. If none of these waits, the batch is the close frame. The second value: how many
    /// bytes of the first frame are written already.
    pub(super) fn next_batch(&mut self) -> (Vec<Frame>, usize) {
        let written = std::mem::take(&mut self.first_written);
        let started = if written > 0 { self.messages.pop_front() } else { None };
        let controls = self.pongs.drain(..).chain(self.ping.take());
        let mut batch: Vec<_> = started.into_iter().chain(controls).collect();
        let messages = self.messages.len().min(limits::WRITE_FRAMES_MAX - batch.len());
        batch.extend(self.messages.drain(..messages));
        if batch.is_empty() {
            batch.extend(self.goodbye.take());
        }
        (batch, written)
    }

    pub(super) fn drop_all(mut self) -> VecDeque<Frame> {
        self.first_written = 0;
        let mut dropped = self.drop_unstarted();
        dropped.extend(self.goodbye);
        dropped
    }

    /// Takes all frames out of the queue, except a started message and the close frame, and returns
    /// them.
    pub(super) fn drop_unstarted(&mut self) -> VecDeque<Frame> {
        let mut dropped = self.unstarted_messages();
        dropped.append(&mut self.pongs);
        dropped.extend(self.ping.take());
        dropped
    }

    /// Takes the log lines out of the queue, except a started one, and returns them.
    pub(super) fn take_log_lines(&mut self) -> Vec<Frame> {
        let (lines, others): (Vec<_>, Vec<_>) =
            self.unstarted_messages().into_iter().partition(|frame| frame.position().is_some());
        self.messages.extend(others);
        lines
    }

    fn unstarted_messages(&mut self) -> VecDeque<Frame> {
        let started = usize::from(self.first_written > 0);
        self.messages.split_off(started.min(self.messages.len()))
    }
}

// One batch must have space for a started message, all pongs that may wait, and a ping.
const _: () = assert!(limits::OUTBOX_PONGS_MAX + 2 <= limits::WRITE_FRAMES_MAX);
