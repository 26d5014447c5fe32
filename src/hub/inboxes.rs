//! What waits for the hub.
//!
//! Owns: the receiving ends, and the one place where the hub blocks.
//! Must not know: what becomes of anything.
//!
//! Next: `hub/clock.rs`.

use std::time::Instant;

use crossbeam_channel::{Receiver, RecvError, at, never, select};

use super::handle::{Asked, Departure, Registration};
use crate::client::ClientFormat;
use crate::history::Outcome;

pub(super) struct Inboxes<F: ClientFormat> {
    pub(super) registrations: Receiver<Box<Registration<F>>>,
    pub(super) departures: Receiver<Departure>,
    pub(super) broadcasts: Receiver<Asked<F>>,
    /// What became of what the history was asked to do.
    pub(super) outcomes: Receiver<Outcome>,
}

/// What one round found waiting.
pub(super) struct Round<F: ClientFormat> {
    pub(super) joiner: Option<Box<Registration<F>>>,
    pub(super) first_asked: Option<Asked<F>>,
    pub(super) departures: Vec<Departure>,
    pub(super) outcome: Option<Outcome>,
}

impl<F: ClientFormat> Inboxes<F> {
    /// Blocks until there is something, or until `alarm`.
    ///
    /// # Errors
    /// Nobody is left who could say anything.
    pub(super) fn wait(&self, alarm: Option<Instant>) -> Result<Round<F>, RecvError> {
        let alarm = alarm.map_or_else(never, at);
        let mut round =
            Round { joiner: None, first_asked: None, departures: Vec::new(), outcome: None };
        select! {
            recv(self.registrations) -> joiner => round.joiner = Some(joiner?),
            recv(self.departures) -> leaver => round.departures.push(leaver?),
            recv(self.broadcasts) -> asked => round.first_asked = Some(asked?),
            recv(self.outcomes) -> outcome => round.outcome = Some(outcome?),
            recv(alarm) -> _ => {}
        }
        // As many as wait now; more may come meanwhile, and have their round.
        for _ in 0..self.departures.len() {
            round.departures.extend(self.departures.try_recv());
        }
        Ok(round)
    }
}
