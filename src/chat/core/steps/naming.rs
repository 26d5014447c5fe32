//! How a client claims a name, with its secret or without; how a person gets another name; how a
//! client becomes a client of another person, because it sends that person's name and secret; and
//! how a client's user ends the session.
//!
//! Owns: if a client becomes another person, what that person takes over from the old one; which
//! clients are told of a new name.
//! Must not know: who owns a name; `chat/core/people/mod.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use super::correspondents::tell_new_name;
use super::device_links::tell_of_device;
use super::joining::follow_log;
use super::leaving::{leave_room, remove_forgotten, stop_waiting_for};
use super::newcomers::make_lasting;
use super::permissions::check_may_take_name;
use super::posting::add_line;
use super::presence::{is_here, tell_presence};
use super::refuse;
use super::sessions::{renew_session, use_proof, use_secret};
use crate::base::limits;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::core::logs::NewEntry;
use crate::chat::core::people::rights::Right;
use crate::chat::core::people::{self, Author, claims, secrets};
use crate::chat::core::rooms::EnteredRoom;
use crate::chat::core::rooms::access::give_room_rights;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{EntryKind, Speaker};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::token::TokenDigest;

/// A client that becomes a client of another person. `from` is the old person, and `into` the new
/// one, each with its name.
struct PersonChange {
    client: ClientId,
    from: (PersonId, Name),
    into: (PersonId, Name),
}

impl PersonChange {
    fn authors(&self) -> (Author, Author) {
        (Author::Person(self.from.0), Author::Person(self.into.0))
    }

    fn renamed_answer(&self) -> Answer {
        let (from, to) = (self.from.1.clone(), self.into.1.clone());
        Answer::Renamed { from, to, secret: false, in_log: false, token: None }
    }
}

pub(super) fn rename_person(
    core: &mut Core,
    client: ClientId,
    wanted: Claim,
    fresh: Option<TokenDigest>,
) {
    let Some(Author::Person(person)) = core.author(client) else { return };
    if core.people.called(&wanted.name).is_some_and(|owner| owner != person) {
        match person_change(core, client, person, &wanted) {
            Ok(change) => {
                use_secret(core, &wanted);
                change_person(core, &change, fresh);
                tell_of_device(core, change.into.0, Some(client));
            }
            Err(reason) => refuse(core, client, None, reason),
        }
        return;
    }
    let Claim { name: to, secret } = wanted;
    let owns = |sent| secrets::has_secret(&core.people, person, sent);
    let is_own = secret.as_ref().is_some_and(owns);
    let is_other = core.people.name(person).is_some_and(|name| name.skeleton() != to.skeleton());
    let now = core.now.chat_time;
    let must_wait =
        secrets::must_wait_for_secret(&core.people, person, client, secret.as_ref(), now);
    let secret = secret.filter(|sent| secrets::is_new_secret(&core.people, person, client, sent));
    // Another session of the person has sent a new secret, which is pending. So for some minutes
    // this client can neither set a secret nor take another name: the present name would become
    // free.
    if must_wait && (secret.is_some() || is_other) {
        let guess = secret.map(|_| count_wrong_secret(core, client));
        let reason = guess.unwrap_or(Refused::WrongSecret);
        return refuse(core, client, None, reason);
    }
    let is_new = core.people.name(person).is_some_and(|name| name.shown() != to.shown());
    if is_new && let Err(reason) = check_may_take_name(core, client, person) {
        return refuse(core, client, None, reason);
    }
    let from = match core.people.rename(person, to.clone(), core.now.utc) {
        Ok(from) => from,
        Err(reason) => return refuse(core, client, None, reason),
    };
    if is_own {
        let rights = people::sessions::take_own_rights(&mut core.people, client);
        give_room_rights(&mut core.rooms, &mut core.logs, person, rights, true);
    }
    if is_own {
        use_proof(core, client);
    }
    if secret.is_some() {
        people::sessions::note_new_secret(&mut core.people, client);
    }
    // If the name changes, the core tells each client of the person, and also the person's rooms,
    // except large ones. It does not tell the rooms of a new secret.
    let has_secret = secret.is_some();
    let right = secret.clone().map(Right::Secret);
    let token = right.and_then(|right| renew_session(core, client, fresh, vec![right]));
    if let Some(secret) = secret.filter(|_| token.is_none()) {
        secrets::set_secret(&mut core.people, person, secret);
    }
    // While the new secret is pending, only the client that sent it is told of it, not the person's
    // other clients.
    let is_told = has_secret && token.is_none();
    let answer = |secret| {
        let (from, to) = (from.clone(), to.clone());
        Answer::Renamed { from, to, secret, in_log: false, token: None }
    };
    core.effects.push(answer_with_token(client, answer(has_secret), token));
    let others = core.people.clients(person).iter().filter(|device| **device != client);
    let others = others.filter(|_| is_told || from.shown() != to.shown());
    core.effects.extend(others.map(|client| Effect::Answer(*client, answer(is_told))));
    if from.shown() == to.shown() {
        return;
    }
    tell_new_name(core, person, &to);
    tell_rooms(core, person, &from, &to);
}

/// Tells the person's rooms, except large ones, of a new name. If the person has written in a room,
/// its log has a line of it, so that who comes later knows whose the messages above are.
fn tell_rooms(core: &mut Core, person: PersonId, from: &Name, to: &Name) {
    let author = Author::Person(person);
    let rooms = core.rooms.iter().filter(|(_, room)| room.has(author) && room.is_small());
    for log in rooms.map(|(log, _)| log).collect::<Vec<_>>() {
        let in_log = core.logs.get(log).is_some_and(|log| log.last_of(author).is_some());
        let (old, new) = (from.clone(), to.clone());
        let answer = Answer::Renamed { from: old, to: new, secret: false, in_log, token: None };
        core.effects.push(Effect::Notice { log, except: None, answer });
        if in_log {
            let (by, what) = (Speaker::of(from, person), EntryKind::Renamed(to.clone()));
            add_line(core, log, NewEntry { author, by, id: None, reply_to: None, what }, None);
        }
    }
}

/// Handles the wish of the client's user to end the session. The other clients of the same session
/// leave their rooms and are disconnected. Without a secret, and if that was the person's last
/// session, so do all clients of the person. Rooms that wait for the person stop waiting at once.
pub(super) fn quit_session(core: &mut Core, client: ClientId) {
    let Some(Author::Person(person)) = core.author(client) else { return };
    for other in people::sessions::quit_sessions(&mut core.people, person, client) {
        for id in core.members.rooms(other).to_vec() {
            if let Some(name) = core.rooms.get(id).map(|room| room.name().clone()) {
                leave_room(core, other, name);
            }
        }
        core.effects.push(Effect::End(other, Disconnect::SessionLeft));
    }
    if let Some(name) = core.people.name(person).cloned() {
        stop_waiting_for(core, person, &name);
    }
}

/// Returns the [`PersonChange`] of a client that sends another person's name and secret. Refused if
/// the client may not become that person. Also refused if the name of the client's own person has a
/// secret, or the client has sent one that is pending: a user who has mistyped a name must not lose
/// their own.
fn person_change(
    core: &mut Core,
    client: ClientId,
    person: PersonId,
    wanted: &Claim,
) -> Result<PersonChange, Refused> {
    let into = claimed_person(core, client, wanted)?;
    if secrets::shown_mark(&core.people, person, client).is_some() {
        return Err(Refused::NameTaken);
    }
    let called = |id| core.people.name(id).cloned().map(|name| (id, name));
    let into = into.and_then(called).ok_or(Refused::NameTaken)?;
    let from = called(person).ok_or(Refused::NameTaken)?;
    Ok(PersonChange { client, from, into })
}

/// Makes this client a client of the other person, in all rooms that the client is in. The client
/// gets the new token `fresh`, because a stranger who has the client's old token must not become
/// the other person, too.
///
/// If the old person has no client left, there are two cases. A guest is removed, and the other
/// person becomes the author of the guest's lines. A person with a chosen name counts as away: its
/// name and its private messages are kept, as for any absent person.
fn change_person(core: &mut Core, change: &PersonChange, fresh: Option<TokenDigest>) {
    let (from, into) = (change.from.0, change.into.0);
    // A person without a token gets no new one: it is removed when its last connection ends.
    let fresh = fresh.filter(|_| !core.people.is_passing(from));
    core.effects.push(answer_with_token(change.client, change.renamed_answer(), fresh.clone()));
    for id in core.members.rooms(change.client).to_vec() {
        change_person_in_room(core, id, change);
    }
    let rights = core.people.tokens().own_rights(change.client).to_vec();
    give_room_rights(&mut core.rooms, &mut core.logs, into, rights, true);
    change_client(core, change);
    claims::move_client(&mut core.people, change.client, from, into, fresh);
    use_proof(core, change.client);
    if core.people.clients(from).is_empty() {
        if core.people.is_guest(from) {
            change_past(core, change);
            core.people.remove(from);
        } else {
            make_lasting(core, from, core.network_of(change.client));
            core.people.lose_client(from, change.client, core.now);
        }
        remove_forgotten(core);
    }
}

/// Makes the client a client of the new person in this room. Tells the room who entered, who left,
/// or who has another name.
fn change_person_in_room(core: &mut Core, id: LogId, change: &PersonChange) {
    let (from, into) = change.authors();
    let Some(entered) = core.rooms.enter(id, into) else { return };
    let was_counted = core.members.count_in(change.client, id);
    let is_last = was_counted && core.rooms.leave(id, from, core.now.chat_time);
    match (entered, is_last) {
        // The client was the old person's only one in the room, and the new person was not there.
        // So the room is told of a new name, not that somebody has left and somebody has entered.
        (EnteredRoom::New, true) if core.rooms.is_small(id) => {
            let answer = change.renamed_answer();
            core.effects.push(Effect::Notice { log: id, except: None, answer });
        }
        (EnteredRoom::New, true) => {}
        (EnteredRoom::New, false) => {
            tell_presence(core, id, into, true, Some(change.client));
        }
        (_, true) => tell_presence(core, id, from, false, None),
        (_, false) => {}
    }
}

/// Makes this client one of the new person's clients. From now on the client receives that person's
/// private messages, unless it is a visitor.
fn change_client(core: &mut Core, change: &PersonChange) {
    let client = change.client;
    let (_, into) = change.authors();
    let before = core.private_logs.of(change.from.0);
    if core.members.author(client).is_none() {
        return;
    }
    core.members.become_author(client, into);
    let hears = !core.members.is_visitor(client);
    core.effects.extend(before.map(|log| Effect::Unfollow(client, log)));
    if let Some(log) = core.private_logs.of(change.into.0).filter(|_| hears) {
        follow_log(core, client, log, None, false);
    }
}

/// Makes the new person the maker of the old person's rooms, and the author of the old person's
/// lines that are in memory. The old person must have no client left. Rooms that wait for the old
/// person stop waiting.
fn change_past(core: &mut Core, change: &PersonChange) {
    let (from, into) = change.authors();
    core.logs.change_author(from, into);
    let now = core.now.chat_time;
    for id in core.rooms.change_author(&mut core.logs, from, into, now) {
        tell_presence(core, id, from, false, None);
    }
}

/// Checks whether the client may claim a name with a secret now, and counts a wrong secret as a
/// guess. Returns the claim unchanged, even if its secret is wrong. But if the client's network has
/// guessed too often, returns no claim, and the reason as the second value. A claim without a
/// secret, or with a valid `token`, is no guess.
pub(super) fn check_guess(
    core: &mut Core,
    client: ClientId,
    claim: Option<Claim>,
    token: Option<&TokenDigest>,
) -> (Option<Claim>, Option<Refused>) {
    let is_known = token.is_some_and(|token| core.people.tokens().owner(token).is_some());
    let guess = claim.as_ref().filter(|claim| claim.secret.is_some() && !is_known);
    // If no person has the name, there is no secret to guess.
    let guess = guess.filter(|guess| core.people.called(&guess.name).is_some());
    let Some(guess) = guess else { return (claim, None) };
    let is_wrong = claims::claimed_owner(&core.people, guess).is_none();
    let network = core.network_of(client);
    match core.network_limits.guess(network, is_wrong, core.now.chat_time) {
        Ok(()) => (claim, None),
        Err(reason) => (None, Some(reason)),
    }
}

/// Returns the person who has the claimed name, if the claim has the right secret. `Ok(None)`: the
/// name is free, and so is every name that looks like it. The error says why the client cannot get
/// the name. A wrong secret counts as a guess.
pub(super) fn claimed_person(
    core: &mut Core,
    client: ClientId,
    claim: &Claim,
) -> Result<Option<PersonId>, Refused> {
    if core.people.called(&claim.name).is_none() {
        let is_free = claims::is_free_name(&core.people, &claim.name, None);
        return if is_free { Ok(None) } else { Err(claim_refusal(core, claim)) };
    }
    let (_, guessed) = check_guess(core, client, Some(claim.clone()), None);
    guessed.map_or(Ok(()), Err)?;
    let person =
        claims::claimed_owner(&core.people, claim).ok_or_else(|| claim_refusal(core, claim))?;
    if claims::is_full_for_claim(&core.people, person, claim) {
        return Err(Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX));
    }
    Ok(Some(person))
}

/// Returns why a client without a token of the name's owner does not get the claimed name. If the
/// owner is away and the name has no secret, the reason is `NameKept` with the time until the name
/// is free.
pub(super) fn claim_refusal(core: &Core, claim: &Claim) -> Refused {
    let owner = core.people.called(&claim.name).filter(|owner| !is_here(core, *owner));
    let now = core.now.chat_time;
    let kept_for = owner.and_then(|owner| core.people.kept_for(owner, now));
    kept_for.map_or_else(|| claims::usual_claim_refusal(&core.people, claim), Refused::NameKept)
}

/// Counts a wrong guess: the client has sent a secret that is not its own name's. Returns why the
/// client is refused: `WrongSecret`; or `TooManyGuesses`, and then no guess is counted.
fn count_wrong_secret(core: &mut Core, client: ClientId) -> Refused {
    let guess = core.network_limits.guess(core.network_of(client), true, core.now.chat_time);
    guess.err().unwrap_or(Refused::WrongSecret)
}

fn answer_with_token(client: ClientId, answer: Answer, token: Option<TokenDigest>) -> Effect {
    match token {
        Some(token) => Effect::GiveToken { client, answer, token },
        None => Effect::Answer(client, answer),
    }
}
