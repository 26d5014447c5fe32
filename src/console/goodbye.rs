//! Ends a conversation from any thread, in two steps: first a close frame, then a hang-up.
//!
//! Owns: the order of the two steps. The close frame is sent, and this side waits for the server's
//! answer. If the answer takes too long, the connection is hung up, which wakes the reader. A
//! reader that sleeps in `read` can be woken in no other way: a timeout that is set meanwhile only
//! counts from the next `read` on.
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

/// The means to end one conversation. Any thread may use it, any number of times.
#[derive(Clone)]
pub(super) struct Goodbye {
    connection: Arc<ServerConnection>,
    reader_ended: Receiver<Infallible>,
}

/// The reader holds this. Dropping it tells the threads in `Goodbye::say` that the reader has
/// ended.
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

    /// Closes the connection and waits until its reader has ended. Messages that still arrive may
    /// delay that. Blocks for at most [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT). Must not
    /// be called on the reader's own thread.
    pub(super) fn say(&self) {
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        self.connection.close(CloseCode::Normal);
        // The close frame may have to wait until the kernel has taken the typed lines before it. If
        // it does not leave in time, the hang-up below still ends the connection.
        self.connection.flush(deadline).ok();
        if self.reader_ended.recv_timeout(deadline.left()).is_err_and(|error| error.is_timeout()) {
            self.connection.hang_up();
        }
    }
}
