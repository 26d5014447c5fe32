//! Message path, step 4, of a client that types plain lines: `nc`, `telnet`, a serial port.
//!
//! Runs on thread `r-<id>`; it was the line's only thread before.
//! Blocks on: `read`, until bytes, the end, or a hang-up; on the broadcast inbox while it
//! is full; on its turn, for a secret or a password; and on its own outbox while a quarter of it is unsent.
//! Owns: where a line ends, and that a line which is too long costs nobody anything.
//! Must not: write to the socket.
//!
//! Next: `wire/plain.rs`.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{asker, not_admitted};
use crate::chat::clean::clean;
use crate::chat::request::{Hello, Place, Request};
use crate::chat::room_name::RoomName;
use crate::chat::told::Fault;
use crate::client::Seat;
use crate::disconnect::Disconnect;
use crate::hub::{Answer, Registered};
use crate::limits;
use crate::socket::deadline::{Timed, would_wait};
use crate::wire::Format;
use crate::wire::plain::{self, Typed};

/// The reading half of a line of text.
struct Lines {
    socket: Arc<TcpStream>,
    bytes: Vec<u8>,
    bytes_max: usize,
    /// What comes up to the next line end is dropped: it is too long already.
    is_too_long: bool,
    /// Nothing was read yet.
    is_first: bool,
}

/// What somebody sent.
enum Line {
    Text(String),
    TooLong,
    /// The input ended in the middle of it.
    Half,
    /// It is none: somebody opened this port in a browser.
    OfHttp,
}

impl Lines {
    /// Lines of at most `text_bytes_max` bytes and a command before them.
    fn of(socket: Arc<TcpStream>, text_bytes_max: usize) -> Self {
        let bytes_max = text_bytes_max + limits::REQUEST_BYTES_BESIDE_TEXT;
        Self { socket, bytes: Vec::new(), bytes_max, is_too_long: false, is_first: true }
    }

    /// The next line. Blocks until it is whole, until `due` if there is one.
    ///
    /// # Errors
    /// There is none any more.
    fn next(&mut self, due: Option<Instant>) -> Result<Line, Disconnect> {
        loop {
            let end = self.bytes.iter().position(|byte| *byte == b'\n');
            // What follows has the cookie in it that gives somebody's name back.
            let is_known = end.is_some() || self.bytes.len() > self.bytes_max;
            if is_known && std::mem::take(&mut self.is_first) && is_request(&self.bytes) {
                return Ok(Line::OfHttp);
            }
            if let Some(end) = end {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                let is_too_long = std::mem::take(&mut self.is_too_long);
                return Ok(if is_too_long { Line::TooLong } else { Line::Text(text(&line)) });
            }
            if self.bytes.len() > self.bytes_max {
                self.is_too_long = true;
                self.bytes.clear();
            }
            match self.read_more(due) {
                Err(Disconnect::PeerClosed) if self.ends_half() => return Ok(Line::Half),
                more => more?,
            }
        }
    }

    /// Whether something stands behind the last line end, which nobody will get: it may be
    /// half of what was meant, where a line was cut.
    fn ends_half(&mut self) -> bool {
        let is_too_long = std::mem::take(&mut self.is_too_long);
        is_too_long || !text(&std::mem::take(&mut self.bytes)).trim().is_empty()
    }

    fn read_more(&mut self, due: Option<Instant>) -> Result<(), Disconnect> {
        let mut bytes = [0; 512];
        loop {
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Disconnect::HelloMissed);
            }
            let wait = left.unwrap_or(LOOK_AGAIN);
            self.socket.bound_reads(wait).map_err(|_| Disconnect::LineBroken)?;
            match (&*self.socket).read(&mut bytes) {
                Ok(0) => return Err(Disconnect::PeerClosed),
                Ok(count) => {
                    self.bytes.extend_from_slice(&bytes[..count]);
                    return Ok(());
                }
                Err(error) if would_wait(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Disconnect::LineBroken),
            }
        }
    }
}

/// A read without a bound would do; sockets here have one always.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl Seat<Format> {
    /// Turns the calling thread into the reader of a client that types plain lines, until
    /// that ends.
    pub fn lines(self: Box<Self>) {
        let welcome = Answer::default();
        self.begin();
        let mut lines = Lines::of(Arc::clone(&self.socket), self.config.message_bytes_max);
        let registered = self.register_lines(&mut lines, welcome);
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                self.hear_lines(&mut lines)
            }
            Err(reason) => *reason,
        };
        self.end(reason, None, registered.ok());
    }

    /// Whoever types lines is in the lobby under a guest's name, in a box with a password
    /// as soon as that was typed.
    fn register_lines(&self, lines: &mut Lines, welcome: Answer) -> Result<Registered, Disconnect> {
        let due = Instant::now() + limits::TYPED_PASSWORD_WAIT;
        let (entry, peer) = (&self.settings.entry, self.peer.addr.ip());
        let mut given = None;
        for _ in 0..limits::HELLO_TRIES_MAX {
            let Err(why) = entry.admits(peer, given.as_deref()) else {
                let rooms = vec![Place::of(RoomName::lobby())];
                let hello = Hello { rooms, ..Hello::default() };
                return self.greet(hello, true, welcome);
            };
            // Not registered yet, so nobody else pushes.
            self.outbox.push(&[plain::note(&not_admitted(why).text)]);
            let _stranger = self.awaits_hello();
            given = match lines.next(Some(due))? {
                Line::Text(text) => Some(text),
                Line::TooLong | Line::Half => None,
                Line::OfHttp => return Err(Disconnect::ProtocolViolation),
            };
        }
        Err(Disconnect::HelloMissed)
    }

    /// Asks what was typed in the room `here`.
    fn ask_by_line(&self, request: Request, here: &str) -> Result<(), Disconnect> {
        let is_leaving = match &request {
            Request::Leave(room) => RoomName::parse(here).as_ref() == Ok(room),
            _ => false,
        };
        self.ask(request)?;
        if is_leaving { self.ask(nowhere()) } else { Ok(()) }
    }

    /// Reads until the client ends, and answers how it did.
    fn hear_lines(&self, lines: &mut Lines) -> Disconnect {
        let (text_bytes_max, asker) = (self.config.message_bytes_max, asker(&self.peer));
        let mut here = RoomName::lobby().as_str().to_owned();
        loop {
            let typed = match lines.next(None) {
                Ok(Line::Text(text)) => plain::read(&text, &mut here, text_bytes_max, asker),
                Ok(Line::TooLong) => Typed::Ask(too_long(text_bytes_max)),
                Ok(Line::Half) => Typed::Ask(half()),
                Ok(Line::OfHttp) => return Disconnect::ProtocolViolation,
                Err(reason) => return reason,
            };
            let asked = match typed {
                Typed::Nothing => Ok(()),
                Typed::Ask(request) => self.ask_by_line(request, &here),
                // Nobody else has this session, so whoever goes has no use for the name.
                Typed::Quit => self.ask(Request::Quit).and(Err(Disconnect::PeerClosed)),
            };
            if let Err(reason) = asked {
                return reason;
            }
        }
    }
}

/// What one is told who has left the room in which one types: lines of the others still come.
fn nowhere() -> Request {
    let text = "what you type now is said nowhere; /join lobby goes back there, /rooms lists \
                others, and /join NAME goes into one";
    Request::Faulty(Box::new(Fault::new("not-in-room", text.to_owned())))
}

fn too_long(most: usize) -> Request {
    let text = format!("this line is too long; {most} bytes is the most, and nothing was said");
    Request::Faulty(Box::new(Fault::new("too-long", text)))
}

/// Whether a first line is that of a browser's request (RFC 9112, 3).
fn is_request(line: &[u8]) -> bool {
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let targets = methods.iter().filter_map(|method| line.strip_prefix(method.as_bytes()));
    targets.into_iter().any(|target| target.starts_with(b" /"))
}

fn half() -> Request {
    let text = "this line has no end, and was not said; end it with a newline".to_owned();
    Request::Faulty(Box::new(Fault::new("no-end", text)))
}

/// A line as it was typed: without what a telnet program says to a telnet server
/// (RFC 854: 255, a command, and for four of them what it is about).
fn text(line: &[u8]) -> String {
    let mut kept = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != TELNET {
            kept.push(byte);
        } else if matches!(bytes.next(), Some(251..=254)) {
            bytes.next();
        }
    }
    clean(&String::from_utf8_lossy(&kept))
}

/// "Interpret as command"; no byte of UTF-8.
const TELNET: u8 = 255;

#[cfg(test)]
mod tests {
    use super::{is_request, text};

    #[test]
    fn a_browsers_request_is_no_line_of_talk() {
        for line in ["GET / HTTP/1.1\r\n", "POST /r/lobby HTTP/1.1\r\n", "OPTIONS /x HTTP/1.0\n"] {
            assert!(is_request(line.as_bytes()), "{line}");
        }
        for line in ["GET well soon\n", "get /etc\n", "POSTPONE / no\n", "/GET /\n", "\n"] {
            assert!(!is_request(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_line_is_what_was_typed_and_nothing_else() {
        assert_eq!(text(b"hello\r\n"), "hello");
        assert_eq!(text(b"\xff\xfd\x03\xff\xfb\x18hi\xff\xf1 there\n"), "hi there");
        assert_eq!(text(b"a\x1b[31mb\x07\n"), "a[31mb");
        assert_eq!(text("你好\n".as_bytes()), "你好");
        assert_eq!(text(b"\xc3(\n"), "\u{fffd}(");
        assert_eq!(text(b"\xff\n"), "");
    }
}
