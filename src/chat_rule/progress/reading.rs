//! Lines that are no longer in the core's memory and may be in the history's file: which clients
//! want which of these lines, and what the clients receive.
//!
//! The hub never waits for a disk. It asks the history, and the clients that wait take turns
//! (`chat_rule/progress/file_queue.rs`). Lines that have left the core's memory and are not stored
//! yet come from `chat_rule/persist/mod.rs`.
//!
//! Owns: what each client receives from the history's file.
//! Must not know: files, threads.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::sync::Arc;

use super::LentChat;
use super::file_queue::WantedLines;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::core::chunks::{self, Chunk, Gap};
use crate::chat::core::{Log, LogId, answering};
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::SkipRange;
use crate::chat::record::{FoundLines, LineRange, Query};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::pace::Lookup;
use crate::chat_rule::persist::Persist;

/// Queues the client for its next lines of a log, which are in the history's file. A poll may first
/// have to wait, because the number of reads for each network is limited.
pub(super) fn queue_missed<D: Delivery>(chat: &mut LentChat<'_, D>, client: ClientId, log: LogId) {
    // The client waits for lines of this log already. When it has got them, it is queued again if
    // it needs more.
    if chat.file_queue.has_missed(client, log) {
        return;
    }
    let (network, now) = (chat.core.network_of(client), chat.now);
    // Only the first read for a poll is charged to the client's network.
    let first_at = || now + chat.paces.charge_poll(network, now);
    match chat.file_queue.poll_reads_at(client, first_at) {
        Some(at) if at > now => chat.file_queue.queue_late(at, client, log),
        at => {
            let is_urgent = at.is_none() && !chat.clients.follows().saves(client);
            chat.file_queue.queue_missed((client, log), network, is_urgent.then_some(now));
        }
    }
}

/// Answers a request for a page: at most `count` lines of a log, older than `before`. The lines
/// come from memory, or from those that still wait to be stored. If neither has a line of the page
/// but the history's file may have some, the client must wait for the history, or is refused.
pub(super) fn answer_history<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    client: ClientId,
    (log, before, count): (LogName, Seq, usize),
) {
    let Some(id) = chat.core.log_of(client, &log) else {
        return chat.clients.queue_reply(chat.core, client, &no_history(log));
    };
    let Some(log) = chat.core.log(id) else { return };
    let count = count.min(limits::HISTORY_PAGE_MAX);
    let (entries, more) = match log.before(before, count) {
        (lines, _) if lines.is_empty() && is_forgotten(chat.persist, log) && count > 0 => {
            let epoch = log.epoch();
            let waiting = chat.persist.unstored().lines(epoch, Seq(0)..before);
            let waiting = chunks::unbroken_before(waiting, before, count);
            let (lines, _) = chunks::newest(waiting.into_iter(), count, true);
            (chat.persist.unstored().with_changes(epoch, lines), true)
        }
        (lines, more) => (lines, more || is_forgotten(chat.persist, log)),
    };
    // No line of this page is in memory, but the history's file may have some. If the client asks
    // for zero lines, the file is not needed.
    if entries.is_empty() && more && count > 0 && chat.persist.has_history() {
        let (name, room) = (log.name().clone(), log.name().room().cloned());
        let wanted = WantedLines::Page { client, log: id, name, before, count };
        let network = chat.core.network_of(client);
        match chat.paces.charge_lookup(network, Lookup::Page, chat.now) {
            Ok(()) => queue_wanted(chat, client, room, wanted),
            Err(reason) => {
                chat.clients.queue_reply(chat.core, client, &Reply::refusal(room, reason))
            }
        }
        return;
    }
    let skipped = skipped_around(log, &entries, (before, more));
    let lost = lost_around(log, &entries, before);
    let answered = answering::messages_answered_by(log, &entries);
    let (log, person) = (log.name().clone(), chat.core.person(client));
    let reply = Reply::History { log, entries, answered, person, more, skipped, lost };
    chat.clients.queue_reply(chat.core, client, &reply);
}

/// Returns the chunk of a log that begins at `from`, if that needs no file. `from` is lower than
/// the numbers of all lines in memory. The chunk says that numbers have no line, or has lines that
/// still wait to be stored. `None`: the history's file must be read.
pub(super) fn forgotten_chunk(
    persist: &Persist,
    log: &Log,
    from: Seq,
    lines_max: usize,
) -> Option<Chunk> {
    if log.skips(from) {
        return Some(log.chunk(from, lines_max));
    }
    if !is_forgotten(persist, log) {
        let gap = Some(log.missing().gap(from, log.oldest()));
        return Some(Chunk { gap, lines: Vec::new() });
    }
    let epoch = log.epoch();
    // Between the numbers of the lines that wait to be stored, there may be others: if the queue
    // had no space for a line, it is queued after later lines. So the chunk ends before the first
    // missing number.
    let mut lines = persist.unstored().lines(epoch, from..Seq(u64::MAX)).peekable();
    lines.peek().filter(|line| line.seq == from)?;
    let lines = chunks::unbroken_run(lines, from, lines_max);
    Some(Chunk { gap: None, lines: persist.unstored().with_changes(epoch, lines) })
}

pub(super) fn send_missed<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    (client, id): (ClientId, LogId),
    query: &Query,
    found: FoundLines,
) {
    let LineRange::From(asked) = query.span else { return };
    let from = chat.clients.follows().behind(client, id);
    let Some(log) = chat.core.log(id).filter(|_| from == Some(asked)) else {
        // The log has ended, or the client is closed or needs lines from another number on.
        return chat.clients.queue_when_drained(client);
    };
    // A line that still waits to be stored is not in the history's file. So the chunk of lines from
    // the file must end before the first waiting line.
    let waiting = chat.persist.unstored().lines(query.epoch, asked..Seq(u64::MAX)).next();
    let end = waiting.map_or(Seq(u64::MAX), |line| line.seq).min(log.oldest());
    let lines: Vec<_> = found.lines.into_iter().filter(|line| line.seq < end).collect();
    let lines = chat.persist.unstored().with_changes(query.epoch, lines);
    // The chunk says why numbers are missing before the first line, or up to `end`.
    let next = lines.first().map_or(end, |line| line.seq);
    let gap = (asked < next).then(|| log.missing().gap(asked, next));
    let first = gap.map_or(asked, |gap| gap.last().next());
    let lines = chunks::unbroken_run(lines.iter(), first, chat.chunk_lines_max);
    chat.clients.send_chunk(chat.core, (client, id), asked, Chunk { gap, lines });
}

pub(super) fn answer_page<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    client: ClientId,
    (id, name): (LogId, LogName),
    query: &Query,
    found: Result<FoundLines, String>,
) {
    let Some(log) = chat.core.log(id).filter(|_| chat.core.may_read(client, id)) else {
        // The client may not read the log any more, for example because it has left the room.
        return chat.clients.queue_reply(chat.core, client, &no_history(name));
    };
    let Ok(FoundLines { lines, older, .. }) = found else {
        let reply = Reply::refusal(name.room().cloned(), Refused::Unreadable);
        return chat.clients.queue_reply(chat.core, client, &reply);
    };
    let lines = with_unstored(chat.persist, query, lines, older);
    let lines = chat.persist.unstored().with_changes(query.epoch, lines);
    let (entries, more) = chunks::newest(lines.iter(), query.count, older);
    let LineRange::Before(before) = query.span else { return };
    let skipped = skipped_around(log, &entries, (before, more));
    let lost = lost_around(log, &entries, before);
    let answered = answering::messages_answered_by(log, &entries);
    let (log, person) = (name, chat.core.person(client));
    let reply = Reply::History { log, entries, answered, person, more, skipped, lost };
    chat.clients.queue_reply(chat.core, client, &reply);
}

/// Queues a page or a search for a client. Refuses it if too many of them wait.
pub(super) fn queue_wanted<D: Delivery>(
    chat: &mut LentChat<'_, D>,
    client: ClientId,
    room: Option<RoomName>,
    wanted: WantedLines,
) {
    let network = chat.core.network_of(client);
    if chat.file_queue.has_place_for(&wanted, network) {
        chat.file_queue.queue_last(wanted, network);
        return;
    }
    let reply = Reply::refusal(room, Refused::TooFast(limits::BUSY_RETRY_WAIT));
    chat.clients.queue_reply(chat.core, client, &reply);
}

/// Returns the query for the history. `None`: the history need not be asked, for example because
/// the log has ended, because the client has left the room, or because the lines are no longer
/// needed.
pub(super) fn query_for<D: Delivery>(
    chat: &LentChat<'_, D>,
    wanted: &WantedLines,
) -> Option<Query> {
    match wanted {
        WantedLines::Missed(client, id) => {
            let log = chat.core.log(*id)?;
            let from = chat.clients.follows().behind(*client, *id)?;
            let (epoch, count) = (log.epoch(), chat.chunk_lines_max);
            let is_in_file =
                from < log.oldest() && forgotten_chunk(chat.persist, log, from, count).is_none();
            is_in_file.then_some(Query { epoch, span: LineRange::From(from), count })
        }
        WantedLines::Page { log, before, count, .. } => {
            let epoch = chat.core.log(*log)?.epoch();
            Some(Query { epoch, span: LineRange::Before(*before), count: *count })
        }
        WantedLines::Words(client, id, search) => search.query(chat.core, *client, *id),
    }
}

/// Returns whether the history's file may have lines of the log that the core no longer has in
/// memory.
fn is_forgotten(persist: &Persist, log: &Log) -> bool {
    persist.has_history() && log.has_forgotten()
}

/// Adds to a page from the history's file those lines in its range that still wait to be stored.
fn with_unstored(
    persist: &Persist,
    query: &Query,
    mut lines: Vec<Arc<Entry>>,
    older: bool,
) -> Vec<Arc<Entry>> {
    let LineRange::Before(end) = query.span else { return lines };
    let start = lines.first().filter(|_| older).map_or(Seq(0), |line| line.seq);
    lines.extend(persist.unstored().lines(query.epoch, start..end).map(Arc::clone));
    // A line may be in the page and also in the queue. It must be in the answer only once.
    lines.sort_by_key(|line| line.seq);
    lines.dedup_by_key(|line| line.seq);
    lines
}

/// Returns the ranges of skipped numbers between these lines, and after the newest of them up to
/// `before`. If there are no older lines (`more` is false), also returns the ranges before the
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

/// Returns the ranges of numbers whose lines are lost, between these lines, and after the newest of
/// them up to `before`. Each pair is the lowest and the highest number of a range.
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

/// Returns the answer for a client that asks for a log that it cannot read. For a room, it is a
/// refusal: the room does not exist, or the client is not in it. For a private log, it is an empty
/// page: the client's private log does not exist before its first message.
pub(super) fn no_history(log: LogName) -> Reply {
    if let LogName::Room(room) = log {
        return Reply::refusal(Some(room), Refused::NotInRoom);
    }
    let (entries, answered) = (Vec::new(), Vec::new());
    let (person, more, skipped, lost) = (None, false, Vec::new(), Vec::new());
    Reply::History { log, entries, answered, person, more, skipped, lost }
}
