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
            Some(secret) => self.ended_by_secret(entry.person, secret, Some(token)),
            None => self.with_older(token).skip(1).cloned().collect(),
        }
    }

    /// Returns the tokens that are removed when the person's name gets this secret: all tokens of
    /// the person, except tokens with this secret, and newer tokens of the session by whose token
    /// `by` the name gets it. A person who sets a new secret wants all other sessions to lose the
    /// name. But the same session may have sent one more secret since, which is still to come.
    /// Without `by`, it is the newest token with this secret.
    pub(in crate::chat::core::people) fn ended_by_secret(
        &self,
        person: PersonId,
        secret: &Digest,
        by: Option<&TokenDigest>,
    ) -> Vec<TokenDigest> {
        let by = by.or_else(|| self.newest_with(person, secret));
        let is_newer = |token: &TokenDigest| by.is_some_and(|by| self.is_newer(token, by));
        let ends = |token: &&TokenDigest| !self.has_sent(token, secret) && !is_newer(token);
        self.of(person).iter().filter(ends).cloned().collect()
    }

    /// Removes the tokens that [`TokenTable::ended_by_secret`] names, and returns them. For the
    /// sessions that stay, this secret is no new one any more. But a session may have sent this
    /// secret, then another one, and then this one again: its newest token still has it.
    pub(in crate::chat::core::people) fn settle_secret(
        &mut self,
        person: PersonId,
        secret: &Digest,
        by: Option<&TokenDigest>,
    ) -> Vec<TokenDigest> {
        let by = by.or_else(|| self.newest_with(person, secret)).cloned();
        let ended = self.ended_by_secret(person, secret, by.as_ref());
        ended.iter().for_each(|token| self.remove(person, token));
        for token in self.of(person).to_vec() {
            let is_wanted_again = by.as_ref().is_some_and(|by| {
                let mut since = self.with_older(&token).take_while(|older| *older != by);
                self.is_newer(&token, by) && since.any(|older| !self.has_sent(older, secret))
            });
            if let Some(entry) = self.entries.get_mut(&token) {
                entry.has_sent_secret = true;
                if !is_wanted_again {
                    entry.own_rights.retain(|right| right.secret() != Some(secret));
                }
            }
        }
        ended
    }

    /// Returns the newest token of the person whose session has sent this secret, while it is
    /// pending.
    fn newest_with(&self, person: PersonId, secret: &Digest) -> Option<&TokenDigest> {
        self.of(person).iter().rev().find(|token| self.has_sent(token, secret))
    }

    fn has_sent(&self, token: &TokenDigest, secret: &Digest) -> bool {
        self.entries.get(token).and_then(|entry| entry.new_secret()) == Some(secret)
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
