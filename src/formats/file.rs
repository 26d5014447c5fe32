//! A room's whole log as a file that a person downloads, in one of the forms of an export.
//!
//! Owns: what the file has before and after the lines, and how a browser sees that a file is whole.
//! Over TCP the server ends the connection normally only if the file is complete; otherwise it
//! sends a reset. A Unix socket knows no reset, so the file is sent in chunks there (RFC 9112 7.1):
//! only a complete file has a last chunk.
//! Must not know: how a line is written in each form; that is in `formats/export/mod.rs`.
//!
//! Part: `formats/mod.rs`.

use std::io::{self, Write};
use std::num::NonZeroU64;

use super::{Frame, FrameKind, LogPosition};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::Answer;
use crate::chat::entry::Entry;
use crate::formats::export::{EditsShown, ExportForm, ExportWriter, MissingBecause, MissingLines};
use crate::history::archive::ArchivedRoom;

/// How a room's log becomes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomFile {
    /// The form of the lines.
    pub form: ExportForm,
    /// Whether the file is sent in chunks. Its end is then in the bytes; otherwise it is the end of
    /// the connection.
    pub is_chunked: bool,
}

/// Makes the beginning of the file, before its first line.
pub fn beginning(file: RoomFile, room: &ArchivedRoom) -> Vec<u8> {
    written(file, |writer, out| {
        writer.begin(out)?;
        writer.room(out, room)
    })
}

/// Makes the frame for a line of a room's log. `log` is the number that the hub has given the log.
/// Returns `None` if a file of this form has no text for this line.
pub(super) fn encode_line(file: RoomFile, log: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let line = message(&written(file, |writer, out| writer.line(out, entry, false)));
    line.map(|line| line.with_position(LogPosition { log, seq: entry.seq.0 }))
}

/// Makes the frame for an answer that says that lines are missing. Returns `None` for any other
/// answer, and if a file of this form has no text for these lines.
pub(super) fn encode_answer(file: RoomFile, answer: &Answer) -> Option<Frame> {
    let gap = match answer {
        Answer::TooOld { log, from, to } => MissingLines::in_log(log, *from, *to),
        Answer::Skipped { log, from, to, damaged: true } => {
            MissingLines { log, from: *from, to: *to, because: MissingBecause::MaybeLost }
        }
        _ => return None,
    };
    message(&written(file, |writer, out| writer.gap(out, &gap)))
}

/// Makes the frame with the text at the end of the file, for [`Answer::CaughtUp`]. `is_whole` is
/// true if the server knows of no line that is missing from the file. Returns `None` if a file of
/// this form has no such text.
pub(super) fn caught_up(
    file: RoomFile,
    answer: &Answer,
    position: LogPosition,
    is_whole: bool,
) -> Option<Frame> {
    let Answer::CaughtUp { seq, .. } = answer else { return None };
    let end = message(&written(file, |writer, out| writer.end(out, *seq, is_whole)));
    end.map(|end| end.with_position(position))
}

/// Makes the last frame of the client that has this end: for a complete file its last chunk, if it
/// has chunks. Any other frame has no bytes.
pub(super) fn close(file: RoomFile, reason: Disconnect) -> Frame {
    let is_complete = file.is_chunked && reason == Disconnect::ToldAll;
    Frame::encoded(FrameKind::Close, if is_complete { b"0\r\n\r\n" } else { b"" })
}

fn message(bytes: &[u8]) -> Option<Frame> {
    (!bytes.is_empty()).then(|| Frame::encoded(FrameKind::Message, bytes))
}

/// A file has each edit and each deletion as a line of its own: the server cannot change a line
/// that it has sent.
fn written(
    RoomFile { form, is_chunked }: RoomFile,
    write: impl FnOnce(&dyn ExportWriter, &mut dyn Write) -> io::Result<()>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    write(form.writer(EditsShown::AsLines), &mut bytes).ok();
    // A chunk without bytes would be the last one.
    if is_chunked && !bytes.is_empty() {
        bytes.splice(0..0, format!("{:x}\r\n", bytes.len()).into_bytes());
        bytes.extend(b"\r\n");
    }
    bytes
}
