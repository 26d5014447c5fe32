//! What one address may make: people whose names are kept, rooms, logs of private messages.
//!
//! So many of each at once, then one each few seconds or minutes; what is over is refused, or
//! of less worth. This machine's own addresses are exempt where they are held to no pace.
//!
//! Owns: the buckets, how often the log is told, and how an address becomes a tag by which
//! what it has made is known.
//! Must not know: what becomes of what is made.
//!
//! Next: `chat/core/private_logs.rs`.

use std::time::Duration;

use blake2::digest::consts::U8;
use blake2::{Blake2s, Digest};
use serde::{Deserialize, Serialize};

use super::{Core, Effect, Made};
use crate::admission::Home;
use crate::bucket::Buckets;
use crate::chat::record::AddressTag;
use crate::hub::ClientId;
use crate::limits;

/// What each address may still make.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Makers {
    people: Buckets<Home, Duration>,
    rooms: Buckets<Home, Duration>,
    private_logs: Buckets<Home, Duration>,
    /// Of which address the log was told lately that it makes too much of something.
    told: Buckets<(Home, Made), Duration>,
    /// What tags are made with. Only this process has it, and the file, if there is one: whoever
    /// can read that could try all addresses.
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
            told: Buckets::new(1, limits::MAKERS_LOG_INTERVAL),
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

    /// The tag of this address. Every build of the program makes the same one of the same key,
    /// which the hashes of the standard library do not promise.
    pub(super) fn tag(&self, home: Home) -> AddressTag {
        let keyed = Blake2s::<U8>::new().chain_update(self.key.to_le_bytes());
        AddressTag(u64::from_le_bytes(keyed.chain_update(home.bytes()).finalize().into()))
    }
}

impl Core {
    /// Whether this address may make one more.
    ///
    /// # Errors
    /// How long it must wait. The log is told.
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
        if self.makers.told.of((home, what), now).take(1, now) {
            effects.push(Effect::Report(home, what));
        }
        Err(wait)
    }

    /// It has made so many.
    pub(super) fn has_made(&mut self, what: Made, home: Option<Home>, count: usize) {
        if let (Some(home), now) = (home, self.now.since_start) {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.makers.of(what).of(home, now).take(count, now);
        }
    }

    /// By what is known what comes from this client's address; `None`: it is exempt.
    pub(super) fn tag_of(&self, client: ClientId) -> Option<AddressTag> {
        self.members.tag(client)
    }
}
