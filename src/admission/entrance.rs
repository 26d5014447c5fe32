//! The password of the whole server, if it has one.
//!
//! Owns: the password, and how often one network may guess it. This file never logs, sends or shows
//! the password.
//! Must not know: where a client typed the password.
//!
//! Part: `admission/mod.rs`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::{ClientNetwork, Password};
use crate::base::{bucket::Buckets, limits};

/// Decides whether a client may come in: if the server has a password, the client must send it.
/// Clones share the password and the counts of guesses.
#[derive(Clone, Debug, Default)]
pub struct Entrance {
    asking: Option<Arc<Asking>>,
}

#[derive(Debug)]
struct Asking {
    password: Password,
    /// For each network, how many more wrong passwords its clients may send at present.
    guesses: Mutex<Buckets<ClientNetwork>>,
}

/// Why the server does not let a client in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// The client sent no password.
    PasswordNeeded,
    /// The client sent a wrong password.
    WrongPassword,
    /// Clients from this network have sent too many wrong passwords. For now, the server accepts no
    /// password from this network, not even the right one.
    TooManyGuesses,
}

impl Entrance {
    /// Makes an entrance that lets a client in only with this password.
    pub fn asking_for(password: Password) -> Self {
        let guesses = Buckets::new(limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL).into();
        Self { asking: Some(Arc::new(Asking { password, guesses })) }
    }

    /// Checks whether a client from the IP address `peer` may come in with the password `given`;
    /// `None`: the client sent no password. A wrong password counts as a guess of the client's
    /// network. Blocks only for a short lock.
    ///
    /// # Errors
    /// The server has a password, and the client sent none or a wrong one, or its network has sent
    /// too many wrong ones.
    pub fn admits(&self, peer: IpAddr, given: Option<&str>) -> Result<(), NoEntry> {
        let Some(asking) = &self.asking else { return Ok(()) };
        let Some(given) = given else { return Err(NoEntry::PasswordNeeded) };
        let now = Instant::now();
        let mut guesses = asking.guesses.lock();
        let left = guesses.bucket_of(ClientNetwork::of(peer), now);
        // After too many wrong passwords the server refuses even the right one. So a client that
        // goes on guessing does not learn which password is right.
        if !left.has_one(now) {
            return Err(NoEntry::TooManyGuesses);
        }
        if asking.password.is(given) {
            return Ok(());
        }
        left.charge(1, now);
        Err(NoEntry::WrongPassword)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entrance, NoEntry, Password};
    use crate::base::limits;

    #[test]
    fn a_guesser_is_soon_told_nothing_any_more_and_others_do_not_suffer() {
        let entrance = Entrance::asking_for(Password::new("swordfish".into()).unwrap());
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        assert_eq!(entrance.admits(here, None), Err(NoEntry::PasswordNeeded));
        assert_eq!(entrance.admits(here, Some("swordfish")), Ok(()));
        for _ in 0..limits::GUESSES_BURST_MAX {
            assert_eq!(entrance.admits(here, Some("catfish")), Err(NoEntry::WrongPassword));
        }
        assert_eq!(entrance.admits(here, Some("swordfish")), Err(NoEntry::TooManyGuesses));
        assert_eq!(entrance.admits(there, Some("swordfish")), Ok(()));
    }

    #[test]
    fn without_a_password_anybody_may_come() {
        assert_eq!(Entrance::default().admits("192.0.2.1".parse().unwrap(), None), Ok(()));
    }
}
