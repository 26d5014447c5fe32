//! The whole chat, whose clients are a list of what was done to them.
//!
//! A test of the rules says what happens next, also what an outbox would have said, and reads
//! in this list what came of it.
//!
//! Owns: that list.
//!
//! Next: `chat/core/tests/classic.rs`.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{ChatSettings, Made, Moment, Newcomer, Whence};
use crate::admission::Home;
use crate::chat::core::{self as real, RoomId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::{Found, Kept, PersonId, Query, Record};
use crate::chat::request::Request;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::history::Task;
use crate::hub::ClientId;
use crate::telling::chat::Chat;
use crate::telling::delivery::{Delivery, Overrun};

/// Something that happens to the chat.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Registered(ClientId, Newcomer, Whence),
    Asked(ClientId, Request),
    Left(ClientId),
    /// The client had no room for what cannot be told again.
    OutboxFull(ClientId),
    /// It has missed what was said from these numbers on.
    FellBehind(ClientId, Vec<(RoomId, Seq)>),
    /// It was watched, and has nothing unsent any more.
    Drained(ClientId),
    Kept(Result<(), String>),
    FileIsNew,
    FileIsLost,
    Found(Result<Found, String>),
    Ticked,
    Stopping,
}

/// Something that was done to a client, or is for the history or the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Welcome(ClientId),
    Refuse(ClientId, Disconnect),
    Hear(ClientId, RoomId),
    Deafen(ClientId, RoomId),
    Tell(RoomId, Arc<Entry>),
    Note(ClientId, Told),
    Notice(RoomId, Option<ClientId>, Told),
    Replay(ClientId, RoomId, Vec<Arc<Entry>>),
    CaughtUp(ClientId, RoomId, Told, Seq),
    Watch(ClientId),
    End(ClientId, Disconnect),
    Forget(ClientId),
    Keep(Vec<Record>),
    Find(Query),
    Report(Home, Made),
}

/// Clients that have room, but where a test says otherwise.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    effects: Vec<Effect>,
    /// What the next push meets.
    overrun: Overrun,
    /// The next client that has come to the end of a log has no room to be told so.
    pub(super) has_no_room_for_the_end: bool,
}

impl Delivery for Recorder {
    fn welcome(&mut self, client: ClientId) {
        self.effects.push(Effect::Welcome(client));
    }

    fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        self.effects.push(Effect::Refuse(client, reason));
    }

    fn hear(&mut self, client: ClientId, room: RoomId) {
        self.effects.push(Effect::Hear(client, room));
    }

    fn deafen(&mut self, client: ClientId, room: RoomId) {
        self.effects.push(Effect::Deafen(client, room));
    }

    fn note_line(&mut self, room: RoomId, entry: &Arc<Entry>) -> bool {
        self.effects.push(Effect::Tell(room, Arc::clone(entry)));
        true
    }

    fn note_answer(&mut self, client: ClientId, told: &Told) -> bool {
        self.effects.push(Effect::Note(client, told.clone()));
        true
    }

    fn note_caught_up(&mut self, client: ClientId, room: RoomId, told: &Told, seq: Seq) {
        self.effects.push(Effect::CaughtUp(client, room, told.clone(), seq));
        if std::mem::take(&mut self.has_no_room_for_the_end) {
            self.overrun.behind.push((client, vec![(room, seq.next())]));
        }
    }

    fn push_noted(&mut self) -> Overrun {
        std::mem::take(&mut self.overrun)
    }

    fn replay(
        &mut self,
        client: ClientId,
        _: Option<PersonId>,
        room: RoomId,
        entries: &[Arc<Entry>],
    ) -> bool {
        self.effects.push(Effect::Replay(client, room, entries.to_vec()));
        true
    }

    fn notice(&mut self, room: RoomId, but: Option<ClientId>, told: &Told) {
        self.effects.push(Effect::Notice(room, but, told.clone()));
    }

    /// A test says itself when it has nothing unsent.
    fn watch(&mut self, client: ClientId) -> bool {
        self.effects.push(Effect::Watch(client));
        false
    }

    fn has_taken_all(&mut self, _: ClientId) -> bool {
        true
    }

    fn end(&mut self, client: ClientId, reason: Disconnect) {
        self.effects.push(Effect::End(client, reason));
    }

    fn forget(&mut self, client: ClientId) {
        self.effects.push(Effect::Forget(client));
    }
}

/// The chat over such clients.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) chat: Chat<Recorder>,
}

impl Core {
    pub(super) fn new(settings: ChatSettings, kept: Kept, now: Moment) -> Self {
        Self { chat: Chat::new(settings, kept, now, Recorder::default()) }
    }

    /// One event, and what came of it.
    pub(super) fn step(&mut self, now: Moment, event: Event, effects: &mut Vec<Effect>) {
        let chat = &mut self.chat;
        match event {
            Event::Registered(client, newcomer, whence) => {
                chat.register(now, client, newcomer, whence);
            }
            Event::Asked(client, request) => chat.ask(now, client, request),
            Event::Left(client) => chat.leave(now, client),
            Event::OutboxFull(client) => {
                chat.telling.delivery.overrun.full.push(client);
                chat.push_noted();
            }
            Event::FellBehind(client, missed) => {
                chat.telling.delivery.overrun.behind.push((client, missed));
                chat.push_noted();
            }
            Event::Drained(client) => {
                chat.has_room(client);
                chat.catch_some_up(now);
            }
            Event::Kept(outcome) => chat.kept(now, outcome),
            Event::FileIsNew => chat.begin_file(now),
            Event::FileIsLost => chat.keep_something(now),
            Event::Found(found) => chat.found(now, found),
            Event::Ticked => chat.tick(now),
            Event::Stopping => chat.stop(now),
        }
        effects.append(&mut chat.telling.delivery.effects);
        effects
            .extend(chat.take_reports().into_iter().map(|(home, what)| Effect::Report(home, what)));
        effects.extend(chat.take_tasks().into_iter().map(|task| match task {
            Task::Keep(records) => Effect::Keep(records),
            Task::Find(query) => Effect::Find(query),
        }));
    }

    pub(super) fn is_member(&self, client: ClientId) -> bool {
        self.chat.telling.is_member(client)
    }

    pub(super) fn hears(&self, client: ClientId, room: RoomId) -> bool {
        self.chat.telling.hears(client, room)
    }

    pub(super) fn unkept(&self) -> usize {
        self.chat.unkept()
    }

    pub(super) fn is_over(&self) -> bool {
        self.chat.is_over()
    }

    pub(super) fn has_turn(&self, now: Moment) -> bool {
        self.chat.has_turn(now)
    }

    pub(super) fn next_tick(&self) -> Option<std::time::Duration> {
        self.chat.next_tick()
    }
}

impl Deref for Core {
    type Target = real::Core;

    fn deref(&self) -> &real::Core {
        &self.chat.core
    }
}

impl DerefMut for Core {
    fn deref_mut(&mut self) -> &mut real::Core {
        &mut self.chat.core
    }
}
