//! Links that take a session to another device of its person.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, welcome_name};
use super::{
    ANN, BO, ClientId, Done, Happened, Made, Newcomer, RecordedChat, apply, apply_at, came_from,
    chat, name, numbered, token,
};
use crate::admission::ClientNetwork;
use crate::base::disconnect::Disconnect;
use crate::base::limits;
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::{CameFrom, Visit, VisitPurpose, Visitor};
use crate::chat::refused::Refused;
use crate::chat::request::{
    Claim, PasswordChange, Request, RoomPosition, RoomSettings, TokenSource,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const LINK: u8 = 200;
/// The first visitor; each further visit has the next number.
const PHONE: ClientId = ClientId(1 << 63);

fn links(chat: &mut RecordedChat, client: ClientId, link: u8) -> Vec<Done> {
    apply(chat, Happened::Asked(client, Request::LinkDevice(token(link))))
}

fn follows_at(chat: &mut RecordedChat, seconds: u64, link: u8, fresh: u8) -> Vec<Done> {
    follows_from(chat, seconds, (link, fresh), came_from(None))
}

fn follows_from(
    chat: &mut RecordedChat,
    seconds: u64,
    (link, fresh): (u8, u8),
    from: CameFrom,
) -> Vec<Done> {
    let newcomer = Newcomer::Visitor(Box::new(Visit {
        who: Visitor::Linked(token(link), token(fresh)),
        is_admitted: false,
        position: None,
        purpose: VisitPurpose::Page,
        fresh: None,
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    }));
    let done = apply_at(chat, seconds, Happened::Newcomer(PHONE, newcomer, from));
    apply_at(chat, seconds, Happened::Left(PHONE));
    done
}

fn follows(chat: &mut RecordedChat, fresh: u8) -> Vec<Done> {
    follows_at(chat, 0, LINK, fresh)
}

fn is_let_in(done: &[Done]) -> bool {
    answers(done, PHONE).iter().any(|told| matches!(told, Answer::Welcome { .. }))
}

/// Makes a chat in which Ann has a link.
fn linked() -> RecordedChat {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let made = links(&mut chat, ANN, LINK);
    assert_eq!(answers(&made, ANN), [&Answer::DeviceLink(Some(token(LINK)))]);
    chat
}

#[test]
fn a_person_is_told_once_of_each_device_that_signs_in_by_a_link_or_a_secret() {
    let mut chat = linked();
    let told = |done: &[Done], client| {
        answers(done, client).iter().filter(|told| ***told == Answer::SignedInElsewhere).count()
    };
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let came = follows(&mut chat, 50);
    assert_eq!((told(&came, ANN), told(&came, BO)), (1, 0));
    // The same form again, because its answer was lost.
    assert_eq!(told(&follows(&mut chat, 50), ANN), 0);
    let again = apply(&mut chat, numbered(CLEO, None, Some(token(50)), 60));
    assert_eq!(told(&again, ANN), 0, "the same device connects");
    apply(&mut chat, Happened::Left(CLEO));
    let claim = || Box::new(Claim { name: name("Ann"), secret: Some(Digest::of_name("soup")) });
    apply(&mut chat, Happened::Asked(ANN, Request::Rename(claim(), Some(token(70)))));
    let came = apply(&mut chat, numbered(CLEO, None, None, 80));
    assert_eq!(told(&came, ANN), 0, "another person");
    let signs_in = Request::Rename(claim(), Some(token(81)));
    let came = apply(&mut chat, Happened::Asked(CLEO, signs_in));
    assert_eq!((told(&came, ANN), told(&came, CLEO), told(&came, BO)), (1, 0, 0), "{came:?}");
}

#[test]
fn row_8_a_link_gives_one_session_of_the_person_and_then_is_worth_nothing() {
    let mut chat = linked();
    let came = follows(&mut chat, 50);
    let Some(Answer::Welcome { name, token: given, .. }) =
        answers(&came, PHONE).into_iter().find(|told| matches!(told, Answer::Welcome { .. }))
    else {
        panic!("{came:?}");
    };
    assert_eq!((name.shown(), given), ("Ann", &Some(token(50))));
    assert_eq!(refusal(&follows(&mut chat, 51), PHONE), Some(&Refused::BadLink));
    // The same form again, because its answer was lost.
    assert!(is_let_in(&follows(&mut chat, 50)));
    // Both sessions are good, and neither the link nor the refused token is one.
    let name_of = |chat: &mut RecordedChat, its| {
        let name = welcome_name(&apply(chat, numbered(BO, None, Some(token(its)), 90)), BO);
        apply(chat, Happened::Left(BO));
        name
    };
    assert_eq!((name_of(&mut chat, 1).as_str(), name_of(&mut chat, 50).as_str()), ("Ann", "Ann"));
    assert_ne!(name_of(&mut chat, 51), "Ann");
    assert_ne!(name_of(&mut chat, LINK), "Ann");
}

#[test]
fn a_link_ends_after_five_minutes_also_for_the_form_that_used_it() {
    let kept = limits::DEVICE_LINK_KEPT.as_secs();
    for (seconds, is_good) in [(kept - 1, true), (kept, false)] {
        let mut chat = linked();
        assert_eq!(is_let_in(&follows_at(&mut chat, seconds, LINK, 50)), is_good, "{seconds}");
    }
    let mut chat = linked();
    assert!(is_let_in(&follows(&mut chat, 50)));
    assert!(!is_let_in(&follows_at(&mut chat, kept, LINK, 50)));
}

#[test]
fn a_link_that_nobody_made_is_a_guess_and_a_right_one_is_none() {
    let mut chat = linked();
    let network = Some(ClientNetwork::of("192.0.2.1".parse().unwrap()));
    let from = || CameFrom { network, addr: None };
    for _ in 0..limits::GUESSES_BURST_MAX {
        let done = follows_from(&mut chat, 0, (7, 60), from());
        assert_eq!(refusal(&done, PHONE), Some(&Refused::BadLink));
    }
    let done = follows_from(&mut chat, 0, (7, 60), from());
    assert!(matches!(refusal(&done, PHONE), Some(Refused::TooManyGuesses(_))));
    assert!(is_let_in(&follows_from(&mut chat, 0, (LINK, 60), from())), "nobody can guess it");
}

#[test]
fn a_link_ends_with_the_session_that_made_it() {
    // Ann leaves the chat, and her name is free.
    let mut chat = linked();
    apply(&mut chat, Happened::Asked(ANN, Request::Quit));
    apply(&mut chat, Happened::Left(ANN));
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
    // Her session gets a new token. A stranger who knew the old one may have made the link.
    let mut chat = linked();
    let room = RoomName::parse("den").unwrap();
    let join = Request::Join(Box::new(RoomPosition::of(room)), Some(token(2)));
    apply(&mut chat, Happened::Asked(ANN, join));
    apply(&mut chat, Happened::Asked(ANN, Request::Session(token(2))));
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
    // Another session gives the name a secret.
    let mut chat = linked();
    apply(&mut chat, numbered(CLEO, None, Some(token(1)), 90));
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("soup")) };
    let rename = Request::Rename(Box::new(claim), Some(token(3)));
    apply(&mut chat, Happened::Asked(CLEO, rename));
    apply(&mut chat, Happened::Asked(CLEO, Request::Session(token(3))));
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
    // A newer link takes the place of the older one.
    let mut chat = linked();
    links(&mut chat, ANN, LINK + 1);
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
    assert!(is_let_in(&follows_at(&mut chat, 0, LINK + 1, 50)));
}

#[test]
fn a_link_of_a_person_who_is_away_gives_the_name_back() {
    let mut chat = linked();
    apply(&mut chat, Happened::Left(ANN));
    assert!(is_let_in(&follows_at(&mut chat, 100, LINK, 50)));
}

#[test]
fn the_new_session_has_the_rights_to_rooms_of_the_one_that_made_the_link() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 9));
    let room = RoomName::parse("den").unwrap();
    let with = |words: &str| {
        let password = Some(Digest::of_room(&room, words)).filter(|_| !words.is_empty());
        Box::new(RoomPosition { password, ..RoomPosition::of(room.clone()) })
    };
    apply(&mut chat, Happened::Asked(BO, Request::Join(with("soup"), Some(token(10)))));
    // Ann has two sessions, so only the one that gives the password has the right.
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    links(&mut chat, ANN, LINK + 1);
    assert!(is_let_in(&follows_at(&mut chat, 0, LINK + 1, 40)));
    apply(&mut chat, Happened::Asked(ANN, Request::Join(with("soup"), Some(token(2)))));
    apply(&mut chat, Happened::Asked(ANN, Request::Session(token(2))));
    links(&mut chat, ANN, LINK);
    assert!(is_let_in(&follows(&mut chat, 50)));
    for (session, is_open) in [(40, false), (50, true)] {
        apply(&mut chat, numbered(CLEO, None, Some(token(session)), 91));
        let came = apply(&mut chat, Happened::Asked(CLEO, Request::Join(with(""), None)));
        let needed = (!is_open).then_some(&Refused::PasswordNeeded);
        assert_eq!(refusal(&came, CLEO), needed, "{session}");
        apply(&mut chat, Happened::Left(CLEO));
    }
}

#[test]
fn a_person_with_too_many_clients_keeps_the_link_for_later() {
    let mut chat = linked();
    let more = 1..limits::CLIENTS_PER_PERSON_MAX as u64;
    for client in more.map(|number| ClientId(100 + number)) {
        apply(&mut chat, numbered(client, None, Some(token(1)), 90));
    }
    let most = limits::CLIENTS_PER_PERSON_MAX;
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::TooManyDevices(most)));
    apply(&mut chat, Happened::Left(ClientId(101)));
    assert!(is_let_in(&follows(&mut chat, 50)));
}

#[test]
fn whoever_has_no_session_gets_no_link() {
    let mut chat = chat();
    apply(&mut chat, Happened::Newcomer(BO, Newcomer::Passing, came_from(None)));
    let told = links(&mut chat, BO, LINK);
    assert_eq!(answers(&told, BO), [&Answer::Fault(Fault::session_over())]);
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
}

#[test]
fn a_network_makes_links_at_a_limited_pace_and_the_table_ends() {
    let mut chat = chat();
    let network = ClientNetwork::of("192.0.2.1".parse().unwrap());
    let Happened::Newcomer(_, ann, _) = numbered(ANN, Some("Ann"), None, 1) else { return };
    apply(&mut chat, Happened::Newcomer(ANN, ann, came_from(Some(network))));
    // Ann asks slowly enough for the pace of a person, so that only the network's limit refuses.
    let mut made = 0;
    for second in 0..limits::DEVICE_LINKS_BURST_MAX as u64 + 8 {
        let asked = Happened::Asked(ANN, Request::LinkDevice(token(LINK)));
        let done = apply_at(&mut chat, second, asked);
        match refusal(&done, ANN) {
            None => made += 1,
            Some(Refused::TooFast(_)) => assert!(second >= 32, "{second}"),
            other => panic!("{other:?}"),
        }
        let report = Done::Report(network, Made::DeviceLink);
        assert_eq!(done.contains(&report), second == 35, "{second}");
    }
    assert_eq!(made, limits::DEVICE_LINKS_BURST_MAX + 3);
    // The network does not count: there are as many sessions as the table has places, and one more.
    let mut chat = self::chat();
    let digest = |number: usize| crate::chat::token::Token::of([&number.to_le_bytes()[..]]);
    for number in 0..=limits::DEVICE_LINKS_MAX {
        let client = ClientId(1000 + number as u64);
        let Happened::Newcomer(_, mut who, from) = numbered(client, None, None, 1) else { return };
        if let Newcomer::WithHello(greeting) = &mut who {
            (greeting.fresh, greeting.hello.rooms) = (digest(2 * number), Vec::new());
        }
        apply(&mut chat, Happened::Newcomer(client, who, from));
        let link = Happened::Asked(client, Request::LinkDevice(digest(2 * number + 1)));
        let refused = refusal(&apply(&mut chat, link), client).cloned();
        let full = (number == limits::DEVICE_LINKS_MAX)
            .then_some(Refused::TooFast(limits::DEVICE_LINK_KEPT));
        assert_eq!(refused, full, "{number}");
    }
}

fn ends(done: &[Done]) -> Vec<ClientId> {
    let ends = done.iter().filter_map(|one| match one {
        Done::EndClient(client, Disconnect::SessionLeft) => Some(*client),
        _ => None,
    });
    ends.collect()
}

#[test]
fn who_signs_out_everywhere_else_stays_and_nobody_else_with_any_token_or_link() {
    let mut chat = linked();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 9));
    assert!(is_let_in(&follows(&mut chat, 50)));
    // Another tab of the same session, and another device with a link of its own.
    let (tab, phone) = (ClientId(30), ClientId(31));
    apply(&mut chat, numbered(tab, None, Some(token(1)), 90));
    apply(&mut chat, numbered(phone, None, Some(token(50)), 91));
    links(&mut chat, phone, LINK + 1);
    let out = apply(&mut chat, Happened::Asked(ANN, Request::SignOutElsewhere(token(60))));
    assert_eq!(ends(&out), [phone]);
    assert!(out.contains(&Done::EndClient(tab, Disconnect::SessionRenewed)), "{out:?}");
    assert_eq!(answers(&out, ANN), [&Answer::Session(Some(token(60)))]);
    assert_eq!(refusal(&follows_at(&mut chat, 0, LINK + 1, 51), PHONE), Some(&Refused::BadLink));
    let name_of = |chat: &mut RecordedChat, its| {
        let name = welcome_name(&apply(chat, numbered(CLEO, None, Some(token(its)), 92)), CLEO);
        apply(chat, Happened::Left(CLEO));
        name
    };
    assert_ne!(name_of(&mut chat, 50), "Ann");
    // A stranger may know the old token, so it ends at once.
    assert_ne!(name_of(&mut chat, 1), "Ann");
    let shown = apply(&mut chat, Happened::Asked(ANN, Request::Session(token(60))));
    assert_eq!(answers(&shown, ANN), [&Answer::Session(None)]);
    assert_eq!(name_of(&mut chat, 60), "Ann");
    // Bo is not touched, and a client without a session is told so.
    assert_eq!(name_of(&mut chat, 9), "Bo");
    apply(&mut chat, Happened::Newcomer(ClientId(40), Newcomer::Passing, came_from(None)));
    let out = apply(&mut chat, Happened::Asked(ClientId(40), Request::SignOutElsewhere(token(61))));
    assert_eq!(answers(&out, ClientId(40)), [&Answer::Fault(Fault::session_over())]);
}

#[test]
fn a_thief_with_the_same_token_has_nothing_left_after_the_owner_has_signed_out_elsewhere() {
    let mut chat = linked();
    let thief = ClientId(30);
    apply(&mut chat, numbered(thief, None, Some(token(1)), 90));
    apply(&mut chat, Happened::Asked(ANN, Request::SignOutElsewhere(token(60))));
    // The server disconnects the thief, and has read these requests before.
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("his")) };
    let requests = [
        Request::LinkDevice(token(LINK + 1)),
        Request::SignOutElsewhere(token(61)),
        Request::Rename(Box::new(claim), Some(token(62))),
        Request::Session(token(60)),
        Request::ForgetMe(Box::new(name("Ann"))),
    ];
    for request in requests {
        let done = apply(&mut chat, Happened::Asked(thief, request));
        assert!(answers(&done, thief).is_empty(), "{done:?}");
    }
    for link in [LINK, LINK + 1] {
        let done = follows_at(&mut chat, 0, link, 50);
        assert_eq!(refusal(&done, PHONE), Some(&Refused::BadLink), "{link}");
    }
    apply(&mut chat, Happened::Left(thief));
    for stolen in [1, 61, 62] {
        let done = apply(&mut chat, numbered(CLEO, None, Some(token(stolen)), 92));
        assert_ne!(welcome_name(&done, CLEO), "Ann", "{stolen}");
        apply(&mut chat, Happened::Left(CLEO));
    }
    apply(&mut chat, Happened::Left(ANN));
    assert_eq!(welcome_name(&apply(&mut chat, numbered(BO, None, Some(token(60)), 93)), BO), "Ann");
}

#[test]
fn who_signs_out_elsewhere_keeps_the_rights_to_rooms_and_takes_no_token_of_another() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 9));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let den = RoomName::parse("den").unwrap();
    let join = Request::Join(Box::new(RoomPosition::of(den.clone())), Some(token(2)));
    apply(&mut chat, Happened::Asked(ANN, join));
    // Another person's token, and one of Ann's own.
    for taken in [9, 2] {
        let out = apply(&mut chat, Happened::Asked(ANN, Request::SignOutElsewhere(token(taken))));
        assert_eq!(answers(&out, ANN), [&Answer::Fault(Fault::session_over())], "{taken}");
    }
    apply(&mut chat, Happened::Asked(ANN, Request::SignOutElsewhere(token(3))));
    let hidden = RoomSettings { room: den, hidden: Some(true), password: PasswordChange::Keep };
    let done = apply(&mut chat, Happened::Asked(ANN, Request::Set(Box::new(hidden), None)));
    assert_eq!(refusal(&done, ANN), None, "she has made it: {done:?}");
    apply(&mut chat, Happened::Left(ANN));
    assert_eq!(
        welcome_name(&apply(&mut chat, numbered(CLEO, None, Some(token(3)), 4)), CLEO),
        "Ann"
    );
}

#[test]
fn while_another_session_has_a_new_secret_nobody_makes_a_link_or_signs_out_elsewhere() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("mine")) };
    let rename = Request::Rename(Box::new(claim), Some(token(2)));
    apply(&mut chat, Happened::Asked(ANN, rename));
    let thief = ClientId(30);
    apply(&mut chat, numbered(thief, None, Some(token(1)), 90));
    for request in [Request::LinkDevice(token(LINK)), Request::SignOutElsewhere(token(61))] {
        let done = apply(&mut chat, Happened::Asked(thief, request.clone()));
        assert_eq!(refusal(&done, thief), Some(&Refused::WrongSecret), "{request:?}");
    }
    assert_eq!(refusal(&follows(&mut chat, 50), PHONE), Some(&Refused::BadLink));
    // Ann's own session may do both.
    assert_eq!(refusal(&links(&mut chat, ANN, LINK + 1), ANN), None);
    let out = apply(&mut chat, Happened::Asked(ANN, Request::SignOutElsewhere(token(60))));
    assert_eq!(answers(&out, ANN), [&Answer::Session(Some(token(60)))]);
}

/// Makes a link of Ann and follows it, so that the person has the token `fresh`, too.
fn links_and_follows(chat: &mut RecordedChat, number: u8) -> Option<Refused> {
    let seconds = u64::from(number) * 40;
    let made = Happened::Asked(ANN, Request::LinkDevice(token(100 + number)));
    assert_eq!(refusal(&apply_at(chat, seconds, made), ANN), None, "{number}");
    refusal(&follows_at(chat, seconds, 100 + number, number), PHONE).cloned()
}

#[test]
fn the_session_that_makes_links_stays_however_many_are_followed() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for number in 2..=limits::CLIENTS_PER_PERSON_MAX as u8 + 4 {
        assert_eq!(links_and_follows(&mut chat, number), None, "{number}");
    }
    apply_at(&mut chat, 1000, Happened::Left(ANN));
    let back = apply_at(&mut chat, 1000, numbered(BO, None, Some(token(1)), 93));
    assert_eq!(welcome_name(&back, BO), "Ann");
}

#[test]
fn no_link_ends_the_session_of_a_connected_device_or_a_new_secret() {
    let most = limits::CLIENTS_PER_PERSON_MAX as u8;
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for number in 2..=most {
        assert_eq!(links_and_follows(&mut chat, number), None, "{number}");
    }
    // All devices are connected but one, whose session is the newest. It goes.
    for number in 2..most {
        let device = ClientId(100 + u64::from(number));
        apply_at(&mut chat, 650, numbered(device, None, Some(token(number)), 90));
    }
    assert_eq!(links_and_follows(&mut chat, most + 1), None);
    // Ann has no connection; her session is the only one that could go, and has made the link.
    let made = Happened::Asked(ANN, Request::LinkDevice(token(LINK)));
    apply_at(&mut chat, 2000, made);
    let device = ClientId(100 + u64::from(most));
    apply_at(&mut chat, 2000, numbered(device, None, Some(token(most + 1)), 90));
    apply_at(&mut chat, 2000, Happened::Left(ANN));
    let done = follows_at(&mut chat, 2000, LINK, 70);
    let refused = Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX);
    assert_eq!(refusal(&done, PHONE), Some(&refused));
    // One device leaves, so its session can go, and the link is still good.
    apply_at(&mut chat, 2000, Happened::Left(device));
    assert!(is_let_in(&follows_at(&mut chat, 2001, LINK, 70)));
    for (session, is_good) in [(1, true), (2, true), (most + 1, false), (70, true)] {
        let came = apply_at(&mut chat, 2002, numbered(CLEO, None, Some(token(session)), 95));
        assert_eq!(welcome_name(&came, CLEO) == "Ann", is_good, "{session}");
        apply_at(&mut chat, 2002, Happened::Left(CLEO));
    }
}
