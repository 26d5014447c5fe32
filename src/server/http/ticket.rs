//! The ticket of an exchange with tiny_http. It is a note in memory that the door and the responder
//! share. It has what the bytes of the exchange cannot carry: the peer's IP address and port, and
//! what happens to the connection after the answer.
//!
//! A ticket lives for one exchange. Only one responder can take it, by its number. That responder
//! decides one time, before it has sent the whole answer. After the door has given up, the
//! responder's decision is late and refused. Then no browser gets the answer, and the connection
//! does not become a client's.
//!
//! Owns: the table of tickets that no responder has taken yet, at most one for each place for an
//! exchange; the header that carries a ticket's number.
//! Must not know: sockets, what the request asks for.
//!
//! Part: `server/http/mod.rs`.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use portable_atomic::AtomicU64;

use super::{response::Body, verdict::Verdict};

/// The header of a canonical request that carries the ticket's number.
pub const TICKET_HEADER: &str = "X-Threadbare-Ticket";

/// What a responder has decided about a request.
#[derive(Debug)]
pub struct Decision {
    /// The answer's status, and what becomes of the connection.
    pub verdict: Verdict,
    /// The answer's body, if it is too long to travel through tiny_http (see
    /// [`PRIVATE_BODY_BYTES_MAX`](crate::base::limits::PRIVATE_BODY_BYTES_MAX)); `None`: the body
    /// comes through tiny_http.
    pub body: Option<Body>,
}

#[derive(Debug)]
enum State {
    Issued,
    Taken,
    Decided(Decision),
    /// The door has given up, or has taken the decision out.
    Over,
}

#[derive(Debug)]
struct Ticket {
    peer: SocketAddr,
    state: Mutex<State>,
}

/// The tickets that no responder has taken yet.
#[derive(Debug, Default)]
pub struct Tickets {
    waiting: Mutex<HashMap<u64, Arc<Ticket>>>,
    count: AtomicU64,
    /// Makes numbers that other programs on this machine cannot guess.
    keys: RandomState,
}

impl Tickets {
    /// Makes a ticket for one exchange of this peer. Never blocks.
    pub(crate) fn issue(self: &Arc<Self>, peer: SocketAddr) -> Issued {
        let ticket = Arc::new(Ticket { peer, state: Mutex::new(State::Issued) });
        loop {
            let number = self.keys.hash_one(self.count.fetch_add(1, Ordering::Relaxed));
            if let Entry::Vacant(place) = self.waiting.lock().entry(number) {
                place.insert(Arc::clone(&ticket));
                return Issued { number, ticket, tickets: Arc::clone(self) };
            }
        }
    }

    /// Returns the responder's side of a ticket. `None` if there is no such ticket, or a responder
    /// has taken it, or its exchange has ended: then no door waits for an answer to the request.
    /// Never blocks.
    pub fn take(&self, number: u64) -> Option<Taken> {
        let ticket = self.waiting.lock().remove(&number)?;
        let mut state = ticket.state.lock();
        if !matches!(*state, State::Issued) {
            return None;
        }
        *state = State::Taken;
        drop(state);
        Some(Taken { ticket })
    }
}

/// The door's side of a ticket. Dropping it ends the ticket.
#[derive(Debug)]
pub(crate) struct Issued {
    number: u64,
    ticket: Arc<Ticket>,
    tickets: Arc<Tickets>,
}

impl Issued {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Ends the ticket and returns what the responder has decided. If a responder has taken the
    /// ticket and has not decided, returns the decision to answer with a 500.
    /// Returns `None` if no responder has taken it: then no responder ran, and the exchange may be
    /// repeated.
    pub(crate) fn finish(self) -> Option<Decision> {
        match std::mem::replace(&mut *self.ticket.state.lock(), State::Over) {
            State::Issued | State::Over => None,
            State::Taken => Some(Decision { verdict: Verdict::Answer(500), body: None }),
            State::Decided(decision) => Some(decision),
        }
    }
}

impl Drop for Issued {
    fn drop(&mut self) {
        self.tickets.waiting.lock().remove(&self.number);
        *self.ticket.state.lock() = State::Over;
    }
}

/// The responder's side of a ticket.
#[derive(Debug)]
pub struct Taken {
    ticket: Arc<Ticket>,
}

/// The error of a responder that decides too late: the door has given up.
#[derive(Debug, PartialEq, Eq)]
pub struct Late;

impl Taken {
    /// Returns the IP address and the port from which the request came to the door.
    pub fn peer(&self) -> SocketAddr {
        self.ticket.peer
    }

    /// Gives the door the responder's decision. The responder must call this before it sends the
    /// last byte of the answer. Otherwise the door could have the whole answer before the decision.
    /// Never blocks.
    ///
    /// # Errors
    /// The door has given up. No browser may get the answer.
    pub fn decide(self, decision: Decision) -> Result<(), Late> {
        let mut state = self.ticket.state.lock();
        match *state {
            State::Taken => {
                *state = State::Decided(decision);
                Ok(())
            }
            _ => Err(Late),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;

    use super::{Decision, Late, Tickets, Verdict};
    use crate::server::http::response::Response;
    use crate::server::http::verdict::Job;

    fn peer() -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 7).into()
    }

    struct Nothing;

    impl Job for Nothing {
        fn takes_a_place(&self) -> bool {
            false
        }

        fn run(self: Box<Self>) -> Response {
            Response::new(200, "")
        }
    }

    fn job() -> Decision {
        Decision { verdict: Verdict::Job(Box::new(Nothing)), body: None }
    }

    #[test]
    fn a_ticket_is_taken_once() {
        let tickets = Arc::new(Tickets::default());
        let issued = tickets.issue(peer());
        let taken = tickets.take(issued.number()).unwrap();
        assert_eq!(taken.peer(), peer());
        assert!(tickets.take(issued.number()).is_none());
        taken.decide(job()).unwrap();
        assert!(matches!(issued.finish().unwrap().verdict, Verdict::Job(_)));
    }

    #[test]
    fn a_late_verdict_is_refused() {
        let tickets = Arc::new(Tickets::default());
        let issued = tickets.issue(peer());
        let taken = tickets.take(issued.number()).unwrap();
        assert!(matches!(issued.finish().unwrap().verdict, Verdict::Answer(500)));
        assert_eq!(taken.decide(job()), Err(Late));
    }

    #[test]
    fn a_ticket_that_is_over_cannot_be_taken_and_leaves_nothing_behind() {
        let tickets = Arc::new(Tickets::default());
        let issued = tickets.issue(peer());
        let number = issued.number();
        assert!(issued.finish().is_none(), "untaken: the exchange may be repeated");
        assert!(tickets.take(number).is_none());
        assert!(tickets.waiting.lock().is_empty());
    }

    #[test]
    fn numbers_do_not_tell_the_next_one() {
        let tickets = Arc::new(Tickets::default());
        let (one, two) = (tickets.issue(peer()), tickets.issue(peer()));
        assert!(one.number().abs_diff(two.number()) > 1_000_000);
    }
}
