//! The secret of a person's name: who has sent a new one, and when the name gets it.
//!
//! A user's story. Ann types a new secret, and her client sends it:
//!
//! 1. *The secret is pending.* Ann's client gets a pending token (`token_table.rs`) with the new
//!    secret. Only this client shows the secret's mark. The name keeps its old secret, or has none,
//!    and Ann's other devices stay. If the answer was lost, Ann sends the secret again.
//! 2. *Other devices wait.* A stranger may know Ann's old token. So during
//!    [`UNSHOWN_SECRET_KEPT`](limits::UNSHOWN_SECRET_KEPT), a client that has not sent this secret
//!    can neither set another one nor change the name. It does not wait longer, because Ann may
//!    have mistyped the secret and lost the answer.
//! 3. *The name gets the secret* as soon as a client shows the pending token, or sends the name
//!    with this secret. All sessions of Ann that have not sent the secret end. Each session that
//!    has sent it stays.
//!
//! If the core gives Ann's client no new token, the name gets the secret at once, and no session
//! ends.
//!
//! Owns: which of two secrets counts.
//! Must not know: how often a client may guess (`chat/core/guesses.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::People;
use super::rights::secret_in;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::secret::Digest;
use crate::server::hub::ClientId;

impl People {
    /// Returns whether this secret is the one that the person's name has.
    pub(in crate::chat::core) fn has_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.as_ref() == Some(secret))
    }

    /// Returns whether this secret of the person is pending.
    pub(super) fn has_pending_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.tokens.new_secrets(id).any(|(pending, _)| pending == secret)
    }

    /// Returns whether the person's name has a secret, or one is pending.
    pub(super) fn has_any_secret(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.is_some())
            || self.tokens.new_secrets(id).next().is_some()
    }

    /// Returns whether the person has only one session and can get no other one: at most one of the
    /// person's tokens is shown, and the name has no secret and no pending one.
    pub(in crate::chat::core) fn has_one_session(&self, id: PersonId) -> bool {
        let is_only = self.by_id.contains_key(&id) && self.tokens.count_shown(id) <= 1;
        is_only && !self.has_any_secret(id)
    }

    /// Returns the pending secret that the client's session has sent; `None`: it has sent none.
    pub(super) fn pending_secret(&self, client: ClientId) -> Option<&Digest> {
        secret_in(self.tokens.own_rights(client))
    }

    /// Returns whether this secret would be a new right for the client, whose person is `id`.
    pub(in crate::chat::core) fn is_new_secret(
        &self,
        id: PersonId,
        client: ClientId,
        secret: &Digest,
    ) -> bool {
        let pending = self.pending_secret(client);
        pending.map_or_else(|| !self.has_secret(id, secret), |pending| pending != secret)
    }

    /// Returns whether this client must wait: it can neither set a secret nor change the name now.
    /// The reason is that a session of the person has sent a new secret less than
    /// [`limits::UNSHOWN_SECRET_KEPT`] ago, that secret is pending, and the client's session has
    /// sent no pending secret and sends none now. `secret` is the one that the client sends.
    pub(in crate::chat::core) fn must_wait(
        &self,
        id: PersonId,
        client: ClientId,
        secret: Option<&Digest>,
        now: Duration,
    ) -> bool {
        let is_blocked = self.tokens.new_secrets(id).any(|(pending, since)| {
            now < since + limits::UNSHOWN_SECRET_KEPT && !self.has_secret(id, pending)
        });
        let sends_it = secret.is_some_and(|secret| self.has_pending_secret(id, secret));
        is_blocked && self.pending_secret(client).is_none() && !sends_it
    }

    /// Gives the person's name this secret at once.
    pub(in crate::chat::core) fn set_secret(&mut self, id: PersonId, secret: Digest) {
        self.change_place(id, |person| person.secret = Some(secret));
        self.note_change(id);
    }
}
