//! The rules of the chat, as a pure state machine: `Core::step` takes one event and returns
//! effects. Which file answers which question:
//!
//! - What may happen, and what must be done then? The events and effects: `event.rs`.
//! - Who is connected? `members/mod.rs`. What happens to a client: it is let in (`welcome.rs`,
//!   `visits.rs`), sends requests (`requests.rs`), gets another name (`naming.rs`),
//!   and gets a new token for a new right (`token_renewal.rs`).
//! - Who is a person, and who owns a name? `people/mod.rs`.
//! - Who is in a room, and what is it told? `rooms/`: `entering.rs`, `leaving.rs`, `presence.rs`.
//!   Who may enter: `access.rs`. How a line gets its number: `posting.rs`.
//! - What happens to a private message? `private/messages.rs`.
//! - Which lines are in memory? `logs/`, for rooms and for private messages.
//! - How much may one network do? `address_limits.rs`.
//! - What may the rest of the server ask the core? `queries.rs`.
//!
//! Owns: the order of a step, and the whole state of the chat.
//! Must not know: threads, channels, sockets, frames, clocks; how many of a log's lines each client
//! was sent (`telling/progress`); how fast a client may send requests (`telling/pace.rs`).
//!
//! Next in the chat: `chat/core/rooms/posting.rs`.
//! Part: `chat/mod.rs`.

mod address_limits;
mod codec;
pub mod event;
mod logs;
mod members;
pub(crate) mod people;
mod private;
mod queries;
mod rooms;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::limits;
use crate::chat::entry::MessageId;
use crate::chat::numbers::SkipRange;
use crate::chat::record::{PastLog, StoredRoom};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;
use address_limits::AddressLimits;
pub use event::{
    CameFrom, Changed, CoreEvent, CoreSettings, Effect, Greeting, LogId, Made, MemberRequest,
    Moment, Newcomer, Start, Stay, Visit, VisitPurpose, Visitor,
};
use logs::Logs;
pub(crate) use logs::{Log, chunks};
use members::Members;
use people::People;
use private::PrivateLogs;
use queries::Writing;
use rooms::{Absent, Rooms};

// `telling/chat.rs` calls `step` with one event at a time, and carries out the effects. A step
// first applies the event. Then it removes absent people from rooms in which their waiting time is
// over; it removes only a few people in one step. Last, it inserts one `Effect::Changed` for each
// changed person or log before all other effects of this step. The core never waits, never reads a
// clock and never sends anything itself.

/// The whole state of the chat at one moment, and the rules that change it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Core {
    settings: CoreSettings,
    now: Moment,
    members: Members,
    people: People,
    /// The lines of all rooms and of all private messages.
    logs: Logs,
    rooms: Rooms,
    private_logs: PrivateLogs,
    address_limits: AddressLimits,
    absent: Absent,
    /// Whether the server is stopping. Then every new client is refused.
    is_stopping: bool,
}

impl Default for Core {
    /// Makes a core without stored people and logs, and with the settings of a server without
    /// flags.
    fn default() -> Self {
        Self::started(Start::default(), Moment::default())
    }
}

impl Core {
    /// Makes a core with the lobby and with the stored people and logs. No client is connected yet.
    fn started(Start { settings, stored }: Start, now: Moment) -> Self {
        // Lines that the core has not read from the history's file may have authors whose ids the
        // core does not know. So the ids of new people are higher than the current time in seconds.
        // If earlier runs of the server made fewer than one person each second, no new person gets
        // the id of an author that the core does not know.
        let last = (stored.last_person().max(now.utc.0 / 1000), stored.last_guest_number());
        let people = People::with(last, stored.people, settings.name_kept, now);
        let mut core = Self {
            address_limits: AddressLimits::new(settings.address_key),
            logs: Logs::new(settings.epoch_seed),
            rooms: Rooms::new(&settings),
            settings,
            now,
            members: Members::default(),
            people,
            private_logs: PrivateLogs::default(),
            absent: Absent::default(),
            is_stopping: false,
        };
        core.restore(stored.rooms);
        core.restore_private(stored.private);
        core.restore_unread(stored.unread);
        core.lobby();
        core
    }

    /// Applies one event, and appends its effects to `effects` in the order in which they must be
    /// carried out. All `Effect::Changed` of the event come before its other effects. Never blocks.
    pub fn step(&mut self, now: Moment, event: CoreEvent, effects: &mut Vec<Effect>) {
        self.now = now;
        let first = effects.len();
        match event {
            CoreEvent::Started(start) => *self = Self::started(*start, now),
            CoreEvent::Newcomer(client, newcomer, came_from) => {
                self.register(client, newcomer, came_from, effects);
            }
            CoreEvent::Asked(client, request) => self.answer(client, request, effects),
            CoreEvent::Left(client) => self.leave(client, effects),
            CoreEvent::Ticked => self.forget_some_names(effects),
            CoreEvent::Skipped(log, skip) => self.skip(log, skip, effects),
            CoreEvent::Lost(lines) => self.logs.forget_ids(&lines),
            CoreEvent::FileIsNew => self.logs.forget_older_ids(),
            CoreEvent::ThrownAway(lines) => self.logs.forget_lines(&lines),
            CoreEvent::Stopping => self.stop(effects),
        }
        self.remove_absent(effects);
        let people = self.people.take_changes().into_iter().map(Changed::Person);
        let changes = people.chain(self.logs.take_changes());
        drop(effects.splice(first..first, changes.map(Effect::Changed)));
    }

    /// Returns whether the server is stopping and every client has left.
    pub fn is_deserted(&self) -> bool {
        self.is_stopping && self.members.is_empty()
    }

    /// Returns the time at which the core must get the next [`CoreEvent::Ticked`] at the latest, in
    /// chat time. `None`: the core needs no `Ticked`.
    pub fn next_tick(&self) -> Option<Duration> {
        [self.absent.next_end(), self.people.next_forgotten()].into_iter().flatten().min()
    }

    /// Restores the stored rooms, each with its newest lines.
    fn restore(&mut self, rooms: Vec<PastLog<StoredRoom>>) {
        let bytes_max = limits::room_log_bytes_max(rooms.len());
        for past in rooms {
            let authors = past.lines.iter().filter_map(|line| line.author);
            let authors: BTreeSet<_> = authors.chain(past.ids.iter().map(|it| it.author)).collect();
            authors.into_iter().for_each(|author| self.people.restore_known(author, false));
            self.rooms.restore(&mut self.logs, past, bytes_max);
        }
    }

    /// Returns the lobby's id, and makes the lobby if it does not exist. The core lets classic
    /// clients and clients of the dialect `webchat` into the lobby when they connect; other clients
    /// say which rooms they enter.
    fn lobby(&mut self) -> LogId {
        self.rooms.lobby(&mut self.logs, self.now.chat_time)
    }

    /// Notes that no line of the log gets a number in `skip`. Adds the effect that makes
    /// `telling/progress` tell this to the clients that follow the log.
    fn skip(&mut self, id: LogId, skip: SkipRange, effects: &mut Vec<Effect>) {
        if let Some(log) = self.logs.get_mut(id) {
            log.skip(skip);
            effects.push(Effect::Skip(id, skip.first));
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.is_stopping = true;
        let everybody = self.members.ids();
        effects.extend(everybody.map(|client| Effect::End(client, Disconnect::ServerStopping)));
    }
}

/// Returns the effect that tells the client that its request was refused, and for what reason.
/// `room` is the room of the request, and `id` the message id in it; `None`: the request has none.
fn refuse(
    client: ClientId,
    room: Option<RoomName>,
    id: Option<MessageId>,
    reason: Refused,
) -> Effect {
    Effect::Reply(client, Reply::Refused { room, id, reason, said: None })
}
