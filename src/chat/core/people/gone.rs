//! People without a client, whose names stay reserved for some time.
//!
//! Owns: which person the core forgets if too many people are away. Each kind of absent people has
//! its own limit. So however many guests are away, no chosen name becomes free because of them, and
//! however many chosen names there are, no name with a secret becomes free because of them. If one
//! kind has too many people, the core forgets one person from the network that has the most people
//! of this kind: first a person who never said anything and never received a private message, then
//! the person who has been away longest. So a crowd from one network mostly makes names of that
//! network free. A person with an unread private message keeps the name for the full time, because
//! the message's sender was told *sent*. When the machine's clock is set, this file corrects when
//! absent people have left.
//! Must not know: anything else about a person.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::People;
use crate::base::{limits, wall_clock::is_set};
use crate::chat::core::Moment;
use crate::chat::entry::UnixMillis;
use crate::chat::record::{NetworkTag, PersonId};

/// The kinds of absent people. Each kind has its own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoneKind {
    /// A brief person (`people/mod.rs`), with any name: too many people were made from their
    /// network in a short time.
    Brief,
    /// A person with a guest's name, which the server has chosen; the name has no secret.
    Guest,
    /// A person who has chosen their name; the name has no secret.
    Named,
    /// A person whose name has a secret.
    WithSecret,
}

/// The facts about an absent person that decide when the core forgets the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GoneRank {
    pub(super) kind: GoneKind,
    /// When the person's last client left, in chat time.
    pub(super) since: Duration,
    /// The tag of the network from which the person first connected; `None`: it is not known, or
    /// the limits on networks do not apply to it. Then the person counts as the only person of a
    /// network.
    pub(super) network: Option<NetworkTag>,
    /// Whether the person has ever said something or received a private message.
    pub(super) is_known: bool,
    /// Whether a private message has arrived since the person left.
    pub(super) has_unread: bool,
}

/// The absent people: one item for each [`GoneKind`], in the order of `KINDS`.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Gone([AbsentOfKind; 4]);

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct AbsentOfKind {
    by_age: BTreeSet<(Duration, PersonId)>,
    /// The people without unread private messages, by the tag of their network. Each set has its
    /// people in the order in which they are forgotten: first those who never said anything and
    /// never received a private message, then those away longest.
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_network: BTreeMap<Option<NetworkTag>, BTreeSet<(bool, Duration, PersonId)>>,
    /// How many people `by_network` holds, of all networks together.
    count: usize,
}

impl People {
    /// Returns how many people have a client, and how many are away and have their names reserved.
    pub(in crate::chat::core) fn counts(&self) -> (usize, usize) {
        let away = self.gone.0.iter().map(|absent| absent.by_age.len()).sum();
        (self.by_id.len().saturating_sub(away), away)
    }
}

impl Gone {
    pub(super) fn add(&mut self, id: PersonId, place: GoneRank) {
        let absent = &mut self.0[place.kind as usize];
        absent.by_age.insert((place.since, id));
        if !place.has_unread {
            let of_network = absent.by_network.entry(place.network).or_default();
            of_network.insert((place.is_known, place.since, id));
            absent.count += 1;
        }
    }

    pub(super) fn remove(&mut self, id: PersonId, place: GoneRank) {
        let absent = &mut self.0[place.kind as usize];
        absent.by_age.remove(&(place.since, id));
        if let Some(of_network) = absent.by_network.get_mut(&place.network)
            && of_network.remove(&(place.is_known, place.since, id))
        {
            absent.count -= 1;
            if of_network.is_empty() {
                absent.by_network.remove(&place.network);
            }
        }
    }

    /// Returns one person who must be forgotten now: its name was reserved for long enough, or its
    /// kind has too many people. Names stay reserved for `name_kept`, with the exceptions that
    /// [`GoneKind::stored`] has. `None`: no person must be forgotten.
    pub(super) fn next(&self, now: Duration, name_kept: Duration) -> Option<PersonId> {
        KINDS.into_iter().zip(&self.0).find_map(|(kind, absent)| {
            let oldest = absent.by_age.first();
            let over = oldest.filter(|(since, _)| *since + kind.stored(name_kept) <= now);
            over.map(|(_, id)| *id).or_else(|| absent.one_of_too_many(kind.most()))
        })
    }

    pub(super) fn next_end(&self, name_kept: Duration) -> Option<Duration> {
        let ends = KINDS.into_iter().zip(&self.0).filter_map(|(kind, absent)| {
            absent.by_age.first().map(|(since, _)| *since + kind.stored(name_kept))
        });
        ends.min()
    }
}

impl AbsentOfKind {
    fn one_of_too_many(&self, most: usize) -> Option<PersonId> {
        if self.count <= most {
            return None;
        }
        let of_network = self.by_network.iter().filter_map(|(network, people)| {
            let count = network.map_or(1, |_| people.len());
            Some((count, Reverse(people.first()?)))
        });
        of_network.max().map(|(_, Reverse((.., id)))| *id)
    }
}

const KINDS: [GoneKind; 4] =
    [GoneKind::Brief, GoneKind::Guest, GoneKind::Named, GoneKind::WithSecret];

impl GoneKind {
    /// Returns how long a name of this kind stays reserved: the time `usual`, but for brief people
    /// at most [`limits::BRIEF_NAME_KEPT`], and for a name with a secret at least
    /// [`limits::SECRET_NAME_KEPT`]: a person who sets a secret wants to come back.
    pub(super) fn stored(self, usual: Duration) -> Duration {
        match self {
            Self::Brief => usual.min(limits::BRIEF_NAME_KEPT),
            Self::Guest | Self::Named => usual,
            Self::WithSecret => usual.max(limits::SECRET_NAME_KEPT),
        }
    }

    /// Returns how many absent people of this kind are remembered at most. People with an unread
    /// private message do not count.
    fn most(self) -> usize {
        if self == Self::Brief { limits::BRIEF_PEOPLE_MAX } else { limits::GONE_PEOPLE_MAX }
    }
}

impl People {
    /// Corrects when absent people have left, for those who left while the machine's clock was not
    /// set. It is set `now`.
    pub(in crate::chat::core) fn correct_times(&mut self, now: Moment) {
        let mut corrected = Vec::new();
        for (id, person) in &mut self.by_id {
            if let Some(since) = person.gone_since.as_mut().filter(|since| !is_set(since.utc)) {
                let ago = now.chat_time.saturating_sub(since.chat_time).as_millis();
                let ago = u64::try_from(ago).unwrap_or(u64::MAX);
                since.utc = UnixMillis(now.utc.0.saturating_sub(ago));
                corrected.push(*id);
            }
        }
        corrected.into_iter().for_each(|id| self.note_change(id));
    }
}
