//! How somebody looks after a room: mutes a person, puts a person out, freezes the room.
//!
//! Owns: against whom nobody acts, and who is told.
//! Must not know: who looks after a room (`chat/core/roles.rs`); how long a rule lasts
//! (`rooms/rules.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::leaving::take_out;
use super::presence::tell_presence;
use super::refuse;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::act::{RoomAct, RoomActDone, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::roles::{check_looks_after, looks_after};
use crate::chat::core::rooms::rules::{Forbids, forbid, forbidden, freeze};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;

/// Carries out an action, and tells it to everybody in the room. Refused with `NotYourRoom` if the
/// client does not look after the room; with `NoSuchPerson` if nobody has the name; and with
/// `IsKeeper` if the person looks after the room, too.
pub(super) fn act_in_room(core: &mut Core, client: ClientId, act: RoomAct) {
    let name = act.room.clone();
    let id = core.rooms.called(&name);
    let checked = id.ok_or(Refused::NotInRoom).and_then(|id| {
        check_looks_after(core, client, id)?;
        Ok((id, whom(core, client, id, &act.action)?))
    });
    let (id, whom) = match checked {
        Ok(found) => found,
        Err(reason) => return refuse(core, client, Some(name), reason),
    };
    let Some(by) = core.author(client).and_then(|author| core.people.name_of(author)) else {
        return;
    };
    let act = with_present_name(core, act, whom);
    let lasts = act.action.lasts().map(|lasts| lasts.min(limits::RULE_LASTS_MAX));
    let now = core.now.utc;
    let answer = Answer::Acted(Box::new(RoomActDone { act: act.clone(), by }));
    // The client hears it even if it is not in the room, and whoever is put out hears it first.
    core.effects.push(Effect::Answer(client, answer.clone()));
    // If there was nothing to undo, only the client hears so.
    if changes_something(core, id, &act.action, whom) {
        core.effects.push(Effect::Notice { log: id, except: Some(client), answer });
    }
    let forbids = match act.action {
        RoomAction::Freeze(is_frozen) => {
            return freeze(&mut core.rooms, &mut core.logs, id, is_frozen);
        }
        RoomAction::Mute(..) | RoomAction::Unmute(_) => Forbids::Writing,
        RoomAction::Kick(..) | RoomAction::Unkick(_) => Forbids::Entering,
    };
    let Some(person) = whom else { return };
    forbid(&mut core.rooms, &mut core.logs, id, (forbids, person), lasts, now);
    if matches!(act.action, RoomAction::Kick(..)) {
        put_out(core, id, person);
    }
}

/// Returns the person whom the action is about; `None`: it is about the room. Nobody acts against
/// themselves: the right of a maker may wait for a new token, and so not be known yet.
fn whom(
    core: &Core,
    client: ClientId,
    id: LogId,
    action: &RoomAction,
) -> Result<Option<PersonId>, Refused> {
    let Some(name) = action.whom() else { return Ok(None) };
    let person = core.people.called(name).ok_or(Refused::NoSuchPerson)?;
    if core.person(client) == Some(person) || looks_after(core, person, id) {
        Err(Refused::IsKeeper)
    } else {
        Ok(Some(person))
    }
}

/// Returns the action with the name that the person has: the client may have typed one that looks
/// like it.
fn with_present_name(core: &Core, act: RoomAct, whom: Option<PersonId>) -> RoomAct {
    let name = whom.and_then(|person| core.people.name(person)).cloned();
    let lasts = act.action.lasts().unwrap_or_default();
    let action = RoomAction::of(act.action.word(), name, lasts).unwrap_or(act.action);
    RoomAct { action, ..act }
}

/// Returns whether the action makes a rule, or ends one that there is.
fn changes_something(core: &Core, id: LogId, action: &RoomAction, whom: Option<PersonId>) -> bool {
    let has_rule = |what| {
        whom.is_some_and(|person| forbidden(&core.rooms, id, what, person, core.now.utc).is_some())
    };
    match action {
        RoomAction::Mute(..) | RoomAction::Kick(..) => true,
        RoomAction::Unmute(_) => has_rule(Forbids::Writing),
        RoomAction::Unkick(_) => has_rule(Forbids::Entering),
        RoomAction::Freeze(is_frozen) => {
            core.rooms.get(id).is_some_and(|room| room.is_frozen() != *is_frozen)
        }
    }
}

/// Checks whether the client's person may take another name now. A room in which the person has
/// written gets a line about it, and so the person must be allowed to write there.
///
/// # Errors
/// `Muted` or `Frozen`.
pub(super) fn check_may_take_name(
    core: &Core,
    client: ClientId,
    person: PersonId,
) -> Result<(), Refused> {
    let author = Author::Person(person);
    let rooms = core.rooms.iter().filter(|(_, room)| room.has(author));
    let has_written =
        |log: &LogId| core.logs.get(*log).is_some_and(|log| log.last_of(author).is_some());
    let mut logs = rooms.map(|(log, _)| log).filter(has_written);
    logs.try_for_each(|log| check_may_write(core, client, log))
}

/// Lets all clients of the person leave the room, and the room wait for none of them.
fn put_out(core: &mut Core, id: LogId, person: PersonId) {
    let Some(name) = core.rooms.get(id).map(|room| room.name().clone()) else { return };
    let (author, now) = (Author::Person(person), core.now.chat_time);
    let mut has_left = false;
    for client in core.people.clients(person).to_vec() {
        if !core.members.is_in(client, id) {
            continue;
        }
        has_left |= take_out(core, client, id, author);
        core.effects.push(Effect::Answer(client, Answer::Left(name.clone())));
    }
    has_left |= core.rooms.stop_waiting_in(id, author, now);
    if has_left {
        tell_presence(core, id, author, false, None);
    }
}

/// Checks whether the client may write in the room of this log now. The log may be one of private
/// messages: everybody may write there.
///
/// # Errors
/// `Muted` or `Frozen`.
pub(super) fn check_may_write(core: &Core, client: ClientId, id: LogId) -> Result<(), Refused> {
    let Some(room) = core.rooms.get(id) else { return Ok(()) };
    let muted = core
        .person(client)
        .and_then(|person| forbidden(&core.rooms, id, Forbids::Writing, person, core.now.utc));
    let reason = match muted {
        Some(left) => Refused::Muted(left),
        None if room.is_frozen() => Refused::Frozen,
        None => return Ok(()),
    };
    check_looks_after(core, client, id).map_err(|_| reason)
}

/// Checks whether this author may be in the room.
///
/// # Errors
/// `PutOut`.
pub(super) fn check_not_put_out(core: &Core, author: Author, id: LogId) -> Result<(), Refused> {
    let Some(person) = author.person() else { return Ok(()) };
    let left = forbidden(&core.rooms, id, Forbids::Entering, person, core.now.utc);
    match left {
        Some(left) if !looks_after(core, person, id) => Err(Refused::PutOut(left)),
        _ => Ok(()),
    }
}
