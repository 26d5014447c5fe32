//! The names that people had before their present ones. Each person's last one is kept for that
//! person as long as the server knows them: their old messages still stand under it, and whoever
//! took it would look like the author of these messages.
//!
//! Owns: which former name is kept, and for whom. A name that the server chose is not kept.
//! Must not know: whether somebody has a name now. Nobody is addressed by a former name.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::{People, Person};
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::PersonId;

/// For whom each former name is kept. It agrees with [`Person::former`].
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct FormerNames {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_skeleton: BTreeMap<Skeleton, PersonId>,
}

impl FormerNames {
    /// Returns the person for whom the former name with this skeleton is kept.
    pub(super) fn owner(&self, name: &Skeleton) -> Option<PersonId> {
        self.by_skeleton.get(name).copied()
    }

    /// Keeps the name `before` for the person, who has another one now. The name that was kept for
    /// the person until now becomes free, or is the present one again.
    pub(super) fn keep(&mut self, id: PersonId, person: &mut Person, before: &Name) {
        self.free(person.former.as_ref());
        person.former = Some(before).filter(|name| !name.is_given_by_server()).cloned();
        self.by_skeleton.extend(person.former.iter().map(|name| (name.skeleton().clone(), id)));
    }

    pub(super) fn free(&mut self, former: Option<&Name>) {
        former.and_then(|name| self.by_skeleton.remove(name.skeleton()));
    }
}

/// Keeps the former names of the restored people. A former name that somebody has, or that is kept
/// for somebody else, is dropped: damage of the file can bring that about.
pub(super) fn restore(people: &mut People) {
    let People { by_id, by_skeleton, former_names, .. } = people;
    for (id, person) in by_id {
        let Some(former) = person.former.take() else { continue };
        let skeleton = former.skeleton();
        if !by_skeleton.contains_key(skeleton) && former_names.owner(skeleton).is_none() {
            former_names.by_skeleton.insert(skeleton.clone(), *id);
            person.former = Some(former);
        }
    }
}
