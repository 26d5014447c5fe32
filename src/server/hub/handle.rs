//! How other threads reach the hub: the calls by which readers, writers, doors and the server put
//! something into its inboxes.
//!
//! Owns: the senders of the three inboxes, and the guard that unregisters a client.
//! Must not know: what the hub does with what it gets.
//!
//! Next: `server/hub/mod.rs`.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{ClientConnection, HubFormat};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::server::follow::{self, ReaderStamps};
use crate::server::instruments::{self, QueueReading};

/// The registration of a client that wants to become a member of the hub.
#[derive(Debug)]
pub struct Registration<F: HubFormat> {
    pub(crate) client: ClientId,
    /// The connection by which the hub sends messages to the client, and the format that the client
    /// speaks. `None`: the client has no connection, and the rule reaches it in another way.
    pub(crate) connection: Option<(ClientConnection, F)>,
    pub(crate) newcomer: F::Newcomer,
    /// The channel for the hub's answer. It has space for the one answer, so the hub never waits
    /// for the thread that reads it.
    pub(crate) welcome: Sender<Result<(), Disconnect>>,
}

/// What the hub is told besides requests and registrations. It comes through the inbox
/// `unregister`.
#[derive(Debug)]
pub enum Notice {
    /// The client has left: no more requests of it come. The hub sends nothing through the
    /// `Sender`, but drops it when it has forgotten the client. A thread that waits for that moment
    /// has the receiver. `None`: no thread waits.
    Left(ClientId, Option<Sender<()>>),
    /// Nothing is unsent any more to this client, and the hub has asked for this notice. The notice
    /// goes through the same inbox as `Left`, so the hub gets both in the order in which they were
    /// sent.
    Drained(ClientId),
    /// The server stops: the rule says goodbye to every client.
    Stop,
}

/// A request of a client.
#[derive(Debug)]
pub struct ClientRequest<F: HubFormat> {
    pub(super) client: ClientId,
    pub(super) request: F::Request,
    /// When the reader had the request; `None` while nobody waits for a message of theirs.
    pub(super) stamps: Option<ReaderStamps>,
}

/// The senders of the hub's inboxes. A clone is cheap. The inboxes have the names that the hub of
/// the classic chats gives them.
#[derive(Clone, Debug)]
pub struct HubHandle<F: HubFormat> {
    pub(super) register: Sender<Box<Registration<F>>>,
    pub(super) unregister: Sender<Notice>,
    pub(super) broadcast: Sender<ClientRequest<F>>,
}

/// The channel for the hub's answer to one registration. Making a channel takes a kilobyte of
/// stack, and the thread of a client keeps each stack page that it has ever used. So the caller
/// makes the channel where its stack is not deep, and gives it to [`HubHandle::register`].
#[derive(Debug)]
pub struct WelcomeChannel {
    sender: Sender<Result<(), Disconnect>>,
    receiver: Receiver<Result<(), Disconnect>>,
}

impl Default for WelcomeChannel {
    fn default() -> Self {
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }
}

/// A registration that was sent to the hub. The holder calls [`wait`](Self::wait) for the hub's
/// answer. Dropping this value instead also blocks until the hub has answered. If the hub has
/// accepted the client, that unregisters it again, which may block as dropping [`Membership`] does.
#[derive(Debug)]
pub struct PendingMembership {
    client: ClientId,
    unregister: Sender<Notice>,
    /// The receiver of the hub's answer; `None` after it was taken out to wait for the answer.
    answer: Option<Receiver<Result<(), Disconnect>>>,
}

/// A client's registration, which the hub has accepted. Dropping this value unregisters the client.
/// It sends a notice to the hub, so it blocks while the hub's inbox of notices is full: until the
/// hub begins its next round, at which it empties that inbox, or ends.
#[derive(Debug)]
pub struct Membership {
    client: ClientId,
    unregister: Sender<Notice>,
    /// The sender for [`Notice::Left`]; `None`: no thread waits until the hub has forgotten the
    /// client.
    forgotten: Option<Sender<()>>,
}

impl PendingMembership {
    /// Blocks until the hub has answered, which happens in its present round or in its next one.
    ///
    /// # Errors
    /// The reason why the hub refused the client; or the hub has stopped.
    pub fn wait(mut self) -> Result<Membership, Disconnect> {
        self.answered()
    }

    fn answered(&mut self) -> Result<Membership, Disconnect> {
        let answer = self.answer.take().ok_or(Disconnect::ServerStopping)?;
        answer.recv().map_err(|_| Disconnect::ServerStopping)??;
        Ok(Membership { client: self.client, unregister: self.unregister.clone(), forgotten: None })
    }
}

impl Drop for PendingMembership {
    fn drop(&mut self) {
        // The hub must take the registration before it hears that the client has left. So this call
        // waits until the hub has answered the registration.
        drop(self.answered());
    }
}

impl Membership {
    /// Unregisters the client, and blocks until the hub has forgotten it, in one of its next
    /// rounds. By then the rule has handled everything that the client asked, and nothing more is
    /// pushed to this client's outbox.
    pub fn leave(mut self) {
        let (sender, forgotten) = bounded(0);
        self.forgotten = Some(sender);
        drop(self);
        // `recv` always returns an error, because the hub never sends: it drops the last sender.
        forgotten.recv().ok();
    }
}

impl<F: HubFormat> HubHandle<F> {
    /// Reads how full the hub's inboxes are, by the names that THREADS.md gives them. Never blocks.
    pub(crate) fn queues(&self) -> Vec<QueueReading> {
        let [register, broadcast, unregister] = instruments::inbox_peaks();
        let reading = |name, now, peak, bound| QueueReading { name, now, peak, bound };
        vec![
            reading("register", self.register.len(), register, self.register.capacity()),
            reading("broadcast", self.broadcast.len(), broadcast, self.broadcast.capacity()),
            reading("unregister", self.unregister.len(), unregister, self.unregister.capacity()),
        ]
    }

    /// Asks the hub to make `client` a member. Never blocks. The rule gets the registration before
    /// any request that a client sends to the hub after this call. So the client misses nothing of
    /// what then follows. [`PendingMembership::wait`] returns the hub's answer.
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn register(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
        format: F,
        connection: ClientConnection,
        answer: WelcomeChannel,
    ) -> Result<PendingMembership, Disconnect> {
        self.send_registration(client, newcomer, Some((connection, format)), answer)
    }

    /// Makes `client` a member without a connection, which the rule reaches in its own way (for one
    /// page, form or poll). Blocks as [`PendingMembership::wait`] does.
    ///
    /// # Errors
    /// The reason why the rule refused the client; or the hub has stopped.
    pub fn register_without_connection(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
    ) -> Result<Membership, Disconnect> {
        self.send_registration(client, newcomer, None, WelcomeChannel::default())?.wait()
    }

    fn send_registration(
        &self,
        client: ClientId,
        newcomer: F::Newcomer,
        connection: Option<(ClientConnection, F)>,
        answer: WelcomeChannel,
    ) -> Result<PendingMembership, Disconnect> {
        let WelcomeChannel { sender: welcome, receiver: answer } = answer;
        // A `Box`, because the inbox reserves space for many registrations at once, and a pointer
        // is small.
        let registration = Box::new(Registration { client, connection, newcomer, welcome });
        self.register.send(registration).map_err(|_| Disconnect::ServerStopping)?;
        let unregister = self.unregister.clone();
        Ok(PendingMembership { client, unregister, answer: Some(answer) })
    }

    /// Sends the hub a request for the rule. Blocks while the hub's inbox of requests is full.
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn send_request(&self, client: ClientId, request: F::Request) -> Result<(), Disconnect> {
        self.broadcast
            .send(ClientRequest { client, request, stamps: follow::asked() })
            .map_err(|_| Disconnect::ServerStopping)
    }

    /// Tells the hub that nothing is unsent any more to this client. The writer calls this if the
    /// hub has asked for the notice. Blocks while the hub's inbox of notices is full.
    pub fn drained(&self, client: ClientId) {
        // An error means that the hub has ended. Then no thread needs this notice.
        self.unregister.send(Notice::Drained(client)).ok();
    }

    /// Tells the hub that the server stops: the rule says goodbye to every client, and the hub ends
    /// when the last client has left. Blocks while the hub's inbox of notices is full.
    pub fn stop(&self) {
        // An error means that the hub has ended already.
        self.unregister.send(Notice::Stop).ok();
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // An error means that the hub has ended. Then there is nothing to unregister.
        let left = Notice::Left(self.client, self.forgotten.take());
        self.unregister.send(left).ok();
    }
}
