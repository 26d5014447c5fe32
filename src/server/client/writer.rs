//! Message path, step 6: the writer takes frames from the outbox and writes them to the socket.
//!
//! Runs on thread `w-<id>`, one per client.
//! Blocks on: the outbox while it is empty or another thread may write, until there is work or the
//! next ping is due; on `write`, until the peer takes bytes, the write deadline passes, or a
//! hang-up; on the hub's inbox while it is full, to report that nothing is unsent any more, if the
//! hub has asked for this.
//! Owns: the right to write to the socket after the door's answer, except while the hub sends a
//! batch by itself; the vectored write; and the socket's write timeout.
//! Must not know: other clients, what a frame says.
//!
//! The chain of files that the lines "Next" make ends here.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client_format::ClientFormat;
use crate::base::socket::deadline::{self, Deadline, Timed};
use crate::base::socket::{self, PublicSocket};
use crate::base::{disconnect::Disconnect, limits};
use crate::server::outbox::{AfterWrite, Frame, FrameKind, Monitor, Outbox, OutboxState, Work};
use crate::server::probe::{self, Wait};
use crate::server::{follow, instruments};

/// A writer adds no further frame to a system call that has this many bytes already. A close frame
/// must wait until the kernel has taken the bytes of the call before it.
const WRITE_BYTES_MAX: usize = 16 * 1024;

/// The write side of a connection, as far as a writer needs it.
pub trait WriteSide {
    /// Writes some bytes of `frames`, after the first `written` bytes, which are written already.
    /// Returns how many bytes it has written. Blocks until the connection takes bytes, for at most
    /// `timeout` plus `ARMED_SLACK`.
    ///
    /// # Errors
    /// No byte was written, because the timeout passed or the connection is dead.
    fn write_some(&self, frames: &[Frame], written: usize, timeout: Duration) -> io::Result<usize>;
    /// Returns how many bytes of the frames cannot be taken back any more, although `write_some`
    /// has not returned them yet: over TLS they are sealed together.
    fn sealed_bytes(&self) -> usize {
        0
    }
    /// Tells the peer that nothing more will come. Over TLS, blocks until the kernel has taken the
    /// words for this, for at most `timeout`. Else never blocks.
    fn end_writing(&self, timeout: Duration);
    /// Ends the connection, so that its threads wake up and end. A file's connection ends when its
    /// socket is closed. Never blocks.
    fn hang_up(&self);
}

/// A writer's deadlines, and the format of the pings that it sends by itself.
#[derive(Clone, Copy, Debug)]
pub struct WriterSettings<F> {
    /// How long the writer may take to write one frame; each frame gets extra time for its length.
    pub write_wait: Duration,
    /// The pause between two pings.
    pub ping_interval: Duration,
    /// The format that the client speaks.
    pub format: F,
}

// Lesson 3 of the course: docs/course/03-two-threads
/// Writes the outbox's frames. Returns when the close frame is written or the connection is dead.
/// Calls `drained` when nothing is unsent any more, if the hub has asked for that notice
/// ([`OutboxState::ask_if_drained`]).
pub fn run<M: Monitor<OutboxState>, F: ClientFormat>(
    outbox: &Outbox<M>,
    side: &impl WriteSide,
    settings: WriterSettings<F>,
    drained: &dyn Fn(),
) {
    let mut ping_due = Instant::now() + settings.ping_interval;
    loop {
        probe::before(Wait::Take);
        match outbox.take(Some(ping_due)) {
            None => {
                ping_due = Instant::now() + settings.ping_interval;
                if let Some(ping) = settings.format.ping() {
                    outbox.with(|state| state.push_ping(ping));
                }
            }
            Some(Work::Batch { frames, written }) => {
                instruments::WRITERS.batches.add(1);
                follow::writer_took(&frames);
                let batch = Batch { frames: frames.into(), written };
                if let Err(reason) = write_batch(outbox, side, settings.write_wait, batch) {
                    outbox.with(|state| state.fail(reason));
                }
            }
            Some(Work::Drained) => drained(),
            Some(Work::AllWritten) => {
                side.end_writing(settings.write_wait);
                break;
            }
            Some(Work::Dead) => {
                side.hang_up();
                break;
            }
        }
    }
    outbox.with(OutboxState::note_writer_ended);
}

/// Writes the frames of one batch, except those that the outbox tells it to drop. Blocks until that
/// is done.
///
/// # Errors
/// The connection is dead, or a frame took too long.
fn write_batch<M: Monitor<OutboxState>>(
    outbox: &Outbox<M>,
    side: &impl WriteSide,
    write_wait: Duration,
    mut batch: Batch,
) -> Result<(), Disconnect> {
    // A frame's deadline runs from the moment when that frame became the first unsent one.
    let mut since = Instant::now();
    // The last frame of a file has no bytes, so it counts as written at once.
    batch.advance(0);
    while let Some(front) = batch.frames.front() {
        // Frames that are sealed together arrive together, so they have their time together.
        let bytes = front.len().max(side.sealed_bytes());
        let left = allowance(bytes, write_wait).saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(Disconnect::WriteTimeout);
        }
        let frames = &*batch.frames.make_contiguous();
        probe::before(Wait::Write(frames));
        match side.write_some(frames, batch.written, left) {
            Ok(bytes) => {
                let finished = batch.advance(bytes);
                instruments::WRITERS.messages.add(finished.messages as u64);
                if finished.frames > 0 {
                    since = Instant::now();
                }
                if finished.ping {
                    outbox.with(|state| state.note_pinged(since));
                }
                let next = outbox.with(|state| state.note_written(finished.messages));
                if next == AfterWrite::DropRest {
                    batch.drop_rest();
                }
            }
            Err(error) if deadline::would_wait(&error) => {}
            Err(_) => return Err(Disconnect::WriteFailed),
        }
    }
    Ok(())
}

/// Returns how long the writer may take to write a frame of so many bytes. A phone that receives
/// 1 KB/s has enough time for every frame; a peer that takes a byte a second has not enough for a
/// long one.
fn allowance(bytes: usize, write_wait: Duration) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    write_wait + Duration::from_secs(bytes.div_ceil(limits::WRITE_WAIT_BYTES_PER_SECOND))
}

struct Batch {
    frames: VecDeque<Frame>,
    written: usize,
}

#[derive(Default)]
struct Finished {
    frames: usize,
    messages: usize,
    ping: bool,
}

impl Batch {
    /// Notes that `bytes` more bytes are written, and removes the frames that are now written
    /// completely.
    fn advance(&mut self, bytes: usize) -> Finished {
        let mut finished = Finished::default();
        self.written += bytes;
        while let Some(front) = self.frames.front() {
            if self.written < front.len() {
                break;
            }
            self.written -= front.len();
            finished.frames += 1;
            finished.messages += usize::from(front.kind() == FrameKind::Message);
            finished.ping |= front.kind() == FrameKind::Ping;
            self.frames.pop_front();
        }
        finished
    }

    /// Drops all frames, except one whose first byte has been written.
    fn drop_rest(&mut self) {
        self.frames.truncate(usize::from(self.written > 0));
    }
}

/// The write side of a client's socket, as the writer uses it in the server.
#[derive(Debug)]
pub struct SocketSide {
    socket: Arc<PublicSocket>,
    /// True if the client receives a file. If the connection ends normally, the client believes
    /// that the file is complete.
    is_file: bool,
    /// The write timeout that the socket has now; `None`: the writer has set none. Setting it costs
    /// a system call. So the writer sets it again only if it differs from the wanted timeout by
    /// more than `ARMED_SLACK`.
    armed: Cell<Option<Duration>>,
}

impl SocketSide {
    /// Makes the write side of `socket`.
    pub fn new(socket: Arc<PublicSocket>, format: impl ClientFormat) -> Self {
        Self { socket, is_file: format.is_file(), armed: Cell::new(None) }
    }

    fn arm(&self, timeout: Duration) -> io::Result<()> {
        let fits = self.armed.get().is_some_and(|armed| armed.abs_diff(timeout) <= ARMED_SLACK);
        if !fits {
            self.socket.bound_writes(timeout)?;
            self.armed.set(Some(timeout));
        }
        Ok(())
    }
}

/// If the socket's write timeout differs from the wanted one by no more than this, the writer
/// leaves it as it is. By default a frame may take ten seconds or more, so the difference hardly
/// matters.
const ARMED_SLACK: Duration = Duration::from_millis(50);

impl WriteSide for SocketSide {
    fn write_some(&self, frames: &[Frame], written: usize, timeout: Duration) -> io::Result<usize> {
        self.arm(timeout)?;
        let mut slices = [IoSlice::new(&[]); limits::WRITE_FRAMES_MAX];
        let (mut count, mut bytes) = (0, 0);
        for (slice, frame) in slices.iter_mut().zip(frames) {
            *slice = IoSlice::new(&frame.bytes()[if count == 0 { written } else { 0 }..]);
            count += 1;
            bytes += slice.len();
            if bytes >= WRITE_BYTES_MAX {
                break;
            }
        }
        match (&*self.socket).write_vectored(&slices[..count]) {
            Ok(0) => Err(io::ErrorKind::WriteZero.into()),
            other => other,
        }
    }

    fn sealed_bytes(&self) -> usize {
        self.socket.sealed_bytes()
    }

    fn end_writing(&self, timeout: Duration) {
        let mut is_said = true;
        if self.socket.is_tls() {
            self.socket.seal_end();
            is_said = deadline::flush(&*self.socket, Deadline::after(timeout)).is_ok();
        }
        if self.is_file && is_said {
            socket::end_file(&self.socket);
        }
        // An error means that the connection is down already.
        self.socket.shutdown(Shutdown::Write).ok();
    }

    fn hang_up(&self) {
        if self.is_file {
            // Shutting down the read side wakes the reader, which then ends. After that the socket
            // is closed, and because of `socket::begin_file` the kernel sends a reset. A shut-down
            // of the write side would look like the normal end of a whole file.
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

    use super::{SocketSide, WriteSide};
    use crate::base::socket;
    use crate::server::outbox::{Frame, FrameKind};

    /// Sends a file of one line and calls `end`. Returns what the peer received, and the error of
    /// its last read; `None`: that read found a normal end.
    fn file(end: impl FnOnce(&SocketSide)) -> (String, Option<ErrorKind>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let ours = Arc::new(listener.accept().unwrap().0.into());
        socket::begin_file(&ours).unwrap();
        let side = SocketSide { socket: ours, is_file: true, armed: Cell::new(None) };
        let frames = [Frame::encoded(FrameKind::Message, b"{}\n")];
        side.write_some(&frames, 0, Duration::from_secs(1)).unwrap();
        // After this read, no bytes wait in the peer's socket, so the peer sees at once how the
        // stream ends.
        let mut begins = [0; 3];
        theirs.read_exact(&mut begins).unwrap();
        end(&side);
        drop(side);
        let mut rest = String::from_utf8(begins.into()).unwrap();
        let end = theirs.read_to_string(&mut rest).map_err(|error| error.kind());
        (rest, end.err())
    }

    #[test]
    fn a_file_ends_with_an_end_and_half_of_one_with_a_reset() {
        assert_eq!(file(|side| side.end_writing(Duration::ZERO)), ("{}\n".into(), None));
        let reset = ("{}\n".into(), Some(ErrorKind::ConnectionReset));
        assert_eq!(file(WriteSide::hang_up), reset);
        // Here the socket is closed, and neither function has run: as after a panic of the writer,
        // or if the process was killed.
        assert_eq!(file(|_| ()), reset);
    }
}
