//! The chat as a whole: the order in which its parts handle an event.
//!
//! 1. Pace lets a request that comes too fast wait, or refuses it.
//! 2. Persist refuses a message for which no number is reserved.
//! 3. The core decides what the event changes, and returns effects.
//! 4. Persist queues the changes and lines that the history must store.
//! 5. Telling carries out each effect for the clients of this server.
//!
//! Owns: that order.
//! Must not know: threads, channels, sockets, clocks.
//!
//! Part: `telling/mod.rs`.

use std::time::Duration;

use super::delivery::Delivery;
use super::pace::{PaceAnswer, Paces, too_fast};
use super::persist::{Persist, Ready};
use super::progress::Telling;
use super::progress::answers::QuestionTurn;
use super::tokens::Tokens;
use crate::admission::Home;
use crate::base::limits;
use crate::chat::config::TalkPace;
use crate::chat::core::{
    CameFrom, Core, CoreEvent, CoreSettings, Effect, Made, Moment, Newcomer, Start,
};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{FoundLines, StoredData};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::history::HistoryTask;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// The whole chat: its rules (`core`), and what each client has received and still waits for
/// (`telling`).
#[derive(Debug)]
pub struct Chat<D> {
    pub(crate) core: Core,
    pub(crate) telling: Telling<D>,
    effects: Vec<Effect>,
    /// The time at which a stopping server gives up storing the last messages. `None`: the server
    /// is not stopping.
    stopping_until: Option<Duration>,
}

/// The settings of the chat. They do not change while the server runs.
#[derive(Clone, Debug)]
pub struct ChatSettings {
    /// The part of the settings that the core needs.
    pub core: CoreSettings,
    /// The maximum number of messages in one replay.
    pub replay_messages_max: usize,
    /// Whether the server stores anything.
    pub stores: bool,
    /// The maximum number of records that may wait to be stored. Further lines are shown and not
    /// stored.
    pub unstored_records_max: usize,
    /// How fast a person, and an address, may send requests.
    pub pace: TalkPace,
}

impl<D: Delivery> Chat<D> {
    /// Creates a chat without clients. It has a lobby, and everything that the history has stored
    /// (`stored`).
    pub fn new(settings: ChatSettings, stored: StoredData, now: Moment, delivery: D) -> Self {
        let (paces, persist) = (Paces::new(settings.pace), Persist::new(&settings, &stored));
        let telling = Telling::new(delivery, paces, persist, settings.replay_messages_max);
        let (core, effects) = (Core::default(), Vec::new());
        let mut chat = Self { core, telling, effects, stopping_until: None };
        let start = Start { settings: settings.core, stored };
        chat.decide(now, CoreEvent::Started(Box::new(start)));
        chat.telling.persist.begin(&chat.core, now.since_start);
        chat
    }

    /// Handles a client that wants to come in: the core welcomes or refuses it. A refused client is
    /// forgotten here.
    pub fn register(
        &mut self,
        now: Moment,
        client: ClientId,
        newcomer: Newcomer,
        came_from: CameFrom,
    ) {
        let polls = matches!(&newcomer, Newcomer::Numbered(greeting) if greeting.polls);
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        self.telling.paces.begin(client, came_from.home, is_visitor, now.since_start);
        if polls {
            self.telling.file_queue.add_poll(client);
        }
        let mut tokens = Tokens::default();
        let newcomer = tokens.taken_from_newcomer(newcomer);
        self.decide_with(&tokens, now, CoreEvent::Newcomer(client, newcomer, came_from));
        if !self.telling.is_member(client) {
            self.telling.paces.end(client);
            self.telling.file_queue.forget(client);
        }
        self.settle();
    }

    /// Handles a client's request. Only this function drops the requests of a client that was
    /// closed or was never welcome.
    pub fn ask(&mut self, now: Moment, client: ClientId, request: Request) {
        self.telling.now = now;
        let author = self.core.author(client).filter(|_| self.telling.is_member(client));
        let Some(author) = author else { return };
        let turn = self.telling.paces.turn(client, author, request, now.since_start);
        self.take_turn(now, client, turn);
        self.settle();
    }

    /// Handles the end of a client. The messages that it sent too fast and that still wait are
    /// handled first, except those of a visitor.
    pub fn leave(&mut self, now: Moment, client: ClientId) {
        if !self.telling.paces.is_visitor(client) {
            self.hear_the_rest(now, client);
        }
        self.decide(now, CoreEvent::Left(client));
        self.telling.paces.end(client);
        self.settle();
    }

    /// Lets the core handle what is due at `now`. If a request that came too fast has waited long
    /// enough, answers one such request.
    pub fn tick(&mut self, now: Moment) {
        self.decide(now, CoreEvent::Ticked);
        self.let_one_have_its_turn(now);
        self.settle();
    }

    /// Begins the stop of the server. First handles the messages that wait because they came too
    /// fast; then lets the core send a goodbye to all clients. After this, the server only sends
    /// and stores what it already has.
    pub fn stop(&mut self, now: Moment) {
        let everybody: Vec<_> = self.telling.members().collect();
        everybody.into_iter().for_each(|client| self.hear_the_rest(now, client));
        self.stopping_until = Some(now.since_start + limits::STOP_KEEPING_WAIT);
        self.decide(now, CoreEvent::Stopping);
        self.telling.persist.close(&self.core, now.since_start);
        self.settle();
    }

    /// Handles the history's report on its batch: `Ok` if it is stored, or else why it could not
    /// be. Notes the answers that waited for the batch, so that the next push sends them.
    pub fn note_batch(&mut self, now: Moment, outcome: Result<(), String>) {
        self.telling.now = now;
        for (client, reply) in self.telling.persist.settle_batch(outcome, now.since_start) {
            self.telling.note(&self.core, client, &reply);
        }
        self.settle();
    }

    /// Handles the report that the history has begun a new, empty file, because the old one was
    /// lost or damaged. The batch is not stored. Everything that is in memory is queued to be
    /// stored again.
    pub fn begin_file(&mut self, now: Moment) {
        self.telling.persist.begin_file(&self.core, now.since_start);
        self.decide(now, CoreEvent::FileIsNew);
        self.settle();
    }

    /// Handles the report that the history's file is lost or damaged. Makes sure that there is a
    /// next batch, because the history begins a new file when it gets one.
    pub fn store_something(&mut self, now: Moment) {
        self.telling.now = now;
        self.telling.persist.store_something(&self.core);
        self.settle();
    }

    /// Tells the core which old lines the history has deleted: in each of these logs, all lines up
    /// to this number.
    pub fn throw_away(&mut self, now: Moment, lines: Vec<(Epoch, Seq)>) {
        self.decide(now, CoreEvent::ThrownAway(lines));
        self.settle();
    }

    /// Handles the history's answer to the oldest question that it has not answered yet: the lines
    /// that it found, or why it cannot read them.
    pub fn found(&mut self, now: Moment, found: Result<FoundLines, String>) {
        self.telling.now = now;
        self.telling.found(&self.core, found);
        self.settle();
    }

    /// Queues a client to which everything has been sent. [`catch_some_up`](Self::catch_some_up)
    /// sends it more in this round or a later one.
    pub fn queue_drained(&mut self, client: ClientId) {
        self.telling.queue_drained(client);
    }

    /// Sends a chunk of the log to a few clients that are behind, and answers requests that waited
    /// for the client to receive an earlier answer.
    pub fn catch_some_up(&mut self, now: Moment) {
        self.telling.now = now;
        for (client, request) in self.telling.catch_some_up(&self.core) {
            self.answer_now(now, client, request);
            self.telling.go_on_answering(&self.core, client);
        }
        self.settle();
    }

    /// Returns the delivery, through which this chat reaches its clients.
    pub fn delivery(&mut self) -> &mut D {
        &mut self.telling.delivery
    }

    /// Returns whether the hub can end: the server stops, no client is left, and nothing waits to
    /// be stored or the deadline for that has passed.
    pub fn is_over(&self) -> bool {
        let is_late = self.stopping_until.is_some_and(|it| it <= self.telling.now.since_start);
        self.core.is_deserted() && (self.telling.persist.is_done() || is_late)
    }

    /// Returns how many messages that were shown still wait to be stored.
    pub fn unstored_lines(&self) -> usize {
        self.telling.persist.queue().lines_waiting()
    }

    /// Returns whether some messages are not stored, and the clients were told so.
    pub fn is_unstored(&self) -> bool {
        self.telling.persist.is_unstored()
    }

    /// Pushes all noted lines and answers to the clients.
    pub fn push_noted(&mut self) {
        self.telling.push_noted(&self.core);
    }

    /// Returns the tasks for the history that came up since the last call.
    pub fn take_tasks(&mut self) -> Vec<HistoryTask> {
        std::mem::take(&mut self.telling.tasks)
    }

    /// Returns the reports for the operator that came up since the last call.
    pub fn take_reports(&mut self) -> Vec<(Home, Made)> {
        std::mem::take(&mut self.telling.reports)
    }

    /// Returns whether a request that waits because it came too fast may be answered now.
    pub fn has_turn(&self, now: Moment) -> bool {
        self.telling.paces.has_turn(now.since_start)
    }

    /// Returns the time at which [`tick`](Self::tick) must be called at the latest, in the chat's
    /// time. `None`: nothing needs to be done before the next event.
    pub fn next_tick(&self) -> Option<Duration> {
        let (turn, read) = (self.telling.paces.next_turn(), self.telling.next_tick());
        let end = self.stopping_until.filter(|until| *until > self.telling.now.since_start);
        let ticks = [self.core.next_tick(), turn, read, self.telling.persist.next_try(), end];
        ticks.into_iter().flatten().min()
    }

    fn take_turn(&mut self, now: Moment, client: ClientId, turn: PaceAnswer) {
        match turn {
            PaceAnswer::Now(request) => self.answer(now, client, request),
            PaceAnswer::Waits => {}
            PaceAnswer::TooFast(request, wait) => {
                if let Some(reply) = too_fast(request, wait) {
                    self.telling.note(&self.core, client, &reply);
                }
            }
            PaceAnswer::Close => {
                self.telling.push_noted(&self.core);
                self.telling.end(client, Disconnect::TalkedTooFast);
            }
        }
    }

    /// Answers one request that came too fast and has waited long enough, if there is one. It
    /// answers only one, because the answer may change whether and how the next one can be
    /// answered.
    fn let_one_have_its_turn(&mut self, now: Moment) {
        let Self { core, telling, .. } = self;
        let turn = telling.paces.next(now.since_start, |client| core.author(client));
        if let Some((client, turn)) = turn {
            self.take_turn(now, client, turn);
        }
    }

    fn hear_the_rest(&mut self, now: Moment, client: ClientId) {
        let author = self.core.author(client).filter(|_| self.telling.is_member(client));
        let Some(author) = author else { return };
        for request in self.telling.paces.rest(client, author, now.since_start) {
            self.answer(now, client, request);
        }
    }

    /// Answers a request. If its answer is long, the request may have to wait until the client has
    /// received its previous answer. If too many requests wait, it is refused.
    fn answer(&mut self, now: Moment, client: ClientId, request: Request) {
        self.telling.now = now;
        if !request.has_long_answer() {
            return self.answer_now(now, client, request);
        }
        match self.telling.question(&self.core, client, request) {
            QuestionTurn::Now(request) => self.answer_now(now, client, request),
            QuestionTurn::Waits => {}
            QuestionTurn::TooMany(request) => {
                let wait = limits::STORE_RETRY_WAIT;
                self.take_turn(now, client, PaceAnswer::TooFast(request, wait));
            }
        }
    }

    /// Answers a request now. `telling` answers faulty requests, and those that may need the
    /// history's file; the core answers all others.
    fn answer_now(&mut self, now: Moment, client: ClientId, request: Request) {
        match request {
            Request::History { log, before, count } => {
                self.telling.tell_history(&self.core, client, (log, before, count));
            }
            Request::Search(search) => self.telling.search(&self.core, client, *search),
            Request::Faulty(fault) => {
                self.telling.note(&self.core, client, &Reply::Fault(*fault));
            }
            other => match self.make_ready(now, client, &other) {
                Ok(()) => self.let_the_core_answer(now, client, other),
                Err(wait) => self.take_turn(now, client, PaceAnswer::TooFast(other, wait)),
            },
        }
    }

    fn let_the_core_answer(&mut self, now: Moment, client: ClientId, request: Request) {
        let mut tokens = Tokens::default();
        if let Some(request) = tokens.taken_from_request(request) {
            self.decide_with(&tokens, now, CoreEvent::Asked(client, request));
        }
    }

    /// Checks that a message can be stored, before the core gets the message. Makes the log skip
    /// numbers that are not reserved on the disk.
    ///
    /// # Errors
    /// The message cannot be stored now. The error says how long the client must wait.
    fn make_ready(
        &mut self,
        now: Moment,
        client: ClientId,
        request: &Request,
    ) -> Result<(), Duration> {
        let wait = Err(limits::STORE_RETRY_WAIT);
        let persist = &mut self.telling.persist;
        if !persist.queue().is_storing() {
            return Ok(());
        }
        let has_answers = matches!(request, Request::Post(_) | Request::Private(_));
        if has_answers && persist.must_wait(client) {
            return wait;
        }
        let Some(writing) = self.core.writing(client, request) else { return Ok(()) };
        let mut skips = [None, None];
        let mut is_ready = true;
        for (id, skip) in writing.logs.iter().flatten().zip(&mut skips) {
            let Some(room) = self.core.room(*id) else { continue };
            match persist.readiness(*id, room.log.head()) {
                Ready::Yes => {}
                Ready::After(numbers) => *skip = Some((*id, numbers)),
                Ready::No => is_ready = false,
            }
        }
        // A private message goes into two logs. It is refused rather than stored in only one of
        // them.
        if let Request::Private(message) = request
            && writing.is_private
        {
            is_ready &= !persist.lacks_space_for_two(&self.core, &message.text);
        }
        // The client sends the message again, because its answer was lost. The message is in the
        // log already, so it needs no new number.
        if (!is_ready || skips.iter().any(Option::is_some)) && self.core.was_said(client, request) {
            return Ok(());
        }
        if !is_ready {
            return wait;
        }
        for (id, skip) in skips.into_iter().flatten() {
            self.telling.persist.note_skip(&self.core, id, skip, now.since_start);
            self.decide(now, CoreEvent::Skipped(id, skip));
        }
        Ok(())
    }

    /// Gives the core one event that contains no tokens, and carries out its effects in order.
    fn decide(&mut self, now: Moment, event: CoreEvent) {
        self.decide_with(&Tokens::default(), now, event);
    }

    /// Like [`decide`](Self::decide), but for an event in which digests replace `tokens`. An effect
    /// of the core names a token by its digest.
    fn decide_with(&mut self, tokens: &Tokens, now: Moment, event: CoreEvent) {
        self.telling.now = now;
        self.core.step(now, event, &mut self.effects);
        for effect in self.effects.drain(..) {
            self.telling.carry_out(&self.core, tokens, effect);
        }
        let lost = self.telling.persist.take_forgotten(&self.core);
        if !lost.is_empty() {
            self.decide(now, CoreEvent::Lost(lost));
        }
    }

    /// Runs after every event: gives the history what is to be stored, and asks it for the lines
    /// that clients wait for.
    fn settle(&mut self) {
        self.telling.hand_over(&self.core);
        self.telling.ask_for_lines(&self.core);
    }
}
