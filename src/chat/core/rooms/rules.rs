//! The rules of one room that whoever looks after it has made: who is muted, who was put out, and
//! whether the room is frozen.
//!
//! Times are those of the machine's clock: a rule outlives the server. If the clock is set, rules
//! end earlier or later by as much.
//!
//! Owns: when a rule ends, and how many there may be.
//! Must not know: who may make a rule; who is told.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::Rooms;
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::core::logs::Logs;
use crate::chat::entry::UnixMillis;
use crate::chat::record::{PersonId, PersonRule, StoredRules};

/// What a rule forbids a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forbids {
    /// To write in the room.
    Writing,
    /// To be in the room.
    Entering,
}

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct RoomRules(StoredRules);

impl RoomRules {
    pub(super) fn restored(stored: StoredRules) -> Self {
        Self(stored)
    }

    pub(super) fn stored(&self) -> StoredRules {
        self.0.clone()
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.0.is_frozen
    }

    fn people(&self, what: Forbids) -> &[PersonRule] {
        match what {
            Forbids::Writing => &self.0.muted,
            Forbids::Entering => &self.0.put_out,
        }
    }

    /// Returns how long the person may not do that from now on; `None`: the person may.
    pub(super) fn forbids(
        &self,
        what: Forbids,
        person: PersonId,
        now: UnixMillis,
    ) -> Option<Duration> {
        let rule = self.people(what).iter().find(|rule| rule.person == person)?;
        let left = rule.until.0.checked_sub(now.0).filter(|left| *left > 0)?;
        Some(Duration::from_millis(left))
    }

    /// Forbids the person that until then, or allows it again (`None`). If there are too many
    /// rules of this kind, the one that ends next goes.
    fn set(&mut self, what: Forbids, person: PersonId, until: Option<UnixMillis>, now: UnixMillis) {
        let rules = match what {
            Forbids::Writing => &mut self.0.muted,
            Forbids::Entering => &mut self.0.put_out,
        };
        rules.retain(|rule| rule.person != person && rule.until > now);
        let Some(until) = until else { return };
        rules.push(PersonRule { person, until });
        rules.sort_by_key(|rule| (rule.until, rule.person));
        if rules.len() > limits::RULES_PER_ROOM_MAX {
            rules.remove(0);
        }
    }
}

/// Returns how long a person may not do that in this room from now on; `None`: the person may.
pub(crate) fn forbidden(
    rooms: &Rooms,
    id: LogId,
    what: Forbids,
    person: PersonId,
    now: UnixMillis,
) -> Option<Duration> {
    rooms.get(id)?.rules.forbids(what, person, now)
}

/// Forbids a person that in this room for so long; `None`: allows it again.
pub(crate) fn forbid(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    (what, person): (Forbids, PersonId),
    lasts: Option<Duration>,
    now: UnixMillis,
) {
    let Some(room) = rooms.get_mut(id) else { return };
    let millis = |lasts: Duration| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    let until = lasts.map(|lasts| UnixMillis(now.0.saturating_add(millis(lasts))));
    room.rules.set(what, person, until, now);
    logs.note_change(id);
}

/// Freezes the room, or ends that.
pub(crate) fn freeze(rooms: &mut Rooms, logs: &mut Logs, id: LogId, is_frozen: bool) {
    let Some(room) = rooms.get_mut(id) else { return };
    room.rules.0.is_frozen = is_frozen;
    logs.note_change(id);
}
