//! Hosts: who becomes one by the operator's link, and what a host may do in the rooms of others.
//!
//! Part: `chat_rule/mod.rs`.

use super::keeping::{acts, joins};
use super::numbered::{CLEO, answers, refusal, say};
use super::{
    ANN, BO, ClientId, Done, Happened, Newcomer, RecordedChat, apply, apply_at, came_from, chat,
    numbered, place, post, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::act::RoomAction;
use crate::chat::answer::Answer;
use crate::chat::core::{OperatorAsks, Visit, VisitPurpose, Visitor};
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, PasswordChange, Post, Request, RoomSettings, TokenSource};
use crate::chat::room_name::RoomName;

/// The visitor for whom the control socket asks.
const OPERATOR: ClientId = ClientId(1 << 63);

fn operator_asks(chat: &mut RecordedChat, asks: OperatorAsks) -> Vec<Done> {
    let newcomer = Newcomer::Visitor(Box::new(Visit {
        who: Visitor::Operator(asks),
        is_admitted: true,
        position: None,
        purpose: VisitPurpose::Page,
        fresh: None,
        is_shown: false,
        source: TokenSource::Stored,
        says: None,
    }));
    let done = apply(chat, Happened::Newcomer(OPERATOR, newcomer, came_from(None)));
    apply(chat, Happened::Left(OPERATOR));
    done
}

pub(super) fn operator_makes(chat: &mut RecordedChat, link: u8) {
    let made = operator_asks(chat, OperatorAsks::HostLink(token(link)));
    assert_eq!(answers(&made, OPERATOR), [&Answer::DeviceLink(Some(token(link)))]);
}

pub(super) fn follows(chat: &mut RecordedChat, client: ClientId, link: u8) -> Vec<Done> {
    apply(chat, Happened::Asked(client, Request::BecomeHost(token(link))))
}

fn deletes(chat: &mut RecordedChat, client: ClientId, room: &RoomName, seq: u64) -> Vec<Done> {
    let deed = Deed::Delete { of: Some(Seq(seq)) };
    let post = Post { log: LogName::Room(room.clone()), id: None, reply_to: None, deed };
    apply(chat, Happened::Asked(client, Request::Post(Box::new(post))))
}

#[test]
fn row_68_the_operator_ends_that_somebody_is_a_host_and_sees_what_hosts_did() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    operator_makes(&mut chat, 200);
    follows(&mut chat, ANN, 200);
    let remove = |chat: &mut RecordedChat, name: &str| {
        operator_asks(chat, OperatorAsks::EndHost(Name::parse(name).unwrap()))
    };
    for nobody in ["Bo", "Cy"] {
        let refused = remove(&mut chat, nobody);
        assert_eq!(refusal(&refused, OPERATOR), Some(&Refused::NoSuchPerson), "{nobody}");
    }
    // On the page, a last host stays one.
    let removed = remove(&mut chat, "ann");
    assert_eq!(answers(&removed, OPERATOR), [&Answer::NotHost]);
    assert_eq!(answers(&removed, ANN), [&Answer::NotHost]);
    let told = operator_asks(&mut chat, OperatorAsks::RulesOfChat);
    let [Answer::RoomState(state)] = answers(&told, OPERATOR)[..] else { panic!("{told:?}") };
    let rules = state.chat.as_ref().unwrap();
    assert!(rules.hosts.is_empty(), "{rules:?}");
    let done: Vec<_> =
        rules.record.iter().map(|(room, act)| act.done_in(room).to_string()).collect();
    assert_eq!(done, ["@server has made Ann a host", "@server has ended that Ann is a host"]);
    assert!(!follows(&mut chat, ANN, 200).is_empty(), "her link was used");
}

#[test]
fn row_68_a_link_of_the_operator_makes_one_person_a_host_on_all_devices() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    apply(&mut chat, numbered(CLEO, None, Some(token(1)), 60));
    operator_makes(&mut chat, 200);
    let made = follows(&mut chat, ANN, 200);
    assert_eq!(answers(&made, ANN), [&Answer::Host]);
    assert_eq!(answers(&made, CLEO), [&Answer::Host], "another device of hers");
    assert_eq!(refusal(&follows(&mut chat, BO, 200), BO), Some(&Refused::BadHostLink));
    // The same form again, because its answer was lost.
    assert_eq!(answers(&follows(&mut chat, ANN, 200), ANN), [&Answer::Host]);
    assert_eq!(refusal(&follows(&mut chat, BO, 201), BO), Some(&Refused::BadHostLink), "unknown");
}

#[test]
fn row_68_a_link_is_worth_nothing_after_a_quarter_of_an_hour() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    operator_makes(&mut chat, 200);
    let kept = limits::HOST_LINK_KEPT.as_secs();
    let asks = Happened::Asked(ANN, Request::BecomeHost(token(200)));
    assert_eq!(refusal(&apply_at(&mut chat, kept, asks), ANN), Some(&Refused::BadHostLink));
}

#[test]
fn row_68_of_too_many_links_the_oldest_ends() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    for link in 0..=u8::try_from(limits::HOST_LINKS_MAX).unwrap() {
        operator_makes(&mut chat, 100 + link);
    }
    assert_eq!(refusal(&follows(&mut chat, ANN, 100), ANN), Some(&Refused::BadHostLink));
    assert_eq!(answers(&follows(&mut chat, ANN, 101), ANN), [&Answer::Host]);
}

#[test]
fn row_68_a_host_looks_after_the_room_of_another_person_and_after_the_lobby() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let den = RoomName::parse("den").unwrap();
    for client in [BO, ANN] {
        let joins = Request::Join(Box::new(place(den.clone(), None)), None);
        apply(&mut chat, Happened::Asked(client, joins));
    }
    let rooms = [den.clone(), RoomName::lobby()];
    for room in &rooms {
        let deed = Deed::Say("what nobody wants to read".to_owned());
        let log = LogName::Room(room.clone());
        let post = Post { log, id: None, reply_to: None, deed };
        apply(&mut chat, Happened::Asked(BO, Request::Post(Box::new(post))));
        let refused = deletes(&mut chat, ANN, room, 1);
        assert_eq!(refusal(&refused, ANN), Some(&Refused::NotYours), "not yet a host: {room}");
    }
    operator_makes(&mut chat, 200);
    follows(&mut chat, ANN, 200);
    for room in &rooms {
        assert_eq!(refusal(&deletes(&mut chat, ANN, room, 1), ANN), None, "{room}");
    }
    // A password for Bo's room; but the lobby stays open.
    let mut sets = |room: &RoomName| {
        let password = PasswordChange::Remove;
        let settings = RoomSettings { room: room.clone(), hidden: Some(true), password };
        apply(&mut chat, Happened::Asked(ANN, Request::Set(Box::new(settings), None)))
    };
    assert_eq!(refusal(&sets(&den), ANN), None);
    assert_eq!(refusal(&sets(&RoomName::lobby()), ANN), Some(&Refused::LobbyIsOpen));
}

#[test]
fn row_74_a_host_and_a_keeper_who_acts_are_as_fast_as_they_need_to_be() {
    let mut chat = chat();
    let from = |number: u8| came_from(Some(ClientNetwork::of([192, 0, 2, number].into())));
    for (client, name, fresh) in [(ANN, "Ann", 1), (BO, "Bo", 2), (CLEO, "Cleo", 3)] {
        let Happened::Newcomer(_, newcomer, _) = numbered(client, Some(name), None, fresh) else {
            panic!()
        };
        apply(&mut chat, Happened::Newcomer(client, newcomer, from(fresh)));
    }
    operator_makes(&mut chat, 200);
    follows(&mut chat, ANN, 200);
    joins(&mut chat, BO);
    let says = |chat: &mut RecordedChat, client, count| -> usize {
        let asks = |_| apply(chat, post(client, None, say("hello")));
        let is_told = |one: &Done| matches!(one, Done::QueueLine(..));
        (0..count).map(asks).filter(|done| done.iter().any(is_told)).count()
    };
    assert_eq!(says(&mut chat, ANN, 40), 40, "a host");
    // Joining the den was the first of Bo's five requests.
    assert_eq!(says(&mut chat, BO, 4), 4);
    let muted = |is_muted| {
        let cleo = Name::parse("Cleo").unwrap();
        if is_muted { RoomAction::Mute(cleo, limits::RULE_LASTS) } else { RoomAction::Unmute(cleo) }
    };
    for turn in 0..40 {
        let done = acts(&mut chat, BO, muted(turn % 2 == 0));
        assert!(matches!(answers(&done, BO)[..], [Answer::Acted(_)]), "{turn}: {done:?}");
    }
    // Somebody who does not look after the den has the pace of each person there, too.
    let tried = (0..20).filter(|_| !acts(&mut chat, CLEO, muted(true)).is_empty()).count();
    assert!(tried < 20, "Cleo's requests wait");
    // And what Bo says there waits like everybody's.
    assert_eq!(says(&mut chat, BO, 3), 0);
}
