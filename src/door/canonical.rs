//! The one shape in which tiny_http gets a request, whatever the stranger sent.
//!
//! HTTP/1.0, because tiny_http then always answers with a length and never in
//! chunks; 1.1 for upgrades only. Known method, ASCII target, listed headers,
//! our own length, our ticket: so none of its faults can be reached.
//!
//! Owns: those bytes.
//! Must not know: sockets.
//!
//! Next: `door/exchange.rs`.

use crate::door::request::Request;
use crate::http::ticket::TICKET_HEADER;

/// The bytes of the canonical request. `host` is where the browser thinks it
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
