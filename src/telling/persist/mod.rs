//! What outlives the server, as the hub sees it.
//!
//! A message is shown at once, and is kept meanwhile; its sender is told *sent* when it is
//! kept. So a slow disk never slows the talk. One batch is with the history at a time; what
//! comes meanwhile is the next one. When more waits than may, lines are shown and not kept, and
//! everybody is told so; those that the core still has in memory are kept when there is room
//! again.
//!
//! A number that somebody may have seen is never given again, so a log may only go on as far
//! as its numbers are reserved on the disk. That is asked before the core hears of a message.
//!
//! Owns: what is kept when, which answers wait for it, and how far each log's numbers are
//! reserved.
//! Must not know: files, threads; who may say what.
//!
//! Next: `telling/persist/queue.rs`.

pub(crate) mod numbers;
pub(crate) mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::chat::ChatSettings;
use crate::chat::core::people::Author;
use crate::chat::core::{Changed, Core, RoomId};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::numbers::{Reservation, Sizes, Skip};
use crate::chat::record::{Kept, KeptLine, KeptPrivateLog, KeptRoom, Record};
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;
use numbers::Numbers;
use queue::{Queue, Settled};

/// What waits to be kept, and what hangs on that.
#[derive(Debug)]
pub(crate) struct Persist {
    queue: Queue,
    sizes: Sizes,
    logs: BTreeMap<RoomId, Log>,
    /// Lines that are shown, and neither kept nor waiting for it.
    lost: BTreeMap<RoomId, BTreeSet<Seq>>,
    /// As the history had them when the server began.
    begun: BTreeMap<u64, Reservation>,
    people: BTreeSet<crate::chat::record::PersonId>,
    rooms: BTreeSet<RoomId>,
    /// Lives of logs that are over, and still kept.
    gone: Vec<Epoch>,
    /// A client is owed as many answers at most as one replay has lines.
    owed_max: usize,
}

/// One log, as far as the disk is concerned.
#[derive(Debug)]
struct Log {
    epoch: Epoch,
    numbers: Numbers,
    /// What was skipped, and the file does not know of it yet.
    skips: Vec<Skip>,
}

/// Whether something can be said in a log now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// The next number is reserved.
    Yes,
    /// The log goes on after these numbers, for the disk takes no reservation any more.
    After(Skip),
    /// Not before the disk takes something.
    No,
}

impl Persist {
    pub(crate) fn new(settings: &ChatSettings, kept: &Kept) -> Self {
        let rooms = kept.rooms.iter().map(|past| (past.kept.epoch, past.kept.reservation));
        let private = kept.private.iter().map(|past| (past.kept.epoch, past.kept.reservation));
        Self {
            queue: Queue::new(settings.keeps, settings.unsaved_records_max),
            sizes: settings.core.numbers,
            logs: BTreeMap::new(),
            lost: BTreeMap::new(),
            begun: rooms.chain(private).map(|(epoch, it)| (epoch.0, it)).collect(),
            people: BTreeSet::new(),
            rooms: BTreeSet::new(),
            gone: Vec::new(),
            owed_max: settings.replay_messages_max,
        }
    }

    /// What waits.
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Takes over the logs that were kept.
    pub(crate) fn begin(&mut self, core: &Core, now: Duration) {
        for id in core.room_ids() {
            self.log(core, id, now);
        }
        self.begun.clear();
    }

    /// Whether something can be said in this log, whose newest number is its head.
    pub(crate) fn is_ready(&self, id: RoomId, head: Seq) -> Ready {
        let Some(log) = self.logs.get(&id) else { return Ready::Yes };
        match log.numbers.next(head) {
            None => Ready::No,
            Some(next) if next == head.next() => Ready::Yes,
            Some(next) => Ready::After(Skip {
                first: head.next(),
                last: Seq(next.0 - 1),
                far: None,
                damaged: false,
            }),
        }
    }

    /// The log has skipped these numbers.
    pub(crate) fn has_skipped(&mut self, core: &Core, id: RoomId, skip: Skip, now: Duration) {
        self.log(core, id, now).into_iter().for_each(|log| log.skips.push(skip));
    }

    /// Whether the client should wait for answers before it says more. Where nothing can
    /// be kept there are none to wait for, perhaps for hours, and the talk goes on.
    pub(crate) fn must_wait(&self, client: ClientId) -> bool {
        self.queue.owes(client) >= self.owed_max && !self.queue.is_in_trouble()
    }

    /// Whether one of two lines that say this might be shown and not kept.
    pub(crate) fn has_no_room_for_two(&mut self, core: &Core, text: &str) -> bool {
        if !self.queue.is_on() {
            return false;
        }
        // What comes before them takes its room first.
        self.queue_changes(core);
        !self.queue.has_room_for_two(text)
    }

    /// This is otherwise than when it was last kept.
    pub(crate) fn note(&mut self, changed: Changed) {
        if let Changed::Gone(id, _) = changed {
            self.logs.remove(&id);
            self.lost.remove(&id);
            self.rooms.remove(&id);
        }
        if self.queue.is_on() {
            match changed {
                Changed::Person(id) => drop(self.people.insert(id)),
                Changed::Room(id) => drop(self.rooms.insert(id)),
                Changed::Gone(_, epoch) => self.gone.push(epoch),
            }
        }
    }

    /// A log has a new line. An answer that needs not wait is answered.
    pub(crate) fn keep(
        &mut self,
        core: &Core,
        (id, author, entry): (RoomId, Author, Arc<Entry>),
        answer: Option<(ClientId, Told)>,
        now: Duration,
    ) -> Option<(ClientId, Told)> {
        if !self.queue.is_on() {
            return answer;
        }
        let (epoch, seq) = (entry.epoch, entry.seq);
        if self.log(core, id, now).is_some_and(|log| log.numbers.give(seq, now)) {
            self.rooms.insert(id);
        }
        // A line in the file is worth nothing without its room.
        self.queue_changes(core);
        if self.queue.is_full() {
            // Shown, and not kept: nothing leads to *sent* that is not.
            self.lost.entry(id).or_default().insert(seq);
            self.queue.overflow();
            return None;
        }
        self.queue.push(line(author, entry));
        // One more than fit is answered when it is said again, under its id.
        if let Some(answer) = answer {
            self.queue.owe(epoch, seq, answer, self.owed_max);
        }
        None
    }

    /// `answer` waits until the line of this number is kept; if it is, it is answered.
    pub(crate) fn when_kept(
        &mut self,
        (id, epoch, seq): (RoomId, Epoch, Seq),
        answer: (ClientId, Told),
    ) -> Option<(ClientId, Told)> {
        let waits = self.queue.owe(epoch, seq, answer.clone(), self.owed_max);
        (!waits && !self.is_lost(id, seq)).then_some(answer)
    }

    /// Whether this line is shown, and neither kept nor waiting for it.
    pub(crate) fn is_lost(&self, id: RoomId, seq: Seq) -> bool {
        self.lost.get(&id).is_some_and(|lost| lost.contains(&seq))
    }

    /// The next batch, if the history has nothing in hand.
    pub(crate) fn next_batch(&mut self, core: &Core, now: Duration) -> Option<Vec<Record>> {
        if !self.queue.is_on() {
            return None;
        }
        self.queue_changes(core);
        if self.queue.has_room_again() {
            self.queue_what_was_lost(core);
        }
        self.queue.next_batch(now)
    }

    /// The batch is kept, or could not be; the answers that were owed for it.
    pub(crate) fn is_kept(
        &mut self,
        outcome: Result<(), String>,
        now: Duration,
    ) -> Vec<(ClientId, Told)> {
        if let Err(reason) = outcome {
            self.queue.fail(Some((reason, now + limits::STORE_RETRY_WAIT)));
            return Vec::new();
        }
        let Settled { answers, reservations } = self.queue.settle();
        for (epoch, reservation) in reservations {
            let log = self.logs.values_mut().find(|log| log.epoch == epoch);
            log.into_iter().for_each(|log| log.numbers.is_kept(reservation));
        }
        answers
    }

    /// The file is a new one: everything that is in memory is to be kept again, rooms
    /// before their lines.
    pub(crate) fn begin_file(&mut self, core: &Core, now: Duration) {
        self.queue.fail(None);
        for id in core.room_ids() {
            let Some((log, room)) = self.log(core, id, now).zip(core.room(id)) else { continue };
            log.skips = room.log.holes().skips().to_vec();
            self.lost.insert(id, room.log.numbers_in_memory().collect());
            self.rooms.insert(id);
        }
        self.people.extend(core.lasting_people());
        let records = std::iter::from_fn(|| self.take_change(core)).collect::<Vec<_>>();
        records.into_iter().for_each(|record| self.queue.push_first(record));
        self.queue.overflow();
    }

    /// There is to be a batch, though nobody says anything.
    pub(crate) fn keep_something(&mut self, core: &Core) {
        self.rooms.extend(core.lobby_id());
    }

    /// The server ends, and gives no more numbers: the next life goes on after each log's head.
    pub(crate) fn close(&mut self, core: &Core, now: Duration) {
        for id in core.room_ids() {
            let Some((log, room)) = self.log(core, id, now).zip(core.room(id)) else { continue };
            log.numbers.close(room.log.head());
            self.rooms.insert(id);
        }
    }

    /// Lines of this log that were shown and not kept, and that memory has forgotten: they are
    /// nowhere.
    pub(crate) fn take_forgotten(&mut self, core: &Core) -> Vec<(RoomId, Seq)> {
        let mut forgotten = Vec::new();
        for (id, lost) in &mut self.lost {
            let oldest = core.room(*id).map_or(Seq(u64::MAX), |room| room.log.oldest());
            while let Some(seq) = lost.first().copied().filter(|seq| *seq < oldest) {
                lost.pop_first();
                forgotten.push((*id, seq));
            }
        }
        self.lost.retain(|_, lost| !lost.is_empty());
        forgotten
    }

    /// A log's own row; it is made with the first that is heard of it.
    fn log(&mut self, core: &Core, id: RoomId, now: Duration) -> Option<&mut Log> {
        let epoch = core.room(id)?.log.epoch();
        let (sizes, keeps) = (self.sizes, self.queue.is_on());
        let begun = self.begun.get(&epoch.0).copied();
        Some(self.logs.entry(id).or_insert_with(|| {
            let numbers = match begun {
                Some(reservation) => Numbers::with(reservation, sizes, Duration::ZERO),
                None => Numbers::new(keeps, sizes, now),
            };
            Log { epoch, numbers, skips: Vec::new() }
        }))
    }

    /// What has changed besides lines waits to be kept, as far as there is room.
    fn queue_changes(&mut self, core: &Core) {
        while !self.queue.is_full()
            && let Some(record) = self.take_change(core)
        {
            self.queue.push(record);
        }
    }

    fn take_change(&mut self, core: &Core) -> Option<Record> {
        if let Some(id) = self.people.pop_first() {
            return Some(core.record_of_person(id));
        }
        if let Some(epoch) = self.gone.pop() {
            return Some(Record::NoLog(epoch));
        }
        let id = self.rooms.pop_first()?;
        self.log(core, id, Duration::ZERO);
        let Some(log) = self.logs.get_mut(&id) else { return self.take_change(core) };
        let (reservation, skips) = (log.numbers.reservation(), std::mem::take(&mut log.skips));
        match core.record_of_room(id)? {
            Record::Room(room) => Some(Record::Room(KeptRoom { reservation, skips, ..room })),
            Record::PrivateLog(log) => {
                Some(Record::PrivateLog(KeptPrivateLog { reservation, skips, ..log }))
            }
            other => Some(other),
        }
    }

    /// Lines that could not wait here, and that memory still has.
    fn queue_what_was_lost(&mut self, core: &Core) {
        for (id, lost) in &mut self.lost {
            while !self.queue.is_full()
                && let Some(seq) = lost.pop_first()
            {
                let found = core.room(*id).and_then(|room| room.log.whose(seq));
                let found = found.map(|(author, entry)| line(author, Arc::clone(entry)));
                found.into_iter().for_each(|record| self.queue.push(record));
            }
        }
        if self.queue.is_full() {
            // There may be more of them.
            self.queue.overflow();
        }
    }

    /// Whether not all that was said is kept, and people have been told so.
    pub(crate) fn is_unkept(&self) -> bool {
        self.queue.told().is_some()
    }

    /// Whether nothing waits, or nothing can be kept anyway.
    pub(crate) fn is_done(&self) -> bool {
        self.queue.is_done()
    }

    /// When to try again.
    pub(crate) fn next_try(&self) -> Option<Duration> {
        self.queue.next_try()
    }

    /// What everybody is told, if that is another thing than before.
    pub(crate) fn news(&mut self) -> Option<Told> {
        if self.queue.is_on() { self.queue.news() } else { None }
    }
}

fn line(author: Author, entry: Arc<Entry>) -> Record {
    let author = match author {
        Author::Person(id) => Some(id),
        Author::Guest(_) | Author::Nobody => None,
    };
    Record::Line(KeptLine { author, entry })
}
