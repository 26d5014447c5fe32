//! What a numbered client was shown: each number once, or a note that it is gone. At the end, it
//! must have the log.

use std::collections::{BTreeMap, HashMap};

use super::super::book::Number;
use super::super::seen::{Event, Shown, View, Why};
use super::kept::Version;
use super::{Judge, Wrong, around};
use crate::seen::Kind;

/// A client's position, kept as `docs/PROTOCOL.md` asks for.
#[derive(Default)]
struct Walk {
    epoch: u64,
    last: u64,
    asked: Option<(u64, u64)>,
    /// Lines that were shown were lost in a crash: `not-kept` must follow at once.
    goes_back: Option<u64>,
    /// The lines that the client has: for each number, its place in the view.
    lines: BTreeMap<u64, usize>,
    /// The server's life in which the client last got its position.
    confirmed: u16,
}

impl Judge<'_> {
    pub(super) fn numbered(&mut self, view: &View) {
        let mut walk = Walk::default();
        for (place, moment) in view.moments.iter().enumerate() {
            if let Event::Joined { epoch, .. } = moment.event
                && !walk.goes_on(epoch)
            {
                // The client starts again; what it had is judged now.
                self.is_the_log(view, &walk);
            }
            let told = match moment.event {
                Event::Asked(asked) => {
                    walk.asked = asked;
                    Ok(())
                }
                Event::Joined { epoch, from, .. } => walk.is_let_in(epoch, from, moment.life),
                Event::Line(shown) => walk.is_shown(shown.seq, place),
                Event::Gone(why, from, to) => {
                    self.verdict.holes_told += 1;
                    walk.is_told_gone(why, (from, to))
                        .and_then(|()| self.is_gone(view, why, (from, to)))
                }
                Event::CaughtUp(seq) => walk.is_told_all(seq),
            };
            if let Err((wrong, why)) = told {
                let (whose, around) = (self.whose(view), around(view, place));
                self.finds(wrong, format!("{why}: {whose}; {around}"));
                // One fault is reported once, because the rest would only follow from it.
                walk.recover(moment.event);
            }
        }
        self.is_the_log(view, &walk);
        self.reads_as_the_log(view, &walk);
        self.heard_to_the_end(view, walk.last);
    }

    /// The server may not call a line gone that is there.
    fn is_gone(
        &self,
        view: &View,
        why: Why,
        (from, to): (u64, u64),
    ) -> Result<(), (Wrong, String)> {
        if why == Why::NotKept {
            // Its numbers may be used again; `is_the_log` looks at what was shown.
            return Ok(());
        }
        let lines = self.kept.lines(view.log);
        let at = lines.partition_point(|line| line.seq < from);
        match lines.get(at).filter(|line| line.seq <= to) {
            Some(_) => Err((
                Wrong::ToldWrongly,
                format!("told {why:?} {from} to {to}, and {}", self.log_around(view.log, at)),
            )),
            None => Ok(()),
        }
    }

    /// The lines that the client has at the end are in the log, with the same numbers and texts.
    /// Only lines lost in a kill may differ, if the client could not learn of it yet.
    fn is_the_log(&mut self, view: &View, walk: &Walk) {
        let mut lost: Option<(u16, u64)> = None;
        for (seq, place) in &walk.lines {
            let moment = view.moments[*place];
            let Event::Line(shown) = moment.event else { continue };
            let at = self.kept.at(view.log, *seq);
            if at.is_some_and(|at| self.is_line(shown, view.log, at)) {
                // Of the lines said in one life, only the first ones can be stored, without a gap.
                if let Some((_, before)) = lost.filter(|(life, _)| *life == moment.life) {
                    let evidence = around(view, *place);
                    let told = format!("#{seq} is kept and #{before} before it is not: {evidence}");
                    self.finds(Wrong::Lost, told);
                    lost = None;
                }
                continue;
            }
            let number = if shown.id == 0 { shown.text } else { shown.id };
            if self.may_be_gone(number, moment.life) && moment.life >= walk.confirmed {
                self.verdict.shown_and_not_kept += 1;
                lost = Some((moment.life, *seq));
                continue;
            }
            let (whose, around) = (self.whose(view), around(view, *place));
            let (told, log) = (self.book.told(number), at.map(|at| self.log_around(view.log, at)));
            let wrong = if at.is_some() { Wrong::Altered } else { Wrong::Lost };
            self.finds(
                wrong,
                format!("shown and not so in the log: {told}; {whose}; {around}; {log:?}"),
            );
        }
    }

    /// A client that applies each change as it comes must have the log's texts of that time.
    fn reads_as_the_log(&mut self, view: &View, walk: &Walk) {
        let mut reads: HashMap<Number, Version> = HashMap::new();
        for place in walk.lines.values() {
            let Event::Line(shown) = view.moments[*place].event else { continue };
            let number = if shown.id == 0 { shown.text } else { shown.id };
            let root = self.book.root(number);
            let version = match shown {
                Shown { kind: Kind::Deleted, .. } => Version::Gone,
                Shown { text, .. } => Version::Text(text),
            };
            if matches!(shown.kind, Kind::Topic | Kind::Private) {
                continue;
            }
            // A deleted message does not come back.
            if reads.get(&root) != Some(&Version::Gone) {
                reads.insert(root, version);
            }
        }
        for (root, version) in reads {
            let changes = self.kept.changes(view.log, root);
            let rank = |wanted: Version| changes.iter().position(|(_, it)| *it == wanted);
            let known = match version {
                // A deleted message stays deleted.
                Version::Gone => continue,
                Version::Text(text) if text == root => None,
                version => match rank(version) {
                    Some(rank) => Some(rank),
                    // The change was lost in a kill.
                    None => continue,
                },
            };
            let told = changes
                .iter()
                .rposition(|(at, _)| walk.lines.contains_key(&self.kept.line(view.log, *at).seq));
            if known < told {
                let (told, whose) = (self.book.told(root), self.whose(view));
                let evidence = format!("{told} reads {version:?}, changes {changes:?}; {whose}");
                self.finds(Wrong::Altered, evidence);
            }
        }
    }

    /// A client that heard until the end has the last line.
    fn heard_to_the_end(&mut self, view: &View, last: u64) {
        let Some(end) = self.kept.lines(view.log).last() else { return };
        if view.closed.is_none() && last < end.seq {
            let (whose, around) = (self.whose(view), around(view, view.moments.len()));
            let told = format!("it has all up to #{last} of #{}: {whose}; {around}", end.seq);
            self.finds(Wrong::SilentHole, told);
        }
    }
}

impl Walk {
    /// Whether the client resumes where it was.
    fn goes_on(&self, epoch: u64) -> bool {
        self.asked.is_some_and(|(its, _)| its == epoch && epoch == self.epoch)
    }

    fn is_let_in(&mut self, epoch: u64, from: u64, life: u16) -> Result<(), (Wrong, String)> {
        let goes_on = self.goes_on(epoch);
        let Some((_, seq)) = self.asked.take().filter(|_| goes_on) else {
            *self = Self { epoch, last: from - 1, confirmed: life, ..Self::default() };
            return Ok(());
        };
        self.confirmed = life;
        if seq < self.last {
            // More lines arrived after the client had asked. It forgets these.
            self.lines.split_off(&(seq + 1));
        }
        self.last = seq;
        match from {
            from if from == seq + 1 => Ok(()),
            from if from <= seq => {
                self.goes_back = Some(from);
                Ok(())
            }
            from => Err((Wrong::SilentHole, format!("asked behind #{seq}, and #{from} comes"))),
        }
    }

    fn is_shown(&mut self, seq: u64, place: usize) -> Result<(), (Wrong, String)> {
        let next = self.last + 1;
        if let Some(from) = self.goes_back.take() {
            return Err((Wrong::Doubled, format!("let in from #{from}, and not told why")));
        }
        if seq < next {
            let wrong =
                if self.lines.contains_key(&seq) { Wrong::Doubled } else { Wrong::OutOfOrder };
            return Err((wrong, format!("#{seq} behind #{}", self.last)));
        }
        if seq > next {
            return Err((Wrong::SilentHole, format!("#{seq} where #{next} is due")));
        }
        self.last = seq;
        self.lines.insert(seq, place);
        Ok(())
    }

    fn is_told_gone(&mut self, why: Why, (from, to): (u64, u64)) -> Result<(), (Wrong, String)> {
        if why == Why::NotKept {
            let begins = self.goes_back.take();
            if to != self.last || begins.is_some_and(|begins| begins != from) {
                let last = self.last;
                let told = format!("not kept {from} to {to}, where #{last} was last, {begins:?}");
                return Err((Wrong::ToldWrongly, told));
            }
            self.last = from - 1;
            self.lines.split_off(&from);
            return Ok(());
        }
        if from != self.last + 1 || to < from {
            let told = format!("{why:?} {from} to {to} behind #{}", self.last);
            return Err((Wrong::ToldWrongly, told));
        }
        self.last = to;
        Ok(())
    }

    fn is_told_all(&mut self, seq: u64) -> Result<(), (Wrong, String)> {
        if let Some(from) = self.goes_back.take() {
            return Err((Wrong::Doubled, format!("let in from #{from}, and not told why")));
        }
        if seq != self.last {
            let wrong = if seq > self.last { Wrong::SilentHole } else { Wrong::ToldWrongly };
            return Err((wrong, format!("caught up at #{seq}, and has all up to #{}", self.last)));
        }
        Ok(())
    }

    /// Continues from the position that the server assumes.
    fn recover(&mut self, event: Event) {
        self.goes_back = None;
        match event {
            Event::Joined { from, .. } => self.last = from - 1,
            Event::Line(shown) => self.last = self.last.max(shown.seq),
            Event::Gone(Why::NotKept, from, _) => self.last = from - 1,
            Event::Gone(_, _, to) => self.last = to,
            Event::CaughtUp(seq) => self.last = seq,
            Event::Asked(_) => {}
        }
    }
}
