//! What becomes of a request and its connection: the door sends an answer and goes on, or it runs a
//! job first, or the connection becomes that of a client.
//!
//! ```text
//!  a route's answer ──▶ Answer   the next request, or the door closes the connection
//!                   ──▶ Job      the door's thread runs it and gets another answer
//!                   ──▶ Upgrade  the connection becomes a client's, in three steps:
//!                       Stream     reserve    a place among the clients, and a writer thread
//!                                  register   the client is made known to the hub
//!                                  run        the door's thread is the client's reader to its end
//! ```
//!
//! A route runs on one of a few threads that all pages share, so it waits for no client and not for
//! the hub, and reserves nothing. Work that has to wait (for the hub's answers, for news in a long
//! poll, or for the digest of a secret) is a job. What a client needs is reserved later, when the
//! door adopts the connection. All this goes through three traits, so the door knows neither pages
//! nor clients.
//!
//! Owns: the traits [`Job`], [`Adopt`] and [`ReservedSeat`].
//! Must not know: what a job does, what is said on an adopted connection.
//!
//! Next: `server/door/adopting.rs`.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::response::Response;
use crate::admission::NoSeat;
use crate::base::socket::PublicSocket;

/// What becomes of a request and its connection. A verdict also decides the answer's status, so
/// that verdict and status cannot contradict each other.
pub enum Verdict {
    /// The door sends the answer with this status, which is never 101. Then the next request
    /// follows, or the door closes the connection.
    Answer(u16),
    /// The door runs this job first. It sends the job's answer instead of the route's answer. It
    /// adds those headers of the route's answer that the job's answer does not have.
    Job(Box<dyn Job>),
    /// The door answers 101, and the connection becomes that of a client on a WebSocket. If the
    /// client gets no seat, the door sends a refusal instead.
    Upgrade(Box<dyn Adopt>),
    /// The door answers 200, and the connection becomes that of a client. The answer's body goes on
    /// until the connection ends. If the client gets no seat, the door sends a refusal instead. To
    /// a HEAD the door sends only the head.
    Stream(Box<dyn Adopt>),
}

impl Verdict {
    /// Returns the status of the answer. For a job this is 200, but the job makes another answer,
    /// with a status of its own.
    pub fn status(&self) -> u16 {
        match self {
            Self::Answer(status) => *status,
            Self::Upgrade(_) => 101,
            Self::Job(_) | Self::Stream(_) => 200,
        }
    }
}

/// Work that has to wait before there is an answer, so that the door's thread does it.
pub trait Job: Send {
    /// Returns whether the job may wait so long that the connection must have one of the places for
    /// clients meanwhile.
    fn takes_a_place(&self) -> bool;

    /// Returns the answer. Runs on the door's thread; each job's file says how long it blocks. The
    /// answer's verdict may make the connection a client's.
    fn run(self: Box<Self>) -> Response;
}

/// Makes a connection that of a client: the door reserves a seat, registers the client early if it
/// can, writes the answer, and runs the client.
pub trait Adopt: Send {
    /// Reserves a seat: a place among the clients, and a writer thread. The door calls this before
    /// it writes the answer, because after the answer it cannot refuse the client any more. Never
    /// waits for a peer or for the hub.
    ///
    /// # Errors
    /// There is no free place or no thread for the client. The door then sends a refusal instead of
    /// the answer.
    fn reserve(
        self: Box<Self>,
        socket: &Arc<PublicSocket>,
        peer: SocketAddr,
    ) -> Result<Box<dyn ReservedSeat>, NoSeat>;
}

/// A seat that is reserved for a connection. Dropping it frees the seat. After
/// [`register_early`](Self::register_early), dropping it may block until the hub has answered.
pub trait ReservedSeat {
    /// Sends the client's registration to the hub before the door writes the answer, if the request
    /// alone (without a hello) says enough about the client. Then the client misses nothing that is
    /// said to it after the peer has its answer. The hub's messages wait until the answer has been
    /// sent. Never blocks.
    fn register_early(&mut self) {}

    /// Runs the client: the calling thread is its reader, and registers it if that was not done
    /// early. The door must have written its answer. Blocks until the client has ended. `arrived`
    /// holds bytes that came after the request and that the door has read already.
    fn run(self: Box<Self>, arrived: Vec<u8>);
}

/// Shows only the status, because a job and an adoption have no text form.
impl fmt::Debug for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.status(), formatter)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Adopt, Arc, NoSeat, PublicSocket, ReservedSeat, SocketAddr};
    use crate::admission::NoClientPlace;

    /// Refuses every connection, because it never has a seat.
    pub(crate) struct NeverAdopts;

    impl Adopt for NeverAdopts {
        fn reserve(
            self: Box<Self>,
            _: &Arc<PublicSocket>,
            _: SocketAddr,
        ) -> Result<Box<dyn ReservedSeat>, NoSeat> {
            Err(NoClientPlace::Stopping.into())
        }
    }
}
