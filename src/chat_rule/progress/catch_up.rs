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

use super::{Progress, RestOfChat, reading};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat_rule::delivery::Delivery;

/// Sends the client its next chunk of a log, if it is behind in one. If the history's file must be
/// read for this, queues the client. The caller knows that everything has been sent to the client.
pub(super) fn send_next_chunk<D: Delivery>(
    progress: &mut Progress<D>,
    rest: &mut RestOfChat<'_>,
    client: ClientId,
) {
    let Some((id, from)) = progress.clients.follows.next_behind(client) else { return };
    let Some(log) = rest.core.log(id) else {
        // The room no longer exists. A room is removed only when no client is in it, so this
        // client is here only to save the room.
        return progress.clients.end_client(client, Disconnect::Unavailable);
    };
    let lines_max = progress.chunk_lines_max;
    let chunk = if from < log.oldest() {
        reading::forgotten_chunk(rest.persist, log, from, lines_max)
    } else {
        Some(log.chunk(from, lines_max))
    };
    match chunk {
        Some(chunk) => progress.clients.send_chunk(rest.core, (client, id), from, chunk),
        None => reading::queue_missed(progress, rest, client, id),
    }
}
