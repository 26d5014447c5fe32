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

use super::line::Line;
use super::{Door, Next, answer};
use crate::admission::NoSeat;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::http::verdict::{Adopt, Seated};
use crate::rate;
use crate::socket::{self, deadline::Deadline};

impl Door {
    /// Takes a seat and writes the answer. `None`: the line is over.
    pub(super) fn adopt(
        &self,
        line: &Line,
        response: &Response,
        adopt: Box<dyn Adopt>,
    ) -> Option<Box<dyn Seated>> {
        let connection = adopt.connection();
        match adopt.take_seat(&line.socket, line.peer) {
            Ok(seated) => {
                self.log(line, response.status, "adopted");
                let deadline = Deadline::after(self.config.answer_wait);
                let mut bytes = answer::head(response, connection);
                bytes.extend_from_slice(answer::body(response));
                if line.write(&bytes, deadline).is_ok() {
                    return Some(seated);
                }
            }
            Err(reason) => drop(self.refuse_seat(line, &reason)),
        }
        socket::hang_up(&line.socket);
        None
    }

    pub(super) fn refuse_seat(&self, line: &Line, reason: &NoSeat) -> Next {
        if rate::admits(Level::WARN, "upgrade failed") {
            tracing::warn!(peer = %line.peer, %reason, "{}", self.words.upgrade_failed);
        }
        let (refusal, people) = match reason {
            NoSeat::AddressFull(people) => (Refusal::AddressFull, *people),
            NoSeat::Full(people) => (Refusal::NoSeat, *people),
            NoSeat::NoThread(_) => (Refusal::NoSeat, self.admission.clients()),
        };
        self.refuse_with(line, refusal, people, &[])
    }
}
