//! The two forms of an export: text, and JSON lines. An export is one or more logs that were
//! written down. The command `threadbare export` makes an export from the history, and a person who
//! saves a room from a page receives one as a file.
//!
//! Owns: what each form must write, and the words for missing lines.
//! Must not know: to where an export is written, and how much of it is written already.
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
pub enum ExportForm {
    /// Plain text.
    Text,
    /// JSON objects, each on a row of its own.
    JsonLines,
}

impl ExportForm {
    /// Returns the form that has this word in URLs and flags, such as `jsonl`; `None`: no form has
    /// this word.
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

    /// Returns the writer that writes an export in this form. `edits` says where it shows edits and
    /// deletions.
    pub(crate) fn writer(self, edits: EditsShown) -> &'static dyn ExportWriter {
        match (self, edits) {
            (Self::Text, EditsShown::InPlace) => &text::TextWriter(EditsShown::InPlace),
            (Self::Text, EditsShown::AsLines) => &text::TextWriter(EditsShown::AsLines),
            (Self::JsonLines, _) => &json_lines::JsonLinesWriter,
        }
    }
}

/// Where a text export shows that a line was edited or deleted. In an export as JSON lines, each
/// edit and deletion is always a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditsShown {
    /// In the changed line itself, which has its newest text, or says that it was deleted.
    InPlace,
    /// In a line of its own for each edit and deletion, after the changed line. If the server has
    /// read the changed line after the change, that line has the newest text, too.
    AsLines,
}

/// A range of numbers of a log. The lines with these numbers are missing from an export.
pub(crate) struct MissingLines<'a> {
    /// The log from which the lines are missing.
    pub(crate) log: &'a LogName,
    /// The first missing number.
    pub(crate) from: Seq,
    /// The last missing number.
    pub(crate) to: Seq,
    pub(crate) because: MissingBecause,
}

/// Why lines of a log are missing from an export.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingBecause {
    /// The history deleted the lines, because they were the oldest ones of their log.
    TooOld,
    /// The lines are lost, because the disk was damaged or too slow. It is not known which of the
    /// two.
    Lost,
    /// Damage of the disk may have destroyed lines with these numbers. It is not known how many of
    /// the numbers had lines.
    MaybeLost,
}

impl<'a> MissingLines<'a> {
    /// Makes the range of missing numbers from `from` to `to`, for a log that is sent from its
    /// first line on. If `from` is 1, the reason is that the history has deleted the lines, because
    /// it deletes the oldest ones first. Otherwise the lines count as lost.
    pub(crate) fn in_log(log: &'a LogName, from: Seq, to: Seq) -> Self {
        let is_oldest = from <= Seq(1);
        let because = if is_oldest { MissingBecause::TooOld } else { MissingBecause::Lost };
        Self { log, from, to, because }
    }

    /// Makes the range of missing lines from the gap `lost`, which the archive has reported. The
    /// archive reports lines that are lost or may be lost, never lines that the history deleted
    /// because they were too old.
    pub(crate) fn of(log: &'a LogName, lost: &ArchivedGap) -> Self {
        let because = if lost.maybe { MissingBecause::MaybeLost } else { MissingBecause::Lost };
        Self { log, from: lost.first, to: lost.last, because }
    }

    /// Returns the sentence for people that says which lines are missing, and why.
    fn sentence(&self) -> String {
        let (Seq(from), Seq(to)) = (self.from, self.to);
        let lost = "lost: the disk was damaged, or too slow";
        match (self.because, to.saturating_sub(from) + 1) {
            (MissingBecause::MaybeLost, _) => {
                "Messages may have been lost here: the disk was damaged".to_owned()
            }
            (MissingBecause::TooOld, count) => {
                format!("{count} older messages are no longer stored")
            }
            (MissingBecause::Lost, 1) => format!("#{from} is {lost}"),
            (MissingBecause::Lost, _) => format!("#{from} to #{to} are {lost}"),
        }
    }
}

/// Writes an export in one of the forms. Each method writes one piece of it to `out`, and returns
/// the error of `out`.
pub(crate) trait ExportWriter {
    /// Writes the beginning of an export, before its first line.
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes the heading of a room, before its lines.
    fn room(&self, _out: &mut dyn Write, _room: &ArchivedRoom) -> io::Result<()> {
        Ok(())
    }

    /// Writes a line of a log. `is_edited`: the text of `entry` is not its first one. A form may
    /// write nothing, mostly for an edit or a deletion that the changed line itself shows.
    fn line(&self, out: &mut dyn Write, entry: &Entry, is_edited: bool) -> io::Result<()>;

    /// Writes that the lines in the range `gap` are missing. A form may write nothing for
    /// [`MissingBecause::TooOld`]. The caller calls this in place of [`line`](Self::line) for these
    /// lines.
    fn gap(&self, out: &mut dyn Write, gap: &MissingLines<'_>) -> io::Result<()>;

    /// Writes the end of an export: the number of the last line, and whether no line is missing.
    /// The default writes nothing, because not every form has such an end.
    fn end(&self, _out: &mut dyn Write, _last: Seq, _is_whole: bool) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the last sentence of an export, which shows that the export was not cut off. `last` is
/// the number of the last line; 0: there is no line. If `is_whole` is false, lines are missing, and
/// the sentence says so.
fn last_sentence(last: Seq, is_whole: bool) -> String {
    match last.0 {
        last if !is_whole => format!("End: this is all that could be read, up to #{last}."),
        0 => "End: there are no messages.".to_owned(),
        last => format!("End: this is everything, up to #{last}."),
    }
}

/// Returns a note for the heading of a room, which says whether the room is hidden and whether it
/// has a password. If it is neither hidden nor has a password, the note is empty.
fn privacy_note(room: &ArchivedRoom) -> &'static str {
    match (room.hidden, room.locked) {
        (false, false) => "",
        (true, false) => " (hidden)",
        (false, true) => " (with a password)",
        (true, true) => " (hidden, with a password)",
    }
}
