//! The stage *lookups*: requests for older lines, searches and faulty requests are answered or
//! refused at once, or their clients wait for the history. These requests go no further. Any other
//! request goes on to the next stage.
//!
//! `chat_rule/progress/mod.rs` gives a waiting client its answer when the history has found the
//! lines.
//!
//! Owns: which of these requests need the history's file, and which of them are refused.
//! Must not know: files, threads.
//!
//! Next in the chat: `chat_rule/stages/readiness.rs`.
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use LookupDecision::{Done, Wait};

use super::pace::{Lookup, Paces};
use crate::base::{client_id::ClientId, limits};
use crate::chat::request::{Request, Search};
use crate::chat::{
    answer::Answer, entry::Seq, log_name::LogName, refused::Refused, room_name::RoomName,
};
use crate::chat_rule::delivery::Delivery;
use crate::chat_rule::progress::clients::WelcomedClients;
use crate::chat_rule::progress::file_queue::{FileQueue, WantedLines};
use crate::chat_rule::progress::searching::{RunningSearch, nothing_found};
use crate::chat_rule::progress::{KnownLines, reading};

/// What this stage decides on a request for older lines, a search or a faulty request.
enum LookupDecision {
    Done(Answer),
    /// The client must wait until the history has found these lines. They are of this room; `None`:
    /// they are private messages.
    Wait(Option<RoomName>, WantedLines),
}

/// Answers a request for older lines, a search or a faulty request; or lets its client wait until
/// the history has found the lines. Returns a request of any other kind.
pub(crate) fn answer_lookup<D: Delivery>(
    clients: &mut WelcomedClients<D>,
    file_queue: &mut FileQueue,
    known: KnownLines<'_>,
    paces: &mut Paces,
    client: ClientId,
    request: Request,
    now: Duration,
) -> Option<Request> {
    let decision = match request {
        Request::History { log, before, count } => {
            decide_page(known, paces, client, (log, before, count), now)
        }
        Request::Talks(before) => decide_talks(known, paces, client, before, now),
        Request::Search(search) => decide_search(known, file_queue, paces, client, *search, now),
        Request::Faulty(fault) => Done(Answer::Fault(*fault)),
        other => return Some(other),
    };
    let network = known.core.network_of(client);
    let answer = match decision {
        Done(answer) => answer,
        Wait(_, wanted) if file_queue.has_place_for(&wanted, network) => {
            file_queue.queue_last(wanted, network);
            return None;
        }
        // Too many pages and searches wait already.
        Wait(room, _) => Answer::refusal(room, Refused::TooFast(limits::BUSY_RETRY_WAIT)),
    };
    clients.queue_answer(known.core, client, &answer);
    None
}

/// Decides on a request for a page: at most `count` lines of a log, older than `before`. The lines
/// come from memory, or from those that still wait to be stored. If neither has a line of the page
/// but the history's file may have some, the client must wait for the history, or is refused.
fn decide_page(
    KnownLines { core, persist }: KnownLines<'_>,
    paces: &mut Paces,
    client: ClientId,
    (asked, before, count): (LogName, Seq, usize),
    now: Duration,
) -> LookupDecision {
    let found = core.log_of(client, &asked).and_then(|id| Some((id, core.log(id)?)));
    let Some((id, log)) = found else { return Done(reading::no_history(core, client, asked)) };
    let (name, count) = (log.name().clone(), count.min(limits::HISTORY_PAGE_MAX));
    let (entries, more) = reading::known_page(persist, log, before, count);
    // No line of this page is in memory, but the history's file may have some. If the client asks
    // for zero lines, the file is not needed.
    if entries.is_empty() && more && count > 0 && persist.has_history() {
        let room = name.room().cloned();
        return match paces.charge_lookup(core.network_of(client), Lookup::Page, now) {
            Ok(()) => Wait(room, WantedLines::Page { client, log: id, name, before, count }),
            Err(reason) => Done(Answer::refusal(room, reason)),
        };
    }
    Done(reading::page_reply(core, client, log, (entries, before, more)))
}

/// Decides on a request for all private messages in memory that are older than `before`. Without
/// such messages it decides as on a request for a page.
fn decide_talks(
    known: KnownLines<'_>,
    paces: &mut Paces,
    client: ClientId,
    before: Seq,
    now: Duration,
) -> LookupDecision {
    let KnownLines { core, persist } = known;
    let log = core.log_of(client, &LogName::Private).and_then(|id| core.log(id));
    let lines = log.map(|log| (log, log.all_before(before)));
    match lines.filter(|(_, entries)| !entries.is_empty()) {
        Some((log, entries)) => {
            let more = reading::is_forgotten(persist, log);
            Done(reading::page_reply(core, client, log, (entries, before, more)))
        }
        None => {
            let page = (LogName::Private, before, limits::HISTORY_PAGE_MAX);
            decide_page(known, paces, client, page, now)
        }
    }
}

fn decide_search(
    KnownLines { core, persist }: KnownLines<'_>,
    file_queue: &FileQueue,
    paces: &mut Paces,
    client: ClientId,
    search: Search,
    now: Duration,
) -> LookupDecision {
    let room = search.log.room().cloned();
    let log = core.log_of(client, &search.log);
    let reason = if log.is_none() && room.is_some() {
        Some(Refused::NotInRoom)
    } else if !persist.has_history() {
        Some(Refused::NothingKept)
    } else if file_queue.has_words_of(client) {
        Some(Refused::TooFast(limits::BUSY_RETRY_WAIT))
    } else if log.is_some() {
        paces.charge_lookup(core.network_of(client), Lookup::Search, now).err()
    } else {
        None
    };
    match (reason, log) {
        (Some(reason), _) => Done(Answer::refusal(room, reason)),
        // The private log does not exist yet, because nothing was said in it.
        (None, None) => Done(nothing_found(&search.log)),
        (None, Some(id)) => {
            Wait(room, WantedLines::Words(client, id, RunningSearch::begin(search, now)))
        }
    }
}
