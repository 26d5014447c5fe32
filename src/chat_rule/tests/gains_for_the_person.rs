//! A session enters a locked room, or makes a room. If the session has sent the name's secret, and
//! has not got its token from an address, the person has this right on other devices, too. These
//! tests check which clients the room then lets in, and which it does not.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, welcome_name};
use super::sessions::{
    AGAIN, FIRST, MAKER, OWN, VIC, becomes, claim, comes, comes_in_as_eve, den_and_eve, is_in,
    joins, locks, shows, visit,
};
use super::{
    ANN, BO, ClientId, Done, Greeting, Happened, Newcomer, RecordedChat, Stay, apply, came_from,
    numbered, place, token,
};
use crate::chat::answer::Answer;
use crate::chat::core::{Visit, Visitor};
use crate::chat::refused::Refused;
use crate::chat::request::{Hello, Request, RoomPosition, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

/// A connection of the live page, after a reload.
const RELOADED: ClientId = ClientId(53);
const SOURCES: [TokenSource; 2] = [TokenSource::Stored, TokenSource::Address];

fn connects(chat: &mut RecordedChat, client: ClientId, had: u8, source: TokenSource) -> Vec<Done> {
    let rooms = vec![place(RoomName::lobby(), None)];
    let hello = Hello { token: Some(token(had)), source, rooms, ..Hello::default() };
    let greeting = Greeting { hello, fresh: token(90), is_admitted: true, stay: Stay::Connected };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    apply(chat, Happened::Newcomer(client, newcomer, came_from(None)))
}

/// A page's visitor enters a room with this password, and its session may get the token `fresh`.
fn enters(
    chat: &mut RecordedChat,
    who: Visitor,
    source: TokenSource,
    (room, words): (&str, &str),
    fresh: u8,
) -> bool {
    let room = RoomName::parse(room).unwrap();
    let password = (!words.is_empty()).then(|| Digest::of_room(&room, words));
    let position = Some(RoomPosition { password, ..RoomPosition::of(room) });
    let visit = Visit { position, source, ..visit(who, Some(fresh)) };
    let (client, visitor) = (ClientId(60), Newcomer::Visitor(Box::new(visit)));
    let done = apply(chat, Happened::Newcomer(client, visitor, came_from(None)));
    apply(chat, Happened::Left(client));
    is_in(&done, client)
}

/// Makes the core of these tests: Ann has locked the den. Eve has taken her name and its secret on
/// the live page, and has loaded the page again. The session has the token `FIRST`.
fn eve_has_a_secret() -> RecordedChat {
    let mut chat = super::chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    joins(&mut chat, ANN, "den", "soup", 101);
    shows(&mut chat, ANN, 101);
    connects(&mut chat, MAKER, 40, TokenSource::Stored);
    becomes(&mut chat, MAKER, "Eve", Some("fish"), FIRST);
    shows(&mut chat, MAKER, FIRST);
    apply(&mut chat, Happened::Left(MAKER));
    chat
}

fn makes_hidden(chat: &mut RecordedChat, client: ClientId, room: &str, fresh: u8) {
    let place = RoomPosition { hidden: true, ..RoomPosition::of(RoomName::parse(room).unwrap()) };
    let join = Request::Join(Box::new(place), Some(token(fresh)));
    assert!(is_in(&apply(chat, Happened::Asked(client, join)), client));
    shows(chat, client, fresh);
}

fn listed(chat: &mut RecordedChat, client: ClientId) -> Vec<String> {
    let done = apply(chat, Happened::Asked(client, Request::Rooms));
    let [Answer::Rooms { rooms, .. }] = answers(&done, client)[..] else { panic!("{done:?}") };
    rooms.iter().map(|room| room.room.as_str().to_owned()).collect()
}

/// Eve's page makes the hidden room `attic` after a reload, and locks it. Then the token of Eve's
/// session is 11.
fn makes_the_attic(chat: &mut RecordedChat) {
    connects(chat, RELOADED, FIRST, TokenSource::Stored);
    makes_hidden(chat, RELOADED, "attic", 10);
    assert_eq!(refusal(&locks(chat, RELOADED, "attic", "hay", 11), RELOADED), None);
    shows(chat, RELOADED, 11);
}

#[test]
fn who_signs_in_again_after_a_reload_has_the_rooms_that_were_made_and_opened_there() {
    let mut chat = eve_has_a_secret();
    makes_the_attic(&mut chat);
    assert!(is_in(&joins(&mut chat, RELOADED, "den", "soup", 12), RELOADED));
    shows(&mut chat, RELOADED, 12);
    apply(&mut chat, Happened::Asked(RELOADED, Request::Quit));
    apply(&mut chat, Happened::Left(RELOADED));
    comes(&mut chat, AGAIN, claim("Eve", Some("fish")), 92);
    for room in ["attic", "den"] {
        assert!(listed(&mut chat, AGAIN).iter().any(|one| one == room), "{room}");
        assert!(is_in(&joins(&mut chat, AGAIN, room, "", 93), AGAIN), "{room}");
    }
    assert_eq!(refusal(&locks(&mut chat, AGAIN, "attic", "straw", 94), AGAIN), None);
    // A session that has not sent the secret since has no more than before.
    connects(&mut chat, CLEO, 90, TokenSource::Stored);
    assert!(!is_in(&joins(&mut chat, CLEO, "den", "", 95), CLEO));
}

fn leaves_the_attic(chat: &mut RecordedChat, client: ClientId) {
    apply(chat, Happened::Asked(client, Request::Leave(RoomName::parse("attic").unwrap())));
    apply(chat, Happened::Left(client));
}

#[test]
fn a_new_password_keeps_no_device_of_its_maker_out_that_could_come_in_before() {
    let mut chat = eve_has_a_secret();
    makes_the_attic(&mut chat);
    leaves_the_attic(&mut chat, RELOADED);
    // Eve's second device changes the password, while the first one is away.
    comes(&mut chat, AGAIN, claim("Eve", Some("fish")), 92);
    assert!(is_in(&joins(&mut chat, AGAIN, "attic", "", 93), AGAIN));
    comes(&mut chat, BO, claim("Bo", None), 20);
    assert!(is_in(&joins(&mut chat, BO, "attic", "hay", 21), BO));
    shows(&mut chat, BO, 21);
    leaves_the_attic(&mut chat, BO);
    assert_eq!(refusal(&locks(&mut chat, AGAIN, "attic", "straw", 94), AGAIN), None);
    shows(&mut chat, AGAIN, 94);
    connects(&mut chat, RELOADED, 11, TokenSource::Stored);
    assert!(is_in(&joins(&mut chat, RELOADED, "attic", "", 95), RELOADED), "the first device");
    connects(&mut chat, BO, 21, TokenSource::Stored);
    assert!(!is_in(&joins(&mut chat, BO, "attic", "", 96), BO), "somebody else");
}

#[test]
fn a_new_password_by_another_device_keeps_no_maker_out_who_took_a_secret_after_making_the_room() {
    for is_locked in [true, false] {
        let mut chat = super::chat();
        connects(&mut chat, MAKER, 40, TokenSource::Stored);
        becomes(&mut chat, MAKER, "Eve", None, FIRST);
        makes_hidden(&mut chat, MAKER, "attic", 10);
        if is_locked {
            assert_eq!(refusal(&locks(&mut chat, MAKER, "attic", "hay", 11), MAKER), None);
            shows(&mut chat, MAKER, 11);
        }
        becomes(&mut chat, MAKER, "Eve", Some("fish"), 12);
        shows(&mut chat, MAKER, 12);
        leaves_the_attic(&mut chat, MAKER);
        comes(&mut chat, AGAIN, claim("Eve", Some("fish")), 92);
        assert!(is_in(&joins(&mut chat, AGAIN, "attic", "", 93), AGAIN));
        assert_eq!(refusal(&locks(&mut chat, AGAIN, "attic", "straw", 94), AGAIN), None);
        shows(&mut chat, AGAIN, 94);
        connects(&mut chat, RELOADED, 12, TokenSource::Stored);
        assert!(listed(&mut chat, RELOADED).iter().any(|one| one == "attic"), "{is_locked}");
        assert!(is_in(&joins(&mut chat, RELOADED, "attic", "", 95), RELOADED), "{is_locked}");
        assert_eq!(refusal(&locks(&mut chat, RELOADED, "attic", "oats", 96), RELOADED), None);
    }
}

#[test]
fn whoever_signs_in_again_keeps_a_room_whose_password_a_linked_device_has_changed() {
    for is_made_before_the_secret in [false, true] {
        let mut chat = if is_made_before_the_secret {
            let mut chat = super::chat();
            connects(&mut chat, MAKER, 40, TokenSource::Stored);
            becomes(&mut chat, MAKER, "Eve", None, FIRST);
            makes_hidden(&mut chat, MAKER, "attic", 10);
            assert_eq!(refusal(&locks(&mut chat, MAKER, "attic", "hay", 11), MAKER), None);
            shows(&mut chat, MAKER, 11);
            becomes(&mut chat, MAKER, "Eve", Some("fish"), 12);
            // A page without scripts shows the token by its next visit.
            apply(&mut chat, Happened::Left(MAKER));
            let known = Visitor::Known(token(12));
            assert!(enters(&mut chat, known, TokenSource::Stored, ("attic", ""), 90));
            connects(&mut chat, RELOADED, 12, TokenSource::Stored);
            chat
        } else {
            let mut chat = eve_has_a_secret();
            makes_the_attic(&mut chat);
            chat
        };
        apply(&mut chat, Happened::Asked(RELOADED, Request::LinkDevice(token(80))));
        let linked = Visitor::Linked(token(80), token(81));
        assert!(enters(&mut chat, linked, TokenSource::Stored, ("attic", ""), 91));
        connects(&mut chat, BO, 81, TokenSource::Stored);
        assert!(is_in(&joins(&mut chat, BO, "attic", "", 82), BO));
        assert_eq!(refusal(&locks(&mut chat, BO, "attic", "straw", 83), BO), None);
        shows(&mut chat, BO, 83);
        leaves_the_attic(&mut chat, BO);
        apply(&mut chat, Happened::Asked(RELOADED, Request::Quit));
        apply(&mut chat, Happened::Left(RELOADED));
        comes(&mut chat, AGAIN, claim("Eve", Some("fish")), 92);
        assert!(
            is_in(&joins(&mut chat, AGAIN, "attic", "", 93), AGAIN),
            "{is_made_before_the_secret}"
        );
    }
}

#[test]
fn who_signs_in_again_has_what_the_pages_cookie_opened_and_not_what_an_address_opened() {
    for source in SOURCES {
        let mut chat = eve_has_a_secret();
        let eve = |own| Visitor::Known(token(own));
        assert!(enters(&mut chat, eve(FIRST), source, ("den", "soup"), OWN));
        // The next page has the new token from the same place as the old one.
        assert!(enters(&mut chat, eve(OWN), source, ("den", ""), 91), "the session is let in");
        assert_eq!(comes_in_as_eve(&mut chat, None), source == TokenSource::Stored, "{source:?}");
    }
}

#[test]
fn what_a_page_opens_with_a_session_of_a_sign_in_form_is_open_where_one_signs_in_again() {
    for source in SOURCES {
        let mut chat = eve_has_a_secret();
        // A form that a page of another site sends has the source `Address`.
        let new = Visitor::New(Some(claim("Eve", Some("fish"))), token(20));
        assert!(enters(&mut chat, new, source, ("lobby", ""), 91));
        let known = Visitor::Known(token(20));
        assert!(enters(&mut chat, known, TokenSource::Stored, ("den", "soup"), OWN));
        let known = Visitor::Known(token(OWN));
        assert!(enters(&mut chat, known, TokenSource::Stored, ("den", ""), 91));
        assert_eq!(comes_in_as_eve(&mut chat, None), source == TokenSource::Stored, "{source:?}");
    }
}

#[test]
fn a_session_from_an_address_shares_nothing_and_neither_do_the_tokens_that_replace_it() {
    let mut chat = eve_has_a_secret();
    // The maker of the name has put the session into an address. Vic follows it, with the live
    // page.
    connects(&mut chat, VIC, FIRST, TokenSource::Address);
    assert!(is_in(&joins(&mut chat, VIC, "den", "soup", OWN), VIC));
    shows(&mut chat, VIC, OWN);
    joins(&mut chat, VIC, "attic", "hay", 10);
    shows(&mut chat, VIC, 10);
    // After a reload the tab still says that a link has brought the session.
    apply(&mut chat, Happened::Left(VIC));
    connects(&mut chat, VIC, 10, TokenSource::Address);
    joins(&mut chat, VIC, "loft", "oats", 11);
    shows(&mut chat, VIC, 11);
    apply(&mut chat, Happened::Asked(VIC, Request::SignOutElsewhere(token(12))));
    joins(&mut chat, VIC, "barn", "rye", 13);
    shows(&mut chat, VIC, 13);
    assert!(!comes_in_as_eve(&mut chat, None));
    for room in ["attic", "loft", "barn"] {
        let done = joins(&mut chat, AGAIN, room, "", 93);
        assert_eq!(refusal(&done, AGAIN), Some(&Refused::PasswordNeeded), "{room}");
    }
}

#[test]
fn a_session_that_signs_out_elsewhere_still_gains_for_its_person() {
    let mut chat = eve_has_a_secret();
    connects(&mut chat, RELOADED, FIRST, TokenSource::Stored);
    apply(&mut chat, Happened::Asked(RELOADED, Request::SignOutElsewhere(token(10))));
    apply(&mut chat, Happened::Left(RELOADED));
    connects(&mut chat, RELOADED, 10, TokenSource::Stored);
    joins(&mut chat, RELOADED, "den", "soup", OWN);
    shows(&mut chat, RELOADED, OWN);
    assert!(comes_in_as_eve(&mut chat, None));
}

#[test]
fn a_device_that_came_by_a_link_shares_what_it_gains_after_it_has_sent_the_secret() {
    for sends_it in [false, true] {
        let mut chat = eve_has_a_secret();
        connects(&mut chat, RELOADED, FIRST, TokenSource::Stored);
        apply(&mut chat, Happened::Asked(RELOADED, Request::LinkDevice(token(80))));
        let linked = Visitor::Linked(token(80), token(81));
        assert!(enters(&mut chat, linked, TokenSource::Stored, ("lobby", ""), 91));
        connects(&mut chat, BO, 81, TokenSource::Stored);
        if sends_it {
            becomes(&mut chat, BO, "Eve", Some("fish"), 82);
            apply(&mut chat, Happened::Left(BO));
            connects(&mut chat, BO, 81, TokenSource::Stored);
        }
        joins(&mut chat, BO, "den", "soup", OWN);
        shows(&mut chat, BO, OWN);
        assert_eq!(comes_in_as_eve(&mut chat, None), sends_it);
    }
}

#[test]
fn another_password_of_the_room_ends_what_a_page_has_gained_also_while_it_waits() {
    for is_shown in [false, true] {
        let mut chat = eve_has_a_secret();
        let known = |own| Visitor::Known(token(own));
        assert!(enters(&mut chat, known(FIRST), TokenSource::Stored, ("den", "soup"), OWN));
        if is_shown {
            enters(&mut chat, known(OWN), TokenSource::Stored, ("lobby", ""), 91);
        }
        locks(&mut chat, ANN, "den", "hay", 105);
        locks(&mut chat, ANN, "den", "soup", 106);
        enters(&mut chat, known(OWN), TokenSource::Stored, ("lobby", ""), 91);
        assert!(!comes_in_as_eve(&mut chat, None), "{is_shown}");
    }
}

#[test]
fn who_sets_another_secret_without_the_old_one_has_not_what_others_gained_by_the_old_one() {
    for shows_it in [false, true] {
        let mut chat = den_and_eve();
        // Another device of Eve's, which was in no locked room, is given away.
        apply(&mut chat, Happened::Asked(MAKER, Request::LinkDevice(token(80))));
        let linked = Visitor::Linked(token(80), token(81));
        assert!(enters(&mut chat, linked, TokenSource::Stored, ("lobby", ""), 91));
        joins(&mut chat, MAKER, "den", "soup", OWN);
        shows(&mut chat, MAKER, OWN);
        connects(&mut chat, BO, 81, TokenSource::Stored);
        becomes(&mut chat, BO, "Eve", Some("theirs"), 82);
        if shows_it {
            shows(&mut chat, BO, 82);
        } else {
            assert!(!is_in(&joins(&mut chat, BO, "den", "", 83), BO));
        }
        let done = comes(&mut chat, AGAIN, claim("Eve", Some("theirs")), 92);
        assert_eq!(welcome_name(&done, AGAIN), "Eve");
        assert!(!is_in(&joins(&mut chat, AGAIN, "den", "", 93), AGAIN), "{shows_it}");
    }
}
