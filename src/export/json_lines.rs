//! An export for programs: each line of a log as clients of `threadbare.v1` are
//! told it.
//!
//! Edits and deletions are there too, so no number is missing, and the rules of
//! `docs/PROTOCOL.md` hold. Where lines are lost there is a `too-old`.
//!
//! Owns: nothing itself.
//! Must not know: what is in a line.
//!
//! Next: `main.rs`.

use std::io::{self, Write};

use super::{Changes, Hole, Shape, Why};
use crate::chat::entry::Entry;
use crate::chat::told::Told;
use crate::limits;
use crate::wire::v1::tell;

pub(super) struct JsonLines;

impl Shape for JsonLines {
    fn line(&self, out: &mut dyn Write, entry: &Entry, _changes: Changes) -> io::Result<()> {
        writeln!(out, "{}", tell::entry_text(entry, false))
    }

    fn gap(&self, out: &mut dyn Write, hole: &Hole<'_>) -> io::Result<()> {
        let Hole { log, from, to, why } = *hole;
        let log = log.clone();
        let told = match why {
            // A program sees by the first number that older ones are not there.
            Why::TooOld => return Ok(()),
            Why::Lost => Told::TooOld { log, from, to },
            Why::MaybeLost => Told::Skipped { log, from, to, damaged: true },
        };
        writeln!(out, "{}", tell::told_text(&told, limits::MESSAGE_TEXT_BYTES_MAX))
    }
}
