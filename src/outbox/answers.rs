//! What an outbox is asked and what it answers, in words.
//!
//! Owns: the few types that the hub, the writer and the reader share with it.
//! Must not know: how an outbox keeps its promises.
//!
//! Next: `outbox/lane.rs`.

use super::frame::Frame;
use crate::disconnect::Disconnect;

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
