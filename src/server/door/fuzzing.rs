//! The part of the door that the fuzzer calls; compiled only for the fuzzer.
//!
//! Owns: the promises about request heads that must hold for any bytes.
//! Must not know: sockets.
//!
//! Part: `server/door/mod.rs`.

use crate::base::limits;
use crate::server::door::exchange::canonical;
use crate::server::door::head::Scan;
use crate::server::door::request::ParsedRequest;
use crate::server::http::ticket::TICKET_HEADER;

/// Checks two promises that must hold for any bytes of a stranger. First, if the bytes come in two
/// parts, it makes no difference where they are cut (`cut`). Second, if the bytes become a request,
/// its canonical form is exactly one head, and that head has the ticket of the door and no other
/// ticket.
///
/// # Panics
/// If a promise does not hold, which is a bug in this crate.
pub fn check_head(bytes: &[u8], cut: usize) {
    let mut whole = Scan::default();
    let end = whole.advance(bytes);
    let mut pieces = Scan::default();
    let early = pieces.advance(&bytes[..cut.min(bytes.len())]);
    let late = if matches!(early, Ok(None)) { pieces.advance(bytes) } else { early };
    assert_eq!(format!("{end:?}"), format!("{late:?}"), "a cut changed what was understood");
    let Ok(Some(end)) = end else { return };
    let Ok(request) = ParsedRequest::parse(&bytes[whole.start()..end]) else { return };
    let asked = canonical(&request, "host", b"", 7);
    // A canonical request has at most as many headers as the head of a stranger may have, and a few
    // headers that the door adds.
    let mut space = [httparse::EMPTY_HEADER; limits::HEAD_HEADERS_MAX + 16];
    let mut parsed = httparse::Request::new(&mut space);
    let complete = parsed.parse(&asked).expect("canonical requests are well formed");
    assert_eq!(complete, httparse::Status::Complete(asked.len()), "something follows the head");
    let tickets = parsed.headers.iter().filter(|one| one.name.eq_ignore_ascii_case(TICKET_HEADER));
    assert_eq!(tickets.map(|one| one.value).collect::<Vec<_>>(), [b"7"]);
    assert!(asked.is_ascii() && parsed.path.is_some_and(|path| path.starts_with('/')));
}
