//! A person's devices: a link brings the person to another device, and one form signs all other
//! devices out.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which new token such a form gives, also if the form is sent twice.
//! Must not know: which links and sessions are valid; the hub decides that.
//!
//! Part: `site/visit/mod.rs`.

use super::page_request::PageRequest;
use super::room_view::ActionResult;
use super::send_request::ask_of_session;
use super::stranger::{FormKind, session_of_form};
use super::{HubResult, VisitDesk, room_position};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::Visitor;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Request;
use crate::chat::token::Token;

impl VisitDesk {
    /// Follows a link to another device: the visitor becomes a client of the person who has made
    /// the link. If the form with this `seed` is sent again, the visitor gets the same session.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn follow_device_link(
        &self,
        link: &Token,
        seed: Option<&Token>,
        request: &PageRequest,
    ) -> HubResult<ActionResult> {
        let fresh = self.session_or_random(FormKind::DeviceLink, seed, link, request)?;
        let inside = self.enter(Visitor::Linked(link.clone(), fresh), None, request)?;
        let mut outcome = ActionResult::default();
        while outcome.is_silent()
            && let Some(answer) = inside.next()
        {
            outcome.add_answer(answer, None);
        }
        Ok(outcome)
    }

    /// Returns the name of the person who has made this link. `None`: the hub has not answered in
    /// time. The inner value is `None` if the link is unknown, used or too old.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn name_of_device_link(
        &self,
        link: &Token,
        request: &PageRequest,
    ) -> HubResult<Option<Option<Name>>> {
        let inside = self.enter(Visitor::LooksAtLink(link.clone()), None, request)?;
        Ok(match inside.next() {
            Some(Answer::Welcome { name, .. }) => Some(Some(name)),
            Some(Answer::Refused { reason: Refused::BadLink, .. }) => Some(None),
            _ => None,
        })
    }

    /// Returns the name of the person who has made this invite to the request's room. `Ok(None)`:
    /// the hub has not answered in time, or nobody knows any more who has made it. The refusal is
    /// `BadInvite` if the invite opens nothing.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn name_of_inviter(
        &self,
        invite: &Token,
        request: &PageRequest,
    ) -> HubResult<Result<Option<Name>, Refused>> {
        let position = room_position(&request.room, None);
        let inside = self.enter(Visitor::LooksAtLink(invite.clone()), Some(position), request)?;
        Ok(match inside.next() {
            Some(Answer::Welcome { name, .. }) => Ok(Some(name)),
            Some(Answer::Refused { reason: reason @ Refused::BadInvite, .. }) => Err(reason),
            _ => Ok(None),
        })
    }

    /// Ends all other sessions of the person of the request's session, and gives that session the
    /// new token that the form with this `seed` gives. If the form is sent again, because its
    /// answer was lost, the session has that token already. Returns the new token, or the answer
    /// that says why there is none; `None` as this answer: the hub has not answered in time.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn sign_out_elsewhere(
        &self,
        seed: Option<&Token>,
        request: &PageRequest,
    ) -> HubResult<Result<Token, Option<Answer>>> {
        let Some(old) = request.session.token() else {
            return Ok(Err(Some(Answer::Fault(Fault::session_over()))));
        };
        let fresh = self.session_or_random(FormKind::SignOut, seed, old, request)?;
        let asked = ask_of_session(self, Request::SignOutElsewhere(fresh.clone()), request)?;
        if matches!(asked, Some(Answer::Session(_))) {
            return Ok(Ok(fresh));
        }
        let session = request.session.after_visit(Some(&fresh), None);
        let again = PageRequest { session, ..request.clone() };
        let shown = ask_of_session(self, Request::Session(fresh.clone()), &again)?;
        Ok(if matches!(shown, Some(Answer::Session(_))) { Ok(fresh) } else { Err(asked) })
    }

    /// Returns the session that a form with this `seed` gives for `of`, a link or an older session.
    /// If the same form is sent again, it is the same session. A form without a seed gives a random
    /// one.
    ///
    /// # Errors
    /// The kernel gives no random bytes.
    fn session_or_random(
        &self,
        kind: FormKind,
        seed: Option<&Token>,
        of: &Token,
        request: &PageRequest,
    ) -> HubResult<Token> {
        let (of, from) = (of.reveal(), request.peer.ip());
        let made =
            seed.and_then(|seed| session_of_form(&self.key, kind, seed, from, &[of.as_bytes()]));
        made.map_or_else(Token::new, Ok).map_err(|_| Disconnect::ServerStopping)
    }
}
