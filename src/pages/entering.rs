//! How one comes in by a form: into the box, into a room that asks for a password, or
//! by the page before all rooms.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: which page comes behind which of them.
//! Must not know: how a form looks.
//!
//! Next: `pages/entry.rs`.

use super::address::with_query;
use super::desk::Desk;
use super::entry::EntryPage;
use super::reasons::{self, bad_room};
use super::words::Sentences;
use super::wrong::{refusal, status, status_of};
use crate::admission::entrance::NoEntry;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::disconnect::Disconnect;
use crate::http::response::Response;
use crate::visit::errand::{Enter, Errand, Gate, Look, PASSWORD_WAS};
use crate::visit::stranger::Stranger;

impl Desk {
    /// Comes in, and goes on in the room; what could not be said there before is in its
    /// field again.
    pub(super) fn enter(&self, enter: &Enter, errand: &Errand) -> Result<Response, Disconnect> {
        let words = Sentences::of(errand.language);
        let claim = match self.claim(&enter.stranger, errand) {
            Ok(claim) => claim,
            Err(fault) => return self.cannot_be(&fault, errand),
        };
        let outcome = self.visits.come(claim, enter, errand)?;
        let errand = errand.of(&outcome);
        match &outcome.refused {
            _ if outcome.is_shut_out() => self.shut_out(enter, &errand),
            _ if outcome.is_stale => self.again(&errand, 403, words.say("oldEntry").to_owned()),
            _ if outcome.is_silent() => self.again(&errand, 503, words.say("noWord").to_owned()),
            Some(refused) => {
                self.again(&errand, status(refused), refusal(words, refused, &errand.room))
            }
            None if enter.text.is_empty() => Ok(match &enter.then {
                Some(to) => self.go_on(to, &errand),
                None => self.back_to_the_room(&errand),
            }),
            None => {
                let look = Look { unsent: Some(enter.text.clone()), ..Look::default() };
                self.look(&look, &errand, 200, None)
            }
        }
    }

    /// The box's entrance. A wrong password does not stay in the address that had it.
    fn shut_out(&self, enter: &Enter, errand: &Errand) -> Result<Response, Disconnect> {
        let was = match errand.entry {
            Err(NoEntry::Wrong) => "wrong",
            Err(NoEntry::TooManyGuesses) => "not-read",
            Err(NoEntry::Needed) | Ok(()) => return self.entrance(errand),
        };
        let Some(to) = &enter.else_to else { return self.entrance(errand) };
        // The session that was named is nobody's.
        let errand = Errand { token: None, next: None, ..errand.clone() };
        let (path, query) = to.split_once('?').unwrap_or((to, ""));
        let was = with_query("", &[Some(query.to_owned()), Some(format!("{PASSWORD_WAS}={was}"))]);
        Ok(self.go(path, was.trim_start_matches('?'), &errand))
    }

    /// The page before all rooms, or the way into one of them.
    pub(super) fn gate(&self, gate: &Gate, errand: &Errand) -> Result<Response, Disconnect> {
        let words = Sentences::of(errand.language);
        let Some(to) = &gate.to else { return self.entry(gate, errand, 200, None) };
        let room = match RoomName::parse(to) {
            Ok(room) => room,
            Err(why) => {
                let trouble = bad_room(words, why);
                return self.entry(gate, errand, 422, Some(trouble));
            }
        };
        // Once, for there may be a secret in it, which takes long.
        let come = gate.stranger.as_ref().map(|form| (form, self.claim(form, errand)));
        // Whoever's session is over has no key of it, nor has one whom this form has made.
        let is_own = come.as_ref().is_some_and(|(form, claim)| {
            claim.as_ref().is_ok_and(|claim| self.visits.made(claim.as_ref(), form, errand))
        });
        if gate.is_stale && !is_own && self.visits.look_round(errand)?.is_somebody() {
            return self.entry(gate, errand, 403, Some(words.say("oldEntry").to_owned()));
        }
        let errand = Errand { room, ..errand.clone() };
        // Whoever is somebody comes in, too: to look at a room's page does not make it.
        let is_somebody = || -> Result<bool, Disconnect> {
            Ok(errand.token.is_some() && self.visits.look_round(&errand)?.me.is_some())
        };
        let nobody_else = Stranger::default();
        let (stranger, claim) = match come {
            Some(come) => come,
            None if is_somebody()? => (&nobody_else, Ok(None)),
            None => return Ok(self.back_to_the_room(&errand)),
        };
        let claim = match claim {
            Ok(claim) => claim,
            Err(fault) => {
                let status = status_of(&fault, 422);
                return self.entry(gate, &errand, status, Some(reasons::fault(words, &fault)));
            }
        };
        let enter = Enter { stranger: stranger.clone(), ..Enter::default() };
        let outcome = self.visits.come(claim, &enter, &errand)?;
        let errand = errand.of(&outcome);
        match &outcome.refused {
            None if outcome.is_silent() => {
                self.entry(gate, &errand, 503, Some(words.say("noWord").to_owned()))
            }
            None => Ok(self.back_to_the_room(&errand)),
            Some(_) if outcome.is_shut_out() => self.entry(gate, &errand, 403, None),
            // The room's own page asks for it.
            Some(Refused::PasswordNeeded) if outcome.me.is_some() => {
                Ok(self.back_to_the_room(&errand))
            }
            Some(refused) => {
                let trouble = refusal(words, refused, &errand.room);
                self.entry(gate, &errand, status(refused), Some(trouble))
            }
        }
    }

    fn entry(
        &self,
        gate: &Gate,
        errand: &Errand,
        status: u16,
        trouble: Option<String>,
    ) -> Result<Response, Disconnect> {
        let sight = self.visits.look_round(errand)?;
        let token = errand.session().filter(|_| sight.is_somebody());
        let entry = EntryPage {
            words: Sentences::of(errand.language),
            settings: errand.settings,
            sight: &sight,
            session: token.filter(|_| errand.in_links).map(|token| token.reveal()),
            key: token.map(Token::form_key),
            gate,
            seed: Token::new().ok(),
            trouble,
        };
        let page = entry.page(if sight.is_shut { 403 } else { status });
        // A cookie is made again for who was welcome, and only for them.
        let token = token.filter(|_| sight.me.is_some());
        Ok(self.with_cookie(page, token, errand))
    }
}
