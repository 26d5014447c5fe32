//! How far a person has read each room, so that what was read on one device is not new on another.
//!
//! Owns: which clients are told.
//! Must not know: what counts as read; files. After a restart the server does not know it.
//!
//! Part: `chat/core/mod.rs`.

use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::{Core, Effect};
use crate::chat::entry::Seen;
use crate::chat::room_name::RoomName;

/// Notes how far the client's person has read this room, and tells the person's other clients that
/// are in it, if that is farther than the core knew. The client gets no answer, and no refusal if
/// it is not in the room, or if its lines are of another epoch.
pub(super) fn note_read(core: &mut Core, client: ClientId, room: RoomName, seen: Seen) {
    let (Some(person), Some(id)) = (core.person(client), core.room_of(client, &room)) else {
        return;
    };
    let Some(log) = core.logs.get(id).filter(|log| log.epoch() == seen.epoch) else { return };
    let Seen { epoch, seq } = seen;
    let seq = seq.min(log.head());
    if !core.people.note_read(person, id, seq) {
        return;
    }
    let clients = core.people.clients(person).iter().copied();
    let is_told = |other: &ClientId| *other != client && !core.members.is_visitor(*other);
    let others = clients.filter(|other| is_told(other) && core.members.is_in(*other, id));
    let answer = Answer::HaveRead { room, epoch, seq };
    core.effects.extend(others.map(|other| Effect::Answer(other, answer.clone())));
}
