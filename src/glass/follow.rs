//! The way of one message of whoever looks: eight steps, and how long after each other they came.
//!
//! A person asks for their next message by a form or by the script of the glass box. What is shown
//! has times and numbers of clients: no text and no name, and of nobody else's message.
//!
//! Owns: the words for the steps, the page that needs no script, the JSON for the script.
//! Must not know: how a step is seen (`server/follow.rs`), who a mark belongs to.
//!
//! Part: `glass/mod.rs`.

use std::time::Duration;

use maud::{DOCTYPE, Markup, html};
use serde::Serialize;

use super::page_head::head;
use crate::base::base_path::link;
use crate::server::follow::{self, FollowMark, FollowReading, Followed, Step};
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::verdict::Verdict;

pub(super) const PATH: &str = "/glass/follow";

/// Each step: its name, and what has happened then.
const STEPS: [(Step, &str, &str); follow::STEPS] = [
    (Step::Read, "read", "your reader has your whole message from the socket"),
    (Step::Asked, "asked", "it puts your message into the hub's inbox"),
    (Step::Taken, "taken", "the hub takes it from the inbox"),
    (Step::Decided, "decided", "the hub has given it a number"),
    (Step::FirstSend, "first", "the hub begins with the first client that hears it"),
    (Step::LastSend, "last", "the hub is done with the last client"),
    (Step::Writer, "writer", "a writer has taken it from its outbox"),
    (Step::Kept, "kept", "it is stored on the disk, and the hub knows that"),
];

/// Returns what was seen of the viewer's message, or follows the next one. Does not wait.
pub(super) fn answer(request: &HttpRequest<'_>, mark: Option<FollowMark>) -> Response {
    if request.method == "POST" {
        // The door refuses a form of another site.
        match (&mark, request.field("act").as_deref()) {
            (Some(mark), Some("dismiss")) => follow::dismiss(mark),
            (Some(mark), _) => follow::want(mark.clone()),
            (None, _) => {}
        }
        let mut response =
            Response::ok("text/plain; charset=utf-8", "").with_header("Location", link(PATH));
        response.verdict = Verdict::Answer(303);
        return response;
    }
    if !request.is_safe() {
        return Response::refusal(Refusal::WrongMethod);
    }
    let shown = FollowJson::of(mark.as_ref().map(follow::reading));
    let wants_page = request.all("Accept").any(|kinds| kinds.contains("text/html"));
    if request.parameter("as").as_deref() == Some("json") || !wants_page {
        // A struct of numbers and texts always has a JSON form.
        let body = serde_json::to_string(&shown).unwrap_or_default() + "\n";
        return Response::ok("application/json", body.into_bytes());
    }
    Response::ok("text/html; charset=utf-8", page(&shown).into_bytes())
}

/// What the script and the page show.
#[derive(Debug, Serialize)]
struct FollowJson {
    /// False: the browser has no session here, so nobody knows which messages are its own.
    has_session: bool,
    /// Whether the next message will be followed.
    waits: bool,
    last: Option<LastJson>,
}

#[derive(Debug, Serialize)]
struct LastJson {
    /// Whether a step may still come.
    under_way: bool,
    clients: usize,
    queued: usize,
    steps: Vec<StepJson>,
}

#[derive(Debug, Serialize)]
struct StepJson {
    name: &'static str,
    what: &'static str,
    /// The time since the first step, in nanoseconds; none: see `why_not`.
    at_ns: Option<u64>,
    /// The time since the step before; none for the first step.
    after_ns: Option<u64>,
    why_not: Option<&'static str>,
}

impl FollowJson {
    fn of(reading: Option<FollowReading>) -> Self {
        let has_session = reading.is_some();
        let (waits, last) = reading.map_or((false, None), |reading| (reading.waits, reading.last));
        Self { has_session, waits, last: last.as_ref().map(LastJson::of) }
    }
}

impl LastJson {
    fn of(followed: &Followed) -> Self {
        let at = followed.since_first();
        let mut steps: Vec<_> =
            STEPS.iter().map(|&(step, name, what)| (at[step as usize], step, name, what)).collect();
        // Steps that were not passed come last. The sort keeps the order of steps at one time.
        steps.sort_by_key(|(at, ..)| at.unwrap_or(Duration::MAX));
        let mut before = None;
        let steps = steps.into_iter().map(|(at, step, name, what)| {
            let after = at.and_then(|at| Some(at.saturating_sub(before?)));
            before = at.or(before);
            let why_not = at.is_none().then(|| why_not(followed, step));
            StepJson {
                name,
                what,
                at_ns: at.map(nanoseconds),
                after_ns: after.map(nanoseconds),
                why_not,
            }
        });
        let (clients, queued) = (followed.clients, followed.queued);
        Self { under_way: followed.is_under_way(), clients, queued, steps: steps.collect() }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Why a step has no time.
fn why_not(followed: &Followed, step: Step) -> &'static str {
    match step {
        Step::Read => "it came by a form: no reader was there",
        Step::FirstSend | Step::LastSend => "nobody was there to hear it at once",
        Step::Writer if followed.queued == 0 => "no writer was needed: the sockets took all of it",
        Step::Kept if !followed.is_stored => "this server stores nothing",
        _ if followed.is_under_way() => "not yet",
        _ => "not seen",
    }
}

/// Returns a time in words: in microseconds, or in milliseconds if it is long.
fn time_text(nanoseconds: u64) -> String {
    let micros = nanoseconds / 1000;
    match micros {
        0..10_000 => format!("{micros} µs"),
        _ => format!("{:.1} ms", nanoseconds as f64 / 1e6),
    }
}

fn page(shown: &FollowJson) -> String {
    let is_moving = shown.waits || shown.last.as_ref().is_some_and(|last| last.under_way);
    let more = html! {
        // While something may still come, the page looks again by itself.
        @if is_moving { meta http-equiv="refresh" content="2"; }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("My last message", &more))
            body.game {
                header {
                    h1 { "My last message" }
                    nav { a href=(link(super::PATH)) { "Glass box" } " " a href=(link("/")) { "The chat" } }
                }
                main { (state(shown)) @if let Some(last) = &shown.last { (table(last)) } }
            }
        }
    }
    .into_string()
}

fn state(shown: &FollowJson) -> Markup {
    html! {
        @if !shown.has_session {
            p {
                "This browser has no session in the chat, so the server cannot know which message is \
                yours. Enter " a href=(link("/")) { "the chat" } " first."
            }
        } @else if shown.waits {
            p { b { "The server looks out for your next message, for two minutes." } }
            p { "Write it in " a href=(link("/")) { "the chat" } ". This page looks again by itself." }
        } @else {
            form method="post" action=(link(PATH)) {
                button name="act" value="follow" { "Follow my next message" }
                @if shown.last.is_some() {
                    " " button name="act" value="dismiss" { "Dismiss" }
                }
            }
            @if shown.last.is_none() { p { "No message of yours was followed yet." } }
        }
        p.small {
            "The server reads its clock for this only while somebody waits for their message. Only you \
            see yours, and nobody sees a text here."
        }
    }
}

fn table(last: &LastJson) -> Markup {
    html! {
        h2 #h-steps { "Its way" }
        p {
            "Connections that heard it: " (last.clients) "; of them with the help of a writer: "
            (last.queued) "."
        }
        table #steps aria-labelledby="h-steps" {
            thead {
                tr {
                    th scope="col" { "step" } th scope="col" { "after the one before" }
                    th scope="col" { "since the first" }
                }
            }
            tbody {
                @for step in &last.steps {
                    tr data-step=(step.name) {
                        th scope="row" { (step.what) }
                        @if let Some(at) = step.at_ns {
                            td {
                                @if let Some(after) = step.after_ns { "+" (time_text(after)) }
                                @else { "begins" }
                            }
                            td { (time_text(at)) }
                        } @else {
                            td colspan="2" { (step.why_not.unwrap_or("not seen")) }
                        }
                    }
                }
            }
        }
    }
}
