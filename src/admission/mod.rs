//! How many connections this box holds, and who is still at the door.
//!
//! Owns: the count of clients, and the list of open doors that a stopping
//! server hangs up on.
//! Must not know: HTTP, WebSocket, who the clients are.
//!
//! Next: `admission/budget.rs`.

mod budget;

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

pub use budget::Budget;

use crate::socket;

/// Counts who is here.
#[derive(Debug)]
pub struct Admission {
    budget: Budget,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Open doors by their socket's place in memory, unique while it lives.
    doors: HashMap<usize, Weak<TcpStream>>,
    clients: usize,
    stopping: bool,
}

/// No room for one more door, or the server is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDoor;

/// No room for one more client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace {
    /// How many are here.
    pub clients: usize,
}

/// One open door; dropping it makes room. A door whose socket became a client
/// has made room already.
#[derive(Debug)]
pub struct DoorPass {
    admission: Arc<Admission>,
    key: usize,
    /// Keeps the socket's place in memory from being used again under this key.
    _place: Weak<TcpStream>,
}

/// One client's place; dropping it makes room.
#[derive(Debug)]
pub struct ClientPass {
    admission: Arc<Admission>,
}

impl Admission {
    /// Nobody is here yet.
    pub fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self { budget, state: Mutex::new(State::default()) })
    }

    /// Lets a fresh socket in as a door. Never blocks.
    ///
    /// # Errors
    /// All doors are taken, or the server is stopping.
    pub fn open_door(self: &Arc<Self>, socket: &Arc<TcpStream>) -> Result<DoorPass, NoDoor> {
        let mut state = self.state.lock();
        if state.stopping || state.doors.len() >= self.budget.doors_max {
            return Err(NoDoor);
        }
        let key = key(socket);
        state.doors.insert(key, Arc::downgrade(socket));
        Ok(DoorPass { admission: Arc::clone(self), key, _place: Arc::downgrade(socket) })
    }

    /// Makes the socket of a door a client's. Never blocks.
    ///
    /// # Errors
    /// As many clients are here as fit, or the server is stopping.
    pub fn seat(self: &Arc<Self>, socket: &Arc<TcpStream>) -> Result<ClientPass, NoPlace> {
        let mut state = self.state.lock();
        if state.stopping || state.clients >= self.budget.clients_max {
            return Err(NoPlace { clients: state.clients });
        }
        state.clients += 1;
        state.doors.remove(&key(socket));
        Ok(ClientPass { admission: Arc::clone(self) })
    }

    /// Undoes [`seat`](Self::seat): the socket could not become a client's.
    pub fn is_a_door_again(&self, pass: ClientPass, socket: &Arc<TcpStream>) {
        drop(pass);
        self.state.lock().doors.insert(key(socket), Arc::downgrade(socket));
    }

    /// Clients that are here now.
    pub fn clients(&self) -> usize {
        self.state.lock().clients
    }

    /// Doors that are open now.
    pub fn doors(&self) -> usize {
        self.state.lock().doors.len()
    }

    /// Whether more than half of all doors are open.
    pub fn doors_are_scarce(&self) -> bool {
        self.doors() > self.budget.doors_max / 2
    }

    /// Lets nobody in any more and hangs up on every open door. Clients stay:
    /// the hub says goodbye to them.
    pub fn close_doors(&self) {
        let doors: Vec<_> = {
            let mut state = self.state.lock();
            state.stopping = true;
            state.doors.values().filter_map(Weak::upgrade).collect()
        };
        for door in doors {
            socket::hang_up(&door);
        }
    }
}

impl Drop for DoorPass {
    fn drop(&mut self) {
        self.admission.state.lock().doors.remove(&self.key);
    }
}

impl Drop for ClientPass {
    fn drop(&mut self) {
        self.admission.state.lock().clients -= 1;
    }
}

fn key(socket: &Arc<TcpStream>) -> usize {
    Arc::as_ptr(socket).addr()
}
