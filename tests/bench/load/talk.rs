//! Talking: the first client of the crowd says numbered messages, all listen, and the test follows
//! each message until the last client has it.

use std::io;
use std::time::{Duration, Instant};

use super::Crowd;
use crate::wire::push_in_frame;

/// How long messages may still be on their way after the last one was sent.
const SETTLE_WAIT: Duration = Duration::from_secs(10);
/// A client that has just come in may miss a message; then the roll call is repeated.
const ROLL_CALL_WAIT: Duration = Duration::from_millis(500);
const ROLL_CALLS_MAX: usize = 40;

/// When the talker says the next message.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many in one write, at each interval.
    Every { interval: Duration, burst: usize },
    /// So many are on their way at any time: one more for each own echo.
    InFlight(usize),
}

/// One period of talking and its results.
#[derive(Debug)]
pub struct Talk {
    listeners: usize,
    numbered: bool,
    first: u32,
    sent_at: Vec<Instant>,
    /// For each message: how many clients have it.
    told: Vec<usize>,
    /// For each connection: how many messages it has.
    heard: Vec<usize>,
    last_at: Instant,
    /// For each message, the time from its first byte until the last client has it.
    pub sweeps: Vec<Duration>,
    pub deliveries: usize,
    /// Messages that came twice or out of order.
    pub disorder: usize,
}

impl Talk {
    fn new(crowd: &Crowd) -> Self {
        Self {
            listeners: crowd.listeners(),
            numbered: crowd.door.numbered,
            first: crowd.next,
            sent_at: Vec::new(),
            told: Vec::new(),
            heard: vec![0; crowd.connections.len()],
            last_at: Instant::now(),
            sweeps: Vec::new(),
            deliveries: 0,
            disorder: 0,
        }
    }

    /// Deliveries that never came.
    pub fn missing(&self) -> usize {
        (self.listeners * self.sent_at.len()).saturating_sub(self.deliveries)
    }

    /// From the first message's start to the last delivery.
    pub fn took(&self) -> Duration {
        self.sent_at.first().map_or(Duration::ZERO, |first| self.last_at - *first)
    }

    fn tell(&mut self, connection: usize, number: u32) {
        let place = self.heard[connection];
        let expected = self.first + u32::try_from(place).unwrap();
        if self.numbered && number < self.first {
            return; // It is from a roll call that was given up.
        }
        if place >= self.told.len() || self.numbered && number != expected {
            self.disorder += 1;
            return;
        }
        self.heard[connection] += 1;
        self.told[place] += 1;
        self.deliveries += 1;
        if self.told[place] == self.listeners {
            self.last_at = Instant::now();
            self.sweeps.push(self.last_at - self.sent_at[place]);
        }
    }

    /// How many messages are due now, and how long until the next one is due.
    fn due(&self, pace: Pace, start: Instant) -> (usize, Duration) {
        let sent = self.sent_at.len();
        match pace {
            Pace::InFlight(most) => (most - (sent - self.heard[0]), Duration::from_millis(100)),
            Pace::Every { interval, burst } => {
                let at = start + interval * u32::try_from(sent / burst).unwrap();
                let left = at.saturating_duration_since(Instant::now());
                (if left.is_zero() { burst } else { 0 }, left)
            }
        }
    }
}

impl Crowd {
    /// After this, each client that is in has heard at least one message.
    pub fn roll_call(&mut self) -> io::Result<()> {
        let once = Pace::Every { interval: Duration::from_secs(3600), burst: 1 };
        for _ in 0..ROLL_CALLS_MAX {
            let talk = self.follow(once, Duration::ZERO, ROLL_CALL_WAIT)?;
            if talk.missing() == 0 {
                return Ok(());
            }
        }
        Err(io::Error::other("some never hear anything"))
    }

    /// Talks for `length`, and waits until all clients have everything.
    pub fn talk(&mut self, pace: Pace, length: Duration) -> io::Result<Talk> {
        self.follow(pace, length, SETTLE_WAIT)
    }

    fn follow(&mut self, pace: Pace, length: Duration, settle: Duration) -> io::Result<Talk> {
        let mut talk = Talk::new(self);
        let mut unsent = Vec::new();
        let start = Instant::now();
        loop {
            let (due, mut wait) = talk.due(pace, start);
            let over = start.elapsed() > length && !talk.sent_at.is_empty();
            if over && (talk.missing() == 0 || start.elapsed() > length + settle) {
                break;
            }
            if over {
                wait = Duration::from_millis(100);
            } else {
                self.say(&mut talk, due, &mut unsent);
                if due > 0 {
                    wait = talk.due(pace, start).1;
                }
            }
            if !self.push(&mut unsent)? {
                wait = Duration::from_millis(1);
            }
            self.turn(wait, |connection, number| talk.tell(connection, number))?;
        }
        Ok(talk)
    }

    fn say(&mut self, talk: &mut Talk, messages: usize, unsent: &mut Vec<u8>) {
        let now = Instant::now();
        for _ in 0..messages {
            push_in_frame(self.door.format, self.next, unsent);
            self.next += 1;
            talk.sent_at.push(now);
            talk.told.push(0);
        }
    }

    /// Gives the kernel what it takes; true if that was everything.
    fn push(&mut self, unsent: &mut Vec<u8>) -> io::Result<bool> {
        let Some(Some(talker)) = self.connections.first_mut() else {
            return Err(io::Error::other("the talker was cut off"));
        };
        if !unsent.is_empty() {
            let taken = talker.send_some(unsent)?;
            unsent.drain(..taken);
        }
        Ok(unsent.is_empty())
    }
}
