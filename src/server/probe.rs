//! A call that the hub, the readers and the writers make before certain waits. It tells an observer
//! what the thread is about to wait for.
//!
//! Normally no probe is set, and each of these calls is a load and a branch. A program that is
//! built for tests with the feature `faults` sets one, to make threads fail at these calls
//! (`server/faults/mod.rs`).
//!
//! Owns: the list of these waits.
//! Must not know: who watches.
//!
//! Part: `server/mod.rs`.

use std::sync::OnceLock;

use crate::server::outbox::Frame;

/// What the calling thread is about to wait for. Each value belongs to one kind of thread. Some
/// waits have no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait<'a> {
    /// The hub waits for its inboxes and its alarm.
    Select,
    /// A reader waits for bytes from its socket.
    Read,
    /// A reader waits for space in its own client's outbox, and then in the hub's inbox of
    /// requests.
    Ask,
    /// A writer waits for work from its outbox.
    Take,
    /// A writer is about to write these frames, and waits until its socket takes bytes of them.
    Write(&'a [Frame]),
}

static PROBE: OnceLock<fn(Wait<'_>)> = OnceLock::new();

/// Sets the probe: the function that [`before`] calls. Returns false if a probe is set already.
pub fn set(probe: fn(Wait<'_>)) -> bool {
    PROBE.set(probe).is_ok()
}

/// Calls the probe, if one is set. A thread calls this when it is about to wait for `wait`.
pub fn before(wait: Wait<'_>) {
    if let Some(probe) = PROBE.get() {
        probe(wait);
    }
}
