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

use super::KnownLines;
use super::clients::WelcomedClients;
use super::file_queue::WantedLines;
use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::chunks::{self, Chunk, Gap};
use crate::chat::core::{Core, Log, LogId, replying};
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::numbers::SkipRange;
use crate::chat::record::{FoundLines, LineRange, Query};
use crate::chat::refused::Refused;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::persist::Persist;

/// Returns the newest lines of a log before the number `before`, at most `count`. They come from
/// memory, or from those that still wait to be stored. Also returns whether there may be older
/// lines.
pub(crate) fn known_page(
    persist: &Persist,
    log: &Log,
    before: Seq,
    count: usize,
) -> (Vec<Arc<Entry>>, bool) {
    match log.before(before, count) {
        (lines, _) if lines.is_empty() && is_forgotten(persist, log) && count > 0 => {
            let epoch = log.epoch();
            let waiting = persist.unstored().lines(epoch, Seq(0)..before);
            let waiting = chunks::unbroken_before(waiting, before, count);
            let (lines, _) = chunks::newest(waiting.into_iter(), count, true);
            (persist.unstored().with_changes(epoch, lines), true)
        }
        (lines, more) => (lines, more || is_forgotten(persist, log)),
    }
}

/// Returns the answer to a request for a page. The page has the lines `entries` of a log, which are
/// older than `before`; `more` says whether there may be older lines.
pub(crate) fn page_reply(
    core: &Core,
    client: ClientId,
    log: &Log,
    (entries, before, more): (Vec<Arc<Entry>>, Seq, bool),
) -> Answer {
    let skipped = skipped_around(log, &entries, (before, more));
    let lost = lost_around(log, &entries, before);
    let replied_to = replying::other_messages_replied_to(log, &entries);
    let [entries, replied_to] = [entries, replied_to].map(|lines| core.with_present_names(lines));
    let (log, person) = (log.name().clone(), core.person(client));
    Answer::History { log, entries, replied_to, person, more, skipped, lost }
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
    clients: &mut WelcomedClients<D>,
    KnownLines { core, persist }: KnownLines<'_>,
    (client, id): (ClientId, LogId),
    query: &Query,
    found: FoundLines,
) {
    let LineRange::From(asked) = query.span else { return };
    let from = clients.follows().behind(client, id);
    let Some(log) = core.log(id).filter(|_| from == Some(asked)) else {
        // The log has ended, or the client is closed or needs lines from another number on.
        return clients.queue_when_drained(client);
    };
    // A line that still waits to be stored is not in the history's file. So the chunk of lines from
    // the file must end before the first waiting line.
    let waiting = persist.unstored().lines(query.epoch, asked..Seq(u64::MAX)).next();
    let end = waiting.map_or(Seq(u64::MAX), |line| line.seq).min(log.oldest());
    let lines: Vec<_> = found.lines.into_iter().filter(|line| line.seq < end).collect();
    let lines = persist.unstored().with_changes(query.epoch, lines);
    // The chunk says why numbers are missing before the first line, or up to `end`.
    let next = lines.first().map_or(end, |line| line.seq);
    let gap = (asked < next).then(|| log.missing().gap(asked, next));
    let first = gap.map_or(asked, |gap| gap.last().next());
    let lines = chunks::unbroken_run(lines.iter(), first, clients.chunk_lines_max);
    clients.send_chunk(core, (client, id), asked, Chunk { gap, lines });
}

pub(super) fn answer_page<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    KnownLines { core, persist }: KnownLines<'_>,
    client: ClientId,
    (id, name): (LogId, LogName),
    query: &Query,
    found: Result<FoundLines, String>,
) {
    let Some(log) = core.log(id).filter(|_| core.may_read(client, id)) else {
        // The client may not read the log any more, for example because it has left the room.
        return clients.queue_answer(core, client, &no_history(core, client, name));
    };
    let Ok(FoundLines { lines, older, .. }) = found else {
        let answer = Answer::refusal(name.room().cloned(), Refused::Unreadable);
        return clients.queue_answer(core, client, &answer);
    };
    let lines = with_unstored(persist, query, lines, older);
    let lines = persist.unstored().with_changes(query.epoch, lines);
    let (entries, more) = chunks::newest(lines.iter(), query.count, older);
    let LineRange::Before(before) = query.span else { return };
    clients.queue_answer(core, client, &page_reply(core, client, log, (entries, before, more)));
}

/// Returns the query for the history. `None`: the history need not be asked, for example because
/// the log has ended, because the client has left the room, or because the lines are no longer
/// needed.
pub(super) fn query_for<D: Delivery>(
    clients: &WelcomedClients<D>,
    KnownLines { core, persist }: KnownLines<'_>,
    wanted: &WantedLines,
) -> Option<Query> {
    match wanted {
        WantedLines::Missed(client, id) => {
            let log = core.log(*id)?;
            let from = clients.follows().behind(*client, *id)?;
            let (epoch, count) = (log.epoch(), clients.chunk_lines_max);
            let is_in_file =
                from < log.oldest() && forgotten_chunk(persist, log, from, count).is_none();
            is_in_file.then_some(Query { epoch, span: LineRange::From(from), count })
        }
        WantedLines::Page { log, before, count, .. } => {
            let epoch = core.log(*log)?.epoch();
            Some(Query { epoch, span: LineRange::Before(*before), count: *count })
        }
        WantedLines::Words(client, id, search) => search.query(core, *client, *id),
    }
}

/// Returns whether the history's file may have lines of the log that the core no longer has in
/// memory.
pub(crate) fn is_forgotten(persist: &Persist, log: &Log) -> bool {
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
/// page: the client's private log does not exist before its first message. The page says who the
/// client is, as every page does.
pub(crate) fn no_history(core: &Core, client: ClientId, log: LogName) -> Answer {
    if let LogName::Room(room) = log {
        return Answer::refusal(Some(room), Refused::NotInRoom);
    }
    let (entries, replied_to) = (Vec::new(), Vec::new());
    let person = core.person(client);
    let (more, skipped, lost) = (false, Vec::new(), Vec::new());
    Answer::History { log, entries, replied_to, person, more, skipped, lost }
}
