//! Connects the people of a crowd, a few at a time.
//!
//! Threads `d-<number>` dial. The calling thread starts a listener for each person who is
//! connected. No thread joins the dialers: each ends when it has no person left to dial for. After
//! Ctrl-C, each ends after its current dial.
//! Blocks on: the next result of a dial, or Ctrl-C.
//!
//! Part: `console/crowd/mod.rs`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use indicatif::ProgressBar;

use super::person::{CrowdPerson, Run};
use crate::base::threads;
use crate::console::chat_url::ChatUrl;
use crate::console::dial::{DIAL_HANDSHAKE_WAIT, Dialled, dial_classic};
use crate::console::trouble::ConsoleError;

/// How many people of a run of `crowd` may be connecting at the same time.
const CROWD_DIALERS: usize = 8;

#[derive(Default)]
pub(super) struct Gathering {
    pub(super) people: Vec<CrowdPerson>,
    pub(super) refused: BTreeMap<String, usize>,
    pub(super) first_refusal: Option<ConsoleError>,
    pub(super) interrupted: bool,
}

#[derive(Clone)]
pub(super) struct Destination {
    pub(super) url: ChatUrl,
    pub(super) addrs: Vec<SocketAddr>,
}

/// Connects `people` people. Blocks until each person has connected or failed, or until Ctrl-C. A
/// failed dial is counted and not repeated.
///
/// # Errors
/// The system could not start even one dialer thread.
pub(super) fn gather_people(
    destination: Destination,
    people: usize,
    run: &Arc<Run>,
    interrupts: &Receiver<()>,
    bar: &ProgressBar,
) -> Result<Gathering, ConsoleError> {
    let outcomes = start_dialers(destination, people)?;
    let mut gathering = Gathering::default();
    loop {
        select! {
            recv(outcomes) -> outcome => match outcome {
                Ok(outcome) => {
                    gathering.add_person(outcome, run);
                    bar.inc(1);
                }
                // All dialers have ended, so each person has connected or failed.
                Err(_) => return Ok(gathering),
            },
            recv(interrupts) -> _ => {
                gathering.interrupted = true;
                return Ok(gathering);
            }
        }
    }
}

impl Gathering {
    fn add_person(&mut self, outcome: Result<Dialled, ConsoleError>, run: &Arc<Run>) {
        let started = outcome.and_then(|dialled| {
            CrowdPerson::start(self.people.len(), dialled, run)
                .map_err(|source| ConsoleError::NoThread { source })
        });
        match started {
            Ok(person) => self.people.push(person),
            Err(error) => {
                *self.refused.entry(error.to_string()).or_default() += 1;
                self.first_refusal.get_or_insert(error);
            }
        }
    }
}

type Outcome = Result<Dialled, ConsoleError>;

fn start_dialers(
    destination: Destination,
    people: usize,
) -> Result<Receiver<Outcome>, ConsoleError> {
    let (report, outcomes) = bounded(CROWD_DIALERS);
    let next = Arc::new(AtomicUsize::new(0));
    for number in 0..CROWD_DIALERS.min(people) {
        let (destination, report) = (destination.clone(), report.clone());
        let next = Arc::clone(&next);
        let job = move || dial_on(&destination, people, &next, &report);
        match threads::spawn(&format!("d-{number}"), job) {
            Ok(_) => {}
            // The system starts no more threads. The dialers that are running dial for all people,
            // and need more time for that.
            Err(_) if number > 0 => break,
            Err(source) => return Err(ConsoleError::NoThread { source }),
        }
    }
    Ok(outcomes)
}

fn dial_on(destination: &Destination, people: usize, next: &AtomicUsize, report: &Sender<Outcome>) {
    while next.fetch_add(1, Ordering::Relaxed) < people {
        let outcome = dial_classic(&destination.url, &destination.addrs, DIAL_HANDSHAKE_WAIT);
        if report.send(outcome).is_err() {
            return;
        }
    }
}
