//! Connects to a server: returns an open WebSocket, or an error that says why there is none.
//!
//! Blocks on: `connect` and the handshake, each for at most its own time limit. If the answer is
//! not a 101, then perhaps on the answer's body, for at most `DIAL_ANSWER_WAIT`.
//! Must not know: the messages that are sent on the connection.
//!
//! Part: `console/mod.rs`.

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

use super::chat_url::ChatUrl;
use super::connection::{ReadEnd, ServerConnection};
use super::listen;
use super::trouble::ConsoleError;
use crate::base::limits;
use crate::base::socket::deadline::{self, Deadline};
use crate::base::tls::{TlsHandshake, TlsSession, TrustedServer};
use crate::chat::escape;

/// The longest time for which a console command such as `join` tries to connect to the server.
const DIAL_WAIT: Duration = Duration::from_secs(10);
/// The longest time for which a console command waits for the server's answer to the handshake.
pub(super) const DIAL_HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// If the server refuses the handshake, the console waits at most this long for the text of the
/// server's answer.
const DIAL_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// If the server refuses the handshake, the console reads no more than this many bytes of the text
/// of the server's answer.
const DIAL_ANSWER_BYTES_MAX: usize = 4 * 1024;

/// After this long without bytes from the server, the kernel probes the connection. Otherwise a
/// dead connection would look like a quiet room for ever.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// After the first probe of a silent connection, the kernel sends another probe each time this has
/// passed. See [`KEEPALIVE`].
const PROBE_INTERVAL: Duration = Duration::from_secs(10);
/// After this many probes without an answer, the kernel ends a silent connection to the server. See
/// [`KEEPALIVE`].
const PROBES_MAX: u32 = 3;

/// The name of the WebSocket subprotocol that a client of `threadbare.v1` offers. A client of the
/// classic format offers none.
const SUBPROTOCOL: &str = "threadbare.v1";

pub(super) struct Dialled {
    /// The WebSocket, for the thread that reads.
    pub(super) socket: WebSocket<ReadEnd>,
    /// The handle for the threads that write or that end the connection.
    pub(super) connection: Arc<ServerConnection>,
}

/// Tries the socket addresses `addrs` of the URL's host, one after the other, and makes the
/// handshake with the first that accepts a connection. The connection is for the classic format.
/// Blocks for at most `DIAL_WAIT` to connect, `handshake_wait` for the handshake, and
/// `DIAL_ANSWER_WAIT` more for the text of a refusal.
///
/// # Errors
/// The reason why no conversation could begin.
pub(super) fn dial_classic(
    url: &ChatUrl,
    addrs: &[SocketAddr],
    handshake_wait: Duration,
) -> Result<Dialled, ConsoleError> {
    dial_with(handshake_request(url)?, url, addrs, handshake_wait)
}

/// Looks up the URL's host and dials it like [`dial_classic`], but for a conversation in
/// `threadbare.v1`. Blocks also for the resolver, which has its own time limits.
///
/// # Errors
/// Like [`dial_classic`]; also if the host is unknown, or if the server speaks only the classic
/// format.
pub(super) fn dial_v1(url: &ChatUrl) -> Result<Dialled, ConsoleError> {
    let addrs = url.look_up()?;
    let mut request = handshake_request(url)?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static(SUBPROTOCOL));
    dial_with(request, url, &addrs, DIAL_HANDSHAKE_WAIT)
}

fn dial_with(
    request: Request,
    url: &ChatUrl,
    addrs: &[SocketAddr],
    handshake_wait: Duration,
) -> Result<Dialled, ConsoleError> {
    let socket = connect(url, addrs)?;
    let deadline = Deadline::after(handshake_wait);
    let session = match url.trusted() {
        Some(trusted) => Some(speak_tls(&socket, url, trusted, deadline).map_err(|error| {
            let address = url.host_and_port();
            match error.kind() {
                io::ErrorKind::TimedOut => {
                    ConsoleError::NoHandshake { address, wait: handshake_wait }
                }
                _ => ConsoleError::NotSecure { address, why: escape::strip(&error.to_string()) },
            }
        })?),
        None => None,
    };
    let connection = ServerConnection::new(socket, session, deadline);
    match client_with_config(request, ReadEnd(Arc::clone(&connection)), Some(listen::config())) {
        Ok((socket, _)) => {
            connection.read_on();
            Ok(Dialled { socket, connection })
        }
        Err(HandshakeError::Failure(error)) => {
            Err(dial_error(error, url, &connection, handshake_wait))
        }
        // tungstenite returns `Interrupted` only if a read or a write returns "would block", and
        // ours never do. If it happens nevertheless, an error is better than a panic.
        Err(HandshakeError::Interrupted(_)) => {
            Err(ConsoleError::NoHandshake { address: url.host_and_port(), wait: handshake_wait })
        }
    }
}

/// Makes the handshake of TLS. Blocks until it is complete, or until the deadline.
fn speak_tls(
    socket: &TcpStream,
    url: &ChatUrl,
    trusted: &TrustedServer,
    deadline: Deadline,
) -> io::Result<TlsSession> {
    let mut handshake = TlsHandshake::with_server(url.host(), trusted)?;
    let mut came = Vec::new();
    loop {
        let step = handshake.take(&came);
        // If something is wrong, the server hears why.
        let written = deadline::write_all(socket, &handshake.reply(), deadline);
        step.and(written)?;
        if handshake.is_done() {
            return Ok(handshake.into_session());
        }
        came.clear();
        if deadline::read_more(socket, &mut came, limits::DOOR_READ_BYTES, deadline)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn handshake_request(url: &ChatUrl) -> Result<Request, ConsoleError> {
    let url = url.to_string();
    let bad =
        |error: Error| ConsoleError::BadUrl { given: escape::strip(&url), why: error.to_string() };
    url.as_str().into_client_request().map_err(bad)
}

/// Connects to the first socket address in `addrs` that accepts. Blocks for at most `wait`,
/// counted for all attempts together.
fn connect(url: &ChatUrl, addrs: &[SocketAddr]) -> Result<TcpStream, ConsoleError> {
    let address = url.host_and_port();
    let deadline = Deadline::after(DIAL_WAIT);
    let mut failure = io::Error::from(io::ErrorKind::TimedOut);
    for addr in addrs {
        if deadline.has_passed() {
            break;
        }
        match TcpStream::connect_timeout(addr, deadline.left().max(Duration::from_millis(1))) {
            Ok(stream) => {
                let unreachable = |source| ConsoleError::Unreachable { address, source };
                set_options(&stream).map_err(unreachable)?;
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(match failure.kind() {
        io::ErrorKind::ConnectionRefused => ConsoleError::Refused { address },
        io::ErrorKind::TimedOut => ConsoleError::NoAnswer { address, wait: DIAL_WAIT },
        _ => ConsoleError::Unreachable { address, source: failure },
    })
}

/// Sets the socket's options, so that the kernel sends small frames without delay and detects a
/// dead connection.
fn set_options(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(PROBE_INTERVAL)
        .with_retries(PROBES_MAX);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

fn dial_error(
    error: Error,
    url: &ChatUrl,
    connection: &ServerConnection,
    handshake_wait: Duration,
) -> ConsoleError {
    let address = url.host_and_port();
    match error {
        Error::Http(response) => {
            let status = response.status().as_u16();
            ConsoleError::Answered { status, words: words_of(*response, connection) }
        }
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            ConsoleError::NoHandshake { address, wait: handshake_wait }
        }
        Error::Io(source) => ConsoleError::Unreachable { address, source },
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            ConsoleError::ClassicOnly { address }
        }
        Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            ConsoleError::ClosedAtOnce { address }
        }
        other => ConsoleError::NotWebSocket { address, why: other.to_string() },
    }
}

/// Returns the first non-empty line of the answer's body. Returns the standard name of the answer's
/// status if the body has no such line, is chunked, or is not plain text. An unknown status has an
/// empty name. If only a part of the body arrived with the head, blocks until the rest is read, for
/// at most `DIAL_ANSWER_WAIT`.
fn words_of(response: Response, connection: &ServerConnection) -> String {
    let named = response.status().canonical_reason().unwrap_or_default().to_owned();
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let is_plain = header("content-type").is_none_or(|kind| kind.starts_with("text/plain"));
    let wanted = header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(DIAL_ANSWER_BYTES_MAX)
        .min(DIAL_ANSWER_BYTES_MAX);
    let chunked = header("transfer-encoding").is_some();
    let mut body = response.into_body().unwrap_or_default();
    if !is_plain || chunked {
        return named;
    }
    let deadline = Deadline::after(DIAL_ANSWER_WAIT);
    let mut piece = [0; 512];
    while body.len() < wanted {
        match connection.read_more(&mut piece, deadline) {
            Ok(0) | Err(_) => break,
            Ok(read) => body.extend_from_slice(&piece[..read]),
        }
    }
    body.truncate(wanted);
    let text = String::from_utf8_lossy(&body);
    let first = text.lines().map(escape::strip).find(|line| !line.trim().is_empty());
    first.map_or(named, |line| line.trim().to_owned())
}
