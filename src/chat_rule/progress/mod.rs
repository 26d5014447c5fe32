//! Message path, step 5, in the chat: each client receives what it should receive, as fast as it
//! can take it.
//!
//! The core decides which client receives what; this part sends it to the clients of this server. A
//! client that follows a log is in one of two states:
//!
//! - it is *live*: each new line is pushed into its outbox at once;
//! - it is *behind*: it is sent the log from a number on, one chunk at a time, whenever its outbox
//!   is empty. When it has reached the end of the log, it is *live* again.
//!
//! A client begins behind, whether it enters for the first time or again; only a classic client
//! begins live. A client that knows numbers and is too slow falls behind. A push says at once
//! whether the outbox had space, so progress knows at once that a client is behind. A classic
//! client knows no numbers and cannot be sent lines again, so it is closed if it is too slow.
//!
//! The chat calls two tables for this: `clients.rs` (what each client still has to receive) and
//! `file_queue.rs` (who waits for lines from the history's file). What needs both tables is in
//! functions, here and in `catch_up.rs`, `reading.rs` and `searching.rs`; each is given what it
//! needs, and none blocks.
//!
//! Owns: when a client that waits for the history goes on.
//! Must not know: who may do what (`chat/core`); frames, sockets (`chat_rule/delivery/mod.rs`).
//!
//! Next in the chat: `chat_rule/progress/clients.rs`.
//! Part: `chat_rule/mod.rs`.

pub(super) mod catch_up;
mod client_queue;
pub(super) mod clients;
mod fair_queue;
pub(super) mod file_queue;
mod follows;
pub(super) mod reading;
pub(super) mod searching;
mod waiting_questions;

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use super::delivery::Delivery;
use super::persist::Persist;
use crate::base::disconnect::Disconnect;
use crate::chat::core::Core;
use crate::chat::record::{FoundLines, Query};
use clients::WelcomedClients;
use file_queue::{FileQueue, WantedLines};

/// The lines that can be read without the history's file: those in the core's memory, and those
/// that persist has not stored yet. The core also knows who may read them.
#[derive(Clone, Copy)]
pub(crate) struct KnownLines<'a> {
    pub(super) core: &'a Core,
    pub(super) persist: &'a Persist,
}

/// Returns the queries that the hub must send to the history now. A search that has lasted too long
/// gets what was found so far, or is refused if the history has not begun with it.
pub(super) fn next_queries<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    known: KnownLines<'_>,
    now: Duration,
) -> Vec<Query> {
    let core = known.core;
    let mut queries = Vec::new();
    while let Some((client, log)) = file_queue.next_due(now) {
        // A poll is never urgent. Its read was charged to its network when the poll began to wait.
        file_queue.queue_missed((client, log), core.network_of(client), None);
    }
    searching::answer_overdue(clients, file_queue, known, now);
    while let Some(wanted) = file_queue.next(now) {
        if let Some(query) = reading::query_for(clients, known, &wanted) {
            queries.push(query.clone());
            file_queue.add_query(wanted, query);
            continue;
        }
        match wanted {
            WantedLines::Missed(client, _) => clients.queue_when_drained(client),
            WantedLines::Page { client, name, .. } => {
                clients.queue_answer(core, client, &reading::no_history(core, client, name));
                clients.queue_if_question_waits(core, client);
            }
            WantedLines::Words(client, _, search) => {
                clients.queue_answer(core, client, &searching::nothing_found(search.log()));
            }
        }
    }
    queries
}

/// Handles the history's answer to the oldest query. If the history could not read its file, a
/// client that saves a room is closed, one that is behind goes on with later lines, and one that
/// wants a page or a search is refused.
pub(super) fn handle_history_answer<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    known: KnownLines<'_>,
    found: Result<FoundLines, String>,
    now: Duration,
) {
    let Some((wanted, query)) = file_queue.answered(now) else { return };
    match wanted {
        WantedLines::Missed(client, _) if found.is_err() && clients.follows().saves(client) => {
            clients.end_client(client, Disconnect::Unavailable);
        }
        WantedLines::Missed(client, log) => {
            // If the lines cannot be read, they count as lost, and the client receives the lines
            // after them.
            reading::send_missed(clients, known, (client, log), &query, found.unwrap_or_default());
        }
        WantedLines::Page { client, log, name, .. } => {
            reading::answer_page(clients, known, client, (log, name), &query, found);
            clients.queue_if_question_waits(known.core, client);
        }
        WantedLines::Words(client, log, search) => {
            let search = (client, log, search);
            searching::continue_search(clients, file_queue, known, search, found, now);
        }
    }
}
