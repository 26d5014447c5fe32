//! How many clients may be connected from one network at the same time.
//!
//! Owns: which IP addresses are one network, and the rule for loopback addresses.
//! Must not know: which clients are connected; `admission/mod.rs` counts them.
//!
//! Part: `admission/mod.rs`.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::base::{limits, socket::UNIX_PEER};

/// Returns whether the limits for each network apply to the IP address `peer`. They apply to a
/// loopback address, such as 127.0.0.1, and to the peers of a Unix socket
/// ([`UNIX_PEER`]), only if `loopback_too` is true: behind a proxy
/// on this machine, all clients have such an address, and would share one limit.
pub fn is_held(peer: IpAddr, loopback_too: bool) -> bool {
    let peer = peer.to_canonical();
    loopback_too || !(peer.is_loopback() || peer == UNIX_PEER)
}

/// The limit on the number of clients from one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerNetwork {
    clients_max: usize,
    /// True if the limit applies to loopback addresses, too. The default is false: behind a proxy
    /// on this machine, all clients have such an address, and would share one limit.
    loopback_too: bool,
}

impl Default for PerNetwork {
    fn default() -> Self {
        Self { clients_max: limits::CLIENTS_PER_NETWORK_MAX, loopback_too: false }
    }
}

impl PerNetwork {
    /// Makes a limit that an operator has set. It applies to all IP addresses, also to loopback
    /// addresses.
    pub fn at_most(clients_max: usize) -> Self {
        Self { clients_max, loopback_too: true }
    }

    /// Returns whether the server may let in one more client from the IP address `peer`, if
    /// `network_clients` clients of its network are connected.
    pub(super) fn admits(self, peer: IpAddr, network_clients: usize) -> bool {
        network_clients < self.clients_max || !self.holds(peer)
    }

    /// Returns whether the limit applies to the IP address `peer`.
    pub(super) fn holds(self, peer: IpAddr) -> bool {
        is_held(peer, self.loopback_too)
    }
}

/// The network of a client, under which the server counts connections, requests and guesses. It is
/// the whole IPv4 address, or the first 64 bits of an IPv6 address, because a person can choose the
/// other 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// Returns the network of the IP address `peer`.
    pub fn of(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                Self(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into())
            }
            other => Self(other),
        }
    }

    /// Returns the network's address as the 16 bytes of an IPv6 address. An IPv4 address becomes
    /// `::ffff:a.b.c.d`.
    pub fn bytes(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        }
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(ip) if !ip.is_loopback() => write!(formatter, "{ip}/64"),
            ip => ip.fmt(formatter),
        }
    }
}

/// How many connections of one kind (clients, or doors) each network has. A count of zero is not
/// stored.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<ClientNetwork, usize>);

impl Counts {
    pub(super) fn of(&self, network: ClientNetwork) -> usize {
        self.0.get(&network).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, network: ClientNetwork) {
        *self.0.entry(network).or_default() += 1;
    }

    pub(super) fn remove(&mut self, network: ClientNetwork) {
        match self.0.get_mut(&network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.0.remove(&network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientNetwork, PerNetwork};
    use crate::base::{limits, socket::UNIX_PEER};

    fn network(ip: &str) -> ClientNetwork {
        ClientNetwork::of(ip.parse().unwrap())
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_so_does_an_ipv4_address() {
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn loopback_is_free_until_the_bound_is_asked_for() {
        assert!(
            PerNetwork::default().admits(UNIX_PEER.into(), 9 * limits::CLIENTS_PER_NETWORK_MAX)
        );
        let (here, there) = ("127.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        let most = limits::CLIENTS_PER_NETWORK_MAX;
        assert!(PerNetwork::default().admits(here, 9 * most));
        assert!(PerNetwork::default().admits(there, most - 1));
        assert!(!PerNetwork::default().admits(there, most));
        assert!(PerNetwork::at_most(2).admits(here, 1));
        assert!(!PerNetwork::at_most(2).admits(here, 2));
    }
}
