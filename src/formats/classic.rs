//! The classic format (`classic/format.rs`) in the chat with rooms and names: a client sends and
//! receives plain texts in WebSocket frames, and cannot choose a name.
//!
//! Every classic client is in the lobby, and receives the lobby's new lines, also those of people
//! with names. Each line that this format can show is one frame.
//!
//! Owns: how a line of a log looks in the classic format.
//! Must not know: clients, rooms, sockets.
//!
//! Part: `formats/mod.rs`.

use super::{Frame, plain};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::Answer;
use crate::chat::entry::{Entry, EntryKind};
use crate::chat::request::Request;
use crate::classic::format;
pub use crate::classic::format::clean;

/// Makes the request for what a classic client has sent in one frame. Returns `None` if [`clean`]
/// leaves no text.
///
/// # Errors
/// [`clean`] leaves a text of more than `text_bytes_max` bytes.
pub(super) fn read(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    #[cfg(feature = "faults")]
    crate::server::faults::meet(text);
    Ok(format::read(text, text_bytes_max)?.map(Request::Classic))
}

/// Makes the frame for a line of the lobby's log. The text of a classic client is sent unchanged.
/// Any other line is sent as one row, with its author's name. Returns `None` for a deletion or a
/// private message: this format cannot show them.
pub fn encode_line(entry: &Entry) -> Option<Frame> {
    match &entry.what {
        EntryKind::Said(text) if entry.by.classic => Some(Frame::text(text)),
        EntryKind::Private { .. } => None,
        _ => plain::text(entry).map(|text| Frame::text(&text.replace('\n', " "))),
    }
}

/// Makes the frame for the refusal of a message, with the message's text. Returns `None` for any
/// other answer: this format does not show it.
pub fn encode_answer(answer: &Answer) -> Option<Frame> {
    match answer {
        Answer::Refused { reason, said: Some(text), .. } => {
            Some(Frame::text(&format!("* not sent ({reason}): {text}")))
        }
        _ => None,
    }
}
