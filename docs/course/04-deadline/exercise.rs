//! Lesson 4, the exercise: read one line by a deadline. The wire brings its own clock, so the test
//! of ten seconds takes no time.

use std::time::Duration;

/// A connection, and the clock on the wall beside it.
pub trait Wire {
    /// The time now. It only goes forward.
    fn now(&self) -> Duration;
    /// Reads one byte. Waits for it, but for the timeout at most. A timeout of zero means to wait
    /// for ever, as in the kernel.
    fn read(&mut self, timeout: Duration) -> Result<u8, NoByte>;
}

/// Why a `read` has brought no byte.
pub enum NoByte {
    TimedOut,
    /// A signal came. No byte is lost, and the caller may read again.
    Interrupted,
    Closed,
}

/// Why a client is refused.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    TooLate,
    TooLong,
    Closed,
}

pub const LINE_BYTES_MAX: usize = 1_000;

/// Reads one line, without its `\n`. The whole line must be there when `wait` has passed since the
/// call; else the client is refused at that moment, and not later.
pub fn read_line(wire: &mut impl Wire, wait: Duration) -> Result<String, Refusal> {
    let mut line = String::new();
    while line.len() <= LINE_BYTES_MAX {
        // YOUR TURN: the client gets the whole time again for each byte.
        match wire.read(wait) {
            Ok(b'\n') => return Ok(line),
            Ok(byte) => line.push(char::from(byte)),
            Err(NoByte::Interrupted) => {}
            Err(NoByte::TimedOut) => return Err(Refusal::TooLate),
            Err(NoByte::Closed) => return Err(Refusal::Closed),
        }
    }
    Err(Refusal::TooLong)
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    const WAIT: Duration = Duration::from_secs(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A wire with a stopped clock. The clock moves only when somebody waits.
    #[derive(Default)]
    struct TestWire {
        now: Duration,
        /// What comes, and when.
        coming: VecDeque<(Duration, u8)>,
        /// If set, a signal comes each time when so much time has passed.
        signals: Option<Duration>,
    }

    impl TestWire {
        /// A client that sends its text one byte at a time, with the same pause before each.
        fn dripping(text: &str, pause: Duration) -> Self {
            let mut at = Duration::from_secs(0);
            let mut one = |byte| {
                at += pause;
                (at, byte)
            };
            Self { coming: text.bytes().map(&mut one).collect(), ..Self::default() }
        }
    }

    impl Wire for TestWire {
        fn now(&self) -> Duration {
            self.now
        }

        fn read(&mut self, timeout: Duration) -> Result<u8, NoByte> {
            assert!(timeout > ms(0), "a timeout of zero means to wait for ever");
            assert!(self.now < ms(60_000), "the client has kept the thread for a minute");
            let (until, signal) = (self.now + timeout, self.signals.map(|every| self.now + every));
            let byte = self.coming.front().map(|(at, _)| *at).filter(|at| *at <= until);
            if let Some(signal) = signal.filter(|signal| *signal < byte.unwrap_or(until)) {
                self.now = signal;
                return Err(NoByte::Interrupted);
            }
            self.now = self.now.max(byte.unwrap_or(until));
            byte.and_then(|_| self.coming.pop_front()).map_or(Err(NoByte::TimedOut), |it| Ok(it.1))
        }
    }

    #[test]
    fn a_client_that_drips_is_refused_at_the_deadline() {
        // One byte comes exactly at the deadline.
        for pause in [200, 300, 999] {
            let mut wire = TestWire::dripping(&"x".repeat(50), ms(pause));
            assert_eq!(read_line(&mut wire, WAIT), Err(Refusal::TooLate));
            assert_eq!(wire.now, WAIT, "when the client was refused; pause {} ms", pause);
        }
    }

    #[test]
    fn signals_do_not_move_the_deadline() {
        let mut wire = TestWire { signals: Some(ms(300)), ..TestWire::default() };
        assert_eq!(read_line(&mut wire, WAIT), Err(Refusal::TooLate));
        assert_eq!(wire.now, WAIT, "when the silent client was refused");
    }

    #[test]
    fn a_slow_client_that_is_in_time_is_heard() {
        let mut wire = TestWire::dripping("hi\nyou\n", ms(240));
        assert_eq!(read_line(&mut wire, WAIT), Ok("hi".to_string()));
        assert_eq!(read_line(&mut wire, WAIT), Ok("you".to_string()), "each line has its deadline");
    }

    #[test]
    fn a_long_line_is_heard_and_one_that_is_too_long_is_not() {
        let long = "x".repeat(LINE_BYTES_MAX);
        let mut wire = TestWire::dripping(&(long.clone() + "\n"), ms(0));
        assert_eq!(read_line(&mut wire, WAIT), Ok(long.clone()));
        let mut wire = TestWire::dripping(&(long + "x\n"), ms(0));
        assert_eq!(read_line(&mut wire, WAIT), Err(Refusal::TooLong));
    }
}
