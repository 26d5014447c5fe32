//! How long a reader waits for its peer's hello, for the rest of a message, or for a sign of life.
//!
//! Owns: the deadlines of a reader, and the rule that decides when the server gives up a silent
//! peer. This code reads no clock itself: the adapter passes the time, or a function that returns
//! it.
//! Must not know: sockets, the outbox, bytes.
//!
//! Part: `server/client/mod.rs`.

use std::time::{Duration, Instant};

use crate::base::disconnect::Disconnect;
use crate::server::config::ClientConfig;

#[derive(Debug)]
pub(super) struct ReadDeadlines {
    /// A peer may be silent for at least this long. If it is silent for longer and has not answered
    /// a ping, the server gives it up.
    pong_wait: Duration,
    ping_interval: Duration,
    /// How long a peer must have sent nothing before the reader checks whether it has left a ping
    /// unanswered.
    look_wait: Duration,
    /// How long one message or control frame may take, from its first byte to its last.
    message_wait: Duration,
    /// The moment by which the peer must have said who it is; `None`: the reader does not wait for
    /// a hello.
    hello_due: Option<Instant>,
    /// When the first byte of the incomplete message or frame came; `None`: nothing is incomplete.
    message_began_at: Option<Instant>,
    /// When the peer's newest byte came. Before its first byte: when its connection was handed
    /// over.
    heard_at: Instant,
    /// When the writer sent the first ping that the reader has found unanswered. The reader looks
    /// for one only after a read that timed out. `None`: it has found none since the peer's newest
    /// byte.
    unanswered_since: Option<Instant>,
}

impl ReadDeadlines {
    pub(super) fn new(config: &ClientConfig, now: Instant) -> Self {
        Self {
            pong_wait: config.pong_wait,
            ping_interval: config.ping_interval,
            look_wait: look_wait(config.ping_interval, config.pong_wait),
            message_wait: config.message_wait,
            hello_due: None,
            message_began_at: None,
            heard_at: now,
            unanswered_since: None,
        }
    }

    pub(super) fn expect_hello(&mut self, due: Option<Instant>) {
        self.hello_due = due;
    }

    /// Notes that bytes came from the peer at `now`. `began`: a message or a frame began in these
    /// bytes. `is_under_way`: a message or a frame has begun and is not complete yet.
    pub(super) fn heard(&mut self, began: bool, is_under_way: bool, now: Instant) {
        self.heard_at = now;
        self.unanswered_since = None;
        let before = self.message_began_at.filter(|_| !began);
        self.message_began_at = is_under_way.then(|| before.unwrap_or(now));
    }

    /// Returns how long the next read may block. Reads the clock (`now`) only while a hello or the
    /// rest of a message is due: the reader calls this before each read, and reading the clock
    /// takes time.
    ///
    /// # Errors
    /// The deadline of the hello or of the message has passed.
    pub(super) fn next_wait(&self, now: impl Fn() -> Instant) -> Result<Duration, Disconnect> {
        let mut wait = self.look_wait;
        if let Some(due) = self.hello_due {
            wait = left(due, now(), Disconnect::HelloMissed)?;
        }
        if let Some(began_at) = self.message_began_at {
            wait = wait.min(left(began_at + self.message_wait, now(), Disconnect::MessageTooSlow)?);
        }
        Ok(wait)
    }

    /// Returns how long the next read may block, after a read that got no byte. If the reader waits
    /// neither for a hello nor for the rest of a message, this checks that the peer answers the
    /// server's pings. `pinged_at` is the moment at which the newest ping left.
    ///
    /// The peer counts as gone only if it has not answered a ping that has really left. While the
    /// whole process is frozen, no ping leaves; afterwards the reader first reads the bytes that
    /// have arrived during that time.
    ///
    /// # Errors
    /// The deadline of the hello or of the message has passed; or the peer is gone:
    /// [`Disconnect::PongMissed`].
    pub(super) fn wait_after_silence(
        &mut self,
        pinged_at: Option<Instant>,
        now: Instant,
    ) -> Result<Duration, Disconnect> {
        if self.message_began_at.is_some() || self.hello_due.is_some() {
            return self.next_wait(|| now);
        }
        // The deadline runs from the first ping that the reader has found unanswered; a later ping
        // must not move the deadline.
        let unanswered = pinged_at.filter(|at| *at >= self.heard_at);
        self.unanswered_since = self.unanswered_since.or(unanswered);
        let Some(pinged_at) = self.unanswered_since else { return Ok(self.look_wait) };
        let answer_wait = self.pong_wait.saturating_sub(self.ping_interval);
        let given_up_at = (self.heard_at + self.pong_wait).max(pinged_at + answer_wait);
        left(given_up_at, now, Disconnect::PongMissed)
    }
}

/// Returns how long the peer may be silent before the reader checks for an unanswered ping.
///
/// That time is one and a half ping intervals, or the pong wait if that is shorter. After so much
/// silence one ping is usually unanswered, and seldom a second one. A second one would be bad: the
/// reader knows only when the newest ping was sent, so the peer would get more time for its answer.
fn look_wait(ping_interval: Duration, pong_wait: Duration) -> Duration {
    pong_wait.min(ping_interval * 3 / 2).max(Duration::from_millis(1))
}

fn left(due: Instant, now: Instant, over: Disconnect) -> Result<Duration, Disconnect> {
    let wait = due.saturating_duration_since(now);
    if wait.is_zero() { Err(over) } else { Ok(wait) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{ReadDeadlines, look_wait};
    use crate::base::disconnect::Disconnect;
    use crate::base::language::Language;
    use crate::server::config::ClientConfig;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn deadlines(now: Instant) -> ReadDeadlines {
        let mut config = ClientConfig::new(Language::English);
        (config.pong_wait, config.ping_interval) = (seconds(60), seconds(20));
        config.message_wait = seconds(10);
        ReadDeadlines::new(&config, now)
    }

    #[test]
    fn whoever_is_pinged_often_is_looked_at_early() {
        assert_eq!(look_wait(seconds(54), seconds(60)), seconds(60));
        assert_eq!(look_wait(seconds(2), seconds(60)), seconds(3));
        assert_eq!(look_wait(Duration::ZERO, seconds(60)), Duration::from_millis(1));
    }

    #[test]
    fn a_message_has_its_time_from_its_first_byte_and_the_next_one_has_its_own() {
        let start = Instant::now();
        let mut deadlines = deadlines(start);
        deadlines.heard(true, true, start);
        deadlines.heard(false, true, start + seconds(9));
        assert_eq!(deadlines.next_wait(|| start + seconds(9)), Ok(seconds(1)));
        assert_eq!(deadlines.next_wait(|| start + seconds(10)), Err(Disconnect::MessageTooSlow));
        // The end of the message and the beginning of the next one came in the same bytes.
        deadlines.heard(true, true, start + seconds(9));
        assert_eq!(deadlines.next_wait(|| start + seconds(10)), Ok(seconds(9)));
        deadlines.heard(false, false, start + seconds(11));
        assert_eq!(deadlines.next_wait(|| start + seconds(100)), Ok(seconds(30)));
    }

    #[test]
    fn a_peer_is_given_up_only_after_a_ping_that_really_left() {
        let start = Instant::now();
        let mut deadlines = deadlines(start);
        // The process was frozen for an hour: no ping has left since the last byte came.
        let late = start + seconds(3_600);
        assert_eq!(deadlines.wait_after_silence(None, late), Ok(seconds(30)));
        let pinged_at = Some(late + seconds(1));
        assert_eq!(deadlines.wait_after_silence(pinged_at, late + seconds(1)), Ok(seconds(40)));
        // A second ping does not move the deadline of the pong.
        let again = Some(late + seconds(21));
        let missed = Err(Disconnect::PongMissed);
        assert_eq!(deadlines.wait_after_silence(again, late + seconds(41)), missed);
        deadlines.heard(false, false, late + seconds(41));
        assert_eq!(deadlines.wait_after_silence(again, late + seconds(42)), Ok(seconds(30)));
    }
}
