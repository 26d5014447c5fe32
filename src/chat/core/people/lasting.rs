//! How long somebody is remembered.
//!
//! Whoever comes for the first time is brief: remembered while they are here, and for a moment
//! after that. They last from the moment on at which their address may make one more person,
//! which is nearly always at once.
//!
//! Owns: that, when a name is free again, and what somebody does that makes it worth more.
//! Must not know: how much an address may make.
//!
//! Next: `chat/core/who.rs`.

use std::time::Duration;

use super::People;
use crate::chat::name::Name;
use crate::chat::record::{AddressTag, PersonId};
use crate::chat::secret::Mark;
use crate::hub::ClientId;
use crate::limits;

impl People {
    /// Whether somebody has a session, and is remembered for a moment only when they go.
    pub(in crate::chat::core) fn is_brief(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.is_brief && !person.tokens.is_empty())
    }

    /// From now on somebody is remembered as others are.
    pub(in crate::chat::core) fn lasts(&mut self, id: PersonId) {
        self.change_place(id, |person| person.is_brief = false);
        self.note_change(id);
    }

    /// Somebody says something by this client: who that is to those who hear it.
    pub(in crate::chat::core) fn speaks(
        &mut self,
        id: PersonId,
        client: ClientId,
    ) -> Option<(Name, Option<Mark>)> {
        if !self.by_id.get(&id)?.is_known {
            self.change_place(id, |person| person.is_known = true);
        }
        Some((self.by_id.get(&id)?.name.clone(), self.mark(id, client)))
    }

    /// Somebody has a new private message. If they are away, their name waits with it as long
    /// as names are kept, however many others go.
    pub(in crate::chat::core) fn is_written_to(&mut self, id: PersonId) {
        let is_away = self.clients(id).is_empty();
        self.change_place(id, |person| {
            person.is_known = true;
            person.has_unread |= is_away;
        });
        if is_away && self.is_brief(id) {
            self.lasts(id);
        }
        if is_away {
            // The file is to know since when: of what came later it throws nothing away.
            self.note_change(id);
        }
    }

    /// Whether a private message waits for somebody who is away.
    pub(in crate::chat::core) fn has_unread(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.has_unread)
    }

    /// Somebody has said something in an earlier life of the server, or was written to, and
    /// may have something to read.
    pub(in crate::chat::core) fn restore_worth(&mut self, id: PersonId, has_unread: bool) {
        self.change_place(id, |person| {
            person.is_known = true;
            person.has_unread |= has_unread;
        });
    }

    /// For how long the name of somebody who is away is kept yet; `None`: who is here has it, or
    /// whoever knows its secret.
    pub(in crate::chat::core) fn kept_for(&self, id: PersonId, now: Duration) -> Option<Duration> {
        let person = self.by_id.get(&id).filter(|person| person.secret.is_none())?;
        let since = person.gone_since?.since_start;
        let kept = person.place(since).kind.kept(self.name_kept);
        Some((since + kept).saturating_sub(now))
    }

    /// From where somebody came first.
    pub(in crate::chat::core) fn address(&self, id: PersonId) -> Option<AddressTag> {
        self.by_id.get(&id)?.address
    }

    /// Changes what somebody is worth, and with that where they stand among those who are away.
    pub(super) fn change_place(&mut self, id: PersonId, change: impl FnOnce(&mut super::Person)) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        let since = person.gone_since.map(|at| at.since_start);
        let before = since.map(|since| person.place(since));
        change(person);
        let after = since.map(|since| person.place(since));
        if let Some((before, after)) = before.zip(after).filter(|(before, after)| before != after) {
            self.gone.remove(id, before);
            self.gone.add(id, after);
        }
    }

    /// Frees names whose time is over, and those of too many: a few at a time, for each has
    /// left its rooms.
    pub(in crate::chat::core) fn forget_some(&mut self, now: Duration) {
        for _ in 0..limits::LEAVINGS_PER_STEP {
            let Some(id) = self.gone.next(now, self.name_kept) else { break };
            self.remove(id);
        }
    }

    /// When a name is free again next, since the hub began.
    pub(in crate::chat::core) fn next_forgotten(&self) -> Option<Duration> {
        self.gone.next_end(self.name_kept)
    }
}
