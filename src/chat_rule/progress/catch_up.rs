//! How a client receives what it has missed: when it enters, after its log has skipped numbers, and
//! after it was too slow. All three cases work in the same way.
//!
//! This file finds the next chunk. The table of clients sends it, and knows what the client needs
//! after it (`WelcomedClients::send_chunk`).
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

/// Most clients that are behind to which the hub sends lines in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
/// clients wait for the next round, so that new messages need not wait until all these chunks are
/// sent. Returns the requests with long answers that have waited and may now be handled.
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

/// Sends the next chunk of a log, if the client is behind in one. If the history's file must be
/// read for that, the client is queued. The caller knows that everything has been sent to the
/// client.
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
