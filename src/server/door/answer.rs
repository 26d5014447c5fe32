//! An answer: what tiny_http sent, and what the door writes to the browser instead.
//!
//! The door itself writes the status line and `Connection`. It leaves `Server` out. It sends
//! `Content-Length` only if the status allows a body and the body is no stream. With a 426 it sends
//! the name of the protocol to upgrade to. It copies every other header from the answer of
//! tiny_http, of a job or of a refusal.
//!
//! Owns: the form of the answer that the browser receives.
//! Must not know: sockets, routes.
//!
//! Part: `server/door/mod.rs`.

use crate::server::http::response::{Body, Response};
use crate::server::http::{refusal::Refusal, verdict::Verdict};

/// How many headers an answer of tiny_http may have.
const ANSWER_HEADERS_MAX: usize = 32;

#[derive(Debug)]
pub(super) struct AnswerHead {
    response: Response,
    /// The length of the head in bytes.
    pub(super) end: usize,
    /// How many bytes of body follow the head; 0 after the head of an answer to a HEAD.
    pub(super) body_bytes: usize,
}

impl AnswerHead {
    /// Reads the head of tiny_http's answer from `bytes`. Returns `None` while the head is not
    /// whole. `is_head`: the request was a HEAD, so that no body follows.
    ///
    /// # Errors
    /// The door does not understand the head. The server itself has made the head, so this is a
    /// fault of the server.
    pub(super) fn parse(bytes: &[u8], is_head: bool) -> Result<Option<Self>, Refusal> {
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

    /// Returns whether this is a 500 without a body. tiny_http sends such an answer by itself for a
    /// request that a responder has dropped.
    pub(super) fn is_of_a_dropped_request(&self) -> bool {
        self.response.status() == 500 && self.response.body.content_length() == 0
    }

    /// Returns the answer with its body. `beside` is a long body, which came in the ticket of the
    /// exchange. Without `beside` the body is `taken`, which came over the private socket; if
    /// `taken` is empty, the answer has only a length.
    pub(super) fn with_body(self, taken: Vec<u8>, beside: Option<Body>) -> Response {
        let mut response = self.response;
        match beside {
            Some(body) => response.body = body,
            None if taken.is_empty() => {}
            None => response.body = taken.into(),
        }
        response
    }
}

/// Returns the bytes before the body: the status line and the headers. `keeps`: another request may
/// follow on the connection.
pub(super) fn head(response: &Response, keeps: bool) -> Vec<u8> {
    let status = response.status();
    let mut text = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let mut header = |name: &str, value: &str| text += &format!("{name}: {value}\r\n");
    for (name, value) in &response.headers {
        header(name, value);
    }
    if !has_no_body(status) && !matches!(response.verdict, Verdict::Stream(_)) {
        header("Content-Length", &response.body.content_length().to_string());
    }
    match response.verdict {
        Verdict::Upgrade(_) => header("Connection", "Upgrade"),
        // RFC 9110 15.5.22 demands the header `Upgrade`, and tiny_http drops this header from the
        // site's answer.
        Verdict::Answer(426) => {
            header("Upgrade", "websocket");
            header("Connection", "upgrade, close");
        }
        _ if keeps => header("Connection", "keep-alive"),
        _ => header("Connection", "close"),
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Returns the body, which is empty for a status that has none. For an answer to a HEAD, the caller
/// must leave the body out.
pub(super) fn body(response: &Response) -> &[u8] {
    if has_no_body(response.status()) { &[] } else { response.body.sent() }
}

/// Returns whether the door sends an answer with this status without a body and without a length.
/// Such an answer never has a body (RFC 9110 6.4.1).
fn has_no_body(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        303 => "See Other",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        // A reason phrase may be empty (RFC 9112 4).
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerHead, body, head, reason};
    use crate::server::http::refusal::Refusal;
    use crate::server::http::response::{Body, Response};

    fn relay(text: &str, is_head: bool, sent: &[u8], beside: Option<Body>) -> String {
        let parsed = AnswerHead::parse(text.as_bytes(), is_head).unwrap().unwrap();
        assert_eq!(parsed.end, text.len());
        assert_eq!(parsed.body_bytes, sent.len());
        let response = parsed.with_body(sent.to_vec(), beside);
        let mut bytes = head(&response, true);
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

    #[test]
    fn every_refusal_has_a_reason_and_closes() {
        for refusal in Refusal::ALL {
            assert!(!reason(refusal.status()).is_empty(), "{refusal:?}");
            let head = head(&Response::refusal(*refusal), false);
            let head = String::from_utf8(head).unwrap();
            assert!(head.contains("close\r\n"), "{head}");
            assert!(head.contains(&format!("Content-Length: {}\r\n", refusal.text().len())));
        }
    }
}
