//! How a conversation is ended from any thread: politely, then surely.
//!
//! Owns: the order of the two. A close frame goes out, and the server's is
//! awaited; when that takes too long the line is hung up, which wakes the
//! reader. A reader that sleeps in `read` can be woken in no other way: a
//! timeout that is set meanwhile counts from the next `read` on.
//! Must not know: why it ends.
//!
//! Next: `console/join.rs`.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use tungstenite::protocol::frame::coding::CloseCode;

use super::line::Line;
use crate::limits;
use crate::socket::deadline::Deadline;

/// The means to end one conversation. Anyone may, any number of times.
#[derive(Clone)]
pub(super) struct Goodbye {
    line: Arc<Line>,
    reader_ended: Receiver<Infallible>,
}

/// Held by the reader; when it is dropped, whoever says goodbye stops waiting.
pub(super) struct Reading {
    _reader_ended: Sender<Infallible>,
}

impl Goodbye {
    pub(super) fn new(line: Arc<Line>) -> (Self, Reading) {
        let (sender, reader_ended) = bounded(0);
        (Self { line, reader_ended }, Reading { _reader_ended: sender })
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// Closes the line and waits until its reader has ended, which what still
    /// comes may delay; blocks for
    /// [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT) at most. Never call it
    /// from the reader itself.
    pub(super) fn say(&self) {
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        self.line.close(CloseCode::Normal);
        // The close frame may wait for room behind what was typed. If it does
        // not leave in time, the hang-up ends the line all the same.
        self.line.flush(deadline).ok();
        if self.reader_ended.recv_timeout(deadline.left()).is_err_and(|error| error.is_timeout()) {
            self.line.hang_up();
        }
    }
}
