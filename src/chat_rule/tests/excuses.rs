//! People who are busy, and say why.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::BTreeMap;

use super::numbered::{CLEO, answers, refusal, say};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, chat, id, name, numbered,
    post,
};
use crate::base::limits;
use crate::chat::answer::{Answer, PersonState};
use crate::chat::entry::Seq;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, PrivateMessage, Request};
use crate::chat::room_name::RoomName;

/// Ann, Bo and Cleo are in the lobby, and Ann says that she is busy.
fn lunch() -> (RecordedChat, Vec<Done>) {
    let mut chat = chat();
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        apply(&mut chat, numbered(client, Some(name), None, fresh));
    }
    let excuse = Request::Excuse(Some("lunch".into()));
    let done = apply(&mut chat, Happened::Asked(ANN, excuse));
    (chat, done)
}

/// Returns the excuses of which a room was told, in order; `None` for one that has ended.
fn told(done: &[Done]) -> Vec<Option<String>> {
    let excuse = |one: &Done| match one {
        Done::PushNotice(_, _, Answer::Excuse { excuse, .. }) => Some(excuse.clone()),
        _ => None,
    };
    done.iter().filter_map(excuse).collect()
}

fn busy(chat: &mut RecordedChat) -> Vec<(String, String)> {
    let done = apply(chat, Happened::Asked(BO, Request::Who(RoomName::lobby())));
    let [Answer::Who { busy, .. }] = answers(&done, BO)[..] else { panic!("{done:?}") };
    busy.iter().map(|(name, excuse)| (name.shown().to_owned(), excuse.clone())).collect()
}

fn state(done: &[Done]) -> PersonState {
    let [Answer::Person(state)] = answers(done, BO)[..] else { panic!("{done:?}") };
    PersonState::clone(state)
}

fn writes_to_ann(chat: &mut RecordedChat, from: ClientId) -> Vec<String> {
    let done = writes_to(chat, from, "Ann");
    let heard = answers(&done, from).into_iter().filter_map(|told| match told {
        Answer::Excuse { excuse, .. } => excuse.clone(),
        _ => None,
    });
    heard.collect()
}

fn writes_to(chat: &mut RecordedChat, from: ClientId, to: &str) -> Vec<Done> {
    let message = PrivateMessage {
        reply_to: None,
        to: name(to),
        id: None,
        text: "psst".to_owned(),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: false,
        with: None,
    };
    apply(chat, Happened::Asked(from, Request::Private(Box::new(message))))
}

#[test]
fn the_room_is_told_of_an_excuse_and_any_line_ends_it() {
    let (mut chat, done) = lunch();
    assert_eq!(told(&done), [Some("lunch".to_owned())]);
    assert_eq!(busy(&mut chat), [("Ann".to_owned(), "lunch".to_owned())]);
    let again = Request::Excuse(Some("lunch".into()));
    assert!(told(&apply(&mut chat, Happened::Asked(ANN, again))).is_empty(), "it is no news");
    assert_eq!(told(&apply(&mut chat, post(ANN, None, say("here I am")))), [None]);
    assert!(busy(&mut chat).is_empty());
    assert!(told(&apply(&mut chat, Happened::Asked(ANN, Request::Excuse(None)))).is_empty());
}

#[test]
fn only_an_accepted_new_message_ends_an_excuse() {
    let (mut chat, _) = lunch();
    apply(&mut chat, post(ANN, id("a1"), say("one")));
    apply(&mut chat, Happened::Asked(ANN, Request::Excuse(Some("lunch".into()))));
    let delete = Deed::Delete { of: Some(Seq(9)) };
    for (what, is_refused) in
        [(post(ANN, id("a1"), say("one")), false), (post(ANN, None, delete), true)]
    {
        let done = apply(&mut chat, what);
        assert_eq!(refusal(&done, ANN).is_some(), is_refused, "{done:?}");
        assert!(told(&done).is_empty(), "{done:?}");
    }
    assert_eq!(busy(&mut chat), [("Ann".to_owned(), "lunch".to_owned())]);
    assert_eq!(told(&writes_to(&mut chat, ANN, "Bo")), [None]);
    assert!(busy(&mut chat).is_empty());
}

#[test]
fn whoever_writes_to_a_busy_person_hears_the_excuse_once() {
    let (mut chat, _) = lunch();
    assert_eq!(writes_to_ann(&mut chat, BO), ["lunch"]);
    assert!(writes_to_ann(&mut chat, BO).is_empty());
    assert_eq!(writes_to_ann(&mut chat, CLEO), ["lunch"]);
    apply(&mut chat, Happened::Asked(ANN, Request::Excuse(Some("a nap".into()))));
    assert_eq!(writes_to_ann(&mut chat, BO), ["a nap"], "it is another one");
}

#[test]
fn whoever_asks_hears_whether_a_person_is_here_or_when_they_were_last_seen() {
    let (mut chat, _) = lunch();
    let asked = |name_of| Happened::Asked(BO, Request::Whois(Box::new(name(name_of))));
    let here = state(&apply(&mut chat, asked("ann")));
    let lunch = Some("lunch".to_owned());
    assert_eq!((here.name.shown(), here.here, here.excuse, here.seen), ("Ann", true, lunch, None));
    apply_at(&mut chat, 5, Happened::Left(ANN));
    let later = 5 + limits::ABSENCE_WAIT.as_secs();
    apply_at(&mut chat, later, Happened::Ticked);
    let gone = state(&apply_at(&mut chat, later, asked("Ann")));
    assert_eq!((gone.here, gone.seen), (false, Some(super::moment(5).utc)));
    let nobody = apply_at(&mut chat, later, asked("Noone"));
    assert_eq!(refusal(&nobody, BO), Some(&Refused::NoSuchPerson));
}

#[test]
fn the_list_of_a_room_in_which_all_are_busy_fits_into_a_frame() {
    let mut chat = chat();
    let long = |number: u8| format!("{}{number:03}", "\u{738b}".repeat(29));
    for number in 1..=limits::WHO_NAMES_MAX as u8 {
        let client = ClientId(number.into());
        apply(&mut chat, numbered(client, Some(&long(number)), None, number));
        let excuse = Request::Excuse(Some("\"".repeat(limits::EXCUSE_BYTES_MAX)));
        apply(&mut chat, Happened::Asked(client, excuse));
    }
    let done = apply(&mut chat, Happened::Asked(BO, Request::Who(RoomName::lobby())));
    let [Answer::Who { room, names, people, busy, .. }] = answers(&done, BO)[..] else {
        panic!("{done:?}")
    };
    let names: Vec<_> = names.iter().map(Name::shown).collect();
    let away: BTreeMap<_, _> = busy.iter().map(|(name, text)| (name.shown(), text)).collect();
    assert!(names.len() == limits::WHO_NAMES_MAX && away.len() > 50, "{}", away.len());
    let (room, people) = (room.as_str(), *people);
    let frame = serde_json::json!({"type": "who", "room": room, "names": names, "people": people,
        "away": away});
    assert!(frame.to_string().len() < 64 * 1024, "{}", frame.to_string().len());
}
