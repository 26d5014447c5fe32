//! Clients that come for one request and then leave: browsers without a lasting connection,
//! programs that send one message, and clients that save a room.
//!
//! A visitor is a client like any other, except that the server sends it no lines unasked: it sends
//! requests, receives the answers, and leaves. If the visitor is a person and enters a room, the
//! person is in the room during the visit, and for some time after it (`leaving.rs`). A visitor
//! without a session, such as a program that sends one message as plain text, is not.
//!
//! A client that saves a room receives the room's log up to its newest line. Such a client is not
//! in the room: no list of people contains it, and the room is not told of it. A client without a
//! session that only reads a room is not in the room either.
//!
//! Owns: which client may get a page, or a room as a file.
//! Must not know: HTML, forms.
//!
//! Part: `chat/core/mod.rs`.

use super::device_links::{follow_link, show_link};
use super::hosting::answer_operator;
use super::joining::{check_password, first_missed, join_room};
use super::naming::claimed_person;
use super::newcomers::{name_passing, recognise_client};
use super::permissions::{check_admitted, check_not_put_out, tell_why_out};
use super::reading::tell_visitor_what_is_read;
use super::refuse;
use super::sessions::use_token;
use crate::base::limits;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::core::people::claims::has_place_for_token;
use crate::chat::core::people::sessions::note_own_token;
use crate::chat::core::rooms::access::check_room_password;
use crate::chat::core::{Core, Effect, Visit, VisitPurpose, Visitor};
use crate::chat::entry::MessageId;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, RoomPosition, TokenSource};
use crate::chat::token::TokenDigest;

pub(super) fn receive_visitor(core: &mut Core, client: ClientId, visit: Visit<TokenDigest>) {
    let Visit { who, is_admitted, position, purpose, fresh, is_shown, source, says } = visit;
    let who = match who {
        Visitor::LooksAtLink(link) => return show_link(core, client, &link, position.as_ref()),
        Visitor::Operator(asks) => return answer_operator(core, client, asks),
        who => who,
    };
    let who = match resolved_visitor(core, client, who, position.as_ref(), says.as_ref()) {
        Ok(who) => who,
        Err(reason) => return refuse(core, client, None, reason),
    };
    core.effects.push(Effect::TellState(client));
    let whose = match &who {
        Visitor::Known(token) => core.people.tokens().owner(token),
        _ => None,
    };
    if whose.is_none() && !is_admitted {
        refuse(core, client, None, Refused::PasswordNeeded);
        turn_visitor_away(core, client, purpose);
        return;
    }
    // The browser has sent its token back, so from now on this token replaces the session's old
    // one, whatever the visitor has come for.
    if let Visitor::Known(token) = &who
        && is_shown
    {
        use_token(core, token);
    }
    let token = match &who {
        Visitor::Known(token) if whose.is_some() => Some(token.clone()),
        _ => None,
    };
    let reader = whose.map_or(Author::Nobody, Author::Person);
    if purpose != VisitPurpose::Page
        && let Some(position) = &position
    {
        look_at_room(core, client, reader, token, position.clone(), purpose);
        return;
    }
    if let Err(reason) = check_newcomer(core, client, &who, position.as_ref()) {
        return refuse(core, client, None, reason);
    }
    let is_somebody = match who {
        Visitor::Known(token) if has_place_for_token(&core.people, &token) => {
            recognise_visitor(core, client, None, (Some(token.clone()), source), token);
            tell_visitor_what_is_read(core, client);
            true
        }
        Visitor::New(claim, fresh) => {
            recognise_visitor(core, client, claim, (None, source), fresh);
            true
        }
        Visitor::SignsIn(claim, fresh) => {
            recognise_visitor(core, client, Some(claim), (None, source), fresh);
            true
        }
        Visitor::Passing => {
            name_passing(core, client, Name::guest);
            true
        }
        // The person has the maximum number of clients. The session stays valid, but this client
        // can only read the room.
        Visitor::Known(_) if whose.is_some() => {
            let devices_max = limits::CLIENTS_PER_PERSON_MAX;
            refuse(core, client, None, Refused::TooManyDevices(devices_max));
            false
        }
        // The others have been answered, or become a known visitor.
        Visitor::Known(_) | Visitor::Stranger => false,
        Visitor::Linked(..) | Visitor::LooksAtLink(_) | Visitor::Operator(_) => false,
    };
    match position {
        Some(position) if is_somebody => join_room(core, client, position, fresh),
        Some(position) => look_at_room(core, client, reader, token, position, purpose),
        None => {}
    }
}

/// Checks whether a newcomer gets the name that it wants, and whether its password of the room is
/// right. If not, the core makes no guest instead, because the user may send the form again. Any
/// other visitor has nothing to check here.
fn check_newcomer(
    core: &mut Core,
    client: ClientId,
    who: &Visitor<TokenDigest>,
    position: Option<&RoomPosition>,
) -> Result<(), Refused> {
    let (claim, signs_in) = match who {
        Visitor::New(claim, _) => (claim.as_ref(), false),
        Visitor::SignsIn(claim, _) => (Some(claim), true),
        _ => return Ok(()),
    };
    let owner = claim.map(|claim| claimed_person(core, client, claim)).transpose()?;
    match (owner.flatten(), position) {
        (None, _) if signs_in => Err(Refused::NoSuchPerson),
        (None, Some(position)) => check_password_of_newcomer(core, client, position),
        _ => Ok(()),
    }
}

/// Checks the password of the room that a new person would enter. If none was sent, there is
/// nothing to check yet.
///
/// # Errors
/// The password is wrong, which counts as a guess; or there were too many guesses.
fn check_password_of_newcomer(
    core: &mut Core,
    client: ClientId,
    position: &RoomPosition,
) -> Result<(), Refused> {
    let (Some(id), given @ Some(_)) = (core.rooms.called(&position.room), &position.password)
    else {
        return Ok(());
    };
    let given = given.as_ref();
    match check_room_password(&core.rooms, id, Author::Nobody, &[], given) {
        Err(Refused::WrongPassword) => {
            let network = core.network_of(client);
            check_password(core, network, id, Author::Nobody, &[], given).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Makes a visitor a client of a person, as [`recognise_client`] does.
fn recognise_visitor(
    core: &mut Core,
    client: ClientId,
    claim: Option<Claim>,
    (token, source): (Option<TokenDigest>, TokenSource),
    fresh: TokenDigest,
) {
    if source == TokenSource::Stored {
        note_own_token(&mut core.people, client);
    }
    let refused = recognise_client(core, client, claim, token, fresh, &[]);
    core.effects.extend(refused);
}

/// Returns as whom a visitor comes, after the core has followed its link to another device, if it
/// has one. A browser may have sent its form before: then the core makes no second person.
///
/// # Errors
/// The link is worth nothing, or its person has too many clients.
fn resolved_visitor(
    core: &mut Core,
    client: ClientId,
    who: Visitor<TokenDigest>,
    position: Option<&RoomPosition>,
    says: Option<&MessageId>,
) -> Result<Visitor<TokenDigest>, Refused> {
    Ok(match who {
        // The first form has made the person with this token.
        Visitor::New(_, fresh) | Visitor::SignsIn(_, fresh)
            if core.people.tokens().owner(&fresh).is_some() =>
        {
            Visitor::Known(fresh)
        }
        // A log contains the form's message. The person that the first form made has gone in the
        // meantime.
        Visitor::New(..) if is_said(core, position, says) => Visitor::Stranger,
        Visitor::Linked(link, fresh) => {
            follow_link(core, client, &link, &fresh)?;
            Visitor::Known(fresh)
        }
        who => who,
    })
}

/// Returns whether a line with this message id is in the log of the room in `position`, or in any
/// log of private messages.
fn is_said(core: &Core, position: Option<&RoomPosition>, id: Option<&MessageId>) -> bool {
    let Some(id) = id else { return false };
    let room = position.and_then(|position| core.rooms.called(&position.room));
    let mut logs = room.into_iter().chain(core.private_logs.iter().map(|(_, log)| log));
    logs.any(|log| core.logs.get(log).is_some_and(|log| log.has_id(id)))
}

/// Lets a client read a room, or save it, without being one of the room's people. The room must
/// exist, and its people are not told of the client. The client reads it as `who`, with the rights
/// of the session of `token`: a person who has given the room's password before need not give it
/// again. But the client itself stays no person: it cannot say anything.
fn look_at_room(
    core: &mut Core,
    client: ClientId,
    who: Author,
    token: Option<TokenDigest>,
    position: RoomPosition,
    purpose: VisitPurpose,
) {
    let RoomPosition { room: name, seen, password, .. } = position;
    let rights =
        token.map(|token| core.people.tokens().rights_of(&token).to_vec()).unwrap_or_default();
    let network = core.network_of(client);
    let found = core.rooms.called(&name).ok_or(Refused::NotInRoom);
    let opened = found.and_then(|id| {
        check_not_put_out(core, who, id)?;
        check_admitted(core, client, who, id)?;
        check_password(core, network, id, who, &rights, password.as_ref()).map(|_| id)
    });
    let id = match opened {
        Ok(id) => id,
        Err(reason) => {
            if let Some(id) = core.rooms.called(&name) {
                tell_why_out(core, client, who, id, &reason);
            }
            refuse(core, client, Some(name), reason);
            return turn_visitor_away(core, client, purpose);
        }
    };
    if let (VisitPurpose::Save, Some(log)) = (purpose, core.logs.get(id)) {
        return core.effects.push(Effect::Save { client, log: id, last: log.head() });
    }
    let Some((_, mut notes)) = first_missed(core, id, seen, who.person()) else { return };
    if let (Some(Answer::Joined(joined)), Some(person)) = (notes.first_mut(), who.person()) {
        joined.read = core.people.read(person, id);
    }
    core.members.glimpse(client, id);
    if purpose == VisitPurpose::Sight {
        core.effects.push(Effect::ShowRoom { client, room: name, answers: notes });
    } else {
        core.effects.extend(notes.into_iter().map(|answer| Effect::Answer(client, answer)));
    }
}

/// Disconnects a client that came to save a room and may not read it. A client with another purpose
/// stays connected.
fn turn_visitor_away(core: &mut Core, client: ClientId, purpose: VisitPurpose) {
    if purpose == VisitPurpose::Save {
        core.effects.push(Effect::End(client, Disconnect::NotAdmitted));
    }
}
