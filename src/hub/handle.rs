//! The way to the hub: what readers and the server may ask of it.
//!
//! Owns: the senders of the three inboxes, and the guard that unregisters.
//! Must not know: what the hub does with what it is told.
//!
//! Next: `hub/mod.rs`.

use std::net::TcpStream;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};

use super::core::{Newcomer, Whence};
use crate::chat::request::Request;
use crate::chat::told::Heard;
use crate::disconnect::Disconnect;
use crate::outbox::Berth;
use crate::wire::Format;

/// A client's number: never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u64);

impl std::fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A client that wants to come in.
#[derive(Debug)]
pub struct Registration {
    pub(super) client: ClientId,
    /// How it is told.
    pub(super) ear: Ear,
    /// Who it is.
    pub(super) newcomer: Newcomer,
    /// Where it comes from.
    pub(super) whence: Whence,
    /// Takes one answer; capacity 1, so the hub never waits for the reader.
    pub(super) welcome: Sender<Result<(), Disconnect>>,
}

/// How a client is told what it is told.
#[derive(Debug)]
pub(super) enum Ear {
    /// Over a line, which speaks this. The hub sends on the socket without waiting, while a parcel is
    /// lent to it, and hangs it up; it never reads.
    Line(Berth, Arc<TcpStream>, Format),
    /// As values, for one page or answer.
    Values(Sender<Heard>),
}

/// Someone goes.
#[derive(Debug)]
pub enum Departure {
    /// This client's reader has ended. The hub drops the sender, on which nothing
    /// is ever sent, when the client is forgotten; a reader may wait for that.
    Left(ClientId, Option<Sender<()>>),
    /// Nobody goes: this client, which was behind, has nothing unsent. It comes
    /// this way because leavers do: nothing may be told to one that has left.
    Drained(ClientId),
    /// The server stops: everyone is asked to go.
    Everyone,
}

/// Something a client asks for.
#[derive(Debug)]
pub struct Asked {
    pub(super) client: ClientId,
    pub(super) request: Request,
}

/// The senders of the hub's inboxes; cheap to clone.
#[derive(Clone, Debug)]
pub struct HubHandle {
    register: Sender<Box<Registration>>,
    unregister: Sender<Departure>,
    broadcast: Sender<Asked>,
}

/// Where the hub answers one registration. A bounded channel is built on the
/// stack, a kilobyte of it, and a client's stack keeps what was touched once: so
/// it is made where that is not deep, and not by [`HubHandle::register`].
#[derive(Debug)]
pub struct Answer {
    sender: Sender<Result<(), Disconnect>>,
    receiver: Receiver<Result<(), Disconnect>>,
}

impl Default for Answer {
    // Never a part of the frame of whoever goes deeper afterwards.
    #[inline(never)]
    fn default() -> Self {
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }
}

/// A client's registration; dropping it unregisters, once.
#[derive(Debug)]
pub struct Registered {
    client: ClientId,
    unregister: Sender<Departure>,
    /// See [`Departure::Left`].
    forgotten: Option<Sender<()>>,
}

impl Registered {
    /// Unregisters, and blocks until the hub has forgotten the client, which is
    /// at most a round: then everything it said has been told to everybody, to
    /// itself too.
    pub fn leave(mut self) {
        let (sender, forgotten) = bounded(0);
        self.forgotten = Some(sender);
        drop(self);
        // Always an error: the last sender is gone.
        forgotten.recv().ok();
    }
}

impl HubHandle {
    pub(super) fn new(
        register: Sender<Box<Registration>>,
        unregister: Sender<Departure>,
        broadcast: Sender<Asked>,
    ) -> Self {
        Self { register, unregister, broadcast }
    }

    /// Makes `client` a member. Blocks until the hub has said welcome into
    /// `answer`, which is at most a round: what it says afterwards comes after
    /// its welcome.
    ///
    /// # Errors
    /// The hub has stopped or is stopping.
    pub fn register(
        &self,
        client: ClientId,
        newcomer: Newcomer,
        whence: Whence,
        line: (&Berth, &Arc<TcpStream>, Format),
        answer: Answer,
    ) -> Result<Registered, Disconnect> {
        let Answer { sender: welcome, receiver: answer } = answer;
        let (outbox, socket, format) = line;
        let ear = Ear::Line(outbox.clone(), Arc::clone(socket), format);
        // In a box: whoever waits for the hub has it on the stack more than once.
        let registration = Box::new(Registration { client, ear, newcomer, whence, welcome });
        self.come_in(registration, &answer)
    }

    /// Makes `client` a member without a line, who is told into what is answered, up to
    /// `unread_max` that it has not taken. Blocks as [`register`](Self::register) does.
    ///
    /// # Errors
    /// The hub has stopped or is stopping.
    pub fn visit(
        &self,
        client: ClientId,
        newcomer: Newcomer,
        whence: Whence,
        unread_max: usize,
    ) -> Result<(Registered, Receiver<Heard>), Disconnect> {
        let Answer { sender: welcome, receiver: answer } = Answer::default();
        let (told, heard) = bounded(unread_max);
        let ear = Ear::Values(told);
        let registration = Box::new(Registration { client, ear, newcomer, whence, welcome });
        Ok((self.come_in(registration, &answer)?, heard))
    }

    fn come_in(
        &self,
        registration: Box<Registration>,
        answer: &Receiver<Result<(), Disconnect>>,
    ) -> Result<Registered, Disconnect> {
        let client = registration.client;
        self.register.send(registration).map_err(|_| Disconnect::ServerStopping)?;
        answer.recv().map_err(|_| Disconnect::ServerStopping)??;
        Ok(Registered { client, unregister: self.unregister.clone(), forgotten: None })
    }

    /// Asks for something; mostly, to tell a room. Blocks while the hub's inbox
    /// is full.
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn ask(&self, client: ClientId, request: Request) -> Result<(), Disconnect> {
        self.broadcast.send(Asked { client, request }).map_err(|_| Disconnect::ServerStopping)
    }

    /// Says that a watched client has nothing unsent any more. Blocks while the
    /// inbox is full.
    pub fn drained(&self, client: ClientId) {
        // An error means that the hub has ended: nobody is behind then.
        self.unregister.send(Departure::Drained(client)).ok();
    }

    /// Asks everyone to leave; the hub ends with the last. Blocks while the
    /// inbox is full.
    pub fn say_goodbye_to_everyone(&self) {
        // An error means that the hub has ended already.
        self.unregister.send(Departure::Everyone).ok();
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // An error means that the hub has ended: nobody is registered then.
        let left = Departure::Left(self.client, self.forgotten.take());
        self.unregister.send(left).ok();
    }
}
