//! How often clients of one IP address may try a wrong password or secret, how many people fit into
//! a room, and how long a name stays reserved.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::numbered::{CLEO, answers, refusal};
use super::{
    ANN, BO, ChatSettings, ClientId, Done, Greeting, Happened, Newcomer, RecordedChat, Stay, apply,
    apply_at, came_from, chat, moment, name, numbered, settings, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::config::TalkPace;
use crate::chat::record::Stored;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Hello, Request, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const BURST: u32 = limits::GUESSES_BURST_MAX;

fn den() -> RoomName {
    RoomName::parse("den").unwrap()
}

fn network(number: u8) -> Option<ClientNetwork> {
    Some(ClientNetwork::of([192, 0, 2, number].into()))
}

/// A client says hello with a name and secret, from an IP address to which limits apply. Returns
/// what the chat did.
fn comes(
    chat: &mut RecordedChat,
    seconds: u64,
    client: u64,
    from: Option<ClientNetwork>,
    claim: Option<Claim>,
) -> Vec<Done> {
    let hello = Hello { name: claim, ..Hello::default() };
    let fresh = token(u8::try_from(client).unwrap());
    let newcomer = Newcomer::WithHello(Box::new(Greeting {
        hello,
        fresh,
        is_admitted: true,
        stay: Stay::Connected,
    }));
    apply_at(chat, seconds, Happened::Newcomer(ClientId(client), newcomer, came_from(from)))
}

fn anns(secret: &str) -> Option<Claim> {
    Some(Claim { name: name("Ann"), secret: Some(Digest::of_name(secret)) })
}

fn knocks(chat: &mut RecordedChat, seconds: u64, client: ClientId, words: &str) -> Vec<Done> {
    let password = Some(Digest::of_room(&den(), words));
    let place = RoomPosition { password, ..RoomPosition::of(den()) };
    apply_at(chat, seconds, Happened::Asked(client, Request::Join(Box::new(place), None)))
}

fn is_in(done: &[Done], client: ClientId) -> bool {
    answers(done, client).iter().any(|told| matches!(told, Answer::Joined(_)))
}

/// Returns the client's name, from its welcome.
fn welcomed(done: &[Done], client: ClientId) -> &str {
    let told = answers(done, client).into_iter().find_map(|told| match told {
        Answer::Welcome { name, .. } => Some(name.shown()),
        _ => None,
    });
    told.unwrap()
}

#[test]
fn an_address_may_guess_a_rooms_password_so_often_and_then_not_even_right() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    knocks(&mut chat, 0, ANN, "swordfish");
    // With one guess each second, only the limit on guesses is reached.
    let mut seconds = 0;
    comes(&mut chat, 0, 10, network(1), None);
    comes(&mut chat, 0, 11, network(2), None);
    let mut wrong = 0;
    let wait = loop {
        seconds += 1;
        match refusal(&knocks(&mut chat, seconds, ClientId(10), "catfish"), ClientId(10)).cloned() {
            Some(Refused::WrongPassword) => wrong += 1,
            Some(Refused::TooManyGuesses(wait)) => break wait,
            other => panic!("{other:?}"),
        }
    };
    assert!((BURST..BURST + 3).contains(&wrong), "{wrong}");
    let right = knocks(&mut chat, seconds, ClientId(10), "swordfish");
    assert!(!is_in(&right, ClientId(10)), "{right:?}");
    let other = knocks(&mut chat, seconds, ClientId(11), "swordfish");
    assert!(is_in(&other, ClientId(11)), "another address has guesses of its own");
    seconds += wait.as_secs() + 1;
    assert!(is_in(&knocks(&mut chat, seconds, ClientId(10), "swordfish"), ClientId(10)));
}

#[test]
fn an_address_may_guess_the_secret_of_a_name_so_often_and_then_not_even_right() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, None, anns("tulip"));
    for guess in 0..u64::from(BURST) {
        let done = comes(&mut chat, 0, 10 + guess, network(1), anns("rose"));
        assert_eq!(refusal(&done, ClientId(10 + guess)), Some(&Refused::WrongSecret));
    }
    let right = comes(&mut chat, 0, 50, network(1), anns("tulip"));
    let Some(Refused::TooManyGuesses(wait)) = refusal(&right, ClientId(50)) else {
        panic!("{right:?}")
    };
    assert_ne!(welcomed(&right, ClientId(50)), "Ann");
    let other = comes(&mut chat, 0, 51, network(2), anns("tulip"));
    assert_eq!(welcomed(&other, ClientId(51)), "Ann");
    // A client that has the name's token does not guess.
    let hello = Hello { name: anns("rose"), token: Some(token(51)), ..Hello::default() };
    let newcomer = Newcomer::WithHello(Box::new(Greeting {
        hello,
        fresh: token(52),
        is_admitted: true,
        stay: Stay::Connected,
    }));
    let known = apply(&mut chat, Happened::Newcomer(ClientId(52), newcomer, came_from(network(1))));
    assert_eq!(welcomed(&known, ClientId(52)), "Ann");
    let later = comes(&mut chat, wait.as_secs() + 1, 53, network(1), anns("tulip"));
    assert_eq!(welcomed(&later, ClientId(53)), "Ann");
}

#[test]
fn who_may_talk_as_fast_as_they_like_may_not_guess_so() {
    let unbound = TalkPace { per_second: 0, ..TalkPace::default() };
    let settings = ChatSettings { pace: unbound, ..settings(1000, 64, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    comes(&mut chat, 0, 1, None, anns("tulip"));
    for guess in 0..u64::from(BURST) {
        comes(&mut chat, 0, 10 + guess, network(1), anns("rose"));
    }
    let right = comes(&mut chat, 0, 50, network(1), anns("tulip"));
    assert!(matches!(refusal(&right, ClientId(50)), Some(Refused::TooManyGuesses(_))));
    for _ in 0..50 {
        let who = apply(&mut chat, Happened::Asked(ClientId(50), Request::Rooms));
        assert_eq!(refusal(&who, ClientId(50)), None);
    }
}

#[test]
fn guests_by_the_thousand_free_nobody_s_name_who_has_a_secret_for_it() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, None, anns("tulip"));
    apply(&mut chat, Happened::Left(ClientId(1)));
    for number in 0..=limits::GONE_PEOPLE_MAX as u64 {
        let client = ClientId(1000 + number);
        apply(&mut chat, numbered(client, None, None, 3));
        apply(&mut chat, Happened::Left(client));
    }
    let stranger = apply(&mut chat, numbered(BO, Some("Ann"), None, 2));
    assert_eq!(refusal(&stranger, BO), Some(&Refused::NameHasSecret));
    let ann = comes(&mut chat, 0, 50, None, anns("tulip"));
    assert_eq!(welcomed(&ann, ClientId(50)), "Ann");
}

#[test]
fn this_machines_own_addresses_may_guess_on() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, None, anns("tulip"));
    for guess in 0..u64::from(BURST) * 2 {
        comes(&mut chat, 0, 10 + guess, None, anns("rose"));
    }
    let right = comes(&mut chat, 0, 99, None, anns("tulip"));
    assert_eq!(welcomed(&right, ClientId(99)), "Ann");
}

/// Makes a hub with these settings, and with Ann, Bo and Cleo in its lobby.
fn three_with(change: impl Fn(&mut ChatSettings)) -> RecordedChat {
    let mut settings = settings(1000, 64, 7);
    change(&mut settings);
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        let done = apply(&mut chat, numbered(client, Some(name), None, fresh));
        assert!(is_in(&done, client), "everybody fits into the lobby: {done:?}");
    }
    chat
}

#[test]
fn row_30_a_room_that_is_full_says_so_and_lets_those_back_who_are_in_it() {
    let mut chat = three_with(|settings| settings.core.room_people_max = Some(2));
    assert!(is_in(&knocks(&mut chat, 0, ANN, "x"), ANN));
    assert!(is_in(&knocks(&mut chat, 0, BO, "x"), BO));
    let full = knocks(&mut chat, 0, CLEO, "x");
    assert_eq!(refusal(&full, CLEO), Some(&Refused::RoomFull(2)));
    assert!(!is_in(&full, CLEO));
    // Bo's connection is lost, and he is back while the room still waits for him.
    apply(&mut chat, Happened::Left(BO));
    let back = ClientId(20);
    apply(&mut chat, numbered(back, None, Some(token(2)), 9));
    assert!(is_in(&knocks(&mut chat, 1, back, "x"), back));
    apply_at(&mut chat, 1, Happened::Asked(back, Request::Leave(den())));
    assert!(is_in(&knocks(&mut chat, 1, CLEO, "x"), CLEO));
}

#[test]
fn a_name_is_kept_for_as_long_as_the_settings_say() {
    let mut chat = three_with(|settings| settings.core.name_kept = Duration::from_secs(60));
    apply_at(&mut chat, 0, Happened::Left(ANN));
    let early = apply_at(&mut chat, 59, numbered(ClientId(10), Some("Ann"), None, 10));
    assert_eq!(refusal(&early, ClientId(10)), Some(&Refused::NameTaken));
    // The core frees names only from time to time, for example when a client leaves.
    apply_at(&mut chat, 61, Happened::Left(BO));
    let late = apply_at(&mut chat, 61, numbered(ClientId(11), Some("Ann"), None, 11));
    assert_eq!(welcomed(&late, ClientId(11)), "Ann");
}
