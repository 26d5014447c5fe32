//! The open doors: connections that are not clients, or not yet.
//!
//! Owns: the network of each door, and the number of doors from each network.
//! Must not know: how many doors there may be.
//!
//! Part: `admission/mod.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::{ClientNetwork, network::Counts};
use crate::base::socket::PublicSocket;

#[derive(Debug, Default)]
pub(super) struct OpenDoors {
    /// Each open door, with its network. The key is the address of its socket in memory, which is
    /// unique as long as the socket exists.
    open: HashMap<usize, (Weak<PublicSocket>, ClientNetwork)>,
    networks: Counts,
}

impl OpenDoors {
    pub(super) fn open(&mut self, key: usize, network: ClientNetwork, socket: &Arc<PublicSocket>) {
        self.close(key);
        self.open.insert(key, (Arc::downgrade(socket), network));
        self.networks.add(network);
    }

    pub(super) fn close(&mut self, key: usize) {
        let Some((_, network)) = self.open.remove(&key) else { return };
        self.networks.remove(network);
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn of(&self, network: ClientNetwork) -> usize {
        self.networks.of(network)
    }

    pub(super) fn sockets(&self) -> impl Iterator<Item = &Weak<PublicSocket>> {
        self.open.values().map(|(socket, _)| socket)
    }
}
