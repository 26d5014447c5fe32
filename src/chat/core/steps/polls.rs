//! A poll in a room: somebody who looks after the room asks, and everybody there chooses an answer.
//!
//! Owns: who hears of a poll, and that each person chooses one answer.
//! Must not know: how a poll is typed (`chat/poll.rs`) or kept (`rooms/rules.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::hands::person_in_room;
use super::refuse;
use crate::base::client_id::ClientId;
use crate::chat::act::{RoomAct, RoomActDone};
use crate::chat::answer::Answer;
use crate::chat::core::rooms::{Room, rules};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::poll::{PollChange, PollNews};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;

/// Begins the poll with this text, in the place of the one before, or ends the poll (`None`).
pub(super) fn set_poll(core: &mut Core, id: LogId, text: Option<String>) {
    let has_begun = text.is_some();
    if !has_begun {
        tell_room(core, id, PollChange::Ended);
    }
    rules::set_poll(&mut core.rooms, &mut core.logs, id, text);
    if has_begun {
        tell_room(core, id, PollChange::Standing);
    }
}

/// Notes which answer the client's person chooses, counted from 1, and tells the room how many have
/// chosen each. A second choice replaces the first. Refused with `NotInRoom` if the client is not
/// in the room, with `NoSuchPerson` if it is no person, and with `NoSuchChoice` if there is no poll
/// with this answer, or if too many people have chosen.
pub(super) fn vote(core: &mut Core, client: ClientId, act: RoomAct, choice: u8) {
    let name = act.room.clone();
    let (id, person, by) = match person_in_room(core, client, &name) {
        Ok(found) => found,
        Err(reason) => return refuse(core, client, Some(name), reason),
    };
    if !rules::vote(&mut core.rooms, &mut core.logs, id, (person, choice)) {
        return refuse(core, client, Some(name), Refused::NoSuchChoice);
    }
    let act = RoomAct { reason: String::new(), ..act };
    core.effects.push(Effect::Answer(client, Answer::Acted(Box::new(RoomActDone { act, by }))));
    tell_room(core, id, PollChange::Counted);
}

/// Returns what somebody hears of the poll in this room who comes in or asks; `None`: there is
/// none.
pub(super) fn standing_poll(core: &Core, id: LogId, person: Option<PersonId>) -> Option<Answer> {
    let yours = |room: &Room| person.and_then(|person| room.rules().choice_of(person));
    news(core, id, PollChange::Standing, yours)
}

fn tell_room(core: &mut Core, id: LogId, change: PollChange) {
    if let Some(answer) = news(core, id, change, |_| None) {
        core.effects.push(Effect::Notice { log: id, except: None, answer });
    }
}

fn news(
    core: &Core,
    id: LogId,
    change: PollChange,
    yours: impl FnOnce(&Room) -> Option<usize>,
) -> Option<Answer> {
    let room = core.rooms.get(id)?;
    let (name, poll) = (room.name().clone(), room.rules().poll()?);
    Some(Answer::Poll(Box::new(PollNews { room: name, poll, yours: yours(room), change })))
}
