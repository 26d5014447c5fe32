//! Private messages. A person who sends or receives a private message gets a log of their private
//! messages. Each such log numbers its lines itself. All clients of the person follow this log,
//! except visitors. So private messages are stored, and sent to clients that missed them, like the
//! lines of a room; and a person who was away receives them later.
//!
//! Owns: that a message, and each edit or deletion of it, is in the logs of its sender and its
//! receiver, and in no other log (a message to oneself is in one log); and that a message to its
//! own name, from a client without a session, is no private one and goes to the lobby.
//! Must not know: how a log's lines are sent or stored.
//!
//! Part: `chat/core/mod.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::correspondents::known_receiver;
use super::joining::follow_log;
use super::permissions::{check_may_talk, check_no_lesson};
use super::posting::{add_line, post_line, speaker};
use super::presence::is_here;
use super::refusal;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::logs::replying::{message_to_reply_to, number_of_copy};
use crate::chat::core::logs::{Log, NewEntry};
use crate::chat::core::people::Author;
use crate::chat::core::people::unread::{has_space_for_message, note_private_message};
use crate::chat::core::{Core, Effect, LogId, Made};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, MessageId, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, PrivateMessage, ReplyTo};

/// Adds a private message to the logs of its receiver and its sender; a message to oneself is in
/// one log. In each log the message gets a number of that log. The answer to the sender has the
/// number in the sender's log.
pub(super) fn write_privately(core: &mut Core, client: ClientId, message: PrivateMessage) {
    let Some(author @ Author::Person(from)) = core.author(client) else { return };
    let known = known_receiver(core, from, &message);
    let is_known = known.is_some();
    let PrivateMessage { to, id, reply_to, text, longer, typed_at, is_for_present_owner, .. } =
        message;
    let refused = |reason, text| {
        let id = id.clone();
        Effect::Answer(client, Answer::Refused { room: None, id, reason, said: Some(text) })
    };
    let (to, said) = match &known {
        Some((_, name)) => (name, &*text),
        None => core.people.addressed(&to, &longer, &text),
    };
    if let Some((message, answer)) = sent_before(core, (from, to), author, id.as_ref()) {
        return answer_again(core, client, message, answer);
    }
    if let Err(reason) = check_may_talk(core, client) {
        return core.effects.push(refused(reason, said.to_owned()));
    }
    let whom = known.as_ref().map(|(id, _)| *id).or_else(|| core.people.called(to));
    let Some((whom, name)) = whom.and_then(|id| Some((id, core.people.name(id)?.clone()))) else {
        // No person has the receiver's name. The refusal contains the text of the message. If the
        // name may have more words, the core cannot know where the name ends and the text begins;
        // then the refusal contains the name, too.
        let said = if longer.is_empty() { text } else { format!("{to} {text}") };
        return core.effects.push(refused(Refused::NoSuchPerson, said));
    };
    let to = name;
    let text = said.to_owned();
    if whom == from && core.people.is_passing(from) {
        // Some clients without a session send a message for everybody as a private message to their
        // own name. Such a message goes to the lobby.
        let room = core.rooms.lobby_name().clone();
        let deed = Deed::Say(text);
        post_line(core, client, Post { log: room.into(), id, reply_to: None, deed });
        return;
    }
    let is_doubtful = || {
        may_be_another(core, from, whom, typed_at, is_for_present_owner)
            || !is_for_present_owner && is_with_another(core, from, reply_to, whom)
    };
    if !is_known && is_doubtful() {
        return core.effects.push(refused(Refused::AnotherPerson, text));
    }
    if reply_to.is_some_and(|seq| !may_reply_privately(core, from, seq)) {
        return core.effects.push(refused(Refused::NoSuchMessage, text));
    }
    if let Err(reason) = check_no_lesson(core, client, Some(whom)) {
        return core.effects.push(refused(reason, text));
    }
    let between = [from, whom];
    if let Some(wait) = count_new_logs(core, client, between, &text) {
        return core.effects.push(refused(Refused::TooFast(wait), text));
    }
    let Some(by) = speaker(core, client) else { return };
    let own = open_private_log(core, from, between);
    let theirs = (whom != from).then(|| open_private_log(core, whom, between));
    // The receiver's line is stored first. If the server crashes before the sender's line is
    // stored, the sender has got no answer and sends the message again. Then the core finds the
    // receiver's line, and adds no second one.
    let is_new = |log: &LogId| said_before(core, *log, author, id.as_ref()).is_none();
    let theirs = theirs.filter(is_new);
    let text: Arc<str> = text.into();
    let line = |own, reply_to| {
        let with = AuthorTag::of(Some(if own { whom } else { from }));
        let what = EntryKind::Private { to: to.clone(), with, own, text: Arc::clone(&text) };
        NewEntry { author, by: by.clone(), id: id.clone(), reply_to, what }
    };
    if let Some(log) = theirs {
        // The message that is replied to has another number in the receiver's log.
        let their_reply_to = reply_to.and_then(|seq| number_in_other_log(core, own, seq, log));
        add_line(core, log, line(false, their_reply_to), None);
        note_private_message(&mut core.people, whom, text.len() as u64, core.members.tag(client));
    }
    add_line(core, own, line(true, reply_to), Some(client));
    if let Some(excuse) = core.people.excuse_for(whom, from) {
        let answer = Answer::Excuse { room: None, name: to, excuse: Some(excuse) };
        core.effects.push(Effect::Answer(client, answer));
    }
}

/// The message that the sender has already sent with this id, and the answer to it.
fn sent_before(
    core: &Core,
    (from, to): (PersonId, &Name),
    author: Author,
    id: Option<&MessageId>,
) -> Option<((LogId, Seq), Answer)> {
    let log = core.private_logs.of(from)?;
    let (seq, at) = said_before(core, log, author, id)?;
    let is_away = match core.logs.get(log).and_then(|log| log.line(seq)) {
        Some(before) => is_for_who_is_away(core, before),
        None => is_away(core, to),
    };
    let answer = Answer::Sent { log: LogName::Private, id: id.cloned(), seq, at, is_away };
    Some(((log, seq), answer))
}

/// Answers a client that has sent a message again, which the core accepted before. It does not
/// matter which person has the receiver's name now.
fn answer_again(core: &mut Core, client: ClientId, (log, seq): (LogId, Seq), answer: Answer) {
    let epoch = core.logs.get(log).map(Log::epoch);
    let answer = (client, answer);
    core.effects.extend(epoch.map(|epoch| Effect::Resent { log, epoch, seq, answer }));
}

/// Adds an edit or a deletion of a private message to the logs of its receiver and its sender. In
/// each log it names the number that the message has there. `change` names that of the sender's
/// log, which has the message in memory. If the receiver's log does not have it in memory, the
/// sender is refused, so that the message never changes for one of them only.
pub(super) fn change_private_message(core: &mut Core, client: ClientId, change: NewEntry) {
    let (EntryKind::Edited { of, .. } | EntryKind::Deleted { of }) = change.what else { return };
    let Some(own) = core.private_log_of(client) else { return };
    let refused = |reason| refusal(client, None, change.id.clone(), reason);
    let copy = core.other_copy(own, of);
    if copy.is_none() && !core.logs.get(own).is_some_and(|log| is_to_oneself(log, of)) {
        return core.effects.push(refused(Refused::NotYours));
    }
    let from = core.members.tag(client);
    let bytes = copy.as_ref().map_or(0, |copy| bytes_of_change(core, copy, change.what.text()));
    if let Some(Copy { person, .. }) = &copy
        && bytes > 0
        && (!has_space_for_message(
            &core.people,
            *person,
            bytes,
            from,
            core.settings.unread_bytes_max,
        ) || !core.private_logs.may_wait_for_its_reader(&core.people, *person))
    {
        let reason = Refused::TooFast(limits::PRIVATE_LOG_INTERVAL);
        return core.effects.push(refused(reason));
    }
    if let Some(Copy { person, log, seq }) = copy {
        let what = match &change.what {
            EntryKind::Edited { text, .. } => EntryKind::Edited { of: seq, text: text.clone() },
            _ => EntryKind::Deleted { of: seq },
        };
        // As a message, the change is stored first in the receiver's log. There it may be already:
        // then its line comes after the message. A line before the message only has the same id.
        let before = said_before(core, log, change.author, change.id.as_ref());
        if before.is_none_or(|(line, _)| line <= seq) {
            if bytes > 0 {
                note_private_message(&mut core.people, person, bytes, from);
            }
            core.logs.change(log, &what);
            add_line(core, log, NewEntry { reply_to: None, what, ..change.clone() }, None);
        }
    }
    core.logs.change(own, &change.what);
    add_line(core, own, change, Some(client));
}

/// Returns how many bytes an edit with this text takes in the file, in the log of the other person;
/// 0 for a deletion, which takes none. The file stores the newest text in the line of the message,
/// in those of its earlier edits, and in the line of this edit.
fn bytes_of_change(core: &Core, copy: &Copy, text: &str) -> u64 {
    let Some(log) = core.logs.get(copy.log) else { return 0 };
    let lines = log.numbers_in_memory().filter_map(|seq| log.line(seq));
    let is_edit =
        |line: &&Arc<Entry>| matches!(line.what, EntryKind::Edited { of, .. } if of == copy.seq);
    (2 + lines.filter(is_edit).count() as u64) * text.len() as u64
}

fn is_to_oneself(log: &Log, seq: Seq) -> bool {
    log.line(seq).is_some_and(|line| line.exchanged_with() == Some(&line.by.name))
}

/// The line of a private message in the log of its other person.
pub(in crate::chat::core) struct Copy {
    person: PersonId,
    pub(in crate::chat::core) log: LogId,
    seq: Seq,
}

impl Core {
    /// Returns the other copy of the private message `seq` of the log `own`. The names in the
    /// message may belong to others by now, so this looks in all logs. `None`: no other log has the
    /// message in memory.
    pub(in crate::chat::core) fn other_copy(&self, own: LogId, seq: Seq) -> Option<Copy> {
        let (author, original) = self.logs.get(own)?.whose(seq)?;
        let mut others = self.private_logs.iter().filter(|(_, log)| *log != own);
        others.find_map(|(person, log)| {
            let seq = number_of_copy(self.logs.get(log)?, author, original)?;
            Some(Copy { person, log, seq })
        })
    }
}

fn may_reply_privately(core: &Core, person: PersonId, seq: Seq) -> bool {
    let log = core.private_logs.of(person).and_then(|id| core.logs.get(id));
    let message = ReplyTo::Message(seq);
    log.is_some_and(|log| message_to_reply_to(log, message, Author::Person(person)).is_some())
}

/// Returns the number that the private message `seq` of the log `own` has in the log `other`.
/// `None`: one of the two logs does not have the message in memory. Then the line in `other`
/// replies to no message.
fn number_in_other_log(core: &Core, own: LogId, seq: Seq, other: LogId) -> Option<Seq> {
    let (author, original) = core.logs.get(own)?.whose(seq)?;
    number_of_copy(core.logs.get(other)?, author, original)
}

/// Returns whether `whom`, who has the name now, may be another person than the sender `from`
/// means. True if `whom` took the name after the message was typed, or in that millisecond. Also
/// true if the newest private message in memory between the sender and this name was to or from
/// another person. If there is none, also true if a person who wrote to the sender was removed
/// before `whom` took the name: the name may have been that person's, and no log has it any more.
/// The last two do not matter if `is_for_present_owner` is true, because then the sender has
/// confirmed that `whom` is meant.
fn may_be_another(
    core: &Core,
    from: PersonId,
    whom: PersonId,
    typed_at: Option<UnixMillis>,
    is_for_present_owner: bool,
) -> bool {
    let Some(named_at) = core.people.named_at(whom).filter(|_| whom != from) else {
        return false;
    };
    // If `named_at` is in the future, the machine's clock was set back after the person took the
    // name. Then the person counts as having had the name for long.
    let named_at = if named_at > core.now.utc { UnixMillis(0) } else { named_at };
    if typed_at.is_some_and(|typed_at| named_at >= typed_at) {
        return true;
    }
    let name = core.people.name(whom).filter(|_| !is_for_present_owner);
    let log = core.private_logs.of(from).and_then(|id| core.logs.get(id));
    let Some((name, log)) = name.zip(log) else { return false };
    let Some(last) = log.last_with(name) else {
        let lines = log.numbers_in_memory().filter_map(|seq| log.line(seq));
        let mut removals = lines.filter(|line| matches!(line.what, EntryKind::Removed(_)));
        return removals.any(|removal| named_at >= removal.at);
    };
    match &last.what {
        EntryKind::Private { own: true, .. } => named_at > last.at,
        _ => !last.by.whose.is(Some(whom)),
    }
}

/// Returns whether the sender replies to a private message that was exchanged with another person
/// than `whom`. Then a reply under the name of `whom` may be meant for that other person.
fn is_with_another(core: &Core, from: PersonId, reply_to: Option<Seq>, whom: PersonId) -> bool {
    let log = core.private_logs.of(from).and_then(|log| core.logs.get(log));
    let message = reply_to.and_then(|seq| log?.line(seq));
    message.and_then(|line| line.correspondent()).is_some_and(|with| !with.is(Some(whom)))
}

/// Returns whether the entry is a private message whose receiver is away now.
pub(super) fn is_for_who_is_away(core: &Core, entry: &Entry) -> bool {
    matches!(&entry.what, EntryKind::Private { to, .. } if is_away(core, to))
}

fn is_away(core: &Core, name: &Name) -> bool {
    core.people.called(name).is_some_and(|person| !is_here(core, person))
}

fn said_before(
    core: &Core,
    log: LogId,
    author: Author,
    id: Option<&MessageId>,
) -> Option<(Seq, UnixMillis)> {
    core.logs.get(log)?.said_before(author, id?)
}

/// Returns how long the sender must wait before it may send this text. `None`: the sender need not
/// wait, and each log that must be made for the text is now counted for the sender's network.
/// `between` is the sender, then the receiver. The sender must wait if there is no space for one
/// more unread message or for a new log. It must also wait if its network has made many logs in a
/// short time. Without this last limit, a person with many names could soon make the logs of all
/// other people end.
fn count_new_logs(
    core: &mut Core,
    writer: ClientId,
    between: [PersonId; 2],
    text: &str,
) -> Option<Duration> {
    let from = core.members.tag(writer);
    let bytes_max = core.settings.unread_bytes_max;
    if !has_space_for_message(&core.people, between[1], text.len() as u64, from, bytes_max) {
        return Some(limits::PRIVATE_LOG_INTERVAL);
    }
    let network = core.network_of(writer);
    let now = core.now.chat_time;
    let missing = core.private_logs.missing(between);
    if missing > 0
        && let Err(wait) =
            core.network_limits.check_may_make(Made::PrivateLog, network, now, &mut core.effects)
    {
        return Some(wait);
    }
    let Core { private_logs, people, logs, .. } = &*core;
    if !private_logs.may_open(missing, people, logs, between, core.now.utc)
        || !private_logs.may_wait_for_its_reader(people, between[1])
    {
        return Some(limits::PRIVATE_LOG_INTERVAL);
    }
    core.network_limits.note_made(Made::PrivateLog, network, now, missing);
    None
}

/// Returns the person's log. If the person has none, makes one, which the clients of the person
/// follow from now on, except visitors. If the maximum number of logs exists, another log ends
/// first, but not a log of the two people in `between`.
fn open_private_log(core: &mut Core, person: PersonId, between: [PersonId; 2]) -> LogId {
    if let Some(log) = core.private_logs.of(person) {
        return log;
    }
    let Core { private_logs, people, logs, .. } = &*core;
    if let Some(person) = private_logs.one_too_many(people, logs, between, core.now.utc) {
        let log = core.private_logs.of(person);
        let followers = core.people.clients(person).iter();
        core.effects
            .extend(followers.filter_map(|client| log.map(|log| Effect::Unfollow(*client, log))));
        core.private_logs.end(&mut core.logs, person);
    }
    let id = core.private_logs.open(&mut core.logs, person);
    for client in core.people.clients(person).to_vec() {
        follow_log(core, client, id, None, false);
    }
    id
}
