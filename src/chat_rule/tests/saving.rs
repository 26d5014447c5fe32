//! Clients that come to save all lines of a room as a file.
//!
//! Part: `chat_rule/mod.rs`.

use std::sync::Arc;

use super::numbered::{CLEO, notes, refusal, say};
use super::{
    ANN, BO, ChatSettings, ClientId, Core, Effect, Event, Stored, came_from, core, core_that_keeps,
    decide, moment, numbered, place, post, settings, token,
};
use crate::chat::core::{Newcomer, Visit, VisitPurpose, Visitor};
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::{FoundLines, LineRange};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Deed, Request, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::server::disconnect::Disconnect;

const SAVER: ClientId = ClientId(77);

fn comes(
    core: &mut Core,
    purpose: VisitPurpose,
    who: Visitor,
    is_admitted: bool,
    position: RoomPosition,
) -> Vec<Effect> {
    let visit = Visit {
        who,
        is_admitted,
        position: Some(position),
        purpose,
        fresh: None,
        is_shown: true,
        says: None,
    };
    let newcomer = Newcomer::Visitor(Box::new(visit));
    decide(core, Event::Newcomer(SAVER, newcomer, came_from(None)))
}

fn saves(core: &mut Core) -> Vec<Effect> {
    comes(core, VisitPurpose::Save, Visitor::Stranger, true, place(RoomName::lobby(), None))
}

/// Ann enters the lobby and says `count` lines.
fn lobby(core: &mut Core, count: usize) {
    decide(core, numbered(ANN, Some("Ann"), None, 1));
    (0..count).for_each(|_| drop(decide(core, post(ANN, None, say("hello")))));
}

fn lines(effects: &[Effect]) -> Vec<u64> {
    let replays = effects.iter().filter_map(|effect| match effect {
        Effect::Replay(SAVER, _, lines) => Some(lines.iter().map(|line| line.seq.0)),
        _ => None,
    });
    replays.flatten().collect()
}

fn ends(effects: &[Effect]) -> Option<Disconnect> {
    effects.iter().find_map(|effect| match effect {
        Effect::End(SAVER, reason) => Some(*reason),
        _ => None,
    })
}

/// Returns everything that the client is sent until the chat disconnects it, if it reads all of it.
fn told_on(core: &mut Core, mut effects: Vec<Effect>) -> Vec<Effect> {
    let mut all = Vec::new();
    while effects.contains(&Effect::Watch(SAVER)) {
        all.append(&mut effects);
        effects = decide(core, Event::Drained(SAVER));
    }
    all.append(&mut effects);
    all
}

#[test]
fn whoever_saves_a_room_is_told_all_of_it_and_let_go() {
    let mut core = core_that_keeps(1000, 8);
    lobby(&mut core, 30);
    let came = saves(&mut core);
    // Lines that are said from now on are not part of the saved file.
    (0..20).for_each(|_| drop(decide(&mut core, post(ANN, None, say("later")))));
    let told = told_on(&mut core, came);
    let lines = lines(&told);
    assert!(lines.iter().copied().eq(1..=lines.len() as u64), "{lines:?}");
    assert!((30..38).contains(&lines.len()), "no more than fits into its last chunk: {lines:?}");
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
    assert!(!told.iter().any(|effect| matches!(effect, Effect::Hear(..))), "{told:?}");
    let last = told.iter().find_map(|effect| match effect {
        Effect::CaughtUp(SAVER, _, Reply::CaughtUp { seq, .. }, _) => Some(seq.0),
        _ => None,
    });
    assert_eq!(last, Some(lines.len() as u64));
    assert_eq!(decide(&mut core, Event::Left(SAVER)), [Effect::Forget(SAVER)]);
}

#[test]
fn whoever_saves_or_sees_a_room_is_in_no_list_and_nobody_hears_of_it() {
    let mut core = core();
    lobby(&mut core, 3);
    for purpose in [VisitPurpose::Save, VisitPurpose::Sight] {
        for who in [Visitor::Stranger, Visitor::Known(token(1))] {
            let came = comes(&mut core, purpose, who, true, place(RoomName::lobby(), None));
            let told = told_on(&mut core, came);
            let is_heard_of = |effect: &Effect| matches!(effect, Effect::Notice(..));
            assert!(!told.iter().any(is_heard_of), "{told:?}");
            let who = decide(&mut core, Event::Asked(ANN, Request::Who(RoomName::lobby())));
            let [Reply::Who { names, people: 1, .. }] = notes(&who, ANN)[..] else {
                panic!("{who:?}");
            };
            assert_eq!(names.len(), 1, "Ann, once");
            let gone = decide(&mut core, Event::Left(SAVER));
            assert_eq!(gone, [Effect::Forget(SAVER)], "nobody is waited for");
        }
    }
    // Ann's last connection ends. The clients that saved the room did not count as clients of hers.
    decide(&mut core, Event::Left(ANN));
    assert!(core.next_tick().is_some(), "she is waited for");
}

#[test]
fn whoever_saves_a_room_and_falls_behind_is_told_on_from_there() {
    let mut core = core_that_keeps(1000, 8);
    lobby(&mut core, 30);
    saves(&mut core);
    let first = decide(&mut core, Event::Drained(SAVER));
    assert_eq!(lines(&first), [1, 2, 3, 4, 5, 6, 7, 8]);
    let room = core.log_ids().next().unwrap();
    let behind = decide(&mut core, Event::FellBehind(SAVER, vec![(room, Seq(4))]));
    let told = told_on(&mut core, behind);
    assert!(lines(&told).into_iter().eq(4..=30));
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
    // If the final notice does not fit into the outbox, the client does not know that it has
    // everything. So it stays connected until it gets the notice.
    let mut core = core_that_keeps(1000, 8);
    lobby(&mut core, 30);
    let came = saves(&mut core);
    core.chat.delivery().has_no_room_for_the_end = true;
    let told = told_on(&mut core, came);
    let said = told.iter().filter(|effect| matches!(effect, Effect::CaughtUp(SAVER, ..)));
    assert_eq!(said.count(), 2, "{told:?}");
    assert!(lines(&told).into_iter().eq(1..=30), "no line comes twice for that");
    assert_eq!(told.last(), Some(&Effect::End(SAVER, Disconnect::ToldAll)));
}

/// Makes a hub that stores what is said and has few lines in memory. Returns it with the lines of
/// its file.
fn keeping() -> (Core, Vec<Arc<Entry>>) {
    let settings = ChatSettings { stores: true, ..settings(4, 8, 7) };
    let mut core = Core::new(settings, Stored::default(), moment(0));
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let mut file = Vec::new();
    for _ in 0..20 {
        let effects = decide(&mut core, post(ANN, None, say("hello")));
        file.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Tell(_, entry) => Some(entry),
            _ => None,
        }));
        decide(&mut core, Event::Kept(Ok(())));
    }
    // The history stores everything that waits.
    (0..3).for_each(|_| drop(decide(&mut core, Event::Kept(Ok(())))));
    (core, file)
}

#[test]
fn what_memory_has_forgotten_is_read_for_who_saves_a_room() {
    let (mut core, file) = keeping();
    let mut effects = saves(&mut core);
    let mut told = Vec::new();
    while ends(&effects).is_none() {
        let query = effects.iter().find_map(|effect| match effect {
            Effect::Find(query) => Some(query.clone()),
            _ => None,
        });
        told.append(&mut effects);
        effects = decide(
            &mut core,
            match query {
                None => Event::Drained(SAVER),
                Some(query) => {
                    let LineRange::From(from) = query.span else { panic!("{query:?}") };
                    let from = file.iter().filter(|line| line.seq >= from);
                    let lines = from.take(query.count).cloned().collect();
                    Event::Found(Ok(FoundLines { lines, ..FoundLines::default() }))
                }
            },
        );
    }
    told.append(&mut effects);
    assert!(lines(&told).into_iter().eq(1..=20), "{told:?}");
    assert_eq!(ends(&told), Some(Disconnect::ToldAll));
}

#[test]
fn whoever_saves_a_room_that_cannot_be_read_is_cut_off() {
    let (mut core, _) = keeping();
    saves(&mut core);
    let asked = decide(&mut core, Event::Drained(SAVER));
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Find(_))), "{asked:?}");
    let cut = decide(&mut core, Event::Found(Err("a bad sector".into())));
    assert_eq!((ends(&cut), lines(&cut)), (Some(Disconnect::Unavailable), vec![]));
    assert!(!cut.contains(&Effect::Watch(SAVER)), "it waits for nothing more: {cut:?}");
    // The clients that are in the room are not disconnected.
    decide(&mut core, Event::Left(SAVER));
    assert!(!decide(&mut core, post(ANN, None, say("still here"))).is_empty());
}

#[test]
fn who_may_not_look_at_a_room_may_not_save_it() {
    let den = RoomName::parse("den").unwrap();
    let at = |room: &RoomName| place(room.clone(), None);
    let mut core = core();
    let with = |words| RoomPosition { password: Some(Digest::of_room(&den, words)), ..at(&den) };
    decide(&mut core, numbered(CLEO, Some("Cleo"), None, 3));
    decide(&mut core, Event::Asked(CLEO, Request::Join(Box::new(with("swordfish")), None)));
    decide(&mut core, numbered(BO, Some("Bo"), None, 2));
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
        let came = comes(&mut core, VisitPurpose::Save, who.clone(), is_admitted, at(room));
        assert_eq!(refusal(&came, SAVER), reason.as_ref(), "{who:?} {room}");
        let end = reason.is_some().then_some(Disconnect::NotAdmitted);
        assert_eq!(ends(&came), end, "{who:?} {room}");
        decide(&mut core, Event::Left(SAVER));
    }
}

#[test]
fn a_stopped_server_says_goodbye_to_who_saves_a_room_and_takes_no_more_of_them() {
    let mut core = core_that_keeps(1000, 8);
    lobby(&mut core, 30);
    saves(&mut core);
    decide(&mut core, Event::Drained(SAVER));
    let stopping = decide(&mut core, Event::Stopping);
    assert!(stopping.contains(&Effect::End(SAVER, Disconnect::ServerStopping)), "{stopping:?}");
    assert_eq!(decide(&mut core, Event::Drained(SAVER)), [], "it is told no more");
    decide(&mut core, Event::Left(SAVER));
    assert_eq!(saves(&mut core), [Effect::Refuse(SAVER, Disconnect::ServerStopping)]);
}

#[test]
fn a_room_that_made_place_for_another_cuts_off_who_saves_it() {
    let mut core = core_that_keeps(1000, 8);
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let den = RoomName::parse("den").unwrap();
    decide(&mut core, Event::Asked(ANN, Request::Join(Box::new(place(den.clone(), None)), None)));
    let post =
        super::Post { room: den.clone(), id: None, answers: None, deed: Deed::Say("hello".into()) };
    decide(&mut core, Event::Asked(ANN, Request::Post(Box::new(post))));
    comes(&mut core, VisitPurpose::Save, Visitor::Stranger, true, place(den.clone(), None));
    let id = core.room_called(&den).unwrap();
    core.end_log(id);
    assert_eq!(ends(&decide(&mut core, Event::Drained(SAVER))), Some(Disconnect::Unavailable));
}
