//! Who looks after a room: its maker, and each host of the chat.
//!
//! Owns: who may change a room, and what others have said in it.
//! Must not know: how a person becomes a host (`people/hosts.rs`), or a room's maker
//! (`rooms/access.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::people::Author;
use super::people::hosts::is_host;
use super::rooms::Room;
use super::rooms::access::check_may_set;
use super::{Core, LogId};
use crate::base::client_id::ClientId;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;

/// Returns whether this person looks after the room, with any of their sessions: nobody mutes or
/// puts out such a person.
pub(super) fn looks_after(core: &Core, person: PersonId, room: LogId) -> bool {
    let maker = core.rooms.get(room).and_then(Room::maker);
    is_host(&core.people, person) || maker == Some(Author::Person(person))
}

/// Checks whether the client may look after this room: its person is a host, or has made the room.
/// The rights of a maker may belong to one session alone; those of a host belong to the person.
///
/// # Errors
/// Refused with `NotYourRoom`.
pub(super) fn check_looks_after(core: &Core, client: ClientId, room: LogId) -> Result<(), Refused> {
    let author = core.author(client).ok_or(Refused::NotYourRoom)?;
    if author.person().is_some_and(|person| is_host(&core.people, person)) {
        return core.rooms.get(room).map(|_| ()).ok_or(Refused::NotYourRoom);
    }
    check_may_set(&core.rooms, room, author, core.people.tokens().own_rights(client))
}
