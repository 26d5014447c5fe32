//! The stage *questions*: a client's next question is answered when the client's previous long
//! answer has been sent completely. Until then it waits (`chat_rule/progress/waiting_questions.rs`
//! says why), and the client goes on with it when its turn comes (`catch_up.rs` there).
//!
//! Owns: when a question waits, and when it is refused.
//! Must not know: what the answers are.
//!
//! Next in the chat: `chat_rule/stages/lookups.rs`.
//! Part: `chat_rule/mod.rs`.

use super::StageDecision;
use crate::base::{client_id::ClientId, limits};
use crate::chat::core::Core;
use crate::chat::request::Request;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::progress::clients::WelcomedClients;
use crate::chat_rule::progress::file_queue::FileQueue;

/// Decides what happens to a request at this stage. A question goes on if it can be answered now.
/// Otherwise it waits; it is refused if too many questions of the client wait already. A request
/// that is no question goes on.
pub(crate) fn decide_question<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &FileQueue,
    core: &Core,
    client: ClientId,
    request: Request,
) -> StageDecision {
    if !request.has_long_answer() {
        return StageDecision::GoOn(request);
    }
    let is_now = clients.questions().is_turn_of(file_queue, client, &request)
        && clients.ask_if_answer_is_sent(core, client);
    let waiting = clients.questions().begin(client);
    if is_now {
        return StageDecision::GoOn(request);
    }
    if waiting.len() >= limits::QUESTIONS_WAITING_MAX {
        return StageDecision::Refuse(request, limits::BUSY_RETRY_WAIT);
    }
    waiting.push_back(request);
    StageDecision::Waits
}
