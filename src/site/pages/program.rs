//! The answers to programs: one sentence for a program that sent a text, and lines of
//! `threadbare.v1` for a program that sent JSON.
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Must not know: sockets, how a URL is read.
//!
//! Part: `site/pages/mod.rs`.

use super::error_text::{bad_text, fault_status, refused_status, refused_text};
use super::{asked_again_after, asked_again_later};
use crate::chat::refused::Refused;
use crate::chat::reply::{Reply, SESSION_OVER, ToVisitor};
use crate::chat::request::{Deed, Post, Request};
use crate::formats::v1::{self, tell};
use crate::html::words::Sentences;
use crate::server::disconnect::Disconnect;
use crate::server::http::response::Response;
use crate::site::visit::VisitDesk;
use crate::site::visit::page_request::{Json, PageRequest, PollPart};

/// Says a program's text in the room, and answers with one sentence.
pub(super) fn tell(
    visits: &VisitDesk,
    text: &str,
    text_bytes_max: usize,
    request: &PageRequest,
) -> Response {
    let words = Sentences::of(request.language);
    if let Some((status, why)) = bad_text(words, text, text_bytes_max) {
        return sentence(status, &why);
    }
    let deed = Deed::Say(text.to_owned());
    let post = Post { room: request.room.clone(), id: None, deed };
    match visits.send(Request::Post(Box::new(post)), request) {
        Err(_) => asked_again_later(sentence(503, words.say("restarting"))),
        Ok(reply) => match reply.last() {
            Some(Reply::Sent { seq, .. }) => {
                let (room, seq) = (request.room.as_str(), seq.0.to_string());
                sentence(200, &words.fill("saidAs", &[("room", room), ("n", &seq)]))
            }
            // The refusal names no room: the missing password is that of the whole server, not of a
            // room.
            Some(Reply::Refused { room: None, reason: Refused::PasswordNeeded, .. }) => {
                sentence(403, words.say("boxPassword"))
            }
            Some(Reply::Refused { reason, .. }) => {
                sentence(refused_status(reason), &refused_text(words, reason, &request.room))
            }
            Some(Reply::Fault(fault)) => sentence(403, &fault.text),
            // A program's text has no id of its own, so if the program sends it again, it may
            // be said twice.
            _ => sentence(503, words.say("notYetTwice")),
        },
    }
}

/// Waits for the next messages, and answers with a list of them.
pub(super) fn poll(
    visits: &VisitDesk,
    part: &PollPart,
    text_bytes_max: usize,
    request: &PageRequest,
) -> Response {
    let lines: Vec<_> = match visits.poll(part, request) {
        Ok(heard) => heard.iter().map(|heard| line(heard, text_bytes_max)).collect(),
        Err(reason) => {
            let status = if reason == Disconnect::NotAdmitted { 403 } else { 503 };
            return list(status, &[tell::bye_text(reason.log_word())]);
        }
    };
    list(200, &lines)
}

fn line(heard: &ToVisitor, text_bytes_max: usize) -> String {
    match heard {
        ToVisitor::Reply(reply) => tell::reply_text(reply, text_bytes_max),
        ToVisitor::Line { entry, own } => tell::entry_text(entry, *own),
    }
}

fn list(status: u16, lines: &[String]) -> Response {
    let page = text(status, format!("[{}]\n", lines.join(",\n")));
    if status == 503 { asked_again_later(page) } else { page }
}

/// Lets a new person in, and answers with a list of what the hub told it. If there is a secret,
/// computing its digest takes a while.
pub(super) fn greet(
    visits: &VisitDesk,
    Json(json): &Json,
    text_bytes_max: usize,
    request: &PageRequest,
) -> Response {
    let asked = if request.is_admitted() {
        v1::ask::read(json, text_bytes_max, visits.asker(request)).map(Some)
    } else {
        Ok(None)
    };
    let reply = match asked {
        Ok(Some(v1::ask::FirstRequest::Hello(hello, _))) => {
            visits.enter_as_newcomer(hello.name, request)
        }
        // The sender lacks the server's password, so its request was not read; or the request is no
        // hello.
        Ok(_) => visits.enter_as_newcomer(None, request),
        Err(fault) => Ok(vec![Reply::Fault(*fault)]),
    };
    answer(reply, text_bytes_max)
}

/// Carries out a request of `threadbare.v1`, and answers with a list of what the hub told the
/// program. If there is a secret, computing its digest takes a while.
pub(super) fn ask(
    visits: &VisitDesk,
    Json(json): &Json,
    text_bytes_max: usize,
    request: &PageRequest,
) -> Response {
    // The hub refuses a sender without the server's password, so its request need not be read.
    let may_ask = request.may_come_in();
    let read = || v1::ask::request(json, text_bytes_max, visits.asker(request));
    let hub_request = if may_ask { read() } else { Request::Rooms };
    let is_typing = matches!(hub_request, Request::Typing(_));
    // A faulty request does not need the hub.
    if let Request::Faulty(fault) = hub_request {
        return answer(Ok(vec![Reply::Fault(*fault)]), text_bytes_max);
    }
    let reply = visits.send(hub_request, request);
    let is_silent = match &reply {
        // A welcome or a new session is not an answer to the request.
        Ok(reply) => {
            let tells = |it: &Reply| !matches!(it, Reply::Welcome { .. } | Reply::Session(Some(_)));
            !reply.iter().any(tells)
        }
        Err(_) => false,
    };
    match reply {
        Ok(reply) if is_silent => {
            // The hub never answers the notice that a person types. If it has not answered any
            // other request, it is not known whether the hub carried that request out.
            let status = if is_typing { 200 } else { 503 };
            list(status, &lines(&reply, text_bytes_max))
        }
        reply => answer(reply, text_bytes_max),
    }
}

fn answer(reply: Result<Vec<Reply>, Disconnect>, text_bytes_max: usize) -> Response {
    // An error means that the server is stopping and that the hub has told the program nothing.
    let reply = reply.unwrap_or_default();
    let refused = reply.last().and_then(|reply| match reply {
        Reply::Refused { reason, .. } => Some(reason),
        _ => None,
    });
    let status = match reply.last() {
        None => 503,
        Some(Reply::Refused { reason, .. }) => refused_status(reason),
        Some(Reply::Fault(fault)) if fault.word == SESSION_OVER => 403,
        Some(Reply::Fault(fault)) => fault_status(fault, 400),
        Some(_) => 200,
    };
    asked_again_after(list(status, &lines(&reply, text_bytes_max)), refused)
}

fn lines(reply: &[Reply], text_bytes_max: usize) -> Vec<String> {
    reply.iter().map(|reply| tell::reply_text(reply, text_bytes_max)).collect()
}

fn sentence(status: u16, words: &str) -> Response {
    text(status, format!("{words}\n"))
}

fn text(status: u16, text: String) -> Response {
    Response::new(status, text)
}
