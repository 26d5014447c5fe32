//! The hub's end of one client: the client's outbox and its socket.
//!
//! The client's seat gives one to the hub when it registers the client. The roster keeps it, and
//! each audience of the client has a clone. A *batch* ([`FrameBatch`]) is the messages that are
//! pushed together. If the client's writer rests, a push ends in a `send` on the socket; what the
//! socket does not take waits in the outbox for the writer (`server/outbox/mod.rs`).
//!
//! Owns: whether the hub or the writer sends a batch ([`FanOut`]).
//! Must not know: the client's number and format, other clients, what a message says.
//!
//! Next: `server/hub/handle.rs`.

use std::hint::black_box;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use crate::base::socket::{self, PublicSocket};
use crate::base::tls;
use crate::server::config::FanOut;
use crate::server::outbox::{ExpressSide, FrameBatch, OutboxSlot, Pushed};
use crate::server::{follow, instruments};

/// The connection to one client. While the outbox lets the hub write, the hub sends on the socket
/// without waiting. The hub can also hang up the socket; it never reads from it. A clone is cheap:
/// each audience has its own.
#[derive(Clone, Debug)]
pub struct ClientConnection {
    pub(super) outbox: OutboxSlot,
    socket: Arc<PublicSocket>,
}

impl ClientConnection {
    /// Makes the hub's end of the client that has this outbox and this socket.
    pub fn new(outbox: OutboxSlot, socket: Arc<PublicSocket>) -> Self {
        Self { outbox, socket }
    }

    /// Pushes all of the batch, or nothing. Never blocks.
    pub fn push(&self, fan_out: FanOut, batch: &FrameBatch) -> Pushed {
        follow::sends(batch.frames());
        let pushed = match fan_out {
            FanOut::Express => self.outbox.push_or_send(batch, self),
            FanOut::Writers => self.outbox.with(|state| state.push(batch.frames())),
        };
        follow::sent(batch.frames(), pushed);
        instruments::HUB.note_push(batch.frames().len(), pushed);
        pushed
    }

    /// Like [`push`](Self::push), but does nothing if much is still unsent to the client
    /// ([`OutboxState::has_space`](crate::server::outbox::OutboxState::has_space)). Never blocks.
    pub fn push_if_space(&self, fan_out: FanOut, batch: &FrameBatch) {
        if self.outbox.with(|state| state.has_space()) {
            self.push(fan_out, batch);
        }
    }

    /// Returns how many bytes wait in the client's outbox. Messages that its writer has taken do
    /// not count.
    pub fn waiting_bytes(&self) -> usize {
        self.outbox.with(|state| state.waiting_bytes())
    }

    /// Reads the memory that [`push`](Self::push) uses first. So that memory is in the cache when
    /// `push` runs. Never blocks.
    pub(super) fn prefetch(&self) {
        black_box(self.socket.as_fd().as_raw_fd());
        self.outbox.prefetch();
    }
}

impl ExpressSide for ClientConnection {
    fn send_now(&self, batch: &FrameBatch) -> io::Result<usize> {
        if self.socket.is_tls() {
            let bytes = &batch.bytes()[..batch.sealable(tls::SEALED_BYTES_MAX)];
            return if bytes.is_empty() { Ok(0) } else { self.socket.send_sealed_now(bytes) };
        }
        socket::express::send_now(&self.socket, batch.bytes())
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
