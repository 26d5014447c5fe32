//! People without a client, whose names are kept for a while.
//!
//! Owns: who of too many is forgotten: the oldest of its own kind, so that no crowd of
//! guests frees a name, and no crowd of names one that has a secret.
//! Must not know: what a person is, beside its kind.
//!
//! Next: `hub/core/people/claims.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::chat::record::PersonId;
use crate::limits;

/// What it takes to be somebody; nobody becomes of another kind while away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Under the name that the box gave: each request without a session makes one.
    Guest,
    /// Under a name of one's own.
    Named,
    /// ... which one has a secret for.
    Sworn,
}

/// Those who are away, by when their last client went.
#[derive(Debug, Default)]
pub(super) struct Gone([BTreeSet<(Duration, PersonId)>; 3]);

impl Gone {
    pub(super) fn add(&mut self, kind: Kind, since: Duration, id: PersonId) {
        self.0[kind as usize].insert((since, id));
    }

    pub(super) fn remove(&mut self, kind: Kind, since: Duration, id: PersonId) {
        self.0[kind as usize].remove(&(since, id));
    }

    /// Takes out one who went before `over`, or of a kind of which there are too many.
    pub(super) fn pop(&mut self, over: Option<Duration>) -> Option<PersonId> {
        let goes = |gone: &BTreeSet<(Duration, PersonId)>| {
            let is_over = gone.first().zip(over).is_some_and(|((since, _), over)| *since <= over);
            is_over || gone.len() > limits::GONE_PEOPLE_MAX
        };
        let kind = self.0.iter_mut().find(|gone| goes(gone))?;
        kind.pop_first().map(|(_, id)| id)
    }
}
