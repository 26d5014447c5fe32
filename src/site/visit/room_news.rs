//! What is new in the rooms that the browser has shown before, and is not showing now.
//!
//! A cookie says up to which message the browser has shown each of its last rooms. The hub says how
//! far the person has read them on any device, and which other rooms the person has read. What is
//! newer than both is news. The server does not ask for messages that the person may not read.
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
use crate::chat::answer::{Answer, Joined};
use crate::chat::core::{VisitPurpose, Visitor};
use crate::chat::entry::{Entry, EntryKind, Epoch, Seen, Seq};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::{Request, RoomPosition};
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
    /// Every message up to this one that mentions the person was shown. It is older than `seen` if
    /// a page of the newest messages did not show a mention, and newer if a page of older messages
    /// has shown one.
    heard: Seq,
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
    /// The number of messages that mention the person, or reply to them, and that no page has
    /// shown yet.
    pub to_me: usize,
    /// The oldest of these; `None`: there are none.
    pub first: Option<RoomCall>,
}

/// A message that calls the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomCall {
    /// Its number.
    pub seq: Seq,
    /// Who has written it.
    pub by: Name,
    /// True if it replies to a message of the person; false if it only has the person's name.
    pub is_reply: bool,
}

impl RoomMark {
    fn of(room: RoomName, seen: Seen) -> Self {
        Self { room, seen, heard: seen.seq }
    }

    /// Returns the number after which a message may be new.
    fn oldest(&self) -> Seq {
        self.seen.seq.min(self.heard)
    }

    /// Returns the position of a client that listens to the room after the newest message of this
    /// mark. It never makes the room, and the person does not come into it: the person may have
    /// left it.
    pub fn followed(&self) -> RoomPosition {
        let seen = Some(self.seen);
        let of = RoomPosition::of(self.room.clone());
        RoomPosition { seen, must_exist: true, only_listens: true, ..of }
    }
}

/// Returns what a cookie or a URL says of these rooms.
pub fn written(marks: &[RoomMark]) -> String {
    let written = |mark: &RoomMark| {
        let RoomMark { room, seen, heard } = mark;
        let heard = if *heard == seen.seq { String::new() } else { format!("*{}", heard.0) };
        format!("{}.{}.{}{heard}", escaped(room.as_str()), seen.epoch, seen.seq.0)
    };
    marks.iter().map(written).collect::<Vec<_>>().join("!")
}

/// Reads the cookie.
pub fn read_marks(cookie: &str) -> Vec<RoomMark> {
    let read = |mark: &str| {
        let (room, seen) = mark.split_once('.')?;
        let room = percent_decode_str(room).decode_utf8().ok()?;
        let (seen, heard) = seen.split_once('*').map_or((seen, None), |(s, h)| (s, Some(h)));
        let mark = RoomMark::of(RoomName::parse(&room).ok()?, Seen::parse(seen)?);
        let heard = heard.and_then(|heard| heard.parse().ok()).map(Seq);
        Some(RoomMark { heard: heard.unwrap_or(mark.heard), ..mark })
    };
    cookie.split('!').filter_map(read).take(ROOMS_MAX).collect()
}

/// Returns the newest message of this room that the browser has shown; `None`: the cookie does not
/// say it.
pub fn newest_shown(marks: &[RoomMark], room: &RoomName) -> Option<Seen> {
    marks.iter().find(|mark| mark.room == *room).map(|mark| mark.seen)
}

/// Returns the number up to which the browser has shown everything that is new in this room, and
/// every message that calls the reader; `None`: the cookie does not say it of this epoch.
pub fn read_before(marks: &[RoomMark], room: &RoomName, epoch: Epoch) -> Option<Seq> {
    let mark = marks.iter().find(|mark| mark.room == *room && mark.seen.epoch == epoch);
    mark.map(RoomMark::oldest)
}

/// Returns the value of the cookie after this page; `None`: the cookie does not change.
pub fn cookie_after(view: &RoomView, wanted: &WantedPage, request: &PageRequest) -> Option<String> {
    let before = &request.browser.rooms_shown;
    let mut marks = before.clone();
    // The page says it once. When the reader has entered the password, the browser knows the room
    // again.
    if request.marks_rooms(wanted) {
        marks.retain(|mark| !view.asks_again.contains(&mark.room));
    }
    if let Some(now) = &view.seen_live {
        marks.iter_mut().filter(|mark| mark.room == now.room).for_each(|mark| *mark = now.clone());
    }
    if let Some(joined) = &view.joined
        && request.marks_rooms(wanted)
        && view.me.is_some()
        && wanted.is_front()
    {
        let (room, seen) = (request.room.clone(), Seen { epoch: joined.epoch, seq: joined.seq });
        let mark = RoomMark::of(room, seen);
        let heard = mention_not_shown(view).map_or(mark.heard, |seq| Seq(seq.0.saturating_sub(1)));
        marks.retain(|mark| mark.room != request.room);
        marks.insert(0, RoomMark { heard, ..mark });
        marks.truncate(ROOMS_MAX);
    }
    if wanted.linked.is_some()
        && let Some(mark) = marks.iter_mut().find(|mark| mark.room == request.room)
    {
        mark.add_shown(view);
    }
    (marks != *before).then(|| written(&marks))
}

/// Returns the number of the oldest mention in the room of this page that no page has shown yet;
/// `None`: there is none, or this page shows it.
pub fn mention_not_shown(view: &RoomView) -> Option<Seq> {
    let first = view.news_here.as_ref()?.first.as_ref()?.seq;
    (!view.log.lines.iter().any(|line| line.seq == first)).then_some(first)
}

impl RoomMark {
    /// Returns what the person has read of this room: what the browser has shown (`known`), or what
    /// was read on any device, if that is more. `None`: neither is known of the log as it is `now`.
    fn read_of(room: &RoomName, known: Option<&Self>, now: &Joined) -> Option<Self> {
        let known = known.filter(|mark| mark.seen.epoch == now.epoch).cloned();
        let Some(seq) = now.read else { return known };
        let read = Self::of(room.clone(), Seen { epoch: now.epoch, seq });
        let Some(known) = known else { return Some(read) };
        let seen = Seen { seq: known.seen.seq.max(seq), ..known.seen };
        Some(Self { seen, heard: known.heard.max(seq), ..known })
    }

    /// Adds that a page in the middle of the room's messages was shown.
    fn add_shown(&mut self, view: &RoomView) {
        let (Some(joined), Some(from), Some(to)) =
            (&view.joined, view.log.lines.first(), view.log.lines.last())
        else {
            return;
        };
        if joined.epoch != self.seen.epoch {
            return;
        }
        let has_first = view.news_here.as_ref().is_some_and(|news| news.first.is_some())
            && mention_not_shown(view).is_none();
        let begins_by = |seq: Seq| !view.log.more || from.seq.0 <= seq.0.saturating_add(1);
        // Each mention before the oldest one was shown earlier. A page that begins with the first
        // message that no page has shown has the oldest one, too.
        if has_first || begins_by(self.heard.min(self.seen.seq)) {
            self.heard = self.heard.max(to.seq);
        }
        if begins_by(self.seen.seq) {
            self.seen.seq = self.seen.seq.max(to.seq);
        }
    }
}

/// Asks the hub what is new for the reader in the rooms of the cookie, and in the rooms that the
/// reader has read on another device, and adds it to `view`. A browser without the cookie asks for
/// nothing, unless this page begins it (`wanted`). `shown` is the room that the page shows itself:
/// it is asked only if the page does not show all that is new there. A room whose live page the
/// reader has just left has no news: that page has shown them. Nobody is told of the visits. All
/// visits together have the time of one: the news that come later are missing.
///
/// # Errors
/// The server is stopping.
pub fn read_news(
    desk: &VisitDesk,
    view: &mut RoomView,
    shown: Option<&RoomName>,
    wanted: &WantedPage,
    request: &PageRequest,
) -> HubResult<()> {
    let Some(me) = Reader::of(view) else { return Ok(()) };
    let until = Instant::now() + limits::VISIT_WAIT;
    let marks = &request.browser.rooms_shown;
    let known = |room: &RoomName| marks.iter().find(|mark| mark.room == *room);
    let mut rooms: Vec<_> = marks.iter().map(|mark| mark.room.clone()).collect();
    if request.marks_rooms(wanted) {
        let others = view.rooms_of_person.iter().filter(|room| known(room).is_none());
        rooms.extend(others.cloned());
        rooms.truncate(ROOMS_MAX);
    }
    for room in rooms {
        if Some(&room) == shown || Instant::now() >= until {
            continue;
        }
        let is_left = request.browser.left_live.as_ref() == Some(&room);
        let reader = (!is_left).then_some(&me);
        let since = Since { room: &room, known: known(&room), is_exact: false };
        let look = news_since(desk, since, reader, until, request)?;
        if look.asks_password && known(&room).is_some() {
            view.asks_again.push(room.clone());
        }
        let now = look.newest.map(|newest| RoomMark::of(room, newest));
        if is_left {
            view.seen_live.clone_from(&now);
        }
        view.looked_at.extend(now);
        view.news.extend(look.news);
    }
    Ok(())
}

/// Asks the hub how much is new in the room of this page, if the page does not show all of it, and
/// adds it to `view`. On a page that a link to a message leads to, this is what is new since the
/// browser has shown the newest messages.
///
/// # Errors
/// The server is stopping.
pub fn read_news_here(
    desk: &VisitDesk,
    view: &mut RoomView,
    wanted: &WantedPage,
    request: &PageRequest,
) -> HubResult<()> {
    let oldest = view.log.lines.first().map(|line| line.seq);
    let newest = view.log.lines.last().map(|line| line.seq);
    let known = request.browser.rooms_shown.iter().find(|mark| mark.room == request.room);
    let seen = wanted.after.or_else(|| wanted.linked.and(known.map(|mark| mark.seen)));
    let first_time = seen_first(view, wanted, request);
    let (Some(seen), Some(me)) = (seen.or(first_time), Reader::of(view)) else { return Ok(()) };
    let mut mark = RoomMark::of(request.room.clone(), seen);
    if let Some(known) = known.filter(|known| known.seen.epoch == seen.epoch) {
        mark.heard = known.heard;
    }
    if first_time.is_some() {
        mark.heard = Seq(0);
    }
    let is_newest = || view.joined.as_ref().is_some_and(|joined| newest >= Some(joined.seq));
    let from = mark.heard.min(seen.seq).0.saturating_add(1);
    let has_start = !view.log.more || oldest.is_none_or(|oldest| oldest.0 <= from);
    if has_start && (wanted.is_front() || is_newest()) {
        return Ok(());
    }
    let until = Instant::now() + limits::VISIT_WAIT;
    // What the URL says counts: the reader may have loaded this page again.
    let is_exact = first_time.is_some() || !wanted.is_after_stored;
    let since = Since { room: &request.room, known: Some(&mark), is_exact };
    view.news_here = news_since(desk, since, Some(&me), until, request)?.news;
    Ok(())
}

/// Returns the newest message of this page's room, if the reader sees the room for the first time:
/// then nothing in it is new, but a message above may call the reader. `None`: the browser or
/// another device has shown the room before; or it is the first room of all, in which the name may
/// have been somebody else's.
pub fn seen_first(view: &RoomView, wanted: &WantedPage, request: &PageRequest) -> Option<Seen> {
    let marks = &request.browser.rooms_shown;
    let is_known = marks.is_empty() || marks.iter().any(|mark| mark.room == request.room);
    let joined = view.joined.as_ref().filter(|joined| joined.read.is_none())?;
    let is_first = !is_known && wanted.after.is_none() && wanted.is_front();
    is_first.then_some(Seen { epoch: joined.epoch, seq: joined.seq })
}

/// The reader, for whom a message is new only if another person has written it.
struct Reader {
    name: Name,
    former: Option<Name>,
    /// `None`: the hub has not said it; then the name alone decides.
    person: Option<PersonId>,
}

impl Reader {
    fn of(view: &RoomView) -> Option<Self> {
        let former = view.former.clone();
        Some(Self { name: view.me.clone()?, former, person: view.log.person })
    }

    /// Returns whether the reader has written this line, under the present or an earlier name.
    fn has_said(&self, line: &Entry) -> bool {
        line.is_by(self.person) || line.by.name == self.name
    }
}

/// A room at which a page looks, and what the reader has seen of it.
#[derive(Clone, Copy)]
struct Since<'a> {
    room: &'a RoomName,
    /// What the browser has shown; `None`: nothing.
    known: Option<&'a RoomMark>,
    /// True if only that counts, and not what was read on other devices.
    is_exact: bool,
}

/// What a look at another room has found.
#[derive(Default)]
struct RoomLook {
    /// The newest message of the room; `None`: the reader may not know of it.
    newest: Option<Seen>,
    /// What others have said there; `None`: nothing.
    news: Option<RoomNews>,
    /// True if the room asks the reader for its password.
    asks_password: bool,
}

/// Looks at a room: what is new for `me`. `None`: the reader has just left the live
/// page of the room, so nothing is new there.
fn news_since(
    desk: &VisitDesk,
    since: Since<'_>,
    me: Option<&Reader>,
    until: Instant,
    request: &PageRequest,
) -> HubResult<RoomLook> {
    let Since { room, known, is_exact } = since;
    let (mut look, mut read) = (RoomLook::default(), None::<RoomMark>);
    let Some(token) = request.session.answer_token() else { return Ok(look) };
    let (who, position) = (Visitor::Known(token.clone()), room_position(room, None));
    let mut inside = desk.enter_for(VisitPurpose::Glance, who, Some(position), None, request)?;
    inside.until = until;
    let (mut lines, count): (Vec<Arc<Entry>>, _) = (Vec::new(), limits::HISTORY_PAGE_MAX);
    while let Some(answer) = inside.next() {
        match answer {
            Answer::Joined(now) => {
                look.newest = Some(Seen { epoch: now.epoch, seq: now.seq });
                read = if is_exact { known.cloned() } else { RoomMark::read_of(room, known, &now) };
                read = read.filter(|mark| mark.seen.epoch == now.epoch);
                if me.is_none() || read.as_ref().is_none_or(|mark| now.seq <= mark.oldest()) {
                    return Ok(look);
                }
                let (log, before) = (now.log, Seq(u64::MAX));
                inside.ask(Request::History { log, before, count })?;
            }
            Answer::History { log, entries, more, .. } => {
                let Some(mark) = &read else { return Ok(look) };
                let from = mark.oldest();
                let first = entries.first().map_or(Seq(0), |line| line.seq);
                if let (Some(newest), Some(last)) = (&mut look.newest, entries.last()) {
                    newest.seq = newest.seq.max(last.seq);
                }
                lines.splice(..0, entries);
                if more && first > from.next() && lines.len() < COUNTED_MAX {
                    inside.ask(Request::History { log, before: first, count })?;
                    continue;
                }
                let is_cut = more && first > mark.seen.seq.next();
                lines.retain(|line| line.seq > from);
                lines.drain(..lines.len().saturating_sub(COUNTED_MAX));
                let lines = lines.iter().map(AsRef::as_ref);
                look.news = me.and_then(|me| news_of(mark, lines, me, is_cut));
                return Ok(look);
            }
            Answer::Refused { reason, .. } => {
                look.asks_password = reason == Refused::PasswordNeeded;
                return Ok(look);
            }
            _ => {}
        }
    }
    Ok(look)
}

fn news_of<'a>(
    mark: &RoomMark,
    lines: impl Iterator<Item = &'a Entry>,
    me: &Reader,
    is_cut: bool,
) -> Option<RoomNews> {
    let room = mark.room.clone();
    let mut news = RoomNews { room, count: 0, is_cut, to_me: 0, first: None };
    for line in lines.filter(|line| !me.has_said(line)) {
        let (EntryKind::Said(text) | EntryKind::Acted(text)) = &line.what else { continue };
        news.count += usize::from(line.seq > mark.seen.seq);
        let is_reply = line.to_reader(me.person).to_you;
        let names = [Some(&me.name), me.former.as_ref()];
        let is_to_me = is_reply || mention::named(text, names).is_some();
        if line.seq > mark.heard && is_to_me {
            news.to_me += 1;
            let call = || RoomCall { seq: line.seq, by: line.by.name.clone(), is_reply };
            news.first.get_or_insert_with(call);
        }
    }
    (news.count > 0 || news.to_me > 0).then_some(news)
}
