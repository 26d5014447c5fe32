//! How often one may guess: a room's password, or the secret that goes with a name.
//!
//! So many at once from an address, then one each few seconds, and until then the
//! right one is not looked at either. This machine's own addresses are not held to
//! it where they are to no pace; others are, however fast they may talk.
//!
//! Owns: the buckets.
//! Must not know: what a password is worth.
//!
//! Next: `chat/core/absence.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Core, RoomId};
use crate::admission::Home;
use crate::bucket::Buckets;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::hub::ClientId;
use crate::limits;

/// What each address may still guess.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Guesses(Buckets<Home, Duration>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Buckets::new(limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL))
    }
}

impl Guesses {
    /// Whether one more from there is looked at.
    fn admits(&mut self, home: Home, now: Duration) -> Result<(), Refused> {
        let wait = self.0.of(home, now).wait(now);
        if wait.is_zero() { Ok(()) } else { Err(Refused::TooManyGuesses(wait)) }
    }

    /// A wrong one has come from there.
    fn note_wrong(&mut self, home: Home, now: Duration) {
        self.0.of(home, now).take(1, now);
    }
}

impl Core {
    /// Whether the client may come into a room. True: it has given the password just now, and
    /// nobody remembers that yet.
    pub(super) fn unlock(
        &mut self,
        client: ClientId,
        id: RoomId,
        given: Option<&Digest>,
    ) -> Result<bool, Refused> {
        let (now, home) = (self.now.since_start, self.home_of(client));
        let asks = self.author(client).is_some_and(|author| self.asks(client, author, id));
        let Some(room) = self.rooms.get(id).filter(|_| asks) else { return Ok(false) };
        let home = home.filter(|_| given.is_some());
        home.map_or(Ok(()), |home| self.guesses.admits(home, now))?;
        let opened = room.lock.admits(given);
        if let (Some(home), Err(Refused::WrongPassword)) = (home, &opened) {
            self.guesses.note_wrong(home, now);
        }
        opened.map(|()| true)
    }

    /// What a client is told that gave a wrong secret for its own name; it counts as a guess.
    pub(super) fn is_wrong_secret(&mut self, client: ClientId) -> Refused {
        let (now, home) = (self.now.since_start, self.home_of(client));
        let Some(home) = home else { return Refused::WrongSecret };
        if let Err(reason) = self.guesses.admits(home, now) {
            return reason;
        }
        self.guesses.note_wrong(home, now);
        Refused::WrongSecret
    }

    /// The name that a newcomer wants, unless it guesses somebody's secret too often.
    pub(super) fn weigh(
        &mut self,
        client: ClientId,
        claim: Option<Claim>,
        token: Option<&TokenDigest>,
    ) -> (Option<Claim>, Option<Refused>) {
        let now = self.now.since_start;
        let is_known = token.is_some_and(|token| self.people.knows(token));
        let Some(home) = self.home_of(client).filter(|_| !is_known) else { return (claim, None) };
        let Some(guess) = claim.as_ref().filter(|claim| claim.secret.is_some()) else {
            return (claim, None);
        };
        // A name that nobody has is no guess.
        if self.people.called(&guess.name).is_none() {
            return (claim, None);
        }
        if let Err(reason) = self.guesses.admits(home, now) {
            return (None, Some(reason));
        }
        if self.people.whose(guess).is_none() {
            self.guesses.note_wrong(home, now);
        }
        (claim, None)
    }

    /// Who has the claimed name, if it is the claimant's, too; `None`: nobody has it, or one that
    /// could be taken for it. Else why it cannot be that one.
    pub(super) fn claimed(
        &mut self,
        client: ClientId,
        claim: &Claim,
    ) -> Result<Option<PersonId>, Refused> {
        if self.people.called(&claim.name).is_none() {
            let is_free = self.people.is_free(&claim.name, None);
            return if is_free { Ok(None) } else { Err(self.why_not(claim)) };
        }
        let (_, guessed) = self.weigh(client, Some(claim.clone()), None);
        guessed.map_or(Ok(()), Err)?;
        let person = self.people.whose(claim).ok_or_else(|| self.why_not(claim))?;
        if self.people.is_full_for(person, claim) {
            return Err(Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX));
        }
        Ok(Some(person))
    }

    /// Why nobody gets this claim who has not a token of the one that is called so. A secret that
    /// never was is not asked for: without one the name is kept until its time is over.
    pub(super) fn why_not(&self, claim: &Claim) -> Refused {
        let owner = self.people.called(&claim.name).filter(|owner| !self.is_here(*owner));
        let now = self.now.since_start;
        let kept_for = owner.and_then(|owner| self.people.kept_for(owner, now));
        kept_for.map_or_else(|| self.people.why_not(claim), Refused::NameKept)
    }

    /// The address that is held to a number of guesses, and of logs made.
    pub(crate) fn home_of(&self, client: ClientId) -> Option<Home> {
        self.members.home(client)
    }
}
