//! A lesson in a room: names stay, private messages go only to those who look after the room, and
//! people raise hands.
//!
//! Part: `chat_rule/mod.rs`.

use super::keeping::{acts, in_the_den, joins, state};
use super::numbered::{CLEO, answers, refusal};
use super::private::writes;
use super::{ANN, BO, ClientId, Happened, RecordedChat, apply, name, numbered};
use crate::base::limits;
use crate::chat::act::RoomAction;
use crate::chat::answer::Answer;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Request};

/// Asks for another name; returns why the client does not get it.
fn takes_name(chat: &mut RecordedChat, client: ClientId, its: &str) -> Option<Refused> {
    let claim = Claim { name: name(its), secret: None };
    let asks = Happened::Asked(client, Request::Rename(Box::new(claim), None));
    refusal(&apply(chat, asks), client).cloned()
}

fn writes_to(chat: &mut RecordedChat, client: ClientId, to: &str) -> Option<Refused> {
    refusal(&writes(chat, client, to, "tea?"), client).cloned()
}

#[test]
fn idea_d8_in_a_lesson_names_stay_and_private_messages_go_to_whoever_looks_after_the_room() {
    let mut chat = in_the_den();
    let dot = ClientId(12);
    apply(&mut chat, numbered(dot, Some("Dot"), None, 4));
    acts(&mut chat, ANN, RoomAction::Lesson(true));
    assert!(state(&mut chat, BO).unwrap().state.lesson);
    assert_eq!(takes_name(&mut chat, BO, "Bob"), Some(Refused::Lesson));
    assert_eq!(takes_name(&mut chat, ANN, "Anna"), None, "Ann looks after the room");
    for (from, to, is_free) in [
        (BO, "Cleo", false),
        (BO, "Dot", false),
        (dot, "Bo", false),
        (BO, "Anna", true),
        (ANN, "Bo", true),
        (dot, "Dot", true),
    ] {
        let refused = writes_to(&mut chat, from, to);
        assert_eq!(refused, (!is_free).then_some(Refused::Lesson), "{from:?} to {to}");
    }
    assert_eq!(takes_name(&mut chat, dot, "Dora"), None, "Dot is in no lesson");
    let late = ClientId(13);
    apply(&mut chat, numbered(late, None, None, 5));
    joins(&mut chat, late);
    assert_eq!(takes_name(&mut chat, late, "Will"), None, "a guest gives a first name");
    assert_eq!(takes_name(&mut chat, late, "Bill"), Some(Refused::Lesson));
    acts(&mut chat, ANN, RoomAction::Lesson(false));
    assert_eq!(takes_name(&mut chat, BO, "Bob"), None);
    assert_eq!(writes_to(&mut chat, CLEO, "Bob"), None);
}

#[test]
fn idea_d8_hands_are_in_their_order_until_they_are_seen_or_the_lesson_ends() {
    let mut chat = in_the_den();
    let hands = |chat: &mut RecordedChat| state(chat, BO).unwrap().hands;
    let raised = acts(&mut chat, CLEO, RoomAction::Hand(true));
    assert!(matches!(answers(&raised, ANN)[..], [Answer::Acted(_)]), "{raised:?}");
    assert!(answers(&raised, BO).is_empty(), "only who looks after the room hears of it");
    acts(&mut chat, BO, RoomAction::Hand(true));
    let again = acts(&mut chat, CLEO, RoomAction::Hand(true));
    assert!(answers(&again, ANN).is_empty(), "it was up");
    assert_eq!(hands(&mut chat), [name("Cleo"), name("Bo")]);
    let lower = RoomAction::Lower(name("Cleo"));
    assert_eq!(refusal(&acts(&mut chat, BO, lower.clone()), BO), Some(&Refused::NotYourRoom));
    let lowered = acts(&mut chat, ANN, lower);
    assert!(matches!(answers(&lowered, CLEO)[..], [Answer::Acted(_)]), "{lowered:?}");
    assert_eq!(hands(&mut chat), [name("Bo")]);
    acts(&mut chat, BO, RoomAction::Hand(false));
    assert!(hands(&mut chat).is_empty());
    acts(&mut chat, CLEO, RoomAction::Hand(true));
    acts(&mut chat, ANN, RoomAction::Lesson(true));
    acts(&mut chat, ANN, RoomAction::Lesson(false));
    assert!(hands(&mut chat).is_empty(), "the lesson is over");
    let record = state(&mut chat, ANN).unwrap().record;
    let done: Vec<_> = record.iter().map(|act| act.action.word()).collect();
    assert_eq!(done, ["lesson", "unlesson"], "hands are not on record");
}

#[test]
fn idea_d8_a_hand_has_no_words_and_goes_down_with_its_person_and_there_are_not_too_many() {
    let mut chat = in_the_den();
    acts(&mut chat, ANN, RoomAction::Mute(name("Bo"), limits::RULE_LASTS));
    let told = acts(&mut chat, BO, RoomAction::Hand(true));
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Bo has raised a hand in den");
    let den = super::keeping::den();
    apply(&mut chat, Happened::Asked(BO, Request::Leave(den.clone())));
    acts(&mut chat, CLEO, RoomAction::Hand(true));
    assert_eq!(state(&mut chat, ANN).unwrap().hands, [name("Cleo")]);
    acts(&mut chat, ANN, RoomAction::Kick(name("Cleo"), limits::RULE_LASTS));
    assert!(state(&mut chat, ANN).unwrap().hands.is_empty(), "Cleo was put out");
    acts(&mut chat, ANN, RoomAction::Unkick(name("Cleo")));
    let left = acts(&mut chat, BO, RoomAction::Hand(true));
    assert_eq!(refusal(&left, BO), Some(&Refused::NotInRoom));
    for number in 0..=limits::HANDS_PER_ROOM_MAX {
        let client = ClientId(100 + number as u64);
        let its = format!("Pupil {number}");
        apply(&mut chat, numbered(client, Some(&its), None, 100 + u8::try_from(number).unwrap()));
        joins(&mut chat, client);
        let raised = acts(&mut chat, client, RoomAction::Hand(true));
        let is_too_many = refusal(&raised, client).is_some();
        assert_eq!(is_too_many, number == limits::HANDS_PER_ROOM_MAX, "{its}");
    }
}
