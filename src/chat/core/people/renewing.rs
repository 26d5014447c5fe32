//! Gives a session a new token when it gains a right: a secret for its name, the use of a room's
//! password, or a room of its own. A stranger may know the session's old token: the stranger has
//! found it in a copied URL, or has made the token and sent it to the user in a link. Without a new
//! token, the stranger would have the right, too.
//!
//! The states of a session's token, and what changes them:
//! - *known*: the server has sent the token with a welcome, or a client has shown it. A client with
//!   this token may do what its person may do. If the session gains a right, the token becomes
//!   *old*, and the server sends a new token, which is *told*.
//! - *old*: the server has sent a new token, and no client has shown the new one yet. The old token
//!   is still as good as before. When a client shows the new token, the old one becomes *nobody's*.
//!   If a client with the old token gains a right, the server sends another new token, which
//!   replaces the first new one.
//! - *told*: the device that gained the right has received the token, or the answer with the token
//!   was lost. A client with this token may do what its person may do, and has the right; the
//!   client that gained the right has it at once. The token becomes *known* when a client *shows*
//!   it: in a hello, in any request that contains it, in a `session`, or by a hello with the name
//!   and its new secret. If another token replaces it before that, it becomes *nobody's*, and the
//!   right is lost.
//! - *nobody's*: the token is not valid. Clients that connected with it are disconnected
//!   (`session_renewed`).
//!
//! So no person loses their name because an answer was lost. The old token stays valid, and the
//! user can send the password or the secret again. Then the server issues another token.
//!
//! A new secret has two more rules, because its token replaces *all* other tokens of the person.
//! First, if a client with the old token gains another right later, the secret's token stays valid,
//! unless the other right is a secret, too. Second, until a client shows the secret's token, a
//! device that has not sent this secret can neither set another secret nor change the name, during
//! [`UNSHOWN_SECRET_KEPT`](crate::base::limits::UNSHOWN_SECRET_KEPT). A right whose token was not
//! shown is not stored in the file: after a restart of the server the client must gain the right
//! again.
//!
//! A session may have made or opened a room and then shown its token. Who may use that room? All
//! sessions of the person, if the person has no secret and no other session, or if the session
//! itself has sent the secret together with that right, or sends it later. Otherwise only the
//! session with that token *holds* the right; if a new token replaces the session's token, the
//! right moves to the new token. The reason: the maker of a name with a secret may let a friend use
//! that name. If the maker connects later with the secret, the maker gets the name, but not the
//! rooms that only the friend was let into.
//!
//! Owns: which token replaces which, and which rights a session has gained before its token was
//! shown.
//! Must not know: what a right opens; `chat/core/rooms/access.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{Author, Core, Effect, LogId};
use super::People;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::reply::{Fault, Reply};
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// What the server knows about a token that was issued and not shown yet.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::chat::core) struct Renewal {
    /// The token of the same session that the new token will replace. The person's other devices
    /// keep their tokens, unless a secret is among the rights: then the new token replaces the
    /// tokens of all devices.
    old: TokenDigest,
    rights: Vec<Right>,
    since: Duration,
}

/// A right that a session has gained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::chat::core) enum Right {
    /// The session has sent a new secret for its name.
    Secret(Digest),
    /// The session has made this room.
    Made(LogId),
    /// The session has sent this password to enter the room, or has set it as the room's password.
    Opened(LogId, Digest),
}

impl Right {
    fn secret(&self) -> Option<&Digest> {
        match self {
            Self::Secret(secret) => Some(secret),
            Self::Made(_) | Self::Opened(..) => None,
        }
    }

    /// Returns whether the right `later` makes the right `self` of the same session useless.
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
        self.rights.iter().find_map(Right::secret)
    }

    fn add(&mut self, right: Right) {
        add(&mut self.rights, right);
    }
}

/// Adds a right, and removes the rights that it replaces. If there are too many, removes the oldest
/// right that is not a secret.
fn add(rights: &mut Vec<Right>, right: Right) {
    rights.retain(|it| !it.is_replaced_by(&right));
    rights.push(right);
    if rights.len() > limits::UNSHOWN_RIGHTS_MAX
        && let Some(first) = rights.iter().position(|it| it.secret().is_none())
    {
        rights.remove(first);
    }
}

/// What changes because a client has shown a token.
struct Shown {
    person: PersonId,
    /// The replaced tokens, which are not valid any more.
    replaced: Vec<TokenDigest>,
    rights: Vec<Right>,
    /// Whether the rights belong to the whole person, and not only to the session.
    is_shared: bool,
}

impl People {
    /// Notes the token with which a client has connected.
    pub(in crate::chat::core) fn came_by(&mut self, client: ClientId, token: TokenDigest) {
        self.sessions.insert(client, token);
    }

    /// Notes the token of a client that reads a room and does not enter it. `None`: forgets the
    /// client's token, because the client has finished reading.
    pub(in crate::chat::core) fn looks_by(&mut self, client: ClientId, token: Option<TokenDigest>) {
        match token {
            Some(token) => self.came_by(client, token),
            None => drop(self.sessions.remove(&client)),
        }
    }

    /// Returns whether this secret is the one that the person's name has.
    pub(in crate::chat::core) fn has_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.as_ref() == Some(secret))
    }

    /// Returns whether a session of the person has sent this secret, and has not shown its new
    /// token yet.
    pub(super) fn has_pending_secret(&self, id: PersonId, secret: &Digest) -> bool {
        self.renewals_of(id).any(|renewal| renewal.secret() == Some(secret))
    }

    /// Returns whether the person's name has a secret, or will have one as soon as a client shows a
    /// certain token.
    pub(super) fn has_or_awaits_secret(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.secret.is_some())
            || self.renewals_of(id).any(|renewal| renewal.secret().is_some())
    }

    /// Returns the rights that the client's session has and the other sessions of its person do not
    /// have.
    pub(in crate::chat::core) fn unshown_rights(&self, client: ClientId) -> &[Right] {
        self.sessions.get(&client).map_or(&[], |token| self.unshown_rights_of(token))
    }

    fn unshown_rights_of(&self, token: &TokenDigest) -> &[Right] {
        let unshown = self.renewals.get(token).map(|renewal| &renewal.rights);
        unshown.or_else(|| self.held.get(token)).map_or(&[], Vec::as_slice)
    }

    /// Notes a right that the client's session has and the other sessions of its person do not
    /// have. Does nothing if the client has no session.
    pub(in crate::chat::core) fn hold(&mut self, client: ClientId, right: Right) {
        let Some(token) = self.sessions.get(&client) else { return };
        match self.renewals.get_mut(token) {
            Some(renewal) => renewal.add(right),
            None if self.by_token.contains_key(token) => {
                add(self.held.entry(token.clone()).or_default(), right);
            }
            None => {}
        }
    }

    /// Removes and returns the rights that the client's session alone holds. The caller gives them
    /// to all sessions of the person. A right whose token was not shown yet is neither removed nor
    /// returned.
    pub(in crate::chat::core) fn take_held(&mut self, client: ClientId) -> Vec<Right> {
        let held = self.sessions.get(&client).and_then(|token| self.held.remove(token));
        held.unwrap_or_default()
    }

    /// Returns whether the person has only one session and can get no other one: at most one of the
    /// person's tokens was shown, the name has no secret, and no session has sent a new one.
    pub(in crate::chat::core) fn has_one_session(&self, id: PersonId) -> bool {
        let Some(person) = self.by_id.get(&id) else { return false };
        let shown = person.tokens.iter().filter(|token| !self.renewals.contains_key(token));
        shown.count() <= 1 && !self.has_or_awaits_secret(id)
    }

    /// Returns the secret that the client's session has sent, and that the name does not have yet;
    /// `None`: there is no such secret.
    pub(super) fn new_secret(&self, client: ClientId) -> Option<&Digest> {
        self.unshown_rights(client).iter().find_map(Right::secret)
    }

    /// Returns whether the client's session has made this room, and the other sessions of its
    /// person have not.
    pub(in crate::chat::core) fn has_made(&self, client: ClientId, room: LogId) -> bool {
        self.unshown_rights(client).contains(&Right::Made(room))
    }

    /// Returns whether the client's session has sent or set this password of the room, and the
    /// other sessions of its person have not.
    pub(in crate::chat::core) fn has_opened(
        &self,
        client: ClientId,
        room: LogId,
        password: &Digest,
    ) -> bool {
        let is_it =
            |right: &Right| matches!(right, Right::Opened(id, it) if (id, it) == (&room, password));
        self.unshown_rights(client).iter().any(is_it)
    }

    /// Returns whether another session of the person has made this room, or has sent or set its
    /// password, and the client's session has done none of these.
    pub(in crate::chat::core) fn another_session_gained(
        &self,
        id: PersonId,
        client: ClientId,
        room: LogId,
    ) -> bool {
        let is_of = |right: &Right| match right {
            Right::Secret(_) => false,
            Right::Made(its) | Right::Opened(its, _) => *its == room,
        };
        let mut tokens = self.by_id.get(&id).into_iter().flat_map(|person| &person.tokens);
        !self.unshown_rights(client).iter().any(is_of)
            && tokens.any(|token| self.unshown_rights_of(token).iter().any(is_of))
    }

    /// Returns whether this secret would be a new right for the client, whose person is `id`.
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

    /// Returns whether this client can neither set a secret nor change the name now. The reason is
    /// that another session of the person has sent a new secret less than
    /// [`limits::UNSHOWN_SECRET_KEPT`] ago, has not shown its new token yet, and `secret`, which
    /// this client sends, is another one.
    pub(in crate::chat::core) fn must_wait_for_pending_secret(
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
        let is_given = secret.is_some_and(|secret| self.has_pending_secret(id, secret));
        has_other && self.new_secret(client).is_none() && !is_given
    }

    fn renewals_of(&self, id: PersonId) -> impl Iterator<Item = &Renewal> {
        let tokens = self.by_id.get(&id).map(|person| person.tokens.iter());
        tokens.into_iter().flatten().filter_map(|token| self.renewals.get(token))
    }

    /// Gives the person's name this secret at once.
    pub(in crate::chat::core) fn set_secret(&mut self, id: PersonId, secret: Digest) {
        self.change_place(id, |person| person.secret = Some(secret));
        self.note_change(id);
    }

    /// Gives the client's session the token `new`, with these rights and those that the session has
    /// already. As soon as a client shows `new`, it replaces the session's old token. Returns
    /// `false` if nothing was changed: the client has no session, or `new` is its token already.
    fn renew(
        &mut self,
        (id, client): (PersonId, ClientId),
        new: TokenDigest,
        rights: Vec<Right>,
        now: Duration,
    ) -> bool {
        let Some(old) = self.sessions.get(&client).cloned() else { return false };
        if new == old {
            return false;
        }
        let gained = self.unshown_rights(client).to_vec();
        let mut renewal = Renewal { old, rights: gained, since: now };
        rights.into_iter().for_each(|right| renewal.add(right));
        let given = self.by_id.get(&id).map(|person| person.tokens.clone()).unwrap_or_default();
        // Tokens that were issued earlier to replace the same old token are not valid any more. But
        // a token for a new secret stays, unless `new` is for a secret, too.
        let is_vain = |it: &&TokenDigest| {
            let before = self.renewals.get(*it).filter(|before| before.old == renewal.old);
            before.is_some_and(|it| it.secret().is_none() || renewal.secret().is_some())
        };
        let vain: Vec<_> = given.iter().filter(is_vain).cloned().collect();
        vain.iter().for_each(|token| self.take_away(id, token));
        // If the person has too many tokens, its oldest one is removed. The session's old token and
        // tokens with a new secret stay.
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

    /// Returns the tokens that this token replaces when it is shown; none if it was shown already.
    pub(super) fn replaced_by(&self, id: PersonId, token: &TokenDigest) -> Vec<TokenDigest> {
        let Some(renewal) = self.renewals.get(token) else { return Vec::new() };
        if let Some(secret) = renewal.secret() {
            return self.without(id, secret, Some(token));
        }
        // If no client has ever shown the old token, the token that the old one was to replace is
        // replaced, too.
        let before = |it: &TokenDigest| self.renewals.get(it).map(|before| before.old.clone());
        let replaced = std::iter::successors(Some(renewal.old.clone()), before);
        replaced.take(limits::CLIENTS_PER_PERSON_MAX).collect()
    }

    /// Returns the person's tokens that become invalid when the name gets this secret. A person who
    /// sets a new secret wants all other sessions to lose the name. Only the token `shown` stays
    /// valid, and the tokens of sessions that have sent this secret.
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

    /// Marks this token as shown, and removes the tokens that it replaces. `None`: nothing changes,
    /// because the token belongs to no person or was shown already.
    fn take_shown(&mut self, token: &TokenDigest) -> Option<Shown> {
        let person = *self.by_token.get(token)?;
        let mut replaced = self.replaced_by(person, token);
        let Renewal { rights, .. } = self.renewals.remove(token)?;
        let secret = rights.iter().find_map(Right::secret).cloned();
        let has_given = secret.is_some();
        match secret {
            Some(secret) => replaced = self.confirm(person, secret, Some(token)),
            None => replaced.iter().for_each(|old| self.take_away(person, old)),
        }
        let is_shared = has_given || self.has_one_session(person);
        if !is_shared {
            self.held.insert(token.clone(), rights.clone());
        }
        Some(Shown { person, replaced, rights, is_shared })
    }

    /// Makes this secret the name's secret, because a client has proved that it knows the secret.
    /// Removes all tokens that are not valid any more after that, and returns them.
    fn confirm(
        &mut self,
        id: PersonId,
        secret: Digest,
        shown: Option<&TokenDigest>,
    ) -> Vec<TokenDigest> {
        let replaced = self.without(id, &secret, shown);
        replaced.iter().for_each(|token| self.take_away(id, token));
        // From now on this secret is no new right. Other sessions that have sent it may show their
        // tokens later, and those tokens must not end any sessions then.
        let left = self.by_id.get(&id).map(|person| person.tokens.clone()).unwrap_or_default();
        for token in left {
            if let Some(renewal) = self.renewals.get_mut(&token) {
                renewal.rights.retain(|right| right.secret() != Some(&secret));
            }
        }
        self.set_secret(id, secret);
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
    /// Gives the client's session the token `fresh`, because the session has gained a right that
    /// another client with the old token must not have. Returns the token to send; until a client
    /// shows it, no other session has the right. `None`: there is no new token, because `fresh` is
    /// `None` or the client has no session.
    pub(in crate::chat::core) fn renew(
        &mut self,
        client: ClientId,
        fresh: Option<TokenDigest>,
        rights: Vec<Right>,
    ) -> Option<TokenDigest> {
        let Some(Author::Person(person)) = self.author(client) else { return None };
        let fresh = fresh.filter(|_| !self.people.is_passing(person))?;
        let now = self.now.since_start;
        self.people.renew((person, client), fresh.clone(), rights, now).then_some(fresh)
    }

    /// Handles a token with which a client has connected, or which it has shown. If the token was
    /// issued to replace other tokens, those become invalid, clients that connected with them are
    /// disconnected, and the session's rights take effect.
    pub(in crate::chat::core) fn use_token(
        &mut self,
        token: &TokenDigest,
        effects: &mut Vec<Effect>,
    ) {
        let Some(shown) = self.people.take_shown(token) else { return };
        let Shown { person, replaced, rights, is_shared } = shown;
        self.give_rights(person, rights, is_shared);
        self.let_go_of_sessions(person, &replaced, effects);
    }

    /// Handles a name and a secret that a client sends. If a session has sent this secret for the
    /// name before and has not shown its new token yet, the name has the secret from now on: the
    /// client that knows the secret needs no token to prove it. In all other cases the function
    /// does nothing.
    pub(in crate::chat::core) fn use_secret(&mut self, claim: &Claim, effects: &mut Vec<Effect>) {
        let Some((person, secret)) = self.people.whose(claim).zip(claim.secret.clone()) else {
            return;
        };
        if !self.people.has_secret(person, &secret) {
            let replaced = self.people.confirm(person, secret, None);
            self.let_go_of_sessions(person, &replaced, effects);
        }
    }

    /// Disconnects the clients that connected with these replaced tokens.
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
        self.people.disconnecting.extend(clients.iter().copied());
        for client in clients {
            effects.push(Effect::End(client, Disconnect::SessionRenewed));
        }
    }

    /// Handles a token that a connected client shows. If it is a token of the client's person, it
    /// becomes the client's token, and the rights of its session take effect. If it is not, the
    /// client is told that the session is over.
    pub(in crate::chat::core) fn show_token(
        &mut self,
        client: ClientId,
        token: &TokenDigest,
        effects: &mut Vec<Effect>,
    ) {
        let whose = self.people.who_has(token).map(Author::Person);
        if whose.is_none() || whose != self.author(client) {
            effects.push(Effect::Note(client, Reply::Fault(Fault::session_over())));
            return;
        }
        self.people.came_by(client, token.clone());
        self.use_token(token, effects);
        effects.push(Effect::Note(client, Reply::Session(None)));
    }
}
