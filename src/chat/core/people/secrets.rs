//! The secret of a person's name: who has sent a new one, and when the name gets it.
//!
//! A user's story. Ann types a new secret, and her client sends it:
//!
//! 1. *The secret is pending.* Ann's client gets a pending token (`token_table.rs`) with the new
//!    secret. Other people see the secret's mark only next to the lines of this session. The name
//!    keeps its old secret, or has none, and Ann's other devices stay. If the answer was lost, Ann
//!    sends the secret again.
//! 2. *Other devices wait.* A stranger may know Ann's old token. So during
//!    [`UNSHOWN_SECRET_KEPT`](limits::UNSHOWN_SECRET_KEPT), a client of Ann whose session has sent
//!    no new secret can neither set another secret nor change the name. It need not wait longer,
//!    because Ann may have mistyped the secret and lost the answer.
//! 3. *The name gets the secret* as soon as a client shows the pending token, or sends the name
//!    with this secret. All sessions of Ann that have not sent the new secret end. Each session
//!    that has sent it stays.
//!
//! If the core gives Ann's client no new token, the name gets the secret at once, and no session
//! ends.
//!
//! Owns: which secret counts, the name's or a pending one.
//! Must not know: how often a client may guess (`chat/core/network_limits.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::People;
use super::rights::secret_in;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::secret::{Digest, Mark};

pub(crate) fn has_secret(people: &People, id: PersonId, secret: &Digest) -> bool {
    people.by_id.get(&id).is_some_and(|person| person.secret.as_ref() == Some(secret))
}

/// Returns whether a session of the person has sent this secret, and the secret is pending.
pub(super) fn has_pending_secret(people: &People, id: PersonId, secret: &Digest) -> bool {
    people.tokens.new_secrets(id).any(|(pending, _)| pending == secret)
}

/// Returns whether the person's name has a secret, or one is pending.
pub(super) fn has_any_secret(people: &People, id: PersonId) -> bool {
    people.by_id.get(&id).is_some_and(|person| person.secret.is_some())
        || people.tokens.new_secrets(id).next().is_some()
}

/// Returns whether the person has only one session and no client can begin another one: one token
/// of the person is shown, or none, and the name has neither a secret nor a pending one.
pub(crate) fn has_one_session(people: &People, id: PersonId) -> bool {
    let is_only = people.by_id.contains_key(&id) && people.tokens.count_shown(id) <= 1;
    is_only && !has_any_secret(people, id)
}

/// Returns the pending secret that the client's session has sent; `None`: there is none.
fn pending_secret(people: &People, client: ClientId) -> Option<&Digest> {
    secret_in(people.tokens.own_rights(client))
}

/// Returns the mark that other people see next to the lines of this client of the person. It is the
/// mark of the pending secret that the client's session has sent, or else of the name's secret.
/// `None`: neither secret exists.
pub(crate) fn shown_mark(people: &People, id: PersonId, client: ClientId) -> Option<Mark> {
    let person = people.by_id.get(&id)?;
    let secret = pending_secret(people, client).or(person.secret.as_ref());
    secret.map(|secret| secret.mark(people.server_key, person.name.skeleton()))
}

/// Returns whether this secret would be a new right for the client's session. If the session has
/// sent a pending secret: whether `secret` is another one. Otherwise: whether `secret` is not the
/// secret of the person's name.
pub(crate) fn is_new_secret(
    people: &People,
    id: PersonId,
    client: ClientId,
    secret: &Digest,
) -> bool {
    let pending = pending_secret(people, client);
    pending.map_or_else(|| !has_secret(people, id, secret), |pending| pending != secret)
}

/// Returns whether this client must wait: it can neither set a secret nor change the name now. It
/// must wait if a session of the person has sent a new secret less than
/// [`limits::UNSHOWN_SECRET_KEPT`] ago, and that secret is pending. It need not wait if its own
/// session has sent a pending secret, or if the client sends a pending secret now, as `secret`.
pub(crate) fn must_wait_for_secret(
    people: &People,
    id: PersonId,
    client: ClientId,
    secret: Option<&Digest>,
    now: Duration,
) -> bool {
    let is_blocked = people.tokens.new_secrets(id).any(|(pending, since)| {
        now < since + limits::UNSHOWN_SECRET_KEPT && !has_secret(people, id, pending)
    });
    let sends_it = secret.is_some_and(|secret| has_pending_secret(people, id, secret));
    is_blocked && pending_secret(people, client).is_none() && !sends_it
}

pub(crate) fn set_secret(people: &mut People, id: PersonId, secret: Digest) {
    people.change_place(id, |person| person.secret = Some(secret));
    people.note_change(id);
}
