//! An export for people with a terminal: a line a message, with its time.
//!
//! Owns: its words. What others said must not command a terminal, not even after
//! years.
//! Must not know: files.
//!
//! Next: `export/html.rs`.

use std::io::{self, Write};

use super::{Changes, Hole, Shape};
use crate::chat::entry::{Entry, Seq, What};
use crate::chat::escape;
use crate::chat::moment;
use crate::history::archive::ArchivedRoom;

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

    fn line(&self, out: &mut dyn Write, entry: &Entry, changes: Changes) -> io::Result<()> {
        match sentence(entry, changes) {
            Some(sentence) => writeln!(out, "{} {}", moment::plain(entry.at), safe(&sentence)),
            None => Ok(()),
        }
    }

    fn gap(&self, out: &mut dyn Write, hole: &Hole<'_>) -> io::Result<()> {
        writeln!(out, "({})", hole.words())
    }

    fn end(&self, out: &mut dyn Write, last: Seq, is_whole: bool) -> io::Result<()> {
        writeln!(out, "\n{}", super::all(last, is_whole))
    }
}

/// What a line says; `None` for what is to be seen in the message that it changes.
fn sentence(entry: &Entry, changes: Changes) -> Option<String> {
    let name = entry.by.name.plain();
    let edited = if changes == (Changes::Inside { edited: true }) { " (edited)" } else { "" };
    match &entry.what {
        What::Said(text) => Some(format!("{name}: {text}{edited}")),
        What::Acted(text) => Some(format!("* {name} {text}{edited}")),
        What::Topic(text) if text.is_empty() => Some(format!("* {name} took the topic away")),
        What::Topic(text) => Some(format!("* {name} set the topic: {text}")),
        What::Deleted { of } if *of == entry.seq => Some(format!("{name}: (deleted)")),
        What::Edited { of, text } if changes == Changes::Behind => {
            Some(format!("* {name} edited #{}: {text}", of.0))
        }
        What::Deleted { of } if changes == Changes::Behind => {
            Some(format!("* {name} deleted #{}", of.0))
        }
        // No export has what was said in private.
        What::Deleted { .. } | What::Edited { .. } | What::Private { .. } => None,
    }
}

/// Without anything that a terminal would obey; further lines are set in.
fn safe(text: &str) -> String {
    text.lines().map(escape::strip).collect::<Vec<_>>().join("\n    ")
}
