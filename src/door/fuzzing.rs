//! What the fuzzer may ask of the door; compiled for it alone.
//!
//! Owns: the promises about request heads that hold for any bytes at all.
//! Must not know: sockets.
//!
//! Next: `door/head.rs`.

use crate::door::exchange::canonical;
use crate::door::head::Scan;
use crate::door::request::Request;
use crate::http::ticket::TICKET_HEADER;
use crate::limits;

/// Whatever a stranger sends: where it is cut changes nothing, and what becomes
/// a request is one canonical head with one ticket, ours.
///
/// # Panics
/// If that does not hold, which is a bug in this crate.
pub fn check_head(bytes: &[u8], cut: usize) {
    let mut whole = Scan::default();
    let end = whole.advance(bytes);
    let mut pieces = Scan::default();
    let early = pieces.advance(&bytes[..cut.min(bytes.len())]);
    let late = if matches!(early, Ok(None)) { pieces.advance(bytes) } else { early };
    assert_eq!(format!("{end:?}"), format!("{late:?}"), "a cut changed what was understood");
    let Ok(Some(end)) = end else { return };
    let Ok(request) = Request::parse(&bytes[whole.start()..end]) else { return };
    let asked = canonical(&request, "host", b"", 7);
    // All of a stranger's may be of the kind that is passed on, beside ours.
    let mut space = [httparse::EMPTY_HEADER; limits::HEAD_HEADERS_MAX + 16];
    let mut parsed = httparse::Request::new(&mut space);
    let complete = parsed.parse(&asked).expect("canonical requests are well formed");
    assert_eq!(complete, httparse::Status::Complete(asked.len()), "something follows the head");
    let tickets = parsed.headers.iter().filter(|one| one.name.eq_ignore_ascii_case(TICKET_HEADER));
    assert_eq!(tickets.map(|one| one.value).collect::<Vec<_>>(), [b"7"]);
    assert!(asked.is_ascii() && parsed.path.is_some_and(|path| path.starts_with('/')));
}
