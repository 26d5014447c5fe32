//! A room's whole log as a file that a person downloads, in one of the forms of an export.
//!
//! Owns: what the file has before and after the lines. The server ends the connection normally only
//! if the file is complete; otherwise it breaks the connection off.
//! Must not know: how a line is written in each form; that is in `formats/export/mod.rs`.
//!
//! Part: `formats/mod.rs`.

use std::io::{self, Write};
use std::num::NonZeroU64;

use super::{Frame, FrameKind, LogPosition};
use crate::chat::answer::Answer;
use crate::chat::entry::Entry;
use crate::formats::export::{EditsShown, ExportForm, ExportWriter, MissingBecause, MissingLines};
use crate::history::archive::ArchivedRoom;

/// Makes the beginning of the file, before its first line.
pub fn beginning(form: ExportForm, room: &ArchivedRoom) -> Vec<u8> {
    written(form, |writer, out| {
        writer.begin(out)?;
        writer.room(out, room)
    })
}

/// Makes the frame for a line of a room's log. `log` is the number that the hub has given the log.
/// Returns `None` if a file of this form has no text for this line.
pub(super) fn encode_line(form: ExportForm, log: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let line = message(&written(form, |writer, out| writer.line(out, entry, false)));
    line.map(|line| line.with_position(LogPosition { log, seq: entry.seq.0 }))
}

/// Makes the frame for an answer that says that lines are missing. Returns `None` for any other
/// answer, and if a file of this form has no text for these lines.
pub(super) fn encode_answer(form: ExportForm, answer: &Answer) -> Option<Frame> {
    let gap = match answer {
        Answer::TooOld { log, from, to } => MissingLines::in_log(log, *from, *to),
        Answer::Skipped { log, from, to, damaged: true } => {
            MissingLines { log, from: *from, to: *to, because: MissingBecause::MaybeLost }
        }
        _ => return None,
    };
    message(&written(form, |writer, out| writer.gap(out, &gap)))
}

/// Makes the frame with the text at the end of the file, for [`Answer::CaughtUp`]. `is_whole` is
/// true if the server knows of no line that is missing from the file. Returns `None` if a file of
/// this form has no such text.
pub(super) fn caught_up(
    form: ExportForm,
    answer: &Answer,
    position: LogPosition,
    is_whole: bool,
) -> Option<Frame> {
    let Answer::CaughtUp { seq, .. } = answer else { return None };
    let end = message(&written(form, |writer, out| writer.end(out, *seq, is_whole)));
    end.map(|end| end.with_position(position))
}

fn message(bytes: &[u8]) -> Option<Frame> {
    (!bytes.is_empty()).then(|| Frame::encoded(FrameKind::Message, bytes))
}

/// A file has each edit and each deletion as a line of its own: the server cannot change a line
/// that it has sent.
fn written(
    form: ExportForm,
    write: impl FnOnce(&dyn ExportWriter, &mut dyn Write) -> io::Result<()>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    write(form.writer(EditsShown::AsLines), &mut bytes).ok();
    bytes
}
