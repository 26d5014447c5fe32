//! One client, from the hand-over of its connection to its end, on the thread that was its door.
//!
//! Runs on thread `r-<id>`; `enter` runs earlier, on thread `door`, before the answer is written.
//! Blocks on: the hub, until it has answered the registration and until it has forgotten the
//! client; the end of the writer; a lingering close, for a moment. `server/client/reader.rs` says
//! what the reader blocks on.
//! Owns: the order of a client's life. The client is registered before it talks and unregistered
//! once, and its last words are sent before the connection ends.
//! Must not know: HTTP, except that an answer made the connection a client's; who hears what; what
//! a client must say to come in ([`ClientFormat::open`]).
//!
//! Next: `server/client/mod.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use tracing::Level;

use super::format::{ClientFormat, Peer};
use super::{Clients, reader};
use crate::admission::{ClientPass, NoSeat, StrangerPass};
use crate::base::socket::{self, linger::linger};
use crate::base::{limits, rate, threads};
use crate::server::config::ClientConfig;
use crate::server::disconnect::Disconnect;
use crate::server::http::verdict::{Adopt, AnswerEnd, Seated};
use crate::server::hub::{ClientId, HubHandle, Membership, PendingMembership, WelcomeChannel};
use crate::server::outbox::{Frame, OutboxSlot, Unsent};
use crate::server::probe::{self, Wait};

/// A client's place, with its writer thread ready. Dropping it ends the writer, and the place is
/// free when the writer has gone too. If the seat has entered and was not served, dropping it waits
/// for the hub's answer.
#[derive(Debug)]
pub struct Seat<F: ClientFormat> {
    pub(crate) id: ClientId,
    pub(crate) peer: Peer,
    pub(crate) socket: Arc<TcpStream>,
    pub(crate) outbox: OutboxSlot,
    pub(crate) hub: HubHandle<F>,
    pub(crate) config: Arc<ClientConfig>,
    /// What the client's format needs to know about the server.
    pub settings: Arc<F::Settings>,
    pub(crate) format: F,
    /// Both threads hold it: the place is free when both have gone.
    pub(crate) pass: Arc<ClientPass>,
    /// The registration that was sent before the 101 was written. `None`: this request alone does
    /// not let the client in, or the reader has taken the registration.
    pub(super) entered: Option<Result<PendingMembership, Disconnect>>,
    /// The door has the right to write.
    pub(super) is_door_writing: bool,
}

/// Turns a connection into a client on a WebSocket. Its answer is a 101.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// Makes the client.
    pub clients: Arc<Clients<F>>,
    /// What the client speaks.
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
    /// After its 101 the peer must receive what is said next. So the door sends the registration to
    /// the hub before it writes the 101, and the outbox holds what the hub pushes until then.
    fn enter(&mut self) {
        if let Some(newcomer) = self.format.at_once(self) {
            self.entered = Some(self.registering(newcomer, WelcomeChannel::default()));
        }
    }

    /// Turns the calling thread into the client's reader until the client ends. `arrived` holds
    /// bytes that came after the request head.
    fn serve(mut self: Box<Self>, arrived: Vec<u8>) {
        self.begin();
        let entered = self.entered.take();
        let mut conversation =
            reader::open(&self.socket, &self.outbox, arrived, &self.config, self.format);
        let registered = match entered {
            Some(Ok(registering)) => registering.wait(),
            Some(Err(reason)) => Err(reason),
            None => self.format.open(&self, &mut conversation, WelcomeChannel::default()),
        };
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                reader::run(&self, &mut conversation)
            }
            Err(reason) => *reason,
        };
        let reply = conversation.get_mut().take_close_reply();
        self.end(reason, reply, registered.ok());
    }
}

impl<F: ClientFormat> Seat<F> {
    /// Gives the calling thread the name of the client's reader, and lets the writer send what the
    /// hub has pushed. The door's answer must have been sent before.
    pub(crate) fn begin(&mut self) {
        threads::set_name(&format!("r-{}", self.id.0));
        self.outbox.take_back();
        self.is_door_writing = false;
    }

    /// Makes the client a member. Blocks until the hub has answered, which happens in its present
    /// round or in its next one.
    ///
    /// # Errors
    /// The reason why the hub refuses the client.
    pub fn register(
        &self,
        newcomer: F::Newcomer,
        welcome: WelcomeChannel,
    ) -> Result<Membership, Disconnect> {
        self.registering(newcomer, welcome)?.wait()
    }

    fn registering(
        &self,
        newcomer: F::Newcomer,
        welcome: WelcomeChannel,
    ) -> Result<PendingMembership, Disconnect> {
        let connection = (&self.outbox, &self.socket, self.format);
        self.hub.register(self.id, newcomer, connection, welcome)
    }

    /// Marks the client as one that must say who it is before the hub hears of it. Until the result
    /// is dropped, a server that stops hangs up on the client. A client that the hub has welcomed
    /// gets a goodbye instead.
    pub fn awaits_hello(&self) -> StrangerPass<'_> {
        self.pass.awaits_hello(&self.socket)
    }

    /// Asks the rule for something. Blocks while much is unsent to this client, its own messages
    /// too, and while the hub's inbox is full.
    pub(crate) fn ask(&self, request: F::Request) -> Result<(), Disconnect> {
        probe::before(Wait::Ask);
        self.outbox.wait_for_space();
        self.hub.ask(self.id, request)
    }

    // --- The order at the end -------------------------------------------------------------------
    //
    // Whichever thread decides that a client ends, its reader makes the last steps. If the
    // connection breaks, the thread that notices it hangs up. If the hub closes the client, the
    // writer sends a close frame, and then the peer ends its side or the hub hangs up. Either way
    // the reader's
    // `read` ends. Then the reader, in this order:
    //
    //   1. leaves the hub, and waits until the hub has forgotten the client: by then everything
    //      that the client asked has been pushed, to its own outbox too;
    //   2. puts the close frame into the outbox, after all that;
    //   3. waits for the writer, which sends what is left; reads what the peer still sends
    //      (`linger`), because unread bytes would turn our end into a reset; hangs up.
    //
    // If the reader has found the connection broken, nothing can be sent: the outbox fails and the
    // socket is hung up at once. Dropping `registered` then leaves the hub.

    /// Ends the client for this reason. `reply` answers the client's own close frame, if it sent
    /// one. `registered` is the client's registration, if the hub has welcomed it; it ends here.
    pub(crate) fn end(
        &self,
        reason: Disconnect,
        reply: Option<Frame>,
        registered: Option<Membership>,
    ) {
        // The reader unregisters the client here. If `serve` panics, dropping `registered` does it.
        match reason {
            // Nothing can be sent any more, so the reader does not wait for the writer.
            Disconnect::ConnectionBroken | Disconnect::PongMissed => {
                self.outbox.fail(reason);
                socket::hang_up(&self.socket);
            }
            // The connection still works. So the client first receives its own last words, even if
            // it broke the protocol after them.
            _ => {
                if let Some(registered) = registered {
                    registered.leave();
                }
                if self.format.is_cut_by(reason) {
                    self.outbox.fail(reason);
                } else {
                    let goodbye = reply.unwrap_or_else(|| self.format.close(reason));
                    self.outbox.close(reason, goodbye, Unsent::Send);
                }
                self.finish();
            }
        }
        self.log_end(self.outbox.end().unwrap_or(reason));
    }

    /// Lets the writer send the last words, for a bounded time; then hangs up, except after a whole
    /// file. Blocks until the writer has ended.
    fn finish(&self) {
        if self.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            if self.format.is_file() {
                return;
            }
            linger(&self.socket);
        }
        socket::hang_up(&self.socket);
        // Only a hang-up shortens a write that is blocked. It does so at once, so this wait is
        // short.
        self.outbox.wait_for_writer(None);
    }

    pub(crate) fn log_joined(&self) {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer.addr, "client joined");
        }
    }

    /// Logs the end of the client: a normal end as news, any other as a warning.
    fn log_end(&self, reason: Disconnect) {
        let level = if reason.is_normal() { Level::INFO } else { Level::WARN };
        if !rate::admits(level, reason.log_word()) {
            return;
        }
        let words = self.config.language.words();
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
        // After `serve` this changes nothing. Before it, or in a panic, this is what ends the
        // writer.
        self.outbox.fail(Disconnect::ConnectionBroken);
        if self.is_door_writing {
            // The answer could not be written: the writer sleeps, and has to end.
            self.outbox.take_back();
        }
        if !self.format.is_file() {
            socket::hang_up(&self.socket);
        }
    }
}
