//! One connection of the load: it connects, shakes hands, and then listens.
//!
//! Nothing here blocks: the crowd calls when the kernel says that there is something to do.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::ClientConnection;
use socket2::{Domain, Socket, Type};

use super::Door;
use super::frames::{Frames, Heard};
use crate::any_certificate;
use crate::wire::{Format, hello};

/// A request for a WebSocket on the classic path, without its last line.
const HANDSHAKE: &str = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
Sec-WebSocket-Version: 13\r\n";
/// The receive buffer of a client that never reads.
const STALLED_BUFFER_BYTES: usize = 2 * 1024;

/// How far a connection has come.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Stage {
    Dialing,
    /// A yardstick's handshake of TLS, after which the client is in.
    Sealing,
    Shaking,
    /// `threadbare.v1`: the hello is sent, and the room's log has not come yet.
    Greeting,
    In,
    Gone,
}

pub struct Connection {
    pub socket: Socket,
    pub stage: Stage,
    pub frames: Frames,
    /// This client never reads once it is in.
    pub stalled: bool,
    /// The server has told this client that it is behind.
    pub behind: bool,
    door: Door,
    tls: Option<Box<ClientConnection>>,
    /// The part of the server's handshake answer that has come.
    answer: Vec<u8>,
}

impl Connection {
    /// Begins to connect. A connection that ends is reset, because thousands of them in the
    /// kernel's waiting state would use up the ports, for every server alike.
    pub fn dial(door: Door, stalled: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.set_linger(Some(Duration::ZERO))?;
        if stalled {
            socket.set_recv_buffer_size(STALLED_BUFFER_BYTES)?;
        }
        match socket.connect(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, door.port).into()) {
            Err(error)
                if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) =>
            {
                return Err(error);
            }
            _ => {}
        }
        let (frames, answer) = (Frames::new(door.format), Vec::new());
        let stage = Stage::Dialing;
        let tls = door.tls.then(|| Box::new(any_certificate::connection()));
        Ok(Self { socket, stage, frames, stalled, behind: false, door, tls, answer })
    }

    /// The connect has succeeded or failed.
    pub fn dialed(&mut self) {
        let connected = matches!(self.socket.take_error(), Ok(None));
        let (asks, seals) = (self.door.handshake, self.tls.is_some());
        let request = if asks { handshake(self.door.format) } else { String::new() };
        // By TLS, this also begins the handshake of TLS.
        let began = connected && self.send(request.as_bytes());
        self.stage = match (asks, seals) {
            _ if !began => Stage::Gone,
            (true, _) => Stage::Shaking,
            (false, true) => Stage::Sealing,
            (false, false) => Stage::In,
        };
    }

    /// Reads more of the answer; the bytes after it belong to the frames.
    pub fn shake(&mut self, bytes: &[u8], tell: impl FnMut(Heard)) {
        self.answer.extend(bytes);
        let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return;
        };
        if !self.answer.starts_with(b"HTTP/1.1 101") {
            self.stage = Stage::Gone;
            return;
        }
        self.stage = if self.door.format == Format::Classic {
            Stage::In
        } else if self.send(&hello()) {
            Stage::Greeting
        } else {
            Stage::Gone
        };
        let answer = std::mem::take(&mut self.answer);
        self.frames.read(&answer[end + 4..], tell);
    }

    /// One read: `None` if nothing is there, 0 at the end.
    pub fn receive(&mut self, room: &mut [u8]) -> Option<usize> {
        if self.tls.is_some() {
            return match self.receive_sealed(room) {
                Ok(bytes) => Some(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => None,
                Err(_) => Some(0),
            };
        }
        match recv(&self.socket, room, RecvFlags::DONTWAIT) {
            Ok((bytes, _)) => Some(bytes),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => None,
            Err(_) => Some(0),
        }
    }

    /// The same by TLS.
    ///
    /// # Errors
    /// `WouldBlock`: no text is there.
    fn receive_sealed(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return Ok(0) };
        if tls.read_tls(&mut &self.socket)? == 0 {
            return Ok(0);
        }
        tls.process_new_packets().map_err(io::Error::other)?;
        if self.stage == Stage::Sealing && !tls.is_handshaking() {
            self.stage = Stage::In;
        }
        push_sealed(tls, &self.socket)?;
        tls.reader().read(room)
    }

    /// Sends all bytes; false if the connection cannot take them, since a few bytes always fit.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        matches!(self.send_some(bytes), Ok(taken) if taken == bytes.len())
    }

    /// Sends what fits into the kernel's buffer; returns the number of bytes. By TLS, what is
    /// sealed and does not fit goes with the next bytes.
    pub fn send_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(tls) = &mut self.tls {
            push_sealed(tls, &self.socket)?;
            let taken = if tls.wants_write() { 0 } else { tls.writer().write(bytes)? };
            push_sealed(tls, &self.socket)?;
            return Ok(taken);
        }
        match send(&self.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(rustix::io::Errno::AGAIN) => Ok(0),
            other => Ok(other?),
        }
    }
}

/// Sends as much of what is sealed as fits into the kernel's buffer.
fn push_sealed(tls: &mut ClientConnection, mut socket: &Socket) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(&mut socket) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            other => other.map(drop)?,
        }
    }
    Ok(())
}

fn handshake(format: Format) -> String {
    let offer = match format {
        Format::Classic => "",
        Format::V1 => "Sec-WebSocket-Protocol: threadbare.v1\r\n",
    };
    format!("{HANDSHAKE}{offer}\r\n")
}
