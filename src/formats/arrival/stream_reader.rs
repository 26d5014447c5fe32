//! The reader (step 4 of the message path) of a client that only receives: a stream of events or of
//! text, a page that never ends, or a file. The person sends messages by other HTTP requests.
//!
//! Runs on thread `r-<id>`, which was the client's thread `door` before.
//! Blocks on: the hub's answer; then `read`, until the peer ends its side, sends too much, the
//! connection breaks, or another thread hangs up the socket. If a peer vanishes silently, the
//! kernel breaks the connection, because the peer does not acknowledge what is sent to it
//! (`socket::prepare_for_stream`).
//! Owns: what a request for a stream asks for, and the rule that no byte which the client sends on
//! the stream becomes a message.
//! Must not: write to the socket.
//!
//! Part: `formats/arrival/mod.rs`.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{register_newcomer, register_with_made_hello};
use crate::admission::NoSeat;
use crate::base::socket::{self, PublicSocket, deadline};
use crate::base::{disconnect::Disconnect, limits};
use crate::chat::core::{Newcomer, Visit, VisitPurpose, Visitor};
use crate::chat::request::Hello;
use crate::formats::Format;
use crate::server::client::{Clients, ReadSide, Seat};
use crate::server::http::verdict::{Adopt, ReservedSeat};
use crate::server::hub::{Membership, WelcomeChannel};

/// What a client wants to listen to, and in which format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The format in which the client listens.
    pub format: Format,
    /// Who the client is, the room, and how much of the room's log it has seen.
    pub hello: Hello,
    /// True if the client gave the server's password or the server has none.
    pub is_admitted: bool,
}

/// An HTTP request whose connection becomes a client that only listens. The answer is a 200. Its
/// body goes on until the client ends.
#[derive(Debug)]
pub struct AdoptStream {
    /// The server's clients, which this client joins.
    pub clients: Arc<Clients<Format>>,
    /// What the client wants to listen to.
    pub stream: Box<Stream>,
}

struct StreamClient {
    seat: Box<Seat<Format>>,
    stream: Box<Stream>,
}

struct Listening {
    stream: Box<Stream>,
    /// How many bytes came directly after the head of the client's HTTP request.
    arrived: usize,
}

impl Adopt for AdoptStream {
    fn reserve(
        self: Box<Self>,
        socket: &Arc<PublicSocket>,
        peer: SocketAddr,
    ) -> Result<Box<dyn ReservedSeat>, NoSeat> {
        let seat = self.clients.reserve(socket, peer, self.stream.format)?;
        Ok(Box::new(StreamClient { seat, stream: self.stream }))
    }
}

impl ReservedSeat for StreamClient {
    fn run(self: Box<Self>, arrived: Vec<u8>) {
        let Self { seat, stream } = *self;
        seat.run_with(&mut Listening { stream, arrived: arrived.len() });
    }
}

impl ReadSide<Format> for Listening {
    fn register(&mut self, seat: &Seat<Format>) -> Result<Membership, Disconnect> {
        let welcome = WelcomeChannel::default();
        let hello = std::mem::take(&mut self.stream.hello);
        match seat.format() {
            Format::File(_) => register_saver(seat, hello, self.stream.is_admitted, welcome),
            _ => register_with_made_hello(seat, Box::new(hello), self.stream.is_admitted, welcome),
        }
    }

    fn read_requests(&mut self, seat: &Seat<Format>) -> Disconnect {
        await_end(seat.socket(), self.arrived)
    }
}

/// Registers a client that saves a room's log as a file. In the core it is a visitor, which does
/// not enter the room. Blocks until the hub has answered.
///
/// # Errors
/// The reason why the client is not registered.
fn register_saver(
    seat: &Seat<Format>,
    hello: Hello,
    is_admitted: bool,
    welcome: WelcomeChannel,
) -> Result<Membership, Disconnect> {
    socket::begin_file(seat.socket()).map_err(|_| Disconnect::ConnectionBroken)?;
    let who = hello.token.map_or(Visitor::Stranger, Visitor::Known);
    let position = hello.rooms.into_iter().next();
    let (purpose, source) = (VisitPurpose::Save, hello.source);
    let (fresh, is_shown, says) = (None, true, None);
    let visit = Visit { who, is_admitted, position, purpose, fresh, is_shown, source, says };
    register_newcomer(seat, Newcomer::Visitor(Box::new(visit)), welcome)
}

/// Blocks until the peer ends the connection, or the connection breaks, or the peer has sent more
/// than `STREAM_SAID_BYTES_MAX` bytes, which is a fault. The bytes in `arrived` count, too. Returns
/// why the client ends.
fn await_end(socket: &PublicSocket, arrived: usize) -> Disconnect {
    let mut said = arrived;
    let mut bytes = [0; 64];
    while said <= limits::STREAM_SAID_BYTES_MAX {
        match deadline::read_by(socket, &mut bytes, None) {
            Ok(0) => return Disconnect::PeerClosed,
            Ok(count) => said += count,
            Err(_) => return Disconnect::ConnectionBroken,
        }
    }
    Disconnect::ProtocolViolation
}
