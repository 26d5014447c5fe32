//! The classic format: one text frame in, one text frame out, no names.
//!
//! What every gorilla-style chat client speaks on `/ws` and `/chat`: a text is
//! trimmed, its newlines become spaces, and everybody hears it, its sender
//! included. One message is one frame, always.
//!
//! Owns: that cleaning, and the classic way to tell a message.
//! Must not know: clients, rooms, sockets.
//!
//! Next: `hub/mod.rs`.

use super::{Frame, plain};
use crate::chat::entry::{Entry, What};
use crate::chat::request::Request;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;

/// What is left of a text once it is cleaned: newlines are spaces, the ends are
/// trimmed. `None` if nothing is left; then nothing was said.
pub fn clean(text: &str) -> Option<String> {
    let cleaned = text.trim();
    if cleaned.is_empty() {
        return None;
    }
    Some(cleaned.replace('\n', " "))
}

/// A classic client's text is what it says.
///
/// # Errors
/// It is too long.
pub(super) fn read(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    let Some(text) = clean(text) else { return Ok(None) };
    if text.len() > text_bytes_max {
        return Err(Disconnect::MessageTooLong);
    }
    #[cfg(feature = "faults")]
    crate::faults::meet(&text);
    Ok(Some(Request::Classic(text)))
}

/// The frame that tells a line of the lobby's log: what classic clients say as
/// it was said, what people say behind their names, each on one line. `None`:
/// nothing that this format could tell.
pub fn tell(entry: &Entry) -> Option<Frame> {
    match &entry.what {
        What::Said(text) if entry.by.classic => Some(Frame::text(text)),
        // Whoever is written to in private does not speak this format.
        What::Private { .. } => None,
        _ => plain::text(entry).map(|text| Frame::text(&text.replace('\n', " "))),
    }
}

/// What only one client is told. `None`: nothing that this format has words for.
pub fn told(told: &Told) -> Option<Frame> {
    match told {
        Told::Refused { reason, said: Some(text), .. } => {
            Some(Frame::text(&format!("* not said ({reason}): {text}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn b21_a_message_is_trimmed_and_its_newlines_become_spaces() {
        assert_eq!(clean("  hi  \n").as_deref(), Some("hi"));
        assert_eq!(clean("a\nb\n\nc").as_deref(), Some("a b  c"));
        assert_eq!(clean("\u{3000}你好\u{3000}").as_deref(), Some("你好"));
        assert_eq!(clean(" \r\n\t "), None);
        assert_eq!(clean(""), None);
    }
}
