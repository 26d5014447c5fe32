//! What outlives the server, as the hub sees it.
//!
//! A message is shown at once and kept beside that; its sender is told *sent* when
//! it is kept, so a slow disk never slows the talk. One batch is with the history
//! at a time; what comes meanwhile is the next one. When more waits than may, lines
//! are shown and not kept, and everybody is told so; those that are in memory still
//! are kept when there is room again.
//!
//! Owns: what is kept when, and what is told when nothing can be.
//! Must not know: files, threads.
//!
//! Next: `hub/core/keeping.rs`.

use std::sync::Arc;

use super::keeping::Settled;
use super::people::Author;
use super::{Core, Effect, Room, RoomId};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::record::{KeptLine, Record};
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// How many messages that were shown wait to be kept.
    pub(in crate::hub) fn unkept(&self) -> usize {
        self.keeping.lines_waiting()
    }

    /// Whether the client should wait for answers before it says more. Where nothing can
    /// be kept there are none to wait for, perhaps for hours, and the talk goes on.
    pub(super) fn must_wait(&self, client: ClientId) -> bool {
        self.keeping.owes(client) >= self.owed_max() && !self.keeping.is_in_trouble()
    }

    /// A client is owed as many answers at most as one replay has lines.
    fn owed_max(&self) -> usize {
        self.settings.replay_messages_max
    }

    /// Keeps a line of a room; `answer` is told then.
    pub(super) fn keep_line(
        &mut self,
        room: RoomId,
        author: Author,
        entry: Arc<Entry>,
        answer: Option<(ClientId, Told)>,
        effects: &mut Vec<Effect>,
    ) {
        if !self.keeping.is_on() {
            effects.extend(answer.map(|(client, told)| Effect::Note(client, told)));
            return;
        }
        // A line in the file is worth nothing without its room.
        self.keep_changes();
        let Some(room) = self.rooms.get_mut(&room) else { return };
        let (epoch, seq) = (entry.epoch, entry.seq);
        if self.keeping.is_full() {
            // Shown, and not kept: nothing reservations to be sent that is not.
            room.log.lose(seq);
            self.keeping.overflow();
            return;
        }
        self.keeping.push(line(author, entry));
        // One more than fit is answered when it is said again, under its id.
        if let Some(answer) = answer {
            self.keeping.owe(epoch, seq, answer, self.owed_max());
        }
    }

    /// `answer` is told when the line of this number is kept, or now if it is.
    pub(super) fn answer_when_kept(
        &mut self,
        room: RoomId,
        seq: Seq,
        answer: (ClientId, Told),
        effects: &mut Vec<Effect>,
    ) {
        let most = self.owed_max();
        let Some(room) = self.rooms.get(&room) else { return };
        let waits = self.keeping.owe(room.log.epoch(), seq, answer.clone(), most);
        if !waits && !room.log.is_lost(seq) {
            effects.push(Effect::Note(answer.0, answer.1));
        }
    }

    /// Hands over what has changed, if the history has nothing in hand.
    pub(super) fn hand_over(&mut self, effects: &mut Vec<Effect>) {
        if !self.keeping.is_on() {
            self.people.forget_changes();
            self.changed.clear();
            self.gone.clear();
            return;
        }
        self.keep_changes();
        if self.keeping.has_room_again() {
            self.keep_what_was_lost();
        }
        let batch = self.keeping.next_batch(self.now.since_start);
        effects.extend(batch.map(Effect::Keep));
        if let Some(told) = self.keeping.news() {
            // Whoever is in no room may write in private all the same.
            let rooms = self.rooms.keys();
            effects.extend(rooms.map(|id| Effect::Notice(*id, None, told.clone())));
        }
    }

    /// Whether not all that was said is kept, and people have been told so.
    pub(in crate::hub) fn is_unkept(&self) -> bool {
        self.keeping.told().is_some()
    }

    /// The batch is kept, or could not be.
    pub(super) fn kept(&mut self, outcome: Result<(), String>, effects: &mut Vec<Effect>) {
        match outcome {
            Ok(()) => {
                let Settled { answers, reservations } = self.keeping.settle();
                for (epoch, reservation) in reservations {
                    let mut rooms = self.rooms.values_mut();
                    let room = rooms.find(|room| room.log.epoch() == epoch);
                    room.into_iter().for_each(|room| room.numbers.is_kept(reservation));
                }
                let answers = answers.into_iter();
                effects.extend(answers.map(|(client, told)| Effect::Note(client, told)));
            }
            Err(reason) => {
                let again = self.now.since_start + limits::STORE_RETRY_WAIT;
                self.keeping.fail(Some((reason, again)));
            }
        }
    }

    /// The file is a new one: everything that is in memory is to be kept again, rooms
    /// before their lines.
    pub(super) fn begin_file(&mut self) {
        self.keeping.fail(None);
        self.people.change_all();
        self.changed.extend(self.rooms.keys());
        self.rooms.values_mut().for_each(Room::keep_all_anew);
        let records = std::iter::from_fn(|| self.take_change()).collect::<Vec<_>>();
        records.into_iter().for_each(|record| self.keeping.push_first(record));
        self.keeping.overflow();
    }

    /// The next answer of the history says that its file is a new one: there is to be a
    /// batch for that, though nobody says anything.
    pub(super) fn keep_something(&mut self) {
        self.changed.extend(self.rooms_by_name.get(&self.settings.lobby));
    }

    /// What is thrown away is told no more.
    pub(super) fn forget_lines(&mut self, lines: &[(Epoch, Seq)]) {
        for (epoch, last) in lines {
            let room = self.rooms.values_mut().find(|room| room.log.epoch() == *epoch);
            room.into_iter().for_each(|room| room.log.forget_to(*last));
        }
    }

    /// What has changed beside lines waits to be kept, as far as there is room.
    pub(super) fn keep_changes(&mut self) {
        while !self.keeping.is_full()
            && let Some(record) = self.take_change()
        {
            self.keeping.push(record);
        }
    }

    fn take_change(&mut self) -> Option<Record> {
        self.people.take_change().or_else(|| self.take_changed_room())
    }

    /// Lines that could not wait here, and that memory still has.
    fn keep_what_was_lost(&mut self) {
        for room in self.rooms.values_mut() {
            while !self.keeping.is_full()
                && let Some((author, entry)) = room.log.take_lost()
            {
                self.keeping.push(line(author, entry));
            }
        }
        if self.keeping.is_full() {
            // There may be more of them.
            self.keeping.overflow();
        }
    }
}

fn line(author: Author, entry: Arc<Entry>) -> Record {
    let author = match author {
        Author::Person(id) => Some(id),
        Author::Guest(_) | Author::Nobody => None,
    };
    Record::Line(KeptLine { author, entry })
}
