//! The chat, in the form in which the hub runs it: as a rule (`server/hub/rule.rs`). The chat has
//! rooms, names, numbered messages and a history.
//!
//! Owns: the order in which the chat does the work of one round, the link to the history, and the
//! start of the hub's thread.
//! Must not know: sockets, other threads.
//!
//! Next in the chat: `chat_rule/chat.rs`.
//! Part: this file is its entry.

pub mod chat;
pub mod delivery;
pub mod event;
pub mod gauges;
pub(crate) mod persist;
mod progress;
mod stages;
pub mod tap;
pub(crate) mod tokens;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::never;
use tracing::Level;

use crate::admission::{ClientNetwork, has_little_memory};
use crate::base::{limits, rate};
use crate::chat::config::ChatConfig;
use crate::chat::core::{CoreSettings, Made, Moment};
use crate::chat::entry::UnixMillis;
use crate::chat::numbers::Sizes;
use crate::chat::record::Stored;
#[cfg(feature = "faults")]
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::token::random;
use crate::formats::{Arrival, Format};
use crate::history::{History, HistoryReport, Past};
#[cfg(feature = "faults")]
use crate::server::faults;
use crate::server::hub::{Event, HubHandle, Now, Roster, Rule, spawn};
use chat::{Chat, ChatSettings};
use delivery::ClientDelivery;
use event::ChatEvent;
use gauges::HubNotes;
use tap::EventTap;

/// Most requests that the hub handles in one round of those that have waited because they came too
/// fast.
const WAITING_REQUESTS_PER_ROUND: usize = 64;

struct ChatRule {
    chat: Chat<ClientDelivery>,
    notes: HubNotes,
    /// The history; `None`: the server stores nothing.
    history: Option<History>,
}

/// Returns about how many bytes of records may wait for the history. Reads files of the kernel.
fn unstored_bytes_max(config: &ChatConfig) -> usize {
    if has_little_memory(config.server.caps.memory) {
        limits::UNSTORED_BYTES_SMALL
    } else {
        limits::UNSTORED_BYTES_MAX
    }
}

/// Starts a hub that runs the chat, with the settings in `config` and with what the history had
/// stored. Shows each event of the core to `tap`, and notes what others may read in `notes`.
/// Returns a handle to the hub, and the hub's thread.
///
/// # Errors
/// The system cannot start a thread or gives no random bytes.
pub fn start(
    config: &ChatConfig,
    past: Option<Past>,
    notes: HubNotes,
    tap: EventTap,
) -> io::Result<(HubHandle<Format>, JoinHandle<()>)> {
    let (server_key, unread_bytes_max) = match &past {
        Some(past) => (past.server_key, past.unread_bytes_max),
        // With this key the server makes a tag from the network of a client, which it stores in
        // place of the network, and marks of secrets. A server without a history stores neither, so
        // it may have another key after a restart.
        None => (u64::from_ne_bytes(random()?), limits::UNREAD_BYTES_MAX),
    };
    let client = &config.server.client;
    let roster = Roster::new(config.server.fan_out, client.outbox_messages_max);
    let core = CoreSettings {
        lobby: RoomName::lobby(),
        epoch_seed: u64::from_ne_bytes(random()?),
        log_entries_max: limits::ROOM_LOG_ENTRIES_MAX,
        name_kept: config.name_kept,
        numbers: Sizes::default(),
        room_people_max: config.room_people_max,
        server_key,
        unread_bytes_max,
    };
    let settings = ChatSettings {
        core,
        chunk_lines_max: roster.batch_messages_max(),
        stores: past.is_some(),
        unstored_records_max: limits::UNSTORED_RECORDS_MAX,
        unstored_bytes_max: unstored_bytes_max(config),
        pace: config.pace,
    };
    let (stored, history, reports) = match past {
        Some(Past { stored, history, reports, .. }) => (stored, Some(history), reports),
        None => (Stored::default(), None, never()),
    };
    let delivery = ClientDelivery::new(roster, client.message_bytes_max);
    let health = Arc::clone(&notes.health);
    let rule = move |now| {
        let chat = Chat::watched(settings, stored, moment(now), delivery, tap);
        notes.gauges.note(chat.counts(), chat.unstored().storage());
        ChatRule { chat, notes, history }
    };
    #[cfg(feature = "faults")]
    let rule = |now| faults::Faulty::new(rule(now), classic_text);
    #[cfg(feature = "faults")]
    crate::server::probe::set(faults::carry_out_before_write);
    spawn(rule, reports, health)
}

/// Returns the text of a classic client's message; `None` for any other request. By such a text, a
/// test says which fault the server must produce.
#[cfg(feature = "faults")]
fn classic_text(request: &Request) -> Option<&str> {
    if let Request::Classic(text) = request { Some(text) } else { None }
}

/// Converts the hub's time to chat time. When the server starts, the chat time is `NAME_KEPT_MAX`,
/// not 0, so that it can express moments before the start.
fn moment(now: Now) -> Moment {
    let chat_time = limits::NAME_KEPT_MAX + now.since_start;
    Moment { chat_time, utc: UnixMillis(now.utc_millis) }
}

impl Rule for ChatRule {
    type Format = Format;
    type Signal = HistoryReport;

    fn roster(&mut self) -> &mut Roster<Format> {
        &mut self.chat.delivery().roster
    }

    fn step(&mut self, now: Now, event: Event<Format, HistoryReport>) {
        let now = moment(now);
        let event = match event {
            Event::Newcomer(client, Arrival { who, came_from, answers }) => {
                self.chat.delivery().add_client(client, came_from.addr, answers);
                ChatEvent::Newcomer(client, who, came_from)
            }
            Event::Asked(client, request) => ChatEvent::Asked(client, request),
            Event::PushCollected => ChatEvent::PushCollected,
            Event::Left(client) => ChatEvent::Left(client),
            Event::Drained(client) => ChatEvent::Drained(client),
            Event::Stopping => ChatEvent::Stopping,
            Event::Signal(HistoryReport::Stored(stored)) => {
                ChatEvent::BatchEnded(stored.map_err(|fault| fault.to_string()))
            }
            Event::Signal(HistoryReport::FileIsNew) => ChatEvent::FileIsNew,
            Event::Signal(HistoryReport::FileIsLost) => ChatEvent::FileIsLost,
            Event::Signal(HistoryReport::ThrownAway(lines)) => ChatEvent::ThrownAway(lines),
            Event::Signal(HistoryReport::Found(found)) => {
                ChatEvent::QueryAnswered(found.map_err(|fault| fault.to_string()))
            }
            Event::RoundEnds => return self.end_round(now),
        };
        self.chat.step(now, event);
    }

    fn alarm(&self) -> Option<Duration> {
        if self.chat.has_drained() {
            return Some(Duration::ZERO);
        }
        self.chat.next_tick().map(|at| at.saturating_sub(limits::NAME_KEPT_MAX))
    }

    fn is_over(&self) -> bool {
        self.chat.is_over()
    }
}

impl ChatRule {
    /// Ends a round. Sends chunks to clients that are behind, and handles requests that came too
    /// fast: only some in each round, so that other requests need not wait long. Then pushes what
    /// is queued, and gives the history its tasks.
    fn end_round(&mut self, now: Moment) {
        self.chat.step(now, ChatEvent::CatchUpTurn);
        self.chat.step(now, ChatEvent::Ticked);
        for _ in 1..WAITING_REQUESTS_PER_ROUND {
            if !self.chat.has_due(now) {
                break;
            }
            self.chat.step(now, ChatEvent::Ticked);
        }
        self.chat.step(now, ChatEvent::PushCollected);
        self.chat.take_reports().into_iter().for_each(|(network, what)| warn_of(network, what));
        let tasks = self.chat.take_tasks();
        if let Some(history) = &self.history {
            tasks.into_iter().for_each(|task| history.give(task));
        }
        let storage = self.chat.unstored().storage();
        self.notes.health.set_all_stored(!storage.is_told);
        self.notes.gauges.note(self.chat.counts(), storage);
    }
}

/// Warns in the server's log that clients of one network make too many people, rooms, private logs
/// or device links. The words contain no name, and nothing that a person has typed.
fn warn_of(network: ClientNetwork, what: Made) {
    let words = match what {
        Made::Person => "many new people from one network; the next names are kept for minutes",
        Made::Room => "many new rooms from one network; the next are refused for now",
        Made::DeviceLink => "many new device links from one network; the next are refused for now",
        Made::Removal => "many removals of people from one network; the next are refused for now",
        Made::PrivateLog => "many new private logs from one network; the next are refused for now",
    };
    if rate::admits(Level::WARN, words) {
        tracing::warn!(%network, "{words}");
    }
}

impl Drop for ChatRule {
    fn drop(&mut self) {
        let unstored_lines = self.chat.unstored().storage().lines_waiting;
        if unstored_lines > 0 {
            let why = self.chat.unstored().trouble().unwrap_or("the disk was too slow");
            tracing::error!("{unstored_lines} messages are not stored: {why}");
        }
    }
}
