//! What the rest of the server may ask the core: the logs and their lines, the records for the
//! file, who a client is, and which log it may read. No function in this file changes anything.
//!
//! Must not know: what is done with the answers.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use super::logs::is_among;
use super::people::Author;
use super::people::hosts::is_host;
use super::people::rights::Right;
use super::roles::check_looks_after;
use super::steps::known_receiver;
use super::{Core, Log, LogId};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::entry::{Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{PersonId, Record};
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::room_name::RoomName;
use crate::chat::token::TokenDigest;

/// How many rooms and people a core has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CoreSizes {
    pub(crate) rooms: usize,
    /// People with a client.
    pub(crate) people: usize,
    /// People without a client, whose names are reserved.
    pub(crate) people_away: usize,
    /// People without a client who are still in a room, once for each room: they read pages one
    /// after the other, or have lost the connection a moment ago.
    pub(crate) refreshing: usize,
}

/// The logs to which a request would add a line: one log; two for most private messages; many if a
/// person is removed. A log that does not exist yet is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writing {
    pub(crate) logs: Vec<LogId>,
    /// True if the request is a private message, which usually adds a line to two logs.
    pub(crate) is_private: bool,
}

impl Core {
    /// Returns how many rooms and people there are. It only reads lengths, so it takes the same
    /// time however many there are.
    pub(crate) fn sizes(&self) -> CoreSizes {
        let (people, people_away) = self.people.counts();
        let (rooms, refreshing) = (self.rooms.count(), self.rooms.wait_count());
        CoreSizes { rooms, people, people_away, refreshing }
    }

    pub(crate) fn log(&self, id: LogId) -> Option<&Log> {
        self.logs.get(id)
    }

    pub(crate) fn record_of_person(&self, id: PersonId) -> Record {
        self.people.record(id)
    }

    pub(crate) fn lasting_people(&self) -> impl Iterator<Item = PersonId> {
        self.people.lasting()
    }

    /// Returns the record that the file must hold for this log, or for its room, now. The caller
    /// must add the reserved and the skipped numbers. `None`: the log has ended.
    pub(crate) fn record_of_log(&self, id: LogId) -> Option<Record> {
        let epoch = self.logs.get(id)?.epoch();
        let Some(room) = self.rooms.get(id) else {
            return self.private_logs.record(id, epoch).map(Record::PrivateLog);
        };
        let mut record = room.record(epoch);
        record.let_in.people.retain(|person| self.people.is_lasting(*person));
        if let Some(password) = record.password.clone() {
            let right = Right::Opened(id, password);
            let sessions = self.people.tokens().with_right(&right);
            record.let_in.sessions = sessions.take(limits::LET_IN_MAX).collect();
        }
        Some(Record::Room(record))
    }

    pub(crate) fn log_ids(&self) -> impl Iterator<Item = LogId> {
        self.logs.iter().map(|(id, _)| id)
    }

    /// Returns the lobby's id. The lobby always exists, so the value is never `None`.
    pub(crate) fn lobby_id(&self) -> Option<LogId> {
        self.rooms.lobby_id()
    }

    pub(crate) fn author(&self, client: ClientId) -> Option<Author> {
        self.members.author(client)
    }

    /// Returns the person that a token with this digest belongs to; `None`: to nobody.
    pub(crate) fn owner(&self, token: &TokenDigest) -> Option<PersonId> {
        self.people.tokens().owner(token)
    }

    pub(crate) fn person(&self, client: ClientId) -> Option<PersonId> {
        self.author(client)?.person()
    }

    /// Returns whether the client's person is a host of the chat.
    pub(crate) fn is_host(&self, client: ClientId) -> bool {
        self.person(client).is_some_and(|person| is_host(&self.people, person))
    }

    /// Returns whether the client looks after this room.
    pub(crate) fn looks_after(&self, client: ClientId, room: &RoomName) -> bool {
        self.rooms.called(room).is_some_and(|id| check_looks_after(self, client, id).is_ok())
    }

    /// Returns whether the client may be sent the lines of this log. It may if it is in the room of
    /// this log or reads that room as a visitor, or if the log has the private messages of the
    /// client's person.
    pub(crate) fn may_read(&self, client: ClientId, log: LogId) -> bool {
        self.members.is_in(client, log) || self.private_log_of(client) == Some(log)
    }

    /// Returns the log with this name, if the client may read it (see
    /// [`may_read`](Self::may_read)); otherwise `None`.
    pub(crate) fn log_of(&self, client: ClientId, log: &LogName) -> Option<LogId> {
        match log {
            LogName::Room(name) => self.room_of(client, name),
            LogName::Private => self.private_log_of(client),
        }
    }

    /// Returns the room with this name, if the client is in it or reads it as a visitor; otherwise
    /// `None`.
    pub(super) fn room_of(&self, client: ClientId, name: &RoomName) -> Option<LogId> {
        let id = self.rooms.called(name)?;
        self.members.is_in(client, id).then_some(id)
    }

    pub(super) fn private_log_of(&self, client: ClientId) -> Option<LogId> {
        self.private_logs.of(self.person(client)?)
    }

    /// Returns the client's network; `None`: the limits on networks do not apply to the client, or
    /// it is not connected.
    pub(crate) fn network_of(&self, client: ClientId) -> Option<ClientNetwork> {
        self.members.network(client)
    }

    /// Returns the logs to which this request would add a line, if the core accepts it and has not
    /// had this message before. `None`: the request adds no line, for example because the client
    /// may not send it.
    pub(crate) fn writing(&self, client: ClientId, request: &Request) -> Option<Writing> {
        let log = match request {
            Request::Classic(_) => self.lobby_id()?,
            Request::Private(message) => return self.writing_privately(client, message),
            Request::Post(post) if post.log == LogName::Private => {
                let own = self.private_log_of(client)?;
                let copy = post.deed.changes().and_then(|seq| self.other_copy(own, seq));
                let logs = copy.map(|copy| copy.log).into_iter().chain([own]).collect();
                return Some(Writing { logs, is_private: true });
            }
            Request::Post(post) => self.log_of(client, &post.log)?,
            Request::ForgetMe(typed) => {
                let person = self.person(client)?;
                // A request with another name is refused, and writes nothing.
                self.people.name(person).filter(|name| *name == &**typed)?;
                let pins = self.rooms.pins(|_, pin| pin.is_by(Some(person)));
                let logs = self.logs.with_lines_of(Author::Person(person)).chain(pins.into_keys());
                let logs = logs.collect::<BTreeSet<_>>().into_iter().collect();
                return Some(Writing { logs, is_private: false });
            }
            _ => return None,
        };
        Some(Writing { logs: vec![log], is_private: false })
    }

    /// Returns the rooms that get a line if these lines are thrown away, because the pinned message
    /// is among them. Each item of `lines` means all lines up to its number, in the log with its
    /// epoch.
    pub(crate) fn unpinned_by(&self, lines: &[(Epoch, Seq)]) -> Vec<LogId> {
        self.rooms.pins(|_, pin| is_among(pin, lines)).into_keys().collect()
    }

    /// Returns the logs to which this message would add a line, as [`Writing`] describes them.
    /// `None`: the client is no person, or no person has the receiver's name.
    fn writing_privately(&self, client: ClientId, message: &PrivateMessage) -> Option<Writing> {
        let PrivateMessage { to, text, longer, .. } = message;
        let from = self.person(client)?;
        let known = known_receiver(self, from, message).map(|(id, _)| id);
        let named = || self.people.called(self.people.addressed(to, longer, text).0);
        let whom = known.or_else(named)?;
        if whom == from && self.people.is_passing(from) {
            return Some(Writing { logs: vec![self.lobby_id()?], is_private: false });
        }
        let theirs = self.private_logs.of(whom).filter(|_| whom != from);
        let logs = self.private_log_of(client).into_iter().chain(theirs).collect();
        Some(Writing { logs, is_private: true })
    }

    /// Returns whether this request is a resend: the log of the request remembers a message of the
    /// client's author with this id.
    pub(crate) fn was_said(&self, client: ClientId, request: &Request) -> bool {
        let (log, id) = match request {
            Request::Post(post) => (self.log_of(client, &post.log), post.id.as_ref()),
            Request::Private(message) => (self.private_log_of(client), message.id.as_ref()),
            _ => return false,
        };
        let log = log.and_then(|log| self.logs.get(log));
        let said = log.zip(id).zip(self.author(client));
        said.is_some_and(|((log, id), author)| log.said_before(author, id).is_some())
    }
}
