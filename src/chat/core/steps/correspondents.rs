//! The people with whom somebody has exchanged private messages, and their present names. A line
//! keeps the name that the other person had then. So that a client can show one talk with each
//! person, it is told of a newer name: when it begins to follow the log, and when the name changes.
//!
//! Owns: whom the core tells a new name for the sake of private messages; and after a start, who
//! was the receiver of a private message.
//! Must not know: how a talk is shown.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chat::answer::Answer;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, MessageId, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::{PastLog, PersonId, StoredLine, StoredPrivateLog};
use crate::chat::request::PrivateMessage;

/// Returns what a client that follows this log must be told: the name of each person who has taken
/// another one since the newest message of the two.
pub(super) fn newer_names(core: &Core, log: LogId) -> Vec<Answer> {
    let log = core.logs.get(log).filter(|log| *log.name() == LogName::Private);
    let Some(log) = log else { return Vec::new() };
    let told = log.correspondents().into_iter().filter_map(|(with, known)| {
        let name = core.people.name(with.person()?)?;
        (name.shown() != known.shown()).then(|| present_name(with, name))
    });
    told.collect()
}

/// Tells all clients of everybody who has private messages with this person the person's new name.
pub(super) fn tell_new_name(core: &mut Core, person: PersonId, name: &Name) {
    let Some(log) = core.private_logs.of(person).and_then(|log| core.logs.get(log)) else {
        return;
    };
    let others = log.correspondents().into_keys().filter_map(AuthorTag::person);
    let clients = others.filter(|other| *other != person);
    let clients = clients.flat_map(|other| core.people.clients(other).iter().copied());
    let told = clients.filter(|client| !core.members.is_visitor(*client));
    let answer = present_name(AuthorTag::of(Some(person)), name);
    let told: Vec<_> = told.map(|client| Effect::Answer(client, answer.clone())).collect();
    core.effects.extend(told);
}

impl Core {
    /// Returns these lines. In private messages the other person has the present name, not the name
    /// of that time.
    pub(crate) fn with_present_names(&self, mut lines: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
        for line in &mut lines {
            let person = line.correspondent().and_then(AuthorTag::person);
            let Some(name) = person.and_then(|person| self.people.name(person)) else { continue };
            if line.exchanged_with().is_some_and(|known| known.shown() == name.shown()) {
                continue;
            }
            let line = Arc::make_mut(line);
            match &mut line.what {
                EntryKind::Private { to, own: true, .. } => to.clone_from(name),
                _ => line.by.name.clone_from(name),
            }
        }
        lines
    }
}

/// Returns the person whose number the message has, and the person's present name. `None`: it has
/// no number, or the sender and that person have no private message in memory, or the person has no
/// name any more. Then the message goes to the name that it has.
pub(in crate::chat::core) fn known_receiver(
    core: &Core,
    from: PersonId,
    message: &PrivateMessage,
) -> Option<(PersonId, Name)> {
    let with = message.with.filter(|_| !message.is_for_present_owner)?;
    let log = core.private_logs.of(from).and_then(|log| core.logs.get(log))?;
    let person = with.person().filter(|_| log.has_exchanged_with(with))?;
    core.people.name(person).map(|name| (person, name.clone()))
}

fn present_name(with: AuthorTag, name: &Name) -> Answer {
    Answer::PrivateName { with, name: name.clone() }
}

/// Adds to the senders' lines the number of the receiver, which the file does not have: it is the
/// owner of the log that has the other copy of the message.
pub(super) fn add_receivers(logs: &mut [PastLog<StoredPrivateLog>]) {
    let mut receivers = BTreeMap::new();
    for log in &*logs {
        let received = log.lines.iter().filter(|line| !is_own(&line.entry));
        let owner = AuthorTag::of(Some(log.stored.person));
        receivers.extend(received.filter_map(|line| Some((copy_key(line)?, owner))));
    }
    let own = logs.iter_mut().flat_map(|log| &mut log.lines).filter(|line| is_own(&line.entry));
    for line in own {
        let receiver = copy_key(line).and_then(|key| receivers.get(&key));
        let to_oneself = AuthorTag::of(line.author);
        let is_alone = matches!(&line.entry.what,
            EntryKind::Private { to, .. } if *to == line.entry.by.name);
        let receiver = receiver.copied().or(is_alone.then_some(to_oneself));
        if let Some(receiver) = receiver {
            set_receiver(&mut line.entry, receiver);
        }
    }
}

/// What the two copies of a private message have in common, and no other message has.
fn copy_key(line: &StoredLine) -> Option<(PersonId, UnixMillis, Option<MessageId>, String)> {
    let EntryKind::Private { to, .. } = &line.entry.what else { return None };
    Some((line.author?, line.entry.at, line.entry.id.clone(), to.shown().to_owned()))
}

fn is_own(entry: &Entry) -> bool {
    matches!(entry.what, EntryKind::Private { own: true, .. })
}

fn set_receiver(entry: &mut Arc<Entry>, receiver: AuthorTag) {
    if let EntryKind::Private { with, .. } = &mut Arc::make_mut(entry).what {
        *with = receiver;
    }
}
