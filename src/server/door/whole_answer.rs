//! One answer of tiny_http, whole: what the door reads from the private socket.
//!
//! Runs on the door's thread.
//! Blocks on: `read` of the private socket, until the answer is whole or its deadline passes.
//!
//! Owns: when an answer is whole, and which answers of tiny_http the door does not understand.
//! Must not know: the exchange to which the answer belongs; what the door sends to the browser.
//!
//! Part: `server/door/mod.rs`.

use std::io;
use std::os::unix::net::UnixStream;

use super::answer::has_no_body;
use crate::base::limits;
use crate::base::socket::deadline::{self, Deadline};
use crate::server::http::refusal::Refusal;
use crate::server::http::response::{Body, Response};

/// How many headers an answer of tiny_http may have.
const ANSWER_HEADERS_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct WholeAnswer {
    /// The answer's head, as an answer that has only a length.
    response: Response,
    /// The bytes that came after the head.
    body: Vec<u8>,
}

#[derive(Debug)]
struct AnswerHead {
    response: Response,
    /// The length of the head in bytes.
    end: usize,
    /// How many bytes of body follow the head; 0 after the head of an answer to a HEAD.
    body_bytes: usize,
}

impl AnswerHead {
    /// Reads the head of tiny_http's answer from `bytes`. Returns `None` while the head is not
    /// whole. `is_head`: the request was a HEAD, so that no body follows.
    ///
    /// # Errors
    /// The door does not understand the head. The server itself has made the head, so this is a
    /// fault of the server.
    fn parse(bytes: &[u8], is_head: bool) -> Result<Option<Self>, Refusal> {
        // The space for the headers is on the heap, because a thread keeps each page of its stack
        // that it has ever used, and this thread may become the reader of a client.
        let mut space = vec![httparse::EMPTY_HEADER; ANSWER_HEADERS_MAX];
        let mut parsed = httparse::Response::new(&mut space);
        let end = match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(Refusal::Broken),
        };
        let status = parsed.code.ok_or(Refusal::Broken)?;
        let mut length = None;
        let mut headers = Vec::new();
        for header in parsed.headers {
            // httparse rejects control bytes, so no value contains a line end, after which a false
            // header could follow.
            let value = str::from_utf8(header.value).map_err(|_| Refusal::Broken)?;
            match header.name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse().map_err(|_| Refusal::Broken)?),
                // tiny_http never answers the door in chunks: `responder.rs` forbids it.
                "transfer-encoding" => return Err(Refusal::Broken),
                "server" | "connection" => {}
                _ => headers.push((header.name.to_owned().into(), value.to_owned())),
            }
        }
        let length = match length {
            _ if has_no_body(status) => 0,
            Some(length) => length,
            None => return Err(Refusal::Broken),
        };
        let response = Response { headers, ..Response::new(status, Body::Head(length)) };
        Ok(Some(Self { response, end, body_bytes: if is_head { 0 } else { length } }))
    }
}

impl WholeAnswer {
    /// Returns whether this is a 500 without a body. tiny_http sends such an answer by itself for a
    /// request that a responder has dropped.
    pub(super) fn is_of_a_dropped_request(&self) -> bool {
        self.response.status() == 500 && self.response.body.content_length() == 0
    }

    /// Returns the answer with its body. `beside` is a long body, which came in the ticket of the
    /// exchange. Without `beside` the body is what came after the head; if nothing came, the answer
    /// has only a length.
    pub(super) fn into_response(self, beside: Option<Body>) -> Response {
        let Self { mut response, body } = self;
        if let Some(body) = beside.or_else(|| (!body.is_empty()).then(|| body.into())) {
            response.body = body;
        }
        response
    }
}

/// Reads tiny_http's answer. Returns `Ok(None)` if the stream ended or broke before the answer's
/// first byte, and an error if the answer is late, too large, broken off, or not in the form that
/// tiny_http uses here.
pub(super) fn read_answer(
    socket: &UnixStream,
    is_head: bool,
    deadline: Deadline,
) -> Result<Option<WholeAnswer>, Refusal> {
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
            return Ok(Some(WholeAnswer { response: head.response, body }));
        }
        let most = whole.unwrap_or(bytes.len() + limits::DOOR_READ_BYTES) - bytes.len();
        if bytes.len() + most > limits::ANSWER_BYTES_MAX {
            tracing::error!("an answer is over the limit; its body belongs into the ticket");
            return Err(Refusal::Broken);
        }
        match deadline::read_more(socket, &mut bytes, most, deadline) {
            Ok(count) if count > 0 => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                return Err(Refusal::NoAnswer);
            }
            _ if bytes.is_empty() => return Ok(None),
            _ => return Err(Refusal::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerHead, WholeAnswer};
    use crate::server::door::answer::{body, head};
    use crate::server::http::refusal::Refusal;
    use crate::server::http::response::Body;

    fn relay(text: &str, is_head: bool, sent: &[u8], beside: Option<Body>) -> String {
        let parsed = AnswerHead::parse(text.as_bytes(), is_head).unwrap().unwrap();
        assert_eq!(parsed.end, text.len());
        assert_eq!(parsed.body_bytes, sent.len());
        let answer = WholeAnswer { response: parsed.response, body: sent.to_vec() };
        let response = answer.into_response(beside);
        let mut bytes = head(&response, true, false);
        bytes.extend_from_slice(body(&response));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_status_line_is_ours_and_the_library_is_not_named() {
        let head = "HTTP/1.0 200 Fine\r\nServer: tiny-http (Rust)\r\nX-A: b\r\nContent-Length: 2\r\nConnection: x\r\n\r\n";
        assert_eq!(
            relay(head, false, b"hi", None),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi"
        );
    }

    #[test]
    fn no_length_where_no_body_may_be() {
        for status in [204, 304] {
            let head = format!("HTTP/1.0 {status} x\r\nContent-Length: 0\r\n\r\n");
            assert!(!relay(&head, false, b"", None).contains("Length"), "{status}");
        }
    }

    #[test]
    fn a_head_keeps_its_length_and_a_body_beside_it_brings_its_own() {
        let head = "HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n";
        assert!(relay(head, true, b"", None).contains("Content-Length: 7\r\n"));
        let empty = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
        let text = relay(empty, false, b"", Some(Body::Static(b"beside")));
        assert!(text.contains("Content-Length: 6\r\n"));
        assert!(text.ends_with("\r\n\r\nbeside"));
    }

    #[test]
    fn an_answer_that_we_do_not_understand_is_not_passed_on() {
        for head in [
            "HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.0 200 OK\r\nX-A: b\x01\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            let refusal = AnswerHead::parse(head.as_bytes(), false).unwrap_err();
            assert_eq!(refusal, Refusal::Broken, "{head}");
        }
        assert!(AnswerHead::parse(b"HTTP/1.0 200 OK\r\nX", false).unwrap().is_none());
    }
}
