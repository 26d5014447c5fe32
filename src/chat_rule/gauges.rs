//! What the chat has in it now, for `/metrics` and `threadbare status`: numbers, and nothing else.
//!
//! The hub's thread writes them at the end of each round, by one store for each. Whoever reads them
//! waits for nobody, also while the hub hangs, and finds the state after the last round.
//!
//! Owns: these numbers.
//! Must not know: who reads them.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::persist::queue::StorageState;
use crate::chat::core::CoreSizes;
use crate::server::hub::health::HubHealth;
use crate::server::instruments::OwnCounter;

/// What the hub's thread notes for others to read.
#[derive(Clone, Debug, Default)]
pub struct HubNotes {
    /// Whether it works on a round.
    pub health: Arc<HubHealth>,
    /// What the chat has in it.
    pub gauges: Arc<ChatGauges>,
}

/// The numbers, shared with those who read them.
#[derive(Debug, Default)]
pub struct ChatGauges {
    rooms: OwnCounter,
    people: OwnCounter,
    people_away: OwnCounter,
    refreshing: OwnCounter,
    messages: OwnCounter,
    lines_waiting: OwnCounter,
}

/// The numbers, as somebody finds them. Each is true after a round of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChatTally {
    /// Rooms, with the lobby.
    pub rooms: u64,
    /// People with a client.
    pub people: u64,
    /// People without a client, whose names are reserved.
    pub people_away: u64,
    /// People without a client who are still in a room, once for each room: they read pages one
    /// after the other, or have lost the connection a moment ago.
    pub refreshing: u64,
    /// Messages that people have sent since the server began.
    pub messages: u64,
    /// Lines that people see, and that the history has not stored yet.
    pub lines_waiting: u64,
}

impl ChatGauges {
    /// Notes the state after a round. Only the hub's thread calls this.
    pub(super) fn note(&self, (sizes, messages): (CoreSizes, u64), storage: StorageState) {
        let CoreSizes { rooms, people, people_away, refreshing } = sizes;
        self.rooms.set(rooms as u64);
        self.people.set(people as u64);
        self.people_away.set(people_away as u64);
        self.refreshing.set(refreshing as u64);
        self.messages.set(messages);
        self.lines_waiting.set(storage.lines_waiting as u64);
    }

    /// Reads the numbers. Never blocks.
    pub fn read(&self) -> ChatTally {
        ChatTally {
            rooms: self.rooms.read(),
            people: self.people.read(),
            people_away: self.people_away.read(),
            refreshing: self.refreshing.read(),
            messages: self.messages.read(),
            lines_waiting: self.lines_waiting.read(),
        }
    }
}
