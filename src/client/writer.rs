//! Message path, step 6: what the outbox holds goes into the socket.
//!
//! Runs on thread `w-<id>`, one per client.
//! Blocks on: the outbox while it is empty, until the hub leaves something, a
//! pong, a close, or the next ping being due; and on `write`, until the peer takes bytes, the
//! write deadline, or a hang-up; and on the hub's inbox, to say that a client
//! that was behind has room.
//! Owns: the right to write to the socket after the 101, but for a parcel that
//! the outbox has lent to the hub.
//! Must not know: other clients, what a frame says.
//!
//! Next: back to the browser. For how a client ends, `client/mod.rs`.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use super::format::ClientFormat;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Frame, FrameKind, Go, Inside, Monitor, Outbox, Work};
use crate::probe::{self, Wait};
use crate::socket::deadline;

/// The write side of a line, as far as a writer needs it.
pub trait Line {
    /// Writes some of `frames`, whose first `skip` bytes are out already, and
    /// answers how many bytes it took. Blocks for `timeout` at most.
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
    /// A frame must be out this long after its first byte, plus its length.
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
    // The deadline of the frame in front, from its first byte; before that byte
    // it runs from the last progress.
    let mut since = Instant::now();
    // The close of a file is nothing, and out.
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
