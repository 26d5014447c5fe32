//! How the door hands its connection over: the two kinds of client that a request can
//! become.
//!
//! Owns: what each needs before its answer's head is written.
//! Must not know: HTTP, addresses; a site decides which of them a request is for.
//!
//! Next: `client/mod.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use super::stream::Stream;
use super::{ClientFormat, Clients, Seat};
use crate::admission::NoSeat;
use crate::http::verdict::{Adopt, Connection, Seated};
use crate::wire::Format;

/// A WebSocket that speaks this; its answer is a 101.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// Of whom it becomes one.
    pub clients: Arc<Clients<F>>,
    /// What it speaks.
    pub format: F,
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

impl<F: ClientFormat> Adopt for AdoptSocket<F> {
    fn connection(&self) -> Connection {
        Connection::Upgrade
    }

    fn take_seat(
        self: Box<Self>,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
    ) -> Result<Box<dyn Seated>, NoSeat> {
        Ok(self.clients.seat(socket, peer, self.format)?)
    }
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

impl<F: ClientFormat> Seated for Seat<F> {
    fn serve(self: Box<Self>, arrived: Vec<u8>) {
        Seat::serve(self, arrived);
    }
}

impl Seated for Listener {
    fn serve(self: Box<Self>, arrived: Vec<u8>) {
        let Self { seat, stream } = *self;
        seat.stream(stream, &arrived);
    }
}
