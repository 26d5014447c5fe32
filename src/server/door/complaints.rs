//! What the log says about a connection besides its requests: a page of another site, a fault of
//! ours.
//!
//! Owns: those two entries, and how often they are written.
//! Must not know: what is done about it.
//!
//! Room: `server/door/mod.rs`.

use std::fmt::Debug;

use tracing::Level;

use super::Next;
use super::door_socket::DoorSocket;
use super::request::CanonicalRequest;
use crate::base::limits;
use crate::base::rate;
use crate::base::words::LogWords;

/// Logs that a page of another site asked for a WebSocket.
pub(super) fn foreign_origin(
    connection: &DoorSocket,
    request: &CanonicalRequest,
    words: &LogWords,
) {
    if rate::admits(Level::WARN, "upgrade failed") {
        let origin = request.origin.as_deref().unwrap_or_default().chars();
        let origin: String = origin.take(limits::LOG_TEXT_BYTES_MAX).collect();
        tracing::warn!(peer = %connection.peer, ?origin, "{}", words.upgrade_failed);
    }
}

/// Logs a fault of ours: a route's status and verdict contradict each other. The connection ends.
pub(super) fn disagreement(status: u16, verdict: &dyn Debug) -> Next {
    tracing::error!(status, ?verdict, "verdict and answer disagree");
    Next::End
}
