//! What is new in the rooms that the browser has shown before, and is not showing now.
//!
//! A cookie says up to which message the browser has shown each of its last rooms. The server asks
//! the hub for newer messages of these rooms. It does not ask for those that the person may not
//! read.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: how the cookie is written, and which messages are news.
//! Must not know: what a page shows of the news.
//!
//! Part: `site/visit/mod.rs`.

use std::sync::Arc;
use std::time::Instant;

use percent_encoding::percent_decode_str;

use super::page_request::{PageRequest, WantedPage};
use super::room_view::RoomView;
use super::{HubResult, VisitDesk, room_position};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::{VisitPurpose, Visitor};
use crate::chat::entry::{Entry, EntryKind, Seen, Seq};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::request::Request;
use crate::chat::room_name::RoomName;
use crate::html::address::escaped;
use crate::html::mention;

/// Most messages that a page counts in one room.
const COUNTED_MAX: usize = 5 * limits::HISTORY_PAGE_MAX;

/// The number of rooms in the cookie. A page visits them one after the other.
const ROOMS_MAX: usize = 8;

/// A room that the browser has shown, and the newest message that it had then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomMark {
    room: RoomName,
    seen: Seen,
}

/// What other people have said in a room since the browser has shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomNews {
    /// The room.
    pub room: RoomName,
    /// The number of new messages.
    pub count: usize,
    /// True if there may be more new messages than those that were counted.
    pub is_cut: bool,
    /// The number of those messages that mention the person, or reply to them.
    pub to_me: usize,
    /// Who has written the newest of these; `None`: there are none.
    pub by: Option<Name>,
}

/// Reads the cookie.
pub fn read_marks(cookie: &str) -> Vec<RoomMark> {
    let read = |mark: &str| {
        let (room, seen) = mark.split_once('.')?;
        let room = percent_decode_str(room).decode_utf8().ok()?;
        Some(RoomMark { room: RoomName::parse(&room).ok()?, seen: Seen::parse(seen)? })
    };
    cookie.split('!').filter_map(read).take(ROOMS_MAX).collect()
}

/// Returns the newest message of this room that the browser has shown; `None`: the cookie does not
/// say it.
pub fn newest_shown(marks: &[RoomMark], room: &RoomName) -> Option<Seen> {
    marks.iter().find(|mark| mark.room == *room).map(|mark| mark.seen)
}

/// Returns the value of the cookie after this page; `None`: the cookie does not change.
/// It begins with a page that a form, a link or a button of a page without a script leads to. So a
/// browser in which the live page is used has no such cookie, and its pages ask for no news.
pub fn cookie_after(view: &RoomView, wanted: &WantedPage, request: &PageRequest) -> Option<String> {
    let before = &request.browser.rooms_shown;
    let mut marks = before.clone();
    if let Some(now) = &view.seen_live {
        marks.iter_mut().filter(|mark| mark.room == now.room).for_each(|mark| *mark = now.clone());
    }
    let begins = wanted.is_fresh || !before.is_empty();
    if let Some(joined) = &view.joined
        && begins
        && view.me.is_some()
        && wanted.is_front()
    {
        let (room, seen) = (request.room.clone(), Seen { epoch: joined.epoch, seq: joined.seq });
        marks.retain(|mark| mark.room != request.room);
        marks.insert(0, RoomMark { room, seen });
        marks.truncate(ROOMS_MAX);
    }
    let written = |mark: &RoomMark| {
        format!("{}.{}.{}", escaped(mark.room.as_str()), mark.seen.epoch, mark.seen.seq.0)
    };
    (marks != *before).then(|| marks.iter().map(written).collect::<Vec<_>>().join("!"))
}

/// Asks the hub what is new for the reader in the rooms of the cookie, and adds it to `view`.
/// `shown` is the room that the page shows itself: it is asked only if the page does not show all
/// that is new there. A room whose live page the reader has just left has no news: that page has
/// shown them. Nobody is told of the visits. All visits together have the time of one: the news
/// that come later are missing.
///
/// # Errors
/// The server is stopping.
pub fn read_news(
    desk: &VisitDesk,
    view: &mut RoomView,
    shown: Option<&RoomName>,
    request: &PageRequest,
) -> HubResult<()> {
    let Some(me) = Reader::of(view) else { return Ok(()) };
    let until = Instant::now() + limits::VISIT_WAIT;
    for mark in &request.browser.rooms_shown {
        if Some(&mark.room) == shown || Instant::now() >= until {
            continue;
        }
        let is_left = request.browser.left_live.as_ref() == Some(&mark.room);
        match news_since(desk, mark, (!is_left).then_some(&me), until, request)? {
            Looked::News(news) => view.news.push(news),
            Looked::SeenUntil(seen) => {
                view.seen_live = Some(RoomMark { room: mark.room.clone(), seen });
            }
            Looked::Nothing => {}
        }
    }
    Ok(())
}

/// Asks the hub how much is new in the room of this page since the message `seen`, if the page does
/// not show all of it, and adds it to `view`.
///
/// # Errors
/// The server is stopping.
pub fn read_news_here(
    desk: &VisitDesk,
    view: &mut RoomView,
    seen: Option<Seen>,
    request: &PageRequest,
) -> HubResult<()> {
    let oldest = view.log.lines.first().map(|line| line.seq);
    let (Some(seen), Some(me)) = (seen, Reader::of(view)) else { return Ok(()) };
    if !view.log.more || oldest.is_none_or(|oldest| oldest <= seen.seq.next()) {
        return Ok(());
    }
    let (room, until) = (request.room.clone(), Instant::now() + limits::VISIT_WAIT);
    if let Looked::News(news) =
        news_since(desk, &RoomMark { room, seen }, Some(&me), until, request)?
    {
        view.news_here = Some(news);
    }
    Ok(())
}

/// The reader, for whom a message is new only if another person has written it.
struct Reader {
    name: Name,
    /// `None`: the hub has not said it; then the name alone decides.
    person: Option<PersonId>,
}

impl Reader {
    fn of(view: &RoomView) -> Option<Self> {
        Some(Self { name: view.me.clone()?, person: view.log.person })
    }

    /// Returns whether the reader has written this line, under the present or an earlier name.
    fn has_said(&self, line: &Entry) -> bool {
        line.is_by(self.person) || line.by.name == self.name
    }
}

/// What a look at another room has found.
enum Looked {
    /// Others have said something there.
    News(RoomNews),
    /// The reader has seen all until this message.
    SeenUntil(Seen),
    /// There are no news, or the reader may not know of them.
    Nothing,
}

/// Looks at the room of this mark: what is new for `me`. `None`: the reader has just left the live
/// page of the room, so nothing is new there.
fn news_since(
    desk: &VisitDesk,
    mark: &RoomMark,
    me: Option<&Reader>,
    until: Instant,
    request: &PageRequest,
) -> HubResult<Looked> {
    let RoomMark { room, seen } = mark;
    let Some(token) = request.session.answer_token() else { return Ok(Looked::Nothing) };
    let (who, position) = (Visitor::Known(token.clone()), room_position(room, None));
    let mut inside = desk.enter_for(VisitPurpose::Glance, who, Some(position), None, request)?;
    inside.until = until;
    let (mut lines, count): (Vec<Arc<Entry>>, _) = (Vec::new(), limits::HISTORY_PAGE_MAX);
    while let Some(answer) = inside.next() {
        match answer {
            Answer::Joined(now) if me.is_none() => {
                return Ok(Looked::SeenUntil(Seen { epoch: now.epoch, seq: now.seq }));
            }
            Answer::Joined(now) if now.epoch == seen.epoch && now.seq > seen.seq => {
                let (log, before) = (now.log, Seq(u64::MAX));
                inside.ask(Request::History { log, before, count })?;
            }
            Answer::History { log, entries, more, .. } => {
                let first = entries.first().map_or(Seq(0), |line| line.seq);
                lines.splice(..0, entries);
                let is_cut = more && first > seen.seq.next();
                if is_cut && lines.len() < COUNTED_MAX {
                    inside.ask(Request::History { log, before: first, count })?;
                    continue;
                }
                lines.retain(|line| line.seq > seen.seq);
                lines.drain(..lines.len().saturating_sub(COUNTED_MAX));
                let lines = lines.iter().map(AsRef::as_ref);
                let Some(me) = me else { return Ok(Looked::Nothing) };
                let news = news_of(room, lines, me, is_cut);
                return Ok(news.map_or(Looked::Nothing, Looked::News));
            }
            Answer::Joined(_) | Answer::Refused { .. } => return Ok(Looked::Nothing),
            _ => {}
        }
    }
    Ok(Looked::Nothing)
}

fn news_of<'a>(
    room: &RoomName,
    lines: impl Iterator<Item = &'a Entry>,
    me: &Reader,
    is_cut: bool,
) -> Option<RoomNews> {
    let mut news = RoomNews { room: room.clone(), count: 0, is_cut, to_me: 0, by: None };
    for line in lines.filter(|line| !me.has_said(line)) {
        let (EntryKind::Said(text) | EntryKind::Acted(text)) = &line.what else { continue };
        news.count += 1;
        let is_reply = line.to_reader(me.person).to_you;
        if is_reply || mention::place(text, me.name.shown()).is_some() {
            news.to_me += 1;
            news.by = Some(line.by.name.clone());
        }
    }
    (news.count > 0).then_some(news)
}
