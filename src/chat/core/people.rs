//! Who there is: names, tokens, and whose a name still is after its last line
//! was lost.
//!
//! Owns: that a name is one person's, also by its look, and how long it is kept.
//! Must not know: rooms, clients' outboxes.
//!
//! Next: `chat/core/people/gone.rs`.

pub(super) mod claims;
mod gone;
mod lasting;
pub(super) mod renewing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use gone::{Gone, Kind, Place};
use renewing::{Gain, Renewal};

use super::Moment;
use super::unread::Unread;
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{AddressTag, KeptPerson, PersonId, Record};
use crate::chat::refused::Refused;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::TokenDigest;
use crate::hub::ClientId;
use crate::limits;

/// Whose a line is: a person's, or a classic client's, which has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Author {
    /// A person's.
    Person(PersonId),
    /// A classic client's, by the number that it is called by.
    Guest(u64),
    /// A classic client's of an earlier life of the server; or nobody's, who looks at a
    /// room or saves it.
    Nobody,
}

impl Author {
    /// Which person's it is, if it is one's.
    pub(crate) fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Guest(_) | Self::Nobody => None,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct People {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<PersonId, Person>,
    #[serde(with = "crate::chat::codec::pairs")]
    by_token: BTreeMap<TokenDigest, PersonId>,
    #[serde(with = "crate::chat::codec::pairs")]
    by_skeleton: BTreeMap<Skeleton, PersonId>,
    /// By which token each client came.
    #[serde(with = "crate::chat::codec::pairs")]
    sessions: BTreeMap<ClientId, TokenDigest>,
    /// Tokens that were told and not shown yet: what each takes the place of then, and what
    /// its session has gained.
    #[serde(with = "crate::chat::codec::pairs")]
    renewals: BTreeMap<TokenDigest, Renewal>,
    /// What sessions have gained by tokens that were shown, and that is not all their person's.
    #[serde(with = "crate::chat::codec::pairs")]
    held: BTreeMap<TokenDigest, Vec<Gain>>,
    /// Clients whose session is over, until they have left: they take no place.
    let_go: BTreeSet<ClientId>,
    gone: Gone,
    last_id: u64,
    /// The number that was given to the last one who was new here: guests are called by it.
    last_number: u64,
    /// How long a name is its person's who is gone.
    name_kept: Duration,
    /// Whom this event has changed.
    changed: BTreeSet<PersonId>,
    /// Whose names are free again, and which, since this was last asked for.
    forgotten: Vec<(PersonId, Name)>,
    /// What waits for those who are away.
    pub(super) unread: Unread,
}

#[derive(Debug, Serialize, Deserialize)]
struct Person {
    name: Name,
    /// When it took its name.
    named_at: UnixMillis,
    secret: Option<Digest>,
    /// What gives the name back, oldest first; a device that gave the secret has
    /// one of its own. Who has none is nobody when its line ends.
    tokens: VecDeque<TokenDigest>,
    /// Its devices; at most [`limits::CLIENTS_PER_PERSON_MAX`].
    clients: Vec<ClientId>,
    gone_since: Option<Moment>,
    /// From where it came first; `None`: from this machine, or nobody knows.
    address: Option<AddressTag>,
    /// It is kept only while it is here and for a moment after that, in no file: one of too
    /// many new people of its address, or one without a session.
    is_brief: bool,
    /// It has said something, or was written to.
    is_known: bool,
    /// It was written to while it was away.
    has_unread: bool,
}

impl People {
    /// Those who were here before the server was; ids up to `last_id` were given, and guests'
    /// numbers up to `last_number`.
    pub(super) fn with(
        (last_id, last_number): (u64, u64),
        kept: Vec<KeptPerson>,
        name_kept: Duration,
        now: Moment,
    ) -> Self {
        let mut people = Self { last_id, last_number, name_kept, ..Self::default() };
        for KeptPerson { id, name, named_at, tokens, secret, gone_at, address } in kept {
            people.by_skeleton.insert(name.skeleton().clone(), id);
            people.by_token.extend(tokens.iter().map(|token| (token.clone(), id)));
            // Who was here when it ended has gone now.
            let gone_at = gone_at.unwrap_or(now.utc);
            let ago = Duration::from_millis(now.utc.0.saturating_sub(gone_at.0));
            let since_start = now.since_start.saturating_sub(ago);
            let gone_since = Some(Moment { since_start, utc: gone_at });
            let (tokens, is_brief) = (tokens.into(), false);
            let person = Person::new((name, named_at), secret, address);
            let person = Person { tokens, gone_since, is_brief, ..person };
            people.gone.add(id, person.place(since_start));
            people.by_id.insert(id, person);
        }
        people
    }

    /// A client of the person has gone. The name stays theirs for a while.
    pub(super) fn leave(&mut self, id: PersonId, client: ClientId, now: Moment) {
        self.sessions.remove(&client);
        self.let_go.remove(&client);
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.retain(|its| *its != client);
        if person.tokens.is_empty() && person.clients.is_empty() {
            self.remove(id);
        } else if person.clients.is_empty() {
            person.gone_since = Some(now);
            self.gone.add(id, person.place(now.since_start));
            self.note_change(id);
        }
        self.forget_some(now.since_start);
    }

    /// The client's session is over, and where no secret keeps the person, so are all others of it:
    /// the person is nobody when the last line ends. The person's other clients whose session is
    /// over by that; they take no place any more.
    pub(super) fn quit(&mut self, id: PersonId, client: ClientId) -> Vec<ClientId> {
        let (is_sworn, session) = (self.is_sworn(id), self.sessions.get(&client));
        let is_over = |its: &ClientId| !is_sworn || self.sessions.get(its) == session;
        let others = self.clients(id).iter().filter(|its| **its != client && is_over(its));
        let over: Vec<_> = others.copied().collect();
        self.let_go.extend(over.iter().copied());
        let person = self.by_id.get_mut(&id).filter(|_| !is_sworn);
        let Some(person) = person else { return over };
        for token in std::mem::take(&mut person.tokens) {
            self.by_token.remove(&token);
            self.renewals.remove(&token);
            self.held.remove(&token);
        }
        self.changed.insert(id);
        over
    }

    /// Somebody has come without a hello, and is nobody when this line ends; nothing
    /// is kept of it. It is called by its number, or as a guest if somebody is called so.
    pub(super) fn visit(
        &mut self,
        client: ClientId,
        called: fn(u64) -> Name,
        now: UnixMillis,
    ) -> PersonId {
        let number = self.next_number();
        let name = Some(called(number)).filter(|name| self.is_free(name, None));
        let name = name.unwrap_or_else(|| Name::guest(number));
        let id = self.add(Person::new((name, now), None, None));
        self.come(id, client);
        id
    }

    /// Whether somebody is nobody when its line ends.
    pub(super) fn is_passing(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.tokens.is_empty())
    }

    /// Whether somebody has no name that waits for them.
    pub(super) fn is_guest(&self, id: PersonId) -> bool {
        self.is_passing(id)
            || self.by_id.get(&id).is_some_and(|person| person.kind_of_name() == Kind::Guest)
    }

    /// Those whom this event has changed.
    pub(super) fn take_changes(&mut self) -> Vec<PersonId> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }

    /// How somebody is to be kept now. Whoever has no session is nobody in the next life.
    pub(super) fn record(&self, id: PersonId) -> Record {
        let lasts = self.by_id.get(&id).filter(|person| !person.tokens.is_empty());
        lasts.map_or(Record::NoPerson(id), |person| Record::Person(person.kept(id)))
    }

    /// Everybody who is to be kept.
    pub(super) fn lasting(&self) -> impl Iterator<Item = PersonId> {
        self.by_id.iter().filter(|(_, person)| !person.is_brief).map(|(id, _)| *id)
    }

    /// Gives the person another name; its old one. Its secret goes with it.
    pub(super) fn rename(
        &mut self,
        id: PersonId,
        wanted: Name,
        now: UnixMillis,
    ) -> Result<Name, Refused> {
        if !self.is_free(&wanted, Some(id)) {
            return Err(Refused::NameTaken);
        }
        let person = self.by_id.get_mut(&id).ok_or(Refused::NameTaken)?;
        if person.name.skeleton() != wanted.skeleton() {
            person.named_at = now;
        }
        self.by_skeleton.remove(person.name.skeleton());
        self.by_skeleton.insert(wanted.skeleton().clone(), id);
        let before = std::mem::replace(&mut person.name, wanted);
        self.note_change(id);
        Ok(before)
    }

    pub(super) fn name(&self, id: PersonId) -> Option<&Name> {
        self.by_id.get(&id).map(|person| &person.name)
    }

    /// When the person took its name.
    pub(super) fn named_at(&self, id: PersonId) -> Option<UnixMillis> {
        self.by_id.get(&id).map(|person| person.named_at)
    }

    /// What others see of the person's secret beside what this client says.
    pub(super) fn mark(&self, id: PersonId, client: ClientId) -> Option<Mark> {
        let secret = self.new_secret(client).or(self.by_id.get(&id)?.secret.as_ref());
        secret.map(Digest::mark)
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

    /// A number for one who is new here, whether that is a guest or not: no two are the same.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn add(&mut self, person: Person) -> PersonId {
        self.last_id += 1;
        let id = PersonId(self.last_id);
        self.by_skeleton.insert(person.name.skeleton().clone(), id);
        self.by_id.insert(id, person);
        id
    }

    fn remove(&mut self, id: PersonId) {
        self.note_change(id);
        let Some(person) = self.by_id.remove(&id) else { return };
        if let Some(since) = person.gone_since {
            self.gone.remove(id, person.place(since.since_start));
        }
        for token in &person.tokens {
            self.by_token.remove(token);
            self.renewals.remove(token);
            self.held.remove(token);
        }
        self.by_skeleton.remove(person.name.skeleton());
        self.unread.remove(id);
        self.forgotten.push((id, person.name));
    }

    /// What the file has of this person is out of date, if it has anything.
    fn note_change(&mut self, id: PersonId) {
        if self.by_id.get(&id).is_some_and(|person| !person.is_brief) {
            self.changed.insert(id);
        }
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
            self.held.remove(&oldest);
        }
        person.tokens.push_back(token.clone());
        self.by_token.insert(token, id);
        self.note_change(id);
    }
}

impl Person {
    /// Somebody who is not here yet, and has nothing to come back with.
    fn new(
        (name, named_at): (Name, UnixMillis),
        secret: Option<Digest>,
        address: Option<AddressTag>,
    ) -> Self {
        Self {
            name,
            named_at,
            secret,
            tokens: VecDeque::new(),
            clients: Vec::new(),
            gone_since: None,
            address,
            is_brief: true,
            is_known: false,
            has_unread: false,
        }
    }

    fn kind_of_name(&self) -> Kind {
        match &self.secret {
            Some(_) => Kind::Sworn,
            None if self.name.guest_number().is_some() => Kind::Guest,
            None => Kind::Named,
        }
    }

    /// Where it stands among those who are away since then.
    fn place(&self, since: Duration) -> Place {
        let kind = if self.is_brief { Kind::Brief } else { self.kind_of_name() };
        let Self { address, is_known, has_unread, .. } = *self;
        Place { kind, since, address, is_known, has_unread }
    }

    fn kept(&self, id: PersonId) -> KeptPerson {
        let (name, secret) = (self.name.clone(), self.secret.clone());
        let (tokens, address) = (self.tokens.iter().cloned().collect(), self.address);
        let gone_at = self.gone_since.map(|at| at.utc);
        let named_at = self.named_at;
        KeptPerson { id, name, named_at, tokens, secret, gone_at, address }
    }
}
