//! An export for people with a terminal: a line a message, with its time.
//!
//! Owns: its words. What others said must not command a terminal, not even after
//! years.
//! Must not know: files.
//!
//! Next: `export/html.rs`.

use std::io::{self, Write};

use super::Shape;
use crate::chat::entry::What;
use crate::chat::moment;
use crate::console::escape;
use crate::history::archive::{ArchivedLine, ArchivedRoom};

pub(super) struct Text;

impl Shape for Text {
    fn begin(&self, out: &mut dyn Write, _rooms: &[ArchivedRoom]) -> io::Result<()> {
        writeln!(out, "Times are UTC.")
    }

    fn room(&self, out: &mut dyn Write, room: &ArchivedRoom) -> io::Result<()> {
        let notes = super::notes(room);
        let about = if room.topic.is_empty() { "" } else { ": " };
        writeln!(out, "\n# {}{notes}{about}{}\n", room.name, safe(&room.topic))
    }

    fn line(
        &self,
        out: &mut dyn Write,
        _room: &ArchivedRoom,
        line: &ArchivedLine,
    ) -> io::Result<()> {
        match sentence(line) {
            Some(sentence) => {
                writeln!(out, "{} {}", moment::plain(line.entry.at), safe(&sentence))
            }
            None => Ok(()),
        }
    }
}

/// What a line says; `None` for what is to be seen in the message that it changes.
fn sentence(line: &ArchivedLine) -> Option<String> {
    let name = line.entry.by.name.shown();
    let edited = if line.edited { " (edited)" } else { "" };
    match &line.entry.what {
        What::Said(text) => Some(format!("{name}: {text}{edited}")),
        What::Acted(text) => Some(format!("* {name} {text}{edited}")),
        What::Topic(text) if text.is_empty() => Some(format!("* {name} took the topic away")),
        What::Topic(text) => Some(format!("* {name} set the topic: {text}")),
        What::Deleted { of } if *of == line.entry.seq => Some(format!("{name}: (deleted)")),
        // No export has what was said in private.
        What::Deleted { .. } | What::Edited { .. } | What::Private { .. } => None,
    }
}

/// Without anything that a terminal would obey; further lines are set in.
fn safe(text: &str) -> String {
    text.lines().map(escape::strip).collect::<Vec<_>>().join("\n    ")
}
