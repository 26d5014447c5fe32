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
#[derive(Clone, Debug)]
pub struct Entrance {
    rule: Arc<Mutex<Rule>>,
}

#[derive(Debug)]
struct Rule {
    /// `None`: everybody may come in.
    password: Option<Password>,
    /// For each network, how many more wrong passwords its clients may send at present.
    guesses: Buckets<ClientNetwork>,
}

impl Default for Entrance {
    fn default() -> Self {
        Self::with(None)
    }
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
        Self::with(Some(password))
    }

    fn with(password: Option<Password>) -> Self {
        let guesses = Buckets::new(limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL);
        Self { rule: Arc::new(Mutex::new(Rule { password, guesses })) }
    }

    /// Lets clients in as `other` does, from now on, in all clones; clients that are in stay. The
    /// counts of guesses stay, too. Returns whether that is another password than before.
    pub fn follow(&self, other: &Self) -> bool {
        let password = other.rule.lock().password.clone();
        let mut rule = self.rule.lock();
        let is_another = rule.password != password;
        rule.password = password;
        is_another
    }

    /// Checks whether a client from the IP address `peer` may come in with the password `given`;
    /// `None`: the client sent no password. A wrong password counts as a guess of the client's
    /// network. Blocks only for a short lock.
    ///
    /// # Errors
    /// The server has a password, and the client sent none or a wrong one, or its network has sent
    /// too many wrong ones.
    pub fn admits(&self, peer: IpAddr, given: Option<&str>) -> Result<(), NoEntry> {
        let mut rule = self.rule.lock();
        let Rule { password, guesses } = &mut *rule;
        let Some(password) = password else { return Ok(()) };
        let Some(given) = given else { return Err(NoEntry::PasswordNeeded) };
        let now = Instant::now();
        let left = guesses.bucket_of(ClientNetwork::of(peer), now);
        // After too many wrong passwords the server refuses even the right one. So a client that
        // goes on guessing does not learn which password is right.
        if !left.has_one(now) {
            return Err(NoEntry::TooManyGuesses);
        }
        if password.is(given) {
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
    fn row_109_a_new_password_holds_for_all_who_come_from_now_on_also_by_clones() {
        let entrance = Entrance::asking_for(Password::new("swordfish".into()).unwrap());
        let clone = entrance.clone();
        let here = "192.0.2.1".parse().unwrap();
        assert!(
            !entrance.follow(&Entrance::asking_for(Password::new("swordfish".into()).unwrap()))
        );
        assert!(entrance.follow(&Entrance::asking_for(Password::new("catfish".into()).unwrap())));
        assert_eq!(clone.admits(here, Some("swordfish")), Err(NoEntry::WrongPassword));
        assert_eq!(clone.admits(here, Some("catfish")), Ok(()));
        assert!(entrance.follow(&Entrance::default()));
        assert_eq!(clone.admits(here, None), Ok(()));
        assert!(!entrance.follow(&Entrance::default()));
    }

    #[test]
    fn without_a_password_anybody_may_come() {
        assert_eq!(Entrance::default().admits("192.0.2.1".parse().unwrap(), None), Ok(()));
    }
}
