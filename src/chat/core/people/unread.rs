//! How many bytes of the history's file the unread private messages of absent people take.
//!
//! Together these messages fit into a fixed part of the history's file, so usually none of them is
//! deleted to make space for other messages. The people of one network may use at most half of the
//! bytes that people of other networks leave free in this part. So the people of one network cannot
//! use the whole part. If a message would exceed one of these two limits, the core refuses it, and
//! does not answer that it is *sent*.
//!
//! Owns: both limits, and how many bytes the people of each network use.
//! Must not know: files; what is in a log.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::People;
use crate::chat::record::{NetworkTag, PersonId, StoredUnread, unread_bytes};

/// The table of unread bytes: how many bytes of private messages wait for each absent person, by
/// the sender's network, and the sums of these numbers.
///
/// Before the core accepts a private message to an absent person, it needs two sums: of all unread
/// bytes, and of those that people from the sender's network have written. To add up these bytes
/// for each message could take too long, so this table has both sums.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Unread {
    /// How many bytes of messages wait, by receiver and by the tag of the sender's network.
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    parts: BTreeMap<(PersonId, Option<NetworkTag>), u64>,
    /// How many bytes of messages wait for all receivers together, by the tag of the sender's
    /// network.
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_network: BTreeMap<NetworkTag, u64>,
    all: u64,
}

impl Unread {
    /// Counts the bytes of a message that this person has not read. `network` is the tag of the
    /// sender's network; `None`: the limits on networks do not apply to it.
    fn add(&mut self, person: PersonId, network: Option<NetworkTag>, bytes: u64) {
        *self.parts.entry((person, network)).or_default() += bytes;
        if let Some(network) = network {
            *self.by_network.entry(network).or_default() += bytes;
        }
        self.all += bytes;
    }

    /// Subtracts the bytes of all unread messages to this person from all sums.
    pub(super) fn remove(&mut self, person: PersonId) {
        while let Some((&part, &bytes)) = self.parts.range((person, None)..).next()
            && part.0 == person
        {
            self.parts.remove(&part);
            self.all -= bytes;
            let Some(network) = part.1 else { continue };
            if let Some(held) = self.by_network.get_mut(&network) {
                *held -= bytes;
                if *held == 0 {
                    self.by_network.remove(&network);
                }
            }
        }
    }

    /// Returns how many bytes of unread messages people of the network with this tag have sent; 0
    /// for `None`.
    fn of_network(&self, network: Option<NetworkTag>) -> u64 {
        network.and_then(|network| self.by_network.get(&network)).copied().unwrap_or(0)
    }
}

/// Restores the sums of unread bytes from the file. Leaves out the people who have no unread
/// message any more.
pub(crate) fn restore_unread(people: &mut People, stored: Vec<StoredUnread>) {
    for StoredUnread { person, author, bytes } in stored {
        let network = author.and_then(|author| people.network(author));
        if people.has_unread(person) {
            people.unread.add(person, network, bytes);
        }
    }
}

/// Returns whether a text of `text_bytes` may be added to the unread messages to this person.
/// `from` is the tag of the sender's network. `bytes_max` is the limit for the unread messages of
/// all people. If a client of the person is connected, the message will not be unread, and the
/// answer is `true`.
pub(crate) fn has_space_for_message(
    people: &People,
    person: PersonId,
    text_bytes: u64,
    from: Option<NetworkTag>,
    bytes_max: u64,
) -> bool {
    // The bytes of the sender's network count twice: in `all` and in `held`. So the people of one
    // network can use at most half of what the people of other networks leave free.
    let held = people.unread.of_network(from);
    !people.clients(person).is_empty()
        || people.unread.all + held + unread_bytes(text_bytes) <= bytes_max
}

/// Notes that the person gets a new private message from somebody in the network `from`, or that
/// somebody there has edited one. Its text takes `text_bytes` in the file. If the person is away,
/// the message counts as unread, and the person keeps the name for the full time. A brief person
/// becomes lasting then.
pub(crate) fn note_private_message(
    people: &mut People,
    id: PersonId,
    text_bytes: u64,
    from: Option<NetworkTag>,
) {
    let is_away = people.clients(id).is_empty();
    people.change_place(id, |person| {
        person.is_known = true;
        person.has_unread |= is_away;
    });
    if !is_away {
        return;
    }
    if people.is_brief(id) {
        people.make_lasting(id);
    }
    // The change makes the history store when the person left. The history needs that time to know
    // which private messages came later: it deletes those only if nothing else is left to delete.
    people.note_change(id);
    people.unread.add(id, from, unread_bytes(text_bytes));
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, NetworkTag, People, PersonId};

    impl People {
        /// Returns the unread bytes, by receiver and by the sender's network.
        pub(crate) fn unread_parts(&self) -> &BTreeMap<(PersonId, Option<NetworkTag>), u64> {
            &self.unread.parts
        }

        /// Returns two things: for each network, how many unread bytes its people have sent; and
        /// how many bytes are unread in all.
        pub(crate) fn unread_sums(&self) -> (&BTreeMap<NetworkTag, u64>, u64) {
            (&self.unread.by_network, self.unread.all)
        }
    }
}
