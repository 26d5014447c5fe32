//! Finds where a message begins and ends, in the bytes that a client sends. tungstenite reads each
//! byte only after this watch.
//!
//! tungstenite returns whole messages. It does not tell when the first byte of a message came, nor
//! in how many frames the message comes; and a message of endless empty frames never becomes whole.
//! So the adapter shows each byte to this watch before tungstenite reads it.
//!
//! Owns: just enough of RFC 6455 5.2 to find the edges of frames, and the rules about frames that
//! tungstenite does not enforce: the length of a payload is written in as few bytes as possible, a
//! message comes in a limited number of frames, and a peer sends control frames at a limited rate.
//! Must not know: clocks (the adapter passes the time), sockets, payloads.
//!
//! Part: `server/client/mod.rs`.

use std::time::Instant;

use crate::base::{bucket::Bucket, disconnect::Disconnect, limits};

/// Finds the edges of frames and messages in a client's bytes.
#[derive(Debug)]
pub struct FrameWatch {
    head: [u8; HEAD_BYTES_MAX],
    head_bytes: usize,
    payload_left: u64,
    /// How many data frames of the incomplete message have begun; 0 if no message is incomplete.
    parts: usize,
    parts_max: usize,
    /// True from the end of a data frame that is not the last one of its message, until the end of
    /// that message's last frame.
    unfinished: bool,
    /// The allowance for control frames: how many pings, pongs and close frames the peer may send
    /// now. It grows with time, up to a limit.
    controls: Bucket,
    /// The rule that the peer broke first; `None`: the peer has broken no rule.
    broken_rule: Option<Disconnect>,
}

/// The result of one call of [`FrameWatch::see`]. "These bytes" are the bytes that the call was
/// given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenFrames {
    /// True if a message began in these bytes, or a control frame that is not inside a message.
    /// Then whatever is incomplete at the end of these bytes began in them, too.
    pub began: bool,
    /// How many of the bytes the adapter may give to tungstenite. If no frame's head breaks a rule,
    /// these are all of the bytes. Otherwise they end before the last byte of the bad head, so that
    /// tungstenite never acts on that head.
    pub good: usize,
}

/// The most bytes of a frame's head: two, eight for the length, and four for the mask.
const HEAD_BYTES_MAX: usize = 14;

impl FrameWatch {
    /// Makes the watch of a client that may send at most `parts_max` data frames for one message.
    pub fn new(parts_max: usize, now: Instant) -> Self {
        let (size, interval) = (limits::CONTROL_FRAMES_BURST_MAX, limits::CONTROL_FRAME_INTERVAL);
        Self {
            head: [0; HEAD_BYTES_MAX],
            head_bytes: 0,
            payload_left: 0,
            parts: 0,
            parts_max,
            unfinished: false,
            controls: Bucket::full(size, interval, now),
            broken_rule: None,
        }
    }

    /// Examines the peer's next bytes, which came at `now`. Stops at the first head that breaks a
    /// rule.
    pub fn see(&mut self, all: &[u8], now: Instant) -> SeenFrames {
        let mut bytes = all;
        let mut began = false;
        while !bytes.is_empty() && self.broken_rule.is_none() {
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
            if self.head_bytes == self.head_length() {
                self.end_head(now);
                if self.broken_rule.is_some() {
                    // `good` does not include the last byte of this head, so tungstenite never acts
                    // on the head.
                    break;
                }
            }
            bytes = &bytes[1..];
        }
        SeenFrames { began, good: all.len() - bytes.len() }
    }

    /// Returns the rule that the peer has broken, as the reason why the client must end; `None`:
    /// the peer has broken no rule. After the first broken rule, the watch examines no more bytes.
    pub fn broken_rule(&self) -> Option<Disconnect> {
        self.broken_rule
    }

    /// Returns whether a frame or a message has begun and is not complete yet.
    pub fn is_under_way(&self) -> bool {
        self.head_bytes > 0 || self.unfinished
    }

    /// Returns how many bytes the present frame's whole head has. The first two bytes of a head
    /// tell this length. Until they have come, the result is 2.
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

    fn end_head(&mut self, now: Instant) {
        let (length, least) = match self.head[1] & 0x7f {
            126 => (u64::from(u16::from_be_bytes([self.head[2], self.head[3]])), 126),
            127 => {
                let bytes = &self.head[2..10];
                let length = bytes.iter().fold(0, |length, byte| (length << 8) | u64::from(*byte));
                (length, 0x1_0000)
            }
            short => (u64::from(short), 0),
        };
        self.broken_rule = self.rule_broken_by(length, least, now);
        if self.broken_rule.is_some() {
            return;
        }
        self.payload_left = length;
        if self.payload_left == 0 {
            self.end_frame();
        }
    }

    /// Counts the frame whose head is complete, and returns the rule that it breaks; `None`: it
    /// breaks none. `length` is the length of its payload. `least` is the smallest length that a
    /// head of this form may have: a smaller one would fit into a shorter head.
    fn rule_broken_by(&mut self, length: u64, least: u64, now: Instant) -> Option<Disconnect> {
        // RFC 6455 5.2: a length is written in the fewest bytes that can hold it, and the top bit
        // of a length of eight bytes is zero.
        if length < least || length > i64::MAX as u64 {
            return Some(Disconnect::ProtocolViolation);
        }
        if self.is_data() {
            self.parts += 1;
            (self.parts > self.parts_max).then_some(Disconnect::MessageInTooManyParts)
        } else {
            (!self.controls.charge(1, now)).then_some(Disconnect::ControlFlood)
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

    fn is_data(&self) -> bool {
        self.head[0] & 0x08 == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{FrameWatch, SeenFrames};
    use crate::base::disconnect::Disconnect;
    use crate::base::limits;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    fn watch() -> FrameWatch {
        FrameWatch::new(100, Instant::now())
    }

    impl FrameWatch {
        fn look(&mut self, bytes: &[u8]) -> SeenFrames {
            self.see(bytes, Instant::now())
        }
    }

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
                let mut watch = watch();
                for (number, part) in bytes.chunks(chunk).enumerate() {
                    assert_eq!(watch.look(part).began, number == 0, "{length} by {chunk}");
                }
                assert!(!watch.is_under_way(), "{length} by {chunk}");
                assert_eq!(watch.parts, 0);
            }
        }
    }

    #[test]
    fn a_ping_between_two_fragments_neither_ends_nor_begins_the_message() {
        let mut watch = watch();
        assert!(watch.look(&frame(0x01, 5)).began);
        assert!(!watch.look(&frame(0x89, 5)).began);
        assert!(watch.is_under_way());
        assert_eq!(watch.parts, 1);
        assert!(!watch.look(&frame(0x80, 0)).began);
        assert!(!watch.is_under_way());
    }

    #[test]
    fn the_first_byte_of_the_next_message_begins_it() {
        let mut watch = watch();
        let mut bytes = frame(0x81, 5);
        bytes.push(0x81);
        assert!(watch.look(&bytes).began);
        assert!(watch.is_under_way(), "one byte of the next head has come");
    }

    #[test]
    fn empty_fragments_are_counted() {
        let mut watch = watch();
        watch.look(&frame(0x01, 0));
        for _ in 1..100 {
            watch.look(&frame(0x00, 0));
            assert_eq!(watch.broken_rule(), None);
        }
        watch.look(&frame(0x00, 0));
        assert_eq!(watch.broken_rule(), Some(Disconnect::MessageInTooManyParts));
    }

    #[test]
    fn a_length_in_more_bytes_than_it_needs_stops_the_watch_before_its_head_is_whole() {
        let short = [&[0x81, 0xfe, 0, 125][..], &MASK].concat();
        let long = [&[0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &MASK].concat();
        let top_bit = [&[0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat();
        for head in [short, long, top_bit] {
            let mut watch = watch();
            let bytes = [frame(0x81, 5), head.clone(), frame(0x81, 5)].concat();
            let seen = watch.look(&bytes);
            assert_eq!(watch.broken_rule(), Some(Disconnect::ProtocolViolation));
            assert_eq!(seen.good, frame(0x81, 5).len() + head.len() - 1);
            assert_eq!(watch.look(b"more").good, 0, "nothing is good after it");
        }
    }

    #[test]
    fn control_frames_are_counted_apart_from_messages() {
        let mut watch = watch();
        for _ in 0..limits::CONTROL_FRAMES_BURST_MAX {
            watch.look(&frame(0x81, 3));
            watch.look(&frame(0x89, 3));
            assert_eq!(watch.broken_rule(), None);
        }
        watch.look(&frame(0x8a, 3));
        assert_eq!(watch.broken_rule(), Some(Disconnect::ControlFlood));
    }
}
