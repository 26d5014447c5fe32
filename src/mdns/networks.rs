//! The networks to which this machine is connected, and the addresses that it has there.
//!
//! Owns: which addresses belong together, and which of them lead to the server.
//! Must not know: sockets, questions.
//!
//! Part: `mdns/mod.rs`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use if_addrs::{IfAddr, Interface};

/// One network of this machine.
#[derive(Debug)]
pub(super) struct OwnNetwork {
    /// The machine's address there.
    pub(super) ip: Ipv4Addr,
    netmask: Ipv4Addr,
    /// The addresses there that lead to the server, also of IPv6.
    pub(super) addresses: Vec<IpAddr>,
    /// When all machines there got the last answer; `None`: never.
    pub(super) answered: Option<Instant>,
}

/// The networks of this machine.
#[derive(Debug)]
pub(super) struct OwnNetworks {
    /// Where the server listens.
    open: Vec<SocketAddr>,
    known: Vec<OwnNetwork>,
}

impl OwnNetworks {
    /// Makes an empty list, for a server that listens at these addresses.
    pub(super) fn listening_on(open: Vec<SocketAddr>) -> Self {
        Self { open, known: Vec::new() }
    }

    /// Looks which networks there are. Returns the machine's address in each that was not there
    /// before.
    pub(super) fn look_again(&mut self) -> Vec<Ipv4Addr> {
        self.become_those_of(&if_addrs::get_if_addrs().unwrap_or_default())
    }

    fn become_those_of(&mut self, interfaces: &[Interface]) -> Vec<Ipv4Addr> {
        let mut found = Vec::new();
        for interface in interfaces {
            let IfAddr::V4(addr) = &interface.addr else { continue };
            let before = self.known.iter().find(|network| network.ip == addr.ip);
            let beside = interfaces.iter().filter(|other| other.name == interface.name);
            let ips = beside.map(Interface::ip).filter(|ip| match ip {
                IpAddr::V4(ip) => *ip == addr.ip,
                // An address of one link needs the link's name, which browsers do not take.
                IpAddr::V6(ip) => !ip.is_unicast_link_local(),
            });
            let (ip, netmask) = (addr.ip, addr.netmask);
            let answered = before.and_then(|network| network.answered);
            let addresses = ips.filter(|ip| self.leads_here(*ip)).collect();
            found.push(OwnNetwork { ip, netmask, addresses, answered });
        }
        let new = found.iter().map(|network| network.ip);
        let new = new.filter(|ip| self.known.iter().all(|network| network.ip != *ip)).collect();
        self.known = found;
        new
    }

    /// Returns whether the server listens at this address of the machine.
    fn leads_here(&self, ip: IpAddr) -> bool {
        self.open.iter().any(|addr| {
            addr.ip() == ip || addr.ip().is_unspecified() && (addr.is_ipv6() || ip.is_ipv4())
        })
    }

    /// Returns the network on which this other machine is; `None`: it is on none of ours.
    pub(super) fn of(&mut self, machine: Ipv4Addr) -> Option<&mut OwnNetwork> {
        self.known
            .iter_mut()
            .find(|network| machine & network.netmask == network.ip & network.netmask)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use if_addrs::{IfAddr, IfOperStatus, Ifv4Addr, Ifv6Addr, Interface};

    use super::OwnNetworks;

    fn interface(name: &str, ip: &str, prefix: u8) -> Interface {
        let addr = match ip.parse().unwrap() {
            IpAddr::V4(ip) => {
                let netmask = Ipv4Addr::from(u32::MAX << (32 - prefix));
                IfAddr::V4(Ifv4Addr { ip, netmask, prefixlen: prefix, broadcast: None })
            }
            IpAddr::V6(ip) => {
                let netmask = ip;
                IfAddr::V6(Ifv6Addr { ip, netmask, prefixlen: prefix, broadcast: None })
            }
        };
        let (name, index, oper_status) = (name.to_owned(), None, IfOperStatus::Up);
        Interface { name, addr, index, oper_status, is_p2p: false }
    }

    #[test]
    fn row_104_a_machine_hears_of_the_addresses_on_its_own_network_only() {
        let mut interfaces = vec![
            interface("lo", "127.0.0.1", 8),
            interface("eth0", "192.168.1.5", 24),
            interface("eth0", "fd00::5", 64),
            interface("eth0", "fe80::5", 64),
        ];
        let mut networks = OwnNetworks::listening_on(vec!["[::]:80".parse().unwrap()]);
        let ip = |text: &str| text.parse::<Ipv4Addr>().unwrap();
        let new = networks.become_those_of(&interfaces);
        assert_eq!(new, [ip("127.0.0.1"), ip("192.168.1.5")]);
        let found: Vec<IpAddr> =
            ["192.168.1.5", "fd00::5"].map(|text| text.parse().unwrap()).into();
        assert_eq!(networks.of(ip("192.168.1.77")).unwrap().addresses, found);
        assert!(networks.of(ip("192.168.2.77")).is_none() && networks.of(ip("8.8.8.8")).is_none());
        // The Wi-Fi has its address later, and the cable is gone by then.
        interfaces.truncate(1);
        interfaces.push(interface("wlan0", "10.0.0.1", 24));
        assert_eq!(networks.become_those_of(&interfaces), [ip("10.0.0.1")]);
        assert!(networks.of(ip("192.168.1.77")).is_none());
        assert_eq!(networks.of(ip("10.0.0.9")).unwrap().ip, ip("10.0.0.1"));
    }

    #[test]
    fn row_104_only_addresses_at_which_the_server_listens_are_told() {
        let interfaces = [interface("wlan0", "10.0.0.1", 24), interface("wlan0", "fd00::1", 64)];
        for (open, told) in [
            ("10.0.0.1:80", &["10.0.0.1"][..]),
            ("0.0.0.0:80", &["10.0.0.1"]),
            ("[fd00::1]:80", &["fd00::1"]),
            ("192.168.1.5:80", &[]),
            ("127.0.0.1:80", &[]),
        ] {
            let mut networks = OwnNetworks::listening_on(vec![open.parse().unwrap()]);
            networks.become_those_of(&interfaces);
            let told: Vec<IpAddr> = told.iter().map(|ip| ip.parse().unwrap()).collect();
            let network = networks.of(Ipv4Addr::new(10, 0, 0, 9)).unwrap();
            assert_eq!(network.addresses, told, "{open}");
        }
    }
}
