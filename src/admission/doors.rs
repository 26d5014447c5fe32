//! The doors that are open: connections that have not become a client's.
//!
//! Owns: whose they are, and how many each address has.
//! Must not know: how many there may be.
//!
//! Next: `admission/address.rs`.

use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Arc, Weak};

use super::Home;
use super::address::Counts;

/// Open doors.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// By their socket's place in memory, unique while it lives.
    open: HashMap<usize, (Weak<TcpStream>, Home)>,
    homes: Counts,
}

impl Doors {
    pub(super) fn open(&mut self, key: usize, home: Home, socket: &Arc<TcpStream>) {
        self.close(key);
        self.open.insert(key, (Arc::downgrade(socket), home));
        self.homes.add(home);
    }

    /// One that has become a client's is closed already.
    pub(super) fn close(&mut self, key: usize) {
        let Some((_, home)) = self.open.remove(&key) else { return };
        self.homes.remove(home);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Those of one address.
    pub(super) fn of(&self, home: Home) -> usize {
        self.homes.of(home)
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = &Weak<TcpStream>> {
        self.open.values().map(|(socket, _)| socket)
    }
}
