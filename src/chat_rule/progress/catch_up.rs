//! How a client receives what it has missed: when it enters, after its log has skipped numbers, and
//! after it was too slow. It works in the same way in all three cases.
//!
//! This file finds the next chunk. The table of clients (`clients.rs`) sends it. If the chunk is
//! only in the history's file, the client is queued for that file.
//!
//! Owns: which chunk of a log a client receives next.
//! Must not know: outboxes.
//!
//! Next in the chat: `chat_rule/delivery/mod.rs`.
//! Part: `chat_rule/progress/mod.rs`.

use std::time::Duration;

use super::clients::{DrainedClient, WelcomedClients};
use super::file_queue::FileQueue;
use super::follows::Follows;
use super::{KnownLines, reading};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::core::{Core, LogId};
use crate::chat::entry::Seq;
use crate::chat::request::Request;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::stages::pace::Paces;

/// Most clients that are behind to which the hub sends a chunk in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
/// clients wait for the next round, so that new messages need not wait for all of them. Returns the
/// questions that have waited and may now be handled, each with its client.
pub(crate) fn catch_some_up<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    known: KnownLines<'_>,
    paces: &mut Paces,
    now: Duration,
) -> Vec<(ClientId, Request)> {
    let mut due = Vec::new();
    for _ in 0..clients.drained_count().min(CATCH_UPS_PER_ROUND) {
        let drained = clients.next_drained(file_queue);
        let Some(DrainedClient { client, question, behind }) = drained else { break };
        due.extend(question.map(|request| (client, request)));
        if let Some((log, from)) = behind
            && !send_next_chunk(clients, known, (client, log), from)
        {
            queue_missed(file_queue, clients.follows(), known.core, paces, (client, log), now);
        }
    }
    due
}

/// Sends the client the chunk of a log that begins at `from`. Returns false if the history's file
/// must be read for this. The caller knows that everything has been sent to the client.
fn send_next_chunk<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    known: KnownLines<'_>,
    (client, id): (ClientId, LogId),
    from: Seq,
) -> bool {
    let Some(log) = known.core.log(id) else {
        // The room no longer exists. A room is removed only when no client is in it, so this
        // client is here only to save the room.
        clients.end_client(client, Disconnect::Unavailable);
        return true;
    };
    let lines_max = clients.chunk_lines_max;
    let chunk = if from < log.oldest() {
        reading::forgotten_chunk(known.persist, log, from, lines_max)
    } else {
        Some(log.chunk(from, lines_max))
    };
    let Some(chunk) = chunk else { return false };
    clients.send_chunk(known.core, (client, id), from, chunk);
    true
}

/// Queues the client for its next lines of a log, which are in the history's file. A poll may first
/// have to wait, because the number of reads for each network is limited.
fn queue_missed(
    file_queue: &mut FileQueue,
    follows: &Follows,
    core: &Core,
    paces: &mut Paces,
    (client, log): (ClientId, LogId),
    now: Duration,
) {
    // The client waits for lines of this log already. When it has got them, it is queued again if
    // it needs more.
    if file_queue.has_missed(client, log) {
        return;
    }
    let network = core.network_of(client);
    // Only the first read for a poll is charged to the client's network.
    let first_at = || now + paces.charge_poll(network, now);
    match file_queue.poll_reads_at(client, first_at) {
        Some(at) if at > now => file_queue.queue_late(at, client, log),
        at => {
            let is_urgent = at.is_none() && !follows.saves(client);
            file_queue.queue_missed((client, log), network, is_urgent.then_some(now));
        }
    }
}
