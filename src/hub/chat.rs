//! What decides, for the whole chat: in which order pace, core and telling meet an event.
//!
//! 1. Pace: a request that comes too fast waits here, or is refused.
//! 2. The core decides what is so now, and what comes of it.
//! 3. Telling carries that out, effect by effect, into this server's own clients.
//!
//! Owns: that order.
//! Must not know: threads, channels, sockets, clocks.
//!
//! Next: `hub/pace.rs`.

use std::time::Duration;

use super::ClientId;
use super::core::{Core, CoreSettings, Effect, Event, Made, Moment, Newcomer, Whence};
use super::delivery::Delivery;
use super::pace::{Paces, Turn, too_fast};
use super::telling::Telling;
use crate::admission::Home;
use crate::chat::record::{Found, Kept};
use crate::chat::request::Request;
use crate::disconnect::Disconnect;
use crate::history::Task;

/// The rules of the chat, and how far each client is with what it is told.
#[derive(Debug)]
pub struct Chat<D> {
    pub(super) core: Core,
    pub(super) telling: Telling<D>,
    effects: Vec<Effect>,
}

impl<D: Delivery> Chat<D> {
    /// With nobody in it: a lobby, and what was kept.
    pub fn new(settings: CoreSettings, kept: Kept, now: Moment, delivery: D) -> Self {
        let paces = Paces::new(settings.pace);
        let telling = Telling::new(delivery, paces, settings.replay_messages_max);
        Self { core: Core::new(settings, kept, now), telling, effects: Vec::new() }
    }

    /// A client wants to come in.
    pub fn register(&mut self, now: Moment, client: ClientId, newcomer: Newcomer, whence: Whence) {
        let polls = matches!(&newcomer, Newcomer::Numbered(greeting) if greeting.polls);
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        self.telling.paces.begin(client, whence.home, is_visitor, now.since_start);
        if polls {
            self.telling.file_queue.add_poll(client);
        }
        self.decide(now, Event::Registered(client, newcomer, whence));
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

    /// Something else has happened.
    pub fn meet(&mut self, now: Moment, event: Event) {
        if event == Event::Stopping {
            let everybody: Vec<_> = self.telling.members().collect();
            everybody.into_iter().for_each(|client| self.hear_the_rest(now, client));
        }
        let has_ticked = event == Event::Ticked;
        self.decide(now, event);
        if has_ticked {
            self.let_one_have_its_turn(now);
        }
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
        self.telling.catch_some_up(&self.core);
        self.settle();
    }

    /// The clients, as they are reached.
    pub fn delivery(&mut self) -> &mut D {
        &mut self.telling.delivery
    }

    /// Whether the server stops, and nobody is here any more.
    pub fn is_over(&self) -> bool {
        self.core.is_over()
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
        [self.core.next_tick(), turn, read].into_iter().flatten().min()
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

    /// What the file may have to be read for is telling's, everything else the core's.
    fn answer(&mut self, now: Moment, client: ClientId, request: Request) {
        self.telling.now = now;
        match request {
            Request::History { log, before, count } => {
                self.telling.tell_history(&self.core, client, (log, before, count));
            }
            Request::Search(search) => self.telling.search(&self.core, client, *search),
            other => self.decide(now, Event::Asked(client, other)),
        }
    }

    /// One event through the core, and its effects carried out in order.
    fn decide(&mut self, now: Moment, event: Event) {
        self.telling.now = now;
        self.core.step(now, event, &mut self.effects);
        for effect in self.effects.drain(..) {
            self.telling.carry_out(&self.core, effect);
        }
    }

    /// What follows everything: the file is asked for what somebody waits for.
    fn settle(&mut self) {
        self.telling.ask_for_lines(&self.core);
    }
}
