//! An answer in the form in which the door writes it to the browser.
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

use crate::server::http::{response::Response, verdict::Verdict};

/// Returns the bytes before the body: the status line and the headers. `keeps`: another request may
/// follow on the connection. `is_secure`: the browser speaks TLS, so it may send the cookies of
/// this answer only by TLS.
pub(super) fn head(response: &Response, keeps: bool, is_secure: bool) -> Vec<u8> {
    let status = response.status();
    let mut text = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let mut header = |name: &str, value: &str| text += &format!("{name}: {value}\r\n");
    for (name, value) in &response.headers {
        if is_secure && name.eq_ignore_ascii_case("Set-Cookie") {
            header(name, &format!("{value}; Secure"));
        } else {
            header(name, value);
        }
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
pub(super) fn has_no_body(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
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
    use super::{head, reason};
    use crate::server::http::{refusal::Refusal, response::Response};

    #[test]
    fn every_refusal_has_a_reason_and_closes() {
        for refusal in Refusal::ALL {
            assert!(!reason(refusal.status()).is_empty(), "{refusal:?}");
            let head = head(&Response::refusal(*refusal), false, false);
            let head = String::from_utf8(head).unwrap();
            assert!(head.contains("close\r\n"), "{head}");
            assert!(head.contains(&format!("Content-Length: {}\r\n", refusal.text().len())));
        }
    }

    #[test]
    fn row_110_a_cookie_that_came_by_tls_stays_with_tls() {
        let response = Response::new(200, "").with_header("Set-Cookie", "a=b; Path=/");
        for (is_secure, cookie) in [(true, "a=b; Path=/; Secure\r\n"), (false, "a=b; Path=/\r\n")] {
            let head = String::from_utf8(head(&response, true, is_secure)).unwrap();
            assert!(head.contains(&format!("Set-Cookie: {cookie}")), "{head}");
        }
    }
}
