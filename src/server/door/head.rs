//! Connection path, step 2a: reads a stranger's bytes until they are one whole request head.
//!
//! Runs on the door's thread.
//! Blocks on: `read`, until bytes come or a deadline passes. The peer may be silent for
//! `first_byte_wait`; the head must be whole `head_wait` after its first byte, however slowly the
//! bytes come.
//!
//! Bytes that cannot be in a head are refused when they come: a wrong request line, a control byte,
//! a folded header. So is a head that is too long or has too many headers. Everything else is
//! checked when the head is whole (`server/door/request.rs`). So a door without a certificate
//! refuses a TLS hello at once. Each door reads little more than 16 KiB even if a peer sends 200 MB
//! of headers.
//!
//! Owns: where a head ends, and its bounds.
//! Must not know: what the head asks for.
//!
//! Next: `server/door/request.rs`.

use std::time::Duration;

use crate::base::{limits, socket::deadline::Deadline};
use crate::server::door::door_socket::{DoorSocket, NoRequest};
use crate::server::http::refusal::Refusal;

/// Longest method of an HTTP request, in bytes. If the first word is longer, the door does not take
/// the bytes for HTTP.
pub(super) const METHOD_BYTES_MAX: usize = 32;

/// Most bytes of empty lines that the server skips before a request line (RFC 9112 2.2).
const LEADING_NEWLINE_BYTES_MAX: usize = 16;

/// Takes one request head off the connection: from its first byte to its empty line.
///
/// Blocks until the head is whole, refused, or late. The error: why there is no whole head.
pub(super) fn receive(
    connection: &mut DoorSocket,
    first_byte_wait: Duration,
    head_wait: Duration,
) -> Result<Vec<u8>, NoRequest> {
    if connection.arrived.is_empty() {
        // Frees the buffer, which an earlier long request may have made large, while the peer is
        // silent.
        connection.arrived = Vec::new();
        connection.read_more(Deadline::after(first_byte_wait), NoRequest::Gone)?;
    }
    let deadline = Deadline::after(head_wait);
    let mut scan = Scan::default();
    loop {
        if let Some(end) = scan.advance(&connection.arrived)? {
            return Ok(connection.take(end).split_off(scan.start));
        }
        connection.read_more(deadline, Refusal::HeadTooSlow.into())?;
    }
}

/// How far a head has been checked, so that the check can go on when more bytes come.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The index at which the request line begins: after any leading empty lines.
    start: usize,
    line_start: usize,
    seen: usize,
    /// How many whole lines have come so far. The first is the request line; empty lines before it
    /// do not count.
    lines: usize,
    spaces: usize,
    target_start: usize,
}

impl Scan {
    /// Checks those of `bytes` that were not checked before. Returns the index after the empty line
    /// that ends the head; `None` while that line has not come. The error: the bytes cannot be a
    /// head that the server accepts.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        while let Some(&byte) = bytes.get(self.seen) {
            let before = self.seen.checked_sub(1).map(|column| bytes[column]);
            // RFC 9112 2.2 allows a server to accept a bare line feed as a line end. This server
            // refuses it, because the peer may want two servers to see two different requests
            // (request smuggling).
            if (byte == b'\n') != (before == Some(b'\r')) {
                return Err(Refusal::Malformed);
            }
            if self.seen >= limits::HEAD_BYTES_MAX {
                return Err(Refusal::HeadTooLarge);
            }
            if byte == b'\n' {
                if self.end_line(&bytes[self.line_start..self.seen - 1])? {
                    return Ok(Some(self.seen + 1));
                }
                self.line_start = self.seen + 1;
            } else if byte != b'\r' {
                self.look_at(byte)?;
            }
            self.seen += 1;
        }
        Ok(None)
    }

    #[cfg(fuzzing)]
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Checks a line of the head that has come completely. Returns true if it is the empty line
    /// that ends the head.
    fn end_line(&mut self, line: &[u8]) -> Result<bool, Refusal> {
        if self.lines == 0 && line.is_empty() {
            // Old browsers used to send an empty line before a request. So the server skips some
            // such lines.
            self.start = self.seen + 1;
            let skipped = self.start <= LEADING_NEWLINE_BYTES_MAX;
            return if skipped { Ok(false) } else { Err(Refusal::Malformed) };
        }
        if self.lines == 0 {
            check_request_line(line)?;
        } else if line.is_empty() {
            return Ok(true);
        } else if self.lines > limits::HEAD_HEADERS_MAX {
            return Err(Refusal::TooManyHeaders);
        }
        self.lines += 1;
        Ok(false)
    }

    fn look_at(&mut self, byte: u8) -> Result<(), Refusal> {
        let column = self.seen - self.line_start;
        if self.lines > 0 {
            // A line that begins with white space continues the header before it (obs-fold). RFC
            // 9112 5.2 allows a server to refuse it.
            let folded = column == 0 && matches!(byte, b' ' | b'\t');
            let control = (byte < b' ' && byte != b'\t') || byte == 0x7f;
            return if folded || control { Err(Refusal::Malformed) } else { Ok(()) };
        }
        match self.spaces {
            0 if byte == b' ' && column > 0 => {
                self.spaces = 1;
                self.target_start = self.seen + 1;
            }
            0 if !is_token(byte) || column >= METHOD_BYTES_MAX => {
                return Err(Refusal::Malformed);
            }
            1 if byte == b' ' => self.spaces = 2,
            1 if byte < b' ' || byte == 0x7f => return Err(Refusal::Malformed),
            1 if self.seen - self.target_start >= limits::TARGET_BYTES_MAX => {
                return Err(Refusal::TargetTooLong);
            }
            2 if !byte.is_ascii_graphic() => return Err(Refusal::Malformed),
            _ => {}
        }
        Ok(())
    }
}

fn check_request_line(line: &[u8]) -> Result<(), Refusal> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (_method, target, version) = (parts.next(), parts.next(), parts.next());
    let (Some(target), Some(version), None) = (target, version, parts.next()) else {
        return Err(Refusal::Malformed);
    };
    match version {
        _ if target.is_empty() => Err(Refusal::Malformed),
        b"HTTP/1.0" | b"HTTP/1.1" => Ok(()),
        [b'H', b'T', b'T', b'P', b'/', major, ..] if major.is_ascii_digit() => {
            Err(Refusal::WrongVersion)
        }
        _ => Err(Refusal::Malformed),
    }
}

/// Returns whether the byte may stand in a method or a header name (RFC 9110 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{METHOD_BYTES_MAX, Scan};
    use crate::base::limits;
    use crate::server::http::refusal::Refusal;

    fn scan(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        Scan::default().advance(bytes)
    }

    #[test]
    fn a9_a_head_is_the_same_wherever_it_is_cut() {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next";
        for cut in 0..bytes.len() {
            let mut scan = Scan::default();
            let early = scan.advance(&bytes[..cut]).unwrap();
            assert_eq!(early, (cut >= 27).then_some(27), "cut at {cut}");
            if early.is_none() {
                assert_eq!(scan.advance(bytes), Ok(Some(27)), "cut at {cut}");
            }
        }
    }

    #[test]
    fn a7_a8_wrong_bytes_are_refused_at_once() {
        use Refusal::{Malformed, WrongVersion};
        for (bytes, refusal) in [
            (&b"GET / HTTP/1.1\nHost: a\n\n"[..], Malformed),
            (b"GET / HTTP/1.1\r\nHost: a\n", Malformed),
            (b"GET / HTTP/1.1\rHost", Malformed),
            (b"GET / HTTP/1.1\r\nHost: a\r\n folded", Malformed),
            (b"GET / HTTP/1.1\r\nHost: a\0", Malformed),
            (b"GET / HTTP/1.1\r\nHost: a\x7f", Malformed),
            (b"GET /\x01", Malformed),
            (b"\x16\x03\x01\x02\x00\x01", Malformed),
            (b"\x80\x2e\x01", Malformed),
            (b" GET / HTTP/1.1", Malformed),
            (b"GET  / HTTP/1.1\r\n", Malformed),
            (b"GET / x HTTP/1.1\r\n", Malformed),
            (b"GET /\r\n", Malformed),
            (b"GET / HTTP/x.1\r\n", Malformed),
            (b"GET / HTTP/2.0\r\n", WrongVersion),
            (b"GET / HTTP/1.2\r\n", WrongVersion),
            (b"PRI * HTTP/2.0\r\n", WrongVersion),
            (&[b'A'; METHOD_BYTES_MAX + 1], Malformed),
        ] {
            assert_eq!(scan(bytes), Err(refusal), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn empty_lines_before_a_request_are_skipped_but_not_for_ever() {
        let mut scan = Scan::default();
        assert_eq!(scan.advance(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"), Ok(Some(22)));
        assert_eq!(scan.start, 4);
        assert_eq!(super::tests::scan(&b"\r\n".repeat(9)), Err(Refusal::Malformed));
    }

    fn with_target(bytes: usize) -> Vec<u8> {
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(bytes - 1)).into_bytes()
    }

    #[test]
    fn a13_a_target_may_have_the_limit_and_no_byte_more() {
        let whole = with_target(limits::TARGET_BYTES_MAX);
        assert_eq!(scan(&whole), Ok(Some(whole.len())));
        let whole = with_target(limits::TARGET_BYTES_MAX + 1);
        assert_eq!(scan(&whole), Err(Refusal::TargetTooLong));
    }

    #[test]
    fn a4_a_head_may_have_100_headers_and_not_101() {
        let with = |count: usize| {
            format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count)).into_bytes()
        };
        let whole = with(limits::HEAD_HEADERS_MAX);
        assert_eq!(scan(&whole), Ok(Some(whole.len())));
        assert_eq!(scan(&with(limits::HEAD_HEADERS_MAX + 1)), Err(Refusal::TooManyHeaders));
    }

    #[test]
    fn a3_a_head_may_have_16_kib_and_no_byte_more() {
        let with = |bytes: usize| {
            let rest = bytes - b"GET / HTTP/1.1\r\na: \r\n\r\n".len();
            format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(rest)).into_bytes()
        };
        let whole = with(limits::HEAD_BYTES_MAX);
        assert_eq!(scan(&whole), Ok(Some(whole.len())));
        assert_eq!(scan(&with(limits::HEAD_BYTES_MAX + 1)), Err(Refusal::HeadTooLarge));
    }
}
