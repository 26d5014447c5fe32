//! The faults with which the server answers a request that is not valid.
//!
//! Owns: the sentences that most of these faults have.
//! Must not know: how a request is read.
//!
//! Part: `formats/v1/mod.rs`.

use std::fmt::Arguments;

use crate::base::limits;
use crate::chat::answer::{Fault, Wrong};
use crate::chat::name::BadName;
use crate::chat::room_name::BadRoomName;
use crate::chat::secret::TooManySecrets;

/// Longest sentence in which the server says why it could not parse a request, in characters.
const FAULT_TEXT_CHARS_MAX: usize = 200;

pub(super) fn other_version() -> Box<Fault> {
    let version = super::VERSION;
    fault("version", format_args!("this server speaks version {version}; reload the page"))
}

pub(super) fn too_many_rooms() -> Box<Fault> {
    let most = limits::ROOMS_PER_CLIENT_MAX;
    fault("too-many-rooms", format_args!("at most {most} rooms at once"))
}

pub(super) fn bad_room(bad: BadRoomName) -> Box<Fault> {
    wrong("bad-room", format_args!("{bad}"), Wrong::Room(bad))
}

pub(super) fn bad_name(bad: BadName) -> Box<Fault> {
    wrong("bad-name", format_args!("{bad}"), Wrong::Name(bad))
}

pub(super) fn no_secret() -> Box<Fault> {
    wrong("bad-name", format_args!("there is no secret behind the #"), Wrong::NoSecret)
}

pub(super) fn long_secret() -> Box<Fault> {
    let most = limits::SECRET_BYTES_MAX;
    wrong("too-long", format_args!("a secret may have {most} bytes"), Wrong::LongSecret)
}

pub(super) fn too_many_secrets(_: TooManySecrets) -> Box<Fault> {
    let text = "too many passwords are being checked right now; wait a second and send it again";
    wrong("too-fast", format_args!("{text}"), Wrong::TooManySecrets)
}

pub(super) fn too_many_words() -> Box<Fault> {
    let (words, most) = (limits::SEARCH_WORDS_MAX, limits::SEARCH_CHARS_MAX);
    let text = format_args!("{words} words, {most} characters at most");
    wrong("too-long", text, Wrong::TooManyWords)
}

pub(super) fn empty(text: &str) -> Box<Fault> {
    wrong("empty", format_args!("{text}"), Wrong::Empty)
}

pub(super) fn too_long(bytes: usize, bytes_max: usize) -> Box<Fault> {
    let text = format_args!("this has {bytes} bytes; the maximum is {bytes_max}");
    wrong("too-long", text, Wrong::TooLong(bytes - bytes_max))
}

pub(super) fn not_json(error: &serde_json::Error) -> Box<Fault> {
    fault("bad-json", format_args!("this is not a request: {error}"))
}

pub(super) fn missing(field: &str) -> Box<Fault> {
    fault("missing", format_args!("the field {field:?} is missing"))
}

#[cold]
#[inline(never)]
pub(super) fn fault(word: &'static str, text: Arguments<'_>) -> Box<Fault> {
    let mut text = text.to_string();
    // The fault's text is cut at a limit, because the JSON parser's error may quote a long part of
    // the request.
    if let Some((end, _)) = text.char_indices().nth(FAULT_TEXT_CHARS_MAX) {
        text.truncate(end);
    }
    Box::new(Fault::new(word, text))
}

#[cold]
#[inline(never)]
fn wrong(word: &'static str, text: Arguments<'_>, wrong: Wrong) -> Box<Fault> {
    let mut fault = fault(word, text);
    fault.wrong = Some(Box::new(wrong));
    fault
}
