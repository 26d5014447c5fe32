//! One connection to a server, which the thread that reads and the threads that write share.
//!
//! A blocking WebSocket cannot be split into a reading and a writing half, because tungstenite
//! answers a ping from inside its `read`. So the reader runs tungstenite over [`ReadEnd`]. The
//! `Read` of that type reads from the socket; its `Write` hands bytes that belong together, such as
//! one frame, to [`ServerConnection`]. The threads that write use the same [`ServerConnection`], so
//! the bytes of two frames never mix.
//!
//! Owns: the socket, the frames that wait to be sent, and which side sent its close frame first.
//! Must not know: what the messages say, or where they are shown.
//!
//! Blocks: [`ServerConnection::send_text`] and [`ServerConnection::flush`] until the kernel has the
//! frame, or until their deadline, but not while another thread writes. The reader blocks until
//! bytes come, the connection is hung up, or the deadline for reads has passed, if one is set.
//! [`ServerConnection::offer`] and [`ServerConnection::close`] never block. The reader must not
//! wait for space in the socket when it answers a ping, because it would not read meanwhile. If the
//! server, too, waits until we read, both sides would wait for ever.
//!
//! Part: `console/mod.rs`.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use portable_atomic::AtomicU64;
use rustix::io::Errno;
use rustix::net::SendFlags;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::base::socket::deadline::{self, Deadline};
use crate::base::socket::hang_up;
use crate::base::tls::TlsSession;
use crate::console::limits;

/// How long one read of the console waits at most for bytes from the server. Then the console
/// begins another read.
const READ_WAIT: Duration = Duration::from_secs(3600);

/// The opcode of a close frame, in the low four bits of a frame's first byte.
const OPCODE_CLOSE: u8 = 0x8;

pub(super) struct ServerConnection {
    socket: TcpStream,
    /// `None`: the connection is plain. Only who may send seals: the thread that is `busy`, or one
    /// that holds `outgoing` while no thread is.
    session: Option<TlsSession>,
    outgoing: Mutex<Outgoing>,
    /// The source of the masks of our frames. RFC 6455 5.3 demands masks that nobody can predict.
    masks: RandomState,
    masks_made: AtomicU64,
}

#[derive(Default)]
struct Outgoing {
    /// The bytes of frames that the kernel has not taken yet, oldest first, without those that a
    /// thread in [`ServerConnection::flush`] is writing. The first frame can be incomplete, because
    /// its beginning was sent already.
    waiting: Vec<u8>,
    /// True while a thread writes frames in [`ServerConnection::flush`]. That thread also sends the
    /// frames that other threads add during that time.
    busy: bool,
    /// Why we have sent our close frame; `None`: we have sent none yet. After our close frame we
    /// send nothing more.
    closed_by: Option<Side>,
    /// The time after which all reads fail; `None`: a read waits as long as the server is silent.
    read_until: Option<Deadline>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

impl ServerConnection {
    /// Makes a connection over a connected socket, with the session if it speaks TLS. Reads fail
    /// after the deadline `read_until`. [`ServerConnection::read_on`] removes this deadline.
    pub(super) fn new(
        socket: TcpStream,
        session: Option<TlsSession>,
        read_until: Deadline,
    ) -> Arc<Self> {
        let outgoing = Outgoing { read_until: Some(read_until), ..Outgoing::default() };
        Arc::new(Self {
            socket,
            session,
            outgoing: Mutex::new(outgoing),
            masks: RandomState::new(),
            masks_made: AtomicU64::new(0),
        })
    }

    /// Removes the deadline for reads, so that a read waits as long as the server is silent.
    pub(super) fn read_on(&self) {
        self.outgoing.lock().read_until = None;
    }

    /// Makes reads fail after `deadline`, or after the deadline that is already set if that one is
    /// earlier. A read that is already waiting may not notice the new deadline.
    pub(super) fn read_until(&self, deadline: Deadline) {
        let mut outgoing = self.outgoing.lock();
        let earlier = outgoing.read_until.map_or(deadline, |until| until.or_earlier(deadline));
        outgoing.read_until = Some(earlier);
    }

    /// Sends `text` as one frame. Returns true; or, if we have sent our close frame already, sends
    /// nothing and returns false.
    ///
    /// Blocks until the kernel has the frame, or until the deadline. If another thread is writing,
    /// returns without waiting: that thread will send this frame, too.
    ///
    /// # Errors
    /// `TimedOut`, or the socket's error. After an error nothing more can be sent.
    pub(super) fn send_text(&self, text: &str, deadline: Deadline) -> io::Result<bool> {
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

    /// Sends a close frame with `code`, unless we have sent a close frame before. While the kernel
    /// has no space for it, the frame waits for the next write. A read that begins after this call
    /// fails when [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT) is over, so that the reader
    /// does not wait longer for the server's answer. Never blocks.
    pub(super) fn close(&self, code: CloseCode) {
        let frame = Frame::close(Some(CloseFrame { code, reason: "".into() }));
        if let Ok(bytes) = self.masked(frame) {
            // An error is ignored: the reader reports how the connection ends.
            self.enqueue(&bytes, Side::Ours).ok();
        }
        self.read_until(Deadline::after(limits::CONSOLE_CLOSE_WAIT));
    }

    /// Returns whether we have sent a close frame on our own, and not as the answer to the
    /// server's.
    pub(super) fn closed_by_us(&self) -> bool {
        self.outgoing.lock().closed_by == Some(Side::Ours)
    }

    /// Writes the frames that wait. Blocks until the kernel has these frames, or until the
    /// deadline. If another thread is writing, returns without waiting.
    ///
    /// # Errors
    /// `TimedOut`, or the socket's error. After an error nothing more can be sent.
    pub(super) fn flush(&self, deadline: Deadline) -> io::Result<()> {
        let mut outgoing = self.outgoing.lock();
        if outgoing.busy {
            return Ok(());
        }
        while !outgoing.waiting.is_empty() {
            let bytes = std::mem::take(&mut outgoing.waiting);
            outgoing.busy = true;
            drop(outgoing);
            let written = self.write_all(&bytes, deadline);
            outgoing = self.outgoing.lock();
            outgoing.busy = false;
            if let Err(error) = written {
                // At a timeout, the kernel may have taken only a part of a frame. No other frame
                // can follow such a part, so the connection is hung up. After any other error the
                // socket stays open, because the reader can still receive the server's reason.
                if error.kind() == io::ErrorKind::TimedOut {
                    self.hang_up();
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// Shuts down both directions of the socket. Wakes every thread that blocks on this connection.
    pub(super) fn hang_up(&self) {
        hang_up(&self.socket);
    }

    /// Sends bytes that tungstenite has made: the request of the handshake, a pong, or the answer
    /// to a close frame. Never blocks: bytes for which the kernel has no space are sent together
    /// with the next frame. Returns an error if the socket has one, or if too many bytes wait.
    fn offer(&self, bytes: &[u8]) -> io::Result<()> {
        self.enqueue(bytes, Side::Theirs)
    }

    fn enqueue(&self, bytes: &[u8], closing_side: Side) -> io::Result<()> {
        let mut outgoing = self.outgoing.lock();
        if outgoing.closed_by.is_some() {
            // We have sent our close frame, so nothing may follow it. tungstenite does not know
            // that, and makes an answer to the server's close frame. Drop it.
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
        let sent = match &self.session {
            None => self.send_now(&outgoing.waiting),
            Some(session) => {
                session.write(&[IoSlice::new(&outgoing.waiting)], |sealed| self.send_now(sealed))
            }
        };
        match sent {
            Ok(sent) => drop(outgoing.waiting.drain(..sent)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Sends what the kernel has space for; returns how many bytes. Never blocks.
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            match rustix::net::send(&self.socket, bytes, flags) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(0),
                other => return Ok(other?),
            }
        }
    }

    /// Seals the bytes, if the connection speaks TLS, and sends all of them. Blocks until the
    /// kernel has them, or until the deadline.
    fn write_all(&self, mut bytes: &[u8], deadline: Deadline) -> io::Result<()> {
        let send = |bytes: &[u8]| deadline::write_all(&self.socket, bytes, deadline);
        let Some(session) = &self.session else { return send(bytes) };
        while !bytes.is_empty() {
            let sent = session.write(&[IoSlice::new(bytes)], |sealed| {
                send(sealed)?;
                Ok(sealed.len())
            })?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// Reads one time, and decrypts if the connection speaks TLS.
    ///
    /// # Errors
    /// `TimedOut` after the deadline, else the socket's error.
    fn read_once(&self, buffer: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        let Some(session) = &self.session else {
            return deadline::read(&self.socket, buffer, deadline);
        };
        loop {
            match session.read(buffer, |space| deadline::read(&self.socket, space, deadline)) {
                // No record is whole yet.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
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
            let until = bound.unwrap_or_else(|| Deadline::after(READ_WAIT));
            match self.read_once(buffer, until) {
                // No deadline was set when this read began, and it has waited for `READ_WAIT`.
                // Perhaps another thread has set a deadline since, so the loop looks for one and
                // reads again.
                Err(error) if error.kind() == io::ErrorKind::TimedOut && bound.is_none() => {}
                other => return other,
            }
        }
    }

    /// Reads more bytes of the HTTP answer with which the server refused the handshake. Returns how
    /// many bytes were read; 0: the server has ended the connection. Blocks until there are bytes,
    /// the connection has ended, or the deadline has passed.
    pub(super) fn read_more(&self, buffer: &mut [u8], deadline: Deadline) -> io::Result<usize> {
        self.read_once(buffer, deadline)
    }
}

pub(super) struct ReadEnd(pub(super) Arc<ServerConnection>);

impl Read for ReadEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer)
    }
}

impl Write for ReadEnd {
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

    use super::ServerConnection;
    use crate::base::socket::deadline::Deadline;
    use crate::console::limits;

    #[test]
    fn a_pong_never_waits_behind_a_line_that_the_server_does_not_take() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let until = Deadline::after(Duration::from_secs(10));
        let connection = ServerConnection::new(socket, None, until);
        connection.outgoing.lock().waiting = vec![0; 64 * 1024 * 1024];
        let deadline = Deadline::after(Duration::from_millis(500));
        let said = std::thread::scope(|scope| {
            let typing = scope.spawn(|| connection.flush(deadline));
            while !connection.outgoing.lock().busy {
                assert!(!typing.is_finished(), "64 MiB went into a socket that nobody reads");
                std::thread::yield_now();
            }
            connection.offer(b"\x8a\x00").unwrap();
            assert!(connection.outgoing.lock().busy, "the pong waited until the line had left");
            // The connection refuses frames beyond its limit. So a server that sends pings for ever
            // and never reads the pongs cannot fill the memory.
            connection.offer(&[0x8a; limits::CONSOLE_WAITING_BYTES_MAX]).unwrap_err();
            typing.join().unwrap()
        });
        assert_eq!(said.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let until = Deadline::after(Duration::from_secs(10));
        let connection = ServerConnection::new(socket, None, until);
        connection.close(CloseCode::Normal);
        assert!(connection.closed_by_us());
        assert!(!connection.send_text("late", Deadline::after(Duration::from_secs(1))).unwrap());
        // The close frame with which tungstenite answers the server's close frame. The connection
        // must drop it, because we have sent a close frame already.
        connection.offer(b"\x88\x80\0\0\0\0").unwrap();
        connection.hang_up();
        let (mut theirs, _) = listener.accept().unwrap();
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 8, "one masked close frame with a code: {bytes:?}");
        assert_eq!(bytes[..2], [0x88, 0x82]);
    }
}
