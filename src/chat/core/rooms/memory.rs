//! Limits how much memory all logs take together.
//!
//! While all logs together take less than the limit, each log may grow. If they take more, a log
//! must drop lines: the largest log of the IP address whose logs together take the most memory. A
//! room in which people of several IP addresses have spoken counts as the only log of one more IP
//! address. So if a person fills many rooms, those rooms lose lines. Each log has a minimum that it
//! never loses.
//!
//! Owns: which log drops lines if there is too little memory.
//! Must not know: what the lines say; the limits for the ids of lines, which `chat/core/ids.rs`
//! has.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::Rooms;
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::core::people::People;
use crate::chat::core::room::{LogOwner, Room};
use crate::chat::record::AddressTag;

/// One item whose memory is compared with that of other items: an IP address with all its logs, or
/// one log that belongs to no single IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pays {
    Address(AddressTag),
    Log(LogId),
}

/// A log, and how many bytes it takes.
struct Share {
    id: LogId,
    pays: Pays,
    bytes: usize,
}

impl Rooms {
    /// Notes that a log has grown by this many bytes. When all logs together have grown by
    /// [`limits::LOGS_LOOK_BYTES`], checks how many bytes they take together, and shrinks logs if
    /// these are too many.
    pub(in crate::chat::core) fn note_growth(&mut self, bytes: usize, people: &People) {
        self.grown += bytes;
        if self.grown >= limits::LOGS_LOOK_BYTES {
            self.grown = 0;
            let (most, least) = (limits::LOGS_BYTES_MAX, limits::LOG_BYTES_MIN);
            self.share_memory(people, false, most, least);
            let (most, least) = (limits::PRIVATE_LOGS_BYTES_MAX, limits::PRIVATE_LOG_BYTES_MIN);
            self.share_memory(people, true, most, least);
        }
    }

    /// Shrinks the logs of one kind, until all logs of this kind together take at most `most`
    /// bytes. If `is_private` is true, this kind is the logs of private messages, otherwise the
    /// logs of rooms. A log with at most `least` bytes is not shrunk.
    fn share_memory(&mut self, people: &People, is_private: bool, most: usize, least: usize) {
        let of_kind = self.by_id.values().filter(|room| room.name().is_none() == is_private);
        let mut all: usize = of_kind.map(|room| room.log.bytes()).sum();
        if all <= most {
            return;
        }
        let mut shares = self.shares(people, is_private);
        while all > most {
            let mut sums: BTreeMap<Pays, usize> = BTreeMap::new();
            for share in &shares {
                *sums.entry(share.pays).or_default() += share.bytes;
            }
            let large = shares.iter_mut().filter(|share| share.bytes > least);
            let Some(pays) = large.max_by_key(|share| (sums.get(&share.pays), share.bytes)) else {
                return;
            };
            let Some(room) = self.by_id.get_mut(&pays.id) else { return };
            let bytes_max = least.max(pays.bytes.saturating_sub(limits::LOG_GIVES_BYTES));
            room.log.shrink(bytes_max);
            // A log always has its newest line, even if that line is longer than `bytes_max`.
            let (before, after) = (pays.bytes, room.log.bytes().min(bytes_max));
            pays.bytes = after;
            all -= before - after;
        }
    }

    fn shares(&self, people: &People, is_private: bool) -> Vec<Share> {
        let rooms = self.iter().filter(|(_, room)| room.name().is_none() == is_private);
        let share = |(id, room): (LogId, &Room)| {
            let address = match room.whose() {
                LogOwner::Room(_) => room.lone_address(),
                LogOwner::Person(person) => people.address(*person),
            };
            let pays = address.map_or(Pays::Log(id), Pays::Address);
            Share { id, pays, bytes: room.log.bytes() }
        };
        rooms.map(share).collect()
    }
}
