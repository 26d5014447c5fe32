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
//! Next: `hub/inboxes.rs`.

mod clock;
pub mod core;
mod fanout;
pub mod handle;
mod hearing;
mod held;
mod inboxes;
mod notes;
pub mod pulse;
mod turns;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{bounded, never};

use crate::chat::entry::What;
use crate::chat::record::Kept;
use crate::chat::room_name::RoomName;
use crate::chat::token::random;
use crate::config::{ClientConfig, FanOut};
use crate::disconnect::Disconnect;
use crate::history::{History, Outcome, Past, Task};
use crate::limits;
use crate::threads;
use clock::Clock;
use core::{Core, CoreSettings, Effect, Event, Moment};
use fanout::{Fanout, Overrun};
use handle::Departure;
pub use handle::{Answer, ClientId, HubHandle, Registered};
use inboxes::{Inboxes, Round};
use pulse::Pulse;
use turns::Turns;

/// Starts the hub's thread, for clients of this kind, with what was kept.
///
/// # Errors
/// The system has no thread or no randomness to give.
pub fn start(
    way: FanOut,
    client: &ClientConfig,
    past: Option<Past>,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle, JoinHandle<()>)> {
    let (register, registrations) = bounded(0);
    let (unregister, departures) = bounded(limits::UNREGISTER_INBOX_MAX);
    // A quarter of an outbox: see the assertion in `limits/mod.rs`.
    let quarter = (client.outbox_messages_max / 4).max(1);
    let (broadcast, broadcasts) = bounded(limits::BROADCAST_INBOX_MAX.min(quarter));
    let parcel_messages_max = limits::PARCEL_MESSAGES_MAX.min(quarter);
    let settings = CoreSettings {
        lobby: RoomName::lobby(),
        epoch_seed: u64::from_ne_bytes(random()?),
        replay_messages_max: parcel_messages_max,
        log_entries_max: limits::LOG_ENTRIES_MAX,
        unsaved_records_max: limits::UNSAVED_RECORDS_MAX,
        pace: client.pace,
        name_kept: client.name_kept,
        room_people_max: client.room_people_max,
        keeps: past.is_some(),
    };
    let (kept, history, outcomes) = match past {
        Some(Past { kept, history, outcomes }) => (kept, Some(history), outcomes),
        None => (Kept::default(), None, never()),
    };
    let clock = Clock::start();
    let mut hub = Hub {
        inboxes: Inboxes { registrations, departures, broadcasts, outcomes },
        core: Core::new(settings, kept, clock.now()),
        fanout: Fanout::new(way, parcel_messages_max, client.message_bytes_max),
        effects: Vec::new(),
        drained: Turns::default(),
        clock,
        now: Moment::default(),
        pulse,
        history,
    };
    let thread = threads::spawn_vital("hub", move || {
        hub.run();
        hub.pulse.stop();
    })?;
    Ok((HubHandle::new(register, unregister, broadcast), thread))
}

struct Hub {
    inboxes: Inboxes,
    core: Core,
    fanout: Fanout,
    effects: Vec<Effect>,
    /// Clients that are behind and have room.
    drained: Turns,
    clock: Clock,
    /// When the round began, which is when everything in it happened.
    now: Moment,
    pulse: Arc<Pulse>,
    /// `None`: nothing outlives the server.
    history: Option<History>,
}

impl Hub {
    /// Runs until it was told to stop and everyone has left, or until nobody
    /// has a handle any more.
    fn run(&mut self) {
        while !self.core.is_over() {
            let Ok(round) = self.inboxes.wait(self.next_alarm()) else { break };
            self.pulse.begin();
            self.play(round);
            self.fanout.hang_up_overdue(Instant::now());
            self.pulse.end();
        }
    }

    /// When there is something to do though nobody has said anything.
    fn next_alarm(&self) -> Option<Instant> {
        if !self.drained.is_empty() {
            return Some(Instant::now());
        }
        let tick = self.core.next_tick().map(|at| self.clock.instant(at));
        [tick, self.fanout.next_hang_up()].into_iter().flatten().min()
    }

    fn play(&mut self, round: Round) {
        self.now = self.clock.now();
        let waiting = self.inboxes.broadcasts.len();
        if let Some(asked) = round.first_asked {
            self.decide(Event::Asked(asked.client, asked.request));
        }
        for _ in 0..waiting {
            if let Ok(asked) = self.inboxes.broadcasts.try_recv() {
                self.decide(Event::Asked(asked.client, asked.request));
            }
        }
        self.tell_what_is_noted();
        for departure in round.departures {
            match departure {
                Departure::Left(client, _forgotten) => self.decide(Event::Left(client)),
                Departure::Drained(client) => self.drained.queue(client),
                Departure::Everyone => self.decide(Event::Stopping),
            }
        }
        if let Some(joiner) = round.joiner {
            let registered = self.fanout.add(*joiner);
            self.decide(registered);
        }
        match round.outcome {
            Some(Outcome::Kept(kept)) => self.decide(Event::Kept(kept)),
            Some(Outcome::FileIsNew) => self.decide(Event::FileIsNew),
            Some(Outcome::Found(found)) => self.decide(Event::Found(found)),
            None => {}
        }
        self.let_some_catch_up();
        self.let_some_turns_come();
        self.tell_what_is_noted();
    }

    /// Time has passed. A few whose turn has come; what is said in time must not
    /// wait for all that was said too early.
    fn let_some_turns_come(&mut self) {
        self.decide(Event::Ticked);
        for _ in 1..limits::TURNS_PER_ROUND {
            if !self.core.has_turn(self.now) {
                break;
            }
            self.decide(Event::Ticked);
        }
    }

    /// One piece for a few of those who are behind; the others wait for the next
    /// round, for whoever is not behind must not wait for all of them.
    fn let_some_catch_up(&mut self) {
        for _ in 0..self.drained.len().min(limits::CATCH_UPS_PER_ROUND) {
            let Some(client) = self.drained.next() else { break };
            self.decide(Event::Drained(client));
        }
    }

    /// One event through the core, and its effects carried out in order.
    fn decide(&mut self, event: Event) {
        #[cfg(feature = "faults")]
        if let Event::Asked(_, crate::chat::request::Request::Classic(text)) = &event {
            crate::faults::meet(text);
        }
        let mut effects = std::mem::take(&mut self.effects);
        self.core.step(self.now, event, &mut effects);
        for effect in effects.drain(..) {
            self.carry_out(effect);
        }
        self.effects = effects;
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Tell(room, entry) => {
                // Somebody may be about to be told the old text in a piece of
                // history; what takes it back must come behind that.
                if matches!(entry.what, What::Edited { .. } | What::Deleted { .. }) {
                    self.tell_what_is_noted();
                }
                if !self.fanout.note_line(room, &entry) {
                    self.tell_what_is_noted();
                }
            }
            Effect::Note(client, told) => {
                if !self.fanout.note_answer(client, &told) {
                    self.tell_what_is_noted();
                }
            }
            // What it was told before may not have fit.
            Effect::CaughtUp(client, room, ..) if !self.core.hears(client, room) => {}
            Effect::CaughtUp(client, room, told, seq) => {
                self.fanout.note_caught_up(client, room, &told, seq);
            }
            other => {
                self.tell_what_is_noted();
                self.act(other);
            }
        }
    }

    /// What must not come before anything that was noted.
    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Welcome(client) => self.fanout.welcome(client),
            Effect::Refuse(client) => self.fanout.refuse(client, Disconnect::ServerStopping),
            // An outbox may have turned out full meanwhile.
            Effect::Hear(client, room) if self.core.hears(client, room) => {
                self.fanout.hear(client, room);
            }
            Effect::Hear(..) | Effect::Tell(..) | Effect::Note(..) | Effect::CaughtUp(..) => {}
            Effect::Deafen(client, room) => self.fanout.deafen(client, room),
            Effect::Notice(room, but, told) => self.fanout.notice(room, but, &told),
            Effect::Replay(client, room, entries) => {
                let overrun = self.fanout.replay(client, room, &entries);
                self.take_note_of(overrun);
            }
            Effect::Watch(client) => {
                if self.fanout.watch(client) {
                    self.drained.queue(client);
                }
            }
            Effect::Evict(client) => {
                self.fanout.evict(client, Instant::now() + limits::EVICT_WAIT);
            }
            Effect::Cut(client) => self.fanout.cut(client, Instant::now() + limits::EVICT_WAIT),
            Effect::SayGoodbye(client) => {
                self.fanout.say_goodbye(client, Instant::now() + limits::STOP_CLIENTS_WAIT);
            }
            Effect::Forget(client) => self.fanout.forget(client),
            Effect::Keep(task) => self.give_history(Task::Keep(task)),
            Effect::Find(query) => self.give_history(Task::Find(query)),
        }
    }

    fn give_history(&self, task: Task) {
        if let Some(history) = &self.history {
            history.give(task);
        }
    }

    /// Pushes what has been noted, in one go per room and member.
    fn tell_what_is_noted(&mut self) {
        loop {
            let overrun = self.fanout.push_noted();
            if overrun.is_empty() {
                break;
            }
            self.take_note_of(overrun);
        }
    }

    fn take_note_of(&mut self, overrun: Overrun) {
        for client in overrun.full {
            self.decide(Event::OutboxFull(client));
        }
        for (client, missed) in overrun.behind {
            self.decide(Event::FellBehind(client, missed));
        }
    }
}
