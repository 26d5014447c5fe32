//! One long answer at a time: a client that asks for lines, people or rooms is answered when it has
//! taken the answer before.
//!
//! A long answer is in the outbox of its client and in nobody else's. A client that asks and never
//! reads would collect them, and so would every other one that does the same. So of each client the
//! hub makes one such answer, and keeps the questions behind it, which are small. Admission reckons
//! with that answer for each client (`limits::HEAP_PER_PEER_BYTES`): what waits over all clients is
//! bounded by the number of clients, and no client waits for another one to read.
//!
//! Owns: the questions that wait, oldest first.
//! Must not know: what the answers are.
//!
//! Next: `telling/progress/file_queue.rs`.

use std::collections::{HashMap, VecDeque};

use super::Telling;
use crate::chat::core::Core;
use crate::chat::request::Request;
use crate::hub::ClientId;
use crate::limits;
use crate::telling::delivery::Delivery;

/// Clients that were given a long answer, and what they have asked since.
#[derive(Debug, Default)]
pub(super) struct Answers {
    of: HashMap<ClientId, VecDeque<Request>>,
}

/// What becomes of a question.
#[derive(Debug)]
pub(crate) enum Question {
    /// It is answered now.
    Now(Request),
    /// It waits until the client has taken what it asked for before.
    Waits,
    /// Too many of this client wait.
    TooMany(Request),
}

impl Answers {
    pub(super) fn forget(&mut self, client: ClientId) {
        self.of.remove(&client);
    }

    /// Whether something that the client has asked waits.
    fn waits(&self, client: ClientId) -> bool {
        self.of.get(&client).is_some_and(|waiting| !waiting.is_empty())
    }
}

impl<D: Delivery> Telling<D> {
    /// A client asks something whose answer is long: it waits for its turn.
    pub(crate) fn question(&mut self, core: &Core, client: ClientId, request: Request) -> Question {
        if self.may_be_answered(core, client, &request) {
            self.answers.of.entry(client).or_default();
            return Question::Now(request);
        }
        let waiting = self.answers.of.entry(client).or_default();
        if waiting.len() >= limits::QUESTIONS_WAITING_MAX {
            return Question::TooMany(request);
        }
        waiting.push_back(request);
        Question::Waits
    }

    /// Whether the client has taken what it has asked for before. If not, it has a turn when it has.
    fn may_be_answered(&mut self, core: &Core, client: ClientId, request: &Request) -> bool {
        if self.answers.waits(client) || self.is_page_under_way(client, request) {
            return false;
        }
        if !self.answers.of.contains_key(&client) {
            return true;
        }
        // The answer before may be among what is noted.
        self.push_noted(core);
        self.delivery.has_taken_all(client)
    }

    /// A page of older lines waits for the file; then the next page waits for it.
    fn is_page_under_way(&self, client: ClientId, request: &Request) -> bool {
        matches!(request, Request::History { .. }) && self.file_queue.has_page_of(client)
    }

    /// The client has nothing unsent: what is answered now of what it has asked.
    pub(super) fn take_question(&mut self, client: ClientId) {
        let Some(waiting) = self.answers.of.get(&client) else { return };
        match waiting.front() {
            // There is nothing more to wait for.
            None => self.answers.forget(client),
            Some(request) if self.is_page_under_way(client, request) => {}
            Some(_) => {
                let waiting = self.answers.of.get_mut(&client);
                let request = waiting.and_then(VecDeque::pop_front);
                self.due.extend(request.map(|request| (client, request)));
            }
        }
    }

    /// The client has been given an answer: if more waits, it has a turn when it has taken that.
    pub(crate) fn go_on_answering(&mut self, core: &Core, client: ClientId) {
        if self.answers.waits(client) {
            self.push_noted(core);
            self.watch(client);
        }
    }
}
