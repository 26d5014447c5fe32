//! How a person in a room tells those who look after it of a message.
//!
//! Owns: how many reports there may be, and who hears of one.
//! Must not know: what a keeper does about it (`keeping.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::act::{RoomAct, RoomActDone};
use crate::chat::answer::Answer;
use crate::chat::core::roles::check_looks_after;
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::rules;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::Seq;
use crate::chat::record::{NetworkTag, PersonId, StoredReport};
use crate::chat::refused::Refused;

/// Notes that the client's person reports the message with this number, and tells those who look
/// after the room and are there. A message that others have reported already is told no more.
/// Refused with `NotInRoom` if the client is not in the room; with `NoSuchMessage` if memory has no
/// such message; and with `ListFull` if too many messages are reported.
pub(super) fn report_message(core: &mut Core, client: ClientId, act: RoomAct, seq: Seq) {
    let name = act.room.clone();
    let Some(id) = core.room_of(client, &name) else {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    };
    let author = core.author(client);
    let Some((author, by)) = author.and_then(|it| Some((it, core.people.name_of(it)?))) else {
        return;
    };
    let Some(person) = author.person() else { return };
    let network = core.members.tag(client);
    let is_new = match check_may_report(core, id, seq, (person, network)) {
        Ok(is_new) => is_new,
        Err(reason) => return refuse(core, client, Some(name), reason),
    };
    let report = StoredReport {
        seq,
        at: core.now.utc,
        by: vec![person],
        network,
        reason: act.reason.clone(),
    };
    let answer = Answer::Acted(Box::new(RoomActDone { act, by }));
    core.effects.push(Effect::Answer(client, answer.clone()));
    if is_new == IsNew::Message {
        for keeper in keepers_inside(core, id) {
            if keeper != client {
                core.effects.push(Effect::Answer(keeper, answer.clone()));
            }
        }
    }
    if is_new != IsNew::Nothing {
        rules::report(&mut core.rooms, &mut core.logs, id, report);
    }
}

/// What is new in a report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsNew {
    /// Nobody has reported this message before.
    Message,
    /// Others have reported it.
    Person,
    /// The same person has reported it.
    Nothing,
}

fn check_may_report(
    core: &Core,
    id: LogId,
    seq: Seq,
    (person, network): (PersonId, Option<NetworkTag>),
) -> Result<IsNew, Refused> {
    let message = core.logs.get(id).and_then(|log| log.line(seq));
    if !message.is_some_and(|line| line.what.is_message()) {
        return Err(Refused::NoSuchMessage);
    }
    let reports = core.rooms.get(id).map(Room::rules).map_or(&[][..], |rules| rules.reports());
    if let Some(known) = reports.iter().find(|report| report.seq == seq) {
        let has_reported = known.by.contains(&person);
        return Ok(if has_reported { IsNew::Nothing } else { IsNew::Person });
    }
    // Whoever comes from an address without limits counts for themselves.
    let is_theirs = |report: &&StoredReport| match network {
        Some(network) => report.network == Some(network),
        None => report.by.first() == Some(&person),
    };
    if reports.iter().filter(is_theirs).count() >= limits::REPORTS_PER_NETWORK_MAX {
        return Err(Refused::ListFull(limits::REPORTS_PER_NETWORK_MAX));
    }
    if reports.len() >= limits::REPORTS_PER_ROOM_MAX {
        return Err(Refused::ListFull(limits::REPORTS_PER_ROOM_MAX));
    }
    Ok(IsNew::Message)
}

/// Returns the clients in the room whose people look after it.
pub(super) fn keepers_inside(core: &Core, id: LogId) -> Vec<ClientId> {
    let inside = core.members.inside(id).map(|(client, _)| client);
    inside.filter(|client| check_looks_after(core, *client, id).is_ok()).collect()
}
