//! One person of the crowd: a line, and a thread that listens on it.
//!
//! Runs on threads `p-<number>`, one per person.
//! Blocks on: the line, until it has ended.
//! Owns: this person's counts, until its thread has ended.
//! Must not: send. Only the caller's thread talks, for everybody.
//!
//! Next: `console/crowd/gather.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::count::Count;
use super::latency::Latency;
use super::script::{Script, Spoken};
use crate::console::dial::Dialled;
use crate::console::ending::Ending;
use crate::console::line::Line;
use crate::console::listen::listen;
use crate::threads;

/// What all people of one run share.
pub(super) struct Run {
    pub(super) script: Script,
    /// Messages carry their time as the distance from here.
    pub(super) started: Instant,
    pub(super) latency: Latency,
    /// People that take turns; `usize::MAX` until all have come.
    pub(super) speakers: AtomicUsize,
    /// People that have heard the roll call.
    present: AtomicUsize,
    /// Messages that were sent; `u64::MAX` until the last one is.
    pub(super) sent: AtomicU64,
    /// Rings when a person has everything, or has ended, and when the last one
    /// has heard the roll call.
    bell: Sender<()>,
    ends: Sender<PersonEnd>,
}

/// Where the caller hears of its people.
pub(super) struct News {
    pub(super) bell: Receiver<()>,
    /// One for each person whose thread was started.
    pub(super) ends: Receiver<PersonEnd>,
}

/// What is known of a person at the end.
pub(super) struct PersonEnd {
    /// Which person, from 0.
    pub(super) number: usize,
    pub(super) ending: Ending,
    /// `None` if nothing of this run was heard.
    pub(super) count: Option<Count>,
}

/// A person as the caller holds it.
pub(super) struct Person {
    pub(super) line: Arc<Line>,
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
    /// `people` is how many threads may be started for it.
    pub(super) fn new(script: Script, people: usize) -> (Arc<Self>, News) {
        let (bell, bell_news) = bounded(1);
        // Room for all of them: a person that ends never waits.
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
        // A bell that has not been heard yet need not ring again.
        self.bell.try_send(()).ok();
    }
}

impl Person {
    /// Starts to listen.
    ///
    /// # Errors
    /// The system has no thread to give; the line is down again.
    pub(super) fn start(number: usize, dialled: Dialled, run: &Arc<Run>) -> io::Result<Self> {
        let line = Arc::clone(&dialled.line);
        let state = Arc::new(State::default());
        let (own_run, own_state) = (Arc::clone(run), Arc::clone(&state));
        let thread = threads::spawn(&format!("p-{number}"), move || {
            let end = attend(number, dialled, &own_run, &own_state);
            own_state.gone.store(true, Ordering::SeqCst);
            own_run.ends.try_send(end).ok();
            own_run.ring();
        })?;
        Ok(Self { line, thread, state })
    }

    /// Whether the roll call was heard: the server counts us in.
    pub(super) fn is_present(&self) -> bool {
        self.state.present.load(Ordering::SeqCst)
    }

    /// Different messages heard so far.
    pub(super) fn heard(&self) -> u64 {
        self.state.heard.load(Ordering::SeqCst)
    }

    /// Whether the line has ended.
    pub(super) fn is_gone(&self) -> bool {
        self.state.gone.load(Ordering::SeqCst)
    }
}

fn attend(number: usize, dialled: Dialled, run: &Run, state: &State) -> PersonEnd {
    let mut count = None;
    let ending = listen(dialled.socket, &dialled.line, |text| {
        let arrived = run.started.elapsed();
        for line in text.lines() {
            if let Some(spoken) = run.script.read(line) {
                let speakers = run.speakers.load(Ordering::SeqCst);
                let count = count.get_or_insert_with(|| Count::new(speakers));
                take(spoken, arrived, count, run, state);
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

fn take(spoken: Spoken, arrived: Duration, count: &mut Count, run: &Run, state: &State) {
    if !count.hear(spoken.number) {
        return;
    }
    run.latency.record(arrived.saturating_sub(spoken.at));
    state.heard.store(count.heard, Ordering::SeqCst);
    // Either we see here that it was the last one, or whoever says so
    // afterwards sees that we have it.
    if count.heard >= run.sent.load(Ordering::SeqCst) {
        run.ring();
    }
}
