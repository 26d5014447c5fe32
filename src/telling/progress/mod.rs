//! Message path, step 5, in the chat: each client receives what it should receive, as fast as it
//! can take it.
//!
//! The core decides which client receives what; this part sends it to the clients of this server. A
//! client that follows a log is in one of two states:
//!
//! - it *hears* the log: each new line is pushed into its outbox as it is said;
//! - it is *behind*: it is sent the log from a number on, one chunk at a time, whenever its
//!   outbox is empty. When it has reached the end, it hears again.
//!
//! Each client begins behind, whether it comes for the first time or comes back. A client that is
//! too slow falls behind. A push returns at once whether there was space, so each decision made
//! here is final. A client without numbers (a classic client) cannot be sent lines again, so it is
//! closed when it is too slow.
//!
//! Owns: how far each client is with each log, and which clients wait for lines from the history's
//! file.
//! Must not know: who may do what (`chat/core`); frames, sockets (`telling/fanout.rs`).
//!
//! Part: `telling/mod.rs`.

pub(crate) mod answers;
mod catch_up;
mod fair_queue;
pub(crate) mod file_queue;
pub(crate) mod reading;
mod searching;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::client_queue::ClientQueue;
use super::delivery::{Delivery, Overrun};
use super::pace::{Lookup, Paces};
use super::persist::Persist;
use super::tokens::Tokens;
use crate::admission::Home;
use crate::base::limits;
use crate::chat::core::{Core, Effect, Made, Moment, RoomId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::history::HistoryTask;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;
use answers::Answers;
use file_queue::FileQueue;

/// What each client has received, and what it still waits for.
#[derive(Debug)]
pub(crate) struct Telling<D> {
    /// All clients that are welcome and not closed: they may send requests and receive answers.
    members: BTreeMap<ClientId, Member>,
    /// Clients to which everything has been sent, and which wait for more lines or for an answer.
    drained: ClientQueue,
    pub(crate) file_queue: FileQueue,
    answers: Answers,
    /// Questions that waited until the client had received an earlier answer. The hub answers them
    /// next.
    due: Vec<(ClientId, Request)>,
    pub(crate) paces: Paces,
    pub(crate) persist: Persist,
    pub(crate) delivery: D,
    pub(crate) now: Moment,
    /// The maximum number of lines in one chunk.
    chunk_lines_max: usize,
    /// Tasks for the history.
    pub(crate) tasks: Vec<HistoryTask>,
    /// Reports for the operator.
    pub(crate) reports: Vec<(Home, Made)>,
}

/// The logs that one client follows.
#[derive(Debug, Default)]
struct Member {
    follows: Vec<Follow>,
}

/// A log that a client follows.
#[derive(Debug)]
struct Follow {
    log: RoomId,
    /// The first number that the client should receive.
    from: Seq,
    state: State,
    /// The last number that the client should receive, if it only saves the log up to there.
    /// `None`: it receives all lines of the log, and each new line at once after it has caught up.
    until: Option<Seq>,
    /// True if the client knows numbers, so that missed lines can be sent to it again.
    has_numbers: bool,
}

/// How far a client is with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The client receives each line as it is said.
    Hears,
    /// The client has not received the lines from this number on.
    Behind(Seq),
}

impl State {
    fn behind(self) -> Option<Seq> {
        match self {
            Self::Hears => None,
            Self::Behind(from) => Some(from),
        }
    }
}

impl<D: Delivery> Telling<D> {
    pub(crate) fn new(delivery: D, paces: Paces, persist: Persist, chunk_lines_max: usize) -> Self {
        Self {
            members: BTreeMap::new(),
            drained: ClientQueue::default(),
            file_queue: FileQueue::default(),
            answers: Answers::default(),
            due: Vec::new(),
            paces,
            persist,
            delivery,
            now: Moment::default(),
            chunk_lines_max,
            tasks: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Returns whether the client is welcome and not closed.
    pub(crate) fn is_member(&self, client: ClientId) -> bool {
        self.members.contains_key(&client)
    }

    /// Returns all clients that are welcome and not closed.
    pub(crate) fn members(&self) -> impl Iterator<Item = ClientId> {
        self.members.keys().copied()
    }

    /// Returns whether the client receives what is said in the room as it is said.
    pub(crate) fn hears(&self, client: ClientId, room: RoomId) -> bool {
        self.follow(client, room).is_some_and(|follow| follow.state == State::Hears)
    }

    /// Returns how many logs the client follows.
    #[cfg(test)]
    pub(crate) fn follows(&self, client: ClientId) -> usize {
        self.members.get(&client).map_or(0, |member| member.follows.len())
    }

    /// Returns when there is something to do even if no event comes. `None`: no such time.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        self.file_queue.next_tick()
    }

    /// Carries out an effect of the core. An effect names tokens by their digests; `tokens` has the
    /// tokens. Never blocks.
    pub(crate) fn carry_out(&mut self, core: &Core, tokens: &Tokens, effect: Effect) {
        if !is_noted(&effect) {
            self.push_noted(core);
        }
        match effect {
            Effect::Changed(changed) => self.persist.note(changed),
            Effect::Tell(room, author, entry, answer) => {
                self.note_line(core, room, &entry);
                let now = self.now.since_start;
                let answer = self.persist.store(core, (room, author, entry), answer, now);
                self.note_answer(core, answer);
            }
            Effect::Again(room, epoch, seq, answer) => {
                let answer = self.persist.when_stored((room, epoch, seq), answer);
                self.note_answer(core, answer);
            }
            Effect::TellState(client) => {
                let reply = self.persist.queue().storage_reply();
                self.note_answer(core, reply.map(|reply| (client, reply)));
            }
            Effect::Note(client, reply) => self.note(core, client, &reply),
            Effect::GiveToken(client, reply, digest) => {
                let reply = tokens.find(&digest).map(|token| reply.with_token(token));
                self.note_answer(core, reply.map(|reply| (client, reply)));
            }
            Effect::Welcome(client) => {
                self.members.insert(client, Member::default());
                self.delivery.welcome(client);
            }
            Effect::Refuse(client, reason) => self.delivery.refuse(client, reason),
            Effect::Hear(client, log) => self.hear(client, log),
            Effect::Follow(client, log, from) => self.tell_from(client, log, from, None),
            Effect::Save(client, log, head) => {
                self.tell_from(client, log, Seq::default().next(), Some(head));
            }
            Effect::Unfollow(client, log) => self.unfollow(client, log),
            Effect::Notice(room, but, reply) => self.delivery.notice(room, but, &reply),
            Effect::Skip(log, first) => self.tell_again(core, log, first),
            Effect::End(client, reason) => self.end(client, reason),
            Effect::Forget(client) => {
                self.members.remove(&client);
                self.file_queue.forget(client);
                self.answers.forget(client);
                self.delivery.forget(client);
            }
            Effect::Look(client, room, notes) => self.show(core, client, room, notes),
            Effect::Report(home, what) => self.reports.push((home, what)),
        }
    }

    /// Notes a line for all clients that receive new lines of the log at once.
    fn note_line(&mut self, core: &Core, room: RoomId, entry: &Arc<Entry>) {
        // A chunk of the log with a line's old text may be noted already. A change of that line
        // must be sent after the chunk.
        if entry.what.is_change() {
            self.push_noted(core);
        }
        if !self.delivery.note_line(room, entry) {
            self.push_noted(core);
        }
    }

    /// Notes an answer, if there is one.
    fn note_answer(&mut self, core: &Core, answer: Option<(ClientId, Reply)>) {
        answer.into_iter().for_each(|(client, reply)| self.note(core, client, &reply));
    }

    /// Notes an answer for one client.
    pub(crate) fn note(&mut self, core: &Core, client: ClientId, reply: &Reply) {
        if !self.delivery.note_answer(client, reply) {
            self.push_noted(core);
        }
    }

    /// Notes a refusal for a client.
    fn refuse(&mut self, core: &Core, client: ClientId, room: Option<RoomName>, reason: Refused) {
        self.note(core, client, &Reply::Refused { room, id: None, reason, said: None });
    }

    /// Sends the answers `notes` to a visitor that looks at a room. The visitor's address is
    /// charged as for a search; an address over its limit is refused.
    fn show(&mut self, core: &Core, client: ClientId, room: RoomName, notes: Vec<Reply>) {
        let now = self.now.since_start;
        match self.paces.look_up(core.home_of(client), Lookup::Search, now) {
            Ok(()) => notes.iter().for_each(|reply| self.note(core, client, reply)),
            Err(reason) => self.refuse(core, client, Some(room), reason),
        }
    }

    /// Adds the history's next batch to `tasks`, if it may have one now. Tells all clients when
    /// storing begins to fail or works again.
    pub(crate) fn hand_over(&mut self, core: &Core) {
        let batch = self.persist.next_batch(core, self.now.since_start);
        self.tasks.extend(batch.map(HistoryTask::Store));
        if let Some(reply) = self.persist.news() {
            if self.persist.queue().hangs() {
                tracing::warn!("the disk does not answer; new messages are not confirmed as sent");
            }
            self.push_noted(core);
            // A client that is in no room may still have private talks. So private logs get the
            // notice, too.
            core.room_ids().for_each(|id| self.delivery.notice(id, None, &reply));
        }
    }

    /// Pushes all that is noted. A client that had no space falls behind, or is closed if what it
    /// missed cannot be sent again.
    pub(crate) fn push_noted(&mut self, core: &Core) {
        let mut behind = Vec::new();
        loop {
            let Overrun { full, behind: missed } = self.delivery.push_noted();
            if full.is_empty() && missed.is_empty() {
                break;
            }
            full.into_iter().for_each(|client| self.end(client, Disconnect::SlowConsumer));
            for (client, missed) in missed {
                self.fall_behind(core, client, &missed);
                behind.push(client);
            }
        }
        behind.into_iter().for_each(|client| self.watch(client));
    }

    /// Closes the client. It receives nothing more.
    pub(crate) fn end(&mut self, client: ClientId, reason: Disconnect) {
        if self.members.remove(&client).is_some() {
            self.paces.end(client);
            self.answers.forget(client);
            self.delivery.end(client, reason);
        }
    }

    /// Makes a client without numbers receive a log's new lines at once.
    fn hear(&mut self, client: ClientId, log: RoomId) {
        let (from, state, until) = (Seq::default(), State::Hears, None);
        let follow = Follow { log, from, state, until, has_numbers: false };
        if self.begin(client, follow) {
            self.delivery.hear(client, log);
        }
    }

    /// Begins to send a client a log from this number on. With `until`, the client gets only the
    /// lines up to that number. Without it, the client receives each new line at once after it has
    /// caught up.
    fn tell_from(&mut self, client: ClientId, log: RoomId, from: Seq, until: Option<Seq>) {
        let state = State::Behind(from);
        if self.begin(client, Follow { log, from, state, until, has_numbers: true }) {
            self.watch(client);
        }
    }

    /// Makes a client follow a log. Returns false if it is no member any more.
    fn begin(&mut self, client: ClientId, follow: Follow) -> bool {
        let Some(member) = self.members.get_mut(&client) else { return false };
        member.follows.push(follow);
        true
    }

    fn unfollow(&mut self, client: ClientId, log: RoomId) {
        let Some(member) = self.members.get_mut(&client) else { return };
        member.follows.retain(|follow| follow.log != log);
        self.delivery.deafen(client, log);
    }

    fn follow(&self, client: ClientId, log: RoomId) -> Option<&Follow> {
        self.members.get(&client)?.follows.iter().find(|follow| follow.log == log)
    }

    /// Queues the client for its next chunk or answer: now, or when everything has been sent to it.
    fn watch(&mut self, client: ClientId) {
        if self.is_member(client) && self.delivery.watch(client) {
            self.drained.queue(client);
        }
    }

    /// Makes all clients that receive the log's new lines at once fall behind to `first`, so that
    /// the log is sent to them again from there. Skips clients without numbers.
    fn tell_again(&mut self, core: &Core, log: RoomId, first: Seq) {
        let hears = |member: &Member| {
            let mut follows = member.follows.iter().filter(|it| it.log == log && it.has_numbers);
            follows.any(|it| it.state == State::Hears)
        };
        let all = self.members.iter().filter(|(_, member)| hears(member));
        for client in all.map(|(client, _)| *client).collect::<Vec<_>>() {
            self.fall_behind(core, client, &[(log, first)]);
            self.push_noted(core);
            self.watch(client);
        }
    }

    /// Queues a client for its next chunk or answer. The caller knows that everything has been sent
    /// to it.
    pub(crate) fn queue_drained(&mut self, client: ClientId) {
        self.drained.queue(client);
    }

    /// Returns whether a client waits for more after everything has been sent to it.
    pub(crate) fn has_drained(&self) -> bool {
        !self.drained.is_empty()
    }

    /// Sends one chunk each to a few clients that are behind and have an empty outbox. The other
    /// clients wait for the next round, so that clients that are not behind need not wait for all
    /// of them. Returns the waiting questions that are to be answered now.
    pub(crate) fn catch_some_up(&mut self, core: &Core) -> Vec<(ClientId, Request)> {
        for _ in 0..self.drained.len().min(limits::CATCH_UPS_PER_ROUND) {
            let Some(client) = self.drained.next() else { break };
            self.take_question(client);
            self.catch_up(core, client);
        }
        std::mem::take(&mut self.due)
    }
}

/// Returns whether the effect only notes something for the next push. Before any other effect, all
/// that is noted must be pushed.
fn is_noted(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Changed(_)
            | Effect::Tell(..)
            | Effect::Again(..)
            | Effect::TellState(_)
            | Effect::Note(..)
            | Effect::GiveToken(..)
    )
}
