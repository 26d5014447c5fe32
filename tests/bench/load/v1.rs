//! A line of `threadbare.v1`, read for what the load must know of it.
//!
//! There is no JSON parser here, because it would cost the load more than a delivery costs the
//! server. Lines begin with their type, and the product writes a message's text last.

use super::frames::Heard;
use crate::wire::{DIGITS, TEXT_BYTES, number};

const MESSAGE: &[u8] = br#"{"type":"message","#;
const CAUGHT_UP: &[u8] = br#"{"type":"caught-up","#;
const BEHIND: &[u8] = br#"{"type":"behind","#;
/// The bytes before a message's text, and those after it.
const BEFORE_TEXT: &[u8] = br#","text":""#;
const BEHIND_TEXT: &[u8] = br#""}"#;

/// What a line means for the load; `None` if it means nothing.
pub fn heard(line: &[u8]) -> Option<Heard> {
    if line.starts_with(MESSAGE) {
        return Some(Heard::Message(number(text(line)?.get(..DIGITS)?)));
    }
    if line.starts_with(CAUGHT_UP) {
        return Some(Heard::CaughtUp);
    }
    line.starts_with(BEHIND).then_some(Heard::Behind)
}

/// The line from its text on. First looks at the usual place of the text, and searches only
/// otherwise.
fn text(line: &[u8]) -> Option<&[u8]> {
    let usual = line.len().checked_sub(BEFORE_TEXT.len() + TEXT_BYTES + BEHIND_TEXT.len())?;
    if let Some(text) = line[usual..].strip_prefix(BEFORE_TEXT) {
        return Some(text);
    }
    let place = line.windows(BEFORE_TEXT.len()).position(|some| some == BEFORE_TEXT)?;
    Some(&line[place + BEFORE_TEXT.len()..])
}
