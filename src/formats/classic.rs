//! The classic format (`classic/format.rs`) in a chat of rooms and names: one text frame in, one
//! text frame out, no names.
//!
//! A classic client is in the lobby, and also receives what people with names say there. One
//! message is always one frame.
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

/// Reads a text of a classic client as a message. `None`: the text is empty.
///
/// # Errors
/// The text is too long.
pub(super) fn read(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    #[cfg(feature = "faults")]
    crate::server::faults::meet(text);
    Ok(format::read(text, text_bytes_max)?.map(Request::Classic))
}

/// Makes the frame for a line of the lobby's log. What classic clients say is sent unchanged. What
/// other people say is sent on one line, after their names. `None`: this format cannot show the
/// line.
pub fn tell(entry: &Entry) -> Option<Frame> {
    match &entry.what {
        EntryKind::Said(text) if entry.by.classic => Some(Frame::text(text)),
        // A private message is never for a client of this format.
        EntryKind::Private { .. } => None,
        _ => plain::text(entry).map(|text| Frame::text(&text.replace('\n', " "))),
    }
}

/// Makes the frame for an answer to one client. `None`: this format has no words for it.
pub fn encode_reply(reply: &Reply) -> Option<Frame> {
    match reply {
        Reply::Refused { reason, said: Some(text), .. } => {
            Some(Frame::text(&format!("* not said ({reason}): {text}")))
        }
        _ => None,
    }
}
