//! What everybody is told in one go.
//!
//! Owns: the messages of a push, encoded once and shared by every outbox they
//! go into; and the same bytes in one piece, for clients that take them at once.
//! Must not know: who is told.
//!
//! Next: `outbox/answers.rs`.

use super::frame::Frame;

/// Messages that are pushed together, oldest first.
#[derive(Debug, Default)]
pub struct Parcel {
    frames: Vec<Frame>,
    bytes: Vec<u8>,
}

impl Parcel {
    /// One message alone.
    pub fn of(frame: Frame) -> Self {
        let mut parcel = Self::default();
        parcel.add(frame);
        parcel
    }

    /// One more message.
    pub fn add(&mut self, frame: Frame) {
        self.bytes.extend_from_slice(frame.bytes());
        self.frames.push(frame);
    }

    /// Begins anew, with the memory of the last.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.bytes.clear();
    }

    /// The messages.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// All of their bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
