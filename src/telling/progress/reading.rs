//! Lines that are no longer in the core's memory and may be in the history's file: which clients
//! want which lines, and what they receive.
//!
//! The hub never waits for a disk. It asks the history, and clients take turns
//! (`telling/progress/file_queue.rs`). Lines that have left the core's memory and still wait to be
//! stored are taken from the queue of records (`telling/persist/queue.rs`).
//!
//! Owns: what each client receives from the history's file.
//! Must not know: files, threads.
//!
//! Part: `telling/progress/mod.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::Telling;
use super::file_queue::WantedLines;
use super::searching::nothing_found;
use crate::base::limits;
use crate::chat::core::chunks::{self, Chunk, Gap};
use crate::chat::core::room::Room;
use crate::chat::core::{Core, RoomId};
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::SkipRange;
use crate::chat::record::{FoundLines, LineRange, Query};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::history::HistoryTask;
use crate::server::hub::ClientId;
use crate::telling::delivery::Delivery;
use crate::telling::pace::Lookup;
use crate::telling::persist::queue::Queue;

impl<D: Delivery> Telling<D> {
    /// Queues the client for its next lines, which are in the history's file. A poll may have to
    /// wait first, because each address may have the file read only so often.
    pub(super) fn want_missed(&mut self, core: &Core, client: ClientId, room: RoomId) {
        // The client waits already. If it falls further behind meanwhile, it is queued again later.
        if self.file_queue.has_missed(client, room) {
            return;
        }
        let (home, now) = (core.home_of(client), self.now.since_start);
        match self.poll_reads_at(core, client) {
            Some(at) if at > now => self.file_queue.wait_until(at, client, room),
            at => {
                let is_urgent = at.is_none() && !self.saves(client);
                self.file_queue.wait_for_missed((client, room), home, is_urgent.then_some(now));
            }
        }
    }

    /// Returns from when on the history's file may be read for a poll. `None`: the client does not
    /// poll. The first call for a poll charges its address.
    fn poll_reads_at(&mut self, core: &Core, client: ClientId) -> Option<Duration> {
        if let Some(at) = self.file_queue.poll(client)? {
            return Some(*at);
        }
        let now = self.now.since_start;
        let at = now + self.paces.poll(core.home_of(client), now);
        self.file_queue.poll(client)?.replace(at);
        Some(at)
    }

    /// Answers a client that asks for at most `count` lines of a log, older than `before`.
    pub(in crate::telling) fn tell_history(
        &mut self,
        core: &Core,
        client: ClientId,
        (log, before, count): (LogName, Seq, usize),
    ) {
        match core.log_of(client, &log) {
            Some(id) => self.say_history(core, client, id, before, count),
            None => self.note(core, client, &no_history(log)),
        }
    }

    /// Sends a page of a log if its lines are in memory. Otherwise queues the client until the
    /// history has read the page, or refuses it.
    fn say_history(
        &mut self,
        core: &Core,
        client: ClientId,
        id: RoomId,
        before: Seq,
        count: usize,
    ) {
        let Some(room) = core.room(id) else { return };
        let count = count.min(limits::HISTORY_PAGE_MAX);
        let (entries, more) = match room.log.before(before, count) {
            (lines, _) if lines.is_empty() && self.is_forgotten(room) && count > 0 => {
                let epoch = room.log.epoch();
                let waiting = self.persist.queue().lines(epoch, Seq(0), before);
                let waiting = chunks::unbroken_before(waiting, before, count);
                let (lines, _) = chunks::newest(waiting.into_iter(), count, true);
                (self.persist.queue().as_changed(epoch, lines), true)
            }
            (lines, more) => (lines, more || self.is_forgotten(room)),
        };
        // Memory has no line of this page, but the history's file may have some. If the client asks
        // for zero lines, the file is not needed.
        if entries.is_empty() && more && count > 0 && self.persist.queue().is_storing() {
            let log = room.log_name();
            let wanted = WantedLines::Page { client, room: id, log, before, count };
            let home = core.home_of(client);
            match self.paces.look_up(home, Lookup::Page, self.now.since_start) {
                Ok(()) => self.want(core, (client, id), wanted),
                Err(reason) => self.refuse_lookup(core, (client, id), reason),
            }
            return;
        }
        let skipped = skipped_around(room, &entries, (before, more));
        let lost = lost_around(room, &entries, before);
        let (log, reader) = (room.log_name(), core.person(client));
        let reply = Reply::History { log, entries, reader, more, skipped, lost };
        self.note(core, client, &reply);
    }

    /// Returns the chunk of a log that begins at `from`, a number before the log's oldest line in
    /// memory. The chunk says first which numbers have no line, or it has lines that still wait to
    /// be stored. `None`: the history's file must be read.
    pub(super) fn forgotten_chunk(&self, room: &Room, from: Seq) -> Option<Chunk> {
        let oldest = room.log.oldest();
        if room.log.skips(from) {
            return Some(room.log.chunk(from, self.chunk_lines_max));
        }
        if !self.is_forgotten(room) {
            return Some(Chunk {
                gap: Some(room.log.missing().gap(from, oldest)),
                lines: Vec::new(),
            });
        }
        let epoch = room.log.epoch();
        // The queue is not always in order: some lines are stored later than those after them.
        let mut lines = self.persist.queue().lines(epoch, from, Seq(u64::MAX)).peekable();
        lines.peek().filter(|line| line.seq == from)?;
        let lines = chunks::run(lines, from, self.chunk_lines_max);
        Some(Chunk { gap: None, lines: self.persist.queue().as_changed(epoch, lines) })
    }

    /// Asks the history for the lines that clients wait for, until it takes no more questions.
    pub(in crate::telling) fn ask_for_lines(&mut self, core: &Core) {
        while let Some((client, room)) = self.file_queue.next_due(self.now.since_start) {
            self.want_missed(core, client, room);
        }
        self.answer_overdue(core);
        while let Some(wanted) = self.file_queue.next(self.now.since_start) {
            match &wanted {
                WantedLines::Missed(client, room) => {
                    match self.missed_query(core, *client, *room) {
                        Some(query) => self.ask(wanted, query),
                        // The client has left, or it needs no lines from the file any more.
                        None => self.watch(*client),
                    }
                }
                WantedLines::Page { client, room, log, before, count } => match core.room(*room) {
                    Some(room) => {
                        let (epoch, span) = (room.log.epoch(), LineRange::Before(*before));
                        let query = Query { epoch, span, count: *count };
                        self.ask(wanted, query);
                    }
                    None => {
                        self.note(core, *client, &no_history(log.clone()));
                        self.go_on_answering(core, *client);
                    }
                },
                WantedLines::Words(client, room, looking) => {
                    match looking.query(core, *client, *room) {
                        Some(query) => self.ask(wanted, query),
                        None => self.note(core, *client, &nothing_found(looking.log())),
                    }
                }
            }
        }
    }

    /// Handles the history's answer to the oldest question: sends the client what was found, or
    /// refuses it. A client that saves a room is closed if the history's file cannot be read.
    pub(in crate::telling) fn found(&mut self, core: &Core, found: Result<FoundLines, String>) {
        let Some((wanted, query)) = self.file_queue.answered(self.now.since_start) else { return };
        match wanted {
            WantedLines::Missed(it, _) if found.is_err() && self.saves(it) => self.end_save(it),
            WantedLines::Missed(client, room) => {
                // Lines that cannot be read count as lost. The client goes on with the lines after
                // them.
                self.tell_missed(core, (client, room), &query, found.unwrap_or_default());
            }
            WantedLines::Page { client, room, log, .. } => {
                self.tell_page(core, client, (room, log), &query, found);
                self.go_on_answering(core, client);
            }
            WantedLines::Words(client, room, looking) => {
                self.go_on_looking(core, (client, room), looking, found);
            }
        }
    }

    fn tell_missed(
        &mut self,
        core: &Core,
        (client, id): (ClientId, RoomId),
        query: &Query,
        found: FoundLines,
    ) {
        let LineRange::From(asked) = query.span else { return };
        let from = self.follow(client, id).and_then(|follow| follow.state.behind());
        let Some(room) = core.room(id).filter(|_| from == Some(asked)) else {
            // The room is gone, or the client now needs lines from another number on.
            return self.watch(client);
        };
        // Lines that still wait to be stored are not in the history's file.
        let waiting = self.persist.queue().lines(query.epoch, asked, Seq(u64::MAX)).next();
        let end = waiting.map_or(Seq(u64::MAX), |line| line.seq).min(room.log.oldest());
        let lines: Vec<_> = found.lines.into_iter().filter(|line| line.seq < end).collect();
        let lines = self.persist.queue().as_changed(query.epoch, lines);
        let chunk = self.chunk(room, (asked, end), lines.iter());
        self.tell_chunk(core, (client, id), asked, chunk);
    }

    fn tell_page(
        &mut self,
        core: &Core,
        client: ClientId,
        (id, log): (RoomId, LogName),
        query: &Query,
        found: Result<FoundLines, String>,
    ) {
        if !core.may_read(client, id) {
            // The client has left meanwhile, or is another person now.
            return self.note(core, client, &no_history(log));
        }
        let Ok(FoundLines { lines, older, .. }) = found else {
            return self.refuse(core, client, log.room().cloned(), Refused::Unreadable);
        };
        let lines = with_waiting(self.persist.queue(), query, lines, older);
        let lines = self.persist.queue().as_changed(query.epoch, lines);
        let (entries, more) = chunks::newest(lines.iter(), query.count, older);
        let LineRange::Before(before) = query.span else { return };
        let room = core.room(id);
        let skipped =
            room.map(|room| skipped_around(room, &entries, (before, more))).unwrap_or_default();
        let lost = room.map(|room| lost_around(room, &entries, before)).unwrap_or_default();
        let reader = core.person(client);
        let reply = Reply::History { log, entries, reader, more, skipped, lost };
        self.note(core, client, &reply);
    }

    /// Queues what a client wants to read. Refuses the client if too many requests wait.
    pub(super) fn want(
        &mut self,
        core: &Core,
        (client, room): (ClientId, RoomId),
        wanted: WantedLines,
    ) {
        let home = core.home_of(client);
        if self.file_queue.has_place_for(&wanted, home) {
            self.file_queue.wait(wanted, home);
            return;
        }
        self.refuse_lookup(core, (client, room), Refused::TooFast(limits::STORE_RETRY_WAIT));
    }

    fn refuse_lookup(&mut self, core: &Core, (client, room): (ClientId, RoomId), reason: Refused) {
        let name = core.room(room).and_then(|room| room.name().cloned());
        self.refuse(core, client, name, reason);
    }

    /// Returns the question for the history. `None`: the client has left, or misses no lines that
    /// only the history's file has.
    fn missed_query(&self, core: &Core, client: ClientId, id: RoomId) -> Option<Query> {
        let room = core.room(id)?;
        let from = self.follow(client, id)?.state.behind()?;
        let in_file = from < room.log.oldest() && self.forgotten_chunk(room, from).is_none();
        let (epoch, count) = (room.log.epoch(), self.chunk_lines_max);
        in_file.then_some(Query { epoch, span: LineRange::From(from), count })
    }

    /// Returns whether the history's file may have lines that the core no longer has in memory.
    fn is_forgotten(&self, room: &Room) -> bool {
        self.persist.queue().is_storing() && room.log.has_forgotten()
    }

    fn ask(&mut self, wanted: WantedLines, query: Query) {
        self.tasks.push(HistoryTask::Find(query.clone()));
        self.file_queue.ask(wanted, query);
    }

    /// Makes a chunk of these lines from `from` on. If numbers before the first line are missing,
    /// the chunk says why. If there are no lines, it says so of all numbers before `end`.
    fn chunk<'a>(
        &self,
        room: &Room,
        (from, end): (Seq, Seq),
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> Chunk {
        let mut lines = lines.peekable();
        let next = lines.peek().map_or(end, |line| line.seq);
        let gap = (from < next).then(|| room.log.missing().gap(from, next));
        let first = gap.map_or(from, |gap| gap.last().next());
        Chunk { gap, lines: chunks::run(lines, first, self.chunk_lines_max) }
    }
}

/// Merges a page from the history's file with those lines in its range that still wait to be
/// stored.
fn with_waiting(
    queue: &Queue,
    query: &Query,
    mut lines: Vec<Arc<Entry>>,
    older: bool,
) -> Vec<Arc<Entry>> {
    let LineRange::Before(end) = query.span else { return lines };
    let start = lines.first().filter(|_| older).map_or(Seq(0), |line| line.seq);
    lines.extend(queue.lines(query.epoch, start, end).map(Arc::clone));
    // A line that was stored meanwhile would be there twice.
    lines.sort_by_key(|line| line.seq);
    lines.dedup_by_key(|line| line.seq);
    lines
}

/// Returns the ranges of skipped numbers between these lines, and between the last line and
/// `before`. If there are no older lines (`more` is false), adds those ranges before the first line
/// in which damage may have destroyed lines.
fn skipped_around(
    room: &Room,
    entries: &[Arc<Entry>],
    (before, more): (Seq, bool),
) -> Vec<SkipRange> {
    let first = entries.first().map_or(before, |line| line.seq);
    let mut skipped = if more { Vec::new() } else { room.log.missing().damaged_before(first) };
    skipped.extend(room.log.missing().between(first, before));
    skipped
}

/// Returns the first and last number of each range that is lost between these lines, or after them
/// up to `before`.
fn lost_around(room: &Room, entries: &[Arc<Entry>], before: Seq) -> Vec<(Seq, Seq)> {
    let end = before.min(room.log.head().next());
    let numbers = || entries.iter().map(|line| line.seq);
    let mut lost = Vec::new();
    for (seq, next) in numbers().zip(numbers().skip(1).chain([end])) {
        let mut from = seq.next();
        while from < next {
            let gap = room.log.missing().gap(from, next);
            if let Gap::TooOld(to) = gap
                && room.log.missing().knows(from)
            {
                lost.push((from, to));
            }
            from = gap.last().next();
        }
    }
    lost
}

/// Returns the answer for a client that asks for a log which it does not have. A room is refused. A
/// private log gives an empty page, because nothing was said in it yet.
fn no_history(log: LogName) -> Reply {
    let room = match log {
        LogName::Private => {
            let (entries, skipped, lost) = (Vec::new(), Vec::new(), Vec::new());
            return Reply::History { log, entries, reader: None, more: false, skipped, lost };
        }
        LogName::Room(name) => Some(name),
    };
    Reply::Refused { room, id: None, reason: Refused::NotInRoom, said: None }
}
