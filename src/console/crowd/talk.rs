//! The crowd talks: a roll call, then each message at its time, by the next
//! person in turn; then it listens until all is heard.
//!
//! Runs on the caller's thread, which speaks for everybody. So a server that
//! takes no more from one person makes the others late, and the report says so.
//! Blocks on: the time of the next message or Ctrl-C; a line that takes no more;
//! and afterwards the bell that people ring when they have heard everything.
//!
//! Next: `console/crowd/sum.rs`.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use indicatif::ProgressBar;

use super::pace::Pace;
use super::person::{Person, Run};
use super::script::Spoken;
use crate::limits;
use crate::socket::deadline::Deadline;

/// What came of the plan.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) sent: u64,
    /// Who said each of them: a line takes words also when the server has just cut it.
    pub(super) said_by: Vec<u16>,
    /// How far behind its plan the sender was at worst.
    pub(super) late: Duration,
}

/// Sends `messages` messages at `rate` a second, or until an interrupt, or until
/// everybody is gone. Does not wait until they are heard.
pub(super) fn talk(
    people: &[Person],
    run: &Run,
    (rate, messages): (f64, u64),
    interrupts: &Receiver<()>,
    bar: &ProgressBar,
) -> Talk {
    let pace = Pace::new(Instant::now(), rate);
    let mut talk = Talk::default();
    for number in 0..messages {
        let due = pace.due(number);
        match interrupts.recv_deadline(due) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
        talk.late = talk.late.max(due.elapsed());
        let text = |index| run.script.write(Spoken { number, at: run.started.elapsed() }, index);
        let Some(speaker) = say(people, number, text) else { break };
        talk.said_by.push(u16::try_from(speaker).unwrap_or(u16::MAX));
        talk.sent += 1;
        bar.inc(1);
    }
    run.sent.store(talk.sent, Ordering::SeqCst);
    talk
}

/// Waits until everybody is really in the room. A 101 is not enough: the server
/// answers it before it counts a client in, and what is said in between is not
/// for that client. So somebody asks, until everybody has heard it.
///
/// Whoever has not heard it after
/// [`CROWD_SETTLE_WAIT`](limits::CROWD_SETTLE_WAIT) takes part all the same, and
/// what is lost on the way is reported.
pub(super) fn call_the_roll(
    people: &[Person],
    run: &Run,
    bell: &Receiver<()>,
    interrupts: &Receiver<()>,
) {
    run.speakers.store(people.len(), Ordering::SeqCst);
    let patience = Deadline::after(limits::CROWD_SETTLE_WAIT);
    for turn in 0.. {
        let Some(caller) = say(people, turn, |_| run.script.roll_call().to_owned()) else {
            return;
        };
        let again = Deadline::after(limits::CROWD_ROLL_CALL_INTERVAL).or_earlier(patience);
        while !again.has_passed() && !people[caller].is_gone() {
            if people.iter().all(|person| person.is_present() || person.is_gone()) {
                return;
            }
            // The interrupt is left where it is, for the talk.
            if !interrupts.is_empty() {
                return;
            }
            bell.recv_timeout(again.left().min(limits::CROWD_TICK)).ok();
        }
        if patience.has_passed() {
            return;
        }
    }
}

/// The person whose turn it is says it, or the next one who is still here:
/// answers who, and nobody if all are gone.
fn say(people: &[Person], turn: u64, text: impl Fn(usize) -> String) -> Option<usize> {
    let first = usize::try_from(turn % people.len().max(1) as u64).unwrap_or(0);
    let in_turn = people.iter().enumerate().cycle().skip(first).take(people.len());
    for (index, person) in in_turn {
        if person.is_gone() {
            continue;
        }
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        if person.line.say(&text(index), deadline).unwrap_or(false) {
            return Some(index);
        }
    }
    None
}

/// Waits until everybody who is still here has heard everything, or nobody has
/// heard anything new for [`CROWD_SETTLE_WAIT`](limits::CROWD_SETTLE_WAIT).
pub(super) fn settle(people: &[Person], sent: u64, bell: &Receiver<()>, bar: &ProgressBar) {
    let mut heard_before = 0;
    let mut patience = Deadline::after(limits::CROWD_SETTLE_WAIT);
    while people.iter().any(|person| !person.is_gone() && person.heard() < sent) {
        let heard: u64 = people.iter().map(Person::heard).sum();
        if heard > heard_before {
            heard_before = heard;
            patience = Deadline::after(limits::CROWD_SETTLE_WAIT);
        }
        if patience.has_passed() {
            return;
        }
        bar.tick();
        // Either it rings, or it is time to look whether anything still comes.
        bell.recv_timeout(limits::CROWD_TICK).ok();
    }
}
