//! People without a client, whose names stay reserved for some time.
//!
//! Owns: which person is forgotten if too many are away. Each kind of people has a limit of its
//! own, so no crowd of guests frees a chosen name, and no crowd of chosen names frees a name with a
//! secret. If one kind has too many people, the IP address with most of these people loses one of
//! them: first a person who never said anything and was never written to, then the person who has
//! been away longest. So a crowd from one IP address costs that IP address's own names. A person
//! with an unread message keeps the name for the full time, because the message's sender was told
//! *sent*.
//! Must not know: anything else about a person.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::limits;
use crate::chat::record::{AddressTag, PersonId};

/// The kinds of absent people, ordered by how hard it is to become one, the easiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoneKind {
    /// A new person, with any name, whose IP address has made too many people lately.
    Brief,
    /// A person with a name that the server gave. A client without a session that asks for no name
    /// becomes one.
    Guest,
    /// A person with a name that they chose.
    Named,
    /// A person whose name has a secret.
    WithSecret,
}

/// What decides when an absent person is forgotten. It does not change while the person is away,
/// except by `change_place`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GonePlace {
    pub(super) kind: GoneKind,
    /// When the person's last client left, as time since the hub began.
    pub(super) since: Duration,
    /// The IP address that the person first came from. Each person with `None` counts as an IP
    /// address of its own.
    pub(super) address: Option<AddressTag>,
    /// Whether the person has ever said something or received a private message.
    pub(super) is_known: bool,
    /// Whether a private message came while the person was away.
    pub(super) has_unread: bool,
}

/// The absent people, in one `AbsentOfKind` for each kind.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Gone([AbsentOfKind; 4]);

/// The absent people of one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
struct AbsentOfKind {
    by_age: BTreeSet<(Duration, PersonId)>,
    /// The people without unread messages, by IP address. If the kind has too many people, the
    /// first person in the set of one IP address is forgotten.
    #[serde(with = "crate::chat::codec::pairs")]
    by_address: BTreeMap<Option<AddressTag>, BTreeSet<(bool, Duration, PersonId)>>,
    /// How many people `by_address` holds.
    count: usize,
}

impl Gone {
    pub(super) fn add(&mut self, id: PersonId, place: GonePlace) {
        let shelf = &mut self.0[place.kind as usize];
        shelf.by_age.insert((place.since, id));
        if !place.has_unread {
            let of_address = shelf.by_address.entry(place.address).or_default();
            of_address.insert((place.is_known, place.since, id));
            shelf.count += 1;
        }
    }

    pub(super) fn remove(&mut self, id: PersonId, place: GonePlace) {
        let shelf = &mut self.0[place.kind as usize];
        shelf.by_age.remove(&(place.since, id));
        if let Some(of_address) = shelf.by_address.get_mut(&place.address)
            && of_address.remove(&(place.is_known, place.since, id))
        {
            shelf.count -= 1;
            if of_address.is_empty() {
                shelf.by_address.remove(&place.address);
            }
        }
    }

    /// Returns a person who must be forgotten now: its name was reserved for long enough, or its
    /// kind has too many people. The names of most kinds stay reserved for `name_kept`. `None`: no
    /// person must be forgotten.
    pub(super) fn next(&self, now: Duration, name_kept: Duration) -> Option<PersonId> {
        KINDS.into_iter().zip(&self.0).find_map(|(kind, shelf)| {
            let oldest = shelf.by_age.first();
            let over = oldest.filter(|(since, _)| *since + kind.stored(name_kept) <= now);
            over.map(|(_, id)| *id).or_else(|| shelf.one_of_too_many(kind.most()))
        })
    }

    /// Returns when the reservation of the next name ends, as time since the hub began; `None`: no
    /// person is away.
    pub(super) fn next_end(&self, name_kept: Duration) -> Option<Duration> {
        let ends = KINDS.into_iter().zip(&self.0).filter_map(|(kind, shelf)| {
            shelf.by_age.first().map(|(since, _)| *since + kind.stored(name_kept))
        });
        ends.min()
    }
}

impl AbsentOfKind {
    fn one_of_too_many(&self, most: usize) -> Option<PersonId> {
        if self.count <= most {
            return None;
        }
        let of_address = self.by_address.iter().filter_map(|(address, its)| {
            let (first, count) = (its.first()?, address.map_or(1, |_| its.len()));
            Some((count, Reverse(first)))
        });
        of_address.max().map(|(_, Reverse((.., id)))| *id)
    }
}

/// All kinds, in the order of the items of [`Gone`].
const KINDS: [GoneKind; 4] =
    [GoneKind::Brief, GoneKind::Guest, GoneKind::Named, GoneKind::WithSecret];

impl GoneKind {
    /// Returns how long a name of this kind stays reserved, if most names stay reserved for
    /// `usual`.
    pub(super) fn stored(self, usual: Duration) -> Duration {
        if self == Self::Brief { usual.min(limits::BRIEF_NAME_KEPT) } else { usual }
    }

    /// Returns how many absent people of this kind are remembered at most.
    fn most(self) -> usize {
        if self == Self::Brief { limits::BRIEF_PEOPLE_MAX } else { limits::GONE_PEOPLE_MAX }
    }
}
