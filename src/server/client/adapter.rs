//! The socket as tungstenite's reading half sees it.
//!
//! tungstenite reads *and* writes inside `read`: it answers pings and close frames by itself. But a
//! reader must not write to the socket. So the `Read` here is the socket, with its deadlines, and
//! the `Write` puts a pong into the outbox, and keeps tungstenite's reply to a close frame until
//! the reader takes it (for `Seat::end`).
//!
//! Owns: the reading side of the socket, its timeout, and why reading ended.
//! Must not know: the hub, what a message says. `read_deadlines.rs` knows how long to wait, and
//! `frame_watch.rs` which frames are allowed.
//!
//! Next: `classic/format.rs`.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{frame_watch::FrameWatch, read_deadlines::ReadDeadlines};
use crate::base::disconnect::Disconnect;
use crate::base::socket::PublicSocket;
use crate::base::socket::deadline::{Timed, would_wait};
use crate::server::config::ClientConfig;
use crate::server::outbox::{Frame, FrameKind, OutboxSlot};
use crate::server::probe::{self, Wait};

/// When a deadline for a client's bytes has passed, the client's reader still reads once more, for
/// at most this long. If the server's process was suspended, the client's bytes may already be in
/// the kernel.
const LAST_LOOK_WAIT: Duration = Duration::from_millis(1);

/// What tungstenite reads from and writes to. It reads from the client's socket. It never writes to
/// the socket: its pongs go to the outbox, and its answer to a close frame is kept for the reader.
#[derive(Debug)]
pub struct Adapter {
    socket: Arc<PublicSocket>,
    outbox: OutboxSlot,
    watch: FrameWatch,
    deadlines: ReadDeadlines,
    /// The read timeout that the socket has now; zero: the adapter has set none yet. Setting it
    /// costs a system call, so the adapter sets it only when it changes.
    armed: Duration,
    close_reply: Option<Frame>,
    gave_up: Option<Disconnect>,
}

impl Adapter {
    /// Makes the reading half of `socket`. The pongs that tungstenite writes go to `outbox`.
    pub fn new(socket: Arc<PublicSocket>, outbox: OutboxSlot, config: &ClientConfig) -> Self {
        let now = Instant::now();
        let watch = FrameWatch::new(config.message_parts_max, now);
        let deadlines = ReadDeadlines::new(config, now);
        let armed = Duration::ZERO;
        Self { socket, outbox, watch, deadlines, armed, close_reply: None, gave_up: None }
    }

    /// Checks bytes that have just arrived against the rules about frames, and notes their time for
    /// the deadlines. Returns how many of the bytes tungstenite may get. If a frame breaks a rule,
    /// these are not all of the bytes; when tungstenite has got them, `read` fails.
    pub fn see(&mut self, bytes: &[u8]) -> usize {
        let now = Instant::now();
        let seen = self.watch.see(bytes, now);
        self.deadlines.heard(seen.began, self.watch.is_under_way(), now);
        seen.good
    }

    /// Sets the deadline of the client's hello. From `due` on, a read that waits without getting a
    /// byte fails, and [`gave_up`](Self::gave_up) returns [`Disconnect::HelloMissed`]. A later call
    /// replaces the deadline, and `None` removes it.
    pub fn expect_hello(&mut self, due: Option<Instant>) {
        self.deadlines.expect_hello(due);
    }

    /// Returns tungstenite's answer to the peer's close frame; `None`: there is none, or an earlier
    /// call has returned it.
    pub fn take_close_reply(&mut self) -> Option<Frame> {
        self.close_reply.take()
    }

    /// Returns why a `read` failed, if the adapter itself made it fail: a deadline had passed, or a
    /// frame broke a rule. `None`: the adapter has made no read fail.
    pub fn gave_up(&self) -> Option<Disconnect> {
        self.gave_up
    }

    fn give_up(&mut self, reason: Disconnect) -> io::Error {
        self.gave_up = Some(reason);
        io::Error::other("the adapter gave up; `gave_up` says why")
    }

    fn arm(&mut self, timeout: Duration) -> io::Result<()> {
        if self.armed != timeout {
            self.socket.bound_reads(timeout)?;
            self.armed = timeout;
        }
        Ok(())
    }
}

impl Read for Adapter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = self.watch.broken_rule() {
            return Err(self.give_up(reason));
        }
        let mut wait = self.deadlines.next_wait(Instant::now);
        loop {
            // After a deadline the reader makes one more short read. If the server's process was
            // frozen for a time, the peer's bytes may have arrived meanwhile.
            self.arm(wait.unwrap_or(LAST_LOOK_WAIT))?;
            probe::before(Wait::Read);
            match (&*self.socket).read(buffer) {
                Ok(count) => {
                    let good = self.see(&buffer[..count]);
                    return match self.watch.broken_rule() {
                        Some(reason) if good == 0 && count > 0 => Err(self.give_up(reason)),
                        _ => Ok(good),
                    };
                }
                // A signal, such as SIGCONT, has interrupted the read. The loop repeats the read.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if would_wait(&error) => {
                    if let Err(reason) = wait {
                        return Err(self.give_up(reason));
                    }
                    let pinged_at = self.outbox.with(|state| state.pinged_at());
                    wait = self.deadlines.wait_after_silence(pinged_at, Instant::now());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Adapter {
    /// Takes `bytes`, which are always one whole frame: tungstenite's write buffer has size zero,
    /// so tungstenite never joins or splits frames.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.first().map(|first| first & OPCODE_BITS) {
            Some(OPCODE_PONG) => {
                let pong = Frame::encoded(FrameKind::Pong, bytes);
                self.outbox.with(|state| state.push_pong(pong));
            }
            Some(OPCODE_CLOSE) => {
                self.close_reply = Some(Frame::encoded(FrameKind::Close, bytes));
            }
            other => debug_assert!(false, "a reading half writes no such frame: {other:?}"),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// RFC 6455 5.2: the low four bits of a frame's first byte are its opcode, the type of the frame.
const OPCODE_BITS: u8 = 0x0f;
const OPCODE_CLOSE: u8 = 0x8;
const OPCODE_PONG: u8 = 0xa;
