//! Message path, step 6: what the outbox holds goes into the socket.
//!
//! Runs on thread `w-<id>`, one per client.
//! Blocks on: the outbox while it is empty, until the hub leaves something, a
//! pong, a close, or the next ping being due; and on `write`, until the peer takes bytes, the
//! write deadline, or a hang-up; and on the hub's inbox, to say that a client
//! that was behind has room.
//! Owns: the right to write to the socket after the 101, but for a parcel that
//! the outbox has lent to the hub; the vectored write, and the timeout that is set only when it
//! changes.
//! Must not know: other clients, what a frame says.
//!
//! Next: back to the browser. For how a client ends, `client/seat.rs`.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::format::ClientFormat;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Frame, FrameKind, Go, Inside, Monitor, Outbox, Work};
use crate::probe::{self, Wait};
use crate::socket::{self, deadline, deadline::Timed};

/// The write side of a line, as far as a writer needs it.
pub trait Line {
    /// Writes some of `frames`, whose first `skip` bytes are out already, and
    /// answers how many bytes it took. Blocks for `timeout` and `ARMED_SLACK` at most.
    ///
    /// # Errors
    /// Nothing was taken: the timeout, or a dead line.
    fn write_some(&self, frames: &[Frame], skip: usize, timeout: Duration) -> io::Result<usize>;
    /// Says that nothing more will come. Never blocks.
    fn end_writing(&self);
    /// Ends both directions. Never blocks.
    fn hang_up(&self);
}

/// How a writer keeps time, and what it says by itself.
#[derive(Clone, Copy, Debug)]
pub struct WriterTimes<F> {
    /// A frame must be out this long after it came to the front, plus its length.
    pub write_wait: Duration,
    /// Pause between pings.
    pub ping_interval: Duration,
    /// What it speaks.
    pub format: F,
}

/// Writes until the close frame is out or the line is dead. `drained` is called
/// when nothing is unsent and the hub wanted to know.
pub fn run<M: Monitor<Inside>, F: ClientFormat>(
    outbox: &Outbox<M>,
    line: &impl Line,
    times: WriterTimes<F>,
    drained: &dyn Fn(),
) {
    let mut ping_due = Instant::now() + times.ping_interval;
    loop {
        probe::before(Wait::Take);
        match outbox.take(Some(ping_due)) {
            None => {
                ping_due = Instant::now() + times.ping_interval;
                if let Some(ping) = times.format.ping() {
                    outbox.push_ping(ping);
                }
            }
            Some(Work::Batch(frames, skip)) => {
                write(outbox, line, times.write_wait, Batch { frames: frames.into(), skip });
            }
            Some(Work::Drained) => drained(),
            Some(Work::Said(_)) => {
                line.end_writing();
                break;
            }
            Some(Work::Dead(_)) => {
                line.hang_up();
                break;
            }
        }
    }
    outbox.writer_ended();
}

/// Writes one batch to its end, or finds the line dead.
fn write<M: Monitor<Inside>>(
    outbox: &Outbox<M>,
    line: &impl Line,
    write_wait: Duration,
    mut batch: Batch,
) {
    // The deadline of the frame in front runs from when that frame came to the front.
    let mut since = Instant::now();
    // The close of a file has no bytes, so it is out already.
    batch.advance(0);
    while let Some(front) = batch.frames.front() {
        let left = allowance(front, write_wait).saturating_sub(since.elapsed());
        if left.is_zero() {
            return outbox.fail(Disconnect::WriteTimeout);
        }
        let frames = &*batch.frames.make_contiguous();
        probe::before(Wait::Write(frames));
        match line.write_some(frames, batch.skip, left) {
            Ok(taken) => {
                let finished = batch.advance(taken);
                if finished.frames > 0 {
                    since = Instant::now();
                }
                if finished.ping {
                    outbox.pinged(since);
                }
                if outbox.sent(finished.messages) == Go::Cut {
                    batch.cut();
                    outbox.dropped_rest();
                }
            }
            Err(error) if deadline::would_wait(&error) => {}
            Err(_) => return outbox.fail(Disconnect::WriteFailed),
        }
    }
}

/// How long one frame may take: a phone on 1 KB/s lives, a peer that takes a
/// byte a second does not.
fn allowance(frame: &Frame, write_wait: Duration) -> Duration {
    let bytes = u64::try_from(frame.len()).unwrap_or(u64::MAX);
    write_wait + Duration::from_secs(bytes.div_ceil(limits::WRITE_WAIT_BYTES_PER_SECOND))
}

/// Frames being written, and how much of the first is out.
struct Batch {
    frames: VecDeque<Frame>,
    skip: usize,
}

/// What one write has finished.
#[derive(Default)]
struct Finished {
    frames: usize,
    messages: usize,
    ping: bool,
}

impl Batch {
    fn advance(&mut self, taken: usize) -> Finished {
        let mut finished = Finished::default();
        self.skip += taken;
        while let Some(front) = self.frames.front() {
            if self.skip < front.len() {
                break;
            }
            self.skip -= front.len();
            finished.frames += 1;
            finished.messages += usize::from(front.kind() == FrameKind::Message);
            finished.ping |= front.kind() == FrameKind::Ping;
            self.frames.pop_front();
        }
        finished
    }

    /// Keeps only a frame whose first byte is out.
    fn cut(&mut self) {
        self.frames.truncate(usize::from(self.skip > 0));
    }
}

/// A client's real socket as its writer sees it.
#[derive(Debug)]
pub struct SocketLine {
    socket: Arc<TcpStream>,
    /// Whoever reads it takes its end for the end of a file.
    is_file: bool,
    /// The timeout that the socket has now; `None`: none of ours. Setting it costs a
    /// system call, so it is set again only when the next write would wait too long
    /// with it, or too short.
    armed: Cell<Option<Duration>>,
}

impl SocketLine {
    /// The write side of `socket`.
    pub fn new(socket: Arc<TcpStream>, format: impl ClientFormat) -> Self {
        Self { socket, is_file: format.is_file(), armed: Cell::new(None) }
    }

    fn arm(&self, timeout: Duration) -> io::Result<()> {
        let fits = self.armed.get().is_some_and(|it| it.abs_diff(timeout) <= ARMED_SLACK);
        if !fits {
            self.socket.bound_writes(timeout)?;
            self.armed.set(Some(timeout));
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
        let line = SocketLine { socket: ours, is_file: true, armed: Cell::new(None) };
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
