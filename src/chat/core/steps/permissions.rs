//! What the rules of a room forbid: to write there, and to enter it.
//!
//! Owns: that whoever looks after a room may do all of it.
//! Must not know: how a rule is made (`keeping.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::reporting::keepers_inside;
use crate::base::client_id::ClientId;
use crate::chat::act::{ActRecord, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::people::hosts::is_host;
use crate::chat::core::roles::{check_looks_after, looks_after};
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::rules::{Forbids, Listed, forbidden, pause_left, wait_to_enter};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::EntryKind;
use crate::chat::name::Name;
use crate::chat::record::{BlockRule, NetworkTag, PersonId};
use crate::chat::refused::Refused;

/// Returns how long the client's person is muted in this room yet; `None`: the person is not.
pub(super) fn muted_for(core: &Core, client: ClientId, id: LogId) -> Option<Duration> {
    forbidden(&core.rooms, id, Forbids::Writing, core.person(client)?, core.now.utc)
}

/// Checks whether the client may write in the room of this log now. The log may be one of private
/// messages: everybody may write there.
///
/// # Errors
/// `Muted` or `Frozen`.
pub(super) fn check_may_write(core: &Core, client: ClientId, id: LogId) -> Result<(), Refused> {
    let Some(room) = core.rooms.get(id) else { return Ok(()) };
    let reason = match muted_for(core, client, id) {
        Some(left) => Refused::Muted(left),
        None if room.state().frozen => Refused::Frozen,
        None => return Ok(()),
    };
    check_looks_after(core, client, id).map_err(|_| reason)
}

/// Checks whether a host has blocked the person from the whole chat.
///
/// # Errors
/// `Blocked`.
fn check_not_blocked(core: &Core, person: PersonId) -> Result<(), Refused> {
    let left =
        blocks(core).filter(|(block, _)| block.ban.person == person).map(|(_, left)| left).max();
    match left {
        Some(left) if !is_host(&core.people, person) => Err(Refused::Blocked(left)),
        _ => Ok(()),
    }
}

/// Checks whether the client may begin to talk outside of the rooms that it is in: may make a room
/// or write privately.
///
/// # Errors
/// `Blocked`; or `Closed` if somebody of the client's network is blocked, and nobody has let the
/// client's person into any room.
pub(super) fn check_may_talk(core: &Core, client: ClientId) -> Result<(), Refused> {
    let Some(author) = core.author(client) else { return Ok(()) };
    author.person().map_or(Ok(()), |person| check_not_blocked(core, person))?;
    let is_inside = || core.rooms.iter().any(|(_, room)| room.has(author));
    match is_near_a_blocked_person(core, client, author) && !is_inside() {
        true => Err(Refused::Closed),
        false => Ok(()),
    }
}

/// Returns whether somebody is blocked who came from the same network as this client, and the block
/// does not spare this author. Such a client must be admitted to each room.
fn is_near_a_blocked_person(core: &Core, client: ClientId, author: Author) -> bool {
    let Some(network) = core.members.tag(client) else { return false };
    let spares = |block: &BlockRule| author.person().is_some_and(|it| block.spared.contains(&it));
    blocks(core).any(|(block, _)| block.ban.networks.contains(&network) && !spares(block))
}

/// Returns whether somebody is blocked who came from the network with this tag.
pub(super) fn is_network_blocked(core: &Core, network: Option<NetworkTag>) -> bool {
    network.is_some_and(|it| blocks(core).any(|(block, _)| block.ban.networks.contains(&it)))
}

/// Returns the blocks that hold now, each with how long yet.
pub(super) fn blocks(core: &Core) -> impl Iterator<Item = (&BlockRule, Duration)> {
    let lobby = core.rooms.lobby_id().and_then(|lobby| core.rooms.get(lobby));
    lobby.into_iter().flat_map(|room| room.rules().blocks(core.now.utc))
}

/// Checks whether this author may be in the room.
///
/// # Errors
/// `Blocked` or `PutOut`.
pub(super) fn check_not_put_out(core: &Core, author: Author, id: LogId) -> Result<(), Refused> {
    let Some(person) = author.person() else { return Ok(()) };
    check_not_blocked(core, person)?;
    let now = core.now.utc;
    let rules = core.rooms.get(id).map(Room::rules);
    let ban = rules.and_then(|rules| rules.bans(now).find(|(ban, _)| ban.person == person));
    let ban = ban.map(|(_, left)| left);
    let left = ban.max(forbidden(&core.rooms, id, Forbids::Entering, person, now));
    match left {
        Some(left) if !looks_after(core, person, id) => Err(Refused::PutOut(left)),
        _ => Ok(()),
    }
}

/// Tells a visitor whom a room does not let in who has put them out or blocked them, and why, if
/// that is on record. Other clients have heard it when it happened.
pub(super) fn tell_why_out(
    core: &mut Core,
    client: ClientId,
    author: Author,
    id: LogId,
    reason: &Refused,
) {
    let id = match reason {
        Refused::PutOut(_) => Some(id),
        Refused::Blocked(_) => core.rooms.lobby_id(),
        _ => None,
    };
    let Some(room) = id.and_then(|id| core.rooms.get(id)) else { return };
    let Some(name) = core.people.name_of(author).filter(|_| core.members.is_visitor(client)) else {
        return;
    };
    let is_it = |act: &&ActRecord| {
        let puts_out = matches!(
            act.action,
            RoomAction::Kick(..) | RoomAction::Ban(..) | RoomAction::Block(..)
        );
        puts_out && act.action.whom() == Some(&name)
    };
    let Some(act) = room.rules().record().iter().rev().find(is_it) else { return };
    let told = Answer::Acted(Box::new(act.done_in(room.name())));
    core.effects.push(Effect::Answer(client, told));
}

/// Checks whether the client may add this line to the log now. Whoever may not write may still
/// delete what they have written.
///
/// # Errors
/// `Muted`, `Frozen` or `Slow`.
pub(super) fn check_may_add(
    core: &Core,
    client: ClientId,
    id: LogId,
    line: &EntryKind,
) -> Result<(), Refused> {
    match line {
        EntryKind::Deleted { .. } => Ok(()),
        // A topic is read by everybody, too.
        line if line.is_message() || matches!(line, EntryKind::Topic(_)) => {
            check_may_write(core, client, id).and_then(|()| check_pause(core, client, id))
        }
        _ => check_may_write(core, client, id),
    }
}

/// Checks whether slow mode lets this client write one more message in the room now.
///
/// # Errors
/// `Slow`.
fn check_pause(core: &Core, client: ClientId, id: LogId) -> Result<(), Refused> {
    let Some(author) = core.author(client) else { return Ok(()) };
    match pause_left(&core.rooms, id, author, core.now.chat_time) {
        Some(left) => check_looks_after(core, client, id).map_err(|_| Refused::Slow(left)),
        None => Ok(()),
    }
}

/// Checks whether this author may enter the room, if the room is closed, or if somebody from the
/// client's network is banned from it. A person who may not waits from now on, and whoever looks
/// after the room and is there hears of it.
///
/// # Errors
/// `Closed`.
pub(super) fn check_admitted(
    core: &mut Core,
    client: ClientId,
    author: Author,
    id: LogId,
) -> Result<(), Refused> {
    let Some(room) = core.rooms.get(id) else { return Ok(()) };
    let is_banned = core.members.tag(client).is_some_and(|network| {
        room.rules().bans(core.now.utc).any(|(ban, _)| ban.networks.contains(&network))
    });
    let is_banned = is_banned || is_near_a_blocked_person(core, client, author);
    if !room.state().closed && !is_banned {
        return Ok(());
    }
    let Some(person) = author.person() else { return Err(Refused::Closed) };
    if room.rules().listed(Listed::Admitted).contains(&person) || looks_after(core, person, id) {
        return Ok(());
    }
    if !core.people.is_passing(person) && wait_to_enter(&mut core.rooms, id, person) {
        tell_who_waits(core, id, person);
    }
    Err(Refused::Closed)
}

fn tell_who_waits(core: &mut Core, id: LogId, person: PersonId) {
    let room = core.rooms.get(id).map(|room| room.name().clone());
    let Some((room, name)) = room.zip(core.people.name(person).cloned()) else { return };
    for keeper in keepers_inside(core, id) {
        let answer = Answer::Waits { room: room.clone(), name: name.clone() };
        core.effects.push(Effect::Answer(keeper, answer));
    }
}

/// Checks whether the client's person may take another name now. A room in which the person has
/// written gets a line about it, and so the person must be allowed to write there.
///
/// # Errors
/// `Lesson`, `Muted`, `Frozen` or `Slow`.
pub(super) fn check_may_take_name(
    core: &Core,
    client: ClientId,
    person: PersonId,
) -> Result<(), Refused> {
    // A guest who comes late says who they are.
    if !core.people.name(person).is_some_and(Name::is_given_by_server) {
        check_no_lesson(core, client, None)?;
    }
    let author = Author::Person(person);
    let rooms = core.rooms.iter().filter(|(_, room)| room.has(author));
    let has_written =
        |log: &LogId| core.logs.get(*log).is_some_and(|log| log.last_of(author).is_some());
    let mut logs = rooms.map(|(log, _)| log).filter(has_written);
    logs.try_for_each(|log| {
        check_may_write(core, client, log).and_then(|()| check_pause(core, client, log))
    })
}

/// Checks whether lessons let this person take another name, or write privately to `to`. A lesson
/// is about the people in its room, except those who look after it.
///
/// # Errors
/// `Lesson`.
pub(super) fn check_no_lesson(
    core: &Core,
    client: ClientId,
    to: Option<PersonId>,
) -> Result<(), Refused> {
    let Some(person) = core.person(client) else { return Ok(()) };
    let is_in = |room: &Room, who| room.has(Author::Person(who));
    let is_about =
        |room: &Room| is_in(room, person) || to.is_some_and(|to| to != person && is_in(room, to));
    let mut lessons = core
        .rooms
        .iter()
        .filter(|(_, room)| room.state().lesson && is_about(room))
        .map(|(id, _)| id);
    let is_free = |id| {
        check_looks_after(core, client, id).is_ok()
            || to.is_some_and(|to| looks_after(core, to, id))
    };
    if lessons.all(is_free) { Ok(()) } else { Err(Refused::Lesson) }
}

/// Checks whether the client may say with words of its own why it is away: all its rooms hear them.
///
/// # Errors
/// `Muted`.
pub(super) fn check_not_muted(core: &Core, client: ClientId) -> Result<(), Refused> {
    let Some(person) = core.person(client) else { return Ok(()) };
    let rooms = core.rooms.iter().filter(|(_, room)| room.has(Author::Person(person)));
    let now = core.now.utc;
    let mut left =
        rooms.filter_map(|(id, _)| forbidden(&core.rooms, id, Forbids::Writing, person, now));
    left.next().map_or(Ok(()), |left| Err(Refused::Muted(left)))
}
