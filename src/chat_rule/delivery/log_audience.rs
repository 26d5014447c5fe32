//! The clients that receive each new line of one log at once, and the lines that are queued for all
//! of them.
//!
//! Owns: the clients whose format makes the lines for each client's own name. The other clients are
//! in an [`Audience`].
//! Must not know: who may receive a log's lines, what happens to clients that cannot keep up.
//!
//! Next in the chat: `formats/format.rs`.
//! Part: `chat_rule/delivery/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::LogId;
use crate::chat::entry::{Entry, Seq};
use crate::formats::{Format, PersonalFormat};
use crate::server::config::FanOut;
use crate::server::hub::{Audience, ClientConnection, Roster};
use crate::server::outbox::{Frame, FrameBatch, Pushed};

#[derive(Default)]
pub(super) struct LogAudience {
    shared: Audience<Format>,
    /// The clients whose frames are made for each client's own name. They share no frames.
    by_name: BTreeMap<ClientId, (ClientConnection, Arc<dyn PersonalFormat>)>,
    /// The lines that are queued for these clients, each with the message that it replies to.
    for_by_name: Vec<(Arc<Entry>, Vec<Arc<Entry>>)>,
    /// The number of the oldest line that is queued for the next push. `None`: no line is queued.
    queued_from: Option<Seq>,
}

/// A client whose outbox had no space for new lines of a log. `from` is the first number that it
/// has missed.
pub(super) struct Missed {
    pub(super) client: ClientId,
    pub(super) log: LogId,
    pub(super) from: Seq,
}

impl LogAudience {
    pub(super) fn add(&mut self, client: ClientId, format: Format, connection: ClientConnection) {
        self.shared.add(client, format, connection);
    }

    pub(super) fn add_named(
        &mut self,
        client: ClientId,
        personal: Arc<dyn PersonalFormat>,
        connection: ClientConnection,
    ) {
        self.by_name.insert(client, (connection, personal));
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.shared.remove(client);
        self.by_name.remove(&client);
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.shared.is_empty() && self.by_name.is_empty()
    }

    pub(super) fn has_queued_lines(&self) -> bool {
        self.queued_from.is_some()
    }

    /// Queues a line for the next push; `replied_to` is as in [`queue_line`]. Returns false if so
    /// much is queued that the caller must push now.
    ///
    /// [`queue_line`]: super::Delivery::queue_line
    pub(super) fn queue(
        &mut self,
        log: LogId,
        entry: &Arc<Entry>,
        replied_to: &[Arc<Entry>],
        messages_max: usize,
    ) -> bool {
        self.queued_from.get_or_insert(entry.seq);
        let fits = self.shared.collect(messages_max, |format| format.encode_line(log.0, entry));
        if !self.by_name.is_empty() {
            self.for_by_name.push((Arc::clone(entry), replied_to.to_vec()));
        }
        let bytes: usize = self.for_by_name.iter().map(|(entry, _)| entry.what.text().len()).sum();
        fits && self.for_by_name.len() < messages_max && bytes < limits::FRAME_BATCH_BYTES_MAX
    }

    /// Pushes all queued lines of the log to all its clients. If a client's outbox has no space,
    /// adds the client to `missed`, or to `full` if lines cannot be sent to it again.
    pub(super) fn push(
        &mut self,
        log: LogId,
        roster: &Roster<Format>,
        full: &mut Vec<ClientId>,
        missed: &mut Vec<Missed>,
    ) {
        let Some(from) = self.queued_from.take() else { return };
        self.shared.push(roster.fan_out(), |client, format| match format {
            // A classic client knows no message numbers, so missed lines cannot be sent again.
            Format::Classic => full.push(client),
            _ => missed.push(Missed { client, log, from }),
        });
        for (client, (connection, personal)) in &self.by_name {
            // A frame for one client shares its memory with no other client. So this client's
            // outbox has a limit on its bytes, too, besides the limit on messages.
            let is_full = connection.waiting_bytes() > limits::OWN_BYTES_MAX || {
                let frames = self.for_by_name.iter().filter_map(|(entry, replied_to)| {
                    personal.encode_line(log.0, entry, replied_to)
                });
                connection.push(roster.fan_out(), &batch(frames)) == Pushed::Full
            };
            if is_full {
                missed.push(Missed { client: *client, log, from });
            }
        }
        self.for_by_name.clear();
    }

    /// Pushes a notice to all clients of the log except the client `but`. Skips a client whose
    /// format cannot express the notice or whose outbox has no space.
    pub(super) fn push_notice(
        &self,
        fan_out: FanOut,
        answer: &Answer,
        text_bytes_max: usize,
        but: Option<ClientId>,
    ) {
        self.shared.push_now(fan_out, but, |format| format.notice(answer, text_bytes_max));
        for (_, (connection, personal)) in self.by_name.iter().filter(|(id, _)| Some(**id) != but) {
            let Some(frame) = personal.encode_answer(answer) else { continue };
            connection.push_if_space(fan_out, &FrameBatch::of(frame));
        }
    }
}

pub(super) fn batch(frames: impl Iterator<Item = Frame>) -> FrameBatch {
    let mut batch = FrameBatch::default();
    frames.for_each(|frame| batch.add(frame));
    batch
}
