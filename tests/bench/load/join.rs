//! Joining: some at a time, until all are in, or have been in.

use std::io;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventData, EventFlags};

use super::connection::Stage;
use super::{Connection, Crowd};

/// A refused client tries again after this time; a real client waits longer.
const AGAIN: Duration = Duration::from_millis(200);
/// All clients must be in by then.
const JOIN_WAIT: Duration = Duration::from_secs(90);

impl Crowd {
    /// Lets `count` more clients in, `at_once` of them connecting at the same time.
    pub fn join(&mut self, count: usize, at_once: usize) -> io::Result<Duration> {
        self.come(count, at_once, false, |_| {})
    }

    /// Like [`Crowd::join`], but these clients never read.
    pub fn join_stalled(&mut self, count: usize, at_once: usize) -> io::Result<Duration> {
        self.come(count, at_once, true, |_| {})
    }

    /// The clients that never read begin to read.
    pub fn wake(&mut self) -> io::Result<()> {
        for (number, connection) in self.connections.iter_mut().enumerate() {
            if let Some(connection) = connection.as_mut().filter(|connection| connection.stalled) {
                connection.stalled = false;
                let data = EventData::new_u64(u64::try_from(number).unwrap());
                epoll::add(&self.epoll, &connection.socket, data, EventFlags::IN)?;
            }
        }
        Ok(())
    }

    /// Lets `count` clients in; each leaves at once.
    pub fn visit(&mut self, count: usize, at_once: usize) -> io::Result<Duration> {
        self.come(count, at_once, false, Self::drop_who_is_in)
    }

    /// Call it only between two turns: then no event refers to a connection by its place.
    fn drop_who_is_in(&mut self) {
        for connection in &mut self.connections {
            if connection.as_ref().is_some_and(|connection| connection.stage == Stage::In) {
                *connection = None;
            }
        }
    }

    /// All clients leave at once.
    pub fn leave(&mut self) {
        self.connections.clear();
        self.dialing = 0;
    }

    fn come(
        &mut self,
        count: usize,
        at_once: usize,
        stalled: bool,
        mut after: impl FnMut(&mut Self),
    ) -> io::Result<Duration> {
        let start = Instant::now();
        let (mut dialed, mut refused, mut pause) = (0, self.refused, start);
        while dialed < count || self.dialing > 0 {
            while dialed < count && self.dialing < at_once && Instant::now() >= pause {
                self.dial(stalled)?;
                dialed += 1;
            }
            self.turn(Duration::from_millis(10), |_, _| {})?;
            if self.refused > refused {
                dialed -= self.refused - refused;
                refused = self.refused;
                pause = Instant::now() + AGAIN;
            }
            after(self);
            if start.elapsed() > JOIN_WAIT {
                return Err(io::Error::other(format!("only {dialed} of {count} came in")));
            }
        }
        Ok(start.elapsed())
    }

    fn dial(&mut self, stalled: bool) -> io::Result<()> {
        let connection = Connection::dial(self.door, stalled)?;
        let free = self.connections.iter().take(self.dialing + 1).position(Option::is_none);
        let number = free.unwrap_or(self.connections.len());
        let data = EventData::new_u64(u64::try_from(number).unwrap());
        epoll::add(&self.epoll, &connection.socket, data, EventFlags::OUT)?;
        if number == self.connections.len() {
            self.connections.push(None);
        }
        self.connections[number] = Some(connection);
        self.dialing += 1;
        Ok(())
    }
}
