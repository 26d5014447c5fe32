//! An export for programs: each line of a log as clients of `threadbare.v1` are
//! told it.
//!
//! Edits and deletions are there too, so no number is missing, and the rules of
//! `docs/PROTOCOL.md` hold.
//!
//! Owns: nothing itself.
//! Must not know: what is in a line.
//!
//! Next: `main.rs`.

use std::io::{self, Write};

use super::{Changes, Shape};
use crate::chat::entry::Entry;
use crate::wire::v1::tell;

pub(super) struct JsonLines;

impl Shape for JsonLines {
    fn line(&self, out: &mut dyn Write, entry: &Entry, _changes: Changes) -> io::Result<()> {
        writeln!(out, "{}", tell::entry_text(entry))
    }
}
