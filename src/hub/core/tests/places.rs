//! One address that makes many rooms: others find a place, and lose nothing.
//!
//! Next: `hub/core/tests/resends.rs`.

use super::crowds::{called, comes, home};
use super::numbered::{refusal, say};
use super::{ClientId, Core, Event, Post, core, decide_at, join};
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::limits;

pub(super) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

pub(super) fn says_in(core: &mut Core, seconds: u64, client: u64, name: &str, text: &str) {
    let post = Post { room: room(name), id: None, deed: say(text) };
    decide_at(core, seconds, Event::Asked(ClientId(client), Request::Post(Box::new(post))));
}

/// Comes into a room, making it if need be; why not, if not.
pub(super) fn enters(core: &mut Core, seconds: u64, client: u64, name: &str) -> Option<Refused> {
    let effects = decide_at(core, seconds, join(ClientId(client), name, None));
    refusal(&effects, ClientId(client)).cloned()
}

pub(super) fn leaves(core: &mut Core, seconds: u64, client: u64, name: &str) {
    decide_at(core, seconds, Event::Asked(ClientId(client), Request::Leave(room(name))));
}

/// Says one thing in each of so many new rooms, one each minute, and leaves it.
fn makes_rooms(core: &mut Core, client: u64, count: u64, called: &str) -> usize {
    let mut made = 0;
    for number in 0..count {
        let (at, name) = (60 * number, format!("{called}-{number}"));
        if enters(core, at, client, &name).is_none() {
            says_in(core, at, client, &name, "mine");
            leaves(core, at, client, &name);
            made += 1;
        }
    }
    made
}

#[test]
fn another_address_makes_a_room_at_any_time() {
    let mut core = core();
    comes(&mut core, 0, 1, home(1), called("Greedy"));
    comes(&mut core, 0, 2, home(2), called("Bo"));
    makes_rooms(&mut core, 1, 500, "greedy");
    assert_eq!(enters(&mut core, 60 * 500, 2, "kitchen"), None);
    assert!(core.rooms_by_name.len() <= limits::ROOMS_MAX);
}
