//! The table of all tokens: the person and the state of each token, and the rights that only the
//! token's session has.
//!
//! Owns: the states of a token and every step between them; which token replaces which; which token
//! is the session of which client.
//! Must not know: people's names and secrets (`mod.rs`, `secrets.rs`); when a session gains a
//! right, and what the right opens (`chat/core/rooms/access.rs`).
//!
//! Part: `chat/core/mod.rs`.

mod replaced;

use std::collections::BTreeMap;
use std::time::Duration;

use super::rights::{Right, add_right, secret_in};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::record::PersonId;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

// --- The life of a token --------------------------------------------------------------------
//
//   no token ── `give`: a session begins ───────────────────────────────▶ Shown
//   no token ── `issue`: a session gains a right ──▶ Pending ── `show` ──▶ Shown
//   Shown, Pending ── it is replaced, or its person loses it ──▶ no token
//
// A client that sends a token of either state becomes a client of the token's person. A token that
// is not in the table is not valid.
//
// A pending token will replace an older token of the same session. Until a client shows the new
// one, both are valid, but only the new one has the right. So no session is lost if the answer with
// the new token is lost: the client goes on with the old token, and may gain the right again.
//
// | What happens                                   | a shown token    | a pending token          |
// | ---------------------------------------------- | ---------------- | ------------------------ |
// | `give`: a client connects with it              | stays            | stays                    |
// | `issue`: its session gains a right             | stays            | stays; the new token has |
// |                                                |                  | its rights, too          |
// | `issue`: a new token replaces the same old one | -                | goes (1)                 |
// | `show`: a client sends it                      | stays            | is shown from now on     |
// | `show`: a client sends one that replaces it    | goes             | goes                     |
// | `settle_secret`: the name gets a secret        | goes             | goes (2)                 |
// | `give`, `issue`: the person has too many       | the oldest goes (3)                         |
// | `give_by_link`: the person has too many        | the oldest goes (4)                         |
// | `replace_all`: its person signs out elsewhere  | goes             | goes                     |
// | `end_session`: its person signs out with it    | goes             | goes                     |
// | `remove_all`: the person has no session left   | goes             | goes                     |
//
// In the table, a token "goes" if it is removed. A pending token with a new secret for the name is
// special. It replaces not one token but all tokens of the person, except (2) those of sessions
// that have sent the same secret, and newer tokens of its own session, which may have sent another
// secret since. (1) A pending token with a new secret goes only if the new token has a new secret,
// too. (3) The core removes the oldest token that no connected client uses. It spares a pending
// token with a new secret, and the token that the new one is to replace. If that leaves no token,
// the core removes the oldest one that a client uses, and without such a one the oldest of all.
// (4) The core never removes a pending token with a new secret, a token that a connected client
// uses, or the token of the link's maker. If there is no other token, the device gets none.

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct TokenTable {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    entries: BTreeMap<TokenDigest, TokenEntry>,
    /// The tokens of each person, oldest first; at most [`limits::CLIENTS_PER_PERSON_MAX`].
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_person: BTreeMap<PersonId, Vec<TokenDigest>>,
    /// The token of each client's session. The token may not be valid any more.
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    sessions: BTreeMap<ClientId, TokenDigest>,
}

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct TokenEntry {
    person: PersonId,
    /// The rights that this token's session has and the person's other sessions do not have. A new
    /// secret can be among them only while the token is pending.
    own_rights: Vec<Right>,
    /// Those of `own_rights` that the session has gained for its person (`sessions.rs`). The person
    /// gets them when the pending token is shown.
    for_person: Vec<Right>,
    /// Whether the session has sent the secret of its person's name. The tokens that replace this
    /// one inherit it; a session that a device link has made has not sent the secret.
    has_sent_secret: bool,
    state: TokenState,
}

#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
enum TokenState {
    /// A client has sent the token, or it is the first token of its session.
    Shown,
    /// The server has issued the token for a right, and no client has shown it yet.
    Pending {
        /// The older token of the same session. It is removed when a client shows the pending
        /// token, unless both have the same new secret for the name.
        replaces: TokenDigest,
        /// When the token was issued, in chat time.
        since: Duration,
    },
}

impl TokenEntry {
    fn replaces(&self) -> Option<&TokenDigest> {
        let TokenState::Pending { replaces, .. } = &self.state else { return None };
        Some(replaces)
    }

    fn new_secret(&self) -> Option<&Digest> {
        secret_in(&self.own_rights)
    }
}

impl TokenTable {
    pub(super) fn of(&self, person: PersonId) -> &[TokenDigest] {
        self.by_person.get(&person).map_or(&[], Vec::as_slice)
    }

    /// Returns the person that the token belongs to; `None`: the token is not valid.
    pub(crate) fn owner(&self, token: &TokenDigest) -> Option<PersonId> {
        self.entries.get(token).map(|entry| entry.person)
    }

    pub(crate) fn session(&self, client: ClientId) -> Option<&TokenDigest> {
        self.sessions.get(&client)
    }

    pub(super) fn has_session_of(&self, client: ClientId, tokens: &[TokenDigest]) -> bool {
        self.session(client).is_some_and(|token| tokens.contains(token))
    }

    pub(super) fn set_session(&mut self, client: ClientId, token: TokenDigest) {
        self.sessions.insert(client, token);
    }

    pub(super) fn forget_session(&mut self, client: ClientId) {
        self.sessions.remove(&client);
    }

    /// Returns the rights that the client's session has gained for itself. They do not belong to
    /// its person: another session of the person has such a right only if it has gained it, too.
    pub(crate) fn own_rights(&self, client: ClientId) -> &[Right] {
        self.session(client).map_or(&[], |token| self.rights_of(token))
    }

    /// Returns the rights that this token's session has gained for itself. They do not belong to
    /// its person: another session of the person has such a right only if it has gained it, too.
    pub(crate) fn rights_of(&self, token: &TokenDigest) -> &[Right] {
        self.entries.get(token).map_or(&[], |entry| &entry.own_rights)
    }

    /// Returns whether another session of the person has a right to this room, and the client's
    /// session has none.
    pub(crate) fn is_anothers_room(&self, person: PersonId, client: ClientId, room: LogId) -> bool {
        let has_one = |rights: &[Right]| rights.iter().any(|right| right.room() == Some(room));
        !has_one(self.own_rights(client))
            && self.entries_of(person).any(|(_, entry)| has_one(&entry.own_rights))
    }

    fn shown(&self, person: PersonId) -> impl Iterator<Item = &TokenDigest> {
        let entries = self.entries_of(person);
        entries.filter(|(_, entry)| entry.state == TokenState::Shown).map(|(token, _)| token)
    }

    pub(super) fn count_shown(&self, person: PersonId) -> usize {
        self.shown(person).count()
    }

    /// Returns the person's tokens that are not pending, without those of the client's session.
    pub(crate) fn of_others(&self, person: PersonId, client: ClientId) -> Vec<TokenDigest> {
        let own = self.session(client);
        let replaced = own.map(|own| self.replaced_by(own)).unwrap_or_default();
        let is_others = |token: &&TokenDigest| own != Some(token) && !replaced.contains(token);
        self.shown(person).filter(is_others).cloned().collect()
    }

    /// Returns the pending secrets of the person, each with the time at which its token was issued,
    /// in chat time.
    pub(super) fn new_secrets(
        &self,
        person: PersonId,
    ) -> impl Iterator<Item = (&Digest, Duration)> {
        self.entries_of(person).filter_map(|(_, entry)| match entry.state {
            TokenState::Shown => None,
            TokenState::Pending { since, .. } => Some((entry.new_secret()?, since)),
        })
    }

    /// Gives the person this token, which no other person has. If the person has the maximum number
    /// of tokens, removes an old one. Returns `false` if nothing was changed, because the person
    /// had the token already.
    pub(super) fn give(&mut self, person: PersonId, token: TokenDigest) -> bool {
        if self.of(person).contains(&token) {
            return false;
        }
        self.make_place(person, |_, entry| entry.new_secret().is_none());
        self.insert_shown(person, token, Vec::new(), false);
        true
    }

    /// Gives the person the token `new`, because a device has followed a link of the session
    /// `maker`. The new session has that session's rights to rooms. If the person has the maximum
    /// number of tokens, removes an old one. Returns `false` if nothing was changed, because none
    /// of them can go.
    pub(super) fn give_by_link(
        &mut self,
        person: PersonId,
        maker: &TokenDigest,
        new: TokenDigest,
    ) -> bool {
        if self.is_full(person) {
            let may_go =
                |token: &_, entry: &TokenEntry| token != maker && entry.new_secret().is_none();
            let Some(oldest) = self.oldest_unused(person, may_go) else { return false };
            self.remove(person, &oldest);
        }
        let rights = self.rights_of(maker).iter().filter(|right| right.secret().is_none());
        let rights = rights.cloned().collect();
        self.insert_shown(person, new, rights, false);
        true
    }

    /// Removes all tokens of the person, and gives the client's session the token `new`, with the
    /// rights that it has. Returns `false` if nothing was changed, because the client's session is
    /// over, or because `new` is a token of the table already.
    pub(super) fn replace_all(
        &mut self,
        person: PersonId,
        client: ClientId,
        new: TokenDigest,
    ) -> bool {
        let is_own = self.session(client).is_some_and(|own| self.owner(own) == Some(person));
        if !is_own || self.owner(&new).is_some() {
            return false;
        }
        let rights = self.own_rights(client).to_vec();
        let has_sent_secret = self.has_sent_secret(person, client);
        self.remove_all(person);
        self.set_session(client, new.clone());
        self.insert_shown(person, new, rights, has_sent_secret);
        true
    }

    /// Issues `new` to the session of the person's client: `new` is a pending token, with the
    /// rights in `gained` and those that the session has already. The second value of `gained` says
    /// whether the session has gained them for its person. Returns `false` if nothing was changed,
    /// because the client has no session, or `new` is its token already.
    pub(super) fn issue(
        &mut self,
        person: PersonId,
        client: ClientId,
        new: TokenDigest,
        gained: (Vec<Right>, bool),
        since: Duration,
    ) -> bool {
        let replaces = self.session(client).filter(|old| **old != new).cloned();
        let Some(replaces) = replaces else { return false };
        let mut own_rights = self.own_rights(client).to_vec();
        let old = self.entries.get(&replaces);
        let mut for_person = old.map(|old| old.for_person.clone()).unwrap_or_default();
        let (rights, is_for_person) = gained;
        for right in rights {
            add_right(&mut own_rights, right.clone());
            if is_for_person {
                add_right(&mut for_person, right);
            }
        }
        let has_sent_secret = self.has_sent_secret(person, client);
        let has_secret = secret_in(&own_rights).is_some();
        let is_second = |entry: &TokenEntry| {
            entry.replaces() == Some(&replaces) && (has_secret || entry.new_secret().is_none())
        };
        let second = self.entries_of(person).filter(|(_, entry)| is_second(entry));
        let second: Vec<_> = second.map(|(token, _)| token.clone()).collect();
        second.iter().for_each(|token| self.remove(person, token));
        self.make_place(person, |token, entry| *token != replaces && entry.new_secret().is_none());
        self.set_session(client, new.clone());
        let state = TokenState::Pending { replaces, since };
        self.insert(new, TokenEntry { person, own_rights, for_person, has_sent_secret, state });
        true
    }

    /// Makes a pending token a shown one, and removes the tokens that it replaces. The session
    /// keeps its rights, except a new secret, which the caller must make the name's secret. Returns
    /// the person, all rights that the session had, and the removed tokens. `None`: nothing was
    /// changed, because the token is not pending.
    pub(super) fn show(
        &mut self,
        token: &TokenDigest,
    ) -> Option<(PersonId, Vec<Right>, Vec<TokenDigest>)> {
        let replaced = self.replaced_by(token);
        let entry = self.entries.get_mut(token).filter(|entry| entry.state != TokenState::Shown)?;
        entry.state = TokenState::Shown;
        let person = entry.person;
        let rights = entry.own_rights.clone();
        match secret_in(&rights) {
            Some(secret) => drop(self.settle_secret(person, secret, Some(token))),
            None => replaced.iter().for_each(|old| self.remove(person, old)),
        }
        Some((person, rights, replaced))
    }

    pub(super) fn hold(&mut self, client: ClientId, right: Right) {
        if let Some(token) = self.sessions.get(&client).cloned() {
            self.restore_right(&token, right);
        }
    }

    /// Gives this right to the session of this token, and to no other session of its person. Does
    /// nothing if the token is not valid.
    pub(super) fn restore_right(&mut self, token: &TokenDigest, right: Right) {
        if let Some(entry) = self.entries.get_mut(token) {
            add_right(&mut entry.own_rights, right);
        }
    }

    /// Removes the right to enter this room by a password from all sessions, also where the token
    /// is pending.
    pub(super) fn close_room(&mut self, room: LogId) {
        let is_its = |right: &Right| matches!(right, Right::Opened(id, _) if *id == room);
        for entry in self.entries.values_mut() {
            entry.own_rights.retain(|right| !is_its(right));
            entry.for_person.retain(|right| !is_its(right));
        }
    }

    /// Returns the shown tokens whose sessions have this right for themselves, each with its
    /// person.
    pub(crate) fn with_right(
        &self,
        right: &Right,
    ) -> impl Iterator<Item = (PersonId, TokenDigest)> {
        let has_right = |entry: &TokenEntry| {
            entry.state == TokenState::Shown && entry.own_rights.contains(right)
        };
        let with_right = self.entries.iter().filter(move |(_, entry)| has_right(entry));
        with_right.map(|(token, entry)| (entry.person, token.clone()))
    }

    /// Removes and returns the rights that only the session of this token has; none if the token is
    /// pending. The caller must give these rights to all sessions of the person.
    pub(super) fn take_rights(&mut self, token: &TokenDigest) -> Vec<Right> {
        let entry = self.entries.get_mut(token).filter(|entry| entry.state == TokenState::Shown);
        entry.map(|entry| std::mem::take(&mut entry.own_rights)).unwrap_or_default()
    }

    /// Removes and returns the rights that the session of this token has gained for its person.
    pub(super) fn take_rights_for_person(&mut self, token: &TokenDigest) -> Vec<Right> {
        let entry = self.entries.get_mut(token);
        entry.map(|entry| std::mem::take(&mut entry.for_person)).unwrap_or_default()
    }

    /// Returns whether the client's session is one of this person, and has sent the secret of the
    /// person's name.
    pub(super) fn has_sent_secret(&self, person: PersonId, client: ClientId) -> bool {
        let entry = self.session(client).and_then(|token| self.entries.get(token));
        entry.is_some_and(|entry| entry.person == person && entry.has_sent_secret)
    }

    /// Notes that the client's session has sent the secret of this person's name.
    pub(super) fn note_secret(&mut self, person: PersonId, client: ClientId) {
        let entry = self.sessions.get(&client).and_then(|token| self.entries.get_mut(token));
        if let Some(entry) = entry.filter(|entry| entry.person == person) {
            entry.has_sent_secret = true;
        }
    }

    /// Ends the session of this token: removes the token, those that it replaces and those that
    /// replace it. Returns them. If the person has no other session then, all tokens of the person
    /// are removed.
    pub(super) fn end_session(
        &mut self,
        person: PersonId,
        token: &TokenDigest,
    ) -> Vec<TokenDigest> {
        let is_same = |other: &TokenDigest| {
            other == token
                || self.replaced_by(token).contains(other)
                || self.replaced_by(other).contains(token)
        };
        let (ended, others): (Vec<_>, Vec<_>) =
            self.of(person).iter().cloned().partition(|other| is_same(other));
        let is_shown =
            |other| self.entries.get(other).is_some_and(|it| it.state == TokenState::Shown);
        if others.iter().any(is_shown) {
            ended.iter().for_each(|one| self.remove(person, one));
        } else {
            self.remove_all(person);
        }
        ended
    }

    pub(super) fn remove_all(&mut self, person: PersonId) {
        for token in self.by_person.remove(&person).unwrap_or_default() {
            self.entries.remove(&token);
        }
    }

    fn entries_of(&self, person: PersonId) -> impl Iterator<Item = (&TokenDigest, &TokenEntry)> {
        let tokens = self.of(person).iter();
        tokens.filter_map(|token| Some((token, self.entries.get(token)?)))
    }

    fn insert_shown(
        &mut self,
        person: PersonId,
        token: TokenDigest,
        own_rights: Vec<Right>,
        has_sent_secret: bool,
    ) {
        let (for_person, state) = (Vec::new(), TokenState::Shown);
        self.insert(token, TokenEntry { person, own_rights, for_person, has_sent_secret, state });
    }

    fn insert(&mut self, token: TokenDigest, entry: TokenEntry) {
        self.by_person.entry(entry.person).or_default().push(token.clone());
        self.entries.insert(token, entry);
    }

    /// Removes the token if it belongs to the person. A token that a client of the person once sent
    /// may belong to another person by now.
    fn remove(&mut self, person: PersonId, token: &TokenDigest) {
        if self.owner(token) == Some(person) {
            self.entries.remove(token);
            if let Some(tokens) = self.by_person.get_mut(&person) {
                tokens.retain(|held| held != token);
            }
        }
    }

    fn is_full(&self, person: PersonId) -> bool {
        self.of(person).len() >= limits::CLIENTS_PER_PERSON_MAX
    }

    /// If the person has the maximum number of tokens, removes the oldest token for which `may_go`
    /// is true: one that is no connected client's session, or else any. If there is none, removes
    /// the oldest of all.
    fn make_place(&mut self, person: PersonId, may_go: impl Fn(&TokenDigest, &TokenEntry) -> bool) {
        if !self.is_full(person) {
            return;
        }
        let any = || {
            let oldest = self.entries_of(person).find(|(token, entry)| may_go(token, entry));
            oldest.map(|(token, _)| token).or(self.of(person).first()).cloned()
        };
        if let Some(oldest) = self.oldest_unused(person, &may_go).or_else(any) {
            self.remove(person, &oldest);
        }
    }

    /// Returns the person's oldest token for which `may_go` is true and which is no connected
    /// client's session.
    fn oldest_unused(
        &self,
        person: PersonId,
        may_go: impl Fn(&TokenDigest, &TokenEntry) -> bool,
    ) -> Option<TokenDigest> {
        let is_used = |token| self.sessions.values().any(|its| its == token);
        let mut entries = self.entries_of(person);
        let oldest = entries.find(|(token, entry)| may_go(token, entry) && !is_used(*token));
        oldest.map(|(token, _)| token.clone())
    }
}

#[cfg(test)]
mod tests;
