//! Formats: what clients may say and what they are told, as bytes.
//!
//! Owns: one file per format, and [`Frame`], the encoded form that all clients
//! of a format share.
//! Must not know: threads, sockets, who is told what.
//!
//! Next: `wire/classic.rs`, then `wire/webchat.rs`.

pub mod classic;
mod frame;
pub mod v1;
pub mod webchat;

pub use frame::{Frame, FrameKind, LogPlace};

/// What a client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Plain texts, no names.
    #[default]
    Classic,
    /// JSON with names, numbers and resume: the subprotocol `threadbare.v1`.
    V1,
    /// JSON as some classic chats send it: the subprotocol `webchat`.
    Webchat,
}

impl Format {
    /// As a handshake names it; the classic format has no name.
    pub fn subprotocol(self) -> Option<&'static str> {
        match self {
            Self::Classic => None,
            Self::V1 => Some("threadbare.v1"),
            Self::Webchat => Some("webchat"),
        }
    }

    /// The first of the offered subprotocols that is spoken here; the classic
    /// format if there is none, which is what RFC 6455 4.2.2 wants of a server
    /// that agrees to none of them.
    pub fn choose<'a>(offered: impl Iterator<Item = &'a str>) -> Self {
        let mut names = offered.flat_map(|list| list.split(',')).map(str::trim);
        let spoken = |name| [Self::V1, Self::Webchat].into_iter().find(|it| it.is_called(name));
        names.find_map(spoken).unwrap_or_default()
    }

    /// Whether a handshake that offers `name` means this.
    pub fn is_called(self, name: &str) -> bool {
        self.subprotocol() == Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn the_first_subprotocol_that_is_spoken_is_chosen() {
        let choose = |offered: &[&str]| Format::choose(offered.iter().copied());
        assert_eq!(choose(&[]), Format::Classic);
        assert_eq!(choose(&["chat"]), Format::Classic);
        assert_eq!(choose(&["chat, threadbare.v1"]), Format::V1);
        assert_eq!(choose(&["chat", "threadbare.v1"]), Format::V1);
        assert_eq!(choose(&["threadbare.v2"]), Format::Classic);
        assert_eq!(choose(&["webchat, threadbare.v1"]), Format::Webchat);
    }
}
