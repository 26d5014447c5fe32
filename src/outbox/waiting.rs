//! The frames of an outbox that nobody has taken yet.
//!
//! Owns: their order: a started message first, pongs and a ping between two
//! messages, the close frame behind everything.
//! Must not know: phases, who sends.
//!
//! Next: `outbox/berth.rs`.

use std::collections::VecDeque;

use super::frame::Frame;
use crate::limits;

/// Frames that wait; at least one, or a log's lines have just been taken out.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// What the hub has pushed, oldest first.
    pub(super) messages: VecDeque<Frame>,
    /// Pongs; they go out between two messages, before the next one.
    pub(super) pongs: VecDeque<Frame>,
    /// A ping that is due.
    pub(super) ping: Option<Frame>,
    /// The close frame, behind all of them.
    pub(super) goodbye: Option<Frame>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
            && self.pongs.is_empty()
            && self.ping.is_none()
            && self.goodbye.is_none()
    }

    /// Bytes of the messages that wait.
    pub(super) fn message_bytes(&self) -> usize {
        self.messages.iter().map(Frame::len).sum()
    }

    /// A started message, then what may go between messages, then messages; and
    /// when nothing else is left, the close frame. The second value: how many of
    /// them are messages.
    pub(super) fn next_batch(&mut self, is_started: bool) -> (Vec<Frame>, usize) {
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
    pub(super) fn drop_all(&mut self, started: usize) -> VecDeque<Frame> {
        let mut dropped = self.messages.split_off(started.min(self.messages.len()));
        dropped.append(&mut self.pongs);
        dropped.extend(self.ping.take());
        dropped
    }

    /// The lines of logs behind the first `started` messages.
    pub(super) fn take_log_lines(&mut self, started: usize) -> Vec<Frame> {
        let rest = self.messages.split_off(started.min(self.messages.len()));
        let (lines, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|frame| frame.place().is_some());
        self.messages.extend(others);
        lines
    }
}

// A started message and a ping beside them.
const _: () = assert!(limits::OUTBOX_PONGS_MAX + 2 <= limits::WRITE_FRAMES_MAX);
