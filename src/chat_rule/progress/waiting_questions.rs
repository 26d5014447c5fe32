//! One long answer at a time. In the chat, a *question* is a request with a long answer: for
//! lines, people or rooms, or a search. A client's question is answered when the client's previous
//! long answer has been sent completely.
//!
//! A long answer is made for one client only. If clients asked and never read, the server would
//! have to hold many such answers in memory. So the hub makes only one at a time for each client,
//! and holds the client's further questions, which are small. Admission reserves memory for this
//! one answer per client (`limits::HEAP_PER_PEER_BYTES`). So a client never has to wait until
//! another client reads.
//!
//! Owns: the questions that wait, oldest first.
//! Must not know: what the answers are; how many questions of a client may wait
//! (`chat_rule/stages/questions.rs`).
//!
//! Part: `chat_rule/progress/mod.rs`.

use crate::base::client_id::ClientId;
use std::collections::{HashMap, VecDeque};

use super::file_queue::FileQueue;
use crate::chat::request::Request;

/// The clients whose previous long answer may not have been sent completely, each with its waiting
/// questions.
#[derive(Debug, Default)]
pub(crate) struct WaitingQuestions {
    of: HashMap<ClientId, VecDeque<Request>>,
}

impl WaitingQuestions {
    pub(super) fn forget(&mut self, client: ClientId) {
        self.of.remove(&client);
    }

    pub(super) fn has_asked(&self, client: ClientId) -> bool {
        self.of.contains_key(&client)
    }

    pub(super) fn waits(&self, client: ClientId) -> bool {
        self.of.get(&client).is_some_and(|waiting| !waiting.is_empty())
    }

    /// Returns whether the turn of a client's question has come. It has not if another question of
    /// the client waits, or if the question is for a page of older lines and another such page for
    /// the client still waits for the history.
    pub(crate) fn is_turn_of(
        &self,
        queue: &FileQueue,
        client: ClientId,
        request: &Request,
    ) -> bool {
        !self.waits(client) && !is_page_under_way(queue, client, request)
    }

    /// Notes that the client asks a question: from now on, its next question waits until the answer
    /// has been sent. Returns the questions of the client that wait, oldest first.
    pub(crate) fn begin(&mut self, client: ClientId) -> &mut VecDeque<Request> {
        self.of.entry(client).or_default()
    }

    /// Removes and returns the client's oldest waiting question. `None`: none waits, or it is for a
    /// page of older lines and must wait for the one before. The caller knows that everything has
    /// been sent to the client.
    pub(super) fn take_next(&mut self, queue: &FileQueue, client: ClientId) -> Option<Request> {
        let waiting = self.of.get_mut(&client)?;
        let Some(request) = waiting.front() else {
            // All answers have been sent to the client. So its next question can be answered at
            // once.
            self.forget(client);
            return None;
        };
        let must_wait = is_page_under_way(queue, client, request);
        if must_wait { None } else { waiting.pop_front() }
    }
}

/// Returns whether the request is for a page of older lines, and another such page for the client
/// still waits for the history.
fn is_page_under_way(queue: &FileQueue, client: ClientId, request: &Request) -> bool {
    matches!(request, Request::History { .. } | Request::Talks(_)) && queue.has_page_of(client)
}
