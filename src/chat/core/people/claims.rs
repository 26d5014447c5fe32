//! Which person a client becomes: the person of its token, the person whose name and secret it
//! gives, or a new person.
//!
//! Owns: which of these three is chosen.
//! Must not know: how often a client may guess.
//!
//! Part: `chat/core/mod.rs`.

use super::{People, Person};
use crate::base::limits;
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{AddressTag, PersonId};
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::TokenDigest;
use crate::server::hub::ClientId;

/// Which person a client has become.
pub(in crate::chat::core) struct Identified {
    pub(in crate::chat::core) id: PersonId,
    /// The token that gives the person's name back.
    pub(in crate::chat::core) token: TokenDigest,
    /// Why the client did not get the person or name that it wanted; `None`: it got what it wanted.
    pub(in crate::chat::core) refused: Option<Refused>,
}

impl People {
    /// Adds a client to a person. That is the person of `token`, even if the client asked for
    /// another name. Without such a person, it is the person whose name and secret the client gave,
    /// or else a new brief person from this IP address. `fresh` becomes the session's token if the
    /// client brought none. If the known person has too many clients, the client becomes a new
    /// guest with the token `fresh` instead.
    pub(in crate::chat::core) fn enter(
        &mut self,
        (client, address): (ClientId, Option<AddressTag>),
        now: UnixMillis,
        wanted: Option<Claim>,
        token: Option<TokenDigest>,
        fresh: TokenDigest,
    ) -> Identified {
        let known = token.as_ref().and_then(|token| self.who_has(token));
        let whose = known.or_else(|| self.whose(wanted.as_ref()?));
        let most = limits::CLIENTS_PER_PERSON_MAX;
        let (id, token, refused) = match whose {
            Some(id) if self.is_full(id, &[]) => {
                let (id, _) = self.make((address, now), None);
                (id, fresh, Some(Refused::TooManyDevices(most)))
            }
            Some(id) => (id, token.unwrap_or(fresh), None),
            // A new person keeps the token that the client brought, if any. Even if the welcome is
            // lost, the client can come back with that token and has its name.
            None => {
                let (id, refused) = self.make((address, now), wanted);
                (id, token.unwrap_or(fresh), refused)
            }
        };
        self.came_by(client, token.clone());
        self.give(id, token.clone());
        self.add_client(id, client);
        Identified { id, token, refused }
    }

    /// Adds a client to the person. If the person was away, its waiting private messages count as
    /// read from now on.
    pub(super) fn add_client(&mut self, id: PersonId, client: ClientId) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.push(client);
        if let Some(since) = person.gone_since.take() {
            self.gone.remove(id, person.place(since.since_start));
            person.has_unread = false;
            self.unread.remove(id);
            self.note_change(id);
        }
    }

    /// Returns whether this token belongs to a person.
    pub(in crate::chat::core) fn knows(&self, token: &TokenDigest) -> bool {
        self.by_token.contains_key(token)
    }

    /// Returns the person that the token belongs to; `None`: it belongs to no person.
    pub(in crate::chat::core) fn who_has(&self, token: &TokenDigest) -> Option<PersonId> {
        self.by_token.get(token).copied()
    }

    /// Returns whether the token's person may have one more client. `false` also for an unknown
    /// token.
    pub(in crate::chat::core) fn has_place_for(&self, token: &TokenDigest) -> bool {
        self.who_has(token).is_some_and(|id| !self.is_full(id, &[]))
    }

    /// Returns whether the token's person may have one more client once the token is shown: showing
    /// it ends other sessions, whose clients then do not count. `false` also for an unknown token.
    pub(in crate::chat::core) fn will_have_place_for(&self, token: &TokenDigest) -> bool {
        let replaced = |id| self.replaced_by(id, token);
        self.who_has(token).is_some_and(|id| !self.is_full(id, &replaced(id)))
    }

    /// Returns whether the person has the maximum number of clients. Two kinds of clients do not
    /// count: those that are about to be disconnected, and those that came with the tokens in
    /// `but`.
    fn is_full(&self, id: PersonId, but: &[TokenDigest]) -> bool {
        let stays = |client: &&ClientId| {
            let is_over = self.sessions.get(client).is_some_and(|token| but.contains(token));
            !is_over && !self.disconnecting.contains(client)
        };
        let stay = self.clients(id).iter().filter(stays).count();
        stay >= limits::CLIENTS_PER_PERSON_MAX
    }

    /// Returns whether the person has too many clients for one more client that claims its name
    /// with this secret. If the name does not have the secret yet, the claim ends other sessions.
    /// Their clients do not count.
    pub(in crate::chat::core) fn is_full_for(&self, id: PersonId, claim: &Claim) -> bool {
        let new = claim.secret.as_ref().filter(|secret| !self.has_secret(id, secret));
        let replaced = new.map(|secret| self.without(id, secret, None));
        self.is_full(id, &replaced.unwrap_or_default())
    }

    /// Moves this client from the person `from` to the person `into`. If `fresh` is a token, it
    /// becomes the token of the client's session.
    pub(in crate::chat::core) fn move_client(
        &mut self,
        client: ClientId,
        from: PersonId,
        into: PersonId,
        fresh: Option<TokenDigest>,
    ) {
        if let Some(person) = self.by_id.get_mut(&from) {
            person.clients.retain(|its| *its != client);
        }
        if let Some(token) = fresh {
            self.came_by(client, token.clone());
            self.give(into, token);
        }
        self.add_client(into, client);
    }

    /// Removes the person. Its name is free then.
    pub(in crate::chat::core) fn end(&mut self, id: PersonId) {
        self.remove(id);
    }

    /// Returns the person who has this name, and who has this secret or is about to get it. `None`
    /// also for a claim without a secret.
    pub(in crate::chat::core) fn whose(&self, claim: &Claim) -> Option<PersonId> {
        let secret = claim.secret.as_ref()?;
        let id = *self.by_skeleton.get(claim.name.skeleton())?;
        (self.has_secret(id, secret) || self.has_pending_secret(id, secret)).then_some(id)
    }

    /// Returns the reason to refuse this claim to a client that has no token of the name's owner:
    /// `WrongSecret` or `NameTaken`.
    pub(in crate::chat::core) fn refusal(&self, claim: &Claim) -> Refused {
        let owner = self.by_skeleton.get(claim.name.skeleton());
        let has_other =
            claim.secret.is_some() && owner.is_some_and(|id| self.has_or_awaits_secret(*id));
        if has_other { Refused::WrongSecret } else { Refused::NameTaken }
    }

    /// Returns whether the name is free: no person except `own` has it, or a name that looks like
    /// it. It must also not look like another person's name with that person's mark. Readers could
    /// not tell a person named `Ann p8cwhmph` from Ann with that mark.
    pub(in crate::chat::core) fn is_free(&self, wanted: &Name, own: Option<PersonId>) -> bool {
        let other = |skeleton: &Skeleton| {
            self.by_skeleton.get(skeleton).copied().filter(|id| Some(*id) != own)
        };
        let is_shown_so = |(name, mark): (Skeleton, Skeleton)| {
            let its = other(&name).into_iter().flat_map(|id| self.marks(id));
            its.map(|its| Skeleton::of_mark(&its)).any(|its| its == mark)
        };
        other(wanted.skeleton()).is_none() && !wanted.read_with_mark().any(is_shown_so)
    }

    /// Returns the marks of this person's secrets: the mark of the name's secret, and the mark that
    /// each client shows. A mark may appear more than once.
    fn marks(&self, id: PersonId) -> impl Iterator<Item = Mark> + '_ {
        let usual = self.by_id.get(&id).and_then(|it| it.secret.as_ref()).map(Digest::mark);
        let clients = self.clients(id).iter();
        usual.into_iter().chain(clients.filter_map(move |client| self.mark(id, *client)))
    }

    fn make(
        &mut self,
        (address, now): (Option<AddressTag>, UnixMillis),
        wanted: Option<Claim>,
    ) -> (PersonId, Option<Refused>) {
        let number = self.next_number();
        let (wanted, refused) = match wanted {
            Some(claim) if !self.is_free(&claim.name, None) => (None, Some(self.refusal(&claim))),
            other => (other, None),
        };
        let (name, secret) = match wanted {
            Some(Claim { name, secret }) => (name, secret),
            None => (Name::guest(number), None),
        };
        (self.add(Person::new((name, now), secret, address)), refused)
    }
}
