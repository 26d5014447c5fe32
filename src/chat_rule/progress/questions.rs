//! One long answer at a time. In this file, a *question* is a request with a long answer: for
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
//! Must not know: what the answers are.
//!
//! Next in the chat: `chat_rule/persist/mod.rs`.
//! Part: `chat_rule/progress/mod.rs`.

use crate::base::client_id::ClientId;
use std::collections::{HashMap, VecDeque};

use super::file_queue::FileQueue;
use crate::base::limits;
use crate::chat::request::Request;
use crate::chat_rule::stage::StageDecision;

/// The clients whose previous long answer may not have been sent completely, each with its waiting
/// questions.
#[derive(Debug, Default)]
pub(super) struct Questions {
    of: HashMap<ClientId, VecDeque<Request>>,
}

impl Questions {
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
    pub(super) fn is_turn_of(
        &self,
        queue: &FileQueue,
        client: ClientId,
        request: &Request,
    ) -> bool {
        !self.waits(client) && !is_page_under_way(queue, client, request)
    }

    /// Decides what happens to a question. It goes on if it can be answered now (`is_now`).
    /// Otherwise it waits; it is refused if too many questions of the client wait already.
    pub(super) fn decide(
        &mut self,
        client: ClientId,
        request: Request,
        is_now: bool,
    ) -> StageDecision {
        let waiting = self.of.entry(client).or_default();
        if is_now {
            return StageDecision::GoOn(request);
        }
        if waiting.len() >= limits::QUESTIONS_WAITING_MAX {
            return StageDecision::Refuse(request, limits::BUSY_RETRY_WAIT);
        }
        waiting.push_back(request);
        StageDecision::Waits
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
    matches!(request, Request::History { .. }) && queue.has_page_of(client)
}
