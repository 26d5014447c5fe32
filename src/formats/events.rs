//! Server-sent events (HTML Living Standard, 9.2): each JSON text that a client of `threadbare.v1`
//! would receive becomes the data of one event.
//!
//! Some events have an id: a position in a room's log, written `EPOCH.SEQ`, as in the query
//! parameter `after`. A browser that reconnects by itself sends the newest id that it has received,
//! so the server learns which lines the browser has.
//!
//! Owns: how a text becomes an event.
//! Must not know: what the texts mean.
//!
//! Part: `formats/mod.rs`.

use std::num::NonZeroU64;

use super::{Frame, FrameKind, LogPosition, v1};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, Epoch, Seq, ToReader};
use crate::chat::log_name::LogName;

/// Makes the event for a line of a log. `log` is the number that the hub has given the log. `past`
/// is what an older line is to the person who reads the stream; `None`: the line is new. The event
/// for a private message has no id: the browser must keep its position in the room's log.
pub fn encode_line(log: NonZeroU64, entry: &Entry, past: Option<ToReader>) -> Frame {
    let position = LogPosition { log, seq: entry.seq.0 };
    let at = matches!(entry.log, LogName::Room(_)).then_some((entry.epoch, entry.seq));
    line(at, &v1::line_text(entry, past)).with_position(position)
}

/// Makes the event for an answer or a notice. `text_bytes_max` is the greatest length of a
/// message's text, in bytes.
pub fn encode_answer(answer: &Answer, text_bytes_max: usize) -> Frame {
    let at = match answer {
        // The event's id is the position before the stream's first line. If the connection is lost
        // before that line, the browser sends this id when it reconnects, and misses no line.
        Answer::Joined(joined) if matches!(joined.log, LogName::Room(_)) => {
            Some((joined.epoch, Seq(joined.from.0.saturating_sub(1))))
        }
        _ => None,
    };
    line(at, &v1::answer_text(answer, text_bytes_max))
}

/// Makes the frame of a ping: a comment of the event stream, which browsers ignore.
pub fn ping() -> Frame {
    Frame::encoded(FrameKind::Ping, b":\n\n")
}

/// Makes the event at the end of the stream, which says why the stream ends.
pub fn bye(reason: Disconnect) -> Frame {
    line(None, &v1::bye_text(reason.log_word()))
}

/// Makes the frame after which the connection is closed: a comment of the event stream, which
/// browsers ignore.
pub fn close() -> Frame {
    Frame::encoded(FrameKind::Close, b":\n\n")
}

/// Makes one event. JSON has no line breaks, so the event's data is one row of text.
fn line(at: Option<(Epoch, Seq)>, json: &str) -> Frame {
    let id = at.map_or_else(String::new, |(epoch, seq)| format!("id: {epoch}.{}\n", seq.0));
    Frame::encoded(FrameKind::Message, format!("{id}data: {json}\n\n").as_bytes())
}
