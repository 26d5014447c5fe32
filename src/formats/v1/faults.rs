//! The faults with which the server answers a request that is not valid.
//!
//! Owns: the sentences that most of these faults have.
//! Must not know: how a request is read.
//!
//! Part: `formats/v1/mod.rs`.

use crate::base::limits;
use crate::chat::name::BadName;
use crate::chat::reply::{Fault, Wrong};
use crate::chat::room_name::BadRoomName;
use crate::chat::secret::TooManySecrets;

/// Longest sentence in which the server says why it could not parse a request, in characters.
const FAULT_TEXT_CHARS_MAX: usize = 200;

#[cold]
#[inline(never)]
pub(super) fn other_version() -> Box<Fault> {
    let text = format!("this server speaks version {}; reload the page", super::VERSION);
    fault("version", text)
}

#[cold]
#[inline(never)]
pub(super) fn too_many_rooms() -> Box<Fault> {
    fault("too-many-rooms", format!("at most {} rooms at once", limits::ROOMS_PER_CLIENT_MAX))
}

#[cold]
#[inline(never)]
pub(super) fn bad_room(bad: BadRoomName) -> Box<Fault> {
    wrong("bad-room", bad.to_string(), Wrong::Room(bad))
}

#[cold]
#[inline(never)]
pub(super) fn bad_name(bad: BadName) -> Box<Fault> {
    wrong("bad-name", bad.to_string(), Wrong::Name(bad))
}

#[cold]
#[inline(never)]
pub(super) fn no_secret() -> Box<Fault> {
    wrong("bad-name", "there is no secret behind the #".into(), Wrong::NoSecret)
}

#[cold]
#[inline(never)]
pub(super) fn long_secret() -> Box<Fault> {
    let text = format!("a secret may have {} bytes", limits::SECRET_BYTES_MAX);
    wrong("too-long", text, Wrong::LongSecret)
}

#[cold]
#[inline(never)]
pub(super) fn too_many_secrets(_: TooManySecrets) -> Box<Fault> {
    let text = "too many passwords are being checked right now; wait a second and send it again";
    wrong("too-fast", text.to_owned(), Wrong::TooManySecrets)
}

#[cold]
#[inline(never)]
pub(super) fn too_many_words() -> Box<Fault> {
    let (words, most) = (limits::SEARCH_WORDS_MAX, limits::SEARCH_CHARS_MAX);
    let text = format!("{words} words, {most} characters at most");
    wrong("too-long", text, Wrong::TooManyWords)
}

#[cold]
#[inline(never)]
pub(super) fn empty(text: &str) -> Box<Fault> {
    wrong("empty", text.into(), Wrong::Empty)
}

#[cold]
#[inline(never)]
pub(super) fn too_long(bytes: usize, bytes_max: usize) -> Box<Fault> {
    let text = format!("this has {bytes} bytes; the maximum is {bytes_max}");
    wrong("too-long", text, Wrong::TooLong(bytes - bytes_max))
}

#[cold]
#[inline(never)]
pub(super) fn not_json(error: &serde_json::Error) -> Box<Fault> {
    fault("bad-json", format!("this is not a request: {error}"))
}

#[cold]
#[inline(never)]
pub(super) fn missing(field: &str) -> Box<Fault> {
    fault("missing", format!("the field {field:?} is missing"))
}

pub(super) fn fault(word: &'static str, mut text: String) -> Box<Fault> {
    // The fault's text is cut at a limit, because the JSON parser's error may quote a long part of
    // the request.
    if let Some((end, _)) = text.char_indices().nth(FAULT_TEXT_CHARS_MAX) {
        text.truncate(end);
    }
    Box::new(Fault::new(word, text))
}

fn wrong(word: &'static str, text: String, wrong: Wrong) -> Box<Fault> {
    let mut fault = fault(word, text);
    fault.wrong = Some(Box::new(wrong));
    fault
}
