//! A door without HTTP: whoever connects types lines and reads lines.
//!
//! Runs on thread `door`, one per connection, which becomes the client's reader. Blocks on:
//! the public socket.
//! Owns: who may come in by it.
//! Must not know: what a line means.
//!
//! Next: `greeting/lines.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use tracing::Level;

use crate::accept::{Stay, WayIn};
use crate::admission::NoSeat;
use crate::client::Clients;
use crate::rate;
use crate::socket;
use crate::wire::{Format, plain};

/// The way in for plain lines.
#[derive(Debug)]
pub struct LineDoor {
    clients: Arc<Clients<Format>>,
}

impl LineDoor {
    /// A door to these clients.
    pub fn new(clients: Arc<Clients<Format>>) -> Self {
        Self { clients }
    }
}

impl WayIn for LineDoor {
    /// Blocks for no peer: it takes a place, or says no.
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
