//! Connection path, step 2c: one request to tiny_http, and its whole answer.
//!
//! Runs on the door's thread.
//! Blocks on: `connect`, `write` and `read` of the private Unix socket, and a new start of
//! tiny_http, until the answer is whole or the exchange's deadline passes.
//!
//! Owns: the private connection, and the one form in which tiny_http gets requests, so that it
//! never gets a stranger's bytes as they came.
//! Must not know: public sockets, what a URL means.
//!
//! Next: `server/http/responder.rs`.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::base::socket::deadline::{self, Deadline};
use crate::server::door::{request::ParsedRequest, whole_answer::read_answer};
use crate::server::http::request::{CHUNKS_HEADER, SCHEME_HEADER};
use crate::server::http::ticket::TICKET_HEADER;
use crate::server::http::{Http, PrivateListener, refusal::Refusal, response::Response};

/// A door waits at most this long for a connection to tiny_http's private socket. If the connection
/// takes longer, tiny_http counts as dead. On an overloaded machine it can take half a second
/// although tiny_http is alive.
const PRIVATE_CONNECT_WAIT: Duration = Duration::from_secs(1);

// --- One exchange -----------------------------------------------------------------------------
//
//   door                                      responder (`server/http/responder.rs`)
//   issues a ticket
//   connects, sends the canonical request ──▶ takes the ticket by its number
//                                             lets the site answer
//                                             puts the verdict (and a long body) into the ticket
//   reads the whole answer ◀───────────────── sends the answer through tiny_http
//   finishes the ticket: has the verdict
//
// The ticket (`server/http/ticket.rs`) is a note in memory, which door and responder share. It has
// what HTTP cannot carry: the peer's IP address and port, and the verdict, which says what happens
// to the connection after the answer.
//
// The door reads the answer into memory at full speed, before the browser gets a byte of it,
// because a responder must never wait for a browser. The answer is whole when as many bytes have
// come as its length says; the end of the stream does not prove that.
//
// tiny_http can die without a report. If no responder ran, the door starts tiny_http anew and asks
// a second time. In two cases the door knows that no responder ran. First: nobody accepts the
// door's connection to the private socket. Second: no responder has taken the ticket, and the
// answer is either empty or the one that tiny_http sends for a dropped request.

pub(super) struct DoorRequest<'a> {
    pub(super) request: &'a ParsedRequest,
    /// The host name that the browser used for this server, or the IP address that it connected to;
    /// with the port, if there is one.
    pub(super) host: &'a str,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
}

enum ExchangeFault {
    /// tiny_http has died, and no responder has got the request: the exchange may be repeated.
    Dead,
    Refused(Refusal),
}

impl From<Refusal> for ExchangeFault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Sends tiny_http one request and returns the answer. If tiny_http has died and no responder has
/// got the request, starts tiny_http anew and asks a second time.
///
/// Blocks until the answer is whole, or the deadline passes. The error: why the door must refuse
/// the browser's request.
pub(super) fn exchange(
    http: &Http,
    asked: &DoorRequest<'_>,
    deadline: Deadline,
) -> Result<Response, Refusal> {
    let listener = http.listener().ok_or(Refusal::NoAnswer)?;
    let mut answered = try_exchange(http, &listener, asked, deadline);
    if matches!(answered, Err(ExchangeFault::Dead)) {
        let anew = http.rebuild(listener.number, deadline).ok_or(Refusal::NoAnswer)?;
        answered = try_exchange(http, &anew, asked, deadline);
    }
    answered.map_err(|fault| match fault {
        ExchangeFault::Dead => Refusal::NoAnswer,
        ExchangeFault::Refused(refusal) => refusal,
    })
}

fn try_exchange(
    http: &Http,
    listener: &PrivateListener,
    asked: &DoorRequest<'_>,
    deadline: Deadline,
) -> Result<Response, ExchangeFault> {
    let socket = connect(listener, deadline)?;
    let issued = http.tickets().issue(asked.peer);
    let request = canonical(asked.request, asked.host, asked.body, issued.number());
    // If the request cannot be written, an answer may have come all the same. So the door reads in
    // any case.
    let sent = deadline::write_all(&socket, &request, deadline);
    let is_head = asked.request.method == "HEAD";
    let answer = read_answer(&socket, is_head, deadline)?;
    match (answer, issued.finish()) {
        // The responder has panicked or has dropped the request, so tiny_http made this answer.
        (Some(answer), Some(decision))
            if answer.is_of_a_dropped_request() && decision.body.is_none() =>
        {
            Err(Refusal::Broken.into())
        }
        (Some(answer), Some(decision)) => {
            let response = answer.into_response(decision.body);
            // The verdict decides the status, whatever tiny_http has sent.
            Ok(Response { verdict: decision.verdict, ..response })
        }
        // A dying tiny_http drops the requests in its queue, and answers each of them with 500: no
        // responder ran. A responder that finds no live ticket sends a 500 without a body, too.
        (Some(answer), None) if answer.is_of_a_dropped_request() => Err(ExchangeFault::Dead),
        (None, None) => {
            tracing::warn!(?sent, "tiny_http ended a connection without a word");
            Err(ExchangeFault::Dead)
        }
        // An answer came, but no responder has taken the ticket; or a responder has taken it, but
        // no answer came.
        (Some(_), None) | (None, Some(_)) => Err(Refusal::Broken.into()),
    }
}

fn connect(listener: &PrivateListener, deadline: Deadline) -> Result<UnixStream, ExchangeFault> {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    let soon = Deadline::after(PRIVATE_CONNECT_WAIT).or_earlier(deadline);
    deadline::connect_unix(&listener.path, soon).map_err(|error| {
        let dead = matches!(error.kind(), ConnectionRefused | NotFound);
        tracing::warn!(%error, "tiny_http cannot be reached");
        // tiny_http is dead if the connection is refused, the socket's file is missing, or the time
        // is over. Any other error is not tiny_http's fault: most likely, this process has no free
        // file descriptor.
        if dead || deadline::would_wait(&error) {
            ExchangeFault::Dead
        } else {
            Refusal::NoAnswer.into()
        }
    })
}

/// Returns the bytes of the canonical request. Its version is HTTP/1.0, because tiny_http then
/// always answers with a length and never in chunks; only an upgrade has the version 1.1. The
/// request has a known method, an ASCII target, only listed headers of the browser, and the door's
/// own length and ticket. So it cannot trigger any known bug of tiny_http.
pub(super) fn canonical(request: &ParsedRequest, host: &str, body: &[u8], ticket: u64) -> Vec<u8> {
    let version = if request.upgrade { "1.1" } else { "1.0" };
    let mut text = format!("{} {} HTTP/{version}\r\n", request.method, request.path);
    let mut header = |name: &str, value: &str| text += &format!("{name}: {value}\r\n");
    header("Host", host);
    for (name, value) in &request.headers {
        header(name, value);
    }
    if request.is_secure {
        header(SCHEME_HEADER, "https");
    }
    if request.needs_chunks {
        header(CHUNKS_HEADER, "1");
    }
    header(TICKET_HEADER, &ticket.to_string());
    if request.upgrade {
        // An upgrade is sent without a body, because tiny_http would treat a body as the client's
        // first frames.
        header("Connection", "upgrade");
        header("Upgrade", "websocket");
    } else if !body.is_empty() {
        header("Content-Length", &body.len().to_string());
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    if !request.upgrade {
        bytes.extend_from_slice(body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use crate::server::door::request::ParsedRequest;

    fn canonical_text(head: &str, body: &[u8]) -> String {
        let request = ParsedRequest::parse(format!("{head}\r\n\r\n").as_bytes()).unwrap();
        String::from_utf8(canonical(&request, "a.local:80", body, 7)).unwrap()
    }

    #[test]
    fn a_page_is_asked_for_in_http_1_0_with_listed_headers() {
        let head = "GET /x?y HTTP/1.1\r\nHost: a\r\nTE: chunked\r\nConnection: x\r\nX-Threadbare-Ticket: 1\r\naccept: text/html";
        assert_eq!(
            canonical_text(head, b""),
            "GET /x?y HTTP/1.0\r\nHost: a.local:80\r\nAccept: text/html\r\n\
             X-Threadbare-Ticket: 7\r\n\r\n"
        );
    }

    #[test]
    fn a_body_goes_with_our_own_length() {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 002";
        assert!(canonical_text(head, b"hi").ends_with("Ticket: 7\r\nContent-Length: 2\r\n\r\nhi"));
    }

    #[test]
    fn an_upgrade_is_asked_for_in_http_1_1_and_without_a_body() {
        let head = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\nSec-WebSocket-Version: 13";
        assert_eq!(
            canonical_text(head, b"hi"),
            "GET /ws HTTP/1.1\r\nHost: a.local:80\r\nSec-WebSocket-Version: 13\r\n\
             X-Threadbare-Ticket: 7\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        );
    }
}
