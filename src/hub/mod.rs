//! Message path, step 5: the hub, one thread through which everything goes.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes, the rule's own, and the next alarm (a
//! hang-up, or what the rule wants to be woken for);
//! and on nothing else: not on a socket, not on a full queue.
//! Owns: the order in which things happen.
//! Must not know: what comes of them; the rule decides (`hub/rule.rs`). Frames of clients,
//! HTTP, files.
//!
//! Next: `hub/start.rs`.

mod audience;
mod clock;
mod everybody;
pub mod handle;
mod listeners;
mod member;
pub mod pulse;
mod roster;
mod rule;
mod start;

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvError, at, never, select};

use crate::probe::{self, Wait};
pub use audience::Audience;
use clock::Clock;
pub use clock::Now;
pub use everybody::Everybody;
pub use handle::{Answer, ClientId, HubHandle, Registered};
use handle::{Asked, Departure, Registration};
pub use member::ClientLine;
use pulse::Pulse;
pub use roster::Roster;
pub use rule::{Event, Rule};
pub use start::spawn;

// --- One round of the hub -----------------------------------------------------------------
//
// Everything that happens in a chat happens on this thread, in rounds: `select!` sleeps until
// one of the inboxes has something, and then the round takes what there is, in this order:
//
//   1. what was asked, as much as waited when the round began;
//   2. those who leave;  3. one who comes;  4. what the rule hears from elsewhere.
//
// Each is one event for the rule, which acts at once; so do two moments of the round: after
// what was asked, and at its end. That is when a rule pushes what it has noted, each client
// one batch.
//
// `select!` picks at random among inboxes that are ready. Without this order the last words of a
// client would sometimes come after its leaving, and be dropped. The inbox of requests is
// counted and not emptied: while people talk without a pause it would never be empty.

struct Hub<R: Rule> {
    registrations: Receiver<Box<Registration<R::Format>>>,
    departures: Receiver<Departure>,
    broadcasts: Receiver<Asked<R::Format>>,
    /// The rule's own.
    signals: Receiver<R::Signal>,
    rule: R,
    clock: Clock,
    pulse: Arc<Pulse>,
}

/// What one round found waiting.
struct Round<R: Rule> {
    first_asked: Option<Asked<R::Format>>,
    departures: Vec<Departure>,
    joiner: Option<Box<Registration<R::Format>>>,
    signal: Option<R::Signal>,
}

impl<R: Rule> Hub<R> {
    /// Runs until it was told to stop and everyone has left, or until nobody
    /// has a handle any more.
    fn run(&mut self) {
        while !self.rule.is_over() {
            let alarm = self.next_alarm();
            let Ok(round) = self.wait(alarm) else { break };
            self.pulse.begin();
            self.play(round);
            self.rule.roster().hang_up_overdue(Instant::now());
            self.pulse.end();
        }
        self.pulse.stop();
    }

    /// When there is something to do though nobody has said anything.
    fn next_alarm(&mut self) -> Option<Instant> {
        let rules = self.rule.alarm().map(|at| self.clock.instant(at));
        [rules, self.rule.roster().next_hang_up()].into_iter().flatten().min()
    }

    /// Blocks until there is something, or until `alarm`.
    ///
    /// # Errors
    /// Nobody is left who could say anything.
    fn wait(&self, alarm: Option<Instant>) -> Result<Round<R>, RecvError> {
        let alarm = alarm.map_or_else(never, at);
        probe::before(Wait::Select);
        let mut round =
            Round { first_asked: None, departures: Vec::new(), joiner: None, signal: None };
        select! {
            recv(self.registrations) -> joiner => round.joiner = Some(joiner?),
            recv(self.departures) -> leaver => round.departures.push(leaver?),
            recv(self.broadcasts) -> asked => round.first_asked = Some(asked?),
            recv(self.signals) -> signal => round.signal = Some(signal?),
            recv(alarm) -> _ => {}
        }
        // As many as wait now; more may come meanwhile, and have their round.
        for _ in 0..self.departures.len() {
            round.departures.extend(self.departures.try_recv());
        }
        Ok(round)
    }

    fn play(&mut self, round: Round<R>) {
        let now = self.clock.now();
        let Self { broadcasts, rule, .. } = self;
        let more_asked = (0..broadcasts.len()).filter_map(|_| broadcasts.try_recv().ok());
        for Asked { client, request } in round.first_asked.into_iter().chain(more_asked) {
            rule.step(now, Event::Asked(client, request));
        }
        rule.step(now, Event::AllAsked);
        for departure in round.departures {
            match departure {
                Departure::Left(client, _forgotten) => rule.step(now, Event::Left(client)),
                Departure::Drained(client) => rule.step(now, Event::Drained(client)),
                Departure::Everyone => rule.step(now, Event::Stopping),
            }
        }
        if let Some(joiner) = round.joiner {
            let (client, newcomer) = rule.roster().hold(*joiner);
            rule.step(now, Event::Registered(client, newcomer));
        }
        if let Some(signal) = round.signal {
            rule.step(now, Event::Signal(signal));
        }
        rule.step(now, Event::RoundEnds);
    }
}
