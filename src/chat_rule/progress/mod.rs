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
//! functions, here and in `catch_up.rs`, `reading.rs` and `searching.rs`; the chat lends them what
//! they need ([`LentChat`]).
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
mod questions;
mod reading;
mod searching;

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

use super::delivery::Delivery;
use super::pace::Paces;
use super::persist::Persist;
use crate::base::client_id::ClientId;
use crate::base::disconnect::Disconnect;
use crate::chat::core::Core;
use crate::chat::record::{FoundLines, Query};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use clients::WelcomedClients;
use file_queue::{FileQueue, WantedLines};

/// What the chat lends to a function of progress for one call. No such function blocks.
pub(super) struct LentChat<'a, D> {
    pub(super) clients: &'a mut WelcomedClients<D>,
    pub(super) file_queue: &'a mut FileQueue,
    pub(super) core: &'a Core,
    pub(super) persist: &'a Persist,
    pub(super) paces: &'a mut Paces,
    /// Most lines in one chunk.
    pub(super) chunk_lines_max: usize,
    /// The present moment, in chat time.
    pub(super) now: Duration,
}

/// Does the stage *lookups*: answers a request for older lines, a search or a faulty request, at
/// once or when the history has found the lines. Returns a request of any other kind.
pub(super) fn answer_lookup<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    client: ClientId,
    request: Request,
) -> Option<Request> {
    match request {
        Request::History { log, before, count } => {
            reading::answer_history(chat, client, (log, before, count));
        }
        Request::Search(search) => searching::queue_search(chat, client, *search),
        Request::Faulty(fault) => {
            chat.clients.queue_reply(chat.core, client, &Reply::Fault(*fault));
        }
        other => return Some(other),
    }
    None
}

/// Returns the queries that the hub must send to the history now. A search that has lasted too long
/// gets what was found so far, or is refused if the history has not begun with it.
pub(super) fn next_queries<D: Delivery>(chat: &mut LentChat<'_, D>) -> Vec<Query> {
    let mut queries = Vec::new();
    while let Some((client, log)) = chat.file_queue.next_due(chat.now) {
        reading::queue_missed(chat, client, log);
    }
    searching::answer_overdue(chat);
    while let Some(wanted) = chat.file_queue.next(chat.now) {
        if let Some(query) = reading::query_for(chat, &wanted) {
            queries.push(query.clone());
            chat.file_queue.add_query(wanted, query);
            continue;
        }
        match wanted {
            WantedLines::Missed(client, _) => chat.clients.queue_when_drained(client),
            WantedLines::Page { client, name, .. } => {
                chat.clients.queue_reply(chat.core, client, &reading::no_history(name));
                chat.clients.queue_if_question_waits(chat.core, client);
            }
            WantedLines::Words(client, _, search) => {
                let reply = searching::nothing_found(search.log());
                chat.clients.queue_reply(chat.core, client, &reply);
            }
        }
    }
    queries
}

/// Handles the history's answer to the oldest query. If the history could not read its file, a
/// client that saves a room is closed, one that is behind goes on with later lines, and one that
/// wants a page or a search is refused.
pub(super) fn handle_history_answer<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    found: Result<FoundLines, String>,
) {
    let Some((wanted, query)) = chat.file_queue.answered(chat.now) else { return };
    match wanted {
        WantedLines::Missed(client, _)
            if found.is_err() && chat.clients.follows().saves(client) =>
        {
            chat.clients.end_client(client, Disconnect::Unavailable);
        }
        WantedLines::Missed(client, log) => {
            // If the lines cannot be read, they count as lost, and the client receives the lines
            // after them.
            reading::send_missed(chat, (client, log), &query, found.unwrap_or_default());
        }
        WantedLines::Page { client, log, name, .. } => {
            reading::answer_page(chat, client, (log, name), &query, found);
            chat.clients.queue_if_question_waits(chat.core, client);
        }
        WantedLines::Words(client, log, search) => {
            searching::continue_search(chat, (client, log), search, found);
        }
    }
}
