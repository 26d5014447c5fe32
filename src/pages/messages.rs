//! What was said, as a page has it: each line once, as it reads now, newest first or
//! last; between them where new ones begin, and that somebody has written in private.
//!
//! Owns: what stands in the list, and which part of the log that is.
//! Must not know: the page around it, how a line looks.
//!
//! Next: `pages/holes.rs`.

use std::borrow::Cow;

use maud::{Markup, html};

use super::address::message;
use super::link::Links;
use super::parts::sentence;
use super::reasons;
use super::room::{PageKind, RoomPage};
use super::row::{self, Beside};
use super::when::When;
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::name::Name;

/// A line, as it reads now.
pub(super) struct Line<'a> {
    pub(super) entry: Cow<'a, Entry>,
    /// It was said otherwise.
    is_edited: bool,
}

/// What stands in the list.
enum Part<'a> {
    /// Lines with numbers.
    Lines(Vec<Line<'a>>),
    /// So many others behind it are new, or more.
    New(usize, bool),
    /// This one has written in private.
    Letter(&'a Name),
    /// Numbers are missing, for this reason.
    Hole(String),
}

impl<'a> Line<'a> {
    /// Which other line it changes.
    fn of(&self) -> Option<Seq> {
        change_of(&self.entry)
    }

    /// The line reads as `change` wants it.
    fn take(&mut self, change: &What) {
        if let Some(what) = self.entry.what.changed_by(self.entry.seq, change) {
            self.entry.to_mut().what = what;
            self.is_edited = matches!(change, What::Edited { .. });
        }
    }

    fn of_all(entries: impl Iterator<Item = &'a Entry>) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for entry in entries {
            let of = change_of(entry);
            if of.is_some() {
                // One change of a line is enough, the last.
                lines.retain(|line| line.of() != of);
                if let Some(line) = lines.iter_mut().find(|line| Some(line.entry.seq) == of) {
                    line.take(&entry.what);
                    continue;
                }
            }
            lines.push(Self { entry: Cow::Borrowed(entry), is_edited: false });
        }
        lines
    }
}

/// Which other line this one changes. One that is gone is where it was.
fn change_of(entry: &Entry) -> Option<Seq> {
    match entry.what {
        What::Edited { of, .. } | What::Deleted { of } => Some(of).filter(|of| *of != entry.seq),
        _ => None,
    }
}

impl RoomPage<'_> {
    /// The list, and the ways to what is older and newer.
    pub(super) fn messages(&self) -> Markup {
        let words = self.words;
        let lines = self.lines();
        html! {
            h2 { (self.heading(lines.len())) }
            @if let Some(lines) = self.sight.not_kept {
                p.warn { (words.number(reasons::not_kept(self.sight.not_kept_damaged), lines)) }
            }
            @if self.is_another_log() { p.warn { (words.say("newEpoch")) } }
            @if self.sight.not_keeping.is_some() { p.warn { (words.say("notKeeping")) } }
            @if lines.is_empty() && self.is_newest() && !self.is_damaged() && !self.sight.is_shut && self.refusal().is_none() { p { (words.say("nothingYet")) } }
            @let older = self.older(&lines);
            @for part in self.parts(lines) { (self.part(&part)) }
            p {
                @if let Some(older) = older { a href=(older) { (words.say("older")) } " " }
                @if self.kind == PageKind::History {
                    a href=(self.now(&self.address())) { (words.say("newest")) }
                }
            }
        }
    }

    /// Each line once, oldest first.
    fn lines(&self) -> Vec<Line<'_>> {
        let entries = self.sight.lines.iter().map(AsRef::as_ref);
        match &self.kind {
            PageKind::Private(to) if !to.is_empty() => Line::of_all(self.talk(to).into_iter()),
            _ => Line::of_all(entries),
        }
    }

    /// In the order in which the reader likes them.
    fn parts<'a>(&'a self, lines: Vec<Line<'a>>) -> Vec<Part<'a>> {
        let is_new = self.first_unseen().map(|from| {
            move |line: &Line<'_>| line.entry.seq >= from && self.is_news_of_others(&line.entry)
        });
        let new = lines.iter().filter(|line| is_new.as_ref().is_some_and(|it| it(line))).count();
        let is_all = self.sight.lines.first().map(|line| line.seq) <= self.first_unseen();
        let letters = self.letters(&lines).into_iter().map(|(at, name)| (at, Part::Letter(name)));
        let holes = self.holes(&lines).into_iter().map(|(at, why)| (at, Part::Hole(why)));
        let mut between: Vec<_> = holes.chain(letters).collect();
        between.sort_by_key(|(at, _)| *at);
        let mut rows: Vec<_> = lines.into_iter().map(|line| Part::Lines(vec![line])).collect();
        for (at, part) in between.into_iter().rev() {
            rows.insert(at, part);
        }
        if !self.settings.is_newest_last {
            rows.reverse();
        }
        let is_new = |part: &Part<'_>| match (part, &is_new) {
            (Part::Lines(lines), Some(is_new)) => lines.iter().any(is_new),
            _ => false,
        };
        if let Some(first) = rows.iter().position(is_new) {
            rows.insert(first, Part::New(new, is_all || !self.sight.more));
        }
        joined(rows)
    }

    fn part(&self, part: &Part<'_>) -> Markup {
        let words = self.words;
        html! {
            @match part {
                Part::New(count, true) => { p.since { (words.count("since", *count)) } }
                Part::New(count, false) => {
                    p.since { (words.fill("sinceMore", &[("n", &count.to_string())])) }
                }
                Part::Letter(name) => {
                    p.notice {
                        (sentence(words, "wroteToYou", &[("name", name.shown())])) " "
                        a href=(self.talk_now(name.shown())) { (words.say("openIt")) }
                    }
                }
                Part::Hole(why) => { p.notice.warn { (why) } }
                Part::Lines(lines) => {
                    @let rows = html! { @for line in lines { (self.row(line)) } };
                    // A number that a browser would show as another one is in words.
                    @if lines.iter().any(|line| row::is_far(line.entry.seq)) {
                        ul.far { (rows) }
                    } @else {
                        ol reversed[!self.settings.is_newest_last] { (rows) }
                    }
                }
            }
        }
    }

    fn row(&self, line: &Line<'_>) -> Markup {
        let number = |seq| message(self.room, seq, self.session().as_deref());
        // A private message's number is none of the room's.
        let has_numbers = !matches!(self.kind, PageKind::Private(_));
        let number = has_numbers.then_some(&number as &dyn Fn(u64) -> String);
        let links = Links { by_way_of_out: self.in_links, number, out_of_frame: false, name: None };
        let is_found = matches!(self.kind, PageKind::Found(_));
        let entry = &line.entry;
        let beside = Beside {
            is_own: self.sight.is_own(entry),
            is_edited: line.is_edited,
            when: match &self.kind {
                _ if self.settings.hides_times => When::Hidden,
                PageKind::Found(_) | PageKind::History => When::Day,
                _ => When::Time,
            },
            is_talk: matches!(&self.kind, PageKind::Private(to) if !to.is_empty()),
            change: self.change(entry),
            context: number.filter(|_| is_found).map(|number| number(entry.seq.0)),
        };
        row::item(self.words, entry, self.sight.me.as_ref(), links, &beside)
    }

    /// Where an own message is changed.
    fn change(&self, line: &Entry) -> Option<String> {
        let is_own = self.sight.is_own(line) && self.token.is_some();
        let can_be = matches!(line.what, What::Said(_) | What::Acted(_));
        let query = format!("change={}", line.seq.0);
        (is_own && can_be).then(|| self.link(&self.address(), &query))
    }

    fn heading(&self, count: usize) -> String {
        match &self.kind {
            PageKind::Found(_) => self.words.count("found", count),
            PageKind::Private(to) if to.is_empty() => self.words.say("privateMessages").to_owned(),
            _ if self.settings.is_newest_last => self.words.say("newestLast").to_owned(),
            _ => self.words.say("newestFirst").to_owned(),
        }
    }

    /// Where what was said before is.
    fn older(&self, lines: &[Line<'_>]) -> Option<String> {
        let oldest = self.sight.lines.first().map(|line| line.seq).filter(|_| self.sight.more);
        let before = |seq: Seq| format!("before={}", seq.0);
        match &self.kind {
            PageKind::Found(find) => {
                let query = format!("{}&{}", find.query(), before(self.sight.next?));
                Some(self.link(&self.address(), &query))
            }
            PageKind::Private(to) => self.older_letters(to, lines),
            _ => Some(self.link(&self.address(), &before(oldest?))),
        }
    }

    /// The first number that whoever comes back has not seen, if the address says how far
    /// that one has.
    fn first_unseen(&self) -> Option<Seq> {
        let (joined, after) = (self.sight.joined.as_ref()?, self.after?);
        (self.is_newest() && after.epoch == joined.epoch).then_some(joined.from)
    }

    /// What one says oneself is no news.
    fn is_news_of_others(&self, line: &Entry) -> bool {
        let is_said = matches!(line.what, What::Said(_) | What::Acted(_));
        is_said && !self.sight.is_own(line)
    }

    pub(super) fn is_newest(&self) -> bool {
        matches!(self.kind, PageKind::Newest | PageKind::List)
    }
}

/// Lines that stand together are one list.
fn joined(rows: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for row in rows {
        match (parts.last_mut(), row) {
            (Some(Part::Lines(before)), Part::Lines(lines)) => before.extend(lines),
            (_, row) => parts.push(row),
        }
    }
    parts
}
