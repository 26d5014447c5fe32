//! The clients that were welcomed and are not closed: what each of them still has to receive, and
//! when it receives it.
//!
//! Lines and answers go through this table to the delivery. When a push says that a client had no
//! space, the table changes at once: the client falls behind, or it is closed.
//!
//! Owns: how far each client is with each log, the questions that wait, the queue of clients whose
//! outbox is empty, and the delivery.
//! Must not know: where a missed line comes from; frames, sockets.
//!
//! Next in the chat: `chat_rule/progress/catch_up.rs`.
//! Part: `chat_rule/progress/mod.rs`.

use std::slice;
use std::sync::Arc;

use super::client_queue::ClientQueue;
use super::file_queue::FileQueue;
use super::follows::Follows;
use super::waiting_questions::WaitingQuestions;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::core::chunks::Chunk;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, LogId, replying};
use crate::chat::entry::{Entry, Seq};
use crate::chat::request::Request;
use crate::chat_rule::delivery::{Delivery, MissedLines, Overrun};

#[derive(Debug)]
pub(crate) struct WelcomedClients<D> {
    follows: Follows,
    /// The clients to which everything has been sent. When it is a client's turn, it gets its next
    /// chunk or answer, if it waits for one.
    drained: ClientQueue,
    questions: WaitingQuestions,
    delivery: D,
    /// Most lines in one chunk.
    pub(super) chunk_lines_max: usize,
}

/// A client to which everything has been sent, and what it waits for.
pub(super) struct DrainedClient {
    pub(super) client: ClientId,
    /// The client's oldest waiting question, if it may be answered now.
    pub(super) question: Option<Request>,
    /// A log that the client is behind in, and the number of the first line that it still needs.
    pub(super) behind: Option<(LogId, Seq)>,
}

impl<D: Delivery> WelcomedClients<D> {
    pub(crate) fn new(delivery: D, chunk_lines_max: usize) -> Self {
        Self {
            follows: Follows::default(),
            drained: ClientQueue::default(),
            questions: WaitingQuestions::default(),
            delivery,
            chunk_lines_max,
        }
    }

    pub(crate) fn delivery(&mut self) -> &mut D {
        &mut self.delivery
    }

    pub(super) fn follows(&self) -> &Follows {
        &self.follows
    }

    /// Returns the ids of all clients in the table, in ascending order.
    pub(crate) fn ids(&self) -> Vec<ClientId> {
        self.follows.clients().collect()
    }

    pub(crate) fn has(&self, client: ClientId) -> bool {
        self.follows.has(client)
    }

    /// Returns the author of what this client says. `None`: the server did not welcome the client,
    /// or has closed it.
    pub(crate) fn author_of(&self, core: &Core, client: ClientId) -> Option<Author> {
        core.author(client).filter(|_| self.has(client))
    }

    pub(crate) fn welcome(&mut self, client: ClientId) {
        self.follows.add_client(client);
        self.delivery.welcome(client);
    }

    pub(crate) fn forget(&mut self, client: ClientId) {
        self.follows.remove(client);
        self.questions.forget(client);
        self.delivery.forget(client);
    }

    /// Begins to close the client: the chat pushes nothing more to it. `reason` decides whether
    /// what waits in the client's outbox is still sent.
    pub(crate) fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        if self.follows.remove(client) {
            self.questions.forget(client);
            self.delivery.end_client(client, reason);
        }
    }

    /// Like [`Delivery::queue_line`]; pushes by itself if too much is queued.
    pub(crate) fn queue_line(&mut self, core: &Core, log: LogId, entry: &Arc<Entry>) {
        // A queued answer may have the old text of the line that this entry edits or deletes. A
        // push sends lines before answers. So the answer must be pushed before the entry is queued.
        if entry.what.is_change() {
            self.push_queued(core);
        }
        let is_reply = entry.replied_to().is_some();
        let replied_to = core.log(log).filter(|_| is_reply).map_or_else(Vec::new, |log| {
            replying::messages_replied_to(log, slice::from_ref(entry))
        });
        if !self.delivery.queue_line(log, entry, &replied_to) {
            self.push_queued(core);
        }
    }

    /// Like [`Delivery::queue_answer`]; pushes by itself if too much is queued.
    pub(crate) fn queue_answer(&mut self, core: &Core, client: ClientId, answer: &Answer) {
        if !self.delivery.queue_answer(client, answer) {
            self.push_queued(core);
        }
    }

    /// Pushes all that is queued. If a client had no space, it falls behind, or it is closed if
    /// what it missed cannot be sent again.
    pub(crate) fn push_queued(&mut self, core: &Core) {
        let mut behind = Vec::new();
        loop {
            let Overrun { full, behind: missed } = self.delivery.push_queued();
            if full.is_empty() && missed.is_empty() {
                break;
            }
            full.into_iter().for_each(|client| self.end_client(client, Disconnect::SlowConsumer));
            for (client, missed) in missed {
                missed.iter().for_each(|missed| self.fall_behind(core, client, *missed));
                behind.push(client);
            }
        }
        behind.into_iter().for_each(|client| self.queue_when_drained(client));
    }

    /// Pushes all that is queued, then a notice to all clients that are live in a room's log or a
    /// private log. A client may be in no room and still have a private log.
    pub(crate) fn push_notice_to_all(&mut self, core: &Core, notice: &Answer) {
        self.push_queued(core);
        core.log_ids().for_each(|id| self.delivery.push_notice(id, None, notice));
    }

    /// Makes a client that knows no numbers of lines live in a log.
    pub(crate) fn subscribe(&mut self, client: ClientId, log: LogId) {
        if self.follows.begin_follow(client, log, None, None) {
            self.delivery.subscribe(client, log);
        }
    }

    /// Makes a client follow a log from the number `from` on: it is behind at first. With `until`,
    /// it only saves the log: it is closed when it has the lines up to that number. Without it, the
    /// client becomes live when it has caught up.
    pub(crate) fn follow(&mut self, client: ClientId, log: LogId, from: Seq, until: Option<Seq>) {
        if self.follows.begin_follow(client, log, Some(from), until) {
            self.queue_when_drained(client);
        }
    }

    pub(crate) fn unfollow(&mut self, client: ClientId, log: LogId) {
        if self.follows.end_follow(client, log) {
            self.delivery.unsubscribe(client, log);
        }
    }

    /// Sends the log again from the number `first` on to all clients that are live in it and know
    /// numbers of lines. They fall behind to that number.
    pub(crate) fn tell_again(&mut self, core: &Core, log: LogId, first: Seq) {
        for client in self.follows.live_with_numbers(log) {
            self.fall_behind(core, client, (log, first));
            self.push_queued(core);
            self.queue_when_drained(client);
        }
    }

    /// Records that the client has missed the lines of a log from the number `first` on. A client
    /// that was live in the log becomes behind in it, and is told so.
    fn fall_behind(&mut self, core: &Core, client: ClientId, (id, first): (LogId, Seq)) {
        if self.follows.fall_behind(client, id, first) {
            self.delivery.unsubscribe(client, id);
            if let Some(log) = core.log(id) {
                self.delivery.queue_answer(client, &Answer::Behind(log.name().clone()));
            }
        }
    }

    /// Sends the client this chunk of the log, which begins at `from`. After the last chunk, the
    /// client becomes live, or is closed if it only saves the log. If the client's outbox has no
    /// space, the client stays behind.
    pub(super) fn send_chunk(
        &mut self,
        core: &Core,
        (client, id): (ClientId, LogId),
        mut from: Seq,
        Chunk { gap, lines }: Chunk,
    ) {
        let Some(log) = core.log(id) else { return };
        let asked = from;
        if let Some(gap) = gap {
            self.queue_answer(core, client, &gap.answer(log.name().clone(), from));
            from = gap.last().next();
        }
        self.push_queued(core);
        if self.follows.behind(client, id) != Some(asked) {
            // The outbox had no space for the queued answers. So lines in it were dropped, and the
            // client is further behind than before; or the client was closed.
            return self.queue_when_drained(client);
        }
        if let Some(last) = lines.last() {
            let replied_to = replying::messages_replied_to(log, &lines);
            let missed = MissedLines { log: id, lines: &lines, replied_to: &replied_to };
            if !self.delivery.push_chunk(client, core.person(client), missed) {
                self.follows.set_behind(client, id, Some(from));
                return self.queue_when_drained(client);
            }
            from = last.seq.next();
        }
        let until = self.follows.saves_until(client, id);
        if from <= until.unwrap_or_else(|| log.head()) {
            self.follows.set_behind(client, id, Some(from));
        } else {
            // A client that saves the log gets the lines up to the one that was the newest when it
            // began. The last chunk may contain a few later lines, but not all later ones. So the
            // notice must say the number up to which this client has got the log.
            let seq = until.map_or_else(|| log.head(), |_| Seq(from.0.saturating_sub(1)));
            self.finish_catch_up(core, (client, id), seq, until.is_some());
        }
        if self.follows.is_behind_in_any(client) {
            self.queue_when_drained(client);
        }
    }

    /// Tells the client that it has all of the log up to `seq`. Then the client becomes live in the
    /// log, or is closed if it only saves it (`is_saved`). If the outbox has no space for the
    /// notice, the client falls behind again instead.
    fn finish_catch_up(
        &mut self,
        core: &Core,
        (client, id): (ClientId, LogId),
        seq: Seq,
        is_saved: bool,
    ) {
        let Some(log) = core.log(id).map(|log| log.name().clone()) else { return };
        self.follows.set_behind(client, id, None);
        self.delivery.queue_caught_up(client, id, &Answer::CaughtUp { log, seq }, seq);
        self.push_queued(core);
        match self.follows.is_live(client, id) {
            false => {}
            true if is_saved => self.end_client(client, Disconnect::ToldAll),
            true => self.delivery.subscribe(client, id),
        }
    }

    /// Queues the client for its next chunk or answer: now if everything has been sent to it,
    /// otherwise when everything has been sent.
    pub(super) fn queue_when_drained(&mut self, client: ClientId) {
        if self.follows.has(client) && self.delivery.ask_if_drained(client) {
            self.drained.queue(client);
        }
    }

    /// Queues a client for its next chunk or answer. The caller knows that everything has been sent
    /// to it.
    pub(crate) fn queue_drained(&mut self, client: ClientId) {
        self.drained.queue(client);
    }

    /// Returns how many clients are queued for their next chunk or answer.
    pub(crate) fn drained_count(&self) -> usize {
        self.drained.len()
    }

    /// Removes and returns the client that has been queued longest for its next chunk or answer.
    pub(super) fn next_drained(&mut self, file_queue: &FileQueue) -> Option<DrainedClient> {
        let client = self.drained.next()?;
        let question = self.questions.take_next(file_queue, client);
        Some(DrainedClient { client, question, behind: self.follows.next_behind(client) })
    }

    pub(crate) fn questions(&mut self) -> &mut WaitingQuestions {
        &mut self.questions
    }

    /// Returns whether the client's previous long answer has been sent completely. If not, the hub
    /// queues the client for its next answer when the previous one has been sent.
    pub(crate) fn ask_if_answer_is_sent(&mut self, core: &Core, client: ClientId) -> bool {
        if !self.questions.has_asked(client) {
            return true;
        }
        // The previous answer may be queued and not pushed yet. It must be in the outbox when
        // `ask_if_drained` looks whether the outbox is empty.
        self.push_queued(core);
        self.delivery.ask_if_drained(client)
    }

    /// If a question of the client waits, makes sure that the hub answers it when the answer that
    /// was just made for the client has been sent.
    pub(crate) fn queue_if_question_waits(&mut self, core: &Core, client: ClientId) {
        if self.questions.waits(client) {
            self.push_queued(core);
            self.queue_when_drained(client);
        }
    }
}
