//! Private messages. A person who has sent or received a private message has a log of their private
//! messages. Each such log numbers its lines itself. All devices of the person receive the lines of
//! the person's log. So private messages are stored, and sent to clients that missed them, like the
//! lines of a room; and a person who was away receives them later.
//!
//! Owns: that a message is in the logs of its sender and its receiver, and in no other log.
//! Must not know: how a log's lines are sent or stored.
//!
//! Part: `chat/core/mod.rs`.

use std::sync::Arc;

use crate::chat::core::logs::Log;
use crate::chat::core::people::Author;
use crate::chat::core::rooms::NewEntry;
use crate::chat::core::{Core, Effect, LogId, Writing};
use crate::chat::entry::{Entry, EntryKind, MessageId, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Deed, Post, PrivateMessage};
use crate::server::hub::ClientId;

impl Core {
    /// Adds a private message to the logs of its receiver and its sender. In each of the two logs
    /// it gets a number of that log. The answer to the sender has the number in the sender's log.
    pub(in crate::chat::core) fn write(
        &mut self,
        client: ClientId,
        message: PrivateMessage,
        effects: &mut Vec<Effect>,
    ) {
        let PrivateMessage { to, id, text, longer, typed_at, is_for_present_owner } = message;
        let Some(author @ Author::Person(from)) = self.author(client) else { return };
        let (to, said) = self.addressed(&to, &longer, &text);
        if let Some(log) = self.private_logs.of(from)
            && let Some((seq, at)) = self.said_before(log, author, id.as_ref())
        {
            // The core accepted this message before, and only the answer to the sender was lost. So
            // it does not matter which person has the receiver's name now.
            let before = self.logs.get(log).and_then(|log| log.line(seq));
            let is_away = match before {
                Some(before) => self.is_for_who_is_away(before),
                None => self.is_away(to),
            };
            let reply = Reply::Sent { log: LogName::Private, id, seq, at, is_away };
            let epoch = self.logs.get(log).map(Log::epoch);
            let answer = (client, reply);
            effects.extend(epoch.map(|epoch| Effect::Resent { log, epoch, seq, answer }));
            return;
        }
        let whom = self.people.called(to);
        let Some((whom, name)) = whom.and_then(|id| Some((id, self.people.name(id)?.clone())))
        else {
            // No person has the receiver's name. The refusal contains the text of the message. If
            // the name may have more words, the core cannot know where the name ends and the text
            // begins; then the refusal contains the name, too.
            let said = if longer.is_empty() { text } else { format!("{to} {text}") };
            let (reason, said) = (Refused::NoSuchPerson, Some(said));
            effects.push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        };
        let (to, text) = (name, said.to_owned());
        if whom == from && self.people.is_passing(from) {
            // Some clients without a session send a message for everybody as a private message to
            // their own name. Such a message goes to the lobby.
            let post = Post { room: self.rooms.lobby_name().clone(), id, deed: Deed::Say(text) };
            self.post(client, post, effects);
            return;
        }
        if self.may_be_another(from, whom, typed_at, is_for_present_owner) {
            let (reason, said) = (Refused::AnotherPerson, Some(text));
            effects.push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        }
        let between = [from, whom];
        if let Some(wait) = self.wait_for_logs(client, between, &text, effects) {
            let (reason, said) = (Refused::TooFast(wait), Some(text));
            effects.push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        }
        let Some(by) = self.speaker(client) else { return };
        let own = self.private_log(from, between, effects);
        let theirs = (whom != from).then(|| self.private_log(whom, between, effects));
        // The receiver's line is stored first. If the server crashes before the sender's line is
        // stored, the sender has got no answer and sends the message again. Then the core finds the
        // receiver's line, and adds no second one.
        let is_new = |log: &LogId| self.said_before(*log, author, id.as_ref()).is_none();
        let theirs = theirs.filter(is_new);
        let text: Arc<str> = text.into();
        let line = |own| {
            let what = EntryKind::Private { to: to.clone(), own, text: Arc::clone(&text) };
            NewEntry { author, by: by.clone(), id: id.clone(), what }
        };
        if let Some(log) = theirs {
            self.add(log, line(false), None, effects);
            self.people.note_unread(whom);
            self.waits(client, whom, &text);
        }
        self.add(own, line(true), Some(client), effects);
    }

    /// Returns the name of a message's receiver, and the message's text without that name. A name
    /// may have several words: `to` is the shortest name with which the message may begin, and
    /// `longer` has the longer ones. Returns the longest of these names that a person has, or `to`
    /// if no person has any of them.
    fn addressed<'a>(
        &self,
        to: &'a Name,
        longer: &'a [(Name, usize)],
        text: &'a str,
    ) -> (&'a Name, &'a str) {
        let longest = longer.iter().rev().find(|(name, _)| self.people.called(name).is_some());
        match longest {
            Some((name, end)) => (name, text.get(*end..).unwrap_or_default().trim_start()),
            None => (to, text),
        }
    }

    /// Returns whether `whom`, who has the name now, may be another person than the writer `from`
    /// means. `true` if `whom` took the name after the message was typed. Also `true` if the newest
    /// message in memory between the writer and this name was to or from another person. This
    /// second case does not count if `is_for_present_owner` is true, because then the writer has
    /// confirmed that `whom` is meant.
    fn may_be_another(
        &self,
        from: PersonId,
        whom: PersonId,
        typed_at: Option<UnixMillis>,
        is_for_present_owner: bool,
    ) -> bool {
        let Some(named_at) = self.people.named_at(whom).filter(|_| whom != from) else {
            return false;
        };
        // If `named_at` is in the future, the machine's clock was set back after the person took
        // the name. Then the person counts as having had the name for long.
        let named_at = if named_at > self.now.utc { UnixMillis(0) } else { named_at };
        if typed_at.is_some_and(|typed_at| named_at > typed_at) {
            return true;
        }
        let name = self.people.name(whom).filter(|_| !is_for_present_owner);
        let log = self.private_logs.of(from).and_then(|id| self.logs.get(id));
        let Some(last) = name.zip(log).and_then(|(name, log)| log.last_with(name)) else {
            return false;
        };
        match &last.what {
            EntryKind::Private { own: true, .. } => named_at > last.at,
            _ => !last.by.whose.is(Some(whom)),
        }
    }

    /// Returns the logs to which this message would add a line, as [`Writing`] describes them.
    /// `None`: the client is no person, or no person has the receiver's name.
    pub(in crate::chat::core) fn written_by(
        &self,
        client: ClientId,
        message: &PrivateMessage,
    ) -> Option<Writing> {
        let PrivateMessage { to, text, longer, .. } = message;
        let Some(Author::Person(from)) = self.author(client) else { return None };
        let whom = self.people.called(self.addressed(to, longer, text).0)?;
        if whom == from && self.people.is_passing(from) {
            return Some(Writing { logs: [self.lobby_id(), None], is_private: false });
        }
        let theirs = self.private_logs.of(whom).filter(|_| whom != from);
        Some(Writing { logs: [self.private_log_of(client), theirs], is_private: true })
    }

    /// Returns whether the entry is a private message whose receiver is away now.
    pub(in crate::chat::core) fn is_for_who_is_away(&self, entry: &Entry) -> bool {
        matches!(&entry.what, EntryKind::Private { to, .. } if self.is_away(to))
    }

    fn is_away(&self, name: &Name) -> bool {
        self.people.called(name).is_some_and(|person| !self.is_here(person))
    }

    fn said_before(
        &self,
        log: LogId,
        author: Author,
        id: Option<&MessageId>,
    ) -> Option<(Seq, UnixMillis)> {
        self.logs.get(log)?.said_before(author, id?)
    }
}
