//! What tests of the chat may see inside progress, and change in it.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::time::Duration;

use super::{ClientId, LogId, Progress, file_queue};
use crate::chat_rule::delivery::Delivery;

pub(in crate::chat_rule) const COMING_BACK_PAUSE: Duration = file_queue::COMING_BACK_PAUSE;
pub(in crate::chat_rule) const COMING_BACK_TURN: Duration = file_queue::COMING_BACK_TURN;

impl<D: Delivery> Progress<D> {
    pub(in crate::chat_rule) fn is_live(&self, client: ClientId, log: LogId) -> bool {
        self.clients.follows.is_live(client, log)
    }

    pub(in crate::chat_rule) fn count_of_logs(&self, client: ClientId) -> usize {
        self.clients.follows.count(client)
    }

    /// Returns whether the history is reading the lines of a log that this client has missed.
    pub(in crate::chat_rule) fn is_read_for(&self, client: ClientId, log: LogId) -> bool {
        self.file_queue.is_read_for(client, log)
    }

    /// Lets the client wait for the lines of a log that it has missed, in the first group and at
    /// the chat time zero.
    pub(in crate::chat_rule) fn queue_missed(&mut self, client: ClientId, log: LogId) {
        self.file_queue.queue_missed((client, log), None, Some(Duration::ZERO));
    }
}
