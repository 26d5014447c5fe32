//! Message path, step 4, of a client that only listens: a stream of events, of text, or
//! a page that never ends. What it says comes by other requests.
//!
//! Runs on thread `r-<id>`; it was the client's door before.
//! Blocks on: `read`, until the peer ends its side, the line breaks, or a hang-up.
//! Whoever vanishes without a word is found by the kernel, which has our signs of life
//! answered for nobody (`socket::prepare_for_stream`).
//! Owns: what a stream is asked for with; that nothing is heard on it.
//! Must not: write to the socket.
//!
//! Next: `client/writer.rs`.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::admission::NoSeat;
use crate::chat::core::{Aim, Newcomer, Visit, Visitor};
use crate::chat::request::Hello;
use crate::client::{Clients, Seat};
use crate::disconnect::Disconnect;
use crate::http::verdict::{Adopt, Connection, Seated};
use crate::hub::{Answer, Registered};
use crate::limits;
use crate::socket;
use crate::socket::deadline::{Timed, would_wait};
use crate::wire::Format;

/// What somebody wants to hear, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// How it is told.
    pub format: Format,
    /// Who it is, and the room, and how far that was seen.
    pub hello: Hello,
    /// The box's password was given, or there is none.
    pub is_admitted: bool,
}

/// A client that only listens; its answer is a 200 that goes on until it ends.
#[derive(Debug)]
pub struct AdoptStream {
    /// Of whom it becomes one.
    pub clients: Arc<Clients<Format>>,
    /// What it listens to.
    pub stream: Box<Stream>,
}

/// A stream with its seat.
struct Listener {
    seat: Box<Seat<Format>>,
    stream: Box<Stream>,
}

impl Adopt for AdoptStream {
    fn connection(&self) -> Connection {
        Connection::Stream
    }

    fn take_seat(
        self: Box<Self>,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
    ) -> Result<Box<dyn Seated>, NoSeat> {
        let seat = self.clients.seat(socket, peer, self.stream.format)?;
        Ok(Box::new(Listener { seat, stream: self.stream }))
    }
}

impl Seated for Listener {
    fn serve(self: Box<Self>, arrived: Vec<u8>) {
        let Self { seat, stream } = *self;
        seat.stream(stream, &arrived);
    }
}

impl Seat<Format> {
    /// Turns the calling thread into the reader of a client that only listens, until
    /// that ends.
    #[expect(clippy::boxed_local, reason = "by value it would be copied onto the client's stack")]
    pub fn stream(self: Box<Self>, stream: Box<Stream>, arrived: &[u8]) {
        let welcome = Answer::default();
        self.begin();
        let Stream { hello, is_admitted, .. } = *stream;
        let registered = match self.format {
            Format::File(_) => self.save(hello, is_admitted, welcome),
            _ => self.greet(hello, is_admitted, welcome),
        };
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                listen(&self.socket, arrived, self.config.pong_wait)
            }
            Err(reason) => *reason,
        };
        self.end(reason, None, registered.ok());
    }

    /// Whoever wants all of a room comes as one who looks at it.
    fn save(
        &self,
        hello: Hello,
        is_admitted: bool,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        socket::begin_file(&self.socket).map_err(|_| Disconnect::LineBroken)?;
        let who = hello.token.map_or(Visitor::Stranger, Visitor::Known);
        let place = hello.rooms.into_iter().next();
        let (aim, fresh, is_shown) = (Aim::Save, None, true);
        let visit = Visit { who, is_admitted, place, aim, fresh, is_shown, says: None };
        self.come_in(Newcomer::Visitor(Box::new(visit)), welcome)
    }
}

/// Blocks until the peer has no more to hear. It has nothing to say here, and
/// `arrived` counts as said.
fn listen(mut socket: &TcpStream, arrived: &[u8], patience: Duration) -> Disconnect {
    let mut said = arrived.len();
    let mut bytes = [0; 64];
    while said <= limits::STREAM_SAID_BYTES_MAX {
        if socket.bound_reads(patience).is_err() {
            return Disconnect::LineBroken;
        }
        match socket.read(&mut bytes) {
            Ok(0) => return Disconnect::PeerClosed,
            Ok(count) => said += count,
            Err(error) if would_wait(&error) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Disconnect::LineBroken,
        }
    }
    Disconnect::ProtocolViolation
}
