//! From an address to a WebSocket, or to a sentence that says why not.
//!
//! Blocks on: `connect` and the handshake, each within its own wait; and, when
//! the answer is not a 101, up to a second more for its words.
//! Must not know: what is said on the line.
//!
//! Next: `console/line.rs`.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::error::ProtocolError;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{Request, Response};
use tungstenite::http::HeaderValue;
use tungstenite::{Error, WebSocket};

use super::address::Address;
use super::line::{Ear, Line};
use super::listen;
use super::trouble::ConsoleError;
use crate::chat::escape;
use crate::limits;
use crate::socket::deadline::Deadline;

/// What a client offers that can do more than the classic format.
const SUBPROTOCOL: &str = "threadbare.v1";

/// A conversation that can begin.
pub(super) struct Dialled {
    /// For the thread that reads.
    pub(super) socket: WebSocket<Ear>,
    /// For all that write or end it.
    pub(super) line: Arc<Line>,
}

/// How long each step may take.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub(super) connect: Duration,
    pub(super) handshake: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: limits::DIAL_WAIT, handshake: limits::DIAL_HANDSHAKE_WAIT }
    }
}

/// Dials `places`, which `address` was looked up to, in their order.
///
/// # Errors
/// Why it did not come to a conversation.
pub(super) fn dial(
    address: &Address,
    places: &[SocketAddr],
    patience: Patience,
) -> Result<Dialled, ConsoleError> {
    let request = address.url().into_client_request();
    dial_with(request.map_err(|error| no_request(&error, address))?, address, places, patience)
}

/// As [`dial`], for a conversation in `threadbare.v1`.
///
/// # Errors
/// As [`dial`]; a server that speaks the classic format only is one of them.
pub(super) fn dial_numbered(
    address: &Address,
    places: &[SocketAddr],
    patience: Patience,
) -> Result<Dialled, ConsoleError> {
    let request = address.url().into_client_request();
    let mut request = request.map_err(|error| no_request(&error, address))?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
    dial_with(request, address, places, patience)
}

fn dial_with(
    request: Request,
    address: &Address,
    places: &[SocketAddr],
    patience: Patience,
) -> Result<Dialled, ConsoleError> {
    let stream = connect(address, places, patience.connect)?;
    let line = Line::new(stream, Deadline::after(patience.handshake));
    match client_with_config(request, Ear(Arc::clone(&line)), Some(listen::config())) {
        Ok((socket, _)) => {
            line.read_on();
            Ok(Dialled { socket, line })
        }
        Err(HandshakeError::Failure(error)) => Err(explain(error, address, &line, patience)),
        // Our reads never say "would block", so this cannot be; it is no reason to panic.
        Err(HandshakeError::Interrupted(_)) => Err(ConsoleError::NoHandshake {
            address: address.to_string(),
            wait: patience.handshake,
        }),
    }
}

/// An address that was taken apart makes a request, so this is for the unforeseen.
fn no_request(error: &Error, address: &Address) -> ConsoleError {
    let given = escape::strip(&address.url());
    ConsoleError::BadAddress { given, why: error.to_string() }
}

/// The first place that takes us, within `wait` for all of them together.
fn connect(
    address: &Address,
    places: &[SocketAddr],
    wait: Duration,
) -> Result<TcpStream, ConsoleError> {
    let deadline = Deadline::after(wait);
    let mut failure = io::Error::from(io::ErrorKind::TimedOut);
    for place in places {
        if deadline.has_passed() {
            break;
        }
        match TcpStream::connect_timeout(place, deadline.left().max(Duration::from_millis(1))) {
            Ok(stream) => {
                ready(&stream).map_err(|source| ConsoleError::Unreachable {
                    address: address.to_string(),
                    source,
                })?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    let address = address.to_string();
    Err(match failure.kind() {
        io::ErrorKind::ConnectionRefused => ConsoleError::Refused { address },
        io::ErrorKind::TimedOut => ConsoleError::NoAnswer { address, wait },
        _ => ConsoleError::Unreachable { address, source: failure },
    })
}

/// Small frames leave at once, and a line that is down is noticed.
fn ready(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(limits::CONSOLE_KEEPALIVE)
        .with_interval(limits::CONSOLE_PROBE_INTERVAL)
        .with_retries(limits::CONSOLE_PROBES_MAX);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

fn explain(error: Error, address: &Address, line: &Line, patience: Patience) -> ConsoleError {
    let address = address.to_string();
    match error {
        Error::Http(response) => {
            let status = response.status().as_u16();
            ConsoleError::Answered { status, words: words_of(*response, line) }
        }
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            ConsoleError::NoHandshake { address, wait: patience.handshake }
        }
        Error::Io(source) => ConsoleError::Unreachable { address, source },
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            ConsoleError::ClassicOnly { address }
        }
        other => ConsoleError::NotWebSocket { address, why: other.to_string() },
    }
}

/// The first line of a plain answer's body, or else the standard name of its
/// status. Reads on for what has not arrived with the head.
fn words_of(response: Response, line: &Line) -> String {
    let named = response.status().canonical_reason().unwrap_or_default().to_owned();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let is_plain = header("content-type").is_none_or(|kind| kind.starts_with("text/plain"));
    let wanted = header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(limits::DIAL_ANSWER_BYTES_MAX)
        .min(limits::DIAL_ANSWER_BYTES_MAX);
    let chunked = header("transfer-encoding").is_some();
    let mut body = response.into_body().unwrap_or_default();
    if !is_plain || chunked {
        return named;
    }
    let deadline = Deadline::after(limits::DIAL_ANSWER_WAIT);
    let mut piece = [0; 512];
    while body.len() < wanted {
        match line.read_more(&mut piece, deadline) {
            Ok(0) | Err(_) => break,
            Ok(read) => body.extend_from_slice(&piece[..read]),
        }
    }
    body.truncate(wanted);
    let text = String::from_utf8_lossy(&body);
    let first = text.lines().map(escape::strip).find(|line| !line.trim().is_empty());
    first.map_or(named, |line| line.trim().to_owned())
}
