//! What tests of the chat may see inside progress, and change in it.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::time::Duration;

use super::clients::WelcomedClients;
use super::file_queue::{self, FileQueue};
use crate::base::client_id::ClientId;
use crate::chat::core::LogId;
use crate::chat_rule::delivery::Delivery;

pub(in crate::chat_rule) const COMING_BACK_PAUSE: Duration = file_queue::COMING_BACK_PAUSE;
pub(in crate::chat_rule) const COMING_BACK_TURN: Duration = file_queue::COMING_BACK_TURN;

impl<D: Delivery> WelcomedClients<D> {
    pub(in crate::chat_rule) fn is_live(&self, client: ClientId, log: LogId) -> bool {
        self.follows().is_live(client, log)
    }

    pub(in crate::chat_rule) fn count_of_logs(&self, client: ClientId) -> usize {
        self.follows().count(client)
    }
}

impl FileQueue {
    /// Returns whether the history is reading the lines of a log that this client has missed.
    pub(in crate::chat_rule) fn reads_for(&self, client: ClientId, log: LogId) -> bool {
        self.is_read_for(client, log)
    }

    /// Lets the client wait for the lines of a log that it has missed, in the first group and at
    /// the chat time zero.
    pub(in crate::chat_rule) fn queue_missed_at_zero(&mut self, client: ClientId, log: LogId) {
        self.queue_missed((client, log), None, Some(Duration::ZERO));
    }
}
