//! How many bytes of the file are taken by private messages that wait for people who are away.
//!
//! Together these messages fit into a fixed part of the history's file, so none of them is ever
//! deleted to make space for other lines. One IP address may use half of what the other IP
//! addresses leave free in this part. So people at the other IP addresses can write, too. If a
//! message would exceed such a limit, the hub refuses it, and never calls it *sent*.
//!
//! Owns: these limits, and how many bytes each IP address uses.
//! Must not know: files; what is in a log.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Core;
use crate::chat::record::{AddressTag, PersonId, StoredUnread, unread_bytes};
use crate::server::hub::ClientId;

/// How many bytes of private messages wait, by receiver and by IP address of the sender.
///
/// Before the hub accepts a private message to an absent person, it needs two sums: of all waiting
/// bytes, and of those that the sender's IP address has written. Adding them up each time could
/// take too long, so this table has both sums. When a person comes back or is forgotten, the bytes
/// that waited for that person are subtracted from both sums at once (`chat/core/people`).
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Unread {
    /// The waiting bytes, by receiver and by IP address of the sender.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(super) parts: BTreeMap<(PersonId, Option<AddressTag>), u64>,
    /// The waiting bytes that each IP address has written.
    #[serde(with = "crate::chat::codec::pairs")]
    pub(super) by_address: BTreeMap<AddressTag, u64>,
    pub(super) all: u64,
}

impl Unread {
    /// Adds bytes that wait for this person, written from this IP address; `None`: an IP address
    /// without a limit.
    fn add(&mut self, person: PersonId, address: Option<AddressTag>, bytes: u64) {
        *self.parts.entry((person, address)).or_default() += bytes;
        if let Some(address) = address {
            *self.by_address.entry(address).or_default() += bytes;
        }
        self.all += bytes;
    }

    /// Removes all bytes that wait for this person.
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

    /// Returns how many waiting bytes this IP address has written; 0 for `None`, an IP address
    /// without a limit.
    fn of_address(&self, address: Option<AddressTag>) -> u64 {
        address.and_then(|address| self.by_address.get(&address)).copied().unwrap_or(0)
    }
}

impl Core {
    /// Restores the waiting bytes from the file, for people who have not come back since.
    pub(super) fn restore_unread(&mut self, stored: Vec<StoredUnread>) {
        for StoredUnread { person, author, bytes } in stored {
            let address = author.and_then(|author| self.people.address(author));
            if self.people.has_unread(person) {
                self.people.unread.add(person, address, bytes);
            }
        }
    }

    /// Returns whether there is space for this text to wait for this person. `true` if the person
    /// is online.
    pub(super) fn may_wait(&self, writer: ClientId, person: PersonId, text: &str) -> bool {
        if !self.people.clients(person).is_empty() {
            return true;
        }
        let unread = &self.people.unread;
        let held = unread.of_address(self.tag_of(writer));
        unread.all + held + unread_bytes(text) <= self.settings.unread_bytes_max
    }

    /// Adds the bytes of this text to those that wait for this person. Does nothing if the person
    /// is online.
    pub(super) fn waits(&mut self, writer: ClientId, person: PersonId, text: &str) {
        if self.people.clients(person).is_empty() {
            let address = self.tag_of(writer);
            self.people.unread.add(person, address, unread_bytes(text));
        }
    }
}
