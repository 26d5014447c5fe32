//! The write side of a client's real socket.
//!
//! Owns: the vectored write, and the timeout that is set only when it changes.
//! Must not know: which frames, or why.
//!
//! Next: `client/writer.rs`.

use std::cell::Cell;
use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::writer::Line;
use crate::limits;
use crate::socket::{self, deadline::Timed};
use crate::wire::Frame;

/// A client's socket as its writer sees it.
#[derive(Debug)]
pub struct SocketLine {
    socket: Arc<TcpStream>,
    /// The timeout that the socket has now. Setting it costs a system call, so
    /// it is set again only when the next write would wait too long with it, or
    /// too short.
    armed: Cell<Duration>,
}

impl SocketLine {
    /// The write side of `socket`, whose timeout is not known yet.
    pub fn new(socket: Arc<TcpStream>) -> Self {
        Self { socket, armed: Cell::new(Duration::ZERO) }
    }

    fn arm(&self, timeout: Duration) -> io::Result<()> {
        let armed = self.armed.get();
        let fits = armed <= timeout + ARMED_SLACK && armed + ARMED_SLACK >= timeout;
        if !fits {
            self.socket.bound_writes(timeout)?;
            self.armed.set(timeout);
        }
        Ok(())
    }
}

/// How far a timeout may be off: a write deadline is ten seconds and more.
const ARMED_SLACK: Duration = Duration::from_millis(50);

impl Line for SocketLine {
    fn write_some(&self, frames: &[Frame], skip: usize, timeout: Duration) -> io::Result<usize> {
        self.arm(timeout)?;
        let mut slices = [IoSlice::new(&[]); limits::WRITE_FRAMES_MAX];
        let (mut count, mut bytes) = (0, 0);
        for (slice, frame) in slices.iter_mut().zip(frames) {
            let skip = if count == 0 { skip } else { 0 };
            *slice = IoSlice::new(&frame.bytes()[skip..]);
            count += 1;
            bytes += slice.len();
            if bytes >= limits::WRITE_BYTES_MAX {
                break;
            }
        }
        match (&*self.socket).write_vectored(&slices[..count]) {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            other => other,
        }
    }

    fn end_writing(&self) {
        // An error means that the line is down already.
        self.socket.shutdown(Shutdown::Write).ok();
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
