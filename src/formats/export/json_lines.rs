//! An export for programs: each line of a log as clients of `threadbare.v1` receive it.
//!
//! Each edit and deletion is a line of its own, as in the protocol, so the rules of
//! `docs/PROTOCOL.md` hold. In place of lines that are lost, the export has an object of the type
//! `too-old`; in place of lines that may be lost, an object of the type `skipped`.
//!
//! Must not know: what is in a line.
//!
//! Part: `formats/export/mod.rs`.

use std::io::{self, Write};

use super::{ExportWriter, MissingBecause, MissingLines};
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::Entry;
use crate::formats::v1;

pub(super) struct JsonLinesWriter;

impl ExportWriter for JsonLinesWriter {
    fn line(&self, out: &mut dyn Write, entry: &Entry, is_edited: bool) -> io::Result<()> {
        if is_edited && !entry.is_edited() {
            let edited = entry.edited();
            return writeln!(out, "{}", v1::line_text(&edited, None));
        }
        writeln!(out, "{}", v1::line_text(entry, None))
    }

    fn gap(&self, out: &mut dyn Write, gap: &MissingLines<'_>) -> io::Result<()> {
        let MissingLines { log, from, to, because } = *gap;
        let log = log.clone();
        let answer = match because {
            // Lines that the history deleted because they were the oldest leave no object: a
            // program sees from the export's first number that they are missing.
            MissingBecause::TooOld => return Ok(()),
            MissingBecause::Lost => Answer::TooOld { log, from, to },
            MissingBecause::MaybeLost => Answer::Skipped { log, from, to, damaged: true },
        };
        writeln!(out, "{}", v1::answer_text(&answer, limits::MESSAGE_TEXT_BYTES_MAX))
    }
}
