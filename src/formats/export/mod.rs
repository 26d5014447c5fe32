//! The three forms of an export: text, a table (CSV), and JSON lines. An export is one or more logs
//! that were written down. The command `threadbare export` makes an export from the history, and a
//! person who saves a room from a page receives one as a file.
//!
//! Owns: what each form must write, and the words for missing lines.
//! Must not know: to where an export is written, and how much of it is written already.
//!
//! Part: `formats/mod.rs`.

mod csv;
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
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// JSON objects, each on a row of its own.
    JsonLines,
}

impl ExportForm {
    /// Returns the form that has this word in URLs and flags, such as `jsonl`; `None`: no form has
    /// this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Text, Self::Csv, Self::JsonLines].into_iter().find(|form| form.word() == word)
    }

    /// Returns the form's word in URLs and flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    pub(crate) fn writer(self, edits: EditsShown) -> &'static dyn ExportWriter {
        match (self, edits) {
            (Self::Text, EditsShown::InPlace) => &text::TextWriter(EditsShown::InPlace),
            (Self::Text, EditsShown::AsLines) => &text::TextWriter(EditsShown::AsLines),
            (Self::Csv, _) => &csv::CsvWriter,
            (Self::JsonLines, _) => &json_lines::JsonLinesWriter,
        }
    }
}

/// Where a text export shows that a line was edited or deleted. In the other forms, each edit and
/// deletion is always a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditsShown {
    /// The changed line itself shows it: it has its newest text, or says that it was deleted.
    InPlace,
    /// Each edit and each deletion is a line of its own, after the changed line.
    AsLines,
}

pub(crate) struct MissingLines<'a> {
    pub(crate) log: &'a LogName,
    pub(crate) from: Seq,
    pub(crate) to: Seq,
    pub(crate) because: MissingBecause,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingBecause {
    /// The history deleted the lines, because they were the oldest ones of their log.
    TooOld,
    /// The lines are lost: the disk was damaged or too slow.
    Lost,
    /// Damage of the disk may have destroyed lines with these numbers.
    MaybeLost,
}

impl<'a> MissingLines<'a> {
    /// For a log that is sent from its first line on. If `from` is 1, the lines count as deleted by
    /// the history, which deletes the oldest lines first. Otherwise they count as lost.
    pub(crate) fn in_log(log: &'a LogName, from: Seq, to: Seq) -> Self {
        let is_oldest = from <= Seq(1);
        let because = if is_oldest { MissingBecause::TooOld } else { MissingBecause::Lost };
        Self { log, from, to, because }
    }

    /// The archive does not report lines that the history has deleted as too old. So the reason is
    /// never [`MissingBecause::TooOld`].
    pub(crate) fn of(log: &'a LogName, lost: &ArchivedGap) -> Self {
        let because = if lost.maybe { MissingBecause::MaybeLost } else { MissingBecause::Lost };
        Self { log, from: lost.first, to: lost.last, because }
    }

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
    fn begin(&self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn room(&self, _out: &mut dyn Write, _room: &ArchivedRoom) -> io::Result<()> {
        Ok(())
    }

    /// Writes a line of a log, or nothing: a form need not show each kind of line. `is_edited` is
    /// true if the line has another text than at first.
    fn line(&self, out: &mut dyn Write, entry: &Entry, is_edited: bool) -> io::Result<()>;

    /// Writes that the lines of `gap` are missing. A form may write nothing for
    /// [`MissingBecause::TooOld`].
    fn gap(&self, out: &mut dyn Write, gap: &MissingLines<'_>) -> io::Result<()>;

    /// Writes the end of an export, if the form has one. `last` is the number of the last line.
    /// `is_whole` is true if no line is missing.
    fn end(&self, _out: &mut dyn Write, _last: Seq, _is_whole: bool) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the last sentence of an export. It shows the reader that the export was not cut off.
fn last_sentence(last: Seq, is_whole: bool) -> String {
    match last.0 {
        last if !is_whole => format!("End: this is all that could be read, up to #{last}."),
        0 => "End: there are no messages.".to_owned(),
        last => format!("End: this is everything, up to #{last}."),
    }
}

fn privacy_note(room: &ArchivedRoom) -> &'static str {
    match (room.hidden, room.locked) {
        (false, false) => "",
        (true, false) => " (hidden)",
        (false, true) => " (with a password)",
        (true, true) => " (hidden, with a password)",
    }
}
