//! What a client speaks, as far as its reader and its writer need to know it.
//!
//! A format is a small value that is copied freely, one per client. Here it answers three
//! questions: who comes in, what a text asks for, and how a connection shows that it is alive. The
//! hub needs the other half of it (`server/hub/hub_format.rs`). The types of the answers are there,
//! because reader and writer only pass them on.
//!
//! Owns: that list of questions, and the answers that most WebSocket formats share.
//! Must not know: any format, any rule.
//!
//! The smallest format is `classic/format.rs`.
//!
//! Part: `server/client/mod.rs`.

use std::fmt::Debug;
use std::net::SocketAddr;

use super::Seat;
use super::reader::Conversation;
use crate::admission::Home;
use crate::server::disconnect::Disconnect;
use crate::server::hub::{HubFormat, Membership, WelcomeChannel};
use crate::server::outbox::Frame;

/// The other end of a connection, as far as a format may know it.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The peer's address.
    pub addr: SocketAddr,
    /// The address, or the IPv6 network, whose clients share one allowance; `None`: no limit holds
    /// for it.
    pub home: Option<Home>,
    /// The longest text of a message, in bytes.
    pub text_bytes_max: usize,
}

/// What one client speaks. No call here blocks, except [`open`](Self::open).
pub trait ClientFormat: HubFormat {
    /// What the format must know about the server when it lets a client in.
    type Settings: Debug + Send + Sync;

    /// Returns who comes in by opening a WebSocket and saying nothing. `None`: clients of this
    /// format come in by [`open`](Self::open).
    fn at_once(self, seat: &Seat<Self>) -> Option<Self::Newcomer>;

    /// Reads the hello of a client that must send one, and registers the client. Blocks until the
    /// hub has welcomed it. Not called for clients that [`at_once`](Self::at_once) lets in.
    ///
    /// # Errors
    /// Why the client ended instead.
    fn open(
        self,
        _seat: &Seat<Self>,
        _socket: &mut Conversation,
        _welcome: WelcomeChannel,
    ) -> Result<Membership, Disconnect> {
        Err(Disconnect::HelloMissed)
    }

    /// Returns what a text asks for. `None`: nothing.
    ///
    /// # Errors
    /// The text ends the client, for this reason.
    fn read(self, text: &str, peer: &Peer) -> Result<Option<Self::Request>, Disconnect>;

    /// Like [`read`](Self::read), but for a binary message. The classic servers do not look at a
    /// frame's type; but what they pass on is text, so it must be UTF-8.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    fn read_binary(self, bytes: &[u8], peer: &Peer) -> Result<Option<Self::Request>, Disconnect> {
        self.read(std::str::from_utf8(bytes).map_err(|_| Disconnect::NotUtf8)?, peer)
    }

    /// Returns the longest WebSocket message, in bytes, whose text has at most `text_bytes_max`
    /// bytes. Console clients send a line end with a text, which is trimmed later.
    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        text_bytes_max + "\r\n".len()
    }

    /// Returns whether the format uses WebSocket frames. If not, a client only listens, and only
    /// the kernel finds out whether its connection is dead.
    fn is_framed(self) -> bool {
        true
    }

    /// Returns a frame that shows that the connection is alive, or asks the client to show it.
    /// Proxies close a connection that is silent for long. `None`: the format has no such frame.
    fn ping(self) -> Option<Frame> {
        Some(Frame::ping())
    }
}
