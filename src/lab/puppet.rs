//! Puppets: clients of the lab's server, each of which does one thing wrong (one does all right).
//!
//! A puppet speaks `threadbare.v1` (`docs/PROTOCOL.md`) with bytes made by hand, because most of
//! what it does no library would do.
//!
//! Runs on: one thread for each puppet; two for `flood` and `talk`.
//! Blocks on: what its kind is there to show: a `read` or `write` on its socket; its pause; the
//! end of the channel `stop`; at its end a figure, until it is drawn.
//! Owns: its socket.
//!
//! Part: `lab/mod.rs`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use socket2::{Domain, Socket, Type};

use super::Output;
use crate::base::threads;

/// The size of the socket buffer of a puppet that does not read, in bytes. It is small, so the
/// server soon notices.
const DEAF_BUFFER: usize = 2048;
/// The pause between two messages of `talk`.
const TALK_PAUSE: Duration = Duration::from_millis(50);
/// The pause between two bytes of `drip`.
const DRIP_PAUSE: Duration = Duration::from_secs(1);
/// The length of a message of `talk` and `flood`, in bytes.
const TEXT_BYTES: usize = 1000;

/// What a puppet does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Talk,
    Deaf,
    Drip,
    Flood,
    Half,
    Gone,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Talk, Self::Deaf, Self::Drip, Self::Flood, Self::Half, Self::Gone];

    /// The word that a teacher types for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Deaf => "deaf",
            Self::Drip => "drip",
            Self::Flood => "flood",
            Self::Half => "half",
            Self::Gone => "gone",
        }
    }

    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Talk => "says 20 messages a second, and does nothing wrong",
            Self::Deaf => "reads nothing (let somebody talk, too)",
            Self::Drip => "sends a message by one byte a second",
            Self::Flood => "says as much as it can",
            Self::Half => "sends half a request, and waits",
            Self::Gone => "answers no ping, as if its machine was switched off",
        }
    }

    /// What there is to see in the glass box.
    pub(super) fn watch(self) -> &'static str {
        match self {
            Self::Talk => "Watch `express` and the rounds of the hub.",
            Self::Deaf => {
                "While somebody talks: its outbox fills, the server takes back what waits \
                 (`taken_back`), and its writer sleeps in a call that writes, until the deadline \
                 ends it."
            }
            Self::Drip => {
                "Its reader sleeps in a call that reads, until the deadline for one message ends it."
            }
            Self::Flood => {
                "Watch the queue `broadcast`, and the CPU time of its reader and the hub."
            }
            Self::Half => "A thread `door` waits for the rest, until its deadline ends it.",
            Self::Gone => "Its reader waits for an answer to the ping, until the deadline.",
        }
    }
}

/// A puppet that is there. It goes when this is dropped.
pub(super) struct Puppet {
    kind: Kind,
    number: usize,
    came: Instant,
    socket: Arc<TcpStream>,
    /// Whether it has not ended by itself.
    is_there: Arc<AtomicBool>,
    /// Its thread sees when this is dropped. Nothing is ever sent.
    stop: Option<Sender<()>>,
}

impl Puppet {
    /// Lets a puppet in. Waits for the server's part of the handshake, at most as long as the
    /// server's own deadline for it (`--timeout`).
    ///
    /// # Errors
    /// The server does not take it, or a thread cannot be started.
    pub(super) fn start(
        kind: Kind,
        number: usize,
        addr: SocketAddr,
        output: Output,
    ) -> io::Result<Self> {
        let socket = Arc::new(connect(addr, kind)?);
        let name = format!("{}-{number}", kind.word());
        if kind != Kind::Half {
            shake_hands(&socket, addr)?;
            let hello = r#"{"type":"hello","versions":[1],"rooms":[{"room":"lobby"}],"name":"#;
            (&*socket).write_all(&frame(&format!("{hello}\"{name}\"}}")))?;
        }
        if matches!(kind, Kind::Talk | Kind::Flood) {
            let listens = Arc::clone(&socket);
            threads::spawn("listen", move || read_all(&*listens))?;
        }
        let (stop, stopped) = bounded(0);
        let is_there = Arc::new(AtomicBool::new(true));
        let came = Instant::now();
        let (own, there) = (Arc::clone(&socket), Arc::clone(&is_there));
        threads::spawn("puppet", move || {
            plays(kind, &own, &stopped);
            there.store(false, Ordering::Relaxed);
            // If nobody has stopped it, the server has closed its connection.
            if stopped.try_recv() == Err(TryRecvError::Empty) {
                let after = came.elapsed().as_secs_f64();
                writeln!(output.lock(), "{name}: the server closed it after {after:.1} s.").ok();
            }
        })?;
        Ok(Self { kind, number, came, socket, is_there, stop: Some(stop) })
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }

    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.kind.word(), self.number)
    }

    /// Returns a line about it.
    pub(super) fn summary(&self) -> String {
        let since = self.came.elapsed().as_secs();
        format!("{:<8} here for {since} s: {}", self.name(), self.kind.explanation())
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        self.stop = None;
        // Its thread may sleep in a call on the socket.
        self.socket.shutdown(Shutdown::Both).ok();
    }
}

fn connect(addr: SocketAddr, kind: Kind) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if kind == Kind::Deaf {
        socket.set_recv_buffer_size(DEAF_BUFFER)?;
    }
    socket.connect(&addr.into())?;
    Ok(socket.into())
}

/// Asks for a WebSocket (RFC 6455, section 4.1), and reads the answer up to its empty line.
fn shake_hands(mut socket: &TcpStream, addr: SocketAddr) -> io::Result<()> {
    write!(
        socket,
        "GET /ws HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         Sec-WebSocket-Protocol: threadbare.v1\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte)?;
        answer.extend(byte);
    }
    if answer.starts_with(b"HTTP/1.1 101") {
        return Ok(());
    }
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned();
    Err(io::Error::other(line))
}

/// Returns a text frame as a client sends it (RFC 6455, section 5.2). Its mask is zero, which
/// leaves the text as it is. The text has at most 65,535 bytes.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ ..126) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// Returns a message to the lobby. It has no id, so the server does not answer it.
fn message() -> Vec<u8> {
    let text = "x".repeat(TEXT_BYTES);
    frame(&format!(r#"{{"type":"say","room":"lobby","text":"{text}"}}"#))
}

/// Does what the kind does, until the server closes the connection or nobody wants the puppet.
fn plays(kind: Kind, mut socket: &TcpStream, stopped: &Receiver<()>) {
    match kind {
        Kind::Talk => sends_slowly(socket, stopped, TALK_PAUSE, std::iter::repeat(message())),
        Kind::Drip => {
            let bytes = message().into_iter().map(|byte| vec![byte]);
            sends_slowly(socket, stopped, DRIP_PAUSE, bytes);
        }
        Kind::Flood => {
            let message = message();
            while socket.write_all(&message).is_ok() {}
        }
        // Only `stop` ends it: who does not read does not notice the end of a connection.
        Kind::Deaf => drop(stopped.recv()),
        Kind::Half => {
            if socket.write_all(b"GET /r/lobby HTTP/1.1\r\nHo").is_ok() {
                read_all(socket);
            }
        }
        Kind::Gone => read_all(socket),
    }
}

/// Sends these bytes, with a pause after each part.
fn sends_slowly(
    mut socket: &TcpStream,
    stopped: &Receiver<()>,
    pause: Duration,
    parts: impl Iterator<Item = Vec<u8>>,
) {
    for part in parts {
        if socket.write_all(&part).is_err() {
            return;
        }
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Reads what comes, and forgets it, until the connection ends.
fn read_all(mut socket: impl Read) {
    io::copy(&mut socket, &mut io::sink()).ok();
}
