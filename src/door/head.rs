//! Connection path, step 2a: bytes of a stranger become one whole request head.
//!
//! Runs on the door's thread. Blocks on: `read`, until bytes or a deadline.
//! Silence may last `first_byte_wait`; the head must be whole `head_wait`
//! after its first byte, however it drips.
//!
//! What cannot become a request is refused at the first wrong byte, so a TLS
//! hello is not a wait, and 200 MB of headers are 16 KiB.
//!
//! Owns: where a head ends, and its bounds.
//! Must not know: what the head asks for.
//!
//! Next: `door/request.rs`.

use std::time::Duration;

use crate::door::line::{Line, NoRequest};
use crate::http::refusal::Refusal;
use crate::limits;
use crate::socket::deadline::Deadline;

/// Takes one request head off the line: from its first byte to its empty line.
///
/// Blocks until the head is whole, refused, or late.
pub(super) fn receive(
    line: &mut Line,
    first_byte_wait: Duration,
    head_wait: Duration,
) -> Result<Vec<u8>, NoRequest> {
    if line.arrived.is_empty() {
        // Give a long request's memory back while nobody talks.
        line.arrived = Vec::new();
        line.read_more(Deadline::after(first_byte_wait), NoRequest::Gone)?;
    }
    let deadline = Deadline::after(head_wait);
    let mut scan = Scan::default();
    loop {
        if let Some(end) = scan.advance(&line.arrived)? {
            return Ok(line.take(end).split_off(scan.start));
        }
        line.read_more(deadline, Refusal::HeadTooSlow.into())?;
    }
}

/// How far a head has been looked at. Each byte is looked at once.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where the request line begins: behind any leading empty lines.
    start: usize,
    /// Where the line at hand begins.
    line_start: usize,
    /// Bytes looked at.
    seen: usize,
    /// Whole lines so far; the first is the request line.
    lines: usize,
    /// Spaces seen in the request line.
    spaces: usize,
    /// Where the target begins.
    target_start: usize,
}

impl Scan {
    /// Looks at what is new; the place behind the empty line when it is there.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        while let Some(&byte) = bytes.get(self.seen) {
            let before = self.seen.checked_sub(1).map(|place| bytes[place]);
            // RFC 9112 2.2 lets us take a bare line feed for a line end. We do
            // not: whoever sends one wants two servers to see two requests.
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

    /// Where the head begins, behind any leading empty lines.
    #[cfg(fuzzing)]
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// One line is whole; true if it was the empty one at the end.
    fn end_line(&mut self, line: &[u8]) -> Result<bool, Refusal> {
        if self.lines == 0 && line.is_empty() {
            // An empty line before a request is a habit of old browsers.
            self.start = self.seen + 1;
            let skipped = self.start <= limits::LEADING_NEWLINE_BYTES_MAX;
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

    /// What one byte inside a line may be, before the line is whole.
    fn look_at(&mut self, byte: u8) -> Result<(), Refusal> {
        let place = self.seen - self.line_start;
        if self.lines > 0 {
            // A line that begins with white space continues the one before
            // (obs-fold); RFC 9112 5.2 wants it refused.
            let folded = place == 0 && matches!(byte, b' ' | b'\t');
            let control = (byte < b' ' && byte != b'\t') || byte == 0x7f;
            return if folded || control { Err(Refusal::Malformed) } else { Ok(()) };
        }
        match self.spaces {
            0 if byte == b' ' && place > 0 => {
                self.spaces = 1;
                self.target_start = self.seen + 1;
            }
            0 if !is_token(byte) || place >= limits::METHOD_BYTES_MAX => {
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

/// Method, target and a version of ours, one space between them.
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

/// A character of a method or a header name (RFC 9110 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::Scan;
    use crate::http::refusal::Refusal;
    use crate::limits;

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
            (&[b'A'; limits::METHOD_BYTES_MAX + 1], Malformed),
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
