//! What numbered clients can rely on: names, tokens and numbers of lines.
//!
//! Part: `chat_rule/mod.rs`.

use super::{
    ANN, BO, ClientId, Done, Happened, Newcomer, apply, apply_at, chat, id, join, mark_of, name,
    numbered, post, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::Seq;
use crate::chat::refused::Refused;
use crate::chat::request::{
    Claim, Deed, PasswordChange, Post, Request, RoomPosition, RoomSettings,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

pub(super) const CLEO: ClientId = ClientId(3);

/// Returns the answers and notices that one client is sent.
pub(super) fn answers(done: &[Done], client: ClientId) -> Vec<&Answer> {
    let answers = done.iter().filter_map(|one| match one {
        Done::QueueAnswer(to, told) if *to == client => Some(told),
        _ => None,
    });
    answers.collect()
}

pub(super) fn welcome_name(done: &[Done], client: ClientId) -> String {
    match answers(done, client)[..] {
        [Answer::Welcome { name, .. }, ..] => name.shown().to_owned(),
        ref other => panic!("no welcome first: {other:?}"),
    }
}

pub(super) fn refusal(done: &[Done], client: ClientId) -> Option<&Refused> {
    answers(done, client).into_iter().find_map(|told| match told {
        Answer::Refused { reason, .. } => Some(reason),
        _ => None,
    })
}

fn presence(done: &[Done]) -> Vec<(String, bool)> {
    let presence = done.iter().filter_map(|one| match one {
        Done::PushNotice(_, _, Answer::Presence { name, here, .. }) => {
            Some((name.to_string(), *here))
        }
        _ => None,
    });
    presence.collect()
}

fn renamed(client: ClientId, wanted: &str) -> Happened {
    let claim = Claim { name: name(wanted), secret: None };
    Happened::Asked(client, Request::Rename(Box::new(claim), None))
}

pub(super) fn say(text: &str) -> Deed {
    Deed::Say(text.into())
}

#[test]
fn who_gives_no_name_is_a_guest_and_who_gives_one_has_it() {
    let mut chat = chat();
    assert_eq!(welcome_name(&apply(&mut chat, numbered(ANN, None, None, 1)), ANN), "guest-001");
    assert_eq!(welcome_name(&apply(&mut chat, numbered(BO, Some("Bo"), None, 2)), BO), "Bo");
}

#[test]
fn e8_of_two_who_want_one_name_the_first_has_it_and_the_other_is_told() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let done = apply(&mut chat, numbered(BO, Some("ANN"), None, 2));
    assert_eq!(welcome_name(&done, BO), "guest-002");
    assert_eq!(refusal(&done, BO), Some(&Refused::NameTaken));
    // A name with a letter of another alphabet that looks the same is taken, too.
    let done = apply(&mut chat, numbered(CLEO, Some("Аnn"), None, 3));
    assert_eq!(refusal(&done, CLEO), Some(&Refused::NameTaken));
}

#[test]
fn a_token_gives_the_name_back_at_once_while_its_ghost_is_still_there() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    // Ann's old connection is dead, but the server does not know that yet.
    let done = apply(&mut chat, numbered(BO, None, Some(token(1)), 2));
    assert_eq!(welcome_name(&done, BO), "Ann");
    assert_eq!(refusal(&done, BO), None);
    assert_eq!(presence(&done), [], "nobody new is here");
    apply(&mut chat, Happened::Left(ANN));
    assert_eq!(presence(&apply_at(&mut chat, 60, Happened::Ticked)), []);
}

#[test]
fn a_token_counts_for_more_than_a_name_beside_it() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, renamed(ANN, "Anna"));
    let done = apply(&mut chat, numbered(BO, Some("Ann"), Some(token(1)), 2));
    assert_eq!(welcome_name(&done, BO), "Anna", "what a phone remembers is older");
}

#[test]
fn a_welcome_that_was_lost_does_not_cost_its_name() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), Some(token(7)), 1));
    // The client did not receive the welcome. It connects again with the token that it made itself.
    let done = apply(&mut chat, numbered(BO, Some("Ann"), Some(token(7)), 2));
    assert_eq!(welcome_name(&done, BO), "Ann");
    assert_eq!(refusal(&done, BO), None);
}

#[test]
fn a_room_is_joined_once() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(refusal(&apply(&mut chat, join(ANN, "lobby", None)), ANN), Some(&Refused::InRoom));
}

/// Returns what the clients of each room are told of the list of rooms: a room's name, and whether
/// it is hidden now.
fn listed(done: &[Done]) -> Vec<(String, bool)> {
    let listed = done.iter().filter_map(|one| match one {
        Done::PushNotice(_, None, Answer::Listed(line)) => {
            Some((line.room.to_string(), line.privacy.hidden))
        }
        _ => None,
    });
    listed.collect()
}

#[test]
fn all_rooms_hear_of_a_room_that_is_new_in_the_list_and_none_of_a_hidden_one() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let (den, lair) = (RoomName::parse("den").unwrap(), RoomName::parse("lair").unwrap());
    let of_den = |hidden| ("den".to_owned(), hidden);
    // Each of the two rooms hears of it once.
    let seen = listed(&apply(&mut chat, join(ANN, "den", None)));
    assert_eq!(seen, [of_den(false), of_den(false)]);
    assert_eq!(listed(&apply(&mut chat, join(BO, "den", None))), [], "it is not new");
    let hidden = Box::new(RoomPosition { hidden: true, ..RoomPosition::of(lair.clone()) });
    let done = apply(&mut chat, Happened::Asked(BO, Request::Join(hidden, None)));
    assert_eq!((refusal(&done, BO), listed(&done)), (None, Vec::new()));
    let mut set = |client, room: &RoomName, hidden, password| {
        let settings = RoomSettings { room: room.clone(), hidden, password };
        let done =
            apply(&mut chat, Happened::Asked(client, Request::Set(Box::new(settings), None)));
        assert_eq!(refusal(&done, client), None);
        listed(&done)
    };
    let soup = || PasswordChange::Set(Digest::of_name("soup"));
    assert_eq!(set(BO, &lair, None, soup()), [], "it is still hidden");
    assert_eq!(set(ANN, &den, None, PasswordChange::Keep), [], "nothing is new");
    assert_eq!(set(ANN, &den, Some(true), PasswordChange::Keep), vec![of_den(true); 3]);
    assert_eq!(set(ANN, &den, Some(false), PasswordChange::Keep), vec![of_den(false); 3]);
}

#[test]
fn a_short_drop_is_not_announced_and_a_long_one_is_once() {
    let mut chat = chat();
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let done = apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    assert_eq!(presence(&done), [("Ann".into(), true)]);
    assert_eq!(presence(&apply_at(&mut chat, 10, Happened::Left(ANN))), []);
    let back = apply_at(&mut chat, 15, numbered(CLEO, None, Some(token(1)), 3));
    assert_eq!(presence(&back), []);
    apply_at(&mut chat, 20, Happened::Left(CLEO));
    let due = limits::ABSENCE_WAIT.as_secs() + 20;
    assert_eq!(presence(&apply_at(&mut chat, due - 1, Happened::Ticked)), []);
    assert_eq!(chat.next_tick().map(|at| at.as_secs()), Some(due));
    assert_eq!(presence(&apply_at(&mut chat, due, Happened::Ticked)), [("Ann".into(), false)]);
    assert_eq!(presence(&apply_at(&mut chat, due + 1, Happened::Ticked)), []);
}

#[test]
fn a_name_is_kept_for_its_token_for_a_week_and_then_free() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, Happened::Left(ANN));
    let week = limits::NAME_KEPT.as_secs();
    let done = apply_at(&mut chat, week - 1, numbered(BO, Some("Ann"), None, 2));
    assert_eq!(refusal(&done, BO), Some(&Refused::NameTaken));
    // Ann's name was reserved for a week, which is over. The core frees the name when the next
    // client leaves.
    apply_at(&mut chat, week, Happened::Left(BO));
    let done = apply_at(&mut chat, week, numbered(CLEO, Some("Ann"), None, 3));
    assert_eq!(welcome_name(&done, CLEO), "Ann");
}

#[test]
fn a_name_with_a_secret_is_kept_much_longer_and_its_messages_stay_their_writer_s() {
    let mut chat = chat();
    apply(&mut chat, with_secret(ANN, "Ann", "swordfish", 1));
    apply(&mut chat, post(ANN, id("a1"), say("hi")));
    apply(&mut chat, Happened::Left(ANN));
    let year = limits::SECRET_NAME_KEPT.as_secs();
    apply_at(&mut chat, year - 60, numbered(BO, Some("Ann"), None, 2));
    apply_at(&mut chat, year - 60, Happened::Left(BO));
    let back = apply_at(&mut chat, year - 1, with_secret(CLEO, "Ann", "swordfish", 3));
    assert_eq!(welcome_name(&back, CLEO), "Ann");
    let edit = Deed::Edit { of: Some(Seq(1)), text: "hello".into() };
    let done = apply_at(&mut chat, year - 1, post(CLEO, id("a2"), edit));
    assert_eq!(refusal(&done, CLEO), None);
    apply_at(&mut chat, year, Happened::Left(CLEO));
    apply_at(&mut chat, 2 * year, numbered(ANN, Some("Bo"), None, 4));
    apply_at(&mut chat, 2 * year, Happened::Left(ANN));
    let done = apply_at(&mut chat, 2 * year, numbered(BO, Some("Ann"), None, 5));
    assert_eq!(welcome_name(&done, BO), "Ann", "free after a year");
}

#[test]
fn e5_a_message_sent_again_is_there_once_and_answered_again() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let first = apply(&mut chat, post(ANN, id("a1"), say("hi")));
    let tells =
        |done: &[Done]| done.iter().filter(|one| matches!(one, Done::QueueLine(..))).count();
    assert_eq!(tells(&first), 1);
    let Answer::Sent { seq: Seq(1), .. } = answers(&first, ANN)[0] else { panic!("{first:?}") };
    let again = apply_at(&mut chat, 9, post(ANN, id("a1"), say("hi")));
    assert_eq!(tells(&again), 0);
    assert_eq!(answers(&again, ANN), answers(&first, ANN), "the same number and time");
    // If another device of the person sends the message again, it is answered, too. Another person
    // may use the same id for a message of their own.
    apply(&mut chat, numbered(BO, None, Some(token(1)), 2));
    assert_eq!(tells(&apply(&mut chat, post(BO, id("a1"), say("hi")))), 0);
    apply(&mut chat, numbered(CLEO, Some("Cleo"), None, 3));
    assert_eq!(tells(&apply(&mut chat, post(CLEO, id("a1"), say("hi")))), 1);
}

#[test]
fn one_changes_ones_own_messages_only_and_what_is_deleted_is_told_no_more() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    apply(&mut chat, post(ANN, None, say("secret")));
    let edit = |of| Deed::Edit { of: Some(Seq(of)), text: "other".into() };
    for (who, deed) in [(BO, edit(1)), (BO, Deed::Delete { of: Some(Seq(1)) }), (ANN, edit(2))] {
        let done = apply(&mut chat, post(who, None, deed));
        assert_eq!(refusal(&done, who), Some(&Refused::NotYours));
    }
    assert_eq!(refusal(&apply(&mut chat, post(ANN, None, edit(1))), ANN), None);
    apply(&mut chat, post(ANN, None, Deed::Delete { of: Some(Seq(1)) }));
    // A deleted line cannot be edited.
    assert!(refusal(&apply(&mut chat, post(ANN, None, edit(1))), ANN).is_some());
    let history = Request::History { log: RoomName::lobby().into(), before: Seq(9), count: 10 };
    let done = apply(&mut chat, Happened::Asked(BO, history));
    let [Answer::History { entries, more: false, .. }] = answers(&done, BO)[..] else {
        panic!("{done:?}")
    };
    let texts: Vec<_> = entries.iter().map(|entry| entry.what.text()).collect();
    assert_eq!(texts, ["", "", ""], "its text is gone, and that of its edits");
}

#[test]
fn whoever_falls_behind_twice_is_told_from_the_first_line_it_missed() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, Happened::Drained(ANN));
    for number in 0..9 {
        apply(&mut chat, post(ANN, None, say(&number.to_string())));
    }
    let room = chat.log_of(ANN, &RoomName::lobby().into()).unwrap();
    let behind = |seq| Happened::FellBehind(ANN, vec![(room, Seq(seq))]);
    let first = apply(&mut chat, behind(3));
    assert!(first.contains(&Done::Unsubscribe(ANN, room)), "{first:?}");
    let again = apply(&mut chat, behind(7));
    assert!(!again.contains(&Done::Unsubscribe(ANN, room)), "it hears nothing already");
    let done = apply(&mut chat, Happened::Drained(ANN));
    let Some(Done::PushChunk(_, _, lines)) = done.first() else { panic!("{done:?}") };
    assert_eq!(lines.iter().map(|line| line.seq.0).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
    assert!(chat.hears(ANN, room));
}

#[test]
fn one_must_be_in_a_room_to_speak_there() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    let room = RoomName::parse("kitchen").unwrap();
    let done = apply(
        &mut chat,
        Happened::Asked(
            ANN,
            Request::Post(Box::new(Post {
                log: room.clone().into(),
                id: None,
                reply_to: None,
                deed: say("hi"),
            })),
        ),
    );
    assert_eq!(refusal(&done, ANN), Some(&Refused::NotInRoom));
    assert_eq!(refusal(&apply(&mut chat, join(ANN, "kitchen", None)), ANN), None);
    let left = apply(&mut chat, Happened::Asked(ANN, Request::Leave(room)));
    assert!(matches!(answers(&left, ANN)[..], [Answer::Left(_)]));
}

#[test]
fn row_9_a_new_name_is_told_to_all_of_ones_devices_and_rooms() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, None, Some(token(1)), 2));
    let done = apply(&mut chat, renamed(ANN, "Anna"));
    for device in [ANN, BO] {
        assert!(matches!(answers(&done, device)[..], [Answer::Renamed { .. }]), "{device}");
    }
    apply(&mut chat, numbered(CLEO, Some("Cleo"), None, 3));
    let done = apply(&mut chat, renamed(CLEO, "anna"));
    assert_eq!(refusal(&done, CLEO), Some(&Refused::NameTaken));
    // The old name is hers until she takes another one.
    let done = apply(&mut chat, renamed(CLEO, "Ann"));
    assert_eq!(refusal(&done, CLEO), Some(&Refused::NameGivenUp));
    apply(&mut chat, renamed(ANN, "Anni"));
    let done = apply(&mut chat, renamed(CLEO, "Ann"));
    assert_eq!(refusal(&done, CLEO), None);
}

/// Returns the event of a client that says hello with a name and its secret.
fn with_secret(client: ClientId, wanted: &str, secret: &str, fresh: u8) -> Happened {
    let mut hello = numbered(client, Some(wanted), None, fresh);
    if let Happened::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut hello {
        let secret = Some(Digest::of_name(secret));
        greeting.hello.name = Some(Claim { name: name(wanted), secret });
    }
    hello
}

#[test]
fn row_10_a_name_with_its_secret_is_its_owner_s_on_any_device() {
    let mut chat = chat();
    apply(&mut chat, with_secret(ANN, "Ann", "swordfish", 1));
    let thief = apply(&mut chat, with_secret(BO, "Ann", "catfish", 2));
    assert_eq!(refusal(&thief, BO), Some(&Refused::WrongSecret));
    let without = apply(&mut chat, numbered(ClientId(9), Some("Ann"), None, 9));
    assert_eq!(refusal(&without, ClientId(9)), Some(&Refused::NameHasSecret));
    let again = apply(&mut chat, with_secret(CLEO, "Ann", "swordfish", 3));
    assert_eq!(welcome_name(&again, CLEO), "Ann");
    let [Answer::Welcome { token: hers, mark, .. }, ..] = answers(&again, CLEO)[..] else {
        panic!()
    };
    assert_eq!(*hers, Some(token(3)), "each device has its own");
    assert_eq!(*mark, Some(mark_of("Ann", "swordfish")));
    // The secret also works after all her clients have left.
    apply(&mut chat, Happened::Left(ANN));
    apply(&mut chat, Happened::Left(CLEO));
    let back = apply_at(&mut chat, 3600, with_secret(ClientId(7), "Ann", "swordfish", 7));
    assert_eq!(welcome_name(&back, ClientId(7)), "Ann");
}

#[test]
fn row_11_a_mark_goes_with_each_line_and_another_name_or_secret_has_another_mark() {
    let mut chat = chat();
    apply(&mut chat, with_secret(ANN, "Ann", "swordfish", 1));
    let mark = |done: &[Done]| {
        let told = done.iter().find_map(|one| match one {
            Done::QueueLine(_, entry) => Some(entry.by.mark),
            _ => None,
        });
        told.unwrap()
    };
    let as_ann = Some(mark_of("Ann", "swordfish"));
    assert_eq!(mark(&apply(&mut chat, post(ANN, None, say("hi")))), as_ann);
    let rename = |secret: Option<&str>| {
        let secret = secret.map(Digest::of_name);
        Happened::Asked(ANN, Request::Rename(Box::new(Claim { name: name("Anna"), secret }), None))
    };
    apply(&mut chat, rename(None));
    assert_eq!(
        mark(&apply(&mut chat, post(ANN, None, say("hi")))),
        Some(mark_of("Anna", "swordfish"))
    );
    apply(&mut chat, rename(Some("catfish")));
    let catfish = Some(mark_of("Anna", "catfish"));
    assert_eq!(mark(&apply(&mut chat, post(ANN, None, say("hi")))), catfish);
}
