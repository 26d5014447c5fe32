//! The answer of `/metrics`: what the spine counts, and then what the chat does.
//!
//! Owns: the names of what the chat counts. No name of a person or a room is among them, and no
//! text.
//! Must not know: how anything is counted.
//!
//! Part: `site/mod.rs`.

use super::context::Context;
use crate::chat_rule::gauges::ChatTally;
use crate::server::http::response::Response;
use crate::server::metrics::MetricKind::{Counter, Gauge};
use crate::server::metrics::MetricsText;

/// What `/metrics` tells besides the spine's counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metrics {
    /// True if the server has a history.
    pub(super) stores: bool,
}

impl Context {
    /// Makes the answer; `None`: the operator does not want one.
    pub(super) fn metrics_answer(&self) -> Option<Response> {
        let Metrics { stores } = self.metrics?;
        let mut text = MetricsText::of_spine(&self.clients.tally(), &self.notes.health);
        let ChatTally { rooms, people, people_away, refreshing, messages, lines_waiting } =
            self.notes.gauges.read();
        text.value(Gauge, "threadbare_rooms", "Rooms that there are.", rooms);
        let help = "People with a client, and people who are away and have their names reserved.";
        let states = [("here", people), ("away", people_away)];
        text.family(Gauge, "threadbare_people", help, "state", states);
        let help = "People in a room without a connection: they read pages, or have lost it now.";
        text.value(Gauge, "threadbare_refreshing", help, refreshing);
        let help = "Messages that people have sent.";
        text.value(Counter, "threadbare_messages_total", help, messages);
        if stores {
            let help = "Lines that people see and that the history has not stored yet.";
            text.value(Gauge, "threadbare_history_waiting_lines", help, lines_waiting);
            let is_well = !self.notes.health.is_unstored();
            let help = "1 while the history stores all that is said.";
            text.value(Gauge, "threadbare_history_well", help, u8::from(is_well));
        }
        Some(text.answer())
    }
}
