//! The password of the whole server, if it has one.
//!
//! Owns: the password, and how often an address may guess it.
//! Must not know: where it was typed. It is never logged, sent or shown.
//!
//! Part: `admission/mod.rs`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::{Home, Password};
use crate::base::bucket::Buckets;
use crate::base::limits;

/// Admits a client that gives the password. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Entrance {
    /// `None`: there is no password, so any client may come.
    asking: Option<Arc<Asking>>,
}

#[derive(Debug)]
struct Asking {
    password: Password,
    /// How many guesses each address has left.
    guesses: Mutex<Buckets<Home>>,
}

/// Why a client is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// No password was given.
    Needed,
    /// A wrong password was given.
    Wrong,
    /// Clients of this address have given too many wrong passwords. For now, the server accepts no
    /// password from this address, not even the right one.
    TooManyGuesses,
}

impl Entrance {
    /// Makes an entrance that lets a client in only with this password.
    pub fn asking_for(password: Password) -> Self {
        let (most, interval) = (limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL);
        let guesses = Mutex::new(Buckets::new(most, interval));
        Self { asking: Some(Arc::new(Asking { password, guesses })) }
    }

    /// Checks whether a client from `peer` may come in with the password that it gave; `given` is
    /// `None` if it gave none. A wrong password counts against the client's address. Blocks only
    /// for a short lock.
    ///
    /// # Errors
    /// Why the client may not come in.
    pub fn admits(&self, peer: IpAddr, given: Option<&str>) -> Result<(), NoEntry> {
        let Some(asking) = &self.asking else { return Ok(()) };
        let Some(given) = given else { return Err(NoEntry::Needed) };
        let now = Instant::now();
        let mut guesses = asking.guesses.lock();
        let left = guesses.of(Home::of(peer), now);
        // After too many guesses the server refuses even the right password. Otherwise a guesser
        // would recognize the right one.
        if !left.has_one(now) {
            return Err(NoEntry::TooManyGuesses);
        }
        if asking.password.is(given) {
            return Ok(());
        }
        left.take(1, now);
        Err(NoEntry::Wrong)
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
        assert_eq!(entrance.admits(here, None), Err(NoEntry::Needed));
        assert_eq!(entrance.admits(here, Some("swordfish")), Ok(()));
        for _ in 0..limits::GUESSES_BURST_MAX {
            assert_eq!(entrance.admits(here, Some("catfish")), Err(NoEntry::Wrong));
        }
        assert_eq!(entrance.admits(here, Some("swordfish")), Err(NoEntry::TooManyGuesses));
        assert_eq!(entrance.admits(there, Some("swordfish")), Ok(()));
    }

    #[test]
    fn without_a_password_anybody_may_come() {
        assert_eq!(Entrance::default().admits("192.0.2.1".parse().unwrap(), None), Ok(()));
    }
}
