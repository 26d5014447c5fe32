//! How a client makes an invite to a room, and how one opens a room.
//!
//! An invite is a random token; the room has its digest. A client that joins with the token counts
//! as one that has typed the room's password. So what happens to a right to the room, such as a new
//! token for the session, is the same (`joining.rs`).
//!
//! Owns: who may make an invite; what an invite is that is worth nothing.
//! Must not know: how many invites a room has, and when they end; `rooms/access.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::rooms::access::{InviteState, add_invite, look_up_invite};
use crate::chat::core::{Core, Effect};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::RoomPosition;
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

/// Makes an invite to a room that the client is in, and sends it to the client. With a name, the
/// client means to send the invite to that person. Refused with `NoSuchPerson` if nobody has the
/// name, and with `InRoom` if the person is in the room: an invite that nobody uses could end an
/// older one.
pub(super) fn invite_to_room(
    core: &mut Core,
    client: ClientId,
    room: RoomName,
    invite: TokenDigest,
    to: Option<&Name>,
) {
    let Some(id) = core.room_of(client, &room) else {
        return refuse(core, client, Some(room), Refused::NotInRoom);
    };
    if let Some(to) = to {
        let Some(person) = core.people.called(to) else {
            return refuse(core, client, Some(room), Refused::NoSuchPerson);
        };
        if core.rooms.get(id).is_some_and(|room| room.has(Author::Person(person))) {
            return refuse(core, client, Some(room), Refused::InRoom);
        }
    }
    let by = core.author(client).unwrap_or(Author::Nobody);
    add_invite(&mut core.rooms, &mut core.logs, id, invite.clone(), by);
    let answer = Answer::Invite { room, token: None };
    core.effects.push(Effect::GiveToken { client, answer, token: invite });
}

/// Returns the password that counts as typed by a client that joins with this position: that of the
/// room if the invite is good, or else the one that the client has sent. `true`: the client has an
/// invite that is not good.
pub(super) fn password_by_invite(core: &Core, position: &RoomPosition) -> (Option<Digest>, bool) {
    let typed = || position.password.clone();
    let Some(invite) = &position.invite else { return (typed(), false) };
    match look_up_invite(&core.rooms, &position.room, invite) {
        InviteState::Opens(password) => (Some(password), false),
        InviteState::NotNeeded => (typed(), false),
        InviteState::Unknown => (typed(), true),
    }
}

/// Returns the reason that a client is told who has an invite that is not good, and so may not
/// enter the room for `reason`. The invite counts as a wrong password.
pub(super) fn bad_invite(
    core: &mut Core,
    network: Option<ClientNetwork>,
    reason: Refused,
) -> Refused {
    if !matches!(reason, Refused::PasswordNeeded | Refused::NotInRoom) {
        return reason;
    }
    let guess = core.network_limits.guess(network, true, core.now.chat_time);
    guess.err().unwrap_or(Refused::BadInvite)
}
