//! The questions to the hub for a page that shows a room or the list of rooms.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which questions a page asks.
//! Must not know: what the page shows of the answers.
//!
//! Part: `site/visit/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::page_request::{PageKind, PageRequest, WantedPage};
use super::room_news::{read_before, seen_first};
use super::room_view::RoomView;
use super::{HubResult, PresentVisitor, VisitDesk, room_position};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::{VisitPurpose, Visitor};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Request, RoomPosition, Search};
use crate::chat::room_name::RoomName;

/// The number of other rooms whose people a page offers at most. The page visits them one after the
/// other.
const ROOMS_ASKED_MAX: usize = 8;

/// How often the page of a private talk asks for messages that memory does not have, to find a page
/// of its own among those of other talks.
const TALK_READS_MAX: usize = 8;

/// Asks the hub for everything that a page of a room shows. If there is no such room, this does
/// not create it. An answer that does not come in time is missing in the result.
///
/// # Errors
/// The server is stopping.
pub fn read_room(
    desk: &VisitDesk,
    wanted: &WantedPage,
    request: &PageRequest,
) -> HubResult<RoomView> {
    let who = request.session.answer_token().cloned().map_or(Visitor::Stranger, Visitor::Known);
    // Reading a page does not create the room. Sending the page's form does.
    let position = RoomPosition { must_exist: true, ..room_position(&request.room, wanted.after) };
    let inside = desk.enter(who, Some(position), request)?;
    // First the questions that the hub answers from memory: a search may take as long as
    // the whole visit.
    inside.ask(Request::Who(request.room.clone()))?;
    let is_somebody = request.session.token().is_some();
    if let PageKind::Private(name) = &wanted.kind
        && is_somebody
        && let Ok(name) = Name::of_somebody(name)
    {
        inside.ask(Request::Whois(Box::new(name)))?;
    }
    if let Some(name) = &wanted.whois {
        inside.ask(Request::Whois(name.clone()))?;
    }
    // The head of each page counts the new private talks, also those before many messages of
    // another one. A private talk itself is read below.
    let is_talk = matches!(&wanted.kind, PageKind::Private(to) if !to.is_empty());
    if is_somebody && !is_talk {
        inside.ask(Request::Talks(Seq(u64::MAX)))?;
    }
    if wanted.kind.is_about_keeping() {
        inside.ask(Request::RoomState(request.room.clone()))?;
    }
    let room_log = LogName::Room(request.room.clone());
    if let Some(replied_to) = wanted.reply_to
        && !matches!(wanted.kind, PageKind::Private(_))
    {
        // The message to reply to may be older than the messages of the page.
        let (log, before, count) = (room_log.clone(), Seq(replied_to.0.saturating_add(1)), 1);
        inside.ask(Request::History { log, before, count })?;
    }
    inside.ask(Request::Rooms)?;
    inside.ask(lines_of(wanted, &request.room))?;
    let (mut view, mut is_answered) = (RoomView::default(), false);
    while !is_answered && let Some(answer) = inside.next() {
        if let Answer::History { log: LogName::Private, entries, .. } = &answer
            && !view.has_rooms
        {
            view.log.private_entries.clone_from(entries);
            continue;
        }
        // The hub answers in the order of the requests. So what comes before the list of rooms is
        // the message to reply to, not the messages of the page.
        if let Answer::History { log, entries, .. } = &answer
            && *log == room_log
            && !view.has_rooms
        {
            let is_it = |line: &&Arc<Entry>| Some(line.seq) == wanted.reply_to;
            view.log.replied_to.extend(entries.iter().filter(is_it).cloned());
            continue;
        }
        if let (Answer::Person(state), Some(name)) = (&answer, &wanted.whois)
            && state.name.skeleton() == name.skeleton()
        {
            view.asked_about = Some(state.clone());
        }
        is_answered = view.ends_with(&answer);
        view.add_answer(answer);
    }
    if is_answered && let PageKind::Private(to) = &wanted.kind {
        read_rest_of_talk(&inside, to, &mut view)?;
    }
    if is_talk && wanted.before.is_none() {
        view.log.private_entries.clone_from(&view.log.lines);
        tell_what_is_read(&inside, wanted, &view)?;
    }
    tell_room_is_read(&inside, wanted, request, &view)?;
    if !is_answered && (wanted.before.is_some() || matches!(wanted.kind, PageKind::Found(_))) {
        // The hub has not answered in time, mostly because the disk is slow. So the page must not
        // say that there are no messages.
        view.refused.get_or_insert(Refused::Unreadable);
    }
    Ok(view)
}

/// Asks for older private messages than those in memory until a page of this talk is full, or the
/// log has no more. The log has the messages of all private talks: many with others may lie between
/// those of this one. Reads [`TALK_READS_MAX`] times at most; then the page has a link to older
/// messages.
///
/// # Errors
/// The server is stopping.
fn read_rest_of_talk(inside: &PresentVisitor<'_>, to: &str, view: &mut RoomView) -> HubResult<()> {
    let Ok(other) = Name::of_somebody(to) else { return Ok(()) };
    for _ in 0..TALK_READS_MAX {
        let is_full = view.log.talk_with(&other).len() >= limits::PAGE_LINES;
        let Some(oldest) = view.log.lines.first().map(|line| line.seq) else { break };
        if is_full || !view.log.more {
            break;
        }
        let (log, count) = (LogName::Private, limits::HISTORY_PAGE_MAX);
        inside.ask(Request::History { log, before: oldest, count })?;
        let Some(older) = std::iter::from_fn(|| inside.next()).find(is_private_history) else {
            break;
        };
        view.log.add_older(older);
    }
    Ok(())
}

fn is_private_history(answer: &Answer) -> bool {
    matches!(answer, Answer::History { log: LogName::Private, .. })
}

/// Tells the hub which private messages the page shows, so that they are not new on the reader's
/// other devices. Does not wait for anything.
fn tell_what_is_read(
    inside: &PresentVisitor<'_>,
    wanted: &WantedPage,
    view: &RoomView,
) -> HubResult<()> {
    let PageKind::Private(to) = &wanted.kind else { return Ok(()) };
    // The page of all private messages counts them as new until the talk itself is shown.
    let Ok(other) = Name::of_somebody(to) else { return Ok(()) };
    let is_shown = |line: &&Arc<Entry>| {
        let is_theirs = matches!(line.what, EntryKind::Private { own: false, .. });
        is_theirs && other.skeleton() == line.by.name.skeleton()
    };
    let shown = view.log.lines.iter().filter(is_shown);
    let newest: BTreeMap<_, _> =
        shown.filter_map(|line| Some((line.correspondent()?, line))).collect();
    for (with, line) in newest.into_iter().filter(|(_, line)| !view.log.has_read(line)) {
        let seen = Seen { epoch: line.epoch, seq: line.seq };
        inside.ask(Request::HaveRead(LogName::Private, seen, with))?;
    }
    Ok(())
}

/// Tells the hub that the person has read the room, if the page shows all that is new in it. Then
/// it is not new on the reader's other devices. Does not wait for anything. A live page does that
/// itself.
fn tell_room_is_read(
    inside: &PresentVisitor<'_>,
    wanted: &WantedPage,
    request: &PageRequest,
    view: &RoomView,
) -> HubResult<()> {
    let Some(joined) = view.joined.as_ref().filter(|_| view.me.is_some()) else { return Ok(()) };
    let after = wanted.after.filter(|seen| seen.epoch == joined.epoch).map(|seen| seen.seq);
    let stored = read_before(&request.browser.rooms_shown, &request.room, joined.epoch);
    // The page before this one may have had no place for a message that calls the reader.
    let shown = if after.is_some() { after.min(stored.or(after)) } else { stored };
    let oldest = view.log.lines.first().map(|line| line.seq);
    // A message above may call a reader who sees the room for the first time.
    let is_first = seen_first(view, wanted, request).is_some();
    let shows_all = !view.log.more
        || !is_first && shown.max(joined.read).is_none_or(|seq| oldest <= Some(seq.next()));
    if !wanted.is_front() || !request.marks_rooms(wanted) || !shows_all {
        return Ok(());
    }
    let (log, seen) = (joined.log.clone(), Seen { epoch: joined.epoch, seq: joined.seq });
    inside.ask(Request::HaveRead(log, seen, AuthorTag::default()))
}

/// Asks the hub to whom the person has sent the private message of this number. `None`: the hub has
/// not said so in time.
///
/// # Errors
/// The server is stopping.
pub fn receiver_of(desk: &VisitDesk, seq: Seq, request: &PageRequest) -> HubResult<Option<Name>> {
    let Some(token) = request.session.answer_token().cloned() else { return Ok(None) };
    let position = RoomPosition { must_exist: true, ..room_position(&request.room, None) };
    let inside = desk.enter(Visitor::Known(token), Some(position), request)?;
    inside.ask(Request::History { log: LogName::Private, before: seq.next(), count: 1 })?;
    while let Some(answer) = inside.next() {
        if let Answer::History { log: LogName::Private, entries, .. } = answer {
            let line = entries.last().filter(|line| line.seq == seq);
            return Ok(line.and_then(|line| line.exchanged_with().cloned()));
        }
    }
    Ok(None)
}

/// Asks the hub for the people in the other rooms of the list in `view`. Nobody is told of the
/// visits. A locked room that the reader may not enter tells none. All visits together have the
/// time of one: the people of rooms whose answers come later are missing.
///
/// # Errors
/// The server is stopping.
pub fn read_people_elsewhere(
    desk: &VisitDesk,
    view: &RoomView,
    request: &PageRequest,
) -> HubResult<Vec<Name>> {
    let others = view.rooms.iter().filter(|other| other.people > 0 && other.room != request.room);
    let until = Instant::now() + limits::VISIT_WAIT;
    let mut people = Vec::new();
    for other in others.take(ROOMS_ASKED_MAX) {
        if Instant::now() >= until {
            break;
        }
        let who = request.session.answer_token().cloned().map_or(Visitor::Stranger, Visitor::Known);
        let position = room_position(&other.room, None);
        let mut inside = desk.enter_for(VisitPurpose::Sight, who, Some(position), None, request)?;
        inside.until = until;
        inside.ask(Request::Who(other.room.clone()))?;
        while let Some(answer) = inside.next() {
            match answer {
                Answer::Who { names, .. } => people.extend(names),
                Answer::Refused { .. } => {}
                _ => continue,
            }
            break;
        }
    }
    Ok(people)
}

/// Asks the hub for the state of a room's log. The visitor's person does not enter the room. If the
/// hub refuses, the result has the refusal instead of a log.
///
/// # Errors
/// The server is stopping.
pub fn read_room_state(desk: &VisitDesk, request: &PageRequest) -> HubResult<RoomView> {
    let who = request.session.answer_token().cloned().map_or(Visitor::Stranger, Visitor::Known);
    let position = room_position(&request.room, None);
    let inside = desk.enter_for(VisitPurpose::Sight, who, Some(position), None, request)?;
    let (mut view, mut is_answered) = (RoomView::default(), false);
    while !is_answered && let Some(answer) = inside.next() {
        is_answered = matches!(answer, Answer::Joined(_) | Answer::Refused { .. });
        view.add_answer(answer);
    }
    Ok(view)
}

/// Asks the hub for one line of the request's room. `None`: there is no such line, the visitor may
/// not read it, or the hub has not answered in time.
///
/// # Errors
/// The server is stopping.
pub fn read_message(
    desk: &VisitDesk,
    seq: Seq,
    request: &PageRequest,
) -> HubResult<Option<Arc<Entry>>> {
    let who = request.session.answer_token().cloned().map_or(Visitor::Stranger, Visitor::Known);
    let inside = desk.enter(who, Some(room_position(&request.room, None)), request)?;
    let (log, before) = (request.room.clone().into(), seq.next());
    inside.ask(Request::History { log, before, count: 1 })?;
    while let Some(answer) = inside.next() {
        match answer {
            Answer::History { entries, .. } => {
                return Ok(entries.into_iter().find(|line| line.seq == seq));
            }
            Answer::Refused { .. } | Answer::Fault(_) => break,
            _ => {}
        }
    }
    Ok(None)
}

/// Asks the hub for the list of rooms, and for the person's newest private messages. The visitor's
/// person does not enter a room.
///
/// # Errors
/// The server is stopping.
pub fn read_rooms(desk: &VisitDesk, request: &PageRequest) -> HubResult<RoomView> {
    let who = request.session.answer_token().cloned().map_or(Visitor::Stranger, Visitor::Known);
    let inside = desk.enter(who, None, request)?;
    if request.session.token().is_some() {
        inside.ask(Request::Talks(Seq(u64::MAX)))?;
    }
    inside.ask(Request::Rooms)?;
    let mut view = RoomView::default();
    while !view.has_rooms
        && let Some(answer) = inside.next()
    {
        match answer {
            Answer::History { entries, person, .. } => {
                (view.log.private_entries, view.log.person) = (entries, person);
            }
            other => view.add_answer(other),
        }
    }
    Ok(view)
}

fn lines_of(wanted: &WantedPage, room: &RoomName) -> Request {
    let before = wanted.before.unwrap_or(Seq(u64::MAX));
    let (log, count) = match &wanted.kind {
        PageKind::Private(to) if to.is_empty() => (LogName::Private, limits::PAGE_LINES),
        // The private log has the messages of all private talks, and this page shows only one talk.
        // So the page asks for more messages than it shows.
        PageKind::Private(_) => return Request::Talks(before),
        _ if wanted.talk.is_some() => (LogName::Private, limits::PAGE_LINES),
        _ => (LogName::Room(room.clone()), limits::PAGE_LINES),
    };
    if let PageKind::Found(find) = &wanted.kind
        && let Ok(sought) = find.sought()
    {
        return Request::Search(Box::new(Search { log, sought, before, count }));
    }
    Request::History { log, before, count }
}
