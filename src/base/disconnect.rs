//! Every reason why a client can end, with its close code and its word in the server's log.
//!
//! Owns: the reasons. An end is a value, not an error: most ends are normal.
//! Must not know: sockets, threads, frames.
//!
//! Part: `base/mod.rs`.

use std::fmt;

/// Makes the enum from a list of rows: a reason, the code of its close frame, and its word in the
/// server's log.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident, $code:expr, $word:literal;)*) => {
        /// Why a client ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Disconnect {
            $($(#[$doc])* $reason,)*
        }

        impl Disconnect {
            /// All reasons, in the order of their numbers: to count each, and for tests.
            pub const ALL: &[Self] = &[$(Self::$reason),*];

            /// Returns the code in the close frame that the server sends for this reason. `None`:
            /// that close frame has no payload.
            pub fn close_code(self) -> Option<u16> {
                match self { $(Self::$reason => $code,)* }
            }

            /// Returns one word for the server's log, by which an operator can search it.
            pub fn log_word(self) -> &'static str {
                match self { $(Self::$reason => $word,)* }
            }
        }
    };
}

reasons! {
    /// The peer sent a close frame, ended its side of the connection, or asked to leave. If another
    /// thread of the server has hung up, the client's reader reports this reason, too; the true
    /// reason is then usually in the outbox (`OutboxState::end_reason`).
    PeerClosed, None, "peer_closed";
    /// A read failed with an error of the socket, such as a reset.
    ConnectionBroken, None, "connection_broken";
    /// The peer has sent no byte for as long as the setting `pong_wait` says, and has not answered
    /// a ping.
    PongMissed, None, "pong_missed";
    /// A message or a control frame of the peer was not whole in time.
    MessageTooSlow, Some(1008), "message_too_slow";
    /// A message of the peer came in too many frames.
    MessageInTooManyParts, Some(1008), "message_in_too_many_parts";
    /// The peer sent control frames, such as pings, faster than any client needs to.
    ControlFlood, Some(1008), "control_flood";
    /// The writer could not write a frame within the frame's deadline.
    WriteTimeout, None, "write_timeout";
    /// A write by the hub or the writer failed with an error of the socket, or the writer's thread
    /// panicked.
    WriteFailed, None, "write_failed";
    /// The client received messages more slowly than they came, until its outbox had no space for
    /// more. The server cannot send later what the client would miss.
    SlowConsumer, None, "slow_consumer";
    /// The peer sent bytes that break its protocol. On a WebSocket the code is 1002 (RFC 6455
    /// 7.4.1).
    ProtocolViolation, Some(1002), "protocol_violation";
    /// The peer sent a text that is not UTF-8.
    NotUtf8, Some(1007), "not_utf8";
    /// The peer sent a message that is longer than the server allows.
    MessageTooLong, Some(1009), "message_too_long";
    /// The client did not say in time who it is, or did not give the right password, or used up its
    /// tries.
    HelloMissed, Some(1008), "hello_missed";
    /// The client sent requests faster than the server allows, was warned, and did not slow down.
    TalkedTooFast, Some(1008), "talked_too_fast";
    /// The client did not send the server's password, and has no session that lets it in. Or it
    /// came to save the log of a room that it may not read.
    NotAdmitted, Some(1008), "not_admitted";
    /// The client's hello has a secret, and too many secrets wait to be checked. The client may
    /// connect and say hello again later.
    TooManySecrets, Some(1013), "too_many_secrets";
    /// The server is shutting down.
    ServerStopping, Some(1001), "server_stopping";
    /// The client came to save a room's log as a file, and all of it has been pushed to the
    /// client's outbox.
    ToldAll, None, "told_all";
    /// The client came to save a room's log as a file, and a part of it cannot be read or no longer
    /// exists.
    Unavailable, None, "unavailable";
    /// The client joined with the token of a session, and the server has replaced that token by a
    /// new one since then.
    SessionRenewed, Some(1008), "session_renewed";
    /// The client's person has ended the session, or all sessions of the person, through another
    /// client.
    SessionLeft, Some(1008), "session_left";
}

impl Disconnect {
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
