//! The load: many connections on one thread.
//!
//! One thread, so that it takes as little as possible from the cores that it shares with the
//! server, and the same amount for every server.
//!
//! Owns: the connections, what the kernel says about them, the answers to pings.
//! Must not know: which server this is, what is measured.

mod connection;
mod frames;
mod join;
mod talk;
mod v1;

use std::io;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;

use crate::wire::{Format, push_masked};
use connection::{Connection, Stage};
use frames::Heard;
pub use talk::{Pace, Talk};

/// How a client gets in.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    pub port: u16,
    pub format: Format,
    /// A yardstick has no handshake: a connected client is in.
    pub handshake: bool,
    /// All frames of a yardstick are the same.
    pub numbered: bool,
    /// Whether the clients speak TLS.
    pub tls: bool,
}

/// All connections to one server.
pub struct Crowd {
    door: Door,
    epoll: OwnedFd,
    events: Vec<Event>,
    room: Vec<u8>,
    /// The connections, by the number that epoll has for them; an empty place is a client that has
    /// gone.
    connections: Vec<Option<Connection>>,
    /// How many are neither in nor gone.
    dialing: usize,
    /// How many were in and were ended by the server.
    lost: usize,
    /// How many were never let in.
    refused: usize,
    /// The number of the next message.
    next: u32,
}

impl Crowd {
    /// A crowd without clients.
    pub fn new(door: Door) -> io::Result<Self> {
        Ok(Self {
            door,
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(1024),
            room: vec![0; 64 * 1024],
            connections: Vec::new(),
            dialing: 0,
            lost: 0,
            refused: 0,
            next: 0,
        })
    }

    /// How many were in and were ended by the server.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// How many clients are still in and were told that they are behind.
    pub fn behind(&self) -> usize {
        self.connections.iter().flatten().filter(|connection| connection.behind).count()
    }

    /// Stays for a while and answers pings.
    pub fn linger(&mut self, length: Duration) -> io::Result<()> {
        let end = Instant::now() + length;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.turn(left, |_, _| {})?;
        }
        Ok(())
    }

    /// How many clients read.
    fn listeners(&self) -> usize {
        let listens =
            |connection: &&Connection| connection.stage == Stage::In && !connection.stalled;
        self.connections.iter().flatten().filter(listens).count()
    }

    /// Waits for bytes, at most `wait`, and reads them; calls `tell` with the client and the
    /// message for each message that arrived.
    fn turn(&mut self, wait: Duration, mut tell: impl FnMut(usize, u32)) -> io::Result<()> {
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        let mut events = std::mem::take(&mut self.events);
        match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in events.drain(..) {
            self.act(usize::try_from(event.data.u64()).unwrap(), &mut tell)?;
        }
        self.events = events;
        Ok(())
    }

    /// Handles what happened on one connection.
    fn act(&mut self, number: usize, tell: &mut impl FnMut(usize, u32)) -> io::Result<()> {
        let Some(connection) = &mut self.connections[number] else { return Ok(()) };
        let before = connection.stage;
        if before == Stage::Dialing {
            connection.dialed();
        } else if let Some(bytes) = connection.receive(&mut self.room) {
            let mut others = Vec::new();
            let sort = |heard| match heard {
                Heard::Message(message) => tell(number, message),
                other => others.push(other),
            };
            match (before, bytes) {
                (_, 0) => connection.stage = Stage::Gone,
                (Stage::Shaking, _) => connection.shake(&self.room[..bytes], sort),
                _ => connection.frames.read(&self.room[..bytes], sort),
            }
            for other in others {
                answer(connection, &other);
            }
        }
        self.settle(number, before)
    }

    /// Updates the counts after a connection has changed its stage.
    fn settle(&mut self, number: usize, before: Stage) -> io::Result<()> {
        let Some(connection) = &self.connections[number] else { return Ok(()) };
        if connection.stage == before {
            return Ok(());
        }
        let data = EventData::new_u64(u64::try_from(number).unwrap());
        if connection.stage == Stage::In && connection.stalled {
            epoll::delete(&self.epoll, &connection.socket)?;
        } else if before == Stage::Dialing && connection.stage != Stage::Gone {
            epoll::modify(&self.epoll, &connection.socket, data, EventFlags::IN)?;
        }
        match (before, connection.stage) {
            (Stage::In, _) => self.lost += 1,
            (_, Stage::Gone) => self.refused += 1,
            _ => {}
        }
        if before != Stage::In && matches!(connection.stage, Stage::In | Stage::Gone) {
            self.dialing -= 1;
        }
        if connection.stage == Stage::Gone {
            self.connections[number] = None;
        }
        Ok(())
    }
}

/// What the client does after a frame that is not a message.
fn answer(connection: &mut Connection, heard: &Heard) {
    match heard {
        Heard::Ping(payload) => {
            let mut pong = Vec::new();
            push_masked(0x8a, payload, &mut pong);
            if !connection.send(&pong) {
                connection.stage = Stage::Gone;
            }
        }
        Heard::Close => connection.stage = Stage::Gone,
        Heard::CaughtUp if connection.stage == Stage::Greeting => connection.stage = Stage::In,
        Heard::Behind => connection.behind = true,
        Heard::CaughtUp | Heard::Message(_) => {}
    }
}
