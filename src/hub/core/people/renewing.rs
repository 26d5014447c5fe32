//! A session that has gained something gets a new token: a secret of its name, a room's
//! password, a room of its own. Else whoever knows the one from before, out of a copied
//! address or because they made it for somebody else to use, would have that, too.
//!
//! In two steps, so that no lost answer costs anybody their name: the new token is told to
//! the device that did it, and both are good until the new one is used. Then the old one is
//! worth nothing, and whoever came by it is let go.
//!
//! Owns: which token takes the place of which.
//! Must not know: what was gained.
//!
//! Next: `hub/core/people/claims.rs`.

use super::super::{Author, Core, Effect};
use super::People;
use crate::chat::record::PersonId;
use crate::chat::secret::Digest;
use crate::chat::token::{Token, TokenDigest};
use crate::chat::told::{Fault, Told};
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;

/// What a new token takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hub::core) enum Replaced {
    /// The one of this session; the person's other devices have their own.
    One(TokenDigest),
    /// All others: whoever gives a name another secret wants nobody else in it.
    All,
}

impl People {
    /// By which token a client came.
    pub(in crate::hub::core) fn came_by(&mut self, client: ClientId, token: TokenDigest) {
        self.sessions.insert(client, token);
    }

    /// Whether this is the secret of the person's name.
    pub(in crate::hub::core) fn has_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.as_ref() == Some(secret))
    }

    /// The client has this token from now on, which takes the place of its own when it is
    /// used. False: it has none.
    fn renew(&mut self, id: PersonId, client: ClientId, fresh: &Token, all: bool) -> bool {
        let Some(old) = self.sessions.get(&client).cloned() else { return false };
        let new = TokenDigest::of(fresh);
        if new == old {
            return false;
        }
        // One that was told before and never used is worth nothing any more.
        let given = self.by_id.get(&id).map(|person| person.tokens.clone()).unwrap_or_default();
        let unused = |it: &&TokenDigest| {
            self.renewals.get(*it).is_some_and(|replaced| *replaced == Replaced::One(old.clone()))
        };
        let unused: Vec<_> = given.iter().filter(unused).cloned().collect();
        unused.iter().for_each(|token| self.take_away(id, token));
        // The oldest makes place, but not the one that may still be needed.
        if let Some(person) = self.by_id.get(&id)
            && person.tokens.len() >= limits::CLIENTS_PER_PERSON_MAX
            && let Some(oldest) = person.tokens.iter().find(|token| **token != old).cloned()
        {
            self.take_away(id, &oldest);
        }
        self.give(id, new.clone());
        self.came_by(client, new.clone());
        self.renewals.insert(new, if all { Replaced::All } else { Replaced::One(old) });
        true
    }

    /// This token is used. Whose it is, and which are worth nothing any more; empty if it took
    /// no other one's place.
    fn is_used(&mut self, token: &TokenDigest) -> Option<(PersonId, Vec<TokenDigest>)> {
        let id = *self.by_token.get(token)?;
        let mut replaced = Vec::new();
        let mut next = self.renewals.remove(token);
        while let Some(one) = next.take() {
            match one {
                Replaced::All => {
                    let tokens = self.by_id.get(&id).map(|it| it.tokens.clone());
                    let others = tokens.into_iter().flatten().filter(|it| it != token);
                    replaced.extend(others);
                }
                Replaced::One(old) => {
                    // It had taken another one's place itself, unseen.
                    next = self.renewals.remove(&old);
                    replaced.push(old);
                }
            }
        }
        replaced.iter().for_each(|old| self.take_away(id, old));
        Some((id, replaced))
    }

    fn take_away(&mut self, id: PersonId, token: &TokenDigest) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.tokens.retain(|its| its != token);
        self.by_token.remove(token);
        self.renewals.remove(token);
        self.changed.insert(id);
    }
}

impl Core {
    /// The client's session has gained something that another who knows its token must not
    /// have, so it gets this one. `all`: none of the person's other tokens is to be good any
    /// more, either. The token to be told, if it has one now.
    pub(in crate::hub::core) fn renew(
        &mut self,
        client: ClientId,
        fresh: Option<Token>,
        all: bool,
    ) -> Option<Token> {
        let Some(Author::Person(person)) = self.author(client) else { return None };
        let fresh = fresh.filter(|_| !self.people.is_passing(person))?;
        self.people.renew(person, client, &fresh, all).then_some(fresh)
    }

    /// Somebody has come, or shown that it is there, by this token: if it took another's place,
    /// that is worth nothing from now on, and whoever came by it is let go.
    pub(in crate::hub::core) fn use_token(&mut self, token: &Token, effects: &mut Vec<Effect>) {
        let Some((person, replaced)) = self.people.is_used(&TokenDigest::of(token)) else { return };
        if replaced.is_empty() {
            return;
        }
        let came_by = |client: &&ClientId| {
            self.people.sessions.get(client).is_some_and(|its| replaced.contains(its))
        };
        let clients: Vec<_> = self.people.clients(person).iter().filter(came_by).copied().collect();
        for client in clients {
            if let Some(entry) = self.roster.get_mut(&client).filter(|entry| entry.is_member) {
                entry.is_member = false;
                effects.push(Effect::LetGo(client, Disconnect::SessionRenewed));
            }
        }
    }

    /// A client that has its session's new token shows it, and stays.
    pub(in crate::hub::core) fn show_token(
        &mut self,
        client: ClientId,
        token: &Token,
        effects: &mut Vec<Effect>,
    ) {
        let whose = self.people.who_has(token).map(Author::Person);
        if whose.is_none() || whose != self.author(client) {
            let text = "this session is over; say hello for another one".to_owned();
            effects.push(Effect::Note(client, Told::Fault(Fault::new("session-over", text))));
            return;
        }
        self.people.came_by(client, TokenDigest::of(token));
        self.use_token(token, effects);
        effects.push(Effect::Note(client, Told::Session(None)));
    }
}
