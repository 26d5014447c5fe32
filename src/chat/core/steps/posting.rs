//! How a line gets into a log: a member posts something, and the core gives it its number.
//!
//! Owns: who may say what and where; that a message that was sent twice is stored once.
//! Must not know: how lines are sent to clients.
//!
//! Next in the chat: `chat_rule/persist/mod.rs`.
//! Part: `chat/core/mod.rs`.

use super::permissions::check_may_add;
use super::presence::end_excuse;
use super::private_messages::{change_private_message, is_for_who_is_away};
use super::refusal;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::logs::memory::{share_log_memory, take_must_share_log_memory};
use crate::chat::core::logs::replying::{message_replied_to, message_to_reply_to};
use crate::chat::core::logs::{Log, NewEntry};
use crate::chat::core::people::Author;
use crate::chat::core::people::hosts::is_host;
use crate::chat::core::roles::{check_looks_after, check_may_name_keepers, looks_after};
use crate::chat::core::rooms::rules::{keep_reports, note_message};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, MessageId, Seq, Speaker, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post};

/// Adds a line to a log, and gives it its number. If the client may not add it, the client
/// is refused. If the log remembers a message of the same author with the same id, no line is
/// added, and the answer has the number of the first line. If an edit would change nothing, no line
/// is added either, and the answer has the number of the message.
pub(super) fn post_line(core: &mut Core, client: ClientId, post: Post) {
    let Post { log: name, id, reply_to, deed } = post;
    let refused = |reason| refusal(client, name.room().cloned(), id.clone(), reason);
    let Some(author) = core.author(client) else { return };
    let Some(log_id) = core.log_of(client, &name) else {
        let reason = name.room().map_or(Refused::NotYours, |_| Refused::NotInRoom);
        return core.effects.push(refused(reason));
    };
    let Some(by) = speaker(core, client) else { return };
    let Some(log) = core.logs.get(log_id) else { return };
    if let Some(id) = &id
        && let Some((seq, at)) = log.said_before(author, id)
    {
        let resent = resent(client, log_id, log, id, (seq, at));
        return core.effects.push(resent);
    }
    let reply_to = match (reply_to, &deed) {
        (Some(reply_to), Deed::Say(text) | Deed::Act(text)) => {
            let Some(seq) = message_to_reply_to(log, reply_to, author) else {
                let said = Some(text.clone());
                let reason = Refused::NoSuchMessage;
                let answer = Answer::Refused { room: name.room().cloned(), id, reason, said };
                return core.effects.push(Effect::Answer(client, answer));
            };
            Some(seq)
        }
        _ => None,
    };
    // A request to edit or delete that has no number means the author's newest line that can be
    // changed. If there is none, the number becomes 0, which no line has.
    let last = |log: &Log| log.last_of(author).unwrap_or_default();
    let what = match deed {
        Deed::Say(text) => EntryKind::Said(text),
        Deed::Act(text) => EntryKind::Acted(text),
        Deed::Topic(text) => EntryKind::Topic(text),
        Deed::Pin(seq) => EntryKind::Pinned(seq),
        Deed::Edit { of, text } => EntryKind::Edited { of: of.unwrap_or(last(log)), text },
        Deed::Delete { of } => EntryKind::Deleted { of: of.unwrap_or(last(log)) },
    };
    if let Err(reason) = check_may_add(core, client, log_id, &what) {
        return core.effects.push(refused(reason));
    }
    if let EntryKind::Edited { of, .. } | EntryKind::Deleted { of } = &what
        && !log.is_changeable_by(author, *of)
        && let Err(reason) = check_may_remove(core, client, log_id, &what)
    {
        return core.effects.push(refused(reason));
    }
    if let EntryKind::Edited { of, text } = &what
        && let Some(line) = log.line(*of).filter(|line| line.what.text() == text)
    {
        // The message has this text already, so nothing changes.
        let resent = id.map(|id| resent(client, log_id, log, &id, (line.seq, line.at)));
        return core.effects.extend(resent);
    }
    if let EntryKind::Pinned(seq) = &what {
        if let Err(reason) = check_looks_after(core, client, log_id) {
            return core.effects.push(refused(reason));
        }
        if *seq > Seq(0) && !log.line(*seq).is_some_and(|line| line.what.is_message()) {
            return core.effects.push(refused(Refused::NoSuchMessage));
        }
    }
    if name == LogName::Private {
        return change_private_message(core, client, NewEntry { author, by, id, reply_to, what });
    }
    core.logs.change(log_id, &what);
    note_in_room(core, (client, author), log_id, &what);
    add_line(core, log_id, NewEntry { author, by, id, reply_to, what }, Some(client));
}

/// Notes in the room what changes there by a new line.
fn note_in_room(core: &mut Core, by: (ClientId, Author), log_id: LogId, what: &EntryKind) {
    let (client, author) = by;
    core.rooms.note_line(&mut core.logs, log_id, what, core.members.tag(client));
    if let EntryKind::Deleted { of } = what {
        keep_reports(&mut core.rooms, &mut core.logs, log_id, |report| report.seq != *of);
    }
    if what.is_message() || matches!(what, EntryKind::Topic(_)) {
        note_message(&mut core.rooms, log_id, author, core.now.chat_time);
    }
}

/// Checks whether the line deletes a message of somebody else in a room, and the client looks after
/// that room. Only hosts delete a message of a host; only hosts and the maker of the room delete
/// one of somebody who looks after the room.
///
/// # Errors
/// `NotYours` or `IsKeeper`.
fn check_may_remove(
    core: &Core,
    client: ClientId,
    log_id: LogId,
    what: &EntryKind,
) -> Result<(), Refused> {
    let EntryKind::Deleted { of } = what else { return Err(Refused::NotYours) };
    let author = core.logs.get(log_id).and_then(|log| log.author_of_message(*of));
    let author = author.ok_or(Refused::NotYours)?;
    check_looks_after(core, client, log_id).map_err(|_| Refused::NotYours)?;
    let is_of = |is: bool| if is { Ok(()) } else { Err(Refused::IsKeeper) };
    match author.person() {
        Some(author) if is_host(&core.people, author) => {
            is_of(core.person(client).is_some_and(|person| is_host(&core.people, person)))
        }
        Some(author) if looks_after(core, author, log_id) => {
            is_of(check_may_name_keepers(core, client, log_id).is_ok())
        }
        _ => Ok(()),
    }
}

/// Returns the effect that answers a message whose line is there already, with the number and the
/// time of that line.
fn resent(
    client: ClientId,
    id: LogId,
    log: &Log,
    message: &MessageId,
    (seq, at): (Seq, UnixMillis),
) -> Effect {
    let (name, epoch) = (log.name().clone(), log.epoch());
    let sent = Answer::Sent { log: name, id: Some(message.clone()), seq, at, is_away: false };
    Effect::Resent { log: id, epoch, seq, answer: (client, sent) }
}

/// Adds a new line to a log, and gives it its number. `sender` is the client that has sent it: its
/// person is busy no more, and if the line has an id, the effect has the answer *sent* for the
/// client. `None`: the line is no client's, or is the receiver's copy of a private message.
pub(super) fn add_line(core: &mut Core, log_id: LogId, line: NewEntry, sender: Option<ClientId>) {
    let author = line.author;
    let reply_to = line
        .reply_to
        .zip(core.logs.get(log_id))
        .map(|(seq, log)| message_replied_to(log, seq, |author| core.people.name_of(author)));
    let Some(entry) = core.logs.add(log_id, line, reply_to, core.now.utc) else { return };
    if take_must_share_log_memory(&mut core.logs) {
        share_memory(core);
    }
    if let Some(person) = sender.and_then(|_| author.person()) {
        end_excuse(core, person);
    }
    let sender = sender.filter(|_| entry.id.is_some());
    let answer =
        sender.map(|client| (client, sent_answer(&entry, is_for_who_is_away(core, &entry))));
    core.effects.push(Effect::NewLine { log: log_id, author, entry, answer });
}

fn share_memory(core: &mut Core) {
    let rooms = core.rooms.iter().map(|(id, room)| (id, room.lone_network())).collect();
    let most = limits::ROOM_LOGS_BYTES_MAX;
    let least = limits::ROOM_LOG_BYTES_MIN;
    share_log_memory(&mut core.logs, &rooms, most, least);
    let private = core.private_logs.iter();
    let private = private.map(|(person, id)| (id, core.people.network(person))).collect();
    let most = limits::PRIVATE_LOGS_BYTES_MAX;
    let least = limits::PRIVATE_LOG_BYTES_MIN;
    share_log_memory(&mut core.logs, &private, most, least);
}

/// Returns the author of a new line from `client`, as other people see them; `None`: the client
/// cannot speak. Also notes that the client's person has said something, so that the core does not
/// forget the person as early as people who never said anything.
pub(super) fn speaker(core: &mut Core, client: ClientId) -> Option<Speaker> {
    let (author, guest_name, addr) = core.members.voice(client)?;
    Some(match author {
        Author::Nobody => return None,
        Author::Classic(_) => Speaker {
            name: guest_name?,
            classic: true,
            has_edited: false,
            whose: AuthorTag::default(),
            mark: None,
            addr,
        },
        Author::Person(person) => {
            let (name, mark) = core.people.note_speaking(person, client)?;
            Speaker {
                name,
                classic: false,
                has_edited: false,
                whose: AuthorTag::of(Some(person)),
                mark,
                addr,
            }
        }
    })
}

fn sent_answer(entry: &Entry, is_away: bool) -> Answer {
    let Entry { log, id, seq, at, .. } = entry;
    Answer::Sent { log: log.clone(), id: id.clone(), seq: *seq, at: *at, is_away }
}
