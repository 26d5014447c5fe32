//! A long poll: a program or a page's script waits for the next message, and polls again after
//! each answer.
//!
//! To the hub, a poll is a client that follows the room, like any other. But its lines and answers
//! go into a channel instead of an outbox, and the client leaves with the answer. A poll with
//! `wait=0` does not wait for new messages; its person stays in the room between two polls.
//!
//! Runs on thread `door`. Blocks until there is something to answer, for
//! [`POLL_WAIT`](crate::base::limits::POLL_WAIT) at most.
//! Owns: after which messages a poll ends.
//! Must not know: JSON, HTTP.
//!
//! Part: `site/visit/mod.rs`.

use std::time::Instant;

use crossbeam_channel::Receiver;

use super::page_request::{PageRequest, PrivateFrom, WantedMessages};
use super::{HubResult, VisitDesk, room_position};
use crate::base::{disconnect::Disconnect, limits};
use crate::chat::answer::{Answer, Joined, ToVisitor};
use crate::chat::core::{Greeting, Newcomer, Stay};
use crate::chat::entry::{Entry, EntryKind};
use crate::chat::log_name::LogName;
use crate::chat::request::{Hello, RoomPosition};
use crate::chat::token::Token;
use crate::chat_rule::delivery::register_visitor;

/// Most lines and answers of the hub that can wait until one poll takes them.
const POLL_UNREAD_MAX: usize = 256;

/// Returns what a poll gets: the messages after the one that the poll names as seen, or some of the
/// newest if it names none. If there are none, waits for the next message, except with `wait=0`. If
/// nothing is said for [`POLL_WAIT`](crate::base::limits::POLL_WAIT), the result has no message.
///
/// # Errors
/// The server is stopping; or the server has a password, and the program has neither this password
/// nor a valid session.
pub fn poll_room(
    desk: &VisitDesk,
    wanted: &WantedMessages,
    request: &PageRequest,
) -> HubResult<Vec<ToVisitor>> {
    let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
    let must_exist = wanted.must_exist;
    let rooms = vec![RoomPosition { must_exist, ..room_position(&request.room, wanted.after) }];
    let private = wanted.private.seen();
    let (name, token) = (wanted.name.clone(), request.session.token().cloned());
    let source = request.session.token_source();
    let hello = Hello { name, token, source, rooms, private };
    let stay = if wanted.at_once { Stay::ShortPoll } else { Stay::LongPoll };
    let greeting = Greeting { hello, fresh, is_admitted: request.is_admitted(), stay };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    let client = desk.ids.next_visitor();
    let from = desk.came_from(request);
    let (_registered, answers) =
        register_visitor(&desk.hub, client, newcomer, from, POLL_UNREAD_MAX)?;
    Ok(await_lines(&answers, wanted, Instant::now() + limits::POLL_WAIT))
}

/// Receives what the hub sends, until there is a message, all logs are complete and the channel is
/// empty. A poll with `wait=0` needs no message. Stops earlier after a refusal, if the answer is
/// large enough, or at the time `until`. Leaves out private messages if the poll does not ask for
/// them.
fn await_lines(
    answers: &Receiver<ToVisitor>,
    wanted: &WantedMessages,
    until: Instant,
) -> Vec<ToVisitor> {
    let mut heard = Vec::new();
    let (mut has_lines, mut has_begun) = (wanted.at_once, false);
    let mut behind: Vec<LogName> = Vec::new();
    let mut bytes = 0;
    loop {
        let next = if has_lines && has_begun && behind.is_empty() {
            answers.try_recv().ok()
        } else {
            // If nothing comes, the time is over, or the hub has closed the channel.
            answers.recv_deadline(until).ok()
        };
        let Some(next) = next else { return heard };
        if is_private(&next) && wanted.private == PrivateFrom::NotAsked {
            continue;
        }
        // If the answer would get too large, leave out this line and all later ones: the program
        // polls again for them. So no answer holds a whole log in memory. But the first line is
        // always in it: otherwise the program would never get past a very large line.
        let has_line = bytes > 0;
        bytes += weight(&next);
        if has_line && bytes > limits::POLL_BYTES_MAX {
            return heard;
        }
        let ToVisitor::Answer(answer) = &next else {
            has_lines = true;
            heard.push(next);
            continue;
        };
        match &**answer {
            Answer::Joined(Joined { log, .. }) | Answer::Behind(log) => {
                has_begun = true;
                behind.push(log.clone());
            }
            Answer::CaughtUp { log, .. } => behind.retain(|name| name != log),
            // After a refusal the hub sends this client nothing more.
            Answer::Refused { .. } => {
                (has_lines, has_begun) = (true, true);
                behind.clear();
            }
            _ => {}
        }
        heard.push(next);
    }
}

/// Returns about how many bytes of JSON a line becomes: a control character becomes six bytes. An
/// answer that is no line counts as 0.
fn weight(heard: &ToVisitor) -> usize {
    let ToVisitor::Line { entry, .. } = heard else { return 0 };
    let text = entry.what.text().bytes().map(|byte| match byte {
        b'"' | b'\\' => 2,
        0..b' ' | 0x7f => 6,
        _ => 1,
    });
    let numbers = match &entry.what {
        EntryKind::Removed(removed) => removed.to_string().len(),
        _ => 0,
    };
    size_of::<Entry>() + text.sum::<usize>() + numbers
}

fn is_private(heard: &ToVisitor) -> bool {
    let answer = match heard {
        ToVisitor::Line { entry, .. } => return matches!(entry.what, EntryKind::Private { .. }),
        ToVisitor::Answer(answer) => &**answer,
    };
    match answer {
        Answer::Joined(Joined { log, .. })
        | Answer::Behind(log)
        | Answer::CaughtUp { log, .. }
        | Answer::TooOld { log, .. }
        | Answer::NotKept { log, .. }
        | Answer::Skipped { log, .. } => *log == LogName::Private,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use crossbeam_channel::bounded;

    use super::{await_lines, weight};
    use crate::base::limits;
    use crate::chat::answer::{Answer, Joined, RoomPrivacy, ToVisitor};
    use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, Speaker, UnixMillis};
    use crate::chat::log_name::LogName;
    use crate::chat::name::Name;
    use crate::chat::removed_lines::{RemovedLines, RemovedOf};
    use crate::chat::room_name::RoomName;
    use crate::site::visit::page_request::{PrivateFrom, WantedMessages};

    fn joined(log: &LogName) -> Answer {
        Answer::Joined(Joined {
            log: log.clone(),
            epoch: Epoch(7),
            seq: Seq(9),
            from: Seq(1),
            ids_behind: Seq(0),
            topic: String::new(),
            pinned: None,
            is_maker: false,
            read: None,
            people: 1,
            privacy: RoomPrivacy::default(),
            state: crate::chat::answer::RoomState::default(),
            muted: None,
            welcome: String::new(),
        })
    }

    fn line(seq: u64, text: &str) -> ToVisitor {
        line_of(seq, EntryKind::Said(text.to_owned()))
    }

    fn line_of(seq: u64, what: EntryKind) -> ToVisitor {
        let at = UnixMillis(0);
        let name = Name::parse("Ann").unwrap();
        let by = Speaker {
            name,
            mark: None,
            addr: None,
            classic: false,
            has_edited: false,
            whose: AuthorTag::default(),
        };
        let (log, epoch) = (LogName::from(RoomName::lobby()), Epoch(7));
        let entry = Entry { log, epoch, seq: Seq(seq), at, by, id: None, reply_to: None, what };
        ToVisitor::Line { entry: Arc::new(entry), past: None }
    }

    /// Returns what a poll with `wait=0` hears if the hub sends these answers.
    fn heard(private: PrivateFrom, all: Vec<Answer>) -> Vec<Answer> {
        let (tell, answers) = bounded(64);
        // The channel stays open. So a poll that does not notice that its answer is complete would
        // wait until its deadline.
        all.into_iter().for_each(|it| tell.send(ToVisitor::Answer(Box::new(it))).unwrap());
        let wanted = WantedMessages { at_once: true, private, ..WantedMessages::default() };
        let heard = await_lines(&answers, &wanted, Instant::now() + Duration::from_secs(60));
        let answers = heard.into_iter().filter_map(|it| match it {
            ToVisitor::Answer(answer) => Some(*answer),
            ToVisitor::Line { .. } => None,
        });
        answers.collect()
    }

    #[test]
    fn a_look_is_over_when_all_is_here_of_both_its_logs() {
        let (room, private) = (LogName::from(RoomName::lobby()), LogName::Private);
        let at_end = |log: &LogName| Answer::CaughtUp { log: log.clone(), seq: Seq(9) };
        let behind = Answer::Behind(room.clone());
        for mut ends in [[&room, &private], [&private, &room]].map(|logs| logs.map(at_end).to_vec())
        {
            let mut all = vec![joined(&room), joined(&private), behind.clone()];
            all.append(&mut ends);
            all.push(at_end(&room));
            assert_eq!(heard(PrivateFrom::Start, all.clone()), all);
        }
    }

    #[test]
    fn a_poll_that_has_missed_much_is_answered_with_a_part_of_it() {
        let room = LogName::from(RoomName::lobby());
        let count = 2 * limits::POLL_BYTES_MAX as u64 / 1000;
        let (tell, answers) = bounded(1000);
        tell.send(ToVisitor::Answer(Box::new(joined(&room)))).unwrap();
        (1..=count).for_each(|seq| tell.send(line(seq, &"x".repeat(1000))).unwrap());
        let heard = await_lines(
            &answers,
            &WantedMessages::default(),
            Instant::now() + Duration::from_millis(200),
        );
        let bytes = heard.iter().map(weight).sum::<usize>();
        assert!((limits::POLL_BYTES_MAX - bytes) < 2000, "{bytes} bytes of {count} lines");
    }

    #[test]
    fn a_line_that_is_larger_than_an_answer_is_an_answer_of_its_own() {
        let room = LogName::from(RoomName::lobby());
        let (tell, answers) = bounded(10);
        tell.send(ToVisitor::Answer(Box::new(joined(&room)))).unwrap();
        for seq in 1..=2 {
            tell.send(line(seq, &"x".repeat(limits::POLL_BYTES_MAX))).unwrap();
        }
        let until = Instant::now() + Duration::from_secs(60);
        let heard = await_lines(&answers, &WantedMessages::default(), until);
        let lines = heard.iter().filter(|one| matches!(one, ToVisitor::Line { .. }));
        assert_eq!(lines.count(), 1);
    }

    #[test]
    fn what_a_poll_is_answered_is_weighed_as_it_is_sent() {
        let texts = ["\u{1}", "\"\\", "x", "\n", "\u{7f}"];
        let texts = texts.map(|text| EntryKind::Said(text.repeat(4000 / text.len())));
        let lines = (1_000_000..1_001_000).map(Seq).collect();
        let removed =
            EntryKind::Removed(RemovedLines { before: Seq(1), lines, of: RemovedOf::Leaver });
        for what in texts.into_iter().chain([removed]) {
            let heard = line_of(1, what);
            let ToVisitor::Line { entry, past } = &heard else { unreachable!() };
            let sent = crate::formats::v1::line_text(entry, *past).len();
            assert!(sent <= weight(&heard), "{sent} bytes of {:?}", entry.what);
        }
    }

    #[test]
    fn whoever_wants_no_private_messages_is_told_nothing_of_their_log() {
        let (room, log) = (LogName::from(RoomName::lobby()), LogName::Private);
        let (from, to) = (Seq(1), Seq(2));
        let private = [
            joined(&log),
            Answer::Skipped { log: log.clone(), from, to, damaged: false },
            Answer::TooOld { log: log.clone(), from, to },
            Answer::NotKept { log: log.clone(), from, to, lines: 2, damaged: false },
            Answer::Behind(log.clone()),
            Answer::CaughtUp { log, seq: Seq(9) },
        ];
        let of_room = [joined(&room), Answer::CaughtUp { log: room, seq: Seq(9) }];
        let all = [&of_room[..1], &private, &of_room[1..]].concat();
        assert_eq!(heard(PrivateFrom::NotAsked, all), of_room);
    }
}
