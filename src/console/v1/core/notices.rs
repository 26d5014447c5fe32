//! Texts for a person who is in several rooms.
//!
//! Owns: when a text names its room, and that several rooms tell the same thing only once.
//! Must not know: what the texts say.
//!
//! Part: `console/v1/core/mod.rs`.

use super::ConsoleCore;

/// Shows the server's notice that a person is busy or is back. If the server sends it for several
/// rooms, shows only the first.
pub(super) fn note_once(core: &mut ConsoleCore, words: String) {
    if core.last_notice != words {
        core.last_notice.clone_from(&words);
        core.note_to_person(|| words);
    }
}

/// Returns the text with the room's name before it. Returns it unchanged if the room is the one to
/// which typed lines go, or if we have at most one room.
pub(super) fn text_with_room(core: &ConsoleCore, room: &str, text: String) -> String {
    if core.current_room() == Some(room) || core.logs.rooms.len() < 2 {
        text
    } else {
        format!("[{room}] {text}")
    }
}
