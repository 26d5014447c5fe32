//! A thread that takes requests from tiny_http and lets the site answer.
//!
//! Runs on threads `http-<n>`. Blocks on: tiny_http's queue, until a request
//! comes or its generation ends; and on the next generation. Never on a
//! browser: what it writes fits into the private socket, because long bodies
//! travel in the ticket.
//!
//! Must not know: public sockets. A handler that panics is that request's end.
//!
//! Next: `http/request.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tiny_http::Request;

use crate::http::listening::Listening;
use crate::http::request::HttpRequest;
use crate::http::sending;
use crate::http::site::Site;
use crate::http::ticket::{TICKET_HEADER, Tickets};

/// Answers requests, generation after generation, until the server stops.
pub(super) fn run(listening: &Listening, tickets: &Tickets, site: &dyn Site) {
    let mut seen = None;
    while let Some(generation) = listening.after(seen) {
        seen = Some(generation.number);
        while let Some(request) = generation.next() {
            let answered = catch_unwind(AssertUnwindSafe(|| respond(request, tickets, site)));
            if answered.is_err() {
                // tiny_http has answered 500 while the request was dropped.
                tracing::error!("a route panicked; that request got no answer");
            }
        }
    }
}

fn respond(mut request: Request, tickets: &Tickets, site: &dyn Site) {
    let number = header(&request, TICKET_HEADER).and_then(|number| number.parse().ok());
    // No live ticket: a stranger on the private socket, or a door that has
    // given up. Either way nobody waits for an answer.
    let Some(ticket) = number.and_then(|number| tickets.take(number)) else {
        return sending::let_go(request);
    };
    let mut body = Vec::new();
    // The door has it whole, and wrote it before it waits for an answer. An upgrade has
    // none, and its stream no end.
    if request.body_length().is_some_and(|bytes| bytes > 0)
        && let Err(error) = request.as_reader().read_to_end(&mut body)
    {
        tracing::warn!(%error, "a request's body did not reach its route");
    }
    let headers = request.headers().iter();
    let asked = HttpRequest {
        method: request.method().as_str(),
        target: request.url(),
        headers: headers.map(|it| (it.field.as_str().as_str(), it.value.as_str())).collect(),
        peer: ticket.peer(),
        body: &body,
    };
    let answer = site.answer(&asked);
    drop(asked);
    sending::send(request, ticket, answer);
}

fn header<'a>(request: &'a Request, name: &'static str) -> Option<&'a str> {
    let found = request.headers().iter().find(|header| header.field.equiv(name));
    found.map(|header| header.value.as_str())
}
