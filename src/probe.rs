//! One call before each call that may block: where a thread of the spine is about to wait.
//!
//! Nobody looks unless somebody says so, once, before the server starts: then each of these
//! calls is a load and a branch. Tests make things go wrong here (`faults/mod.rs`).
//!
//! Owns: the list of those places.
//! Must not know: who looks.
//!
//! Next: `threads/mod.rs`.

use std::sync::OnceLock;

use crate::outbox::Frame;

/// What the calling thread is about to block on; its name says whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait<'a> {
    /// The hub: its inboxes and its alarm.
    Select,
    /// A reader: its socket.
    Read,
    /// A reader: room in its own client's outbox, and then in the hub's inbox.
    Ask,
    /// A writer: its outbox.
    Take,
    /// A writer: its socket, with these frames.
    Write(&'a [Frame]),
}

static PROBE: OnceLock<fn(Wait<'_>)> = OnceLock::new();

/// From here on `probe` is called before each wait, on the thread that is to wait. False: another
/// one is there already.
pub fn set(probe: fn(Wait<'_>)) -> bool {
    PROBE.set(probe).is_ok()
}

/// The calling thread is about to wait.
pub fn before(wait: Wait<'_>) {
    if let Some(probe) = PROBE.get() {
        probe(wait);
    }
}
