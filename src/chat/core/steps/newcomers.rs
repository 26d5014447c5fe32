//! How a new client is welcomed: it is let in or refused, is told its name, and enters its rooms.
//!
//! Owns: the order of these steps.
//! Must not know: who owns a name; `chat/core/people/mod.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use super::device_links::tell_of_device;
use super::joining::{enter_room, follow_log, join_room};
use super::naming::{check_guess, claim_refusal};
use super::permissions::is_network_blocked;
use super::presence::may_read;
use super::refusal;
use super::sessions::{use_proof, use_secret, use_token};
use super::starting::open_lobby;
use super::visits::receive_visitor;
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::core::logs::Log;
use crate::chat::core::members::ConnectionKind;
use crate::chat::core::people::claims::Identified;
use crate::chat::core::people::sessions::note_own_token;
use crate::chat::core::people::{Author, claims, secrets};
use crate::chat::core::{CameFrom, Core, Effect, Greeting, LogId, Made, Newcomer, Stay, Visitor};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Hello, RoomPosition, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::token::TokenDigest;

pub(super) fn register_newcomer(
    core: &mut Core,
    client: ClientId,
    newcomer: Newcomer<TokenDigest>,
    came_from: CameFrom,
) {
    if core.is_stopping {
        return core.effects.push(Effect::Refuse(client, Disconnect::ServerStopping));
    }
    let has_no_hello = matches!(newcomer, Newcomer::Classic | Newcomer::Passing);
    let tag = came_from.network.map(|network| core.network_limits.tag(network));
    // Such a client is nobody whom somebody could admit.
    if !may_be_let_in(core, &newcomer) || has_no_hello && is_network_blocked(core, tag) {
        return core.effects.push(Effect::Refuse(client, Disconnect::NotAdmitted));
    }
    let author = match newcomer {
        Newcomer::Classic => Author::Classic(core.people.next_number()),
        // For now, the client has no person. `answer_hello`, `greet_passing` or `receive_visitor`
        // may give it one, in the `match` below.
        _ => Author::Nobody,
    };
    let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
    let kind = ConnectionKind { is_visitor, is_intermittent: is_intermittent(core, &newcomer) };
    core.members.add(client, author, came_from, tag, kind);
    core.effects.push(Effect::Welcome(client));
    match newcomer {
        Newcomer::Classic => {
            let lobby = open_lobby(core);
            enter_room(core, client, lobby, None, false);
        }
        Newcomer::Passing => greet_passing(core, client),
        Newcomer::WithHello(greeting) => answer_hello(core, client, *greeting),
        Newcomer::Visitor(visit) => receive_visitor(core, client, *visit),
    }
}

/// Greets a client of the format `webchat`, which loses its name when its connection ends. From now
/// on the client receives the new lines of the lobby.
fn greet_passing(core: &mut Core, client: ClientId) {
    name_passing(core, client, Name::user);
    let lobby = open_lobby(core);
    let seen = core.logs.get(lobby).map(Log::all);
    enter_room(core, client, lobby, seen, false);
}

/// Makes a person that exists only as long as this client, and tells the client its name. `called`
/// is the function that makes the name from a number.
pub(super) fn name_passing(core: &mut Core, client: ClientId, called: fn(u64) -> Name) {
    let person = claims::make_passing_person(&mut core.people, client, called, core.now.utc);
    core.members.become_author(client, Author::Person(person));
    if let Some(name) = core.people.name(person).cloned() {
        let (former, mark, token, kept_for, rooms) = (None, None, None, None, Vec::new());
        let answer =
            Answer::Welcome { name, former, mark, token, kept_for, rooms, at: core.now.utc };
        core.effects.push(Effect::Answer(client, answer));
    }
}

/// Returns whether a client that joins with a hello may be let in: there is no server password, or
/// the client has sent it, or the client has a valid token and its person may have one more client.
/// Returns `true` for a newcomer of another kind: `receive_visitor` checks visitors itself.
fn may_be_let_in(core: &Core, newcomer: &Newcomer<TokenDigest>) -> bool {
    let Newcomer::WithHello(greeting) = newcomer else { return true };
    let token = greeting.hello.token.as_ref();
    greeting.is_admitted
        || token.is_some_and(|token| claims::will_have_place_for_token(&core.people, token))
}

/// Returns whether the newcomer's rooms wait longer for its person after the newcomer has left,
/// because the person has no connection between two requests.
fn is_intermittent(core: &Core, newcomer: &Newcomer<TokenDigest>) -> bool {
    match newcomer {
        Newcomer::Classic | Newcomer::Passing => false,
        // Rooms wait longer only for a client that polls with `wait=0` and a token. A client
        // without a token is a new person at each request; so is a client whose person has the
        // maximum number of clients.
        Newcomer::WithHello(greeting) => {
            let may = |token: &TokenDigest| {
                core.people.tokens().owner(token).is_none()
                    || claims::will_have_place_for_token(&core.people, token)
            };
            greeting.stay == Stay::ShortPoll && greeting.hello.token.as_ref().is_some_and(may)
        }
        // Rooms need not wait longer for a new person: a program that sends one message does not
        // come again, and a browser comes again at once with the session that it was given. But if
        // the token `fresh` is valid already, the browser has sent its form twice, and the visitor
        // is no new person.
        Newcomer::Visitor(visit) => match &visit.who {
            Visitor::New(_, fresh) | Visitor::SignsIn(_, fresh) => {
                core.people.tokens().owner(fresh).is_some()
            }
            _ => true,
        },
    }
}

fn answer_hello(core: &mut Core, client: ClientId, greeting: Greeting<TokenDigest>) {
    let Greeting { hello, fresh, .. } = greeting;
    let Hello { name, token, source, rooms, private } = hello;
    // A newcomer without a token gets `fresh` as its first token. No other client can know `fresh`.
    // So if the session gains rights in the rooms of its hello, it needs no further token
    // (`sessions.rs`).
    let spare = token.as_ref().map(|_| fresh.clone());
    if let Some(token) = &token {
        use_token(core, token);
    }
    // Nobody else has put a token there that the client does not even send.
    if token.is_none() || source == TokenSource::Stored {
        note_own_token(&mut core.people, client);
    }
    let refused = recognise_client(core, client, name, token, fresh, &rooms);
    core.effects.push(Effect::TellState(client));
    core.effects.extend(refused);
    for position in rooms.into_iter().take(limits::ROOMS_PER_CLIENT_MAX) {
        join_room(core, client, position, spare.clone());
    }
    if let Some(log) = core.private_log_of(client) {
        follow_log(core, client, log, private, false);
    }
}

/// Makes the client a client of a person, and tells it its name and token. If the client did not
/// get the name that it wanted, returns the effect that tells the client why. The caller must add
/// that effect to `effects`.
pub(super) fn recognise_client(
    core: &mut Core,
    client: ClientId,
    name: Option<Claim>,
    token: Option<TokenDigest>,
    fresh: TokenDigest,
    positions: &[RoomPosition],
) -> Option<Effect> {
    let (name, guessed) = check_guess(core, client, name, token.as_ref());
    let is_known = token.as_ref().is_some_and(|token| core.people.tokens().owner(token).is_some());
    if let Some(claim) = name.as_ref().filter(|_| !is_known) {
        use_secret(core, claim);
    }
    let tag = core.members.tag(client);
    let taken = name.as_ref().map(|name| claim_refusal(core, name));
    let has_secret = name.as_ref().is_some_and(|claim| claim.secret.is_some());
    let Identified { id: person, token, refused } =
        claims::identify_client(&mut core.people, client, tag, core.now.utc, name, token, fresh);
    make_lasting(core, person, core.network_of(client));
    core.members.become_author(client, Author::Person(person));
    if has_secret && !is_known && refused.is_none() {
        use_proof(core, client);
    }
    if !is_known {
        tell_of_device(core, person, Some(client));
    }
    if let Some(name) = core.people.name(person) {
        let (name, former) = (name.clone(), core.people.former_name(person).cloned());
        let mark = secrets::shown_mark(&core.people, person, client);
        let kept_for = core.people.is_brief(person).then_some(limits::BRIEF_NAME_KEPT);
        let rooms = rooms_elsewhere(core, client, positions);
        let answer =
            Answer::Welcome { name, former, mark, token: None, kept_for, rooms, at: core.now.utc };
        core.effects.push(Effect::GiveToken { client, answer, token });
    }
    let refused = match refused {
        Some(Refused::NameTaken) => taken,
        other => other,
    };
    guessed.or(refused).map(|reason| refusal(client, None, None, reason))
}

/// Returns the rooms in which the client's person is by other clients, without those of a hello's
/// `positions`. For a visitor also those that the person has read: its page shows what is new
/// there.
fn rooms_elsewhere(core: &Core, client: ClientId, positions: &[RoomPosition]) -> Vec<RoomName> {
    let clients = core.person(client).map_or(&[][..], |person| core.people.clients(person));
    let read = core.person(client).filter(|_| core.members.is_visitor(client));
    let read = read.map(|person| core.people.rooms_read(person)).unwrap_or_default();
    let ids: BTreeSet<LogId> = clients
        .iter()
        .filter(|client| !core.members.is_visitor(**client))
        .flat_map(|client| core.members.rooms(*client))
        .copied()
        .chain(read)
        .collect();
    let rooms = ids.into_iter().filter_map(|id| Some((id, core.rooms.get(id)?)));
    let may_know =
        rooms.filter(|(id, room)| !room.privacy().hidden || may_read(core, client, *id, room));
    let names = may_know.map(|(_, room)| room.name());
    names.filter(|name| positions.iter().all(|one| one.room != **name)).cloned().collect()
}

/// Makes a brief person a lasting one, if the limit on new people from this network allows it. Then
/// the person's name stays reserved for the usual time.
pub(super) fn make_lasting(core: &mut Core, person: PersonId, network: Option<ClientNetwork>) {
    let now = core.now.chat_time;
    if core.people.is_brief(person)
        && core.network_limits.check_may_make(Made::Person, network, now, &mut core.effects).is_ok()
    {
        core.network_limits.note_made(Made::Person, network, now, 1);
        core.people.make_lasting(person);
    }
}
