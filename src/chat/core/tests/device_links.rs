//! Links that take a session to another device of its person.
//!
//! Part: `chat/core/mod.rs`.

use super::numbered::{CLEO, notes, refusal, welcome_name};
use super::{
    ANN, BO, ClientId, Core, Effect, Event, Made, Newcomer, came_from, core, decide, decide_at,
    name, numbered, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::core::{CameFrom, Visit, VisitPurpose, Visitor};
use crate::chat::refused::Refused;
use crate::chat::reply::{Fault, Reply};
use crate::chat::request::{Claim, Request, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::server::disconnect::Disconnect;

const LINK: u8 = 200;
/// The first visitor; each further visit has the next number.
const PHONE: ClientId = ClientId(1 << 63);

fn links(core: &mut Core, client: ClientId, link: u8) -> Vec<Effect> {
    decide(core, Event::Asked(client, Request::LinkDevice(token(link))))
}

fn follows_at(core: &mut Core, seconds: u64, link: u8, fresh: u8) -> Vec<Effect> {
    follows_from(core, seconds, (link, fresh), came_from(None))
}

fn follows_from(
    core: &mut Core,
    seconds: u64,
    (link, fresh): (u8, u8),
    from: CameFrom,
) -> Vec<Effect> {
    let newcomer = Newcomer::Visitor(Box::new(Visit {
        who: Visitor::Linked(token(link), token(fresh)),
        is_admitted: false,
        position: None,
        purpose: VisitPurpose::Page,
        fresh: None,
        is_shown: true,
        says: None,
    }));
    let effects = decide_at(core, seconds, Event::Newcomer(PHONE, newcomer, from));
    decide_at(core, seconds, Event::Left(PHONE));
    effects
}

fn follows(core: &mut Core, fresh: u8) -> Vec<Effect> {
    follows_at(core, 0, LINK, fresh)
}

fn is_let_in(effects: &[Effect]) -> bool {
    notes(effects, PHONE).iter().any(|told| matches!(told, Reply::Welcome { .. }))
}

/// Makes a core in which Ann has a link.
fn linked() -> Core {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let made = links(&mut core, ANN, LINK);
    assert_eq!(notes(&made, ANN), [&Reply::DeviceLink(Some(token(LINK)))]);
    core
}

#[test]
fn a_link_gives_one_session_of_the_person_and_then_is_worth_nothing() {
    let mut core = linked();
    let came = follows(&mut core, 50);
    let Some(Reply::Welcome { name, token: given, .. }) =
        notes(&came, PHONE).into_iter().find(|told| matches!(told, Reply::Welcome { .. }))
    else {
        panic!("{came:?}");
    };
    assert_eq!((name.shown(), given), ("Ann", &Some(token(50))));
    assert_eq!(refusal(&follows(&mut core, 51), PHONE), Some(&Refused::BadLink));
    // The same form again, because its answer was lost.
    assert!(is_let_in(&follows(&mut core, 50)));
    // Both sessions are good, and neither the link nor the refused token is one.
    let name_of = |core: &mut Core, its| {
        let name = welcome_name(&decide(core, numbered(BO, None, Some(token(its)), 90)), BO);
        decide(core, Event::Left(BO));
        name
    };
    assert_eq!((name_of(&mut core, 1).as_str(), name_of(&mut core, 50).as_str()), ("Ann", "Ann"));
    assert_ne!(name_of(&mut core, 51), "Ann");
    assert_ne!(name_of(&mut core, LINK), "Ann");
}

#[test]
fn a_link_ends_after_five_minutes_also_for_the_form_that_used_it() {
    let kept = limits::DEVICE_LINK_KEPT.as_secs();
    for (seconds, is_good) in [(kept - 1, true), (kept, false)] {
        let mut core = linked();
        assert_eq!(is_let_in(&follows_at(&mut core, seconds, LINK, 50)), is_good, "{seconds}");
    }
    let mut core = linked();
    assert!(is_let_in(&follows(&mut core, 50)));
    assert!(!is_let_in(&follows_at(&mut core, kept, LINK, 50)));
}

#[test]
fn a_link_that_nobody_made_is_a_guess_and_a_right_one_is_none() {
    let mut core = linked();
    let network = Some(ClientNetwork::of("192.0.2.1".parse().unwrap()));
    let from = || CameFrom { network, addr: None };
    for _ in 0..limits::GUESSES_BURST_MAX {
        let effects = follows_from(&mut core, 0, (7, 60), from());
        assert_eq!(refusal(&effects, PHONE), Some(&Refused::BadLink));
    }
    let effects = follows_from(&mut core, 0, (7, 60), from());
    assert!(matches!(refusal(&effects, PHONE), Some(Refused::TooManyGuesses(_))));
    assert!(is_let_in(&follows_from(&mut core, 0, (LINK, 60), from())), "nobody can guess it");
}

#[test]
fn a_link_ends_with_the_session_that_made_it() {
    // Ann leaves the chat, and her name is free.
    let mut core = linked();
    decide(&mut core, Event::Asked(ANN, Request::Quit));
    decide(&mut core, Event::Left(ANN));
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::BadLink));
    // Her session gets a new token. A stranger who knew the old one may have made the link.
    let mut core = linked();
    let room = RoomName::parse("den").unwrap();
    let join = Request::Join(Box::new(RoomPosition::of(room)), Some(token(2)));
    decide(&mut core, Event::Asked(ANN, join));
    decide(&mut core, Event::Asked(ANN, Request::Session(token(2))));
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::BadLink));
    // Another session gives the name a secret.
    let mut core = linked();
    decide(&mut core, numbered(CLEO, None, Some(token(1)), 90));
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("soup")) };
    let rename = Request::Rename(Box::new(claim), Some(token(3)));
    decide(&mut core, Event::Asked(CLEO, rename));
    decide(&mut core, Event::Asked(CLEO, Request::Session(token(3))));
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::BadLink));
    // A newer link takes the place of the older one.
    let mut core = linked();
    links(&mut core, ANN, LINK + 1);
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::BadLink));
    assert!(is_let_in(&follows_at(&mut core, 0, LINK + 1, 50)));
}

#[test]
fn a_link_of_a_person_who_is_away_gives_the_name_back() {
    let mut core = linked();
    decide(&mut core, Event::Left(ANN));
    assert!(is_let_in(&follows_at(&mut core, 100, LINK, 50)));
}

#[test]
fn the_new_session_has_the_rights_to_rooms_of_the_one_that_made_the_link() {
    let mut core = core();
    decide(&mut core, numbered(BO, Some("Bo"), None, 9));
    let room = RoomName::parse("den").unwrap();
    let with = |words: &str| {
        let password = Some(Digest::of_room(&room, words)).filter(|_| !words.is_empty());
        Box::new(RoomPosition { password, ..RoomPosition::of(room.clone()) })
    };
    decide(&mut core, Event::Asked(BO, Request::Join(with("soup"), Some(token(10)))));
    // Ann has two sessions, so only the one that gives the password has the right.
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    links(&mut core, ANN, LINK + 1);
    assert!(is_let_in(&follows_at(&mut core, 0, LINK + 1, 40)));
    decide(&mut core, Event::Asked(ANN, Request::Join(with("soup"), Some(token(2)))));
    decide(&mut core, Event::Asked(ANN, Request::Session(token(2))));
    links(&mut core, ANN, LINK);
    assert!(is_let_in(&follows(&mut core, 50)));
    for (session, is_open) in [(40, false), (50, true)] {
        decide(&mut core, numbered(CLEO, None, Some(token(session)), 91));
        let came = decide(&mut core, Event::Asked(CLEO, Request::Join(with(""), None)));
        let needed = (!is_open).then_some(&Refused::PasswordNeeded);
        assert_eq!(refusal(&came, CLEO), needed, "{session}");
        decide(&mut core, Event::Left(CLEO));
    }
}

#[test]
fn a_person_with_too_many_clients_keeps_the_link_for_later() {
    let mut core = linked();
    let more = 1..limits::CLIENTS_PER_PERSON_MAX as u64;
    for client in more.map(|number| ClientId(100 + number)) {
        decide(&mut core, numbered(client, None, Some(token(1)), 90));
    }
    let most = limits::CLIENTS_PER_PERSON_MAX;
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::TooManyDevices(most)));
    decide(&mut core, Event::Left(ClientId(101)));
    assert!(is_let_in(&follows(&mut core, 50)));
}

#[test]
fn whoever_has_no_session_gets_no_link() {
    let mut core = core();
    decide(&mut core, Event::Newcomer(BO, Newcomer::Passing, came_from(None)));
    let told = links(&mut core, BO, LINK);
    assert_eq!(notes(&told, BO), [&Reply::Fault(Fault::session_over())]);
    assert_eq!(refusal(&follows(&mut core, 50), PHONE), Some(&Refused::BadLink));
}

#[test]
fn a_network_makes_links_at_a_limited_pace_and_the_table_ends() {
    let mut core = core();
    let network = ClientNetwork::of("192.0.2.1".parse().unwrap());
    let Event::Newcomer(_, ann, _) = numbered(ANN, Some("Ann"), None, 1) else { return };
    decide(&mut core, Event::Newcomer(ANN, ann, came_from(Some(network))));
    // Ann asks slowly enough for the pace of a person, so that only the network's limit refuses.
    let mut made = 0;
    for second in 0..limits::DEVICE_LINKS_BURST_MAX as u64 + 8 {
        let asked = Event::Asked(ANN, Request::LinkDevice(token(LINK)));
        let effects = decide_at(&mut core, second, asked);
        match refusal(&effects, ANN) {
            None => made += 1,
            Some(Refused::TooFast(_)) => assert!(second >= 32, "{second}"),
            other => panic!("{other:?}"),
        }
        let report = Effect::Report(network, Made::DeviceLink);
        assert_eq!(effects.contains(&report), second == 35, "{second}");
    }
    assert_eq!(made, limits::DEVICE_LINKS_BURST_MAX + 3);
    // The network does not count: there are as many sessions as the table has places, and one more.
    let mut core = self::core();
    let digest = |number: usize| crate::chat::token::Token::of([&number.to_le_bytes()[..]]);
    for number in 0..=limits::DEVICE_LINKS_MAX {
        let client = ClientId(1000 + number as u64);
        let Event::Newcomer(_, mut who, from) = numbered(client, None, None, 1) else { return };
        if let Newcomer::Numbered(greeting) = &mut who {
            (greeting.fresh, greeting.hello.rooms) = (digest(2 * number), Vec::new());
        }
        decide(&mut core, Event::Newcomer(client, who, from));
        let link = Event::Asked(client, Request::LinkDevice(digest(2 * number + 1)));
        let refused = refusal(&decide(&mut core, link), client).cloned();
        let full = (number == limits::DEVICE_LINKS_MAX)
            .then_some(Refused::TooFast(limits::DEVICE_LINK_KEPT));
        assert_eq!(refused, full, "{number}");
    }
}

fn ends(effects: &[Effect]) -> Vec<ClientId> {
    let ends = effects.iter().filter_map(|effect| match effect {
        Effect::End(client, Disconnect::SessionLeft) => Some(*client),
        _ => None,
    });
    ends.collect()
}

#[test]
fn who_signs_out_everywhere_else_stays_and_nobody_else_with_any_token_or_link() {
    let mut core = linked();
    decide(&mut core, numbered(BO, Some("Bo"), None, 9));
    assert!(is_let_in(&follows(&mut core, 50)));
    // Another tab of the same session, and another device with a link of its own.
    let (tab, phone) = (ClientId(30), ClientId(31));
    decide(&mut core, numbered(tab, None, Some(token(1)), 90));
    decide(&mut core, numbered(phone, None, Some(token(50)), 91));
    links(&mut core, phone, LINK + 1);
    let out = decide(&mut core, Event::Asked(ANN, Request::SignOutElsewhere(token(60))));
    assert_eq!(ends(&out), [phone]);
    assert_eq!(notes(&out, ANN), [&Reply::Session(Some(token(60)))]);
    assert_eq!(refusal(&follows_at(&mut core, 0, LINK + 1, 51), PHONE), Some(&Refused::BadLink));
    let name_of = |core: &mut Core, its| {
        let name = welcome_name(&decide(core, numbered(CLEO, None, Some(token(its)), 92)), CLEO);
        decide(core, Event::Left(CLEO));
        name
    };
    assert_ne!(name_of(&mut core, 50), "Ann");
    // Until the new token is shown, the answer may be lost: the old one is good.
    assert_eq!(name_of(&mut core, 1), "Ann");
    let shown = decide(&mut core, Event::Asked(ANN, Request::Session(token(60))));
    assert!(shown.contains(&Effect::End(tab, Disconnect::SessionRenewed)), "{shown:?}");
    assert_eq!(name_of(&mut core, 60), "Ann");
    assert_ne!(name_of(&mut core, 1), "Ann");
    // Bo is not touched, and a client without a session is told so.
    assert_eq!(name_of(&mut core, 9), "Bo");
    decide(&mut core, Event::Newcomer(ClientId(40), Newcomer::Passing, came_from(None)));
    let out = decide(&mut core, Event::Asked(ClientId(40), Request::SignOutElsewhere(token(61))));
    assert_eq!(notes(&out, ClientId(40)), [&Reply::Fault(Fault::session_over())]);
}
