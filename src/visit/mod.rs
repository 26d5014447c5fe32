//! Connection path, step 3b: what one page needs of the hub.
//!
//! A route decides what is wanted and never waits; the door's own thread carries it
//! out here, when tiny_http is through with the request: it comes to the hub as a
//! visitor, asks, is answered, and goes. Then a page is made of what it was told.
//!
//! Runs on thread `door`. Blocks on: the hub's inboxes, and on its answers until
//! [`VISIT_WAIT`](crate::limits::VISIT_WAIT) is over.
//! Owns: how a visit goes.
//! Must not know: sockets, URLs, HTML.
//!
//! Next: `visit/errand.rs`.

pub mod asking;
pub mod errand;
pub mod find;
pub mod form_key;
mod looking;
pub mod once;
mod polling;
pub mod seen;
pub mod settings;
pub mod stranger;
pub mod updates;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use crate::admission::Home;
use crate::admission::Password;
use crate::chat::core::{Aim, Newcomer, Visit, Visitor, Whence};
use crate::chat::entry::{MessageId, Seen, Seq};
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Deed, Place, Post, Request};
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Asker, Digest, TooManySecrets};
use crate::chat::token::Token;
use crate::chat::told::{Heard, Told};
use crate::chat_config::TalkPace;
use crate::client::Clients;
use crate::disconnect::Disconnect;
use crate::hub::{ClientId, HubHandle, Registered};
use crate::limits;
use crate::wire::Format;
use errand::{Enter, Errand, Say};
use form_key::FormKey;
use once::Once;
use seen::Outcome;
use stranger::{Stranger, Strangers};

/// Sends visitors to the hub.
#[derive(Debug)]
pub struct Visits {
    hub: HubHandle<Format>,
    clients: Arc<Clients<Format>>,
    pace: TalkPace,
    strangers: Strangers,
}

/// What somebody is told whose password is not looked at now.
const COME_AGAIN: Refused = Refused::TooFast(Duration::from_secs(1));

/// A visitor who is in.
struct Inside<'a> {
    hub: &'a HubHandle<Format>,
    client: ClientId,
    told: Receiver<Heard>,
    until: Instant,
    /// Dropping it is leaving.
    _registered: Registered,
}

impl Visits {
    /// Visitors of this hub, who are held to this pace; strangers' sessions are made of `key`.
    pub fn new(
        hub: HubHandle<Format>,
        clients: Arc<Clients<Format>>,
        pace: TalkPace,
        key: FormKey,
    ) -> Self {
        Self { hub, clients, pace, strangers: Strangers::new(key) }
    }

    /// Comes in: with the session that there is, or as whoever the form makes of a stranger,
    /// under this name or a guest's. Takes as long as a digest does if there is a password. With a form that is
    /// not of that session nothing is tried.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn come(
        &self,
        claim: Option<Claim>,
        form: &Enter,
        errand: &Errand,
    ) -> Result<Outcome, Disconnect> {
        let is_stale = form.is_stale && !self.made(claim.as_ref(), &form.stranger, errand);
        let given = form.password.as_ref();
        let Ok(mut password) = self.digest(given.filter(|_| !is_stale), errand) else {
            return Ok(Outcome::refused(COME_AGAIN));
        };
        if let Some(token) = &errand.token {
            let known = Visitor::Known(token.clone());
            let place = Place { password: password.clone(), ..place(&errand.room, None) };
            let mut outcome = self.enter(known, Some(place), errand)?.come_to_the_room();
            outcome.is_stale = is_stale && outcome.me.is_some();
            // Else whoever names that session is a stranger.
            if !outcome.is_nobodys() {
                return Ok(outcome);
            }
        }
        if is_stale {
            match self.digest(given, errand) {
                Ok(digest) => password = digest,
                Err(TooManySecrets) => return Ok(Outcome::refused(COME_AGAIN)),
            }
        }
        let place = Place { password, ..place(&errand.room, None) };
        let who = self.newcomer(claim, &form.stranger, errand)?;
        Ok(self.enter(who, Some(place), errand)?.come_to_the_room())
    }

    /// Of the room's password, if one was given.
    fn digest(
        &self,
        given: Option<&Password>,
        errand: &Errand,
    ) -> Result<Option<Digest>, TooManySecrets> {
        let digest = |it: &Password| self.asker(errand).room(&errand.room, it.reveal());
        given.map(digest).transpose()
    }

    /// Says something, as this one if a stranger does, and waits until it is kept.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn say(
        &self,
        say: &Say,
        claim: Option<Claim>,
        errand: &Errand,
    ) -> Result<Outcome, Disconnect> {
        let (inside, mut outcome) = self.come_in_by(say, claim, errand)?;
        if outcome.is_decided() {
            return Ok(outcome);
        }
        let id = say.id.clone().or_else(new_id);
        let deed = Deed::Say(say.text.clone());
        let post = Post { room: errand.room.clone(), id: id.clone(), deed };
        inside.ask(Request::Post(Box::new(post)))?;
        while let Some(told) = inside.next() {
            outcome.take(told, id.as_ref());
            if outcome.is_decided() {
                break;
            }
        }
        Ok(outcome)
    }

    /// Comes in to do something with this form: if it is decided then, nothing can be done.
    fn come_in_by(
        &self,
        form: &Say,
        claim: Option<Claim>,
        errand: &Errand,
    ) -> Result<(Inside<'_>, Outcome), Disconnect> {
        let once = form.once.as_ref();
        let is_stale = form.is_stale && !self.made(claim.as_ref(), &form.stranger, errand);
        if is_stale && errand.token.is_none() {
            // Nobody has its session any more, and it makes nobody of whoever sends it.
            let inside = self.enter(Visitor::Stranger, Some(place(&errand.room, None)), errand)?;
            let outcome = inside.come_in_with(once);
            return Ok((inside, outcome));
        }
        let who = self.who(claim.clone(), &form.stranger, errand)?;
        let (inside, mut outcome) = self.come_in_as(who, form, errand)?;
        if !is_stale {
            return Ok((inside, outcome));
        }
        if outcome.is_over {
            // Nobody has that session any more, and whoever still names it is a stranger.
            let who = self.newcomer(claim, &form.stranger, errand)?;
            return self.come_in_as(who, form, errand);
        }
        outcome.is_stale = true;
        Ok((inside, outcome))
    }

    fn come_in_as(
        &self,
        who: Visitor,
        form: &Say,
        errand: &Errand,
    ) -> Result<(Inside<'_>, Outcome), Disconnect> {
        let is_new = matches!(who, Visitor::New(..));
        let place = Some(place(&errand.room, None));
        let inside = self.enter_for(Aim::Page, who, place, form.id.clone(), errand)?;
        let mut outcome = inside.come_in_with(form.once.as_ref());
        // The hub makes somebody of each form but of one whose text the room has.
        outcome.is_said = is_new && outcome.is_over;
        outcome.is_over &= !is_new;
        Ok((inside, outcome))
    }

    /// Whether this form has made the session that there is: then it is of that session,
    /// though it has no key of it.
    pub fn made(&self, claim: Option<&Claim>, form: &Stranger, errand: &Errand) -> bool {
        let made = self.strangers.session(claim, form, errand.peer.ip());
        made.is_some() && made == errand.token
    }

    /// Whoever this form makes of a stranger.
    fn newcomer(
        &self,
        claim: Option<Claim>,
        form: &Stranger,
        errand: &Errand,
    ) -> Result<Visitor, Disconnect> {
        let made = self.strangers.session(claim.as_ref(), form, errand.peer.ip());
        let fresh = made.map_or_else(Token::new, Ok).map_err(|_| Disconnect::ServerStopping)?;
        Ok(Visitor::New(claim, fresh))
    }

    fn enter(
        &self,
        who: Visitor,
        place: Option<Place>,
        errand: &Errand,
    ) -> Result<Inside<'_>, Disconnect> {
        self.enter_for(Aim::Page, who, place, None, errand)
    }

    fn enter_for(
        &self,
        aim: Aim,
        who: Visitor,
        place: Option<Place>,
        says: Option<MessageId>,
        errand: &Errand,
    ) -> Result<Inside<'_>, Disconnect> {
        // A guest's name has its client's number in it; nobody else's is seen.
        let client = match &who {
            Visitor::New(None, _) | Visitor::Passing => self.clients.next_guest(),
            _ => self.clients.next_visitor(),
        };
        let is_known = matches!(who, Visitor::Known(_)) && aim == Aim::Page;
        let fresh = is_known.then(|| Token::new().ok()).flatten();
        let (is_admitted, is_shown) = (errand.is_admitted(), errand.next.is_none());
        let visit = Visit { who, is_admitted, place, aim, fresh, is_shown, says };
        let newcomer = Newcomer::Visitor(Box::new(visit));
        let (registered, told) =
            self.hub.visit(client, newcomer, self.whence(errand), limits::VISIT_TOLD_MAX)?;
        let until = Instant::now() + limits::VISIT_WAIT;
        Ok(Inside { hub: &self.hub, client, told, until, _registered: registered })
    }

    /// Nobody is shown where a visitor comes from.
    fn whence(&self, errand: &Errand) -> Whence {
        Whence { home: self.home(errand), addr: None }
    }

    /// The address that is held to a pace.
    fn home(&self, errand: &Errand) -> Option<Home> {
        let ip = errand.peer.ip();
        self.pace.holds_for(ip).then(|| Home::of(ip))
    }

    /// Where the secrets of this errand come from.
    pub fn asker(&self, errand: &Errand) -> Asker {
        Asker::new(self.home(errand).map(Home::bytes))
    }
}

impl Inside<'_> {
    fn ask(&self, request: Request) -> Result<(), Disconnect> {
        self.hub.ask(self.client, request)
    }

    /// Waits until the room is open, or stays closed.
    fn come_to_the_room(&self) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some(told) = self.next() {
            let is_in = matches!(told, Told::Joined(_));
            outcome.take(told, None);
            if is_in || outcome.refused.is_some() {
                break;
            }
        }
        outcome
    }

    fn come_in_with(&self, once: Option<&Once>) -> Outcome {
        let mut told = Vec::new();
        let is_in = self.come_in(&mut told);
        let is_too_old = once.is_some_and(|once| once.is_too_old(&told));
        let mut outcome = Outcome { is_too_old, ..Outcome::default() };
        told.into_iter().for_each(|told| outcome.take(told, None));
        // A welcome comes first, if at all.
        outcome.is_over = is_in && outcome.me.is_none();
        outcome
    }

    /// What the hub says next. Blocks until it does; `None`: it has said its last, or
    /// the visit has taken too long.
    fn next(&self) -> Option<Told> {
        loop {
            // It hears no room, so nobody sends it lines.
            if let Heard::Told(told) = self.told.recv_deadline(self.until).ok()? {
                return Some(*told);
            }
        }
    }
}

fn place(room: &RoomName, seen: Option<Seen>) -> Place {
    Place { seen, ..Place::of(room.clone()) }
}

/// Without one, nobody would be told that the message is kept.
fn new_id() -> Option<MessageId> {
    Once::new(Seq(0)).and_then(|once| MessageId::parse(once.as_str()))
}
