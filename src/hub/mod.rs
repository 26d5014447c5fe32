//! Message path, step 5: the hub decides who hears what.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes, the history's outcomes, and the next
//! alarm (a hang-up, a turn, somebody who is waited for, a disk that is tried again);
//! and on nothing else: not on a socket, not on a full queue.
//! Owns: the roster, through the pure [`core`]; each member's outbox.
//! Must not know: frames of clients, HTTP, files.
//!
//! One round is: leavers received, the number of waiting broadcasts noted, that
//! many broadcasts, then the leavers, then the joiner, then what the history has done,
//! then a few of those who are behind, and of those whose turn has come. `select!` picks at random
//! among ready inboxes, so without this rule a client's last words would come
//! after its leaving. (Emptying the inbox instead of counting it would never
//! end under steady load.)
//!
//! Next: `hub/start.rs`.

mod clock;
pub mod core;
mod fanout;
pub mod handle;
mod hearing;
mod held;
mod inboxes;
mod listeners;
mod notes;
pub mod pulse;
mod report;
mod start;
mod turns;
mod visits;

use std::sync::Arc;
use std::time::Instant;

use crate::chat::entry::What;
use crate::disconnect::Disconnect;
use crate::history::{History, Outcome, Task};
use crate::limits;
use clock::Clock;
use core::{Core, Effect, Event, Moment};
use fanout::{Fanout, Overrun};
pub use handle::{Answer, ClientId, HubHandle, Registered};
use handle::{Departure, Ear, Registration};
use held::{Held, HeldLine};
use inboxes::{Inboxes, Round};
use pulse::Pulse;
use report::report;
pub use start::start;
use turns::Turns;
use visits::{Carried, Visits};

struct Hub {
    inboxes: Inboxes,
    core: Core,
    fanout: Fanout,
    visits: Visits,
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
            self.pulse.end(self.core.is_unkept());
        }
        let unkept = self.core.unkept();
        if unkept > 0 {
            tracing::error!("the disk did not take what was said last in time: {unkept} of it");
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
            let registered = self.hold(*joiner);
            self.decide(registered);
        }
        match round.outcome {
            Some(Outcome::Kept(kept)) => self.decide(Event::Kept(kept)),
            Some(Outcome::FileIsNew) => self.decide(Event::FileIsNew),
            Some(Outcome::FileIsLost) => self.decide(Event::FileIsLost),
            Some(Outcome::Found(found)) => self.decide(Event::Found(found)),
            Some(Outcome::ThrownAway(lines)) => self.decide(Event::ThrownAway(lines)),
            None => {}
        }
        self.let_some_catch_up();
        self.let_some_turns_come();
        self.tell_what_is_noted();
    }

    /// Holds a newcomer, before anything is decided about it.
    fn hold(&mut self, registration: Registration) -> Event {
        let Registration { client, ear, newcomer, whence, welcome } = registration;
        match ear {
            Ear::Line(outbox, socket, format) => {
                let line = HeldLine { outbox, socket };
                self.fanout.add(client, Held::new(line, format, whence.addr, welcome));
            }
            Ear::Values(told) => self.visits.add(client, told, welcome),
        }
        Event::Registered(client, newcomer, whence)
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
        match self.visits.carry_out(&effect) {
            Carried::NotHere => {}
            Carried::Out => return,
            Carried::Full(client) => return self.decide(Event::OutboxFull(client)),
            Carried::Drained(client) => return self.drained.queue(client),
        }
        let full = match &effect {
            Effect::Tell(room, entry) => self.visits.tell(*room, entry),
            Effect::Notice(room, but, told) => self.visits.notice(*room, *but, told),
            _ => Vec::new(),
        };
        full.into_iter().for_each(|client| self.decide(Event::OutboxFull(client)));
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
            Effect::Refuse(client, reason) => self.fanout.refuse(client, reason),
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
            // What it was told last may not have fit: it is told that again.
            Effect::LetGo(client, Disconnect::ToldAll) if !self.core.has_told_all(client) => {}
            Effect::LetGo(client, reason) => {
                let wait = match reason {
                    Disconnect::SessionRenewed => limits::EVICT_WAIT,
                    _ => limits::LET_GO_WAIT,
                };
                self.fanout.let_go(client, reason, Instant::now() + wait);
            }
            Effect::Forget(client) => self.fanout.forget(client),
            Effect::Keep(task) => self.give_history(Task::Keep(task)),
            Effect::Find(query) => self.give_history(Task::Find(query)),
            Effect::Report(home, what) => report(home, what),
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
