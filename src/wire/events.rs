//! Server-sent events (HTML Living Standard, 9.2): what a client of `threadbare.v1` is
//! told, each text as the data of one event.
//!
//! An event's id is where its line stands, as an address has it in `after`; so a
//! browser that comes back by itself says how far it was told.
//!
//! Owns: that framing.
//! Must not know: what the texts say.
//!
//! Next: `wire/plain.rs`.

use std::num::NonZeroU64;

use super::v1::tell;
use super::{Frame, FrameKind, LogPlace};
use crate::chat::entry::{Entry, Epoch, Seq};
use crate::chat::log_name::LogName;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;

/// A line of a log; `room` is the hub's number of its room, `own`: its reader has said it
/// before. One's own private messages have numbers of their own, so they move nobody's place.
pub fn entry(room: NonZeroU64, entry: &Entry, own: bool) -> Frame {
    let place = LogPlace { room, seq: entry.seq.0 };
    let at = matches!(entry.log, LogName::Room(_)).then_some((entry.epoch, entry.seq));
    line(at, &tell::entry_text(entry, own)).with_place(place)
}

/// An answer or a notice.
pub fn told(told: &Told, text_bytes_max: usize) -> Frame {
    let at = match told {
        // From here on: whoever is cut off before the first line goes on here, too.
        Told::Joined(joined) if matches!(joined.log, LogName::Room(_)) => {
            Some((joined.epoch, Seq(joined.from.0.saturating_sub(1))))
        }
        _ => None,
    };
    line(at, &tell::told_text(told, text_bytes_max))
}

/// As [`told`], for what stands in a log's place.
pub fn told_at(it: &Told, text_bytes_max: usize, place: LogPlace) -> Frame {
    told(it, text_bytes_max).with_place(place)
}

/// A comment, which nobody is shown.
pub fn ping() -> Frame {
    Frame::encoded(FrameKind::Ping, b":\n\n")
}

/// The last words.
pub fn bye(reason: Disconnect) -> Frame {
    line(None, &tell::bye_text(reason.log_word()))
}

/// The end of the stream.
pub fn close() -> Frame {
    Frame::encoded(FrameKind::Close, b":\n\n")
}

/// One event. JSON has no line breaks, so its data is one line.
fn line(at: Option<(Epoch, Seq)>, json: &str) -> Frame {
    let id = at.map_or_else(String::new, |(epoch, seq)| format!("id: {epoch}.{}\n", seq.0));
    Frame::encoded(FrameKind::Message, format!("{id}data: {json}\n\n").as_bytes())
}
