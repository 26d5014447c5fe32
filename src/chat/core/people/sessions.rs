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
//! Owns: what a person gains or loses when a client shows a token or a secret.
//! Must not know: what a right opens (`chat/core/rooms/access.rs`); how clients are told.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::People;
use super::claims::claimed_owner;
use super::rights::{Right, secret_in};
use super::secrets::{has_any_secret, has_one_session, has_secret, set_secret};
use crate::chat::record::PersonId;
use crate::chat::request::Claim;
use crate::chat::token::TokenDigest;
use crate::server::hub::ClientId;

/// What has become of a session whose pending token a client has shown.
pub(crate) struct ShownToken {
    pub(crate) person: PersonId,
    pub(crate) rights: Vec<Right>,
    /// True: all sessions of the person get the rights. False: only this session has them.
    pub(crate) is_shared: bool,
    /// The clients whose sessions have ended, and which must be disconnected.
    pub(crate) over: Vec<ClientId>,
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

/// Removes and returns the rights that only the client's session has; none if its token is pending.
/// The caller must give these rights to all sessions of the person.
pub(crate) fn take_own_rights(people: &mut People, client: ClientId) -> Vec<Right> {
    let token = people.tokens.session(client).cloned();
    token.map(|token| people.tokens.take_rights(&token)).unwrap_or_default()
}

/// Gives the client's session the token `fresh`, which is pending, with these rights. Returns the
/// token; `None`: there is no new one, for example because `fresh` is `None` or the client has no
/// session.
pub(crate) fn renew_token(
    people: &mut People,
    (id, client): (PersonId, ClientId),
    fresh: Option<TokenDigest>,
    rights: Vec<Right>,
    now: Duration,
) -> Option<TokenDigest> {
    let fresh = fresh.filter(|_| !people.is_passing(id))?;
    let ended = people.tokens.issue((id, client), fresh.clone(), rights, now)?;
    note_token_change(people, id, &ended);
    Some(fresh)
}

/// Handles a token that a client has sent. If the token is pending, it counts as shown from now on,
/// and the tokens that it replaces become invalid. If the session has sent a new secret, the name
/// gets it. `None`: the token is not pending, and nothing was changed.
pub(crate) fn mark_token_shown(people: &mut People, token: &TokenDigest) -> Option<ShownToken> {
    let (person, rights, replaced) = people.tokens.show(token)?;
    let secret = secret_in(&rights).cloned();
    let is_shared = secret.is_some() || has_one_session(people, person);
    secret.into_iter().for_each(|secret| set_secret(people, person, secret));
    if is_shared {
        people.tokens.take_rights(token);
    }
    let over = end_sessions(people, person, &replaced);
    Some(ShownToken { person, rights, is_shared, over })
}

/// Handles a name and a secret that a client sends. If that secret is pending, the name has it from
/// now on, because a client that knows the secret needs no token. Sessions of the person that have
/// not sent it end; returns their clients, which must be disconnected. If the secret is not
/// pending, the function does nothing.
pub(crate) fn settle_secret(people: &mut People, claim: &Claim) -> Vec<ClientId> {
    let known = claimed_owner(people, claim).zip(claim.secret.clone());
    let Some((id, secret)) = known.filter(|(id, secret)| !has_secret(people, *id, secret)) else {
        return Vec::new();
    };
    let ended = people.tokens.settle_secret(id, &secret);
    set_secret(people, id, secret);
    end_sessions(people, id, &ended)
}

/// Handles the wish of this client's user to end the session. If the person's name has no secret,
/// and none is pending, the person loses all tokens, and is removed when its last connection ends;
/// the person's other clients must be disconnected. Otherwise, all tokens stay valid, and only the
/// other clients of the same session must be disconnected.
///
/// Returns the clients that must be disconnected. From now on the limit of clients per person does
/// not count them.
pub(crate) fn quit_sessions(people: &mut People, id: PersonId, client: ClientId) -> Vec<ClientId> {
    let (has_secret, session) = (has_any_secret(people, id), people.tokens.session(client));
    let is_over = |its: &ClientId| !has_secret || people.tokens.session(*its) == session;
    let others = people.clients(id).iter().filter(|its| **its != client && is_over(its));
    let over: Vec<_> = others.copied().collect();
    people.disconnecting.extend(over.iter().copied());
    if !has_secret {
        people.tokens.remove_all(id);
        people.changed.insert(id);
    }
    over
}

/// Ends the sessions of the person that have these tokens, which are not valid any more. Returns
/// the clients of these sessions, which must be disconnected. From now on the limit of clients per
/// person does not count these clients.
fn end_sessions(people: &mut People, id: PersonId, ended: &[TokenDigest]) -> Vec<ClientId> {
    note_token_change(people, id, ended);
    let is_over = |its: &&ClientId| people.tokens.has_session_of(**its, ended);
    let over: Vec<_> = people.clients(id).iter().filter(is_over).copied().collect();
    people.disconnecting.extend(over.iter().copied());
    over
}

/// Notes that the person's record in the file is out of date, because the person's tokens have
/// changed. `ended` are the tokens that are not valid any more.
fn note_token_change(people: &mut People, id: PersonId, ended: &[TokenDigest]) {
    if !ended.is_empty() {
        people.changed.insert(id);
    }
    people.note_change(id);
}
