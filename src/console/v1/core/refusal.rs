//! Handles the server's refusals. A refusal says that the server did not carry out a request.
//!
//! Owns: which refused request is sent again, which refusal is shown, and which ends the
//! conversation.
//! Must not know: the server's reasons, except the reasons to which this client reacts.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::{Duration, Instant};

use super::{Act, ConsoleCore, Manner, late};
use crate::chat::escape;
use crate::chat::room_name::RoomName;
use crate::console::trouble::ConsoleError;
use crate::console::v1::from_server::{HeardRefusal, LogKey};
use crate::console::v1::requests::ToServer;

/// Handles a refusal. If the refusal has an id, a message was refused. If it has no id and
/// comes before the server's `welcome`, the server does not let us in. In all other cases a
/// join or another request was refused.
pub(super) fn handle_refusal(core: &mut ConsoleCore, refusal: &HeardRefusal, now: Instant) {
    if let Some(id) = &refusal.id {
        return handle_refused_message(core, id, refusal, now);
    }
    let words = refusal_words(refusal);
    if !core.welcomed {
        let asks = refusal.reason == "password-needed" && refusal.room.is_none();
        let words = if asks { format!("{words}; give it with --password") } else { words };
        return core.act(Act::End(Err(ConsoleError::NotLetIn { words })));
    }
    // Perhaps the refused request was a change of the room's password. So the client forgets
    // all new passwords of this room that the server has not confirmed.
    if let Some(room) = refusal.room.as_ref().and_then(|name| core.logs.rooms.get_mut(name)) {
        room.pending_changes.clear();
    }
    let waits_to_join =
        |name: &&String| core.logs.rooms.get(*name).is_some_and(|room| !room.joined);
    match refusal.room.clone().filter(|name| waits_to_join(&name)) {
        Some(room) => handle_refused_join(core, &room, &refusal.reason, words),
        None if refusal.secret => {
            core.note_at_prompt(format!("{words}: /name NAME, or /name NAME#PASSWORD"));
        }
        None if refusal.reason == "name-taken" => {
            core.note_at_prompt(format!("{words}: /name NAME"));
        }
        None => core.note_at_prompt(words),
    }
}

/// Handles the refusal of the message with this id: the client sends it again later, or reports
/// that it was not sent. An empty message of a courier is dropped without a report.
fn handle_refused_message(core: &mut ConsoleCore, id: &str, refusal: &HeardRefusal, now: Instant) {
    match (refusal.reason.as_str(), &refusal.room) {
        ("too-fast", _) => {
            let wait = Duration::from_millis(refusal.wait.unwrap_or_default());
            core.unsent.too_early(id, now + wait);
        }
        ("not-in-room", Some(name)) if core.logs.rooms.contains_key(name) => {
            core.unsent.too_early(id, now);
            if let Some(room) = core.logs.rooms.get_mut(name) {
                room.joined = false;
                let join = room.join_request(LogKey::Room(name.clone()));
                core.act(Act::Send(ToServer::Join(join)));
            }
        }
        (reason, _) => {
            let is_nothing = reason == "empty" && core.manner == Manner::Courier;
            if let Some(request) = core.unsent.take(id).filter(|_| !is_nothing) {
                note_not_sent(core, &request, refusal_words(refusal));
            }
            late::message_is_refused(core, id);
        }
    }
}

fn handle_refused_join(core: &mut ConsoleCore, name: &str, reason: &str, words: String) {
    core.logs.leave(name);
    core.store_rooms();
    if core.manner != Manner::Person && core.logs.rooms.is_empty() {
        return core.act(Act::End(Err(ConsoleError::NotLetIn { words })));
    }
    for (id, request) in core.unsent.take_room(name) {
        note_not_sent(core, &request, words.clone());
        late::message_is_refused(core, &id);
    }
    let hint = match (core.manner, reason) {
        (Manner::Person, "password-needed" | "wrong-password") if core.is_prompted => {
            format!(": /join {name} PASSWORD")
        }
        (Manner::Person, "password-needed" | "wrong-password") => {
            core.locked_room = Some(name.to_owned());
            String::new()
        }
        _ => String::new(),
    };
    core.note_at_prompt(format!("not in {name}: {words}{hint}"));
    // Who comes with the address of a room that does not let them in is in the lobby, as on a page.
    let lobby = RoomName::lobby().as_str().to_owned();
    if core.hints.is_some()
        && core.logs.rooms.is_empty()
        && *name != lobby
        && let Some(join) = core.logs.go_to(lobby, None)
    {
        core.act(Act::Send(ToServer::Join(join)));
    }
}

/// Reports that a message was not sent. The conversation of a courier (a client that only sends)
/// ends immediately with an error. A script sees a note, and its conversation cannot end as a
/// success any more. A person sees a note.
pub(super) fn note_not_sent(core: &mut ConsoleCore, request: &ToServer, words: String) {
    if core.manner == Manner::Courier {
        return core.act(Act::End(Err(ConsoleError::NotTaken { words })));
    }
    if core.manner == Manner::Script {
        core.failure = Some(words.clone());
    }
    match request.text() {
        Some(text) => core.note(format!("not sent: {text}\n{words}")),
        None => core.note(words),
    }
}

fn refusal_words(refusal: &HeardRefusal) -> String {
    let said = if refusal.text.is_empty() { &refusal.reason } else { &refusal.text };
    escape::strip(said)
}
