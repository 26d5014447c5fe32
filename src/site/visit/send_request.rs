//! One request of a program, or of a command in a form: the visitor enters the room, sends one
//! request to the hub, and gets the result.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: which of the hub's messages is the answer to a request.
//! Must not know: JSON, HTTP.
//!
//! Part: `site/visit/mod.rs`.

use super::page_request::{MessageForm, PageRequest};
use super::room_view::ActionResult;
use super::stranger::Stranger;
use super::{HubResult, PresentVisitor, VisitDesk, new_id, room_position};
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::Visitor;
use crate::chat::entry::MessageId;
use crate::chat::request::{Claim, Request};

/// Enters the room as a new person, or as the owner of the name in `claim` if the claim has the
/// name's secret. Without a claim, the new person is a guest. Returns what the hub told the
/// visitor: its name and the state of the room's log, or a refusal. If the hub does not answer in
/// time, some of this is missing.
///
/// # Errors
/// The server is stopping.
pub fn enter_as_newcomer(
    desk: &VisitDesk,
    claim: Option<Claim>,
    request: &PageRequest,
) -> HubResult<Vec<Answer>> {
    let who = desk.newcomer(claim, &Stranger::default(), request)?;
    let inside = desk.enter(who, Some(room_position(&request.room, None)), request)?;
    let mut answers = Vec::new();
    inside.await_joined(&mut answers);
    Ok(answers)
}

/// Carries out this form for a page: sends `hub_request` to the hub and waits for the answer. A
/// stranger becomes a person with the name in `claim`, or a guest if there is none. If the form
/// cannot be carried out, this sends nothing, and the result says why.
///
/// # Errors
/// The server is stopping.
pub fn send_form(
    desk: &VisitDesk,
    mut hub_request: Request,
    claim: Option<Claim>,
    form: &MessageForm,
    request: &PageRequest,
) -> HubResult<ActionResult> {
    let (inside, mut outcome) = desk.enter_by_form(form, claim, request)?;
    if outcome.is_decided() {
        return Ok(outcome);
    }
    set_id(&mut hub_request);
    let id = message_id(&hub_request);
    for answer in ask_for_answer(&inside, &hub_request)? {
        if let Answer::Fault(fault) = &answer {
            outcome.fault = Some(fault.clone());
        }
        outcome.add_answer(answer, id.as_ref());
    }
    Ok(outcome)
}

/// Sends `hub_request` to the hub for the session of the request, without being in a room, and
/// returns the answer: a refusal or a fault if the session has ended or its person has too many
/// clients. `None`: the hub has not answered in time.
///
/// # Errors
/// The server is stopping.
pub fn ask_of_session(
    desk: &VisitDesk,
    hub_request: Request,
    request: &PageRequest,
) -> HubResult<Option<Answer>> {
    let who = request.session.token().cloned().map_or(Visitor::Stranger, Visitor::Known);
    let inside = desk.enter(who, None, request)?;
    inside.ask(hub_request.clone())?;
    while let Some(answer) = inside.next() {
        if is_answer(&hub_request, &answer) {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

/// Returns whether the session of the request has ended. False if the hub does not answer in time,
/// or the session is valid and its person has too many clients.
pub fn has_session_ended(desk: &VisitDesk, request: &PageRequest) -> bool {
    let Some(token) = request.session.token().cloned() else { return false };
    let shown = ask_of_session(desk, Request::Session(token), request);
    matches!(shown, Ok(Some(Answer::Fault(_))))
}

/// Does what `/quit` does for the session of the request, if it has one: the other clients of this
/// session are disconnected, and a name without a secret becomes free.
///
/// # Errors
/// The server is stopping.
pub fn end_session(desk: &VisitDesk, request: &PageRequest) -> HubResult<()> {
    let Some(token) = request.session.token().cloned() else { return Ok(()) };
    desk.enter(Visitor::Known(token), None, request)?.ask(Request::Quit)
}

/// Sends `hub_request` to the hub for a program, and returns the answers. A stranger first gets a
/// welcome with its new name. If the hub does not let the sender into the room, that refusal is the
/// answer. If the sender's session has ended, a fault says so.
///
/// # Errors
/// The server is stopping.
pub fn send_request(
    desk: &VisitDesk,
    mut hub_request: Request,
    request: &PageRequest,
) -> HubResult<Vec<Answer>> {
    let comes = match &hub_request {
        Request::Join(position, _) if position.room == request.room => Some((**position).clone()),
        _ => None,
    };
    let is_answered = comes.is_some();
    let who = desk.visitor(None, &Stranger::default(), request)?;
    let position = comes.unwrap_or_else(|| room_position(&request.room, None));
    let inside = desk.enter(who, Some(position), request)?;
    let mut answers = Vec::new();
    let is_in = inside.await_joined(&mut answers);
    let is_somebody = answers.iter().any(|answer| matches!(answer, Answer::Welcome { .. }));
    // A sender that already has a session needs no welcome.
    answers.retain(|answer| match answer {
        Answer::Welcome { .. } => request.session.token().is_none(),
        Answer::Refused { .. } | Answer::Session(_) => true,
        answer => is_answered && is_answer(&hub_request, answer),
    });
    if !is_in {
        // The hub has refused to let the sender into the room. This refusal is also the answer
        // to the message that the sender wanted to say there, so it gets the message's id.
        if let Some(Answer::Refused { id, .. }) = answers.last_mut() {
            *id = message_id(&hub_request);
        }
        return Ok(answers);
    }
    if !is_somebody {
        return Ok(vec![Answer::Fault(Fault::session_over())]);
    }
    if is_answered {
        return Ok(answers);
    }
    set_id(&mut hub_request);
    answers.extend(ask_for_answer(&inside, &hub_request)?);
    Ok(answers)
}

/// Sends the request and returns its answer. If the request gives the session a new token, the
/// answer with the token comes first. If the request has no answer (typing, reading), or if the
/// answer did not come in time, the result does not have it.
fn ask_for_answer(inside: &PresentVisitor<'_>, hub_request: &Request) -> HubResult<Vec<Answer>> {
    inside.ask(hub_request.clone())?;
    let mut heard = Vec::new();
    if matches!(hub_request, Request::Typing(_) | Request::HaveRead(..)) {
        return Ok(heard);
    }
    while let Some(answer) = inside.next() {
        let is_answer = is_answer(hub_request, &answer);
        if is_answer || matches!(answer, Answer::Session(Some(_))) {
            heard.push(answer);
        }
        if is_answer {
            break;
        }
    }
    Ok(heard)
}

fn set_id(hub_request: &mut Request) {
    match hub_request {
        Request::Post(post) if post.id.is_none() => post.id = new_id(),
        Request::Private(message) if message.id.is_none() => message.id = new_id(),
        _ => {}
    }
}

fn message_id(hub_request: &Request) -> Option<MessageId> {
    match hub_request {
        Request::Post(post) => post.id.clone(),
        Request::Private(message) => message.id.clone(),
        _ => None,
    }
}

fn is_answer(hub_request: &Request, answer: &Answer) -> bool {
    match (hub_request, answer) {
        (_, Answer::Fault(_)) => true,
        (Request::Post(post), Answer::Sent { id, .. } | Answer::Refused { id, .. }) => {
            *id == post.id
        }
        (Request::Private(message), Answer::Sent { id, .. } | Answer::Refused { id, .. }) => {
            *id == message.id
        }
        (_, Answer::Refused { .. }) => true,
        (Request::Join(..), Answer::Joined(_))
        | (Request::Session(_), Answer::Session(None))
        | (Request::SignOutElsewhere(_), Answer::Session(Some(_)))
        | (Request::Invite(..), Answer::Invite { .. })
        | (Request::LinkDevice(_), Answer::DeviceLink(_))
        | (Request::BecomeHost(_), Answer::Host)
        | (Request::Act(_), Answer::Acted(_))
        | (Request::RoomState(_), Answer::RoomState(_))
        | (Request::ForgetMe(_), Answer::Forgotten)
        | (Request::Leave(_), Answer::Left(_))
        | (Request::Rooms, Answer::Rooms { .. })
        | (Request::Who(_), Answer::Who { .. })
        | (Request::Whois(_), Answer::Person(_))
        | (Request::Excuse(_), Answer::Excuse { room: None, .. })
        | (Request::History { .. } | Request::Talks(_), Answer::History { .. })
        | (Request::Search(_), Answer::Found { .. })
        | (Request::Rename(..), Answer::Welcome { .. } | Answer::Renamed { .. })
        | (Request::Set(..), Answer::Set { .. }) => true,
        _ => false,
    }
}
