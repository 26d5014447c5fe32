//! What becomes of a connection after its answer: nothing, a job, or a client.
//!
//! ```text
//!  a route's answer ──▶ None   the next request
//!                   ──▶ Job    the door's thread runs it and gets another answer
//!                   ──▶ Adopt  the door's thread takes a seat, enters, writes the answer's
//!                              head, and serves the connection until its end
//! ```
//!
//! A route runs on one of a few threads that all pages wait for, so it never waits and
//! reserves nothing. Whatever has to wait (a page made of the hub's answers, a long poll,
//! a digest) is a job, and whatever a client needs is taken when it is adopted. So the
//! door knows neither pages nor clients, only these three traits.
//!
//! Owns: those traits.
//! Must not know: what a job does, what is said on an adopted connection.
//!
//! Next: `http/ticket.rs`.

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use super::response::Response;
use crate::admission::NoSeat;

/// What the door does with the connection after the answer.
#[derive(Default)]
pub enum Verdict {
    /// Keep it for the next request.
    #[default]
    None,
    /// Run this first; what it answers goes out, with what the answer at hand says besides.
    /// Not with a 101.
    Job(Box<dyn Job>),
    /// The door makes it a client's.
    Adopt(Box<dyn Adopt>),
}

/// What has to wait before there is an answer.
pub trait Job: Send {
    /// Whether it may wait so long that it takes a client's place meanwhile.
    fn takes_a_place(&self) -> bool;

    /// Runs on the door's thread, and blocks for as long as it says itself. Its verdict may
    /// be to adopt, but not another job.
    fn run(self: Box<Self>) -> Response;
}

/// What a connection can become.
pub trait Adopt: Send {
    /// What it is then, as the answer's head says it.
    fn connection(&self) -> Connection;

    /// Takes all that it needs, before the head is written: after it, nothing can be
    /// missing. Never blocks.
    ///
    /// # Errors
    /// There is no room; the peer is told so instead.
    fn take_seat(
        self: Box<Self>,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
    ) -> Result<Box<dyn Seated>, NoSeat>;
}

/// A connection that has all that it needs; dropping it gives that back, and may wait for the
/// hub if it has entered.
pub trait Seated {
    /// Registers it, if it comes in by this request alone: then whatever is said after the peer
    /// has its answer is for it, too. Nothing of that goes out before the answer does. Never
    /// blocks.
    fn enter(&mut self) {}

    /// Serves it on the calling thread until it ends. `arrived` came after the request.
    fn serve(self: Box<Self>, arrived: Vec<u8>);
}

/// What the head of an answer says about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Another request may follow.
    Keep,
    /// We close it after this.
    Close,
    /// It is no HTTP any more; with a 101 only.
    Upgrade,
    /// The body goes on until the connection ends; with a 200 only.
    Stream,
}

impl fmt::Debug for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Job(_) => "Job",
            Self::Adopt(_) => "Adopt",
        })
    }
}
