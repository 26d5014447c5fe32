//! One connection's incoming bytes, read as WebSocket frames.
//!
//! Of classic texts the load keeps only the place in the frame and in the message: it skips them
//! except for the number at their beginning. A chat that joins waiting texts into one frame puts a
//! newline between them, and all texts have one length, so the place shows where each begins. A
//! line of `threadbare.v1` is one frame, which is read once it is complete.

use super::v1;
use crate::wire::{DIGITS, Format, TEXT_BYTES, number};

/// What one read has brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// The last byte of a message has come; this is its number.
    Message(u32),
    /// `threadbare.v1`: everything that was said so far has come.
    CaughtUp,
    /// `threadbare.v1`: the client read too slowly, and what it missed will come again.
    Behind,
    /// A ping; the pong must have the same payload.
    Ping(Vec<u8>),
    /// The server says goodbye, or sends something that is not a frame.
    Close,
}

/// The position in the stream.
#[derive(Debug)]
pub struct Frames {
    format: Format,
    header: Vec<u8>,
    /// How many payload bytes are still missing; `None` while the header is read.
    left: Option<u64>,
    /// The place in the message, with its newline.
    place: usize,
    number: u32,
    /// The bytes so far of something that is read as a whole: a control frame, or a line of
    /// `threadbare.v1`.
    piece: Vec<u8>,
}

impl Frames {
    /// At the stream's beginning.
    pub fn new(format: Format) -> Self {
        let (header, piece) = (Vec::new(), Vec::new());
        Self { format, header, left: None, place: 0, number: 0, piece }
    }

    /// Reads `bytes`, and calls `tell` for each thing that they complete.
    pub fn read(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Heard)) {
        while !bytes.is_empty() {
            if self.header.is_empty()
                && let Some((heard, rest)) = usual_frame(self.format, bytes)
            {
                tell(heard);
                bytes = rest;
                continue;
            }
            let Some(left) = self.left else {
                self.header.push(bytes[0]);
                bytes = &bytes[1..];
                self.left = payload_bytes(&self.header);
                if self.left == Some(0) {
                    self.end_frame(&mut tell);
                }
                continue;
            };
            let here = usize::try_from(left).unwrap().min(bytes.len());
            self.payload(&bytes[..here], &mut tell);
            bytes = &bytes[here..];
            self.left = Some(left - u64::try_from(here).unwrap());
            if self.left == Some(0) {
                self.end_frame(&mut tell);
            }
        }
    }

    fn payload(&mut self, mut bytes: &[u8], tell: &mut impl FnMut(Heard)) {
        if self.header[0] & 0x0f > 2 || self.format == Format::V1 {
            self.piece.extend(bytes);
            return;
        }
        while !bytes.is_empty() {
            let here = if self.place < DIGITS {
                self.number = self.number * 10 + number(&bytes[..1]);
                1
            } else {
                bytes.len().min(TEXT_BYTES + 1 - self.place)
            };
            let before = self.place;
            self.place += here;
            bytes = &bytes[here..];
            if before < TEXT_BYTES && self.place >= TEXT_BYTES {
                tell(Heard::Message(self.number));
            }
            if self.place > TEXT_BYTES {
                self.begin_message();
            }
        }
    }

    fn begin_message(&mut self) {
        self.place = 0;
        self.number = 0;
    }

    fn end_frame(&mut self, tell: &mut impl FnMut(Heard)) {
        let last_part = self.header[0] & 0x80 != 0;
        match self.header[0] & 0x0f {
            0..=2 if !last_part => {}
            0..=2 if self.format == Format::V1 => {
                v1::heard(&self.piece).into_iter().for_each(tell);
                self.piece.clear();
            }
            // A text of another length would be a fault of the server.
            0..=2 if self.place == TEXT_BYTES => self.begin_message(),
            9 => tell(Heard::Ping(std::mem::take(&mut self.piece))),
            10 => self.piece.clear(),
            _ => tell(Heard::Close),
        }
        self.header.clear();
        self.left = None;
    }
}

/// Reads a whole frame of one message, the usual case: returns its number and the bytes after it.
/// It is only for speed; the slow way reads such a frame as well.
fn usual_frame(format: Format, bytes: &[u8]) -> Option<(Heard, &[u8])> {
    match format {
        Format::Classic => {
            let (frame, rest) = bytes.split_at_checked(2 + TEXT_BYTES)?;
            let is_usual = frame[0] == 0x81 && usize::from(frame[1]) == TEXT_BYTES;
            is_usual.then(|| (Heard::Message(number(&frame[2..2 + DIGITS])), rest))
        }
        Format::V1 => {
            let [0x81, 126, high, low, rest @ ..] = bytes else { return None };
            let (line, rest) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
            Some((v1::heard(line)?, rest))
        }
    }
}

/// The payload's length once the header is whole. Servers do not mask.
fn payload_bytes(header: &[u8]) -> Option<u64> {
    let length = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    match (header.get(1)? & 0x7f, header.len()) {
        (short @ ..126, _) => Some(u64::from(short)),
        (126, 4) => Some(length(&header[2..])),
        (127, 10) => Some(length(&header[2..])),
        _ => None,
    }
}
