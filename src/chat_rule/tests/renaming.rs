//! A client sends another person's name and secret, and becomes a client of that person.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, notes, refusal, say, welcome_name};
use super::{
    ANN, BO, ClientId, Core, Effect, Event, Greeting, Newcomer, Stay, Stored, came_from, core,
    decide, decide_at, id, moment, name, numbered, place, post, settings, token,
};
use crate::base::limits;
use crate::chat::entry::{EntryKind, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Claim, Deed, Hello, PrivateMessage, Request};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const PHONE: ClientId = ClientId(4);

fn claim(wanted: &str, secret: Option<&str>) -> Claim {
    Claim { name: name(wanted), secret: secret.map(Digest::of_name) }
}

/// A client enters the lobby with a name, perhaps with a secret. Returns the effects.
fn comes(core: &mut Core, client: ClientId, claim: Option<Claim>, fresh: u8) -> Vec<Effect> {
    let rooms = vec![place(RoomName::lobby(), None)];
    let hello = Hello { name: claim, rooms, ..Hello::default() };
    let greeting =
        Greeting { hello, fresh: token(fresh), is_admitted: true, stay: Stay::Connected };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    decide(core, Event::Newcomer(client, newcomer, came_from(None)))
}

fn becomes(core: &mut Core, client: ClientId, wanted: &str, secret: Option<&str>) -> Vec<Effect> {
    let fresh = Some(token(100 + u8::try_from(client.0).unwrap()));
    decide(core, Event::Asked(client, Request::Rename(Box::new(claim(wanted, secret)), fresh)))
}

/// Returns what the rooms are told about people who come, leave or change their names.
fn news(effects: &[Effect]) -> Vec<String> {
    let news = effects.iter().filter_map(|effect| match effect {
        Effect::Notice(_, _, Reply::Presence { name, here, people, .. }) => {
            Some(format!("{name} {}, {people}", if *here { "came" } else { "left" }))
        }
        Effect::Notice(_, _, Reply::Renamed { from, to, .. }) => Some(format!("{from} is {to}")),
        _ => None,
    });
    news.collect()
}

fn who_says(effects: &[Effect]) -> Vec<&str> {
    let lines = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(_, entry) => Some(entry.by.name.shown()),
        _ => None,
    });
    lines.collect()
}

/// Makes a hub with Ann, whose name has a secret, and Bo.
fn two() -> Core {
    let mut core = core();
    comes(&mut core, ANN, Some(claim("Ann", Some("fish"))), 1);
    comes(&mut core, BO, Some(claim("Bo", None)), 2);
    core
}

#[test]
fn nobody_is_called_as_another_one_is_shown_with_the_mark_of_a_secret() {
    let mark = Digest::of_name("fish").mark().to_string();
    let capitals = mark.to_uppercase();
    let looks = [
        format!("Ann {mark}"),
        format!("Ann ({mark})"),
        format!("ann [{capitals}"),
        format!("Аnn {mark}"),
        format!("Ann - {mark}!"),
    ];
    for look in &looks {
        let mut core = two();
        // No client gets a name that looks like Ann with her mark: neither in its hello nor in a
        // later renaming, with or without a secret.
        let effects = comes(&mut core, PHONE, Some(claim(look, None)), 4);
        assert_eq!(welcome_name(&effects, PHONE), "guest-003", "{look}");
        assert_eq!(refusal(&effects, PHONE), Some(&Refused::NameTaken), "{look}");
        for secret in [None, Some("soup")] {
            let effects = becomes(&mut core, BO, look, secret);
            assert_eq!(refusal(&effects, BO), Some(&Refused::NameTaken), "{look}");
        }
    }
    // Ann herself may take a name that looks like Ann with her mark. Any person may take the name
    // Ann with a mark that is not Ann's.
    let mut core = two();
    let other = format!("Ann {}", Digest::of_name("soup").mark());
    assert_eq!(refusal(&becomes(&mut core, BO, &other, None), BO), None);
    assert_eq!(refusal(&becomes(&mut core, ANN, &looks[0], None), ANN), None);
}

#[test]
fn whoever_gives_a_name_s_secret_is_that_person_on_one_more_device() {
    let mut core = two();
    comes(&mut core, PHONE, None, 4);
    let effects = becomes(&mut core, PHONE, "Ann", Some("fish"));
    let told = notes(&effects, PHONE)[0];
    let Reply::Renamed { to, token: Some(session), .. } = told else { panic!("{told:?}") };
    assert_eq!((to.shown(), session), ("Ann", &token(104)));
    assert_eq!(news(&effects), ["guest-003 left, 2"]);
    assert_eq!(who_says(&decide(&mut core, post(PHONE, id("a"), say("hi")))), ["Ann"]);
    // The phone has a session of Ann's now, so a client with the phone's token gets the name Ann.
    let again = decide(&mut core, numbered(CLEO, None, Some(token(104)), 5));
    assert_eq!(welcome_name(&again, CLEO), "Ann");
    // The guest does not exist any more. When one of Ann's devices leaves, the room is not told
    // that Ann left.
    decide(&mut core, Event::Left(CLEO));
    assert_eq!(news(&decide(&mut core, Event::Left(PHONE))), [""; 0]);
    let effects = decide(&mut core, Event::Asked(BO, Request::Who(RoomName::lobby())));
    let told = notes(&effects, BO);
    assert!(matches!(told[..], [Reply::Who { people: 2, .. }]), "{told:?}");
}

/// Returns for each of the lobby's lines whether the client's own person has said it.
fn own(core: &mut Core, client: ClientId) -> Vec<bool> {
    let (log, before) = (LogName::Room(RoomName::lobby()), Seq(u64::MAX));
    let effects = decide(core, Event::Asked(client, Request::History { log, before, count: 9 }));
    let [Reply::History { entries, person, .. }] = notes(&effects, client)[..] else {
        panic!("{effects:?}")
    };
    entries.iter().map(|line| line.is_by(*person)).collect()
}

#[test]
fn a_line_is_its_author_s_whatever_that_one_and_others_are_called() {
    let mut core = two();
    comes(&mut core, PHONE, None, 4);
    for (client, text) in [(PHONE, "a"), (ANN, "b"), (BO, "c")] {
        decide(&mut core, post(client, id(text), say(text)));
    }
    assert_eq!(own(&mut core, PHONE), [true, false, false]);
    // A guest becomes Ann, so what the guest has said is Ann's.
    becomes(&mut core, PHONE, "Ann", Some("fish"));
    for client in [PHONE, ANN] {
        assert_eq!(own(&mut core, client), [true, true, false]);
    }
    becomes(&mut core, BO, "Bob", None);
    assert_eq!(own(&mut core, BO), [false, false, true]);
    // Another person takes the name Bo, which the client `BO` had before. The lines of `BO` do not
    // belong to that person.
    comes(&mut core, CLEO, Some(claim("Bo", None)), 5);
    assert_eq!(own(&mut core, CLEO), [false, false, false]);
}

#[test]
fn whoever_is_new_has_the_number_of_nobody_whose_lines_only_the_file_has() {
    // Two runs of a server. The second one has no data of the first.
    let whose = [0, 10].map(|started| {
        let mut core = Core::new(settings(1000, 64, 7), Stored::default(), moment(started));
        let comes = [(ANN, 1), (BO, 2)].map(|(client, fresh)| numbered(client, None, None, fresh));
        comes.into_iter().for_each(|comes| drop(decide_at(&mut core, started, comes)));
        let effects = decide_at(&mut core, started, post(BO, id("a"), say("hi")));
        let line = effects.iter().find_map(|effect| match effect {
            Effect::Tell(_, entry) => Some(entry.by.whose),
            _ => None,
        });
        line.unwrap()
    });
    assert_ne!(whose[0], whose[1]);
}

#[test]
fn whoever_else_has_that_session_is_who_they_were() {
    let mut core = two();
    comes(&mut core, PHONE, None, 4);
    decide(&mut core, post(PHONE, id("a"), say("mine")));
    // Another client has the guest's token, from a link that the guest gave away.
    decide(&mut core, numbered(CLEO, None, Some(token(4)), 5));
    let effects = becomes(&mut core, PHONE, "Ann", Some("fish"));
    assert_eq!((notes(&effects, CLEO), news(&effects)), (vec![], vec![]));
    assert_eq!(who_says(&decide(&mut core, post(CLEO, id("b"), say("hi")))), ["guest-003"]);
    decide(&mut core, Event::Left(CLEO));
    let again = decide(&mut core, numbered(CLEO, None, Some(token(4)), 6));
    assert_eq!(welcome_name(&again, CLEO), "guest-003");
    // The line still belongs to the guest.
    let edit = Deed::Edit { of: Some(Seq(1)), text: "not yours".into() };
    let effects = decide(&mut core, post(PHONE, id("c"), edit));
    assert_eq!(refusal(&effects, PHONE), Some(&Refused::NotYours));
}

#[test]
fn whoever_becomes_one_who_is_away_is_a_renaming_to_the_room() {
    let mut core = two();
    decide(&mut core, Event::Asked(ANN, Request::Leave(RoomName::lobby())));
    decide(&mut core, Event::Left(ANN));
    comes(&mut core, PHONE, Some(claim("Anna", None)), 4);
    let effects = becomes(&mut core, PHONE, "Ann", Some("fish"));
    assert_eq!(news(&effects), ["Anna is Ann"]);
    // The name Anna stays reserved for its session, like the name of any absent person.
    let effects = comes(&mut core, CLEO, Some(claim("Anna", None)), 3);
    assert_eq!(refusal(&effects, CLEO), Some(&Refused::NameKept(limits::NAME_KEPT)));
    let effects = decide(&mut core, numbered(ClientId(6), None, Some(token(4)), 6));
    assert_eq!(welcome_name(&effects, ClientId(6)), "Anna");
}

#[test]
fn without_the_right_secret_nobody_is_another_and_who_has_one_stays_who_they_are() {
    let mut core = two();
    for (secret, why) in [(None, Refused::NameTaken), (Some("soup"), Refused::WrongSecret)] {
        let effects = becomes(&mut core, BO, "Ann", secret);
        assert_eq!(refusal(&effects, BO), Some(&why));
    }
    // Bo's name has a secret, so Bo cannot lose it by a typing error.
    becomes(&mut core, BO, "Bo", Some("bread"));
    let effects = becomes(&mut core, BO, "Ann", Some("fish"));
    assert_eq!(refusal(&effects, BO), Some(&Refused::NameTaken));
    assert_eq!(who_says(&decide(&mut core, post(BO, id("b"), say("hi")))), ["Bo"]);
}

#[test]
fn what_one_has_said_is_one_s_own_and_is_not_said_twice() {
    let mut core = two();
    comes(&mut core, PHONE, None, 4);
    decide(&mut core, post(PHONE, id("a"), say("frist")));
    becomes(&mut core, PHONE, "Ann", Some("fish"));
    let again = decide(&mut core, post(PHONE, id("a"), say("frist")));
    assert_eq!(who_says(&again), [""; 0], "its answer was lost, and it is there once");
    let edit = Deed::Edit { of: Some(Seq(1)), text: "first".into() };
    let edited = decide(&mut core, post(PHONE, id("b"), edit));
    let is_edit = |effect: &Effect| matches!(effect, Effect::Tell(_, entry) if matches!(entry.what, EntryKind::Edited { .. }));
    assert!(edited.iter().any(is_edit), "{edited:?}");
}

#[test]
fn its_private_messages_are_those_of_the_name_from_then_on_and_the_others_wait() {
    let mut core = two();
    let write = |core: &mut Core, to: &str, called: &str| {
        let message = PrivateMessage {
            answers: None,
            to: name(to),
            id: id(called),
            text: called.into(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
        };
        decide(core, Event::Asked(BO, Request::Private(Box::new(message))))
    };
    write(&mut core, "Ann", "for-ann");
    comes(&mut core, PHONE, Some(claim("Anna", None)), 4);
    write(&mut core, "Anna", "for-anna");
    let effects = becomes(&mut core, PHONE, "Ann", Some("fish"));
    let joined = notes(&effects, PHONE).into_iter().filter(|told| matches!(told, Reply::Joined(_)));
    assert_eq!(joined.count(), 1, "it follows that log: {effects:?}");
    write(&mut core, "Anna", "again");
    let effects = decide(&mut core, numbered(CLEO, None, Some(token(4)), 6));
    let joined = notes(&effects, CLEO).into_iter().find_map(|told| match told {
        Reply::Joined(joined) if joined.log == LogName::Private => Some(joined.seq),
        _ => None,
    });
    assert_eq!(joined, Some(Seq(2)), "both: {effects:?}");
}

#[test]
fn a_new_secret_that_nobody_has_shown_keeps_another_away_for_ten_minutes() {
    let mut core = core();
    comes(&mut core, ANN, Some(claim("Mia", None)), 1);
    becomes(&mut core, ANN, "Mia", Some("fish"));
    // Another client connects with the old token.
    decide(&mut core, numbered(CLEO, None, Some(token(1)), 3));
    let again = |core: &mut Core, seconds, secret| {
        let wanted = Request::Rename(Box::new(claim("Mia", Some(secret))), Some(token(103)));
        super::decide_at(core, seconds, Event::Asked(CLEO, wanted))
    };
    for seconds in [0, 599] {
        let effects = again(&mut core, seconds, "soup");
        assert_eq!(refusal(&effects, CLEO), Some(&Refused::WrongSecret));
    }
    let effects = again(&mut core, 600, "soup");
    assert_eq!(refusal(&effects, CLEO), None);
    assert!(matches!(notes(&effects, CLEO)[..], [Reply::Renamed { token: Some(_), .. }]));
}

#[test]
fn who_quits_by_the_old_token_takes_no_name_away_that_has_a_new_secret() {
    let mut core = core();
    comes(&mut core, ANN, Some(claim("Mia", None)), 1);
    becomes(&mut core, ANN, "Mia", Some("fish"));
    decide(&mut core, numbered(CLEO, None, Some(token(1)), 3));
    decide(&mut core, Event::Asked(CLEO, Request::Quit));
    for client in [ANN, CLEO] {
        decide(&mut core, Event::Left(client));
    }
    let again = decide(&mut core, numbered(PHONE, None, Some(token(101)), 4));
    assert_eq!(welcome_name(&again, PHONE), "Mia");
}

#[test]
fn whoever_gives_a_new_secret_before_its_token_is_shown_is_not_thrown_out_when_it_is() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    comes(&mut core, PHONE, None, 4);
    // Ann's new token was not shown yet. Now the phone sends the same name and secret.
    becomes(&mut core, ANN, "Ann", Some("fish"));
    becomes(&mut core, PHONE, "Ann", Some("fish"));
    let shown = decide(&mut core, Event::Asked(ANN, Request::Session(token(101))));
    assert_eq!(notes(&shown, ANN), [&Reply::Session(None)]);
    decide(&mut core, Event::Left(PHONE));
    let back = decide(&mut core, numbered(CLEO, None, Some(token(104)), 5));
    assert_eq!(welcome_name(&back, CLEO), "Ann", "its session is still hers");
    assert!(core.is_member(ANN));
}
