//! What a host does about the whole chat: blocks a person, makes a host, ends that somebody is one.
//!
//! Owns: whom a block spares, and that there is always a host.
//! Must not know: how long a block lasts (`rooms/rules.rs`); what it forbids (`permissions.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::keeping::{known_as, networks_of, put_out};
use super::permissions::blocks;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::act::RoomAction;
use crate::chat::answer::Answer;
use crate::chat::core::people::hosts::{end_host, hosts, is_host, make_host};
use crate::chat::core::rooms::rules;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::record::{BanRule, BlockRule, PersonId};
use crate::chat::refused::Refused;

/// Checks whether the client may do this about the whole chat. `whom` is the person whom it is
/// about; `None`: it ends the block of a name.
///
/// # Errors
/// `NotHost`, `IsKeeper` or `LastHost`.
pub(super) fn check_may_act_on_chat(
    core: &Core,
    client: ClientId,
    action: &RoomAction,
    whom: Option<PersonId>,
) -> Result<(), Refused> {
    let by = core.person(client).filter(|person| is_host(&core.people, *person));
    let by = by.ok_or(Refused::NotHost)?;
    let is_host = whom.is_some_and(|whom| is_host(&core.people, whom));
    match action {
        RoomAction::Block(..) if is_host || whom == Some(by) => Err(Refused::IsKeeper),
        RoomAction::Unblock(name) if blocked_as(core, name).is_empty() => {
            Err(Refused::NoSuchPerson)
        }
        RoomAction::Host(_, false) if is_host && hosts(&core.people).count() == 1 => {
            Err(Refused::LastHost)
        }
        _ => Ok(()),
    }
}

/// Returns the people who are blocked and had this name then, or have it now.
fn blocked_as(core: &Core, name: &Name) -> Vec<PersonId> {
    known_as(core, blocks(core).map(|(block, _)| &block.ban), name)
}

/// Carries out an action about the whole chat; `id` is the lobby.
pub(super) fn carry_out_on_chat(
    core: &mut Core,
    id: LogId,
    action: &RoomAction,
    whom: Option<PersonId>,
) {
    match (action, whom) {
        (RoomAction::Block(_, lasts), Some(person)) => block(core, id, person, *lasts),
        (RoomAction::Unblock(name), _) => {
            let people = blocked_as(core, name);
            rules::unblock(&mut core.rooms, &mut core.logs, id, &people);
        }
        (RoomAction::Host(_, true), Some(person)) => {
            make_host(&mut core.people, person);
            tell_role(core, person, &Answer::Host);
        }
        (RoomAction::Host(_, false), Some(person)) => {
            end_host(&mut core.people, person);
            tell_role(core, person, &Answer::NotHost);
        }
        _ => tracing::debug!(?action, "an action about the chat names nobody"),
    }
}

/// Tells what somebody does about the whole chat to the clients of the person whom it is about, and
/// of all hosts, wherever they are. Those in the lobby, whose log is `lobby`, hear it there.
pub(super) fn tell_outside_of_lobby(
    core: &mut Core,
    client: ClientId,
    lobby: LogId,
    whom: Option<PersonId>,
    answer: &Answer,
) {
    let people: BTreeSet<_> = hosts(&core.people).chain(whom).collect();
    for person in people {
        for device in core.people.clients(person).to_vec() {
            if device != client && !core.members.is_in(device, lobby) {
                core.effects.push(Effect::Answer(device, answer.clone()));
            }
        }
    }
}

/// Tells all clients of the person that the person is a host, or is none any more.
pub(super) fn tell_role(core: &mut Core, person: PersonId, answer: &Answer) {
    for device in core.people.clients(person).to_vec() {
        core.effects.push(Effect::Answer(device, answer.clone()));
    }
}

/// Blocks a person: all clients of the person leave all rooms. The block is about the networks of
/// these clients, too; the other people who are in some room from there are spared.
fn block(core: &mut Core, lobby: LogId, person: PersonId, lasts: Duration) {
    let Some(name) = core.people.name(person).cloned() else { return };
    let networks = networks_of(core, person);
    let people = core.rooms.iter().flat_map(|(_, room)| room.people());
    let others = people.filter_map(|author| author.person()).filter(|other| *other != person);
    let mut spared: Vec<_> =
        others.filter(|other| !networks.is_disjoint(&networks_of(core, *other))).collect();
    spared.sort_unstable();
    spared.dedup();
    spared.truncate(limits::SPARED_PER_BLOCK_MAX);
    let networks = networks.into_iter().take(limits::NETWORKS_PER_BAN_MAX).collect();
    let now = core.now.utc;
    let ban = BanRule { person, name, networks, until: rules::later(now, lasts) };
    rules::block(&mut core.rooms, &mut core.logs, lobby, BlockRule { ban, spared }, now);
    let rooms: Vec<_> = core.rooms.iter().map(|(id, _)| id).collect();
    for id in rooms {
        put_out(core, id, person);
    }
}
