//! Limits what the clients of one network may do together: how often they may guess a room's
//! password or the secret of a name, and how many people, rooms, logs of private messages and links
//! to another device they may make.
//!
//! These clients may make some wrong guesses at once, and then one every few seconds. While they
//! must wait, the server refuses even a right guess. They may also make several things of each kind
//! at once, and after that one more of each kind from time to time. Beyond this limit the server
//! makes no room, no log and no link. It still makes a person, but at first reserves that person's
//! name for a short time only. Clients on the server's own machine have these limits only if the
//! operator has set `--rate` or `--burst`.
//!
//! Owns: how often the clients of each network may still guess, and how much they may still make;
//! how often the server's log says that a network makes too many; and how a network's tag is
//! computed. The data of people and rooms contain the tag instead of the network.
//! Must not know: what a password opens; what becomes of the people, rooms, logs and links.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::{Effect, Made};
use crate::admission::ClientNetwork;
use crate::base::bucket::Buckets;
use crate::base::limits;
use crate::chat::record::NetworkTag;
use crate::chat::refused::Refused;
use blake2::digest::consts::U8;
use blake2::{Blake2s, Digest};

/// The present counts of all networks: how many wrong guesses the clients of each network may still
/// make, and how many things of each kind in [`Made`]. A function of this type that gets `None` as
/// the network sets no limit.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct NetworkLimits {
    guesses: Buckets<ClientNetwork, Duration>,
    people: Buckets<ClientNetwork, Duration>,
    rooms: Buckets<ClientNetwork, Duration>,
    private_logs: Buckets<ClientNetwork, Duration>,
    device_links: Buckets<ClientNetwork, Duration>,
    removals: Buckets<ClientNetwork, Duration>,
    /// The token buckets that limit how often the server writes into its log that a network makes
    /// too many things of one kind: one bucket for each network and each kind in [`Made`].
    reported: Buckets<(ClientNetwork, Made), Duration>,
    /// The secret key with which the tags of networks are computed. Somebody who knows the key can
    /// find the network of a tag, by computing the tags of all networks.
    key: u64,
}

impl NetworkLimits {
    pub(super) fn new(key: u64) -> Self {
        Self {
            guesses: Buckets::new(limits::GUESSES_BURST_MAX, limits::GUESS_INTERVAL),
            people: Buckets::new(limits::NEW_PEOPLE_BURST_MAX, limits::NEW_PERSON_INTERVAL),
            rooms: Buckets::new(limits::ROOMS_BURST_MAX, limits::ROOM_INTERVAL),
            private_logs: Buckets::new(
                limits::PRIVATE_LOGS_BURST_MAX,
                limits::PRIVATE_LOG_INTERVAL,
            ),
            device_links: Buckets::new(
                limits::DEVICE_LINKS_BURST_MAX,
                limits::DEVICE_LINK_INTERVAL,
            ),
            removals: Buckets::new(limits::REMOVALS_BURST_MAX, limits::REMOVAL_INTERVAL),
            reported: Buckets::new(1, limits::MAKERS_LOG_INTERVAL),
            key,
        }
    }

    /// Returns the tag of this network. Tags are stored, so with the same key every build of the
    /// program must compute the same tag. The hashes of the standard library may differ between
    /// builds, so this function does not use them.
    pub(super) fn tag(&self, network: ClientNetwork) -> NetworkTag {
        let keyed = Blake2s::<U8>::new().chain_update(self.key.to_le_bytes());
        NetworkTag(u64::from_le_bytes(keyed.chain_update(network.bytes()).finalize().into()))
    }

    /// Counts a guess from this network if it is wrong. If the network must wait before it may
    /// guess again, counts nothing, and refuses even a right guess with `TooManyGuesses` and the
    /// time to wait.
    pub(super) fn guess(
        &mut self,
        network: Option<ClientNetwork>,
        is_wrong: bool,
        now: Duration,
    ) -> Result<(), Refused> {
        let Some(network) = network else { return Ok(()) };
        let bucket = self.guesses.bucket_of(network, now);
        let wait = bucket.wait(now);
        if !wait.is_zero() {
            return Err(Refused::TooManyGuesses(wait));
        }
        if is_wrong {
            bucket.charge(1, now);
        }
        Ok(())
    }

    /// Checks whether clients of this network may make one more of `what`. If the caller then makes
    /// one, it calls [`note_made`](Self::note_made).
    ///
    /// # Errors
    /// They may not make it now; the value is how long they must wait. Sometimes the function then
    /// adds an [`Effect::Report`], but not each time: that would fill the server's log.
    pub(super) fn check_may_make(
        &mut self,
        what: Made,
        network: Option<ClientNetwork>,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Duration> {
        let Some(network) = network else { return Ok(()) };
        let wait = self.made(what).bucket_of(network, now).wait(now);
        if wait.is_zero() {
            return Ok(());
        }
        let reported = self.reported.bucket_of((network, what), now);
        if reported.has_one(now) && reported.charge(1, now) {
            effects.push(Effect::Report(network, what));
        }
        Err(wait)
    }

    pub(super) fn note_made(
        &mut self,
        what: Made,
        network: Option<ClientNetwork>,
        now: Duration,
        count: usize,
    ) {
        if let Some(network) = network {
            self.made(what)
                .bucket_of(network, now)
                .charge(u32::try_from(count).unwrap_or(u32::MAX), now);
        }
    }

    fn made(&mut self, what: Made) -> &mut Buckets<ClientNetwork, Duration> {
        match what {
            Made::Person => &mut self.people,
            Made::Room => &mut self.rooms,
            Made::PrivateLog => &mut self.private_logs,
            Made::DeviceLink => &mut self.device_links,
            Made::Removal => &mut self.removals,
        }
    }
}
