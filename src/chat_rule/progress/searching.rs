//! Searches: the history looks for lines with certain words, for a client that may read their log.
//!
//! The history works on a search for a short time, newest lines first. Then it does other work that
//! waits before it goes on with the search. A client has one search at a time. Of each network, the
//! history works on the oldest search first. Only stored lines are found. The searches share the
//! history's time: when a search has used its share, it is answered with what was found so far, and
//! with the number from which to search on.
//!
//! Owns: how long the history searches, and what of the found lines a client receives.
//! Must not know: files, threads; which search is refused at once (`chat_rule/stages/lookups.rs`).
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::KnownLines;
use super::clients::WelcomedClients;
use super::file_queue::{FileQueue, WantedLines};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::{Core, Log, LogId, chunks, replying};
use crate::chat::entry::{Entry, EntryKind};
use crate::chat::log_name::LogName;
use crate::chat::record::{FoundLines, LineRange, Query};
use crate::chat::refused::Refused;
use crate::chat::request::Search;
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::persist::Persist;

/// The longest time that the history works on one search, all its turns together. Then the server
/// answers with the lines that were found so far, and with the number from which to search on. In
/// this time, a usual machine searches a few hundred thousand lines.
const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// The least time that the history may spend on one search, all its turns together. It is so
/// short only if very many searches wait. See [`SEARCH_TIME_SHARED`].
const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// How long the history works on all searches together that wait at one moment. Networks get equal
/// parts of this time, and the searches of one network share its part. But each search gets at
/// least [`SEARCH_TIME_MIN`] and at most [`SEARCH_TIME_MAX`].
const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);

/// A search that is not answered yet, with what was found so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunningSearch {
    /// What the history still has to search. Its `before` is the number below which the history
    /// goes on.
    search: Search,
    /// The lines found so far, oldest first.
    found: Vec<Arc<Entry>>,
    /// The moment, in chat time, at which the client requested the search.
    asked_at: Duration,
    /// How much time the history has spent on this search so far.
    took: Duration,
}

impl RunningSearch {
    /// Begins a search for a client that asks for it now, at `asked_at`.
    pub(crate) fn begin(search: Search, asked_at: Duration) -> Box<Self> {
        let count = search.count.clamp(1, limits::HISTORY_PAGE_MAX);
        let search = Search { count, ..search };
        Box::new(Self { search, found: Vec::new(), asked_at, took: Duration::ZERO })
    }

    pub(super) fn log(&self) -> &LogName {
        &self.search.log
    }

    /// Returns the moment, in chat time, from which on the history works no more on the search,
    /// complete or not.
    pub(super) fn ends_at(&self) -> Duration {
        self.asked_at + limits::SEARCH_WAIT
    }

    /// Returns the search's next query for the history. `None`: the log has ended, or the client
    /// may no longer read it.
    pub(super) fn query(&self, core: &Core, client: ClientId, id: LogId) -> Option<Query> {
        let log = core.log(id).filter(|_| core.may_read(client, id))?;
        let Search { sought, before, count, .. } = &self.search;
        let count = count.saturating_sub(self.found.len());
        Some(Query { epoch: log.epoch(), span: LineRange::With(sought.clone(), *before), count })
    }
}

/// Returns how long the history may work on one search of this client, all its turns together. That
/// depends on the searches that wait now.
fn search_time(file_queue: &FileQueue, core: &Core, client: ClientId) -> Duration {
    let shares = file_queue.search_shares(core.network_of(client));
    let shares = u32::try_from(shares).unwrap_or(u32::MAX);
    (SEARCH_TIME_SHARED / shares).clamp(SEARCH_TIME_MIN, SEARCH_TIME_MAX)
}

/// Answers the waiting searches that have lasted too long, with what was found so far. Refuses
/// those on which the history has spent no time.
pub(super) fn answer_overdue<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    known: KnownLines<'_>,
    now: Duration,
) {
    for wanted in file_queue.take_overdue(now) {
        let WantedLines::Words(client, id, running) = wanted else { continue };
        if running.took.is_zero() {
            let room = running.log().room().cloned();
            let answer = Answer::refusal(room, Refused::TooFast(limits::SEARCH_WAIT));
            clients.queue_answer(known.core, client, &answer);
            continue;
        }
        let next = Some(running.search.before);
        let found = FoundLines { next, ..FoundLines::default() };
        continue_search(clients, file_queue, known, (client, id, running), Ok(found), now);
    }
}

/// Handles the lines that the history has found for a search, or why it could not search. Answers
/// the search, or refuses it, or queues it again so that the history goes on with it.
pub(super) fn continue_search<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    KnownLines { core, persist }: KnownLines<'_>,
    (client, id, mut running): (ClientId, LogId, Box<RunningSearch>),
    found: Result<FoundLines, String>,
    now: Duration,
) {
    let Ok(FoundLines { mut lines, next, took, .. }) = found else {
        let answer = Answer::refusal(running.log().room().cloned(), Refused::Unreadable);
        return clients.queue_answer(core, client, &answer);
    };
    let Some(log) = core.log(id).filter(|_| core.may_read(client, id)) else {
        return clients.queue_answer(core, client, &nothing_found(running.log()));
    };
    lines.append(&mut running.found);
    running.took += took;
    let is_over = running.took >= search_time(file_queue, core, client) || running.ends_at() <= now;
    let (entries, is_cut) = chunks::newest(lines.iter(), running.search.count, false);
    let is_full = is_cut || entries.len() == running.search.count;
    if let Some(next) = next.filter(|_| !is_full && !is_over) {
        running.search.before = next;
        running.found = entries;
        let wanted = WantedLines::Words(client, id, running);
        return file_queue.queue_first(wanted, core.network_of(client));
    }
    let next = if is_cut { entries.first().map(|line| line.seq) } else { next };
    let entries = as_they_read_now(persist, log, entries, &running.search);
    let replied_to = replying::other_messages_replied_to(log, &entries);
    let [entries, replied_to] = [entries, replied_to].map(|lines| core.with_present_names(lines));
    let (log, person) = (running.search.log, core.person(client));
    let answer = Answer::Found { log, entries, replied_to, person, next };
    clients.queue_answer(core, client, &answer);
}

/// Gives found lines their newest text, and drops those that are deleted or no longer match. A
/// deleted text must not be sent again, even if the deletion is not in the history's file.
fn as_they_read_now(
    persist: &Persist,
    log: &Log,
    lines: Vec<Arc<Entry>>,
    search: &Search,
) -> Vec<Arc<Entry>> {
    let in_memory = |line: Arc<Entry>| log.line(line.seq).cloned().unwrap_or(line);
    let lines = lines.into_iter().map(in_memory).collect();
    let mut lines = persist.unstored().with_changes(log.epoch(), lines);
    let mut matcher = search.sought.looking();
    lines.retain(|line| {
        let is_there = !matches!(line.what, EntryKind::Deleted { .. });
        is_there && matcher.matches(line.by.name.shown(), line.at, line.what.text())
    });
    lines
}

pub(crate) fn nothing_found(log: &LogName) -> Answer {
    let (log, entries, replied_to) = (log.clone(), Vec::new(), Vec::new());
    Answer::Found { log, entries, replied_to, person: None, next: None }
}
