//! Ends a conversation from any thread, in two steps: first a close frame, then a hang-up.
//!
//! Owns: the order of the two steps. This side sends a close frame and waits for the server's
//! answer. If the answer takes too long, this side shuts down the socket, which wakes the reader.
//! Nothing else can wake a reader that sleeps in `read`: a timeout that is set during a `read` has
//! no effect before the next `read`.
//! Must not know: why the conversation ends.
//!
//! Part: `console/mod.rs`.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use tungstenite::protocol::frame::coding::CloseCode;

use super::connection::ServerConnection;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;

/// A handle with which any thread can end one conversation. It can be used any number of times.
#[derive(Clone)]
pub(super) struct Goodbye {
    connection: Arc<ServerConnection>,
    reader_ended: Receiver<Infallible>,
}

/// A value that the reader holds. When the reader drops it, the threads in `Goodbye::say` know that
/// the reader has ended.
pub(super) struct Reading {
    _reader_ended: Sender<Infallible>,
}

impl Goodbye {
    pub(super) fn new(connection: Arc<ServerConnection>) -> (Self, Reading) {
        let (sender, reader_ended) = bounded(0);
        (Self { connection, reader_ended }, Reading { _reader_ended: sender })
    }

    pub(super) fn connection(&self) -> &ServerConnection {
        &self.connection
    }

    /// Closes the connection and waits until its reader has ended. The reader first handles the
    /// messages that still arrive. Blocks for at most
    /// [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT). The reader's own thread must not call
    /// this.
    pub(super) fn say(&self) {
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        self.connection.close(CloseCode::Normal);
        // The kernel takes the close frame only after the typed lines before it. If the kernel does
        // not take the close frame in time, the hang-up below ends the connection nevertheless.
        self.connection.flush(deadline).ok();
        if self.reader_ended.recv_timeout(deadline.left()).is_err_and(|error| error.is_timeout()) {
            self.connection.hang_up();
        }
    }
}
