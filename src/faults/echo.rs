//! Messages that come back as they were.
//!
//! With `--features faults` and `THREADBARE_FAULTS=echo` every message comes back
//! as it was, whatever its type, its size or the number of its frames: that is
//! what the Autobahn suite expects of a server. It still goes from reader to hub
//! to outbox to writer, so the suite tests the way that a chat message takes.
//!
//! Owns: the switch, and the text that carries such a message through the hub.
//! Must not know: clients, sockets.
//!
//! Next: `faults/orders.rs`.

use std::sync::OnceLock;

use tungstenite::Message;

use crate::wire::Frame;

/// Largest message in this mode, in bytes: Autobahn sends 16 MiB.
pub const ECHO_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Whether messages come back as they were. Always false without the feature.
pub fn echo() -> bool {
    static ASKED: OnceLock<bool> = OnceLock::new();
    let asked = || std::env::var("THREADBARE_FAULTS").is_ok_and(|fault| fault == "echo");
    cfg!(feature = "faults") && *ASKED.get_or_init(asked)
}

/// The text that stands for `message` on its way through the hub: a letter for
/// its type, then a character for each byte if it is binary. `None`: not data.
pub fn carry(message: &Message) -> Option<String> {
    match message {
        Message::Text(text) => Some(format!("t{text}")),
        Message::Binary(bytes) => {
            Some(std::iter::once('b').chain(bytes.iter().copied().map(char::from)).collect())
        }
        _ => None,
    }
}

/// The frame that such a text stands for.
pub fn tell(carried: &str) -> Frame {
    let mut characters = carried.chars();
    if characters.next() == Some('b') {
        // Each character was made of one byte.
        Frame::binary(characters.filter_map(|one| u8::try_from(one).ok()).collect())
    } else {
        Frame::text(characters.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{carry, tell};
    use crate::wire::Frame;
    use tungstenite::Message;

    #[test]
    fn every_message_comes_back_as_it_was() {
        for text in ["", "b", "t\u{fe}x\n"] {
            assert_eq!(tell(&carry(&Message::text(text)).unwrap()), Frame::text(text));
        }
        let bytes: Vec<u8> = (0..=255).collect();
        let carried = carry(&Message::binary(bytes.clone())).unwrap();
        assert_eq!(tell(&carried), Frame::binary(bytes));
        assert_eq!(tell(&carry(&Message::binary(Vec::new())).unwrap()).bytes(), [0x82, 0]);
        assert_eq!(carry(&Message::Ping(Vec::new().into())), None);
    }
}
