//! A door without HTTP: a client that connects sends lines and receives lines.
//!
//! Runs on thread `door`, one per connection, which becomes the client's reader. Blocks on: the
//! public socket.
//! Owns: how a connection on this port becomes a client, or is refused.
//! Must not know: what a line means.
//!
//! Room: `formats/hello/mod.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use tracing::Level;

use crate::admission::NoSeat;
use crate::base::{rate, socket};
use crate::formats::{Format, plain};
use crate::server::accept::{Stay, WayIn};
use crate::server::client::Clients;

/// Lets clients of the plain format in.
#[derive(Debug)]
pub struct LineDoor {
    clients: Arc<Clients<Format>>,
}

impl LineDoor {
    /// Makes a door for these clients.
    pub fn new(clients: Arc<Clients<Format>>) -> Self {
        Self { clients }
    }
}

impl WayIn for LineDoor {
    /// Never waits for the peer: takes a place for it or refuses it.
    fn serve(&self, socket: Arc<TcpStream>, peer: SocketAddr) -> Option<Stay> {
        match self.clients.seat(&socket, peer, Format::Plain) {
            Ok(seat) => Some(Box::new(move || seat.lines())),
            Err(reason) => {
                refuse(&socket, peer, &reason);
                None
            }
        }
    }

    fn busy_answer(&self) -> &'static [u8] {
        b"* this box is full; please try again in a few seconds\n"
    }
}

fn refuse(socket: &TcpStream, peer: SocketAddr, reason: &NoSeat) {
    if rate::admits(Level::WARN, "line refused") {
        tracing::warn!(%peer, %reason, "line refused");
    }
    socket::turn_away(socket, plain::note(&reason.to_string()).bytes());
}
