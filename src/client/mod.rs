//! One client: a socket, two threads, an outbox.
//!
//! Owns: how a client begins (a seat, its writer, its welcome) and how it ends
//! (unregistered once, its last words out, both threads gone).
//! Must not know: HTTP, who hears what.
//!
//! Next: `client/reader.rs`.

pub mod adapter;
pub mod frame_watch;
#[cfg(fuzzing)]
pub mod fuzzing;
mod greeting;
pub mod line;
pub mod reader;
pub mod writer;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tracing::Level;

use crate::admission::{Admission, ClientPass, NoPlace};
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::hub::core::{Newcomer, Whence};
use crate::hub::{Answer, ClientId, HubHandle, Registered};
use crate::limits;
use crate::outbox::{Berth, Berths, Rest};
use crate::rate;
use crate::socket::{self, linger::linger};
use crate::threads::{self, Pool};
use crate::wire::Format;
use line::SocketLine;
use reader::{Conversation, Ended, Way};
use writer::WriterTimes;

/// From here on numbers are visitors'.
const VISITORS: u64 = 1 << 63;

/// Makes clients out of adopted sockets.
#[derive(Debug)]
pub struct Clients {
    config: Arc<ClientConfig>,
    hub: HubHandle,
    pool: Pool,
    admission: Arc<Admission>,
    berths: Berths,
    next_id: AtomicU64,
    next_visitor: AtomicU64,
}

/// A place among the clients, its writer thread ready; dropping it ends the
/// writer, and the place is free when that has gone too.
#[derive(Debug)]
pub struct Seat {
    id: ClientId,
    peer: SocketAddr,
    socket: Arc<TcpStream>,
    outbox: Berth,
    hub: HubHandle,
    config: Arc<ClientConfig>,
    format: Format,
    /// Until it registers.
    answer: Option<Answer>,
    /// Held by both threads: a place is free when both have gone.
    pass: Arc<ClientPass>,
}

/// Why there is no seat for one more client.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// As many clients as the box or `--clients` allows.
    #[error("{0} people are here; this box holds no more")]
    Full(usize),
    /// As many from one address as `--clients-per-address` allows.
    #[error("{0} people are here from this address; one address may have no more")]
    AddressFull(usize),
    /// The system has no thread to give.
    #[error("no thread for one more client: {0}")]
    NoThread(#[from] io::Error),
}

impl From<NoPlace> for NoSeat {
    fn from(no_place: NoPlace) -> Self {
        match no_place {
            NoPlace::Full(clients) => Self::Full(clients),
            NoPlace::AddressFull(neighbours) => Self::AddressFull(neighbours),
        }
    }
}

impl Clients {
    /// Clients of this hub, on threads of this pool, within this admission. Their
    /// numbers begin behind `last_guest`, for guests are called by them.
    pub fn new(
        config: ClientConfig,
        hub: HubHandle,
        pool: Pool,
        admission: Arc<Admission>,
        last_guest: u64,
    ) -> Self {
        let config = Arc::new(config);
        let berths = Berths::new(config.outbox_messages_max);
        let next_id = AtomicU64::new(last_guest + 1);
        Self { config, berths, hub, pool, admission, next_id, next_visitor: AtomicU64::new(0) }
    }

    /// A number for one who comes for a page as a new person, and may be a guest.
    pub fn next_guest(&self) -> ClientId {
        ClientId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// A number for one who comes for a page otherwise: nobody is called by it.
    pub fn next_visitor(&self) -> ClientId {
        ClientId(VISITORS | self.next_visitor.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether so many doors are open that a browser should not keep one.
    pub fn doors_are_scarce(&self) -> bool {
        self.admission.doors_are_scarce()
    }

    /// Takes a place and a writer thread, before the 101 is written: after it,
    /// nothing that a client needs can be missing. Never blocks.
    ///
    /// # Errors
    /// See [`NoSeat`]; the door answers 503.
    pub fn seat(
        &self,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
        format: Format,
    ) -> Result<Box<Seat>, NoSeat> {
        let pass = self.admission.seat(socket, peer.ip())?;
        if let Err(error) = socket::prepare_for_client(socket) {
            // The peer is gone; its reader will find that out.
            tracing::debug!(%peer, %error, "send buffer not set");
        }
        let id = ClientId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let outbox = self.berths.take();
        let times = WriterTimes {
            write_wait: self.config.write_wait,
            ping_interval: self.config.ping_interval,
        };
        let pass = Arc::new(pass);
        let end = WriterEnd {
            outbox: outbox.clone(),
            socket: Arc::clone(socket),
            _pass: Arc::clone(&pass),
        };
        let hub = self.hub.clone();
        let started = self.pool.run(move || {
            threads::set_name(&format!("w-{}", id.0));
            let line = SocketLine::new(Arc::clone(&end.socket));
            writer::run(&end.outbox, &line, times, &|| hub.drained(id));
        });
        if let Err(error) = started {
            // It is a door again, and a stopping server must find it there.
            drop(pass);
            self.admission.is_a_door_again(socket);
            return Err(error.into());
        }
        Ok(Box::new(Seat {
            id,
            peer,
            socket: Arc::clone(socket),
            outbox,
            hub: self.hub.clone(),
            config: Arc::clone(&self.config),
            format,
            answer: Some(Answer::default()),
            pass,
        }))
    }
}

/// Says that the writer has ended, also when it panicked: a reader that waits
/// for it, for its last words, must not wait for ever.
struct WriterEnd {
    outbox: Berth,
    socket: Arc<TcpStream>,
    _pass: Arc<ClientPass>,
}

impl Drop for WriterEnd {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.outbox.fail(Disconnect::WriteFailed);
            socket::hang_up(&self.socket);
        }
        self.outbox.writer_ended();
    }
}

impl Seat {
    /// Turns the calling thread into the client's reader until the client ends.
    /// `arrived` holds bytes that came behind the request head.
    pub fn serve(mut self, arrived: Vec<u8>) {
        threads::set_name(&format!("r-{}", self.id.0));
        let mut socket =
            reader::open(&self.socket, &self.outbox, arrived, &self.config, self.format);
        let registered = self.register(&mut socket);
        let Ended { reason, goodbye } = match &registered {
            Ok(_) => self.talk(&mut socket),
            Err(ended) => ended.clone(),
        };
        // Unregistered here, or by a panic above; by nobody else.
        match reason {
            // Nothing can be said any more, so nobody waits for the writer.
            Disconnect::LineBroken | Disconnect::PongMissed => {
                self.outbox.fail(reason);
                socket::hang_up(&self.socket);
            }
            // Whoever can still be told something hears its own last words
            // first, also if what came behind them was wrong.
            _ => {
                registered.map(Registered::leave).ok();
                self.outbox.close(reason, *goodbye, Rest::Send);
                self.finish();
            }
        }
        self.log_end(self.outbox.end().unwrap_or(reason));
    }

    /// A classic client is in at once, a numbered one when it has said who it is.
    /// Apart, so that what it puts on the stack is gone when the client talks.
    #[inline(never)]
    fn register(&mut self, socket: &mut Conversation) -> Result<Registered, Ended> {
        let newcomer = match self.format {
            Format::Classic => Newcomer::Classic,
            Format::Webchat => Newcomer::Passing,
            Format::V1 => {
                let _stranger = self.pass.awaits_hello(&self.socket);
                greeting::receive(&self.outbox, socket, &self.config, self.peer.ip())?
            }
        };
        let answer = self.answer.take().unwrap_or_default();
        let is_paced = self.config.pace.holds_for(self.peer.ip());
        let home = is_paced.then(|| self.pass.home());
        let addr = self.config.show_addresses.then(|| self.peer.ip());
        let whence = Whence { home, addr };
        Ok(self.hub.register(self.id, newcomer, whence, &self.outbox, &self.socket, answer)?)
    }

    /// From the welcome to the end.
    #[inline(never)]
    fn talk(&self, socket: &mut Conversation) -> Ended {
        if rate::admits(Level::INFO, "client joined") {
            tracing::info!(client = self.id.0, peer = %self.peer, "client joined");
        }
        let way = Way { id: self.id, hub: &self.hub, outbox: &self.outbox, config: &self.config };
        reader::run(&way, socket, self.format)
    }

    /// Lets the last words out, for a moment; then hangs up.
    fn finish(&self) {
        if self.outbox.wait_for_writer(Some(Instant::now() + limits::FINISH_WAIT)) {
            linger(&self.socket);
        }
        socket::hang_up(&self.socket);
        // Only a hang-up shortens a write that is blocked, and it does at once.
        self.outbox.wait_for_writer(None);
    }

    /// Normal ends are news, not errors (B23).
    fn log_end(&self, reason: Disconnect) {
        let level = if reason.is_normal() { Level::INFO } else { Level::WARN };
        if !rate::admits(level, reason.log_word()) {
            return;
        }
        let words = self.config.language.words();
        let (client, peer) = (self.id.0, self.peer);
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

impl Drop for Seat {
    fn drop(&mut self) {
        // After `serve` this changes nothing. Before it, or in a panic, it is
        // what ends the writer.
        self.outbox.fail(Disconnect::LineBroken);
        socket::hang_up(&self.socket);
    }
}
