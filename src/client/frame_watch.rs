//! Where a message begins and ends, in bytes that tungstenite will read.
//!
//! tungstenite hands out whole messages. How long one has been under way, and
//! in how many frames it comes, it does not tell; and a message of endless
//! empty frames never comes out of it at all. So the adapter shows each byte to
//! this watch first.
//!
//! Owns: just enough of RFC 6455 5.2 to find the frames' edges. A frame that is
//! wrong is tungstenite's business.
//! Must not know: clocks, sockets, payloads.
//!
//! Next: `client/adapter.rs`.

/// Finds the edges of frames and messages in a client's bytes.
#[derive(Debug, Default)]
pub struct FrameWatch {
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: usize,
    payload_left: u64,
    /// Data frames of the message that is under way.
    parts: usize,
    /// The message goes on after the frame at hand.
    unfinished: bool,
}

/// Two bytes, eight of length, four of mask.
const HEAD_BYTES_MAX: usize = 14;

impl FrameWatch {
    /// Looks at the next bytes. True if a message or a frame began in them:
    /// whatever is under way afterwards has not been for longer than they.
    pub fn see(&mut self, mut bytes: &[u8]) -> bool {
        let mut began = false;
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let skipped = usize::try_from(self.payload_left).unwrap_or(usize::MAX);
                let skipped = skipped.min(bytes.len());
                self.payload_left -= skipped as u64;
                bytes = &bytes[skipped..];
                if self.payload_left == 0 {
                    self.end_frame();
                }
                continue;
            }
            began |= !self.is_under_way();
            self.head[self.head_bytes] = bytes[0];
            self.head_bytes += 1;
            bytes = &bytes[1..];
            if self.head_bytes == self.head_length() {
                self.end_head();
            }
        }
        began
    }

    /// Whether bytes of a frame, or frames of a message, are still to come.
    pub fn is_under_way(&self) -> bool {
        self.head_bytes > 0 || self.unfinished
    }

    /// Data frames of the message that is under way.
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// How long this head will be; at least two bytes, which say the rest.
    fn head_length(&self) -> usize {
        if self.head_bytes < 2 {
            return 2;
        }
        let length = match self.head[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        2 + length + mask
    }

    fn end_head(&mut self) {
        self.payload_left = match self.head[1] & 0x7f {
            126 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            127 => self.head[2..10].iter().fold(0, |length, byte| (length << 8) | u64::from(*byte)),
            short => u64::from(short),
        };
        if self.is_data() {
            self.parts += 1;
        }
        if self.payload_left == 0 {
            self.end_frame();
        }
    }

    fn end_frame(&mut self) {
        self.head_bytes = 0;
        if self.is_data() {
            self.unfinished = self.head[0] & 0x80 == 0;
            if !self.unfinished {
                self.parts = 0;
            }
        }
    }

    /// Control frames (opcodes from 8) may stand between a message's frames.
    fn is_data(&self) -> bool {
        self.head[0] & 0x08 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::FrameWatch;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..=125 => bytes.push(0x80 | u8::try_from(payload).unwrap()),
            126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(payload).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.extend(MASK);
        bytes.resize(bytes.len() + payload, b'x');
        bytes
    }

    #[test]
    fn whole_messages_of_every_length_leave_nothing_under_way() {
        for length in [0, 1, 125, 126, 4096, 65_535, 65_536] {
            let bytes = frame(0x81, length);
            for chunk in [1, 3, bytes.len()] {
                let mut watch = FrameWatch::default();
                for (number, part) in bytes.chunks(chunk).enumerate() {
                    assert_eq!(watch.see(part), number == 0, "{length} by {chunk}");
                }
                assert!(!watch.is_under_way(), "{length} by {chunk}");
                assert_eq!(watch.parts(), 0);
            }
        }
    }

    #[test]
    fn a_ping_between_two_fragments_neither_ends_nor_begins_the_message() {
        let mut watch = FrameWatch::default();
        assert!(watch.see(&frame(0x01, 5)));
        assert!(!watch.see(&frame(0x89, 5)));
        assert!(watch.is_under_way());
        assert_eq!(watch.parts(), 1);
        assert!(!watch.see(&frame(0x80, 0)));
        assert!(!watch.is_under_way());
    }

    #[test]
    fn the_first_byte_of_the_next_message_begins_it() {
        let mut watch = FrameWatch::default();
        let mut bytes = frame(0x81, 5);
        bytes.push(0x81);
        assert!(watch.see(&bytes));
        assert!(watch.is_under_way(), "one byte of the next head has come");
    }

    #[test]
    fn empty_fragments_are_counted() {
        let mut watch = FrameWatch::default();
        watch.see(&frame(0x01, 0));
        for number in 2..100 {
            watch.see(&frame(0x00, 0));
            assert_eq!(watch.parts(), number);
        }
    }
}
