//! A person has several sessions, and a stranger uses one of these sessions. These tests check what
//! each session may do.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, welcome_name};
use super::{
    ANN, BO, ClientId, Done, Greeting, Happened, Newcomer, RecordedChat, Stay, apply, apply_at,
    came_from, chat, name, numbered, place, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::{Visit, VisitPurpose, Visitor};
use crate::chat::refused::Refused;
use crate::chat::request::{
    Claim, Hello, PasswordChange, Request, RoomPosition, RoomSettings, TokenSource,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

/// A client of the person who made the name, and who knows the name's secret and its first token.
pub(super) const MAKER: ClientId = ClientId(50);
/// A client of the stranger Vic, who got the maker's first token in a link, and uses it.
pub(super) const VIC: ClientId = ClientId(51);
/// Another client of the person who made the name. It connects later than `MAKER`.
pub(super) const AGAIN: ClientId = ClientId(52);
pub(super) const FIRST: u8 = 5;
const PLANTED: u8 = 6;
pub(super) const OWN: u8 = 7;

pub(super) fn claim(wanted: &str, secret: Option<&str>) -> Claim {
    Claim { name: name(wanted), secret: secret.map(Digest::of_name) }
}

pub(super) fn comes(
    chat: &mut RecordedChat,
    client: ClientId,
    claim: Claim,
    fresh: u8,
) -> Vec<Done> {
    let rooms = vec![place(RoomName::lobby(), None)];
    let hello = Hello { name: Some(claim), rooms, ..Hello::default() };
    let greeting =
        Greeting { hello, fresh: token(fresh), is_admitted: true, stay: Stay::Connected };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    apply(chat, Happened::Newcomer(client, newcomer, came_from(None)))
}

/// Makes a visit for a page of no room, whose browser has the token in an address.
pub(super) fn visit(who: Visitor, fresh: Option<u8>) -> Visit {
    Visit {
        who,
        is_admitted: true,
        position: None,
        purpose: VisitPurpose::Page,
        fresh: fresh.map(token),
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    }
}

pub(super) fn becomes(
    chat: &mut RecordedChat,
    client: ClientId,
    wanted: &str,
    secret: Option<&str>,
    fresh: u8,
) -> Vec<Done> {
    let wanted = Request::Rename(Box::new(claim(wanted, secret)), Some(token(fresh)));
    apply(chat, Happened::Asked(client, wanted))
}

pub(super) fn joins(
    chat: &mut RecordedChat,
    client: ClientId,
    room: &str,
    words: &str,
    fresh: u8,
) -> Vec<Done> {
    let room = RoomName::parse(room).unwrap();
    let password = (!words.is_empty()).then(|| Digest::of_room(&room, words));
    let place = RoomPosition { password, ..RoomPosition::of(room) };
    apply(chat, Happened::Asked(client, Request::Join(Box::new(place), Some(token(fresh)))))
}

pub(super) fn locks(
    chat: &mut RecordedChat,
    client: ClientId,
    room: &str,
    words: &str,
    fresh: u8,
) -> Vec<Done> {
    let room = RoomName::parse(room).unwrap();
    let password = PasswordChange::Set(Digest::of_room(&room, words));
    let settings = RoomSettings { room, hidden: None, password };
    apply(chat, Happened::Asked(client, Request::Set(Box::new(settings), Some(token(fresh)))))
}

pub(super) fn shows(chat: &mut RecordedChat, client: ClientId, shown: u8) {
    let done = apply(chat, Happened::Asked(client, Request::Session(token(shown))));
    assert_eq!(answers(&done, client), [&Answer::Session(None)]);
}

pub(super) fn is_in(done: &[Done], client: ClientId) -> bool {
    answers(done, client).into_iter().any(|told| matches!(told, Answer::Joined(_)))
}

/// Makes the core of these tests. Ann has locked the room `den`. The maker has made a name with a
/// secret, and has given the session's token away. Vic has used that token. He has chosen another
/// name and sent the den's password, and so the server has sent him a new token.
fn two_owners() -> RecordedChat {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    shows(&mut chat, ANN, 101);
    comes(&mut chat, MAKER, claim("Eve", Some("planted")), FIRST);
    apply(&mut chat, numbered(VIC, None, Some(token(FIRST)), 90));
    becomes(&mut chat, VIC, "Vic", None, 91);
    assert!(is_in(&joins(&mut chat, VIC, "den", "soup", OWN), VIC));
    shows(&mut chat, VIC, OWN);
    chat
}

#[test]
fn who_has_the_name_s_secret_has_not_the_password_that_another_session_gave() {
    let mut chat = two_owners();
    let done = comes(&mut chat, AGAIN, claim("Vic", Some("planted")), 92);
    assert_eq!(welcome_name(&done, AGAIN), "Vic", "the name is theirs who have its secret");
    let done = joins(&mut chat, AGAIN, "den", "", 93);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded));
    // Vic's session needs no password to enter again: on another connection, for a page, or to save
    // the room.
    apply(&mut chat, numbered(CLEO, None, Some(token(OWN)), 94));
    assert!(is_in(&joins(&mut chat, CLEO, "den", "", 95), CLEO));
    for (purpose, who, asks) in [
        (VisitPurpose::Sight, OWN, false),
        (VisitPurpose::Save, OWN, false),
        (VisitPurpose::Sight, 92, true),
    ] {
        let position = Some(RoomPosition::of(RoomName::parse("den").unwrap()));
        let visit = Visit { position, purpose, ..visit(Visitor::Known(token(who)), None) };
        let (client, newcomer) = (ClientId(60), Newcomer::Visitor(Box::new(visit)));
        let done = apply(&mut chat, Happened::Newcomer(client, newcomer, came_from(None)));
        let reason = asks.then_some(&Refused::PasswordNeeded);
        assert_eq!(refusal(&done, client), reason, "{purpose:?}");
        apply(&mut chat, Happened::Left(client));
    }
}

#[test]
fn whoever_becomes_another_person_has_a_session_of_its_own_there() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    shows(&mut chat, ANN, 101);
    comes(&mut chat, MAKER, claim("Eve", Some("planted")), FIRST);
    comes(&mut chat, VIC, claim("Vic", None), 90);
    becomes(&mut chat, VIC, "Eve", Some("planted"), 91);
    assert!(is_in(&joins(&mut chat, VIC, "den", "soup", OWN), VIC));
    shows(&mut chat, VIC, OWN);
    let done = joins(&mut chat, MAKER, "den", "", 92);
    assert_eq!(refusal(&done, MAKER), Some(&Refused::PasswordNeeded));
}

#[test]
fn a_secret_that_was_planted_and_is_shown_later_opens_nothing_that_another_session_opened() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    shows(&mut chat, ANN, 101);
    comes(&mut chat, MAKER, claim("Eve", None), FIRST);
    becomes(&mut chat, MAKER, "Eve", Some("planted"), PLANTED);
    apply(&mut chat, Happened::Left(MAKER));
    apply(&mut chat, numbered(VIC, None, Some(token(FIRST)), 90));
    joins(&mut chat, VIC, "den", "soup", OWN);
    shows(&mut chat, VIC, OWN);
    let done = apply(&mut chat, numbered(AGAIN, None, Some(token(PLANTED)), 92));
    assert_eq!(welcome_name(&done, AGAIN), "Eve");
    let done = joins(&mut chat, AGAIN, "den", "", 93);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded));
}

#[test]
fn who_has_the_name_s_secret_is_not_the_maker_of_what_another_session_made() {
    let mut chat = two_owners();
    joins(&mut chat, VIC, "attic", "", 8);
    shows(&mut chat, VIC, 8);
    comes(&mut chat, AGAIN, claim("Vic", Some("planted")), 92);
    assert!(is_in(&joins(&mut chat, AGAIN, "attic", "", 93), AGAIN));
    let done = locks(&mut chat, AGAIN, "attic", "mine", 94);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::NotYourRoom));
    // Clients that are in a room when it is locked may enter it again later. So this one leaves
    // before.
    apply(&mut chat, Happened::Asked(AGAIN, Request::Leave(RoomName::parse("attic").unwrap())));
    let done = locks(&mut chat, VIC, "attic", "hay", 9);
    assert_eq!(refusal(&done, VIC), None);
    shows(&mut chat, VIC, 9);
    let done = joins(&mut chat, AGAIN, "attic", "", 95);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded));
    // Vic's session still has the rights that it gained before.
    apply(&mut chat, numbered(CLEO, None, Some(token(9)), 96));
    for room in ["attic", "den"] {
        assert!(is_in(&joins(&mut chat, CLEO, room, "", 97), CLEO), "{room}");
    }
}

#[test]
fn a_lock_lets_those_in_again_who_were_inside_and_not_their_name_s_other_sessions() {
    let mut chat = two_owners();
    joins(&mut chat, ANN, "loft", "", 102);
    shows(&mut chat, ANN, 102);
    joins(&mut chat, VIC, "loft", "", 90);
    locks(&mut chat, ANN, "loft", "hay", 103);
    comes(&mut chat, AGAIN, claim("Vic", Some("planted")), 92);
    let done = joins(&mut chat, AGAIN, "loft", "", 93);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded));
    apply(&mut chat, numbered(CLEO, None, Some(token(OWN)), 94));
    assert!(is_in(&joins(&mut chat, CLEO, "loft", "", 95), CLEO));
}

#[test]
fn an_old_password_that_is_set_again_lets_nobody_in_whom_another_one_had_put_out() {
    let den = || RoomName::parse("den").unwrap();
    for between in [PasswordChange::Set(Digest::of_room(&den(), "hay")), PasswordChange::Remove] {
        let mut chat = two_owners();
        // Vic has another device, by a link. The token that Bo got for the password is pending.
        apply(&mut chat, Happened::Asked(VIC, Request::LinkDevice(token(93))));
        let visit = visit(Visitor::Linked(token(93), token(94)), None);
        let (phone, visitor) = (ClientId(60), Newcomer::Visitor(Box::new(visit)));
        apply(&mut chat, Happened::Newcomer(phone, visitor, came_from(None)));
        apply(&mut chat, Happened::Left(phone));
        apply(&mut chat, numbered(AGAIN, None, Some(token(94)), 95));
        comes(&mut chat, BO, claim("Bo", Some("tulip")), 20);
        for (client, fresh) in [(AGAIN, 92), (BO, 21)] {
            let words = if client == BO { "soup" } else { "" };
            assert!(is_in(&joins(&mut chat, client, "den", words, fresh), client));
        }
        for client in [VIC, AGAIN, BO] {
            apply(&mut chat, Happened::Asked(client, Request::Leave(den())));
        }
        let change = RoomSettings { room: den(), hidden: None, password: between };
        let change = Request::Set(Box::new(change), Some(token(104)));
        apply(&mut chat, Happened::Asked(ANN, change));
        assert_eq!(refusal(&locks(&mut chat, ANN, "den", "soup", 105), ANN), None);
        shows(&mut chat, BO, 21);
        for (client, fresh) in [(VIC, 96), (AGAIN, 97), (BO, 98)] {
            let done = joins(&mut chat, client, "den", "", fresh);
            assert_eq!(refusal(&done, client), Some(&Refused::PasswordNeeded), "{client:?}");
        }
    }
}

/// Whether a client that signs in as Eve with the secret is let into the den without its password.
/// In between the den gets this password.
pub(super) fn comes_in_as_eve(chat: &mut RecordedChat, between: Option<&str>) -> bool {
    if let Some(words) = between {
        locks(chat, ANN, "den", words, 110);
    }
    comes(chat, AGAIN, claim("Eve", Some("fish")), 92);
    let rooms = apply(chat, Happened::Asked(AGAIN, Request::Rooms));
    let [Answer::Rooms { rooms, .. }] = answers(&rooms, AGAIN)[..] else { panic!("{rooms:?}") };
    let is_listed = rooms.iter().any(|room| room.room.as_str() == "den");
    let is_in = is_in(&joins(chat, AGAIN, "den", "", 93), AGAIN);
    assert!(is_listed || !is_in);
    is_in
}

/// Makes the core of these tests: Ann has locked the den, and Eve's name has a secret. Eve's first
/// session has the token `FIRST`.
pub(super) fn den_and_eve() -> RecordedChat {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    shows(&mut chat, ANN, 101);
    comes(&mut chat, MAKER, claim("Eve", Some("fish")), FIRST);
    chat
}

#[test]
fn what_one_has_opened_after_giving_the_secret_is_open_on_each_device_where_one_gives_it_again() {
    let mut chat = den_and_eve();
    joins(&mut chat, MAKER, "den", "soup", OWN);
    // While the token is pending, nobody has the right.
    apply(&mut chat, numbered(CLEO, None, Some(token(FIRST)), 60));
    assert!(!is_in(&joins(&mut chat, CLEO, "den", "", 61), CLEO));
    comes(&mut chat, BO, claim("Eve", Some("fish")), 62);
    assert!(!is_in(&joins(&mut chat, BO, "den", "", 63), BO));
    shows(&mut chat, MAKER, OWN);
    // A session that does not give the secret again has no more than before.
    assert!(!is_in(&joins(&mut chat, BO, "den", "", 64), BO));
    assert!(comes_in_as_eve(&mut chat, None));
    // It is so for who becomes Eve later, and for a link that such a device makes.
    comes(&mut chat, VIC, claim("Vic", None), 90);
    becomes(&mut chat, VIC, "Eve", Some("fish"), 91);
    assert!(is_in(&joins(&mut chat, VIC, "den", "", 94), VIC));
}

#[test]
fn what_one_has_made_after_giving_the_secret_is_one_s_own_where_one_gives_it_again() {
    let mut chat = den_and_eve();
    joins(&mut chat, MAKER, "attic", "hay", OWN);
    shows(&mut chat, MAKER, OWN);
    apply(&mut chat, Happened::Left(MAKER));
    comes(&mut chat, AGAIN, claim("Eve", Some("fish")), 92);
    assert!(is_in(&joins(&mut chat, AGAIN, "attic", "", 93), AGAIN));
    assert_eq!(refusal(&locks(&mut chat, AGAIN, "attic", "straw", 94), AGAIN), None);
}

#[test]
fn another_password_of_the_room_shuts_out_also_who_gives_the_name_s_secret_again() {
    for words in [&["hay"][..], &["hay", "soup"]] {
        let mut chat = den_and_eve();
        joins(&mut chat, MAKER, "den", "soup", OWN);
        shows(&mut chat, MAKER, OWN);
        apply(&mut chat, Happened::Asked(MAKER, Request::Leave(RoomName::parse("den").unwrap())));
        locks(&mut chat, ANN, "den", words[0], 109);
        assert!(!comes_in_as_eve(&mut chat, words.get(1).copied()), "{words:?}");
    }
}

#[test]
fn what_is_opened_by_a_session_that_was_given_away_opens_nothing_for_who_gives_the_secret() {
    let mut chat = den_and_eve();
    apply(&mut chat, Happened::Left(MAKER));
    apply(&mut chat, numbered(VIC, None, Some(token(FIRST)), 90));
    assert!(is_in(&joins(&mut chat, VIC, "den", "soup", OWN), VIC));
    shows(&mut chat, VIC, OWN);
    assert!(!comes_in_as_eve(&mut chat, None));
}

#[test]
fn a_session_that_gives_its_name_s_secret_shares_what_it_has_gained() {
    let mut chat = two_owners();
    becomes(&mut chat, VIC, "Vic", Some("planted"), 8);
    comes(&mut chat, AGAIN, claim("Vic", Some("planted")), 92);
    assert!(is_in(&joins(&mut chat, AGAIN, "den", "", 93), AGAIN));
}

#[test]
fn the_old_token_cannot_give_a_name_away_whose_new_secret_was_not_shown_yet() {
    let mut chat = chat();
    apply(&mut chat, numbered(VIC, None, None, FIRST));
    apply(&mut chat, numbered(BO, None, Some(token(FIRST)), 90));
    becomes(&mut chat, VIC, "Ann", Some("fish"), OWN);
    let done = becomes(&mut chat, BO, "Gone", None, 91);
    assert_eq!(refusal(&done, BO), Some(&Refused::WrongSecret));
    let done = comes(&mut chat, AGAIN, claim("Ann", Some("planted")), 92);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::WrongSecret));
    // Vic's session has sent the new secret, so it may change the name. A session that has not sent
    // the new secret must wait for `UNSHOWN_SECRET_KEPT`.
    becomes(&mut chat, VIC, "Anna", None, 93);
    let late = limits::UNSHOWN_SECRET_KEPT.as_secs();
    let wanted = Request::Rename(Box::new(claim("Gone", None)), Some(token(94)));
    let done = apply_at(&mut chat, late, Happened::Asked(BO, wanted));
    assert_eq!(refusal(&done, BO), None);
}

#[test]
fn lines_that_a_hello_ends_leave_their_places_to_it() {
    let most = limits::CLIENTS_PER_PERSON_MAX as u64;
    for by_secret in [false, true] {
        let mut chat = chat();
        apply(&mut chat, numbered(VIC, Some("Vic"), None, FIRST));
        if by_secret {
            becomes(&mut chat, VIC, "Vic", Some("fish"), OWN);
        } else {
            joins(&mut chat, VIC, "attic", "", OWN);
        }
        apply(&mut chat, Happened::Left(VIC));
        for line in 0..most {
            let done =
                apply(&mut chat, numbered(ClientId(100 + line), None, Some(token(FIRST)), 90));
            assert_eq!(welcome_name(&done, ClientId(100 + line)), "Vic");
        }
        // The person has the maximum number of clients, so a client with the old token is refused.
        let done = apply(&mut chat, numbered(BO, None, Some(token(FIRST)), 91));
        assert!(matches!(refusal(&done, BO), Some(Refused::TooManyDevices(_))));
        // The server has a password, and the client does not send it. The client's session is
        // enough.
        let hello = Hello { token: Some(token(OWN)), ..Hello::default() };
        let greeting =
            Greeting { hello, fresh: token(92), is_admitted: false, stay: Stay::Connected };
        let newcomer = Newcomer::WithHello(Box::new(greeting));
        let done = apply(&mut chat, Happened::Newcomer(AGAIN, newcomer, came_from(None)));
        assert_eq!(refusal(&done, AGAIN), None);
        let Answer::Welcome { name, token: own, .. } = answers(&done, AGAIN)[0] else { panic!() };
        assert_eq!((name.shown(), own), ("Vic", &Some(token(OWN))));
        // The other clients leave. Even after the last one has left, the name stays reserved.
        for line in 0..most {
            apply(&mut chat, Happened::Left(ClientId(100 + line)));
        }
        apply(&mut chat, Happened::Left(AGAIN));
        let done = apply(&mut chat, numbered(CLEO, None, Some(token(OWN)), 93));
        assert_eq!(welcome_name(&done, CLEO), "Vic");
    }
}

#[test]
fn a_token_that_somebody_else_thought_out_has_not_what_its_first_hello_gained() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    // The server does not know this token yet: another person has invented it and sent it in a
    // link.
    let den = RoomName::parse("den").unwrap();
    let rooms = vec![RoomPosition {
        password: Some(Digest::of_room(&den, "soup")),
        ..RoomPosition::of(den)
    }];
    let hello = Hello { token: Some(token(FIRST)), rooms, ..Hello::default() };
    let greeting = Greeting { hello, fresh: token(OWN), is_admitted: true, stay: Stay::Connected };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    let done = apply(&mut chat, Happened::Newcomer(VIC, newcomer, came_from(None)));
    assert!(is_in(&done, VIC));
    apply(&mut chat, numbered(AGAIN, None, Some(token(FIRST)), 92));
    let done = joins(&mut chat, AGAIN, "den", "", 93);
    assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded));
}

#[test]
fn a_welcome_names_the_rooms_of_the_person_s_other_devices_that_the_hello_does_not_have() {
    let mut chat = chat();
    let rooms_of = |done: &[Done], client| match answers(done, client)[0] {
        Answer::Welcome { rooms, .. } => {
            rooms.iter().map(|room| room.as_str().to_owned()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let first = comes(&mut chat, MAKER, claim("Ann", Some("wish")), FIRST);
    assert_eq!(rooms_of(&first, MAKER), Vec::<String>::new());
    joins(&mut chat, MAKER, "kitchen", "", OWN);
    let second = comes(&mut chat, AGAIN, claim("Ann", Some("wish")), PLANTED);
    assert_eq!(rooms_of(&second, AGAIN), ["kitchen"], "both are in the lobby");
    let other = comes(&mut chat, VIC, claim("Vic", None), OWN + 1);
    assert_eq!(rooms_of(&other, VIC), Vec::<String>::new(), "another person");
    // When the person enters a room later, the server tells the person's other device, and no other
    // client.
    let done = joins(&mut chat, MAKER, "attic", "", OWN + 2);
    let attic = Answer::EnteredElsewhere(RoomName::parse("attic").unwrap());
    assert!(answers(&done, AGAIN).contains(&&attic), "{done:?}");
    assert!(!answers(&done, VIC).contains(&&attic), "{done:?}");
}

#[test]
fn a_hidden_room_is_not_told_to_another_session_of_a_name_without_a_secret() {
    let mut chat = chat();
    comes(&mut chat, MAKER, claim("Ann", None), FIRST);
    let hello = Hello { token: Some(token(FIRST)), ..Hello::default() };
    let greeting =
        Greeting { hello, fresh: token(PLANTED), is_admitted: true, stay: Stay::Connected };
    let comes_by_token =
        Happened::Newcomer(VIC, Newcomer::WithHello(Box::new(greeting)), came_from(None));
    apply(&mut chat, comes_by_token);
    let place =
        RoomPosition { hidden: true, ..RoomPosition::of(RoomName::parse("attic").unwrap()) };
    let join = Request::Join(Box::new(place), Some(token(OWN)));
    let done = apply(&mut chat, Happened::Asked(MAKER, join));
    assert_eq!(answers(&done, VIC), Vec::<&Answer>::new());
    let done = joins(&mut chat, MAKER, "kitchen", "", OWN + 1);
    assert!(!answers(&done, VIC).is_empty(), "everybody sees the kitchen in the list: {done:?}");
}
