//! Clients that come to save all lines of a room as a file.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, answers, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Done, Happened, RecordedChat, Stored, apply, came_from, chat,
    chat_that_keeps, moment, numbered, place, post, settings, token,
};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::Answer;
use crate::chat::core::{Newcomer, Visit, VisitPurpose, Visitor};
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::{FoundLines, LineRange};
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Request, RoomPosition, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const SAVER: ClientId = ClientId(77);

fn comes(
    chat: &mut RecordedChat,
    purpose: VisitPurpose,
    who: Visitor,
    is_admitted: bool,
    position: RoomPosition,
) -> Vec<Done> {
    let visit = Visit {
        who,
        is_admitted,
        position: Some(position),
        purpose,
        fresh: None,
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    };
    let newcomer = Newcomer::Visitor(Box::new(visit));
    apply(chat, Happened::Newcomer(SAVER, newcomer, came_from(None)))
}

fn saves(chat: &mut RecordedChat) -> Vec<Done> {
    comes(chat, VisitPurpose::Save, Visitor::Stranger, true, place(RoomName::lobby(), None))
}

/// Ann enters the lobby and says `count` lines.
fn lobby(chat: &mut RecordedChat, count: usize) {
    apply(chat, numbered(ANN, Some("Ann"), None, 1));
    (0..count).for_each(|_| drop(apply(chat, post(ANN, None, say("hello")))));
}

fn lines(done: &[Done]) -> Vec<u64> {
    let replays = done.iter().filter_map(|one| match one {
        Done::PushChunk(SAVER, _, lines) => Some(lines.iter().map(|line| line.seq.0)),
        _ => None,
    });
    replays.flatten().collect()
}

fn ends(done: &[Done]) -> Option<Disconnect> {
    done.iter().find_map(|one| match one {
        Done::EndClient(SAVER, reason) => Some(*reason),
        _ => None,
    })
}

/// Returns everything that the client is sent until the chat disconnects it, if it reads all of it.
fn told_on(chat: &mut RecordedChat, mut done: Vec<Done>) -> Vec<Done> {
    let mut all = Vec::new();
    while done.contains(&Done::AskIfDrained(SAVER)) {
        all.append(&mut done);
        done = apply(chat, Happened::Drained(SAVER));
    }
    all.append(&mut done);
    all
}

#[test]
fn whoever_saves_a_room_is_told_all_of_it_and_let_go() {
    let mut chat = chat_that_keeps(1000, 8);
    lobby(&mut chat, 30);
    let came = saves(&mut chat);
    // Lines that are said from now on are not part of the saved file.
    (0..20).for_each(|_| drop(apply(&mut chat, post(ANN, None, say("later")))));
    let told = told_on(&mut chat, came);
    let lines = lines(&told);
    assert!(lines.iter().copied().eq(1..=lines.len() as u64), "{lines:?}");
    assert!((30..38).contains(&lines.len()), "no more than fits into its last chunk: {lines:?}");
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
    assert!(!told.iter().any(|one| matches!(one, Done::Subscribe(..))), "{told:?}");
    let last = told.iter().find_map(|one| match one {
        Done::QueueCaughtUp(SAVER, _, Answer::CaughtUp { seq, .. }, _) => Some(seq.0),
        _ => None,
    });
    assert_eq!(last, Some(lines.len() as u64));
    assert_eq!(apply(&mut chat, Happened::Left(SAVER)), [Done::Forget(SAVER)]);
}

#[test]
fn whoever_saves_or_sees_a_room_is_in_no_list_and_nobody_hears_of_it() {
    let mut chat = chat();
    lobby(&mut chat, 3);
    for purpose in [VisitPurpose::Save, VisitPurpose::Sight] {
        for who in [Visitor::Stranger, Visitor::Known(token(1))] {
            let came = comes(&mut chat, purpose, who, true, place(RoomName::lobby(), None));
            let told = told_on(&mut chat, came);
            let is_heard_of = |one: &Done| matches!(one, Done::PushNotice(..));
            assert!(!told.iter().any(is_heard_of), "{told:?}");
            let who = apply(&mut chat, Happened::Asked(ANN, Request::Who(RoomName::lobby())));
            let [Answer::Who { names, people: 1, .. }] = answers(&who, ANN)[..] else {
                panic!("{who:?}");
            };
            assert_eq!(names.len(), 1, "Ann, once");
            let gone = apply(&mut chat, Happened::Left(SAVER));
            assert_eq!(gone, [Done::Forget(SAVER)], "nobody is waited for");
        }
    }
    // Ann's last connection ends. The clients that saved the room did not count as clients of hers.
    apply(&mut chat, Happened::Left(ANN));
    assert!(chat.next_tick().is_some(), "she is waited for");
}

#[test]
fn whoever_saves_a_room_and_falls_behind_is_told_on_from_there() {
    let mut chat = chat_that_keeps(1000, 8);
    lobby(&mut chat, 30);
    saves(&mut chat);
    let first = apply(&mut chat, Happened::Drained(SAVER));
    assert_eq!(lines(&first), [1, 2, 3, 4, 5, 6, 7, 8]);
    let room = chat.log_ids().next().unwrap();
    let behind = apply(&mut chat, Happened::FellBehind(SAVER, vec![(room, Seq(4))]));
    let told = told_on(&mut chat, behind);
    assert!(lines(&told).into_iter().eq(4..=30));
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
    // If the final notice does not fit into the outbox, the client does not know that it has
    // everything. So it stays connected until it gets the notice.
    let mut chat = chat_that_keeps(1000, 8);
    lobby(&mut chat, 30);
    let came = saves(&mut chat);
    chat.real.delivery().has_no_room_for_the_end = true;
    let told = told_on(&mut chat, came);
    let said = told.iter().filter(|one| matches!(one, Done::QueueCaughtUp(SAVER, ..)));
    assert_eq!(said.count(), 2, "{told:?}");
    assert!(lines(&told).into_iter().eq(1..=30), "no line comes twice for that");
    assert_eq!(told.last(), Some(&Done::EndClient(SAVER, Disconnect::ToldAll)));
}

/// Makes a hub that stores what is said and has few lines in memory. Returns it with the lines of
/// its file.
fn keeping() -> (RecordedChat, Vec<Arc<Entry>>) {
    let settings = ChatSettings { stores: true, ..settings(4, 8, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let mut file = Vec::new();
    for _ in 0..20 {
        let done = apply(&mut chat, post(ANN, None, say("hello")));
        file.extend(done.into_iter().filter_map(|one| match one {
            Done::QueueLine(_, entry) => Some(entry),
            _ => None,
        }));
        apply(&mut chat, Happened::BatchEnded(Ok(())));
    }
    // The history stores everything that waits.
    (0..3).for_each(|_| drop(apply(&mut chat, Happened::BatchEnded(Ok(())))));
    (chat, file)
}

#[test]
fn what_memory_has_forgotten_is_read_for_who_saves_a_room() {
    let (mut chat, file) = keeping();
    let mut done = saves(&mut chat);
    let mut told = Vec::new();
    while ends(&done).is_none() {
        let query = done.iter().find_map(|one| match one {
            Done::Find(query) => Some(query.clone()),
            _ => None,
        });
        told.append(&mut done);
        done = apply(
            &mut chat,
            match query {
                None => Happened::Drained(SAVER),
                Some(query) => {
                    let LineRange::From(from) = query.span else { panic!("{query:?}") };
                    let from = file.iter().filter(|line| line.seq >= from);
                    let lines = from.take(query.count).cloned().collect();
                    Happened::Found(Ok(FoundLines { lines, ..FoundLines::default() }))
                }
            },
        );
    }
    told.append(&mut done);
    assert!(lines(&told).into_iter().eq(1..=20), "{told:?}");
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
}

#[test]
fn whoever_saves_a_room_that_cannot_be_read_is_cut_off() {
    let (mut chat, _) = keeping();
    saves(&mut chat);
    let asked = apply(&mut chat, Happened::Drained(SAVER));
    assert!(asked.iter().any(|one| matches!(one, Done::Find(_))), "{asked:?}");
    let cut = apply(&mut chat, Happened::Found(Err("a bad sector".into())));
    assert_eq!((ends(&cut), lines(&cut)), (Some(Disconnect::Unavailable), vec![]));
    assert!(!cut.contains(&Done::AskIfDrained(SAVER)), "it waits for nothing more: {cut:?}");
    // The clients that are in the room are not disconnected.
    apply(&mut chat, Happened::Left(SAVER));
    assert!(!apply(&mut chat, post(ANN, None, say("still here"))).is_empty());
}

#[test]
fn who_may_not_look_at_a_room_may_not_save_it() {
    let den = RoomName::parse("den").unwrap();
    let at = |room: &RoomName| place(room.clone(), None);
    let mut chat = chat();
    let with = |words| RoomPosition { password: Some(Digest::of_room(&den, words)), ..at(&den) };
    apply(&mut chat, numbered(CLEO, Some("Cleo"), None, 3));
    apply(&mut chat, Happened::Asked(CLEO, Request::Join(Box::new(with("swordfish")), None)));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    for (who, is_admitted, room, reason) in [
        (Visitor::Stranger, true, &den, Some(Refused::PasswordNeeded)),
        (Visitor::Known(token(2)), true, &den, Some(Refused::PasswordNeeded)),
        (Visitor::Known(token(3)), true, &den, None),
        (Visitor::Stranger, false, &RoomName::lobby(), Some(Refused::PasswordNeeded)),
        // A client with a session sent the server's password when its session began.
        (Visitor::Known(token(2)), false, &RoomName::lobby(), None),
        (Visitor::Stranger, true, &RoomName::parse("none").unwrap(), Some(Refused::NotInRoom)),
        (
            Visitor::Known(token(2)),
            true,
            &RoomName::parse("none").unwrap(),
            Some(Refused::NotInRoom),
        ),
    ] {
        let came = comes(&mut chat, VisitPurpose::Save, who.clone(), is_admitted, at(room));
        assert_eq!(refusal(&came, SAVER), reason.as_ref(), "{who:?} {room}");
        let end = reason.is_some().then_some(Disconnect::NotAdmitted);
        assert_eq!(ends(&came), end, "{who:?} {room}");
        apply(&mut chat, Happened::Left(SAVER));
    }
}

#[test]
fn a_stopped_server_says_goodbye_to_who_saves_a_room_and_takes_no_more_of_them() {
    let mut chat = chat_that_keeps(1000, 8);
    lobby(&mut chat, 30);
    saves(&mut chat);
    apply(&mut chat, Happened::Drained(SAVER));
    let stopping = apply(&mut chat, Happened::Stopping);
    assert!(stopping.contains(&Done::EndClient(SAVER, Disconnect::ServerStopping)), "{stopping:?}");
    assert_eq!(apply(&mut chat, Happened::Drained(SAVER)), [], "it is told no more");
    apply(&mut chat, Happened::Left(SAVER));
    assert_eq!(saves(&mut chat), [Done::RefuseNewcomer(SAVER, Disconnect::ServerStopping)]);
}

#[test]
fn a_room_that_made_place_for_another_cuts_off_who_saves_it() {
    let mut chat = chat_that_keeps(1000, 8);
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let den = RoomName::parse("den").unwrap();
    apply(&mut chat, Happened::Asked(ANN, Request::Join(Box::new(place(den.clone(), None)), None)));
    let post = super::Post {
        log: den.clone().into(),
        id: None,
        reply_to: None,
        deed: Deed::Say("hello".into()),
    };
    apply(&mut chat, Happened::Asked(ANN, Request::Post(Box::new(post))));
    comes(&mut chat, VisitPurpose::Save, Visitor::Stranger, true, place(den.clone(), None));
    let id = chat.room_called(&den).unwrap();
    chat.end_log(id);
    assert_eq!(ends(&apply(&mut chat, Happened::Drained(SAVER))), Some(Disconnect::Unavailable));
}
