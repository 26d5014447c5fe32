//! What a host does about the whole chat: blocks a person, makes a host and ends that.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::crowds::network;
use super::hosts::{follows, operator_makes};
use super::keeping::{acts, comes_from, den, joins};
use super::numbered::{CLEO, answers, refusal};
use super::private::writes;
use super::{
    ANN, BO, ClientId, Done, Happened, RecordedChat, apply, came_from, chat, name, numbered,
};
use crate::chat::act::RoomAction;
use crate::chat::answer::Answer;
use crate::chat::core::Newcomer;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Request};
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::RulesOfRoom;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A chat in which Ann is a host, and Bo has made the den, where Cleo is, too. Bo and Cleo come
/// from one network.
fn with_a_host() -> RecordedChat {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    operator_makes(&mut chat, 200);
    follows(&mut chat, ANN, 200);
    for (client, its) in [(BO, "Bo"), (CLEO, "Cleo")] {
        comes_from(&mut chat, client, its, 2);
        joins(&mut chat, client);
    }
    chat
}

fn blocks(chat: &mut RecordedChat) -> Vec<Done> {
    acts(chat, ANN, RoomAction::Block(name("Bo"), DAY))
}

/// What holds in the lobby, as the client is told.
fn state(chat: &mut RecordedChat, client: ClientId) -> RulesOfRoom {
    let told = apply(chat, Happened::Asked(client, Request::RoomState(RoomName::lobby())));
    let [Answer::RoomState(rules)] = answers(&told, client)[..] else { panic!("{told:?}") };
    (**rules).clone()
}

#[test]
fn row_70_a_blocked_person_is_in_no_room_makes_none_and_writes_to_nobody() {
    let mut chat = with_a_host();
    let told = blocks(&mut chat);
    let [Answer::Acted(done)] = answers(&told, ANN)[..] else { panic!("{told:?}") };
    assert_eq!(done.to_string(), "Ann has blocked Bo from this chat for 24 hours");
    assert!(answers(&told, BO).contains(&&Answer::Left(den())), "{told:?}");
    let blocked = Refused::Blocked(DAY);
    // Also from the room that Bo has made.
    assert_eq!(refusal(&joins(&mut chat, BO), BO), Some(&blocked));
    let new = super::join(BO, "attic", None);
    assert_eq!(refusal(&apply(&mut chat, new), BO), Some(&blocked));
    let lobby = super::join(BO, "lobby", None);
    assert_eq!(refusal(&apply(&mut chat, lobby), BO), Some(&blocked));
    let letter = writes(&mut chat, BO, "Cleo", "p1");
    assert_eq!(refusal(&letter, BO), Some(&blocked));
    assert_eq!(state(&mut chat, ANN).chat.unwrap().blocked, [(name("Bo"), DAY)]);
    let nobody = acts(&mut chat, ANN, RoomAction::Unblock(name("Cleo")));
    assert_eq!(refusal(&nobody, ANN), Some(&Refused::NoSuchPerson), "Cleo is not blocked");
    // The block has the name of then, and the person may have another one now.
    let claim = Claim { name: name("Bob"), secret: None };
    apply(&mut chat, Happened::Asked(BO, Request::Rename(Box::new(claim), None)));
    assert_eq!(state(&mut chat, ANN).chat.unwrap().blocked, [(name("Bo"), DAY)]);
    acts(&mut chat, ANN, RoomAction::Unblock(name("bob")));
    assert_eq!(refusal(&joins(&mut chat, BO), BO), None);
}

#[test]
fn row_70_a_block_spares_who_is_here_and_whoever_comes_new_from_the_network_must_be_admitted() {
    let mut chat = with_a_host();
    blocks(&mut chat);
    apply(&mut chat, Happened::Asked(CLEO, Request::Leave(den())));
    assert_eq!(refusal(&joins(&mut chat, CLEO), CLEO), None, "Cleo shares the address");
    let (bob, dan) = (ClientId(11), ClientId(12));
    comes_from(&mut chat, bob, "Bob", 2);
    assert_eq!(refusal(&joins(&mut chat, bob), bob), Some(&Refused::Closed));
    let new = super::join(bob, "attic", None);
    assert_eq!(refusal(&apply(&mut chat, new), bob), Some(&Refused::Closed));
    let letter = writes(&mut chat, bob, "Cleo", "p1");
    assert_eq!(refusal(&letter, bob), Some(&Refused::Closed));
    // A keeper of one room may know Bob better.
    acts(&mut chat, ANN, RoomAction::Admit(name("Bob"), true));
    assert_eq!(refusal(&joins(&mut chat, bob), bob), None);
    let letter = writes(&mut chat, bob, "Cleo", "p1");
    assert_eq!(refusal(&letter, bob), None);
    comes_from(&mut chat, dan, "Dan", 3);
    assert_eq!(refusal(&joins(&mut chat, dan), dan), None, "another network");
    // A classic client cannot be admitted: it is nobody.
    for (client, network_of) in [(ClientId(21), 2), (ClientId(22), 3)] {
        let comes = Happened::Newcomer(client, Newcomer::Classic, came_from(network(network_of)));
        let refused = apply(&mut chat, comes)
            .iter()
            .any(|one| matches!(one, Done::RefuseNewcomer(it, _) if *it == client));
        assert_eq!(refused, network_of == 2);
    }
}

#[test]
fn row_68_hosts_make_hosts_and_the_last_one_stays() {
    let mut chat = with_a_host();
    for (client, action) in [
        (BO, RoomAction::Block(name("Cleo"), DAY)),
        (CLEO, RoomAction::Unblock(name("Cleo"))),
        (CLEO, RoomAction::Host(name("Bo"), true)),
        (CLEO, RoomAction::Host(name("Ann"), false)),
    ] {
        assert_eq!(refusal(&acts(&mut chat, client, action), client), Some(&Refused::NotHost));
    }
    let last = acts(&mut chat, ANN, RoomAction::Host(name("Ann"), false));
    assert_eq!(refusal(&last, ANN), Some(&Refused::LastHost));
    let made = acts(&mut chat, ANN, RoomAction::Host(name("Bo"), true));
    assert!(answers(&made, BO).contains(&&Answer::Host), "{made:?}");
    assert_eq!(state(&mut chat, BO).chat.unwrap().hosts, [name("Ann"), name("Bo")]);
    assert_eq!(refusal(&blocks(&mut chat), ANN), Some(&Refused::IsKeeper), "nobody blocks a host");
    let ended = acts(&mut chat, BO, RoomAction::Host(name("Ann"), false));
    assert!(answers(&ended, ANN).contains(&&Answer::NotHost), "{ended:?}");
    assert_eq!(refusal(&blocks(&mut chat), ANN), Some(&Refused::NotHost));
    assert!(state(&mut chat, ANN).chat.is_none());
    let record = state(&mut chat, BO).chat.unwrap().record;
    let words: Vec<_> = record.iter().map(|(_, act)| act.action.word()).collect();
    assert_eq!(words, ["host", "host", "unhost"]);
}
