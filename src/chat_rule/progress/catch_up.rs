//! How a client receives what it has missed: when it enters, after its log has skipped numbers, and
//! after it was too slow. It works in the same way in all three cases.
//!
//! This file finds the next chunk. The table of clients (`clients.rs`) sends it.
//!
//! Owns: which chunk of a log a client receives next.
//! Must not know: outboxes.
//!
//! Next in the chat: `chat_rule/delivery/mod.rs`.
//! Part: `chat_rule/progress/mod.rs`.

use super::clients::DrainedClient;
use super::{LentChat, reading};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::core::LogId;
use crate::chat::entry::Seq;
use crate::chat::request::Request;
use crate::chat_rule::delivery::Delivery;

/// Most clients that are behind to which the hub sends a chunk in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
/// clients wait for the next round, so that new messages need not wait for all of them. Returns the
/// questions that have waited and may now be handled, each with its client.
pub(in crate::chat_rule) fn catch_some_up<D: Delivery>(
    chat: &mut LentChat<'_, D>,
) -> Vec<(ClientId, Request)> {
    let mut due = Vec::new();
    for _ in 0..chat.clients.drained_count().min(CATCH_UPS_PER_ROUND) {
        let drained = chat.clients.next_drained(chat.file_queue);
        let Some(DrainedClient { client, question, behind }) = drained else { break };
        due.extend(question.map(|request| (client, request)));
        if let Some((log, from)) = behind {
            send_next_chunk(chat, (client, log), from);
        }
    }
    due
}

/// Sends the client the chunk of a log that begins at `from`. If the history's file must be read
/// for this, queues the client. The caller knows that everything has been sent to the client.
fn send_next_chunk<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    (client, id): (ClientId, LogId),
    from: Seq,
) {
    let Some(log) = chat.core.log(id) else {
        // The room no longer exists. A room is removed only when no client is in it, so this
        // client is here only to save the room.
        return chat.clients.end_client(client, Disconnect::Unavailable);
    };
    let lines_max = chat.chunk_lines_max;
    let chunk = if from < log.oldest() {
        reading::forgotten_chunk(chat.persist, log, from, lines_max)
    } else {
        Some(log.chunk(from, lines_max))
    };
    match chunk {
        Some(chunk) => chat.clients.send_chunk(chat.core, (client, id), from, chunk),
        None => reading::queue_missed(chat, client, id),
    }
}
