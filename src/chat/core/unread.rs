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

/// What waits for whom, in bytes of the file, by the addresses that have written it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Unread(
    #[serde(with = "crate::chat::codec::pairs")] BTreeMap<(PersonId, Option<AddressTag>), u64>,
);

impl Core {
    /// What waited when the server started, of those who have not come back.
    pub(super) fn restore_unread(&mut self, kept: Vec<KeptUnread>) {
        for KeptUnread { person, author, bytes } in kept {
            let address = author.and_then(|author| self.people.address(author));
            if self.people.has_unread(person) {
                *self.unread.0.entry((person, address)).or_default() += bytes;
            }
        }
    }

    /// Whether this text may wait for this person, if they are away.
    pub(super) fn may_wait(&mut self, writer: ClientId, person: PersonId, text: &str) -> bool {
        if !self.people.clients(person).is_empty() {
            return true;
        }
        let people = &self.people;
        self.unread.0.retain(|(person, _), _| people.has_unread(*person));
        let all: u64 = self.unread.0.values().sum();
        let address = self.tag_of(writer);
        let its = self.unread.0.iter().filter(|((_, its), _)| its.is_some() && *its == address);
        let held: u64 = its.map(|(_, bytes)| *bytes).sum();
        all + held + unread_bytes(text) <= self.settings.unread_bytes_max
    }

    /// This text waits for this person now, if they are away.
    pub(super) fn waits(&mut self, writer: ClientId, person: PersonId, text: &str) {
        if self.people.clients(person).is_empty() {
            let of_whom = (person, self.tag_of(writer));
            *self.unread.0.entry(of_whom).or_default() += unread_bytes(text);
        }
    }
}
