//! What an outbox holds at one moment, as the glass box shows it.
//!
//! Owns: the words for who may write and for the phase.
//! Must not know: who looks.
//!
//! Part: `server/outbox/state.rs`.

use super::{MayWrite, OutboxState, Phase};

/// What an outbox holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxContents {
    /// Messages that are not written, or only in part.
    pub unsent: usize,
    /// Most messages that may be unsent.
    pub bound: usize,
    /// Bytes of the messages that wait. Messages that the writer has taken do not count.
    pub waiting_bytes: usize,
    /// Which thread may write now: "nobody", "hub", "door" or "writer".
    pub may_write: &'static str,
    /// Whether the client is "open", "closing" or "dead".
    pub phase: &'static str,
}

impl OutboxState {
    /// Returns what the outbox holds now.
    pub fn look(&self) -> OutboxContents {
        OutboxContents {
            unsent: self.unsent(),
            bound: self.messages_max,
            waiting_bytes: self.waiting_bytes(),
            may_write: match self.may_write {
                MayWrite::Nobody => "nobody",
                MayWrite::Hub => "hub",
                MayWrite::Door => "door",
                MayWrite::Writer => "writer",
            },
            phase: match self.phase {
                Phase::Open => "open",
                Phase::Closing { .. } => "closing",
                Phase::Dead { .. } => "dead",
            },
        }
    }
}
