//! The judge: from what was said, what each client was shown and what is stored in the end, it
//! finds what was lost, doubled, out of order or told wrongly.
//!
//! It knows `docs/PROTOCOL.md` and no code of the server. It does not depend on how far the numbers
//! jump after a crash. The promises that it checks:
//!
//! - A message that was called sent is in the log once, under that number, as it was said. A
//!   refused message is not in the log. A message without an answer is there once at most.
//! - The messages of one guest are in the order in which that guest said them.
//! - The final log is the same in an export and for a client that reads it back; an edited message
//!   has its last text, a deleted one none.
//! - A numbered client was shown that log: each number, or a note that it is gone. Nothing that is
//!   there was called gone.
//! - A client without numbers was shown, over each connection, a part of the log without a gap.
//! - A line that was shown and is not in the log was never called sent, and was said in a life of
//!   the server that was killed. After such a line, nothing of that life is stored.
//! - Private messages are shown only to their two people.

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
    /// A message was called sent, or must have been shown, and is not there.
    Lost,
    /// A message is there twice.
    Doubled,
    OutOfOrder,
    /// A client was not shown something, and got no note about it.
    SilentHole,
    /// A client was told that a line is gone and it is there, or the other way round.
    ToldWrongly,
    /// A message has another text, author or target than what was said.
    Altered,
    /// A message is there that no guest said, or that was refused.
    Invented,
    /// A private message in the wrong place.
    Leaked,
}

/// One broken promise, with its evidence.
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

/// The result of a run.
#[derive(Debug, Default)]
pub struct Verdict {
    pub faults: Vec<Fault>,
    /// How many lines clients were shown.
    pub lines_shown: usize,
    /// How many gaps were announced to clients, each time counted.
    pub holes_told: usize,
    /// How many lines clients were shown that a kill of the server lost before they were stored.
    pub shown_and_not_kept: usize,
    /// How many messages were there twice, because they were sent again after so many others that
    /// the server may have forgotten the id: `docs/PROTOCOL.md` promises no more.
    pub again_much_later: usize,
}

/// The server remembers the newest 1,000 ids of a room. Lines that were shown and never stored had
/// ids, too, and the judge does not see these lines, so it demands less.
const IDS_REMEMBERED_MIN: usize = 700;

/// Everything that the judge looks at.
pub struct Trial<'a> {
    pub book: &'a Book,
    /// Each final log.
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

    /// Finds what was shown in a view and cannot be from its log: torn texts, and messages from
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

    /// Whether a message may have been shown in that life and not be there in that form: the server
    /// was killed before it called the message sent. The message may be there because it was sent
    /// again.
    fn may_be_gone(&self, number: Number, life: u16) -> bool {
        let sent_in = self.book.get(number).and_then(|entry| entry.sent_in);
        life < self.last_life && sent_in.is_none_or(|sent_in| sent_in > life)
    }

    /// Whether the message that was shown in that life may differ from the stored one, because it
    /// was sent again in a later life.
    fn may_be_another(&self, number: Number, life: u16) -> bool {
        self.may_be_gone(number, life)
            && self.book.get(number).is_some_and(|entry| entry.tries > 1 && entry.life > life)
    }

    /// Whether the shown line can be the line stored at this place.
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

    /// The line in the log, with the lines around it.
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
