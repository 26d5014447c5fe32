//! The format of the classic chat, as WebSocket tutorials build it: one WebSocket message of a
//! client is one message of the chat, and each receiver gets it as one text frame.
//!
//! Chat clients that were written for such a chat (with gorilla/websocket, for example) speak this
//! format on `/ws` and `/chat`. Clients do not say who they are: a client takes part as soon as its
//! WebSocket is open.
//!
//! Owns: how a text is cleaned, and the end of a client whose text is too long.
//! Must not know: which clients receive the text.
//!
//! Next: `server/hub/client_connection.rs`.
//! Part: `classic/mod.rs`.

use crate::base::disconnect::Disconnect;
use crate::server::client::{ClientFormat, Peer, Seat};
use crate::server::hub::HubFormat;

/// The format of the classic chat: a message of the chat is the text of one WebSocket message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classic;

impl HubFormat for Classic {
    /// A new client sends nothing about itself, so this type is empty.
    type Newcomer = ();
    type Request = String;
}

impl ClientFormat for Classic {
    type Settings = ();

    fn word(self) -> &'static str {
        "classic"
    }

    fn newcomer_at_once(self, _: &Seat<Self>) -> Option<()> {
        Some(())
    }

    fn read(self, text: &str, peer: &Peer) -> Result<Option<String>, Disconnect> {
        read(text, peer.text_bytes_max)
    }
}

/// Returns the cleaned text. `None`: after the cleaning the text is empty.
///
/// # Errors
/// The cleaned text has more than `bytes_max` bytes.
pub fn read(text: &str, bytes_max: usize) -> Result<Option<String>, Disconnect> {
    match clean(text) {
        Some(text) if text.len() > bytes_max => Err(Disconnect::MessageTooLong),
        cleaned => Ok(cleaned),
    }
}

/// Cleans the text of a message: removes white space at both ends, and turns each newline into a
/// space. `None`: after that the text is empty, so there is no message.
pub fn clean(text: &str) -> Option<String> {
    let cleaned = text.trim();
    (!cleaned.is_empty()).then(|| cleaned.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::{clean, read};
    use crate::base::disconnect::Disconnect;

    #[test]
    fn classic_b21_a_message_is_trimmed_and_its_newlines_become_spaces() {
        assert_eq!(clean("  hi  \n").as_deref(), Some("hi"));
        assert_eq!(clean("a\nb\n\nc").as_deref(), Some("a b  c"));
        assert_eq!(clean("\u{3000}你好\u{3000}").as_deref(), Some("你好"));
        assert_eq!(clean(" \r\n\t "), None);
        assert_eq!(clean(""), None);
    }

    #[test]
    fn a_text_may_be_as_long_as_the_limit_once_it_is_trimmed() {
        assert_eq!(read(" 1234 \r\n", 4), Ok(Some("1234".into())));
        assert_eq!(read("12345", 4), Err(Disconnect::MessageTooLong));
        assert_eq!(read("     ", 4), Ok(None));
    }
}
