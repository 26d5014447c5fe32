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

use super::{Changes, Hole, Shape};
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
        if hole.maybe {
            let Hole { log, from, to, .. } = *hole;
            let told = Told::Skipped { log: log.clone(), from, to, damaged: true };
            return writeln!(out, "{}", tell::told_text(&told, limits::MESSAGE_TEXT_BYTES_MAX));
        }
        // A program sees by the first number that older ones are not there.
        if hole.is_at_the_start() {
            return Ok(());
        }
        let Hole { log, from, to, .. } = *hole;
        let told = Told::TooOld { log: log.clone(), from, to };
        writeln!(out, "{}", tell::told_text(&told, limits::MESSAGE_TEXT_BYTES_MAX))
    }
}
