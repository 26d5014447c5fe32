//! The way to the hub: what readers and the server may ask of it.
//!
//! Owns: the senders of the three inboxes, and the guard that unregisters.
//! Must not know: what the hub does with what it is told.
//!
//! Next: `hub/mod.rs`.

use std::net::TcpStream;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::client::ClientFormat;
use crate::disconnect::Disconnect;
use crate::outbox::Berth;

/// A client's number: never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

impl std::fmt::Display for ClientId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A client that wants to come in.
#[derive(Debug)]
pub struct Registration<F: ClientFormat> {
    pub(super) client: ClientId,
    /// How it is told, unless the rule has another way.
    pub(super) line: Option<NewLine<F>>,
    /// Who it is.
    pub(super) newcomer: F::Newcomer,
    /// Takes one answer; capacity 1, so the hub never waits for the reader.
    pub(super) welcome: Sender<Result<(), Disconnect>>,
}

/// The line of a client that wants to come in. The hub sends on the socket without waiting,
/// while a parcel is lent to it, and hangs it up; it never reads.
#[derive(Debug)]
pub(super) struct NewLine<F> {
    pub(super) outbox: Berth,
    pub(super) socket: Arc<TcpStream>,
    pub(super) format: F,
}

/// Someone goes.
#[derive(Debug)]
pub enum Departure {
    /// This client's reader asks no more. The hub drops the sender, on which nothing
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
pub struct Asked<F: ClientFormat> {
    pub(super) client: ClientId,
    pub(super) request: F::Request,
}

/// The senders of the hub's inboxes; cheap to clone.
#[derive(Clone, Debug)]
pub struct HubHandle<F: ClientFormat> {
    register: Sender<Box<Registration<F>>>,
    unregister: Sender<Departure>,
    broadcast: Sender<Asked<F>>,
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
    fn default() -> Self {
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }
}

/// A registration that the hub has, and may not have answered yet. Dropping it blocks as
/// [`wait`](Self::wait) does, and unregisters the client.
#[derive(Debug)]
pub struct Registering {
    client: ClientId,
    unregister: Sender<Departure>,
    /// Taken by the one who waits for it.
    answer: Option<Receiver<Result<(), Disconnect>>>,
}

/// A client's registration; dropping it unregisters, once.
#[derive(Debug)]
pub struct Registered {
    client: ClientId,
    unregister: Sender<Departure>,
    /// See [`Departure::Left`].
    forgotten: Option<Sender<()>>,
}

impl Registering {
    /// Blocks until the hub has answered, which is in this round of it or in the next.
    ///
    /// # Errors
    /// Why the hub does not take it; or the hub has stopped.
    pub fn wait(mut self) -> Result<Registered, Disconnect> {
        self.answered()
    }

    fn answered(&mut self) -> Result<Registered, Disconnect> {
        let answer = self.answer.take().ok_or(Disconnect::ServerStopping)?;
        answer.recv().map_err(|_| Disconnect::ServerStopping)??;
        Ok(Registered { client: self.client, unregister: self.unregister.clone(), forgotten: None })
    }
}

impl Drop for Registering {
    fn drop(&mut self) {
        // The hub must not hear of the end before it knows of the beginning.
        drop(self.answered());
    }
}

impl Registered {
    /// Unregisters, and blocks until the hub has forgotten the client. The hub does that in its
    /// present round or in its next one. By then the rule has decided on everything that the
    /// client asked, and has pushed what comes of it to the outboxes, to this client's too.
    pub fn leave(mut self) {
        let (sender, forgotten) = bounded(0);
        self.forgotten = Some(sender);
        drop(self);
        // Always an error: the last sender is gone.
        forgotten.recv().ok();
    }
}

impl<F: ClientFormat> HubHandle<F> {
    pub(super) fn new(
        register: Sender<Box<Registration<F>>>,
        unregister: Sender<Departure>,
        broadcast: Sender<Asked<F>>,
    ) -> Self {
        Self { register, unregister, broadcast }
    }

    /// Asks the hub to make `client` a member; never blocks. The client hears whatever is
    /// asked of the hub after this call, and perhaps some of what was asked before (see
    /// `hub/mod.rs`, "One round of the hub").
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn register(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
        line: (&Berth, &Arc<TcpStream>, F),
        answer: Answer,
    ) -> Result<Registering, Disconnect> {
        let (outbox, socket, format) = line;
        let line = NewLine { outbox: outbox.clone(), socket: Arc::clone(socket), format };
        self.come_in(client, newcomer, Some(line), answer)
    }

    /// Makes `client` a member without a line: what it is told is the rule's business.
    /// Blocks as [`Registering::wait`] does.
    ///
    /// # Errors
    /// The hub has stopped or is stopping.
    pub fn register_without_line(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
    ) -> Result<Registered, Disconnect> {
        self.come_in(client, newcomer, None, Answer::default())?.wait()
    }

    fn come_in(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
        line: Option<NewLine<F>>,
        answer: Answer,
    ) -> Result<Registering, Disconnect> {
        let Answer { sender: welcome, receiver: answer } = answer;
        // In a box: the inbox makes room for many at once.
        let registration = Box::new(Registration { client, line, newcomer, welcome });
        self.register.send(registration).map_err(|_| Disconnect::ServerStopping)?;
        let unregister = self.unregister.clone();
        Ok(Registering { client, unregister, answer: Some(answer) })
    }

    /// Asks for something; mostly, to tell a room. Blocks while the hub's inbox
    /// is full.
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn ask(&self, client: ClientId, request: F::Request) -> Result<(), Disconnect> {
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
