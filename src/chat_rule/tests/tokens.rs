//! The core's state and its events contain no token, but only digests of tokens.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{answers, welcome_name};
use super::{
    ANN, BO, Greeting, Happened, Newcomer, RecordedChat, Stay, apply, came_from, chat, name, place,
};
use crate::chat::answer::Answer;
use crate::chat::core::{CoreEvent, Visit, VisitPurpose, Visitor};
use crate::chat::request::{
    Claim, Hello, PasswordChange, Request, RoomPosition, RoomSettings, TokenSource,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::{Token, TokenDigest};
use crate::chat_rule::tokens::Tokens;

/// Returns each form in which the token could have been written.
fn spellings(token: &Token) -> Vec<String> {
    let text = token.reveal();
    let bytes: Vec<u8> =
        (0..16).map(|place| u8::from_str_radix(&text[2 * place..][..2], 16).unwrap()).collect();
    let list = format!("{bytes:?}").replace(' ', "");
    vec![text.to_uppercase(), text, list]
}

/// Checks that these bytes contain the digest of each token, and no token.
fn have_digests_only(bytes: &[u8], tokens: &[Token]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    for token in tokens {
        let digest = TokenDigest::of(token);
        let digest: String = digest.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text.contains(&digest), "{text}");
        for spelling in spellings(token) {
            assert!(!text.contains(&spelling), "{spelling} is in {text}");
        }
    }
}

fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

fn with_password(room: RoomName) -> RoomPosition {
    let password = Some(Digest::of_room(&room, "fish"));
    RoomPosition { password, ..RoomPosition::of(room) }
}

fn greeting(token: Option<Token>, fresh: Token) -> Newcomer {
    let rooms = vec![place(RoomName::lobby(), None)];
    let hello = Hello { token, rooms, ..Hello::default() };
    let greeting = Greeting { hello, fresh, is_admitted: true, stay: Stay::Connected };
    Newcomer::WithHello(Box::new(greeting))
}

fn visit(who: Visitor, fresh: Option<Token>) -> Newcomer {
    let (position, purpose) = (Some(RoomPosition::of(RoomName::lobby())), VisitPurpose::Page);
    let source = TokenSource::Address;
    let visit = Visit {
        who,
        is_admitted: true,
        position,
        purpose,
        fresh,
        is_shown: true,
        source,
        says: None,
    };
    Newcomer::Visitor(Box::new(visit))
}

#[test]
fn i3_no_event_has_a_token_in_it() {
    let [one, two] = [Token::new().unwrap(), Token::new().unwrap()];
    let both = [one.clone(), two.clone()];
    for newcomer in [
        greeting(Some(one.clone()), two.clone()),
        visit(Visitor::Known(one.clone()), Some(two.clone())),
        visit(Visitor::New(None, one.clone()), Some(two.clone())),
    ] {
        let mut tokens = Tokens::default();
        let event = CoreEvent::Newcomer(ANN, tokens.taken_from_newcomer(newcomer), came_from(None));
        have_digests_only(&serde_json::to_vec(&event).unwrap(), &both);
        both.iter().for_each(|it| assert_eq!(tokens.find(&TokenDigest::of(it)).as_ref(), Some(it)));
    }
    let claim = Claim { name: name("Ann"), secret: None };
    let settings = RoomSettings { room: den(), hidden: None, password: PasswordChange::Keep };
    for request in [
        Request::Join(Box::new(RoomPosition::of(den())), Some(one.clone())),
        Request::Rename(Box::new(claim), Some(one.clone())),
        Request::Set(Box::new(settings), Some(one.clone())),
        Request::Session(one.clone()),
    ] {
        let mut tokens = Tokens::default();
        let event = CoreEvent::Asked(ANN, tokens.taken_from_request(request).unwrap());
        have_digests_only(&serde_json::to_vec(&event).unwrap(), &both[..1]);
        assert_eq!(tokens.find(&TokenDigest::of(&one)), Some(one.clone()));
        assert_eq!(tokens.find(&TokenDigest::of(&two)), None, "it did not come with it");
    }
}

#[test]
fn i3_no_token_is_in_the_state_and_each_is_told_to_whom_it_belongs() {
    let [own, by_name, by_room, of_page] = [(); 4].map(|()| Token::new().unwrap());
    let mut chat = chat();
    let comes = |chat: &mut RecordedChat, client, newcomer| {
        apply(chat, Happened::Newcomer(client, newcomer, came_from(None)))
    };
    let done = comes(&mut chat, ANN, greeting(None, own.clone()));
    let [Answer::Welcome { token: Some(told), .. }, ..] = answers(&done, ANN)[..] else {
        panic!("{done:?}")
    };
    assert_eq!(*told, own);
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("soup")) };
    let rename = Request::Rename(Box::new(claim), Some(by_name.clone()));
    let done = apply(&mut chat, Happened::Asked(ANN, rename));
    let [Answer::Renamed { token: Some(told), secret: true, .. }] = answers(&done, ANN)[..] else {
        panic!("{done:?}")
    };
    assert_eq!(*told, by_name);
    let join = Request::Join(Box::new(with_password(den())), Some(by_room.clone()));
    let done = apply(&mut chat, Happened::Asked(ANN, join));
    let [Answer::Session(Some(told)), ..] = answers(&done, ANN)[..] else { panic!("{done:?}") };
    assert_eq!(*told, by_room);
    let done = comes(&mut chat, BO, visit(Visitor::New(None, of_page.clone()), None));
    assert!(welcome_name(&done, BO).starts_with("guest-"));
    // `by_name` is left out. No client has shown it, so the token `by_room` may have replaced it.
    have_digests_only(&serde_json::to_vec(&*chat).unwrap(), &[own, by_room, of_page]);
    let state = String::from_utf8(serde_json::to_vec(&*chat).unwrap()).unwrap();
    spellings(&by_name).iter().for_each(|it| assert!(!state.contains(it)));
}
