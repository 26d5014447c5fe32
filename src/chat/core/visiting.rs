//! People who come for one page and go: browsers without a line of their own, and
//! programs that say one thing.
//!
//! A visitor is a client like any other, but that it hears nothing: it asks, is
//! answered, and leaves. Its person stays in the room meanwhile, and for a while
//! behind it (`absence.rs`).
//!
//! Whoever saves a room is told all of its log, and is as little in it as a stranger who
//! looks: in no list, and nobody hears of it.
//!
//! Owns: who is let in for a page, or for a room as a file.
//! Must not know: HTML, forms.
//!
//! Next: `chat/core/coming.rs`.

use super::people::Author;
use super::{Aim, Core, Effect, Visit, Visitor, refuse};
use crate::chat::entry::MessageId;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::Place;
use crate::chat::token::TokenDigest;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// Somebody has come for a page.
    pub(super) fn receive(
        &mut self,
        client: ClientId,
        visit: Visit<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let Visit { who, is_admitted, place, aim, fresh, is_shown, says } = visit;
        let who = match who {
            // A stranger's form that was sent again: its first try has made somebody.
            Visitor::New(_, fresh) if self.people.knows(&fresh) => Visitor::Known(fresh),
            // ... or somebody who has left since, and who has said it.
            Visitor::New(..) if self.is_said(place.as_ref(), says.as_ref()) => Visitor::Stranger,
            who => who,
        };
        effects.push(Effect::TellState(client));
        let whose = match &who {
            Visitor::Known(token) => self.people.who_has(token),
            _ => None,
        };
        if whose.is_none() && !is_admitted {
            effects.push(refuse(client, None, None, Refused::PasswordNeeded));
            self.turn_away(client, aim, effects);
            return;
        }
        // Whatever it comes for, it has shown that it has this token.
        if let Visitor::Known(token) = &who
            && is_shown
        {
            self.use_token(token, effects);
        }
        let token = match &who {
            Visitor::Known(token) if whose.is_some() => Some(token.clone()),
            _ => None,
        };
        let reader = (whose.map_or(Author::Nobody, Author::Person), token);
        if let (Aim::Sight | Aim::Save, Some(place)) = (aim, &place) {
            self.look(client, reader, place.clone(), aim, effects);
            return;
        }
        let is_somebody = match who {
            Visitor::Known(token) if self.people.has_place_for(&token) => {
                let refused = self.recognise(client, None, Some(token.clone()), token, effects);
                effects.extend(refused);
                true
            }
            Visitor::New(claim, fresh) => {
                // Nobody becomes a guest who wanted to be somebody else: it may ask again.
                let claimed = claim.as_ref().map(|claim| self.claimed(client, claim)).transpose();
                if let Err(reason) = claimed {
                    effects.push(refuse(client, None, None, reason));
                    return;
                }
                let refused = self.recognise(client, claim, None, fresh, effects);
                effects.extend(refused);
                true
            }
            Visitor::Passing => {
                self.name_passing(client, Name::guest, effects);
                true
            }
            // Its session lasts: it reads, and may ask again when another line has ended.
            Visitor::Known(_) if whose.is_some() => {
                let most = limits::CLIENTS_PER_PERSON_MAX;
                effects.push(refuse(client, None, None, Refused::TooManyDevices(most)));
                false
            }
            Visitor::Known(_) | Visitor::Stranger => false,
        };
        match place {
            Some(place) if is_somebody => self.join(client, place, fresh, effects),
            Some(place) => self.look(client, reader, place, aim, effects),
            None => {}
        }
    }

    /// Whether somebody has said something there that is called so, or has written it to one
    /// person: that one's log has it still.
    fn is_said(&self, place: Option<&Place>, id: Option<&MessageId>) -> bool {
        let Some(id) = id else { return false };
        let room = place.and_then(|place| self.rooms.called(&place.room));
        let mut logs = room.into_iter().chain(self.private_logs.iter().map(|(_, log)| log));
        logs.any(|log| self.rooms.get(log).is_some_and(|room| room.log.has_id(id)))
    }

    /// Nobody looks at a room: it must be there, and nobody is told of it. One whom it has
    /// let in before needs no password.
    fn look(
        &mut self,
        client: ClientId,
        (who, token): (Author, Option<TokenDigest>),
        place: Place,
        aim: Aim,
        effects: &mut Vec<Effect>,
    ) {
        let Place { room: name, seen, password, .. } = place;
        self.members.become_author(client, who);
        self.people.looks_by(client, token);
        let found = self.rooms.called(&name).ok_or(Refused::NotInRoom);
        let opened = found.and_then(|id| self.unlock(client, id, password.as_ref()).map(|_| id));
        // Nobody cannot say anything, and is in no list.
        self.members.become_author(client, Author::Nobody);
        self.people.looks_by(client, None);
        let id = match opened {
            Ok(id) => id,
            Err(reason) => {
                effects.push(refuse(client, Some(name), None, reason));
                return self.turn_away(client, aim, effects);
            }
        };
        let Some(room) = self.rooms.get(id) else { return };
        if aim == Aim::Save {
            effects.push(Effect::Save(client, id, room.log.head()));
            return;
        }
        let (_, notes) = room.where_it_is(seen, &self.settings.numbers);
        self.members.enter(client, id);
        if aim == Aim::Sight {
            effects.push(Effect::Look(client, name, notes));
        } else {
            effects.extend(notes.into_iter().map(|told| Effect::Note(client, told)));
        }
    }

    /// Whoever came to save a room that it may not see has nothing to wait for.
    fn turn_away(&self, client: ClientId, aim: Aim, effects: &mut Vec<Effect>) {
        if aim == Aim::Save {
            effects.push(Effect::End(client, Disconnect::NotAdmitted));
        }
    }
}
