//! Who looks after a room: its maker, its keepers, and each host of the chat.
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
use super::rooms::rules::Listed;
use super::{Core, LogId};
use crate::base::client_id::ClientId;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;

/// Returns whether this person looks after the room, with any of their sessions: nobody mutes or
/// puts out such a person.
pub(super) fn looks_after(core: &Core, person: PersonId, room: LogId) -> bool {
    let maker = core.rooms.get(room).and_then(Room::maker);
    let is_maker = maker == Some(Author::Person(person));
    // The right of a maker belongs to one session until that session has shown its new token.
    let has_right = |client| check_made_or_host(core, client, room).is_ok();
    is_maker
        || is_host(&core.people, person)
        || is_keeper(core, person, room)
        || core.people.clients(person).iter().any(|client| has_right(*client))
}

/// Returns whether somebody has named this person as a keeper of the room.
pub(super) fn is_keeper(core: &Core, person: PersonId, room: LogId) -> bool {
    let rules = core.rooms.get(room).map(Room::rules);
    rules.is_some_and(|rules| rules.listed(Listed::Keepers).contains(&person))
}

/// Checks whether the client may look after this room: its person is a host or a keeper of the
/// room, or has made it. The rights of a maker may belong to one session alone; those of a host and
/// of a keeper belong to the person.
///
/// # Errors
/// Refused with `NotYourRoom`.
pub(super) fn check_looks_after(core: &Core, client: ClientId, room: LogId) -> Result<(), Refused> {
    let person = core.person(client);
    if core.rooms.get(room).is_some() && person.is_some_and(|person| is_keeper(core, person, room))
    {
        return Ok(());
    }
    check_made_or_host(core, client, room)
}

/// Checks whether the client may name a keeper of the room, or end that: its person is a host, or
/// has made the room. If keepers could, one who was removed would come back by another.
///
/// # Errors
/// Refused with `NotMaker` if the client is a keeper, otherwise with `NotYourRoom`.
pub(super) fn check_may_name_keepers(
    core: &Core,
    client: ClientId,
    room: LogId,
) -> Result<(), Refused> {
    check_looks_after(core, client, room)?;
    check_made_or_host(core, client, room).map_err(|_| Refused::NotMaker)
}

fn check_made_or_host(core: &Core, client: ClientId, room: LogId) -> Result<(), Refused> {
    let author = core.author(client).ok_or(Refused::NotYourRoom)?;
    if author.person().is_some_and(|person| is_host(&core.people, person)) {
        return core.rooms.get(room).map(|_| ()).ok_or(Refused::NotYourRoom);
    }
    check_may_set(&core.rooms, room, author, core.people.tokens().own_rights(client))
}
