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
use crate::base::client_id::ClientId;
use crate::base::disconnect::Disconnect;
use crate::chat::answer::Answer;
use crate::chat::core::{Core, LogId};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::record::{FoundLines, PersonId, Query, Record, Stored};
use crate::chat::request::Request;
use crate::chat_rule::chat::Chat;
use crate::chat_rule::delivery::{Delivery, MissedLines, Overrun};
use crate::chat_rule::event::ChatEvent;
use crate::history::HistoryTask;

/// Something that happens to the chat.
#[derive(Clone, Debug)]
pub(super) enum Happened {
    Newcomer(ClientId, Newcomer, CameFrom),
    Asked(ClientId, Request),
    Left(ClientId),
    /// The client's outbox had no space for an item that cannot be sent again later.
    OutboxFull(ClientId),
    /// The client was too slow. In each of these logs it has missed all lines from this number on.
    FellBehind(ClientId, Vec<(LogId, Seq)>),
    /// The chat was waiting until the client has nothing unsent. That is so now.
    Drained(ClientId),
    BatchEnded(Result<(), String>),
    FileIsNew,
    FileIsLost,
    ThrownAway(Vec<(Epoch, Seq)>),
    Found(Result<FoundLines, String>),
    Ticked,
    Stopping,
}

/// What the chat did: it called a method of [`Delivery`], or gave something to the history or the
/// operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Welcome(ClientId),
    RefuseNewcomer(ClientId, Disconnect),
    Subscribe(ClientId, LogId),
    Unsubscribe(ClientId, LogId),
    QueueLine(LogId, Arc<Entry>),
    QueueAnswer(ClientId, Answer),
    PushNotice(LogId, Option<ClientId>, Answer),
    PushChunk(ClientId, LogId, Vec<Arc<Entry>>),
    QueueCaughtUp(ClientId, LogId, Answer, Seq),
    AskIfDrained(ClientId),
    EndClient(ClientId, Disconnect),
    Forget(ClientId),
    Store(Vec<Record>),
    Find(Query),
    Report(ClientNetwork, Made),
}

/// Records what the chat does to clients. Outboxes have space, unless a test says that they do not.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    done: Vec<Done>,
    /// What the next push to an outbox returns.
    overrun: Overrun,
    /// Whether the next notice that a client has reached the end of a log does not fit into its
    /// outbox.
    pub(super) has_no_room_for_the_end: bool,
    /// The answer to the question whether a client has nothing unsent.
    has_sent_all: bool,
}

impl Delivery for Recorder {
    fn welcome(&mut self, client: ClientId) {
        self.done.push(Done::Welcome(client));
    }

    fn refuse_newcomer(&mut self, client: ClientId, reason: Disconnect) {
        self.done.push(Done::RefuseNewcomer(client, reason));
    }

    fn subscribe(&mut self, client: ClientId, log: LogId) {
        self.done.push(Done::Subscribe(client, log));
    }

    fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.done.push(Done::Unsubscribe(client, log));
    }

    fn queue_line(&mut self, log: LogId, entry: &Arc<Entry>, _: &[Arc<Entry>]) -> bool {
        self.done.push(Done::QueueLine(log, Arc::clone(entry)));
        true
    }

    fn queue_answer(&mut self, client: ClientId, answer: &Answer) -> bool {
        self.done.push(Done::QueueAnswer(client, answer.clone()));
        true
    }

    fn queue_caught_up(&mut self, client: ClientId, log: LogId, answer: &Answer, seq: Seq) {
        self.done.push(Done::QueueCaughtUp(client, log, answer.clone(), seq));
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
        missed: MissedLines<'_>,
    ) -> bool {
        self.done.push(Done::PushChunk(client, missed.log, missed.lines.to_vec()));
        true
    }

    fn push_notice(&mut self, log: LogId, but: Option<ClientId>, answer: &Answer) {
        self.done.push(Done::PushNotice(log, but, answer.clone()));
    }

    /// A test uses [`Happened::Drained`] to say that the client has nothing unsent, unless
    /// `has_sent_all` says so at once.
    fn ask_if_drained(&mut self, client: ClientId) -> bool {
        if self.has_sent_all {
            return true;
        }
        self.done.push(Done::AskIfDrained(client));
        false
    }

    fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        self.done.push(Done::EndClient(client, reason));
    }

    fn forget(&mut self, client: ClientId) {
        self.done.push(Done::Forget(client));
    }
}

/// The chat, with a [`Recorder`] in place of real clients.
#[derive(Debug)]
pub(super) struct RecordedChat {
    pub(super) real: Chat<Recorder>,
}

impl RecordedChat {
    pub(super) fn new(settings: ChatSettings, stored: Stored, now: Moment) -> Self {
        Self { real: Chat::new(settings, stored, now, Recorder::default()) }
    }

    /// Applies one event, and appends what the chat did to `done`.
    pub(super) fn apply(&mut self, now: Moment, event: Happened, done: &mut Vec<Done>) {
        let chat = &mut self.real;
        match event {
            Happened::Newcomer(client, newcomer, came_from) => {
                chat.step(now, ChatEvent::Newcomer(client, newcomer, came_from));
            }
            Happened::Asked(client, request) => {
                // Each client has read its previous long answer before it asks for the next one.
                chat.delivery().has_sent_all = request.has_long_answer();
                chat.step(now, ChatEvent::Asked(client, request));
                chat.delivery().has_sent_all = false;
            }
            Happened::Left(client) => chat.step(now, ChatEvent::Left(client)),
            Happened::OutboxFull(client) => {
                chat.delivery().overrun.full.push(client);
                chat.step(now, ChatEvent::PushCollected);
            }
            Happened::FellBehind(client, missed) => {
                chat.delivery().overrun.behind.push((client, missed));
                chat.step(now, ChatEvent::PushCollected);
            }
            Happened::Drained(client) => {
                chat.step(now, ChatEvent::Drained(client));
                chat.step(now, ChatEvent::CatchUpTurn);
            }
            Happened::BatchEnded(outcome) => chat.step(now, ChatEvent::BatchEnded(outcome)),
            Happened::FileIsNew => chat.step(now, ChatEvent::FileIsNew),
            Happened::FileIsLost => chat.step(now, ChatEvent::FileIsLost),
            Happened::ThrownAway(lines) => chat.step(now, ChatEvent::ThrownAway(lines)),
            Happened::Found(found) => chat.step(now, ChatEvent::QueryAnswered(found)),
            Happened::Ticked => chat.step(now, ChatEvent::Ticked),
            Happened::Stopping => chat.step(now, ChatEvent::Stopping),
        }
        done.append(&mut chat.delivery().done);
        done.extend(
            chat.take_reports().into_iter().map(|(network, what)| Done::Report(network, what)),
        );
        done.extend(chat.take_tasks().into_iter().map(|task| match task {
            HistoryTask::Store(records) => Done::Store(records),
            HistoryTask::Find(query) => Done::Find(query),
        }));
    }

    pub(super) fn is_member(&self, client: ClientId) -> bool {
        self.real.clients().has(client)
    }

    pub(super) fn hears(&self, client: ClientId, log: LogId) -> bool {
        self.real.clients().is_live(client, log)
    }

    pub(super) fn unstored_lines(&self) -> usize {
        self.real.unstored().storage().lines_waiting
    }

    pub(super) fn is_over(&self) -> bool {
        self.real.is_over()
    }

    pub(super) fn has_due(&self, now: Moment) -> bool {
        self.real.has_due(now)
    }

    pub(super) fn next_tick(&self) -> Option<std::time::Duration> {
        self.real.next_tick()
    }
}

impl Deref for RecordedChat {
    type Target = Core;

    fn deref(&self) -> &Core {
        self.real.core()
    }
}

impl DerefMut for RecordedChat {
    fn deref_mut(&mut self) -> &mut Core {
        self.real.core_mut()
    }
}
