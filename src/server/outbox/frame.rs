//! What the server sends to a client: one WebSocket frame, or one piece of a stream without frames.
//! A frame is encoded once, and all clients that receive it share its bytes. A batch holds the
//! frames of one push.
//!
//! Owns: the server's only calls of tungstenite's frame encoder (the console encodes its own
//! frames); the bytes of a push in one piece, which the hub can give a socket with one `send`.
//! Must not know: what a text means, which client receives it.
//!
//! Next: `server/outbox/mod.rs`.
//! Part: `server/outbox/mod.rs`.

use std::num::NonZeroU64;
use std::sync::Arc;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame as Rfc6455Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::base::limits;

/// The bytes of one whole, unmasked frame, or of a piece of a stream. All clones of a frame share
/// its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    kind: FrameKind,
    position: Option<LogPosition>,
    bytes: Arc<[u8]>,
}

/// The position of a line in a log, as an outbox knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// The hub's number of the room's log. It is never 0, so a frame without a position needs no
    /// extra memory.
    pub log: NonZeroU64,
    /// The line's number in its log.
    pub seq: u64,
}

/// The kinds of frames that an outbox tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A message: a line of a log, or what else the server tells the client. An outbox has space
    /// for a limited number of messages; frames of other kinds are not counted.
    Message,
    /// A ping, which the writer itself queues.
    Ping,
    /// A pong. If too many pongs wait in an outbox, the oldest is dropped.
    Pong,
    /// The last frame that a client gets: a WebSocket close frame, or the end of a stream.
    Close,
}

impl Frame {
    /// Encodes a text message as one WebSocket frame. It has no position in a log, so the server
    /// cannot send it again later.
    pub fn text(text: &str) -> Self {
        let frame = Rfc6455Frame::message(text.to_owned(), OpCode::Data(Data::Text), true);
        Self::encode(FrameKind::Message, frame)
    }

    /// Encodes a text message that is a line of a log, as one WebSocket frame. If the line is taken
    /// out of an outbox, the server can send it again later from the log.
    pub fn log_line(text: &str, position: LogPosition) -> Self {
        Self { position: Some(position), ..Self::text(text) }
    }

    /// Encodes a binary message as one WebSocket frame.
    pub fn binary(bytes: Vec<u8>) -> Self {
        let frame = Rfc6455Frame::message(bytes, OpCode::Data(Data::Binary), true);
        Self::encode(FrameKind::Message, frame)
    }

    /// Encodes a ping without payload.
    pub fn ping() -> Self {
        Self::encode(FrameKind::Ping, Rfc6455Frame::ping(Vec::new()))
    }

    /// Encodes a close frame. Without a code it has no payload (RFC 6455 5.5.1).
    pub fn close(code: Option<u16>) -> Self {
        let payload =
            code.map(|code| CloseFrame { code: CloseCode::from(code), reason: "".into() });
        Self::encode(FrameKind::Close, Rfc6455Frame::close(payload))
    }

    /// Takes bytes that are encoded already: a frame from tungstenite's reading half, or a piece of
    /// a stream without frames. The bytes are never empty, except for the last frame of a file.
    pub fn encoded(kind: FrameKind, bytes: &[u8]) -> Self {
        Self { kind, position: None, bytes: bytes.into() }
    }

    /// Returns this frame with its position in a log. If the frame is taken out of an outbox, the
    /// server can send it again later from the log.
    #[must_use]
    pub fn with_position(self, position: LogPosition) -> Self {
        Self { position: Some(position), ..self }
    }

    fn encode(kind: FrameKind, frame: Rfc6455Frame) -> Self {
        let mut bytes = Vec::with_capacity(frame.len());
        #[expect(clippy::expect_used, reason = "the one error is a failing writer")]
        frame.format(&mut bytes).expect("writing to a Vec cannot fail");
        Self { kind, position: None, bytes: bytes.into() }
    }

    /// Returns the kind of this frame.
    pub fn kind(&self) -> FrameKind {
        self.kind
    }

    /// Returns which line of which log this is; `None`: the frame cannot be sent again from a log.
    pub fn position(&self) -> Option<LogPosition> {
        self.position
    }

    /// Returns all bytes of the frame. Those of a WebSocket frame are its head and its payload.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the length in bytes, with the head of a WebSocket frame. It is 0 only for the last
    /// frame of a file.
    #[expect(clippy::len_without_is_empty, reason = "only the close of a file is")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// Messages that are pushed together, oldest first.
#[derive(Debug, Default)]
pub struct FrameBatch {
    frames: Vec<Frame>,
    bytes: Vec<u8>,
}

impl FrameBatch {
    /// Makes a batch of one message.
    pub fn of(frame: Frame) -> Self {
        let mut batch = Self::default();
        batch.add(frame);
        batch
    }

    /// Adds one more message and copies its bytes. Does not check whether the batch is full.
    pub fn add(&mut self, frame: Frame) {
        self.bytes.extend_from_slice(&frame.bytes);
        self.frames.push(frame);
    }

    /// Returns whether the batch has no message.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Returns whether the batch should be pushed now: it has `messages_max` messages or more, or
    /// [`FRAME_BATCH_BYTES_MAX`](limits::FRAME_BATCH_BYTES_MAX) bytes or more.
    pub fn is_full(&self, messages_max: usize) -> bool {
        self.frames.len() >= messages_max || self.bytes.len() >= limits::FRAME_BATCH_BYTES_MAX
    }

    /// Removes all messages. The batch keeps its memory for the next ones.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.bytes.clear();
    }

    /// Returns the messages, oldest first.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Returns the encoded bytes of all messages, one message after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns how many of the first bytes, at most `bytes_max`, the hub may seal in one piece: as
    /// many as end with at least two bytes of one frame. If the socket then does not take the whole
    /// piece, all but its last byte count as written, and so its last frame counts as started.
    pub fn sealable(&self, bytes_max: usize) -> usize {
        let (mut begin, mut sealable) = (0, 0);
        for frame in &self.frames {
            let fits = frame.len().min(bytes_max - begin);
            if fits >= 2 {
                sealable = begin + fits;
            }
            if fits < frame.len() {
                break;
            }
            begin += fits;
        }
        sealable
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, FrameBatch, FrameKind};

    #[test]
    fn row_110_a_sealed_piece_never_ends_with_the_first_byte_of_a_frame() {
        let mut batch = FrameBatch::default();
        for length in [3, 1, 4, 1] {
            batch.add(Frame::encoded(FrameKind::Message, &vec![b'x'; length]));
        }
        let pieces: Vec<_> = (0..=10).map(|most| batch.sealable(most)).collect();
        assert_eq!(pieces, [0, 0, 2, 3, 3, 3, 6, 7, 8, 8, 8]);
    }

    #[test]
    fn frames_are_what_rfc_6455_says_they_are() {
        assert_eq!(Frame::text("hi").bytes(), [0x81, 2, b'h', b'i']);
        assert_eq!(Frame::ping().bytes(), [0x89, 0]);
        assert_eq!(Frame::close(None).bytes(), [0x88, 0]);
        assert_eq!(Frame::close(Some(1001)).bytes(), [0x88, 2, 0x03, 0xe9]);
        assert_eq!(Frame::text(&"x".repeat(200)).len(), 204, "a length over 125 takes two bytes");
        assert_eq!(Frame::encoded(FrameKind::Pong, &[0x8a, 0]).kind(), FrameKind::Pong);
    }
}
