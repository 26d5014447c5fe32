//! What goes over the wire: one message's bytes on the way in and out.
//!
//! Every message of a bench has the same length and begins with its number, so
//! that loss and disorder are seen without a copy of what was said.
//!
//! Next: `tests/bench/load/frames.rs`.

/// Length of every message's text, in bytes: a line somebody typed.
pub const TEXT_BYTES: usize = 100;
/// Of which this many are the digits of its number.
pub const DIGITS: usize = 8;
/// A message on its way in: header, mask, text.
pub const IN_FRAME_BYTES: usize = 2 + 4 + TEXT_BYTES;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The text of message `number`. No newline: some chats join texts with one.
fn text(number: u32) -> Vec<u8> {
    let mut text = format!("{number:0DIGITS$} ").into_bytes();
    text.resize(TEXT_BYTES, b'x');
    text
}

/// Appends message `number` as a client sends it.
pub fn push_in_frame(number: u32, bytes: &mut Vec<u8>) {
    push_masked(0x81, &text(number), bytes);
}

/// Appends a client's frame; `first` is its first byte.
pub fn push_masked(first: u8, payload: &[u8], bytes: &mut Vec<u8>) {
    // Short payloads only: their length fits into seven bits.
    bytes.extend([first, 0x80 | u8::try_from(payload.len()).unwrap()]);
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// A message as a server sends it.
pub fn out_frame() -> Vec<u8> {
    let mut bytes = vec![0x81, u8::try_from(TEXT_BYTES).unwrap()];
    bytes.extend(text(0));
    bytes
}
