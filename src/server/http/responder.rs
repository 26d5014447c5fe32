//! A thread that takes requests from tiny_http and lets the site answer them.
//!
//! Runs on threads `http-<n>`.
//! Blocks on: tiny_http's queue, until a request comes or this generation (one life) of tiny_http
//! ends; then until the next generation has begun; the disk, while the site reads a file for its
//! answer. It never blocks on a browser: what it writes fits into the private socket, because a
//! body that is too long for that goes into the exchange's ticket (`ticket.rs`). The verdict goes
//! into the ticket, too.
//!
//! Owns: the last check of the headers that tiny_http sends. tiny_http would send a line break
//! inside a value as it is, so a header with such a value is left out here.
//! Must not know: public sockets. A site that panics ends only its own request.
//!
//! Next: `server/http/site.rs`.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, UNIX_EPOCH};

use httpdate::fmt_http_date;
use tiny_http::{Header, Request, StatusCode};

use crate::base::limits;
use crate::server::http::response::{Body, Response};
use crate::server::http::ticket::{Decision, TICKET_HEADER, Taken, Tickets};
use crate::server::http::{listening::Listening, request::HttpRequest, site::Site};

/// Answers the requests that tiny_http receives, until the server stops. If a generation of
/// tiny_http ends, the calling thread waits for the next generation and goes on with its requests.
pub(super) fn run(listening: &Listening, tickets: &Tickets, site: &dyn Site) {
    let mut seen = None;
    while let Some(generation) = listening.after(seen) {
        seen = Some(generation.listener.number);
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
    let ticket = request.headers().iter().find(|header| header.field.equiv(TICKET_HEADER));
    let number = ticket.and_then(|header| header.value.as_str().parse().ok());
    // Without a live ticket, the request came from a stranger on the private socket, or from a door
    // that has given up. Either way no door waits for an answer.
    let Some(ticket) = number.and_then(|number| tickets.take(number)) else {
        return let_go(request);
    };
    let mut body = Vec::new();
    // The door has received the whole body, and sends it before it waits for an answer. So this
    // read never waits for a browser. An upgrade has no body, and its stream has no end, so it is
    // not read.
    if request.body_length().is_some_and(|bytes| bytes > 0)
        && let Err(error) = request.as_reader().read_to_end(&mut body)
    {
        tracing::warn!(%error, "a request's body did not reach its route");
    }
    let headers = request.headers().iter();
    let asked = HttpRequest {
        method: request.method().as_str(),
        target: request.url(),
        headers: headers.map(|line| (line.field.as_str().as_str(), line.value.as_str())).collect(),
        peer: ticket.peer(),
        body: &body,
    };
    let answer = site.answer(&asked);
    drop(asked);
    send_response(request, ticket, answer);
}

/// Puts the decision into the ticket for the door, then gives the answer to tiny_http.
///
/// Blocks while the answer is written into a local socket. That is short: the socket has space for
/// all of it, and the door reads at full speed.
fn send_response(request: Request, ticket: Taken, response: Response) {
    let status = response.status();
    let Response { headers, body, verdict } = response;
    let headers = headers.iter().filter_map(|(name, value)| header(name, value));
    let headers = headers.chain(date()).collect();
    let (body, beside) = if body.sent().len() <= limits::PRIVATE_BODY_BYTES_MAX {
        (body, None)
    } else {
        (Body::Static(&[]), Some(body))
    };
    let (reader, length) = (body.sent(), Some(body.sent().len()));
    // The door does not accept chunks, so tiny_http must never use them.
    let reply = tiny_http::Response::new(StatusCode(status), headers, reader, length, None)
        .with_chunked_threshold(usize::MAX);
    let is_upgrade = status == 101;
    let decision = Decision { verdict, body: beside };
    if ticket.decide(decision).is_err() {
        // The door has given up, so no peer may get this answer. A 101 would be the worst: no
        // thread would serve the WebSocket.
        return let_go(request);
    }
    if is_upgrade {
        // The stream that tiny_http returns for an upgrade leads only to the door, and the door
        // keeps the client's socket. So the responder closes this stream.
        drop(request.upgrade("websocket", reply));
    } else if let Err(error) = request.respond(reply) {
        tracing::warn!(%error, "an answer did not reach the door");
    }
}

/// Answers a request for whose answer no door waits: with an empty 500, which no browser gets. If
/// the request were dropped, tiny_http would make an answer of its own, without our `Date`
/// ([`date`]).
fn let_go(request: Request) {
    let headers = date().into_iter().collect();
    let reply = tiny_http::Response::new(StatusCode(500), headers, io::empty(), Some(0), None);
    request.respond(reply).ok();
}

/// 9999-12-31T23:59:59Z, the last date that HTTP can write.
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

/// Returns the header `Date` for an answer. Without this header tiny_http would read the clock
/// itself, and panic if it shows a time before 1970 or after 9999.
fn date() -> Option<Header> {
    let since_1970 = UNIX_EPOCH.elapsed().unwrap_or_default().min(LAST_DATE);
    header("Date", &fmt_http_date(UNIX_EPOCH + since_1970))
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
