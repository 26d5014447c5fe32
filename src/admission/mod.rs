//! How many connections this box holds, and which of them are still doors.
//!
//! Owns: the number of clients, in all and of each address, and the list of the sockets
//! that a stopping server hangs up on: open doors, and clients that the hub does not know.
//! Must not know: HTTP, WebSocket, who the clients are.
//!
//! Part: this file is its entry.

mod address;
mod box_limits;
mod budget;
mod doors;
pub mod entrance;
mod groups;
mod password;
mod thread_cost;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, TcpStream};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

pub use address::{Home, PerAddress, is_held};
pub use budget::{Budget, Caps, TooLittle};
pub use password::Password;

use crate::base::socket;
use address::Counts;
use doors::OpenDoors;

/// Counts clients and doors, and decides whether one more may come.
#[derive(Debug)]
pub struct Admission {
    budget: Budget,
    per_address: PerAddress,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    doors: OpenDoors,
    /// Clients that the hub does not know. They have not sent a hello yet; or the hub has forgotten
    /// them, and the door still sends them the answer.
    strangers: HashMap<usize, Weak<TcpStream>>,
    clients: usize,
    /// The number of clients of each address.
    homes: Counts,
    stopping: bool,
}

/// There is no place for one more door, or none for one more of this address, or the server is
/// stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDoor;

/// Why there is no place for one more client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoClientPlace {
    /// There are as many clients as the box or `--clients` allows: this many.
    #[error("{0} people are here; this box holds no more")]
    Full(usize),
    /// There are as many clients of one address as `--clients-per-address` allows: this many.
    #[error("{0} people are here from this address; one address may have no more")]
    AddressFull(usize),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

/// Why one more client cannot come: there is no place, or no thread for it.
#[derive(Debug, thiserror::Error)]
pub enum NoSeat {
    /// There is no place.
    #[error(transparent)]
    NoPlace(#[from] NoClientPlace),
    /// The system cannot start a thread.
    #[error("no thread for one more client: {0}")]
    NoThread(#[from] io::Error),
}

/// One open door. Dropping it frees its place. If the socket became a client's, the place is free
/// already.
#[derive(Debug)]
pub struct DoorPass {
    admission: Arc<Admission>,
    key: usize,
    /// Keeps the socket's address in memory from being used again while this key exists.
    _place: Weak<TcpStream>,
}

/// One client's place. Dropping it frees the place.
#[derive(Debug)]
pub struct ClientPass {
    admission: Arc<Admission>,
    home: Home,
}

/// Marks a client that the hub does not know: a stopping server hangs up on it. The holder drops
/// this when the hub knows the client, or when the client is gone. Dropping it ends the mark.
#[derive(Debug)]
pub struct StrangerPass<'a> {
    admission: &'a Admission,
    key: usize,
}

impl ClientPass {
    /// Returns the address for which this client is counted.
    pub fn home(&self) -> Home {
        self.home
    }

    /// Marks the client as one that must send a hello before the hub hears of it. The mark lasts as
    /// long as the returned pass. If the server stops meanwhile, or is stopping already, it hangs
    /// up on the client. Never blocks.
    pub fn awaits_hello(&self, socket: &Arc<TcpStream>) -> StrangerPass<'_> {
        let (stranger, is_stopping) = self.stranger(socket);
        if is_stopping {
            socket::hang_up(socket);
        }
        stranger
    }

    /// Marks the client as one that the hub has forgotten, while the door sends it the answer. The
    /// mark lasts as long as the returned pass. If the server stops meanwhile, it hangs up on the
    /// client. If the server is stopping already, nobody hangs up: the door sends the answer with a
    /// shorter deadline. Never blocks.
    pub fn takes_answer(&self, socket: &Arc<TcpStream>) -> StrangerPass<'_> {
        self.stranger(socket).0
    }

    /// Notes the socket as one that a stopping server hangs up on. The second value: whether the
    /// server is stopping already.
    fn stranger(&self, socket: &Arc<TcpStream>) -> (StrangerPass<'_>, bool) {
        let key = key(socket);
        let mut state = self.admission.state.lock();
        state.strangers.insert(key, Arc::downgrade(socket));
        (StrangerPass { admission: &self.admission, key }, state.stopping)
    }
}

impl Admission {
    /// Creates an empty count.
    pub fn new(budget: Budget, per_address: PerAddress) -> Arc<Self> {
        Arc::new(Self { budget, per_address, state: Mutex::new(State::default()) })
    }

    /// Admits a new socket as a door. Never blocks.
    ///
    /// # Errors
    /// All doors are taken, or all doors that one address may have, or the server is stopping.
    pub fn open_door(
        self: &Arc<Self>,
        socket: &Arc<TcpStream>,
        peer: IpAddr,
    ) -> Result<DoorPass, NoDoor> {
        let (key, home) = (key(socket), Home::of(peer));
        let mut state = self.state.lock();
        // If an address has n doors, the server counts n / 3 doors too many, so that this address
        // cannot take the last free doors.
        let weight = if self.per_address.holds(peer) { state.doors.of(home) / 3 } else { 0 };
        if state.stopping || !self.budget.admits_door(state.clients, state.doors.len() + weight) {
            return Err(NoDoor);
        }
        state.doors.open(key, home, socket);
        Ok(DoorPass { admission: Arc::clone(self), key, _place: Arc::downgrade(socket) })
    }

    /// Turns a door's socket into a client's. Never blocks.
    ///
    /// # Errors
    /// As many clients are here as fit, or as one address may have, or the server is stopping.
    pub fn take_client_place(
        self: &Arc<Self>,
        socket: &Arc<TcpStream>,
        peer: IpAddr,
    ) -> Result<ClientPass, NoClientPlace> {
        let mut state = self.state.lock();
        if state.stopping {
            return Err(NoClientPlace::Stopping);
        }
        if !self.budget.admits_client(state.clients, state.doors.len()) {
            return Err(NoClientPlace::Full(state.clients));
        }
        let home = Home::of(peer);
        let neighbours = state.homes.of(home);
        if !self.per_address.admits(peer, neighbours) {
            return Err(NoClientPlace::AddressFull(neighbours));
        }
        state.homes.add(home);
        state.clients += 1;
        state.doors.close(key(socket));
        Ok(ClientPass { admission: Arc::clone(self), home })
    }

    /// Makes the socket a door's again: it is not a client's any more, or could not become one. The
    /// client's place is not freed here; dropping `pass` frees it.
    pub fn reopen_door(&self, pass: &ClientPass, socket: &Arc<TcpStream>) {
        self.state.lock().doors.open(key(socket), pass.home, socket);
    }

    /// The number of clients that are here now.
    pub fn clients(&self) -> usize {
        self.state.lock().clients
    }

    /// The number of doors that are open now.
    pub fn doors(&self) -> usize {
        self.state.lock().doors.len()
    }

    /// Returns whether more than half of all doors are open.
    pub fn doors_are_scarce(&self) -> bool {
        self.doors() > self.budget.doors_max / 2
    }

    /// Admits no client and no door any more. Hangs up on all open doors, and on all clients that
    /// the hub does not know: those that have not sent a hello, and those that the hub has
    /// forgotten and that still receive an answer. The other clients stay; the hub says goodbye to
    /// them.
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
        self.admission.state.lock().doors.close(self.key);
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
        state.homes.remove(self.home);
    }
}

fn key(socket: &Arc<TcpStream>) -> usize {
    Arc::as_ptr(socket).addr()
}
