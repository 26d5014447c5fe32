//! Lines of text, as a terminal shows them: for `curl`, `nc`, and whatever reads lines.
//!
//! Owns: how a line of a log and an answer read there.
//! Must not know: sockets, who reads it.
//!
//! Next: `wire/html.rs`.

use std::num::NonZeroU64;

use super::{Frame, FrameKind, LogPlace};
use crate::chat::entry::{Entry, What};
use crate::chat::told::Told;
use crate::disconnect::Disconnect;

/// A line of a log; `room` is the hub's number of its room. `None`: nothing that a
/// terminal could be told.
pub(super) fn tell(room: NonZeroU64, entry: &Entry) -> Option<Frame> {
    let name = entry.by.name.shown();
    let text = match &entry.what {
        What::Said(text) => format!("{name}: {text}"),
        What::Acted(text) => format!("* {name} {text}"),
        What::Edited { text, .. } => format!("{name} meant: {text}"),
        What::Topic(text) if text.is_empty() => format!("* {name} took the topic away"),
        What::Topic(text) => format!("* {name} set the topic: {text}"),
        What::Private { to, text } => format!("{name}, to {} only: {text}", to.shown()),
        // What has been shown cannot be taken back.
        What::Deleted { .. } => return None,
    };
    Some(line(&text).with_place(LogPlace { room, seq: entry.seq.0 }))
}

/// An answer or a notice. `None`: nothing that a reader of lines asks about.
pub(super) fn told(told: &Told) -> Option<Frame> {
    let gone = |from: u64, to: u64| to.saturating_sub(from) + 1;
    let text = match told {
        Told::Welcome { name, .. } => format!("* you are {name}"),
        Told::Refused { reason, said: Some(said), .. } => format!("* not said ({reason}): {said}"),
        Told::Refused { reason, .. } => format!("* {reason}"),
        Told::Fault(fault) => format!("* {}", fault.text),
        Told::Joined(joined) => {
            let room = joined.log.room()?;
            match joined.topic.as_str() {
                "" => format!("* this is {room}, {} here", joined.people),
                topic => format!("* this is {room}, {} here: {topic}", joined.people),
            }
        }
        Told::TooOld { from, to, .. } => {
            format!("* {} messages were too old to keep", gone(from.0, to.0))
        }
        Told::NotKept { from, to, .. } => {
            let count = gone(from.0, to.0);
            format!("* {count} messages were not kept: the box stopped before storing them")
        }
        Told::Keeping { kept: false, reason } => {
            format!("* new messages are not kept right now: {reason}")
        }
        Told::Presence { name, here: true, .. } => format!("* {name} joined"),
        Told::Presence { name, here: false, .. } => format!("* {name} left"),
        Told::Renamed { from, to } => format!("* {from} is now {to}"),
        _ => return None,
    };
    Some(line(&text))
}

/// The end, and why.
pub(super) fn close(reason: Disconnect) -> Frame {
    Frame::encoded(FrameKind::Close, format!("* the stream has ended: {reason}\n").as_bytes())
}

/// One line: nothing in it may move a terminal's cursor.
fn line(text: &str) -> Frame {
    let plain = |sign: char| if sign.is_control() { ' ' } else { sign };
    let text: String = text.chars().map(plain).chain(['\n']).collect();
    Frame::encoded(FrameKind::Message, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn nothing_said_moves_the_cursor() {
        let text = line("a\u{1b}[31mb\r\nc\u{9b}d").bytes().to_vec();
        assert_eq!(String::from_utf8(text).unwrap(), "a [31mb  c d\n");
    }
}
