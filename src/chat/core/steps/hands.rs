//! How a person in a room raises a hand, so that those who look after the room see who wants to say
//! something, and in which order.
//!
//! Owns: who hears of a hand, and when it is down again.
//! Must not know: how it is kept (`rooms/rules.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use super::reporting::keepers_inside;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::act::{RoomAct, RoomActDone};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::rooms::{Room, rules};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

/// Notes that the client's person has raised a hand in the room, or has taken it down, and tells
/// those who look after the room and are there. Nobody hears of a hand that was up, or down,
/// already. Refused with `NotInRoom` if the client is not in the room, with `NoSuchPerson` if the
/// client is no person, and with `ListFull` if too many hands are up.
pub(super) fn raise_hand(core: &mut Core, client: ClientId, act: RoomAct, is_up: bool) {
    let name = act.room.clone();
    let (id, person, by) = match person_in_room(core, client, &name) {
        Ok(found) => found,
        Err(reason) => return refuse(core, client, Some(name), reason),
    };
    let hands = core.rooms.get(id).map(Room::rules).map_or(&[][..], |rules| rules.hands());
    let was_up = hands.contains(&person);
    if is_up && !was_up && hands.len() >= limits::HANDS_PER_ROOM_MAX {
        return refuse(core, client, Some(name), Refused::ListFull(limits::HANDS_PER_ROOM_MAX));
    }
    // Whoever is muted raises a hand, too, but says nothing with it.
    let act = RoomAct { reason: String::new(), ..act };
    let answer = Answer::Acted(Box::new(RoomActDone { act, by }));
    core.effects.push(Effect::Answer(client, answer.clone()));
    if was_up == is_up {
        return;
    }
    let keepers = keepers_inside(core, id).into_iter();
    let others = core.people.clients(person).iter().copied();
    let others = others.filter(|other| core.members.is_in(*other, id));
    let mut told: Vec<_> = keepers.chain(others).filter(|other| *other != client).collect();
    told.sort_unstable();
    told.dedup();
    core.effects.extend(told.into_iter().map(|other| Effect::Answer(other, answer.clone())));
    keep_hand(core, id, person, is_up);
}

/// Returns the room of this name, in which the client is, and the client's person with its name.
///
/// # Errors
/// `NotInRoom`; or `NoSuchPerson` if the client is no person.
pub(super) fn person_in_room(
    core: &Core,
    client: ClientId,
    room: &RoomName,
) -> Result<(LogId, PersonId, Name), Refused> {
    let id = core.room_of(client, room).ok_or(Refused::NotInRoom)?;
    let person = core.person(client).ok_or(Refused::NoSuchPerson)?;
    let name = core.people.name(person).ok_or(Refused::NoSuchPerson)?;
    Ok((id, person, name.clone()))
}

/// Takes the person's hand down, if it is up.
pub(super) fn lower_hand(core: &mut Core, id: LogId, person: PersonId) {
    let rules = core.rooms.get(id).map(Room::rules);
    if rules.is_some_and(|rules| rules.hands().contains(&person)) {
        keep_hand(core, id, person, false);
    }
}

/// Tells a person in the room that somebody has seen their hand. Those who look after the room
/// hear it as well, by `keeping.rs`.
pub(super) fn tell_lowered(
    core: &mut Core,
    client: ClientId,
    id: LogId,
    whom: Option<PersonId>,
    answer: &Answer,
) {
    let keepers = keepers_inside(core, id);
    let devices = whom.map_or(&[][..], |person| core.people.clients(person)).iter().copied();
    let devices = devices.filter(|device| core.members.is_in(*device, id));
    let told: Vec<_> =
        devices.filter(|device| *device != client && !keepers.contains(device)).collect();
    core.effects.extend(told.into_iter().map(|device| Effect::Answer(device, answer.clone())));
}

/// Keeps whose hands are up. A hand is down when its person has left the room.
fn keep_hand(core: &mut Core, id: LogId, person: PersonId, is_up: bool) {
    let inside: Vec<_> = core.rooms.get(id).map(Room::people).into_iter().flatten().collect();
    let is_there = |one| inside.contains(&Author::Person(one));
    rules::raise_hand(&mut core.rooms, &mut core.logs, id, (person, is_up), is_there);
}
