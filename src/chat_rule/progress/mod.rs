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
//! `Progress` is all that the chat calls. It has two tables: `clients.rs` (what each client still
//! has to receive) and `file_queue.rs` (who waits for lines from the history's file). Each has
//! smaller tables inside. What uses both is in functions: `catch_up.rs`, `reading.rs` and
//! `searching.rs`.
//!
//! Owns: the two tables, and when what waits in them goes on.
//! Must not know: who may do what (`chat/core`); frames, sockets (`chat_rule/delivery/mod.rs`).
//!
//! Next in the chat: `chat_rule/progress/clients.rs`.
//! Part: `chat_rule/mod.rs`.

mod catch_up;
mod client_queue;
mod clients;
mod fair_queue;
mod file_queue;
mod follows;
mod questions;
mod reading;
mod searching;

#[cfg(test)]
pub(super) mod tests;

use std::sync::Arc;
use std::time::Duration;

use super::delivery::Delivery;
use super::pace::Paces;
use super::persist::Persist;
use super::stage::StageDecision;
use crate::base::client_id::ClientId;
use crate::base::disconnect::Disconnect;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::{FoundLines, Query};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use clients::WelcomedClients;
use file_queue::{FileQueue, WantedLines};

/// Most clients that are behind to which the hub sends a chunk in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// How far each client is with each log, and what it still waits for. No method blocks.
#[derive(Debug)]
pub(super) struct Progress<D> {
    clients: WelcomedClients<D>,
    file_queue: FileQueue,
    chunk_lines_max: usize,
}

/// The rest of the chat, as progress uses it during one call.
pub(super) struct RestOfChat<'a> {
    pub(super) core: &'a Core,
    pub(super) persist: &'a Persist,
    pub(super) paces: &'a mut Paces,
    /// The present moment, in chat time.
    pub(super) now: Duration,
}

impl<D: Delivery> Progress<D> {
    /// Makes progress without clients. A chunk has at most `chunk_lines_max` lines.
    pub(super) fn new(delivery: D, chunk_lines_max: usize) -> Self {
        let clients = WelcomedClients::new(delivery);
        Self { clients, file_queue: FileQueue::default(), chunk_lines_max }
    }

    pub(super) fn delivery(&mut self) -> &mut D {
        &mut self.clients.delivery
    }

    // Clients come and go.

    /// Returns all clients that were welcomed and are not closed, in the order of their ids.
    pub(super) fn client_ids(&self) -> Vec<ClientId> {
        self.clients.follows.clients().collect()
    }

    /// Returns whether the client was welcomed and is not closed.
    pub(super) fn has_client(&self, client: ClientId) -> bool {
        self.clients.follows.has(client)
    }

    /// Returns the author of what this client says. `None`: the server did not welcome the client,
    /// or has closed it.
    pub(super) fn author_of(&self, core: &Core, client: ClientId) -> Option<Author> {
        core.author(client).filter(|_| self.has_client(client))
    }

    /// Records that the client polls. If it needs lines from the history's file, it may have to
    /// wait until its network may read again.
    pub(super) fn add_poll(&mut self, client: ClientId) {
        self.file_queue.add_poll(client);
    }

    // Clients follow logs, and are sent lines, answers and notices.

    /// Carries out an effect that concerns only clients: they are welcomed, closed or forgotten,
    /// they begin or end to follow a log, or they get an answer or a notice. Does nothing for other
    /// effects, which are the chat's (`Chat::carry_out`).
    pub(super) fn carry_out(&mut self, core: &Core, effect: Effect) {
        let Self { clients, file_queue, .. } = self;
        match effect {
            Effect::Welcome(client) => clients.welcome(client),
            Effect::Refuse(client, reason) => clients.delivery.refuse_newcomer(client, reason),
            Effect::Subscribe(client, log) => clients.subscribe(client, log),
            Effect::Follow { client, log, from } => clients.follow(client, log, from, None),
            Effect::Save { client, log, last } => {
                clients.follow(client, log, Seq::default().next(), Some(last));
            }
            Effect::Unfollow(client, log) => clients.unfollow(client, log),
            Effect::Reply(client, reply) => clients.queue_reply(core, client, &reply),
            Effect::Notice { log, except, reply } => {
                clients.delivery.push_notice(log, except, &reply);
            }
            Effect::Skip(log, first) => clients.tell_again(core, log, first),
            Effect::End(client, reason) => clients.end_client(client, reason),
            Effect::Forget(client) => {
                file_queue.forget(client);
                clients.forget(client);
            }
            Effect::Changed(_)
            | Effect::NewLine { .. }
            | Effect::Resent { .. }
            | Effect::TellState(_)
            | Effect::GiveToken { .. }
            | Effect::ShowRoom { .. }
            | Effect::Report(..) => {}
        }
    }

    /// Queues a line for all clients that are live in its log. They get it with the next push.
    pub(super) fn queue_line(&mut self, core: &Core, log: LogId, entry: &Arc<Entry>) {
        self.clients.queue_line(core, log, entry);
    }

    /// Queues an answer for one client. The client gets it with the next push, after all lines that
    /// are queued then.
    pub(super) fn queue_reply(&mut self, core: &Core, client: ClientId, reply: &Reply) {
        self.clients.queue_reply(core, client, reply);
    }

    /// Pushes all that is queued. If a client had no space, it falls behind, or it is closed if
    /// what it missed cannot be sent again.
    pub(super) fn push_queued(&mut self, core: &Core) {
        self.clients.push_queued(core);
    }

    /// Pushes all that is queued, then a notice to all clients that are live in a room's log or a
    /// private log. A client may be in no room and still have a private log.
    pub(super) fn push_notice_to_all(&mut self, core: &Core, notice: &Reply) {
        self.push_queued(core);
        core.log_ids().for_each(|id| self.delivery().push_notice(id, None, notice));
    }

    // Questions and lookups.

    /// Decides what happens to a request at the stage *questions*. A question may have to wait
    /// until the client's previous long answer has been sent; then
    /// [`catch_some_up`](Self::catch_some_up) returns it. It is refused if too many questions of
    /// the client wait already. A request that is no question goes on.
    pub(super) fn decide_question(
        &mut self,
        core: &Core,
        client: ClientId,
        request: Request,
    ) -> StageDecision {
        self.clients.decide_question(&self.file_queue, core, client, request)
    }

    /// Does the stage *lookups*: answers a request for older lines, a search or a faulty request,
    /// at once or when the history has found the lines. Returns a request of any other kind.
    pub(super) fn answer_lookup(
        &mut self,
        rest: &mut RestOfChat<'_>,
        client: ClientId,
        request: Request,
    ) -> Option<Request> {
        match request {
            Request::History { log, before, count } => {
                reading::answer_history(self, rest, client, (log, before, count));
            }
            Request::Search(search) => searching::queue_search(self, rest, client, *search),
            Request::Faulty(fault) => self.queue_reply(rest.core, client, &Reply::Fault(*fault)),
            other => return Some(other),
        }
        None
    }

    /// If a question of the client waits, makes sure that the hub answers it when the answer that
    /// was just made for the client has been sent.
    pub(super) fn queue_if_question_waits(&mut self, core: &Core, client: ClientId) {
        self.clients.queue_if_question_waits(core, client);
    }

    /// Returns the queries that the hub must send to the history now. A search that has lasted too
    /// long gets what was found so far, or is refused if the history has not begun with it.
    pub(super) fn next_queries(&mut self, rest: &mut RestOfChat<'_>) -> Vec<Query> {
        let mut queries = Vec::new();
        while let Some((client, log)) = self.file_queue.next_due(rest.now) {
            reading::queue_missed(self, rest, client, log);
        }
        searching::answer_overdue(self, rest);
        while let Some(wanted) = self.file_queue.next(rest.now) {
            if let Some(query) = reading::query_for(self, rest, &wanted) {
                queries.push(query.clone());
                self.file_queue.add_query(wanted, query);
                continue;
            }
            match wanted {
                WantedLines::Missed(client, _) => self.clients.queue_when_drained(client),
                WantedLines::Page { client, name, .. } => {
                    self.queue_reply(rest.core, client, &reading::no_history(name));
                    self.queue_if_question_waits(rest.core, client);
                }
                WantedLines::Words(client, _, search) => {
                    let reply = searching::nothing_found(search.log());
                    self.queue_reply(rest.core, client, &reply);
                }
            }
        }
        queries
    }

    /// Handles the history's answer to the oldest query. If the history could not read its file, a
    /// client that saves a room is closed, one that is behind goes on with later lines, and one
    /// that wants a page or a search is refused.
    pub(super) fn query_answered(
        &mut self,
        rest: &mut RestOfChat<'_>,
        found: Result<FoundLines, String>,
    ) {
        let Some((wanted, query)) = self.file_queue.answered(rest.now) else { return };
        match wanted {
            WantedLines::Missed(client, _)
                if found.is_err() && self.clients.follows.saves(client) =>
            {
                self.clients.end_client(client, Disconnect::Unavailable);
            }
            WantedLines::Missed(client, log) => {
                // If the lines cannot be read, they count as lost, and the client receives the
                // lines after them.
                let found = found.unwrap_or_default();
                reading::send_missed(self, rest, (client, log), &query, found);
            }
            WantedLines::Page { client, log, name, .. } => {
                reading::answer_page(self, rest, client, (log, name), &query, found);
                self.queue_if_question_waits(rest.core, client);
            }
            WantedLines::Words(client, log, search) => {
                searching::continue_search(self, rest, (client, log), search, found);
            }
        }
    }

    // Rounds of the hub.

    /// Queues a client for its next chunk or answer. The caller knows that everything has been sent
    /// to it.
    pub(super) fn queue_drained(&mut self, client: ClientId) {
        self.clients.drained.queue(client);
    }

    /// Returns whether a client to which everything has been sent is queued for its next chunk or
    /// answer.
    pub(super) fn has_drained(&self) -> bool {
        self.clients.drained.len() > 0
    }

    /// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
    /// clients wait for the next round, so that new messages need not wait for all of them. Returns
    /// the questions that have waited and may now be handled, each with its client.
    pub(super) fn catch_some_up(&mut self, rest: &mut RestOfChat<'_>) -> Vec<(ClientId, Request)> {
        let mut due = Vec::new();
        for _ in 0..self.clients.drained.len().min(CATCH_UPS_PER_ROUND) {
            let Some((client, question)) = self.clients.next_drained(&self.file_queue) else {
                break;
            };
            due.extend(question.map(|request| (client, request)));
            catch_up::send_next_chunk(self, rest, client);
        }
        due
    }

    /// Returns the moment, in chat time, at which [`next_queries`](Self::next_queries) must be
    /// called at the latest. `None`: it need not be called before the next event.
    pub(super) fn next_tick(&self) -> Option<Duration> {
        self.file_queue.next_tick()
    }
}
