//! How far each person has read what they have read last.
//!
//! Owns: who has read what; it is in memory only.
//! Must not know: which clients are told (`steps/reading.rs`); what counts as read.
//!
//! Part: `chat/core/mod.rs`.

use super::People;
use super::person::ReadLog;
use crate::chat::core::LogId;
use crate::chat::entry::{AuthorTag, Seq};
use crate::chat::record::PersonId;

impl People {
    /// Notes that the person has read a log up to `seq`. Returns false if nothing is new in that,
    /// or if there is no such person.
    pub(in crate::chat::core) fn note_read(
        &mut self,
        id: PersonId,
        log: ReadLog,
        seq: Seq,
    ) -> bool {
        self.by_id.get_mut(&id).is_some_and(|person| person.note_read(log, seq))
    }

    /// Notes that all messages in the person's log of private messages count as read up to `seq`,
    /// because an earlier run of the server has stored nothing about it.
    pub(in crate::chat::core) fn restore_read(&mut self, id: PersonId, log: LogId, seq: Seq) {
        if let Some(person) = self.by_id.get_mut(&id) {
            person.note_read_before(log, seq);
        }
    }

    /// Returns how far the person has read this log; of their private messages: up to where all
    /// count as read, whoever has written them. `None`: the core does not know it.
    pub(in crate::chat::core) fn read(&self, id: PersonId, log: LogId) -> Option<Seq> {
        self.by_id.get(&id)?.read_up_to((log, AuthorTag::default()))
    }

    /// Returns the logs of the rooms that the person has read, as far as the core knows it.
    pub(in crate::chat::core) fn rooms_read(&self, id: PersonId) -> Vec<LogId> {
        let read = self.by_id.get(&id).map_or(&[][..], |person| &person.read);
        let of_rooms = read.iter().filter(|((_, with), _)| *with == AuthorTag::default());
        of_rooms.map(|((log, _), _)| *log).collect()
    }

    /// Returns how far the person has read the private messages in this log, with each of the
    /// people of whom the core knows it.
    pub(in crate::chat::core) fn read_privately(
        &self,
        id: PersonId,
        log: LogId,
    ) -> Vec<(AuthorTag, Seq)> {
        let read = self.by_id.get(&id).map_or(&[][..], |person| &person.read);
        let of_log = read.iter().filter(|((its, _), _)| *its == log);
        of_log.map(|((_, with), seq)| (*with, *seq)).collect()
    }
}
