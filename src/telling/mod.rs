//! The chat as the hub's rule: rooms, names, numbers, a history.
//!
//! Owns: in which order the chat does a round's work, and the way to the history and back.
//! Must not know: threads, sockets.
//!
//! Next: `telling/chat.rs`.

pub mod arrival;
pub mod chat;
pub mod delivery;
mod fanout;
mod hearing;
mod listener;
mod notes;
mod pace;
pub(crate) mod persist;
mod progress;
mod report;
pub(crate) mod tokens;
mod turns;
mod visits;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::never;

use crate::chat::core::{CoreSettings, Moment};
use crate::chat::entry::UnixMillis;
use crate::chat::numbers::Sizes;
use crate::chat::record::Kept;
#[cfg(feature = "faults")]
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::token::random;
use crate::chat_config::ChatConfig;
#[cfg(feature = "faults")]
use crate::faults;
use crate::history::{History, Outcome, Past};
use crate::hub::pulse::Pulse;
use crate::hub::{ClientId, Event, HubHandle, Now, Roster, Rule, spawn};
use crate::limits;
use crate::wire::Format;
use arrival::Arrival;
use chat::{Chat, ChatSettings};
use fanout::Fanout;
use report::report;

struct ChatRule {
    chat: Chat<Fanout>,
    pulse: Arc<Pulse>,
    /// `None`: nothing outlives the server.
    history: Option<History>,
}

/// Starts a hub with the chat, as `config` wants it, with what was kept.
///
/// # Errors
/// The system has no thread or no randomness to give.
pub fn start(
    config: &ChatConfig,
    past: Option<Past>,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle<Format>, JoinHandle<()>)> {
    let (address_key, unread_bytes_max) = match &past {
        Some(past) => (past.address_key, past.unread_bytes_max),
        // Nothing that it is made for outlives the server.
        None => (u64::from_ne_bytes(random()?), limits::UNREAD_BYTES_MAX),
    };
    let client = &config.server.client;
    let roster = Roster::new(config.server.fan_out, client.outbox_messages_max);
    let core = CoreSettings {
        lobby: RoomName::lobby(),
        epoch_seed: u64::from_ne_bytes(random()?),
        log_entries_max: limits::LOG_ENTRIES_MAX,
        name_kept: config.name_kept,
        numbers: Sizes::default(),
        room_people_max: config.room_people_max,
        address_key,
        unread_bytes_max,
    };
    let settings = ChatSettings {
        core,
        replay_messages_max: roster.batch_messages_max(),
        keeps: past.is_some(),
        unsaved_records_max: limits::UNSAVED_RECORDS_MAX,
        pace: config.pace,
    };
    let (kept, history, outcomes) = match past {
        Some(Past { kept, history, outcomes, .. }) => (kept, Some(history), outcomes),
        None => (Kept::default(), None, never()),
    };
    let fanout = Fanout::new(roster, client.message_bytes_max);
    let health = Arc::clone(&pulse);
    let rule = move |now| {
        let chat = Chat::new(settings, kept, moment(now), fanout);
        ChatRule { chat, pulse: health, history }
    };
    #[cfg(feature = "faults")]
    let rule = |now| faults::Faulty::new(rule(now), classic_text);
    #[cfg(feature = "faults")]
    crate::probe::set(faults::meet_writes);
    spawn(rule, outcomes, pulse)
}

/// Where orders for the hub are.
#[cfg(feature = "faults")]
fn classic_text(request: &Request) -> Option<&str> {
    if let Request::Classic(text) = request { Some(text) } else { None }
}

/// The chat's count of time begins a year in, so that what was before the start has its
/// place in it.
fn moment(now: Now) -> Moment {
    let since_start = limits::NAME_KEPT_MAX + now.since_start;
    Moment { since_start, utc: UnixMillis(now.utc_millis) }
}

impl Rule for ChatRule {
    type Format = Format;
    type Signal = Outcome;

    fn roster(&mut self) -> &mut Roster<Format> {
        &mut self.chat.delivery().roster
    }

    fn step(&mut self, now: Now, event: Event<Format, Outcome>) {
        let now = moment(now);
        match event {
            Event::Registered(client, arrival) => self.register(now, client, arrival),
            Event::Asked(client, request) => self.chat.ask(now, client, request),
            Event::AllAsked => self.chat.push_noted(),
            Event::Left(client) => self.chat.leave(now, client),
            Event::Drained(client) => self.chat.has_room(client),
            Event::Stopping => self.chat.stop(now),
            Event::Signal(Outcome::Kept(kept)) => self.chat.kept(now, kept),
            Event::Signal(Outcome::FileIsNew) => self.chat.begin_file(now),
            Event::Signal(Outcome::FileIsLost) => self.chat.keep_something(now),
            Event::Signal(Outcome::ThrownAway(lines)) => self.chat.throw_away(now, lines),
            Event::Signal(Outcome::Found(found)) => self.chat.found(now, found),
            Event::RoundEnds => self.end_round(now),
        }
    }

    fn alarm(&self) -> Option<Duration> {
        if self.chat.telling.has_drained() {
            return Some(Duration::ZERO);
        }
        self.chat.next_tick().map(|at| at.saturating_sub(limits::NAME_KEPT_MAX))
    }

    fn is_over(&self) -> bool {
        self.chat.is_over()
    }
}

impl ChatRule {
    /// Holds a newcomer, and then lets it in or not.
    fn register(&mut self, now: Moment, client: ClientId, arrival: Arrival) {
        let Arrival { who, whence, told } = arrival;
        self.chat.delivery().add(client, whence.addr, told);
        self.chat.register(now, client, who, whence);
    }

    /// A piece for a few of those who are behind, and the turn of a few who asked too fast;
    /// what is said in time must not wait for all that was said too early.
    fn end_round(&mut self, now: Moment) {
        self.chat.catch_some_up(now);
        self.chat.tick(now);
        for _ in 1..limits::TURNS_PER_ROUND {
            if !self.chat.has_turn(now) {
                break;
            }
            self.chat.tick(now);
        }
        self.chat.push_noted();
        self.chat.take_reports().into_iter().for_each(|(home, what)| report(home, what));
        let tasks = self.chat.take_tasks();
        if let Some(history) = &self.history {
            tasks.into_iter().for_each(|task| history.give(task));
        }
        self.pulse.keeps_all(!self.chat.is_unkept());
    }
}

impl Drop for ChatRule {
    fn drop(&mut self) {
        let unkept = self.chat.unkept();
        if unkept > 0 {
            tracing::error!("the disk did not take what was said last in time: {unkept} of it");
        }
    }
}
