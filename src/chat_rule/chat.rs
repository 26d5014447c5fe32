//! The chat as a whole: the order in which its parts handle an event.
//!
//! A client's request goes through the five stages *pace*, *questions*, *lookups*, *readiness* and
//! *core*, one after the other (`route_request`); `stages/mod.rs` says what each does.
//!
//! Of the other events (`event.rs`), those that the core must know begin at the stage *core*. The
//! chat carries out each effect (`carry_out`): persist queues what the history must store, and
//! progress does what the clients of this server must see of it.
//!
//! Owns: the order in which these parts act.
//! Must not know: threads, channels, sockets, clocks.
//!
//! Next in the chat: `chat_rule/stages/mod.rs`.
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::delivery::Delivery;
use super::event::ChatEvent;
use super::persist::Persist;
use super::persist::queue::UnstoredQueue;
use super::progress::catch_up::catch_some_up;
use super::progress::clients::WelcomedClients;
use super::progress::file_queue::FileQueue;
use super::progress::{self, KnownLines};
use super::stages::lookups::answer_lookup;
use super::stages::pace::{Lookup, Paces};
use super::stages::questions::decide_question;
use super::stages::readiness::make_ready;
use super::stages::{Stage, StageDecision, refusal};
use super::tap::EventTap;
use super::tokens::Tokens;
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::config::TalkPace;
use crate::chat::core::people::Author;
use crate::chat::core::{
    CameFrom, Core, CoreEvent, CoreSettings, CoreSizes, Effect, LogId, Made, Moment, Newcomer,
    Start, Stay,
};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::record::Stored;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::chat::token::TokenDigest;
use crate::history::HistoryTask;
use crate::server::follow;
use crate::server::outbox::LogPosition;

/// The whole chat: who may do what (`core`), what each client still has to receive (`clients`), who
/// waits for lines from the history's file (`file_queue`), which requests wait because they came
/// too fast (`paces`), and what must be stored (`persist`).
#[derive(Debug)]
pub struct Chat<D> {
    paces: Paces,
    persist: Persist,
    core: Core,
    tap: EventTap,
    clients: WelcomedClients<D>,
    file_queue: FileQueue,
    effects: Vec<Effect>,
    tasks: Vec<HistoryTask>,
    /// The warnings for the server's log that are not written yet. Each has a network, and what its
    /// clients make too many of.
    reports: Vec<(ClientNetwork, Made)>,
    /// How many messages people have sent in this run of the server.
    messages: u64,
    /// The moment of the event that [`step`](Self::step) handles now. Between two steps, it is the
    /// moment of the last one.
    now: Moment,
    /// The moment, in chat time, after which a stopping server no longer waits for lines to be
    /// stored. `None`: the server is not stopping.
    stopping_until: Option<Duration>,
}

/// The settings of the chat. They do not change while the server runs.
#[derive(Clone, Debug)]
pub struct ChatSettings {
    /// The part of the settings that the core needs.
    pub core: CoreSettings,
    /// Most lines in one chunk, that is, in one push to a client that is behind.
    pub chunk_lines_max: usize,
    /// True if the server has a history, which stores the chat.
    pub stores: bool,
    /// How many records, such as lines or rooms, can wait until the history stores them. While
    /// there is no space for more, new lines in rooms are shown and not stored.
    pub unstored_records_max: usize,
    /// About how many bytes the records that wait for the history may take.
    pub unstored_bytes_max: usize,
    /// How fast one person, and all clients of one network together, may send requests.
    pub pace: TalkPace,
}

impl<D: Delivery> Chat<D> {
    /// Creates a chat without clients. It has a lobby, and what the history had stored (`stored`).
    pub fn new(settings: ChatSettings, stored: Stored, now: Moment, delivery: D) -> Self {
        Self::watched(settings, stored, now, delivery, EventTap::default())
    }

    /// Like [`new`](Self::new), and shows each event of the core to `tap`.
    pub fn watched(
        settings: ChatSettings,
        stored: Stored,
        now: Moment,
        delivery: D,
        tap: EventTap,
    ) -> Self {
        let mut chat = Self {
            paces: Paces::new(settings.pace),
            persist: Persist::new(&settings, &stored),
            core: Core::default(),
            tap,
            clients: WelcomedClients::new(delivery, settings.chunk_lines_max),
            file_queue: FileQueue::default(),
            effects: Vec::new(),
            tasks: Vec::new(),
            reports: Vec::new(),
            messages: 0,
            now,
            stopping_until: None,
        };
        let start = Start { settings: settings.core, stored };
        chat.decide(CoreEvent::Started(Box::new(start)));
        chat
    }

    /// Handles one event: does what follows from it, and prepares the history's next tasks, if the
    /// event can have made some. Never blocks.
    pub fn step(&mut self, now: Moment, event: ChatEvent) {
        self.now = now;
        match event {
            ChatEvent::Newcomer(client, newcomer, from) => self.register(client, newcomer, from),
            ChatEvent::Asked(client, request) => {
                self.route_request(client, request, Stage::Pace);
            }
            ChatEvent::Left(client) => self.forget(client),
            // These come most often, and leave the history nothing to do.
            ChatEvent::Drained(client) => return self.clients.queue_drained(client),
            ChatEvent::PushCollected => return self.clients.push_queued(&self.core),
            ChatEvent::CatchUpTurn => {
                let Self { clients, file_queue, core, persist, paces, .. } = self;
                let known = KnownLines { core, persist };
                let due = catch_some_up(clients, file_queue, known, paces, now.chat_time);
                for (client, question) in due {
                    self.route_request(client, question, Stage::Lookups);
                    self.clients.queue_if_question_waits(&self.core, client);
                }
            }
            ChatEvent::Ticked => self.tick(),
            ChatEvent::Stopping => self.stop(),
            ChatEvent::BatchEnded(outcome) => {
                for (client, answer) in self.persist.settle_batch(outcome, now.chat_time) {
                    if let Answer::Sent { seq, .. } = &answer {
                        follow::kept(client, seq.0);
                    }
                    self.give_answer(client, &answer);
                }
            }
            ChatEvent::FileIsNew => {
                self.persist.begin_file(&self.core, now.chat_time);
                self.decide(CoreEvent::FileIsNew);
            }
            ChatEvent::FileIsLost => self.persist.store_something(&self.core),
            // A server that is stopping has reserved its last numbers, so no room may get a line.
            ChatEvent::ThrownAway(lines) if self.stopping_until.is_none() => {
                self.throw_lines_away(lines);
            }
            ChatEvent::ThrownAway(_) => {}
            ChatEvent::QueryAnswered(found) => {
                let Self { clients, file_queue, core, persist, .. } = self;
                let known = KnownLines { core, persist };
                progress::handle_history_answer(clients, file_queue, known, found, now.chat_time);
            }
        }
        self.prepare_tasks();
    }

    /// Returns the delivery, through which this chat reaches its clients.
    pub fn delivery(&mut self) -> &mut D {
        self.clients.delivery()
    }

    /// Returns whether the hub can end: the server is stopping, no client is left, and the hub need
    /// not wait for the disk. It need not wait if nothing is left to store, if the history could
    /// not store the most recent batch, or if the time for storing was over at the last step.
    pub fn is_over(&self) -> bool {
        let is_late = self.stopping_until.is_some_and(|until| until <= self.now.chat_time);
        self.core.is_deserted() && (self.unstored().storage().is_done || is_late)
    }

    pub(crate) fn counts(&self) -> (CoreSizes, u64) {
        (self.core.sizes(), self.messages)
    }

    pub(crate) fn unstored(&self) -> &UnstoredQueue {
        self.persist.unstored()
    }

    /// Returns whether a client to which everything has been sent is queued for its next chunk or
    /// answer.
    pub(crate) fn has_drained(&self) -> bool {
        self.clients.drained_count() > 0
    }

    pub(crate) fn take_tasks(&mut self) -> Vec<HistoryTask> {
        std::mem::take(&mut self.tasks)
    }

    /// Removes and returns the warnings that must be written into the server's log: in each, the
    /// network, and what its clients make too many of.
    pub fn take_reports(&mut self) -> Vec<(ClientNetwork, Made)> {
        std::mem::take(&mut self.reports)
    }

    /// Returns whether a request that had to wait because it came too fast may be handled now.
    pub fn has_due(&self, now: Moment) -> bool {
        self.paces.has_due(now.chat_time)
    }

    /// Returns the moment, in chat time, at which the chat must get [`ChatEvent::Ticked`] at the
    /// latest. `None`: it needs no `Ticked` before the next event.
    pub fn next_tick(&self) -> Option<Duration> {
        let end = self.stopping_until.filter(|until| *until > self.now.chat_time);
        let parts = [self.core.next_tick(), self.paces.next_due(), self.file_queue.next_tick()];
        parts.into_iter().chain([self.unstored().storage().next_try, end]).flatten().min()
    }

    /// Lets the core welcome or refuse a newcomer. If the core refuses it, the chat forgets what it
    /// has recorded about this client.
    fn register(&mut self, client: ClientId, newcomer: Newcomer, came_from: CameFrom) {
        let polls =
            matches!(&newcomer, Newcomer::WithHello(greeting) if greeting.stay != Stay::Connected);
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        self.paces.add_client(client, came_from.network, is_visitor, self.now.chat_time);
        let mut tokens = Tokens::default();
        let newcomer = tokens.taken_from_newcomer(newcomer);
        self.decide_with(&tokens, CoreEvent::Newcomer(client, newcomer, came_from));
        if !self.clients.has(client) {
            self.paces.forget(client);
        } else if polls {
            self.file_queue.add_poll(client);
        }
    }

    /// Takes a client's request through the five stages, beginning with `from`. Returns `None` if
    /// the request does not come to the core.
    fn route_request(&mut self, client: ClientId, mut request: Request, from: Stage) -> Option<()> {
        let now = self.now.chat_time;
        // Pace.
        if from == Stage::Pace {
            let author = self.clients.author_of(&self.core, client)?;
            let decision = self.paces.decide(&self.core, client, author, request, now);
            request = self.let_through(client, decision)?;
        }
        // Questions.
        if from <= Stage::Questions {
            let Self { clients, file_queue, core, .. } = self;
            let decision = decide_question(clients, file_queue, core, client, request);
            request = self.let_through(client, decision)?;
        }
        // Lookups.
        let Self { clients, file_queue, core, persist, paces, .. } = self;
        let known = KnownLines { core, persist };
        request = answer_lookup(clients, file_queue, known, paces, client, request, now)?;
        // Readiness.
        let skips = match make_ready(persist, core, client, &request, now) {
            Ok(skips) => skips,
            Err(reason) => return self.refuse(client, request, reason),
        };
        skips.into_iter().for_each(|(log, skip)| self.decide(CoreEvent::Skipped(log, skip)));
        // Core.
        let mut tokens = Tokens::default();
        let request = tokens.taken_from_request(request)?;
        self.decide_with(&tokens, CoreEvent::Asked(client, request));
        Some(())
    }

    /// Forgets a client that has left. If requests of the client still wait because they came too
    /// fast, first handles what the client says and its faulty requests, and drops the others. If
    /// the client is a visitor, drops all of them.
    fn forget(&mut self, client: ClientId) {
        if !self.paces.is_visitor(client) {
            self.end_wait_for_pace(client);
        }
        self.decide(CoreEvent::Left(client));
        self.paces.forget(client);
    }

    /// Lets the core drop lines that the history has deleted. A room whose pinned message is among
    /// them gets a line, which needs a number. If no number is reserved, the log keeps its lines in
    /// memory until the history deletes more.
    fn throw_lines_away(&mut self, lines: Vec<(Epoch, Seq)>) {
        for of_log in lines {
            let Self { core, persist, now, .. } = self;
            let rooms = core.unpinned_by(&[of_log]).into_iter();
            let Some(skips) = persist.logs().needed_skips(core, rooms, now.chat_time) else {
                continue;
            };
            persist.logs().add_skips(core, &skips, now.chat_time);
            skips.into_iter().for_each(|(log, skip)| self.decide(CoreEvent::Skipped(log, skip)));
            self.decide(CoreEvent::ThrownAway(vec![of_log]));
        }
    }

    /// Lets the core do what is due at the present time, such as freeing a reserved name. Then
    /// handles one request that came too fast, if one has waited long enough. It handles no second
    /// one, because the first may change what happens to the second.
    fn tick(&mut self) {
        self.decide(CoreEvent::Ticked);
        let Self { core, paces, clients, .. } = self;
        let next = paces.next(self.now.chat_time, |client| clients.author_of(core, client));
        if let Some((client, decision)) = next
            && let Some(request) = self.let_through(client, decision)
        {
            self.route_request(client, request, Stage::Questions);
        }
    }

    /// Begins the stop of the server. If requests still wait because they came too fast, first
    /// handles what clients say and faulty requests, and drops the others. Then the core closes all
    /// clients, so that no new requests are handled.
    fn stop(&mut self) {
        for client in self.clients.ids() {
            self.end_wait_for_pace(client);
        }
        self.stopping_until = Some(self.now.chat_time + limits::STOP_KEEPING_WAIT);
        self.decide(CoreEvent::Stopping);
        self.persist.close(&self.core, self.now.chat_time);
    }

    /// Returns the request if it goes on to the next stage. Otherwise carries out what the stage
    /// has decided on it.
    fn let_through(&mut self, client: ClientId, decision: StageDecision) -> Option<Request> {
        match decision {
            StageDecision::GoOn(request) => return Some(request),
            StageDecision::Waits => {}
            StageDecision::Refuse(request, wait) => {
                return self.refuse(client, request, Refused::TooFast(wait));
            }
            StageDecision::Close => {
                let end = Effect::End(client, Disconnect::TalkedTooFast);
                self.carry_out(&Tokens::default(), end);
            }
        }
        None
    }

    /// Refuses a request, which goes no further: returns `None`.
    fn refuse<T>(&mut self, client: ClientId, request: Request, reason: Refused) -> Option<T> {
        let answer = refusal(request, reason)?;
        self.clients.queue_answer(&self.core, client, &answer);
        None
    }

    /// Ends the wait of a client's requests that came too fast. Handles what the client says and
    /// its faulty requests, and drops the others.
    fn end_wait_for_pace(&mut self, client: ClientId) {
        let Some(author) = self.clients.author_of(&self.core, client) else { return };
        for request in self.paces.take_waiting(client, author, self.now.chat_time) {
            self.route_request(client, request, Stage::Questions);
        }
    }

    fn decide(&mut self, event: CoreEvent) {
        self.decide_with(&Tokens::default(), event);
    }

    /// Gives the core one event, and carries out its effects in order. `tokens` has the tokens
    /// whose digests the event contains.
    fn decide_with(&mut self, tokens: &Tokens, event: CoreEvent) {
        let mut effects = std::mem::take(&mut self.effects);
        self.tap.note(self.now, &event);
        self.core.step(self.now, event, &mut effects);
        effects.drain(..).for_each(|effect| self.carry_out(tokens, effect));
        self.effects = effects;
        let lost = self.persist.take_forgotten(&self.core);
        if !lost.is_empty() {
            self.decide(CoreEvent::Lost(lost));
        }
    }

    /// Carries out an effect of the core. If the effect acts at once, first pushes all queued lines
    /// and answers, so that clients get them before. `tokens` has the tokens that the effect names
    /// by their digests. Never blocks.
    fn carry_out(&mut self, tokens: &Tokens, effect: Effect) {
        let Self { core, persist, clients, .. } = self;
        if !effect.is_queued() {
            clients.push_queued(core);
        }
        let mut queued = None;
        match effect {
            Effect::Changed(changed) => persist.mark_changed(changed),
            Effect::NewLine { log, author, entry, answer: sent } => {
                self.messages += u64::from(entry.what.is_said());
                note_line(core, persist.has_history(), log, author, &entry);
                clients.queue_line(core, log, &entry);
                queued = persist.store(core, (log, author, entry), sent, self.now.chat_time);
            }
            Effect::Resent { log, epoch, seq, answer: sent } => {
                queued = persist.when_stored((log, epoch, seq), sent);
            }
            Effect::Forgotten(client, person) => {
                queued = persist.when_removed(core, person, (client, Answer::Forgotten));
            }
            Effect::TellState(client) => {
                queued = persist.unstored().storage_answer().map(|answer| (client, answer));
            }
            Effect::GiveToken { client, answer, token } => {
                queued = tokens.find(&token).map(|token| (client, answer.with_token(token)));
            }
            Effect::ShowRoom { client, room, answers } => self.show_room(client, room, &answers),
            Effect::Report(network, what) => self.reports.push((network, what)),
            Effect::Welcome(client) => clients.welcome(client),
            Effect::Refuse(client, reason) => clients.delivery().refuse_newcomer(client, reason),
            Effect::Subscribe(client, log) => clients.subscribe(client, log),
            Effect::Follow { client, log, from } => clients.follow(client, log, from, None),
            Effect::Save { client, log, last } => {
                clients.follow(client, log, Seq::default().next(), Some(last));
            }
            Effect::Unfollow(client, log) => clients.unfollow(client, log),
            Effect::Answer(client, answer) => queued = Some((client, answer)),
            Effect::Notice { log, except, answer } => {
                clients.delivery().push_notice(log, except, &answer);
            }
            Effect::Skip(log, first) => clients.tell_again(core, log, first),
            Effect::End(client, reason) => clients.end_client(client, reason),
            Effect::Forget(client) => {
                self.file_queue.forget(client);
                clients.forget(client);
            }
        }
        if let Some((client, answer)) = queued {
            self.give_answer(client, &answer);
        }
    }

    /// Queues an answer. If it says that the client's person was removed, also ends the client.
    fn give_answer(&mut self, client: ClientId, answer: &Answer) {
        self.clients.queue_answer(&self.core, client, answer);
        if matches!(answer, Answer::Forgotten) {
            self.clients.push_queued(&self.core);
            self.clients.end_client(client, Disconnect::SessionLeft);
        }
    }

    /// Queues these answers for a visitor that wants to know the state of a room's log.
    /// Charges the visitor's network as for a search. If that network is over its limit, refuses
    /// the visitor instead.
    fn show_room(&mut self, client: ClientId, room: RoomName, answers: &[Answer]) {
        let Self { core, clients, .. } = self;
        let network = core.network_of(client);
        match self.paces.charge_lookup(network, Lookup::Search, self.now.chat_time) {
            Ok(()) => answers.iter().for_each(|answer| clients.queue_answer(core, client, answer)),
            Err(reason) => clients.queue_answer(core, client, &Answer::refusal(Some(room), reason)),
        }
    }

    /// Prepares the next tasks of the history: a batch to store, and queries for lines that clients
    /// wait for.
    fn prepare_tasks(&mut self) {
        self.hand_over_batch();
        let Self { clients, file_queue, core, persist, tasks, .. } = self;
        let known = KnownLines { core, persist };
        let queries = progress::next_queries(clients, file_queue, known, self.now.chat_time);
        tasks.extend(queries.into_iter().map(HistoryTask::Find));
    }

    /// Adds the history's next batch to `tasks`, if records wait and the history can take a batch
    /// now. When storing begins to fail or works again, pushes a notice to the clients that are
    /// live in a log.
    fn hand_over_batch(&mut self) {
        let batch = self.persist.next_batch(&self.core, self.now.chat_time);
        self.tasks.extend(batch.map(HistoryTask::Store));
        if let Some(notice) = self.persist.news() {
            if self.unstored().storage().hangs {
                tracing::warn!("the disk does not answer; new messages are not confirmed as sent");
            }
            self.clients.push_notice_to_all(&self.core, &notice);
        }
    }
}

/// Notes that a message has become this line, for whoever follows their next message. Joins, topics
/// and edits are no messages.
fn note_line(core: &Core, is_stored: bool, log: LogId, author: Author, entry: &Entry) {
    if entry.what.is_message() {
        let position = LogPosition { log: log.0, seq: entry.seq.0 };
        follow::decided(position, is_stored, |mark| {
            let token = TokenDigest::all_in(mark).pop();
            let person = token.and_then(|token| core.owner(&token));
            person.is_some() && person == author.person()
        });
    }
}

#[cfg(test)]
mod tests;
