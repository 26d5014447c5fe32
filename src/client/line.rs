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

use super::format::ClientFormat;
use super::writer::Line;
use crate::limits;
use crate::outbox::Frame;
use crate::socket::{self, deadline::Timed};

/// A client's socket as its writer sees it.
#[derive(Debug)]
pub struct SocketLine {
    socket: Arc<TcpStream>,
    /// Whoever reads it takes its end for the end of a file.
    is_file: bool,
    /// The timeout that the socket has now. Setting it costs a system call, so
    /// it is set again only when the next write would wait too long with it, or
    /// too short.
    armed: Cell<Duration>,
}

impl SocketLine {
    /// The write side of `socket`, whose timeout is not known yet.
    pub fn new(socket: Arc<TcpStream>, format: impl ClientFormat) -> Self {
        Self { socket, is_file: format.is_file(), armed: Cell::new(Duration::ZERO) }
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
        if self.is_file {
            socket::end_file(&self.socket);
        }
        // An error means that the line is down already.
        self.socket.shutdown(Shutdown::Write).ok();
    }

    fn hang_up(&self) {
        if self.is_file {
            // Its reader is woken, and lets go of it; see `socket::begin_file`.
            self.socket.shutdown(Shutdown::Read).ok();
        } else {
            socket::hang_up(&self.socket);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::{ErrorKind, Read};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Line, SocketLine};
    use crate::outbox::{Frame, FrameKind};
    use crate::socket;

    /// What a peer has of a file that ends so, and how that ends.
    fn file(end: impl FnOnce(&SocketLine)) -> (String, Option<ErrorKind>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let ours = Arc::new(listener.accept().unwrap().0);
        socket::begin_file(&ours).unwrap();
        let line = SocketLine { socket: ours, is_file: true, armed: Cell::new(Duration::ZERO) };
        let frames = [Frame::encoded(FrameKind::Message, b"{}\n")];
        line.write_some(&frames, 0, Duration::from_secs(1)).unwrap();
        // Nothing waits to be sent: an end would be there at once.
        let mut begins = [0; 3];
        theirs.read_exact(&mut begins).unwrap();
        end(&line);
        drop(line);
        let mut rest = String::from_utf8(begins.into()).unwrap();
        let end = theirs.read_to_string(&mut rest).map_err(|error| error.kind());
        (rest, end.err())
    }

    #[test]
    fn a_file_ends_with_an_end_and_half_of_one_with_a_reset() {
        assert_eq!(file(Line::end_writing), ("{}\n".into(), None));
        let reset = ("{}\n".into(), Some(ErrorKind::ConnectionReset));
        assert_eq!(file(Line::hang_up), reset);
        // Its thread has panicked, or the process is gone.
        assert_eq!(file(|_| ()), reset);
    }
}
