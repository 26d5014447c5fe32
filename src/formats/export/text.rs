//! An export for people with a terminal: messages and other lines of a log in their order, each
//! with its time.
//!
//! Owns: the words of a text export, and the rule that no message can control the terminal that
//! shows the export.
//! Must not know: files.
//!
//! Part: `formats/export/mod.rs`.

use std::io::{self, Write};

use super::{EditsShown, ExportWriter, MissingLines};
use crate::chat::entry::{Entry, EntryKind, Seq};
use crate::chat::{escape, time_text};
use crate::formats::plain;
use crate::history::archive::ArchivedRoom;

pub(super) struct TextWriter(pub(super) EditsShown);

impl ExportWriter for TextWriter {
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "Times are UTC.")
    }

    fn room(&self, out: &mut dyn Write, room: &ArchivedRoom) -> io::Result<()> {
        let note = super::privacy_note(room);
        let about = if room.topic.is_empty() { "" } else { ": " };
        writeln!(out, "\n# {}{note}{about}{}\n", room.name, safe(&room.topic))
    }

    fn line(&self, out: &mut dyn Write, entry: &Entry, is_edited: bool) -> io::Result<()> {
        match sentence(entry, is_edited, self.0) {
            Some(sentence) => writeln!(out, "{} {}", time_text::plain(entry.at), safe(&sentence)),
            None => Ok(()),
        }
    }

    fn gap(&self, out: &mut dyn Write, gap: &MissingLines<'_>) -> io::Result<()> {
        writeln!(out, "({})", gap.sentence())
    }

    fn end(&self, out: &mut dyn Write, last: Seq, is_whole: bool) -> io::Result<()> {
        writeln!(out, "\n{}", super::last_sentence(last, is_whole))
    }
}

fn sentence(entry: &Entry, is_edited: bool, edits: EditsShown) -> Option<String> {
    let (name, whom) = (entry.by.name.plain(), plain::addressee(entry));
    let edited = if is_edited { " (edited)" } else { "" };
    match &entry.what {
        EntryKind::Said(text) => Some(format!("{name}{whom}: {text}{edited}")),
        EntryKind::Acted(text) => Some(format!("* {name}{whom} {text}{edited}")),
        EntryKind::Topic(text) if text.is_empty() => Some(format!("* {name} removed the topic")),
        EntryKind::Topic(text) => Some(format!("* {name} set the topic: {text}")),
        EntryKind::Pinned(_) | EntryKind::Renamed(_) | EntryKind::Removed(_) => plain::text(entry),
        EntryKind::Deleted { of } if *of == entry.seq => Some(format!("{name}: (deleted)")),
        EntryKind::Edited { of, text } if edits == EditsShown::AsLines => {
            Some(format!("* {name} edited #{}: {text}", of.0))
        }
        EntryKind::Deleted { of } if edits == EditsShown::AsLines => {
            Some(format!("* {name} deleted #{}", of.0))
        }
        // An export contains no private messages.
        EntryKind::Deleted { .. } | EntryKind::Edited { .. } | EntryKind::Private { .. } => None,
    }
}

fn safe(text: &str) -> String {
    text.lines().map(escape::strip).collect::<Vec<_>>().join("\n    ")
}
