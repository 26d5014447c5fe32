//! The crowd talks. First the people send the roll call, a text that every person must receive.
//! Then they take turns in sending the messages, each at its planned time. At the end this module
//! waits for the messages that are not received yet.
//!
//! Runs on the calling thread, which sends for all people. So if the server stops reading from one
//! person's connection, the other people send late, too; the report shows this delay.
//! Blocks on: the time of the next message, or Ctrl-C; a write to a person's connection, while the
//! kernel has no space for its bytes. During the roll call and at the end also on the channel
//! `bell`, into which people's threads send.
//!
//! Part: `console/crowd/mod.rs`.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use indicatif::ProgressBar;

use super::pace::due_time;
use super::person::{CrowdPerson, Run};
use super::script::Spoken;
use crate::base::socket::deadline::Deadline;
use crate::console::limits;

/// The time between two roll calls of `crowd`. A roll call is a text that `crowd` sends again and
/// again before it measures, until all its people have received one or [`SETTLE_WAIT`] is over.
const ROLL_CALL_INTERVAL: Duration = Duration::from_secs(1);
/// After its last message, `crowd` waits for the messages that its people have not received yet,
/// until no message has come for this long. Its roll calls also end after this time.
const SETTLE_WAIT: Duration = Duration::from_secs(10);
/// While `crowd` waits for messages, it looks again at least this often at what has come.
const TICK: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct CrowdResult {
    pub(super) sent: u64,
    /// For each message, in the order of their numbers, the number of its sender. A message counts
    /// as sent as soon as the kernel has it, even if the server never reads it.
    pub(super) said_by: Vec<u16>,
    pub(super) late: Duration,
    /// True if Ctrl-C or SIGTERM ended the talk early.
    pub(super) interrupted: bool,
}

/// Sends `messages` messages at `rate` a second. The people take turns in sending. Ends early on
/// Ctrl-C or SIGTERM, or when no person can send any more. Does not wait until the messages are
/// received.
pub(super) fn send_messages(
    people: &[CrowdPerson],
    run: &Run,
    (rate, messages): (f64, u64),
    interrupts: &Receiver<()>,
    bar: &ProgressBar,
) -> CrowdResult {
    let start = Instant::now();
    let mut talk = CrowdResult::default();
    for number in 0..messages {
        let due = due_time(start, rate, number);
        match interrupts.recv_deadline(due) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                talk.interrupted = true;
                break;
            }
        }
        talk.late = talk.late.max(due.elapsed());
        let text = |index| run.script.write(Spoken { number, at: run.started.elapsed() }, index);
        let Some(speaker) = say_in_turn(people, number, text) else { break };
        talk.said_by.push(u16::try_from(speaker).unwrap_or(u16::MAX));
        talk.sent += 1;
        bar.inc(1);
    }
    run.sent.store(talk.sent, Ordering::SeqCst);
    talk
}

/// Sends the roll call, a text before message 0, again and again until every connected person has
/// received it. Ends earlier on Ctrl-C or SIGTERM, after
/// [`SETTLE_WAIT`], or if no person can send.
///
/// The answer 101 alone does not show that the server sends messages to a person: some servers send
/// it before they add the client to the room, and the client misses the messages in between. A
/// person who has not received the roll call takes part nevertheless.
pub(super) fn call_the_roll(
    people: &[CrowdPerson],
    run: &Run,
    bell: &Receiver<()>,
    interrupts: &Receiver<()>,
) {
    run.speakers.store(people.len(), Ordering::SeqCst);
    let patience = Deadline::after(SETTLE_WAIT);
    for turn in 0.. {
        let Some(caller) = say_in_turn(people, turn, |_| run.script.roll_call().to_owned()) else {
            return;
        };
        let again = Deadline::after(ROLL_CALL_INTERVAL).or_earlier(patience);
        while !again.has_passed() && !people[caller].is_gone() {
            if people.iter().all(|person| person.is_present() || person.is_gone()) {
                return;
            }
            // Ctrl-C ends the roll call. Its item stays in the channel, because the function
            // `send_messages`, which runs next, must see it, too.
            if !interrupts.is_empty() {
                return;
            }
            bell.recv_timeout(again.left().min(TICK)).ok();
        }
        if patience.has_passed() {
            return;
        }
    }
}

/// Sends a text as one person, and returns that person's index. It is the person whose turn it is;
/// if that person cannot send, the next one who can. `turn` counts the turns, and after the last
/// person the first one is next. `text` makes the text from the sender's index. `None`: no person
/// can send.
fn say_in_turn(people: &[CrowdPerson], turn: u64, text: impl Fn(usize) -> String) -> Option<usize> {
    let first = usize::try_from(turn % people.len().max(1) as u64).unwrap_or(0);
    let in_turn = people.iter().enumerate().cycle().skip(first).take(people.len());
    for (index, person) in in_turn {
        if person.is_gone() {
            continue;
        }
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        if person.connection.send_text(&text(index), deadline).unwrap_or(false) {
            return Some(index);
        }
    }
    None
}

/// Waits until every connected person has received all messages, or until no person has received a
/// new message during [`SETTLE_WAIT`].
pub(super) fn settle(people: &[CrowdPerson], sent: u64, bell: &Receiver<()>, bar: &ProgressBar) {
    let mut heard_before = 0;
    let mut patience = Deadline::after(SETTLE_WAIT);
    while people.iter().any(|person| !person.is_gone() && person.heard() < sent) {
        let heard: u64 = people.iter().map(CrowdPerson::heard).sum();
        if heard > heard_before {
            heard_before = heard;
            patience = Deadline::after(SETTLE_WAIT);
        }
        if patience.has_passed() {
            return;
        }
        bar.tick();
        bell.recv_timeout(TICK).ok();
    }
}
