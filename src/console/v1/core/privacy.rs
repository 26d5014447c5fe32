//! Handles a change of who may enter a room, and who sees it in the list of rooms.
//!
//! Owns: the words about such a change.
//! Must not know: who may make it.
//!
//! Part: `console/v1/core/mod.rs`.

use super::ConsoleCore;
use crate::chat::answer::RoomPrivacy;

pub(super) fn handle_set(core: &mut ConsoleCore, name: &str, privacy: RoomPrivacy) {
    let room = core.logs.rooms.get_mut(name);
    let was = room.as_ref().map(|room| (room.hidden, room.locked));
    let changed = room.as_ref().and_then(|room| room.pending_changes.front().cloned().flatten());
    if let Some(room) = room {
        room.set_privacy(privacy);
    }
    let ours = changed.map(|word| match word.contains(' ') {
        _ if !privacy.locked => format!("{name} has no password any more"),
        true => format!("the password of {name} is set; others type: /join {name} \"{word}\""),
        false => format!("the password of {name} is set; others type: /join {name} {word}"),
    });
    let had_password = matches!(was, Some((_, true))) && privacy.locked;
    let ours = ours.map(|words| match had_password {
        true => format!("{words}; earlier invites no longer work: /invite makes a new one"),
        false => words,
    });
    let told = match (was, privacy.hidden, privacy.locked) {
        (Some((false, true)), false, true) | (Some((true, true)), true, true) => {
            format!("the password of {name} has changed; who is here stays")
        }
        _ => format!("{name} {privacy}"),
    };
    core.note_to_person(|| ours.unwrap_or(told));
}
