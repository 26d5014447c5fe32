//! Connection path, step 2f: a door becomes a client.
//!
//! Runs on the door's thread. Blocks on: writing the answer, until its deadline.
//!
//! Owns: that everything which a client needs is taken before its answer is written,
//! and that whoever cannot stay is told why.
//! Must not know: what a client says.
//!
//! Next: `client/mod.rs`.

use tracing::Level;

use super::answer::{Answer, Connection};
use super::line::Line;
use super::refusal::Refusal;
use super::{Door, Next};
use crate::client::stream::Stream;
use crate::client::{NoSeat, Seat};
use crate::rate;
use crate::socket::{self, deadline::Deadline};
use crate::wire::Format;

/// As what a door goes on.
pub(super) enum Adoption {
    /// A WebSocket that speaks this; its answer is a 101.
    Socket(Format),
    /// A client that only listens; its answer goes on until the line ends.
    Stream(Box<Stream>),
}

impl Adoption {
    fn format(&self) -> Format {
        match self {
            Self::Socket(format) => *format,
            Self::Stream(stream) => stream.format,
        }
    }

    fn connection(&self) -> Connection {
        match self {
            Self::Socket(_) => Connection::Upgrade,
            Self::Stream(_) => Connection::Stream,
        }
    }
}

impl Door {
    /// Takes a seat and writes the answer. `None`: the line is over.
    #[inline(never)]
    pub(super) fn adopt(
        &self,
        line: &Line,
        answer: &Answer,
        adoption: &Adoption,
    ) -> Option<Box<Seat<Format>>> {
        match self.clients.seat(&line.socket, line.peer, adoption.format()) {
            Ok(seat) => {
                line.log(answer.status, "adopted");
                let deadline = Deadline::after(self.config.answer_wait);
                let mut bytes = answer.head(adoption.connection());
                bytes.extend_from_slice(answer.body());
                if line.write(&bytes, deadline).is_ok() {
                    return Some(seat);
                }
            }
            Err(reason) => drop(self.refuse_seat(line, &reason)),
        }
        socket::hang_up(&line.socket);
        None
    }

    #[cold]
    pub(super) fn refuse_seat(&self, line: &Line, reason: &NoSeat) -> Next {
        if rate::admits(Level::WARN, "upgrade failed") {
            tracing::warn!(peer = %line.peer, %reason, "{}", self.http.words().upgrade_failed);
        }
        let (refusal, people) = match reason {
            NoSeat::AddressFull(people) => (Refusal::AddressFull, *people),
            NoSeat::Full(people) => (Refusal::NoSeat, *people),
            NoSeat::NoThread(_) => (Refusal::NoSeat, self.clients.count()),
        };
        self.refuse_with(line, refusal, people, &[])
    }
}
