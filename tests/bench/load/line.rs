//! One connection of the load: it dials, shakes hands, and then listens.
//!
//! Nothing here waits: the crowd calls when the kernel says that there is
//! something to do.
//!
//! Next: `tests/bench/load/mod.rs`.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::{Domain, Socket, Type};

use super::frames::Frames;

/// One asks for a WebSocket on the classic path.
const HANDSHAKE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
Sec-WebSocket-Version: 13\r\n\r\n";
/// The receive buffer of one who never reads.
const STALLED_BUFFER_BYTES: usize = 2 * 1024;

/// How far a connection has come.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Stage {
    Dialing,
    Shaking,
    In,
    Gone,
}

pub struct Line {
    pub socket: Socket,
    pub stage: Stage,
    pub frames: Frames,
    /// This one never reads once it is in.
    pub stalled: bool,
    /// The server's answer to the handshake, as far as it is here.
    answer: Vec<u8>,
}

impl Line {
    /// Begins to connect. Ended lines are reset: thousands of them in the
    /// kernel's waiting state would use up the ports, for every server alike.
    pub fn dial(port: u16, stalled: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.set_linger(Some(Duration::ZERO))?;
        if stalled {
            socket.set_recv_buffer_size(STALLED_BUFFER_BYTES)?;
        }
        match socket.connect(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, port).into()) {
            Err(error)
                if error.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) =>
            {
                return Err(error);
            }
            _ => {}
        }
        let (frames, answer) = (Frames::default(), Vec::new());
        Ok(Self { socket, stage: Stage::Dialing, frames, stalled, answer })
    }

    /// The connect has ended one way or the other.
    pub fn dialed(&mut self, handshake: bool) {
        let connected = matches!(self.socket.take_error(), Ok(None));
        self.stage = match (connected, handshake) {
            (false, _) => Stage::Gone,
            (true, false) => Stage::In,
            (true, true) if self.send(HANDSHAKE) => Stage::Shaking,
            (true, true) => Stage::Gone,
        };
    }

    /// Reads on in the answer; what follows it stays for the frames.
    pub fn shake(&mut self, bytes: &[u8], tell: impl FnMut(super::frames::Heard)) {
        self.answer.extend(bytes);
        let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return;
        };
        if !self.answer.starts_with(b"HTTP/1.1 101") {
            self.stage = Stage::Gone;
            return;
        }
        self.stage = Stage::In;
        let answer = std::mem::take(&mut self.answer);
        self.frames.read(&answer[end + 4..], tell);
    }

    /// One read; none when nothing is there, 0 at the end.
    pub fn receive(&mut self, room: &mut [u8]) -> Option<usize> {
        match recv(&self.socket, room, RecvFlags::DONTWAIT) {
            Ok((bytes, _)) => Some(bytes),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => None,
            Err(_) => Some(0),
        }
    }

    /// Sends all or reports that the line is of no use: a few bytes always fit.
    pub fn send(&self, bytes: &[u8]) -> bool {
        matches!(self.send_some(bytes), Ok(taken) if taken == bytes.len())
    }

    /// Sends what fits into the kernel's buffer: how many bytes that was.
    pub fn send_some(&self, bytes: &[u8]) -> io::Result<usize> {
        match send(&self.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(rustix::io::Errno::AGAIN) => Ok(0),
            other => Ok(other?),
        }
    }
}
