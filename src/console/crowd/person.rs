//! One person of the crowd: a connection, and a thread that listens on it.
//!
//! Runs on threads `p-<number>`, one per person.
//! Blocks on: the connection, until it has ended.
//! Owns: this person's counts, until its thread has ended.
//! Must not: send messages. Only the thread that runs the crowd sends them, for all people.
//!
//! Part: `console/crowd/mod.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use portable_atomic::AtomicU64;

use super::count::Count;
use super::latency::Latency;
use super::script::{CrowdScript, Spoken};
use crate::base::threads;
use crate::console::connection::ServerConnection;
use crate::console::dial::Dialled;
use crate::console::ending::Ending;
use crate::console::listen::listen;

/// What all people of one run share.
pub(super) struct Run {
    pub(super) script: CrowdScript,
    /// The start of the run. Each message's text contains the message's sending time, counted from
    /// this start.
    pub(super) started: Instant,
    pub(super) latency: Latency,
    /// The number of connected people, who take turns in sending; `usize::MAX` until the roll call
    /// begins.
    pub(super) speakers: AtomicUsize,
    /// The number of people who have received the roll call (the text before message 0).
    present: AtomicUsize,
    /// The number of messages that were sent in the whole run; `u64::MAX` until the last of them is
    /// sent.
    pub(super) sent: AtomicU64,
    /// Wakes the thread that sends for all people: when a person has received all messages, when a
    /// person's connection has ended, and when all people have received the roll call.
    bell: Sender<()>,
    ends: Sender<PersonEnd>,
}

pub(super) struct News {
    pub(super) bell: Receiver<()>,
    /// Receives one item from each person's thread, when that thread ends.
    pub(super) ends: Receiver<PersonEnd>,
}

pub(super) struct PersonEnd {
    pub(super) number: usize,
    pub(super) ending: Ending,
    /// The counts of the messages that this person received; `None`: the person received no message
    /// of this run.
    pub(super) count: Option<Count>,
}

pub(super) struct CrowdPerson {
    pub(super) connection: Arc<ServerConnection>,
    pub(super) thread: JoinHandle<()>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    present: AtomicBool,
    heard: AtomicU64,
    gone: AtomicBool,
}

impl Run {
    pub(super) fn new(script: CrowdScript, people: usize) -> (Arc<Self>, News) {
        let (bell, bell_news) = bounded(1);
        // Each person's thread sends one item when it ends. The channel has space for all these
        // items, so no send fails.
        let (ends, ends_news) = bounded(people);
        let run = Self {
            script,
            started: Instant::now(),
            latency: Latency::new(),
            speakers: AtomicUsize::new(usize::MAX),
            present: AtomicUsize::new(0),
            sent: AtomicU64::new(u64::MAX),
            bell,
            ends,
        };
        (Arc::new(run), News { bell: bell_news, ends: ends_news })
    }

    fn ring(&self) {
        // If the channel is full, the item in it wakes the receiver, so a second item is not
        // needed.
        self.bell.try_send(()).ok();
    }
}

impl CrowdPerson {
    /// Starts the thread that listens on a person's connection. `number` is the person's number,
    /// from 0.
    ///
    /// # Errors
    /// The system could not start a thread. The connection is closed in that case.
    pub(super) fn start(number: usize, dialled: Dialled, run: &Arc<Run>) -> io::Result<Self> {
        let connection = Arc::clone(&dialled.connection);
        let state = Arc::new(State::default());
        let (own_run, own_state) = (Arc::clone(run), Arc::clone(&state));
        let thread = threads::spawn(&format!("p-{number}"), move || {
            let end = listen_as_person(number, dialled, &own_run, &own_state);
            own_state.gone.store(true, Ordering::SeqCst);
            own_run.ends.try_send(end).ok();
            own_run.ring();
        })?;
        Ok(Self { connection, thread, state })
    }

    /// Returns whether this person has received the roll call (the text before message 0).
    pub(super) fn is_present(&self) -> bool {
        self.state.present.load(Ordering::SeqCst)
    }

    pub(super) fn heard(&self) -> u64 {
        self.state.heard.load(Ordering::SeqCst)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.state.gone.load(Ordering::SeqCst)
    }
}

fn listen_as_person(number: usize, dialled: Dialled, run: &Run, state: &State) -> PersonEnd {
    let mut count = None;
    let ending = listen(dialled.socket, &dialled.connection, |text| {
        let arrived = run.started.elapsed();
        for line in text.lines() {
            if let Some(spoken) = run.script.read(line) {
                let speakers = run.speakers.load(Ordering::SeqCst);
                let count = count.get_or_insert_with(|| Count::new(speakers));
                record_message(spoken, arrived, count, run, state);
            } else if run.script.is_roll_call(line) && !state.present.swap(true, Ordering::SeqCst) {
                let present = run.present.fetch_add(1, Ordering::SeqCst) + 1;
                if present >= run.speakers.load(Ordering::SeqCst) {
                    run.ring();
                }
            }
        }
    });
    PersonEnd { number, ending, count }
}

fn record_message(spoken: Spoken, arrived: Duration, count: &mut Count, run: &Run, state: &State) {
    if !count.record(spoken.number) {
        return;
    }
    run.latency.record(arrived.saturating_sub(spoken.at));
    state.heard.store(count.heard, Ordering::SeqCst);
    // This thread stores `heard` before it reads `sent`, and the calling thread stores `sent`
    // before it reads `heard`. So when the person has received all messages of the run, at least
    // one of the two threads sees it.
    if count.heard >= run.sent.load(Ordering::SeqCst) {
        run.ring();
    }
}
