//! How much waits for people who are away, in private messages that were called *sent*.
//!
//! All of it together fits into a part of the history's file, so that nothing of it is ever
//! thrown away for another's sake; and one address has half of what others leave, so that
//! others can write, too. What is over is refused before it is sent.
//!
//! Owns: that bound, and by whom it is used.
//! Must not know: files; what is in a log.
//!
//! Next: `telling/persist/mod.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Core;
use crate::chat::record::{AddressTag, KeptUnread, PersonId, unread_bytes};
use crate::hub::ClientId;

/// What waits for whom, in bytes of the file.
///
/// Each private message to somebody who is away asks for two sums, and so much may wait that
/// the hub must not count it then. So both sums are kept beside what they are of, and whoever
/// comes back or is forgotten is taken out of both at once (`chat/core/people`).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Unread {
    /// For each person, by the addresses that have written it.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(super) parts: BTreeMap<(PersonId, Option<AddressTag>), u64>,
    /// What each address has written of it.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(super) by_address: BTreeMap<AddressTag, u64>,
    pub(super) all: u64,
}

impl Unread {
    /// So much more waits for this person, written from this address.
    fn add(&mut self, person: PersonId, address: Option<AddressTag>, bytes: u64) {
        *self.parts.entry((person, address)).or_default() += bytes;
        if let Some(address) = address {
            *self.by_address.entry(address).or_default() += bytes;
        }
        self.all += bytes;
    }

    /// Nothing waits for this person any more.
    pub(super) fn remove(&mut self, person: PersonId) {
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

    /// What this address has written of it. Those who come from nowhere have no bound.
    fn of_address(&self, address: Option<AddressTag>) -> u64 {
        address.and_then(|address| self.by_address.get(&address)).copied().unwrap_or(0)
    }
}

impl Core {
    /// What waited when the server started, of those who have not come back.
    pub(super) fn restore_unread(&mut self, kept: Vec<KeptUnread>) {
        for KeptUnread { person, author, bytes } in kept {
            let address = author.and_then(|author| self.people.address(author));
            if self.people.has_unread(person) {
                self.people.unread.add(person, address, bytes);
            }
        }
    }

    /// Whether this text may wait for this person, if they are away.
    pub(super) fn may_wait(&self, writer: ClientId, person: PersonId, text: &str) -> bool {
        if !self.people.clients(person).is_empty() {
            return true;
        }
        let unread = &self.people.unread;
        let held = unread.of_address(self.tag_of(writer));
        unread.all + held + unread_bytes(text) <= self.settings.unread_bytes_max
    }

    /// This text waits for this person now, if they are away.
    pub(super) fn waits(&mut self, writer: ClientId, person: PersonId, text: &str) {
        if self.people.clients(person).is_empty() {
            let address = self.tag_of(writer);
            self.people.unread.add(person, address, unread_bytes(text));
        }
    }
}
