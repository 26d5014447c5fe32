//! Clients that come for one page.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::numbered::{CLEO, answers, refusal, say};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, came_from, chat, id, mark_of,
    name, numbered, place, post, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::{Answer, Joined};
use crate::chat::core::{Newcomer, Stay, Visit, VisitPurpose, Visitor};
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Request, RoomPosition, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

pub(super) const VISITOR: ClientId = ClientId(1 << 63);
/// After the first few requests, a person may send one request each time this time has passed.
const HALF: Duration = Duration::from_millis(500);

pub(super) fn visits(
    chat: &mut RecordedChat,
    seconds: u64,
    who: Visitor,
    position: RoomPosition,
) -> Vec<Done> {
    let newcomer = Newcomer::Visitor(Box::new(Visit {
        who,
        is_admitted: true,
        position: Some(position),
        purpose: VisitPurpose::Page,
        fresh: None,
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    }));
    apply_at(chat, seconds, Happened::Newcomer(VISITOR, newcomer, came_from(None)))
}

pub(super) fn lobby() -> RoomPosition {
    place(RoomName::lobby(), None)
}

pub(super) fn leaves(chat: &mut RecordedChat, seconds: u64) -> Vec<Done> {
    apply_at(chat, seconds, Happened::Left(VISITOR))
}

fn welcome(done: &[Done]) -> Option<&str> {
    answers(done, VISITOR).into_iter().find_map(|told| match told {
        Answer::Welcome { name, .. } => Some(name.shown()),
        _ => None,
    })
}

fn joined(done: &[Done]) -> Option<&Joined> {
    answers(done, VISITOR).into_iter().find_map(|told| match told {
        Answer::Joined(joined) => Some(joined),
        _ => None,
    })
}

/// Returns what the room is told about people who come or leave.
pub(super) fn presence(done: &[Done]) -> Vec<(&str, bool)> {
    let told = done.iter().filter_map(|one| match one {
        Done::PushNotice(_, _, Answer::Presence { name, here, .. }) => Some((name.shown(), *here)),
        _ => None,
    });
    told.collect()
}

fn history(chat: &mut RecordedChat) -> Vec<Done> {
    let (log, before) = (LogName::Room(RoomName::lobby()), Seq(u64::MAX));
    apply(chat, Happened::Asked(VISITOR, Request::History { log, before, count: 5 }))
}

fn lines(done: &[Done]) -> Vec<&str> {
    let told = answers(done, VISITOR).into_iter().find_map(|told| match told {
        Answer::History { entries, .. } => Some(entries.iter().map(|it| it.what.text()).collect()),
        _ => None,
    });
    told.unwrap()
}

#[test]
fn a_visitor_is_told_who_it_is_and_where_the_log_is_and_hears_nothing() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, post(ANN, None, say("hello")));
    let came = visits(&mut chat, 0, Visitor::Known(token(1)), lobby());
    assert_eq!(welcome(&came), Some("Ann"));
    assert_eq!(joined(&came).unwrap().seq, Seq(1));
    let hears = |one: &Done| matches!(one, Done::Subscribe(..) | Done::AskIfDrained(_));
    assert!(!came.iter().any(hears), "{came:?}");
    assert_eq!(lines(&history(&mut chat)), ["hello"]);
}

#[test]
fn who_reads_pages_is_here_until_some_minutes_after_the_last() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let claim = crate::chat::request::Claim { name: super::name("Ann"), secret: None };
    let came = visits(&mut chat, 0, Visitor::New(Some(claim), token(1)), lobby());
    assert_eq!(presence(&came), [("Ann", true)]);
    assert_eq!(presence(&leaves(&mut chat, 1)), []);
    let wait = limits::PAGE_WAIT.as_secs();
    // Ann's browser requests her next page at once, with the token that the server has sent it.
    for seconds in [1, 60, 60 + wait - 1] {
        let again = visits(&mut chat, seconds, Visitor::Known(token(1)), lobby());
        assert_eq!(presence(&again), [], "it was never away");
        assert_eq!(presence(&leaves(&mut chat, seconds)), []);
    }
    let gone = apply_at(&mut chat, 60 + 2 * wait, Happened::Ticked);
    assert_eq!(presence(&gone), [("Ann", false)]);
}

#[test]
fn who_looks_in_now_and_then_is_here_between_two_looks() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let wait = limits::PAGE_WAIT.as_secs();
    let mut told = Vec::new();
    for seconds in [0, 60, 60 + wait - 1] {
        let mut hello = numbered(ANN, Some("Ann"), Some(token(1)), 1);
        if let Happened::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut hello {
            greeting.stay = Stay::ShortPoll;
        }
        for event in [Happened::Ticked, hello, Happened::Left(ANN)] {
            told.extend(
                presence(&apply_at(&mut chat, seconds, event)).into_iter().map(|(_, here)| here),
            );
        }
    }
    assert_eq!(told, [true], "it came once");
    // A client without a session makes a new person each time, so the room does not wait for that
    // person.
    let mut stranger = numbered(VISITOR, None, None, 7);
    if let Happened::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut stranger {
        greeting.stay = Stay::ShortPoll;
    }
    let now = 60 + wait;
    let soon = now + limits::ABSENCE_WAIT.as_secs();
    let events = [(now, stranger), (now, Happened::Left(VISITOR)), (soon, Happened::Ticked)];
    let told = events.map(|(at, event)| presence(&apply_at(&mut chat, at, event)).len());
    assert_eq!(told, [1, 0, 1], "it came and left");
    let gone = apply_at(&mut chat, 60 + 2 * wait, Happened::Ticked);
    assert_eq!(presence(&gone), [("Ann", false)]);
}

#[test]
fn who_cannot_come_back_is_heard_and_not_seen() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let came = visits(&mut chat, 0, Visitor::Passing, lobby());
    assert_eq!(presence(&came), []);
    assert!(welcome(&came).is_some_and(|name| name.starts_with("guest-")), "{came:?}");
    let said = apply(&mut chat, post(VISITOR, None, say("door open")));
    assert!(said.iter().any(|one| matches!(one, Done::QueueLine(..))), "{said:?}");
    let here = |chat: &mut RecordedChat| {
        let who = apply(chat, Happened::Asked(BO, Request::Who(RoomName::lobby())));
        answers(&who, BO).into_iter().find_map(|told| match told {
            Answer::Who { people, names, .. } => Some((*people, names.len())),
            _ => None,
        })
    };
    assert_eq!(here(&mut chat), Some((1, 1)), "not even while its message waits to be kept");
    let gone = leaves(&mut chat, 0);
    assert_eq!(presence(&gone), []);
    assert_eq!(here(&mut chat), Some((1, 1)), "nor for minutes, for it cannot come back");
}

#[test]
fn what_a_visitor_says_is_there_once_however_often_its_form_is_sent() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    for _ in 0..2 {
        visits(&mut chat, 0, Visitor::Known(token(2)), lobby());
        let said = apply(&mut chat, post(VISITOR, id("once"), say("hello")));
        let sent = answers(&said, VISITOR).into_iter().find_map(|told| match told {
            Answer::Sent { seq, .. } => Some(*seq),
            _ => None,
        });
        assert_eq!(sent, Some(Seq(1)), "{said:?}");
        leaves(&mut chat, 0);
    }
}

/// Ann sends a form from an IP address to which the limits apply. Each form is sent by a new
/// visitor. Returns what the chat did.
fn sends(chat: &mut RecordedChat, client: u64, seconds: u64) -> Vec<Done> {
    let client = ClientId(VISITOR.0 | client);
    let network = Some(ClientNetwork::of([192, 0, 2, 1].into()));
    let (who, position) = (Visitor::Known(token(1)), Some(lobby()));
    let visit = Visit {
        who,
        is_admitted: true,
        position,
        purpose: VisitPurpose::Page,
        fresh: None,
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    };
    let newcomer = Newcomer::Visitor(Box::new(visit));
    apply_at(chat, seconds, Happened::Newcomer(client, newcomer, came_from(network)));
    apply_at(chat, seconds, post(client, None, say("hello")))
}

fn is_said(done: &[Done]) -> bool {
    done.iter().any(|one| matches!(one, Done::QueueLine(..)))
}

#[test]
fn street_b14_forms_are_held_to_a_persons_pace_and_none_is_lost_in_waiting() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for visit in 1..=u64::from(limits::TALK_BURST) {
        // Only the message counts against the limit on requests. Entering and reading the room does
        // not count.
        assert!(is_said(&sends(&mut chat, visit, 0)), "{visit}");
        apply(&mut chat, Happened::Left(ClientId(VISITOR.0 | visit)));
    }
    // Two messages come at once and wait. Only one of them may be handled within the time that a
    // form waits.
    let (first, second) = (ClientId(VISITOR.0 | 10), ClientId(VISITOR.0 | 11));
    for done in [sends(&mut chat, 10, 0), sends(&mut chat, 11, 0)] {
        assert!(!is_said(&done), "{done:?}");
    }
    let mut done = Vec::new();
    while chat.has_due(super::moment(1)) {
        chat.apply(
            super::Moment { chat_time: HALF, ..super::moment(1) },
            Happened::Ticked,
            &mut done,
        );
        if chat.next_tick().is_none_or(|at| at > HALF) {
            break;
        }
    }
    assert!(is_said(&done), "{done:?}");
    let refused = [first, second].map(|client| refusal(&done, client).cloned());
    assert!(matches!(refused, [None, Some(Refused::TooFast(_))]), "{refused:?}");
    // If a client leaves while its message waits, the message is not said.
    assert!(!is_said(&sends(&mut chat, 12, 0)));
    assert!(!is_said(&apply(&mut chat, Happened::Left(ClientId(VISITOR.0 | 12)))));
}

#[test]
fn a_stranger_looks_and_is_not_there() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    apply(&mut chat, post(BO, None, say("hello")));
    // A client whose token is not valid any more is a stranger, too.
    for who in [Visitor::Stranger, Visitor::Known(token(77))] {
        let came = visits(&mut chat, 0, who, lobby());
        assert_eq!((welcome(&came), presence(&came)), (None, vec![]));
        assert_eq!(joined(&came).unwrap().people, 1, "Bo, and nobody else");
        assert_eq!(lines(&history(&mut chat)), ["hello"]);
        let said = apply(&mut chat, post(VISITOR, None, say("and me?")));
        assert!(!said.iter().any(|one| matches!(one, Done::QueueLine(..))), "{said:?}");
        leaves(&mut chat, 0);
    }
}

#[test]
fn whoever_is_here_as_often_as_one_may_be_looks_and_is_told_why_nothing_can_be_done() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, post(ANN, None, say("hello")));
    for device in 2..=limits::CLIENTS_PER_PERSON_MAX as u64 {
        apply(&mut chat, numbered(ClientId(device), None, Some(token(1)), 2));
    }
    // The person gave the server's password, if the server has one, when the session began.
    for is_admitted in [true, false] {
        let (who, position) = (Visitor::Known(token(1)), Some(lobby()));
        let visit = Visit {
            who,
            is_admitted,
            position,
            purpose: VisitPurpose::Page,
            fresh: None,
            is_shown: true,
            source: TokenSource::Address,
            says: None,
        };
        let newcomer = Newcomer::Visitor(Box::new(visit));
        let came = apply_at(&mut chat, 0, Happened::Newcomer(VISITOR, newcomer, came_from(None)));
        let most = limits::CLIENTS_PER_PERSON_MAX;
        assert_eq!(refusal(&came, VISITOR), Some(&Refused::TooManyDevices(most)));
        assert_eq!((welcome(&came), presence(&came)), (None, vec![]));
        assert_eq!(joined(&came).unwrap().seq, Seq(1));
        assert_eq!(lines(&history(&mut chat)), ["hello"]);
        let said = apply(&mut chat, post(VISITOR, None, say("and me?")));
        assert!(!is_said(&said), "{said:?}");
        leaves(&mut chat, 0);
    }
}

#[test]
fn a_stranger_makes_no_room_and_opens_none_without_its_password() {
    let mut chat = chat();
    let den = RoomName::parse("den").unwrap();
    let at = |words: &str| {
        let password = (!words.is_empty()).then(|| Digest::of_room(&den, words));
        RoomPosition { password, ..RoomPosition::of(den.clone()) }
    };
    let nothing = visits(&mut chat, 0, Visitor::Stranger, at(""));
    assert_eq!(refusal(&nothing, VISITOR), Some(&Refused::NotInRoom));
    leaves(&mut chat, 0);
    apply(&mut chat, numbered(CLEO, Some("Cleo"), None, 3));
    apply(&mut chat, Happened::Asked(CLEO, Request::Join(Box::new(at("swordfish")), None)));
    // The right password opens the room for one visit only: the next visit needs the password
    // again.
    for (words, reason) in [
        ("", Some(Refused::PasswordNeeded)),
        ("catfish", Some(Refused::WrongPassword)),
        ("swordfish", None),
        ("", Some(Refused::PasswordNeeded)),
    ] {
        let came = visits(&mut chat, 0, Visitor::Stranger, at(words));
        assert_eq!(refusal(&came, VISITOR), reason.as_ref(), "{words}");
        assert_eq!(joined(&came).is_some(), reason.is_none(), "{words}");
        leaves(&mut chat, 0);
    }
}

#[test]
fn nobody_becomes_a_guest_by_a_form_who_wanted_a_name_that_reads_as_another_one_with_its_mark() {
    let mut chat = chat();
    let mut ann = numbered(ANN, Some("Ann"), None, 1);
    let secret = Digest::of_name("fish");
    let look = name(&format!("Ann {}", mark_of("Ann", "fish")));
    if let Happened::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut ann {
        greeting.hello.name = Some(Claim { name: name("Ann"), secret: Some(secret) });
    }
    apply(&mut chat, ann);
    let claim = Claim { name: look, secret: None };
    let came = visits(&mut chat, 0, Visitor::New(Some(claim), token(2)), lobby());
    assert_eq!(refusal(&came, VISITOR), Some(&Refused::NameTaken));
    assert_eq!(welcome(&came), None, "it may ask again");
}
