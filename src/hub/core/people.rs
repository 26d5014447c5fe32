//! Who there is: names, tokens, and whose a name still is after its last line
//! was lost.
//!
//! Owns: that a name is one person's, also by its look, and how long it is kept.
//! Must not know: rooms, clients' outboxes.
//!
//! Next: `hub/core/room.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::super::ClientId;
use crate::chat::name::{Name, Skeleton};
use crate::chat::request::Claim;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::Token;
use crate::chat::told::Refused;
use crate::limits;

/// A person, for as long as its name is kept; never used twice in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PersonId(u64);

/// Whose a line is: a person's, or a classic client's, which has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Author {
    Person(PersonId),
    Guest(ClientId),
}

#[derive(Debug, Default)]
pub(super) struct People {
    by_id: BTreeMap<PersonId, Person>,
    by_token: HashMap<Token, PersonId>,
    by_skeleton: HashMap<Skeleton, PersonId>,
    /// Persons without a client, by when their last one went.
    gone: BTreeSet<(Duration, PersonId)>,
    last_id: u64,
}

#[derive(Debug)]
struct Person {
    name: Name,
    secret: Option<Digest>,
    token: Token,
    /// Its devices; at most [`limits::CLIENTS_PER_PERSON_MAX`].
    clients: Vec<ClientId>,
    gone_since: Option<Duration>,
}

impl People {
    /// A client of a person has come: the token's person, under its own name
    /// whatever name was asked for; else the one whose name and secret it gave;
    /// else a new one, whose token it is from now on. The second value: why it
    /// did not get the name it wanted.
    pub(super) fn enter(
        &mut self,
        client: ClientId,
        wanted: Option<Claim>,
        token: Option<&Token>,
        fresh: Token,
    ) -> (PersonId, Option<Refused>) {
        let known = token.and_then(|token| self.by_token.get(token)).copied();
        let known = known.or_else(|| self.whose(wanted.as_ref()?));
        let is_full = |id| self.clients(id).len() >= limits::CLIENTS_PER_PERSON_MAX;
        let (id, refused) = match known {
            Some(id) if is_full(id) => {
                let most = limits::CLIENTS_PER_PERSON_MAX;
                (self.make(client, None, fresh).0, Some(Refused::TooManyDevices(most)))
            }
            Some(id) => (id, None),
            // Its own token, if it brought one: then a welcome that is lost on the
            // way does not cost it its name.
            None => self.make(client, wanted, token.cloned().unwrap_or(fresh)),
        };
        if let Some(person) = self.by_id.get_mut(&id) {
            person.clients.push(client);
            if let Some(since) = person.gone_since.take() {
                self.gone.remove(&(since, id));
            }
        }
        (id, refused)
    }

    /// A client of the person has gone. The name stays theirs for a while.
    pub(super) fn leave(&mut self, id: PersonId, client: ClientId, now: Duration) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.retain(|its| *its != client);
        if person.clients.is_empty() {
            person.gone_since = Some(now);
            self.gone.insert((now, id));
        }
        self.forget_some(now);
    }

    /// Gives the person another name; its old one. Without a new secret the old
    /// one goes with it.
    pub(super) fn rename(&mut self, id: PersonId, wanted: Claim) -> Result<Name, Refused> {
        let Claim { name: wanted, secret } = wanted;
        match self.by_skeleton.get(wanted.skeleton()) {
            Some(owner) if *owner != id => return Err(Refused::NameTaken),
            _ => {}
        }
        let person = self.by_id.get_mut(&id).ok_or(Refused::NameTaken)?;
        self.by_skeleton.remove(person.name.skeleton());
        self.by_skeleton.insert(wanted.skeleton().clone(), id);
        person.secret = secret.or(person.secret.take());
        Ok(std::mem::replace(&mut person.name, wanted))
    }

    pub(super) fn name(&self, id: PersonId) -> Option<&Name> {
        self.by_id.get(&id).map(|person| &person.name)
    }

    /// What others see of the person's secret.
    pub(super) fn mark(&self, id: PersonId) -> Option<Mark> {
        self.by_id.get(&id)?.secret.as_ref().map(Digest::mark)
    }

    /// All devices of the person that are here.
    pub(super) fn clients(&self, id: PersonId) -> &[ClientId] {
        self.by_id.get(&id).map_or(&[], |person| &person.clients)
    }

    pub(super) fn token(&self, id: PersonId) -> Option<&Token> {
        self.by_id.get(&id).map(|person| &person.token)
    }

    /// Who has this name and this secret.
    fn whose(&self, claim: &Claim) -> Option<PersonId> {
        let secret = claim.secret.as_ref()?;
        let id = *self.by_skeleton.get(claim.name.skeleton())?;
        (self.by_id.get(&id)?.secret.as_ref() == Some(secret)).then_some(id)
    }

    fn make(
        &mut self,
        client: ClientId,
        wanted: Option<Claim>,
        token: Token,
    ) -> (PersonId, Option<Refused>) {
        self.last_id += 1;
        let id = PersonId(self.last_id);
        let (wanted, refused) = match wanted {
            Some(claim) if self.by_skeleton.contains_key(claim.name.skeleton()) => {
                (None, Some(Refused::NameTaken))
            }
            other => (other, None),
        };
        let (name, secret) = match wanted {
            Some(Claim { name, secret }) => (name, secret),
            // By the client's number, as classic clients are: no two are the same.
            None => (Name::guest(client.0), None),
        };
        self.by_skeleton.insert(name.skeleton().clone(), id);
        self.by_token.insert(token.clone(), id);
        self.by_id
            .insert(id, Person { name, secret, token, clients: Vec::new(), gone_since: None });
        (id, refused)
    }

    /// Frees names whose time is over, and the oldest of too many.
    fn forget_some(&mut self, now: Duration) {
        while let Some((since, id)) = self.gone.first().copied() {
            let is_over = now.saturating_sub(since) >= limits::NAME_KEPT;
            if !is_over && self.gone.len() <= limits::GONE_PEOPLE_MAX {
                break;
            }
            self.gone.pop_first();
            if let Some(person) = self.by_id.remove(&id) {
                self.by_token.remove(&person.token);
                self.by_skeleton.remove(person.name.skeleton());
            }
        }
    }
}
