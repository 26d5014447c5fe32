//! The list of messages on a page. It has each message once, with its present text, the newest
//! message first or, if the reader chose so, last. Between the messages it says where a day and
//! where the new messages begin, and where numbers are missing.
//!
//! Owns: what is in the list, and which part of the log that is.
//! Must not know: the page around it, how a line looks.
//!
//! Part: `site/pages/mod.rs`.

use std::borrow::Cow;

use maud::{Markup, html};

use super::missing_lines::{is_another_log, is_damaged, missing_lines};
use super::private_talk::{
    first_unseen_from, is_gone, older_talk, places_of_another_person, talk_entries,
    unseen_count_from,
};
use super::room_news::notices;
use super::shown_room::ShownRoom;
use crate::chat::entry::{Entry, EntryKind, RepliedTo, Seq};
use crate::chat::refused::Refused;
use crate::chat::search_words::SearchWords;
use crate::html::address::{AT_NEWEST, escaped};
use crate::html::row::{self, Beside};
use crate::html::text::sentence;
use crate::html::when::{self, TimeShown};
use crate::html::{link::Links, quote::Quote, reasons};
use crate::site::visit::page_request::PageKind;
use crate::site::visit::page_settings::PageSettings;

/// A message with its present text.
pub(super) struct ShownEntry<'a> {
    pub(super) entry: Cow<'a, Entry>,
}

enum ListPiece<'a> {
    /// Messages, in the order of the page.
    Lines(Vec<ShownEntry<'a>>),
    /// The heading of a day, above the messages of that day.
    Day {
        /// The day, for people.
        day: String,
        /// The sentence that names the zone of the page's times. Only the first heading on a page
        /// has it, if the page shows times.
        zone: Option<String>,
    },
    /// A mark at the place where the messages begin that are new for the reader. The list has
    /// `count` new messages of other people. `is_all` is false if an older page may have more of
    /// them.
    New { count: usize, is_all: bool },
    /// The name of a sentence at the place where the new messages begin or end.
    Edge(&'static str),
    /// A mark in a private talk at the place from which on another person has the name.
    AnotherPerson,
    /// A sentence that says why numbers are missing here.
    Missing(String),
}

impl<'a> ShownEntry<'a> {
    fn apply(&mut self, change: &EntryKind) {
        if let Some(changed) = self.entry.changed_by(change) {
            self.entry = Cow::Owned(changed);
        }
    }

    fn from_entries(entries: impl Iterator<Item = &'a Entry>) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for entry in entries {
            let changed = change_of(entry);
            if changed.is_some() {
                // Only the newest change of a message takes effect, so remove an earlier one.
                lines.retain(|line| change_of(&line.entry) != changed);
                if let Some(line) = lines.iter_mut().find(|line| Some(line.entry.seq) == changed) {
                    line.apply(&entry.what);
                    continue;
                }
                // A deletion is shown only in the place of its message, which is on another page.
                if matches!(entry.what, EntryKind::Deleted { .. }) {
                    continue;
                }
            }
            lines.push(Self { entry: Cow::Borrowed(entry) });
        }
        lines
    }
}

/// Returns the number of the other message that this line of the log changes; `None`: it changes
/// none. A deleted message stays in the log as a deletion with its own number, which changes none.
fn change_of(entry: &Entry) -> Option<Seq> {
    match entry.what {
        EntryKind::Edited { of, .. } | EntryKind::Deleted { of } => {
            Some(of).filter(|of| *of != entry.seq)
        }
        _ => None,
    }
}

/// The list of messages on a page of a room, with all that stands between them.
pub(super) struct MessageList<'a> {
    pub(super) room: &'a ShownRoom<'a>,
    pub(super) settings: PageSettings,
    /// True if the browser shows pages in a terminal.
    pub(super) is_textual: bool,
    /// True if the page says why the reader sees no messages.
    pub(super) is_refused: bool,
    /// True if *Reply* is a button of the form for a message.
    pub(super) acts_by_form: bool,
    /// True if the list has the notices of new private messages, and of mentions in other rooms.
    pub(super) has_notices: bool,
    /// True if the server notes that the reader has read what the page shows.
    pub(super) marks_rooms: bool,
    /// The words of the search whose results the page shows; `None`: the page shows no results, or
    /// of a search without words.
    pub(super) sought: Option<SearchWords>,
}

impl MessageList<'_> {
    pub(super) fn markup(&self) -> Markup {
        let words = self.room.words;
        let lines = self.lines();
        let is_empty = lines.is_empty();
        html! {
            @if !(is_empty && self.is_talk()) {
                h2.log.order[self.heads_with_order()] { (self.heading(lines.len())) }
            }
            @if is_empty && matches!(self.room.wanted.kind, PageKind::Found(_)) { p { (words.say("foundNoneHint")) } }
            @if self.has_notices { (notices(self.room)) }
            @if let Some(lines) = self.room.log.not_kept {
                p.warn { (reasons::not_kept(words, lines, self.room.log.not_kept_damaged)) }
            }
            @if is_another_log(self.room) { p.warn { (words.say("newEpoch")) } }
            @if self.room.log.not_keeping.is_some() { p.warn { (words.say("notKeeping")) } }
            // To a stranger, who may have been signed out, it would say that the talk is lost.
            @let is_silent = self.is_talk() && is_empty && self.room.token.is_some() || self.room.wanted.is_newest() && self.room.log.lines.is_empty();
            @if is_silent && !is_damaged(self.room) && !self.is_refused { p { (words.say(if self.is_unmade() { "noRoomYet" } else { "nothingYet" })) } }
            @let older = self.older(&lines);
            @let has_older = older.is_some();
            // Without a clock no message has a day. The page says so in place of the time zone.
            @if !lines.is_empty() && lines.iter().all(|line| when::day(line.entry.at).is_none()) { p.day { small { (words.say("noClock")) } } }
            // The link to older messages stands at the end with the oldest message.
            @let older = html! { @if let Some(older) = older { a href=(older) { (words.say("older")) } " " } };
            @if self.settings.is_newest_last { p { (older) } }
            @for piece in self.pieces(lines) { (self.piece(&piece)) }
            @let ends_here = self.settings.is_newest_last;
            @let is_history = self.room.wanted.kind == PageKind::History;
            @if ends_here || is_history || has_older {
                p id=[ends_here.then(|| AT_NEWEST.trim_start_matches('#'))] {
                    @if !ends_here { (older) }
                    @if is_history {
                        a href=(self.room.newest_link()) { (words.say("newest")) }
                    }
                }
            }
        }
    }

    fn lines(&self) -> Vec<ShownEntry<'_>> {
        let entries = self.room.log.lines.iter().map(AsRef::as_ref);
        match &self.room.wanted.kind {
            PageKind::Private(to) if !to.is_empty() => {
                ShownEntry::from_entries(talk_entries(self.room, to).into_iter())
            }
            _ => ShownEntry::from_entries(entries),
        }
    }

    /// Returns the pieces of the list, in the order of the reader's settings.
    fn pieces<'a>(&'a self, lines: Vec<ShownEntry<'a>>) -> Vec<ListPiece<'a>> {
        let is_new = self.first_unseen().map(|from| {
            move |line: &ShownEntry<'_>| {
                line.entry.seq >= from && self.is_news_of_others(&line.entry)
            }
        });
        let count = lines.iter().filter(|line| is_new.as_ref().is_some_and(|is| is(line))).count();
        let is_all = !self.room.log.more
            || self.room.log.lines.first().map(|line| line.seq) <= self.first_unseen();
        let missing = missing_lines(self.room, &lines).into_iter();
        let mut between: Vec<_> = missing.map(|(at, why)| (at, ListPiece::Missing(why))).collect();
        // A private talk does not say which numbers are missing.
        if self.talk_with().is_some() {
            let others = places_of_another_person(&lines).into_iter();
            between.extend(others.map(|at| (at, ListPiece::AnotherPerson)));
        }
        let mut rows: Vec<_> = lines.into_iter().map(|line| ListPiece::Lines(vec![line])).collect();
        for (at, piece) in between.into_iter().rev() {
            rows.insert(at, piece);
        }
        if !self.settings.is_newest_last {
            rows.reverse();
        }
        let mut rows = self.with_days(rows);
        let is_new = |piece: &ListPiece<'_>| match (piece, &is_new) {
            (ListPiece::Lines(lines), Some(is_new)) => lines.iter().any(is_new),
            _ => false,
        };
        let has_line =
            |rows: &[ListPiece<'_>]| rows.iter().any(|piece| matches!(piece, ListPiece::Lines(_)));
        if let (false, Some(last)) = (self.settings.is_newest_last, rows.iter().rposition(is_new))
            && has_line(&rows[last + 1..])
        {
            rows.insert(last + 1, ListPiece::Edge("newEndHere"));
        }
        let first = rows.iter().position(is_new);
        match first {
            Some(first) if self.room.wanted.is_newest() || self.talk_with().is_some() => {
                let (count, is_all) = match (&self.room.view.news_here, self.talk_with()) {
                    // Also those before the page.
                    (_, Some(to)) => (unseen_count_from(self.room, to), is_all),
                    (Some(news), None) => (news.count, !news.is_cut),
                    (None, None) => (count, is_all),
                };
                rows.insert(first, ListPiece::New { count, is_all });
            }
            Some(first) if self.settings.is_newest_last && has_line(&rows[..first]) => {
                rows.insert(first, ListPiece::Edge("newBeginHere"));
            }
            _ => {}
        }
        joined(rows)
    }

    /// Adds the heading of each day above the messages of that day. A notice between the messages
    /// of two days comes below the heading.
    fn with_days<'a>(&self, rows: Vec<ListPiece<'a>>) -> Vec<ListPiece<'a>> {
        let (mut shown, mut with_days) = (None, Vec::with_capacity(rows.len() + 1));
        for row in rows {
            let at = match &row {
                ListPiece::Lines(lines) => lines.first().map(|line| line.entry.at),
                _ => None,
            };
            let day = at.and_then(|at| Some((at, when::day(at)?)));
            if let Some((at, day)) = day.filter(|(_, day)| shown.as_ref() != Some(day)) {
                let is_named = shown.is_some() || self.settings.hides_times;
                let zone = (!is_named).then(|| when::zone_sentence(self.room.words, at));
                let is_between = |piece: &ListPiece<'_>| !matches!(piece, ListPiece::Lines(_));
                let between = with_days.iter().rev().take_while(|piece| is_between(piece)).count();
                let heading = ListPiece::Day { day: when::day_from_now(self.room.words, at), zone };
                with_days.insert(with_days.len() - between, heading);
                shown = Some(day);
            }
            with_days.push(row);
        }
        with_days
    }

    fn piece(&self, piece: &ListPiece<'_>) -> Markup {
        let words = self.room.words;
        html! {
            @match piece {
                ListPiece::Day { day, zone } => {
                    p.day { (day) @if let Some(zone) = zone { " " small { (zone) } } }
                }
                ListPiece::New { count, is_all } => {
                    p.since {
                        @if *is_all { (words.count(*count, "sinceOne", "sinceMany")) }
                        @else { (words.fill("sinceMore", &[("n", &count.to_string())])) }
                        @if let Some(first) = self.first_new() { " " a href=(first) { (words.say("firstNew")) } }
                    }
                }
                ListPiece::Edge(words_of_edge) => { p.since { (words.say(words_of_edge)) } }
                ListPiece::AnotherPerson => {
                    @let told = if self.settings.is_newest_last { "anotherFromHere" } else { "anotherAbove" };
                    p.notice.warn { (sentence(words, told, &[("name", self.talk_with().unwrap_or_default())])) }
                }
                ListPiece::Missing(why) => { p.notice.warn { (why) } }
                ListPiece::Lines(lines) => {
                    @let rows = html! { @for line in lines { (self.row(line)) } };
                    // If a number is too large for a browser's numbered list, the rows write their
                    // numbers as text.
                    @if lines.iter().any(|line| row::is_far(line.entry.seq)) {
                        ul.far { (rows) }
                    // A browser in a terminal writes the numbers of a numbered list, whatever the
                    // style says.
                    } @else if self.is_textual && !self.settings.shows_numbers {
                        ul { (rows) }
                    } @else {
                        ol reversed[!self.settings.is_newest_last] { (rows) }
                    }
                }
            }
        }
    }

    fn row(&self, line: &ShownEntry<'_>) -> Markup {
        let number = |seq| self.room.message_link(seq);
        // The number of a private message is not a number of the room, so it is not linked.
        let has_numbers = !matches!(self.room.wanted.kind, PageKind::Private(_));
        let number = has_numbers.then_some(&number as &dyn Fn(u64) -> String);
        let found = self.sought.as_ref();
        let by_way_of_out = self.room.in_links;
        let links = Links { by_way_of_out, number, found, ..Links::default() };
        let is_found = matches!(self.room.wanted.kind, PageKind::Found(_));
        // The list in a frame stays small.
        let is_list = self.room.wanted.kind == PageKind::List;
        let entry = &line.entry;
        let mut replied_to = self.room.log.lines.iter().filter_map(|line| line.replied_to());
        let is_it = |replied_to: &RepliedTo| replied_to.seq == entry.seq;
        let beside = Beside {
            is_own: self.room.log.is_own(entry),
            is_to_you: self.room.log.is_to_reader(entry),
            // Links to the newest messages are only in the replies to them; the list in a frame has
            // not even these.
            is_unlinked: match self.room.wanted.kind {
                PageKind::Newest if self.room.wanted.linked.is_none() => !replied_to.any(is_it),
                PageKind::List => true,
                _ => false,
            },
            is_asked: self.room.wanted.linked == Some(entry.seq),
            when: match self.room.wanted.kind {
                _ if self.settings.hides_times => TimeShown::Hidden,
                _ if self.room.wanted.is_framed => TimeShown::Short,
                _ => TimeShown::Time,
            },
            is_talk: self.talk_with().is_some(),
            talk: self.talk_of(entry),
            change: self.change(entry, "", false),
            delete: self.change(entry, "&delete=1", self.room.is_maker()).filter(|_| !is_list),
            reply: self.reply(entry),
            acts_by_form: self.acts_by_form,
            quote: self.quote(entry),
            former: self.room.view.former.clone(),
            context: number.filter(|_| is_found).map(|number| number(entry.seq.0)),
            ..Beside::default()
        };
        row::item(self.room.words, entry, self.room.view.me.as_ref(), links, &beside)
    }

    /// Returns the URL of the page where the reader can change this message, with `more` at the end
    /// of its query; `None`: the reader cannot. `may_any`: also a message of somebody else.
    fn change(&self, line: &Entry, more: &str, may_any: bool) -> Option<String> {
        let may_any = may_any && !matches!(line.what, EntryKind::Private { .. });
        let is_own = (self.room.log.is_own(line) || may_any) && self.room.token.is_some();
        let talk = match (&line.what, &self.room.wanted.kind) {
            (EntryKind::Said(_) | EntryKind::Acted(_), _) => None,
            (EntryKind::Private { .. }, PageKind::Private(to)) if !to.is_empty() => Some(&**to),
            _ => return None,
        };
        (is_own && line.what.is_message()).then(|| self.room.change_link(talk, line.seq, more))
    }

    /// Returns the URL of the page where the reader can reply to this message. `None`: it cannot be
    /// replied to, or not from this page. The list in a frame has no such links, so that it stays
    /// small: it is loaded again and again.
    fn reply(&self, line: &Entry) -> Option<String> {
        let query = format!("reply={}", line.seq.0);
        let link = match (&line.what, &self.room.wanted.kind) {
            (what, _) if self.room.wanted.is_framed || !what.is_message() => None,
            (EntryKind::Private { .. }, PageKind::Private(to)) if !to.is_empty() => {
                let query = format!("to={}&{query}", escaped(to));
                Some(self.room.link(&self.room.private_path(), &query))
            }
            (EntryKind::Said(_) | EntryKind::Acted(_), _) => Some(self.room.page_link(&query)),
            _ => None,
        };
        Some(link? + self.room.newest_place())
    }

    /// Returns a quote of the message that this line replies to. With it comes the URL of that
    /// message, if the page may link to it. If the line replies to no message, the whole result is
    /// `None`.
    fn quote(&self, line: &Entry) -> Option<(Quote, Option<String>)> {
        let replied_to = line.replied_to()?;
        let quote = Quote::of(self.room.words, replied_to, self.room.log.message(replied_to.seq));
        let is_here = self.room.log.lines.iter().any(|line| line.seq == replied_to.seq);
        let here = format!("#m{}", replied_to.seq.0);
        let address = match &self.room.wanted.kind {
            PageKind::Private(_) => is_here.then_some(here),
            // In the list in a frame, the link does not lead to a row of that list, because the
            // frame is loaded again and again.
            kind if is_here && *kind != PageKind::List => Some(here),
            _ => Some(self.room.message_link(replied_to.seq.0)),
        };
        Some((quote, address))
    }

    /// Returns whether the list has the newest private messages.
    fn is_talk(&self) -> bool {
        let wanted = self.room.wanted;
        matches!(wanted.kind, PageKind::Private(_)) && wanted.before.is_none()
    }

    /// Returns the name of the other person, if the list has one private talk.
    fn talk_with(&self) -> Option<&str> {
        match &self.room.wanted.kind {
            PageKind::Private(to) if !to.is_empty() => Some(to),
            _ => None,
        }
    }

    /// Returns the URL of the talk to which this message from another person belongs. `None`: it is
    /// no such message, or the list has that talk.
    fn talk_of(&self, line: &Entry) -> Option<String> {
        let is_theirs = matches!(line.what, EntryKind::Private { own: false, .. });
        let is_here = self.talk_with().is_some() || is_gone(line.by.name.shown());
        (is_theirs && !is_here).then(|| self.room.talk_link(line.by.name.shown()))
    }

    /// Returns whether nobody has made the room yet.
    fn is_unmade(&self) -> bool {
        !self.is_talk() && matches!(self.room.view.refused, Some(Refused::NotInRoom))
    }

    /// Returns whether the heading says nothing but the order of the messages.
    fn heads_with_order(&self) -> bool {
        match &self.room.wanted.kind {
            PageKind::Found(_) => false,
            PageKind::Private(to) => !to.is_empty(),
            _ => true,
        }
    }

    fn heading(&self, count: usize) -> String {
        match &self.room.wanted.kind {
            PageKind::Found(_) if count == 0 => self.room.words.say("foundNone").to_owned(),
            PageKind::Found(_) => self.room.words.count(count, "foundOne", "foundMany"),
            PageKind::Private(to) if to.is_empty() => {
                self.room.words.say("privateMessages").to_owned()
            }
            _ if self.settings.is_newest_last => self.room.words.say("newestLast").to_owned(),
            _ => self.room.words.say("newestFirst").to_owned(),
        }
    }

    /// Returns the URL of the page with older messages, at the newest one of them. `None`: there
    /// are none.
    fn older(&self, lines: &[ShownEntry<'_>]) -> Option<String> {
        Some(self.older_page(lines)? + self.room.newest_place())
    }

    fn older_page(&self, lines: &[ShownEntry<'_>]) -> Option<String> {
        let oldest =
            self.room.log.lines.first().map(|line| line.seq).filter(|_| self.room.log.more);
        let before = |seq: Seq| format!("before={}", seq.0);
        match &self.room.wanted.kind {
            PageKind::Found(find) => {
                let query = format!("{}&{}", find.query(), before(self.room.log.search_on_before?));
                Some(self.room.page_link(&query))
            }
            PageKind::Private(to) => older_talk(self.room, to, lines),
            _ => {
                // The older page says where the new messages begin.
                let is_new = self.first_unseen().is_some_and(|from| Some(from) < oldest);
                let after = self.room.wanted.after.filter(|_| is_new);
                let after = after.map(|seen| format!("&after={}.{}", seen.epoch, seen.seq.0));
                Some(self.room.page_link(&(before(oldest?) + &after.unwrap_or_default())))
            }
        }
    }

    /// Returns the number of the first message that is new for a reader who comes back; `None`: the
    /// page shows neither the newest messages nor older ones, or nothing says which messages of
    /// this log the reader has seen.
    fn first_unseen(&self) -> Option<Seq> {
        if let Some(to) = self.talk_with() {
            return first_unseen_from(self.room, to);
        }
        let (joined, wanted) = (self.room.view.joined.as_ref()?, self.room.wanted);
        // In a browser that has not shown the room yet, other devices say what the person has read.
        let Some(after) = wanted.after else {
            let read = joined.read.filter(|_| self.marks_rooms && wanted.is_front());
            return read.map(Seq::next);
        };
        let is_older = wanted.kind == PageKind::History && wanted.linked.is_none();
        let is_here = wanted.is_newest() || is_older;
        // What was read on another device is not new.
        let read =
            joined.read.filter(|_| wanted.is_after_stored).map_or(Seq(0), |read| read.next());
        (is_here && after.epoch == joined.epoch).then_some(joined.from.max(read))
    }

    /// Returns the URL of the first new message, if the page does not show it. The list in a frame
    /// has no such link: the frame is loaded again and again.
    fn first_new(&self) -> Option<String> {
        let (first, oldest) = (self.first_unseen()?, self.room.log.lines.first()?.seq);
        let is_older = self.room.log.more && first < oldest && !self.room.wanted.is_framed;
        is_older.then(|| self.room.message_link(first.0))
    }

    fn is_news_of_others(&self, line: &Entry) -> bool {
        let is_said = match line.what {
            EntryKind::Said(_) | EntryKind::Acted(_) => true,
            EntryKind::Private { own, .. } => !own,
            _ => false,
        };
        is_said && !self.room.log.is_own(line)
    }
}

fn joined(rows: Vec<ListPiece<'_>>) -> Vec<ListPiece<'_>> {
    let mut pieces: Vec<ListPiece<'_>> = Vec::new();
    for row in rows {
        match (pieces.last_mut(), row) {
            (Some(ListPiece::Lines(before)), ListPiece::Lines(lines)) => before.extend(lines),
            (_, row) => pieces.push(row),
        }
    }
    pieces
}
