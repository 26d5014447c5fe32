//! The rules of the chat, as a pure state machine: `Core::step` takes one event and returns effects
//! (`event.rs`).
//!
//! The state is in tables. Each has its own rules and knows neither `Core` nor `CoreEvent`:
//! `members.rs` (which clients are connected), `people/` (which person owns a name), `rooms/`
//! (which people are in a room, and which clients may enter it), `logs/` (which lines are in
//! memory), `private_logs.rs` (which person has which log of private messages), `network_limits.rs`
//! (how much the clients of one network may do). What the core does on an event or a request is in
//! `steps/`. What the rest of the server may ask the core is in `queries.rs`.
//!
//! Owns: the order of a step, and the whole state of the chat.
//! Must not know: threads, channels, sockets, frames, clocks; how many of a log's lines each client
//! was sent (`chat_rule/progress`); how fast a client may send requests
//! (`chat_rule/stages/pace.rs`).
//!
//! Next in the chat: `chat/core/steps/mod.rs`.
//! Part: `chat/mod.rs`.

pub mod event;
mod logs;
mod members;
mod network_limits;
pub mod newcomer;
#[cfg(feature = "learn")]
pub(crate) mod overview;
pub(crate) mod people;
mod private_logs;
mod queries;
mod roles;
mod rooms;
mod steps;

#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

pub use event::{
    Changed, CoreEvent, CoreSettings, Effect, LogId, Made, MemberRequest, Moment, Start,
};
use logs::Logs;
pub(crate) use logs::{Log, chunks, replying};
use members::Members;
use network_limits::NetworkLimits;
pub use newcomer::{
    CameFrom, Greeting, Newcomer, OperatorAsks, Stay, Visit, VisitPurpose, Visitor,
};
use people::People;
use people::hosts::HostLinks;
use private_logs::PrivateLogs;
pub(crate) use queries::CoreSizes;
use rooms::Rooms;
use steps::leaving::remove_absent;
use steps::starting::started_core;

// `chat_rule/chat.rs` calls `step` with one event at a time, and carries out the effects. A step
// first applies the event. Then it ends a few of the waits of rooms for absent people. Last, it
// inserts one `Effect::Changed` for each changed person or log before all other effects of this
// step. The core never waits, never reads a clock and never sends anything itself.

/// The whole state of the chat at one moment, and the rules that change it.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Core {
    settings: CoreSettings,
    now: Moment,
    members: Members,
    people: People,
    host_links: HostLinks,
    logs: Logs,
    rooms: Rooms,
    private_logs: PrivateLogs,
    network_limits: NetworkLimits,
    /// Whether the server is stopping. Then every new client is refused.
    is_stopping: bool,
    #[cfg_attr(any(test, feature = "learn"), serde(skip))]
    effects: Vec<Effect>,
}

impl Default for Core {
    /// Makes a core without stored people and logs, and with the settings of a server without
    /// flags.
    fn default() -> Self {
        started_core(Start::default(), Moment::default())
    }
}

impl Core {
    /// Applies one event, and appends its effects to `effects` in the order in which they must be
    /// carried out. All `Effect::Changed` of the event come before its other effects. Never blocks.
    pub fn step(&mut self, now: Moment, event: CoreEvent, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.now, now);
        steps::note_clock(self, before);
        steps::apply_event(self, event);
        remove_absent(self);
        let people = self.people.take_changes().into_iter().map(Changed::Person);
        effects.extend(people.chain(self.logs.take_changes()).map(Effect::Changed));
        effects.append(&mut self.effects);
    }

    /// Returns whether the server is stopping and every client has left.
    pub fn is_deserted(&self) -> bool {
        self.is_stopping && self.members.is_empty()
    }

    /// Returns the time at which the core must get the next [`CoreEvent::Ticked`] at the latest, in
    /// chat time. `None`: the core needs no `Ticked`.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.rooms.next_end(), self.people.next_forgotten()].into_iter().flatten().min()
    }
}
