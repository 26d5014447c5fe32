//! A socket as tungstenite's reading half sees it.
//!
//! tungstenite reads *and* writes inside `read`: it answers pings and closes by
//! itself. But a reader may not write. So the `Read` here is the socket, with its
//! deadlines, and the `Write` hands each frame to the outbox.
//!
//! Owns: the reader's patience: how long a silent peer or a slow message is
//! waited for.
//! Must not know: the hub, what a message says.
//!
//! Next: `client/reader.rs`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::frame_watch::FrameWatch;
use crate::bucket::Bucket;
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Berth, Frame, FrameKind};
use crate::probe::{self, Wait};
use crate::socket::deadline::{Timed, would_wait};

/// Reads from the socket, "writes" to the outbox.
#[derive(Debug)]
pub struct Adapter {
    socket: Arc<TcpStream>,
    outbox: Berth,
    pong_wait: Duration,
    ping_interval: Duration,
    /// After so much silence it looks which ping was not answered.
    look_wait: Duration,
    message_wait: Duration,
    /// Frames that one message may come in.
    message_parts_max: usize,
    /// Until then the peer must have said who it is, if it has not yet.
    hello_due: Option<Instant>,
    /// When the peer last gave a sign of life: any byte will do.
    heard_at: Instant,
    /// Finds where messages begin and end in what is read.
    watch: FrameWatch,
    /// Pings and pongs that the peer may still send.
    controls: Bucket,
    /// It has sent more.
    flooded: bool,
    /// When the message that is under way began, if one is.
    began_at: Instant,
    /// The ping that nothing was heard since, once silence was noticed.
    unanswered_since: Option<Instant>,
    /// The timeout that the socket has now; setting one costs a system call.
    armed: Duration,
    /// tungstenite's answer to a close frame; the reader hands it on.
    close_reply: Option<Frame>,
    gave_up: Option<Disconnect>,
}

impl Adapter {
    /// The reading half of `socket`; its frames go to `outbox`.
    pub fn new(socket: Arc<TcpStream>, outbox: Berth, config: &ClientConfig) -> Self {
        Self {
            socket,
            outbox,
            pong_wait: config.pong_wait,
            ping_interval: config.ping_interval,
            look_wait: look_wait(config.ping_interval, config.pong_wait),
            message_wait: config.message_wait,
            message_parts_max: config.message_parts_max,
            hello_due: None,
            heard_at: Instant::now(),
            unanswered_since: None,
            watch: FrameWatch::default(),
            controls: Bucket::full(
                limits::CONTROL_FRAMES_BURST_MAX,
                limits::CONTROL_FRAME_INTERVAL,
                Instant::now(),
            ),
            flooded: false,
            began_at: Instant::now(),
            armed: Duration::ZERO,
            close_reply: None,
            gave_up: None,
        }
    }

    /// Shows the watch what was read from the socket by `now`. Answers how much of it
    /// tungstenite may have; the next read says what is wrong with the rest.
    pub fn see(&mut self, bytes: &[u8], now: Instant) -> usize {
        let seen = self.watch.see(bytes);
        if seen.began {
            self.began_at = now;
        }
        self.flooded |= !self.controls.take(self.watch.take_controls(), now);
        seen.good
    }

    /// From now on reads end with [`Disconnect::HelloMissed`] at `due`; `None`
    /// lifts that.
    pub fn expect_hello(&mut self, due: Option<Instant>) {
        self.hello_due = due;
    }

    /// tungstenite's answer to the peer's close frame, once.
    pub fn take_close_reply(&mut self) -> Option<Frame> {
        self.close_reply.take()
    }

    /// Why the last `read` failed, if patience ended.
    pub fn gave_up(&self) -> Option<Disconnect> {
        self.gave_up
    }

    fn give_up(&mut self, reason: Disconnect) -> io::Error {
        self.gave_up = Some(reason);
        io::Error::other("patience ended")
    }

    /// What the peer must not do, however patient we are.
    fn broken_rule(&self) -> Option<Disconnect> {
        if self.watch.bad_length() {
            return Some(Disconnect::ProtocolViolation);
        }
        if self.flooded {
            return Some(Disconnect::ControlFlood);
        }
        let too_many = self.watch.parts() > self.message_parts_max;
        too_many.then_some(Disconnect::MessageInTooManyParts)
    }

    /// How long the next read may wait, or why no longer.
    fn patience(&self) -> Result<Duration, Disconnect> {
        let mut wait = self.look_wait;
        if let Some(due) = self.hello_due {
            wait = left(due.saturating_duration_since(Instant::now()), Disconnect::HelloMissed)?;
        }
        if self.watch.is_under_way() {
            let rest = self.message_wait.saturating_sub(self.began_at.elapsed());
            wait = wait.min(left(rest, Disconnect::MessageTooSlow)?);
        }
        Ok(wait)
    }

    /// Nothing came for a whole look wait: is the peer gone?
    ///
    /// Only an unanswered ping that really left counts. After a freeze of the
    /// whole process no ping has left, and whatever had arrived was read first.
    fn judge_silence(&mut self) -> Result<Duration, Disconnect> {
        if self.unanswered_since.is_none() {
            // The first one that is seen counts; later ones must not move it.
            self.unanswered_since = self.outbox.pinged_at().filter(|at| *at >= self.heard_at);
        }
        let Some(pinged_at) = self.unanswered_since else { return Ok(self.look_wait) };
        let answer_wait = self.pong_wait.saturating_sub(self.ping_interval);
        let given_up_at = (self.heard_at + self.pong_wait).max(pinged_at + answer_wait);
        left(given_up_at.saturating_duration_since(Instant::now()), Disconnect::PongMissed)
    }

    fn arm(&mut self, timeout: Duration) -> io::Result<()> {
        if self.armed != timeout {
            self.socket.bound_reads(timeout)?;
            self.armed = timeout;
        }
        Ok(())
    }
}

/// When to look for an unanswered ping first: there is one by then, and hardly a second,
/// or the peer had twice the time to answer. With pings that are answered it never comes
/// to that, so nobody is woken for it.
fn look_wait(ping_interval: Duration, pong_wait: Duration) -> Duration {
    pong_wait.min(ping_interval * 3 / 2).max(Duration::from_millis(1))
}

/// What is left of a wait, or why there is nothing.
fn left(wait: Duration, over: Disconnect) -> Result<Duration, Disconnect> {
    if wait.is_zero() { Err(over) } else { Ok(wait) }
}

impl Read for Adapter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = self.broken_rule() {
            return Err(self.give_up(reason));
        }
        let mut verdict = self.patience();
        loop {
            // A frozen server must not blame its peers: whoever seems late gets
            // one more look, for what came meanwhile.
            self.arm(verdict.unwrap_or(limits::LAST_LOOK_WAIT))?;
            probe::before(Wait::Read);
            match (&*self.socket).read(buffer) {
                Ok(count) => {
                    let now = Instant::now();
                    self.heard_at = now;
                    self.unanswered_since = None;
                    let good = self.see(&buffer[..count], now);
                    return match self.broken_rule() {
                        Some(reason) if good == 0 && count > 0 => Err(self.give_up(reason)),
                        _ => Ok(good),
                    };
                }
                // So ends a wait after SIGSTOP and SIGCONT.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if would_wait(&error) => {
                    if let Err(reason) = verdict {
                        return Err(self.give_up(reason));
                    }
                    verdict = if self.watch.is_under_way() || self.hello_due.is_some() {
                        self.patience()
                    } else {
                        self.judge_silence()
                    };
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Adapter {
    /// Takes one whole frame: tungstenite's write buffer is set to zero, so it
    /// never joins or splits them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.first().map(|first| first & OPCODE_BITS) {
            Some(OPCODE_PONG) => self.outbox.push_pong(Frame::encoded(FrameKind::Pong, bytes)),
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

/// RFC 6455 5.2: the low four bits of a frame's first byte.
const OPCODE_BITS: u8 = 0x0f;
const OPCODE_CLOSE: u8 = 0x8;
const OPCODE_PONG: u8 = 0xa;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::look_wait;

    #[test]
    fn whoever_is_pinged_often_is_looked_at_early() {
        let seconds = Duration::from_secs;
        assert_eq!(look_wait(seconds(54), seconds(60)), seconds(60));
        assert_eq!(look_wait(seconds(2), seconds(60)), seconds(3));
        assert_eq!(look_wait(Duration::ZERO, seconds(60)), Duration::from_millis(1));
    }
}
