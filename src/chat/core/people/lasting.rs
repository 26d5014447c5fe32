//! How long a person is remembered.
//!
//! A new person is brief: the core remembers it while it is online, and for a short time after
//! that. A person becomes lasting if the limit on new people from its network allows one more. In
//! nearly all cases the limit allows this when the person is made; if not, the core checks it again
//! each time when a client of the person connects or leaves. A brief person who is away becomes
//! lasting, too, if it receives a private message.
//!
//! Owns: when a name becomes free; after which events the core remembers a person longer.
//! Must not know: how many people may be made from one network.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::People;
use crate::base::limits;
use crate::chat::name::Name;
use crate::chat::record::{NetworkTag, PersonId};
use crate::chat::secret::Mark;
use crate::server::hub::ClientId;

impl People {
    /// Returns whether the person has a session and is brief: its name stays reserved only for a
    /// short time after it leaves.
    pub(crate) fn is_brief(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|it| it.is_brief) && !self.tokens.of(id).is_empty()
    }

    /// Makes the person lasting: from now on the name stays reserved for the usual time, and the
    /// person is stored in the file.
    pub(crate) fn lasts(&mut self, id: PersonId) {
        self.change_place(id, |person| person.is_brief = false);
        self.note_change(id);
    }

    /// Notes that the person says something through this client. Returns the person's name and
    /// mark, as other people see them; `None`: there is no such person.
    pub(crate) fn speaks(
        &mut self,
        id: PersonId,
        client: ClientId,
    ) -> Option<(Name, Option<Mark>)> {
        if !self.by_id.get(&id)?.is_known {
            self.change_place(id, |person| person.is_known = true);
        }
        Some((self.by_id.get(&id)?.name.clone(), self.mark(id, client)))
    }

    /// Returns whether the person is away and has an unread private message.
    pub(crate) fn has_unread(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.has_unread)
    }

    /// Notes that the person has said something or has received a private message in an earlier run
    /// of the server. `has_unread` says whether the person has an unread private message.
    pub(crate) fn restore_known(&mut self, id: PersonId, has_unread: bool) {
        self.change_place(id, |person| {
            person.is_known = true;
            person.has_unread |= has_unread;
        });
    }

    /// Returns how much longer the name of an absent person stays reserved for that person. `None`:
    /// the person is online; or the name has a secret, and then other clients are not told that
    /// time.
    pub(crate) fn kept_for(&self, id: PersonId, now: Duration) -> Option<Duration> {
        let person = self.by_id.get(&id).filter(|person| person.secret.is_none())?;
        let since = person.gone_since?.chat_time;
        let stored = person.place(since).kind.stored(self.name_kept);
        Some((since + stored).saturating_sub(now))
    }

    /// Returns the tag of the network from which the person first connected; `None`: no limits
    /// apply to that network, or it is not known.
    pub(crate) fn address(&self, id: PersonId) -> Option<NetworkTag> {
        self.by_id.get(&id)?.address
    }

    /// Applies `change` to the person. If the person is away, also updates its place among the
    /// absent people, which decides when the core forgets it.
    pub(super) fn change_place(&mut self, id: PersonId, change: impl FnOnce(&mut super::Person)) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        let since = person.gone_since.map(|at| at.chat_time);
        let before = since.map(|since| person.place(since));
        change(person);
        let after = since.map(|since| person.place(since));
        if let Some((before, after)) = before.zip(after).filter(|(before, after)| before != after) {
            self.gone.remove(id, before);
            self.gone.add(id, after);
        }
    }

    /// Forgets absent people whose names were reserved for long enough. If there are too many
    /// absent people of one kind, forgets some of that kind earlier. Forgets only a few people in
    /// one call, because the core must also remove each of them from the rooms that wait for them.
    pub(crate) fn forget_some(&mut self, now: Duration) {
        for _ in 0..limits::LEAVINGS_PER_STEP {
            let Some(id) = self.gone.next(now, self.name_kept) else { break };
            self.remove(id);
        }
    }

    /// Returns when the next reserved time of a name is over, in chat time; `None`: no person is
    /// away.
    pub(crate) fn next_forgotten(&self) -> Option<Duration> {
        self.gone.next_end(self.name_kept)
    }
}
