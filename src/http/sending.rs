//! The way of an answer through tiny_http.
//!
//! Owns: the only place where headers for tiny_http are made. It prints a line
//! break in a value as it is, so such a value stops here.
//! Must not know: routes.
//!
//! Next: `door/adoption.rs`.

use std::io;

use tiny_http::{Header, Request, StatusCode};

use crate::http::date;
use crate::http::response::Response;
use crate::http::ticket::{Decision, Taken};

/// Hands the answer to tiny_http, after the decision to the door.
///
/// Blocks for as long as a head takes to be written into a local socket that
/// the door reads at full speed.
pub(super) fn send(request: Request, ticket: Taken, response: Response) {
    let Response { status, headers, body, verdict } = response;
    let headers = headers.iter().filter_map(|(name, value)| header(name, value));
    let headers = headers.chain(date()).collect();
    let card = tiny_http::Response::new(StatusCode(status), headers, io::empty(), Some(0), None);
    let is_upgrade = status == 101;
    let decision = Decision { verdict, body: Some(body) };
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
