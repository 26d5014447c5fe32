//! Limits what one address may make: people whose names are kept, rooms, and logs of private
//! messages.
//!
//! An address may make a number of each at once, then one every few seconds or minutes. Beyond
//! that, a room or a log is refused, and a new person's name is kept for a short time only. This
//! machine's own addresses have these limits only if the operator has set a pace for them.
//!
//! Owns: the buckets; how often the operator's log is told; how an address becomes a tag, which
//! stands for it in the people and rooms that it has made.
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

/// How much each address may still make.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Makers {
    people: Buckets<Home, Duration>,
    rooms: Buckets<Home, Duration>,
    private_logs: Buckets<Home, Duration>,
    /// How often the operator's log may still be told that an address makes too much of something.
    reported: Buckets<(Home, Made), Duration>,
    /// The key of the tags. Only this process and its file, if it has one, have the key: a reader
    /// of the key could find out the addresses by trying all of them.
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

    /// Returns the tag of this address. Every build of the program makes the same tag with the same
    /// key; the hashes of the standard library do not promise that.
    pub(super) fn tag(&self, home: Home) -> AddressTag {
        let keyed = Blake2s::<U8>::new().chain_update(self.key.to_le_bytes());
        AddressTag(u64::from_le_bytes(keyed.chain_update(home.bytes()).finalize().into()))
    }
}

impl Core {
    /// Checks whether this address may make one more person, room or log. `None`: no limits hold
    /// for the client, so it always may. The caller calls [`note_made`](Self::note_made) once the
    /// thing is made.
    ///
    /// # Errors
    /// How long the address must wait. Now and then this also adds the effect that tells the
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

    /// Notes that this address has made `count` people, rooms or logs.
    pub(super) fn note_made(&mut self, what: Made, home: Option<Home>, count: usize) {
        if let (Some(home), now) = (home, self.now.since_start) {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.makers.of(what).of(home, now).take(count, now);
        }
    }

    /// Returns the tag of this client's address; `None`: no limits hold for it.
    pub(super) fn tag_of(&self, client: ClientId) -> Option<AddressTag> {
        self.members.tag(client)
    }
}
