//! All of a room as a file: a form of an export, told as fast as its reader takes it.
//!
//! Owns: what stands around the lines, and that a file has no last frame: it is whole
//! when the line ends as it should.
//! Must not know: how a line looks; `export/mod.rs` has the forms.
//!
//! Next: `wire/v1/mod.rs`.

use std::io::{self, Write};
use std::num::NonZeroU64;
use std::slice;

use super::{Frame, FrameKind, LogPlace};
use crate::chat::entry::Entry;
use crate::chat::told::Told;
use crate::export::{Changes, Form, Hole, Why};
use crate::history::archive::ArchivedRoom;

/// The file of this room up to its first line.
pub fn begin(form: Form, room: &ArchivedRoom) -> Vec<u8> {
    written(|out| {
        form.shape().begin(out, slice::from_ref(room))?;
        form.shape().room(out, room)
    })
}

/// A line of its log; `room` is the hub's number of it. `None`: nothing of it is shown.
pub(super) fn tell(form: Form, room: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let line = message(|out| form.shape().line(out, entry, Changes::Behind));
    line.map(|line| line.with_place(LogPlace { room, seq: entry.seq.0 }))
}

/// What is no line, and belongs into a file all the same.
pub(super) fn told(form: Form, told: &Told) -> Option<Frame> {
    match told {
        Told::TooOld { log, from, to } => {
            message(|out| form.shape().gap(out, &Hole::told(log, *from, *to)))
        }
        Told::Skipped { log, from, to, damaged: true } => {
            let hole = Hole { log, from: *from, to: *to, why: Why::MaybeLost };
            message(|out| form.shape().gap(out, &hole))
        }
        _ => None,
    }
}

/// That this was all.
pub(super) fn caught_up(form: Form, told: &Told, place: LogPlace, is_whole: bool) -> Option<Frame> {
    let Told::CaughtUp { seq, .. } = told else { return None };
    message(|out| form.shape().end(out, *seq, is_whole)).map(|end| end.with_place(place))
}

/// Nothing: all has been said.
pub(super) fn close() -> Frame {
    Frame::encoded(FrameKind::Close, b"")
}

fn message(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Option<Frame> {
    let bytes = written(write);
    (!bytes.is_empty()).then(|| Frame::encoded(FrameKind::Message, &bytes))
}

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail.
    write(&mut bytes).ok();
    bytes
}
