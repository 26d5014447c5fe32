//! Many people come from one IP address: which names become free because of that, and which do not.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::numbered::{answers, refusal, say};
use super::private::reads;
use super::{
    ClientId, Done, Happened, Newcomer, RecordedChat, apply_at, came_from, chat, id, name,
    numbered, post,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::Made;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, PrivateMessage, Request};
use crate::chat::secret::Digest;
use crate::chat::token::Token;

/// A number of names that is greater than the number of absent people of one kind that the core
/// remembers.
const CROWD: u64 = limits::GONE_PEOPLE_MAX as u64 + 100;

pub(super) fn network(number: u8) -> Option<ClientNetwork> {
    Some(ClientNetwork::of([192, 0, 2, number].into()))
}

/// Returns the token of the person that this client makes.
pub(super) fn own(client: u64) -> Token {
    Token::parse(&format!("{client:032x}")).unwrap()
}

/// A client says hello from the network `network`, with a name and secret, or with a token. Returns
/// what the chat did.
pub(super) fn comes(
    chat: &mut RecordedChat,
    seconds: u64,
    client: u64,
    from: Option<ClientNetwork>,
    (wanted, secret, had): (Option<&str>, Option<&Digest>, Option<Token>),
) -> Vec<Done> {
    let mut hello = numbered(ClientId(client), None, had, 0);
    if let Happened::Newcomer(_, Newcomer::WithHello(greeting), its) = &mut hello {
        let claim = |wanted| Claim { name: name(wanted), secret: secret.cloned() };
        greeting.hello.name = wanted.map(claim);
        greeting.fresh = own(client);
        *its = came_from(from);
    }
    apply_at(chat, seconds, hello)
}

pub(super) fn called(wanted: &str) -> (Option<&str>, Option<&Digest>, Option<Token>) {
    (Some(wanted), None, None)
}

fn with_token(client: u64) -> (Option<&'static str>, Option<&'static Digest>, Option<Token>) {
    (None, None, Some(own(client)))
}

/// A client says hello with this name and leaves at once.
pub(super) fn comes_and_goes(
    chat: &mut RecordedChat,
    seconds: u64,
    client: u64,
    from: u8,
    wanted: &str,
) {
    comes(chat, seconds, client, network(from), called(wanted));
    apply_at(chat, seconds, Happened::Left(ClientId(client)));
}

/// Many people with different names come from one IP address within a second, and leave at once.
fn a_crowd_comes(chat: &mut RecordedChat, seconds: u64, first: u64, from: u8) {
    for number in 0..CROWD {
        comes_and_goes(chat, seconds, first + number, from, &format!("Crowd {first} {number}"));
    }
}

/// Returns the client's name, from its welcome.
fn welcomed(done: &[Done], client: u64) -> String {
    let told = answers(done, ClientId(client)).into_iter().find_map(|told| match told {
        Answer::Welcome { name, .. } => Some(name.shown().to_owned()),
        _ => None,
    });
    told.unwrap()
}

/// Returns whether a stranger is told that this name is taken.
pub(super) fn is_taken(chat: &mut RecordedChat, seconds: u64, client: u64, wanted: &str) -> bool {
    let done = comes(chat, seconds, client, network(99), called(wanted));
    apply_at(chat, seconds, Happened::Left(ClientId(client)));
    refusal(&done, ClientId(client)).map(Refused::word) == Some("name-taken")
}

fn writes_to(
    chat: &mut RecordedChat,
    seconds: u64,
    client: u64,
    to: &str,
    text: &str,
) -> Vec<Done> {
    let message = PrivateMessage {
        reply_to: None,
        to: name(to),
        id: id(&format!("p{seconds}")),
        text: text.into(),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: false,
        with: None,
    };
    apply_at(chat, seconds, Happened::Asked(ClientId(client), Request::Private(Box::new(message))))
}

#[test]
fn one_address_with_thousands_of_names_frees_nobody_elses() {
    let mut chat = chat();
    comes_and_goes(&mut chat, 0, 1, 1, "Ann");
    a_crowd_comes(&mut chat, 1, 10_000, 2);
    assert!(is_taken(&mut chat, 1, 2, "Ann"), "a stranger is Ann now");
    let back = comes(&mut chat, 1, 3, network(1), with_token(1));
    assert_eq!(welcomed(&back, 3), "Ann");
}

#[test]
fn an_unread_private_message_outlives_a_crowd_of_names() {
    let mut chat = chat();
    comes_and_goes(&mut chat, 0, 1, 1, "Ann");
    comes(&mut chat, 0, 2, network(2), called("Bo"));
    let sent = writes_to(&mut chat, 20, 2, "Ann", "meet me at six");
    assert!(matches!(answers(&sent, ClientId(2))[..], [.., Answer::Sent { .. }]), "{sent:?}");
    a_crowd_comes(&mut chat, 21, 10_000, 2);
    comes(&mut chat, 30, 3, network(1), with_token(1));
    assert_eq!(reads(&mut chat, ClientId(3)), ["Bo: meet me at six"]);
}

#[test]
fn a_name_with_a_secret_outlives_a_crowd_that_all_have_secrets() {
    let mut chat = chat();
    let [tulip, rose] = ["tulip", "rose"].map(Digest::of_name);
    comes(&mut chat, 0, 1, network(1), (Some("Ann"), Some(&tulip), None));
    apply_at(&mut chat, 0, Happened::Left(ClientId(1)));
    for number in 0..CROWD {
        let (client, wanted) = (10_000 + number, format!("Crowd {number}"));
        comes(&mut chat, 1, client, network(2), (Some(&wanted), Some(&rose), None));
        apply_at(&mut chat, 1, Happened::Left(ClientId(client)));
    }
    assert!(is_taken(&mut chat, 2, 2, "Ann"));
    let back = comes(&mut chat, 2, 3, network(3), (Some("Ann"), Some(&tulip), None));
    assert_eq!(welcomed(&back, 3), "Ann");
}

#[test]
fn in_one_address_those_go_first_who_never_said_anything() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(2), called("Ann"));
    apply_at(&mut chat, 0, post(ClientId(1), None, say("hello from my class")));
    apply_at(&mut chat, 0, Happened::Left(ClientId(1)));
    comes_and_goes(&mut chat, 0, 2, 2, "Silent");
    // These people also come from Ann's IP address, but so slowly that none of their names is
    // reserved for a short time only.
    for number in 0..CROWD {
        let at = 100 + 10 * number;
        comes_and_goes(&mut chat, at, 10_000 + number, 2, &format!("Crowd {number}"));
    }
    let end = 100 + 10 * CROWD;
    assert!(is_taken(&mut chat, end, 3, "Ann"));
    assert!(!is_taken(&mut chat, end, 4, "Silent"));
}

#[test]
fn a_class_behind_one_router_keeps_its_names() {
    let mut chat = chat();
    for pupil in 0..100 {
        comes(&mut chat, 0, 100 + pupil, network(2), called(&format!("Pupil {pupil}")));
    }
    for pupil in 0..100 {
        apply_at(&mut chat, 60, Happened::Left(ClientId(100 + pupil)));
    }
    for pupil in 0..100 {
        let client = 1000 + pupil;
        let back = comes(&mut chat, 50_000, client, network(2), with_token(100 + pupil));
        assert_eq!(welcomed(&back, client), format!("Pupil {pupil}"));
    }
}

#[test]
fn a_name_is_free_when_its_time_is_over_though_nobody_else_leaves() {
    let mut chat = chat();
    comes_and_goes(&mut chat, 0, 1, 1, "Ann");
    let day = limits::NAME_KEPT.as_secs();
    let mut now = 0;
    while let Some(at) = chat.next_tick().filter(|at| at.as_secs() <= day) {
        now = at.as_secs();
        apply_at(&mut chat, now, Happened::Ticked);
    }
    assert_eq!(now, day, "the hub wakes for it");
    assert_eq!(chat.person_called(&name("Ann")), None);
    assert_eq!(chat.next_tick(), None, "nothing is left to do");
}

/// Returns how long this new client's name stays reserved, if the time is shorter than usual;
/// `None`: the usual time.
fn kept_for(done: &[Done], client: u64) -> Option<Duration> {
    let told = answers(done, ClientId(client)).into_iter().find_map(|told| match told {
        Answer::Welcome { kept_for, .. } => Some(*kept_for),
        _ => None,
    });
    told.unwrap()
}

pub(super) const BURST: u64 = limits::NEW_PEOPLE_BURST_MAX as u64;

/// So many clients come from one IP address at once that some of their people do not become
/// lasting. Returns the first client whose name stays reserved for a short time only.
pub(super) fn one_too_many(chat: &mut RecordedChat) -> u64 {
    let mut told = Vec::new();
    for number in 0..BURST + 20 {
        let wanted = format!("Crowd {number}");
        let done = comes(chat, 0, 1000 + number, network(2), called(&wanted));
        assert_eq!(welcomed(&done, 1000 + number), wanted, "whoever comes comes in");
        assert_eq!(kept_for(&done, 1000 + number).is_some(), number >= BURST, "{number}");
        told.extend(done.into_iter().filter(|it| matches!(it, Done::Report(..))));
    }
    assert_eq!(told, [Done::Report(network(2).unwrap(), Made::Person)], "the log is told once");
    1000 + BURST
}

#[test]
fn a_network_that_makes_too_many_people_again_is_logged_again_after_a_while() {
    let mut chat = chat();
    one_too_many(&mut chat);
    let later = limits::MAKERS_LOG_INTERVAL.as_secs() + 1;
    let mut reports = 0;
    for number in 0..BURST + 20 {
        let done = comes(&mut chat, later, 5000 + number, network(2), (None, None, None));
        reports += done.iter().filter(|it| matches!(it, Done::Report(..))).count();
    }
    assert_eq!(reports, 1);
}

#[test]
fn one_too_many_comes_in_and_is_remembered_for_a_moment() {
    let mut chat = chat();
    let client = one_too_many(&mut chat);
    let wanted = format!("Crowd {BURST}");
    apply_at(&mut chat, 0, Happened::Left(ClientId(client)));
    assert!(is_taken(&mut chat, 299, 1, &wanted));
    apply_at(&mut chat, 300, Happened::Ticked);
    let done = comes(&mut chat, 300, 2, network(99), called(&wanted));
    assert_eq!(refusal(&done, ClientId(2)), None);
}

#[test]
fn one_too_many_is_remembered_like_others_when_the_address_may_make_one_more() {
    let mut chat = chat();
    let client = one_too_many(&mut chat);
    // When this client leaves, the limit on new people from its IP address allows one more lasting
    // person, so the client's person becomes lasting.
    apply_at(&mut chat, 15, Happened::Left(ClientId(client)));
    assert!(is_taken(&mut chat, 80_000, 1, &format!("Crowd {BURST}")));
    apply_at(&mut chat, 80_000, Happened::Left(ClientId(client + 1)));
    let back = comes(&mut chat, 80_001, 2, network(2), with_token(client + 2));
    assert_eq!(kept_for(&back, 2), None);
}

#[test]
fn one_too_many_is_remembered_as_long_as_a_message_may_wait() {
    let mut chat = chat();
    let client = one_too_many(&mut chat);
    comes(&mut chat, 0, 1, network(1), called("Ann"));
    apply_at(&mut chat, 1, Happened::Left(ClientId(client)));
    writes_to(&mut chat, 2, 1, &format!("Crowd {BURST}"), "meet me at six");
    apply_at(&mut chat, 80_000, Happened::Ticked);
    comes(&mut chat, 80_000, 2, network(2), with_token(client));
    assert_eq!(reads(&mut chat, ClientId(2)), ["Ann: meet me at six"]);
}

#[test]
fn this_machines_own_addresses_make_as_many_people_as_come() {
    let mut chat = chat();
    for number in 0..2 * BURST {
        let done = comes(&mut chat, 0, 1000 + number, None, (None, None, None));
        assert_eq!(kept_for(&done, 1000 + number), None);
    }
}

#[test]
fn messages_wait_for_no_more_people_of_one_address_than_for_half_of_what_others_leave() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(1), called("Ann"));
    let mut refused = 0;
    for number in 0..500 {
        let (at, wanted) = (20 * number, format!("Puppet {number}"));
        comes_and_goes(&mut chat, at, 10_000 + number, 2, &wanted);
        let done = writes_to(&mut chat, at + 11, 1, &wanted, "psst");
        refused += usize::from(refusal(&done, ClientId(1)).is_some());
    }
    assert_eq!(refused, 100, "of 800 one address has 400");
    comes_and_goes(&mut chat, 11_000, 2, 3, "Bo");
    let done = writes_to(&mut chat, 11_011, 1, "Bo", "psst");
    assert_eq!(refusal(&done, ClientId(1)), None);
}
