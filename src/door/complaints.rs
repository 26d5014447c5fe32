//! What the log says of a line besides its requests: a foreign page, a fault of ours.
//!
//! Owns: those two entries, and how often they are written.
//! Must not know: what is done about it.
//!
//! Next: `door/line.rs`.

use std::fmt::Debug;

use tracing::Level;

use super::Next;
use super::line::Line;
use super::request::Request;
use crate::limits;
use crate::rate;
use crate::words::Words;

/// A page of somebody else's wanted a WebSocket.
pub(super) fn foreign_origin(line: &Line, request: &Request, words: &Words) {
    if rate::admits(Level::WARN, "upgrade failed") {
        let origin = request.origin.as_deref().unwrap_or_default().chars();
        let origin: String = origin.take(limits::LOG_TEXT_BYTES_MAX).collect();
        tracing::warn!(peer = %line.peer, ?origin, "{}", words.upgrade_failed);
    }
}

/// A fault of ours: a route has said two things. The line is over.
pub(super) fn disagreement(status: u16, verdict: &dyn Debug) -> Next {
    tracing::error!(status, ?verdict, "verdict and answer disagree");
    Next::End
}
