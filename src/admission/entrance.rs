//! The password of the whole box, if it has one.
//!
//! Owns: who knows it, and how often an address may guess.
//! Must not know: where it was typed. It is never logged, told or shown.
//!
//! Next: `admission/mod.rs`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::{Home, Password};
use crate::bucket::Buckets;
use crate::limits;

/// Lets in whoever knows the password; cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// `None`: anybody may come.
    asking: Option<Arc<Asking>>,
}

#[derive(Debug)]
struct Asking {
    password: Password,
    /// What each address may still guess.
    guesses: Mutex<Buckets<Home>>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// No password was given.
    Needed,
    /// A wrong one was.
    Wrong,
    /// Too many wrong ones were: nobody looks at another one for now.
    TooManyGuesses,
}

impl Entry {
    /// Asks everybody for this.
    pub fn asking_for(password: Password) -> Self {
        let (most, interval) = (limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL);
        let guesses = Mutex::new(Buckets::new(most, interval));
        Self { asking: Some(Arc::new(Asking { password, guesses })) }
    }

    /// Whether `peer`, who has given this, may come in. Never blocks for longer
    /// than looking that up takes.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, peer: IpAddr, given: Option<&str>) -> Result<(), NoEntry> {
        let Some(asking) = &self.asking else { return Ok(()) };
        let Some(given) = given else { return Err(NoEntry::Needed) };
        let now = Instant::now();
        let mut guesses = asking.guesses.lock();
        let left = guesses.of(Home::of(peer), now);
        // Also the right one: else a guesser would know it by that.
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
    use super::{Entry, NoEntry, Password};
    use crate::limits;

    #[test]
    fn a_guesser_is_soon_told_nothing_any_more_and_others_do_not_suffer() {
        let entry = Entry::asking_for(Password::new("swordfish".into()).unwrap());
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        assert_eq!(entry.admits(here, None), Err(NoEntry::Needed));
        assert_eq!(entry.admits(here, Some("swordfish")), Ok(()));
        for _ in 0..limits::GUESSES_BURST_MAX {
            assert_eq!(entry.admits(here, Some("catfish")), Err(NoEntry::Wrong));
        }
        assert_eq!(entry.admits(here, Some("swordfish")), Err(NoEntry::TooManyGuesses));
        assert_eq!(entry.admits(there, Some("swordfish")), Ok(()));
    }

    #[test]
    fn without_a_password_anybody_may_come() {
        assert_eq!(Entry::default().admits("192.0.2.1".parse().unwrap(), None), Ok(()));
    }
}
