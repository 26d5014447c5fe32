//! What a client speaks, as far as its reader and its writer need to know it.
//!
//! A format is a small value that is copied freely, one per client. A reader and a writer ask it
//! three questions: who registers, what a text asks for, and how a connection shows that it is
//! alive. The hub asks it other questions, which are in `server/hub/hub_format.rs`. That file also
//! has the types of all answers, because reader and writer only pass the answers on.
//!
//! Owns: the list of these three questions, and the answers that most WebSocket formats share.
//! Must not know: any format, any rule.
//!
//! The smallest format is `classic/format.rs`.
//!
//! Part: `server/client/mod.rs`.

use std::fmt::Debug;
use std::net::SocketAddr;

use super::Seat;
use super::reader::Conversation;
use crate::admission::ClientNetwork;
use crate::server::disconnect::Disconnect;
use crate::server::hub::{HubFormat, Membership, WelcomeChannel};
use crate::server::outbox::Frame;

/// The other end of a connection, as far as a format may know it.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The peer's IP address and port.
    pub addr: SocketAddr,
    /// The network whose clients are counted together for the limits; `None`: this peer does not
    /// have these limits.
    pub network: Option<ClientNetwork>,
    /// The longest text of a message, in bytes.
    pub text_bytes_max: usize,
}

/// What one client speaks. No call here blocks, except
/// [`register_by_hello`](Self::register_by_hello).
pub trait ClientFormat: HubFormat {
    /// What the format must know about the server when it registers a client.
    type Settings: Debug + Send + Sync;

    /// Returns what the rule must know about a client that has only opened a WebSocket. Such a
    /// client is registered early. `None`: clients of this format must send a hello, and are
    /// registered by [`register_by_hello`](Self::register_by_hello).
    fn newcomer_at_once(self, seat: &Seat<Self>) -> Option<Self::Newcomer>;

    /// Reads the hello of a client that must send one, and registers the client. Blocks until the
    /// hub has welcomed it. Not called for clients that were registered early.
    ///
    /// # Errors
    /// Why the client ended before it was registered.
    fn register_by_hello(
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
    /// The reason why the text ends the client.
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
    /// bytes. Console clients send a line end after the text. The server removes it later, so it
    /// does not count.
    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        text_bytes_max + "\r\n".len()
    }

    /// Returns whether the format uses WebSocket frames. If not, the client answers no pings, and
    /// only the kernel finds out whether its connection is dead.
    fn is_framed(self) -> bool {
        true
    }

    /// Returns a frame that shows that the connection is alive, or asks the client to show it.
    /// Proxies close a connection that is silent for long. `None`: the format has no such frame.
    fn ping(self) -> Option<Frame> {
        Some(Frame::ping())
    }
}
