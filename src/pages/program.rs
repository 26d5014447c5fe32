//! What a program is answered: a sentence to who sent a text, and lines of
//! `threadbare.v1` to who sent JSON.
//!
//! Runs on thread `door`. Blocks as `visit/mod.rs` says.
//! Owns: those answers.
//! Must not know: sockets, how a URL is read.
//!
//! Next: `http/assets.rs`.

use super::Page;
use super::desk::{bad_text, refusal, status};
use super::words::Sentences;
use crate::chat::request::{Deed, Post, Request};
use crate::chat::told::{Heard, Told};
use crate::disconnect::Disconnect;
use crate::visit::Visits;
use crate::visit::errand::{Errand, Look, Task};
use crate::wire::v1::tell;

/// Says a text, and answers with a sentence.
pub(super) fn tell(visits: &Visits, text: &str, text_bytes_max: usize, errand: &Errand) -> Page {
    let words = Sentences::of(errand.language);
    if let Some((status, why)) = bad_text(words, text, text_bytes_max) {
        return sentence(status, &why);
    }
    let deed = Deed::Say(text.to_owned());
    let post = Post { room: errand.room.clone(), id: None, deed };
    match visits.ask(Request::Post(Box::new(post)), errand) {
        Err(_) => stopping(words),
        Ok(told) => match told.last() {
            Some(Told::Sent { seq, .. }) => {
                let (room, seq) = (errand.room.as_str(), seq.0.to_string());
                sentence(200, &words.fill("saidAs", &[("room", room), ("n", &seq)]))
            }
            Some(Told::Refused { reason, .. }) => sentence(status(reason), &refusal(words, reason)),
            Some(Told::Fault(fault)) => sentence(403, &fault.text),
            _ => sentence(503, words.say("notYet")),
        },
    }
}

/// Waits for what is said next, and answers with that, as a list.
pub(super) fn poll(visits: &Visits, look: &Look, text_bytes_max: usize, errand: &Errand) -> Page {
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
        Heard::Line(entry) => tell::entry_text(entry),
    }
}

fn list(status: u16, lines: &[String]) -> Page {
    let again = (status == 503).then(|| ("Retry-After", "5".to_owned()));
    let body = format!("[{}]\n", lines.join(",\n")).into_bytes();
    Page { status, headers: again.into_iter().collect(), body }
}

/// Carries out a request of `threadbare.v1`, and answers with what is told, as a list.
pub(super) fn ask(visits: &Visits, text_bytes_max: usize, errand: &Errand) -> Page {
    let told = match &errand.task {
        Task::Hello(hello) => visits.greet(hello.name.clone(), errand),
        Task::Ask(Request::Faulty(fault)) => Ok(vec![Told::Fault(*fault.clone())]),
        Task::Ask(request) => visits.ask(request.clone(), errand),
        _ => Ok(Vec::new()),
    };
    let told = told.unwrap_or_else(|stopping: Disconnect| {
        tracing::debug!(%stopping, "a program came too late");
        Vec::new()
    });
    let status = match told.last() {
        None => 503,
        Some(Told::Refused { reason, .. }) => status(reason),
        Some(Told::Fault(fault)) if fault.word == "session-over" => 403,
        Some(Told::Fault(_)) => 400,
        Some(_) => 200,
    };
    let lines: Vec<_> = told.iter().map(|told| tell::told_text(told, text_bytes_max)).collect();
    list(status, &lines)
}

fn stopping(words: &Sentences) -> Page {
    let mut page = sentence(503, words.say("restarting"));
    page.headers.push(("Retry-After", "5".to_owned()));
    page
}

fn sentence(status: u16, text: &str) -> Page {
    Page { status, headers: Vec::new(), body: format!("{text}\n").into_bytes() }
}
