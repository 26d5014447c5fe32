//! The socket as tungstenite's reading half sees it.
//!
//! tungstenite reads *and* writes inside `read`: it answers pings and close frames by itself. But a
//! reader must not write to the socket. So the `Read` here is the socket, with its deadlines, and
//! the `Write` hands a pong to the outbox, and keeps the reply to a close frame for the end of the
//! client (`Seat::end`).
//!
//! Owns: how long the reader waits for a silent peer or a slow message.
//! Must not know: the hub, what a message says.
//!
//! Next: `server/hub/handle.rs`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::frame_watch::FrameWatch;
use crate::base::bucket::Bucket;
use crate::base::limits;
use crate::base::socket::deadline::{Timed, would_wait};
use crate::server::config::ClientConfig;
use crate::server::disconnect::Disconnect;
use crate::server::outbox::{Frame, FrameKind, OutboxSlot};
use crate::server::probe::{self, Wait};

/// Reads from the socket, "writes" to the outbox.
#[derive(Debug)]
pub struct Adapter {
    socket: Arc<TcpStream>,
    outbox: OutboxSlot,
    pong_wait: Duration,
    ping_interval: Duration,
    /// After this much silence the reader checks whether a ping was not answered.
    look_wait: Duration,
    message_wait: Duration,
    /// How many frames one message may come in.
    message_parts_max: usize,
    /// The deadline by which the peer must say who it is, while the reader waits for that.
    hello_due: Option<Instant>,
    /// When the last byte came from the peer: any byte is a sign of life.
    heard_at: Instant,
    /// Finds where messages begin and end in the bytes.
    watch: FrameWatch,
    /// How many control frames the peer may still send.
    controls: Bucket,
    /// The peer has sent too many control frames.
    flooded: bool,
    /// When the message that is under way began, if one is.
    began_at: Instant,
    /// The ping after which nothing came from the peer; set once the reader notices the silence.
    unanswered_since: Option<Instant>,
    /// The timeout that the socket has now. Setting it costs a system call.
    armed: Duration,
    /// tungstenite's answer to a close frame, for the reader.
    close_reply: Option<Frame>,
    gave_up: Option<Disconnect>,
}

impl Adapter {
    /// Makes the reading half of `socket`. Its pongs go to `outbox`.
    pub fn new(socket: Arc<TcpStream>, outbox: OutboxSlot, config: &ClientConfig) -> Self {
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

    /// Shows the watch the bytes that were read from the socket at `now`. Returns how many of them
    /// tungstenite may get; the next read reports what is wrong with the rest.
    pub fn see(&mut self, bytes: &[u8], now: Instant) -> usize {
        let seen = self.watch.see(bytes);
        if seen.began {
            self.began_at = now;
        }
        self.flooded |= !self.controls.take(self.watch.take_controls(), now);
        seen.good
    }

    /// Makes reads end with [`Disconnect::HelloMissed`] at `due`. A later call replaces this
    /// deadline, and `None` removes it.
    pub fn expect_hello(&mut self, due: Option<Instant>) {
        self.hello_due = due;
    }

    /// Returns tungstenite's answer to the peer's close frame, once; `None` if there is none, or it
    /// was returned already.
    pub fn take_close_reply(&mut self) -> Option<Frame> {
        self.close_reply.take()
    }

    /// Returns why the last `read` failed, if a deadline or a rule ended it.
    pub fn gave_up(&self) -> Option<Disconnect> {
        self.gave_up
    }

    fn give_up(&mut self, reason: Disconnect) -> io::Error {
        self.gave_up = Some(reason);
        io::Error::other("patience ended")
    }

    /// Returns the end that the peer has earned by breaking a rule; `None` if it has broken none.
    /// No wait helps in this case.
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

    /// Returns how long the next read may wait, or which deadline has passed.
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

    /// Decides whether the peer is gone, when nothing came for a whole look wait. Returns how long
    /// the next read may wait, or [`Disconnect::PongMissed`].
    ///
    /// Only an unanswered ping that has really left counts. When the whole process was frozen, no
    /// ping has left, and the reader has read first what arrived meanwhile.
    fn judge_silence(&mut self) -> Result<Duration, Disconnect> {
        if self.unanswered_since.is_none() {
            // The first unanswered ping that the reader sees counts; later pings must not move the
            // deadline.
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

/// Returns how long the peer may be silent before the reader looks for an unanswered ping.
///
/// It is one and a half ping intervals, or the pong wait if that is shorter. By then one ping is
/// unanswered, but hardly a second one. A second ping would give the peer about twice the time to
/// answer, for the reader only knows when the last ping was sent. A peer that answers its pings is
/// never silent for so long, so this wait never ends for it.
fn look_wait(ping_interval: Duration, pong_wait: Duration) -> Duration {
    pong_wait.min(ping_interval * 3 / 2).max(Duration::from_millis(1))
}

/// Returns what is left of a wait, or the reason `over` if nothing is.
fn left(wait: Duration, over: Disconnect) -> Result<Duration, Disconnect> {
    if wait.is_zero() { Err(over) } else { Ok(wait) }
}

impl Read for Adapter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(reason) = self.broken_rule() {
            return Err(self.give_up(reason));
        }
        let mut patience = self.patience();
        loop {
            // A frozen server must not blame its peers. So a peer that seems late gets one more
            // short read, for the bytes that came meanwhile.
            self.arm(patience.unwrap_or(limits::LAST_LOOK_WAIT))?;
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
                // A wait ends so after SIGSTOP and SIGCONT.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if would_wait(&error) => {
                    if let Err(reason) = patience {
                        return Err(self.give_up(reason));
                    }
                    patience = if self.watch.is_under_way() || self.hello_due.is_some() {
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
    /// Takes one whole frame: tungstenite's write buffer has size zero, so tungstenite never joins
    /// or splits frames.
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
