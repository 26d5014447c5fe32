//! Lines that are no longer in the core's memory and perhaps are in the history's file: which
//! clients want which lines, and what they receive.
//!
//! The hub never waits for a disk. It asks the history, and clients take turns
//! (`telling/progress/file_queue.rs`). Lines that have left the core's memory and still wait to be
//! stored are taken from `telling/persist/mod.rs`.
//!
//! Owns: what each client receives from the history's file.
//! Must not know: files, threads.
//!
//! Part: `telling/progress/mod.rs`.

use std::sync::Arc;

use super::file_queue::WantedLines;
use super::searching::nothing_found;
use super::{Lent, Progress};
use crate::base::limits;
use crate::chat::core::chunks::{self, Chunk, Gap};
use crate::chat::core::{Core, Log, LogId};
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
use crate::telling::persist::Persist;

impl<D: Delivery> Progress<D> {
    /// Queues the client for its next lines, which are in the history's file. A poll may have to
    /// wait first, because only a limited number of reads is allowed for each network.
    pub(super) fn want_missed(&mut self, lent: &mut Lent<'_>, client: ClientId, log: LogId) {
        // The client waits for the lines of this log already. If it falls further behind meanwhile,
        // it is queued again later.
        if self.file_queue.has_missed(client, log) {
            return;
        }
        let (network, now) = (lent.core.network_of(client), lent.now);
        // The first read for a poll charges the client's network.
        let first_at = || now + lent.paces.poll(network, now);
        match self.file_queue.poll_reads_at(client, first_at) {
            Some(at) if at > now => self.file_queue.wait_until(at, client, log),
            at => {
                let is_urgent = at.is_none() && !self.follows.saves(client);
                self.file_queue.wait_for_missed((client, log), network, is_urgent.then_some(now));
            }
        }
    }

    /// Answers a client that asks for a page: at most `count` lines of a log, older than `before`.
    /// If memory has lines of the page, or lines of it still wait to be stored, sends those.
    /// Otherwise queues the client until the history has read the page, or refuses it.
    pub(in crate::telling) fn tell_history(
        &mut self,
        lent: &mut Lent<'_>,
        client: ClientId,
        (log, before, count): (LogName, Seq, usize),
    ) {
        let Some(id) = lent.core.log_of(client, &log) else {
            return self.queue_reply(lent.core, client, &no_history(log));
        };
        let Some(log) = lent.core.log(id) else { return };
        let count = count.min(limits::HISTORY_PAGE_MAX);
        let (entries, more) = match log.before(before, count) {
            (lines, _) if lines.is_empty() && is_forgotten(lent.persist, log) && count > 0 => {
                let epoch = log.epoch();
                let waiting = lent.persist.unstored().lines(epoch, Seq(0)..before);
                let waiting = chunks::unbroken_before(waiting, before, count);
                let (lines, _) = chunks::newest(waiting.into_iter(), count, true);
                (lent.persist.unstored().with_changes(epoch, lines), true)
            }
            (lines, more) => (lines, more || is_forgotten(lent.persist, log)),
        };
        // Memory has no line of this page, but the history's file may have some. If the client asks
        // for zero lines, the file is not needed.
        if entries.is_empty() && more && count > 0 && lent.persist.has_history() {
            let name = log.name().clone();
            let wanted = WantedLines::Page { client, log: id, name, before, count };
            let network = lent.core.network_of(client);
            match lent.paces.look_up(network, Lookup::Page, lent.now) {
                Ok(()) => self.want(lent, (client, id), wanted),
                Err(reason) => self.refuse_lookup(lent.core, (client, id), reason),
            }
            return;
        }
        let skipped = skipped_around(log, &entries, (before, more));
        let lost = lost_around(log, &entries, before);
        let (log, person) = (log.name().clone(), lent.core.person(client));
        let reply = Reply::History { log, entries, person, more, skipped, lost };
        self.queue_reply(lent.core, client, &reply);
    }

    /// Returns the chunk of a log that begins at `from`, a number before the log's oldest line in
    /// memory. The chunk says first which numbers have no line, or it has lines that still wait to
    /// be stored. `None`: the history's file must be read.
    pub(super) fn forgotten_chunk(&self, persist: &Persist, log: &Log, from: Seq) -> Option<Chunk> {
        let oldest = log.oldest();
        if log.skips(from) {
            return Some(log.chunk(from, self.chunk_lines_max));
        }
        if !is_forgotten(persist, log) {
            return Some(Chunk { gap: Some(log.missing().gap(from, oldest)), lines: Vec::new() });
        }
        let epoch = log.epoch();
        // The numbers of waiting lines need not follow each other: a line for which the queue had
        // no space at first is stored after lines with higher numbers. So the chunk ends before the
        // first missing number.
        let mut lines = persist.unstored().lines(epoch, from..Seq(u64::MAX)).peekable();
        lines.peek().filter(|line| line.seq == from)?;
        let lines = chunks::unbroken_run(lines, from, self.chunk_lines_max);
        Some(Chunk { gap: None, lines: persist.unstored().with_changes(epoch, lines) })
    }

    /// Asks the history for the lines that clients wait for, until the history takes no more
    /// queries.
    pub(in crate::telling) fn ask_for_lines(&mut self, lent: &mut Lent<'_>) {
        while let Some((client, log)) = self.file_queue.next_due(lent.now) {
            self.want_missed(lent, client, log);
        }
        self.answer_overdue(lent);
        while let Some(wanted) = self.file_queue.next(lent.now) {
            match &wanted {
                WantedLines::Missed(client, log) => {
                    match self.missed_query(lent, *client, *log) {
                        Some(query) => self.ask(wanted, query),
                        // The client has left the server, or it needs no lines from the file any
                        // more.
                        None => self.watch(*client),
                    }
                }
                WantedLines::Page { client, log, name, before, count } => {
                    match lent.core.log(*log) {
                        Some(log) => {
                            let (epoch, span) = (log.epoch(), LineRange::Before(*before));
                            let query = Query { epoch, span, count: *count };
                            self.ask(wanted, query);
                        }
                        None => {
                            self.queue_reply(lent.core, *client, &no_history(name.clone()));
                            self.go_on_answering(lent.core, *client);
                        }
                    }
                }
                WantedLines::Words(client, log, looking) => {
                    match looking.query(lent.core, *client, *log) {
                        Some(query) => self.ask(wanted, query),
                        None => self.queue_reply(lent.core, *client, &nothing_found(looking.log())),
                    }
                }
            }
        }
    }

    /// Handles the history's answer to the oldest query: sends the client what was found, or
    /// refuses it. A client that saves a room is closed if the history's file cannot be read.
    pub(in crate::telling) fn found(
        &mut self,
        lent: &mut Lent<'_>,
        found: Result<FoundLines, String>,
    ) {
        let Some((wanted, query)) = self.file_queue.answered(lent.now) else { return };
        match wanted {
            WantedLines::Missed(it, _) if found.is_err() && self.follows.saves(it) => {
                self.end_save(it)
            }
            WantedLines::Missed(client, log) => {
                // Lines that cannot be read count as lost. The client receives the lines after
                // them.
                self.tell_missed(lent, (client, log), &query, found.unwrap_or_default());
            }
            WantedLines::Page { client, log, name, .. } => {
                self.tell_page(lent, client, (log, name), &query, found);
                self.go_on_answering(lent.core, client);
            }
            WantedLines::Words(client, log, looking) => {
                self.go_on_looking(lent, (client, log), looking, found);
            }
        }
    }

    fn tell_missed(
        &mut self,
        lent: &mut Lent<'_>,
        (client, id): (ClientId, LogId),
        query: &Query,
        found: FoundLines,
    ) {
        let LineRange::From(asked) = query.span else { return };
        let from = self.follows.behind(client, id);
        let Some(log) = lent.core.log(id).filter(|_| from == Some(asked)) else {
            // The log has ended, or the client now needs lines from another number on.
            return self.watch(client);
        };
        // Lines that still wait to be stored are not in the history's file. So the chunk of lines
        // from the file must end before the first of them.
        let waiting = lent.persist.unstored().lines(query.epoch, asked..Seq(u64::MAX)).next();
        let end = waiting.map_or(Seq(u64::MAX), |line| line.seq).min(log.oldest());
        let lines: Vec<_> = found.lines.into_iter().filter(|line| line.seq < end).collect();
        let lines = lent.persist.unstored().with_changes(query.epoch, lines);
        let chunk = self.chunk(log, (asked, end), lines.iter());
        self.tell_chunk(lent.core, (client, id), asked, chunk);
    }

    fn tell_page(
        &mut self,
        lent: &mut Lent<'_>,
        client: ClientId,
        (id, name): (LogId, LogName),
        query: &Query,
        found: Result<FoundLines, String>,
    ) {
        let Some(log) = lent.core.log(id).filter(|_| lent.core.may_read(client, id)) else {
            // The client may not read the log any more, for example because it has left the room.
            return self.queue_reply(lent.core, client, &no_history(name));
        };
        let Ok(FoundLines { lines, older, .. }) = found else {
            return self.refuse(lent.core, client, name.room().cloned(), Refused::Unreadable);
        };
        let lines = with_unstored(lent.persist, query, lines, older);
        let lines = lent.persist.unstored().with_changes(query.epoch, lines);
        let (entries, more) = chunks::newest(lines.iter(), query.count, older);
        let LineRange::Before(before) = query.span else { return };
        let skipped = skipped_around(log, &entries, (before, more));
        let lost = lost_around(log, &entries, before);
        let (log, person) = (name, lent.core.person(client));
        let reply = Reply::History { log, entries, person, more, skipped, lost };
        self.queue_reply(lent.core, client, &reply);
    }

    /// Queues what a client wants to read. Refuses the client if too many requests wait.
    pub(super) fn want(
        &mut self,
        lent: &mut Lent<'_>,
        (client, log): (ClientId, LogId),
        wanted: WantedLines,
    ) {
        let network = lent.core.network_of(client);
        if self.file_queue.has_place_for(&wanted, network) {
            self.file_queue.wait(wanted, network);
            return;
        }
        self.refuse_lookup(lent.core, (client, log), Refused::TooFast(limits::BUSY_RETRY_WAIT));
    }

    fn refuse_lookup(&mut self, core: &Core, (client, log): (ClientId, LogId), reason: Refused) {
        let name = core.log(log).and_then(|log| log.name().room().cloned());
        self.refuse(core, client, name, reason);
    }

    /// Returns the query for the history. `None`: the history's file is not needed. Either the
    /// client has left the server, or the lines that it needs next are in the core's memory or in
    /// the queue of records.
    fn missed_query(&self, lent: &Lent<'_>, client: ClientId, id: LogId) -> Option<Query> {
        let log = lent.core.log(id)?;
        let from = self.follows.behind(client, id)?;
        let in_file =
            from < log.oldest() && self.forgotten_chunk(lent.persist, log, from).is_none();
        let (epoch, count) = (log.epoch(), self.chunk_lines_max);
        in_file.then_some(Query { epoch, span: LineRange::From(from), count })
    }

    fn ask(&mut self, wanted: WantedLines, query: Query) {
        self.tasks.push(HistoryTask::Find(query.clone()));
        self.file_queue.ask(wanted, query);
    }

    /// Makes a chunk of these lines from `from` on. If numbers before the first line are missing,
    /// the chunk says why. If there are no lines, the chunk says why the numbers from `from` up to
    /// `end` are missing; `end` itself is not one of them.
    fn chunk<'a>(
        &self,
        log: &Log,
        (from, end): (Seq, Seq),
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> Chunk {
        let mut lines = lines.peekable();
        let next = lines.peek().map_or(end, |line| line.seq);
        let gap = (from < next).then(|| log.missing().gap(from, next));
        let first = gap.map_or(from, |gap| gap.last().next());
        Chunk { gap, lines: chunks::unbroken_run(lines, first, self.chunk_lines_max) }
    }
}

/// Returns whether the history's file may have lines that the core no longer has in memory.
fn is_forgotten(persist: &Persist, log: &Log) -> bool {
    persist.has_history() && log.has_forgotten()
}

/// Merges a page from the history's file with those lines in its range that still wait to be
/// stored.
fn with_unstored(
    persist: &Persist,
    query: &Query,
    mut lines: Vec<Arc<Entry>>,
    older: bool,
) -> Vec<Arc<Entry>> {
    let LineRange::Before(end) = query.span else { return lines };
    let start = lines.first().filter(|_| older).map_or(Seq(0), |line| line.seq);
    lines.extend(persist.unstored().lines(query.epoch, start..end).map(Arc::clone));
    // A line may be in the page and also in the queue of records. Then one of the two is removed.
    lines.sort_by_key(|line| line.seq);
    lines.dedup_by_key(|line| line.seq);
    lines
}

/// Returns the ranges of skipped numbers between these lines, and between the newest of these lines
/// and `before`. If there are no older lines (`more` is false), also returns the ranges before the
/// oldest of these lines in which damage may have destroyed lines.
fn skipped_around(
    log: &Log,
    entries: &[Arc<Entry>],
    (before, more): (Seq, bool),
) -> Vec<SkipRange> {
    let first = entries.first().map_or(before, |line| line.seq);
    let mut skipped = if more { Vec::new() } else { log.missing().damaged_before(first) };
    skipped.extend(log.missing().between(first, before));
    skipped
}

/// Returns the ranges of numbers whose lines are lost, between these lines or after them up to
/// `before`. Each pair is the lowest and the highest number of a range.
fn lost_around(log: &Log, entries: &[Arc<Entry>], before: Seq) -> Vec<(Seq, Seq)> {
    let end = before.min(log.head().next());
    let numbers = || entries.iter().map(|line| line.seq);
    let mut lost = Vec::new();
    for (seq, next) in numbers().zip(numbers().skip(1).chain([end])) {
        let mut from = seq.next();
        while from < next {
            let gap = log.missing().gap(from, next);
            if let Gap::TooOld(to) = gap
                && log.missing().knows(from)
            {
                lost.push((from, to));
            }
            from = gap.last().next();
        }
    }
    lost
}

/// Returns the answer for a client that asks for a log that it cannot read. A room does not exist,
/// or the client is not in it: a refusal. A private log is the client's own, and does not exist
/// before its first message: an empty page.
fn no_history(log: LogName) -> Reply {
    let room = match log {
        LogName::Private => {
            let (entries, skipped, lost) = (Vec::new(), Vec::new(), Vec::new());
            return Reply::History { log, entries, person: None, more: false, skipped, lost };
        }
        LogName::Room(name) => Some(name),
    };
    Reply::Refused { room, id: None, reason: Refused::NotInRoom, said: None }
}
