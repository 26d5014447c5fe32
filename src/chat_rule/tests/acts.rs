//! Random actions of the people in a test, and of their connections.
//!
//! Part: `chat_rule/mod.rs`.

use proptest::prelude::{Strategy, prop_oneof};

use super::world::World;
use super::{id, name, place};
use crate::chat::request::{Claim, Deed, Post, PrivateMessage, Request};
use crate::chat::room_name::RoomName;

pub(super) const DEVICES: usize = 4;
/// `Ann` and `ANN` count as one name, and so do `Bo` and `bo`. So the three different names are
/// fewer than the four devices.
const NAMES: [&str; 5] = ["Ann", "ANN", "Bo", "bo", "Cleo"];

#[derive(Clone, Debug)]
pub(super) enum Act {
    Connect(usize),
    Cut(usize),
    Say {
        device: usize,
        room: usize,
        number: u16,
    },
    Join(usize, usize),
    Leave(usize, usize),
    /// A private message to another device.
    Write {
        device: usize,
        to: usize,
        number: u16,
    },
    Type(usize),
    /// Claims one of a few names. Some of them look alike.
    Rename(usize, usize),
    Take(usize, usize),
    Pass(u64),
}

pub(super) fn room(number: usize) -> RoomName {
    RoomName::parse(["lobby", "kitchen"][number]).unwrap()
}

pub(super) fn any_act() -> impl Strategy<Value = Act> {
    let device = || 0..DEVICES;
    prop_oneof![
        3 => device().prop_map(Act::Connect),
        1 => device().prop_map(Act::Cut),
        12 => (device(), 0..2_usize, 0..200_u16)
            .prop_map(|(device, room, number)| Act::Say { device, room, number }),
        2 => (device(), 0..2_usize).prop_map(|(device, room)| Act::Join(device, room)),
        1 => (device(), 0..2_usize).prop_map(|(device, room)| Act::Leave(device, room)),
        4 => (device(), device(), 0..200_u16)
            .prop_map(|(device, to, number)| Act::Write { device, to, number }),
        2 => device().prop_map(Act::Type),
        2 => (device(), 0..NAMES.len()).prop_map(|(device, name)| Act::Rename(device, name)),
        6 => (device(), 1..9_usize).prop_map(|(device, count)| Act::Take(device, count)),
        1 => (0..20_u64).prop_map(Act::Pass),
    ]
}

pub(super) fn perform(world: &mut World, act: Act) {
    match act {
        Act::Connect(device) => world.connect(device),
        Act::Cut(device) => world.cut(device),
        Act::Say { device, room: number, number: message } => {
            let message = id(&format!("{number}-{message}")).unwrap();
            let text = Deed::Say(message.as_str().to_owned());
            if world.devices[device].client.is_some() {
                world.devices[device].unanswered.insert(message.clone());
            }
            let post =
                Post { log: room(number).into(), id: Some(message), reply_to: None, deed: text };
            world.ask(device, Request::Post(Box::new(post)));
        }
        Act::Join(device, number) => {
            // A client says in its `join` how much of the room it has seen. This device tells the
            // truth.
            let seen = world.devices[device].seen(&room(number));
            if world.devices[device].leaving.contains(&room(number)) {
                return;
            }
            world.ask(device, Request::Join(Box::new(place(room(number), seen)), None));
        }
        Act::Leave(device, number) => {
            if world.devices[device].seen(&room(number)).is_some() {
                world.devices[device].leaving.insert(room(number));
            }
            world.ask(device, Request::Leave(room(number)));
        }
        Act::Write { device, to, number } => {
            let Some(name) = world.devices[to].name.clone() else { return };
            let message = id(&format!("to-{to}-{number}")).unwrap();
            let text = message.as_str().to_owned();
            if world.devices[device].client.is_some() {
                world.devices[device].unanswered.insert(message.clone());
            }
            let message = PrivateMessage {
                reply_to: None,
                to: name,
                id: Some(message),
                text,
                longer: Vec::new(),
                typed_at: None,
                is_for_present_owner: false,
                with: None,
            };
            world.ask(device, Request::Private(Box::new(message)));
        }
        Act::Type(device) => world.ask(device, Request::Typing(room(0))),
        Act::Rename(device, number) => {
            let claim = Claim { name: name(NAMES[number]), secret: None };
            world.devices[device].names.push(claim.name.clone());
            world.ask(device, Request::Rename(Box::new(claim), None));
        }
        Act::Take(device, count) => world.take(device, count),
        Act::Pass(seconds) => world.pass(seconds),
    }
}
