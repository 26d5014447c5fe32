//! People without a client, whose names are kept for a while.
//!
//! Owns: who of too many is forgotten. Each kind has places of its own, so that no crowd of
//! guests frees a name, and no crowd of names one that has a secret. Within a kind the address
//! that made most of them gives one up: first one who never said anything and whom nobody wrote
//! to, then whoever went first. So a crowd from one address costs that address's own names.
//! Whoever has something to read that was called *sent* is never one of too many.
//! Must not know: what a person is, beside that.
//!
//! Next: `chat/core/people/claims.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::record::{AddressTag, PersonId};
use crate::limits;

/// What it takes to be somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of too many new people of one address, under whichever name.
    Brief,
    /// Under the name that the box gave: each request without a session makes one.
    Guest,
    /// Under a name of one's own.
    Named,
    /// ... which one has a secret for.
    Sworn,
}

/// Where somebody stands among those who are away; the same as long as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// When the last client went.
    pub(super) since: Duration,
    /// From where that person came first; `None`: this address has no other.
    pub(super) address: Option<AddressTag>,
    /// They said something, or somebody wrote to them.
    pub(super) is_known: bool,
    /// A private message came while they were away.
    pub(super) has_unread: bool,
}

/// Those who are away.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Gone([Shelf; 4]);

/// Those of one kind.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shelf {
    by_age: BTreeSet<(Duration, PersonId)>,
    /// Those who may be one of too many, each address's in the order in which they go.
    #[serde(with = "crate::chat::codec::pairs")]
    by_address: BTreeMap<Option<AddressTag>, BTreeSet<(bool, Duration, PersonId)>>,
    /// How many those are.
    count: usize,
}

impl Gone {
    pub(super) fn add(&mut self, id: PersonId, place: Place) {
        let shelf = &mut self.0[place.kind as usize];
        shelf.by_age.insert((place.since, id));
        if !place.has_unread {
            let of_address = shelf.by_address.entry(place.address).or_default();
            of_address.insert((place.is_known, place.since, id));
            shelf.count += 1;
        }
    }

    pub(super) fn remove(&mut self, id: PersonId, place: Place) {
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

    /// One whose time is over at `now`, or who is one of too many of a kind. A name is kept for
    /// `name_kept`.
    pub(super) fn next(&self, now: Duration, name_kept: Duration) -> Option<PersonId> {
        KINDS.into_iter().zip(&self.0).find_map(|(kind, shelf)| {
            let oldest = shelf.by_age.first();
            let over = oldest.filter(|(since, _)| *since + kind.kept(name_kept) <= now);
            over.map(|(_, id)| *id).or_else(|| shelf.one_of_too_many(kind.most()))
        })
    }

    /// When somebody's time is over next.
    pub(super) fn next_end(&self, name_kept: Duration) -> Option<Duration> {
        let ends = KINDS.into_iter().zip(&self.0).filter_map(|(kind, shelf)| {
            shelf.by_age.first().map(|(since, _)| *since + kind.kept(name_kept))
        });
        ends.min()
    }
}

impl Shelf {
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

/// In the order of the shelves.
const KINDS: [Kind; 4] = [Kind::Brief, Kind::Guest, Kind::Named, Kind::Sworn];

impl Kind {
    /// How long a name is kept, where most are kept for `usual`.
    pub(super) fn kept(self, usual: Duration) -> Duration {
        if self == Self::Brief { usual.min(limits::BRIEF_NAME_KEPT) } else { usual }
    }

    /// For how many who are away.
    fn most(self) -> usize {
        if self == Self::Brief { limits::BRIEF_PEOPLE_MAX } else { limits::GONE_PEOPLE_MAX }
    }
}
