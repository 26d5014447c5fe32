//! What a program is answered: a sentence to who sent a text, and lines of
//! `threadbare.v1` to who sent JSON.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: those answers.
//! Must not know: sockets, how a URL is read.
//!
//! Next: `assets/mod.rs`.

use super::words::Sentences;
use super::wrong::{bad_text, refusal, status, status_of};
use super::{asked_again_after, asked_again_later};
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, Request};
use crate::chat::told::{Heard, Told};
use crate::disconnect::Disconnect;
use crate::http::response::Response;
use crate::visit::Visits;
use crate::visit::asking::SESSION_OVER;
use crate::visit::errand::{Errand, Json, Look};
use crate::wire::v1::{self, tell};

/// Says a text, and answers with a sentence.
pub(super) fn tell(
    visits: &Visits,
    text: &str,
    text_bytes_max: usize,
    errand: &Errand,
) -> Response {
    let words = Sentences::of(errand.language);
    if let Some((status, why)) = bad_text(words, text, text_bytes_max) {
        return sentence(status, &why);
    }
    let deed = Deed::Say(text.to_owned());
    let post = Post { room: errand.room.clone(), id: None, deed };
    match visits.ask(Request::Post(Box::new(post)), errand) {
        Err(_) => asked_again_later(sentence(503, words.say("restarting"))),
        Ok(told) => match told.last() {
            Some(Told::Sent { seq, .. }) => {
                let (room, seq) = (errand.room.as_str(), seq.0.to_string());
                sentence(200, &words.fill("saidAs", &[("room", room), ("n", &seq)]))
            }
            // It is the box that asks.
            Some(Told::Refused { room: None, reason: Refused::PasswordNeeded, .. }) => {
                sentence(403, words.say("boxPassword"))
            }
            Some(Told::Refused { reason, .. }) => {
                sentence(status(reason), &refusal(words, reason, &errand.room))
            }
            Some(Told::Fault(fault)) => sentence(403, &fault.text),
            // A text has no id: a program that sends it again by itself may say it twice.
            _ => sentence(503, words.say("notYetTwice")),
        },
    }
}

/// Waits for what is said next, and answers with that, as a list.
pub(super) fn poll(
    visits: &Visits,
    look: &Look,
    text_bytes_max: usize,
    errand: &Errand,
) -> Response {
    let lines: Vec<_> = match visits.poll(look, errand) {
        Ok(heard) => heard.iter().map(|heard| line(heard, text_bytes_max)).collect(),
        Err(reason) => {
            let status = if reason == Disconnect::NotAdmitted { 403 } else { 503 };
            return list(status, &[tell::bye_text(reason.log_word())]);
        }
    };
    list(200, &lines)
}

fn line(heard: &Heard, text_bytes_max: usize) -> String {
    match heard {
        Heard::Told(told) => tell::told_text(told, text_bytes_max),
        Heard::Line { entry, own } => tell::entry_text(entry, *own),
    }
}

fn list(status: u16, lines: &[String]) -> Response {
    let page = text(status, format!("[{}]\n", lines.join(",\n")));
    if status == 503 { asked_again_later(page) } else { page }
}

/// Comes in, and answers with what is told, as a list. Takes as long as a digest does if
/// there is a secret.
pub(super) fn greet(
    visits: &Visits,
    Json(json): &Json,
    text_bytes_max: usize,
    errand: &Errand,
) -> Response {
    let asked = if errand.is_admitted() {
        v1::ask::read(json, text_bytes_max, visits.asker(errand)).map(Some)
    } else {
        Ok(None)
    };
    let told = match asked {
        Ok(Some(v1::ask::Asked::Hello(hello, _))) => visits.greet(hello.name, errand),
        // It is no hello, or is refused whatever is in it.
        Ok(_) => visits.greet(None, errand),
        Err(fault) => Ok(vec![Told::Fault(*fault)]),
    };
    answer(told, text_bytes_max)
}

/// Carries out a request of `threadbare.v1`, and answers with what is told, as a list. Takes
/// as long as a digest does if there is a secret.
pub(super) fn ask(
    visits: &Visits,
    Json(json): &Json,
    text_bytes_max: usize,
    errand: &Errand,
) -> Response {
    // Whoever may not come in is told so, whatever it asks.
    let may_ask = errand.may_come_in();
    let read = || v1::ask::request(json, text_bytes_max, visits.asker(errand));
    let request = if may_ask { read() } else { Request::Rooms };
    let is_typing = matches!(request, Request::Typing(_));
    // What is no request needs nobody.
    if let Request::Faulty(fault) = request {
        return answer(Ok(vec![Told::Fault(*fault)]), text_bytes_max);
    }
    let told = visits.ask(request, errand);
    let is_silent = match &told {
        // Who one is now is no answer.
        Ok(told) => {
            let tells = |it: &Told| !matches!(it, Told::Welcome { .. } | Told::Session(Some(_)));
            !told.iter().any(tells)
        }
        Err(_) => false,
    };
    match told {
        Ok(told) if is_silent => {
            // Nobody is told of typing; of anything else it is not known what came of it.
            let status = if is_typing { 200 } else { 503 };
            list(status, &lines(&told, text_bytes_max))
        }
        told => answer(told, text_bytes_max),
    }
}

fn answer(told: Result<Vec<Told>, Disconnect>, text_bytes_max: usize) -> Response {
    // A server that stops has told nothing.
    let told = told.unwrap_or_default();
    let refused = told.last().and_then(|told| match told {
        Told::Refused { reason, .. } => Some(reason),
        _ => None,
    });
    let status = match told.last() {
        None => 503,
        Some(Told::Refused { reason, .. }) => status(reason),
        Some(Told::Fault(fault)) if fault.word == SESSION_OVER => 403,
        Some(Told::Fault(fault)) => status_of(fault, 400),
        Some(_) => 200,
    };
    asked_again_after(list(status, &lines(&told, text_bytes_max)), refused)
}

fn lines(told: &[Told], text_bytes_max: usize) -> Vec<String> {
    told.iter().map(|told| tell::told_text(told, text_bytes_max)).collect()
}

fn sentence(status: u16, words: &str) -> Response {
    text(status, format!("{words}\n"))
}

fn text(status: u16, text: String) -> Response {
    Response::new(status, text)
}
