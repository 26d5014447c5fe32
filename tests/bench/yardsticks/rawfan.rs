//! The floor of a fan-out: one thread, one ready-made frame, a bare `send` to each person for each
//! message that arrives.
//!
//! No handshake, no parsing: all messages have one length, so bytes count them. With `--joined`,
//! the messages of one read, up to 64, leave in one `send`. With `--paired`, each person has two
//! threads that sleep, one of them on the socket: the cost of a `send` in a server that has two
//! threads a person, before it does anything with them. With `--v1`, messages are as long as those
//! of `threadbare.v1`. A peer that cannot take a whole frame at once is dropped; there is no queue.

use std::io;
use std::sync::Arc;
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use socket2::Socket;
use threadbare::base::limits::STACK_BYTES;

use crate::wire::{Format, in_frame_bytes, out_frame};

/// Messages that one `send` joins at most, as many as a round of the product.
const JOINED_MAX: usize = 64;
const LISTENER: u64 = u64::MAX;

struct Fan {
    epoll: rustix::fd::OwnedFd,
    listener: Socket,
    /// The sockets, by the number that epoll has for them; an empty place is a person who has left.
    people: Vec<Option<Arc<Socket>>>,
    /// [`JOINED_MAX`] times the same frame.
    frames: Vec<u8>,
    frame_bytes: usize,
    /// Bytes of a message that arrives.
    in_frame_bytes: usize,
    joined: bool,
    paired: bool,
    /// Bytes of an unfinished message, by person.
    begun: Vec<usize>,
}

/// Runs until it is killed.
pub(super) fn run(format: Format, joined: bool, paired: bool) -> io::Result<()> {
    let listener = super::listen()?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    let frame = out_frame(format);
    let mut fan = Fan {
        epoll,
        listener,
        people: Vec::new(),
        frames: frame.repeat(JOINED_MAX),
        frame_bytes: frame.len(),
        in_frame_bytes: in_frame_bytes(format),
        joined,
        paired,
        begun: Vec::new(),
    };
    let mut events = Vec::with_capacity(256);
    let mut room = vec![0_u8; JOINED_MAX * fan.in_frame_bytes];
    loop {
        epoll::wait(&fan.epoll, spare_capacity(&mut events), None)?;
        // Newcomers first: a person who connected before a message must hear it.
        if events.iter().any(|event: &epoll::Event| event.data.u64() == LISTENER) {
            fan.accept()?;
        }
        for event in events.drain(..).filter(|event| event.data.u64() != LISTENER) {
            let messages = fan.read(usize::try_from(event.data.u64()).unwrap(), &mut room);
            fan.tell(messages);
        }
    }
}

impl Fan {
    fn accept(&mut self) -> io::Result<()> {
        while let Ok((socket, _)) = self.listener.accept() {
            super::tune(&socket)?;
            let socket = Arc::new(socket);
            if self.paired {
                sleep_beside(&socket)?;
            }
            let number = EventData::new_u64(u64::try_from(self.people.len()).unwrap());
            epoll::add(&self.epoll, &socket, number, EventFlags::IN)?;
            self.people.push(Some(socket));
            self.begun.push(0);
        }
        Ok(())
    }

    /// One read; returns how many messages it completed.
    fn read(&mut self, number: usize, room: &mut [u8]) -> usize {
        let Some(socket) = &self.people[number] else { return 0 };
        let Ok((bytes @ 1.., _)) = recv(socket, &mut *room, RecvFlags::DONTWAIT) else {
            self.people[number] = None;
            return 0;
        };
        let waiting = self.begun[number] + bytes;
        self.begun[number] = waiting % self.in_frame_bytes;
        waiting / self.in_frame_bytes
    }

    fn tell(&mut self, messages: usize) {
        let step = if self.joined { messages } else { 1 };
        let mut left = messages;
        while left > 0 {
            let bytes = &self.frames[..step.min(JOINED_MAX).min(left) * self.frame_bytes];
            for person in &mut self.people {
                let Some(socket) = person else { continue };
                let sent = send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
                if sent != Ok(bytes.len()) {
                    *person = None;
                }
            }
            left -= bytes.len() / self.frame_bytes;
        }
    }
}

/// Two threads for a person: one waits on the socket, one for nothing.
#[expect(clippy::disallowed_methods, reason = "no thread of the product")]
fn sleep_beside(socket: &Arc<Socket>) -> io::Result<()> {
    let watched = Arc::clone(socket);
    let made = || thread::Builder::new().stack_size(STACK_BYTES);
    // It waits only for the socket's end, because the one thread reads the messages.
    made().spawn(move || {
        poll(
            &mut [PollFd::from_borrowed_fd(rustix::fd::AsFd::as_fd(&*watched), PollFlags::RDHUP)],
            None,
        )
    })?;
    made().spawn(|| {
        loop {
            thread::park();
        }
    })?;
    Ok(())
}
