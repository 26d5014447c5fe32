//! The two forms in which a log is written down: as text, and as JSON lines. An export has one of
//! these forms, and so does the file in which a person saves a room from a page.
//!
//! Owns: what each form must write, and the words for missing lines.
//! Must not know: where the log is written to, and how much of it is written already.
//!
//! Part: `formats/mod.rs`.

mod json_lines;
mod text;

use std::io::{self, Write};

use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::history::archive::{ArchivedGap, ArchivedRoom};

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain text.
    Text,
    /// One JSON object per line.
    JsonLines,
}

impl Form {
    /// Finds a form by its word in URLs and flags; `None`: no form has this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::JsonLines].into_iter().find(|form| form.word() == word)
    }

    /// Returns the form's word in URLs and flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::JsonLines => "jsonl",
        }
    }

    pub(crate) fn shape(self) -> &'static dyn Shape {
        match self {
            Self::Text => &text::TextForm,
            Self::JsonLines => &json_lines::JsonLinesForm,
        }
    }
}

/// Where the edits and the deletion of a line are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditsShown {
    /// In the changed line itself, which is written with its newest text, or as deleted.
    Inside {
        /// The line was edited.
        edited: bool,
    },
    /// In later lines: the export shows the line as it was before its changes, and each change as a
    /// line.
    Behind,
}

/// A range of numbers of a log whose lines are missing.
pub(crate) struct MissingLines<'a> {
    /// The log whose lines are missing.
    pub(crate) log: &'a LogName,
    /// The first missing number.
    pub(crate) from: Seq,
    /// The last missing number.
    pub(crate) to: Seq,
    /// Why the lines are missing.
    pub(crate) why: Why,
}

/// Why lines are missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The history deleted these lines, because they were the oldest lines of their log.
    TooOld,
    /// The disk was damaged or too slow; it is not known which.
    Lost,
    /// Damage of the disk may have destroyed some of the lines. It is not known how many of the
    /// numbers had lines.
    MaybeLost,
}

impl<'a> MissingLines<'a> {
    /// Makes the range of the missing numbers from `from` to `to`, for a log that is sent from its
    /// first line. If `from` is 1, the history has deleted the lines, because it deletes the oldest
    /// lines first. Otherwise the lines are lost.
    pub(crate) fn in_log(log: &'a LogName, from: Seq, to: Seq) -> Self {
        Self { log, from, to, why: if from <= Seq(1) { Why::TooOld } else { Why::Lost } }
    }

    /// Makes the range of missing lines from the gap `lost`, which the archive has reported. The
    /// archive reports only lost lines, never lines that the history deleted because they were too
    /// old.
    pub(crate) fn of(log: &'a LogName, lost: &ArchivedGap) -> Self {
        let why = if lost.maybe { Why::MaybeLost } else { Why::Lost };
        Self { log, from: lost.first, to: lost.last, why }
    }
}

impl MissingLines<'_> {
    fn words(&self) -> String {
        let Self { from: Seq(from), to: Seq(to), .. } = *self;
        match (self.why, to.saturating_sub(from) + 1) {
            (Why::MaybeLost, _) => {
                "Messages may have been lost here: the disk was damaged".to_owned()
            }
            (Why::TooOld, count) => format!("{count} older messages are no longer stored"),
            (Why::Lost, 1) => format!("#{from} is lost: the disk was damaged, or too slow"),
            (Why::Lost, _) => {
                format!("#{from} to #{to} are lost: the disk was damaged, or too slow")
            }
        }
    }
}

/// One of the forms of an export. Each method writes one piece of the export directly to `out`.
pub(crate) trait Shape {
    /// Writes the beginning of an export, before its first line.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes the heading of a room, before its lines.
    fn room(&self, _out: &mut dyn Write, _room: &ArchivedRoom) -> io::Result<()> {
        Ok(())
    }

    /// Writes a line. Writes nothing for an edit or a deletion that is shown in the line that it
    /// changes.
    fn line(&self, out: &mut dyn Write, entry: &Entry, changes: EditsShown) -> io::Result<()>;

    /// Writes, at this point of the log, that the lines in the range `hole` are missing.
    fn gap(&self, out: &mut dyn Write, hole: &MissingLines<'_>) -> io::Result<()>;

    /// Writes the end: the last number, and whether no line is missing. By default it writes
    /// nothing, because not every form has such an end.
    fn end(&self, _out: &mut dyn Write, _last: Seq, _is_whole: bool) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the last sentence of a file, which shows that the file was not cut off. `last` is the
/// last number. If `is_whole` is false, lines are missing, and the sentence says that, too.
fn all(last: Seq, is_whole: bool) -> String {
    match last.0 {
        last if !is_whole => format!("End: this is all that could be read, up to #{last}."),
        0 => "End: there are no messages.".to_owned(),
        last => format!("End: this is everything, up to #{last}."),
    }
}

/// Returns the note for the heading of a room that says whether it is hidden and whether it has a
/// password. Empty for an open room.
fn notes(room: &ArchivedRoom) -> &'static str {
    match (room.hidden, room.locked) {
        (false, false) => "",
        (true, false) => " (hidden)",
        (false, true) => " (with a password)",
        (true, true) => " (hidden, with a password)",
    }
}
