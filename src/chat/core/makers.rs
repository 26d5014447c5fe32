//! Limits what one IP address may make: people whose names stay reserved, rooms, and logs of
//! private messages.
//!
//! An IP address may make some of each at once, and then one every few seconds or minutes. If it
//! makes more, the server refuses a room or a log, and reserves the name of a new person for a
//! short time only. This machine's own IP addresses have these limits only if the operator has set
//! a pace for them.
//!
//! Owns: how much each IP address may still make, how often the server logs that it is too much,
//! and how an IP address becomes a tag. The data of people and rooms have this tag in place of the
//! IP address.
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

/// How much each IP address may still make.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Makers {
    people: Buckets<Home, Duration>,
    rooms: Buckets<Home, Duration>,
    private_logs: Buckets<Home, Duration>,
    /// How often the server may still log for the operator that an IP address makes too much of
    /// something.
    reported: Buckets<(Home, Made), Duration>,
    /// The key with which tags of IP addresses are made. Only this process and the history's file,
    /// if there is one, have the key. Who reads the key could find out all IP addresses by trying.
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
    /// same tag. So it cannot use the hashes of the standard library, which do not promise that.
    pub(super) fn tag(&self, home: Home) -> AddressTag {
        let keyed = Blake2s::<U8>::new().chain_update(self.key.to_le_bytes());
        AddressTag(u64::from_le_bytes(keyed.chain_update(home.bytes()).finalize().into()))
    }
}

impl Core {
    /// Checks whether this IP address may make one more person, room or log. If `home` is `None`,
    /// no limits apply to the client, so the result is always `Ok`. After the thing is made, the
    /// caller calls [`note_made`](Self::note_made).
    ///
    /// # Errors
    /// How long the IP address must wait. Now and then, also adds an effect that logs this for the
    /// operator.
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

    /// Notes that this IP address has made `count` people, rooms or logs.
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
