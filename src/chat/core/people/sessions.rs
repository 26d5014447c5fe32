//! The sessions of people: how one begins and ends, gets a new token, and which rights only it has.
//!
//! A session has made a room or entered its password, and has then shown its new token. Which
//! sessions of the person have the right to the room now? All of them, if the person has no secret
//! and no other session, or if this session itself has sent the secret, together with gaining the
//! right or later. Otherwise only this session *holds* the right; if a new token replaces the
//! session's token, the right moves to the new token. The reason: the maker of a name with a secret
//! may let a friend use that name. If the maker connects later with the secret, the maker gets the
//! name, but not the rooms that only the friend was let into.
//!
//! A session may be given away in an address, so the server cannot always tell who gains a right by
//! it. It can in two cases. A client that has sent the name's secret itself (a *proven* client) is
//! a person who knows the secret. And a session that has sent the secret belongs to such a person,
//! as long as its client has the token from where no address puts one (an *own* token). What a
//! client gains in these cases, it gains *for the person*: the server notes it with the person, and
//! gives it to each session whose client sends the secret later. No other session of the person
//! gets it.
//!
//! Owns: what a person gains or loses when a client shows a token or a secret.
//! Must not know: what a right opens (`chat/core/rooms/access.rs`); how clients are told.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::rights::{Right, add_right, secret_in};
use super::{People, claims, secrets};
use crate::base::client_id::ClientId;
use crate::chat::core::LogId;
use crate::chat::record::PersonId;
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

/// What has become of a session whose pending token a client has shown.
pub(crate) struct ShownToken {
    pub(crate) person: PersonId,
    pub(crate) rights: Vec<Right>,
    /// True: all sessions of the person get the rights. False: only this session has them.
    pub(crate) is_shared: bool,
    /// The clients whose sessions have ended, and which must be disconnected.
    pub(crate) over: Vec<ClientId>,
}

/// What the server knows about how the connected clients came to their sessions.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Proofs {
    /// Clients that have sent the secret of their person's name themselves.
    sent_secret: BTreeSet<ClientId>,
    /// Clients that have their token from where only their own browser or program puts one, or from
    /// the server.
    own_token: BTreeSet<ClientId>,
}

impl Proofs {
    pub(super) fn forget(&mut self, client: ClientId) {
        self.sent_secret.remove(&client);
        self.own_token.remove(&client);
    }
}

pub(super) fn begin_session(
    people: &mut People,
    client: ClientId,
    id: PersonId,
    token: TokenDigest,
) {
    people.tokens.set_session(client, token.clone());
    if people.tokens.give(id, token) {
        people.note_change(id);
    }
}

/// Makes this token the token of the client's session, unless the session has a newer one: a client
/// may show a token just before it receives the next one. Returns `false`, and changes nothing, if
/// the token does not belong to the person.
pub(crate) fn change_session(
    people: &mut People,
    id: PersonId,
    client: ClientId,
    token: &TokenDigest,
) -> bool {
    let is_own = people.tokens.owner(token) == Some(id);
    let newest = people.tokens.session(client);
    let has_newer = newest.is_some_and(|newest| people.tokens.is_newer(newest, token));
    if is_own && !has_newer {
        people.tokens.set_session(client, token.clone());
    }
    is_own
}

/// Gives this right to the client's session, and to no other session of its person. Does nothing if
/// the client has no session.
pub(crate) fn give_own_right(people: &mut People, client: ClientId, right: Right) {
    people.tokens.hold(client, right);
}

/// Gives this right to the session of this token, which had an older right of the same kind.
pub(crate) fn keep_own_right(people: &mut People, token: &TokenDigest, right: Right) {
    people.tokens.restore_right(token, right);
}

/// Gives this right, which the history has stored, to the session of this person's token. Does
/// nothing if the token is not the person's any more: it may have ended since, and a stranger who
/// knows it may have connected with it as a new person.
pub(crate) fn restore_own_right(
    people: &mut People,
    person: PersonId,
    token: &TokenDigest,
    right: Right,
) {
    if people.tokens.owner(token) == Some(person) {
        people.tokens.restore_right(token, right);
    }
}

/// Removes the right to enter this room by a password from each session that has it for itself. The
/// caller must call this when the room gets another password or none: if the old password is set
/// again later, it must let in nobody who entered it before.
pub(crate) fn close_room(people: &mut People, room: LogId) {
    people.tokens.close_room(room);
    let is_its = |right: &Right| matches!(right, Right::Opened(id, _) if *id == room);
    people.by_id.values_mut().for_each(|who| who.proven_rights.retain(|right| !is_its(right)));
}

/// Returns whether a session has gained this right for its person, so that each client that gives
/// the name's secret has it.
pub(crate) fn is_proven(people: &People, id: PersonId, right: &Right) -> bool {
    people.by_id.get(&id).is_some_and(|person| person.proven_rights.contains(right))
}

/// Gives this right to each client that will give the secret of the person's name.
pub(crate) fn gain_for_person(people: &mut People, id: PersonId, right: Right) {
    if let Some(person) = people.by_id.get_mut(&id) {
        add_right(&mut person.proven_rights, right);
    }
}

/// Removes and returns the rights that the client's session has gained for itself; none if its
/// token is pending. The caller must give these rights to all sessions of the person.
pub(crate) fn take_own_rights(people: &mut People, client: ClientId) -> Vec<Right> {
    let token = people.tokens.session(client).cloned();
    token.map(|token| people.tokens.take_rights(&token)).unwrap_or_default()
}

/// Gives the client's session the token `fresh`, which is pending, with these rights. Returns the
/// token; `None`: there is no new one, for example because `fresh` is `None` or the client has no
/// session.
pub(crate) fn renew_token(
    people: &mut People,
    id: PersonId,
    client: ClientId,
    fresh: Option<TokenDigest>,
    rights: Vec<Right>,
    now: Duration,
) -> Option<TokenDigest> {
    let fresh = fresh.filter(|_| !people.is_passing(id))?;
    let is_for_person = gains_for_person(people, id, client);
    if !people.tokens.issue(id, client, fresh.clone(), (rights, is_for_person), now) {
        return None;
    }
    people.note_change(id);
    Some(fresh)
}

/// Handles a token that a client has sent. If the token is pending, it counts as shown from now on,
/// and the tokens that it replaces become invalid. If the session has sent a new secret, the name
/// gets it. `None`: the token is not pending, and nothing was changed.
pub(crate) fn mark_token_shown(people: &mut People, token: &TokenDigest) -> Option<ShownToken> {
    let (person, rights, replaced) = people.tokens.show(token)?;
    let secret = secret_in(&rights).cloned();
    let is_shared = secret.is_some() || secrets::has_one_session(people, person);
    if let Some(secret) = secret {
        set_new_secret(people, person, secret);
    }
    if is_shared {
        people.tokens.take_rights(token);
    }
    let for_person = people.tokens.take_rights_for_person(token);
    let is_proven = has_proven_client(people, person, token);
    let for_person = if is_proven { rights.clone() } else { for_person };
    if let Some(person) = people.by_id.get_mut(&person) {
        let to_rooms = for_person.into_iter().filter(|right| right.room().is_some());
        to_rooms.for_each(|right| add_right(&mut person.proven_rights, right));
    }
    let over = end_sessions(people, person, &replaced);
    Some(ShownToken { person, rights, is_shared, over })
}

/// Returns whether a client with this session has sent the name's secret itself, so that the
/// session's new rights are surely its person's.
fn has_proven_client(people: &People, id: PersonId, token: &TokenDigest) -> bool {
    let mut clients = people.clients(id).iter();
    let is_proven = |one| people.proofs.sent_secret.contains(one);
    clients.any(|one| is_proven(one) && people.tokens.session(*one) == Some(token))
}

/// Returns whether the rights to rooms that this client gains now are gained for its person.
fn gains_for_person(people: &People, id: PersonId, client: ClientId) -> bool {
    let Proofs { sent_secret, own_token } = &people.proofs;
    sent_secret.contains(&client)
        || own_token.contains(&client) && people.tokens.has_sent_secret(id, client)
}

/// Notes that this new client has an own token, or sends none.
pub(crate) fn note_own_token(people: &mut People, client: ClientId) {
    people.proofs.own_token.insert(client);
}

/// Notes that this client has sent a new secret for its person's name. The client's session gets
/// nothing by it: it need not know the old secret. When the secret is settled, the session counts
/// as one that has sent it (`token_table.rs`).
pub(crate) fn note_new_secret(people: &mut People, client: ClientId) {
    people.proofs.sent_secret.insert(client);
}

/// Notes that this client has sent the secret of its person's name, so the user of this connection
/// knows the secret. If the client has an own token, the server notes the same for the client's
/// session. The session gets the rights to rooms that sessions have gained for the person. Returns
/// the rooms.
pub(crate) fn note_proof(people: &mut People, id: PersonId, client: ClientId) -> Vec<LogId> {
    people.proofs.sent_secret.insert(client);
    if people.proofs.own_token.contains(&client) {
        people.tokens.note_secret(id, client);
    }
    let rights = people.by_id.get(&id).map(|person| person.proven_rights.clone());
    let rights = rights.unwrap_or_default();
    let rooms = rights.iter().filter_map(Right::room).collect();
    rights.into_iter().for_each(|right| people.tokens.hold(client, right));
    rooms
}

/// Handles a name and a secret that a client sends. If that secret is pending, the name has it from
/// now on, because a client that knows the secret needs no token. Sessions of the person that have
/// not sent it end; returns their clients, which must be disconnected. If the secret is not
/// pending, the function does nothing.
pub(crate) fn settle_secret(people: &mut People, claim: &Claim) -> Vec<ClientId> {
    let known = claims::claimed_owner(people, claim).zip(claim.secret.clone());
    let new = known.filter(|(id, secret)| !secrets::has_secret(people, *id, secret));
    let Some((id, secret)) = new else {
        return Vec::new();
    };
    let ended = people.tokens.settle_secret(id, &secret, None);
    set_new_secret(people, id, secret);
    end_sessions(people, id, &ended)
}

/// Gives the person's name this secret. What sessions have gained for the person is forgotten: a
/// session may set a new secret without the old one, and would get rights that only the old secret
/// gives. The session that sets the secret keeps its own rights.
fn set_new_secret(people: &mut People, id: PersonId, secret: Digest) {
    secrets::set_secret(people, id, secret);
    if let Some(person) = people.by_id.get_mut(&id) {
        person.proven_rights.clear();
    }
}

/// Handles the wish of this client's user to end the session. The other clients of the same session
/// must be disconnected. If the person's name has no secret, and none is pending, the session's
/// tokens are not valid any more. If the person has no other session then, the person is removed
/// when its last connection ends, and its other clients must be disconnected, too.
///
/// Returns the clients that must be disconnected. From now on the limit of clients per person does
/// not count them.
pub(crate) fn quit_sessions(people: &mut People, id: PersonId, client: ClientId) -> Vec<ClientId> {
    let has_secret = secrets::has_any_secret(people, id);
    let session = people.tokens.session(client).cloned();
    let ended = match &session {
        _ if has_secret => Vec::new(),
        Some(token) => people.tokens.end_session(id, token),
        None => {
            people.tokens.remove_all(id);
            Vec::new()
        }
    };
    let has_others = has_secret || !people.tokens.of(id).is_empty();
    let is_same = |device: ClientId| {
        people.tokens.session(device) == session.as_ref()
            || people.tokens.has_session_of(device, &ended)
    };
    let others = people.clients(id).iter().filter(|device| **device != client);
    let over: Vec<_> = others.copied().filter(|device| !has_others || is_same(*device)).collect();
    people.disconnecting.extend(over.iter().copied());
    if !has_secret {
        people.changed.insert(id);
    }
    over
}

/// Ends all sessions of the person but that of this client, which gets the token `fresh` in the
/// place of its old one. Returns the other clients of the person, which must be disconnected, each
/// with the answer whether it was a client of the same session. From now on the limit of clients
/// per person does not count them. `None`: nothing was changed, because the client's session is
/// over itself, or because `fresh` is the token of a session.
pub(crate) fn end_other_sessions(
    people: &mut People,
    id: PersonId,
    client: ClientId,
    fresh: TokenDigest,
) -> Option<Vec<(ClientId, bool)>> {
    let old = people.tokens.session(client).cloned()?;
    if !people.tokens.replace_all(id, client, fresh) {
        return None;
    }
    people.changed.insert(id);
    let others = people.clients(id).iter().filter(|other| **other != client);
    let is_same = |other| people.tokens.session(other) == Some(&old);
    let over: Vec<_> = others.map(|other| (*other, is_same(*other))).collect();
    people.disconnecting.extend(over.iter().map(|(other, _)| *other));
    Some(over)
}

/// Ends the sessions of the person that have these tokens, which are not valid any more. Returns
/// the clients of these sessions, which must be disconnected. From now on the limit of clients per
/// person does not count these clients.
fn end_sessions(people: &mut People, id: PersonId, ended: &[TokenDigest]) -> Vec<ClientId> {
    people.note_change(id);
    let is_over = |device: &&ClientId| people.tokens.has_session_of(**device, ended);
    let over: Vec<_> = people.clients(id).iter().filter(is_over).copied().collect();
    people.disconnecting.extend(over.iter().copied());
    over
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;
    use std::time::Duration;

    use super::{
        ClientId, LogId, People, PersonId, Right, ShownToken, TokenDigest, mark_token_shown,
        quit_sessions, renew_token,
    };
    use crate::chat::core::people::claims::identify_client;
    use crate::chat::entry::UnixMillis;
    use crate::chat::record::Record;
    use crate::chat::token::Token;

    const ANN: ClientId = ClientId(1);

    fn token(number: u8) -> TokenDigest {
        TokenDigest::of(&Token::parse(&format!("{number:032x}")).unwrap())
    }

    /// Ann's session gets token 2 for a room that it has made, and shows it, so that token 1 ends.
    fn token_1_ends(people: &mut People, ann: PersonId) {
        let made = vec![Right::Made(LogId(NonZeroU64::MIN))];
        renew_token(people, ann, ANN, Some(token(2)), made, Duration::ZERO).unwrap();
        let ShownToken { person, .. } = mark_token_shown(people, &token(2)).unwrap();
        assert_eq!((person, people.tokens.of(ann)), (ann, &[token(2)][..]));
    }

    #[test]
    fn a_brief_person_is_not_stored_when_one_of_its_tokens_ends() {
        let mut people = People::default();
        let now = UnixMillis(0);
        let ann = identify_client(&mut people, ANN, None, now, None, None, token(1)).id;
        token_1_ends(&mut people, ann);
        assert!(people.is_brief(ann));
        assert_eq!(people.take_changes(), []);
        assert_eq!(people.record(ann), Record::NoPerson(ann));
    }

    #[test]
    fn whoever_signs_out_without_a_secret_stays_signed_in_on_other_devices() {
        let mut people = People::default();
        let now = UnixMillis(0);
        let ann = identify_client(&mut people, ANN, None, now, None, None, token(1)).id;
        let (phone, tab) = (ClientId(2), ClientId(3));
        assert!(people.tokens.give_by_link(ann, &token(1), token(5)));
        for (client, session) in [(phone, 5), (tab, 1)] {
            let shown = Some(token(session));
            identify_client(&mut people, client, None, now, None, shown, token(9));
        }
        assert_eq!(people.clients(ann), [ANN, phone, tab]);
        assert_eq!(quit_sessions(&mut people, ann, ANN), [tab]);
        assert_eq!(people.tokens.of(ann), [token(5)]);
        // The last session takes the others along, and the name is free.
        assert_eq!(quit_sessions(&mut people, ann, phone), [ANN, tab]);
        assert!(people.is_passing(ann));
    }

    #[test]
    fn a_lasting_person_is_stored_again_when_one_of_its_tokens_ends() {
        let mut people = People::default();
        let now = UnixMillis(0);
        let ann = identify_client(&mut people, ANN, None, now, None, None, token(1)).id;
        people.make_lasting(ann);
        people.take_changes();
        token_1_ends(&mut people, ann);
        assert_eq!(people.take_changes(), [ann]);
        let Record::Person(stored) = people.record(ann) else { panic!("not stored") };
        assert_eq!(stored.tokens, [token(2)]);
    }
}
