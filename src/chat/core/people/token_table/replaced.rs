//! Which tokens end when a pending token is shown, or when a name gets a secret.
//!
//! Owns: which tokens belong to one session.
//! Must not know: when a token is shown.
//!
//! Part: `chat/core/people/token_table.rs`.

use super::TokenTable;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

impl TokenTable {
    /// Returns the tokens that are removed when a client shows this token; none if this token is
    /// not pending.
    pub(in crate::chat::core::people) fn replaced_by(
        &self,
        token: &TokenDigest,
    ) -> Vec<TokenDigest> {
        let Some(entry) = self.entries.get(token) else { return Vec::new() };
        match entry.new_secret() {
            Some(secret) => self.ended_by_secret(entry.person, secret),
            None => self.with_older(token).skip(1).cloned().collect(),
        }
    }

    /// Returns the tokens that are removed when the person's name gets this secret: all tokens of
    /// the person, except pending tokens of sessions that have sent this secret. A person who sets
    /// a new secret wants all other sessions to lose the name.
    pub(in crate::chat::core::people) fn ended_by_secret(
        &self,
        person: PersonId,
        secret: &Digest,
    ) -> Vec<TokenDigest> {
        let has_it = |token| self.entries.get(token).and_then(|it| it.new_secret()) == Some(secret);
        // A session may have sent a second new secret before a client showed the first one's token.
        let ended = self.of(person).iter().filter(|token| !self.with_older(token).any(has_it));
        ended.cloned().collect()
    }

    /// Returns whether `newer` is a pending token that replaces `older`, so that both are of one
    /// session.
    pub(in crate::chat::core::people) fn is_newer(
        &self,
        newer: &TokenDigest,
        older: &TokenDigest,
    ) -> bool {
        self.with_older(newer).skip(1).any(|token| token == older)
    }

    /// Returns this token and, if it is pending, the token that it is to replace; if that one is
    /// pending itself, also the token before, and so on.
    fn with_older<'a>(&'a self, token: &'a TokenDigest) -> impl Iterator<Item = &'a TokenDigest> {
        let before = |token: &&TokenDigest| self.entries.get(*token)?.replaces();
        std::iter::successors(Some(token), before).take(1 + limits::CLIENTS_PER_PERSON_MAX)
    }
}
