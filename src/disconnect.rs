//! Every way a client can end: one table of close codes and log words.
//!
//! Owns: the reasons. An end is a value, not an error: most of them are normal.
//! Must not know: sockets, threads, frames.
//!
//! Next: `threads/mod.rs`.

use std::fmt;

/// Why a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The peer sent a close frame, or ended its side of the line without one.
    PeerClosed,
    /// The line broke on our read: a reset, or an error.
    LineBroken,
    /// No sign of life within the pong wait.
    PongMissed,
    /// A message was not whole in time.
    MessageTooSlow,
    /// A message came in too many frames.
    MessageInTooManyParts,
    /// Pings or pongs came faster than anyone needs.
    ControlFlood,
    /// A frame could not be written within its deadline.
    WriteTimeout,
    /// The line broke on our write: the same as [`LineBroken`](Self::LineBroken),
    /// but it was the writer that met it.
    WriteFailed,
    /// The outbox was full: others said more than this client took.
    SlowConsumer,
    /// Bytes that are not WebSocket (RFC 6455 7.4.1, code 1002).
    ProtocolViolation,
    /// A text that is not UTF-8 (code 1007).
    NotUtf8,
    /// A message over the limit (code 1009).
    MessageTooLong,
    /// A numbered client did not say who it is in time (code 1008).
    HelloMissed,
    /// Asked for much more than its pace allows, and went on (code 1008).
    TalkedTooFast,
    /// The box asks for a password, and it was not given (code 1008).
    NotAdmitted,
    /// So many secrets wait to be looked at that its hello must come again (code 1013).
    TooManySecrets,
    /// The server is shutting down (code 1001).
    ServerStopping,
    /// It came for all of a room, and has been told that.
    ToldAll,
    /// ... and not all of it could be had.
    Unavailable,
    /// It came by a token of a session that has a new one by now (code 1008).
    SessionRenewed,
    /// Its person has left, by another client of the same session (code 1008).
    SessionLeft,
}

impl Disconnect {
    /// All of them, for tests that want a case for each.
    pub const ALL: [Self; 21] = [
        Self::PeerClosed,
        Self::LineBroken,
        Self::PongMissed,
        Self::MessageTooSlow,
        Self::MessageInTooManyParts,
        Self::ControlFlood,
        Self::WriteTimeout,
        Self::WriteFailed,
        Self::SlowConsumer,
        Self::ProtocolViolation,
        Self::NotUtf8,
        Self::MessageTooLong,
        Self::HelloMissed,
        Self::TalkedTooFast,
        Self::NotAdmitted,
        Self::TooManySecrets,
        Self::ServerStopping,
        Self::ToldAll,
        Self::Unavailable,
        Self::SessionRenewed,
        Self::SessionLeft,
    ];

    /// The code of our close frame; `None` is a close frame without payload,
    /// which is what the classic chats send when they end a client.
    pub fn close_code(self) -> Option<u16> {
        match self {
            Self::ProtocolViolation => Some(1002),
            Self::NotUtf8 => Some(1007),
            Self::MessageTooSlow
            | Self::MessageInTooManyParts
            | Self::ControlFlood
            | Self::HelloMissed
            | Self::TalkedTooFast
            | Self::NotAdmitted
            | Self::SessionRenewed
            | Self::SessionLeft => Some(1008),
            Self::MessageTooLong => Some(1009),
            Self::TooManySecrets => Some(1013),
            Self::ServerStopping => Some(1001),
            Self::PeerClosed
            | Self::LineBroken
            | Self::PongMissed
            | Self::WriteTimeout
            | Self::WriteFailed
            | Self::SlowConsumer
            | Self::ToldAll
            | Self::Unavailable => None,
        }
    }

    /// One word for the log and for whoever greps it.
    pub fn log_word(self) -> &'static str {
        match self {
            Self::PeerClosed => "peer_closed",
            Self::LineBroken => "line_broken",
            Self::PongMissed => "pong_missed",
            Self::MessageTooSlow => "message_too_slow",
            Self::MessageInTooManyParts => "message_in_too_many_parts",
            Self::ControlFlood => "control_flood",
            Self::WriteTimeout => "write_timeout",
            Self::WriteFailed => "write_failed",
            Self::SlowConsumer => "slow_consumer",
            Self::ProtocolViolation => "protocol_violation",
            Self::NotUtf8 => "not_utf8",
            Self::MessageTooLong => "message_too_long",
            Self::HelloMissed => "hello_missed",
            Self::TalkedTooFast => "talked_too_fast",
            Self::NotAdmitted => "not_admitted",
            Self::TooManySecrets => "too_many_secrets",
            Self::ServerStopping => "server_stopping",
            Self::ToldAll => "told_all",
            Self::Unavailable => "unavailable",
            Self::SessionRenewed => "session_renewed",
            Self::SessionLeft => "session_left",
        }
    }

    /// Whether this is how clients usually go: logged at info, never as an error.
    pub fn is_normal(self) -> bool {
        use Disconnect::{
            LineBroken, PeerClosed, PongMissed, ServerStopping, SessionLeft, SessionRenewed,
            ToldAll, WriteFailed,
        };
        let is_ours = matches!(self, ServerStopping | ToldAll | SessionRenewed | SessionLeft);
        is_ours || matches!(self, PeerClosed | LineBroken | WriteFailed | PongMissed)
    }
}

impl fmt::Display for Disconnect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.log_word())
    }
}
