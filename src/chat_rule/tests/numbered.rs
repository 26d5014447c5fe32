//! What numbered clients can rely on: names, tokens and numbers of lines.
//!
//! Part: `chat_rule/mod.rs`.

use super::{
    ANN, BO, ClientId, Effect, Event, Newcomer, core, decide, decide_at, id, join, name, numbered,
    post, token,
};
use crate::base::limits;
use crate::chat::entry::Seq;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Claim, Deed, Post, Request};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

pub(super) const CLEO: ClientId = ClientId(3);

/// Returns the answers and notices that one client is sent.
pub(super) fn notes(effects: &[Effect], client: ClientId) -> Vec<&Reply> {
    let notes = effects.iter().filter_map(|effect| match effect {
        Effect::Note(to, told) if *to == client => Some(told),
        _ => None,
    });
    notes.collect()
}

pub(super) fn welcome_name(effects: &[Effect], client: ClientId) -> String {
    match notes(effects, client)[..] {
        [Reply::Welcome { name, .. }, ..] => name.shown().to_owned(),
        ref other => panic!("no welcome first: {other:?}"),
    }
}

pub(super) fn refusal(effects: &[Effect], client: ClientId) -> Option<&Refused> {
    notes(effects, client).into_iter().find_map(|told| match told {
        Reply::Refused { reason, .. } => Some(reason),
        _ => None,
    })
}

fn presence(effects: &[Effect]) -> Vec<(String, bool)> {
    let presence = effects.iter().filter_map(|effect| match effect {
        Effect::Notice(_, _, Reply::Presence { name, here, .. }) => Some((name.to_string(), *here)),
        _ => None,
    });
    presence.collect()
}

fn renamed(client: ClientId, wanted: &str) -> Event {
    let claim = Claim { name: name(wanted), secret: None };
    Event::Asked(client, Request::Rename(Box::new(claim), None))
}

pub(super) fn say(text: &str) -> Deed {
    Deed::Say(text.into())
}

#[test]
fn who_gives_no_name_is_a_guest_and_who_gives_one_has_it() {
    let mut core = core();
    assert_eq!(welcome_name(&decide(&mut core, numbered(ANN, None, None, 1)), ANN), "guest-001");
    assert_eq!(welcome_name(&decide(&mut core, numbered(BO, Some("Bo"), None, 2)), BO), "Bo");
}

#[test]
fn e8_of_two_who_want_one_name_the_first_has_it_and_the_other_is_told() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let effects = decide(&mut core, numbered(BO, Some("ANN"), None, 2));
    assert_eq!(welcome_name(&effects, BO), "guest-002");
    assert_eq!(refusal(&effects, BO), Some(&Refused::NameTaken));
    // A name with a letter of another alphabet that looks the same is taken, too.
    let effects = decide(&mut core, numbered(CLEO, Some("Аnn"), None, 3));
    assert_eq!(refusal(&effects, CLEO), Some(&Refused::NameTaken));
}

#[test]
fn a_token_gives_the_name_back_at_once_while_its_ghost_is_still_there() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    // Ann's old connection is dead, but the server does not know that yet.
    let effects = decide(&mut core, numbered(BO, None, Some(token(1)), 2));
    assert_eq!(welcome_name(&effects, BO), "Ann");
    assert_eq!(refusal(&effects, BO), None);
    assert_eq!(presence(&effects), [], "nobody new is here");
    decide(&mut core, Event::Left(ANN));
    assert_eq!(presence(&decide_at(&mut core, 60, Event::Ticked)), []);
}

#[test]
fn a_token_counts_for_more_than_a_name_beside_it() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, renamed(ANN, "Anna"));
    let effects = decide(&mut core, numbered(BO, Some("Ann"), Some(token(1)), 2));
    assert_eq!(welcome_name(&effects, BO), "Anna", "what a phone remembers is older");
}

#[test]
fn a_welcome_that_was_lost_does_not_cost_its_name() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), Some(token(7)), 1));
    // The client did not receive the welcome. It connects again with the token that it made itself.
    let effects = decide(&mut core, numbered(BO, Some("Ann"), Some(token(7)), 2));
    assert_eq!(welcome_name(&effects, BO), "Ann");
    assert_eq!(refusal(&effects, BO), None);
}

#[test]
fn a_room_is_joined_once() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(refusal(&decide(&mut core, join(ANN, "lobby", None)), ANN), Some(&Refused::InRoom));
}

#[test]
fn a_short_drop_is_not_announced_and_a_long_one_is_once() {
    let mut core = core();
    decide(&mut core, numbered(BO, Some("Bo"), None, 2));
    let effects = decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(presence(&effects), [("Ann".into(), true)]);
    assert_eq!(presence(&decide_at(&mut core, 10, Event::Left(ANN))), []);
    let back = decide_at(&mut core, 15, numbered(CLEO, None, Some(token(1)), 3));
    assert_eq!(presence(&back), []);
    decide_at(&mut core, 20, Event::Left(CLEO));
    let due = limits::ABSENCE_WAIT.as_secs() + 20;
    assert_eq!(presence(&decide_at(&mut core, due - 1, Event::Ticked)), []);
    assert_eq!(core.next_tick().map(|at| at.as_secs()), Some(due));
    assert_eq!(presence(&decide_at(&mut core, due, Event::Ticked)), [("Ann".into(), false)]);
    assert_eq!(presence(&decide_at(&mut core, due + 1, Event::Ticked)), []);
}

#[test]
fn a_name_is_kept_for_its_token_for_a_day_and_then_free() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, Event::Left(ANN));
    let day = limits::NAME_KEPT.as_secs();
    let effects = decide_at(&mut core, day - 1, numbered(BO, Some("Ann"), None, 2));
    assert_eq!(refusal(&effects, BO), Some(&Refused::NameTaken));
    // Ann's name was reserved for a day, which is over. The core frees the name when the next
    // client leaves.
    decide_at(&mut core, day, Event::Left(BO));
    let effects = decide_at(&mut core, day, numbered(CLEO, Some("Ann"), None, 3));
    assert_eq!(welcome_name(&effects, CLEO), "Ann");
}

#[test]
fn e5_a_message_sent_again_is_there_once_and_answered_again() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let first = decide(&mut core, post(ANN, id("a1"), say("hi")));
    let tells = |effects: &[Effect]| {
        effects.iter().filter(|effect| matches!(effect, Effect::Tell(..))).count()
    };
    assert_eq!(tells(&first), 1);
    let Reply::Sent { seq: Seq(1), .. } = notes(&first, ANN)[0] else { panic!("{first:?}") };
    let again = decide_at(&mut core, 9, post(ANN, id("a1"), say("hi")));
    assert_eq!(tells(&again), 0);
    assert_eq!(notes(&again, ANN), notes(&first, ANN), "the same number and time");
    // If another device of the person sends the message again, it is answered, too. Another person
    // may use the same id for a message of their own.
    decide(&mut core, numbered(BO, None, Some(token(1)), 2));
    assert_eq!(tells(&decide(&mut core, post(BO, id("a1"), say("hi")))), 0);
    decide(&mut core, numbered(CLEO, Some("Cleo"), None, 3));
    assert_eq!(tells(&decide(&mut core, post(CLEO, id("a1"), say("hi")))), 1);
}

#[test]
fn one_changes_ones_own_messages_only_and_what_is_deleted_is_told_no_more() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, numbered(BO, Some("Bo"), None, 2));
    decide(&mut core, post(ANN, None, say("secret")));
    let edit = |of| Deed::Edit { of: Some(Seq(of)), text: "other".into() };
    for (who, deed) in [(BO, edit(1)), (BO, Deed::Delete { of: Some(Seq(1)) }), (ANN, edit(2))] {
        let effects = decide(&mut core, post(who, None, deed));
        assert_eq!(refusal(&effects, who), Some(&Refused::NotYours));
    }
    assert_eq!(refusal(&decide(&mut core, post(ANN, None, edit(1))), ANN), None);
    decide(&mut core, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    // A deleted line cannot be edited.
    assert!(refusal(&decide(&mut core, post(ANN, None, edit(1))), ANN).is_some());
    let history = Request::History { log: RoomName::lobby().into(), before: Seq(9), count: 10 };
    let effects = decide(&mut core, Event::Asked(BO, history));
    let [Reply::History { entries, more: false, .. }] = notes(&effects, BO)[..] else {
        panic!("{effects:?}")
    };
    let texts: Vec<_> = entries.iter().map(|entry| entry.what.text()).collect();
    assert_eq!(texts, ["", "", ""], "its text is gone, and that of its edits");
}

#[test]
fn whoever_falls_behind_twice_is_told_from_the_first_line_it_missed() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, Event::Drained(ANN));
    for number in 0..9 {
        decide(&mut core, post(ANN, None, say(&number.to_string())));
    }
    let room = core.log_of(ANN, &RoomName::lobby().into()).unwrap();
    let behind = |seq| Event::FellBehind(ANN, vec![(room, Seq(seq))]);
    let first = decide(&mut core, behind(3));
    assert!(first.contains(&Effect::Deafen(ANN, room)), "{first:?}");
    let again = decide(&mut core, behind(7));
    assert!(!again.contains(&Effect::Deafen(ANN, room)), "it hears nothing already");
    let effects = decide(&mut core, Event::Drained(ANN));
    let Some(Effect::Replay(_, _, lines)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(lines.iter().map(|line| line.seq.0).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
    assert!(core.hears(ANN, room));
}

#[test]
fn one_must_be_in_a_room_to_speak_there() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    let room = RoomName::parse("kitchen").unwrap();
    let effects = decide(
        &mut core,
        Event::Asked(
            ANN,
            Request::Post(Box::new(Post {
                room: room.clone(),
                id: None,
                answers: None,
                deed: say("hi"),
            })),
        ),
    );
    assert_eq!(refusal(&effects, ANN), Some(&Refused::NotInRoom));
    assert_eq!(refusal(&decide(&mut core, join(ANN, "kitchen", None)), ANN), None);
    let left = decide(&mut core, Event::Asked(ANN, Request::Leave(room)));
    assert!(matches!(notes(&left, ANN)[..], [Reply::Left(_)]));
}

#[test]
fn a_new_name_is_told_to_all_of_ones_devices_and_rooms() {
    let mut core = core();
    decide(&mut core, numbered(ANN, Some("Ann"), None, 1));
    decide(&mut core, numbered(BO, None, Some(token(1)), 2));
    let effects = decide(&mut core, renamed(ANN, "Anna"));
    for device in [ANN, BO] {
        assert!(matches!(notes(&effects, device)[..], [Reply::Renamed { .. }]), "{device}");
    }
    decide(&mut core, numbered(CLEO, Some("Cleo"), None, 3));
    let effects = decide(&mut core, renamed(CLEO, "anna"));
    assert_eq!(refusal(&effects, CLEO), Some(&Refused::NameTaken));
    // The old name is free again.
    let effects = decide(&mut core, renamed(CLEO, "Ann"));
    assert_eq!(refusal(&effects, CLEO), None);
}

/// Returns the event of a client that says hello with a name and its secret.
fn with_secret(client: ClientId, wanted: &str, secret: &str, fresh: u8) -> Event {
    let mut hello = numbered(client, Some(wanted), None, fresh);
    if let Event::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut hello {
        let secret = Some(Digest::of_name(secret));
        greeting.hello.name = Some(Claim { name: name(wanted), secret });
    }
    hello
}

#[test]
fn a_name_with_its_secret_is_its_owner_s_on_any_device() {
    let mut core = core();
    decide(&mut core, with_secret(ANN, "Ann", "swordfish", 1));
    let thief = decide(&mut core, with_secret(BO, "Ann", "catfish", 2));
    assert_eq!(refusal(&thief, BO), Some(&Refused::WrongSecret));
    let without = decide(&mut core, numbered(ClientId(9), Some("Ann"), None, 9));
    assert_eq!(refusal(&without, ClientId(9)), Some(&Refused::NameTaken));
    let again = decide(&mut core, with_secret(CLEO, "Ann", "swordfish", 3));
    assert_eq!(welcome_name(&again, CLEO), "Ann");
    let [Reply::Welcome { token: hers, mark, .. }, ..] = notes(&again, CLEO)[..] else { panic!() };
    assert_eq!(*hers, Some(token(3)), "each device has its own");
    assert_eq!(*mark, Some(Digest::of_name("swordfish").mark()));
    // The secret also works after all her clients have left.
    decide(&mut core, Event::Left(ANN));
    decide(&mut core, Event::Left(CLEO));
    let back = decide_at(&mut core, 3600, with_secret(ClientId(7), "Ann", "swordfish", 7));
    assert_eq!(welcome_name(&back, ClientId(7)), "Ann");
}

#[test]
fn a_mark_goes_with_each_line_and_a_new_name_keeps_it() {
    let mut core = core();
    decide(&mut core, with_secret(ANN, "Ann", "swordfish", 1));
    let mark = |effects: &[Effect]| {
        let told = effects.iter().find_map(|effect| match effect {
            Effect::Tell(_, entry) => Some(entry.by.mark),
            _ => None,
        });
        told.unwrap()
    };
    let swordfish = Some(Digest::of_name("swordfish").mark());
    assert_eq!(mark(&decide(&mut core, post(ANN, None, say("hi")))), swordfish);
    let rename = |secret: Option<&str>| {
        let secret = secret.map(Digest::of_name);
        Event::Asked(ANN, Request::Rename(Box::new(Claim { name: name("Anna"), secret }), None))
    };
    decide(&mut core, rename(None));
    assert_eq!(mark(&decide(&mut core, post(ANN, None, say("hi")))), swordfish);
    decide(&mut core, rename(Some("catfish")));
    let catfish = Some(Digest::of_name("catfish").mark());
    assert_eq!(mark(&decide(&mut core, post(ANN, None, say("hi")))), catfish);
}
