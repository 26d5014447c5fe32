//! If there are too many logs of private messages, one of them ends. No stranger can make a log
//! with unread messages end.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{answers, refusal};
use super::private::{reads, three, writes};
use super::{
    ANN, BO, ClientId, Happened, Newcomer, RecordedChat, apply, apply_at, id, name, numbered, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::record::unread_bytes;
use crate::chat::refused::Refused;
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::token::Token;

#[test]
fn of_too_many_logs_the_quietest_goes() {
    let mut chat = three();
    writes(&mut chat, ANN, "Bo", "a");
    for number in 0..limits::PRIVATE_LOGS_MAX as u64 - 1 {
        let (client, at) = (ClientId(100 + number), 1 + number);
        let wanted = format!("Person {number}");
        apply_at(&mut chat, at, numbered(client, Some(&wanted), None, 200));
        let message = PrivateMessage {
            reply_to: None,
            to: name(&wanted),
            id: id("x"),
            text: "note".into(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        let done =
            apply_at(&mut chat, at, Happened::Asked(client, Request::Private(Box::new(message))));
        assert_eq!(refusal(&done, client), None, "{number}");
        apply_at(&mut chat, at, Happened::Left(client));
    }
    assert_eq!(chat.private_logs().count(), limits::PRIVATE_LOGS_MAX);
    // Ann's and Bo's logs are the oldest. One of these two logs had to end when the newest log was
    // made.
    let followed = [ANN, BO].map(|client| chat.real.clients().count_of_logs(client));
    assert_eq!(followed.iter().sum::<usize>(), 3, "two in the lobby, one in private");
}

/// Makes many people who write notes to themselves, each with a name of their own. Returns the
/// refusals.
fn strangers_write_notes(
    chat: &mut RecordedChat,
    network: Option<ClientNetwork>,
    count: u64,
) -> Vec<Refused> {
    let mut refusals = Vec::new();
    for number in 0..count {
        let client = ClientId(5000 + number);
        let wanted = format!("Stranger {number}");
        let mut hello = numbered(client, Some(&wanted), None, 1);
        if let Happened::Newcomer(_, Newcomer::WithHello(greeting), came_from) = &mut hello {
            greeting.fresh = Token::parse(&format!("{:032x}", 5000 + number)).unwrap();
            came_from.network = network;
        }
        apply_at(chat, 60, hello);
        let message = PrivateMessage {
            reply_to: None,
            to: name(&wanted),
            id: None,
            text: "note".into(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        let done = apply_at(chat, 60, Happened::Asked(client, Request::Private(Box::new(message))));
        refusals.extend(refusal(&done, client).cloned());
        apply_at(chat, 60, Happened::Left(client));
    }
    refusals
}

#[test]
fn what_somebody_has_not_read_yet_makes_place_for_no_strangers_notes() {
    let mut chat = three();
    apply(&mut chat, Happened::Left(BO));
    writes(&mut chat, ANN, "Bo", "a");
    // Notes that people write to themselves count as read. So the logs of these people end when new
    // logs are made.
    let refusals = strangers_write_notes(&mut chat, None, 2 * limits::PRIVATE_LOGS_MAX as u64);
    assert_eq!(refusals, []);
    assert_eq!(chat.private_logs().count(), limits::PRIVATE_LOGS_MAX);
    apply_at(&mut chat, 61, numbered(BO, None, Some(token(2)), 2));
    assert_eq!(reads(&mut chat, BO), ["Ann: psst a"]);
}

#[test]
fn one_address_makes_a_log_for_each_of_a_class_and_not_for_a_thousand_names() {
    let mut chat = three();
    let network = Some(ClientNetwork::of("192.0.2.1".parse().unwrap()));
    let refusals = strangers_write_notes(&mut chat, network, 100);
    assert_eq!(refusals.len(), 100 - limits::PRIVATE_LOGS_BURST_MAX as usize);
    let wait = Refused::TooFast(limits::PRIVATE_LOG_INTERVAL);
    assert!(refusals.iter().all(|it| *it == wait), "{refusals:?}");
    // People at other IP addresses need not wait. A person who has a log already need not wait,
    // either.
    let done = writes(&mut chat, ANN, "Bo", "a");
    assert_eq!(refusal(&done, ANN), None);
}

#[test]
fn a_log_that_makes_place_is_not_the_senders() {
    let mut chat = three();
    writes(&mut chat, ANN, "Ann", "note");
    for number in 1..limits::PRIVATE_LOGS_MAX as u64 {
        let (client, at) = (ClientId(100 + number), 1 + number);
        let wanted = format!("Person {number}");
        apply_at(&mut chat, at, numbered(client, Some(&wanted), None, 200));
        let message = PrivateMessage {
            reply_to: None,
            to: name(&wanted),
            id: None,
            text: "note".into(),
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        apply_at(&mut chat, at, Happened::Asked(client, Request::Private(Box::new(message))));
    }
    let done = writes(&mut chat, ANN, "Bo", "a");
    let sent = answers(&done, ANN).into_iter().any(|told| matches!(told, Answer::Sent { .. }));
    assert!(sent, "{done:?}");
    assert_eq!(chat.private_logs().count(), limits::PRIVATE_LOGS_MAX);
}

/// A person at the network `network` writes long messages to Bo until one is refused. Returns how
/// many were accepted.
fn floods_bo(chat: &mut RecordedChat, number: u64, network: Option<ClientNetwork>) -> usize {
    let (client, wanted) = (ClientId(9000 + number), format!("Flood {number}"));
    let mut hello = numbered(client, Some(&wanted), None, 1);
    if let Happened::Newcomer(_, Newcomer::WithHello(greeting), came_from) = &mut hello {
        greeting.fresh = Token::parse(&format!("{:032x}", 9000 + number)).unwrap();
        came_from.network = network;
    }
    // There are ten seconds between two messages, so the limit on requests is not reached.
    let began = number * 5_000;
    apply_at(chat, began, hello);
    let text = "x".repeat(60_000);
    let writes = |chat: &mut RecordedChat, at: u64| {
        let text = text.clone();
        let message = PrivateMessage {
            reply_to: None,
            to: name("Bo"),
            id: None,
            text,
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        let done = apply_at(
            chat,
            began + 10 * at,
            Happened::Asked(client, Request::Private(Box::new(message))),
        );
        refusal(&done, client).is_none()
    };
    (1..500).take_while(|at| writes(chat, *at)).count()
}

#[test]
fn what_waits_for_somebody_is_bounded_and_one_address_has_half_of_what_others_leave() {
    let mut chat = three();
    apply(&mut chat, Happened::Left(BO));
    writes(&mut chat, ANN, "Bo", "a");
    let at = |last: u8| Some(ClientNetwork::of(format!("192.0.2.{last}").parse().unwrap()));
    let all = usize::try_from(limits::UNREAD_BYTES_MAX / unread_bytes(60_000));
    let all = all.unwrap();
    let first = floods_bo(&mut chat, 1, at(1));
    assert!((all / 2 - 1..=all / 2 + 1).contains(&first), "{first} of {all}");
    assert_eq!(floods_bo(&mut chat, 2, at(1)), 0, "under another name it is the same address");
    let second = floods_bo(&mut chat, 3, at(2));
    assert!((all / 4 - 1..=all / 4 + 1).contains(&second), "{second} of {all}");
    // A person at another IP address can still write to Bo. Messages that Bo has read are not
    // counted against the limit.
    let message = PrivateMessage {
        reply_to: None,
        to: name("Bo"),
        id: None,
        text: "b".into(),
        longer: Vec::new(),
        typed_at: None,
        is_for_present_owner: false,
        with: None,
    };
    let done =
        apply_at(&mut chat, 19_000, Happened::Asked(ANN, Request::Private(Box::new(message))));
    assert_eq!(refusal(&done, ANN), None);
    apply_at(&mut chat, 19_001, numbered(BO, None, Some(token(2)), 2));
    apply_at(&mut chat, 19_002, Happened::Left(BO));
    let again = floods_bo(&mut chat, 4, at(1));
    assert!((all / 2 - 1..=all / 2 + 1).contains(&again), "{again} of {all}");
}
