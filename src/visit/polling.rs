//! A long poll: somebody waits for what is said next, and comes again with each answer.
//!
//! To the hub it is a client that follows the room, as every other; what it hears goes
//! into a channel instead of an outbox, and it leaves with the first thing that it hears.
//! One that waits for nothing looks in: its person is there between two looks.
//!
//! Runs on thread `door`. Blocks until something is said, for
//! [`POLL_WAIT`](crate::limits::POLL_WAIT) at most.
//! Owns: when a poll has heard enough.
//! Must not know: JSON, HTTP.
//!
//! Next: `visit/seen.rs`.

use std::time::Instant;

use crossbeam_channel::Receiver;

use super::errand::{Errand, Look};
use super::{Visits, place};
use crate::chat::core::{Greeting, Newcomer};
use crate::chat::entry::{Entry, What};
use crate::chat::log_name::LogName;
use crate::chat::request::{Hello, Place};
use crate::chat::token::Token;
use crate::chat::told::{Heard, Joined, Told};
use crate::disconnect::Disconnect;
use crate::limits;

impl Visits {
    /// What was said since, or is said next.
    ///
    /// # Errors
    /// The server is stopping, or asks for a password.
    pub fn poll(&self, look: &Look, errand: &Errand) -> Result<Vec<Heard>, Disconnect> {
        let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
        let must_exist = look.must_exist;
        let rooms = vec![Place { must_exist, ..place(&errand.room, look.after) }];
        let private = look.private.flatten();
        let hello = Hello { token: errand.token.clone(), rooms, private, ..Hello::default() };
        let (is_admitted, looks_in) = (errand.is_admitted(), look.at_once);
        let greeting = Greeting { hello, fresh, is_admitted, looks_in, polls: true };
        let newcomer = Newcomer::Numbered(Box::new(greeting));
        let client = self.clients.next_guest();
        let (_registered, told) =
            self.hub.visit(client, newcomer, self.whence(errand), limits::POLL_UNREAD_MAX)?;
        Ok(wait(&told, look, Instant::now() + limits::POLL_WAIT))
    }
}

/// Takes what comes until something was said and no more of it waits, or until it is enough.
/// A poll that does not say how far it has seen the private messages is not told of them: it
/// would be each time.
fn wait(told: &Receiver<Heard>, look: &Look, until: Instant) -> Vec<Heard> {
    let mut heard = Vec::new();
    let (mut has_lines, mut has_begun) = (look.at_once, false);
    // The logs of which not all is here yet.
    let mut behind: Vec<LogName> = Vec::new();
    let mut bytes = 0;
    loop {
        // Behind that it polls again: nobody's whole log lies in memory for one answer.
        if bytes >= limits::POLL_BYTES_MAX {
            return heard;
        }
        let next = if has_lines && has_begun && behind.is_empty() {
            told.try_recv().ok()
        } else {
            // An error is also that this one is told no more.
            told.recv_deadline(until).ok()
        };
        let Some(next) = next else { return heard };
        if is_private(&next) && look.private.is_none() {
            continue;
        }
        bytes += weight(&next);
        let Heard::Told(told) = &next else {
            has_lines = true;
            heard.push(next);
            continue;
        };
        match &**told {
            Told::Joined(Joined { log, .. }) | Told::Behind(log) => {
                has_begun = true;
                behind.push(log.clone());
            }
            Told::CaughtUp { log, .. } => behind.retain(|it| it != log),
            // There is nothing to wait for.
            Told::Refused { .. } => {
                (has_lines, has_begun) = (true, true);
                behind.clear();
            }
            _ => {}
        }
        heard.push(next);
    }
}

/// About what it takes in memory, in bytes.
fn weight(heard: &Heard) -> usize {
    match heard {
        Heard::Line { entry, .. } => size_of::<Entry>() + entry.what.text().len(),
        Heard::Told(_) => 0,
    }
}

fn is_private(heard: &Heard) -> bool {
    let told = match heard {
        Heard::Line { entry, .. } => return matches!(entry.what, What::Private { .. }),
        Heard::Told(told) => &**told,
    };
    match told {
        Told::Joined(Joined { log, .. })
        | Told::Behind(log)
        | Told::CaughtUp { log, .. }
        | Told::TooOld { log, .. }
        | Told::NotKept { log, .. }
        | Told::Skipped { log, .. } => *log == LogName::Private,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use crossbeam_channel::bounded;

    use super::{wait, weight};
    use crate::chat::entry::{Entry, Epoch, Seen, Seq, Speaker, UnixMillis, What, Whose};
    use crate::chat::log_name::LogName;
    use crate::chat::name::Name;
    use crate::chat::room_name::RoomName;
    use crate::chat::told::{Heard, Joined, Nature, Told};
    use crate::limits;
    use crate::visit::errand::Look;

    fn joined(log: &LogName) -> Told {
        Told::Joined(Joined {
            log: log.clone(),
            epoch: Epoch(7),
            seq: Seq(9),
            from: Seq(1),
            ids_behind: Seq(0),
            topic: String::new(),
            people: 1,
            nature: Nature::default(),
        })
    }

    /// What of all this a poll that waits for nothing is told.
    fn heard(private: Option<Option<Seen>>, all: Vec<Told>) -> Vec<Told> {
        let (tell, told) = bounded(64);
        // A channel that is held open: whoever takes too little of it would go on waiting.
        all.into_iter().for_each(|it| tell.send(Heard::Told(Box::new(it))).unwrap());
        let look = Look { at_once: true, private, ..Look::default() };
        let heard = wait(&told, &look, Instant::now() + Duration::from_secs(60));
        let told = heard.into_iter().filter_map(|it| match it {
            Heard::Told(told) => Some(*told),
            Heard::Line { .. } => None,
        });
        told.collect()
    }

    #[test]
    fn a_look_is_over_when_all_is_here_of_both_its_logs() {
        let (room, private) = (LogName::from(RoomName::lobby()), LogName::Private);
        let at_end = |log: &LogName| Told::CaughtUp { log: log.clone(), seq: Seq(9) };
        let behind = Told::Behind(room.clone());
        for mut ends in [[&room, &private], [&private, &room]].map(|logs| logs.map(at_end).to_vec())
        {
            let mut all = vec![joined(&room), joined(&private), behind.clone()];
            all.append(&mut ends);
            all.push(at_end(&room));
            assert_eq!(heard(Some(None), all.clone()), all);
        }
    }

    #[test]
    fn a_poll_that_has_missed_much_is_answered_with_a_part_of_it() {
        let room = LogName::from(RoomName::lobby());
        let line = |seq| {
            let (at, what) = (UnixMillis(0), What::Said("x".repeat(1000)));
            let name = Name::parse("Ann").unwrap();
            let by =
                Speaker { name, mark: None, addr: None, classic: false, whose: Whose::default() };
            let (log, epoch) = (room.clone(), Epoch(7));
            let entry = Entry { log, epoch, seq: Seq(seq), at, by, id: None, what };
            Heard::Line { entry: Arc::new(entry), own: false }
        };
        let count = 2 * limits::POLL_BYTES_MAX as u64 / 1000;
        let (tell, told) = bounded(1000);
        tell.send(Heard::Told(Box::new(joined(&room)))).unwrap();
        (1..=count).for_each(|seq| tell.send(line(seq)).unwrap());
        let heard = wait(&told, &Look::default(), Instant::now() + Duration::from_millis(200));
        let bytes = heard.iter().map(weight).sum::<usize>();
        assert!((bytes - limits::POLL_BYTES_MAX) < 2000, "{bytes} bytes of {count} lines");
    }

    #[test]
    fn whoever_wants_no_private_messages_is_told_nothing_of_their_log() {
        let (room, log) = (LogName::from(RoomName::lobby()), LogName::Private);
        let (from, to) = (Seq(1), Seq(2));
        let private = [
            joined(&log),
            Told::Skipped { log: log.clone(), from, to, damaged: false },
            Told::TooOld { log: log.clone(), from, to },
            Told::NotKept { log: log.clone(), from, to, lines: 2, damaged: false },
            Told::Behind(log.clone()),
            Told::CaughtUp { log, seq: Seq(9) },
        ];
        let of_room = [joined(&room), Told::CaughtUp { log: room, seq: Seq(9) }];
        let all = [&of_room[..1], &private, &of_room[1..]].concat();
        assert_eq!(heard(None, all), of_room);
    }
}
