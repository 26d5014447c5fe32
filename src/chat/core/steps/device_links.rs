//! How a person takes the session to another device: a client makes a link, and a visitor follows
//! it. `people/device_links.rs` has the links.
//!
//! Owns: which limits hold for making a link and for following one.
//! Must not know: how long a link is worth something.
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use super::sessions::note_rooms_of;
use crate::base::client_id::ClientId;
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::people::device_links::{
    NoLink, add_device_link, follow_device_link, person_of_link,
};
use crate::chat::core::people::secrets::must_wait_for_secret;
use crate::chat::core::rooms::access::{InviteState, look_up_invite, maker_of_invite};
use crate::chat::core::{Core, Effect, Made};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::RoomPosition;
use crate::chat::token::TokenDigest;

/// Makes a link with the token `link` for the client's person, and sends it to the client. Refused
/// with `TooFast` if the client's network has made too many links, or if there are too many in all;
/// and while a new secret of another session of the person is pending, because a stranger may know
/// the token of this one.
pub(super) fn link_device(core: &mut Core, client: ClientId, link: TokenDigest) {
    let (network, now) = (core.network_of(client), core.now.chat_time);
    let person = core.person(client);
    if person.is_some_and(|id| must_wait_for_secret(&core.people, id, client, None, now)) {
        return refuse(core, client, None, Refused::WrongSecret);
    }
    let may = core.network_limits.check_may_make(Made::DeviceLink, network, now, &mut core.effects);
    let made = may
        .map_err(NoLink::Full)
        .and_then(|()| add_device_link(&mut core.people, client, link.clone(), now));
    match made {
        Ok(()) => {
            core.network_limits.note_made(Made::DeviceLink, network, now, 1);
            let answer = Answer::DeviceLink(None);
            core.effects.push(Effect::GiveToken { client, answer, token: link });
        }
        Err(NoLink::SessionOver) => {
            core.effects.push(Effect::Answer(client, Answer::Fault(Fault::session_over())));
        }
        Err(NoLink::Full(wait)) => refuse(core, client, None, Refused::TooFast(wait)),
    }
}

/// Tells the client the name of the person who has made the link; or, with a position, of the
/// person who has made the invite to that room. A client that has the link can follow it and become
/// a client of this person, and the maker of an invite is in the room to which it leads; so the
/// client may know the name. An invite that opens nothing is refused with `BadInvite`, whether
/// there is such a room or not. Nobody can guess either, so this function does not count a wrong
/// one.
pub(super) fn show_link(
    core: &mut Core,
    client: ClientId,
    link: &TokenDigest,
    invites_to: Option<&RoomPosition>,
) {
    if let Some(position) = invites_to
        && let InviteState::Unknown = look_up_invite(&core.rooms, &position.room, link)
    {
        return refuse(core, client, None, Refused::BadInvite);
    }
    let person = match invites_to {
        Some(position) => maker_of_invite(&core.rooms, &position.room, link),
        None => person_of_link(&core.people, link, core.now.chat_time),
    };
    let Some(name) = person.and_then(|person| core.people.name(person)).cloned() else {
        return refuse(core, client, None, Refused::BadLink);
    };
    let (former, mark, token, kept_for, rooms) = (None, None, None, None, Vec::new());
    let answer = Answer::Welcome { name, former, mark, token, kept_for, rooms, at: core.now.utc };
    core.effects.push(Effect::Answer(client, answer));
}

/// Makes `fresh` a token of the person who has made the link. A link that is worth nothing counts
/// as a guess of the client's network. Nobody can guess a link, so a network that has guessed too
/// often may still follow a right one.
pub(super) fn follow_link(
    core: &mut Core,
    client: ClientId,
    link: &TokenDigest,
    fresh: &TokenDigest,
) -> Result<(), Refused> {
    let (network, now) = (core.network_of(client), core.now.chat_time);
    // The same form comes again if its answer was lost. Then the session is there already.
    let is_new = core.people.tokens().owner(fresh).is_none();
    follow_device_link(&mut core.people, link, fresh, now).map_err(|reason| {
        let is_wrong = reason == Refused::BadLink;
        let guess = core.network_limits.guess(network.filter(|_| is_wrong), is_wrong, now);
        guess.err().unwrap_or(reason)
    })?;
    note_rooms_of(core, fresh);
    if let Some(person) = core.people.tokens().owner(fresh).filter(|_| is_new) {
        tell_of_device(core, person, None);
    }
    Ok(())
}

/// Tells the clients of a person that another device has signed in as the person. `newcomer`: the
/// client of that device, if it has one already.
pub(super) fn tell_of_device(core: &mut Core, person: PersonId, newcomer: Option<ClientId>) {
    let clients = core.people.clients(person).iter().copied();
    let told = clients.filter(|one| Some(*one) != newcomer && !core.members.is_visitor(*one));
    core.effects.extend(told.map(|one| Effect::Answer(one, Answer::SignedInElsewhere)));
}
