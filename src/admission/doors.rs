//! The open doors: connections that are not clients, or not yet.
//!
//! Owns: the IP address of each door, and the number of doors from each IP address.
//! Must not know: how many doors there may be.
//!
//! Part: `admission/mod.rs`.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Arc, Weak};

use super::Home;
use super::address::Counts;

/// Open doors.
#[derive(Debug, Default)]
pub(super) struct OpenDoors {
    /// The key is the socket's address in memory, which is unique as long as the socket exists.
    open: HashMap<usize, (Weak<TcpStream>, Home)>,
    homes: Counts,
}

impl OpenDoors {
    pub(super) fn open(&mut self, key: usize, home: Home, socket: &Arc<TcpStream>) {
        self.close(key);
        self.open.insert(key, (Arc::downgrade(socket), home));
        self.homes.add(home);
    }

    /// Removes a door from the list. Does nothing if the door has become a client, because then it
    /// is not in the list any more.
    pub(super) fn close(&mut self, key: usize) {
        let Some((_, home)) = self.open.remove(&key) else { return };
        self.homes.remove(home);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Returns the number of open doors from this IP address.
    pub(super) fn of(&self, home: Home) -> usize {
        self.homes.of(home)
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = &Weak<TcpStream>> {
        self.open.values().map(|(socket, _)| socket)
    }
}
