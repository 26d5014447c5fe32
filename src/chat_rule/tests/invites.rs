//! Invites to rooms.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal};
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, came_from, chat, name, numbered,
    settings, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::CameFrom;
use crate::chat::record::{Record, Stored, StoredInvite};
use crate::chat::refused::Refused;
use crate::chat::request::{PasswordChange, Request, RoomPosition, RoomSettings};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

const INVITE: u8 = 200;

fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

fn joins(chat: &mut RecordedChat, client: ClientId, words: &str, invite: Option<u8>) -> Vec<Done> {
    let password = (!words.is_empty()).then(|| Digest::of_room(&den(), words));
    let invite = invite.map(|invite| TokenDigest::of(&token(invite)));
    let place = RoomPosition { password, invite, hidden: true, ..RoomPosition::of(den()) };
    apply(chat, Happened::Asked(client, Request::Join(Box::new(place), None)))
}

fn invites(chat: &mut RecordedChat, client: ClientId, invite: u8) -> Vec<Done> {
    apply(chat, Happened::Asked(client, Request::Invite(den(), token(invite), None)))
}

fn sets(chat: &mut RecordedChat, client: ClientId, password: PasswordChange) {
    let settings = RoomSettings { room: den(), hidden: None, password };
    apply(chat, Happened::Asked(client, Request::Set(Box::new(settings), None)));
}

fn is_in(done: &[Done], client: ClientId) -> bool {
    answers(done, client).into_iter().any(|told| matches!(told, Answer::Joined(_)))
}

/// Makes a chat in which Ann has made the hidden room `den` with a password, and an invite to it.
fn invited() -> RecordedChat {
    let mut chat = chat();
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        apply(&mut chat, numbered(client, Some(name), None, fresh));
    }
    joins(&mut chat, ANN, "soup", None);
    let made = invites(&mut chat, ANN, INVITE);
    let answer = Answer::Invite { room: den(), token: Some(token(INVITE)) };
    assert_eq!(answers(&made, ANN), [&answer]);
    chat
}

#[test]
fn an_invite_opens_a_hidden_room_with_a_password_for_all_who_have_it() {
    let mut chat = invited();
    assert_eq!(refusal(&joins(&mut chat, BO, "", None), BO), Some(&Refused::PasswordNeeded));
    assert!(is_in(&joins(&mut chat, BO, "", Some(INVITE)), BO));
    assert!(is_in(&joins(&mut chat, CLEO, "", Some(INVITE)), CLEO));
    // It counts as the password: Bo may come back without it.
    apply(&mut chat, Happened::Asked(BO, Request::Leave(den())));
    assert!(is_in(&joins(&mut chat, BO, "", None), BO));
}

#[test]
fn a_new_password_ends_invites_and_what_they_opened_before() {
    for change in [PasswordChange::Set(Digest::of_room(&den(), "bread")), PasswordChange::Remove] {
        let mut chat = invited();
        sets(&mut chat, ANN, change);
        sets(&mut chat, ANN, PasswordChange::Set(Digest::of_room(&den(), "soup")));
        let told = joins(&mut chat, BO, "", Some(INVITE));
        assert_eq!(refusal(&told, BO), Some(&Refused::BadInvite));
        assert!(is_in(&joins(&mut chat, BO, "soup", Some(INVITE)), BO), "the password is right");
    }
    // A change of something else ends none.
    let mut chat = invited();
    sets(&mut chat, ANN, PasswordChange::Keep);
    assert!(is_in(&joins(&mut chat, BO, "", Some(INVITE)), BO));
}

#[test]
fn an_invite_makes_no_room_and_is_only_for_its_own() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let told = joins(&mut chat, BO, "", Some(INVITE));
    assert_eq!(refusal(&told, BO), Some(&Refused::BadInvite));
    let mut chat = invited();
    let yard = RoomName::parse("yard").unwrap();
    let password = Some(Digest::of_room(&yard, "soup"));
    let place = RoomPosition { password, ..RoomPosition::of(yard.clone()) };
    apply(&mut chat, Happened::Asked(ANN, Request::Join(Box::new(place), None)));
    let invite = Some(TokenDigest::of(&token(INVITE)));
    let place = RoomPosition { invite, ..RoomPosition::of(yard) };
    let told = apply(&mut chat, Happened::Asked(BO, Request::Join(Box::new(place), None)));
    assert_eq!(refusal(&told, BO), Some(&Refused::BadInvite));
}

#[test]
fn only_who_is_in_the_room_makes_an_invite_and_the_oldest_of_too_many_ends() {
    let mut chat = invited();
    assert_eq!(refusal(&invites(&mut chat, BO, 9), BO), Some(&Refused::NotInRoom));
    for invite in 1..=limits::INVITES_PER_PERSON_MAX as u8 {
        invites(&mut chat, ANN, invite);
    }
    let told = joins(&mut chat, BO, "", Some(INVITE));
    assert_eq!(refusal(&told, BO), Some(&Refused::BadInvite));
    assert!(is_in(&joins(&mut chat, BO, "", Some(1)), BO));
}

#[test]
fn a_member_ends_no_invite_of_another_and_nobody_those_of_the_room_s_maker() {
    let mut chat = invited();
    joins(&mut chat, BO, "soup", None);
    joins(&mut chat, CLEO, "soup", None);
    invites(&mut chat, CLEO, 100);
    for invite in 0..3 * limits::INVITES_PER_PERSON_MAX as u8 {
        invites(&mut chat, BO, invite);
    }
    let tokens = |chat: &RecordedChat| -> Vec<_> {
        let room = chat.room_record(chat.room_called(&den()).unwrap()).unwrap();
        room.invites.into_iter().map(|invite| invite.token).collect()
    };
    let digest = |invite: u8| TokenDigest::of(&token(invite));
    let bos: Vec<_> = (32..48).map(digest).collect();
    assert_eq!(tokens(&chat), [&[INVITE, 100].map(digest)[..], &bos].concat());
    // Many members fill the room. Those who have the most lose theirs first; the maker has one yet.
    for nth in 0..5 {
        let member = ClientId(80 + nth);
        apply(&mut chat, numbered(member, Some(&format!("member {nth}")), None, 80 + nth as u8));
        joins(&mut chat, member, "soup", None);
        for invite in 0..16 {
            invites(&mut chat, member, 101 + 16 * nth as u8 + invite);
        }
    }
    let left = tokens(&chat);
    assert_eq!(left.len(), limits::INVITES_PER_ROOM_MAX);
    assert!([INVITE, 100].map(digest).iter().all(|invite| left.contains(invite)), "{left:?}");
}

#[test]
fn a_wrong_invite_is_a_guess() {
    let mut chat = invited();
    let network = Some(ClientNetwork::of("192.0.2.1".parse().unwrap()));
    let stranger = ClientId(70);
    let Happened::Newcomer(_, who, _) = numbered(stranger, None, None, 70) else { return };
    apply(&mut chat, Happened::Newcomer(stranger, who, CameFrom { network, addr: None }));
    let mut told = Vec::new();
    for _ in 0..=limits::GUESSES_BURST_MAX {
        // The pace of a person does not count here, only the guesses.
        let done = joins(&mut chat, stranger, "", Some(7));
        told.extend(refusal(&done, stranger).cloned());
    }
    let wrong = told.iter().filter(|reason| **reason == Refused::BadInvite).count();
    assert!(wrong <= limits::GUESSES_BURST_MAX as usize && wrong >= 1, "{told:?}");
}

#[test]
fn an_invite_outlives_the_server() {
    let mut chat = self::chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "soup", None);
    invites(&mut chat, ANN, INVITE);
    let room = chat.room_record(chat.room_called(&den()).unwrap()).unwrap();
    let ann = room.maker;
    assert_eq!(room.invites, [StoredInvite { token: TokenDigest::of(&token(INVITE)), by: ann }]);
    assert!(ann.is_some());
    assert!(!format!("{:?}", Record::Room(room.clone())).contains(&token(INVITE).reveal()));
    let stored = Stored {
        rooms: vec![crate::chat::record::PastLog {
            stored: room,
            head: Default::default(),
            lines: Vec::new(),
            pinned: None,
            ids: Vec::new(),
            ids_behind: Default::default(),
            before: crate::chat::record::Before::Nothing { thrown_away: Default::default() },
            skipped: Vec::new(),
        }],
        ..Stored::default()
    };
    let mut chat = RecordedChat::new(settings(1000, 64, 7), stored, super::moment(0));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    assert!(is_in(&joins(&mut chat, BO, "", Some(INVITE)), BO));
    apply(&mut chat, Happened::Newcomer(CLEO, super::Newcomer::Passing, came_from(None)));
}

#[test]
fn row_25_an_invite_for_somebody_needs_a_person_who_is_not_in_the_room_yet() {
    let mut chat = invited();
    let mut asks = |to: &str| {
        let request = Request::Invite(den(), token(9), Some(Box::new(name(to))));
        let done = apply(&mut chat, Happened::Asked(ANN, request));
        refusal(&done, ANN).cloned()
    };
    assert_eq!(asks("Zed"), Some(Refused::NoSuchPerson));
    assert_eq!(asks("ann"), Some(Refused::InRoom));
    assert_eq!(asks("bo"), None);
    joins(&mut chat, BO, "", Some(9));
    let request = Request::Invite(den(), token(10), Some(Box::new(name("Bo"))));
    let done = apply(&mut chat, Happened::Asked(ANN, request));
    assert_eq!(refusal(&done, ANN), Some(&Refused::InRoom));
}
