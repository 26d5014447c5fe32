//! Connection path, step 2d: one question to tiny_http, one whole answer.
//!
//! Runs on the door's thread. Blocks on: `connect`, `write` and `read` of the
//! private Unix socket, until the answer is whole or the exchange's deadline.
//!
//! The answer is taken at full speed into memory, before the browser gets a
//! byte of it: a responder must never wait for a browser. It is whole when its
//! length is there; how the stream ends says nothing.
//!
//! tiny_http can die in silence. If nobody listens, or an answer is empty or a dropped
//! request's while its ticket is untaken, nothing ran: one rebuild, one repeat.
//!
//! Owns: the private connection, and the one shape in which tiny_http gets a request,
//! whatever the stranger sent.
//! Must not know: public sockets, what a URL means.
//!
//! Next: `door/answer.rs`.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;

use crate::door::answer::AnswerHead;
use crate::door::request::Request;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::http::ticket::{Decision, TICKET_HEADER};
use crate::http::{Http, Listener};
use crate::limits;
use crate::socket::deadline::{self, Deadline};

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) request: &'a Request,
    /// Where the browser thinks it is, or the address it came to.
    pub(super) host: &'a str,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
}

/// What tiny_http answered.
struct Taken {
    head: AnswerHead,
    body: Vec<u8>,
}

enum Fault {
    /// Nobody listens and nothing ran: the exchange may be repeated.
    Dead,
    Refused(Refusal),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Asks tiny_http, and once more if it had died.
///
/// Blocks until the answer is whole, or the deadline passes.
pub(super) fn exchange(
    http: &Http,
    question: &Question<'_>,
    deadline: Deadline,
) -> Result<Response, Refusal> {
    let listener = http.listener().ok_or(Refusal::NoAnswer)?;
    match ask(http, &listener, question, deadline) {
        Ok(answered) => Ok(answered),
        Err(Fault::Refused(refusal)) => Err(refusal),
        Err(Fault::Dead) => ask_anew(http, listener.number, question, deadline),
    }
}

fn ask_anew(
    http: &Http,
    dead: u64,
    question: &Question<'_>,
    deadline: Deadline,
) -> Result<Response, Refusal> {
    let listener = http.rebuild(dead, deadline).ok_or(Refusal::NoAnswer)?;
    ask(http, &listener, question, deadline).map_err(|fault| match fault {
        Fault::Dead => Refusal::NoAnswer,
        Fault::Refused(refusal) => refusal,
    })
}

fn ask(
    http: &Http,
    listener: &Listener,
    question: &Question<'_>,
    deadline: Deadline,
) -> Result<Response, Fault> {
    let socket = connect(listener, deadline)?;
    let issued = http.tickets().issue(question.peer);
    let request = canonical(question.request, question.host, question.body, issued.number());
    // A broken pipe here is no end: the answer may be waiting to be read.
    let sent = deadline::write_all(&socket, &request, deadline);
    let is_head = question.request.method == "HEAD";
    let taken = take(&socket, is_head, deadline);
    match (taken, issued.finish()) {
        (Ok(Some(taken)), Some(decision)) => finish(taken, decision),
        // A dying tiny_http drops the requests in its queue and answers each with 500: no handler ran.
        (Ok(Some(taken)), None) if taken.head.is_of_a_dropped_request() => Err(Fault::Dead),
        // Only a handler without a ticket answers so, and we sent one.
        (Ok(Some(_)), None) => Err(Refusal::Broken.into()),
        (Ok(None), None) => {
            tracing::warn!(?sent, "tiny_http ended a connection without a word");
            Err(Fault::Dead)
        }
        (Ok(None), Some(_)) => Err(Refusal::Broken.into()),
        (Err(refusal), _) => Err(refusal.into()),
    }
}

fn connect(listener: &Listener, deadline: Deadline) -> Result<UnixStream, Fault> {
    use io::ErrorKind::{ConnectionRefused, NotFound};
    let soon = Deadline::after(limits::PRIVATE_CONNECT_WAIT).or_earlier(deadline);
    deadline::connect_unix(&listener.path, soon).map_err(|error| {
        let dead = matches!(error.kind(), ConnectionRefused | NotFound);
        tracing::warn!(%error, "tiny_http cannot be reached");
        // What else can fail is ours: no file is left for this exchange.
        if dead || deadline::would_wait(&error) { Fault::Dead } else { Refusal::NoAnswer.into() }
    })
}

/// Reads one answer; `Ok(None)` if the stream ended before its first byte.
fn take(socket: &UnixStream, is_head: bool, deadline: Deadline) -> Result<Option<Taken>, Refusal> {
    let mut bytes = Vec::new();
    let mut head: Option<AnswerHead> = None;
    loop {
        if head.is_none() {
            head = AnswerHead::parse(&bytes, is_head)?;
        }
        let whole = head.as_ref().map(|head| head.end + head.body_bytes);
        if let Some(head) = head.take_if(|_| whole.is_some_and(|whole| bytes.len() >= whole)) {
            bytes.truncate(head.end + head.body_bytes);
            let body = bytes.split_off(head.end);
            return Ok(Some(Taken { head, body }));
        }
        let most = whole.unwrap_or(bytes.len() + limits::DOOR_READ_BYTES) - bytes.len();
        if bytes.len() + most > limits::ANSWER_BYTES_MAX {
            tracing::error!("an answer is over the limit; its body belongs into the ticket");
            return Err(Refusal::Broken);
        }
        match deadline::read_more(socket, &mut bytes, most, deadline) {
            Ok(count) if count > 0 => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(Refusal::NoAnswer),
            _ if bytes.is_empty() => return Ok(None),
            _ => return Err(Refusal::Broken),
        }
    }
}

fn finish(taken: Taken, decision: Decision) -> Result<Response, Fault> {
    // The handler panicked, or dropped the request.
    if taken.head.is_of_a_dropped_request() && decision.body.is_none() {
        return Err(Refusal::Broken.into());
    }
    let response = taken.head.with_body(taken.body, decision.body);
    Ok(Response { verdict: decision.verdict, ..response })
}

/// The bytes of the canonical request: HTTP/1.0, because tiny_http then always answers with a
/// length and never in chunks; 1.1 for upgrades only. Known method, ASCII target, listed
/// headers, our own length, our ticket: so none of its faults can be reached.
///
/// `host` is where the browser thinks it
/// is, or the address it came to.
pub(super) fn canonical(request: &Request, host: &str, body: &[u8], ticket: u64) -> Vec<u8> {
    let version = if request.upgrade { "1.1" } else { "1.0" };
    let mut text = format!("{} {} HTTP/{version}\r\n", request.method, request.path);
    let mut header = |name: &str, value: &str| {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push_str("\r\n");
    };
    header("Host", host);
    for (name, value) in &request.headers {
        header(name, value);
    }
    header(TICKET_HEADER, &ticket.to_string());
    if request.upgrade {
        // tiny_http would take a body for the first frames of the client.
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
    use crate::door::request::Request;

    fn ask(head: &str, body: &[u8]) -> String {
        let request = Request::parse(format!("{head}\r\n\r\n").as_bytes()).unwrap();
        String::from_utf8(canonical(&request, "a.local:80", body, 7)).unwrap()
    }

    #[test]
    fn a_page_is_asked_for_in_http_1_0_with_listed_headers() {
        let head = "GET /x?y HTTP/1.1\r\nHost: a\r\nTE: chunked\r\nConnection: x\r\nX-Threadbare-Ticket: 1\r\naccept: text/html";
        assert_eq!(
            ask(head, b""),
            "GET /x?y HTTP/1.0\r\nHost: a.local:80\r\nAccept: text/html\r\n\
             X-Threadbare-Ticket: 7\r\n\r\n"
        );
    }

    #[test]
    fn a_body_goes_with_our_own_length() {
        let head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 002";
        assert!(ask(head, b"hi").ends_with("Ticket: 7\r\nContent-Length: 2\r\n\r\nhi"));
    }

    #[test]
    fn an_upgrade_is_asked_for_in_http_1_1_and_without_a_body() {
        let head = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\nSec-WebSocket-Version: 13";
        assert_eq!(
            ask(head, b"hi"),
            "GET /ws HTTP/1.1\r\nHost: a.local:80\r\nSec-WebSocket-Version: 13\r\n\
             X-Threadbare-Ticket: 7\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        );
    }
}
