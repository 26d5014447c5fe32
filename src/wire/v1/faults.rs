//! What is said about a request that cannot be.
//!
//! Owns: those sentences that more than one request needs.
//! Must not know: requests.
//!
//! Next: `wire/v1/tell.rs`.

use crate::chat::room_name::BadRoomName;
use crate::chat::told::Fault;
use crate::limits;

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
    fault("bad-room", bad.to_string())
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
    // The reader of JSON may quote all of what it did not like.
    if let Some((end, _)) = text.char_indices().nth(limits::FAULT_TEXT_CHARS_MAX) {
        text.truncate(end);
    }
    Box::new(Fault { word, text, room: None, id: None })
}
