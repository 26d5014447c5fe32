//! Limits how often one IP address may guess a room's password, or the secret of a name.
//!
//! Clients of one IP address may make some wrong guesses at once, and then one every few seconds.
//! Between these times the server refuses even a right guess, without checking it. This machine's
//! own IP addresses have this limit only if the operator has set a pace for them. All other IP
//! addresses always have it.
//!
//! Owns: how many more times each IP address may guess now.
//! Must not know: what a password opens.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Core, LogId};
use crate::admission::Home;
use crate::base::bucket::Buckets;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::server::hub::ClientId;

/// How many more times each IP address may guess now.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Guesses(Buckets<Home, Duration>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Buckets::new(limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL))
    }
}

impl Guesses {
    /// Returns whether the server may check one more guess from this IP address. If not, the error
    /// is `TooManyGuesses` with the time to wait. Does not count a guess.
    fn admits(&mut self, home: Home, now: Duration) -> Result<(), Refused> {
        let wait = self.0.of(home, now).wait(now);
        if wait.is_zero() { Ok(()) } else { Err(Refused::TooManyGuesses(wait)) }
    }

    /// Counts a wrong guess from this IP address.
    fn note_wrong(&mut self, home: Home, now: Duration) {
        self.0.of(home, now).take(1, now);
    }
}

impl Core {
    /// Checks whether the client may enter a room, and counts a wrong password. `Ok(true)`: the
    /// client has sent the right password just now, and the caller must remember that. `Ok(false)`:
    /// the room does not ask this client for a password, or does not exist.
    pub(super) fn unlock(
        &mut self,
        client: ClientId,
        id: LogId,
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

    /// Counts a wrong guess of a client that sent a wrong secret for its own present name. Returns
    /// the reason of the refusal: `WrongSecret`, or `TooManyGuesses`.
    pub(super) fn refuse_wrong_secret(&mut self, client: ClientId) -> Refused {
        let (now, home) = (self.now.since_start, self.home_of(client));
        let Some(home) = home else { return Refused::WrongSecret };
        if let Err(reason) = self.guesses.admits(home, now) {
            return reason;
        }
        self.guesses.note_wrong(home, now);
        Refused::WrongSecret
    }

    /// Checks and counts a guess: a newcomer claims a name and may send a secret. Returns the claim
    /// unchanged, even if its secret is wrong. If the IP address has guessed too often, returns no
    /// claim, and the reason as the second value. A claim that comes with a known `token` does not
    /// count as a guess.
    pub(super) fn check_guess(
        &mut self,
        client: ClientId,
        claim: Option<Claim>,
        token: Option<&TokenDigest>,
    ) -> (Option<Claim>, Option<Refused>) {
        let now = self.now.since_start;
        let is_known = token.is_some_and(|token| self.people.tokens.is_valid(token));
        let Some(home) = self.home_of(client).filter(|_| !is_known) else { return (claim, None) };
        let Some(guess) = claim.as_ref().filter(|claim| claim.secret.is_some()) else {
            return (claim, None);
        };
        // If no person has the name, there is no secret to guess.
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

    /// Returns the person who has the claimed name, if the claim has the right secret. `Ok(None)`:
    /// the name is free, and so is every name that looks like it. An error is the reason why the
    /// client cannot get the name. A wrong secret counts as a guess.
    pub(super) fn claimed(
        &mut self,
        client: ClientId,
        claim: &Claim,
    ) -> Result<Option<PersonId>, Refused> {
        if self.people.called(&claim.name).is_none() {
            let is_free = self.people.is_free(&claim.name, None);
            return if is_free { Ok(None) } else { Err(self.refusal(claim)) };
        }
        let (_, guessed) = self.check_guess(client, Some(claim.clone()), None);
        guessed.map_or(Ok(()), Err)?;
        let person = self.people.whose(claim).ok_or_else(|| self.refusal(claim))?;
        if self.people.is_full_for(person, claim) {
            return Err(Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX));
        }
        Ok(Some(person))
    }

    /// Returns why a client without a token of the name's owner does not get the claimed name. If
    /// the owner is away and the name has no secret, the reason is `NameKept` with the time until
    /// the name is free.
    pub(super) fn refusal(&self, claim: &Claim) -> Refused {
        let owner = self.people.called(&claim.name).filter(|owner| !self.is_here(*owner));
        let now = self.now.since_start;
        let kept_for = owner.and_then(|owner| self.people.kept_for(owner, now));
        kept_for.map_or_else(|| self.people.refusal(claim), Refused::NameKept)
    }

    /// Returns the IP address under which the client is counted for three limits: on its pace, on
    /// its guesses, and on how many people, rooms and logs it makes. `None`: these limits do not
    /// apply to the client.
    pub(crate) fn home_of(&self, client: ClientId) -> Option<Home> {
        self.members.home(client)
    }
}
