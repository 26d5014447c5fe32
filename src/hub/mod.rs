//! Message path, step 5: the hub, one thread through which everything goes.
//!
//! Runs on thread `hub`, one per server.
//! Blocks on: `select!` over its three inboxes, the history's outcomes, and the next
//! alarm (a hang-up, a turn, somebody who is waited for, a disk that is tried again);
//! and on nothing else: not on a socket, not on a full queue.
//! Owns: the order in which things happen; what decides (`chat.rs`), and through it each
//! client's outbox.
//! Must not know: frames of clients, HTTP, files.
//!
//! Next: `hub/start.rs`.

pub mod arrival;
pub mod chat;
mod clock;
pub mod core;
pub mod delivery;
mod fanout;
pub mod handle;
mod hearing;
mod held;
mod inboxes;
mod listeners;
mod notes;
mod pace;
mod persist;
pub mod pulse;
mod report;
mod start;
mod telling;
mod turns;
mod visits;

use std::sync::Arc;
use std::time::Instant;

use crate::history::{History, Outcome};
use crate::limits;
use crate::wire::Format;
use arrival::Arrival;
use chat::Chat;
use clock::Clock;
use core::Moment;
use fanout::Fanout;
pub use handle::{Answer, ClientId, HubHandle, Registered};
use handle::{Asked, Departure, NewLine, Registration};
use held::{Held, HeldLine};
use inboxes::{Inboxes, Round};
use pulse::Pulse;
use report::report;
pub use start::start;

// --- One round of the hub -----------------------------------------------------------------
//
// Everything that happens in a chat happens on this thread, in rounds: `select!` sleeps until
// one of the inboxes has something, and then the round takes what there is, in this order:
//
//   1. what was asked, as much as waited when the round began;
//   2. those who leave;  3. one who comes;  4. what the history has done;
//   5. some of those who are behind, and of those who asked too fast and have their turn now.
//
// `select!` picks at random among inboxes that are ready. Without this order the last words of a
// client would sometimes come after its leaving, and be dropped. The inbox of requests is
// counted and not emptied: while people talk without a pause it would never be empty.

struct Hub {
    inboxes: Inboxes<Format>,
    chat: Chat<Fanout>,
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
        while !self.chat.is_over() {
            let Ok(round) = self.inboxes.wait(self.next_alarm()) else { break };
            self.pulse.begin();
            self.play(round);
            self.chat.delivery().hang_up_overdue(Instant::now());
            self.pulse.end(self.chat.is_unkept());
        }
        let unkept = self.chat.unkept();
        if unkept > 0 {
            tracing::error!("the disk did not take what was said last in time: {unkept} of it");
        }
    }

    /// When there is something to do though nobody has said anything.
    fn next_alarm(&self) -> Option<Instant> {
        if self.chat.telling.has_drained() {
            return Some(Instant::now());
        }
        let tick = self.chat.next_tick().map(|at| self.clock.instant(at));
        [tick, self.chat.telling.delivery.next_hang_up()].into_iter().flatten().min()
    }

    fn play(&mut self, round: Round<Format>) {
        self.now = self.clock.now();
        let waiting = self.inboxes.broadcasts.len();
        round.first_asked.into_iter().for_each(|asked| self.ask(asked));
        for _ in 0..waiting {
            self.inboxes.broadcasts.try_recv().into_iter().for_each(|asked| self.ask(asked));
        }
        self.chat.push_noted();
        for departure in round.departures {
            match departure {
                Departure::Left(client, _forgotten) => self.chat.leave(self.now, client),
                Departure::Drained(client) => self.chat.has_room(client),
                Departure::Everyone => self.chat.stop(self.now),
            }
        }
        round.joiner.into_iter().for_each(|joiner| self.register(*joiner));
        match round.outcome {
            Some(Outcome::Kept(kept)) => self.chat.kept(self.now, kept),
            Some(Outcome::FileIsNew) => self.chat.begin_file(self.now),
            Some(Outcome::FileIsLost) => self.chat.keep_something(self.now),
            Some(Outcome::ThrownAway(lines)) => self.chat.throw_away(self.now, lines),
            Some(Outcome::Found(found)) => self.chat.found(self.now, found),
            None => {}
        }
        self.chat.catch_some_up(self.now);
        self.let_some_turns_come();
        self.chat.push_noted();
        self.give_history_its_tasks();
    }

    /// Holds a newcomer, and then lets it in or not.
    fn register(&mut self, registration: Registration<Format>) {
        let Registration { client, line, newcomer, welcome } = registration;
        let Arrival { who, whence, told } = newcomer;
        let delivery = self.chat.delivery();
        match line {
            Some(NewLine { outbox, socket, format }) => {
                let line = HeldLine { outbox, socket };
                delivery.add(client, Held::new(line, format, whence.addr, welcome));
            }
            None => delivery.add_visit(client, told, welcome),
        }
        self.chat.register(self.now, client, who, whence);
    }

    fn ask(&mut self, Asked { client, request }: Asked<Format>) {
        #[cfg(feature = "faults")]
        if let crate::chat::request::Request::Classic(text) = &request {
            crate::faults::meet(text);
        }
        self.chat.ask(self.now, client, request);
    }

    /// Time has passed. A few whose turn has come; what is said in time must not
    /// wait for all that was said too early.
    fn let_some_turns_come(&mut self) {
        self.chat.tick(self.now);
        for _ in 1..limits::TURNS_PER_ROUND {
            if !self.chat.has_turn(self.now) {
                break;
            }
            self.chat.tick(self.now);
        }
    }

    fn give_history_its_tasks(&mut self) {
        self.chat.take_reports().into_iter().for_each(|(home, what)| report(home, what));
        let tasks = self.chat.take_tasks();
        if let Some(history) = &self.history {
            tasks.into_iter().for_each(|task| history.give(task));
        }
    }
}
