//! The classic format (`client/classic.rs`) in a chat of rooms and names: one text frame in,
//! one text frame out, no names.
//!
//! Whoever speaks it is in the lobby, and hears there what people with names say, too. One
//! message is one frame, always.
//!
//! Owns: the classic way to tell a line of a log.
//! Must not know: clients, rooms, sockets.
//!
//! Next: `hub/mod.rs`.

use super::{Frame, plain};
use crate::chat::entry::{Entry, What};
use crate::chat::request::Request;
use crate::chat::told::Told;
use crate::client::classic;
pub use crate::client::classic::clean;
use crate::disconnect::Disconnect;

/// A classic client's text is what it says.
///
/// # Errors
/// It is too long.
pub(super) fn read(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    #[cfg(feature = "faults")]
    crate::faults::meet(text);
    Ok(classic::read(text, text_bytes_max)?.map(Request::Classic))
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
