//! What decides, for the whole chat: in which order pace, core and telling meet an event.
//!
//! 1. Pace: a request that comes too fast waits here, or is refused.
//! 2. The core decides what is so now, and what comes of it.
//! 3. Telling carries that out, effect by effect, into this server's own clients.
//!
//! Owns: that order.
//! Must not know: threads, channels, sockets, clocks.
//!
//! Next: `telling/tokens.rs`.

use std::time::Duration;

use super::delivery::Delivery;
use super::pace::{Paces, Turn, too_fast};
use super::persist::{Persist, Ready};
use super::progress::Telling;
use super::progress::answers::Question;
use super::tokens::Tokens;
use crate::admission::Home;
use crate::chat::core::{Core, CoreSettings, Effect, Event, Made, Moment, Newcomer, Start, Whence};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::{Found, Kept};
use crate::chat::request::Request;
use crate::chat::told::Told;
use crate::chat_config::TalkPace;
use crate::disconnect::Disconnect;
use crate::history::Task;
use crate::hub::ClientId;
use crate::limits;

/// The rules of the chat, and how far each client is with what it is told.
#[derive(Debug)]
pub struct Chat<D> {
    pub(crate) core: Core,
    pub(crate) telling: Telling<D>,
    effects: Vec<Effect>,
    /// Until when what was said last may take to be kept; `None` while the server goes on.
    stopping_until: Option<Duration>,
}

/// How the chat is to be, for as long as the server runs.
#[derive(Clone, Debug)]
pub struct ChatSettings {
    /// What the core is to know of it.
    pub core: CoreSettings,
    /// Messages that one replay carries at most.
    pub replay_messages_max: usize,
    /// Whether anything outlives the server.
    pub keeps: bool,
    /// Records that may wait to be kept; more lines are shown and not kept.
    pub unsaved_records_max: usize,
    /// How fast a person may ask for things, and an address.
    pub pace: TalkPace,
}

impl<D: Delivery> Chat<D> {
    /// With nobody in it: a lobby, and what was kept.
    pub fn new(settings: ChatSettings, kept: Kept, now: Moment, delivery: D) -> Self {
        let (paces, persist) = (Paces::new(settings.pace), Persist::new(&settings, &kept));
        let telling = Telling::new(delivery, paces, persist, settings.replay_messages_max);
        let (core, effects) = (Core::default(), Vec::new());
        let mut chat = Self { core, telling, effects, stopping_until: None };
        let start = Start { settings: settings.core, kept };
        chat.decide(now, Event::Started(Box::new(start)));
        chat.telling.persist.begin(&chat.core, now.since_start);
        chat
    }

    /// A client wants to come in.
    pub fn register(&mut self, now: Moment, client: ClientId, newcomer: Newcomer, whence: Whence) {
        let polls = matches!(&newcomer, Newcomer::Numbered(greeting) if greeting.polls);
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        self.telling.paces.begin(client, whence.home, is_visitor, now.since_start);
        if polls {
            self.telling.file_queue.add_poll(client);
        }
        let mut tokens = Tokens::default();
        let newcomer = tokens.taken_from_newcomer(newcomer);
        self.decide_with(&tokens, now, Event::Registered(client, newcomer, whence));
        if !self.telling.is_member(client) {
            self.telling.paces.end(client);
            self.telling.file_queue.forget(client);
        }
        self.settle();
    }

    /// A client asks for something. The one place where the words of somebody who was closed,
    /// or never welcome, are dropped.
    pub fn ask(&mut self, now: Moment, client: ClientId, request: Request) {
        self.telling.now = now;
        let author = self.core.author(client).filter(|_| self.telling.is_member(client));
        let Some(author) = author else { return };
        let turn = self.telling.paces.turn(client, author, request, now.since_start);
        self.take_turn(now, client, turn);
        self.settle();
    }

    /// A client's reader has ended. What it said before is heard, also what waits for its turn.
    pub fn leave(&mut self, now: Moment, client: ClientId) {
        if !self.telling.paces.is_visitor(client) {
            self.hear_the_rest(now, client);
        }
        self.decide(now, Event::Left(client));
        self.telling.paces.end(client);
        self.settle();
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) {
        self.decide(now, Event::Ticked);
        self.let_one_have_its_turn(now);
        self.settle();
    }

    /// The server stops: everybody is told goodbye.
    pub fn stop(&mut self, now: Moment) {
        let everybody: Vec<_> = self.telling.members().collect();
        everybody.into_iter().for_each(|client| self.hear_the_rest(now, client));
        self.stopping_until = Some(now.since_start + limits::STOP_KEEPING_WAIT);
        self.decide(now, Event::Stopping);
        self.telling.persist.close(&self.core, now.since_start);
        self.settle();
    }

    /// The batch that the history was given is kept; or not, and why.
    pub fn kept(&mut self, now: Moment, outcome: Result<(), String>) {
        self.telling.now = now;
        for (client, told) in self.telling.persist.is_kept(outcome, now.since_start) {
            self.telling.note(&self.core, client, &told);
        }
        self.settle();
    }

    /// The batch is not kept, for the file was lost or damaged; a new one begins, and nothing
    /// is kept of what was.
    pub fn begin_file(&mut self, now: Moment) {
        self.telling.persist.begin_file(&self.core, now.since_start);
        self.decide(now, Event::FileIsNew);
        self.settle();
    }

    /// The file was found lost or damaged: whatever is kept next is answered with that.
    pub fn keep_something(&mut self, now: Moment) {
        self.telling.now = now;
        self.telling.persist.keep_something(&self.core);
        self.settle();
    }

    /// Lines were thrown away, of each of these logs up to this number.
    pub fn throw_away(&mut self, now: Moment, lines: Vec<(Epoch, Seq)>) {
        self.decide(now, Event::ThrownAway(lines));
        self.settle();
    }

    /// The history has found what it was asked for; or why it cannot.
    pub fn found(&mut self, now: Moment, found: Result<Found, String>) {
        self.telling.now = now;
        self.telling.found(&self.core, found);
        self.settle();
    }

    /// A client that is behind has nothing unsent any more. It is told more in this round or
    /// a later one.
    pub fn has_room(&mut self, client: ClientId) {
        self.telling.has_room(client);
    }

    /// Tells a few of those who are behind some more.
    pub fn catch_some_up(&mut self, now: Moment) {
        self.telling.now = now;
        for (client, request) in self.telling.catch_some_up(&self.core) {
            self.answer_now(now, client, request);
            self.telling.go_on_answering(&self.core, client);
        }
        self.settle();
    }

    /// The clients, as they are reached.
    pub fn delivery(&mut self) -> &mut D {
        &mut self.telling.delivery
    }

    /// Whether the server stops, nobody is here any more, and nothing waits to be kept.
    pub fn is_over(&self) -> bool {
        let is_late = self.stopping_until.is_some_and(|it| it <= self.telling.now.since_start);
        self.core.is_deserted() && (self.telling.persist.is_done() || is_late)
    }

    /// How many messages that were shown wait to be kept.
    pub fn unkept(&self) -> usize {
        self.telling.persist.queue().lines_waiting()
    }

    /// Whether not all that was said is kept, and people have been told so.
    pub fn is_unkept(&self) -> bool {
        self.telling.persist.is_unkept()
    }

    /// Pushes all that is noted.
    pub fn push_noted(&mut self) {
        self.telling.push_noted(&self.core);
    }

    /// What the history is to do, since this was last asked.
    pub fn take_tasks(&mut self) -> Vec<Task> {
        std::mem::take(&mut self.telling.tasks)
    }

    /// What the operator is to be told, since this was last asked.
    pub fn take_reports(&mut self) -> Vec<(Home, Made)> {
        std::mem::take(&mut self.telling.reports)
    }

    /// Whether somebody's turn has come, who asked too early.
    pub fn has_turn(&self, now: Moment) -> bool {
        self.telling.paces.has_turn(now.since_start)
    }

    /// When [`Event::Ticked`] is wanted at the latest, since the hub began.
    pub fn next_tick(&self) -> Option<Duration> {
        let (turn, read) = (self.telling.paces.next_turn(), self.telling.next_tick());
        let end = self.stopping_until.filter(|until| *until > self.telling.now.since_start);
        let ticks = [self.core.next_tick(), turn, read, self.telling.persist.next_try(), end];
        ticks.into_iter().flatten().min()
    }

    fn take_turn(&mut self, now: Moment, client: ClientId, turn: Turn) {
        match turn {
            Turn::Now(request) => self.answer(now, client, request),
            Turn::Waits => {}
            Turn::TooFast(request, wait) => {
                if let Some(told) = too_fast(request, wait) {
                    self.telling.note(&self.core, client, &told);
                }
            }
            Turn::Cut => {
                self.telling.push_noted(&self.core);
                self.telling.end(client, Disconnect::TalkedTooFast);
            }
        }
    }

    /// Whoever asked too early has its turn: as any other request in a step of its own, for
    /// what comes of it may change what the next one means.
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

    /// A long answer waits until its client has taken the one before.
    fn answer(&mut self, now: Moment, client: ClientId, request: Request) {
        self.telling.now = now;
        if !request.has_long_answer() {
            return self.answer_now(now, client, request);
        }
        match self.telling.question(&self.core, client, request) {
            Question::Now(request) => self.answer_now(now, client, request),
            Question::Waits => {}
            Question::TooMany(request) => {
                let wait = limits::STORE_RETRY_WAIT;
                self.take_turn(now, client, Turn::TooFast(request, wait));
            }
        }
    }

    /// What the file may have to be read for is telling's, everything else the core's.
    fn answer_now(&mut self, now: Moment, client: ClientId, request: Request) {
        match request {
            Request::History { log, before, count } => {
                self.telling.tell_history(&self.core, client, (log, before, count));
            }
            Request::Search(search) => self.telling.search(&self.core, client, *search),
            Request::Faulty(fault) => {
                self.telling.note(&self.core, client, &Told::Fault(*fault));
            }
            other => match self.make_ready(now, client, &other) {
                Ok(()) => self.let_the_core_answer(now, client, other),
                Err(wait) => self.take_turn(now, client, Turn::TooFast(other, wait)),
            },
        }
    }

    fn let_the_core_answer(&mut self, now: Moment, client: ClientId, request: Request) {
        let mut tokens = Tokens::default();
        if let Some(request) = tokens.taken_from_request(request) {
            self.decide_with(&tokens, now, Event::Asked(client, request));
        }
    }

    /// Whether what a client says can be kept: a disk's refusal comes before the core hears of it.
    ///
    /// # Errors
    /// How long the client must wait.
    fn make_ready(
        &mut self,
        now: Moment,
        client: ClientId,
        request: &Request,
    ) -> Result<(), Duration> {
        let wait = Err(limits::STORE_RETRY_WAIT);
        let persist = &mut self.telling.persist;
        if !persist.queue().is_on() {
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
            match persist.is_ready(*id, room.log.head()) {
                Ready::Yes => {}
                Ready::After(numbers) => *skip = Some((*id, numbers)),
                Ready::No => is_ready = false,
            }
        }
        // Shown to one and kept for the other is worse than not said.
        if let Request::Private(message) = request
            && writing.is_private
        {
            is_ready &= !persist.has_no_room_for_two(&self.core, &message.text);
        }
        // Its answer was lost; the message was not.
        if (!is_ready || skips.iter().any(Option::is_some)) && self.core.was_said(client, request) {
            return Ok(());
        }
        if !is_ready {
            return wait;
        }
        for (id, skip) in skips.into_iter().flatten() {
            self.telling.persist.has_skipped(&self.core, id, skip, now.since_start);
            self.decide(now, Event::Skipped(id, skip));
        }
        Ok(())
    }

    /// One event through the core, and its effects carried out in order.
    fn decide(&mut self, now: Moment, event: Event) {
        self.decide_with(&Tokens::default(), now, event);
    }

    /// The same with the tokens that the core says by their digests.
    fn decide_with(&mut self, tokens: &Tokens, now: Moment, event: Event) {
        self.telling.now = now;
        self.core.step(now, event, &mut self.effects);
        for effect in self.effects.drain(..) {
            self.telling.carry_out(&self.core, tokens, effect);
        }
        let lost = self.telling.persist.take_forgotten(&self.core);
        if !lost.is_empty() {
            self.decide(now, Event::Lost(lost));
        }
    }

    /// What follows everything: the history is given what there is to keep, and asked for what
    /// somebody waits for.
    fn settle(&mut self) {
        self.telling.hand_over(&self.core);
        self.telling.ask_for_lines(&self.core);
    }
}
