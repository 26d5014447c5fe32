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
use std::time::Duration;

use crate::base::limits;
use crate::chat::core::logs::{Log, NewEntry};
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId, Made};
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
    pub(super) fn write(&mut self, client: ClientId, message: PrivateMessage) {
        let PrivateMessage { to, id, text, longer, typed_at, is_for_present_owner } = message;
        let Some(author @ Author::Person(from)) = self.author(client) else { return };
        let (to, said) = self.people.addressed(&to, &longer, &text);
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
            self.effects.extend(epoch.map(|epoch| Effect::Resent { log, epoch, seq, answer }));
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
            self.effects
                .push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        };
        let (to, text) = (name, said.to_owned());
        if whom == from && self.people.is_passing(from) {
            // Some clients without a session send a message for everybody as a private message to
            // their own name. Such a message goes to the lobby.
            let post = Post { room: self.rooms.lobby_name().clone(), id, deed: Deed::Say(text) };
            self.post(client, post);
            return;
        }
        if self.may_be_another(from, whom, typed_at, is_for_present_owner) {
            let (reason, said) = (Refused::AnotherPerson, Some(text));
            self.effects
                .push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        }
        let between = [from, whom];
        if let Some(wait) = self.wait_for_logs(client, between, &text) {
            let (reason, said) = (Refused::TooFast(wait), Some(text));
            self.effects
                .push(Effect::Reply(client, Reply::Refused { room: None, id, reason, said }));
            return;
        }
        let Some(by) = self.speaker(client) else { return };
        let own = self.private_log(from, between);
        let theirs = (whom != from).then(|| self.private_log(whom, between));
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
            self.add(log, line(false), None);
            self.people.note_message(whom, &text, self.members.tag(client));
        }
        self.add(own, line(true), Some(client));
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

    /// Returns whether the entry is a private message whose receiver is away now.
    pub(super) fn is_for_who_is_away(&self, entry: &Entry) -> bool {
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

    /// Returns how long the sender must wait before it may send this text. `None`: the sender need
    /// not wait, and each log that must be made for the text is now counted for the sender's
    /// network. `between` is the sender, then the receiver. The people of a network may make
    /// several logs at once, and after that one from time to time. Without this limit, a person
    /// with many names could soon make the logs of all other people end. The sender must also wait
    /// if there is no space for a new log, or for one more unread message.
    fn wait_for_logs(
        &mut self,
        writer: ClientId,
        between: [PersonId; 2],
        text: &str,
    ) -> Option<Duration> {
        let (from, most) = (self.members.tag(writer), self.settings.unread_bytes_max);
        if !self.people.has_space_for(between[1], text, from, most) {
            return Some(limits::PRIVATE_LOG_INTERVAL);
        }
        let (network, now) = (self.network_of(writer), self.now.chat_time);
        let missing = self.private_logs.missing(between);
        if missing > 0
            && let Err(wait) =
                self.network_limits.may_make(Made::PrivateLog, network, now, &mut self.effects)
        {
            return Some(wait);
        }
        let (owned, tables) = (&self.private_logs, (&self.people, &self.logs));
        if !owned.may_open(missing, tables, between, self.now.utc)
            || !owned.may_wait_for_its_reader(&self.people, between[1])
        {
            return Some(limits::PRIVATE_LOG_INTERVAL);
        }
        self.network_limits.note_made(Made::PrivateLog, network, now, missing);
        None
    }

    /// Returns the person's log. If the person has none, makes one, which the clients of the person
    /// follow from now on, except visitors. If the maximum number of logs exists, another log ends
    /// first, but not a log of the two people in `between`.
    fn private_log(&mut self, person: PersonId, between: [PersonId; 2]) -> LogId {
        if let Some(log) = self.private_logs.of(person) {
            return log;
        }
        let tables = (&self.people, &self.logs);
        if let Some(other) = self.private_logs.one_too_many(tables, between, self.now.utc) {
            let log = self.private_logs.of(other);
            let followers = self.people.clients(other).iter();
            self.effects.extend(
                followers.filter_map(|client| log.map(|log| Effect::Unfollow(*client, log))),
            );
            self.private_logs.end(&mut self.logs, other);
        }
        let id = self.private_logs.open(&mut self.logs, person);
        for client in self.people.clients(person).to_vec() {
            self.follow(client, id, None);
        }
        id
    }
}
