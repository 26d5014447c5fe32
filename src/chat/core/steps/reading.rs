//! How far a person has read each room, and the private messages with each person, so that what was
//! read on one device is not new on another.
//!
//! Owns: which clients are told.
//! Must not know: what counts as read; files. After a restart the server does not know it.
//!
//! Part: `chat/core/mod.rs`.

use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{AuthorTag, Seen};
use crate::chat::log_name::LogName;

/// Notes how far the client's person has read this log (in private messages, those with the person
/// of the number `with`), and tells the person's other clients that follow it, if that is farther
/// than the core knew. The client gets no answer, and no refusal if it may not read the log, or if
/// its lines are of another epoch.
pub(super) fn note_read(
    core: &mut Core,
    client: ClientId,
    name: LogName,
    seen: Seen,
    with: AuthorTag,
) {
    let (Some(person), Some(id)) = (core.person(client), core.log_of(client, &name)) else {
        return;
    };
    let Some(log) = core.logs.get(id).filter(|log| log.epoch() == seen.epoch) else { return };
    let is_private = name == LogName::Private;
    let with = if is_private { with } else { AuthorTag::default() };
    if is_private && !log.has_exchanged_with(with) {
        return;
    }
    let Seen { epoch, seq } = seen;
    let seq = seq.min(log.head());
    if !core.people.note_read(person, (id, with), seq) {
        return;
    }
    let clients = core.people.clients(person).iter().copied();
    // A page of the server that a browser has asked for may become a live page. That one shows what
    // was new, so the browser's live pages must not note it as read before.
    let asked_by = core.people.tokens().session(client);
    let asked_by = asked_by.filter(|_| !is_private && core.members.is_visitor(client));
    let has_asked =
        |other: ClientId| asked_by.is_some() && core.people.tokens().session(other) == asked_by;
    let is_told = |other: &ClientId| {
        *other != client && !core.members.is_visitor(*other) && !has_asked(*other)
    };
    let follows = |other: &ClientId| is_private || core.members.is_in(*other, id);
    let others = clients.filter(|other| is_told(other) && follows(other));
    let answer = Answer::HaveRead { log: name, with, epoch, seq };
    core.effects.extend(others.map(|other| Effect::Answer(other, answer.clone())));
}

/// Tells a visitor, which follows no log, how far its person has read the private messages with
/// each person of whom the core knows it; and, as those with nobody, up to where all count as read.
pub(super) fn tell_visitor_what_is_read(core: &mut Core, visitor: ClientId) {
    let Some(id) = core.private_log_of(visitor) else { return };
    let (Some(person), Some(log)) = (core.person(visitor), core.logs.get(id)) else { return };
    let (with, epoch) = (AuthorTag::default(), log.epoch());
    let all = core.people.read(person, id);
    let all = all.map(|seq| Answer::HaveRead { log: LogName::Private, with, epoch, seq });
    let answers: Vec<_> = all.into_iter().chain(read_privately(core, visitor, id)).collect();
    core.effects.extend(answers.into_iter().map(|answer| Effect::Answer(visitor, answer)));
}

/// Returns what a client that begins to follow its person's private messages must be told of those
/// that were read on other devices.
pub(super) fn read_privately(core: &Core, client: ClientId, id: LogId) -> Vec<Answer> {
    let log = core.logs.get(id).filter(|log| *log.name() == LogName::Private);
    let (Some(person), Some(log)) = (core.person(client), log) else { return Vec::new() };
    let epoch = log.epoch();
    let read = core.people.read_privately(person, id).into_iter();
    read.map(|(with, seq)| Answer::HaveRead { log: LogName::Private, with, epoch, seq }).collect()
}
