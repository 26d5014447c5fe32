//! Rooms with a password, and rooms that are hidden from the list.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, apply_at, chat, numbered, token,
};
use crate::chat::answer::{Answer, RoomPrivacy};
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, PasswordChange, Post, Request, RoomPosition, RoomSettings};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

fn password(words: &str) -> Option<Digest> {
    (!words.is_empty()).then(|| Digest::of_room(&den(), words))
}

/// The client tries to enter the room `den`. Returns what the chat did.
fn knocks(chat: &mut RecordedChat, client: ClientId, words: &str, hidden: bool) -> Vec<Done> {
    let place = RoomPosition { password: password(words), hidden, ..RoomPosition::of(den()) };
    apply(chat, Happened::Asked(client, Request::Join(Box::new(place), None)))
}

fn privacy(done: &[Done], client: ClientId) -> Option<RoomPrivacy> {
    answers(done, client).into_iter().find_map(|told| match told {
        Answer::Joined(joined) => Some(joined.privacy),
        Answer::Set { privacy, .. } => Some(*privacy),
        _ => None,
    })
}

fn sets(
    chat: &mut RecordedChat,
    client: ClientId,
    hidden: Option<bool>,
    words: Option<&str>,
) -> Vec<Done> {
    let password = match words.map(password) {
        None => PasswordChange::Keep,
        Some(None) => PasswordChange::Remove,
        Some(Some(digest)) => PasswordChange::Set(digest),
    };
    let settings = RoomSettings { room: den(), hidden, password };
    apply(chat, Happened::Asked(client, Request::Set(Box::new(settings), None)))
}

fn says(chat: &mut RecordedChat, client: ClientId) {
    let deed = Deed::Say("soup".to_owned());
    let post = Post { log: den().into(), id: None, reply_to: None, deed };
    apply(chat, Happened::Asked(client, Request::Post(Box::new(post))));
}

fn leaves(chat: &mut RecordedChat, client: ClientId) {
    apply(chat, Happened::Asked(client, Request::Leave(den())));
}

/// Returns the names of the rooms in the list that the client gets.
fn rooms(chat: &mut RecordedChat, client: ClientId) -> Vec<String> {
    let done = apply(chat, Happened::Asked(client, Request::Rooms));
    let [Answer::Rooms { rooms, .. }] = answers(&done, client)[..] else { panic!("{done:?}") };
    rooms.iter().map(|line| line.room.as_str().to_owned()).collect()
}

/// Makes a hub with Ann, Bo and Cleo in the lobby.
fn three() -> RecordedChat {
    let mut chat = chat();
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        apply(&mut chat, numbered(client, Some(name), None, fresh));
    }
    chat
}

#[test]
fn a_room_asks_for_the_password_it_was_made_with() {
    let mut chat = three();
    let made = knocks(&mut chat, ANN, "swordfish", false);
    assert_eq!(privacy(&made, ANN), Some(RoomPrivacy { hidden: false, locked: true }));
    assert_eq!(refusal(&knocks(&mut chat, BO, "", false), BO), Some(&Refused::PasswordNeeded));
    let wrong = knocks(&mut chat, BO, "catfish", false);
    assert_eq!(refusal(&wrong, BO), Some(&Refused::WrongPassword));
    assert_eq!(privacy(&wrong, BO), None);
    assert!(privacy(&knocks(&mut chat, BO, "swordfish", false), BO).is_some());
}

#[test]
fn what_a_locked_room_is_about_is_told_to_who_is_in_it() {
    let mut chat = three();
    knocks(&mut chat, ANN, "swordfish", false);
    let deed = Deed::Topic("a surprise for Bo".into());
    let post = Post { log: den().into(), id: None, reply_to: None, deed };
    apply(&mut chat, Happened::Asked(ANN, Request::Post(Box::new(post))));
    for (client, topic) in [(ANN, "a surprise for Bo"), (BO, "")] {
        let done = apply(&mut chat, Happened::Asked(client, Request::Rooms));
        let told = answers(&done, client).into_iter().find_map(|told| match told {
            Answer::Rooms { rooms, .. } => rooms.iter().find(|line| line.room == den()).cloned(),
            _ => None,
        });
        let line = told.expect("it is in the list");
        assert_eq!((line.topic.as_str(), line.privacy.locked), (topic, true));
    }
}

#[test]
fn who_was_let_in_once_comes_back_without_it_until_it_is_another() {
    let mut chat = three();
    knocks(&mut chat, ANN, "swordfish", false);
    knocks(&mut chat, BO, "swordfish", false);
    leaves(&mut chat, BO);
    assert!(privacy(&knocks(&mut chat, BO, "", false), BO).is_some());
    // Bo comes back on a new connection, with his token.
    apply(&mut chat, Happened::Left(BO));
    let back = ClientId(20);
    apply_at(&mut chat, 60, numbered(back, None, Some(token(2)), 9));
    assert!(privacy(&knocks(&mut chat, back, "", false), back).is_some());
    leaves(&mut chat, back);
    sets(&mut chat, ANN, None, Some("catfish"));
    assert_eq!(refusal(&knocks(&mut chat, back, "", false), back), Some(&Refused::PasswordNeeded));
    leaves(&mut chat, ANN);
    assert!(privacy(&knocks(&mut chat, ANN, "", false), ANN).is_some(), "she was inside");
}

#[test]
fn only_its_maker_changes_a_room_and_everybody_there_is_told() {
    let mut chat = three();
    knocks(&mut chat, ANN, "", false);
    knocks(&mut chat, BO, "", false);
    let refused = sets(&mut chat, BO, Some(true), None);
    assert_eq!(refusal(&refused, BO), Some(&Refused::NotYourRoom));
    assert_eq!(refusal(&sets(&mut chat, CLEO, None, None), CLEO), Some(&Refused::NotInRoom));
    let set = sets(&mut chat, ANN, Some(true), Some("swordfish"));
    let is_now = RoomPrivacy { hidden: true, locked: true };
    assert_eq!(privacy(&set, ANN), Some(is_now));
    let told = Answer::Set { room: den(), privacy: is_now };
    let is_notice =
        |one: &Done| matches!(one, Done::PushNotice(_, Some(ANN), notice) if *notice == told);
    assert!(set.iter().any(is_notice));
    let opened = sets(&mut chat, ANN, None, Some(""));
    assert_eq!(privacy(&opened, ANN), Some(RoomPrivacy { hidden: true, locked: false }));
}

#[test]
fn nobody_made_the_lobby() {
    let mut chat = three();
    let settings = RoomSettings {
        room: RoomName::lobby(),
        hidden: Some(true),
        password: PasswordChange::Keep,
    };
    let done = apply(&mut chat, Happened::Asked(ANN, Request::Set(Box::new(settings), None)));
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotYourRoom));
}

#[test]
fn a_hidden_room_is_in_nobody_s_list_but_theirs_who_are_there() {
    let mut chat = three();
    knocks(&mut chat, ANN, "", true);
    assert_eq!(rooms(&mut chat, ANN), ["lobby", "den"]);
    assert_eq!(rooms(&mut chat, BO), ["lobby"]);
    assert!(
        privacy(&knocks(&mut chat, BO, "", false), BO).is_some(),
        "who knows its name may come"
    );
    assert_eq!(rooms(&mut chat, BO), ["lobby", "den"]);
}

#[test]
fn whoever_may_come_back_into_a_hidden_room_has_it_in_the_list() {
    let mut chat = three();
    knocks(&mut chat, ANN, "fish", true);
    knocks(&mut chat, BO, "fish", false);
    says(&mut chat, ANN);
    for client in [ANN, BO] {
        leaves(&mut chat, client);
        assert_eq!(rooms(&mut chat, client), ["lobby", "den"]);
    }
    assert_eq!(rooms(&mut chat, CLEO), ["lobby"]);
    // Who gets another password must know it.
    knocks(&mut chat, ANN, "fish", false);
    sets(&mut chat, ANN, None, Some("bird"));
    assert_eq!(rooms(&mut chat, ANN), ["lobby", "den"]);
    assert_eq!(rooms(&mut chat, BO), ["lobby"]);
}
