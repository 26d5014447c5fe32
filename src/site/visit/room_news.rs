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

/// Returns the value of the cookie after this page of a room; `None`: the cookie does not change.
/// It begins with a page that a form, a link or a button of a page without a script leads to. So a
/// browser in which the live page is used has no such cookie, and its pages ask for no news.
pub fn cookie_after(view: &RoomView, wanted: &WantedPage, request: &PageRequest) -> Option<String> {
    let (before, joined) = (&request.browser.rooms_shown, view.joined.as_ref()?);
    let begins = wanted.is_fresh || !before.is_empty();
    if !begins || view.me.is_none() || !wanted.is_front() {
        return None;
    }
    let (room, seen) = (request.room.clone(), Seen { epoch: joined.epoch, seq: joined.seq });
    let mut marks = vec![RoomMark { room, seen }];
    marks.extend(before.iter().filter(|mark| mark.room != request.room).cloned());
    marks.truncate(ROOMS_MAX);
    let written = |mark: &RoomMark| {
        format!("{}.{}.{}", escaped(mark.room.as_str()), mark.seen.epoch, mark.seen.seq.0)
    };
    (marks != *before).then(|| marks.iter().map(written).collect::<Vec<_>>().join("!"))
}

/// Asks the hub what is new for `me` in the rooms of the cookie, except in `shown`, which the page
/// shows itself. Nobody is told of the visits. All visits together have the time of one: the news
/// that come later are missing.
///
/// # Errors
/// The server is stopping.
pub fn read_news(
    desk: &VisitDesk,
    me: Option<&Name>,
    shown: Option<&RoomName>,
    request: &PageRequest,
) -> HubResult<Vec<RoomNews>> {
    let (Some(me), Some(token)) = (me, request.session.answer_token()) else {
        return Ok(Vec::new());
    };
    let (until, mut news) = (Instant::now() + limits::VISIT_WAIT, Vec::new());
    for RoomMark { room, seen } in &request.browser.rooms_shown {
        if Some(room) == shown || Instant::now() >= until {
            continue;
        }
        let (who, position) = (Visitor::Known(token.clone()), room_position(room, None));
        let mut inside =
            desk.enter_for(VisitPurpose::Glance, who, Some(position), None, request)?;
        inside.until = until;
        let (mut lines, count): (Vec<Arc<Entry>>, _) = (Vec::new(), limits::HISTORY_PAGE_MAX);
        while let Some(answer) = inside.next() {
            match answer {
                Answer::Joined(now) if now.epoch == seen.epoch && now.seq > seen.seq => {
                    let (log, before) = (now.log, Seq(u64::MAX));
                    inside.ask(Request::History { log, before, count })?;
                }
                Answer::History { log, entries, person, more, .. } => {
                    let first = entries.first().map_or(Seq(0), |line| line.seq);
                    lines.splice(..0, entries);
                    let is_cut = more && first > seen.seq.next();
                    if is_cut && lines.len() < COUNTED_MAX {
                        inside.ask(Request::History { log, before: first, count })?;
                        continue;
                    }
                    lines.retain(|line| line.seq > seen.seq);
                    lines.drain(..lines.len().saturating_sub(COUNTED_MAX));
                    news.extend(news_of(
                        room,
                        lines.iter().map(AsRef::as_ref),
                        (me, person),
                        is_cut,
                    ));
                    break;
                }
                Answer::Joined(_) | Answer::Refused { .. } => break,
                _ => {}
            }
        }
    }
    Ok(news)
}

fn news_of<'a>(
    room: &RoomName,
    lines: impl Iterator<Item = &'a Entry>,
    (me, person): (&Name, Option<PersonId>),
    is_cut: bool,
) -> Option<RoomNews> {
    let mut news = RoomNews { room: room.clone(), count: 0, is_cut, to_me: 0, by: None };
    for line in lines.filter(|line| line.by.name != *me) {
        let (EntryKind::Said(text) | EntryKind::Acted(text)) = &line.what else { continue };
        news.count += 1;
        if line.to_reader(person).to_you || mention::place(text, me.shown()).is_some() {
            news.to_me += 1;
            news.by = Some(line.by.name.clone());
        }
    }
    (news.count > 0).then_some(news)
}
