//! An export for programs: each line of a log as clients of `threadbare.v1` receive it.
//!
//! Edits and deletions are included, so no number is missing, and the rules of `docs/PROTOCOL.md`
//! hold. Where lines are lost, the export has an object of the type `too-old`; where lines may be
//! lost, an object of the type `skipped`.
//!
//! Must not know: what is in a line.
//!
//! Part: `formats/saved/mod.rs`.

use std::io::{self, Write};

use super::{EditsShown, MissingLines, Shape, Why};
use crate::base::limits;
use crate::chat::entry::Entry;
use crate::chat::reply::Reply;
use crate::formats::v1;

pub(super) struct JsonLinesForm;

impl Shape for JsonLinesForm {
    fn line(&self, out: &mut dyn Write, entry: &Entry, _changes: EditsShown) -> io::Result<()> {
        writeln!(out, "{}", v1::line_text(entry, false))
    }

    fn gap(&self, out: &mut dyn Write, hole: &MissingLines<'_>) -> io::Result<()> {
        let MissingLines { log, from, to, why } = *hole;
        let log = log.clone();
        let reply = match why {
            // Write nothing: a program sees from the first number in the export that older lines
            // are missing.
            Why::TooOld => return Ok(()),
            Why::Lost => Reply::TooOld { log, from, to },
            Why::MaybeLost => Reply::Skipped { log, from, to, damaged: true },
        };
        writeln!(out, "{}", v1::reply_text(&reply, limits::MESSAGE_TEXT_BYTES_MAX))
    }
}
