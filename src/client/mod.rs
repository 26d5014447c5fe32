//! One client: a socket, two threads, an outbox.
//!
//! Next: `client/reader.rs`.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

/// Makes clients out of adopted sockets.
#[derive(Debug, Default)]
pub struct Clients {}

/// A place among the clients, its writer thread ready; dropping it gives all back.
#[derive(Debug)]
pub struct Seat {}

/// Why there is no seat for one more client.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// As many clients as the box or `--clients` allows.
    #[error("{0} people are here; this box holds no more")]
    Full(usize),
    /// The system has no thread to give.
    #[error("no thread for one more client: {0}")]
    NoThread(#[from] io::Error),
}

impl Clients {
    /// Takes a place and a writer thread, before the 101 is written: after it,
    /// nothing that a client needs can be missing. Never blocks.
    ///
    /// # Errors
    /// See [`NoSeat`]; the door answers 503.
    pub fn seat(&self, _socket: &Arc<TcpStream>, _peer: SocketAddr) -> Result<Seat, NoSeat> {
        Ok(Seat {})
    }
}

impl Seat {
    /// Turns the calling thread into the client's reader until the client ends.
    /// `arrived` holds bytes that came behind the request head.
    pub fn serve(self, _arrived: Vec<u8>) {}
}
