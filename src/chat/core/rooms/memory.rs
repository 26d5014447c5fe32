//! How much memory all logs take together.
//!
//! Each log has what it uses, as long as all of them fit. If they do not, the address whose
//! rooms take most gives some of it up, in its largest room; a room that nobody made alone
//! counts for itself. So whoever fills many rooms pays with those, and each log keeps what it
//! may always have.
//!
//! Owns: which log forgets lines for others.
//! Must not know: what the lines say. Their ids are apart (`chat/core/ids.rs`).
//!
//! Next: `chat/core/ids.rs`.

use std::collections::BTreeMap;

use super::Rooms;
use crate::chat::core::RoomId;
use crate::chat::core::people::People;
use crate::chat::core::room::{Room, Whose};
use crate::chat::record::AddressTag;
use crate::limits;

/// For whom memory is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pays {
    Address(AddressTag),
    Log(RoomId),
}

/// A log, and what it takes.
struct Share {
    id: RoomId,
    pays: Pays,
    bytes: usize,
}

impl Rooms {
    /// A log has grown by so much. Now and then somebody looks what all of them take.
    pub(in crate::chat::core) fn has_grown(&mut self, bytes: usize, people: &People) {
        self.grown += bytes;
        if self.grown >= limits::LOGS_LOOK_BYTES {
            self.grown = 0;
            let (most, least) = (limits::LOGS_BYTES_MAX, limits::LOG_BYTES_MIN);
            self.share_memory(people, false, most, least);
            let (most, least) = (limits::PRIVATE_LOGS_BYTES_MAX, limits::PRIVATE_LOG_BYTES_MIN);
            self.share_memory(people, true, most, least);
        }
    }

    /// Logs of one kind, which may take `most` together and `least` each.
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
            // One line is always there, however long it is.
            let (before, after) = (pays.bytes, room.log.bytes().min(bytes_max));
            pays.bytes = after;
            all -= before - after;
        }
    }

    fn shares(&self, people: &People, is_private: bool) -> Vec<Share> {
        let rooms = self.iter().filter(|(_, room)| room.name().is_none() == is_private);
        let share = |(id, room): (RoomId, &Room)| {
            let address = match room.whose() {
                Whose::Room(_) => room.lone_address(),
                Whose::Person(person) => people.address(*person),
            };
            let pays = address.map_or(Pays::Log(id), Pays::Address);
            Share { id, pays, bytes: room.log.bytes() }
        };
        rooms.map(share).collect()
    }
}
