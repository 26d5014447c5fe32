//! What the hub does so that messages are still there after a restart of the server.
//!
//! A message that persist lets through is shown at once. Its sender receives *sent* later, when the
//! history has stored it; if there is no history, at once. So nobody waits for a slow disk to see a
//! message. The history stores one batch at a time; messages that are said while it stores a batch
//! go into the next batch. When too much waits to be stored, further messages to rooms are shown
//! and not stored, and clients are told so. When there is space again, those of these lines that
//! the core still has in memory are stored after all.
//!
//! A number that a client has perhaps seen is never used for another line, not even after a crash.
//! So with a history, a log gives its lines only numbers that are reserved (`numbers.rs`). Persist
//! checks that there is such a number before the core gets a message (`readiness.rs`).
//!
//! Owns: what is stored when, which answers wait for it, and how far each log's numbers are
//! reserved.
//! Must not know: files, threads; who may say what.
//!
//! Next in the chat: `chat/core/mod.rs`.
//! Part: `chat_rule/mod.rs`.

pub(crate) mod numbers;
pub(crate) mod queue;
pub(in crate::chat_rule) mod readiness;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::chat::ChatSettings;
use crate::base::limits;
use crate::chat::core::people::Author;
use crate::chat::core::{Changed, Core, Log, LogId};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat::record::{PersonId, Record, Stored, StoredLine, StoredPrivateLog, StoredRoom};
use crate::chat::reply::Reply;
use crate::server::hub::ClientId;
use numbers::Numbers;
use queue::{Settled, UnstoredQueue};

/// The records that wait to be stored, and the answers that wait for these records.
#[derive(Debug)]
pub(crate) struct Persist {
    /// False if the server stores nothing; then no answer waits.
    has_history: bool,
    queue: UnstoredQueue,
    sizes: Sizes,
    logs: BTreeMap<LogId, DiskLog>,
    /// For each log, the numbers of those lines in the core's memory that are neither stored nor
    /// waiting in the queue.
    unqueued: BTreeMap<LogId, BTreeSet<Seq>>,
    /// The reservations that the history had when the server began, by the epoch of the log. Empty
    /// after [`take_over`](Self::take_over).
    found_reservations: BTreeMap<u64, Reservation>,
    /// The people whose records have changed since they were last queued.
    changed_people: BTreeSet<PersonId>,
    /// The logs, also private ones, whose records have changed since they were last queued.
    changed_logs: BTreeSet<LogId>,
    /// The epochs of logs that have ended. The history must still delete these logs.
    ended_logs: Vec<Epoch>,
    /// How many answers may wait for one client until their lines are stored.
    answers_max: usize,
}

/// What must be stored about one log, besides its lines.
#[derive(Debug)]
struct DiskLog {
    epoch: Epoch,
    numbers: Numbers,
    /// Numbers that the log has skipped and that are not in the history's file yet.
    skips: Vec<SkipRange>,
}

impl Persist {
    pub(crate) fn new(settings: &ChatSettings, stored: &Stored) -> Self {
        let rooms = stored.rooms.iter().map(|past| (past.stored.epoch, past.stored.reservation));
        let private =
            stored.private.iter().map(|past| (past.stored.epoch, past.stored.reservation));
        Self {
            has_history: settings.stores,
            queue: UnstoredQueue::new(settings.unstored_records_max),
            sizes: settings.core.numbers,
            logs: BTreeMap::new(),
            unqueued: BTreeMap::new(),
            found_reservations: rooms.chain(private).map(|(epoch, it)| (epoch.0, it)).collect(),
            changed_people: BTreeSet::new(),
            changed_logs: BTreeSet::new(),
            ended_logs: Vec::new(),
            answers_max: settings.chunk_lines_max,
        }
    }

    /// Returns whether the server has a history that stores the chat.
    pub(crate) fn has_history(&self) -> bool {
        self.has_history
    }

    /// Takes over the logs that the core has at the start of the server, with the numbers that are
    /// reserved for them.
    pub(crate) fn take_over(&mut self, core: &Core, now: Duration) {
        for id in core.log_ids() {
            self.log(core, id, now);
        }
        self.found_reservations.clear();
    }

    /// Records that a person or a log has changed and must be stored again, or that a log is gone
    /// and must be deleted.
    pub(crate) fn mark_changed(&mut self, changed: Changed) {
        if let Changed::Gone(id, _) = changed {
            self.logs.remove(&id);
            self.unqueued.remove(&id);
            self.changed_logs.remove(&id);
        }
        if self.has_history {
            match changed {
                Changed::Person(id) => drop(self.changed_people.insert(id)),
                Changed::Log(id) => drop(self.changed_logs.insert(id)),
                Changed::Gone(_, epoch) => self.ended_logs.push(epoch),
            }
        }
    }

    /// Queues a new line of a log to be stored. Returns `answer` at once if the server stores
    /// nothing. Otherwise returns `None`, and the answer waits until the line is stored. The answer
    /// is dropped if the queue is full, or if too many answers for the client wait already.
    pub(crate) fn store(
        &mut self,
        core: &Core,
        (id, author, entry): (LogId, Author, Arc<Entry>),
        answer: Option<(ClientId, Reply)>,
        now: Duration,
    ) -> Option<(ClientId, Reply)> {
        if !self.has_history {
            return answer;
        }
        let (epoch, seq) = (entry.epoch, entry.seq);
        if self.log(core, id, now).is_some_and(|log| log.numbers.give(seq, now)) {
            self.changed_logs.insert(id);
        }
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
        // If too many answers for the client wait, the client gets no answer for this line. Such a
        // client may send the message again under the same id, and may then get its answer.
        if let Some(answer) = answer {
            self.queue.add_answer(epoch, seq, answer, self.answers_max);
        }
        None
    }

    /// Lets `answer` wait until the line with this number is stored. Returns the answer if the line
    /// is stored already, or if the server stores nothing. `None`: the answer waits, or is dropped.
    pub(crate) fn when_stored(
        &mut self,
        (id, epoch, seq): (LogId, Epoch, Seq),
        answer: (ClientId, Reply),
    ) -> Option<(ClientId, Reply)> {
        let waits = self.queue.add_answer(epoch, seq, answer.clone(), self.answers_max);
        (!waits && !self.is_lost(id, seq)).then_some(answer)
    }

    /// Returns whether this line was shown and is neither stored nor waiting in the queue.
    pub(crate) fn is_lost(&self, id: LogId, seq: Seq) -> bool {
        self.unqueued.get(&id).is_some_and(|lost| lost.contains(&seq))
    }

    /// Returns the next batch of records to store. `None`: the server has no history, no record
    /// waits, the history is storing a batch, or it is too early to try again after a failure.
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
    /// `outcome` says why not. Returns the answers that waited for the batch; if the batch is not
    /// stored, returns no answers.
    pub(crate) fn settle_batch(
        &mut self,
        outcome: Result<(), String>,
        now: Duration,
    ) -> Vec<(ClientId, Reply)> {
        if let Err(reason) = outcome {
            self.queue.fail(Some((reason, now + limits::STORE_RETRY_WAIT)));
            return Vec::new();
        }
        let Settled { answers, reservations } = self.queue.settle();
        for (epoch, reservation) in reservations {
            let log = self.logs.values_mut().find(|log| log.epoch == epoch);
            log.into_iter().for_each(|log| log.numbers.reservation_stored(reservation));
        }
        answers
    }

    /// Makes everything that the file must have be stored again, because the history's file is a
    /// new, empty one: logs, people whose names last, and the lines in memory. The lines come after
    /// the record of their log.
    pub(crate) fn begin_file(&mut self, core: &Core, now: Duration) {
        self.queue.fail(None);
        for id in core.log_ids() {
            let Some((log, lines)) = self.log(core, id, now).zip(core.log(id)) else { continue };
            log.skips = lines.missing().skips().to_vec();
            self.unqueued.insert(id, lines.numbers_in_memory().collect());
            self.changed_logs.insert(id);
        }
        self.changed_people.extend(core.lasting_people());
        let records = std::iter::from_fn(|| self.take_change(core)).collect::<Vec<_>>();
        records.into_iter().for_each(|record| self.queue.push_first(record));
        self.queue.overflow();
    }

    /// Makes sure that there is a batch to store, even if nothing has changed: marks the lobby as
    /// changed.
    pub(crate) fn store_something(&mut self, core: &Core) {
        self.changed_logs.extend(core.lobby_id());
    }

    /// Queues a final reservation of each log, because the server ends. It says that the log's
    /// numbers end at its newest line, so if it is stored, the log continues after the next start
    /// of the server with the number right after that line.
    pub(crate) fn close(&mut self, core: &Core, now: Duration) {
        for id in core.log_ids() {
            let Some((log, lines)) = self.log(core, id, now).zip(core.log(id)) else { continue };
            log.numbers.close(lines.head());
            self.changed_logs.insert(id);
        }
    }

    /// Returns the lines, each as its log and number, that were shown and not stored, and that the
    /// core no longer has in memory. Such a line is lost for good.
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

    /// Returns a log's entry in `logs`; makes the entry if there is none yet. `None`: the core has
    /// no such log.
    fn log(&mut self, core: &Core, id: LogId, now: Duration) -> Option<&mut DiskLog> {
        let epoch = core.log(id)?.epoch();
        let (sizes, has_history) = (self.sizes, self.has_history);
        let begun = self.found_reservations.get(&epoch.0).copied();
        Some(self.logs.entry(id).or_insert_with(|| {
            let numbers = match begun {
                Some(reservation) => Numbers::with(reservation, sizes, Duration::ZERO),
                None if has_history => Numbers::new(sizes, now),
                None => Numbers::without_history(sizes),
            };
            DiskLog { epoch, numbers, skips: Vec::new() }
        }))
    }

    /// Queues all changes other than lines, as long as the queue has space.
    fn queue_changes(&mut self, core: &Core) {
        while !self.queue.is_full()
            && let Some(record) = self.take_change(core)
        {
            self.queue.push(record);
        }
    }

    fn take_change(&mut self, core: &Core) -> Option<Record> {
        if let Some(id) = self.changed_people.pop_first() {
            return Some(core.record_of_person(id));
        }
        if let Some(epoch) = self.ended_logs.pop() {
            return Some(Record::NoLog(epoch));
        }
        let id = self.changed_logs.pop_first()?;
        self.log(core, id, Duration::ZERO);
        let Some(log) = self.logs.get_mut(&id) else { return self.take_change(core) };
        let (reservation, skips) = (log.numbers.reservation(), std::mem::take(&mut log.skips));
        match core.record_of_log(id)? {
            Record::Room(room) => Some(Record::Room(StoredRoom { reservation, skips, ..room })),
            Record::PrivateLog(log) => {
                Some(Record::PrivateLog(StoredPrivateLog { reservation, skips, ..log }))
            }
            other => Some(other),
        }
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

    /// Returns the queue of the records that wait to be stored, with the state of storing.
    pub(crate) fn unstored(&self) -> &UnstoredQueue {
        &self.queue
    }

    /// Returns the notice to clients that storing begins to fail or works again, as
    /// [`UnstoredQueue::news`] does.
    pub(crate) fn news(&mut self) -> Option<Reply> {
        self.queue.news()
    }
}

fn line_record(author: Author, entry: Arc<Entry>) -> Record {
    let author = match author {
        Author::Person(id) => Some(id),
        Author::Guest(_) | Author::Nobody => None,
    };
    Record::Line(StoredLine { author, entry })
}
