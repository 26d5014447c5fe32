//! People who come for one page and go: browsers without a line of their own, and
//! programs that say one thing.
//!
//! A visitor is a client like any other, but that it hears nothing: it asks, is
//! answered, and leaves. Its person stays in the room meanwhile, and for a while
//! behind it (`absence.rs`).
//!
//! Owns: who is let in for a page.
//! Must not know: HTML, forms.
//!
//! Next: `hub/core/log.rs`.

use super::people::Author;
use super::{Core, Effect, Stay, Visit, Visitor, refuse};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Place;
use crate::chat::told::Told;
use crate::hub::ClientId;

impl Core {
    /// Somebody has come for a page.
    pub(super) fn receive(&mut self, client: ClientId, visit: Visit, effects: &mut Vec<Effect>) {
        let Visit { who, is_admitted, place } = visit;
        effects.extend(self.keeping.told().map(|told| Effect::Note(client, told)));
        let is_known = matches!(&who, Visitor::Known(token) if self.people.has_place_for(token));
        if !is_known && !is_admitted {
            effects.push(refuse(client, None, None, Refused::PasswordNeeded));
            return;
        }
        let is_somebody = match who {
            Visitor::Known(token) if is_known => {
                let refused = self.recognise(client, None, Some(token.clone()), token, effects);
                effects.extend(refused);
                true
            }
            // Nobody becomes a guest who wanted to be somebody else: it may ask again.
            Visitor::New(Some(claim), _) if self.people.called(&claim.name).is_some() => {
                effects.push(refuse(client, None, None, Refused::NameTaken));
                return;
            }
            Visitor::New(claim, fresh) => {
                let refused = self.recognise(client, claim, None, fresh, effects);
                effects.extend(refused);
                true
            }
            Visitor::Passing => {
                self.name_passing(client, Name::guest(client.0), effects);
                true
            }
            Visitor::Known(_) | Visitor::Stranger => false,
        };
        match place {
            Some(place) if is_somebody => self.join(client, place, effects),
            Some(place) => self.look(client, place, effects),
            None => {}
        }
    }

    /// Nobody looks at a room: it must be there, and nobody is told of it.
    fn look(&mut self, client: ClientId, place: Place, effects: &mut Vec<Effect>) {
        let Place { room: name, seen, password, .. } = place;
        let Some(entry) = self.roster.get_mut(&client) else { return };
        // Nobody cannot say anything, and is in no list.
        entry.author = Author::Nobody;
        let id = self.rooms_by_name.get(&name);
        let Some((id, room)) = id.and_then(|id| Some((*id, self.rooms.get(id)?))) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let mut notes = Vec::new();
        let from = room.first_missed(seen, &mut notes);
        notes.insert(0, Told::Joined(room.joined(from)));
        if let Err(reason) = self.unlock(client, id, password.as_ref()) {
            effects.push(refuse(client, Some(name), None, reason));
            return;
        }
        let Some(entry) = self.roster.get_mut(&client) else { return };
        entry.stays.push(Stay { room: id, from, missing_from: None });
        effects.extend(notes.into_iter().map(|told| Effect::Note(client, told)));
    }
}
