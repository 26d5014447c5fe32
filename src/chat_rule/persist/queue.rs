//! The records that wait to be stored, and the answers that are sent as soon as their lines are
//! stored.
//!
//! Owns: the order of the records and how many of them fit in, how many answers wait for each
//! client, and what clients are told of the disk.
//! Must not know: rooms, people, files.
//!
//! Next in the chat: `chat_rule/progress/mod.rs`.
//! Part: `chat_rule/persist/mod.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::disk::Disk;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq};
use crate::chat::numbers::Reservation;
use crate::chat::record::{PersonId, Record, StoredLine, StoredPrivateLog, StoredRoom};
use crate::chat::removed_lines::RemovedLines;

#[derive(Debug, Default)]
pub(crate) struct UnstoredQueue {
    records_max: usize,
    bytes_max: usize,
    /// All records that are not stored yet, in the order in which they will be stored. The records
    /// of the batch under way come first.
    waiting: VecDeque<Waiting>,
    /// The waiting lines, by their positions. The hub may look up lines here for a thousand clients
    /// that are behind, so a look-up must be fast.
    lines: BTreeMap<EntryPosition, Arc<Entry>>,
    /// The waiting lines that are edits or deletions, by their positions.
    changes: BTreeMap<EntryPosition, Arc<Entry>>,
    /// The people who were removed with all their lines in this run of the server. The file may
    /// still have the texts. One network may add one person a minute.
    removed: BTreeSet<AuthorTag>,
    /// How many removals of people are not stored yet. As long as there is one, lines from the file
    /// may name such a person as the one to whom they reply.
    removals_waiting: usize,
    bytes: usize,
    disk: Disk,
    /// For each client, how many answers wait until their lines are stored.
    owed: HashMap<ClientId, usize>,
    /// True if persist has lines that it must queue when this queue has space for them.
    has_overflowed: bool,
    /// True if clients were told that not everything is stored, and not yet that everything is
    /// stored again.
    is_told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StorageState {
    pub(crate) lines_waiting: usize,
    /// True if no record waits, or the most recent batch could not be stored.
    pub(crate) is_done: bool,
    /// True if the history has had the batch under way for [`limits::STORE_SLOW_AFTER`] or longer.
    pub(crate) hangs: bool,
    /// True if clients were told that not everything is stored, and not yet that everything is
    /// stored again.
    pub(crate) is_told: bool,
    /// The moment, in chat time, at which [`UnstoredQueue::next_batch`] must be called again at the
    /// latest: to try again after a failure, or to find out that the disk does not answer. `None`:
    /// neither must be done.
    pub(crate) next_try: Option<Duration>,
}

/// The position of a line: the epoch of its log, and its number there.
type EntryPosition = (u64, Seq);

/// What [`UnstoredQueue::add_answer`] did with an answer.
pub(crate) enum AddedAnswer {
    /// The answer waits until its line is stored.
    Waits,
    /// The client has too many waiting answers, or one for this line already: it may have sent the
    /// same message several times. It gets no answer for this one.
    Dropped,
    /// The record is not in the queue: it is stored already, or it was never queued.
    NotHere((ClientId, Answer)),
}

#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) answers: Vec<(ClientId, Answer)>,
    /// The reservations of numbers in the stored batch, each with the epoch of its log.
    pub(crate) reservations: Vec<(Epoch, Reservation)>,
}

#[derive(Debug)]
struct Waiting {
    record: Record,
    bytes: usize,
    answers: Vec<(ClientId, Answer)>,
}

impl UnstoredQueue {
    pub(crate) fn new(records_max: usize, bytes_max: usize) -> Self {
        Self { records_max, bytes_max, ..Self::default() }
    }

    pub(crate) fn storage(&self) -> StorageState {
        StorageState {
            lines_waiting: self.lines.len(),
            is_done: self.waiting.is_empty() || self.disk.failure().is_some(),
            hangs: self.disk.is_hanging(),
            is_told: self.is_told,
            next_try: self.disk.next_look(),
        }
    }

    /// Returns true if there is [`trouble`](Self::trouble).
    pub(crate) fn is_in_trouble(&self) -> bool {
        self.trouble().is_some()
    }

    /// Returns why the most recent batch could not be stored, or that the disk has not answered for
    /// [`limits::STORE_SLOW_AFTER`], in words for people. `None`: neither is so.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.disk.trouble()
    }

    /// Returns whether everything can be stored, as far as the hub knows now.
    pub(crate) fn is_well(&self) -> bool {
        !self.is_in_trouble() && !self.has_overflowed
    }

    /// Returns the notice for a client that enters while not everything is stored. `None`: the
    /// clients that are here were not told so, or were told that everything is stored again.
    pub(crate) fn storage_answer(&self) -> Option<Answer> {
        self.is_told.then(|| self.notice())
    }

    pub(crate) fn lines(
        &self,
        epoch: Epoch,
        range: Range<Seq>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        let first = range.start.min(range.end);
        self.lines.range((epoch.0, first)..(epoch.0, range.end)).map(|(_, line)| line)
    }

    /// Applies the edits, deletions and removals of people that wait in this queue to lines that
    /// were read from the history's file, so that a deleted text is not sent again.
    pub(crate) fn with_changes(&self, epoch: Epoch, lines: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
        let mut lines = lines;
        for line in &mut lines {
            if self.removed.contains(&line.by.whose) {
                *line = Arc::new(line.removed());
            } else if self.removals_waiting > 0 && line.reply_to.is_some() {
                *line = Arc::new(line.without_name_replied_to());
            }
        }
        let changes = self.changes.range((epoch.0, Seq(0))..=(epoch.0, Seq(u64::MAX)));
        for (_, change) in changes {
            for line in &mut lines {
                if let Some(changed) = line.changed_by_line(change) {
                    *line = Arc::new(changed);
                }
            }
        }
        lines
    }

    /// Notes for the rest of the server's run that a person was removed with all their lines: a
    /// search that is under way may have read the lines before the history knew of the removal.
    pub(crate) fn note_removal(&mut self, person: PersonId) {
        self.removals_waiting += 1;
        // A person whose number is too large for a tag has the tag of those who are no person.
        self.removed.extend(Some(AuthorTag::of(Some(person))).filter(|tag| tag.is(Some(person))));
    }

    /// Returns the notice to all clients that storing begins to fail or works again. `None`: that
    /// has not changed since the last call.
    pub(crate) fn news(&mut self) -> Option<Answer> {
        let is_well = self.is_well();
        let is_news = self.is_told == is_well;
        self.is_told = !is_well;
        is_news.then(|| self.notice())
    }

    pub(crate) fn answers_waiting(&self, client: ClientId) -> usize {
        self.owed.get(&client).copied().unwrap_or_default()
    }

    pub(crate) fn overflow(&mut self) {
        self.has_overflowed = true;
    }

    /// Returns true if persist has lines that it must queue, and at most half of this queue is
    /// used. Then the caller must queue those lines now, because the next call returns false.
    pub(crate) fn take_space_again(&mut self) -> bool {
        let has_space =
            self.waiting.len() <= self.records_max / 2 && self.bytes <= self.bytes_max / 2;
        has_space && std::mem::take(&mut self.has_overflowed)
    }

    fn notice(&self) -> Answer {
        let slow = self.has_overflowed.then_some("the disk is too slow");
        let reason = self.disk.trouble().or(slow);
        Answer::Keeping { kept: reason.is_none(), reason: reason.unwrap_or_default().to_owned() }
    }

    pub(crate) fn is_full(&self) -> bool {
        !self.has_space_for(1, 0)
    }

    /// Returns whether there is space for a private message with this text: for its two lines, and
    /// for four more records. Each of the lines can need the record of its log, and the deletion of
    /// another log that makes space for a new one.
    pub(crate) fn has_space_for_two(&self, text: &str) -> bool {
        let beside = size_of::<Waiting>() + size_of::<StoredLine>() + size_of::<Entry>();
        self.has_space_for(6, text.len() + 6 * beside)
    }

    fn has_space_for(&self, records: usize, bytes: usize) -> bool {
        self.waiting.len() + records <= self.records_max && self.bytes + bytes < self.bytes_max
    }

    pub(crate) fn push(&mut self, record: Record) {
        let bytes = record.weight();
        self.bytes += bytes;
        if let Record::Line(line) = &record {
            let position = (line.entry.epoch.0, line.entry.seq);
            self.lines.insert(position, Arc::clone(&line.entry));
            if line.entry.what.is_change() {
                self.note_change(&line.entry);
            }
        }
        self.waiting.push_back(Waiting { record, bytes, answers: Vec::new() });
    }

    /// Remembers an edit or a deletion until it is stored. A deletion of many lines is remembered
    /// for the rest of the server's run, for a search that is under way; a later one of the same
    /// lines takes its place.
    fn note_change(&mut self, change: &Arc<Entry>) {
        let epoch = change.epoch.0;
        if let EntryKind::Removed(RemovedLines { of, .. }) = &change.what {
            let is_older = |(of_log, _): &(u64, Seq), older: &Arc<Entry>| {
                let is_same = matches!(&older.what, EntryKind::Removed(older) if older.of == *of);
                *of_log == epoch && is_same
            };
            self.changes.retain(|position, older| !is_older(position, older));
        }
        self.changes.insert((epoch, change.seq), Arc::clone(change));
    }

    /// Adds a record before all other records, even if the queue is full.
    pub(crate) fn push_first(&mut self, record: Record) {
        let bytes = record.weight();
        self.bytes += bytes;
        self.waiting.push_front(Waiting { record, bytes, answers: Vec::new() });
    }

    /// Lets `answer` wait until this line is stored, if its client has fewer than `answers_max`
    /// waiting answers.
    pub(crate) fn add_answer(
        &mut self,
        epoch: Epoch,
        seq: Seq,
        answer: (ClientId, Answer),
        answers_max: usize,
    ) -> AddedAnswer {
        let is_it = |record: &Record| match record {
            Record::Line(line) => line.entry.epoch == epoch && line.entry.seq == seq,
            _ => false,
        };
        self.add_answer_to(is_it, answer, answers_max)
    }

    /// Like [`add_answer`](Self::add_answer), for the newest record for which `is_it` is true.
    pub(crate) fn add_answer_to(
        &mut self,
        is_it: impl Fn(&Record) -> bool,
        answer: (ClientId, Answer),
        answers_max: usize,
    ) -> AddedAnswer {
        let owes_much = self.answers_waiting(answer.0) >= answers_max;
        let mut newest_first = self.waiting.iter_mut().rev();
        let Some(waiting) = newest_first.find(|waiting| is_it(&waiting.record)) else {
            return AddedAnswer::NotHere(answer);
        };
        if owes_much || waiting.answers.iter().any(|(client, _)| *client == answer.0) {
            return AddedAnswer::Dropped;
        }
        *self.owed.entry(answer.0).or_default() += 1;
        waiting.answers.push(answer);
        AddedAnswer::Waits
    }

    /// Returns the next batch, which stays in the queue until it is stored. `None`: nothing waits,
    /// a batch is under way, or it is too early to try again.
    pub(crate) fn next_batch(&mut self, now: Duration) -> Option<Vec<Record>> {
        self.disk.note_time(now);
        if !self.disk.can_begin(now) || self.waiting.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            let starts = bytes;
            bytes += waiting.bytes;
            starts <= limits::BATCH_BYTES_MAX
        };
        let batch = self.waiting.iter().take(limits::BATCH_RECORDS_MAX).take_while(fits);
        let batch: Vec<_> = batch.map(|waiting| waiting.record.clone()).collect();
        self.disk.begin(batch.len(), now);
        Some(batch)
    }

    /// Records that the batch under way was not stored, and when the hub may try again.
    pub(crate) fn fail(&mut self, reason: String, next_try: Duration) {
        self.disk = Disk::Failing { reason, next_try };
    }

    /// Forgets the batch under way and what the disk said, because the history has begun a new
    /// file. All records wait, and the history can be given a batch at once.
    pub(crate) fn begin_file(&mut self) {
        self.disk = Disk::Idle;
    }

    /// Removes the records of the batch under way, because they are stored. Returns what follows:
    /// the answers that can be sent now, and the reservations that are stored now.
    pub(crate) fn settle(&mut self) -> Settled {
        let Settled { mut answers, mut reservations } = Settled::default();
        for stored in self.waiting.drain(..self.disk.end_batch()) {
            self.bytes -= stored.bytes;
            match &stored.record {
                Record::Room(StoredRoom { epoch, reservation, .. })
                | Record::PrivateLog(StoredPrivateLog { epoch, reservation, .. }) => {
                    reservations.push((*epoch, *reservation));
                }
                Record::RemovedPerson(_) => self.removals_waiting -= 1,
                _ => {}
            }
            if let Record::Line(line) = &stored.record {
                // The line is in the history's file now, so nobody need look it up in this queue
                // any more, even if a second record with this line still waits.
                let position = (line.entry.epoch.0, line.entry.seq);
                self.lines.remove(&position);
                if !deletes_many(&line.entry) {
                    self.changes.remove(&position);
                }
            }
            answers.extend(stored.answers);
        }
        for (client, _) in &answers {
            self.owed.entry(*client).and_modify(|owed| *owed -= 1);
        }
        self.owed.retain(|_, owed| *owed > 0);
        Settled { answers, reservations }
    }
}

fn deletes_many(entry: &Entry) -> bool {
    entry.what.is_change() && matches!(entry.what, EntryKind::Removed(_))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::UnstoredQueue;
    use crate::base::limits::STORE_SLOW_AFTER;
    use crate::chat::answer::Answer;
    use crate::chat::entry::Epoch;
    use crate::chat::record::Record;

    #[test]
    fn a_disk_that_does_not_answer_is_told_once_and_when_it_answers_again() {
        let mut queue = UnstoredQueue::new(8, 1 << 20);
        queue.push(Record::NoLog(Epoch(1)));
        let begun = Duration::from_secs(100);
        assert_eq!(queue.next_batch(begun).map(|batch| batch.len()), Some(1));
        let until = begun + STORE_SLOW_AFTER;
        assert_eq!(queue.storage().next_try, Some(until));
        assert!(queue.next_batch(until - Duration::from_millis(1)).is_none());
        assert_eq!(queue.news(), None);
        assert!(queue.next_batch(until).is_none());
        assert!(matches!(queue.news(), Some(Answer::Keeping { kept: false, .. })));
        assert_eq!((queue.news(), queue.storage().next_try), (None, None));
        queue.settle();
        assert!(matches!(queue.news(), Some(Answer::Keeping { kept: true, .. })));
    }
}
