//! One client, from the hand-over of its connection to its end, on the thread that was the
//! connection's door.
//!
//! Runs on thread `r-<id>`; `enter` runs earlier, on thread `door`, before the answer is written.
//! Blocks on: the hub, until it has answered the registration and until it has forgotten the
//! client; the writer, until it has ended; a lingering close, until `LINGER_WAIT` has passed.
//! `server/client/reader.rs` says what the reader blocks on.
//! Owns: the order of a client's steps. The client is registered before it sends requests, and
//! unregistered one time only; and the messages that wait for it are sent before the connection
//! ends.
//! Must not know: HTTP, except that the connection became a client's with an HTTP answer; which
//! client receives which message; what a client must send to become a member of the hub
//! ([`ClientFormat::open`]).
//!
//! Next: `server/client/mod.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use tracing::Level;

use super::client_format::{ClientFormat, Peer};
use super::{Clients, Surroundings, ThreadLink, reader};
use crate::admission::{NoSeat, StrangerPass};
use crate::base::socket::{self, linger::linger};
use crate::base::{limits, rate, threads};
use crate::server::disconnect::Disconnect;
use crate::server::http::verdict::{Adopt, AnswerEnd, Seated};
use crate::server::hub::{
    ClientConnection, ClientId, Membership, PendingMembership, WelcomeChannel,
};
use crate::server::outbox::{Frame, OutboxState, Unsent};
use crate::server::probe::{self, Wait};

/// One place among the clients, with a writer thread that is ready. Dropping the seat ends the
/// writer, and the place is free when the writer has ended. If `enter` has sent a registration and
/// `serve` was not called, dropping the seat waits for the hub's answer to that registration.
#[derive(Debug)]
pub struct Seat<F: ClientFormat> {
    id: ClientId,
    format: F,
    peer: Peer,
    link: ThreadLink,
    surroundings: Arc<Surroundings<F>>,
    /// The registration that was sent before the 101 was written. `None`: the client must first say
    /// who it is, or the reader has taken the registration.
    entered: Option<Result<PendingMembership, Disconnect>>,
    /// Whether the door has the right to write to the socket, so that the writer must wait.
    is_door_writing: bool,
}

/// The read side of a client's connection: it makes the client a member of the hub, and then reads
/// the client's requests. [`Seat::live`] calls these functions.
pub trait ReadSide<F: ClientFormat> {
    /// Makes the client a member of the hub. Blocks until the hub has welcomed it.
    ///
    /// # Errors
    /// The reason why the client ended instead.
    fn come_in(&mut self, seat: &mut Seat<F>) -> Result<Membership, Disconnect>;

    /// Reads the client's messages and sends the hub the requests in them, until the client ends.
    /// Returns why it ended.
    fn hear(&mut self, seat: &Seat<F>) -> Disconnect;

    /// Returns the answer to the client's own close frame. `None`: the client has sent no close
    /// frame, or an earlier call has returned the answer.
    fn take_close_reply(&mut self) -> Option<Frame> {
        None
    }
}

/// Turns a connection into a client on a WebSocket. The door's answer is then a 101.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// The source of clients, which makes the new client.
    pub clients: Arc<Clients<F>>,
    /// The format that the client speaks.
    pub format: F,
}

impl<F: ClientFormat> Adopt for AdoptSocket<F> {
    fn answer_end(&self) -> AnswerEnd {
        AnswerEnd::Upgrade
    }

    fn take_seat(
        self: Box<Self>,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
    ) -> Result<Box<dyn Seated>, NoSeat> {
        Ok(self.clients.seat(socket, peer, self.format)?)
    }
}

impl<F: ClientFormat> Seated for Seat<F> {
    /// Registers the client before the door writes the 101, because a peer that has received its
    /// 101 must also receive everything that is said from then on. Until the 101 is written, the
    /// outbox holds what the hub pushes.
    fn enter(&mut self) {
        if let Some(newcomer) = self.format.at_once(self) {
            self.entered = Some(self.begin_register(newcomer, WelcomeChannel::default()));
        }
    }

    /// Turns the calling thread into the client's reader until the client ends. `arrived` holds
    /// bytes that came after the request head.
    fn serve(self: Box<Self>, arrived: Vec<u8>) {
        let ThreadLink { socket, outbox, .. } = &self.link;
        let config = &self.surroundings.config;
        let mut conversation = reader::open(socket, outbox, arrived, config, self.format);
        self.live(&mut conversation);
    }
}

impl<F: ClientFormat> Seat<F> {
    pub(super) fn new(
        id: ClientId,
        format: F,
        peer: Peer,
        link: ThreadLink,
        surroundings: Arc<Surroundings<F>>,
    ) -> Self {
        Self { id, format, peer, link, surroundings, entered: None, is_door_writing: true }
    }

    /// Runs the client until it has ended. The calling thread becomes the client's reader: it lets
    /// the writer send what the hub has pushed, makes the client a member, reads the client's
    /// messages and ends the client. Before this call, the door must have sent its answer. Blocks
    /// until the client has ended.
    pub fn live(mut self: Box<Self>, side: &mut impl ReadSide<F>) {
        threads::set_name(&format!("r-{}", self.id.0));
        self.link.outbox.with(OutboxState::finish_answer);
        self.is_door_writing = false;
        let registered = side.come_in(&mut self);
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                side.hear(&self)
            }
            Err(reason) => *reason,
        };
        self.end(reason, side.take_close_reply(), registered.ok());
    }

    /// Returns the format that the client speaks.
    pub fn format(&self) -> F {
        self.format
    }

    /// Returns what the format may know about the peer, such as its IP address.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Returns the client's socket. Only the writer may write to it.
    pub fn socket(&self) -> &Arc<TcpStream> {
        &self.link.socket
    }

    /// Returns what the client's format needs to know about the server.
    pub fn settings(&self) -> &F::Settings {
        &self.surroundings.settings
    }

    /// Returns the registration that [`enter`](Seated::enter) has sent. `None`: it has sent none,
    /// or an earlier call has returned the registration.
    pub(super) fn take_entered(&mut self) -> Option<Result<PendingMembership, Disconnect>> {
        self.entered.take()
    }

    /// Sends a frame to the client, which must not be registered yet: from the registration on,
    /// only the hub may push messages to the client's outbox. If the outbox is full, the frame is
    /// lost. Never blocks.
    pub fn tell_unregistered(&self, frame: Frame) {
        self.link.outbox.with(|state| state.push(&[frame]));
    }

    /// Makes the client a member. Blocks until the hub has answered, which the hub does in its
    /// present round or in the next one.
    ///
    /// # Errors
    /// The reason why the hub refuses the client.
    pub fn register(
        &self,
        newcomer: F::Newcomer,
        welcome: WelcomeChannel,
    ) -> Result<Membership, Disconnect> {
        self.begin_register(newcomer, welcome)?.wait()
    }

    fn begin_register(
        &self,
        newcomer: F::Newcomer,
        welcome: WelcomeChannel,
    ) -> Result<PendingMembership, Disconnect> {
        let ThreadLink { outbox, socket, .. } = &self.link;
        let connection = ClientConnection { outbox: outbox.clone(), socket: Arc::clone(socket) };
        self.surroundings.hub.register(self.id, newcomer, self.format, connection, welcome)
    }

    /// Marks the client as one that must say who it is before the hub hears of it. As long as the
    /// returned value exists, a server that stops hangs up on the client. After the hub has
    /// welcomed the client, it gets a goodbye instead.
    pub fn awaits_hello(&self) -> StrangerPass<'_> {
        self.link.pass.awaits_hello(&self.link.socket)
    }

    /// Sends the hub a request of this client. Blocks first while too much is unsent to this client
    /// (its own messages are sent to it, too), and then while the hub's inbox is full.
    pub fn ask(&self, request: F::Request) -> Result<(), Disconnect> {
        probe::before(Wait::Ask);
        self.link.outbox.wait_for_space();
        self.surroundings.hub.ask(self.id, request)
    }

    // --- The order at the end -------------------------------------------------------------------
    //
    // Whichever thread decides that a client ends, its reader makes the last steps. If the
    // connection breaks, the thread that notices it hangs up. If the hub closes the client, the
    // writer sends a close frame, and then the peer ends its side or the hub hangs up. Either way
    // the reader's `read` ends. Then the reader, in this order:
    //
    //   1. unregisters the client, and waits until the hub has forgotten the client: by then the
    //      results of all its requests have been pushed, to the client's own outbox too;
    //   2. puts the close frame into that outbox, after these results;
    //   3. waits for the writer, which sends all that the outbox holds; reads what the peer still
    //      sends (`linger`), because closing a socket with unread bytes sends a reset; hangs up.
    //
    // If the reader has found the connection broken, nothing can be sent: the outbox fails and the
    // socket is hung up at once. Dropping `registered` then unregisters the client.

    /// Ends the client for this reason. `reply` answers the client's own close frame, if it sent
    /// one. `registered` is the client's registration, if the hub has welcomed the client; the
    /// registration ends here.
    fn end(&self, reason: Disconnect, reply: Option<Frame>, registered: Option<Membership>) {
        // The reader unregisters the client here. If `live` panics, dropping `registered` does it.
        match reason {
            // Nothing can be sent any more, so the reader does not wait for the writer.
            Disconnect::ConnectionBroken | Disconnect::PongMissed => {
                self.link.outbox.with(|state| state.fail(reason));
                socket::hang_up(&self.link.socket);
            }
            // The connection still works. So the results of the client's earlier requests are sent
            // to the client before the close frame, even if its newest message broke the protocol.
            _ => {
                if let Some(registered) = registered {
                    registered.leave();
                }
                if self.format.is_cut_by(reason) {
                    self.link.outbox.with(|state| state.fail(reason));
                } else {
                    let goodbye = reply.unwrap_or_else(|| self.format.close(reason));
                    self.link.outbox.with(|state| state.close(reason, goodbye, Unsent::Send));
                }
                self.finish();
            }
        }
        self.log_end(self.link.outbox.with(|state| state.end()).unwrap_or(reason));
    }

    /// Lets the writer send the last words, for a bounded time. Then hangs up, except in one case:
    /// a file is complete for its client when the connection ends cleanly, so after a whole file
    /// the connection is only closed. Blocks until the writer has ended.
    fn finish(&self) {
        if self.link.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            if self.format.is_file() {
                return;
            }
            linger(&self.link.socket);
        }
        socket::hang_up(&self.link.socket);
        // Only a hang-up ends a blocked write before its deadline. The hang-up does so at once, so
        // this wait is short.
        self.link.outbox.wait_for_writer(None);
    }

    fn log_joined(&self) {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer.addr, "client joined");
        }
    }

    /// Logs the end of the client: a normal end at level info, any other as a warning.
    fn log_end(&self, reason: Disconnect) {
        let level = if reason.is_normal() { Level::INFO } else { Level::WARN };
        if !rate::admits(level, reason.log_word()) {
            return;
        }
        let words = self.surroundings.config.language.words();
        let (client, peer) = (self.id.0, self.peer.addr);
        let what = match reason {
            Disconnect::WriteFailed | Disconnect::WriteTimeout => words.write_failed,
            _ => words.client_left,
        };
        if reason.is_normal() {
            tracing::info!(client, %peer, %reason, "{what}: {peer}");
        } else {
            tracing::warn!(client, %peer, %reason, "{what}: {peer}");
        }
    }
}

impl<F: ClientFormat> Drop for Seat<F> {
    fn drop(&mut self) {
        // After `live` the outbox has ended already. If `live` was not called, or has panicked,
        // this call ends the writer.
        self.link.outbox.with(|state| state.fail(Disconnect::ConnectionBroken));
        if self.is_door_writing {
            // The door could not write its answer, so the writer still sleeps. This wakes it, so
            // that it ends.
            self.link.outbox.with(OutboxState::finish_answer);
        }
        if !self.format.is_file() {
            socket::hang_up(&self.link.socket);
        }
    }
}
