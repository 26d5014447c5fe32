//! The classic format (`classic/format.rs`) in the chat with rooms and names: a client sends and
//! receives plain texts in WebSocket frames, and cannot choose a name.
//!
//! Every classic client is in the lobby, and receives its new lines, also those of people with
//! names. Each line that this format can show is one frame.
//!
//! Owns: how a line of a log looks in the classic format.
//! Must not know: clients, rooms, sockets.
//!
//! Part: `formats/mod.rs`.

use super::{Frame, plain};
use crate::chat::entry::{Entry, EntryKind};
use crate::chat::reply::Reply;
use crate::chat::request::Request;
use crate::classic::format;
pub use crate::classic::format::clean;
use crate::server::disconnect::Disconnect;

/// Turns a text from a classic client into a request. `None`: the text is empty and asks for
/// nothing.
///
/// # Errors
/// The text, as [`clean`] cleans it, has more than `text_bytes_max` bytes.
pub(super) fn read(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    #[cfg(feature = "faults")]
    crate::server::faults::meet(text);
    Ok(format::read(text, text_bytes_max)?.map(Request::Classic))
}

/// Makes the frame for a line of the lobby's log. The text of a classic client is sent unchanged.
/// The text of any other person is sent on one line, after the person's name. `None`: the line is a
/// deletion or a private message, which this format cannot show.
pub fn encode_line(entry: &Entry) -> Option<Frame> {
    match &entry.what {
        EntryKind::Said(text) if entry.by.classic => Some(Frame::text(text)),
        // The server never sends a private message to a classic client.
        EntryKind::Private { .. } => None,
        _ => plain::text(entry).map(|text| Frame::text(&text.replace('\n', " "))),
    }
}

/// Makes the frame for an answer to one client. `None`: `reply` is not the refusal of a message;
/// this format shows no other answer.
pub fn encode_reply(reply: &Reply) -> Option<Frame> {
    match reply {
        Reply::Refused { reason, said: Some(text), .. } => {
            Some(Frame::text(&format!("* not sent ({reason}): {text}")))
        }
        _ => None,
    }
}
