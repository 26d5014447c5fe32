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
//! Each client begins behind, whether it enters for the first time or again; only a classic client
//! begins live. A client that knows numbers and is too slow falls behind. A push says at once
//! whether the outbox had space. So progress knows at once whether a client is behind, and need not
//! correct this later. A classic client knows no numbers and cannot be sent lines again, so it is
//! closed when it is too slow.
//!
//! Owns: how far each client is with each log, and which clients wait for lines from the history's
//! file.
//! Must not know: who may do what (`chat/core`); frames, sockets (`chat_rule/delivery/mod.rs`).
//!
//! Next in the chat: `chat_rule/delivery/mod.rs`.
//! Part: `chat_rule/mod.rs`.

mod catch_up;
mod client_queue;
mod fair_queue;
pub(crate) mod file_queue;
mod follows;
pub(crate) mod questions;
pub(crate) mod reading;
pub(crate) mod searching;

use std::sync::Arc;
use std::time::Duration;

use super::delivery::{Delivery, Overrun};
use super::pace::{Lookup, Paces};
use super::persist::Persist;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, LogId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::history::HistoryTask;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;
use client_queue::ClientQueue;
use file_queue::FileQueue;
use follows::Follows;
use questions::Questions;

/// Most clients that are behind to which the hub sends lines in one round.
const CATCH_UPS_PER_ROUND: usize = 16;

/// The state of all clients: what each client has received, and what it still waits for.
#[derive(Debug)]
pub(crate) struct Progress<D> {
    follows: Follows,
    /// The queue of clients to which everything has been sent. If such a client waits for more
    /// lines or for an answer, it gets the next chunk or answer in its turn.
    drained: ClientQueue,
    file_queue: FileQueue,
    questions: Questions,
    delivery: D,
    /// The maximum number of lines in one chunk.
    chunk_lines_max: usize,
    /// Tasks that the hub must give to the history: batches to store, and lines to find.
    tasks: Vec<HistoryTask>,
}

/// The other parts of the chat, which progress uses during one step, and the time.
pub(crate) struct Lent<'a> {
    pub(crate) core: &'a Core,
    pub(crate) paces: &'a mut Paces,
    pub(crate) persist: &'a mut Persist,
    /// The time of this step, in chat time, that is, on the chat's own clock
    /// ([`Moment::chat_time`](crate::chat::core::Moment::chat_time)).
    pub(crate) now: Duration,
}

impl<D: Delivery> Progress<D> {
    pub(crate) fn new(delivery: D, chunk_lines_max: usize) -> Self {
        Self {
            follows: Follows::default(),
            drained: ClientQueue::default(),
            file_queue: FileQueue::default(),
            questions: Questions::default(),
            delivery,
            chunk_lines_max,
            tasks: Vec::new(),
        }
    }

    pub(crate) fn follows(&self) -> &Follows {
        &self.follows
    }

    /// Returns the author of what this client says. `None`: the server did not welcome the client,
    /// or has closed it.
    pub(crate) fn author_of(&self, core: &Core, client: ClientId) -> Option<Author> {
        core.author(client).filter(|_| self.follows.has(client))
    }

    #[cfg(test)]
    pub(crate) fn file_queue(&mut self) -> &mut FileQueue {
        &mut self.file_queue
    }

    /// Returns the time, in chat time, at which the queue for the history's file needs the next
    /// step. `None`: it needs none before the next event.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        self.file_queue.next_tick()
    }

    pub(crate) fn delivery(&mut self) -> &mut D {
        &mut self.delivery
    }

    /// Removes and returns the tasks that wait to be given to the history.
    pub(crate) fn take_tasks(&mut self) -> Vec<HistoryTask> {
        std::mem::take(&mut self.tasks)
    }

    /// Records that this new client is a poll.
    pub(crate) fn begin_poll(&mut self, client: ClientId) {
        self.file_queue.add_poll(client);
    }

    /// Makes the client a member: it may send requests now.
    pub(crate) fn welcome(&mut self, client: ClientId) {
        self.follows.add_client(client);
        self.delivery.welcome(client);
    }

    /// Forgets the poll of a client that could not enter.
    pub(crate) fn forget_reads(&mut self, client: ClientId) {
        self.file_queue.forget(client);
    }

    /// Forgets everything about a client that has left.
    pub(crate) fn forget(&mut self, client: ClientId) {
        self.follows.remove(client);
        self.file_queue.forget(client);
        self.questions.forget(client);
        self.delivery.forget(client);
    }

    /// Queues a line for all clients that receive new lines of the log at once.
    pub(crate) fn queue_line(&mut self, core: &Core, log: LogId, entry: &Arc<Entry>) {
        // A queued answer may have the old text of the line that this change edits or deletes. A
        // push sends lines before answers, so the answer must be pushed before the change is
        // queued.
        if entry.what.is_change() {
            self.push_queued(core);
        }
        if !self.delivery.queue_line(log, entry) {
            self.push_queued(core);
        }
    }

    pub(crate) fn queue_reply(&mut self, core: &Core, client: ClientId, reply: &Reply) {
        if !self.delivery.queue_reply(client, reply) {
            self.push_queued(core);
        }
    }

    fn queue_refusal(
        &mut self,
        core: &Core,
        client: ClientId,
        room: Option<RoomName>,
        reason: Refused,
    ) {
        self.queue_reply(core, client, &Reply::Refused { room, id: None, reason, said: None });
    }

    /// Queues the answers `replies` for a visitor that wants to know the state of a room's log,
    /// mostly before it saves the room. The visitor's network is charged as for a search. If that
    /// network is over its limit, refuses the visitor instead.
    pub(crate) fn show_room(
        &mut self,
        lent: &mut Lent<'_>,
        client: ClientId,
        room: RoomName,
        replies: Vec<Reply>,
    ) {
        match lent.paces.charge_lookup(lent.core.network_of(client), Lookup::Search, lent.now) {
            Ok(()) => replies.iter().for_each(|reply| self.queue_reply(lent.core, client, reply)),
            Err(reason) => self.queue_refusal(lent.core, client, Some(room), reason),
        }
    }

    /// Adds the history's next batch to `tasks`, if records wait and the history can take a batch
    /// now. When storing begins to fail or works again, pushes a notice to the clients that are
    /// live in a log.
    pub(crate) fn hand_over_batch(&mut self, lent: &mut Lent<'_>) {
        let batch = lent.persist.next_batch(lent.core, lent.now);
        self.tasks.extend(batch.map(HistoryTask::Store));
        if let Some(reply) = lent.persist.news() {
            if lent.persist.unstored().storage().hangs {
                tracing::warn!("the disk does not answer; new messages are not confirmed as sent");
            }
            self.push_queued(lent.core);
            // A client may be in no room and still have a private log. So the notice goes to
            // private logs, too.
            lent.core.log_ids().for_each(|id| self.delivery.push_notice(id, None, &reply));
        }
    }

    /// Pushes all that is queued. A client that had no space falls behind, or is closed if what it
    /// missed cannot be sent again.
    pub(crate) fn push_queued(&mut self, core: &Core) {
        let mut behind = Vec::new();
        loop {
            let Overrun { full, behind: missed } = self.delivery.push_queued();
            if full.is_empty() && missed.is_empty() {
                break;
            }
            full.into_iter().for_each(|client| self.end_client(client, Disconnect::SlowConsumer));
            for (client, missed) in missed {
                catch_up::fall_behind(self, core, client, &missed);
                behind.push(client);
            }
        }
        behind.into_iter().for_each(|client| self.watch(client));
    }

    /// Begins to close the client: the chat pushes nothing more to it. `reason` decides whether
    /// what waits in its outbox is still sent.
    pub(crate) fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        if self.follows.remove(client) {
            self.questions.forget(client);
            self.delivery.end_client(client, reason);
        }
    }

    /// Makes a client that knows no numbers of lines receive a log's new lines at once.
    pub(crate) fn subscribe(&mut self, client: ClientId, log: LogId) {
        if self.follows.begin_follow(client, log, None, None) {
            self.delivery.subscribe(client, log);
        }
    }

    /// Begins to send a client a log from this number on. With `until`, the client saves the log up
    /// to that number. Without it, the client receives each new line at once after it has caught
    /// up.
    pub(crate) fn tell_from(
        &mut self,
        client: ClientId,
        log: LogId,
        from: Seq,
        until: Option<Seq>,
    ) {
        if self.follows.begin_follow(client, log, Some(from), until) {
            self.watch(client);
        }
    }

    pub(crate) fn unfollow(&mut self, client: ClientId, log: LogId) {
        if self.follows.end_follow(client, log) {
            self.delivery.unsubscribe(client, log);
        }
    }

    /// Queues the client for its next chunk or answer: now if everything has been sent to it,
    /// otherwise as soon as everything has been sent.
    fn watch(&mut self, client: ClientId) {
        if self.follows.has(client) && self.delivery.watch(client) {
            self.drained.queue(client);
        }
    }

    /// Sends the log again from the number `first` on to all clients that receive its new lines at
    /// once: they fall behind to that number. Skips clients that know no numbers of lines.
    pub(crate) fn tell_again(&mut self, core: &Core, log: LogId, first: Seq) {
        for client in self.follows.live_with_numbers(log) {
            catch_up::fall_behind(self, core, client, &[(log, first)]);
            self.push_queued(core);
            self.watch(client);
        }
    }

    /// Queues a client for its next chunk or answer. The caller knows that everything has been sent
    /// to it.
    pub(crate) fn queue_drained(&mut self, client: ClientId) {
        self.drained.queue(client);
    }

    /// Returns whether a client with an empty outbox is queued for its next chunk or answer.
    pub(crate) fn has_drained(&self) -> bool {
        !self.drained.is_empty()
    }

    /// Sends a chunk to each of a few clients that are behind and have an empty outbox. The other
    /// clients wait for the next round, so that new messages need not wait until all these chunks
    /// are sent. Returns the requests with long answers that have waited and may now be handled.
    pub(crate) fn catch_some_up(&mut self, lent: &mut Lent<'_>) -> Vec<(ClientId, Request)> {
        for _ in 0..self.drained.len().min(CATCH_UPS_PER_ROUND) {
            let Some(client) = self.drained.next() else { break };
            questions::take_next(self, client);
            catch_up::send_next_chunk(self, lent, client);
        }
        self.questions.take_due()
    }
}
