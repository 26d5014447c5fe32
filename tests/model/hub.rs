//! The hub's round under the model checker: three inboxes, the real chat, real outboxes and
//! writers, readers that come, talk and leave, and a shutdown at any time.
//!
//! The inboxes and the round are the checker's own here, a copy of those in `server/hub/mod.rs`,
//! because the checker does not control crossbeam's channels. The test checks the rule of the
//! round, and how all the parts around it work together. One test compares the order of the copy's
//! steps with the original.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;
use threadbare::base::{client_id::ClientId, disconnect::Disconnect};
use threadbare::chat::answer::Answer;
use threadbare::chat::config::TalkPace;
use threadbare::chat::core::{CameFrom, CoreSettings, LogId, Moment, Newcomer};
use threadbare::chat::entry::{Entry, Seq};
use threadbare::chat::record::{PersonId, Stored};
use threadbare::chat::request::Request;
use threadbare::chat_rule::chat::{Chat, ChatSettings};
use threadbare::chat_rule::delivery::{Delivery, MissedLines, Overrun};
use threadbare::chat_rule::event::ChatEvent;
use threadbare::formats::{Frame, classic};
use threadbare::server::config::FanOut;
use threadbare::server::outbox::{Outbox, OutboxState, Pushed, Unsent};

use super::{
    CLOSE, CheckedMonitor, Peer, TEXT, check_some, payloads, scene, schedules, tell, whole_stream,
};

type ClientOutbox = Outbox<CheckedMonitor<OutboxState>>;

/// How often a client was evicted, in all schedules: a scene without evictions would prove nothing
/// about them.
static EVICTIONS: AtomicUsize = AtomicUsize::new(0);

/// How many requests wait in the broadcast inbox at most.
const ASKED_MAX: usize = 2;
/// How many messages each reader says.
const WORDS: usize = 2;

/// The order in which a round handles what it found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The hub's own order.
    WordsThenLeavers,
    /// The control: a client's last words come after its leaving.
    LeaversThenWords,
}

enum Notice {
    Left(ClientId),
    Everyone,
}

#[derive(Default)]
struct Waiting {
    joiner: Option<ClientId>,
    asked: VecDeque<(ClientId, String)>,
    notices: VecDeque<Notice>,
    /// The hub's answer to each client: `true` for a welcome.
    answers: BTreeMap<ClientId, bool>,
    forgotten: BTreeSet<ClientId>,
    /// How many messages each client has said so far.
    said: BTreeMap<ClientId, usize>,
    is_over: bool,
}

#[derive(Default)]
struct Inboxes {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Inboxes {
    /// Blocks until `act` returns a value.
    fn when<R>(&self, mut act: impl FnMut(&mut Waiting) -> Option<R>) -> R {
        let mut waiting = self.waiting.lock().unwrap();
        loop {
            if let Some(answer) = act(&mut waiting) {
                self.changed.notify_all();
                return answer;
            }
            waiting = self.changed.wait(waiting).unwrap();
        }
    }

    /// Registers a client; returns whether the hub has welcomed it.
    fn register(&self, client: ClientId) -> bool {
        let comes = self.when(|waiting| match waiting.joiner {
            _ if waiting.is_over => Some(false),
            None => {
                waiting.joiner = Some(client);
                Some(true)
            }
            Some(_) => None,
        });
        comes && self.when(|it| it.answers.get(&client).copied().or(it.is_over.then_some(false)))
    }

    fn ask(&self, client: ClientId, text: String) {
        self.when(|waiting| {
            let has_room = waiting.asked.len() < ASKED_MAX;
            if has_room && !waiting.is_over {
                waiting.asked.push_back((client, text.clone()));
                *waiting.said.entry(client).or_default() += 1;
            }
            (has_room || waiting.is_over).then_some(())
        });
    }

    fn leave(&self, client: ClientId) {
        self.when(|waiting| {
            waiting.notices.push_back(Notice::Left(client));
            Some(())
        });
        self.when(|it| (it.forgotten.contains(&client) || it.is_over).then_some(()));
    }
}

struct Line {
    outbox: Arc<ClientOutbox>,
    peer: Arc<Peer>,
}

struct Hub {
    inboxes: Arc<Inboxes>,
    chat: Chat<Clients>,
    order: Order,
    /// How many messages of each client the hub has heard.
    heard: BTreeMap<ClientId, usize>,
}

/// Classic clients, each with a real outbox.
struct Clients {
    inboxes: Arc<Inboxes>,
    lines: Arc<BTreeMap<ClientId, Line>>,
    hearing: BTreeSet<ClientId>,
    way: FanOut,
    /// Clients whose outbox had no room for the last line.
    full: Vec<ClientId>,
    /// The lines that each client's outbox has accepted.
    told: BTreeMap<ClientId, Vec<String>>,
    evicted: BTreeSet<ClientId>,
}

/// What the hub has taken from its inboxes before a round.
struct Round {
    first_newcomer: Option<ClientId>,
    first_asked: Option<(ClientId, String)>,
    notices: VecDeque<Notice>,
}

impl Hub {
    fn run(&mut self) {
        while !self.chat.is_over() {
            let round = self.wait();
            self.run_round(round);
        }
        self.inboxes.when(|waiting| {
            waiting.is_over = true;
            Some(())
        });
    }

    fn wait(&self) -> Round {
        self.inboxes.when(|waiting| {
            let ready: Vec<u8> = [
                waiting.joiner.is_some().then_some(0),
                (!waiting.notices.is_empty()).then_some(1),
                (!waiting.asked.is_empty()).then_some(2),
            ]
            .into_iter()
            .flatten()
            .collect();
            // `select!` picks at random among the ready ones.
            let first = *ready.get(thread_rng().gen_range(0..ready.len().max(1)))?;
            let first_newcomer = if first == 0 { waiting.joiner.take() } else { None };
            let first_asked = if first == 2 { waiting.asked.pop_front() } else { None };
            let notices = std::mem::take(&mut waiting.notices);
            Some(Round { first_newcomer, first_asked, notices })
        })
    }

    fn run_round(&mut self, mut round: Round) {
        if let Some(client) = round.first_newcomer {
            self.let_in(client);
        }
        self.hear(round.first_asked);
        if self.order == Order::LeaversThenWords {
            self.let_go(std::mem::take(&mut round.notices));
        }
        self.hear_all();
        self.let_go(round.notices);
    }

    fn let_in(&mut self, client: ClientId) {
        let whence = CameFrom { network: None, addr: None };
        let newcomer = ChatEvent::Newcomer(client, Newcomer::Classic, whence);
        self.chat.step(Moment::default(), newcomer);
    }

    /// Hears the messages that wait now; those that come meanwhile get their own round.
    fn hear_all(&mut self) {
        let count = self.inboxes.waiting.lock().unwrap().asked.len();
        for _ in 0..count {
            let asked = self.inboxes.when(|waiting| Some(waiting.asked.pop_front()));
            self.hear(asked);
        }
    }

    fn hear(&mut self, asked: Option<(ClientId, String)>) {
        let Some((client, text)) = asked else { return };
        *self.heard.entry(client).or_default() += 1;
        self.step(ChatEvent::Asked(client, Request::Classic(text)));
    }

    /// Lets in who waits, and then gives the chat the event.
    fn step(&mut self, event: ChatEvent) {
        let newcomer = self.inboxes.waiting.lock().unwrap().joiner.take();
        if newcomer.is_some() {
            self.inboxes.changed.notify_all();
        }
        newcomer.into_iter().for_each(|client| self.let_in(client));
        self.chat.step(Moment::default(), event);
    }

    fn let_go(&mut self, notices: VecDeque<Notice>) {
        for departure in notices {
            match departure {
                Notice::Everyone => self.step(ChatEvent::Stopping),
                Notice::Left(client) => {
                    let said = self.inboxes.waiting.lock().unwrap().said.get(&client).copied();
                    let heard = self.heard.get(&client).copied();
                    assert_eq!(heard, said, "{client} left before its last words were heard");
                    self.step(ChatEvent::Left(client));
                }
            }
        }
    }
}

impl Delivery for Clients {
    fn welcome(&mut self, client: ClientId) {
        self.answer(client, true);
    }

    fn refuse_newcomer(&mut self, client: ClientId, _: Disconnect) {
        self.answer(client, false);
    }

    fn subscribe(&mut self, client: ClientId, _: LogId) {
        self.hearing.insert(client);
    }

    fn unsubscribe(&mut self, client: ClientId, _: LogId) {
        self.hearing.remove(&client);
    }

    /// Pushes at once. Returns false, because the scene asks for the full clients right away.
    fn queue_line(&mut self, _: LogId, entry: &Arc<Entry>, _: &[Arc<Entry>]) -> bool {
        for client in &self.hearing {
            let Line { outbox, peer } = &self.lines[client];
            let frame = classic::encode_line(entry).unwrap();
            match tell(self.way, outbox, peer, &[frame]) {
                Pushed::Full => self.full.push(*client),
                Pushed::Ended => {}
                Pushed::Sent | Pushed::Queued(_) => {
                    let text = entry.what.text().to_owned();
                    self.told.entry(*client).or_default().push(text);
                }
            }
        }
        false
    }

    fn push_queued(&mut self) -> Overrun {
        Overrun { full: std::mem::take(&mut self.full), behind: Vec::new() }
    }

    fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        let (code, rest) = if reason == Disconnect::SlowConsumer {
            self.evicted.insert(client);
            (None, Unsent::Drop)
        } else {
            (Some(1001), Unsent::Send)
        };
        self.hearing.remove(&client);
        self.lines[&client].outbox.with(|state| state.close(reason, Frame::close(code), rest));
    }

    fn forget(&mut self, client: ClientId) {
        self.hearing.remove(&client);
        self.inboxes.when(|waiting| {
            waiting.forgotten.insert(client);
            Some(())
        });
    }

    // Classic clients get nothing else.
    fn queue_answer(&mut self, _: ClientId, _: &Answer) -> bool {
        true
    }

    fn queue_caught_up(&mut self, _: ClientId, _: LogId, _: &Answer, _: Seq) {}

    fn push_chunk(&mut self, _: ClientId, _: Option<PersonId>, _: MissedLines<'_>) -> bool {
        true
    }

    fn push_notice(&mut self, _: LogId, _: Option<ClientId>, _: &Answer) {}

    fn ask_if_drained(&mut self, _: ClientId) -> bool {
        false
    }
}

impl Clients {
    fn answer(&self, client: ClientId, is_welcome: bool) {
        self.inboxes.when(|waiting| {
            waiting.answers.insert(client, is_welcome);
            Some(())
        });
    }
}

/// One client's reader: it comes, talks, and leaves by itself or when the server stops.
fn reader(inboxes: &Inboxes, client: ClientId, outbox: &ClientOutbox, stays: bool) {
    if inboxes.register(client) {
        for number in 0..WORDS {
            outbox.wait_for_space();
            if outbox.with(|state| state.end_reason()).is_some() {
                break;
            }
            inboxes.ask(client, format!("{client}.{number}"));
        }
        if stays {
            // Waits until the goodbye, or an eviction, is sent.
            outbox.wait_for_writer(None);
        }
        inboxes.leave(client);
    }
    outbox
        .with(|state| state.close(Disconnect::PeerClosed, Frame::close(Some(1000)), Unsent::Send));
    assert!(outbox.wait_for_writer(None));
}

fn settings() -> ChatSettings {
    let core = CoreSettings {
        epoch_seed: 7,
        log_entries_max: 8,
        name_kept: Duration::from_secs(60),
        server_key: 7,
        ..CoreSettings::default()
    };
    ChatSettings {
        core,
        chunk_lines_max: 8,
        stores: false,
        unstored_records_max: 8,
        unstored_bytes_max: 1 << 20,
        pace: TalkPace::default(),
    }
}

/// Two clients talk, one of them until the goodbye; their outboxes hold `messages_max` messages.
/// With few of them, a client that reads slowly is evicted.
fn hub_scene(way: FanOut, order: Order, messages_max: usize) {
    let inboxes = Arc::new(Inboxes::default());
    let (mut lines, mut threads) = (BTreeMap::new(), Vec::new());
    for number in 1..=2 {
        let client = ClientId(number);
        let made = scene::<CheckedMonitor<OutboxState>>(messages_max);
        let (outbox, peer) = (made.outbox, made.peer);
        threads.push(made.writer);
        let slow = Arc::clone(&peer);
        threads.push(thread::spawn(move || slow.reads_everything(3)));
        let (its, outbox_too) = (Arc::clone(&inboxes), Arc::clone(&outbox));
        threads.push(thread::spawn(move || reader(&its, client, &outbox_too, number == 1)));
        lines.insert(client, Line { outbox, peer });
    }
    let lines = Arc::new(lines);
    let stopper = Arc::clone(&inboxes);
    threads.push(thread::spawn(move || {
        stopper.when(|waiting| {
            waiting.notices.push_back(Notice::Everyone);
            Some(())
        });
    }));
    let clients = Clients {
        inboxes: Arc::clone(&inboxes),
        lines: Arc::clone(&lines),
        hearing: BTreeSet::new(),
        way,
        full: Vec::new(),
        told: BTreeMap::new(),
        evicted: BTreeSet::new(),
    };
    let chat = Chat::new(settings(), Stored::default(), Moment::default(), clients);
    let mut hub = Hub { inboxes, chat, order, heard: BTreeMap::new() };
    hub.run();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let Clients { told, evicted, .. } = hub.chat.delivery();
    EVICTIONS.fetch_add(evicted.len(), Ordering::Relaxed);
    for (client, Line { peer, .. }) in &*lines {
        let (frames, _) = whole_stream(peer);
        assert_eq!(frames.last().map(|(kind, _)| *kind), Some(CLOSE), "{client}");
        let heard: Vec<_> = payloads(&frames, TEXT);
        let told = told.remove(client).unwrap_or_default();
        let told: Vec<_> = told.into_iter().map(String::into_bytes).collect();
        if evicted.contains(client) {
            assert!(told.starts_with(&heard), "{client} was told {told:?} and heard {heard:?}");
        } else {
            assert_eq!(heard, told, "{client}: all that was told, in its order");
        }
    }
}

/// A tenth as many schedules as for the smaller scenes: row E7 wants 100,000.
fn check(scene: impl Fn(FanOut) + Send + Sync + Clone + 'static) {
    check_some(schedules().div_ceil(10), scene);
}

#[test]
fn e7_whoever_comes_and_goes_hears_all_between_in_order_and_the_hub_ends() {
    check(|way| hub_scene(way, Order::WordsThenLeavers, 16));
}

#[test]
fn e7_evictions_and_a_shutdown_at_any_time_leave_nobody_waiting() {
    check(|way| hub_scene(way, Order::WordsThenLeavers, 1));
    let evictions = EVICTIONS.load(Ordering::Relaxed);
    eprintln!("{evictions} evictions");
    assert!(evictions > 0, "nobody was ever evicted");
}

#[test]
fn the_checker_finds_last_words_that_come_behind_a_leaving() {
    // The check ends at the first failure that it finds: 200 schedules were too few once.
    let checked = catch_unwind(AssertUnwindSafe(|| {
        check_some(20_000, |way| hub_scene(way, Order::LeaversThenWords, 16));
    }));
    assert!(checked.is_err(), "a model that cannot fail proves nothing");
}

/// Returns these words in the order in which they first stand in the body of this method.
fn ordered<'a>(file: &str, method: &str, words: &[&'a str]) -> Vec<&'a str> {
    let body = file.split(&format!("    fn {method}(&")).nth(1).unwrap();
    let body = body.split("\n    }\n").next().unwrap();
    let at = |word: &str| body.find(word).unwrap_or_else(|| panic!("{method} without {word}"));
    let mut words = words.to_vec();
    words.sort_by_key(|word| at(word));
    words
}

#[test]
fn the_copy_of_the_round_takes_its_steps_in_the_order_of_the_original() {
    let copy = include_str!("hub.rs");
    let original = include_str!("../../src/server/hub/mod.rs");
    for (method, words) in [
        ("run", &["self.wait(", "self.run_round("][..]),
        // The notices are taken here, before the round counts the requests.
        ("wait", &["notices"]),
        ("run_round", &["round.first_newcomer", "let_in(", "round.first_asked", "round.notices"]),
    ] {
        assert_eq!(ordered(copy, method, words), ordered(original, method, words), "{method}");
    }
}
