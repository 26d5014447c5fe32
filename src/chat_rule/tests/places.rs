//! Clients of one IP address make many rooms. Clients of other IP addresses can still make rooms,
//! and lose none of their rooms.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::crowds::{called, comes, network};
use super::numbered::{refusal, say};
use super::{ClientId, Happened, Post, RecordedChat, apply_at, chat, join};
use crate::base::limits;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;

pub(super) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub(super) fn says_in(chat: &mut RecordedChat, seconds: u64, client: u64, name: &str, text: &str) {
    let post = Post { log: room(name).into(), id: None, reply_to: None, deed: say(text) };
    apply_at(chat, seconds, Happened::Asked(ClientId(client), Request::Post(Box::new(post))));
}

/// The client enters a room, and makes it if it does not exist. Returns the refusal; `None`: there
/// was none.
pub(super) fn enters(
    chat: &mut RecordedChat,
    seconds: u64,
    client: u64,
    name: &str,
) -> Option<Refused> {
    let done = apply_at(chat, seconds, join(ClientId(client), name, None));
    refusal(&done, ClientId(client)).cloned()
}

pub(super) fn leaves(chat: &mut RecordedChat, seconds: u64, client: u64, name: &str) {
    apply_at(chat, seconds, Happened::Asked(ClientId(client), Request::Leave(room(name))));
}

/// Makes `count` rooms, one each minute, says one thing in each, and leaves it. Returns how many
/// were made.
fn makes_rooms(chat: &mut RecordedChat, client: u64, count: u64, called: &str) -> usize {
    let mut made = 0;
    for number in 0..count {
        let (at, name) = (60 * number, format!("{called}-{number}"));
        if enters(chat, at, client, &name).is_none() {
            says_in(chat, at, client, &name, "mine");
            leaves(chat, at, client, &name);
            made += 1;
        }
    }
    made
}

#[test]
fn another_address_makes_a_room_at_any_time() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(1), called("Greedy"));
    comes(&mut chat, 0, 2, network(2), called("Bo"));
    makes_rooms(&mut chat, 1, 500, "greedy");
    assert_eq!(enters(&mut chat, 60 * 500, 2, "kitchen"), None);
    assert!(chat.room_count() <= limits::ROOMS_MAX);
}

#[test]
fn one_address_makes_so_many_rooms_at_once_and_is_told_how_long_to_wait() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(1), called("Greedy"));
    let mut made = 0;
    // The client makes one room each second: it does not send requests too fast, but it makes too
    // many rooms.
    let refused = loop {
        let (at, name) = (made, format!("r{made}"));
        if let Some(refused) = enters(&mut chat, at, 1, &name) {
            break refused;
        }
        leaves(&mut chat, at, 1, &name);
        made += 1;
    };
    assert_eq!(made, u64::from(limits::ROOMS_BURST_MAX));
    let Refused::TooFast(wait) = refused else { panic!("{refused:?}") };
    assert_eq!(wait + Duration::from_secs(made), limits::ROOM_INTERVAL, "since the first of them");
    // Entering an existing room makes no room.
    assert_eq!(enters(&mut chat, 60, 1, "r0"), None);
}

#[test]
fn one_address_has_half_of_what_others_leave() {
    let mut chat = chat();
    comes(&mut chat, 0, 1, network(1), called("Greedy"));
    comes(&mut chat, 0, 2, network(2), called("Bold"));
    // The lobby counts as a room of no IP address.
    let first = makes_rooms(&mut chat, 1, 150, "greedy");
    let second = makes_rooms(&mut chat, 2, 150, "bold");
    assert_eq!((first, second), (100, 50));
    let refused = enters(&mut chat, 60 * 150, 1, "one-more");
    assert_eq!(refused, Some(Refused::RoomsOfNetwork(100)));
}

/// Clients of many IP addresses make rooms, one after the other, until the maximum number of rooms
/// is reached.
pub(super) fn many_addresses_fill_the_box(chat: &mut RecordedChat) {
    for number in 1..20 {
        let client = 100 + number;
        comes(chat, 0, client, network(u8::try_from(100 + number).unwrap()), (None, None, None));
        makes_rooms(chat, client, 110, &format!("greedy{number}"));
    }
    assert_eq!(chat.room_count(), limits::ROOMS_MAX);
}

#[test]
fn what_others_have_said_something_in_makes_place_for_nobody_nor_do_few_rooms() {
    let mut chat = chat();
    for (client, name) in [(1, "Ann"), (2, "Bo")] {
        comes(&mut chat, 0, client, network(u8::try_from(client).unwrap()), called(name));
    }
    for number in 0..limits::LONE_ROOMS_SAFE {
        let name = format!("anns-{number}");
        assert_eq!(enters(&mut chat, 1 + number as u64, 1, &name), None);
        says_in(&mut chat, 1 + number as u64, 1, &name, "soup");
        leaves(&mut chat, 1 + number as u64, 1, &name);
    }
    assert_eq!(enters(&mut chat, 10, 1, "shared"), None);
    assert_eq!(enters(&mut chat, 10, 2, "shared"), None);
    says_in(&mut chat, 10, 2, "shared", "bread");
    (1..3).for_each(|client| leaves(&mut chat, 11, client, "shared"));
    many_addresses_fill_the_box(&mut chat);
    for number in 0..30 {
        let client = 200 + number;
        comes(
            &mut chat,
            7000,
            client,
            network(u8::try_from(150 + number).unwrap()),
            (None, None, None),
        );
        let refused = enters(&mut chat, 7000, client, &format!("new-{number}"));
        assert_eq!(refused, None, "{number}");
    }
    assert!(chat.room_called(&room("shared")).is_some());
    let left = (0..4).filter(|it| chat.room_called(&room(&format!("anns-{it}"))).is_some());
    assert_eq!(left.count(), limits::LONE_ROOMS_SAFE);
}
