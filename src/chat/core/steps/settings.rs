//! How a client changes the settings of a room.
//!
//! Owns: who is told of the new settings; who may come back into the room after a new password.
//! Must not know: who may change the settings; `rooms/access.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use super::presence::tell_listed;
use super::refuse;
use super::sessions::renew_session;
use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::core::people::secrets::has_one_session;
use crate::chat::core::people::sessions::{
    close_room, gain_for_person, give_own_right, is_proven, keep_own_right,
};
use crate::chat::core::roles::check_looks_after;
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::access::{
    change_privacy, is_open_to_all_devices, let_in_and_inside, right_to_enter,
};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::refused::Refused;
use crate::chat::request::{PasswordChange, RoomSettings};
use crate::chat::token::TokenDigest;

/// Changes the settings of a room, if the client may do that, and tells the new settings to the
/// clients in the room. The people in the room may stay even if there is a new password.
pub(super) fn change_room_settings(
    core: &mut Core,
    client: ClientId,
    settings: RoomSettings,
    fresh: Option<TokenDigest>,
) {
    let RoomSettings { room: name, hidden, password } = settings;
    let Some((id, author)) = core.room_of(client, &name).zip(core.author(client)) else {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    };
    if let Err(reason) = check_looks_after(core, client, id) {
        return refuse(core, client, Some(name), reason);
    }
    if name == *core.rooms.lobby_name() {
        return refuse(core, client, Some(name), Refused::LobbyIsOpen);
    }
    let new = match password {
        PasswordChange::Keep => None,
        PasswordChange::Set(digest) => Some(Some(digest)),
        PasswordChange::Remove => Some(None),
    };
    let own_devices = devices_let_in(core, id, author, client);
    let is_for_person = is_open_to_proven(core, id, author);
    if new.is_some() {
        close_room(&mut core.people, id);
    }
    let right = new.clone().flatten().map(|digest| Right::Opened(id, digest));
    let token = right.clone().and_then(|right| renew_session(core, client, fresh, vec![right]));
    // The people in the room stay, and may come back without the new password. If a person has
    // several sessions, this is true only for the session that is in the room.
    let has_one_session =
        |who: &Author| who.person().is_none_or(|person| has_one_session(&core.people, person));
    let mut let_in: BTreeSet<_> =
        let_in_and_inside(&core.rooms, id).filter(has_one_session).collect();
    let inside = core.members.inside(id).filter(|(_, who)| !has_one_session(who));
    let inside: Vec<_> = inside.map(|(client, _)| client).collect();
    // If the client's session gets a new token, no other session of its person may come back
    // without the password.
    if token.is_some() {
        let_in.remove(&author);
    } else {
        let_in.insert(author);
    }
    let new = new.map(|password| (password, let_in));
    let before = core.rooms.get(id).map(Room::privacy).unwrap_or_default();
    let Some(privacy) = change_privacy(&mut core.rooms, &mut core.logs, id, hidden, new) else {
        return;
    };
    if let Some(right) = right {
        for inside in inside {
            give_own_right(&mut core.people, inside, right.clone());
        }
        for device in own_devices {
            keep_own_right(&mut core.people, &device, right.clone());
        }
        if let Some(person) = author.person().filter(|_| is_for_person) {
            gain_for_person(&mut core.people, person, right);
        }
    }
    let answer = Answer::Session(None);
    core.effects.extend(token.map(|token| Effect::GiveToken { client, answer, token }));
    let answer = Answer::Set { room: name, privacy };
    core.effects.push(Effect::Answer(client, answer.clone()));
    core.effects.push(Effect::Notice { log: id, except: Some(client), answer });
    if before != privacy && !(before.hidden && privacy.hidden) {
        tell_listed(core, id);
    }
}

/// Returns the sessions of this author, a person, that may come into the room now without a
/// password. A new password of theirs is for others: their own devices stay let in. The session of
/// the client is not among them if the whole person is let in: the client gets a new token, and a
/// stranger may know the one that it has.
fn devices_let_in(core: &Core, id: LogId, author: Author, client: ClientId) -> Vec<TokenDigest> {
    let tokens = core.people.tokens();
    let Some(person) = author.person() else { return Vec::new() };
    if is_open_to_all_devices(&core.rooms, id, author) {
        return tokens.of_others(person, client);
    }
    let Some(right) = right_to_enter(&core.rooms, id) else { return Vec::new() };
    let entered = tokens.with_right(&right);
    entered.filter(|(owner, _)| *owner == person).map(|(_, token)| token).collect()
}

/// Returns whether whoever gives the secret of this author's name may enter the room, with all
/// devices of the person or by a right that was gained for the person.
fn is_open_to_proven(core: &Core, id: LogId, author: Author) -> bool {
    // An open room is entered without a right: then the right counts to have made it.
    let right = right_to_enter(&core.rooms, id).unwrap_or(Right::Made(id));
    is_open_to_all_devices(&core.rooms, id, author)
        || author.person().is_some_and(|person| is_proven(&core.people, person, &right))
}
