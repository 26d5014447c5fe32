//! The count of the connections: how many are doors, how many are clients, and whether one more may
//! come in.
//!
//! Owns: the number of clients, in all and from each network, and the list of the sockets that a
//! stopping server hangs up on: open doors, and clients that the hub does not know.
//! Must not know: HTTP, WebSocket, who the clients are.
//!
//! Part: this file is its entry.

mod budget;
mod doors;
pub mod entrance;
mod groups;
pub mod hotspot;
mod machine_limits;
mod memory;
mod network;
mod password;
mod thread_cost;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

pub use budget::{Budget, Caps, TooLittle};
pub use memory::has_little_memory;
pub use network::{ClientNetwork, PerNetwork, is_held};
pub use password::Password;

use crate::base::socket::{self, PublicSocket};
use doors::OpenDoors;
use network::Counts;

/// Counts clients and doors, and decides whether the server may let in one more client or door.
#[derive(Debug)]
pub struct Admission {
    budget: Budget,
    state: Mutex<State>,
    /// Notified when there is no open door any more.
    doors_ended: Condvar,
}

#[derive(Debug)]
struct State {
    /// How many clients one network may have.
    per_network: PerNetwork,
    doors: OpenDoors,
    /// The sockets of clients that the hub does not know, each under its address in memory. Either
    /// the client has not sent its hello yet, or the hub has removed the client and the door still
    /// sends it the HTTP answer.
    strangers: HashMap<usize, Weak<PublicSocket>>,
    clients: usize,
    networks: Counts,
    stopping: bool,
}

/// No further door may open: there are too many connections in all, or too many doors from one
/// network, or the server is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDoor;

/// Why the server lets no further client in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoClientPlace {
    /// There is no place for one more client: the machine can hold no more, or `--clients` allows
    /// no more. The value is how many clients are connected.
    #[error("{0} people are here; this server holds no more")]
    Full(usize),
    /// The limit for clients from one network allows no more from this network. The value is how
    /// many of its clients are connected.
    #[error("{0} people are here from this address; one address may have no more")]
    NetworkFull(usize),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

/// Why one more client gets no seat.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// There is no place for the client. The value says why.
    #[error(transparent)]
    NoPlace(#[from] NoClientPlace),
    /// The system cannot start a thread for the client.
    #[error("no thread for one more client: {0}")]
    NoThread(#[from] io::Error),
}

/// One open door. Dropping this value removes the door from the list of open doors, if it is still
/// in the list. A door that has become a client is not in the list.
#[derive(Debug)]
pub struct DoorPass {
    admission: Arc<Admission>,
    key: usize,
    /// `key` is the socket's address in memory. While this weak reference exists, no other socket
    /// can get the same address.
    _place: Weak<PublicSocket>,
}

/// The place of one connected client. Dropping this value removes the client from the count of
/// clients.
#[derive(Debug)]
pub struct ClientPass {
    admission: Arc<Admission>,
    network: ClientNetwork,
}

/// Marks a client that the hub does not know. A server that stops hangs up on such a client.
/// Dropping this value ends the mark. Its holder drops it when the hub knows the client, or when
/// the client is gone.
#[derive(Debug)]
pub struct StrangerPass<'a> {
    admission: &'a Admission,
    key: usize,
}

impl ClientPass {
    /// Returns the network (an IPv4 address, or an IPv6 /64) under which the server counts this
    /// client.
    pub fn network(&self) -> ClientNetwork {
        self.network
    }

    /// Marks the client as one that must send a hello before the hub learns of the client. The mark
    /// lasts as long as the returned pass. If the server stops while the mark lasts, or is stopping
    /// already, it hangs up on the client. Never blocks.
    pub fn awaits_hello(&self, socket: &Arc<PublicSocket>) -> StrangerPass<'_> {
        let (stranger, is_stopping) = self.stranger(socket);
        if is_stopping {
            socket::hang_up(socket);
        }
        stranger
    }

    /// Marks the client as one that the hub has removed and to which the door still sends the HTTP
    /// answer. The mark lasts as long as the returned pass. If the server stops while the mark
    /// lasts, it hangs up on the client. If the server is stopping already, this function does not
    /// hang up. Never blocks.
    pub fn takes_answer(&self, socket: &Arc<PublicSocket>) -> StrangerPass<'_> {
        self.stranger(socket).0
    }

    /// Adds the socket to the list of those that a stopping server hangs up on. The second value is
    /// true if the server is stopping already.
    fn stranger(&self, socket: &Arc<PublicSocket>) -> (StrangerPass<'_>, bool) {
        let key = key(socket);
        let mut state = self.admission.state.lock();
        state.strangers.insert(key, Arc::downgrade(socket));
        (StrangerPass { admission: &self.admission, key }, state.stopping)
    }
}

impl Admission {
    /// Makes an admission with no clients and no doors.
    pub fn new(budget: Budget, per_network: PerNetwork) -> Arc<Self> {
        let state = State {
            per_network,
            doors: OpenDoors::default(),
            strangers: HashMap::new(),
            clients: 0,
            networks: Counts::default(),
            stopping: false,
        };
        Arc::new(Self { budget, state: Mutex::new(state), doors_ended: Condvar::new() })
    }

    /// Lets one network have so many clients from now on. Clients that are in stay. Returns whether
    /// that is another limit than before.
    pub fn limit_networks(&self, per_network: PerNetwork) -> bool {
        let mut state = self.state.lock();
        let is_another = state.per_network != per_network;
        state.per_network = per_network;
        is_another
    }

    /// Returns the size of the kernel's send buffer for each client, in bytes.
    pub fn send_buffer_bytes(&self) -> usize {
        self.budget.send_buffer_bytes()
    }

    /// Admits a new socket as a door. Never blocks.
    ///
    /// # Errors
    /// There are too many connections in all, or too many doors from this network, or the server is
    /// stopping.
    pub fn open_door(
        self: &Arc<Self>,
        socket: &Arc<PublicSocket>,
        peer: IpAddr,
    ) -> Result<DoorPass, NoDoor> {
        let (key, network) = (key(socket), ClientNetwork::of(peer));
        let mut state = self.state.lock();
        // The doors of the peer's network count for about a third more here. So one network alone
        // cannot take the last free doors. They count only once if the limits of a network do not
        // apply to the peer.
        let weight = if state.per_network.holds(peer) { state.doors.of(network) / 3 } else { 0 };
        if state.stopping || !self.budget.admits_door(state.clients, state.doors.len() + weight) {
            return Err(NoDoor);
        }
        state.doors.open(key, network, socket);
        Ok(DoorPass { admission: Arc::clone(self), key, _place: Arc::downgrade(socket) })
    }

    /// Counts the socket of a door as a client's from now on. Never blocks.
    ///
    /// # Errors
    /// See [`NoClientPlace`].
    pub fn take_client_place(
        self: &Arc<Self>,
        socket: &Arc<PublicSocket>,
        peer: IpAddr,
    ) -> Result<ClientPass, NoClientPlace> {
        let mut state = self.state.lock();
        if state.stopping {
            return Err(NoClientPlace::Stopping);
        }
        if !self.budget.admits_client(state.clients, state.doors.len()) {
            return Err(NoClientPlace::Full(state.clients));
        }
        let network = ClientNetwork::of(peer);
        let network_clients = state.networks.of(network);
        if !state.per_network.admits(peer, network_clients) {
            return Err(NoClientPlace::NetworkFull(network_clients));
        }
        state.networks.add(network);
        state.clients += 1;
        self.close_door(&mut state, key(socket));
        Ok(ClientPass { admission: Arc::clone(self), network })
    }

    /// Counts the socket as a door again, because the client has ended, or could not become one.
    /// The client is still counted until `pass` is dropped.
    pub fn reopen_door(&self, pass: &ClientPass, socket: &Arc<PublicSocket>) {
        self.state.lock().doors.open(key(socket), pass.network, socket);
    }

    /// Returns the number of clients now.
    pub fn clients(&self) -> usize {
        self.state.lock().clients
    }

    /// Returns the number of doors that are open now.
    pub fn doors(&self) -> usize {
        self.state.lock().doors.len()
    }

    /// Returns what there may be at the same time: for each limit its name, how much of it is taken
    /// now, and the most.
    pub(crate) fn taken(&self) -> Vec<(&'static str, usize, usize)> {
        let (clients, doors) = {
            let state = self.state.lock();
            (state.clients, state.doors.len())
        };
        vec![("clients", clients, self.budget.clients_max), ("doors", doors, self.budget.doors_max)]
    }

    /// Returns how much memory the clients and doors of now take, as the server counts it, and the
    /// most that they may take, in bytes.
    pub(crate) fn memory_taken(&self) -> (usize, usize) {
        let state = self.state.lock();
        self.budget.memory_of(state.clients, state.doors.len())
    }

    /// Returns whether more than half of the doors that may be open are open.
    pub fn doors_are_scarce(&self) -> bool {
        self.doors() > self.budget.doors_max / 2
    }

    /// Blocks until no door is open, or until `deadline`.
    pub fn await_doors(&self, deadline: Instant) {
        let mut state = self.state.lock();
        while state.doors.len() > 0 {
            if self.doors_ended.wait_until(&mut state, deadline).timed_out() {
                return;
            }
        }
    }

    /// Reads no more from the open doors' sockets: a door that waits for a request ends, and a door
    /// that has a whole request answers it.
    pub fn take_no_requests(&self) {
        let doors: Vec<_> = self.state.lock().doors.sockets().filter_map(Weak::upgrade).collect();
        for door in doors {
            socket::hear_no_more(&door);
        }
    }

    fn close_door(&self, state: &mut State, key: usize) {
        state.doors.close(key);
        if state.doors.len() == 0 {
            self.doors_ended.notify_all();
        }
    }

    /// Lets no client and no door in any more. Hangs up on all open doors, and on the clients that
    /// the hub does not know: those that have not sent a hello, and those that the hub has removed
    /// and that still receive an HTTP answer. Leaves the other clients to the hub.
    pub fn close_doors(&self) {
        let doors: Vec<_> = {
            let mut state = self.state.lock();
            state.stopping = true;
            let sockets = state.doors.sockets().chain(state.strangers.values());
            sockets.filter_map(Weak::upgrade).collect()
        };
        for door in doors {
            socket::hang_up(&door);
        }
    }
}

impl Drop for DoorPass {
    fn drop(&mut self) {
        self.admission.close_door(&mut self.admission.state.lock(), self.key);
    }
}

impl Drop for StrangerPass<'_> {
    fn drop(&mut self) {
        self.admission.state.lock().strangers.remove(&self.key);
    }
}

impl Drop for ClientPass {
    fn drop(&mut self) {
        let mut state = self.admission.state.lock();
        state.clients -= 1;
        state.networks.remove(self.network);
    }
}

fn key(socket: &Arc<PublicSocket>) -> usize {
    Arc::as_ptr(socket).addr()
}
