//! One long answer at a time. In this file, a *question* is a request with a long answer, that is,
//! lines, people, rooms, or what a search finds. A client's question is answered when its previous
//! long answer has been sent completely.
//!
//! A long answer is made for one client only. If clients ask and never read, the server would have
//! to store many such answers. So the hub makes only one at a time for each client, and stores the
//! client's further questions, which are small. Admission reserves memory for this one answer per
//! client (`limits::HEAP_PER_PEER_BYTES`). So all these answers together need no more memory than
//! admission has reserved, and a client never has to wait until another client reads.
//!
//! Owns: the questions that wait, oldest first.
//! Must not know: what the answers are.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::collections::{HashMap, VecDeque};

use super::Progress;
use super::file_queue::FileQueue;
use crate::base::limits;
use crate::chat::core::Core;
use crate::chat::request::Request;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::step::StepDecision;
use crate::server::hub::ClientId;

/// The clients whose previous long answer may not have been sent completely. For each of them, the
/// requests with long answers that wait.
#[derive(Debug, Default)]
pub(super) struct Questions {
    of: HashMap<ClientId, VecDeque<Request>>,
    /// The requests with long answers that have waited long enough and may be handled now.
    due: Vec<(ClientId, Request)>,
}

impl Questions {
    pub(super) fn forget(&mut self, client: ClientId) {
        self.of.remove(&client);
    }

    pub(super) fn take_due(&mut self) -> Vec<(ClientId, Request)> {
        std::mem::take(&mut self.due)
    }

    fn waits(&self, client: ClientId) -> bool {
        self.of.get(&client).is_some_and(|waiting| !waiting.is_empty())
    }
}

/// Decides what happens to a request. A question may have to wait until the client's previous long
/// answer has been sent; it is refused if too many questions of the client wait already. Any other
/// request goes on.
pub(in crate::chat_rule) fn decide<D: Delivery>(
    progress: &mut Progress<D>,
    core: &Core,
    client: ClientId,
    request: Request,
) -> StepDecision {
    if !request.has_long_answer() {
        return StepDecision::GoOn(request);
    }
    let is_now = is_turn_of(progress, client, &request) && watch_answer(progress, core, client);
    let waiting = progress.questions.of.entry(client).or_default();
    if is_now {
        return StepDecision::GoOn(request);
    }
    if waiting.len() >= limits::QUESTIONS_WAITING_MAX {
        return StepDecision::Refuse(request, limits::BUSY_RETRY_WAIT);
    }
    waiting.push_back(request);
    StepDecision::Waits
}

/// Returns whether no earlier question of the client must be answered first. That is so if none of
/// its questions waits. If the request asks for older lines, no page of older lines for the client
/// may wait for the history.
fn is_turn_of<D: Delivery>(progress: &Progress<D>, client: ClientId, request: &Request) -> bool {
    !progress.questions.waits(client) && !is_page_under_way(&progress.file_queue, client, request)
}

/// Returns whether the client's previous long answer has been sent completely. If not, the hub
/// queues the client for its next answer as soon as the previous answer has been sent.
fn watch_answer<D: Delivery>(progress: &mut Progress<D>, core: &Core, client: ClientId) -> bool {
    if !progress.questions.of.contains_key(&client) {
        return true;
    }
    // The previous answer may be queued and not pushed yet. It must be in the outbox before the
    // outbox is checked.
    progress.push_queued(core);
    progress.delivery.watch(client)
}

/// Returns whether the client asks for a page of older lines while its previous page still
/// waits for the history's file.
fn is_page_under_way(queue: &FileQueue, client: ClientId, request: &Request) -> bool {
    matches!(request, Request::History { .. }) && queue.has_page_of(client)
}

/// Moves the client's oldest waiting question to `due`. But if the question
/// must wait for a page of older lines, it stays. The caller knows that everything has been
/// sent to the client.
pub(super) fn take_next<D: Delivery>(progress: &mut Progress<D>, client: ClientId) {
    let Some(waiting) = progress.questions.of.get_mut(&client) else { return };
    match waiting.front() {
        // No question waits, and the client has received all its answers. So its next question
        // can be answered at once.
        None => progress.questions.forget(client),
        Some(request) if is_page_under_way(&progress.file_queue, client, request) => {}
        Some(_) => {
            let request = waiting.pop_front();
            progress.questions.due.extend(request.map(|request| (client, request)));
        }
    }
}

/// If a question of the client waits, makes sure that the hub answers it as soon as the answer
/// that was just made for the client has been sent.
pub(crate) fn watch_for_next<D: Delivery>(
    progress: &mut Progress<D>,
    core: &Core,
    client: ClientId,
) {
    if progress.questions.waits(client) {
        progress.push_queued(core);
        progress.watch(client);
    }
}
