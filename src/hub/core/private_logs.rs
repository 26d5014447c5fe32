//! Who has a log of private messages: it is made with the first of them, and goes
//! with its owner's name, or when it makes place for another.
//!
//! Owns: that, and what all of them may take together.
//! Must not know: what is written; `hub/core/private.rs` does.
//!
//! Next: `hub/core/catch_up.rs`.

use super::lock::Lock;
use super::room::{Room, Whose};
use super::{Core, Effect, RoomId};
use crate::chat::record::{KeptPrivateLog, PastLog, PersonId};
use crate::limits;

impl Core {
    /// The logs as they were kept, of those whose names are.
    pub(super) fn restore_private(&mut self, logs: Vec<PastLog<KeptPrivateLog>>) {
        let bytes_max = limits::private_log_bytes_max(logs.len());
        for past in logs {
            let KeptPrivateLog { person, epoch, .. } = past.kept;
            if self.people.name(person).is_none() {
                // The server ended between the two; it is nobody's.
                self.gone.push(epoch);
                continue;
            }
            let id = self.new_id();
            self.private_logs.insert(person, id);
            self.rooms.insert(id, Room::restored_private(past, bytes_max));
        }
    }

    /// What each of them may take, in bytes.
    pub(super) fn private_log_bytes_max(&self) -> usize {
        limits::private_log_bytes_max(self.private_logs.len())
    }

    /// A person's log; if there is none, it is made, and all its devices follow it.
    /// The one of `writer` makes no place for it.
    pub(super) fn private_log(
        &mut self,
        person: PersonId,
        writer: PersonId,
        effects: &mut Vec<Effect>,
    ) -> RoomId {
        if let Some(log) = self.private_logs.get(&person) {
            return *log;
        }
        self.make_place_for_a_private_log(writer, effects);
        let (id, entries_max) = (self.new_id(), limits::PRIVATE_LOG_ENTRIES_MAX);
        let whose = Whose::Person(person);
        let room = Room::new(whose, Lock::default(), self.epoch_of(id), entries_max);
        self.private_logs.insert(person, id);
        self.rooms.insert(id, room);
        self.changed.insert(id);
        // All of them share what there is for them.
        let bytes_max = self.private_log_bytes_max();
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
    fn make_place_for_a_private_log(&mut self, but: PersonId, effects: &mut Vec<Effect>) {
        if self.private_logs.len() < limits::PRIVATE_LOGS_MAX {
            return;
        }
        let newest_at = |id: &RoomId| self.rooms.get(id).and_then(|room| room.log.newest_at());
        let others = self.private_logs.iter().filter(|(person, _)| **person != but);
        let quietest = others.min_by_key(|(_, id)| newest_at(id)).map(|(person, _)| *person);
        let Some(person) = quietest else { return };
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
