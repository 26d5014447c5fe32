//! What holds in a room, for a client that asks: who can write, who can come in, the lists of
//! people.
//!
//! Owns: which of it only those may know who look after the room.
//! Must not know: how a rule is made (`keeping.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::permissions::blocks;
use super::polls::standing_poll;
use super::refuse;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::people::hosts::{hosts, is_host};
use crate::chat::core::roles::check_looks_after;
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::rules::{self, Forbids, Listed};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::record::{PersonId, StoredReport};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::{ReportedMessage, RulesOfChat, RulesOfRoom, WatchedRoom};

/// Answers what holds in a room: to everybody what they may know, and the lists of people to
/// whoever looks after it. Refused with `NotInRoom` if the client is neither in the room nor looks
/// after it.
pub(super) fn answer_room_state(core: &mut Core, client: ClientId, name: RoomName) {
    let Some(id) = core.rooms.called(&name) else {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    };
    let is_keeper = check_looks_after(core, client, id).is_ok();
    if !is_keeper && core.room_of(client, &name).is_none() {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    }
    let people = &core.people;
    rules::keep_waiting(&mut core.rooms, id, |person| people.name(person).is_some());
    let Some(room) = core.rooms.get(id) else { return };
    let (rules, now) = (room.rules(), core.now.utc);
    let names = |people: &[PersonId]| -> Vec<Name> {
        let names = people.iter().filter_map(|person| core.people.name(*person)).cloned();
        names.take(limits::WHO_NAMES_MAX).collect()
    };
    let ruled = |what| -> Vec<(Name, Duration)> {
        let ruled = rules.forbidden(what, now);
        let named = ruled.filter_map(|(who, left)| Some((core.people.name(who)?.clone(), left)));
        named.take(limits::WHO_NAMES_MAX).collect()
    };
    // The right of a maker may wait for a new token, and so not be known yet.
    let asking = core.person(client).filter(|person| is_keeper && !is_host(&core.people, *person));
    let maker = room.maker().and_then(Author::person);
    let listed = rules.listed(Listed::Keepers);
    let maker = maker.or(asking.filter(|person| !listed.contains(person)));
    let keepers: Vec<_> = maker.into_iter().chain(listed.iter().copied()).collect();
    let mut answer = RulesOfRoom::new(name, room.state());
    answer.keepers = names(&keepers);
    answer.hands = names(rules.hands());
    rules.welcome().clone_into(&mut answer.welcome);
    if is_keeper {
        answer.muted = ruled(Forbids::Writing);
        answer.put_out = ruled(Forbids::Entering);
        answer.banned = rules.bans(now).map(|(ban, left)| (ban.name.clone(), left)).collect();
        answer.admitted = names(rules.listed(Listed::Admitted));
        answer.waiting = names(rules.waiting());
        answer.reports = rules.reports().iter().map(|report| reported(core, id, report)).collect();
        answer.record = rules.record().to_vec();
    }
    if core.rooms.lobby_id() == Some(id)
        && core.person(client).is_some_and(|person| is_host(&core.people, person))
    {
        answer.chat = Some(Box::new(rules_of_chat(core)));
    }
    core.effects.push(Effect::Answer(client, Answer::RoomState(Box::new(answer))));
    let poll = standing_poll(core, id, core.person(client));
    core.effects.extend(poll.map(|poll| Effect::Answer(client, poll)));
}

/// Answers to the server's operator what a host hears about the whole chat.
pub(super) fn answer_rules_of_chat(core: &mut Core, client: ClientId) {
    let lobby = core.rooms.lobby_id().and_then(|lobby| core.rooms.get(lobby));
    let Some(lobby) = lobby else { return };
    let mut answer = RulesOfRoom::new(lobby.name().clone(), lobby.state());
    answer.chat = Some(Box::new(rules_of_chat(core)));
    core.effects.push(Effect::Answer(client, Answer::RoomState(Box::new(answer))));
}

/// Returns what holds in the whole chat.
fn rules_of_chat(core: &Core) -> RulesOfChat {
    let name = |person| core.people.name(person).cloned();
    let watched = |(_, room): (LogId, &Room)| WatchedRoom {
        room: room.name().clone(),
        people: room.count(),
        reports: room.rules().reports().len(),
        waiting: room.rules().waiting().len(),
    };
    let mut rooms: Vec<_> = core.rooms.iter().map(watched).collect();
    rooms.sort_by_key(|room| {
        let WatchedRoom { people, reports, waiting, .. } = room;
        (Reverse(*reports), Reverse(*waiting), Reverse(*people), room.room.clone())
    });
    rooms.truncate(limits::WATCHED_ROOMS_MAX);
    let acts = |(_, room): (LogId, &Room)| -> Vec<_> {
        room.rules().record().iter().map(|act| (room.name().clone(), act.clone())).collect()
    };
    let mut record: Vec<_> = core.rooms.iter().flat_map(acts).collect();
    record.sort_by_key(|(_, act)| act.at);
    let record = record.split_off(record.len().saturating_sub(limits::ACTS_PER_ROOM_MAX));
    let inside: BTreeSet<PersonId> =
        core.rooms.iter().flat_map(|(_, room)| room.people()).filter_map(Author::person).collect();
    let people = inside.into_iter().filter_map(name).take(limits::WHO_NAMES_MAX).collect();
    let blocked = blocks(core).map(|(block, left)| (block.ban.name.clone(), left)).collect();
    let hosts = hosts(&core.people).filter_map(name).collect();
    RulesOfChat { hosts, blocked, rooms, people, record }
}

/// Returns what a report is about: the message as it is now.
fn reported(core: &Core, id: LogId, report: &StoredReport) -> ReportedMessage {
    let StoredReport { seq, at, by, reason, .. } = report;
    let line = core.logs.get(id).and_then(|log| log.line(*seq));
    let text = line.map_or("", |line| line.what.text());
    ReportedMessage {
        seq: *seq,
        at: *at,
        by: by.first().and_then(|by| core.people.name(*by)).cloned(),
        people: by.len(),
        reason: reason.clone(),
        from: line.map(|line| line.by.name.clone()),
        text: text.chars().take(limits::REPORT_CHARS_MAX).collect(),
    }
}
