//! The judge: from what was said, what each client was shown and what is kept in the end
//! it says what was lost, doubled, put out of order or told wrongly.
//!
//! It knows `docs/PROTOCOL.md` and no code of the server. Nothing in it depends on how far
//! numbers jump behind a crash. What it holds the server to:
//!
//! - What a sender was told is sent is in the log, once, under that number, as it was said;
//!   what was refused is not. What nobody answered is there once at most.
//! - What one guest said is in the order in which that guest said it.
//! - The final log is the same in an export and for a client that reads it back; an edited
//!   message has its last text, a deleted one none.
//! - A numbered client was shown that log, each number or that it is gone; and nothing is
//!   told to be gone that is there.
//! - Whoever has no numbers was shown, over each line, a part of the log without a hole.
//! - What was shown and is not in the log was never called sent, and was said in a life of
//!   the server that was killed; of such a life nothing behind it is kept.
//! - Private messages are shown to their two people, and to nobody else.
//!
//! Next: `kept.rs`.

mod entries;
mod kept;
mod numbered;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::book::{Book, GARBLED, Log, Number};
use super::seen::{Event, Form, Kind, Moment, Shown, View};
pub use kept::Kept;
use kept::Kepts;

/// What kind of promise was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// It was called sent, or must have been shown, and is not there.
    Lost,
    /// It is there twice.
    Doubled,
    OutOfOrder,
    /// A client was not shown something, and not told so.
    SilentHole,
    /// A client was told that something is gone which is there, or the other way round.
    ToldWrongly,
    /// It has another text, author or target than was said.
    Altered,
    /// It is there, and nobody said it, or its sender was told that it is not.
    Invented,
    /// A private message in the wrong place.
    Leaked,
}

/// One broken promise, with what shows it.
#[derive(Clone, Debug)]
pub struct Fault {
    pub wrong: Wrong,
    pub evidence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?}: {}", self.wrong, self.evidence)
    }
}

/// What a run comes to.
#[derive(Debug, Default)]
pub struct Verdict {
    pub faults: Vec<Fault>,
    /// Lines that clients were shown.
    pub lines_shown: usize,
    /// Holes that clients were told of, each time.
    pub holes_told: usize,
    /// Lines that clients were shown and that a kill took before they were kept.
    pub shown_and_not_kept: usize,
    /// Said again when so much had been said meanwhile that the server may have forgotten
    /// the id: `docs/PROTOCOL.md` promises no more.
    pub again_much_later: usize,
}

/// Ids are remembered for the newest 1,000 lines of a room, or a little less by their bytes.
const IDS_REMEMBERED_MIN: usize = 700;

/// All that is judged.
pub struct Trial<'a> {
    pub book: &'a Book,
    /// Each log as it is in the end.
    pub logs: &'a BTreeMap<Log, Vec<Kept>>,
    pub views: &'a [View],
    /// The server's last life; those before it were killed.
    pub last_life: u16,
}

/// A trial under way.
struct Judge<'a> {
    book: &'a Book,
    kept: Kepts<'a>,
    last_life: u16,
    verdict: Verdict,
}

impl Trial<'_> {
    pub fn verdict(&self) -> Verdict {
        let kept = Kepts::of(self.book, self.logs);
        let verdict = Verdict::default();
        let mut judge = Judge { book: self.book, kept, last_life: self.last_life, verdict };
        for odd in &self.book.odd {
            judge.finds(Wrong::ToldWrongly, odd.clone());
        }
        judge.logs();
        judge.entries();
        for view in self.views {
            judge.verdict.lines_shown += view.lines().count();
            judge.strangers_in(view);
            match view.form {
                Form::Numbered => judge.numbered(view),
                Form::Rows | Form::Page | Form::Words => judge.rows(view),
            }
        }
        judge.verdict
    }
}

impl<'a> Judge<'a> {
    fn finds(&mut self, wrong: Wrong, evidence: String) {
        self.verdict.faults.push(Fault { wrong, evidence });
    }

    /// What was shown of a view's log that cannot be of it: torn texts, and what was said
    /// elsewhere.
    fn strangers_in(&mut self, view: &View) {
        for (place, moment) in view.moments.iter().enumerate() {
            let Event::Line(shown) = moment.event else { continue };
            if shown.text == GARBLED || shown.id == GARBLED {
                let around = around(view, place);
                self.finds(Wrong::Altered, format!("a text that nobody said: {around}"));
                continue;
            }
            for number in [shown.id, shown.text] {
                let Some(entry) = self.book.get(number) else { continue };
                if !self.book.logs(number).contains(&view.log) {
                    let private = matches!(entry.what, super::book::What::Private(_));
                    let wrong = if private { Wrong::Leaked } else { Wrong::Altered };
                    let (told, around) = (self.book.told(number), around(view, place));
                    self.finds(wrong, format!("{told} is shown in {:?}: {around}", view.log));
                    break;
                }
            }
        }
    }

    /// Whether this may have been shown in that life, and not be there as it was: a kill took
    /// it before it was called sent. It may be there as it was sent again.
    fn may_be_gone(&self, number: Number, life: u16) -> bool {
        let sent_in = self.book.get(number).and_then(|entry| entry.sent_in);
        life < self.last_life && sent_in.is_none_or(|sent_in| sent_in > life)
    }

    /// Whether what was shown in that life may be another one than what is kept: it was sent
    /// again in a later life.
    fn may_be_another(&self, number: Number, life: u16) -> bool {
        self.may_be_gone(number, life)
            && self.book.get(number).is_some_and(|entry| entry.tries > 1 && entry.life > life)
    }

    /// Whether what was shown can be the line that is kept there.
    fn is_line(&self, shown: Shown, log: Log, place: usize) -> bool {
        let line = self.kept.line(log, place);
        if shown.seq != 0 && shown.seq != line.seq {
            return false;
        }
        let entry = self.kept.entry(log, place);
        let is_same = if shown.id != 0 {
            shown.id == entry
        } else if shown.text != 0 {
            self.book.root(shown.text) == self.book.root(entry)
        } else {
            true
        };
        let is_change = |kind| matches!(kind, Kind::Edited | Kind::Deleted);
        let (was, is) = (shown.kind, line.kind);
        is_same && (was == is || is == Kind::Deleted || (is_change(was) && is_change(is)))
    }

    /// The line in the words of the log, with those around it.
    fn log_around(&self, log: Log, place: usize) -> String {
        let lines = self.kept.lines(log);
        let from = place.saturating_sub(2);
        let some: Vec<_> = lines
            .iter()
            .enumerate()
            .skip(from)
            .take(5)
            .map(|(at, line)| {
                let mark = if at == place { ">" } else { "" };
                format!("{mark}#{} {:?} k{} k{}", line.seq, line.kind, line.id, line.text)
            })
            .collect();
        format!("in the log {log:?}: [{}]", some.join(", "))
    }

    fn whose(&self, view: &View) -> String {
        let guest = &self.book.guests[usize::try_from(view.guest).unwrap()];
        format!(
            "guest {} ({}), {:?} {:?}, open from {} to {:?} ms",
            view.guest, guest.kind, view.log, view.form, view.opened, view.closed
        )
    }
}

/// What a client was shown around a moment: the evidence of a fault.
fn around(view: &View, place: usize) -> String {
    let from = place.saturating_sub(4);
    let some: Vec<_> = view
        .moments
        .iter()
        .enumerate()
        .skip(from)
        .take(8)
        .map(|(at, moment)| {
            let mark = if at == place { ">" } else { "" };
            format!("{mark}{}", shown_as(moment))
        })
        .collect();
    format!("guest {} saw of {:?} [{}]", view.guest, view.log, some.join(", "))
}

fn shown_as(moment: &Moment) -> String {
    let what = match moment.event {
        Event::Line(Shown { kind, seq, id, text }) => format!("#{seq} {kind:?} k{id} k{text}"),
        other => format!("{other:?}"),
    };
    format!("{} ms life {}: {what}", moment.at, moment.life)
}
