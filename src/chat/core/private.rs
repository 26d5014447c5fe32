//! Private messages: everybody who was written to, or has written, has a log of
//! them, with numbers of its own, and follows it on all devices as one follows a
//! room. So they are caught up, kept and paged as rooms are, and wait for whoever
//! is away.
//!
//! Owns: that a message is in two such logs and in no other.
//! Must not know: how a log is told or kept.
//!
//! Next: `chat/core/private_logs.rs`.

use std::sync::Arc;

use super::people::Author;
use super::talk::{Line, Writing};
use super::{Core, Effect, RoomId};
use crate::chat::entry::{Entry, MessageId, Seq, UnixMillis, What};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, PrivateMessage};
use crate::chat::told::Told;
use crate::hub::ClientId;

impl Core {
    /// A message to one person: it takes a number in that person's log, and one in
    /// its sender's, whose answer is the latter.
    pub(super) fn write(
        &mut self,
        client: ClientId,
        message: PrivateMessage,
        effects: &mut Vec<Effect>,
    ) {
        let PrivateMessage { to, id, text, longer, typed_at, is_anew } = message;
        let Some(author @ Author::Person(from)) = self.author(client) else { return };
        let (to, said) = self.addressed(&to, &longer, &text);
        if let Some(log) = self.private_logs.of(from)
            && let Some((seq, at)) = self.said_before(log, author, id.as_ref())
        {
            // Its answer was lost; the message was not, whoever has the name now.
            let before = self.rooms.get(log).and_then(|room| room.log.line(seq));
            let is_away = match before {
                Some(before) => self.is_for_who_is_away(before),
                None => self.is_away(to),
            };
            let told = Told::Sent { log: LogName::Private, id, seq, at, is_away };
            let epoch = self.rooms.get(log).map(|room| room.log.epoch());
            effects.extend(epoch.map(|epoch| Effect::Again(log, epoch, seq, (client, told))));
            return;
        }
        let whom = self.people.called(to);
        let Some((whom, name)) = whom.and_then(|id| Some((id, self.people.name(id)?.clone())))
        else {
            // Where a name ended that nobody has, its writer knows best.
            let said = if longer.is_empty() { text } else { format!("{to} {text}") };
            let (reason, said) = (Refused::NoSuchPerson, Some(said));
            effects.push(Effect::Note(client, Told::Refused { room: None, id, reason, said }));
            return;
        };
        let (to, text) = (name, said.to_owned());
        if whom == from && self.people.is_passing(from) {
            // Some clients send back the name that they were told, and mean everybody.
            let post = Post { room: self.rooms.lobby_name().clone(), id, deed: Deed::Say(text) };
            self.post(client, post, effects);
            return;
        }
        if self.may_be_another(from, whom, typed_at, is_anew) {
            let (reason, said) = (Refused::AnotherPerson, Some(text));
            effects.push(Effect::Note(client, Told::Refused { room: None, id, reason, said }));
            return;
        }
        let between = [from, whom];
        if let Some(wait) = self.wait_for_logs(client, between, &text, effects) {
            let (reason, said) = (Refused::TooFast(wait), Some(text));
            effects.push(Effect::Note(client, Told::Refused { room: None, id, reason, said }));
            return;
        }
        let Some(by) = self.speaker(client) else { return };
        let own = self.private_log(from, between, effects);
        let theirs = (whom != from).then(|| self.private_log(whom, between, effects));
        // Theirs is kept first: if the server crashes between the two, the sender
        // was not answered, sends it again, and finds it there.
        let is_new = |log: &RoomId| self.said_before(*log, author, id.as_ref()).is_none();
        let theirs = theirs.filter(is_new);
        let text: Arc<str> = text.into();
        let line = |own| {
            let what = What::Private { to: to.clone(), own, text: Arc::clone(&text) };
            Line { author, by: by.clone(), id: id.clone(), what }
        };
        if let Some(log) = theirs {
            self.add(log, line(false), None, effects);
            self.people.is_written_to(whom);
            self.waits(client, whom, &text);
        }
        self.add(own, line(true), Some(client), effects);
    }

    /// To whom a text is, and what is said: a name may go on in the text as long as somebody is
    /// called so.
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

    /// Whether `whom` may not be the person that `from` means by this name: who had it when the
    /// message was typed; and, unless its writer knows of that (`is_anew`), with whom
    /// the last message under this name was exchanged, as far as that is in memory.
    fn may_be_another(
        &self,
        from: PersonId,
        whom: PersonId,
        typed_at: Option<UnixMillis>,
        is_anew: bool,
    ) -> bool {
        let Some(named_at) = self.people.named_at(whom).filter(|_| whom != from) else {
            return false;
        };
        // A later time than it is now is of a clock that was set back since.
        let named_at = if named_at > self.now.utc { UnixMillis(0) } else { named_at };
        if typed_at.is_some_and(|typed_at| named_at > typed_at) {
            return true;
        }
        let name = self.people.name(whom).filter(|_| !is_anew);
        let log = self.private_logs.of(from).and_then(|id| self.rooms.get(id));
        let Some(last) = name.zip(log).and_then(|(name, room)| room.log.last_with(name)) else {
            return false;
        };
        match &last.what {
            What::Private { own: true, .. } => named_at > last.at,
            _ => !last.by.whose.is(Some(whom)),
        }
    }

    /// Which logs would have a new line by this message, as far as they are there.
    pub(super) fn written_by(&self, client: ClientId, message: &PrivateMessage) -> Option<Writing> {
        let PrivateMessage { to, text, longer, .. } = message;
        let Some(Author::Person(from)) = self.author(client) else { return None };
        let whom = self.people.called(self.addressed(to, longer, text).0)?;
        if whom == from && self.people.is_passing(from) {
            return Some(Writing { logs: [self.lobby_id(), None], is_private: false });
        }
        let theirs = self.private_logs.of(whom).filter(|_| whom != from);
        Some(Writing { logs: [self.private_log_of(client), theirs], is_private: true })
    }

    /// The log of a client's own private messages.
    pub(super) fn private_log_of(&self, client: ClientId) -> Option<RoomId> {
        match self.author(client)? {
            Author::Person(person) => self.private_logs.of(person),
            _ => None,
        }
    }

    /// Whether this is for one person alone, who is not here to read it now.
    pub(super) fn is_for_who_is_away(&self, entry: &Entry) -> bool {
        matches!(&entry.what, What::Private { to, .. } if self.is_away(to))
    }

    fn is_away(&self, name: &Name) -> bool {
        self.people.called(name).is_some_and(|person| !self.is_here(person))
    }

    fn said_before(
        &self,
        log: RoomId,
        author: Author,
        id: Option<&MessageId>,
    ) -> Option<(Seq, UnixMillis)> {
        self.rooms.get(log)?.log.said_before(author, id?)
    }
}
