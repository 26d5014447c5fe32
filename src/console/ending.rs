//! How a connection to a server ended, and the sentence that describes it.
//!
//! Owns: the sentence for each close code.
//! Must not know: sockets, threads, terminals.
//!
//! Part: `console/mod.rs`.

use std::fmt;

use tungstenite::protocol::CloseFrame;

use crate::chat::escape;

/// How a connection to a server ended. The thread that reads from the connection reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server sent a close frame.
    Closed {
        /// The close code; `None`: the close frame had no code.
        code: Option<u16>,
        /// The reason in the server's close frame, without terminal commands. It is often empty.
        reason: String,
        /// True if our side sent its close frame before it received the server's.
        after_our_close: bool,
    },
    /// The connection ended, and no close frame from the server had arrived.
    Gone {
        /// True if we had sent a close frame.
        after_our_close: bool,
    },
    /// What the server sent is not valid: for example, bytes that are not WebSocket, a message that
    /// is too long, or too many pings while it reads no pongs.
    Nonsense {
        /// What was wrong with what the server sent, in words for a person.
        why: String,
    },
}

impl Ending {
    pub(super) fn of_frame(frame: Option<CloseFrame>, after_our_close: bool) -> Self {
        let code = frame.as_ref().map(|frame| u16::from(frame.code));
        let reason = frame.map_or_else(String::new, |frame| escape::strip(&frame.reason));
        Self::Closed { code, reason, after_our_close }
    }

    /// Returns whether this is a normal end: the server closed with the code 1000 or 1001; or our
    /// side closed first, and the server answered without a code or not at all.
    ///
    /// A server can answer our close frame with the code of an error, such as 1009 because our
    /// newest line was too long. The server did not accept that line, so such an end is not normal.
    pub fn is_normal(&self) -> bool {
        match self {
            Self::Closed { code: Some(1000 | 1001), .. } => true,
            // Some servers answer our close frame with a close frame without a code.
            Self::Closed { code: None, after_our_close, .. } | Self::Gone { after_our_close } => {
                *after_our_close
            }
            Self::Closed { code: Some(_), .. } | Self::Nonsense { .. } => false,
        }
    }

    /// Returns whether "the connection was lost" says all that a person needs to know: the line was
    /// cut, or the server went away.
    pub(super) fn is_plain_loss(&self) -> bool {
        matches!(self, Self::Gone { .. } | Self::Closed { code: None | Some(1000 | 1001), .. })
    }

    /// Returns whether the user needs no sentence about the end. This is so if our side closed
    /// first, and the server's close frame has no code, or 1000 or 1001.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Self::Closed { after_our_close: true, .. }) && self.is_normal()
    }

    /// Returns whether the end counts as caused by the server: the connection ended and our side
    /// had not closed it before, or what the server sent is not valid.
    pub(super) fn is_eviction(&self) -> bool {
        match self {
            Self::Closed { after_our_close, .. } | Self::Gone { after_our_close } => {
                !after_our_close
            }
            Self::Nonsense { .. } => true,
        }
    }

    /// Returns the end in a few words, for the crowd's table: "code 1008", "no code", "no close
    /// frame" or "not WebSocket".
    pub(super) fn in_short(&self) -> String {
        match self {
            Self::Closed { code: Some(code), .. } => format!("code {code}"),
            Self::Closed { code: None, .. } => "no code".to_owned(),
            Self::Gone { .. } => "no close frame".to_owned(),
            Self::Nonsense { .. } => "not WebSocket".to_owned(),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { code, reason, .. } => {
                formatter.write_str(code_meaning(*code))?;
                if let Some(code) = code {
                    write!(formatter, " (code {code})")?;
                }
                if !reason.is_empty() {
                    write!(formatter, ": {reason}")?;
                }
                Ok(())
            }
            Self::Gone { after_our_close: true } => formatter
                .write_str("the server did not confirm the end; the last lines may be lost"),
            Self::Gone { after_our_close: false } => formatter
                .write_str("the server is gone: the connection ended without a close frame"),
            Self::Nonsense { why } => {
                write!(formatter, "the server sent something that is not a chat: {why}")
            }
        }
    }
}

/// Returns the sentence for a close code (RFC 6455 7.4.1 and the IANA registry); `None`: the close
/// frame had no code.
fn code_meaning(code: Option<u16>) -> &'static str {
    match code {
        None => {
            "the server closed the connection without a code; \
             classic servers do so when a client reads too slowly"
        }
        Some(1000) => "the server closed the connection",
        Some(1001) => "the server is shutting down",
        Some(1002) => "the server could not read what this program sent",
        Some(1003) => "the server does not accept this kind of message",
        Some(1007) => "the server says that a message was not UTF-8",
        Some(1008) => "the server says that this is against its rules",
        Some(1009) => "a message was too long for the server",
        Some(1011) => "the server had an error",
        Some(1012) => "the server restarts; join again in a moment",
        Some(1013) => "the server is full; try again later",
        Some(_) => "the server closed the connection for a reason of its own",
    }
}

#[cfg(test)]
mod tests {
    use super::Ending;

    fn closed(code: Option<u16>, reason: &str, after_our_close: bool) -> Ending {
        Ending::Closed { code, reason: reason.to_owned(), after_our_close }
    }

    #[test]
    fn a_server_that_stops_is_normal_and_one_that_complains_is_not() {
        for (ending, normal) in [
            (closed(Some(1000), "", false), true),
            (closed(Some(1001), "", false), true),
            (closed(Some(1000), "", true), true),
            (closed(None, "", true), true),
            (closed(None, "", false), false),
            (closed(Some(1008), "", false), false),
            (closed(Some(1009), "", true), false),
            (Ending::Gone { after_our_close: false }, false),
            (Ending::Gone { after_our_close: true }, true),
            (Ending::Nonsense { why: String::new() }, false),
        ] {
            assert_eq!(ending.is_normal(), normal, "{ending:?}");
        }
    }

    #[test]
    fn an_ending_says_what_why_and_the_code() {
        assert_eq!(
            closed(Some(1001), "", false).to_string(),
            "the server is shutting down (code 1001)"
        );
        assert_eq!(
            closed(Some(1009), "512 bytes at most", false).to_string(),
            "a message was too long for the server (code 1009): 512 bytes at most"
        );
        assert_eq!(
            closed(Some(4001), "bye", false).to_string(),
            "the server closed the connection for a reason of its own (code 4001): bye"
        );
        assert!(closed(None, "", false).to_string().contains("without a code"));
    }
}
