//! Row street B14 of `docs/ROWS.md`: a client may send a few requests at once, and then a few each
//! second. Further requests wait, then they are refused. A client that still continues is
//! disconnected.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, notes, refusal, say};
use super::{
    ANN, BO, ClientId, Core, Effect, Event, Newcomer, Request, came_from, core, decide, decide_at,
    id, moment, numbered, post, said, token,
};
use crate::admission::ClientNetwork;
use crate::base::bucket::BUCKETS_KEPT_MIN;
use crate::base::limits;
use crate::chat::entry::EntryKind;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::server::disconnect::Disconnect;

fn network(number: u8) -> Option<ClientNetwork> {
    Some(ClientNetwork::of([192, 0, 2, number].into()))
}

/// A client connects from an IP address to which the limits apply.
fn enters(core: &mut Core, client: ClientId, from: Option<ClientNetwork>) {
    let fresh = u8::try_from(client.0).unwrap();
    let Event::Newcomer(_, newcomer, _) = numbered(client, None, None, fresh) else { panic!() };
    decide(core, Event::Newcomer(client, newcomer, came_from(from)));
}

fn told(effects: &[Effect]) -> Vec<&str> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(_, entry) => match &entry.what {
            EntryKind::Said(text) => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    });
    told.collect()
}

/// Lets time pass, and handles the requests that may be handled by now.
fn pass(core: &mut Core, seconds: u64) -> Vec<Effect> {
    let mut effects = decide_at(core, seconds, Event::Ticked);
    while core.has_due(moment(seconds)) {
        effects.extend(decide_at(core, seconds, Event::Ticked));
    }
    effects
}

/// Says `count` things at one moment. Returns how many of them the room was sent.
fn says(core: &mut Core, client: ClientId, count: usize, seconds: u64) -> usize {
    let say = |_| decide_at(core, seconds, said_by(client)).iter().filter(is_told).count();
    (0..count).map(say).sum()
}

fn said_by(client: ClientId) -> Event {
    post(client, None, say("hello"))
}

fn is_told(effect: &&Effect) -> bool {
    matches!(effect, Effect::Tell(..))
}

#[test]
fn street_b14_five_at_once_then_two_a_second_then_no_more() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    assert_eq!(says(&mut core, ANN, 5, 0), 5);
    assert_eq!(says(&mut core, ANN, limits::WAITING_REQUESTS_MAX, 0), 0, "they wait");
    let refused = decide(&mut core, post(ANN, id("x"), say("one too many")));
    assert!(told(&refused).is_empty());
    let [Reply::Refused { id: its, reason: Refused::TooFast(wait), said, .. }] =
        notes(&refused, ANN)[..]
    else {
        panic!("{refused:?}")
    };
    assert_eq!((its, said.as_deref()), (&id("x"), Some("one too many")));
    // Four messages wait before the refused one. The refused message would have to wait half a
    // second for each of the four, and another half second.
    assert_eq!(wait.as_millis(), 2500);
    let later = |core: &mut Core, seconds| told(&pass(core, seconds)).len();
    assert_eq!(core.next_tick().map(|at| at.as_millis()), Some(500));
    assert_eq!(later(&mut core, 0), 0);
    assert_eq!(later(&mut core, 1), 2);
    assert_eq!(later(&mut core, 2), 2);
    assert_eq!(core.next_tick(), None);
    assert_eq!(says(&mut core, ANN, 5, 5), 5, "as fast as in the beginning");
}

#[test]
fn street_b14_what_waits_keeps_its_order_with_what_comes_behind_it() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    says(&mut core, ANN, 5, 0);
    decide(&mut core, post(ANN, None, say("sixth")));
    // The sixth message may be handled by now, but the chat has not noticed yet that time has
    // passed.
    let seventh = decide_at(&mut core, 1, post(ANN, None, say("seventh")));
    assert!(told(&seventh).is_empty());
    assert_eq!(told(&pass(&mut core, 1)), ["sixth", "seventh"]);
}

#[test]
fn street_b14_who_goes_on_is_cut_and_nobody_else_is() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    enters(&mut core, BO, network(2));
    let cut = (0..1000).position(|_| {
        decide(&mut core, said_by(ANN)).contains(&Effect::End(ANN, Disconnect::TalkedTooFast))
    });
    let burst = usize::try_from(limits::TALK_BURST + limits::TOO_FAST_BURST_MAX).unwrap();
    assert_eq!(cut, Some(burst + limits::WAITING_REQUESTS_MAX));
    assert!(decide(&mut core, said_by(ANN)).is_empty(), "nothing of it is heard any more");
    assert_eq!(says(&mut core, BO, 5, 0), 5);
    decide(&mut core, Event::Left(ANN));
    assert!(told(&pass(&mut core, 60)).is_empty());
}

#[test]
fn street_b14_all_devices_of_a_person_have_one_pace() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    let Event::Newcomer(_, newcomer, _) = numbered(CLEO, None, Some(token(1)), 9) else { panic!() };
    decide(&mut core, Event::Newcomer(CLEO, newcomer, came_from(network(2))));
    assert_eq!(says(&mut core, ANN, 3, 0) + says(&mut core, CLEO, 3, 0), 5);
}

#[test]
fn street_b14_an_address_has_the_pace_of_twenty_people() {
    let mut core = core();
    let people = u64::from(limits::NETWORK_PACE_PEOPLE);
    (1..=people + 1).for_each(|client| enters(&mut core, ClientId(client), network(1)));
    for client in 1..=people {
        assert_eq!(says(&mut core, ClientId(client), 5, 0), 5, "client {client}");
    }
    assert_eq!(says(&mut core, ClientId(people + 1), 1, 0), 0);
    assert_eq!(told(&pass(&mut core, 1)), ["hello"]);
}

#[test]
fn street_b14_whoever_leaves_and_a_server_that_stops_have_said_what_was_said() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    decide(&mut core, Event::Newcomer(BO, Newcomer::Classic, came_from(network(2))));
    says(&mut core, ANN, 5, 0);
    (0..5).for_each(|_| drop(decide(&mut core, said(BO, "classic"))));
    decide(&mut core, post(ANN, None, say("her last words")));
    decide(&mut core, said(BO, "his last words"));
    assert_eq!(told(&decide(&mut core, Event::Left(ANN))), ["her last words"]);
    assert_eq!(told(&decide(&mut core, Event::Stopping)), ["his last words"]);
}

#[test]
fn street_b14_everything_counts_and_typing_too_fast_is_worth_no_answer() {
    let mut core = core();
    enters(&mut core, ANN, network(1));
    let lobby = RoomName::lobby;
    for _ in 0..5 {
        assert!(!decide(&mut core, Event::Asked(ANN, Request::Who(lobby()))).is_empty());
    }
    assert!(decide(&mut core, Event::Asked(ANN, Request::Typing(lobby()))).is_empty());
    let waiting = (0..4).map(|_| decide(&mut core, Event::Asked(ANN, Request::Rooms)));
    assert!(waiting.into_iter().all(|effects| effects.is_empty()));
    let history =
        Request::History { log: lobby().into(), before: crate::chat::entry::Seq(9), count: 9 };
    let refused = decide(&mut core, Event::Asked(ANN, history));
    assert!(matches!(refusal(&refused, ANN), Some(Refused::TooFast(_))));
}

#[test]
fn street_b14_a_classic_client_gets_its_text_back() {
    let mut core = core();
    decide(&mut core, Event::Newcomer(BO, Newcomer::Classic, came_from(network(2))));
    (0..9).for_each(|_| drop(decide(&mut core, said(BO, "in time"))));
    let refused = decide(&mut core, said(BO, "not in time"));
    let [note @ Reply::Refused { .. }] = notes(&refused, BO)[..] else { panic!("{refused:?}") };
    let frame = crate::formats::classic::encode_reply(note).unwrap();
    let text = String::from_utf8_lossy(&frame.bytes()[2..]);
    assert_eq!(text, "* not sent (too fast: wait 3 seconds, then send it again): not in time");
}

#[test]
fn street_b14_this_machine_s_own_are_as_fast_as_they_like() {
    let mut core = core();
    enters(&mut core, ANN, None);
    assert_eq!(says(&mut core, ANN, 1000, 0), 1000);
}

#[test]
fn what_is_full_again_is_not_kept() {
    let mut core = core();
    for client in 1..=200 {
        enters(&mut core, ClientId(client), network(u8::try_from(client).unwrap()));
        says(&mut core, ClientId(client), 1, client * 10);
    }
    let mut effects = Vec::new();
    core.step(moment(9999), Event::Ticked, &mut effects);
    assert!(core.chat.paces().kept() <= 2 * BUCKETS_KEPT_MIN, "{}", core.chat.paces().kept());
}
