//! What the hub does so that messages are still there after the server has restarted.
//!
//! A message that persist lets through is shown at once, so nobody waits for a slow disk to see it.
//! Its sender receives *sent* when the history has stored it; on a server without a history, at
//! once. The history stores one batch at a time; messages that are said meanwhile go into the next
//! batch. If too much waits to be stored, further messages to rooms are shown and not stored, and
//! clients are told so. When there is space again, persist stores those of these messages that the
//! core still has in memory.
//!
//! A number that a client may have seen is never used for another line, not even after a crash. So
//! on a server with a history, a log gives its lines only numbers that are reserved (`numbers.rs`,
//! for all logs `disk_logs.rs`). Before the core gets a message, the stage *readiness* checks that
//! there is such a number. What waits to be stored is in `queue.rs`, and how storing goes in
//! `disk.rs`.
//!
//! Owns: what is stored when, and which lines are shown but not stored.
//! Must not know: files, threads; who may say what.
//!
//! Next in the chat: `chat_rule/persist/queue.rs`.
//! Part: `chat_rule/mod.rs`.

mod disk;
mod disk_logs;
pub(crate) mod numbers;
pub(crate) mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::chat::ChatSettings;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::{Changed, Core, Log, LogId};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::record::{PersonId, Record, Stored, StoredLine};
use disk_logs::DiskLogs;
use queue::{AddedAnswer, Settled, UnstoredQueue};

#[derive(Debug)]
pub(crate) struct Persist {
    /// False if the server stores nothing. Then no answer has to wait.
    has_history: bool,
    queue: UnstoredQueue,
    logs: DiskLogs,
    /// For each log, the numbers of those lines in the core's memory that are neither stored nor
    /// waiting in the queue.
    unqueued: BTreeMap<LogId, BTreeSet<Seq>>,
    /// The people whose records have changed since they were last queued.
    changed_people: BTreeSet<PersonId>,
    /// The people who were removed with all their lines, and whose records are not queued yet.
    removed_people: Vec<PersonId>,
    /// The epochs of logs that have ended and that the history must delete. They are not queued
    /// yet.
    ended_logs: Vec<Epoch>,
    /// How many answers for one client may wait until their lines are stored. All of them may then
    /// be sent at the same time, and must fit into the client's outbox.
    answers_max: usize,
}

impl Persist {
    pub(crate) fn new(settings: &ChatSettings, stored: &Stored) -> Self {
        Self {
            has_history: settings.stores,
            queue: UnstoredQueue::new(settings.unstored_records_max, settings.unstored_bytes_max),
            logs: DiskLogs::new(settings.core.numbers, stored),
            unqueued: BTreeMap::new(),
            changed_people: BTreeSet::new(),
            removed_people: Vec::new(),
            ended_logs: Vec::new(),
            answers_max: settings.chunk_lines_max,
        }
    }

    pub(crate) fn has_history(&self) -> bool {
        self.has_history
    }

    pub(crate) fn mark_changed(&mut self, changed: Changed) {
        if let Changed::Gone(id, _) = changed {
            self.logs.remove(id);
            self.unqueued.remove(&id);
        }
        if self.has_history {
            match changed {
                Changed::Person(id) => drop(self.changed_people.insert(id)),
                Changed::RemovedPerson(id) => {
                    self.removed_people.push(id);
                    self.queue.note_removal(id);
                }
                Changed::Log(id) => self.logs.mark_changed(id),
                Changed::Times(times) => self.queue.push(Record::Times(times)),
                Changed::Gone(_, epoch) => self.ended_logs.push(epoch),
            }
        }
    }

    /// Queues a new line of a log to be stored. The `answer` then waits until the line is stored.
    /// Returns it if it can be sent at once, because the server stores nothing. Drops it if the
    /// queue is full, or if too many answers for its client wait already.
    pub(crate) fn store(
        &mut self,
        core: &Core,
        (id, author, entry): (LogId, Author, Arc<Entry>),
        answer: Option<(ClientId, Answer)>,
        now: Duration,
    ) -> Option<(ClientId, Answer)> {
        if !self.has_history {
            return answer;
        }
        let (epoch, seq) = (entry.epoch, entry.seq);
        self.logs.give_number(core, (id, seq), now);
        // A line in the history's file is useless without the record of its log, so that record is
        // queued first.
        self.queue_changes(core);
        if self.queue.is_full() {
            // The line is shown and not stored, so its sender must not receive *sent*.
            self.unqueued.entry(id).or_default().insert(seq);
            self.queue.overflow();
            return None;
        }
        self.queue.push(line_record(author, entry));
        // If too many answers for the client wait, it gets none for this line. It may send the
        // message again under the same id, and may then get its answer.
        if let Some(answer) = answer {
            self.queue.add_answer(epoch, seq, answer, self.answers_max);
        }
        None
    }

    /// Lets `answer` wait until the line with this number is stored. Returns it if it can be sent
    /// at once, because the line is stored, or the server stores nothing. Drops it if too many
    /// answers for its client wait already, or if the line will not be stored.
    pub(crate) fn when_stored(
        &mut self,
        (id, epoch, seq): (LogId, Epoch, Seq),
        answer: (ClientId, Answer),
    ) -> Option<(ClientId, Answer)> {
        match self.queue.add_answer(epoch, seq, answer, self.answers_max) {
            AddedAnswer::NotHere(answer) if !self.is_lost(id, seq) => Some(answer),
            AddedAnswer::NotHere(_) | AddedAnswer::Waits | AddedAnswer::Dropped => None,
        }
    }

    /// Lets `answer` wait until the removal of this person is stored. Returns it if the server
    /// stores nothing.
    pub(crate) fn when_removed(
        &mut self,
        core: &Core,
        person: PersonId,
        answer: (ClientId, Answer),
    ) -> Option<(ClientId, Answer)> {
        self.queue_changes(core);
        let is_it = |record: &Record| *record == Record::RemovedPerson(person);
        match self.queue.add_answer_to(is_it, answer, usize::MAX) {
            AddedAnswer::NotHere(answer) => Some(answer),
            AddedAnswer::Waits | AddedAnswer::Dropped => None,
        }
    }

    /// Returns whether the removal of a person can be stored, as far as the hub knows now.
    pub(super) fn can_store_removal(&self) -> bool {
        !self.has_history || self.queue.is_well() && !self.queue.is_full()
    }

    /// Returns whether this line was shown and is neither stored nor waiting in the queue.
    pub(crate) fn is_lost(&self, id: LogId, seq: Seq) -> bool {
        self.unqueued.get(&id).is_some_and(|lost| lost.contains(&seq))
    }

    /// Returns the next batch of records to store. `None`: nothing waits, the server has no
    /// history, the history is storing a batch, or it is too early to try again after a failure.
    pub(crate) fn next_batch(&mut self, core: &Core, now: Duration) -> Option<Vec<Record>> {
        if !self.has_history {
            return None;
        }
        self.queue_changes(core);
        if self.queue.take_space_again() {
            self.queue_what_was_lost(core);
        }
        self.queue.next_batch(now)
    }

    /// Handles the history's report on the batch that it was given: the batch is stored, or
    /// `outcome` says why not. Returns the answers that can be sent now, because their lines are
    /// stored.
    pub(crate) fn settle_batch(
        &mut self,
        outcome: Result<(), String>,
        now: Duration,
    ) -> Vec<(ClientId, Answer)> {
        if let Err(reason) = outcome {
            self.queue.fail(reason, now + limits::STORE_RETRY_WAIT);
            return Vec::new();
        }
        let Settled { answers, reservations } = self.queue.settle();
        for (epoch, reservation) in reservations {
            self.logs.reservation_stored(epoch, reservation);
        }
        answers
    }

    /// Makes sure that the records of logs and people, and the lines in memory, are stored again,
    /// because the history has begun a new, empty file. The record of a log is stored before the
    /// log's lines.
    pub(crate) fn begin_file(&mut self, core: &Core, now: Duration) {
        self.queue.begin_file();
        self.logs.begin_file(core, now);
        let in_memory = |id| core.log(id).map(|log| (id, log.numbers_in_memory().collect()));
        self.unqueued.extend(core.log_ids().filter_map(in_memory));
        self.changed_people.extend(core.lasting_people());
        let records = std::iter::from_fn(|| self.take_change(core)).collect::<Vec<_>>();
        for record in records {
            match record {
                // Older records of the person may wait, and would bring the person back.
                Record::RemovedPerson(_) => self.queue.push(record),
                record => self.queue.push_first(record),
            }
        }
        self.queue.overflow();
    }

    /// Makes sure that there is a batch to store, even if nothing has changed: marks the lobby as
    /// changed.
    pub(crate) fn store_something(&mut self, core: &Core) {
        core.lobby_id().into_iter().for_each(|id| self.logs.mark_changed(id));
    }

    /// Makes a final reservation for each log, because the server ends. If it is stored, the log
    /// continues after the next start of the server with the number right after its newest line.
    pub(crate) fn close(&mut self, core: &Core, now: Duration) {
        self.logs.close(core, now);
    }

    /// Removes and returns the lines that were shown and not stored, and that the core no longer
    /// has in memory. They are lost for good. Of each line, returns the log and the number.
    pub(crate) fn take_forgotten(&mut self, core: &Core) -> Vec<(LogId, Seq)> {
        let mut forgotten = Vec::new();
        for (id, lost) in &mut self.unqueued {
            let oldest = core.log(*id).map_or(Seq(u64::MAX), Log::oldest);
            while let Some(seq) = lost.first().copied().filter(|seq| *seq < oldest) {
                lost.pop_first();
                forgotten.push((*id, seq));
            }
        }
        self.unqueued.retain(|_, lost| !lost.is_empty());
        forgotten
    }

    /// Queues the changed records of people and logs, and the logs to delete, as long as the queue
    /// has space.
    fn queue_changes(&mut self, core: &Core) {
        while !self.queue.is_full()
            && let Some(record) = self.take_change(core)
        {
            self.queue.push(record);
        }
    }

    fn take_change(&mut self, core: &Core) -> Option<Record> {
        // This comes before the record that the person is gone. After a crash between the two, the
        // next start would not know whose lines must be removed.
        if let Some(id) = self.removed_people.pop() {
            return Some(Record::RemovedPerson(id));
        }
        if let Some(id) = self.changed_people.pop_first() {
            return Some(core.record_of_person(id));
        }
        if let Some(epoch) = self.ended_logs.pop() {
            return Some(Record::NoLog(epoch));
        }
        self.logs.take_record(core)
    }

    fn queue_what_was_lost(&mut self, core: &Core) {
        for (id, lost) in &mut self.unqueued {
            while !self.queue.is_full()
                && let Some(seq) = lost.pop_first()
            {
                let found = core.log(*id).and_then(|log| log.whose(seq));
                let found = found.map(|(author, entry)| line_record(author, Arc::clone(entry)));
                found.into_iter().for_each(|record| self.queue.push(record));
            }
        }
        if self.queue.is_full() {
            self.queue.overflow();
        }
    }

    /// Returns true if too many messages of the client have no answer yet. Returns false while
    /// nothing can be stored: then no message gets an answer, perhaps for hours, and people must be
    /// able to go on talking.
    pub(super) fn has_too_many_answers(&self, client: ClientId) -> bool {
        self.queue.answers_waiting(client) >= self.answers_max && !self.queue.is_in_trouble()
    }

    pub(super) fn find_space_for_two(&mut self, core: &Core, text: &str) -> bool {
        // The changed records of people and logs go into the queue before lines, so they must be in
        // it when its space is counted.
        self.queue_changes(core);
        self.queue.has_space_for_two(text)
    }

    pub(super) fn logs(&mut self) -> &mut DiskLogs {
        &mut self.logs
    }

    pub(crate) fn unstored(&self) -> &UnstoredQueue {
        &self.queue
    }

    pub(crate) fn news(&mut self) -> Option<Answer> {
        self.queue.news()
    }
}

fn line_record(author: Author, entry: Arc<Entry>) -> Record {
    Record::Line(StoredLine { author: author.person(), entry })
}
