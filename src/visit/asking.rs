//! What a program asks of the hub by one request: it comes in, asks one thing, and is
//! told what came of that.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: which of what it is told is the answer.
//! Must not know: JSON, HTTP.
//!
//! Next: `visit/looking.rs`.

use super::errand::{Errand, Say, Task};
use super::seen::Outcome;
use super::stranger::Stranger;
use super::{Inside, Visits, new_id, place};
use crate::chat::core::Visitor;
use crate::chat::entry::MessageId;
use crate::chat::request::{Claim, Request};
use crate::chat::told::{Fault, Told};
use crate::disconnect::Disconnect;

/// The word for a session that is nobody's any more.
pub const SESSION_OVER: &str = "session-over";

impl Visits {
    /// Comes in as a new person, under this name or a guest's, and answers what that one
    /// is told: who it is, and where the room's log is.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn greet(&self, claim: Option<Claim>, errand: &Errand) -> Result<Vec<Told>, Disconnect> {
        let who = self.newcomer(claim, &Stranger::default(), errand)?;
        let inside = self.enter(who, Some(place(&errand.room, None)), errand)?;
        let mut told = Vec::new();
        inside.come_in(&mut told);
        Ok(told)
    }

    /// Asks one thing for a page, with this form, as this one if a stranger does.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn act(
        &self,
        mut request: Request,
        claim: Option<Claim>,
        form: &Say,
        errand: &Errand,
    ) -> Result<Outcome, Disconnect> {
        let (inside, mut outcome) = self.come_in_by(form, claim, errand)?;
        if outcome.is_decided() {
            return Ok(outcome);
        }
        name_it(&mut request);
        let id = id_of(&request);
        for told in inside.answer(&request)? {
            if let Told::Fault(fault) = &told {
                outcome.fault = Some(fault.clone());
            }
            outcome.take(told, id.as_ref());
        }
        Ok(outcome)
    }

    /// Whoever has this session is nobody from here on, unless a secret makes that one somebody.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn quit(&self, errand: &Errand) -> Result<(), Disconnect> {
        let Some(token) = errand.token.clone() else { return Ok(()) };
        self.enter(Visitor::Known(token), None, errand)?.ask(Request::Quit)
    }

    /// Asks one thing, and answers what came of it; a stranger is told who it is now,
    /// first.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn ask(&self, mut request: Request, errand: &Errand) -> Result<Vec<Told>, Disconnect> {
        let comes = match &request {
            Request::Join(place, _) if place.room == errand.room => Some((**place).clone()),
            _ => None,
        };
        let is_answered = comes.is_some();
        let who = self.who(None, &Stranger::default(), errand)?;
        let place = comes.unwrap_or_else(|| place(&errand.room, None));
        let inside = self.enter(who, Some(place), errand)?;
        let mut told = Vec::new();
        let is_in = inside.come_in(&mut told);
        let is_somebody = told.iter().any(|it| matches!(it, Told::Welcome { .. }));
        // Its own session is no news to whoever has it.
        told.retain(|it| match it {
            Told::Welcome { .. } => errand.token.is_none(),
            Told::Refused { .. } | Told::Session(_) => true,
            it => is_answered && answers(&request, it),
        });
        if !is_in {
            // What keeps it out is what became of its message.
            if let Some(Told::Refused { id, .. }) = told.last_mut() {
                *id = id_of(&request);
            }
            return Ok(told);
        }
        if !is_somebody {
            return Ok(vec![Told::Fault(session_over())]);
        }
        if is_answered {
            return Ok(told);
        }
        name_it(&mut request);
        told.extend(inside.answer(&request)?);
        Ok(told)
    }

    /// Whoever comes, as the request or its form says.
    pub(super) fn who(
        &self,
        claim: Option<Claim>,
        form: &Stranger,
        errand: &Errand,
    ) -> Result<Visitor, Disconnect> {
        Ok(match errand.session() {
            Some(token) => Visitor::Known(token.clone()),
            // It is answered with a sentence, which has no session in it.
            None if matches!(errand.task, Task::Tell(_)) => Visitor::Passing,
            None => self.newcomer(claim, form, errand)?,
        })
    }
}

impl Inside<'_> {
    /// Notes what is told until the room is open; false if it stays closed.
    pub(super) fn come_in(&self, told: &mut Vec<Told>) -> bool {
        while let Some(next) = self.next() {
            let is_in = matches!(next, Told::Joined(_));
            let is_refused = matches!(next, Told::Refused { .. });
            told.push(next);
            if is_in || is_refused {
                return is_in;
            }
        }
        false
    }

    /// Asks this, and waits for what comes of it, behind the session's new token, if it has
    /// one by that. Without an answer: nobody is told, or not yet.
    fn answer(&self, request: &Request) -> Result<Vec<Told>, Disconnect> {
        self.ask(request.clone())?;
        let mut heard = Vec::new();
        if matches!(request, Request::Typing(_)) {
            return Ok(heard);
        }
        while let Some(told) = self.next() {
            let is_answer = answers(request, &told);
            if is_answer || matches!(told, Told::Session(Some(_))) {
                heard.push(told);
            }
            if is_answer {
                break;
            }
        }
        Ok(heard)
    }
}

/// Whoever says something without a name for it is told all the same what came of it.
fn name_it(request: &mut Request) {
    match request {
        Request::Post(post) if post.id.is_none() => post.id = new_id(),
        Request::Private(message) if message.id.is_none() => message.id = new_id(),
        _ => {}
    }
}

/// What a message is called by whoever says it.
fn id_of(request: &Request) -> Option<MessageId> {
    match request {
        Request::Post(post) => post.id.clone(),
        Request::Private(message) => message.id.clone(),
        _ => None,
    }
}

/// Whether `told` is what came of `request`.
fn answers(request: &Request, told: &Told) -> bool {
    match (request, told) {
        (_, Told::Fault(_)) => true,
        (Request::Post(post), Told::Sent { id, .. } | Told::Refused { id, .. }) => *id == post.id,
        (Request::Private(message), Told::Sent { id, .. } | Told::Refused { id, .. }) => {
            *id == message.id
        }
        (_, Told::Refused { .. }) => true,
        (Request::Join(..), Told::Joined(_))
        | (Request::Session(_), Told::Session(None))
        | (Request::Leave(_), Told::Left(_))
        | (Request::Rooms, Told::Rooms { .. })
        | (Request::Who(_), Told::Who { .. })
        | (Request::History { .. }, Told::History { .. })
        | (Request::Search(_), Told::Found { .. })
        | (Request::Rename(..), Told::Welcome { .. } | Told::Renamed { .. })
        | (Request::Set(..), Told::Set { .. }) => true,
        _ => false,
    }
}

fn session_over() -> Fault {
    let text = "this session is over; say hello for another one".to_owned();
    Fault::new(SESSION_OVER, text)
}
