//! Message path, step 5: the hub, one thread that every message of the chat goes through.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes, the rule's own inbox, and the next alarm (a moment
//! when the hub must hang up on a client, or one that the rule asked for). It blocks on nothing
//! else, except for short locks: not on a socket, not on a full queue.
//! Owns: the order in which things happen, how the hub begins, and its two clocks.
//! Must not know: what follows from an event, which the rule decides (`server/hub/rule.rs`);
//! frames of clients; HTTP; files.
//!
//! Next: `server/hub/rule.rs`.

mod audience;
mod client_connection;
pub mod handle;
pub mod health;
mod hub_format;
mod roster;
mod rule;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvError, Sender, at, bounded, never, select, unbounded};

use crate::base::{limits, threads};
use crate::server::probe::{self, Wait};
use crate::server::{follow, instruments};
pub use audience::Audience;
pub use client_connection::ClientConnection;
use handle::{ClientRequest, Notice, Registration};
pub use handle::{HubHandle, Membership, PendingMembership, WelcomeChannel};
use health::HubHealth;
pub use hub_format::HubFormat;
pub use roster::Roster;
pub use rule::{Event, Rule};

/// Most notices that can wait until the hub takes them. Nearly all of them say that a client has
/// left.
const UNREGISTER_INBOX_MAX: usize = 1024;

// --- One round of the hub -----------------------------------------------------------------
//
// Everything that happens in a chat is decided on this thread, in rounds. `select!` sleeps until
// one of the inboxes has something. Then the round takes what waits, in this order:
//
//   1. clients that come;
//   2. requests, as many as are in their inbox now;
//   3. notices: clients that leave, clients that have drained, the stop of the server;
//   4. a signal from the rule's own inbox, if this signal ended the sleep of `select!`.
//
// The hub gives each of these to the rule as one event. Two more events only mark a moment:
// `PushCollected` (for now there is no further request) and `RoundEnds`. A rule can collect the
// messages of a round, and push them to each client in one batch at these moments.
//
// If several inboxes are ready, `select!` picks one at random. So the hub must do two things to
// keep this order. First, the rule must get a client's last requests before it hears that the
// client leaves, or it would drop these requests. So the hub takes the leavers from their inbox
// before it counts the requests, and gives the leavers to the rule after the requests. Second, the
// hub takes only as many requests as it has counted. It does not try to empty the inbox of
// requests, because while people talk without a pause that inbox would never be empty.
//
// A door does not wait for the hub before it writes a 101: it only sends the registration. That
// must be enough for the newcomer to receive everything that is said later. So the hub takes a
// request or a leaver from its inbox, then looks for newcomers, and then gives the request or the
// leaver to the rule. A client that registered before that request was sent is in the inbox of
// registrations by then, and the rule lets it in first.
//
//   door of Bo   register(Bo) ──▶ 101 to Bo ─ ─ ─▶ Bo tells Ann by telephone; Ann says "hello"
//   hub                                                 takes "hello"; finds Bo; lets Bo in;
//                                                       tells "hello" to Ann and Bo

// Lesson 6 of the course: docs/course/06-one-owner
struct Hub<R: Rule> {
    register_inbox: Receiver<Box<Registration<R::Format>>>,
    unregister_inbox: Receiver<Notice>,
    broadcast_inbox: Receiver<ClientRequest<R::Format>>,
    signals: Receiver<R::Signal>,
    rule: R,
    clock: Clock,
    health: Arc<HubHealth>,
}

/// What the hub has taken from its inboxes before a round: the registration, request, notice or
/// signal that ended the wait, and the notices that waited. If an alarm ended the wait, it may be
/// nothing.
struct Round<R: Rule> {
    first_newcomer: Option<Box<Registration<R::Format>>>,
    first_asked: Option<ClientRequest<R::Format>>,
    notices: Vec<Notice>,
    signal: Option<R::Signal>,
}

impl<R: Rule> Hub<R> {
    /// Runs the hub's rounds until the server stops and every client has left, or until an inbox
    /// has no sender any more.
    fn run(&mut self) {
        while !self.rule.is_over() {
            let alarm = self.next_alarm();
            let Ok(round) = self.wait(alarm) else { break };
            instruments::HUB.rounds.add(1);
            self.health.begin_round();
            self.run_round(round);
            let now = Instant::now();
            self.rule.roster().hang_up_overdue(now);
            self.health.end_round(now);
        }
        self.health.stop();
    }

    /// Returns the next moment when the hub needs a round even if nothing comes to its inboxes: to
    /// hang up on a client, or because the rule asked for it. `None`: there is no such moment.
    fn next_alarm(&mut self) -> Option<Instant> {
        let rules = self.rule.alarm().map(|at| self.clock.instant(at));
        [rules, self.rule.roster().next_hang_up()].into_iter().flatten().min()
    }

    // Lesson 9 of the course: docs/course/09-doors
    /// Blocks until an inbox has something, or until `alarm`. Returns what the next round begins
    /// with.
    ///
    /// # Errors
    /// An inbox has no sender any more, so nothing can come to it.
    fn wait(&self, alarm: Option<Instant>) -> Result<Round<R>, RecvError> {
        let alarm = alarm.map_or_else(never, at);
        probe::before(Wait::Select);
        let mut round =
            Round { first_newcomer: None, first_asked: None, notices: Vec::new(), signal: None };
        select! {
            recv(self.register_inbox) -> newcomer => round.first_newcomer = Some(newcomer?),
            recv(self.broadcast_inbox) -> asked => round.first_asked = Some(asked?),
            recv(self.unregister_inbox) -> notice => round.notices.push(notice?),
            recv(self.signals) -> signal => round.signal = Some(signal?),
            recv(alarm) -> _ => {}
        }
        self.note_peaks(&round);
        // This round takes only the notices that wait now. The next round takes those that come
        // later.
        for _ in 0..self.unregister_inbox.len() {
            round.notices.extend(self.unregister_inbox.try_recv());
        }
        Ok(round)
    }

    /// Notes how much waited in each inbox, with what ended the wait.
    fn note_peaks(&self, round: &Round<R>) {
        let found = |waiting: usize, has_first: bool| (waiting + usize::from(has_first)) as u64;
        let newcomers = found(self.register_inbox.len(), round.first_newcomer.is_some());
        instruments::HUB.register_peak.raise_to(newcomers);
        let asked = found(self.broadcast_inbox.len(), round.first_asked.is_some());
        instruments::HUB.broadcast_peak.raise_to(asked);
        let notices = found(self.unregister_inbox.len(), !round.notices.is_empty());
        instruments::HUB.unregister_peak.raise_to(notices);
    }

    fn run_round(&mut self, round: Round<R>) {
        let now = self.clock.now();
        let Self { register_inbox, broadcast_inbox, rule, .. } = self;
        if let Some(newcomer) = round.first_newcomer {
            let_in(rule, now, *newcomer);
        }
        let mut give = |event| {
            let_all_in(register_inbox, rule, now);
            rule.step(now, event);
        };
        let more_asked = (0..broadcast_inbox.len()).filter_map(|_| broadcast_inbox.try_recv().ok());
        let asked = round.first_asked.into_iter().chain(more_asked);
        for ClientRequest { client, request, stamps } in asked {
            instruments::HUB.requests.add(1);
            follow::taken(client, stamps);
            give(Event::Asked(client, request));
            follow::handled();
        }
        give(Event::PushCollected);
        for notice in round.notices {
            match notice {
                // The client's reader waits until `_forgotten` is dropped, which happens after the
                // rule has handled the event.
                Notice::Left(client, _forgotten) => give(Event::Left(client)),
                Notice::Drained(client) => give(Event::Drained(client)),
                Notice::Stop => give(Event::Stopping),
            }
        }
        if let Some(signal) = round.signal {
            give(Event::Signal(signal));
        }
        give(Event::RoundEnds);
        follow::round_ended();
    }
}

/// If newcomers wait, gives the rule the event `PushCollected`, and then all of these newcomers. At
/// `PushCollected` the rule pushes the messages that it has collected. So a newcomer receives none
/// of these messages.
fn let_all_in<R: Rule>(
    registrations: &Receiver<Box<Registration<R::Format>>>,
    rule: &mut R,
    now: Now,
) {
    if registrations.is_empty() {
        return;
    }
    rule.step(now, Event::PushCollected);
    for newcomer in registrations.try_iter().take(registrations.len()) {
        let_in(rule, now, *newcomer);
    }
}

fn let_in<R: Rule>(rule: &mut R, now: Now, newcomer: Registration<R::Format>) {
    let (client, newcomer) = rule.roster().add_pending(newcomer);
    rule.step(now, Event::Newcomer(client, newcomer));
}

// --- How the hub begins ---------------------------------------------------------------------

/// Makes the rule and starts the hub's thread with it. `signals` is the rule's own inbox.
///
/// # Errors
/// The system refused to start a thread.
pub fn spawn<R: Rule>(
    rule: impl FnOnce(Now) -> R,
    signals: Receiver<R::Signal>,
    health: Arc<HubHealth>,
) -> io::Result<(HubHandle<R::Format>, JoinHandle<()>)> {
    let clock = Clock::start();
    let mut rule = rule(clock.now());
    let (register, register_inbox) = registrations();
    let (unregister, unregister_inbox) = bounded(UNREGISTER_INBOX_MAX);
    // With a small `--outbox`, the inbox of requests has less space: for at most as many requests
    // as one push may carry messages. Otherwise a client that sends fast could be evicted because
    // of its own messages.
    let inbox_max = limits::BROADCAST_INBOX_MAX.min(rule.roster().batch_messages_max());
    let (broadcast, broadcast_inbox) = bounded(inbox_max);
    let mut hub =
        Hub { register_inbox, unregister_inbox, broadcast_inbox, signals, rule, clock, health };
    let thread = threads::spawn_vital("hub", move || hub.run())?;
    Ok((HubHandle { register, unregister, broadcast }, thread))
}

/// Makes the inbox of registrations, a channel without a bound. When the hub ends, such a channel
/// drops the registrations that are left in it, so no thread waits for their answers. A channel
/// with a bound would keep them.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread has one in it at most, and their number has a limit"
)]
fn registrations<T>() -> (Sender<T>, Receiver<T>) {
    unbounded()
}

// --- The hub's clocks: one never goes back, the other shows the time of day ------------------

/// A moment on the hub's two clocks. For all events of a round it is the moment at which the round
/// began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// How much time has passed since the hub began. This clock never goes back.
    pub since_start: Duration,
    /// How many milliseconds have passed since the beginning of 1970, by the machine's clock. This
    /// clock may go back.
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

    fn now(self) -> Now {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let utc_millis = u64::try_from(utc.as_millis()).unwrap_or(u64::MAX);
        Now { since_start: self.began_at.elapsed(), utc_millis }
    }

    fn instant(self, since_start: Duration) -> Instant {
        self.began_at + since_start
    }
}

#[cfg(test)]
mod tests;
