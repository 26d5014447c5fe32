//! The whole chat, with clients that only record what is done to them.
//!
//! A test says what happens next, including what the outboxes report. Then it checks what was
//! recorded.
//!
//! Owns: the list of what was recorded.
//!
//! Part: `chat_rule/mod.rs`.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{CameFrom, ChatSettings, Made, Moment, Newcomer};
use crate::admission::ClientNetwork;
use crate::chat::core::{self as real, LogId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::{FoundLines, PersonId, Query, Record, Stored};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::chat_rule::chat::Chat;
use crate::chat_rule::delivery::{Delivery, Overrun};
use crate::history::HistoryTask;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// Something that happens to the chat.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Newcomer(ClientId, Newcomer, CameFrom),
    Asked(ClientId, Request),
    Left(ClientId),
    /// The client's outbox had no space for an item that cannot be sent again later.
    OutboxFull(ClientId),
    /// The client was too slow. In each of these logs it has missed all lines from this number on.
    FellBehind(ClientId, Vec<(LogId, Seq)>),
    /// The chat was waiting until the client has nothing unsent. That is so now.
    Drained(ClientId),
    Kept(Result<(), String>),
    FileIsNew,
    FileIsLost,
    Found(Result<FoundLines, String>),
    Ticked,
    Stopping,
}

/// Something that was done to a client, or that goes to the history or the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Welcome(ClientId),
    Refuse(ClientId, Disconnect),
    Hear(ClientId, LogId),
    Deafen(ClientId, LogId),
    Tell(LogId, Arc<Entry>),
    Note(ClientId, Reply),
    Notice(LogId, Option<ClientId>, Reply),
    Replay(ClientId, LogId, Vec<Arc<Entry>>),
    CaughtUp(ClientId, LogId, Reply, Seq),
    Watch(ClientId),
    End(ClientId, Disconnect),
    Forget(ClientId),
    Keep(Vec<Record>),
    Find(Query),
    Report(ClientNetwork, Made),
}

/// Records what the chat does to clients. Outboxes have space, unless a test says that they do not.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    effects: Vec<Effect>,
    /// What the next push to an outbox returns.
    overrun: Overrun,
    /// Whether the next notice that a client has reached the end of a log does not fit into its
    /// outbox.
    pub(super) has_no_room_for_the_end: bool,
    /// Whether a client that is watched has nothing unsent.
    has_sent_all: bool,
}

impl Delivery for Recorder {
    fn welcome(&mut self, client: ClientId) {
        self.effects.push(Effect::Welcome(client));
    }

    fn refuse_newcomer(&mut self, client: ClientId, reason: Disconnect) {
        self.effects.push(Effect::Refuse(client, reason));
    }

    fn subscribe(&mut self, client: ClientId, log: LogId) {
        self.effects.push(Effect::Hear(client, log));
    }

    fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.effects.push(Effect::Deafen(client, log));
    }

    fn queue_line(&mut self, log: LogId, entry: &Arc<Entry>) -> bool {
        self.effects.push(Effect::Tell(log, Arc::clone(entry)));
        true
    }

    fn queue_reply(&mut self, client: ClientId, told: &Reply) -> bool {
        self.effects.push(Effect::Note(client, told.clone()));
        true
    }

    fn queue_caught_up(&mut self, client: ClientId, log: LogId, told: &Reply, seq: Seq) {
        self.effects.push(Effect::CaughtUp(client, log, told.clone(), seq));
        if std::mem::take(&mut self.has_no_room_for_the_end) {
            self.overrun.behind.push((client, vec![(log, seq.next())]));
        }
    }

    fn push_queued(&mut self) -> Overrun {
        std::mem::take(&mut self.overrun)
    }

    fn push_chunk(
        &mut self,
        client: ClientId,
        _: Option<PersonId>,
        log: LogId,
        entries: &[Arc<Entry>],
    ) -> bool {
        self.effects.push(Effect::Replay(client, log, entries.to_vec()));
        true
    }

    fn push_notice(&mut self, log: LogId, but: Option<ClientId>, told: &Reply) {
        self.effects.push(Effect::Notice(log, but, told.clone()));
    }

    /// A test uses [`Event::Drained`] to say that the client has nothing unsent, unless
    /// `has_sent_all` says so at once.
    fn watch(&mut self, client: ClientId) -> bool {
        if self.has_sent_all {
            return true;
        }
        self.effects.push(Effect::Watch(client));
        false
    }

    fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        self.effects.push(Effect::End(client, reason));
    }

    fn forget(&mut self, client: ClientId) {
        self.effects.push(Effect::Forget(client));
    }
}

/// The chat, with a [`Recorder`] in place of real clients.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) chat: Chat<Recorder>,
}

impl Core {
    pub(super) fn new(settings: ChatSettings, stored: Stored, now: Moment) -> Self {
        Self { chat: Chat::new(settings, stored, now, Recorder::default()) }
    }

    /// Applies one event, and appends its effects.
    pub(super) fn step(&mut self, now: Moment, event: Event, effects: &mut Vec<Effect>) {
        let chat = &mut self.chat;
        match event {
            Event::Newcomer(client, newcomer, came_from) => {
                chat.at(now).register(client, newcomer, came_from);
            }
            Event::Asked(client, request) => {
                // Each client has read its previous long answer before it asks for the next one.
                chat.delivery().has_sent_all = request.has_long_answer();
                chat.at(now).handle_request(client, request);
                chat.delivery().has_sent_all = false;
            }
            Event::Left(client) => chat.at(now).leave(client),
            Event::OutboxFull(client) => {
                chat.delivery().overrun.full.push(client);
                chat.push_queued();
            }
            Event::FellBehind(client, missed) => {
                chat.delivery().overrun.behind.push((client, missed));
                chat.push_queued();
            }
            Event::Drained(client) => {
                chat.queue_drained(client);
                chat.at(now).catch_some_up();
            }
            Event::Kept(outcome) => chat.at(now).batch_ended(outcome),
            Event::FileIsNew => chat.at(now).begin_file(),
            Event::FileIsLost => chat.at(now).store_something(),
            Event::Found(found) => chat.at(now).query_answered(found),
            Event::Ticked => chat.at(now).tick(),
            Event::Stopping => chat.at(now).stop(),
        }
        effects.append(&mut chat.delivery().effects);
        effects.extend(
            chat.take_reports().into_iter().map(|(network, what)| Effect::Report(network, what)),
        );
        effects.extend(chat.take_tasks().into_iter().map(|task| match task {
            HistoryTask::Store(records) => Effect::Keep(records),
            HistoryTask::Find(query) => Effect::Find(query),
        }));
    }

    pub(super) fn is_member(&self, client: ClientId) -> bool {
        self.chat.follows().has(client)
    }

    pub(super) fn hears(&self, client: ClientId, log: LogId) -> bool {
        self.chat.follows().is_live(client, log)
    }

    pub(super) fn unstored_lines(&self) -> usize {
        self.chat.storage().lines_waiting
    }

    pub(super) fn is_over(&self) -> bool {
        self.chat.is_over()
    }

    pub(super) fn has_due(&mut self, now: Moment) -> bool {
        self.chat.at(now).has_due()
    }

    pub(super) fn next_tick(&self) -> Option<std::time::Duration> {
        self.chat.next_tick()
    }
}

impl Deref for Core {
    type Target = real::Core;

    fn deref(&self) -> &real::Core {
        self.chat.core()
    }
}

impl DerefMut for Core {
    fn deref_mut(&mut self) -> &mut real::Core {
        self.chat.core_mut()
    }
}
