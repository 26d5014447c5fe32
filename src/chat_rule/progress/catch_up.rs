//! How a client receives what it has missed: when it enters, after its log has skipped numbers, and
//! after it was too slow. It works in the same way in all three cases.
//!
//! This file finds the next chunk. The table of clients (`clients.rs`) sends it.
//!
//! Owns: which chunk of a log a client receives next.
//! Must not know: outboxes.
//!
//! Part: `chat_rule/progress/mod.rs`.

use super::clients::WelcomedClients;
use super::{Lent, reading};
use crate::chat::request::Request;
use crate::chat_rule::delivery::Delivery;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// Most clients that are behind to which the hub sends a chunk in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
/// clients wait for the next round, so that new messages need not wait for all of them. Returns the
/// questions that have waited and may now be handled, each with its client.
pub(in crate::chat_rule) fn catch_some_up<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    lent: &mut Lent<'_>,
) -> Vec<(ClientId, Request)> {
    let mut due = Vec::new();
    for _ in 0..clients.drained_count().min(CATCH_UPS_PER_ROUND) {
        let Some((client, question)) = clients.next_drained(lent.file_queue) else { break };
        due.extend(question.map(|request| (client, request)));
        send_next_chunk(clients, lent, client);
    }
    due
}

/// Sends the client its next chunk of a log, if it is behind in one. If the history's file must be
/// read for this, queues the client. The caller knows that everything has been sent to the client.
fn send_next_chunk<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    lent: &mut Lent<'_>,
    client: ClientId,
) {
    let Some((id, from)) = clients.next_behind(client) else { return };
    let Some(log) = lent.core.log(id) else {
        // The room no longer exists. A room is removed only when no client is in it, so this
        // client is here only to save the room.
        return clients.end_client(client, Disconnect::Unavailable);
    };
    let lines_max = clients.chunk_lines_max();
    let chunk = if from < log.oldest() {
        reading::forgotten_chunk(lent.persist, log, from, lines_max)
    } else {
        Some(log.chunk(from, lines_max))
    };
    match chunk {
        Some(chunk) => clients.send_chunk(lent.core, (client, id), from, chunk),
        None => reading::queue_missed(clients.follows(), lent, client, id),
    }
}
