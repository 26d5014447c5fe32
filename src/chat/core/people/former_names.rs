//! The former names of people. A person's former name is the name before the present one. The core
//! keeps it for that person as long as it knows the person: the person's old messages still show
//! the former name, and a stranger with that name would look like their author.
//!
//! Owns: which former name the core keeps, and for whom. It keeps no name that the server chose.
//! Must not know: which names people have now; where a private message to a name goes.
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

impl People {
    /// Returns the name before the present one, if it is kept for this person.
    pub(in crate::chat::core) fn former_name(&self, id: PersonId) -> Option<&Name> {
        self.by_id.get(&id)?.former.as_ref()
    }
}

/// Keeps the former names of the people whom the history has restored. If the file is damaged, a
/// former name may be another person's present or former name. Then this function drops it.
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
