//! A session that has gained something gets a new token: a secret of its name, a room's
//! password, a room of its own. Else whoever knows the one from before, out of a copied
//! address or because they made it for somebody else to use, would have that, too.
//!
//! The states of a session's token, and what changes them:
//!
//! | state | what is good | what comes next |
//! | --- | --- | --- |
//! | *known*: it was given with a welcome, or was shown | all that its person has | its session gains something: it is *old*, and a new one is *told* |
//! | *old*: a new one was told, and not shown yet | what it had before | the new one is shown: *nobody's*. Its session gains something once more: another one is told in the place of the new one |
//! | *told*: the device that gained something has it, or its answer was lost | all that its person has, and the gain; lines that the device has open have it at once | it is *shown*: by a hello, by any request that names it, by a `session`; or somebody says hello with the name and the secret that it is to have. Or another takes its place: *nobody's*, and its gain with it |
//! | *nobody's* | nothing: whoever came by it is let go (`session_renewed`) | |
//!
//! So no lost answer costs anybody their name: the old token goes on as what it was, and
//! the password or the secret can be given again, which tells another token. Two rules more are
//! for a new secret, whose token takes the place of *all* others of its person. No other gain of the
//! old token takes the place of it; and until it is shown no other secret is set by who has
//! not given it, for [`UNSHOWN_SECRET_KEPT`](crate::limits::UNSHOWN_SECRET_KEPT), nor is the name
//! changed. What was not shown is in no file: after a restart of the server it is to be given again.
//!
//! Whose a room is that a shown token has gained, made or opened: its person's, if the person
//! has no secret and no other session, or if the session itself has given the secret with that or
//! gives it later. Else it is *held* by that token, and goes over to the one that takes its place:
//! whoever made a name with a secret for somebody else to use comes later by that secret, and
//! has the name, but not what the other one was let into.
//!
//! Owns: which token takes the place of which, and what a session has gained before its token
//! was shown.
//! Must not know: what a gain opens; `chat/core/lock.rs` does.
//!
//! Next: `chat/core/people/claims.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Author, Core, Effect, RoomId};
use super::People;
use crate::chat::record::PersonId;
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::chat::told::{Fault, Told};
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;

/// A token that was told and not shown yet.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::chat::core) struct Renewal {
    /// The one of this session, in whose place it comes; the person's other devices have
    /// their own. With a secret among its gains it comes in the place of all others.
    old: TokenDigest,
    gains: Vec<Gain>,
    since: Duration,
}

/// What a session has gained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::chat::core) enum Gain {
    /// A new secret for its name.
    Secret(Digest),
    /// It has made this room.
    Made(RoomId),
    /// It has given this password of the room, or has set it.
    Opened(RoomId, Digest),
}

impl Gain {
    fn secret(&self) -> Option<&Digest> {
        match self {
            Self::Secret(secret) => Some(secret),
            Self::Made(_) | Self::Opened(..) => None,
        }
    }

    /// Whether `self` is of no use beside a later one.
    fn is_replaced_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Secret(_), Self::Secret(_)) => true,
            (Self::Opened(room, _), Self::Opened(other, _)) => room == other,
            _ => self == later,
        }
    }
}

impl Renewal {
    fn secret(&self) -> Option<&Digest> {
        self.gains.iter().find_map(Gain::secret)
    }

    fn add(&mut self, gain: Gain) {
        add(&mut self.gains, gain);
    }
}

/// One gain more; of too many rooms the first is not remembered.
fn add(gains: &mut Vec<Gain>, gain: Gain) {
    gains.retain(|it| !it.is_replaced_by(&gain));
    gains.push(gain);
    if gains.len() > limits::UNSHOWN_GAINS_MAX
        && let Some(first) = gains.iter().position(|it| it.secret().is_none())
    {
        gains.remove(first);
    }
}

/// A token that was shown, and took the place of others.
struct Shown {
    person: PersonId,
    /// They are worth nothing any more.
    replaced: Vec<TokenDigest>,
    gains: Vec<Gain>,
    /// They are all its person's.
    is_shared: bool,
}

impl People {
    /// By which token a client came.
    pub(in crate::chat::core) fn came_by(&mut self, client: ClientId, token: TokenDigest) {
        self.sessions.insert(client, token);
    }

    /// By which token somebody looks at a room who is not there; `None`: it has looked.
    pub(in crate::chat::core) fn looks_by(&mut self, client: ClientId, token: Option<TokenDigest>) {
        match token {
            Some(token) => self.came_by(client, token),
            None => drop(self.sessions.remove(&client)),
        }
    }

    /// Whether this is the secret of the person's name.
    pub(in crate::chat::core) fn has_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.as_ref() == Some(secret))
    }

    /// Whether a session of the person has given this secret, and has not shown its new token.
    pub(super) fn is_to_have(&self, id: PersonId, secret: &Digest) -> bool {
        self.renewals_of(id).any(|renewal| renewal.secret() == Some(secret))
    }

    /// Whether the person's name has a secret, or is to have one.
    pub(super) fn is_sworn(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.is_some())
            || self.renewals_of(id).any(|renewal| renewal.secret().is_some())
    }

    /// What the client's session has gained, and is not all its person's.
    pub(in crate::chat::core) fn gained(&self, client: ClientId) -> &[Gain] {
        self.sessions.get(&client).map_or(&[], |token| self.gained_by(token))
    }

    fn gained_by(&self, token: &TokenDigest) -> &[Gain] {
        let unshown = self.renewals.get(token).map(|renewal| &renewal.gains);
        unshown.or_else(|| self.held.get(token)).map_or(&[], Vec::as_slice)
    }

    /// The client's session has gained something that is not all its person's.
    pub(in crate::chat::core) fn hold(&mut self, client: ClientId, gain: Gain) {
        let Some(token) = self.sessions.get(&client) else { return };
        match self.renewals.get_mut(token) {
            Some(renewal) => renewal.add(gain),
            None if self.by_token.contains_key(token) => {
                add(self.held.entry(token.clone()).or_default(), gain);
            }
            None => {}
        }
    }

    /// What the client's session holds is all its person's from now on.
    pub(in crate::chat::core) fn take_held(&mut self, client: ClientId) -> Vec<Gain> {
        let held = self.sessions.get(&client).and_then(|token| self.held.remove(token));
        held.unwrap_or_default()
    }

    /// Whether nobody but one session is the person, or can be by a secret.
    pub(in crate::chat::core) fn has_one_session(&self, id: PersonId) -> bool {
        let Some(person) = self.by_id.get(&id) else { return false };
        let shown = person.tokens.iter().filter(|token| !self.renewals.contains_key(token));
        shown.count() <= 1 && !self.is_sworn(id)
    }

    /// The new secret among them.
    pub(super) fn new_secret(&self, client: ClientId) -> Option<&Digest> {
        self.gained(client).iter().find_map(Gain::secret)
    }

    /// Whether the client's session, and not all of its person, has made this room.
    pub(in crate::chat::core) fn has_made(&self, client: ClientId, room: RoomId) -> bool {
        self.gained(client).contains(&Gain::Made(room))
    }

    /// The same of having given this password of the room.
    pub(in crate::chat::core) fn has_opened(
        &self,
        client: ClientId,
        room: RoomId,
        password: &Digest,
    ) -> bool {
        let is_it =
            |gain: &Gain| matches!(gain, Gain::Opened(id, it) if (id, it) == (&room, password));
        self.gained(client).iter().any(is_it)
    }

    /// Whether other sessions of the person than the client's have gained something of this room.
    pub(in crate::chat::core) fn is_gain_of_others(
        &self,
        id: PersonId,
        client: ClientId,
        room: RoomId,
    ) -> bool {
        let is_of = |gain: &Gain| match gain {
            Gain::Secret(_) => false,
            Gain::Made(its) | Gain::Opened(its, _) => *its == room,
        };
        let mut tokens = self.by_id.get(&id).into_iter().flat_map(|person| &person.tokens);
        !self.gained(client).iter().any(is_of)
            && tokens.any(|token| self.gained_by(token).iter().any(is_of))
    }

    /// Whether this secret is a new one for the client, whose person this is.
    pub(in crate::chat::core) fn gains_by(
        &self,
        id: PersonId,
        client: ClientId,
        secret: &Digest,
    ) -> bool {
        match self.new_secret(client) {
            Some(new) => new != secret,
            None => !self.has_secret(id, secret),
        }
    }

    /// Whether another session of the person has given another secret, and may still show its new
    /// token: the client, which gives this one, cannot set it, nor change the name.
    pub(in crate::chat::core) fn is_barred(
        &self,
        id: PersonId,
        client: ClientId,
        secret: Option<&Digest>,
        now: Duration,
    ) -> bool {
        let is_fresh = |it: &&Renewal| now < it.since + limits::UNSHOWN_SECRET_KEPT;
        let has_other = self
            .renewals_of(id)
            .filter(is_fresh)
            .any(|it| it.secret().is_some_and(|other| !self.has_secret(id, other)));
        let is_given = secret.is_some_and(|secret| self.is_to_have(id, secret));
        has_other && self.new_secret(client).is_none() && !is_given
    }

    fn renewals_of(&self, id: PersonId) -> impl Iterator<Item = &Renewal> {
        let tokens = self.by_id.get(&id).map(|person| person.tokens.iter());
        tokens.into_iter().flatten().filter_map(|token| self.renewals.get(token))
    }

    /// The person's name has this secret from now on.
    pub(in crate::chat::core) fn swear(&mut self, id: PersonId, secret: Digest) {
        self.change_place(id, |person| person.secret = Some(secret));
        self.note_change(id);
    }

    /// The client has this token from now on, which takes the place of its own when it is
    /// shown, and has gained this by then. False: it has no session.
    fn renew(
        &mut self,
        (id, client): (PersonId, ClientId),
        new: TokenDigest,
        gains: Vec<Gain>,
        now: Duration,
    ) -> bool {
        let Some(old) = self.sessions.get(&client).cloned() else { return false };
        if new == old {
            return false;
        }
        let gained = self.gained(client).to_vec();
        let mut renewal = Renewal { old, gains: gained, since: now };
        gains.into_iter().for_each(|gain| renewal.add(gain));
        let given = self.by_id.get(&id).map(|person| person.tokens.clone()).unwrap_or_default();
        // One that was told before and never shown is worth nothing any more.
        let is_vain = |it: &&TokenDigest| {
            let before = self.renewals.get(*it).filter(|before| before.old == renewal.old);
            before.is_some_and(|it| it.secret().is_none() || renewal.secret().is_some())
        };
        let vain: Vec<_> = given.iter().filter(is_vain).cloned().collect();
        vain.iter().for_each(|token| self.take_away(id, token));
        // The oldest makes place, but none that may still be needed.
        let is_needed = |it: &TokenDigest| {
            *it == renewal.old || self.renewals.get(it).is_some_and(|it| it.secret().is_some())
        };
        if let Some(person) = self.by_id.get(&id)
            && person.tokens.len() >= limits::CLIENTS_PER_PERSON_MAX
            && let Some(oldest) = person.tokens.iter().find(|token| !is_needed(token)).cloned()
        {
            self.take_away(id, &oldest);
        }
        self.give(id, new.clone());
        self.came_by(client, new.clone());
        self.renewals.insert(new, renewal);
        true
    }

    /// Tokens whose place this one takes when it is shown.
    pub(super) fn replaced_by(&self, id: PersonId, token: &TokenDigest) -> Vec<TokenDigest> {
        let Some(renewal) = self.renewals.get(token) else { return Vec::new() };
        if let Some(secret) = renewal.secret() {
            return self.without(id, secret, Some(token));
        }
        // Its own old one had taken another one's place itself, unseen.
        let before = |it: &TokenDigest| self.renewals.get(it).map(|before| before.old.clone());
        let replaced = std::iter::successors(Some(renewal.old.clone()), before);
        replaced.take(limits::CLIENTS_PER_PERSON_MAX).collect()
    }

    /// The person's tokens that are worth nothing any more once its name has this secret. Whoever
    /// gives a name another secret wants nobody else in it: only the token that is shown is good
    /// from then on, and those of who has given the same secret.
    pub(super) fn without(
        &self,
        id: PersonId,
        secret: &Digest,
        shown: Option<&TokenDigest>,
    ) -> Vec<TokenDigest> {
        let has_given = |it: &TokenDigest| {
            self.renewals.get(it).is_some_and(|renewal| renewal.secret() == Some(secret))
        };
        let given = self.by_id.get(&id).into_iter().flat_map(|person| &person.tokens);
        given.filter(|it| Some(*it) != shown && !has_given(it)).cloned().collect()
    }

    /// This token is shown; `None`: it takes no other one's place.
    fn is_shown(&mut self, token: &TokenDigest) -> Option<Shown> {
        let person = *self.by_token.get(token)?;
        let mut replaced = self.replaced_by(person, token);
        let Renewal { gains, .. } = self.renewals.remove(token)?;
        let secret = gains.iter().find_map(Gain::secret).cloned();
        let has_given = secret.is_some();
        match secret {
            Some(secret) => replaced = self.confirm(person, secret, Some(token)),
            None => replaced.iter().for_each(|old| self.take_away(person, old)),
        }
        let is_shared = has_given || self.has_one_session(person);
        if !is_shared {
            self.held.insert(token.clone(), gains.clone());
        }
        Some(Shown { person, replaced, gains, is_shared })
    }

    /// The name has this secret from now on, as somebody has shown who knows it. The tokens that
    /// are worth nothing any more.
    fn confirm(
        &mut self,
        id: PersonId,
        secret: Digest,
        shown: Option<&TokenDigest>,
    ) -> Vec<TokenDigest> {
        let replaced = self.without(id, &secret, shown);
        replaced.iter().for_each(|token| self.take_away(id, token));
        // Nobody has that secret to gain any more: who shows such a token later throws nobody
        // out who has given it meanwhile.
        let left = self.by_id.get(&id).map(|person| person.tokens.clone()).unwrap_or_default();
        for token in left {
            if let Some(renewal) = self.renewals.get_mut(&token) {
                renewal.gains.retain(|gain| gain.secret() != Some(&secret));
            }
        }
        self.swear(id, secret);
        replaced
    }

    fn take_away(&mut self, id: PersonId, token: &TokenDigest) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.tokens.retain(|its| its != token);
        self.by_token.remove(token);
        self.renewals.remove(token);
        self.held.remove(token);
        self.changed.insert(id);
    }
}

impl Core {
    /// The client's session has gained something that another who knows its token must not
    /// have, so it gets this one. The token to be told, if it has one now: then nobody else has
    /// the gain before it is shown.
    pub(in crate::chat::core) fn renew(
        &mut self,
        client: ClientId,
        fresh: Option<TokenDigest>,
        gains: Vec<Gain>,
    ) -> Option<TokenDigest> {
        let Some(Author::Person(person)) = self.author(client) else { return None };
        let fresh = fresh.filter(|_| !self.people.is_passing(person))?;
        let now = self.now.since_start;
        self.people.renew((person, client), fresh.clone(), gains, now).then_some(fresh)
    }

    /// Somebody has come, or shown that it is there, by this token: if it was to take another's place,
    /// that is worth nothing from now on, whoever came by it is let go, and what its session
    /// has gained is good.
    pub(in crate::chat::core) fn use_token(
        &mut self,
        token: &TokenDigest,
        effects: &mut Vec<Effect>,
    ) {
        let Some(shown) = self.people.is_shown(token) else { return };
        let Shown { person, replaced, gains, is_shared } = shown;
        self.gain(person, gains, is_shared);
        self.let_go_of_sessions(person, &replaced, effects);
    }

    /// Somebody gives a name and the secret that it is to have: they have shown as much as
    /// whoever shows the new token.
    pub(in crate::chat::core) fn use_secret(&mut self, claim: &Claim, effects: &mut Vec<Effect>) {
        let Some((person, secret)) = self.people.whose(claim).zip(claim.secret.clone()) else {
            return;
        };
        if !self.people.has_secret(person, &secret) {
            let replaced = self.people.confirm(person, secret, None);
            self.let_go_of_sessions(person, &replaced, effects);
        }
    }

    /// Clients that came by tokens which are worth nothing any more.
    fn let_go_of_sessions(
        &mut self,
        person: PersonId,
        replaced: &[TokenDigest],
        effects: &mut Vec<Effect>,
    ) {
        let came_by = |client: &&ClientId| {
            self.people.sessions.get(client).is_some_and(|its| replaced.contains(its))
        };
        let clients: Vec<_> = self.people.clients(person).iter().filter(came_by).copied().collect();
        self.people.let_go.extend(clients.iter().copied());
        for client in clients {
            effects.push(Effect::End(client, Disconnect::SessionRenewed));
        }
    }

    /// A client that has its session's new token shows it, and stays.
    pub(in crate::chat::core) fn show_token(
        &mut self,
        client: ClientId,
        token: &TokenDigest,
        effects: &mut Vec<Effect>,
    ) {
        let whose = self.people.who_has(token).map(Author::Person);
        if whose.is_none() || whose != self.author(client) {
            let text = "this session is over; say hello for another one".to_owned();
            effects.push(Effect::Note(client, Told::Fault(Fault::new("session-over", text))));
            return;
        }
        self.people.came_by(client, token.clone());
        self.use_token(token, effects);
        effects.push(Effect::Note(client, Told::Session(None)));
    }
}
