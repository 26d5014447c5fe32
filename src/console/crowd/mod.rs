//! `threadbare crowd`: simulates many people in one process, to measure a server.
//!
//! A run has three parts: the people connect and receive a first text (the roll call), then they
//! talk, then they leave. The result is a report. Each person has a thread that listens; the
//! calling thread sends the messages of all people.
//!
//! Owns: the order of the parts, and the limits on the options.
//! Must not know: how a server works. A crowd can measure any chat server that sends every message
//! to all clients, also to the message's sender.
//!
//! Part: `console/mod.rs`.

mod count;
mod gather;
mod latency;
mod pace;
mod person;
mod report;
mod script;
mod sum;
mod talk;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tungstenite::protocol::frame::coding::CloseCode;

use self::gather::{Destination, Gathering, gather_people};
use self::person::{CrowdPerson, News, PersonEnd, Run};
use self::script::CrowdScript;
use super::chat_url::ChatUrl;
use super::interrupt;
use super::limits::CONSOLE_CLOSE_WAIT;
use super::trouble::ConsoleError;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;
use crate::chat::escape;
use crate::chat::room_name::RoomName;

pub use self::latency::Percentiles;
pub use self::report::CrowdReport;

/// Most people that one run of `crowd` plays. More would need more ports and threads than one
/// machine has.
const CROWD_PEOPLE_MAX: usize = 20_000;
/// Most messages a second of a run of `crowd`, from all its people together.
const CROWD_RATE_MAX: f64 = 100_000.0;
/// Most messages that one run of `crowd` sends.
const CROWD_MESSAGES_MAX: u64 = 10_000_000;

// `crowd` stores in two bytes the number of the person who sent a message.
const _: () = assert!(CROWD_PEOPLE_MAX < u16::MAX as usize);

/// The options of a crowd.
#[derive(Clone, Debug)]
pub struct CrowdOptions {
    /// `ws://host[:port]/path[?query]`, or the URL of a threadbare server's page. If it is a room's
    /// page, the room must be the lobby.
    pub url: String,
    /// The number of people that the crowd shall have.
    pub people: usize,
    /// The number of messages that all people together shall send in a second.
    pub rate: f64,
    /// The length of time in which the people send messages (`--for`).
    pub duration: Duration,
    /// Whether to show a progress bar on standard error. If standard error is no terminal, there is
    /// never a bar.
    pub progress: bool,
}

/// Runs a crowd against a server and returns what it measured.
///
/// Blocks until the run is over. In a run, the people connect, receive the roll call, talk for
/// `options.duration`, wait for the missing messages, and leave. The wait ends when every connected
/// person has all messages, or when no new message has come for `SETTLE_WAIT` (`talk.rs`). The
/// first Ctrl-C or SIGTERM ends the run early; a second one ends the process.
///
/// # Errors
/// For example, an option has an impossible value, the host in the URL is unknown, the system
/// allows too few open files, or no person could connect. Problems of a run that has begun are in
/// the report.
pub fn crowd(options: CrowdOptions) -> Result<CrowdReport, ConsoleError> {
    let (signalled, interrupts) = bounded(1);
    // The signal handler gets a clone of the sender, and this function keeps the sender itself. If
    // the channel had no sender any more, the crowd would treat that as Ctrl-C.
    let on_signal = signalled.clone();
    let _interrupts = interrupt::watch(move || {
        on_signal.try_send(()).ok();
    })
    .map_err(|source| ConsoleError::NoThread { source })?;
    run_crowd(&options, &interrupts)
}

/// Parses the typed URL, and returns the URL of the WebSocket.
///
/// # Errors
/// The URL cannot be parsed, or names a room other than the lobby. The crowd speaks the classic
/// format, which has only the lobby.
fn lobby_url(typed: &str) -> Result<ChatUrl, ConsoleError> {
    let (url, room) = ChatUrl::parse(typed)?.into_chat();
    match room {
        Some(room) if RoomName::parse(&room).ok() != Some(RoomName::lobby()) => {
            let why = "a crowd talks in the lobby only; leave out the room".to_owned();
            Err(ConsoleError::BadUrl { given: escape::strip(typed), why })
        }
        _ => Ok(url),
    }
}

/// The channel `interrupts` receives an item on the first Ctrl-C or SIGTERM.
fn run_crowd(
    options: &CrowdOptions,
    interrupts: &Receiver<()>,
) -> Result<CrowdReport, ConsoleError> {
    let messages = check_options(options)?;
    let url = lobby_url(&options.url)?;
    let addrs = url.look_up()?;
    raise_file_limit(options.people)?;

    let (run, news) = Run::new(CrowdScript::new(messages), options.people);
    let began = Instant::now();
    let bar = progress_bar(options, "connecting", options.people as u64);
    let destination = Destination { url, addrs };
    let gathering = gather_people(destination, options.people, &run, interrupts, &bar);
    bar.finish_and_clear();
    let Gathering { people, refused, first_refusal, mut interrupted } = gathering?;
    if let (true, Some(first)) = (people.is_empty(), first_refusal) {
        let first = Box::new(first);
        return Err(ConsoleError::NobodyConnected { people: options.people, first });
    }

    let mut spoken = talk::CrowdResult::default();
    if !interrupted {
        talk::call_the_roll(&people, &run, &news.bell, interrupts);
        let bar = progress_bar(options, "talking", messages);
        spoken = talk::send_messages(&people, &run, (options.rate, messages), interrupts, &bar);
        interrupted = spoken.interrupted;
        bar.set_message("listening");
        talk::settle(&people, spoken.sent, &news.bell, &bar);
        bar.finish_and_clear();
    }

    let people_count = people.len();
    let ends = end_connections(people, &news);
    let mut report = CrowdReport {
        people: people_count,
        refused,
        sent: spoken.sent,
        late: spoken.late,
        latency: run.latency.percentiles(),
        interrupted,
        ..CrowdReport::default()
    };
    sum::add_up(&mut report, &ends, &spoken.said_by);
    report.wall_time = began.elapsed();
    Ok(report)
}

/// Checks the options, and returns how many messages the run has. The error says which option has
/// an impossible value.
fn check_options(options: &CrowdOptions) -> Result<u64, ConsoleError> {
    let bad = |what: String| Err(ConsoleError::CrowdValue(what));
    let &CrowdOptions { people, rate, duration, .. } = options;
    if people == 0 {
        return bad("a crowd of 0 people is none: give --people at least 1".to_owned());
    }
    if people > CROWD_PEOPLE_MAX {
        return bad(format!(
            "{people} people are more than the {} that one process can play: \
             run several crowds, from several boxes",
            CROWD_PEOPLE_MAX
        ));
    }
    // The condition has a `!` in front because NaN must be refused, too: NaN makes every comparison
    // false.
    if !(rate > 0.0 && rate <= CROWD_RATE_MAX) {
        return bad(format!(
            "{rate} messages a second cannot be sent: \
             give --rate a number above 0 and up to {}",
            CROWD_RATE_MAX
        ));
    }
    let messages = pace::message_count(rate, duration);
    if messages == 0 {
        return bad(format!(
            "at {rate} messages a second not one is sent in {duration:?}: \
             give a longer --for or a higher --rate"
        ));
    }
    if messages > CROWD_MESSAGES_MAX {
        return bad(format!(
            "{messages} messages are more than the {} of one run: \
             give a shorter --for or a lower --rate",
            CROWD_MESSAGES_MAX
        ));
    }
    Ok(messages)
}

/// Raises this process's limit on open files to the hard limit. Returns an error if the hard limit
/// is too low for this number of people.
fn raise_file_limit(people: usize) -> Result<(), ConsoleError> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // An error of `setrlimit` is ignored: perhaps the present limit is enough. If it is not, some
    // people cannot connect, and count as refused.
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
    let needed = (people + limits::RESERVE_FILES) as u64;
    match maximum {
        Some(allowed) if allowed < needed => {
            Err(ConsoleError::TooFewFiles { people, needed, allowed })
        }
        _ => Ok(()),
    }
}

/// Makes a progress bar. It is shown only if the options ask for it and standard error is a
/// terminal.
fn progress_bar(options: &CrowdOptions, what: &'static str, length: u64) -> ProgressBar {
    let target =
        if options.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target).with_message(what);
    match ProgressStyle::with_template("{msg:10} [{bar:40}] {pos}/{len} {elapsed}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Ends every person's connection: sends a close frame, and hangs up if the server does not end the
/// connection within [`CONSOLE_CLOSE_WAIT`]. Blocks until the people's threads have ended. Returns
/// what each thread reported.
fn end_connections(people: Vec<CrowdPerson>, news: &News) -> Vec<PersonEnd> {
    let deadline = Deadline::after(CONSOLE_CLOSE_WAIT);
    for person in &people {
        person.connection.close(CloseCode::Normal);
    }
    let mut ends = Vec::with_capacity(people.len());
    while ends.len() < people.len() {
        match news.ends.recv_timeout(deadline.left()) {
            Ok(end) => ends.push(end),
            Err(_) => break,
        }
    }
    for person in people {
        if !person.is_gone() {
            person.connection.hang_up();
        }
        // If a person's thread has panicked, it has sent no `PersonEnd`. The report then counts as
        // if this person had received no message.
        drop(person.thread.join());
    }
    ends.extend(news.ends.try_iter());
    ends
}
