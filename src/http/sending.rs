//! The way of an answer through tiny_http: status, headers and body, whole.
//!
//! Only a body that is too long for the private socket goes beside it, in the ticket: a
//! responder must never wait for a door to read. What has a verdict has it there, too.
//!
//! Owns: the only place where headers for tiny_http are made. It prints a line
//! break in a value as it is, so such a value stops here.
//! Must not know: routes.
//!
//! Next: `door/adoption.rs`.

use std::io;

use tiny_http::{Header, Request, StatusCode};

use crate::http::date;
use crate::http::response::{Body, Response};
use crate::http::ticket::{Decision, Taken};
use crate::limits;

/// Hands the answer to tiny_http, after the decision to the door.
///
/// Blocks for as long as it takes to be written into a local socket, which has room for
/// all of it, and which the door reads at full speed.
pub(super) fn send(request: Request, ticket: Taken, response: Response) {
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
pub(super) fn let_go(request: Request) {
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
