//! One client: a socket, two threads, and an outbox, which is the bounded queue between the hub and
//! the client's writer. `F` is everywhere the type of the format that the clients speak.
//!
//! Owns: the first step of a client's life: a seat is reserved for it, which is one of the places
//! for clients, with a writer thread. The numbers of the clients.
//! Must not know: HTTP, which client receives which message.
//!
//! Next: `server/client/client_format.rs`.

pub mod adapter;
pub mod client_format;
pub mod frame_watch;
#[cfg(fuzzing)]
pub mod fuzzing;
mod outbox_list;
mod read_deadlines;
pub mod reader;
mod seat;
pub mod writer;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use portable_atomic::AtomicU64;

use crate::admission::{Admission, ClientPass, NoSeat, is_held};
use crate::base::socket::{self, PublicSocket};
use crate::base::threads::{self, Pool};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::server::config::ClientConfig;
use crate::server::http::verdict::{Adopt, ReservedSeat};
use crate::server::hub::HubHandle;
use crate::server::instruments::{self, Readings, SpineTally};
use crate::server::outbox::{OutboxSlot, OutboxSlots, OutboxState};
pub use client_format::{ClientFormat, Peer};
use outbox_list::{OutboxEntry, OutboxList};
pub use seat::{ReadSide, Seat};
use writer::{SocketSide, WriterSettings};

/// The source of clients: makes a client out of a connection that the door hands over.
#[derive(Debug)]
pub struct Clients<F: ClientFormat> {
    surroundings: Arc<Surroundings<F>>,
    pool: Pool,
    admission: Arc<Admission>,
    slots: OutboxSlots,
    list: Arc<OutboxList>,
    ids: Arc<ClientIds>,
}

#[derive(Debug)]
struct Surroundings<F: ClientFormat> {
    config: ClientConfig,
    settings: F::Settings,
    hub: HubHandle<F>,
}

/// What a client's two threads share: its socket, its outbox and its place among the clients. The
/// place is free when both threads have dropped their `ThreadLink`.
#[derive(Clone, Debug)]
struct ThreadLink {
    socket: Arc<PublicSocket>,
    outbox: OutboxSlot,
    pass: Arc<ClientPass>,
}

/// The source of client numbers. Page requests take their numbers from another range. So page
/// requests leave no gaps in the numbers of clients with a connection, which the server's log and
/// the names of threads show.
#[derive(Debug)]
pub struct ClientIds {
    next: AtomicU64,
    next_visitor: AtomicU64,
}

impl Default for ClientIds {
    fn default() -> Self {
        Self { next: AtomicU64::new(1), next_visitor: AtomicU64::new(1 << 63) }
    }
}

impl ClientIds {
    /// Returns the number of a new client with a connection. Later calls return higher numbers.
    pub fn next(&self) -> ClientId {
        ClientId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the number of a new page request, which acts as a client without a connection.
    pub fn next_visitor(&self) -> ClientId {
        ClientId(self.next_visitor.fetch_add(1, Ordering::Relaxed))
    }
}

impl<F: ClientFormat> Clients<F> {
    /// Makes the source of clients for `hub`. The writers run on threads of `pool`. `admission`
    /// decides whether there is a place for one more client.
    pub fn new(
        config: ClientConfig,
        settings: F::Settings,
        hub: HubHandle<F>,
        pool: Pool,
        admission: Arc<Admission>,
    ) -> Self {
        let slots = OutboxSlots::new(config.outbox_messages_max);
        let surroundings = Arc::new(Surroundings { config, settings, hub });
        Self { surroundings, slots, pool, admission, list: Arc::default(), ids: Arc::default() }
    }

    /// Returns the source of client numbers. Page requests need such numbers, too: each acts as a
    /// client that has no connection.
    pub fn ids(&self) -> Arc<ClientIds> {
        Arc::clone(&self.ids)
    }

    /// Reads everything that the spine counts, for a look at its work. Never blocks, except for
    /// short locks; a client's outbox that another thread has locked is not waited for.
    pub fn readings(&self) -> Readings {
        Readings {
            queues: self.surroundings.hub.queues(),
            outboxes: self.list.readings(),
            counters: instruments::counters(),
            limits: self.admission.taken(),
        }
    }

    /// Reads what the spine has counted, and how full it is. Never blocks, except for short locks.
    pub fn tally(&self) -> SpineTally {
        SpineTally {
            queues: self.surroundings.hub.queues(),
            counters: instruments::counters(),
            limits: self.admission.taken(),
            memory: self.admission.memory_taken(),
            formats: self.list.formats(),
            ends: instruments::ends(),
        }
    }

    /// Reserves a seat: takes a place for one more client and starts its writer thread. The door
    /// calls this before it writes the 101, because after the 101 it cannot refuse the client any
    /// more. Never waits for a peer or for the hub.
    ///
    /// # Errors
    /// See [`NoSeat`].
    pub fn reserve(
        &self,
        socket: &Arc<PublicSocket>,
        peer: SocketAddr,
        format: F,
    ) -> Result<Box<Seat<F>>, NoSeat> {
        let pass = self.admit(socket, peer, format)?;
        let id = self.ids.next();
        let link = ThreadLink { socket: Arc::clone(socket), outbox: self.slots.take(), pass };
        // Until the door has written its answer, the writer may not even send a ping.
        link.outbox.with(OutboxState::begin_answer);
        if let Err(error) =
            self.start_writer(id, format, Box::new(WriterEnd::new(&self.list, id, format, &link)))
        {
            self.admission.reopen_door(&link.pass, socket);
            return Err(error.into());
        }
        let config = &self.surroundings.config;
        let network = is_held(peer.ip(), config.loopback_too).then(|| link.pass.network());
        let peer = Peer { addr: peer, network, text_bytes_max: config.message_bytes_max };
        Ok(Box::new(Seat::new(id, format, peer, link, Arc::clone(&self.surroundings))))
    }

    // `reserve` calls `admit` and then `start_writer`. They are not inside `reserve`, so that the
    // stack memory of `admit` is free again when `start_writer` begins. Starting a thread needs
    // much stack.

    /// Returns the pause between two pings of a client.
    pub fn ping_interval(&self) -> Duration {
        self.surroundings.config.ping_interval
    }

    fn admit(
        &self,
        socket: &Arc<PublicSocket>,
        peer: SocketAddr,
        format: F,
    ) -> Result<Arc<ClientPass>, NoSeat> {
        let pass = self.admission.take_client_place(socket, peer.ip())?;
        let send_buffer_bytes = self.admission.send_buffer_bytes();
        let prepared = if format.is_framed() {
            socket::prepare_for_client(socket, send_buffer_bytes)
        } else {
            let patience = self.surroundings.config.pong_wait;
            socket::prepare_for_stream(socket, send_buffer_bytes, patience)
        };
        if let Err(error) = prepared {
            // An error of these socket options nearly always means that the peer has gone. The
            // client's reader will find that out.
            tracing::debug!(%peer, %error, "socket options not set");
        }
        Ok(Arc::new(pass))
    }

    fn start_writer(&self, id: ClientId, format: F, end: Box<WriterEnd>) -> io::Result<()> {
        let Surroundings { config, hub, .. } = &*self.surroundings;
        let (write_wait, ping_interval) = (config.write_wait, config.ping_interval);
        let times = WriterSettings { write_wait, ping_interval, format };
        let hub = hub.clone();
        self.pool.run(move || {
            threads::set_name(&format!("w-{}", id.0));
            let side = SocketSide::new(Arc::clone(&end.link.socket), format);
            writer::run(&end.link.outbox, &side, times, &|| hub.drained(id));
        })
    }
}

/// The [`Adopt`] for a WebSocket: after the door's 101, the connection is that of a client.
#[derive(Debug)]
pub struct AdoptSocket<F: ClientFormat> {
    /// The source of clients, which makes the new client.
    pub clients: Arc<Clients<F>>,
    /// The format that the client speaks.
    pub format: F,
}

impl<F: ClientFormat> Adopt for AdoptSocket<F> {
    fn reserve(
        self: Box<Self>,
        socket: &Arc<PublicSocket>,
        peer: SocketAddr,
    ) -> Result<Box<dyn ReservedSeat>, NoSeat> {
        Ok(self.clients.reserve(socket, peer, self.format)?)
    }
}

/// This value is dropped when the writer ends, even by a panic. Then it tells the outbox that the
/// writer has ended. Otherwise a reader that waits for the writer's end could wait for ever.
struct WriterEnd {
    link: ThreadLink,
    _entry: OutboxEntry,
}

impl WriterEnd {
    fn new(
        list: &Arc<OutboxList>,
        client: ClientId,
        format: impl ClientFormat,
        link: &ThreadLink,
    ) -> Self {
        let entry = list.open(client, link.outbox.clone(), format.word());
        Self { link: link.clone(), _entry: entry }
    }
}

impl Drop for WriterEnd {
    fn drop(&mut self) {
        let ThreadLink { socket, outbox, .. } = &self.link;
        if std::thread::panicking() {
            outbox.with(|state| state.fail(Disconnect::WriteFailed));
            socket::hang_up(socket);
        }
        outbox.with(OutboxState::note_writer_ended);
    }
}
