//! One client: a socket, two threads, an outbox.
//!
//! Owns: how a client begins: it gets a seat, which is a place and a writer thread.
//! Must not know: HTTP, who hears what.
//!
//! Next: `server/client/reader.rs`.

pub mod adapter;
pub mod format;
pub mod frame_watch;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod reader;
mod seat;
pub mod writer;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::admission::{Admission, ClientPass, NoSeat, is_held};
use crate::base::socket;
use crate::base::threads::{self, Pool};
use crate::server::config::ClientConfig;
use crate::server::disconnect::Disconnect;
use crate::server::hub::{ClientId, HubHandle};
use crate::server::outbox::{OutboxSlot, OutboxSlots};
pub use format::{ClientFormat, Peer};
pub use seat::{AdoptSocket, Seat};
use writer::{SocketSide, WriterSettings};

/// The first of the client numbers for visitors, which are page requests that get no guest name.
const VISITORS: u64 = 1 << 63;

/// Makes clients out of connections that the door hands over.
#[derive(Debug)]
pub struct Clients<F: ClientFormat> {
    config: Arc<ClientConfig>,
    settings: Arc<F::Settings>,
    hub: HubHandle<F>,
    pool: Pool,
    admission: Arc<Admission>,
    slots: OutboxSlots,
    next_id: AtomicU64,
    next_visitor: AtomicU64,
}

impl<F: ClientFormat> Clients<F> {
    /// Makes clients of this hub, on threads of this pool, within the limits of this admission.
    /// Their numbers begin after `last_client_id`, because guests are named by them.
    pub fn new(
        config: ClientConfig,
        settings: F::Settings,
        hub: HubHandle<F>,
        pool: Pool,
        admission: Arc<Admission>,
        last_client_id: u64,
    ) -> Self {
        let (config, settings) = (Arc::new(config), Arc::new(settings));
        let slots = OutboxSlots::new(config.outbox_messages_max);
        let next_id = AtomicU64::new(last_client_id + 1);
        let next_visitor = AtomicU64::new(0);
        Self { config, settings, slots, hub, pool, admission, next_id, next_visitor }
    }

    /// Returns a new number for a page request that comes as a new person, who may be a guest.
    pub fn next_guest(&self) -> ClientId {
        ClientId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns a new number for any other page request. No guest name uses it.
    pub fn next_visitor(&self) -> ClientId {
        ClientId(VISITORS | self.next_visitor.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes a place and starts the writer thread, before the 101 is written: after the 101,
    /// nothing that a client needs can be missing. Never waits for a peer or for the hub.
    ///
    /// # Errors
    /// See [`NoSeat`]; the door answers 503.
    pub fn seat(
        &self,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
        format: F,
    ) -> Result<Box<Seat<F>>, NoSeat> {
        let pass = self.admit(socket, peer, format)?;
        let id = ClientId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let outbox = self.slots.take();
        // Until the answer is out, not even a ping may be sent.
        outbox.lend_to_door();
        let end = WriterEnd::new(&outbox, socket, &pass);
        if let Err(error) = self.start_writer(id, format, end) {
            self.admission.reopen_door(&pass, socket);
            return Err(error.into());
        }
        let (hub, config) = (self.hub.clone(), Arc::clone(&self.config));
        let settings = Arc::clone(&self.settings);
        let home = is_held(peer.ip(), config.loopback_too).then(|| pass.home());
        let peer = Peer { addr: peer, home, text_bytes_max: config.message_bytes_max };
        let socket = Arc::clone(socket);
        let entered = None;
        Ok(Box::new(Seat {
            id,
            peer,
            socket,
            outbox,
            hub,
            config,
            settings,
            format,
            pass,
            entered,
            is_door_writing: true,
        }))
    }

    // The steps of `seat` are separate functions: making a thread takes much stack, and must not
    // add to the stack of another step.

    fn admit(
        &self,
        socket: &Arc<TcpStream>,
        peer: SocketAddr,
        format: F,
    ) -> Result<Arc<ClientPass>, NoSeat> {
        let pass = self.admission.seat(socket, peer.ip())?;
        let prepared = if format.is_framed() {
            socket::prepare_for_client(socket)
        } else {
            socket::prepare_for_stream(socket, self.config.pong_wait)
        };
        if let Err(error) = prepared {
            // The peer is gone; its reader will find that out.
            tracing::debug!(%peer, %error, "socket options not set");
        }
        Ok(Arc::new(pass))
    }

    fn start_writer(&self, id: ClientId, format: F, end: Box<WriterEnd>) -> io::Result<()> {
        let times = WriterSettings {
            write_wait: self.config.write_wait,
            ping_interval: self.config.ping_interval,
            format,
        };
        let hub = self.hub.clone();
        self.pool.run(move || {
            threads::set_name(&format!("w-{}", id.0));
            let side = SocketSide::new(Arc::clone(&end.socket), format);
            writer::run(&end.outbox, &side, times, &|| hub.drained(id));
        })
    }
}

/// Reports that the writer has ended, even when it panicked. Otherwise a reader that waits for the
/// last words would wait for ever.
struct WriterEnd {
    outbox: OutboxSlot,
    socket: Arc<TcpStream>,
    _pass: Arc<ClientPass>,
}

impl WriterEnd {
    fn new(outbox: &OutboxSlot, socket: &Arc<TcpStream>, pass: &Arc<ClientPass>) -> Box<Self> {
        let (outbox, socket) = (outbox.clone(), Arc::clone(socket));
        Box::new(Self { outbox, socket, _pass: Arc::clone(pass) })
    }
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
