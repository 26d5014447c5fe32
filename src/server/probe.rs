//! One call before each of the usual waits of the spine (the common part of every server): it tells
//! an observer what a thread is about to wait for.
//!
//! Normally no probe is set, and each of these calls is a load and a branch. Tests set a probe
//! before the server starts, to make threads fail at these calls (`server/faults/mod.rs`).
//!
//! Owns: the list of those waits.
//! Must not know: who watches.
//!
//! Part: `server/mod.rs`.

use std::sync::OnceLock;

use crate::server::outbox::Frame;

/// What the calling thread is about to wait for. Each value belongs to one kind of thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait<'a> {
    /// The hub: its inboxes and its alarm.
    Select,
    /// A reader: its socket.
    Read,
    /// A reader: space in its own client's outbox, and then in the hub's inbox.
    Ask,
    /// A writer: its outbox.
    Take,
    /// A writer: its socket, with these frames.
    Write(&'a [Frame]),
}

static PROBE: OnceLock<fn(Wait<'_>)> = OnceLock::new();

/// Sets the function that is called before each wait, on the thread that is about to wait. Returns
/// false if one is set already.
pub fn set(probe: fn(Wait<'_>)) -> bool {
    PROBE.set(probe).is_ok()
}

/// Calls the probe, if one is set: the calling thread is about to wait.
pub fn before(wait: Wait<'_>) {
    if let Some(probe) = PROBE.get() {
        probe(wait);
    }
}
