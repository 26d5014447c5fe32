//! Private messages: everybody who was written to, or has written, has a log of
//! them, with numbers of its own, and follows it on all devices as one follows a
//! room. So they are caught up, kept and paged as rooms are, and wait for whoever
//! is away.
//!
//! Owns: who has such a log, and that a message is in two of them and in no other.
//! Must not know: how a log is told or kept.
//!
//! Next: `hub/core/catch_up.rs`.

use super::lock::Lock;
use super::people::Author;
use super::room::{Room, Whose};
use super::talk::{Line, sent};
use super::{Core, Effect, RoomId, refuse};
use crate::chat::entry::{UnixMillis, What};
use crate::chat::record::{KeptPrivateLog, PastLog, PersonId};
use crate::chat::request::PrivateMessage;
use crate::chat::told::Refused;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// The logs as they were kept, of those whose names are.
    pub(super) fn restore_private(&mut self, logs: Vec<PastLog<KeptPrivateLog>>) {
        let bytes_max = log_bytes_max(logs.len());
        for past in logs {
            let KeptPrivateLog { person, epoch, .. } = past.kept;
            if self.people.name(person).is_none() {
                // The server ended between the two. Its number may be given again,
                // and nobody else must ever read this.
                self.gone.push(epoch);
                continue;
            }
            let id = self.new_id();
            self.private_logs.insert(person, id);
            self.rooms.insert(id, Room::restored_private(past, bytes_max));
        }
    }

    /// A message to one person: it takes a number in that person's log, and one in
    /// its sender's, whose answer is the latter.
    pub(super) fn write(
        &mut self,
        client: ClientId,
        message: PrivateMessage,
        effects: &mut Vec<Effect>,
    ) {
        let PrivateMessage { to, id, text } = message;
        let Some(author @ Author::Person(from)) = self.author(client) else { return };
        let whom = self.people.called(&to);
        let Some((whom, to)) = whom.and_then(|id| Some((id, self.people.name(id)?.clone()))) else {
            effects.push(refuse(client, None, id, Refused::NoSuchPerson));
            return;
        };
        let Some(by) = self.speaker(client) else { return };
        let own = self.private_log(from, effects);
        let theirs = (whom != from).then(|| self.private_log(whom, effects));
        let before = |log: RoomId| self.rooms.get(&log)?.log.said_before(author, id.as_ref()?);
        if let Some(before) = before(own) {
            // Its answer was lost; the message was not.
            let (seq, told) = (before.seq, sent(before));
            self.answer_when_kept(own, seq, (client, told), effects);
            return;
        }
        // Theirs is kept first: if the server crashes between the two, the sender
        // was not answered, sends it again, and finds it there.
        let theirs = theirs.filter(|log| before(*log).is_none());
        let what = What::Private { to, text };
        let line = Line { author, by, id, what };
        if let Some(log) = theirs {
            self.add(log, line.clone(), None, effects);
        }
        self.add(own, line, Some(client), effects);
    }

    /// A person's log; if there is none, it is made, and all its devices follow it.
    fn private_log(&mut self, person: PersonId, effects: &mut Vec<Effect>) -> RoomId {
        if let Some(log) = self.private_logs.get(&person) {
            return *log;
        }
        self.make_place_for_a_private_log(effects);
        let (id, entries_max) = (self.new_id(), limits::PRIVATE_LOG_ENTRIES_MAX);
        let whose = Whose::Person(person);
        let room = Room::new(whose, Lock::default(), self.epoch_of(id), entries_max);
        self.private_logs.insert(person, id);
        self.rooms.insert(id, room);
        self.changed.insert(id);
        // All of them share what there is for them.
        let bytes_max = log_bytes_max(self.private_logs.len());
        let logs = self.rooms.values_mut().filter(|room| room.name().is_none());
        logs.for_each(|room| room.log.shrink(bytes_max));
        for client in self.people.clients(person).to_vec() {
            if self.is_member(client) {
                self.follow(client, id, None, effects);
            }
        }
        id
    }

    /// Of too many, the one goes in which nothing was said for longest.
    fn make_place_for_a_private_log(&mut self, effects: &mut Vec<Effect>) {
        if self.private_logs.len() < limits::PRIVATE_LOGS_MAX {
            return;
        }
        // One without a line was made a moment ago.
        let age = |(_, id): &(&PersonId, &RoomId)| {
            let newest = self.rooms.get(id).and_then(|room| room.log.newest_at());
            newest.unwrap_or(UnixMillis(u64::MAX))
        };
        let Some(person) = self.private_logs.iter().min_by_key(age).map(|(id, _)| *id) else {
            return;
        };
        for client in self.people.clients(person).to_vec() {
            if let (Some(entry), Some(log)) =
                (self.roster.get_mut(&client), self.private_logs.get(&person))
            {
                entry.stays.retain(|stay| stay.room != *log);
                effects.push(Effect::Deafen(client, *log));
            }
        }
        self.forget_private_log(person);
    }

    /// Those whose names are free again have no log any more.
    pub(super) fn forget_private_logs(&mut self) {
        let forgotten = self.people.take_forgotten();
        forgotten.into_iter().for_each(|person| self.forget_private_log(person));
    }

    fn forget_private_log(&mut self, person: PersonId) {
        let log = self.private_logs.remove(&person).and_then(|id| self.rooms.remove(&id));
        self.gone.extend(log.map(|room| room.log.epoch()));
    }
}

/// What each of `count` logs may take, in bytes.
pub(super) fn log_bytes_max(count: usize) -> usize {
    limits::PRIVATE_LOG_BYTES_MAX.min(limits::PRIVATE_LOGS_BYTES_MAX / count.max(1))
}
