//! Fan-out: one message into many outboxes, and the few acts on a single one.
//!
//! Owns: each client's outbox as the hub holds it, the messages noted for the
//! next push, and when an ending client is hung up on.
//! Must not know: who deserves what; `hub/core.rs` decides.
//!
//! Next: `outbox/mod.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Sender;

use super::ClientId;
use super::handle::Registration;
use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Berth, ExpressLine, Parcel, Pushed, Rest};
use crate::socket;
use crate::wire::{Frame, classic};

pub(super) struct Fanout {
    clients: BTreeMap<ClientId, Held>,
    way: FanOut,
    noted: Parcel,
    parcel_messages_max: usize,
    /// Ending clients, soonest first: all waits of one kind are the same, and
    /// the two kinds are rare enough to be kept sorted by hand.
    hang_ups: VecDeque<(Instant, ClientId)>,
}

/// A client as the hub holds it.
struct Held {
    outbox: Berth,
    socket: Arc<TcpStream>,
    welcome: Option<Sender<Result<(), Disconnect>>>,
    hears: bool,
}

impl Fanout {
    pub(super) fn new(way: FanOut, parcel_messages_max: usize) -> Self {
        Self {
            clients: BTreeMap::new(),
            way,
            noted: Parcel::default(),
            parcel_messages_max,
            hang_ups: VecDeque::new(),
        }
    }

    /// Holds a newcomer; it hears nothing until it is welcome.
    pub(super) fn add(&mut self, registration: Registration) {
        let Registration { client, outbox, socket, welcome } = registration;
        let held = Held { outbox, socket, welcome: Some(welcome), hears: false };
        self.clients.insert(client, held);
    }

    pub(super) fn welcome(&mut self, client: ClientId) {
        debug_assert!(
            self.noted.frames().is_empty(),
            "a joiner hears nothing from before its welcome"
        );
        if let Some(held) = self.clients.get_mut(&client) {
            held.hears = true;
            held.answer(Ok(()));
        }
    }

    pub(super) fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        if let Some(mut held) = self.clients.remove(&client) {
            held.answer(Err(reason));
        }
    }

    /// Notes a message for the next push; false once that is large enough.
    pub(super) fn note(&mut self, text: &str) -> bool {
        self.noted.add(classic::tell(text));
        self.noted.frames().len() < self.parcel_messages_max
            && self.noted.bytes().len() < limits::PARCEL_BYTES_MAX
    }

    /// Tells every member what is noted. Answers whose outbox was full.
    pub(super) fn push_noted(&mut self) -> Vec<ClientId> {
        let mut full = Vec::new();
        if self.noted.frames().is_empty() {
            return full;
        }
        for (client, held) in self.clients.iter().filter(|(_, held)| held.hears) {
            // An outbox that is ending drops it, which is all one can do.
            let pushed = match self.way {
                FanOut::Express => held.outbox.push_or_send(&self.noted, held),
                FanOut::Writers => held.outbox.push(self.noted.frames()),
            };
            if pushed == Pushed::Full {
                full.push(*client);
            }
        }
        self.noted.clear();
        full
    }

    pub(super) fn evict(&mut self, client: ClientId, hang_up_at: Instant) {
        self.end(client, Disconnect::SlowConsumer, Rest::Drop, hang_up_at);
    }

    pub(super) fn say_goodbye(&mut self, client: ClientId, hang_up_at: Instant) {
        self.end(client, Disconnect::ServerStopping, Rest::Send, hang_up_at);
    }

    pub(super) fn forget(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    /// When the next ending client is to be hung up on.
    pub(super) fn next_hang_up(&self) -> Option<Instant> {
        self.hang_ups.front().map(|(at, _)| *at)
    }

    /// Hangs up on ending clients whose time is over. Only a hang-up shortens a
    /// write that is blocked; a changed timeout does not.
    pub(super) fn hang_up_overdue(&mut self, now: Instant) {
        while self.hang_ups.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, client)) = self.hang_ups.pop_front() else { break };
            if let Some(held) = self.clients.get(&client) {
                socket::hang_up(&held.socket);
            }
        }
    }

    fn end(&mut self, client: ClientId, reason: Disconnect, rest: Rest, hang_up_at: Instant) {
        let Some(held) = self.clients.get_mut(&client) else { return };
        held.hears = false;
        held.outbox.close(reason, Frame::close(reason.close_code()), rest);
        let place = self.hang_ups.partition_point(|(at, _)| *at <= hang_up_at);
        self.hang_ups.insert(place, (hang_up_at, client));
    }
}

impl Held {
    /// Never blocks: the answer's channel has room for the one answer.
    fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // An error means that the reader is gone; it unregisters by itself.
            welcome.try_send(answer).ok();
        }
    }
}

impl ExpressLine for Held {
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::express::send_now(&self.socket, bytes)
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
