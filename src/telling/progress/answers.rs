//! One long answer at a time: a client that asks for lines, people or rooms is answered when it has
//! received the previous answer.
//!
//! A long answer is in the outbox of one client only. A client that asks and never reads would
//! collect such answers, and so would every other client that does the same. So the hub makes only
//! one for each client, and stores the client's further questions, which are small. Admission
//! reserves memory for this one answer per client (`limits::HEAP_PER_PEER_BYTES`). So the number of
//! clients bounds all answers that wait, and no client waits for another one to read.
//!
//! Owns: the questions that wait, oldest first.
//! Must not know: what the answers are.
//!
//! Part: `telling/progress/mod.rs`.

use std::collections::{HashMap, VecDeque};

use super::Telling;
use crate::base::limits;
use crate::chat::core::Core;
use crate::chat::request::Request;
use crate::server::hub::ClientId;
use crate::telling::delivery::Delivery;

/// Clients that were given a long answer, and what they have asked since.
#[derive(Debug, Default)]
pub(super) struct Answers {
    of: HashMap<ClientId, VecDeque<Request>>,
}

/// What happens to a question.
#[derive(Debug)]
pub(crate) enum QuestionTurn {
    /// The question is answered now.
    Now(Request),
    /// The question waits until the client has received its previous answer.
    Waits,
    /// The question is refused: too many questions of this client wait already.
    TooMany(Request),
}

impl Answers {
    pub(super) fn forget(&mut self, client: ClientId) {
        self.of.remove(&client);
    }

    /// Returns whether a question of this client waits.
    fn waits(&self, client: ClientId) -> bool {
        self.of.get(&client).is_some_and(|waiting| !waiting.is_empty())
    }
}

impl<D: Delivery> Telling<D> {
    /// Handles a question with a long answer: it is answered now, waits for its turn, or is
    /// refused.
    pub(crate) fn question(
        &mut self,
        core: &Core,
        client: ClientId,
        request: Request,
    ) -> QuestionTurn {
        if self.may_be_answered(core, client, &request) {
            self.answers.of.entry(client).or_default();
            return QuestionTurn::Now(request);
        }
        let waiting = self.answers.of.entry(client).or_default();
        if waiting.len() >= limits::QUESTIONS_WAITING_MAX {
            return QuestionTurn::TooMany(request);
        }
        waiting.push_back(request);
        QuestionTurn::Waits
    }

    /// Returns whether this question can be answered now: no other question of the client waits,
    /// its last page of older lines has been read, and it has received its previous answer. If only
    /// that answer is unsent, the client gets a turn when it is sent.
    fn may_be_answered(&mut self, core: &Core, client: ClientId, request: &Request) -> bool {
        if self.answers.waits(client) || self.is_page_under_way(client, request) {
            return false;
        }
        if !self.answers.of.contains_key(&client) {
            return true;
        }
        // The previous answer may be among what is noted and not pushed.
        self.push_noted(core);
        self.delivery.watch_until_drained(client)
    }

    /// Returns whether the client asks for a page of older lines while its previous page waits for
    /// the file.
    fn is_page_under_way(&self, client: ClientId, request: &Request) -> bool {
        matches!(request, Request::History { .. }) && self.file_queue.has_page_of(client)
    }

    /// Takes the client's oldest waiting question, to be answered now. The caller knows that
    /// everything has been sent to the client.
    pub(super) fn take_question(&mut self, client: ClientId) {
        let Some(waiting) = self.answers.of.get(&client) else { return };
        match waiting.front() {
            // The client has received all its answers, so its next question can be answered at
            // once.
            None => self.answers.forget(client),
            Some(request) if self.is_page_under_way(client, request) => {}
            Some(_) => {
                let waiting = self.answers.of.get_mut(&client);
                let request = waiting.and_then(VecDeque::pop_front);
                self.due.extend(request.map(|request| (client, request)));
            }
        }
    }

    /// Makes sure that the client's next waiting question gets a turn, when the answer that was
    /// just given is sent.
    pub(crate) fn go_on_answering(&mut self, core: &Core, client: ClientId) {
        if self.answers.waits(client) {
            self.push_noted(core);
            self.watch(client);
        }
    }
}
