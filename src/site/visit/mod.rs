//! Connection path, step 3 in the chat: one visit to the hub, for one page.
//!
//! A route decides what a request wants and never waits. When tiny_http has finished with the
//! request, the door's own thread carries it out here: it registers with the hub as a visitor,
//! sends requests, reads the answers and unregisters. Then the renderer (`site/pages/renderer.rs`)
//! makes a page of these answers.
//!
//! Runs on thread `door`.
//! Blocks on: the hub's inboxes, and on the hub's answers until
//! [`VISIT_WAIT`](crate::base::limits::VISIT_WAIT) is over (for polls see `polling.rs`). Computing
//! the digest of a secret or a password takes a while, too.
//! Owns: the steps of a visit.
//! Must not know: sockets, URLs, HTML.
//!
//! Which file to open for which question:
//!
//! - What does a request want, and from whom is it? `page_request.rs`; its session is in
//!   `request_session.rs`, its settings are in `page_settings.rs`, its search is in
//!   `search_form.rs`, the forms of the list of rooms in `rooms_form.rs`, those about links in
//!   `link_forms.rs`.
//! - What is asked of the hub? `read_room.rs` for a page, `send_request.rs` for a form or a
//!   program, `device.rs` for a person's other devices, `polling.rs` for a long poll,
//!   `room_news.rs` for what is new in other rooms. What did the hub answer? `room_view.rs`.
//! - How does a form that is sent twice do no harm? `form_id.rs`. Which person does a form make of
//!   a stranger? `stranger.rs`, with the key in `form_key.rs`.
//!
//! Part: `site/mod.rs`.

pub mod command_request;
pub mod device;
pub mod enter_form;
pub mod form_id;
pub mod form_key;
pub mod link_forms;
pub mod page_request;
pub mod page_settings;
pub mod polling;
pub mod read_room;
pub mod request_session;
pub mod room_news;
pub mod room_view;
pub mod rooms_form;
pub mod search_form;
pub mod send_request;
pub mod stranger;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use crate::admission::{ClientNetwork, Password};
use crate::base::{client_id::ClientId, disconnect::Disconnect, limits};
use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::config::TalkPace;
use crate::chat::core::{CameFrom, Newcomer, Visit, VisitPurpose, Visitor};
use crate::chat::entry::{MessageId, Seen, Seq};
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Deed, Post, ReplyTo, Request, RoomPosition, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, SecretSource, TooManySecrets, digest_of_password};
use crate::chat::token::{Token, TokenDigest};
use crate::chat_rule::delivery::register_visitor;
use crate::formats::Format;
use crate::server::client::ClientIds;
use crate::server::hub::{HubHandle, Membership};
use enter_form::EnterForm;
use form_id::FormId;
use form_key::FormKey;
use page_request::{MessageForm, PageRequest, PageTask};
use room_view::{ActionResult, NotDone};
use stranger::Stranger;

/// Most answers and lines of the hub that can wait until one page's visit reads them. A page
/// requests fewer.
const VISIT_TOLD_MAX: usize = 32;

/// What a visit gets from the hub, or why the visit ended without it.
pub type HubResult<T> = Result<T, Disconnect>;

/// Sends visitors to the hub. A page request may need several visitors, one after the other.
#[derive(Debug)]
pub struct VisitDesk {
    hub: HubHandle<Format>,
    ids: Arc<ClientIds>,
    pace: TalkPace,
    /// The sessions that forms give are derived from it.
    key: FormKey,
}

/// The refusal of a form whose room password cannot be checked now, because the server has too many
/// secrets to check. The person may try again in a second.
const COME_AGAIN: Refused = Refused::TooFast(Duration::from_secs(1));

struct PresentVisitor<'a> {
    hub: &'a HubHandle<Format>,
    client: ClientId,
    answers: Receiver<ToVisitor>,
    until: Instant,
    /// The visitor's membership. Dropping it makes the visitor leave.
    _registered: Membership,
}

// In whose name a form acts. A form has the key of the session for which its page was made. The
// browser may have another session by now. Below, "makes a new person" has an exception: if the
// form has the secret of the typed name, the sender becomes the person who owns that name. There
// are these cases:
//
// - The form has the key of the request's session, and that session is valid: the session's person
//   acts.
// - The form has the key of the request's session, and that session has ended
//   (`NotDone::SessionOver`): an "enter" form makes a new person. Any other form does nothing, and
//   the page asks for a name.
// - The form was made for a stranger, and the request has no session: the form makes a new person
//   of its seed (`stranger.rs`).
// - The request has the session that this form has made, because the form was sent twice: the
//   session's person acts.
// - The form has another key, or none, and the request's session is valid (`NotDone::Stale`): the
//   form does nothing, and the page shows it again.
// - The form has another key, or none, and the request's session has ended: the form makes a new
//   person.
// - The form has a key, and the request has no session, mostly because the person has left: an
//   "enter" form makes a new person. Any other form does nothing, and the page asks for a name.

impl VisitDesk {
    /// Makes a `VisitDesk` that sends visitors to this hub. `pace` says whether the limits for
    /// networks apply to clients on this machine, too. The sessions of strangers are derived from
    /// `key`.
    pub fn new(hub: HubHandle<Format>, ids: Arc<ClientIds>, pace: TalkPace, key: FormKey) -> Self {
        Self { hub, ids, pace, key }
    }

    /// Enters the room for an "enter" form. If the request's session is valid, its person enters.
    /// Otherwise the sender becomes a new person, or the owner of the name in `claim` if the claim
    /// has the name's secret. Without a claim, the new person is a guest. A form that only signs in
    /// makes no new person of a claim. Computing the digest of a room's password takes a while.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn enter_room(
        &self,
        claim: Option<Claim>,
        form: &EnterForm,
        request: &PageRequest,
    ) -> HubResult<ActionResult> {
        let is_stale =
            form.is_stale && !self.has_made_session(claim.as_ref(), &form.stranger, request);
        let given = form.password.as_ref();
        let Ok(mut password) = self.digest(given.filter(|_| !is_stale), request) else {
            return Ok(ActionResult::refused(COME_AGAIN));
        };
        let position = |password| RoomPosition {
            password,
            invite: form.invite.as_ref().map(TokenDigest::of),
            hidden: form.is_hidden,
            must_exist: form.must_exist,
            must_be_new: form.must_be_new,
            ..room_position(&request.room, None)
        };
        if let Some(token) = request.session.token() {
            let known = Visitor::Known(token.clone());
            let position = position(password.clone());
            let mut outcome = self.enter(known, Some(position), request)?.await_room();
            outcome.not_done = (is_stale && outcome.me.is_some()).then_some(NotDone::Stale);
            // If the result has no person, the session has ended, and the sender is a stranger.
            if !outcome.has_no_person() {
                return Ok(outcome);
            }
        }
        if is_stale {
            match self.digest(given, request) {
                Ok(digest) => password = digest,
                Err(TooManySecrets) => return Ok(ActionResult::refused(COME_AGAIN)),
            }
        }
        let who = match self.newcomer(claim, &form.stranger, request)? {
            Visitor::New(Some(claim), fresh) if form.signs_in => Visitor::SignsIn(claim, fresh),
            who => who,
        };
        Ok(self.enter(who, Some(position(password)), request)?.await_room())
    }

    /// Returns the digest of the room's password; `None`: the form has no password. The error: the
    /// password cannot be checked now, because the server has too many secrets to check.
    fn digest(
        &self,
        given: Option<&Password>,
        request: &PageRequest,
    ) -> Result<Option<Digest>, TooManySecrets> {
        let digest = |password: &Password| {
            digest_of_password(self.secret_source(request), &request.room, password.reveal())
        };
        given.map(digest).transpose()
    }

    /// Sends a text to the room and waits until the server has stored or refused it, or until the
    /// visit's deadline. If the sender is a stranger, it becomes a person with the name in `claim`,
    /// or a guest if there is none.
    ///
    /// # Errors
    /// The server is stopping.
    pub fn post_text(
        &self,
        form: &MessageForm,
        claim: Option<Claim>,
        request: &PageRequest,
    ) -> HubResult<ActionResult> {
        let (inside, mut outcome) = self.enter_by_form(form, claim, request)?;
        if outcome.is_decided() {
            return Ok(outcome);
        }
        let id = form.id.clone().or_else(new_id);
        let deed = Deed::Say(form.text.clone());
        let (room, reply_to) = (request.room.clone(), form.reply_to.map(ReplyTo::Message));
        let post = Post { log: room.into(), id: id.clone(), reply_to, deed };
        inside.ask(Request::Post(Box::new(post)))?;
        while let Some(answer) = inside.next() {
            outcome.add_answer(answer, id.as_ref());
            if outcome.is_decided() {
                break;
            }
        }
        Ok(outcome)
    }

    /// Enters the room to carry out this form. If the form cannot be carried out, the returned
    /// result says why, and the caller asks the hub nothing more.
    fn enter_by_form(
        &self,
        form: &MessageForm,
        claim: Option<Claim>,
        request: &PageRequest,
    ) -> HubResult<(PresentVisitor<'_>, ActionResult)> {
        let form_id = form.form_id.as_ref();
        let is_stale =
            form.is_stale && !self.has_made_session(claim.as_ref(), &form.stranger, request);
        if is_stale && request.session.token().is_none() {
            // The form was made for a session, and the request has no session, mostly because the
            // person has left. So the form makes no new person.
            let inside =
                self.enter(Visitor::Stranger, Some(room_position(&request.room, None)), request)?;
            let outcome = inside.await_entry(form_id, NotDone::SessionOver);
            return Ok((inside, outcome));
        }
        let who = self.visitor(claim.clone(), &form.stranger, request)?;
        let (inside, mut outcome) = self.enter_as(who, form, request)?;
        if !is_stale {
            return Ok((inside, outcome));
        }
        if outcome.not_done == Some(NotDone::SessionOver) {
            // The form belongs to another session, and the request's session has ended. So the
            // sender counts as a stranger.
            let who = self.newcomer(claim, &form.stranger, request)?;
            return self.enter_as(who, form, request);
        }
        outcome.not_done = Some(NotDone::Stale);
        Ok((inside, outcome))
    }

    fn enter_as(
        &self,
        who: Visitor,
        form: &MessageForm,
        request: &PageRequest,
    ) -> HubResult<(PresentVisitor<'_>, ActionResult)> {
        // The hub makes no new person for a form whose message is already in a log. So if a new
        // person gets no welcome, this form's message was sent before.
        let is_new = matches!(who, Visitor::New(..));
        let no_welcome = if is_new { NotDone::SaidBefore } else { NotDone::SessionOver };
        let position = Some(room_position(&request.room, None));
        let inside = self.enter_for(VisitPurpose::Page, who, position, form.id.clone(), request)?;
        let outcome = inside.await_entry(form.form_id.as_ref(), no_welcome);
        Ok((inside, outcome))
    }

    /// Returns whether the request's session is the one that this form made. If so, the form
    /// belongs to that session, although it does not have the session's key.
    pub fn has_made_session(
        &self,
        claim: Option<&Claim>,
        form: &Stranger,
        request: &PageRequest,
    ) -> bool {
        let made = form.session(&self.key, claim, request.peer.ip());
        made.is_some() && made.as_ref() == request.session.token()
    }

    /// Makes a visitor for a stranger who sends this form. The hub makes a new person of this
    /// visitor, unless the same form was sent before. But if `claim` has the secret of its name,
    /// the visitor becomes the owner of that name.
    fn newcomer(
        &self,
        claim: Option<Claim>,
        form: &Stranger,
        request: &PageRequest,
    ) -> HubResult<Visitor> {
        let made = form.session(&self.key, claim.as_ref(), request.peer.ip());
        let fresh = made.map_or_else(Token::new, Ok).map_err(|_| Disconnect::ServerStopping)?;
        Ok(Visitor::New(claim, fresh))
    }

    /// Returns as whom the sender visits the hub: as the person of its session; for a program's
    /// plain text without a session, as a guest who cannot come back; or else as
    /// [`newcomer`](Self::newcomer) says.
    fn visitor(
        &self,
        claim: Option<Claim>,
        form: &Stranger,
        request: &PageRequest,
    ) -> HubResult<Visitor> {
        Ok(match request.session.answer_token() {
            Some(token) => Visitor::Known(token.clone()),
            // A program that sends a plain text gets one sentence as its answer, so it could not
            // get the token of a new session.
            None if matches!(request.task, PageTask::PostForProgram(_)) => Visitor::Passing,
            None => self.newcomer(claim, form, request)?,
        })
    }

    fn enter(
        &self,
        who: Visitor,
        position: Option<RoomPosition>,
        request: &PageRequest,
    ) -> HubResult<PresentVisitor<'_>> {
        self.enter_for(VisitPurpose::Page, who, position, None, request)
    }

    fn enter_for(
        &self,
        purpose: VisitPurpose,
        who: Visitor,
        position: Option<RoomPosition>,
        says: Option<MessageId>,
        request: &PageRequest,
    ) -> HubResult<PresentVisitor<'_>> {
        let client = self.ids.next_visitor();
        let is_known = matches!(who, Visitor::Known(_)) && purpose == VisitPurpose::Page;
        let fresh = is_known.then(|| Token::new().ok()).flatten();
        let (is_admitted, is_shown) = (request.is_admitted(), !request.session.is_renewed());
        let source = match who {
            Visitor::Known(_) => request.session.token_source(),
            // A page of another site must not make its reader somebody whose secret it knows.
            _ if request.browser.comes_from_elsewhere => TokenSource::Address,
            _ => TokenSource::Stored,
        };
        let visit = Visit { who, is_admitted, position, purpose, fresh, is_shown, source, says };
        let newcomer = Newcomer::Visitor(Box::new(visit));
        let from = self.came_from(request);
        let (registered, answers) =
            register_visitor(&self.hub, client, newcomer, from, VISIT_TOLD_MAX)?;
        let until = Instant::now() + limits::VISIT_WAIT;
        Ok(PresentVisitor { hub: &self.hub, client, answers, until, _registered: registered })
    }

    /// Returns where a visitor comes from. Other people are never shown its IP address.
    fn came_from(&self, request: &PageRequest) -> CameFrom {
        CameFrom { network: self.network(request), addr: None }
    }

    /// Returns the client's network, for the limits that count for networks; `None`: these limits
    /// do not apply to the client.
    fn network(&self, request: &PageRequest) -> Option<ClientNetwork> {
        let ip = request.peer.ip();
        self.pace.holds_for(ip).then(|| ClientNetwork::of(ip))
    }

    /// Returns the source of this page request's secrets and passwords. It says to which
    /// network the server counts the digests; some networks have no limit.
    pub fn secret_source(&self, request: &PageRequest) -> SecretSource {
        SecretSource::new(self.network(request).map(ClientNetwork::bytes))
    }
}

impl PresentVisitor<'_> {
    fn ask(&self, hub_request: Request) -> HubResult<()> {
        self.hub.send_request(self.client, hub_request)
    }

    /// Waits until the hub lets the visitor into the room, refuses, or does not answer in time.
    /// Returns which of these happened.
    fn await_room(&self) -> ActionResult {
        let (mut outcome, mut answers) = (ActionResult::default(), Vec::new());
        self.await_joined(&mut answers);
        answers.into_iter().for_each(|answer| outcome.add_answer(answer, None));
        outcome
    }

    /// Like [`await_room`](Self::await_room), for a form that asks the hub for something
    /// afterwards. The result's `not_done` says why that cannot be done: `TooOld`, or `no_welcome`
    /// if the hub let the visitor in without a welcome.
    fn await_entry(&self, form_id: Option<&FormId>, no_welcome: NotDone) -> ActionResult {
        let mut answers = Vec::new();
        let is_in = self.await_joined(&mut answers);
        let is_too_old = form_id.is_some_and(|form_id| form_id.is_too_old(&answers));
        let mut outcome = ActionResult::default();
        answers.into_iter().for_each(|answer| outcome.add_answer(answer, None));
        // A visitor that has a person receives the welcome before `Joined`. So a visitor that has
        // received `Joined` and no welcome has no person, and only reads the room.
        outcome.not_done = match (is_in && outcome.me.is_none(), is_too_old) {
            (true, true) if no_welcome == NotDone::SaidBefore => Some(NotDone::TooOld),
            (true, _) => Some(no_welcome),
            (false, true) => Some(NotDone::TooOld),
            (false, false) => None,
        };
        outcome
    }

    /// Adds the hub's answers to `answers` until the hub lets the visitor into the room or refuses,
    /// or until the visit ends. Returns whether the visitor is in the room.
    fn await_joined(&self, answers: &mut Vec<Answer>) -> bool {
        while let Some(next) = self.next() {
            let is_in = matches!(next, Answer::Joined(_));
            let is_refused = matches!(next, Answer::Refused { .. });
            answers.push(next);
            if is_in || is_refused {
                return is_in;
            }
        }
        false
    }

    /// Receives the hub's next answer to this visitor. Blocks until the answer comes. `None`: the
    /// hub has ended the visit, or the visit's deadline has come.
    fn next(&self) -> Option<Answer> {
        loop {
            // A visitor does not follow a room, so the hub sends it no lines.
            if let ToVisitor::Answer(answer) = self.answers.recv_deadline(self.until).ok()? {
                return Some(*answer);
            }
        }
    }
}

fn room_position(room: &RoomName, seen: Option<Seen>) -> RoomPosition {
    RoomPosition { seen, ..RoomPosition::of(room.clone()) }
}

/// Makes an id for a message without one; `None`: the kernel has no randomness. The hub reports
/// that a message is stored only if the message has an id.
fn new_id() -> Option<MessageId> {
    FormId::new(Seq(0)).and_then(|form_id| MessageId::parse(form_id.as_str()))
}
