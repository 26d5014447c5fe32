//! Row street B14 of `docs/ROWS.md`: a client may send a few requests at once, and then a few each
//! second. Further requests wait, then they are refused. A client that still continues is
//! disconnected.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, say};
use super::{
    ANN, BO, ClientId, Done, Happened, Newcomer, RecordedChat, Request, apply, apply_at, came_from,
    chat, id, moment, numbered, post, said, token,
};
use crate::admission::ClientNetwork;
use crate::base::bucket::BUCKETS_KEPT_MIN;
use crate::base::disconnect::Disconnect;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::EntryKind;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

fn network(number: u8) -> Option<ClientNetwork> {
    Some(ClientNetwork::of([192, 0, 2, number].into()))
}

/// A client connects from an IP address to which the limits apply.
fn enters(chat: &mut RecordedChat, client: ClientId, from: Option<ClientNetwork>) {
    let fresh = u8::try_from(client.0).unwrap();
    let Happened::Newcomer(_, newcomer, _) = numbered(client, None, None, fresh) else { panic!() };
    apply(chat, Happened::Newcomer(client, newcomer, came_from(from)));
}

fn told(done: &[Done]) -> Vec<&str> {
    let told = done.iter().filter_map(|one| match one {
        Done::QueueLine(_, entry) => match &entry.what {
            EntryKind::Said(text) => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

/// Lets time pass, and handles the requests that may be handled by now.
fn pass(chat: &mut RecordedChat, seconds: u64) -> Vec<Done> {
    let mut done = apply_at(chat, seconds, Happened::Ticked);
    while chat.has_due(moment(seconds)) {
        done.extend(apply_at(chat, seconds, Happened::Ticked));
    }
    done
}

/// Says `count` things at one moment. Returns how many of them the room was sent.
fn says(chat: &mut RecordedChat, client: ClientId, count: usize, seconds: u64) -> usize {
    let say = |_| apply_at(chat, seconds, said_by(client)).iter().filter(is_told).count();
    (0..count).map(say).sum()
}

fn said_by(client: ClientId) -> Happened {
    post(client, None, say("hello"))
}

fn is_told(one: &&Done) -> bool {
    matches!(one, Done::QueueLine(..))
}

#[test]
fn street_b14_five_at_once_then_two_a_second_then_no_more() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    assert_eq!(says(&mut chat, ANN, 5, 0), 5);
    assert_eq!(says(&mut chat, ANN, limits::WAITING_REQUESTS_MAX, 0), 0, "they wait");
    let refused = apply(&mut chat, post(ANN, id("x"), say("one too many")));
    assert!(told(&refused).is_empty());
    let [Answer::Refused { id: its, reason: Refused::TooFast(wait), said, .. }] =
        answers(&refused, ANN)[..]
    else {
        panic!("{refused:?}")
    };
    assert_eq!((its, said.as_deref()), (&id("x"), Some("one too many")));
    // Four messages wait before the refused one. The refused message would have to wait half a
    // second for each of the four, and another half second.
    assert_eq!(wait.as_millis(), 2500);
    let later = |chat: &mut RecordedChat, seconds| told(&pass(chat, seconds)).len();
    assert_eq!(chat.next_tick().map(|at| at.as_millis()), Some(500));
    assert_eq!(later(&mut chat, 0), 0);
    assert_eq!(later(&mut chat, 1), 2);
    assert_eq!(later(&mut chat, 2), 2);
    assert_eq!(chat.next_tick(), None);
    assert_eq!(says(&mut chat, ANN, 5, 5), 5, "as fast as in the beginning");
}

#[test]
fn street_b14_what_waits_keeps_its_order_with_what_comes_behind_it() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    says(&mut chat, ANN, 5, 0);
    apply(&mut chat, post(ANN, None, say("sixth")));
    // The sixth message may be handled by now, but the chat has not noticed yet that time has
    // passed.
    let seventh = apply_at(&mut chat, 1, post(ANN, None, say("seventh")));
    assert!(told(&seventh).is_empty());
    assert_eq!(told(&pass(&mut chat, 1)), ["sixth", "seventh"]);
}

#[test]
fn street_b14_who_goes_on_is_cut_and_nobody_else_is() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    enters(&mut chat, BO, network(2));
    let cut = (0..1000).position(|_| {
        apply(&mut chat, said_by(ANN)).contains(&Done::EndClient(ANN, Disconnect::TalkedTooFast))
    });
    let burst = usize::try_from(limits::TALK_BURST + limits::TOO_FAST_BURST_MAX).unwrap();
    assert_eq!(cut, Some(burst + limits::WAITING_REQUESTS_MAX));
    assert!(apply(&mut chat, said_by(ANN)).is_empty(), "nothing of it is heard any more");
    assert_eq!(says(&mut chat, BO, 5, 0), 5);
    apply(&mut chat, Happened::Left(ANN));
    assert!(told(&pass(&mut chat, 60)).is_empty());
}

#[test]
fn street_b14_all_devices_of_a_person_have_one_pace() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    let Happened::Newcomer(_, newcomer, _) = numbered(CLEO, None, Some(token(1)), 9) else {
        panic!()
    };
    apply(&mut chat, Happened::Newcomer(CLEO, newcomer, came_from(network(2))));
    assert_eq!(says(&mut chat, ANN, 3, 0) + says(&mut chat, CLEO, 3, 0), 5);
}

#[test]
fn street_b14_an_address_has_the_pace_of_twenty_people() {
    let mut chat = chat();
    let people = u64::from(limits::NETWORK_PACE_PEOPLE);
    (1..=people + 1).for_each(|client| enters(&mut chat, ClientId(client), network(1)));
    for client in 1..=people {
        assert_eq!(says(&mut chat, ClientId(client), 5, 0), 5, "client {client}");
    }
    assert_eq!(says(&mut chat, ClientId(people + 1), 1, 0), 0);
    assert_eq!(told(&pass(&mut chat, 1)), ["hello"]);
}

#[test]
fn street_b14_whoever_leaves_and_a_server_that_stops_have_said_what_was_said() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    apply(&mut chat, Happened::Newcomer(BO, Newcomer::Classic, came_from(network(2))));
    says(&mut chat, ANN, 5, 0);
    (0..5).for_each(|_| drop(apply(&mut chat, said(BO, "classic"))));
    apply(&mut chat, post(ANN, None, say("her last words")));
    apply(&mut chat, said(BO, "his last words"));
    assert_eq!(told(&apply(&mut chat, Happened::Left(ANN))), ["her last words"]);
    assert_eq!(told(&apply(&mut chat, Happened::Stopping)), ["his last words"]);
}

#[test]
fn street_b14_everything_counts_and_typing_too_fast_is_worth_no_answer() {
    let mut chat = chat();
    enters(&mut chat, ANN, network(1));
    let lobby = RoomName::lobby;
    for _ in 0..5 {
        assert!(!apply(&mut chat, Happened::Asked(ANN, Request::Who(lobby()))).is_empty());
    }
    assert!(apply(&mut chat, Happened::Asked(ANN, Request::Typing(lobby()))).is_empty());
    let waiting = (0..4).map(|_| apply(&mut chat, Happened::Asked(ANN, Request::Rooms)));
    assert!(waiting.into_iter().all(|done| done.is_empty()));
    let history =
        Request::History { log: lobby().into(), before: crate::chat::entry::Seq(9), count: 9 };
    let refused = apply(&mut chat, Happened::Asked(ANN, history));
    assert!(matches!(refusal(&refused, ANN), Some(Refused::TooFast(_))));
}

#[test]
fn street_b14_a_classic_client_gets_its_text_back() {
    let mut chat = chat();
    apply(&mut chat, Happened::Newcomer(BO, Newcomer::Classic, came_from(network(2))));
    (0..9).for_each(|_| drop(apply(&mut chat, said(BO, "in time"))));
    let refused = apply(&mut chat, said(BO, "not in time"));
    let [note @ Answer::Refused { .. }] = answers(&refused, BO)[..] else { panic!("{refused:?}") };
    let frame = crate::formats::classic::encode_answer(note).unwrap();
    let text = String::from_utf8_lossy(&frame.bytes()[2..]);
    assert_eq!(text, "* not sent (too fast: wait 3 seconds, then send it again): not in time");
}

#[test]
fn street_b14_this_machine_s_own_are_as_fast_as_they_like() {
    let mut chat = chat();
    enters(&mut chat, ANN, None);
    assert_eq!(says(&mut chat, ANN, 1000, 0), 1000);
}

#[test]
fn what_is_full_again_is_not_kept() {
    let mut chat = chat();
    for client in 1..=200 {
        enters(&mut chat, ClientId(client), network(u8::try_from(client).unwrap()));
        says(&mut chat, ClientId(client), 1, client * 10);
    }
    let mut done = Vec::new();
    chat.apply(moment(9999), Happened::Ticked, &mut done);
    assert!(chat.real.paces().kept() <= 2 * BUCKETS_KEPT_MIN, "{}", chat.real.paces().kept());
}
