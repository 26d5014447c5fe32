//! Everybody who is registered, each with the way to reach it: what a rule can do to a
//! client. Each act is done at once and never blocks, and a full outbox is its answer.
//!
//! Owns: the only map from a client's number to its line, which is an outbox and the socket
//! behind it; which way a parcel goes into the outbox; when an ending client is hung up on.
//! Must not know: who deserves what; the rule decides.
//!
//! Next: `hub/audience.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::ClientId;
use super::handle::{NewLine, Registration};
use crate::client::ClientFormat;
use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Berth, ExpressLine, Frame, Parcel, Pushed, Rest};
use crate::socket;

/// The hub's clients, from their registration until they are forgotten.
#[derive(Debug)]
pub struct Roster<F: ClientFormat> {
    members: BTreeMap<ClientId, Member<F>>,
    way: FanOut,
    /// Messages that are pushed together at most.
    batch_messages_max: usize,
    /// Ending clients, soonest first: all waits of one kind are the same, and
    /// the kinds are rare enough to be kept sorted by hand.
    hang_ups: VecDeque<(Instant, ClientId)>,
}

impl<F: ClientFormat> Roster<F> {
    /// Nobody, yet. An outbox of theirs holds `outbox_messages_max`.
    pub fn new(way: FanOut, outbox_messages_max: usize) -> Self {
        // A quarter of an outbox: see the assertion in `limits/mod.rs`.
        let quarter = (outbox_messages_max / 4).max(1);
        let batch_messages_max = limits::PARCEL_MESSAGES_MAX.min(quarter);
        Self { members: BTreeMap::new(), way, batch_messages_max, hang_ups: VecDeque::new() }
    }

    /// Which way parcels go to clients.
    pub fn way(&self) -> FanOut {
        self.way
    }

    /// Messages that are pushed together at most.
    pub fn batch_messages_max(&self) -> usize {
        self.batch_messages_max
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Everybody, in the order in which they came.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.members.keys().copied()
    }

    /// The way to this client, and what it speaks. `None`: it has no line, or is not here.
    pub fn line(&self, client: ClientId) -> Option<(&ClientLine, F)> {
        let (line, format) = self.members.get(&client)?.line.as_ref()?;
        Some((line, *format))
    }

    /// Holds a newcomer; it waits until it is welcomed or refused.
    pub(super) fn hold(&mut self, registration: Registration<F>) -> (ClientId, F::Newcomer) {
        let Registration { client, line, newcomer, welcome } = registration;
        let line =
            line.map(|NewLine { outbox, socket, format }| (ClientLine { outbox, socket }, format));
        self.members.insert(client, Member { line, welcome: Some(welcome) });
        (client, newcomer)
    }

    /// The client is in from here on, and may speak.
    pub fn welcome(&mut self, client: ClientId) {
        self.members.get_mut(&client).into_iter().for_each(|member| member.answer(Ok(())));
    }

    /// The client cannot come in, for this reason.
    pub fn refuse(&mut self, client: ClientId, reason: Disconnect) {
        self.members.remove(&client).into_iter().for_each(|mut it| it.answer(Err(reason)));
    }

    /// Pushes to one client, all of the parcel or nothing.
    pub fn push(&self, client: ClientId, parcel: &Parcel) -> Pushed {
        self.line(client).map_or(Pushed::Ended, |(line, _)| line.push(self.way, parcel))
    }

    /// Takes back what waits for the client and can be told it again from a log.
    pub fn fall_behind(&self, client: ClientId) -> Vec<Frame> {
        self.line(client).map_or_else(Vec::new, |(line, _)| line.outbox.fall_behind())
    }

    /// Whether the client has nothing unsent; if not, its writer will say when.
    pub fn watch(&self, client: ClientId) -> bool {
        match self.members.get(&client) {
            Some(Member { line: Some((line, _)), .. }) => line.outbox.watch(),
            member => member.is_some(),
        }
    }

    /// Closes the client for this reason. It is here until its reader has left.
    pub fn end(&mut self, client: ClientId, reason: Disconnect) {
        let Some((line, format)) = self.line(client) else { return };
        // A slow consumer would not take the rest in time.
        let rest = if reason == Disconnect::SlowConsumer { Rest::Drop } else { Rest::Send };
        if rest == Rest::Send
            && let Some(frame) = format.bye(reason)
        {
            line.push(FanOut::Writers, &Parcel::of(frame));
        }
        if format.is_cut_by(reason) {
            line.outbox.fail(reason);
        } else {
            line.outbox.close(reason, format.close(reason), rest);
        }
        let hang_up_at = Instant::now() + time_to_end(reason);
        let place = self.hang_ups.partition_point(|(at, _)| *at <= hang_up_at);
        self.hang_ups.insert(place, (hang_up_at, client));
    }

    /// The client's reader asks no more, and nothing of the client is needed here.
    pub fn forget(&mut self, client: ClientId) {
        let Some(member) = self.members.remove(&client) else { return };
        // They have long to take the last of it, and many may come and go in that time.
        if member.line.is_some_and(|(_, format)| format.is_file()) {
            self.hang_ups.retain(|(_, ending)| *ending != client);
        }
    }

    /// When the next ending client is to be hung up on.
    pub(super) fn next_hang_up(&self) -> Option<Instant> {
        self.hang_ups.front().map(|(at, _)| *at)
    }

    /// Hangs up on ending clients whose time is over. Only a hang-up shortens a
    /// write that is blocked; a changed timeout does not.
    pub(super) fn hang_up_overdue(&mut self, now: Instant) {
        while let Some((_, client)) = self.hang_ups.pop_front_if(|(at, _)| *at <= now) {
            if let Some((line, _)) = self.line(client) {
                line.hang_up();
            }
        }
    }
}

/// How long a client that is closed for this reason may take what it was told before.
fn time_to_end(reason: Disconnect) -> Duration {
    match reason {
        Disconnect::ServerStopping => limits::STOP_CLIENTS_WAIT,
        Disconnect::SlowConsumer
        | Disconnect::TalkedTooFast
        | Disconnect::SessionRenewed
        | Disconnect::SessionLeft => limits::EVICT_WAIT,
        _ => limits::LET_GO_WAIT,
    }
}

/// A client as the hub holds it.
#[derive(Debug)]
struct Member<F> {
    /// `None`: the rule has another way to tell it something.
    line: Option<(ClientLine, F)>,
    /// Its registration waits for this; taken by the one answer.
    welcome: Option<Sender<Result<(), Disconnect>>>,
}

impl<F> Member<F> {
    /// Never blocks: the answer's channel has room for the one answer.
    fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // The receiver still exists: the reader, or the door, keeps it until this is read.
            welcome.try_send(answer).ok();
        }
    }
}

/// The way to one client. Cheap to clone: each audience has its own.
#[derive(Clone, Debug)]
pub struct ClientLine {
    pub(crate) outbox: Berth,
    pub(super) socket: Arc<TcpStream>,
}

impl ClientLine {
    /// All of the parcel or nothing. Never blocks.
    pub fn push(&self, way: FanOut, parcel: &Parcel) -> Pushed {
        match way {
            FanOut::Express => self.outbox.push_or_send(parcel, self),
            FanOut::Writers => self.outbox.push(parcel.frames()),
        }
    }

    /// As [`push`](Self::push), but only if the client is not behind with what
    /// matters. Never blocks.
    pub fn push_if_room(&self, way: FanOut, parcel: &Parcel) {
        if self.outbox.has_room() {
            self.push(way, parcel);
        }
    }

    /// Looks at what [`push`](Self::push) will touch first, so that it is at
    /// hand by then. Never blocks.
    pub(super) fn fetch(&self) {
        black_box((self.socket.as_raw_fd(), self.outbox.is_in_use()));
    }
}

impl ExpressLine for ClientLine {
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::express::send_now(&self.socket, bytes)
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
