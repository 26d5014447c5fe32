//! One client, from the hand-over of its connection to its end, on the thread that was its
//! door.
//!
//! Runs on thread `r-<id>`; it enters on its door's, before the answer is written.
//! Blocks on: the hub, until it has answered the registration and until it has forgotten the
//! client; the writer's end; a lingering close, for a moment. What its reader blocks on is said
//! in `client/reader.rs`.
//! Owns: that it is registered before it talks, unregistered once, and that its last words
//! are out.
//! Must not know: HTTP, but that an answer made the connection a client's; who hears what;
//! what a client must say to come in ([`ClientFormat::open`]).
//!
//! Next: `client/reader.rs`.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

use tracing::Level;

use super::format::{ClientFormat, Peer};
use super::{Clients, reader};
use crate::admission::{ClientPass, NoSeat, StrangerPass};
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::http::verdict::{Adopt, Connection, Seated};
use crate::hub::{Answer, ClientId, HubHandle, Registered, Registering};
use crate::limits;
use crate::outbox::{Berth, Frame, Rest};
use crate::probe::{self, Wait};
use crate::rate;
use crate::socket::{self, linger::linger};
use crate::threads;

/// A place among the clients, its writer thread ready; dropping it ends the
/// writer, and the place is free when that has gone too. If it has entered and was not served,
/// dropping it waits for the hub's answer.
#[derive(Debug)]
pub struct Seat<F: ClientFormat> {
    pub(crate) id: ClientId,
    pub(crate) peer: Peer,
    pub(crate) socket: Arc<TcpStream>,
    pub(crate) outbox: Berth,
    pub(crate) hub: HubHandle<F>,
    pub(crate) config: Arc<ClientConfig>,
    /// What the client's format needs to know of the server.
    pub settings: Arc<F::Settings>,
    pub(crate) format: F,
    /// Held by both threads: a place is free when both have gone.
    pub(crate) pass: Arc<ClientPass>,
    /// The registration under way, of a client that enters before its 101 is written.
    pub(super) entered: Option<Result<Registering, Disconnect>>,
}

/// A WebSocket that speaks this; its answer is a 101.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// Of whom it becomes one.
    pub clients: Arc<Clients<F>>,
    /// What it speaks.
    pub format: F,
}

impl<F: ClientFormat> Adopt for AdoptSocket<F> {
    fn connection(&self) -> Connection {
        Connection::Upgrade
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
    /// The peer that has its 101 must hear what is said next. So the registration is sent to
    /// the hub before the 101 is written, and the outbox holds what the hub pushes until then.
    fn enter(&mut self) {
        if let Some(newcomer) = self.format.at_once(self) {
            self.outbox.hold();
            self.entered = Some(self.registering(newcomer, Answer::default()));
        }
    }

    /// Turns the calling thread into the client's reader until the client ends.
    /// `arrived` holds bytes that came after the request head.
    fn serve(mut self: Box<Self>, arrived: Vec<u8>) {
        self.begin();
        let entered = self.take_entered();
        let mut socket =
            reader::open(&self.socket, &self.outbox, arrived, &self.config, self.format);
        let registered = match entered {
            Some(Ok(registering)) => registering.wait(),
            Some(Err(reason)) => Err(reason),
            None => self.format.open(&self, &mut socket, Answer::default()),
        };
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                reader::run(&self, &mut socket)
            }
            Err(reason) => *reason,
        };
        let reply = socket.get_mut().take_close_reply();
        self.end(reason, reply, registered.ok());
    }
}

impl<F: ClientFormat> Seat<F> {
    /// The calling thread is the client's reader from here on.
    pub(crate) fn begin(&self) {
        threads::set_name(&format!("r-{}", self.id.0));
    }

    /// Takes the registration under way, if there is one, and lets out what the hub has pushed.
    fn take_entered(&mut self) -> Option<Result<Registering, Disconnect>> {
        if self.entered.is_none() {
            // It must say hello first, and then this does nothing; or a test made the seat, and
            // no door has entered for it.
            self.enter();
        }
        let entered = self.entered.take();
        entered.iter().for_each(|_| self.outbox.release());
        entered
    }

    /// Makes the client a member. Blocks until the hub has answered, which is in this round
    /// of it or in the next.
    ///
    /// # Errors
    /// Why the hub does not take it.
    pub fn register(
        &self,
        newcomer: F::Newcomer,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        self.registering(newcomer, welcome)?.wait()
    }

    fn registering(
        &self,
        newcomer: F::Newcomer,
        welcome: Answer,
    ) -> Result<Registering, Disconnect> {
        let line = (&self.outbox, &self.socket, self.format);
        self.hub.register(self.id, newcomer, line, welcome)
    }

    /// The client must say who it is before the hub hears of it: until this is dropped, a
    /// server that stops hangs up on it. A client that the hub has welcomed gets its goodbye.
    pub fn awaits_hello(&self) -> StrangerPass<'_> {
        self.pass.awaits_hello(&self.socket)
    }

    /// Asks the hub. Blocks while the client's own echo waits, and while the hub's inbox
    /// is full.
    pub(crate) fn ask(&self, request: F::Request) -> Result<(), Disconnect> {
        probe::before(Wait::Ask);
        self.outbox.wait_for_room();
        self.hub.ask(self.id, request)
    }

    /// The client's end, for this reason; `reply` is what answers its own close frame.
    pub(crate) fn end(
        &self,
        reason: Disconnect,
        reply: Option<Frame>,
        registered: Option<Registered>,
    ) {
        // The reader unregisters the client here. If `serve` panics, dropping `registered` does it.
        match reason {
            // Nothing can be said any more, so nobody waits for the writer.
            Disconnect::LineBroken | Disconnect::PongMissed => {
                self.outbox.fail(reason);
                socket::hang_up(&self.socket);
            }
            // If the line still works, the client first hears its own last words, also if
            // it broke the protocol after them.
            _ => {
                if let Some(registered) = registered {
                    registered.leave();
                }
                if self.format.is_cut_by(reason) {
                    self.outbox.fail(reason);
                } else {
                    let goodbye = reply.unwrap_or_else(|| self.format.close(reason));
                    self.outbox.close(reason, goodbye, Rest::Send);
                }
                self.finish();
            }
        }
        self.log_end(self.outbox.end().unwrap_or(reason));
    }

    /// Lets the last words out, for a moment; then hangs up.
    fn finish(&self) {
        if self.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            if self.format.is_file() {
                return;
            }
            linger(&self.socket);
        }
        socket::hang_up(&self.socket);
        // Only a hang-up shortens a write that is blocked, and it does at once.
        self.outbox.wait_for_writer(None);
    }

    pub(crate) fn log_joined(&self) {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer.addr, "client joined");
        }
    }

    /// Normal ends are news, not errors (B23).
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
        // After `serve` this changes nothing. Before it, or in a panic, it is
        // what ends the writer.
        self.outbox.fail(Disconnect::LineBroken);
        if self.entered.is_some() {
            // `serve` never began: the outbox is still held, and its writer asleep.
            self.outbox.release();
        }
        if !self.format.is_file() {
            socket::hang_up(&self.socket);
        }
    }
}
