//! One client, from the hand-over of its connection to its end, on the thread that was the
//! connection's door.
//!
//! Runs on thread `r-<id>`; `register_early` runs on thread `door`, before the door has written its
//! answer.
//! Blocks on: the hub, until it has answered the registration and until it has forgotten the
//! client; the writer, until it has ended; a lingering close, until `LINGER_WAIT` has passed.
//! `server/client/reader.rs` says what the reader blocks on.
//!
//! A registration takes the hub a [`ClientConnection`], by which the hub sends to the client. While
//! the hub has not answered, the seat has a [`PendingMembership`]; after a welcome it has a
//! [`Membership`] until the client ends (`server/hub/handle.rs`).
//!
//! Owns: the order of a client's steps. The client is registered before it sends requests, and
//! unregistered one time only; if the connection still works, the messages that wait for it are
//! normally sent before the connection ends.
//! Must not know: HTTP, except that the connection became a client's with an HTTP answer; which
//! client receives which message; what a client must send to become a member of the hub
//! ([`ClientFormat::register_by_hello`]).
//!
//! Next: `server/client/reader.rs`.

use std::sync::Arc;
use std::time::Instant;

use tracing::Level;

use super::client_format::{ClientFormat, Peer};
use super::{Surroundings, ThreadLink, reader};
use crate::admission::StrangerPass;
use crate::base::socket::{self, PublicSocket, linger::linger};
use crate::base::{client_id::ClientId, disconnect::Disconnect, limits, rate, threads};
use crate::server::http::verdict::ReservedSeat;
use crate::server::hub::{ClientConnection, Membership, PendingMembership, WelcomeChannel};
use crate::server::instruments;
use crate::server::outbox::{Frame, OutboxState, Pushed, Unsent};
use crate::server::probe::{self, Wait};

/// One place among the clients, with a writer thread that is ready. Dropping the seat ends the
/// writer. The place is free when the writer has ended. If `register_early` has sent a registration
/// and `run` was not called, dropping the seat blocks as dropping a [`PendingMembership`] does.
#[derive(Debug)]
pub struct Seat<F: ClientFormat> {
    id: ClientId,
    format: F,
    peer: Peer,
    link: ThreadLink,
    surroundings: Arc<Surroundings<F>>,
    step: SeatStep,
}

/// The step that the client has reached. Until it runs, only the door may write to the socket, and
/// the writer waits.
#[derive(Debug)]
enum SeatStep {
    Reserved,
    /// The registration was sent before the door's answer. An error means that the hub has stopped.
    RegisteredEarly(Result<PendingMembership, Disconnect>),
    Running,
}

/// The read side of a client's connection: it registers the client, and then reads the client's
/// requests. [`Seat::run_with`] calls these functions.
pub trait ReadSide<F: ClientFormat> {
    /// Registers the client. Blocks until the hub has welcomed it, or the client ends. Not called
    /// if the client was registered early.
    ///
    /// # Errors
    /// The reason why the client ends without being registered.
    fn register(&mut self, seat: &Seat<F>) -> Result<Membership, Disconnect>;

    /// Reads the client's messages and sends the hub the requests in them, until the client ends.
    /// Returns why it ended.
    fn read_requests(&mut self, seat: &Seat<F>) -> Disconnect;

    /// Returns the answer to the client's own close frame. `None`: the client has sent no close
    /// frame, or an earlier call has returned the answer.
    fn take_close_reply(&mut self) -> Option<Frame> {
        None
    }
}

impl<F: ClientFormat> ReservedSeat for Seat<F> {
    /// Registers the client before the door writes its answer (such as a 101), if the client's
    /// format needs no hello. A peer that has received this answer must also receive what is said
    /// to it from that moment on. Until the answer is written, the outbox holds what the hub
    /// pushes.
    fn register_early(&mut self) {
        if let Some(newcomer) = self.format.newcomer_at_once(self) {
            let sent = self.register(newcomer, WelcomeChannel::default());
            self.step = SeatStep::RegisteredEarly(sent);
        }
    }

    fn run(self: Box<Self>, arrived: Vec<u8>) {
        let ThreadLink { socket, outbox, .. } = &self.link;
        let config = &self.surroundings.config;
        let mut conversation = reader::conversation(socket, outbox, arrived, config, self.format);
        self.run_with(&mut conversation);
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
        Self { id, format, peer, link, surroundings, step: SeatStep::Reserved }
    }

    /// Runs the client with this read side: the calling thread becomes the client's reader. Before
    /// this call, the door must have sent its answer. Blocks until the client has ended.
    pub fn run_with(mut self: Box<Self>, side: &mut impl ReadSide<F>) {
        threads::set_name(&format!("r-{}", self.id.0));
        self.link.outbox.with(OutboxState::finish_answer);
        let registered = match std::mem::replace(&mut self.step, SeatStep::Running) {
            SeatStep::RegisteredEarly(Ok(sent)) => sent.wait(),
            SeatStep::RegisteredEarly(Err(reason)) => Err(reason),
            SeatStep::Reserved | SeatStep::Running => side.register(&self),
        };
        let reason = match &registered {
            Ok(_) => {
                self.log_joined();
                side.read_requests(&self)
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

    /// Returns the client's socket. The reader must not write to it: a thread writes only when the
    /// outbox gives it the right.
    pub fn socket(&self) -> &Arc<PublicSocket> {
        &self.link.socket
    }

    /// Returns what the client's format needs to know about the server.
    pub fn settings(&self) -> &F::Settings {
        &self.surroundings.settings
    }

    /// Sends a frame to the client, which must not be registered yet: from the registration on,
    /// only the hub may push messages to the client's outbox. If the outbox is full or the client
    /// is ending, the frame is lost. Never blocks.
    pub fn tell_unregistered(&self, frame: Frame) {
        if let Pushed::Queued(more) = self.link.outbox.with(|state| state.push(&[frame])) {
            instruments::READERS_QUEUED.add(more as u64);
        }
    }

    /// Sends the client's registration to the hub. Never blocks. The hub's answer comes through
    /// [`wait`](PendingMembership::wait) of the returned value.
    ///
    /// # Errors
    /// The hub has stopped.
    pub fn register(
        &self,
        newcomer: F::Newcomer,
        welcome: WelcomeChannel,
    ) -> Result<PendingMembership, Disconnect> {
        let ThreadLink { outbox, socket, .. } = &self.link;
        let connection = ClientConnection::new(outbox.clone(), Arc::clone(socket));
        self.surroundings.hub.register(self.id, newcomer, self.format, connection, welcome)
    }

    /// Marks the client as one that must say who it is before the hub knows it. The mark lasts as
    /// long as the returned value. If the server stops meanwhile, or is stopping already, it hangs
    /// up on the client, because the hub can say goodbye only to clients that it knows.
    pub fn awaits_hello(&self) -> StrangerPass<'_> {
        self.link.pass.awaits_hello(&self.link.socket)
    }

    /// Sends the hub a request of this client. Blocks first while too much is unsent to this client
    /// and then while the hub's inbox is full. The error: the hub has stopped.
    pub fn send_request(&self, request: F::Request) -> Result<(), Disconnect> {
        probe::before(Wait::Ask);
        self.link.outbox.wait_for_space();
        self.surroundings.hub.send_request(self.id, request)
    }

    // --- The order at the end -------------------------------------------------------------------
    //
    // Whichever thread decides that a client ends, its reader makes the last steps. If the
    // connection breaks, the thread that notices it hangs up. If the hub closes the client, the
    // writer sends a close frame, and then the peer ends its side or the hub hangs up. Either way
    // the reader's `read` ends. Then the reader, in this order:
    //
    //   1. unregisters the client, and waits until the hub has forgotten the client: by then the
    //      hub has handled all its requests, and pushes nothing more to its outbox;
    //   2. puts the close frame into that outbox, behind all that the hub has pushed;
    //   3. waits for the writer, which sends all that the outbox holds; reads what the peer still
    //      sends (`linger`), because closing a socket with unread bytes sends a reset; hangs up.
    //
    // If the reader has found that the connection is broken or the peer is gone, nothing can be
    // sent: the outbox fails and the socket is hung up at once. Dropping `registered` then
    // unregisters the client. A client that receives a file has exceptions: see `end` and `finish`.

    /// Ends the client for this reason. `reply` answers the client's own close frame, if it sent
    /// one. `registered` is the client's registration, if the hub has welcomed the client; the
    /// registration ends here.
    fn end(&self, reason: Disconnect, reply: Option<Frame>, registered: Option<Membership>) {
        // If `run_with` panics before it calls `end`, dropping `registered` unregisters the client.
        match reason {
            // Nothing reaches the peer any more, so the reader does not wait for the writer.
            Disconnect::ConnectionBroken | Disconnect::PongMissed => {
                self.link.outbox.with(|state| state.fail(reason));
                socket::hang_up(&self.link.socket);
            }
            // The connection may still work. So the close frame comes after what the hub has pushed
            // for the client's earlier requests, even if the client's newest message broke the
            // protocol.
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
        let reason = self.link.outbox.with(|state| state.end_reason()).unwrap_or(reason);
        instruments::note_end(reason);
        self.log_end(reason);
    }

    /// Waits until the writer has ended. The writer gets `FINISH_WAIT` to send what the outbox
    /// holds; if it takes longer, hangs up, and so ends it. If it ends in time, lingers and then
    /// hangs up, except for a client that receives a file. There, closing the socket ends the
    /// connection: normally after a whole file, with a reset after a part of it.
    fn finish(&self) {
        if self.link.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            if self.format.is_file() {
                return;
            }
            linger(&self.link.socket);
        }
        socket::hang_up(&self.link.socket);
        // The hang-up ends a blocked write at once, so this wait for the writer is short.
        self.link.outbox.wait_for_writer(None);
    }

    fn log_joined(&self) {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer.addr, "client joined");
        }
    }

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
        // If the writer has not ended yet, this call makes it end.
        self.link.outbox.with(|state| state.fail(Disconnect::ConnectionBroken));
        if !matches!(self.step, SeatStep::Running) {
            // `run_with` was not called, so the door still has the right to write, and the writer
            // sleeps. This call takes that right from the door and wakes the writer, which then
            // ends.
            self.link.outbox.with(OutboxState::finish_answer);
        }
        if !self.format.is_file() {
            socket::hang_up(&self.link.socket);
        }
    }
}
