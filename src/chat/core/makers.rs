//! Limits how many people, rooms and logs of private messages the clients of one IP address may
//! make.
//!
//! These clients may make several people, several rooms and several logs at once, and after that
//! one of each kind every few seconds or minutes. If they make more, the server refuses a room or a
//! log. It does not refuse a person, but reserves that person's name for a short time only. The
//! limits apply to IP addresses of the server's own machine only if the operator has set `--rate`
//! or `--burst`.
//!
//! Owns: how many people, rooms and logs the clients of each IP address may still make; how often
//! the server logs that an IP address makes too many; and how an IP address becomes a tag. The data
//! of people and rooms contain this tag instead of the IP address.
//! Must not know: what happens to the things that are made.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use blake2::digest::consts::U8;
use blake2::{Blake2s, Digest};
use serde::{Deserialize, Serialize};

use super::{Core, Effect, Made};
use crate::admission::Home;
use crate::base::bucket::Buckets;
use crate::base::limits;
use crate::chat::record::AddressTag;
use crate::server::hub::ClientId;

/// How many people, rooms and logs may still be made from each IP address.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Makers {
    people: Buckets<Home, Duration>,
    rooms: Buckets<Home, Duration>,
    private_logs: Buckets<Home, Duration>,
    /// Limits how often the server writes into its log that an IP address makes too many people,
    /// rooms or logs of private messages.
    reported: Buckets<(Home, Made), Duration>,
    /// The key with which tags of IP addresses are made. Only this process and the history's file,
    /// if there is one, have the key. A person who knows the key can find the IP address of a tag:
    /// they compute the tags of all IP addresses.
    key: u64,
}

impl Makers {
    pub(super) fn new(key: u64) -> Self {
        Self {
            people: Buckets::new(limits::NEW_PEOPLE_BURST_MAX, limits::NEW_PERSON_INTERVAL),
            rooms: Buckets::new(limits::ROOMS_BURST_MAX, limits::ROOM_INTERVAL),
            private_logs: Buckets::new(
                limits::PRIVATE_LOGS_BURST_MAX,
                limits::PRIVATE_LOG_INTERVAL,
            ),
            reported: Buckets::new(1, limits::MAKERS_LOG_INTERVAL),
            key,
        }
    }

    fn of(&mut self, what: Made) -> &mut Buckets<Home, Duration> {
        match what {
            Made::Person => &mut self.people,
            Made::Room => &mut self.rooms,
            Made::PrivateLog => &mut self.private_logs,
        }
    }

    /// Returns the tag of this IP address. With the same key, every build of the program makes the
    /// same tag. So this function cannot use the hashes of the standard library, which may differ
    /// between builds.
    pub(super) fn tag(&self, home: Home) -> AddressTag {
        let keyed = Blake2s::<U8>::new().chain_update(self.key.to_le_bytes());
        AddressTag(u64::from_le_bytes(keyed.chain_update(home.bytes()).finalize().into()))
    }
}

impl Core {
    /// Checks whether clients of the IP address `home` may make one more person, room or log. If
    /// `home` is `None`, no limits apply to the client, so the result is always `Ok`. After the
    /// thing is made, the caller calls [`note_made`](Self::note_made).
    ///
    /// # Errors
    /// How long clients of the IP address must wait. In some of these cases the function also adds
    /// an effect that logs the refusal for the operator.
    pub(super) fn may_make(
        &mut self,
        what: Made,
        home: Option<Home>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Duration> {
        let (Some(home), now) = (home, self.now.since_start) else { return Ok(()) };
        let wait = self.makers.of(what).of(home, now).wait(now);
        if wait.is_zero() {
            return Ok(());
        }
        if self.makers.reported.of((home, what), now).take(1, now) {
            effects.push(Effect::Report(home, what));
        }
        Err(wait)
    }

    /// Notes that a client of this IP address has made `count` people, rooms or logs.
    pub(super) fn note_made(&mut self, what: Made, home: Option<Home>, count: usize) {
        if let (Some(home), now) = (home, self.now.since_start) {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.makers.of(what).of(home, now).take(count, now);
        }
    }

    /// Returns the tag of this client's IP address; `None`: no limits apply to the client.
    pub(super) fn tag_of(&self, client: ClientId) -> Option<AddressTag> {
        self.members.tag(client)
    }
}
