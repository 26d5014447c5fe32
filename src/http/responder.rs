//! A thread that takes requests from tiny_http and lets the site answer.
//!
//! Runs on threads `http-<n>`. Blocks on: tiny_http's queue, until a request
//! comes or its generation ends; and on the next generation. Never on a
//! browser: what it writes fits into the private socket, because long bodies
//! travel in the ticket.
//!
//! Only a body that is too long for the private socket goes beside its answer, in the
//! ticket. What has a verdict has it there, too.
//!
//! Owns: the only place where headers for tiny_http are made. It prints a line
//! break in a value as it is, so such a value stops here.
//! Must not know: public sockets. A handler that panics is that request's end.
//!
//! Next: `http/request.rs`.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tiny_http::{Header, Request, StatusCode};

use crate::http::date;
use crate::http::listening::Listening;
use crate::http::request::HttpRequest;
use crate::http::response::{Body, Response};
use crate::http::site::Site;
use crate::http::ticket::{Decision, TICKET_HEADER, Taken, Tickets};
use crate::limits;

/// Answers requests, generation after generation, until the server stops.
pub(super) fn run(listening: &Listening, tickets: &Tickets, site: &dyn Site) {
    let mut seen = None;
    while let Some(generation) = listening.after(seen) {
        seen = Some(generation.number);
        while let Some(request) = generation.next() {
            let answered = catch_unwind(AssertUnwindSafe(|| respond(request, tickets, site)));
            if answered.is_err() {
                // The panic dropped the request, and tiny_http answers 500 to a dropped request.
                tracing::error!("a site panicked; that request is answered with 500");
            }
        }
    }
}

fn respond(mut request: Request, tickets: &Tickets, site: &dyn Site) {
    let number = asked_with(&request, TICKET_HEADER).and_then(|number| number.parse().ok());
    // No live ticket: a stranger on the private socket, or a door that has
    // given up. Either way nobody waits for an answer.
    let Some(ticket) = number.and_then(|number| tickets.take(number)) else {
        return let_go(request);
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
    send(request, ticket, answer);
}

fn asked_with<'a>(request: &'a Request, name: &'static str) -> Option<&'a str> {
    let found = request.headers().iter().find(|header| header.field.equiv(name));
    found.map(|header| header.value.as_str())
}

/// Hands the answer to tiny_http, after the decision to the door.
///
/// Blocks for as long as it takes to be written into a local socket, which has room for
/// all of it, and which the door reads at full speed.
fn send(request: Request, ticket: Taken, response: Response) {
    let Response { status, headers, body, verdict } = response;
    let headers = headers.iter().filter_map(|(name, value)| header(name, value));
    let headers = headers.chain(date()).collect();
    let (sent, beside) = if body.len() <= limits::CARD_BODY_BYTES_MAX {
        (body, None)
    } else {
        (Body::Static(&[]), Some(body))
    };
    let (reader, length) = (&*sent, Some(sent.len()));
    // Never in chunks, however long it is.
    let card = tiny_http::Response::new(StatusCode(status), headers, reader, length, None)
        .with_chunked_threshold(usize::MAX);
    let is_upgrade = status == 101;
    let decision = Decision { verdict, body: beside };
    if ticket.decide(decision).is_err() {
        // Nobody waits any more; above all, nobody gets a 101.
        return let_go(request);
    }
    if is_upgrade {
        // The stream leads to the door, not to the client: it ends here.
        drop(request.upgrade("websocket", card));
    } else if let Err(error) = request.respond(card) {
        tracing::warn!(%error, "an answer did not reach the door");
    }
}

/// Nobody waits for an answer to this. Dropped, it would have one of tiny_http's own.
fn let_go(request: Request) {
    let headers = date().into_iter().collect();
    let card = tiny_http::Response::new(StatusCode(500), headers, io::empty(), Some(0), None);
    request.respond(card).ok();
}

/// tiny_http panics over a clock before 1970 or behind 9999; with this it does not ask it.
fn date() -> Option<Header> {
    header("Date", &date::now())
}

fn header(name: &str, value: &str) -> Option<Header> {
    let plain = value.bytes().all(|byte| byte == b'\t' || (b' '..0x7f).contains(&byte));
    let header = plain.then(|| Header::from_bytes(name, value).ok()).flatten();
    if header.is_none() {
        tracing::error!(name, ?value, "a header value that cannot be one was left out");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn a_header_value_cannot_break_out_of_its_line() {
        assert!(header("X-A", "b\tc").is_some());
        for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0", "ä"] {
            assert!(header("X-A", value).is_none(), "{value:?}");
        }
    }
}
