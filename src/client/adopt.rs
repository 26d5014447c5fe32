//! How the door hands its connection over to a client.
//!
//! Owns: what a client of a WebSocket needs before its answer's head is written. Other kinds
//! of clients have the same beside what is theirs.
//! Must not know: HTTP, addresses; a site decides which client a request is for.
//!
//! Next: `client/mod.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use super::{ClientFormat, Clients, Seat};
use crate::admission::NoSeat;
use crate::http::verdict::{Adopt, Connection, Seated};

/// A WebSocket that speaks this; its answer is a 101.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// Of whom it becomes one.
    pub clients: Arc<Clients<F>>,
    /// What it speaks.
    pub format: F,
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

impl<F: ClientFormat> Seated for Seat<F> {
    fn serve(self: Box<Self>, arrived: Vec<u8>) {
        Seat::serve(self, arrived);
    }
}
