//! An export for spreadsheets: each line of a log is a row of cells (RFC 4180).
//!
//! As in the JSON lines, each edit and each deletion is a row of its own, and so is a range of
//! lines that are lost. The first row names the columns.
//!
//! A spreadsheet takes a cell that begins with `=` for a formula, and a formula can send the other
//! cells to a stranger. So a room, a name or a text that begins like a formula has an apostrophe
//! before it. A text that begins with an apostrophe has another one, so a program can take the
//! first one away from every cell and has what was said.
//!
//! Owns: the columns; the quotes; which cells are made harmless, and how.
//! Must not know: files.
//!
//! Part: `formats/export/mod.rs`.

use std::io::{self, Write};

use super::{ExportWriter, MissingBecause, MissingLines};
use crate::chat::entry::{Entry, EntryKind, Seq};
use crate::chat::log_name::LogName;
use crate::chat::secret::Mark;
use crate::chat::time_text;

/// The name of each column, in their order.
const COLUMNS: [&str; 9] =
    ["number", "time", "room", "name", "mark", "kind", "text", "of", "reply_to"];

/// What a formula begins with, in one program or another, and the apostrophe itself. The wide ones
/// are what a keyboard for Chinese or Japanese types.
const DANGEROUS: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

pub(super) struct CsvWriter;

impl ExportWriter for CsvWriter {
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS)
    }

    fn line(&self, out: &mut dyn Write, entry: &Entry, _is_edited: bool) -> io::Result<()> {
        let by = &entry.by;
        let mark = by.mark.as_ref().map(Mark::to_string).unwrap_or_default();
        let reply_to = entry.replied_to().map(|message| message.seq);
        row(
            out,
            [
                &entry.seq.0.to_string(),
                &time_text::exact_millis(entry.at),
                &room(&entry.log),
                &harmless(by.name.shown()),
                &mark,
                kind(&entry.what),
                &harmless(entry.what.text()),
                &of(&entry.what),
                &number(reply_to),
            ],
        )
    }

    fn gap(&self, out: &mut dyn Write, gap: &MissingLines<'_>) -> io::Result<()> {
        let kind = match gap.because {
            // As in the JSON lines: the first number shows it.
            MissingBecause::TooOld => return Ok(()),
            MissingBecause::Lost => "too-old",
            MissingBecause::MaybeLost => "skipped",
        };
        let (first, words) = (gap.from.0.to_string(), gap.sentence());
        row(out, [&first, "", &room(gap.log), "", "", kind, &words, &number(Some(gap.to)), ""])
    }
}

/// Writes one row. A cell has quotes if it needs them; a quote in it is doubled.
fn row<const CELLS: usize>(out: &mut dyn Write, cells: [&str; CELLS]) -> io::Result<()> {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\r', '\n']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// Returns the text as a cell that no spreadsheet takes for a formula, and no terminal for a
/// command.
fn harmless(text: &str) -> String {
    let apostrophe = text.starts_with(DANGEROUS).then_some('\'');
    let stays = |sign: &char| matches!(sign, '\t' | '\n') || !sign.is_control();
    apostrophe.into_iter().chain(text.chars().filter(stays)).collect()
}

fn room(log: &LogName) -> String {
    match log {
        LogName::Room(room) => harmless(room.as_str()),
        LogName::Private => String::new(),
    }
}

/// Returns the type that the line has in `threadbare.v1`.
fn kind(what: &EntryKind) -> &'static str {
    match what {
        EntryKind::Said(_) => "message",
        EntryKind::Acted(_) => "me",
        EntryKind::Edited { .. } => "edit",
        EntryKind::Deleted { .. } => "delete",
        EntryKind::Topic(_) => "topic",
        EntryKind::Pinned(_) => "pin",
        EntryKind::Renamed(_) => "new-name",
        EntryKind::Private { .. } => "private",
        EntryKind::Removed(_) => "removed",
    }
}

/// Returns the numbers of the lines that this line is about.
fn of(what: &EntryKind) -> String {
    match what {
        EntryKind::Edited { of, .. } | EntryKind::Deleted { of } | EntryKind::Pinned(of) => {
            number(Some(*of))
        }
        EntryKind::Removed(removed) => {
            let numbers: Vec<_> = removed.lines.iter().map(|seq| seq.0.to_string()).collect();
            numbers.join(" ")
        }
        _ => String::new(),
    }
}

/// Returns the number of a line; nothing for none.
fn number(seq: Option<Seq>) -> String {
    seq.filter(|seq| seq.0 > 0).map(|seq| seq.0.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{harmless, row};

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe_and_an_apostrophe_another_one() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-3 degrees", "'-3 degrees"),
            ("@Bo", "'@Bo"),
            ("\t=1", "'\t=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("'tis", "''tis"),
            ("''", "'''"),
            ("1=1", "1=1"),
            ("a\u{1b}[2J\u{0}b", "a[2Jb"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), cell, "{text:?}");
        }
    }

    #[test]
    fn a_cell_has_quotes_if_it_needs_them() {
        let mut bytes = Vec::new();
        row(&mut bytes, ["a b", "a,b", "say \"hi\"", "two\nlines", "", "厨房"]).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "a b,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",,厨房\r\n");
    }
}
