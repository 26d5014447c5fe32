//! A client that sends plain lines of text (`nc`, `telnet`, a serial port): how it joins the chat
//! without HTTP; and its reader, which is step 4 of the message path.
//!
//! Runs on thread `door`, one per connection. When the client runs, the thread's name becomes
//! `r-<id>`.
//! Blocks on: `read`, until there are bytes, or the input has ended, or the connection is hung up,
//! or the time for the server's password is over; on the hub's answer when the client is
//! registered; on the broadcast inbox while it is full; on the digest of a secret or a password,
//! for at most `DIGEST_WAIT` until its turn and then until it is made; and on the client's own
//! outbox, while more than a quarter of it, or more than 64 KiB, is unsent.
//! Owns: where a line ends, and the rule that the bytes of a line that is too long are dropped.
//! Must not: write to a client's socket. Only a peer that gets no seat is refused from here.
//!
//! Part: `formats/arrival/mod.rs`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use tracing::Level;

use super::{not_admitted, register_with_made_hello, secret_source};
use crate::admission::NoSeat;
use crate::base::socket::deadline::{self, Deadline};
use crate::base::socket::{self, PublicSocket};
use crate::base::{disconnect::Disconnect, limits, rate};
use crate::chat::answer::Fault;
use crate::chat::clean::clean;
use crate::chat::request::{Hello, Request, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::formats::Format;
use crate::formats::plain;
use crate::formats::plain_input::{self, PlainInput};
use crate::server::accept::{ClientRun, WayIn};
use crate::server::client::{Clients, ReadSide, Seat};
use crate::server::hub::{Membership, WelcomeChannel};

/// The line door: makes clients of the plain format out of connections.
#[derive(Debug)]
pub struct LineDoor {
    clients: Arc<Clients<Format>>,
}

impl LineDoor {
    /// Makes the line door. The connections that it accepts become clients in `clients`.
    pub fn new(clients: Arc<Clients<Format>>) -> Self {
        Self { clients }
    }
}

impl WayIn for LineDoor {
    /// Reserves a seat for the peer, or refuses the peer and returns `None`. Never waits for bytes
    /// from the peer.
    fn serve(&self, socket: Arc<PublicSocket>, peer: SocketAddr) -> Option<ClientRun> {
        match self.clients.reserve(&socket, peer, Format::Plain) {
            Ok(seat) => Some(Box::new(move || {
                let mut lines = Lines::of(Arc::clone(seat.socket()), seat.peer().text_bytes_max);
                seat.run_with(&mut lines);
            })),
            Err(reason) => {
                refuse_peer(&socket, peer, &reason);
                None
            }
        }
    }

    fn busy_answer(&self) -> &'static [u8] {
        b"* the server is full; try again in a few seconds\n"
    }
}

fn refuse_peer(socket: &PublicSocket, peer: SocketAddr, reason: &NoSeat) {
    if rate::admits(Level::WARN, "line refused") {
        tracing::warn!(%peer, %reason, "line refused");
    }
    socket::turn_away(socket, plain::note(&reason.to_string()).bytes());
}

struct Lines {
    socket: Arc<PublicSocket>,
    bytes: Vec<u8>,
    bytes_max: usize,
    /// True if the line that is being read is too long. Its bytes are then dropped, up to its end.
    is_too_long: bool,
    /// True until the client's first line has been read or has become too long.
    is_first: bool,
}

enum LineInput {
    Text(String),
    TooLong,
    /// The input ended in the middle of a line.
    Half,
    /// The first line is that of an HTTP request, for example because a person opened the port for
    /// plain lines in a browser.
    OfHttp,
}

impl Lines {
    /// A line may have a command and a text of `text_bytes_max` bytes.
    fn of(socket: Arc<PublicSocket>, text_bytes_max: usize) -> Self {
        let bytes_max = text_bytes_max + limits::REQUEST_BYTES_BESIDE_TEXT;
        Self { socket, bytes: Vec::new(), bytes_max, is_too_long: false, is_first: true }
    }

    /// Returns the next line that the client sends, or the reason why the line cannot be used.
    /// Blocks for bytes from the client until `due`; if `due` is `None`, without a time limit.
    ///
    /// # Errors
    /// The client has closed the connection, the connection is broken, or `due` has passed.
    fn next(&mut self, due: Option<Deadline>) -> Result<LineInput, Disconnect> {
        loop {
            let end = self.bytes.iter().position(|byte| *byte == b'\n');
            // After the first line of an HTTP request nothing more is read: its header lines can
            // contain a cookie with a session, which must not become a message.
            let is_known = end.is_some() || self.bytes.len() > self.bytes_max;
            if is_known && std::mem::take(&mut self.is_first) && is_request(&self.bytes) {
                return Ok(LineInput::OfHttp);
            }
            if let Some(end) = end {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                let is_too_long = std::mem::take(&mut self.is_too_long);
                return Ok(if is_too_long {
                    LineInput::TooLong
                } else {
                    LineInput::Text(typed_text(&line))
                });
            }
            if self.bytes.len() > self.bytes_max {
                self.is_too_long = true;
                self.bytes.clear();
            }
            match self.read_more(due) {
                Err(Disconnect::PeerClosed) if self.ends_half() => return Ok(LineInput::Half),
                more => more?,
            }
        }
    }

    /// Returns whether the input ended in the middle of a line that is not empty. This part of a
    /// line does not count: it may be only half of a message.
    fn ends_half(&mut self) -> bool {
        let bytes = std::mem::take(&mut self.bytes);
        std::mem::take(&mut self.is_too_long) || !typed_text(&bytes).trim().is_empty()
    }

    fn read_more(&mut self, due: Option<Deadline>) -> Result<(), Disconnect> {
        let mut bytes = [0; 512];
        match deadline::read_by(&*self.socket, &mut bytes, due) {
            Ok(0) => Err(Disconnect::PeerClosed),
            Ok(count) => {
                self.bytes.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => Err(Disconnect::HelloMissed),
            Err(_) => Err(Disconnect::ConnectionBroken),
        }
    }
}

impl ReadSide<Format> for Lines {
    /// Registers the client in the lobby under a guest's name. If the server has a password, first
    /// asks the client for it, and waits at most [`TYPED_PASSWORD_WAIT`] in all. Then blocks until
    /// the hub has answered.
    ///
    /// # Errors
    /// The reason why the client was not registered.
    ///
    /// [`TYPED_PASSWORD_WAIT`]: limits::TYPED_PASSWORD_WAIT
    fn register(&mut self, seat: &Seat<Format>) -> Result<Membership, Disconnect> {
        let welcome = WelcomeChannel::default();
        let due = Deadline::after(limits::TYPED_PASSWORD_WAIT);
        let (entrance, peer) = (&seat.settings().entrance, seat.peer().addr.ip());
        let mut given = None;
        for _ in 0..limits::HELLO_TRIES_MAX {
            let Err(why) = entrance.admits(peer, given.as_deref()) else {
                let rooms = vec![RoomPosition::of(RoomName::lobby())];
                let hello = Box::new(Hello { rooms, ..Hello::default() });
                return register_with_made_hello(seat, hello, true, welcome);
            };
            seat.tell_unregistered(plain::note(&not_admitted(why).text));
            let _stranger = seat.awaits_hello();
            given = match self.next(Some(due))? {
                LineInput::Text(text) => Some(text),
                LineInput::TooLong | LineInput::Half => None,
                LineInput::OfHttp => return Err(Disconnect::ProtocolViolation),
            };
        }
        Err(Disconnect::HelloMissed)
    }

    fn read_requests(&mut self, seat: &Seat<Format>) -> Disconnect {
        let (text_bytes_max, secret_source) =
            (seat.peer().text_bytes_max, secret_source(seat.peer()));
        let mut here = RoomName::lobby().as_str().to_owned();
        loop {
            let typed = match self.next(None) {
                Ok(LineInput::Text(text)) => {
                    plain_input::read(&text, &mut here, text_bytes_max, secret_source)
                }
                Ok(LineInput::TooLong) => PlainInput::Ask(too_long(text_bytes_max)),
                Ok(LineInput::Half) => PlainInput::Ask(without_end()),
                Ok(LineInput::OfHttp) => return Disconnect::ProtocolViolation,
                Err(reason) => return reason,
            };
            let asked = match typed {
                PlainInput::Nothing => Ok(()),
                PlainInput::Ask(request) => send_typed(seat, request, &here),
                // `/quit` ends the session, so that a name without a secret becomes free. No other
                // client has this session, so the name would be reserved for nobody.
                PlainInput::Quit => {
                    seat.send_request(Request::Quit).and(Err(Disconnect::PeerClosed))
                }
            };
            if let Err(reason) = asked {
                return reason;
            }
        }
    }
}

/// Sends a request to the hub. `here` is the room to which typed lines go. If the request leaves
/// this room, the client also receives a sentence which says that its typed lines go to no room
/// now.
///
/// # Errors
/// The reason why the client ends.
fn send_typed(seat: &Seat<Format>, request: Request, here: &str) -> Result<(), Disconnect> {
    let is_leaving = match &request {
        Request::Leave(room) => RoomName::parse(here).as_ref() == Ok(room),
        _ => false,
    };
    seat.send_request(request)?;
    if is_leaving { seat.send_request(in_no_room()) } else { Ok(()) }
}

/// Makes a request that the hub answers with this sentence. So the sentence comes in order with the
/// hub's other answers.
fn in_no_room() -> Request {
    let text = "you are in no room, so nothing you type is sent; /join lobby goes back, /rooms lists \
                rooms, and /join NAME joins one";
    Request::Faulty(Box::new(Fault::new("not-in-room", text.to_owned())))
}

fn too_long(most: usize) -> Request {
    let text = format!("this line is too long: at most {most} bytes; it was not sent");
    Request::Faulty(Box::new(Fault::new("too-long", text)))
}

/// Returns whether a client's first line looks like the request line of an HTTP request (RFC 9112,
/// 3).
fn is_request(line: &[u8]) -> bool {
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let targets = methods.iter().filter_map(|method| line.strip_prefix(method.as_bytes()));
    targets.into_iter().any(|target| target.starts_with(b" /"))
}

fn without_end() -> Request {
    let text = "this line has no end and was not sent; end it with a newline".to_owned();
    Request::Faulty(Box::new(Fault::new("no-end", text)))
}

/// Returns the text of a line, as `clean` cleans it. Before that, removes the commands that a
/// telnet client sends to a telnet server (RFC 854: the byte 255, then the byte of the command; the
/// commands 251 to 254 have one more byte).
fn typed_text(line: &[u8]) -> String {
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

/// The byte "interpret as command", with which a telnet command begins. It never occurs in UTF-8.
const TELNET: u8 = 255;

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use super::{LineInput, Lines, is_request, typed_text};
    use crate::base::disconnect::Disconnect;
    use crate::base::limits;

    #[test]
    fn a_line_that_is_too_long_and_has_no_end_is_reported_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut lines = Lines::of(Arc::new(listener.accept().unwrap().0.into()), 1);
        // Longer than a line may be, so the server drops its beginning; the rest is still unread
        // then.
        client.write_all(&vec![b'x'; limits::REQUEST_BYTES_BESIDE_TEXT + 1000]).unwrap();
        drop(client);
        assert!(matches!(lines.next(None), Ok(LineInput::Half)));
        assert_eq!(lines.next(None).err(), Some(Disconnect::PeerClosed));
    }

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
        assert_eq!(typed_text(b"hello\r\n"), "hello");
        assert_eq!(typed_text(b"\xff\xfd\x03\xff\xfb\x18hi\xff\xf1 there\n"), "hi there");
        assert_eq!(typed_text(b"a\x1b[31mb\x07\n"), "a[31mb");
        assert_eq!(typed_text("你好\n".as_bytes()), "你好");
        assert_eq!(typed_text(b"\xc3(\n"), "\u{fffd}(");
        assert_eq!(typed_text(b"\xff\n"), "");
    }
}
