//! Who there is: names, tokens, and whose a name still is after its last line
//! was lost.
//!
//! Owns: that a name is one person's, also by its look, and how long it is kept.
//! Must not know: rooms, clients' outboxes.
//!
//! Next: `hub/core/people/gone.rs`.

pub(super) mod claims;
mod gone;
mod renewing;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use gone::{Gone, Kind};
use renewing::Replaced;

use super::super::ClientId;
use super::Moment;
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{KeptPerson, PersonId, Record};
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::TokenDigest;
use crate::limits;

/// Whose a line is: a person's, or a classic client's, which has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Author {
    Person(PersonId),
    Guest(ClientId),
    /// A classic client's of an earlier life of the server; or nobody's, who looks at a
    /// room or saves it.
    Nobody,
}

#[derive(Debug, Default)]
pub(super) struct People {
    by_id: BTreeMap<PersonId, Person>,
    by_token: HashMap<TokenDigest, PersonId>,
    by_skeleton: HashMap<Skeleton, PersonId>,
    /// By which token each client came.
    sessions: HashMap<ClientId, TokenDigest>,
    /// Tokens that are not used yet, and what each takes the place of then.
    renewals: HashMap<TokenDigest, Replaced>,
    gone: Gone,
    last_id: u64,
    /// How long a name is its person's who is gone.
    name_kept: Duration,
    /// Who is otherwise than when this was last asked for.
    changed: BTreeSet<PersonId>,
    /// Whose names are free again, and which, since this was last asked for.
    forgotten: Vec<(PersonId, Name)>,
}

#[derive(Debug)]
struct Person {
    name: Name,
    secret: Option<Digest>,
    /// What gives the name back, oldest first; a device that gave the secret has
    /// one of its own. Who has none is nobody when its line ends.
    tokens: VecDeque<TokenDigest>,
    /// Its devices; at most [`limits::CLIENTS_PER_PERSON_MAX`].
    clients: Vec<ClientId>,
    gone_since: Option<Moment>,
}

impl People {
    /// Those who were here before the server was; numbers up to `last_id` were given.
    pub(super) fn with(
        last_id: u64,
        kept: Vec<KeptPerson>,
        name_kept: Duration,
        now: Moment,
    ) -> Self {
        let mut people = Self { last_id, name_kept, ..Self::default() };
        for KeptPerson { id, name, tokens, secret, gone_at } in kept {
            people.by_skeleton.insert(name.skeleton().clone(), id);
            people.by_token.extend(tokens.iter().map(|token| (token.clone(), id)));
            // Who was here when it ended has gone now.
            let gone_at = gone_at.unwrap_or(now.utc);
            let ago = Duration::from_millis(now.utc.0.saturating_sub(gone_at.0));
            let since_start = now.since_start.saturating_sub(ago);
            let gone_since = Some(Moment { since_start, utc: gone_at });
            let tokens = tokens.into();
            let person = Person { name, secret, tokens, clients: Vec::new(), gone_since };
            people.gone.add(person.kind(), since_start, id);
            people.by_id.insert(id, person);
        }
        people
    }

    /// A client of the person has gone. The name stays theirs for a while.
    pub(super) fn leave(&mut self, id: PersonId, client: ClientId, now: Moment) {
        self.sessions.remove(&client);
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.retain(|its| *its != client);
        if person.tokens.is_empty() {
            self.remove(id);
        } else if person.clients.is_empty() {
            person.gone_since = Some(now);
            self.gone.add(person.kind(), now.since_start, id);
            self.changed.insert(id);
        }
        self.forget_some(now.since_start);
    }

    /// Somebody has come without a hello, and is nobody when this line ends; nothing
    /// is kept of it. Its name, or a guest's if somebody is called so.
    pub(super) fn visit(&mut self, client: ClientId, name: Name) -> PersonId {
        let name = Some(name).filter(|name| !self.by_skeleton.contains_key(name.skeleton()));
        let name = name.unwrap_or_else(|| Name::guest(client.0));
        let id = self.add(name, None, vec![client]);
        self.changed.remove(&id);
        id
    }

    /// Whether somebody is nobody when its line ends.
    pub(super) fn is_passing(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.tokens.is_empty())
    }

    /// Whether somebody has no name that waits for them.
    pub(super) fn is_guest(&self, id: PersonId) -> bool {
        self.is_passing(id)
            || self.by_id.get(&id).is_some_and(|person| person.kind() == Kind::Guest)
    }

    /// One who has changed since this was last asked for.
    pub(super) fn take_change(&mut self) -> Option<Record> {
        let id = self.changed.pop_first()?;
        Some(match self.by_id.get(&id) {
            Some(person) => Record::Person(person.kept(id)),
            None => Record::NoPerson(id),
        })
    }

    /// Nobody will ask.
    pub(super) fn forget_changes(&mut self) {
        self.changed.clear();
    }

    /// Everybody has changed.
    pub(super) fn change_all(&mut self) {
        let lasting = self.by_id.iter().filter(|(_, person)| !person.tokens.is_empty());
        self.changed.extend(lasting.map(|(id, _)| *id));
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
        self.changed.insert(id);
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

    /// When the person's last line was lost, if nobody is here now.
    pub(super) fn gone_since(&self, id: PersonId) -> Option<UnixMillis> {
        self.by_id.get(&id)?.gone_since.map(|at| at.utc)
    }

    /// Whose names are free again, and which, since this was last asked.
    pub(super) fn take_forgotten(&mut self) -> Vec<(PersonId, Name)> {
        std::mem::take(&mut self.forgotten)
    }

    /// Who has this name, or one that looks like it.
    pub(super) fn called(&self, name: &Name) -> Option<PersonId> {
        self.by_skeleton.get(name.skeleton()).copied()
    }

    fn add(&mut self, name: Name, secret: Option<Digest>, clients: Vec<ClientId>) -> PersonId {
        self.last_id += 1;
        let id = PersonId(self.last_id);
        self.by_skeleton.insert(name.skeleton().clone(), id);
        let tokens = VecDeque::new();
        self.by_id.insert(id, Person { name, secret, tokens, clients, gone_since: None });
        self.changed.insert(id);
        id
    }

    fn remove(&mut self, id: PersonId) {
        let Some(person) = self.by_id.remove(&id) else { return };
        for token in &person.tokens {
            self.by_token.remove(token);
            self.renewals.remove(token);
        }
        self.by_skeleton.remove(person.name.skeleton());
        self.forgotten.push((id, person.name));
    }

    /// The token is the person's from now on; of too many the oldest goes.
    fn give(&mut self, id: PersonId, token: TokenDigest) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        if person.tokens.contains(&token) {
            return;
        }
        if person.tokens.len() == limits::CLIENTS_PER_PERSON_MAX
            && let Some(oldest) = person.tokens.pop_front()
        {
            self.by_token.remove(&oldest);
            self.renewals.remove(&oldest);
        }
        person.tokens.push_back(token.clone());
        self.by_token.insert(token, id);
        self.changed.insert(id);
    }

    /// Frees names whose time is over, and the oldest of too many.
    fn forget_some(&mut self, now: Duration) {
        let over = now.checked_sub(self.name_kept);
        while let Some(id) = self.gone.pop(over) {
            self.remove(id);
            self.changed.insert(id);
        }
    }
}

impl Person {
    fn kind(&self) -> Kind {
        match &self.secret {
            Some(_) => Kind::Sworn,
            None if self.name.guest_number().is_some() => Kind::Guest,
            None => Kind::Named,
        }
    }

    fn kept(&self, id: PersonId) -> KeptPerson {
        let (name, secret) = (self.name.clone(), self.secret.clone());
        let tokens = self.tokens.iter().cloned().collect();
        KeptPerson { id, name, tokens, secret, gone_at: self.gone_since.map(|at| at.utc) }
    }
}
