//! Message path, step 5: the hub, one thread through which everything goes.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes, the rule's own, and the next alarm (a
//! hang-up, or what the rule wants to be woken for);
//! and on nothing else: not on a socket, not on a full queue.
//! Owns: the order in which things happen, how the hub begins, and its two clocks.
//! Must not know: what comes of them; the rule decides (`hub/rule.rs`). Frames of clients,
//! HTTP, files.
//!
//! Next: `hub/rule.rs`.

mod audience;
mod everybody;
pub mod handle;
pub mod pulse;
mod roster;
mod rule;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvError, Sender, at, bounded, never, select, unbounded};

use crate::limits;
use crate::probe::{self, Wait};
use crate::threads;
pub use audience::Audience;
pub use everybody::Everybody;
pub use handle::{Answer, ClientId, HubHandle, Registered, Registering};
use handle::{Asked, Departure, Registration};
use pulse::Pulse;
pub use roster::{ClientLine, Roster};
pub use rule::{Event, Rule};

// --- One round of the hub -----------------------------------------------------------------
//
// Everything that happens in a chat happens on this thread, in rounds: `select!` sleeps until
// one of the inboxes has something, and then the round takes what there is, in this order:
//
//   1. those who come;
//   2. what was asked, as much as waited when the leavers had been taken from their inbox;
//   3. those who leave;  4. what the rule hears from elsewhere.
//
// The hub gives each of these to the rule as one event. Two more events are moments: no more
// requests come for now, and the round ends. A rule can note what it will tell, and push it to
// each client in one batch at these moments.
//
// `select!` picks at random among inboxes that are ready. Without this order the last words of a
// client would sometimes come after its leaving, and be dropped: so leavers are taken from their
// inbox before the requests are counted, and the rule hears of them after those. The inbox of
// requests is counted and not emptied: while people talk without a pause it would never be empty.
//
// A door does not wait for the hub before it writes a 101: it sends the registration, and that
// must be enough for the newcomer to hear whatever happens later. So the hub takes a request or a
// leaver from its inbox, then looks for newcomers, and then gives the request or the leaver to the
// rule. A client that registered before the request was sent waits in the inbox of registrations
// by then.
//
//   door of Bo   register(Bo) ──▶ 101 to Bo ─ ─ ─▶ Bo tells Ann by telephone; Ann says "hello"
//   hub                                                 takes "hello"; finds Bo; lets Bo in;
//                                                       tells "hello" to Ann and Bo

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
    first_newcomer: Option<Box<Registration<R::Format>>>,
    first_asked: Option<Asked<R::Format>>,
    departures: Vec<Departure>,
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
            Round { first_newcomer: None, first_asked: None, departures: Vec::new(), signal: None };
        select! {
            recv(self.registrations) -> newcomer => round.first_newcomer = Some(newcomer?),
            recv(self.broadcasts) -> asked => round.first_asked = Some(asked?),
            recv(self.departures) -> leaver => round.departures.push(leaver?),
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
        let Self { registrations, broadcasts, rule, .. } = self;
        if let Some(newcomer) = round.first_newcomer {
            let_in(rule, now, *newcomer);
        }
        let mut give = |event| {
            let_in_who_waits(registrations, rule, now);
            rule.step(now, event);
        };
        let more_asked = (0..broadcasts.len()).filter_map(|_| broadcasts.try_recv().ok());
        for Asked { client, request } in round.first_asked.into_iter().chain(more_asked) {
            give(Event::Asked(client, request));
        }
        give(Event::AllAsked);
        for departure in round.departures {
            match departure {
                // The reader waits until `_forgotten` is dropped, after the event.
                Departure::Left(client, _forgotten) => give(Event::Left(client)),
                Departure::Drained(client) => give(Event::Drained(client)),
                Departure::Everyone => give(Event::Stopping),
            }
        }
        if let Some(signal) = round.signal {
            give(Event::Signal(signal));
        }
        give(Event::RoundEnds);
    }
}

/// Gives the rule all newcomers that wait. They are not to hear the requests that the rule had
/// before they came, so the rule pushes what comes of those first.
fn let_in_who_waits<R: Rule>(
    registrations: &Receiver<Box<Registration<R::Format>>>,
    rule: &mut R,
    now: Now,
) {
    if registrations.is_empty() {
        return;
    }
    rule.step(now, Event::AllAsked);
    for newcomer in registrations.try_iter().take(registrations.len()) {
        let_in(rule, now, *newcomer);
    }
}

fn let_in<R: Rule>(rule: &mut R, now: Now, newcomer: Registration<R::Format>) {
    let (client, newcomer) = rule.roster().hold(newcomer);
    rule.step(now, Event::Registered(client, newcomer));
}

// --- How it begins --------------------------------------------------------------------------

/// Starts the hub's thread with a rule that is made now; `signals` is the rule's own inbox.
///
/// # Errors
/// The system has no thread to give.
pub fn spawn<R: Rule>(
    rule: impl FnOnce(Now) -> R,
    signals: Receiver<R::Signal>,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle<R::Format>, JoinHandle<()>)> {
    let clock = Clock::start();
    let mut rule = rule(clock.now());
    let (register, registrations) = registrations();
    let (unregister, departures) = bounded(limits::UNREGISTER_INBOX_MAX);
    // No more than a push carries: see the assertion in `limits/mod.rs`.
    let inbox_max = limits::BROADCAST_INBOX_MAX.min(rule.roster().batch_messages_max());
    let (broadcast, broadcasts) = bounded(inbox_max);
    let mut hub = Hub { registrations, departures, broadcasts, signals, rule, clock, pulse };
    let thread = threads::spawn_vital("hub", move || hub.run())?;
    Ok((HubHandle::new(register, unregister, broadcast), thread))
}

/// The inbox of registrations. What is left in it when the hub ends is dropped, so no reader waits
/// for an answer to that; a bounded channel would keep it.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread has one in it at most, and their number has a limit"
)]
fn registrations<T>() -> (Sender<T>, Receiver<T>) {
    unbounded()
}

// --- Its clocks: one never goes back, the other is the one that people read ------------------

/// When a round began, which is when everything in it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since the hub began; this clock never goes back.
    pub since_start: Duration,
    /// Milliseconds since 1970, as the box's clock says.
    pub utc_millis: u64,
}

#[derive(Clone, Copy, Debug)]
struct Clock {
    began_at: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { began_at: Instant::now() }
    }

    /// A clock before 1970 says nothing.
    fn now(self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let utc_millis = u64::try_from(utc.as_millis()).unwrap_or(u64::MAX);
        Now { since_start: self.began_at.elapsed(), utc_millis }
    }

    /// When so much time has passed since the hub began.
    fn instant(self, since_start: Duration) -> Instant {
        self.began_at + since_start
    }
}

#[cfg(test)]
mod tests;
