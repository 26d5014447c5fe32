//! A room's whole log as a file that a person downloads, in one of the forms of an export. The file
//! is sent as fast as the client receives it.
//!
//! Owns: what the file has before and after the lines. If the connection ends normally, the file is
//! complete; otherwise the server breaks the connection off.
//! Must not know: how a line is written in each form; that is in `formats/export/mod.rs`.
//!
//! Part: `formats/mod.rs`.

use std::io::{self, Write};
use std::num::NonZeroU64;

use super::{Frame, FrameKind, LogPosition};
use crate::chat::entry::Entry;
use crate::chat::reply::Reply;
use crate::formats::export::{EditsShown, ExportForm, ExportWriter, MissingBecause, MissingLines};
use crate::history::archive::ArchivedRoom;

/// Makes the beginning of the file, before its first line.
pub fn beginning(form: ExportForm, room: &ArchivedRoom) -> Vec<u8> {
    written(form, |writer, out| {
        writer.begin(out)?;
        writer.room(out, room)
    })
}

/// Makes the frame for a line of a room's log. `log` is the hub's number of the log. `None`: a file
/// of this form has no text for this line.
pub(super) fn encode_line(form: ExportForm, log: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let line = message(&written(form, |writer, out| writer.line(out, entry, false)));
    line.map(|line| line.with_position(LogPosition { log, seq: entry.seq.0 }))
}

/// Makes the frame for an answer that says that lines are missing. `None`: `reply` is no such
/// answer, or a file of this form has no text for it.
pub(super) fn encode_reply(form: ExportForm, reply: &Reply) -> Option<Frame> {
    let gap = match reply {
        Reply::TooOld { log, from, to } => MissingLines::in_log(log, *from, *to),
        Reply::Skipped { log, from, to, damaged: true } => {
            MissingLines { log, from: *from, to: *to, because: MissingBecause::MaybeLost }
        }
        _ => return None,
    };
    message(&written(form, |writer, out| writer.gap(out, &gap)))
}

/// Makes the frame with the text at the end of the file. `position` is the frame's position in the
/// log. `is_whole`: no line of the log is missing from the file, as far as the server knows.
/// `None`: a file of this form has no such text, or `reply` is not [`Reply::CaughtUp`].
pub(super) fn caught_up(
    form: ExportForm,
    reply: &Reply,
    position: LogPosition,
    is_whole: bool,
) -> Option<Frame> {
    let Reply::CaughtUp { seq, .. } = reply else { return None };
    let end = message(&written(form, |writer, out| writer.end(out, *seq, is_whole)));
    end.map(|end| end.with_position(position))
}

/// Makes the frame after which the server closes the connection. It is empty: a file has no text
/// for this.
pub(super) fn close() -> Frame {
    Frame::encoded(FrameKind::Close, b"")
}

/// Makes the frame with these bytes. `None`: `bytes` is empty.
fn message(bytes: &[u8]) -> Option<Frame> {
    (!bytes.is_empty()).then(|| Frame::encoded(FrameKind::Message, bytes))
}

/// Returns the bytes that `write` writes. A file has each edit and deletion as a line of its own,
/// because the server sends the lines in order and cannot change a line that it has sent.
fn written(
    form: ExportForm,
    write: impl FnOnce(&dyn ExportWriter, &mut dyn Write) -> io::Result<()>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    write(form.writer(EditsShown::AsLines), &mut bytes).ok();
    bytes
}
