//! Who is a host of the chat: a person who looks after all its rooms.
//!
//! Nobody is a host by themselves. The server's operator makes a link at the control socket
//! (`threadbare host`), and the person who follows it becomes a host. A link is worth something for
//! a quarter of an hour, and for one person. Browsers send a form again if its answer was lost, so
//! the table remembers a used link, with its person, until its time is over.
//!
//! Owns: when a link is worth something, and how many there may be.
//! Must not know: what a host may do (`chat/core/roles.rs`); how a link is written.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::People;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::token::TokenDigest;

/// The operator's links, the oldest first. They are not stored: a restart of the server ends all of
/// them.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(in crate::chat::core) struct HostLinks(Vec<HostLink>);

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct HostLink {
    token: TokenDigest,
    /// When the link ends, in chat time.
    until: Duration,
    /// Who has become a host by the link; `None`: nobody yet.
    used_by: Option<PersonId>,
}

impl HostLinks {
    /// Adds a link. If there are too many, the oldest ends.
    pub(in crate::chat::core) fn add(&mut self, token: TokenDigest, now: Duration) {
        self.0.retain(|link| link.until > now);
        if self.0.len() >= limits::HOST_LINKS_MAX {
            self.0.remove(0);
        }
        let until = now + limits::HOST_LINK_KEPT;
        self.0.push(HostLink { token, until, used_by: None });
    }

    /// Uses the link for a person. Returns false if the link is unknown, too old, or was used by
    /// another person.
    pub(in crate::chat::core) fn take(
        &mut self,
        token: &TokenDigest,
        person: PersonId,
        now: Duration,
    ) -> bool {
        let found = self.0.iter_mut().find(|link| link.token == *token && link.until > now);
        let Some(found) = found else { return false };
        *found.used_by.get_or_insert(person) == person
    }
}

/// Returns whether the person is a host.
pub(in crate::chat::core) fn is_host(people: &People, id: PersonId) -> bool {
    people.by_id.get(&id).is_some_and(|person| person.is_host)
}

/// Returns all hosts.
pub(in crate::chat::core) fn hosts(people: &People) -> impl Iterator<Item = PersonId> {
    people.by_id.iter().filter(|(_, person)| person.is_host).map(|(id, _)| *id)
}

/// Ends that a person is a host.
pub(in crate::chat::core) fn end_host(people: &mut People, id: PersonId) {
    let Some(person) = people.by_id.get_mut(&id).filter(|person| person.is_host) else { return };
    person.is_host = false;
    people.note_change(id);
}

/// Makes a person a host. The person becomes a lasting one, whatever its network has made.
pub(in crate::chat::core) fn make_host(people: &mut People, id: PersonId) {
    people.make_lasting(id);
    let Some(person) = people.by_id.get_mut(&id).filter(|person| !person.is_host) else { return };
    person.is_host = true;
    people.note_change(id);
}
