//! Message path, step 5: the hub decides who hears what.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes and the next hang-up, and on
//! nothing else: not on a socket, not on a full queue.
//! Owns: the roster, through the pure [`core`]; each member's outbox.
//! Must not know: frames of clients, HTTP, files.
//!
//! One round is: leavers received, the number of waiting broadcasts noted, that
//! many broadcasts, then the leavers, then the joiner. `select!` picks at random
//! among ready inboxes, so without this rule a client's last words would come
//! after its leaving. (Emptying the inbox instead of counting it would never
//! end under steady load.)
//!
//! Next: `hub/core.rs`.

pub mod core;
mod fanout;
pub mod handle;
pub mod pulse;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvError, at, bounded, never, select};

use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::threads;
use core::{Core, Effect, Event};
use fanout::Fanout;
use handle::{Departure, Registration, Said};
pub use handle::{HubHandle, Registered};
use pulse::Pulse;

/// A client's number: never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

impl std::fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Starts the hub's thread.
///
/// # Errors
/// The system has no thread to give.
pub fn start(
    way: FanOut,
    outbox_messages_max: usize,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle, JoinHandle<()>)> {
    let (register, registrations) = bounded(0);
    let (unregister, departures) = bounded(limits::UNREGISTER_INBOX_MAX);
    // A quarter of an outbox: see the assertion in `limits.rs`.
    let quarter = (outbox_messages_max / 4).max(1);
    let (broadcast, broadcasts) = bounded(limits::BROADCAST_INBOX_MAX.min(quarter));
    let inboxes = Inboxes { registrations, departures, broadcasts };
    let mut hub = Hub {
        inboxes,
        core: Core::default(),
        fanout: Fanout::new(way, limits::PARCEL_MESSAGES_MAX.min(quarter)),
        effects: Vec::new(),
        pulse,
    };
    let thread = threads::spawn_vital("hub", move || {
        hub.run();
        hub.pulse.stop();
    })?;
    Ok((HubHandle::new(register, unregister, broadcast), thread))
}

struct Inboxes {
    registrations: Receiver<Registration>,
    departures: Receiver<Departure>,
    broadcasts: Receiver<Said>,
}

struct Hub {
    inboxes: Inboxes,
    core: Core,
    fanout: Fanout,
    effects: Vec<Effect>,
    pulse: Arc<Pulse>,
}

/// What one round found waiting.
#[derive(Default)]
struct Round {
    joiner: Option<Registration>,
    first_said: Option<Said>,
    departures: Vec<Departure>,
}

impl Hub {
    /// Runs until it was told to stop and everyone has left, or until nobody
    /// has a handle any more.
    fn run(&mut self) {
        while !self.core.is_over() {
            let Ok(round) = self.wait() else { break };
            self.pulse.begin();
            self.play(round);
            self.fanout.hang_up_overdue(Instant::now());
            self.pulse.end();
        }
    }

    /// The one place where the hub blocks. An error: nobody is left who could
    /// say anything.
    fn wait(&mut self) -> Result<Round, RecvError> {
        let alarm = self.fanout.next_hang_up().map_or_else(never, at);
        let mut round = Round::default();
        select! {
            recv(self.inboxes.registrations) -> joiner => round.joiner = Some(joiner?),
            recv(self.inboxes.departures) -> leaver => round.departures.push(leaver?),
            recv(self.inboxes.broadcasts) -> said => round.first_said = Some(said?),
            recv(alarm) -> _ => {}
        }
        Ok(round)
    }

    fn play(&mut self, mut round: Round) {
        // As many as wait now; more may come meanwhile, and have their round.
        for _ in 0..self.inboxes.departures.len() {
            round.departures.extend(self.inboxes.departures.try_recv());
        }
        let waiting = self.inboxes.broadcasts.len();
        if let Some(said) = round.first_said.take() {
            self.decide(Event::Said(said.client, said.text));
        }
        for _ in 0..waiting {
            if let Ok(said) = self.inboxes.broadcasts.try_recv() {
                self.decide(Event::Said(said.client, said.text));
            }
        }
        self.tell_what_is_pending();
        for departure in round.departures {
            match departure {
                Departure::Left(client, _forgotten) => self.decide(Event::Left(client)),
                Departure::Everyone => self.decide(Event::Stopping),
            }
        }
        if let Some(joiner) = round.joiner {
            let client = joiner.client;
            self.fanout.add(joiner);
            self.decide(Event::Registered(client));
        }
    }

    /// One event through the core, and its effects carried out in order.
    fn decide(&mut self, event: Event) {
        #[cfg(feature = "faults")]
        if let Event::Said(_, text) = &event {
            crate::faults::meet(text);
        }
        let mut effects = std::mem::take(&mut self.effects);
        self.core.step(event, &mut effects);
        for effect in effects.drain(..) {
            self.carry_out(effect);
        }
        self.effects = effects;
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Welcome(client) => self.fanout.welcome(client),
            Effect::Refuse(client) => self.fanout.refuse(client, Disconnect::ServerStopping),
            Effect::TellEveryone(text) => {
                if !self.fanout.note(&text) {
                    self.tell_what_is_pending();
                }
            }
            Effect::Evict(client) => {
                self.fanout.evict(client, Instant::now() + limits::EVICT_WAIT);
            }
            Effect::SayGoodbye(client) => {
                self.fanout.say_goodbye(client, Instant::now() + limits::STOP_CLIENTS_WAIT);
            }
            Effect::Forget(client) => self.fanout.forget(client),
        }
    }

    /// Pushes what has been noted to every member, in one go per member.
    fn tell_what_is_pending(&mut self) {
        for client in self.fanout.push_noted() {
            self.decide(Event::OutboxFull(client));
        }
    }
}
