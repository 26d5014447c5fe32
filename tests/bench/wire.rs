//! The bytes of one message on the connection, on the way in and out.
//!
//! Every message of a bench has the same length and begins with its number, so loss and disorder
//! are visible without a copy of what was said.

use std::num::NonZeroU64;

use threadbare::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, Speaker, UnixMillis};
use threadbare::chat::name::Name;
use threadbare::chat::room_name::RoomName;
use threadbare::formats::v1;

/// The length of every message's text, in bytes: about a typed line.
pub const TEXT_BYTES: usize = 100;
/// This many of its bytes are the digits of its number.
pub const DIGITS: usize = 8;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// The hello of a client of `threadbare.v1`.
const HELLO: &[u8] = br#"{"type":"hello","rooms":[{"room":"lobby"}]}"#;

/// What the clients of a scenario speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// A text is a message.
    Classic,
    /// `threadbare.v1`: a message is a field of a JSON object.
    V1,
}

/// The text of message `number`. No newline: some chats join texts with one.
fn text(number: u32) -> String {
    let digits = format!("{number:0DIGITS$} ");
    format!("{digits:x<TEXT_BYTES$}")
}

/// The number that these eight digits show.
pub fn number(digits: &[u8]) -> u32 {
    let digit = |byte: &u8| u32::from(byte.wrapping_sub(b'0') % 10);
    digits.iter().fold(0, |sum, byte| sum * 10 + digit(byte))
}

/// Appends message `number` in the form in which a client sends it.
pub fn push_in_frame(format: Format, number: u32, bytes: &mut Vec<u8>) {
    let text = text(number);
    match format {
        Format::Classic => push_masked(0x81, text.as_bytes(), bytes),
        Format::V1 => {
            let say = format!(r#"{{"type":"say","room":"lobby","text":"{text}"}}"#);
            push_masked(0x81, say.as_bytes(), bytes);
        }
    }
}

/// Length of each such frame: header, mask, payload.
pub fn in_frame_bytes(format: Format) -> usize {
    let mut frame = Vec::new();
    push_in_frame(format, 0, &mut frame);
    frame.len()
}

/// The frame with which a client of `threadbare.v1` joins the lobby.
pub fn hello() -> Vec<u8> {
    let mut frame = Vec::new();
    push_masked(0x81, HELLO, &mut frame);
    frame
}

/// Appends a client's frame; `first` is its first byte.
pub fn push_masked(first: u8, payload: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(first);
    match payload.len() {
        short @ ..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        longer => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(longer).unwrap().to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// A message in the form in which a server sends it.
pub fn out_frame(format: Format) -> Vec<u8> {
    match format {
        Format::Classic => {
            let mut bytes = vec![0x81, u8::try_from(TEXT_BYTES).unwrap()];
            bytes.extend(text(0).bytes());
            bytes
        }
        Format::V1 => numbered_frame(),
    }
}

/// Made by the product's own code, so that a yardstick sends as many bytes. Only the number of
/// digits changes by one or two during a talk.
fn numbered_frame() -> Vec<u8> {
    let entry = Entry {
        reply_to: None,
        log: RoomName::lobby().into(),
        epoch: Epoch(1),
        seq: Seq(1_000),
        at: UnixMillis(1_795_186_800_000),
        by: Speaker {
            name: Name::guest(1),
            classic: false,
            has_edited: false,
            whose: AuthorTag::default(),
            mark: None,
            addr: None,
        },
        id: None,
        what: EntryKind::Said(text(0)),
    };
    v1::encode_line(NonZeroU64::MIN, &entry, None).bytes().to_vec()
}
