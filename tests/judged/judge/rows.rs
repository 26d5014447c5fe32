//! Judges what a client without numbers was shown over one connection: it must be a contiguous part
//! of the log.

use super::super::book::{Fate, Log, Number, What};
use super::super::seen::{Form, Kind, Moment, Shown, View};
use super::{Event, Judge, Wrong, around};

/// A client must have received a message if it was there for this long before the message, and
/// stayed for this long after it, in milliseconds. On a busy machine, lines take a while to arrive.
const LEAD: u32 = 10_000;
const TRAIL: u32 = 30_000;

impl Judge<'_> {
    pub(super) fn rows(&mut self, view: &View) {
        let mut lines: Vec<(usize, &Moment, Shown)> = Vec::new();
        for (place, moment) in view.moments.iter().enumerate() {
            if let Event::Line(shown) = moment.event {
                lines.push((place, moment, shown));
            }
        }
        if view.form == Form::Page {
            // A page shows the newest line first, unless its reader chose otherwise.
            lines.reverse();
        }
        let begin = self.begin_of(view, lines.iter().map(|(.., shown)| *shown));
        let mut before: Option<usize> = None;
        let mut first = None;
        let mut lost: Option<u64> = None;
        for (place, moment, shown) in lines {
            let at = match before {
                None => begin.or_else(|| self.place_of(view, shown, None)),
                before => self.place_of(view, shown, before),
            };
            if shown.seq == 0 && self.may_be_another(shown.text, moment.life) {
                // Without a number the judge cannot know which of the two entries was shown, unless
                // one fits.
                let fits = |(before, at): (usize, usize)| {
                    at > before && (before + 1..at).all(|it| self.may_leave_out(view, it))
                };
                if lost.is_some() || !before.zip(at).is_some_and(fits) {
                    self.verdict.shown_and_not_kept += 1;
                    continue;
                }
            }
            let Some(at) = at else {
                self.is_missing(view, place, moment, shown);
                lost = Some(shown.seq);
                continue;
            };
            if let Some(seq) = lost.take() {
                let evidence = around(view, place);
                let told = format!("a line is kept and #{seq} before it is not: {evidence}");
                self.finds(Wrong::Lost, told);
            }
            match before {
                None => first = Some(at),
                Some(before) if at <= before => {
                    let wrong = if at == before { Wrong::Doubled } else { Wrong::OutOfOrder };
                    let (whose, around) = (self.whose(view), around(view, place));
                    let log = self.log_around(view.log, at);
                    self.finds(wrong, format!("{whose}; {around}; {log}"));
                }
                Some(before) => self.is_whole(view, (before + 1, at), place),
            }
            before = Some(before.map_or(at, |before| before.max(at)));
        }
        self.began_in_time(view, first);
        self.went_on(view, before);
        self.has_what_it_must(view, before);
    }

    /// Where a view begins whose first line is a change. A client that receives changes late gets
    /// the last text in every change of a message. So only the lines that follow show which change
    /// it is: the last one before them. `None`: the first line shows it by itself.
    fn begin_of(&self, view: &View, lines: impl Iterator<Item = Shown>) -> Option<usize> {
        let is_change = |shown: &Shown| shown.seq == 0 && shown.kind == Kind::Edited;
        let mut changes = Vec::new();
        let mut end = self.kept.lines(view.log).len();
        for shown in lines {
            if !is_change(&shown) {
                end = self.place_of(view, shown, None).unwrap_or(end);
                break;
            }
            changes.push(shown);
        }
        let mut begin = None;
        for shown in changes.into_iter().rev() {
            let own = self.kept.places(view.log, shown.text).first().copied()?;
            let all = self.kept.changes(view.log, self.book.root(shown.text)).iter();
            let earlier = all.map(|(at, _)| *at).filter(|at| *at <= own && *at < end);
            end = earlier.max()?;
            begin = Some(end);
        }
        begin
    }

    /// The position of a line in the log; `None` if it is not there.
    fn place_of(&self, view: &View, shown: Shown, before: Option<usize>) -> Option<usize> {
        if shown.seq != 0 {
            let at = self.kept.at(view.log, shown.seq)?;
            return self.is_line(shown, view.log, at).then_some(at);
        }
        let root = self.book.root(shown.text);
        if shown.kind != Kind::Edited {
            // An entry that is in the log twice is reported once, by the judge of the log itself.
            let places = self.kept.places(view.log, root);
            let next = places.iter().find(|at| before.is_none_or(|before| **at > before));
            return next.or(places.first()).copied();
        }
        // If a client receives an earlier change late, it gets the text of the later one.
        let own = self.kept.places(view.log, shown.text).first().copied()?;
        let changes = self.kept.changes(view.log, root).iter().map(|(at, _)| *at);
        let next = changes.filter(|at| *at <= own).find(|at| before.is_none_or(|it| *at > it));
        Some(next.unwrap_or(own))
    }

    /// The line was shown, and is not in the log.
    fn is_missing(&mut self, view: &View, place: usize, moment: &Moment, shown: Shown) {
        let number = if shown.id == 0 { shown.text } else { shown.id };
        if self.may_be_gone(number, moment.life) {
            self.verdict.shown_and_not_kept += 1;
            return;
        }
        let (told, whose, around) = (self.book.told(number), self.whose(view), around(view, place));
        self.finds(Wrong::Lost, format!("shown and not in the log: {told}; {whose}; {around}"));
    }

    /// Between two shown lines, nothing is missing that this format shows.
    fn is_whole(&mut self, view: &View, (from, to): (usize, usize), place: usize) {
        let missing = (from..to).find(|at| !self.may_leave_out(view, *at));
        if let Some(at) = missing {
            let told = self.book.told(self.kept.entry(view.log, at));
            let (whose, around) = (self.whose(view), around(view, place));
            let log = self.log_around(view.log, at);
            self.finds(Wrong::SilentHole, format!("not shown: {told}; {whose}; {around}; {log}"));
        }
    }

    fn may_leave_out(&self, view: &View, at: usize) -> bool {
        let number = self.kept.entry(view.log, at);
        let what = self.book.get(number).map(|entry| entry.what);
        let is_change = matches!(what, Some(What::Edit(_) | What::Delete(_)));
        match view.form {
            Form::Numbered => false,
            // A page shows the change in the message itself.
            Form::Page => is_change,
            // A shown line cannot be taken back; a deleted message is not shown.
            Form::Words | Form::Rows => {
                let is_gone = self.kept.is_deleted(view.log, self.book.root(number));
                is_gone || is_change && self.was_shown_as_changed(view, number, at)
            }
        }
    }

    /// Whether the changed message was shown with its text after this edit, or with a later one. In
    /// a stream of rows also by an earlier edit of it: whoever receives that one late gets the last
    /// text in it, and the stream leaves out an edit that changes nothing on the page.
    fn was_shown_as_changed(&self, view: &View, edit: Number, at: usize) -> bool {
        let root = self.book.root(edit);
        let is_it = |shown: &Shown| {
            let is_line = matches!(shown.kind, Kind::Said | Kind::Acted);
            let is_earlier_edit = view.form == Form::Rows
                && shown.kind == Kind::Edited
                && self.kept.at(view.log, shown.seq).is_some_and(|place| place < at);
            let place = self.kept.places(view.log, shown.text).first();
            let is_later = place.is_some_and(|place| *place >= at);
            (is_line || is_earlier_edit)
                && shown.text != root
                && self.book.root(shown.text) == root
                && is_later
        };
        view.moments.iter().any(|moment| match &moment.event {
            Event::Line(shown) => is_it(shown),
            _ => false,
        })
    }

    /// A client that was there before something was said must have seen it.
    fn began_in_time(&mut self, view: &View, first: Option<usize>) {
        if view.form == Form::Page || view.was_deaf {
            return;
        }
        let end = first.unwrap_or(self.kept.lines(view.log).len());
        let missed = (0..end).find(|at| self.was_there_for(view, *at));
        if let Some(at) = missed {
            let told = self.book.told(self.kept.entry(view.log, at));
            let (whose, around) = (self.whose(view), around(view, 0));
            self.finds(
                Wrong::SilentHole,
                format!("was in and not shown: {told}; {whose}; {around}"),
            );
        }
    }

    /// A client that stayed long enough after something was said must have seen it, too.
    fn went_on(&mut self, view: &View, last: Option<usize>) {
        if view.form == Form::Page || view.was_deaf {
            return;
        }
        let lines = self.kept.lines(view.log).len();
        let missed = (last.map_or(0, |last| last + 1)..lines).find(|at| {
            // The last message of the run is one that every client waits for.
            let is_last = view.closed.is_none() && !self.may_leave_out(view, *at);
            is_last || self.was_there_for(view, *at)
        });
        if let Some(at) = missed {
            let told = self.book.told(self.kept.entry(view.log, at));
            let (whose, around) = (self.whose(view), around(view, view.moments.len()));
            self.finds(
                Wrong::SilentHole,
                format!("was in and not shown: {told}; {whose}; {around}"),
            );
        }
    }

    /// Whether a line was said well within the time of a view, and its format shows it.
    fn was_there_for(&self, view: &View, at: usize) -> bool {
        let number = self.kept.entry(view.log, at);
        let Some(entry) = self.book.get(number) else { return false };
        let is_answered = matches!(entry.fate, Fate::Sent(_) | Fate::Heard) && entry.tries == 1;
        let is_within = entry.at > view.opened.saturating_add(LEAD)
            && view.closed.is_none_or(|closed| entry.at.saturating_add(TRAIL) < closed);
        is_answered && is_within && !self.may_leave_out(view, at)
    }

    /// The page after a form shows what the form said, or something newer.
    fn has_what_it_must(&mut self, view: &View, last: Option<usize>) {
        let must: Number = view.must_have;
        let Some(at) = self.place_in(view.log, must) else { return };
        if last.is_none_or(|last| last < at) {
            let (told, whose) = (self.book.told(must), self.whose(view));
            let around = around(view, 0);
            self.finds(
                Wrong::SilentHole,
                format!("not on the page behind its form: {told}; {whose}; {around}"),
            );
        }
    }

    fn place_in(&self, log: Log, number: Number) -> Option<usize> {
        self.kept.places(log, number).first().copied()
    }
}
