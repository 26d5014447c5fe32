//! The answers to programs: one sentence for a program that sent a plain text, and a list in the
//! format `threadbare.v1` for a program that sent JSON or polls.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Must not know: sockets, how a URL is read.
//!
//! Part: `site/pages/mod.rs`.

use super::error_text::{bad_text, fault_status, refused_status, refused_text};
use super::renderer::PageRenderer;
use super::{asked_again_after, asked_again_later};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::{Answer, SESSION_OVER, ToVisitor};
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, Request};
use crate::formats::v1;
use crate::html::sentences::Sentences;
use crate::server::http::response::Response;
use crate::site::visit::page_request::{Json, PageRequest, WantedMessages};
use crate::site::visit::polling::poll_room;
use crate::site::visit::send_request::{enter_as_newcomer, send_request};

pub(super) fn answer_text(renderer: &PageRenderer, text: &str, request: &PageRequest) -> Response {
    let words = Sentences::of(request.language);
    if let Some((status, why)) = bad_text(words, text, renderer.message_bytes_max) {
        return sentence(status, &why);
    }
    let deed = Deed::Say(text.to_owned());
    let post = Post { log: request.room.clone().into(), id: None, reply_to: None, deed };
    let Ok(answers) = send_request(&renderer.visits, Request::Post(Box::new(post)), request) else {
        return asked_again_later(sentence(503, words.say("restarting")));
    };
    match answers.last() {
        Some(Answer::Sent { seq, .. }) => {
            let (room, seq) = (request.room.as_str(), seq.0.to_string());
            sentence(200, &words.fill("saidAs", &[("room", room), ("n", &seq)]))
        }
        // The refusal names no room: the missing password is that of the whole server, not of a
        // room.
        Some(Answer::Refused { room: None, reason: Refused::PasswordNeeded, .. }) => {
            sentence(403, words.say("boxPassword"))
        }
        Some(Answer::Refused { reason, .. }) => {
            sentence(refused_status(reason), &refused_text(words, reason, &request.room, ""))
        }
        Some(Answer::Fault(fault)) => sentence(403, &fault.text),
        // A program's text has no id of its own, so if the program sends it again, it may
        // be said twice.
        _ => sentence(503, words.say("notYetTwice")),
    }
}

pub(super) fn answer_poll(
    renderer: &PageRenderer,
    wanted: &WantedMessages,
    request: &PageRequest,
) -> Response {
    let line = |told: &ToVisitor| match told {
        ToVisitor::Answer(answer) => v1::answer_text(answer, renderer.message_bytes_max),
        ToVisitor::Line { entry, past } => v1::line_text(entry, *past),
    };
    match poll_room(&renderer.visits, wanted, request) {
        Ok(told) => list(200, &told.iter().map(line).collect::<Vec<_>>()),
        Err(reason) => {
            let status = if reason == Disconnect::NotAdmitted { 403 } else { 503 };
            list(status, &[v1::bye_text(reason.log_word())])
        }
    }
}

/// Enters the room for a program, as a new person or as the owner of a name with its secret.
/// Answers with a list of what the hub told the program. Computing the digest of a secret takes
/// a while.
pub(super) fn answer_hello(
    renderer: &PageRenderer,
    Json(json): &Json,
    request: &PageRequest,
) -> Response {
    // If the sender lacks the server's password, its hello is not read.
    let read = || {
        v1::decode::read(json, renderer.message_bytes_max, renderer.visits.secret_source(request))
    };
    let claim = match request.is_admitted().then(read).transpose() {
        Ok(Some(v1::decode::ClientText::Hello(hello, _))) => hello.name,
        Ok(_) => None,
        Err(fault) => return answer_of(renderer, &[Answer::Fault(*fault)]),
    };
    // An error means that the server is stopping and that the hub has told the program nothing.
    answer_of(renderer, &enter_as_newcomer(&renderer.visits, claim, request).unwrap_or_default())
}

/// Carries out a request of `threadbare.v1`, and answers with a list of what the hub told the
/// program. If the request has a secret, computing its digest takes a while.
pub(super) fn answer_request(
    renderer: &PageRenderer,
    Json(json): &Json,
    request: &PageRequest,
) -> Response {
    // The hub refuses a sender with neither a session nor the server's password, so its request
    // need not be read.
    let source = renderer.visits.secret_source(request);
    let read = || v1::decode::request(json, renderer.message_bytes_max, source);
    let hub_request = if request.may_come_in() { read() } else { Request::Rooms };
    let is_typing = matches!(hub_request, Request::Typing(_) | Request::HaveRead(..));
    if let Request::Faulty(fault) = hub_request {
        return answer_of(renderer, &[Answer::Fault(*fault)]);
    }
    let Ok(answers) = send_request(&renderer.visits, hub_request, request) else {
        return answer_of(renderer, &[]);
    };
    // Neither a welcome nor a session's new token is the answer to the request.
    let is_answer =
        |answer: &Answer| !matches!(answer, Answer::Welcome { .. } | Answer::Session(Some(_)));
    if answers.iter().any(is_answer) {
        return answer_of(renderer, &answers);
    }
    // The hub does not answer a request which says that a person is typing. If it has not
    // answered any other request, it is not known whether the hub carried that request out.
    list(if is_typing { 200 } else { 503 }, &lines_of(renderer, &answers))
}

/// Makes the page from these answers of the hub. Its status follows from the last answer.
/// Without answers it is 503, because the hub is stopping or did not answer in time.
fn answer_of(renderer: &PageRenderer, answers: &[Answer]) -> Response {
    let (status, refused) = match answers.last() {
        None => (503, None),
        Some(Answer::Refused { reason, .. }) => (refused_status(reason), Some(reason)),
        Some(Answer::Fault(fault)) if fault.word == SESSION_OVER => (403, None),
        Some(Answer::Fault(fault)) => (fault_status(fault, 400), None),
        Some(_) => (200, None),
    };
    asked_again_after(list(status, &lines_of(renderer, answers)), refused)
}

fn lines_of(renderer: &PageRenderer, answers: &[Answer]) -> Vec<String> {
    answers.iter().map(|answer| v1::answer_text(answer, renderer.message_bytes_max)).collect()
}

fn list(status: u16, lines: &[String]) -> Response {
    let page = Response::new(status, format!("[{}]\n", lines.join(",\n")));
    if status == 503 { asked_again_later(page) } else { page }
}

fn sentence(status: u16, words: &str) -> Response {
    Response::new(status, format!("{words}\n"))
}
