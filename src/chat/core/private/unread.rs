//! How many bytes of the history's file the unread private messages of absent people take.
//!
//! Together these messages fit into a fixed part of the history's file, so none of them is ever
//! deleted to make space for other messages. The people of one network may use at most half of the
//! bytes that people of other networks leave free in this part. So people of other networks can
//! always write, too. If a message would exceed one of these two limits, the core refuses it, and
//! does not answer that it is *sent*.
//!
//! Owns: both limits, and how many bytes the people of each network use.
//! Must not know: files; what is in a log.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::chat::core::Core;
use crate::chat::record::{NetworkTag, PersonId, StoredUnread, unread_bytes};
use crate::server::hub::ClientId;

/// The table of unread bytes: how many bytes of private messages wait for each absent person, by
/// the sender's network, and the sums of these numbers.
///
/// Before the core accepts a private message to an absent person, it needs two sums: of all unread
/// bytes, and of those that people from the sender's network have written. To add up these bytes
/// for each message could take too long, so this table has both sums. When a person comes back or
/// is forgotten, the bytes of that person's unread messages are subtracted from both sums at once
/// (`chat/core/people`).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::chat::core) struct Unread {
    /// The unread bytes, by receiver and by the tag of the sender's network.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(in crate::chat::core) parts: BTreeMap<(PersonId, Option<NetworkTag>), u64>,
    /// The unread bytes, by the tag of the sender's network.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(in crate::chat::core) by_address: BTreeMap<NetworkTag, u64>,
    pub(in crate::chat::core) all: u64,
}

impl Unread {
    /// Counts the bytes of a message that this person has not read. `address` is the tag of the
    /// sender's network; `None`: no limits apply to that network.
    fn add(&mut self, person: PersonId, address: Option<NetworkTag>, bytes: u64) {
        *self.parts.entry((person, address)).or_default() += bytes;
        if let Some(address) = address {
            *self.by_address.entry(address).or_default() += bytes;
        }
        self.all += bytes;
    }

    /// Subtracts the bytes of all unread messages to this person from all sums.
    pub(in crate::chat::core) fn remove(&mut self, person: PersonId) {
        while let Some((&part, &bytes)) = self.parts.range((person, None)..).next()
            && part.0 == person
        {
            self.parts.remove(&part);
            self.all -= bytes;
            let Some(address) = part.1 else { continue };
            if let Some(held) = self.by_address.get_mut(&address) {
                *held -= bytes;
                if *held == 0 {
                    self.by_address.remove(&address);
                }
            }
        }
    }

    /// Returns how many unread bytes people of the network with this tag have written. Returns 0
    /// for `None`: no limits apply to that network.
    fn of_address(&self, address: Option<NetworkTag>) -> u64 {
        address.and_then(|address| self.by_address.get(&address)).copied().unwrap_or(0)
    }
}

impl Core {
    /// Restores the sums of unread bytes from the file. Leaves out the people who have no unread
    /// message any more.
    pub(in crate::chat::core) fn restore_unread(&mut self, stored: Vec<StoredUnread>) {
        for StoredUnread { person, author, bytes } in stored {
            let address = author.and_then(|author| self.people.address(author));
            if self.people.has_unread(person) {
                self.people.unread.add(person, address, bytes);
            }
        }
    }

    /// Returns whether this text fits into the space for unread messages, if it is sent to this
    /// person. Returns `true` if the person has a client.
    pub(super) fn may_wait(&self, writer: ClientId, person: PersonId, text: &str) -> bool {
        if !self.people.clients(person).is_empty() {
            return true;
        }
        let unread = &self.people.unread;
        let held = unread.of_address(self.members.tag(writer));
        unread.all + held + unread_bytes(text) <= self.settings.unread_bytes_max
    }

    /// Adds the bytes of this text to the unread bytes that wait for this person. Does nothing if
    /// the person has a client.
    pub(super) fn waits(&mut self, writer: ClientId, person: PersonId, text: &str) {
        if self.people.clients(person).is_empty() {
            let address = self.members.tag(writer);
            self.people.unread.add(person, address, unread_bytes(text));
        }
    }
}
