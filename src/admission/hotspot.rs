//! A hotspot (`--hotspot`): the people of a network that leads nowhere but to this server, and
//! whose phones have been told that they may stay on it.
//!
//! A phone that joins a Wi-Fi asks a server of its maker for a page that is always the same. If it
//! gets another page, it opens a small window with it, and may leave the Wi-Fi when the window
//! closes. So the chat comes by that window, until the person presses *Stay connected*. From then
//! on the phone gets the page that it has asked for.
//!
//! Owns: which addresses have pressed, how many of them there can be, and for how long.
//! Must not know: what a phone asks for, and what it gets.
//!
//! Part: `admission/mod.rs`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use crate::base::limits;

/// The addresses whose phones stay on the hotspot's Wi-Fi. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Hotspot {
    staying: Arc<Mutex<StayingAddresses>>,
}

impl Hotspot {
    /// Lets the phone at this address stay, for [`limits::STAY`]. Blocks only for a short lock.
    pub fn keep(&self, address: IpAddr) {
        self.staying.lock().keep(address, Instant::now());
    }

    /// Returns whether the phone at this address stays. Blocks only for a short lock.
    pub fn keeps(&self, address: IpAddr) -> bool {
        self.staying.lock().keeps(address, Instant::now())
    }
}

#[derive(Debug, Default)]
struct StayingAddresses {
    /// Each address, and until when it stays.
    until: HashMap<IpAddr, Instant>,
}

impl StayingAddresses {
    fn keep(&mut self, address: IpAddr, now: Instant) {
        let address = address.to_canonical();
        if self.until.len() >= limits::STAYING_MAX && !self.until.contains_key(&address) {
            self.until.retain(|_, until| *until > now);
        }
        if self.until.len() >= limits::STAYING_MAX && !self.until.contains_key(&address) {
            // The person who pressed first must perhaps press again.
            let first = self.until.iter().min_by_key(|(_, until)| **until);
            if let Some(first) = first.map(|(address, _)| *address) {
                self.until.remove(&first);
            }
        }
        self.until.insert(address, now + limits::STAY);
    }

    fn keeps(&self, address: IpAddr, now: Instant) -> bool {
        self.until.get(&address.to_canonical()).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::{Duration, Instant};

    use super::StayingAddresses;
    use crate::base::limits;

    fn address(number: usize) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + u32::try_from(number).unwrap()).into()
    }

    #[test]
    fn row_104_an_address_stays_for_some_hours_and_no_other_one_does() {
        let (mut staying, now) = (StayingAddresses::default(), Instant::now());
        staying.keep(address(1), now);
        let mapped = Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped().into();
        assert!(staying.keeps(address(1), now) && staying.keeps(mapped, now));
        assert!(!staying.keeps(address(2), now));
        let last = now + limits::STAY - Duration::from_millis(1);
        assert!(staying.keeps(address(1), last));
        assert!(!staying.keeps(address(1), now + limits::STAY));
    }

    #[test]
    fn row_104_the_table_is_bounded_and_the_first_ones_go() {
        let (mut staying, began) = (StayingAddresses::default(), Instant::now());
        let at = |number| began + Duration::from_millis(u64::try_from(number).unwrap());
        let most = limits::STAYING_MAX;
        for number in 0..most {
            staying.keep(address(number), at(number));
        }
        // An address that presses again takes no second place, and is now the newest one.
        staying.keep(address(0), at(most));
        assert_eq!(staying.until.len(), most);
        assert!(staying.keeps(address(1), at(most)));
        staying.keep(address(most), at(most + 1));
        assert_eq!(staying.until.len(), most);
        let kept = [0, 1, 2, most].map(|number| staying.keeps(address(number), at(most + 1)));
        assert_eq!(kept, [true, false, true, true]);
        // Those whose time is over go first.
        staying.keep(address(most + 1), at(most + 1) + limits::STAY);
        assert_eq!(staying.until.len(), 1);
    }
}
