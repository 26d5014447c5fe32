//! The crowd talks: first the roll call, a text that every person must receive; then each message
//! at its time, by the next person in turn. At the end this module waits until all messages are
//! received.
//!
//! Runs on the calling thread, which sends for all people. So if the server stops reading from one
//! person, the messages of the other people are late, too; the report says so.
//! Blocks on: the time of the next message, or Ctrl-C; a connection that accepts no more bytes; and
//! at the end the channel `bell`, which gets an item when a person has received everything.
//!
//! Part: `console/crowd/mod.rs`.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use indicatif::ProgressBar;

use super::pace::Pace;
use super::person::{CrowdPerson, Run};
use super::script::Spoken;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;

/// The messages that were sent.
#[derive(Debug, Default)]
pub(super) struct CrowdResult {
    pub(super) sent: u64,
    /// The sender of each message. A message counts as sent even if the server has just closed
    /// that connection.
    pub(super) said_by: Vec<u16>,
    /// The longest time from a message's due time to its sending.
    pub(super) late: Duration,
}

/// Sends `messages` messages at `rate` a second, each by the next person in turn. Ends early on an
/// interrupt, or when all people are gone. Does not wait until they are received.
pub(super) fn talk(
    people: &[CrowdPerson],
    run: &Run,
    (rate, messages): (f64, u64),
    interrupts: &Receiver<()>,
    bar: &ProgressBar,
) -> CrowdResult {
    let pace = Pace::new(Instant::now(), rate);
    let mut talk = CrowdResult::default();
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

/// Waits until the server counts every person as a client. The answer 101 is not enough: a server
/// may send it before it adds the client to the room, and messages in between do not go to that
/// client. So the roll call, a text before message 0, is repeated until every person has received
/// it.
///
/// A person who has not received it after [`CROWD_SETTLE_WAIT`](limits::CROWD_SETTLE_WAIT) takes
/// part all the same, and its lost messages are in the report.
pub(super) fn call_the_roll(
    people: &[CrowdPerson],
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
            // The interrupt is left in its channel, because `talk` must see it, too.
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

/// Sends a text as the person whose turn it is, or as the next one who is still connected. Returns
/// the sender's index, or `None` if all people are gone.
fn say(people: &[CrowdPerson], turn: u64, text: impl Fn(usize) -> String) -> Option<usize> {
    let first = usize::try_from(turn % people.len().max(1) as u64).unwrap_or(0);
    let in_turn = people.iter().enumerate().cycle().skip(first).take(people.len());
    for (index, person) in in_turn {
        if person.is_gone() {
            continue;
        }
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        if person.connection.say(&text(index), deadline).unwrap_or(false) {
            return Some(index);
        }
    }
    None
}

/// Waits until every connected person has received everything, or until no person has received
/// anything new for [`CROWD_SETTLE_WAIT`](limits::CROWD_SETTLE_WAIT).
pub(super) fn settle(people: &[CrowdPerson], sent: u64, bell: &Receiver<()>, bar: &ProgressBar) {
    let mut heard_before = 0;
    let mut patience = Deadline::after(limits::CROWD_SETTLE_WAIT);
    while people.iter().any(|person| !person.is_gone() && person.heard() < sent) {
        let heard: u64 = people.iter().map(CrowdPerson::heard).sum();
        if heard > heard_before {
            heard_before = heard;
            patience = Deadline::after(limits::CROWD_SETTLE_WAIT);
        }
        if patience.has_passed() {
            return;
        }
        bar.tick();
        // Waits for an item on `bell`, but only for `CROWD_TICK`. Then the loop counts again what
        // has arrived.
        bell.recv_timeout(limits::CROWD_TICK).ok();
    }
}
