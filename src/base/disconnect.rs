//! Every reason why a client can end, with its close code and its word in the server's log.
//!
//! Owns: the reasons. An end is a value, not an error: most ends are normal.
//! Must not know: sockets, threads, frames.
//!
//! Part: `base/mod.rs`.

use std::fmt;

/// Why a client ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect {
    /// The peer sent a close frame, ended its side of the connection, or asked to leave. If another
    /// thread of the server has hung up, the client's reader reports this reason, too; the true
    /// reason is then usually in the outbox (`OutboxState::end_reason`).
    PeerClosed,
    /// A read failed with an error of the socket, such as a reset.
    ConnectionBroken,
    /// The peer has sent no byte for as long as the setting `pong_wait` says, and has not answered
    /// a ping.
    PongMissed,
    /// A message or a control frame of the peer was not whole in time (code 1008).
    MessageTooSlow,
    /// A message of the peer came in too many frames (code 1008).
    MessageInTooManyParts,
    /// The peer sent control frames, such as pings, faster than any client needs to (code 1008).
    ControlFlood,
    /// The writer could not write a frame within the frame's deadline.
    WriteTimeout,
    /// A write by the hub or the writer failed with an error of the socket, or the writer's thread
    /// panicked.
    WriteFailed,
    /// The client received messages more slowly than they came, until its outbox had no space for
    /// more. The server cannot send later what the client would miss.
    SlowConsumer,
    /// The peer sent bytes that break its protocol. On a WebSocket the code is 1002 (RFC 6455
    /// 7.4.1).
    ProtocolViolation,
    /// The peer sent a text that is not UTF-8 (code 1007).
    NotUtf8,
    /// The peer sent a message that is longer than the server allows (code 1009).
    MessageTooLong,
    /// The client did not say in time who it is, or did not give the right password, or used up its
    /// tries (code 1008).
    HelloMissed,
    /// The client sent requests faster than the server allows, was warned, and did not slow down
    /// (code 1008).
    TalkedTooFast,
    /// The client did not send the server's password, and has no session that lets it in. Or it
    /// came to save the log of a room that it may not read (code 1008).
    NotAdmitted,
    /// The client's hello has a secret, and too many secrets wait to be checked. The client may
    /// connect and say hello again later (code 1013).
    TooManySecrets,
    /// The server is shutting down (code 1001).
    ServerStopping,
    /// The client came to save a room's log as a file, and has received all of it.
    ToldAll,
    /// The client came to save a room's log as a file, and a part of it cannot be read or no longer
    /// exists.
    Unavailable,
    /// The client joined with the token of a session, and the server has replaced that token by a
    /// new one since then (code 1008).
    SessionRenewed,
    /// The client's person has ended the session, or all sessions of the person, through another
    /// client (code 1008).
    SessionLeft,
}

impl Disconnect {
    /// All reasons, for tests that try each of them.
    pub const ALL: [Self; 21] = [
        Self::PeerClosed,
        Self::ConnectionBroken,
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

    /// Returns the code in the close frame that the server sends for this reason. `None`: that
    /// close frame has no payload.
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
            | Self::ConnectionBroken
            | Self::PongMissed
            | Self::WriteTimeout
            | Self::WriteFailed
            | Self::SlowConsumer
            | Self::ToldAll
            | Self::Unavailable => None,
        }
    }

    /// Returns one word for the server's log, by which an operator can search it.
    pub fn log_word(self) -> &'static str {
        match self {
            Self::PeerClosed => "peer_closed",
            Self::ConnectionBroken => "connection_broken",
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

    /// Returns whether this reason is a normal one. A normal end is logged at level info, any other
    /// as a warning.
    pub fn is_normal(self) -> bool {
        use Disconnect::{
            ConnectionBroken, PeerClosed, PongMissed, ServerStopping, SessionLeft, SessionRenewed,
            ToldAll, WriteFailed,
        };
        let is_ours = matches!(self, ServerStopping | ToldAll | SessionRenewed | SessionLeft);
        is_ours || matches!(self, PeerClosed | ConnectionBroken | WriteFailed | PongMissed)
    }
}

impl fmt::Display for Disconnect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.log_word())
    }
}
