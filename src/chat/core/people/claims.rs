//! Who somebody is that comes: by its token, by a name and its secret, or a new person.
//!
//! Owns: which of them counts.
//! Must not know: how often one may guess.
//!
//! Next: `chat/core/who.rs`.

use super::{People, Person};
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{AddressTag, PersonId};
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::TokenDigest;
use crate::hub::ClientId;
use crate::limits;

/// How a client came in.
pub(in crate::chat::core) struct Entered {
    pub(in crate::chat::core) id: PersonId,
    /// What gives it its name back.
    pub(in crate::chat::core) token: TokenDigest,
    /// Why it did not get the name it wanted.
    pub(in crate::chat::core) refused: Option<Refused>,
}

impl People {
    /// A client of a person has come: the token's person, under its own name
    /// whatever name was asked for; else the one whose name and secret it gave;
    /// else a new one, from this address, who is not kept yet.
    pub(in crate::chat::core) fn enter(
        &mut self,
        (client, address): (ClientId, Option<AddressTag>),
        now: UnixMillis,
        wanted: Option<Claim>,
        token: Option<TokenDigest>,
        fresh: TokenDigest,
    ) -> Entered {
        let known = token.as_ref().and_then(|token| self.who_has(token));
        let whose = known.or_else(|| self.whose(wanted.as_ref()?));
        let most = limits::CLIENTS_PER_PERSON_MAX;
        let (id, token, refused) = match whose {
            Some(id) if self.is_full(id, &[]) => {
                let (id, _) = self.make((address, now), None);
                (id, fresh, Some(Refused::TooManyDevices(most)))
            }
            Some(id) => (id, token.unwrap_or(fresh), None),
            // Its own token, if it brought one: then a welcome that is lost on the
            // way does not cost it its name.
            None => {
                let (id, refused) = self.make((address, now), wanted);
                (id, token.unwrap_or(fresh), refused)
            }
        };
        self.came_by(client, token.clone());
        self.give(id, token.clone());
        self.come(id, client);
        Entered { id, token, refused }
    }

    /// One more client of this person is here, and reads what came meanwhile.
    pub(super) fn come(&mut self, id: PersonId, client: ClientId) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.push(client);
        if let Some(since) = person.gone_since.take() {
            self.gone.remove(id, person.place(since.since_start));
            person.has_unread = false;
            self.unread.remove(id);
            self.note_change(id);
        }
    }

    /// Whether this token is somebody's.
    pub(in crate::chat::core) fn knows(&self, token: &TokenDigest) -> bool {
        self.by_token.contains_key(token)
    }

    /// Whose it is.
    pub(in crate::chat::core) fn who_has(&self, token: &TokenDigest) -> Option<PersonId> {
        self.by_token.get(token).copied()
    }

    /// ... for whom there may be one client more.
    pub(in crate::chat::core) fn has_place_for(&self, token: &TokenDigest) -> bool {
        self.who_has(token).is_some_and(|id| !self.is_full(id, &[]))
    }

    /// The same once the token is shown, by which others end.
    pub(in crate::chat::core) fn will_have_place_for(&self, token: &TokenDigest) -> bool {
        let replaced = |id| self.replaced_by(id, token);
        self.who_has(token).is_some_and(|id| !self.is_full(id, &replaced(id)))
    }

    /// Whether the person has as many clients as it may have, without those of sessions that
    /// are over, and of these.
    fn is_full(&self, id: PersonId, but: &[TokenDigest]) -> bool {
        let stays = |client: &&ClientId| {
            let is_over = self.sessions.get(client).is_some_and(|token| but.contains(token));
            !is_over && !self.let_go.contains(client)
        };
        let stay = self.clients(id).iter().filter(stays).count();
        stay >= limits::CLIENTS_PER_PERSON_MAX
    }

    /// Whether there is no place for whoever gives the person's name with this secret; if the
    /// name is only to have it, other sessions end by that.
    pub(in crate::chat::core) fn is_full_for(&self, id: PersonId, claim: &Claim) -> bool {
        let new = claim.secret.as_ref().filter(|secret| !self.has_secret(id, secret));
        let replaced = new.map(|secret| self.without(id, secret, None));
        self.is_full(id, &replaced.unwrap_or_default())
    }

    /// This client of one person is another's from now on, who has one session more by it.
    pub(in crate::chat::core) fn turn(
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
        self.come(into, client);
    }

    /// Nobody is this person any more, and its name is free.
    pub(in crate::chat::core) fn end(&mut self, id: PersonId) {
        self.remove(id);
    }

    /// Who has this name and this secret, or is to have it.
    pub(in crate::chat::core) fn whose(&self, claim: &Claim) -> Option<PersonId> {
        let secret = claim.secret.as_ref()?;
        let id = *self.by_skeleton.get(claim.name.skeleton())?;
        (self.has_secret(id, secret) || self.is_to_have(id, secret)).then_some(id)
    }

    /// Why nobody gets this claim who has not a token of the one that is called so.
    pub(in crate::chat::core) fn why_not(&self, claim: &Claim) -> Refused {
        let owner = self.by_skeleton.get(claim.name.skeleton());
        let has_other = claim.secret.is_some() && owner.is_some_and(|id| self.is_sworn(*id));
        if has_other { Refused::WrongSecret } else { Refused::NameTaken }
    }

    /// Whether nobody else has this name, one that looks like it, or one that does with the mark
    /// of its secret behind it: readers see no difference between `Ann p8cwhmph`, a name, and
    /// Ann with that mark.
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

    /// What others see of this person's secrets: one of its devices may have a newer one.
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
            Some(claim) if !self.is_free(&claim.name, None) => (None, Some(self.why_not(&claim))),
            other => (other, None),
        };
        let (name, secret) = match wanted {
            Some(Claim { name, secret }) => (name, secret),
            None => (Name::guest(number), None),
        };
        (self.add(Person::new((name, now), secret, address)), refused)
    }
}
