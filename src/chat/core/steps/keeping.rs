//! How somebody looks after a room: mutes a person, puts a person out, closes the room.
//!
//! Owns: against whom nobody acts, and who is told.
//! Must not know: who looks after a room (`chat/core/roles.rs`); how long a rule lasts
//! (`rooms/rules.rs`); what a rule forbids (`permissions.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::blocking::{carry_out_on_chat, check_may_act_on_chat, tell_outside_of_lobby};
use super::deleting::{delete_all_of, delete_everything};
use super::hands::{lower_hand, raise_hand, tell_lowered};
use super::leaving::take_out;
use super::polls::{set_poll, vote};
use super::presence::tell_presence;
use super::refuse;
use super::reporting::{keepers_inside, report_message};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::act::{ActRecord, RoomAct, RoomActDone, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::people::hosts::is_host;
use crate::chat::core::roles::{check_looks_after, check_may_name_keepers, is_keeper, looks_after};
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::rules::{self, Forbids, Listed};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::poll::Poll;
use crate::chat::record::{BanRule, NetworkTag, PersonId};
use crate::chat::refused::Refused;

/// Carries out an action, and tells it to everybody in the room. Refused with `NotYourRoom` if the
/// client does not look after the room; with `NotMaker` if a keeper names another one; with
/// `NoSuchPerson` if nobody has the name; with `IsKeeper` if the person looks after the room, too;
/// with `ListFull` if the person would be too many; and with `LobbyIsOpen` if the client wants to
/// close the lobby.
pub(super) fn act_in_room(core: &mut Core, client: ClientId, act: RoomAct) {
    // Anybody in the room does these.
    match act.action {
        RoomAction::Report(seq) => return report_message(core, client, act, seq),
        RoomAction::Hand(is_up) => return raise_hand(core, client, act, is_up),
        RoomAction::Vote(choice) => return vote(core, client, act, choice),
        _ => {}
    }
    // What is about the whole chat stands in the record of the lobby, wherever it was typed.
    let is_about_chat = act.action.is_about_chat();
    let lobby = core.rooms.lobby_name().clone();
    let act = if is_about_chat { RoomAct { room: lobby, ..act } } else { act };
    let name = act.room.clone();
    let (id, whom) = match check_may_act(core, client, &act) {
        Ok(found) => found,
        Err(reason) => return refuse(core, client, Some(name), reason),
    };
    let Some(by) = core.author(client).and_then(|author| core.people.name_of(author)) else {
        return;
    };
    let act = with_present_name(core, act, whom);
    let (action, reason) = (act.action.clone(), act.reason.clone());
    let at = core.now.utc;
    let text = reason.clone();
    let record = ActRecord { at, by: by.clone(), action: action.clone(), reason };
    let answer = Answer::Acted(Box::new(RoomActDone { act, by }));
    // The client hears it even if it is not in the room, and whoever is put out hears it first.
    core.effects.push(Effect::Answer(client, answer.clone()));
    // If there was nothing to undo, only the client hears so.
    if changes_something(core, id, &action, whom) {
        tell_others(core, client, id, &action, &answer);
        if is_about_chat {
            tell_outside_of_lobby(core, client, id, whom, &answer);
        }
        if matches!(action, RoomAction::Lower(_)) {
            tell_lowered(core, client, id, whom, &answer);
        } else {
            rules::put_on_record(&mut core.rooms, &mut core.logs, id, record);
        }
    }
    match (&action, whom) {
        (RoomAction::DeleteAll(_), Some(person)) => delete_all_of(core, client, id, person),
        (RoomAction::DeleteEverything, _) => delete_everything(core, client, id),
        (RoomAction::Welcome(is_set), _) => {
            let text = if *is_set { text } else { String::new() };
            rules::set_welcome(&mut core.rooms, &mut core.logs, id, text);
        }
        (RoomAction::Poll(is_on), _) => set_poll(core, id, is_on.then_some(text)),
        _ if is_about_chat => carry_out_on_chat(core, id, &action, whom),
        _ => carry_out(core, id, &action, whom),
    }
    if let (RoomAction::Admit(_, true) | RoomAction::Unkick(_), Some(person)) = (&action, whom) {
        tell_admitted(core, client, id, person, &answer);
    }
}

/// Tells the other clients in the room what somebody does. A report is told only to those who look
/// after the room; and that many messages are deleted, the line says that takes their place.
fn tell_others(core: &mut Core, client: ClientId, id: LogId, action: &RoomAction, answer: &Answer) {
    match action {
        RoomAction::DeleteAll(_) | RoomAction::DeleteEverything => {}
        RoomAction::Report(_) | RoomAction::Dismiss(_) | RoomAction::Lower(_) => {
            for keeper in keepers_inside(core, id) {
                if keeper != client {
                    core.effects.push(Effect::Answer(keeper, answer.clone()));
                }
            }
        }
        _ => {
            let (except, answer) = (Some(client), answer.clone());
            core.effects.push(Effect::Notice { log: id, except, answer });
        }
    }
}

/// Returns the room and the person of an action, if the client may carry it out.
fn check_may_act(
    core: &Core,
    client: ClientId,
    act: &RoomAct,
) -> Result<(LogId, Option<PersonId>), Refused> {
    let id = core.rooms.called(&act.room).ok_or(Refused::NotInRoom)?;
    if act.action.is_about_chat() {
        check_may_act_on_chat(core, client, &act.action, None)?;
        let whom = named(core, id, &act.action)?;
        return check_may_act_on_chat(core, client, &act.action, whom).map(|()| (id, whom));
    }
    if matches!(act.action, RoomAction::Keeper(..)) {
        check_may_name_keepers(core, client, id)?;
    } else {
        check_looks_after(core, client, id)?;
    }
    if act.action == RoomAction::Poll(true) && Poll::typed(&act.reason).is_none() {
        return Err(Refused::BadPoll);
    }
    if act.action == RoomAction::Close(true) && act.room == *core.rooms.lobby_name() {
        return Err(Refused::LobbyIsOpen);
    }
    let whom = whom(core, client, id, &act.action)?;
    if let RoomAction::Unban(name) = &act.action
        && banned_as(core, id, name).is_empty()
    {
        return Err(Refused::NoSuchPerson);
    }
    let list = match act.action {
        RoomAction::Keeper(_, true) => Some(Listed::Keepers),
        RoomAction::Admit(_, true) => Some(Listed::Admitted),
        _ => None,
    };
    let rules = core.rooms.get(id).map(Room::rules);
    match list.filter(|list| rules.is_some_and(|rules| rules.is_full(*list))) {
        Some(list) => Err(Refused::ListFull(rules::most_in(list))),
        None => Ok((id, whom)),
    }
}

/// Changes the rules of the room.
fn carry_out(core: &mut Core, id: LogId, action: &RoomAction, whom: Option<PersonId>) {
    let (rooms, logs, now) = (&mut core.rooms, &mut core.logs, core.now.utc);
    let forbids = match action {
        RoomAction::Freeze(is_frozen) => return rules::freeze(rooms, logs, id, *is_frozen),
        RoomAction::Slow(pause) => return rules::slow_down(rooms, logs, id, *pause),
        RoomAction::Close(is_closed) => return rules::close(rooms, logs, id, *is_closed),
        RoomAction::Lesson(is_on) => return rules::set_lesson(rooms, logs, id, *is_on),
        RoomAction::Mute(..) | RoomAction::Unmute(_) => Some(Forbids::Writing),
        RoomAction::Kick(..) | RoomAction::Unkick(_) => Some(Forbids::Entering),
        RoomAction::Unban(name) => {
            let people = banned_as(core, id, name);
            return rules::unban(&mut core.rooms, &mut core.logs, id, &people);
        }
        RoomAction::Dismiss(seq) => {
            return rules::keep_reports(rooms, logs, id, |report| report.seq != *seq);
        }
        RoomAction::Ban(..) | RoomAction::Keeper(..) | RoomAction::Admit(..) => None,
        RoomAction::DeleteAll(_) | RoomAction::DeleteEverything | RoomAction::Report(_) => None,
        RoomAction::Welcome(_) | RoomAction::Hand(_) | RoomAction::Lower(_) => None,
        RoomAction::Poll(_) | RoomAction::Vote(_) => None,
        RoomAction::Block(..) | RoomAction::Unblock(_) | RoomAction::Host(..) => None,
    };
    let Some(person) = whom else { return };
    if let Some(forbids) = forbids {
        rules::forbid(rooms, logs, id, (forbids, person), action.time(), now);
    }
    match action {
        RoomAction::Ban(_, lasts) => {
            ban(core, id, person, *lasts);
            lower_hand(core, id, person);
            put_out(core, id, person);
        }
        // Who may come back may come in, and the other way round.
        RoomAction::Unkick(_) if rooms.get(id).is_some_and(|room| room.state().closed) => {
            rules::list(rooms, logs, id, (Listed::Admitted, person), true);
        }
        RoomAction::Keeper(_, is_in) => {
            rules::list(rooms, logs, id, (Listed::Keepers, person), *is_in);
        }
        RoomAction::Admit(_, is_in) => {
            rules::list(rooms, logs, id, (Listed::Admitted, person), *is_in);
            if *is_in {
                rules::forbid(rooms, logs, id, (Forbids::Entering, person), None, now);
                rules::end_ban_of(rooms, logs, id, person);
            }
        }
        RoomAction::Lower(_) => lower_hand(core, id, person),
        // Whoever is put out of a closed room waits no longer, and must be admitted again.
        RoomAction::Kick(..) => {
            rules::list(rooms, logs, id, (Listed::Admitted, person), false);
            lower_hand(core, id, person);
            put_out(core, id, person);
        }
        _ => {}
    }
}

/// Bans a person from the room. The ban is about the networks of the person's clients, too; the
/// other people who come from them and are in the room stay as they are.
fn ban(core: &mut Core, id: LogId, person: PersonId, lasts: Duration) {
    let Some(name) = core.people.name(person).cloned() else { return };
    let networks = networks_of(core, person);
    let others = core.rooms.get(id).map(Room::people).into_iter().flatten();
    let others = others.filter_map(Author::person).filter(|other| *other != person);
    let spared: Vec<_> =
        others.filter(|other| !networks.is_disjoint(&networks_of(core, *other))).collect();
    let networks = networks.into_iter().take(limits::NETWORKS_PER_BAN_MAX).collect();
    let now = core.now.utc;
    let rule = BanRule { person, name, networks, until: rules::later(now, lasts) };
    rules::list(&mut core.rooms, &mut core.logs, id, (Listed::Admitted, person), false);
    rules::ban(&mut core.rooms, &mut core.logs, id, rule, spared, now);
}

/// Returns the tags of the networks from which the person is here. Somebody who reads pages without
/// scripts has no client most of the time, but the network of the first one is known.
pub(super) fn networks_of(core: &Core, person: PersonId) -> BTreeSet<NetworkTag> {
    let clients = core.people.clients(person).iter();
    let networks = clients.filter_map(|client| core.members.tag(*client));
    networks.chain(core.people.network(person)).collect()
}

/// Tells the clients of a person who was admitted, and who are not in the room yet. The client that
/// has admitted the person knows it.
fn tell_admitted(core: &mut Core, client: ClientId, id: LogId, person: PersonId, answer: &Answer) {
    for device in core.people.clients(person).to_vec() {
        if device != client && !core.members.is_in(device, id) {
            core.effects.push(Effect::Answer(device, answer.clone()));
        }
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
    let Some(person) = named(core, id, action)? else { return Ok(None) };
    let is_protected = core.person(client) == Some(person) || looks_after(core, person, id);
    // Only this action ends that a person looks after the room, if somebody has named that person.
    let ends = matches!(action, RoomAction::Keeper(_, false)) && is_keeper(core, person, id);
    let is_against = !ends && !matches!(action, RoomAction::Lower(_));
    if is_protected && is_against {
        return Err(Refused::IsKeeper);
    }
    Ok(Some(person))
}

/// Returns the person whom the action names; `None`: it names none, or only a name of then.
fn named(core: &Core, id: LogId, action: &RoomAction) -> Result<Option<PersonId>, Refused> {
    let Some(name) = action.whom() else { return Ok(None) };
    // The person may have another name now, or may have gone: the ban has the old name.
    if matches!(action, RoomAction::Unban(_) | RoomAction::Unblock(_)) {
        return Ok(None);
    }
    // What somebody wrote can be deleted, too, when they are no person of the chat any more.
    let log = core.logs.get(id).filter(|_| matches!(action, RoomAction::DeleteAll(_)));
    let author = || log?.newest_called(name)?.person();
    core.people.called(name).or_else(author).map(Some).ok_or(Refused::NoSuchPerson)
}

/// Returns the people who are banned from the room and had this name then, or have it now.
fn banned_as(core: &Core, id: LogId, name: &Name) -> Vec<PersonId> {
    let rules = core.rooms.get(id).map(Room::rules);
    let bans = rules.into_iter().flat_map(|rules| rules.bans(core.now.utc)).map(|(ban, _)| ban);
    known_as(core, bans, name)
}

/// Returns the people of these bans who had this name then, or have it now.
pub(super) fn known_as<'a>(
    core: &Core,
    bans: impl Iterator<Item = &'a BanRule>,
    name: &Name,
) -> Vec<PersonId> {
    let now = core.people.called(name);
    let is_it = |ban: &&BanRule| ban.name.skeleton() == name.skeleton() || now == Some(ban.person);
    bans.filter(is_it).map(|ban| ban.person).collect()
}

/// Returns the action with the name that the person has: the client may have typed one that looks
/// like it.
fn with_present_name(core: &Core, act: RoomAct, whom: Option<PersonId>) -> RoomAct {
    let Some(whom) = whom else { return act };
    let mut details = act.action.details();
    details.whom = core.people.name(whom).cloned().or(details.whom);
    let action = RoomAction::of(act.action.word(), details).unwrap_or(act.action);
    RoomAct { action, ..act }
}

/// Returns whether the action makes a rule, or ends one that there is.
fn changes_something(core: &Core, id: LogId, action: &RoomAction, whom: Option<PersonId>) -> bool {
    let Some(room) = core.rooms.get(id) else { return false };
    let (state, rules) = (room.state(), room.rules());
    let has_rule =
        |what| rules.forbidden(what, core.now.utc).any(|(person, _)| Some(person) == whom);
    let is_listed = |list| whom.is_some_and(|person| rules.listed(list).contains(&person));
    match action {
        RoomAction::Mute(..) | RoomAction::Kick(..) | RoomAction::Ban(..) => true,
        RoomAction::Slow(Some(_)) => true,
        RoomAction::DeleteAll(_) | RoomAction::DeleteEverything | RoomAction::Report(_) => true,
        RoomAction::Dismiss(seq) => rules.reports().iter().any(|report| report.seq == *seq),
        RoomAction::Block(..) => true,
        // The check has found a ban.
        RoomAction::Unban(_) | RoomAction::Unblock(_) => true,
        RoomAction::Host(_, will_be) => {
            whom.is_some_and(|person| is_host(&core.people, person) != *will_be)
        }
        RoomAction::Unmute(_) => has_rule(Forbids::Writing),
        RoomAction::Unkick(_) => has_rule(Forbids::Entering),
        RoomAction::Keeper(_, is_in) => is_listed(Listed::Keepers) != *is_in,
        RoomAction::Admit(_, is_in) => is_listed(Listed::Admitted) != *is_in,
        RoomAction::Freeze(is_frozen) => state.frozen != *is_frozen,
        RoomAction::Slow(None) => !state.slow.is_zero(),
        RoomAction::Close(is_closed) => state.closed != *is_closed,
        RoomAction::Welcome(is_set) => *is_set || !rules.welcome().is_empty(),
        RoomAction::Lesson(is_on) => state.lesson != *is_on,
        RoomAction::Hand(_) | RoomAction::Vote(_) => true,
        RoomAction::Poll(is_on) => *is_on || rules.poll().is_some(),
        RoomAction::Lower(_) => whom.is_some_and(|person| rules.hands().contains(&person)),
    }
}

/// Lets all clients of the person leave the room, and the room wait for none of them.
pub(super) fn put_out(core: &mut Core, id: LogId, person: PersonId) {
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
