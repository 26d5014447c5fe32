//! A client sends another person's name and secret, and becomes a client of that person.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, say, welcome_name};
use super::visiting::{self, VISITOR, visits};
use super::{
    ANN, BO, ClientId, Done, Greeting, Happened, Newcomer, RecordedChat, Stay, Stored, apply,
    apply_at, came_from, chat, id, mark_of, moment, name, numbered, place, post, settings, token,
};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::Visitor;
use crate::chat::entry::{EntryKind, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Deed, Hello, PrivateMessage, Request};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;

const PHONE: ClientId = ClientId(4);

fn claim(wanted: &str, secret: Option<&str>) -> Claim {
    Claim { name: name(wanted), secret: secret.map(Digest::of_name) }
}

/// A client enters the lobby with a name, perhaps with a secret. Returns what the chat did.
fn comes(chat: &mut RecordedChat, client: ClientId, claim: Option<Claim>, fresh: u8) -> Vec<Done> {
    let rooms = vec![place(RoomName::lobby(), None)];
    let hello = Hello { name: claim, rooms, ..Hello::default() };
    let greeting =
        Greeting { hello, fresh: token(fresh), is_admitted: true, stay: Stay::Connected };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    apply(chat, Happened::Newcomer(client, newcomer, came_from(None)))
}

fn becomes(
    chat: &mut RecordedChat,
    client: ClientId,
    wanted: &str,
    secret: Option<&str>,
) -> Vec<Done> {
    let fresh = Some(token(100 + u8::try_from(client.0).unwrap()));
    apply(chat, Happened::Asked(client, Request::Rename(Box::new(claim(wanted, secret)), fresh)))
}

/// Returns what the rooms are told about people who come, leave or change their names.
fn news(done: &[Done]) -> Vec<String> {
    let news = done.iter().filter_map(|one| match one {
        Done::PushNotice(_, _, Answer::Presence { name, here, people, .. }) => {
            Some(format!("{name} {}, {people}", if *here { "came" } else { "left" }))
        }
        Done::PushNotice(_, _, Answer::Renamed { from, to, .. }) => Some(format!("{from} is {to}")),
        _ => None,
    });
    news.collect()
}

fn who_says(done: &[Done]) -> Vec<&str> {
    let lines = done.iter().filter_map(|one| match one {
        Done::QueueLine(_, entry) => Some(entry.by.name.shown()),
        _ => None,
    });
    lines.collect()
}

/// Makes a hub with Ann, whose name has a secret, and Bo.
fn two() -> RecordedChat {
    let mut chat = chat();
    comes(&mut chat, ANN, Some(claim("Ann", Some("fish"))), 1);
    comes(&mut chat, BO, Some(claim("Bo", None)), 2);
    chat
}

#[test]
fn nobody_is_called_as_another_one_is_shown_with_the_mark_of_a_secret() {
    let mark = mark_of("Ann", "fish").to_string();
    let capitals = mark.to_uppercase();
    let looks = [
        format!("Ann {mark}"),
        format!("Ann ({mark})"),
        format!("ann [{capitals}"),
        format!("Аnn {mark}"),
        format!("Ann - {mark}!"),
    ];
    for look in &looks {
        let mut chat = two();
        // No client gets a name that looks like Ann with her mark: neither in its hello nor in a
        // later renaming, with or without a secret.
        let done = comes(&mut chat, PHONE, Some(claim(look, None)), 4);
        assert_eq!(welcome_name(&done, PHONE), "guest-003", "{look}");
        assert_eq!(refusal(&done, PHONE), Some(&Refused::NameTaken), "{look}");
        for secret in [None, Some("soup")] {
            let done = becomes(&mut chat, BO, look, secret);
            assert_eq!(refusal(&done, BO), Some(&Refused::NameTaken), "{look}");
        }
    }
    // Ann herself may take a name that looks like Ann with her mark. Any person may take the name
    // Ann with a mark that is not Ann's.
    let mut chat = two();
    let other = format!("Ann {}", mark_of("Ann", "soup"));
    assert_eq!(refusal(&becomes(&mut chat, BO, &other, None), BO), None);
    assert_eq!(refusal(&becomes(&mut chat, ANN, &looks[0], None), ANN), None);
}

#[test]
fn whoever_gives_a_name_s_secret_is_that_person_on_one_more_device() {
    let mut chat = two();
    comes(&mut chat, PHONE, None, 4);
    let done = becomes(&mut chat, PHONE, "Ann", Some("fish"));
    let told = answers(&done, PHONE)[0];
    let Answer::Renamed { to, token: Some(session), .. } = told else { panic!("{told:?}") };
    assert_eq!((to.shown(), session), ("Ann", &token(104)));
    assert_eq!(news(&done), ["guest-003 left, 2"]);
    assert_eq!(who_says(&apply(&mut chat, post(PHONE, id("a"), say("hi")))), ["Ann"]);
    // The phone has a session of Ann's now, so a client with the phone's token gets the name Ann.
    let again = apply(&mut chat, numbered(CLEO, None, Some(token(104)), 5));
    assert_eq!(welcome_name(&again, CLEO), "Ann");
    // The guest does not exist any more. When one of Ann's devices leaves, the room is not told
    // that Ann left.
    apply(&mut chat, Happened::Left(CLEO));
    assert_eq!(news(&apply(&mut chat, Happened::Left(PHONE))), [""; 0]);
    let done = apply(&mut chat, Happened::Asked(BO, Request::Who(RoomName::lobby())));
    let told = answers(&done, BO);
    assert!(matches!(told[..], [Answer::Who { people: 2, .. }]), "{told:?}");
}

/// Returns for each of the lobby's lines whether the client's own person has said it.
fn own(chat: &mut RecordedChat, client: ClientId) -> Vec<bool> {
    let (log, before) = (LogName::Room(RoomName::lobby()), Seq(u64::MAX));
    let done = apply(chat, Happened::Asked(client, Request::History { log, before, count: 9 }));
    let [Answer::History { entries, person, .. }] = answers(&done, client)[..] else {
        panic!("{done:?}")
    };
    entries.iter().map(|line| line.is_by(*person)).collect()
}

#[test]
fn a_line_is_its_author_s_whatever_that_one_and_others_are_called() {
    let mut chat = two();
    comes(&mut chat, PHONE, None, 4);
    for (client, text) in [(PHONE, "a"), (ANN, "b"), (BO, "c")] {
        apply(&mut chat, post(client, id(text), say(text)));
    }
    assert_eq!(own(&mut chat, PHONE), [true, false, false]);
    // A guest becomes Ann, so what the guest has said is Ann's.
    becomes(&mut chat, PHONE, "Ann", Some("fish"));
    for client in [PHONE, ANN] {
        assert_eq!(own(&mut chat, client), [true, true, false]);
    }
    // The line about the new name is Bo's, too.
    becomes(&mut chat, BO, "Bob", None);
    assert_eq!(own(&mut chat, BO), [false, false, true, true]);
    // Another person takes the name Bo, which the client `BO` had before. The lines of `BO` do not
    // belong to that person.
    comes(&mut chat, CLEO, Some(claim("Bo", None)), 5);
    assert_eq!(own(&mut chat, CLEO), [false, false, false, false]);
}

#[test]
fn whoever_is_new_has_the_number_of_nobody_whose_lines_only_the_file_has() {
    // Two runs of a server. The second one has no data of the first.
    let whose = [0, 10].map(|started| {
        let mut chat = RecordedChat::new(settings(1000, 64, 7), Stored::default(), moment(started));
        let comes = [(ANN, 1), (BO, 2)].map(|(client, fresh)| numbered(client, None, None, fresh));
        comes.into_iter().for_each(|comes| drop(apply_at(&mut chat, started, comes)));
        let done = apply_at(&mut chat, started, post(BO, id("a"), say("hi")));
        let line = done.iter().find_map(|one| match one {
            Done::QueueLine(_, entry) => Some(entry.by.whose),
            _ => None,
        });
        line.unwrap()
    });
    assert_ne!(whose[0], whose[1]);
}

#[test]
fn whoever_else_has_that_session_is_who_they_were() {
    let mut chat = two();
    comes(&mut chat, PHONE, None, 4);
    apply(&mut chat, post(PHONE, id("a"), say("mine")));
    // Another client has the guest's token, from a link that the guest gave away.
    apply(&mut chat, numbered(CLEO, None, Some(token(4)), 5));
    let done = becomes(&mut chat, PHONE, "Ann", Some("fish"));
    assert_eq!((answers(&done, CLEO), news(&done)), (vec![], vec![]));
    assert_eq!(who_says(&apply(&mut chat, post(CLEO, id("b"), say("hi")))), ["guest-003"]);
    apply(&mut chat, Happened::Left(CLEO));
    let again = apply(&mut chat, numbered(CLEO, None, Some(token(4)), 6));
    assert_eq!(welcome_name(&again, CLEO), "guest-003");
    // The line still belongs to the guest.
    let edit = Deed::Edit { of: Some(Seq(1)), text: "not yours".into() };
    let done = apply(&mut chat, post(PHONE, id("c"), edit));
    assert_eq!(refusal(&done, PHONE), Some(&Refused::NotYours));
}

#[test]
fn whoever_becomes_one_who_is_away_is_a_renaming_to_the_room() {
    let mut chat = two();
    apply(&mut chat, Happened::Asked(ANN, Request::Leave(RoomName::lobby())));
    apply(&mut chat, Happened::Left(ANN));
    comes(&mut chat, PHONE, Some(claim("Anna", None)), 4);
    let done = becomes(&mut chat, PHONE, "Ann", Some("fish"));
    assert_eq!(news(&done), ["Anna is Ann"]);
    // The name Anna stays reserved for its session, like the name of any absent person.
    let done = comes(&mut chat, CLEO, Some(claim("Anna", None)), 3);
    assert_eq!(refusal(&done, CLEO), Some(&Refused::NameKept(limits::NAME_KEPT)));
    let done = apply(&mut chat, numbered(ClientId(6), None, Some(token(4)), 6));
    assert_eq!(welcome_name(&done, ClientId(6)), "Anna");
}

#[test]
fn a_guest_who_only_says_something_is_never_counted_in_the_room_whoever_becomes_them() {
    let mut chat = chat();
    comes(&mut chat, BO, Some(claim("Bo", None)), 2);
    visits(&mut chat, 0, Visitor::Passing, visiting::lobby());
    let own = Request::Rename(Box::new(claim("Ann", Some("s3cret"))), Some(token(9)));
    apply(&mut chat, Happened::Asked(VISITOR, own));
    let came = comes(&mut chat, ANN, Some(claim("Ann", Some("s3cret"))), 1);
    assert_eq!(news(&came), ["Ann came, 2"]);
    // The room waits for Ann, and then loses the client that was never counted.
    apply(&mut chat, Happened::Left(ANN));
    apply(&mut chat, Happened::Left(VISITOR));
    let gone = apply_at(&mut chat, limits::ABSENCE_WAIT.as_secs(), Happened::Ticked);
    assert_eq!(news(&gone), ["Ann left, 1"]);
}

#[test]
fn without_the_right_secret_nobody_is_another_and_who_has_one_stays_who_they_are() {
    let mut chat = two();
    for (secret, why) in [(None, Refused::NameHasSecret), (Some("soup"), Refused::WrongSecret)] {
        let done = becomes(&mut chat, BO, "Ann", secret);
        assert_eq!(refusal(&done, BO), Some(&why));
    }
    // Bo's name has a secret, so Bo cannot lose it by a typing error.
    becomes(&mut chat, BO, "Bo", Some("bread"));
    let done = becomes(&mut chat, BO, "Ann", Some("fish"));
    assert_eq!(refusal(&done, BO), Some(&Refused::NameTaken));
    assert_eq!(who_says(&apply(&mut chat, post(BO, id("b"), say("hi")))), ["Bo"]);
}

#[test]
fn what_one_has_said_is_one_s_own_and_is_not_said_twice() {
    let mut chat = two();
    comes(&mut chat, PHONE, None, 4);
    apply(&mut chat, post(PHONE, id("a"), say("frist")));
    becomes(&mut chat, PHONE, "Ann", Some("fish"));
    let again = apply(&mut chat, post(PHONE, id("a"), say("frist")));
    assert_eq!(who_says(&again), [""; 0], "its answer was lost, and it is there once");
    let edit = Deed::Edit { of: Some(Seq(1)), text: "first".into() };
    let edited = apply(&mut chat, post(PHONE, id("b"), edit));
    let is_edit = |one: &Done| matches!(one, Done::QueueLine(_, entry) if matches!(entry.what, EntryKind::Edited { .. }));
    assert!(edited.iter().any(is_edit), "{edited:?}");
}

#[test]
fn its_private_messages_are_those_of_the_name_from_then_on_and_the_others_wait() {
    let mut chat = two();
    let write = |chat: &mut RecordedChat, to: &str, called: &str| {
        let message = PrivateMessage {
            reply_to: None,
            to: name(to),
            id: id(called),
            text: called.into(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        apply(chat, Happened::Asked(BO, Request::Private(Box::new(message))))
    };
    write(&mut chat, "Ann", "for-ann");
    comes(&mut chat, PHONE, Some(claim("Anna", None)), 4);
    write(&mut chat, "Anna", "for-anna");
    let done = becomes(&mut chat, PHONE, "Ann", Some("fish"));
    let joined = answers(&done, PHONE).into_iter().filter(|told| matches!(told, Answer::Joined(_)));
    assert_eq!(joined.count(), 1, "it follows that log: {done:?}");
    write(&mut chat, "Anna", "again");
    let done = apply(&mut chat, numbered(CLEO, None, Some(token(4)), 6));
    let joined = answers(&done, CLEO).into_iter().find_map(|told| match told {
        Answer::Joined(joined) if joined.log == LogName::Private => Some(joined.seq),
        _ => None,
    });
    assert_eq!(joined, Some(Seq(2)), "both: {done:?}");
}

#[test]
fn a_new_secret_that_nobody_has_shown_keeps_another_away_for_ten_minutes() {
    let mut chat = chat();
    comes(&mut chat, ANN, Some(claim("Mia", None)), 1);
    becomes(&mut chat, ANN, "Mia", Some("fish"));
    // Another client connects with the old token.
    apply(&mut chat, numbered(CLEO, None, Some(token(1)), 3));
    let again = |chat: &mut RecordedChat, seconds, secret| {
        let wanted = Request::Rename(Box::new(claim("Mia", Some(secret))), Some(token(103)));
        super::apply_at(chat, seconds, Happened::Asked(CLEO, wanted))
    };
    for seconds in [0, 599] {
        let done = again(&mut chat, seconds, "soup");
        assert_eq!(refusal(&done, CLEO), Some(&Refused::WrongSecret));
    }
    let done = again(&mut chat, 600, "soup");
    assert_eq!(refusal(&done, CLEO), None);
    assert!(matches!(answers(&done, CLEO)[..], [Answer::Renamed { token: Some(_), .. }]));
}

#[test]
fn who_quits_by_the_old_token_takes_no_name_away_that_has_a_new_secret() {
    let mut chat = chat();
    comes(&mut chat, ANN, Some(claim("Mia", None)), 1);
    becomes(&mut chat, ANN, "Mia", Some("fish"));
    apply(&mut chat, numbered(CLEO, None, Some(token(1)), 3));
    apply(&mut chat, Happened::Asked(CLEO, Request::Quit));
    for client in [ANN, CLEO] {
        apply(&mut chat, Happened::Left(client));
    }
    let again = apply(&mut chat, numbered(PHONE, None, Some(token(101)), 4));
    assert_eq!(welcome_name(&again, PHONE), "Mia");
}

#[test]
fn whoever_gives_a_new_secret_before_its_token_is_shown_is_not_thrown_out_when_it_is() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    comes(&mut chat, PHONE, None, 4);
    // Ann's new token was not shown yet. Now the phone sends the same name and secret.
    becomes(&mut chat, ANN, "Ann", Some("fish"));
    becomes(&mut chat, PHONE, "Ann", Some("fish"));
    let shown = apply(&mut chat, Happened::Asked(ANN, Request::Session(token(101))));
    assert_eq!(answers(&shown, ANN), [&Answer::Session(None)]);
    apply(&mut chat, Happened::Left(PHONE));
    let back = apply(&mut chat, numbered(CLEO, None, Some(token(104)), 5));
    assert_eq!(welcome_name(&back, CLEO), "Ann", "its session is still hers");
    assert!(chat.is_member(ANN));
}
