//! The line to the server, shared by the thread that reads and those that write.
//!
//! There is no split for a blocking WebSocket: tungstenite answers a ping from
//! inside its `read`. So the reader runs it over [`Ear`], whose `Read` is the
//! socket and whose `Write` hands whole frames to [`Line`]; typed lines come to
//! the same place, and no frame is ever torn by another.
//!
//! Owns: the socket, the frames that wait for it, and who closed first.
//! Must not know: what is said, or where it is shown.
//!
//! Blocks: [`Line::say`] and [`Line::flush`] until the kernel has the frame or
//! their deadline; the reader until bytes come, the line is hung up, or (once
//! the line is closing) its deadline. [`Line::offer`] and [`Line::close`] never
//! block: a reader that waits for room to answer a ping stops reading, and then
//! the server, which waits for us to read, never makes that room.
//!
//! Next: `console/listen.rs`.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rustix::io::Errno;
use rustix::net::SendFlags;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::limits;
use crate::socket::deadline::{self, Deadline};
use crate::socket::hang_up;

/// The low four bits of a frame's first byte, when it is a close frame.
const OPCODE_CLOSE: u8 = 0x8;

/// One connection to a server.
pub(super) struct Line {
    socket: TcpStream,
    outgoing: Mutex<Outgoing>,
    /// Keys of the masks: RFC 6455 5.3 wants them unpredictable.
    masks: RandomState,
    masks_made: AtomicU64,
}

struct Outgoing {
    /// Whole frames, oldest first; the first one may have begun to leave.
    waiting: Vec<u8>,
    /// A thread is in [`Line::flush`] and takes whatever else comes to wait.
    busy: bool,
    /// After a close frame nothing is accepted.
    closed_by: Option<Side>,
    /// Reads wait no longer than this.
    read_until: Option<Deadline>,
}

/// Whose close frame was first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

impl Line {
    /// A line over a connected socket, whose reads end at `read_until` until
    /// [`Line::read_on`] is called.
    pub(super) fn new(socket: TcpStream, read_until: Deadline) -> Arc<Self> {
        let outgoing = Outgoing {
            waiting: Vec::new(),
            busy: false,
            closed_by: None,
            read_until: Some(read_until),
        };
        Arc::new(Self {
            socket,
            outgoing: Mutex::new(outgoing),
            masks: RandomState::new(),
            masks_made: AtomicU64::new(0),
        })
    }

    /// From here on reads wait as long as the server is silent.
    pub(super) fn read_on(&self) {
        self.outgoing.lock().read_until = None;
    }

    /// From here on reads end at `deadline`, or at an earlier one if there is.
    pub(super) fn read_until(&self, deadline: Deadline) {
        let mut outgoing = self.outgoing.lock();
        let earlier = outgoing.read_until.map_or(deadline, |until| until.or_earlier(deadline));
        outgoing.read_until = Some(earlier);
    }

    /// Sends `text` as one frame. False if the line is closing: nothing was sent.
    ///
    /// Blocks until the kernel has it, or another thread that is writing has
    /// taken it over, or the deadline.
    ///
    /// # Errors
    /// `TimedOut`, or what the socket said; the line is then at its end.
    pub(super) fn say(&self, text: &str, deadline: Deadline) -> io::Result<bool> {
        let frame = Frame::message(text.to_owned(), OpCode::Data(Data::Text), true);
        let bytes = self.masked(frame)?;
        {
            let mut outgoing = self.outgoing.lock();
            if outgoing.closed_by.is_some() {
                return Ok(false);
            }
            outgoing.waiting.extend_from_slice(&bytes);
        }
        self.flush(deadline)?;
        Ok(true)
    }

    /// Sends a close frame with `code`, unless one is out; the answer is awaited
    /// for [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT). Never blocks.
    pub(super) fn close(&self, code: CloseCode) {
        let frame = Frame::close(Some(CloseFrame { code, reason: "".into() }));
        if let Ok(bytes) = self.masked(frame) {
            // An error here is met again by whoever reads.
            self.enqueue(&bytes, Side::Ours).ok();
        }
        self.read_until(Deadline::after(limits::CONSOLE_CLOSE_WAIT));
    }

    /// Whether our close frame was first.
    pub(super) fn closed_by_us(&self) -> bool {
        self.outgoing.lock().closed_by == Some(Side::Ours)
    }

    /// Writes what waits. Blocks until the kernel has it or the deadline;
    /// returns at once if another thread is at it.
    ///
    /// # Errors
    /// `TimedOut`, or what the socket said; the line is then at its end.
    pub(super) fn flush(&self, deadline: Deadline) -> io::Result<()> {
        let mut outgoing = self.outgoing.lock();
        if outgoing.busy {
            return Ok(());
        }
        while !outgoing.waiting.is_empty() {
            let bytes = std::mem::take(&mut outgoing.waiting);
            outgoing.busy = true;
            drop(outgoing);
            let written = deadline::write_all(&self.socket, &bytes, deadline);
            outgoing = self.outgoing.lock();
            outgoing.busy = false;
            if let Err(error) = written {
                // Half a frame may be out, so nothing can follow it. On other
                // errors the reader still finds the server's reason.
                if error.kind() == io::ErrorKind::TimedOut {
                    self.hang_up();
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Ends both directions; wakes every thread that waits on this line.
    pub(super) fn hang_up(&self) {
        hang_up(&self.socket);
    }

    /// Takes a whole frame of tungstenite's: a pong, or the answer to a close.
    /// Never blocks: what the kernel has no room for leaves with the next frame.
    fn offer(&self, bytes: &[u8]) -> io::Result<()> {
        self.enqueue(bytes, Side::Theirs)
    }

    fn enqueue(&self, bytes: &[u8], closing_side: Side) -> io::Result<()> {
        let mut outgoing = self.outgoing.lock();
        if outgoing.closed_by.is_some() {
            // tungstenite does not know of our close frame, and answers theirs.
            return Ok(());
        }
        if bytes.first().is_some_and(|first| first & 0x0f == OPCODE_CLOSE) {
            outgoing.closed_by = Some(closing_side);
        }
        if outgoing.waiting.len() + bytes.len() > limits::CONSOLE_WAITING_BYTES_MAX {
            return Err(io::Error::other("the server pings, and reads no pongs"));
        }
        outgoing.waiting.extend_from_slice(bytes);
        if outgoing.busy {
            return Ok(());
        }
        let sent = loop {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match rustix::net::send(&self.socket, &outgoing.waiting, flags) {
                Ok(sent) => break sent,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break 0,
                Err(error) => return Err(error.into()),
            }
        };
        outgoing.waiting.drain(..sent);
        Ok(())
    }

    fn masked(&self, mut frame: Frame) -> io::Result<Vec<u8>> {
        let [one, two, three, four, ..] =
            self.masks.hash_one(self.masks_made.fetch_add(1, Ordering::Relaxed)).to_ne_bytes();
        frame.header_mut().mask = Some([one, two, three, four]);
        let mut bytes = Vec::with_capacity(frame.len());
        frame.format(&mut bytes).map_err(io::Error::other)?;
        Ok(bytes)
    }

    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let bound = self.outgoing.lock().read_until;
            let until = bound.unwrap_or_else(|| Deadline::after(limits::CONSOLE_READ_WAIT));
            match deadline::read(&self.socket, buffer, until) {
                // The bound may have come, or moved, while we waited.
                Err(error) if error.kind() == io::ErrorKind::TimedOut && bound.is_none() => {}
                other => return other,
            }
        }
    }

    /// Reads on in an answer that was no handshake.
    pub(super) fn read_more(&self, buffer: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        deadline::read(&self.socket, buffer, deadline)
    }
}

/// The reader's end of a [`Line`], as tungstenite wants it.
pub(super) struct Ear(pub(super) Arc<Line>);

impl Read for Ear {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer)
    }
}

impl Write for Ear {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.offer(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;

    use tungstenite::protocol::frame::coding::CloseCode;

    use super::Line;
    use crate::limits;
    use crate::socket::deadline::Deadline;

    #[test]
    fn a_pong_never_waits_behind_a_line_that_the_server_does_not_take() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let line = Line::new(socket, Deadline::after(Duration::from_secs(10)));
        line.outgoing.lock().waiting = vec![0; 64 * 1024 * 1024];
        let deadline = Deadline::after(Duration::from_millis(500));
        let said = std::thread::scope(|scope| {
            let typing = scope.spawn(|| line.flush(deadline));
            while !line.outgoing.lock().busy {
                assert!(!typing.is_finished(), "64 MiB went into a socket that nobody reads");
                std::thread::yield_now();
            }
            line.offer(b"\x8a\x00").unwrap();
            assert!(line.outgoing.lock().busy, "the pong waited until the line had left");
            // A peer that pings for ever and never reads does not fill the memory.
            line.offer(&[0x8a; limits::CONSOLE_WAITING_BYTES_MAX]).unwrap_err();
            typing.join().unwrap()
        });
        assert_eq!(said.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let line = Line::new(socket, Deadline::after(Duration::from_secs(10)));
        line.close(CloseCode::Normal);
        assert!(line.closed_by_us());
        assert!(!line.say("late", Deadline::after(Duration::from_secs(1))).unwrap());
        // tungstenite's answer to the server's close frame.
        line.offer(b"\x88\x80\0\0\0\0").unwrap();
        line.hang_up();
        let (mut theirs, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 8, "one masked close frame with a code: {bytes:?}");
        assert_eq!(bytes[..2], [0x88, 0x82]);
    }
}
