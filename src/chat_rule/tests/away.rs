//! Absent people: what the sender of a message to them is told, and how long rooms wait for them.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers};
use super::visiting::{leaves, lobby, presence, visits};
use super::{
    ANN, BO, Done, Happened, RecordedChat, Stored, apply, apply_at, chat, id, moment, name,
    numbered, settings, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::Visitor;
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::room_name::RoomName;

#[test]
fn its_writer_is_told_whether_who_it_is_for_is_away() {
    let is_away = |chat: &mut RecordedChat, at: u64, called: &str| {
        let message = PrivateMessage {
            reply_to: None,
            to: name("Bo"),
            id: id(called),
            text: "psst".to_owned(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        let asked = Happened::Asked(ANN, Request::Private(Box::new(message)));
        let done = apply_at(chat, at, asked);
        answers(&done, ANN).into_iter().find_map(|told| match told {
            Answer::Sent { is_away, .. } => Some(*is_away),
            _ => None,
        })
    };
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    assert_eq!(is_away(&mut chat, 0, "a"), Some(false));
    apply(&mut chat, Happened::Left(BO));
    assert_eq!(is_away(&mut chat, 1, "b"), Some(false), "he is waited for");
    let gone = limits::ABSENCE_WAIT.as_secs();
    apply_at(&mut chat, gone, Happened::Ticked);
    assert_eq!(is_away(&mut chat, gone, "c"), Some(true));
    assert_eq!(is_away(&mut chat, gone, "c"), Some(true), "said again");
    apply_at(&mut chat, gone, numbered(BO, None, Some(token(2)), 9));
    assert_eq!(is_away(&mut chat, gone, "c"), Some(false), "he has it by now");
    assert_eq!(is_away(&mut chat, gone, "d"), Some(false));
}

#[test]
fn whoever_is_nobody_any_more_has_left_though_they_were_waited_for() {
    let name_kept = limits::ABSENCE_WAIT / 2;
    let mut settings = settings(1000, 64, 7);
    settings.core.name_kept = name_kept;
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    for (client, name, token) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        apply(&mut chat, numbered(client, Some(name), None, token));
    }
    apply(&mut chat, Happened::Left(BO));
    let done = apply_at(&mut chat, name_kept.as_secs(), Happened::Left(CLEO));
    let left = done.iter().any(|one| {
        let Done::PushNotice(_, _, Answer::Presence { name, here, people, .. }) = one else {
            return false;
        };
        (name.shown(), here, people) == ("Bo", &false, &2)
    });
    assert!(left, "{done:?}");
    let done = apply(&mut chat, Happened::Asked(ANN, Request::Who(RoomName::lobby())));
    let [Answer::Who { names, people, .. }] = answers(&done, ANN)[..] else { panic!("{done:?}") };
    assert_eq!((names.len(), *people), (2, 2), "Ann, and Cleo, who is waited for");
}

#[test]
fn who_says_one_thing_and_does_not_come_again_is_here_no_longer_than_a_lost_line() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    for (seconds, fresh) in [(0, 1), (100, 3)] {
        let came = visits(&mut chat, seconds, Visitor::New(None, token(fresh)), lobby());
        assert_eq!(presence(&came).len(), 1);
        assert_eq!(presence(&leaves(&mut chat, seconds)), []);
        let wait = limits::ABSENCE_WAIT.as_secs();
        let soon = apply_at(&mut chat, seconds + wait - 1, Happened::Ticked);
        assert_eq!(presence(&soon), []);
        let gone = apply_at(&mut chat, seconds + wait, Happened::Ticked);
        let [(_, here)] = presence(&gone)[..] else { panic!("{gone:?}") };
        assert!(!here);
    }
    // It happens that a browser sends the same form twice. The first form makes a person, and the
    // second form comes from the same person.
    visits(&mut chat, 200, Visitor::New(None, token(4)), lobby());
    leaves(&mut chat, 200);
    visits(&mut chat, 201, Visitor::New(None, token(4)), lobby());
    leaves(&mut chat, 201);
    let late = 201 + limits::PAGE_WAIT.as_secs();
    assert_eq!(presence(&apply_at(&mut chat, late - 1, Happened::Ticked)), []);
    assert_eq!(presence(&apply_at(&mut chat, late, Happened::Ticked)).len(), 1);
}
