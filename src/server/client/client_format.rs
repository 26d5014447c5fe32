//! The interface of a format (what a client speaks), as far as the client's reader and writer use
//! it.
//!
//! A format is a small value that is copied freely, one per client. A client's *seat* (`seat.rs`)
//! is its place among the clients, with its socket, its outbox and its writer. The seat, the reader
//! and the writer ask a format questions of three kinds: how the client is registered, what a text
//! asks for, and how a connection shows that it is alive. The hub's questions to a format are in
//! `server/hub/hub_format.rs`. That file also defines the types of newcomers and requests, which
//! readers only pass on to the hub.
//!
//! Owns: the list of these questions, and the answers that most WebSocket formats share.
//! Must not know: any format, any rule.
//!
//! The smallest format is `classic/format.rs`.
//!
//! Next: `server/client/seat.rs`.
//! Part: `server/client/mod.rs`.

use std::fmt::Debug;
use std::net::SocketAddr;

use super::{Seat, reader::Conversation};
use crate::admission::ClientNetwork;
use crate::base::disconnect::Disconnect;
use crate::server::hub::{HubFormat, Membership, WelcomeChannel};
use crate::server::outbox::Frame;

/// The other end of a connection, as far as a format may know it.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The peer's IP address and port.
    pub addr: SocketAddr,
    /// The peer's network, for the limits on what all clients of one network do together, such as
    /// their pace. `None`: these limits do not hold for this peer. The limit for the number of
    /// clients is not one of them.
    pub network: Option<ClientNetwork>,
    /// How many bytes the text of one message may have; the same for all clients of the server.
    pub text_bytes_max: usize,
}

/// What one client speaks, as its reader and its writer use it. The functions that may block say
/// so.
pub trait ClientFormat: HubFormat {
    /// The type of what the format must know about the server when it registers a client.
    type Settings: Debug + Send + Sync;

    /// Returns one word for the format, by which the server counts its clients.
    fn word(self) -> &'static str;

    /// Returns what the rule must know about the client, if the format needs no hello for that.
    /// Such a client is registered early, before the door writes its answer. `None`: the reader
    /// registers the client later; on a WebSocket it calls
    /// [`register_by_hello`](Self::register_by_hello).
    fn newcomer_at_once(self, seat: &Seat<Self>) -> Option<Self::Newcomer>;

    /// Reads the hello of a client on a WebSocket, and registers the client. Blocks until the hub
    /// has welcomed the client, or the client ends. Not called for clients that were registered
    /// early.
    ///
    /// # Errors
    /// The reason why the client ends without being registered.
    fn register_by_hello(
        self,
        _seat: &Seat<Self>,
        _socket: &mut Conversation,
        _welcome: WelcomeChannel,
    ) -> Result<Membership, Disconnect> {
        Err(Disconnect::HelloMissed)
    }

    /// Returns the request in `text`, which the client has sent, for example as a WebSocket text
    /// message. `None`: the text asks for nothing. In some formats a text can contain secrets; then
    /// this blocks until their digests are made or refused.
    ///
    /// # Errors
    /// The text ends the client, for the reason that the error says.
    fn read(self, text: &str, peer: &Peer) -> Result<Option<Self::Request>, Disconnect>;

    /// Returns the request that a binary message of the client stands for. As the classic servers
    /// do, this server treats the message like a text message. Blocks as [`read`](Self::read) does.
    ///
    /// # Errors
    /// The bytes are not UTF-8, or [`read`](Self::read) returns an error for the text.
    fn read_binary(self, bytes: &[u8], peer: &Peer) -> Result<Option<Self::Request>, Disconnect> {
        self.read(std::str::from_utf8(bytes).map_err(|_| Disconnect::NotUtf8)?, peer)
    }

    /// Returns how many bytes a whole WebSocket message may have, if its text may have
    /// `text_bytes_max` bytes. By default a message may be two bytes longer: some clients send a
    /// line end after the text, and the server removes it later.
    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        text_bytes_max + "\r\n".len()
    }

    /// Returns whether the format uses WebSocket frames. If it does not, its clients answer no
    /// pings, and only the kernel finds out whether a silent connection is dead.
    fn is_framed(self) -> bool {
        true
    }

    /// Returns the ping that the writer sends at regular intervals; `None`: the format has no ping.
    /// Without pings, proxies would close a connection that is silent for long. A client on a
    /// WebSocket must answer these pings.
    fn ping(self) -> Option<Frame> {
        Some(Frame::ping())
    }
}
