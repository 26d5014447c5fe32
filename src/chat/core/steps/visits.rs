//! Clients that come for one page and then leave: browsers without a lasting connection, and
//! programs that send one message.
//!
//! A visitor is a client like any other, except that the server sends it no lines unasked: it sends
//! requests, receives the answers, and leaves. The visitor's person is in the room during the
//! visit, and for some time after it (`leaving.rs`).
//!
//! A client that saves a room receives all of the room's log. Such a client is not in the room: no
//! list of people contains it, and the room is not told of it. A client without a session that only
//! reads a room is not in the room either.
//!
//! Owns: which client may get a page, or a room as a file.
//! Must not know: HTML, forms.
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::limits;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, Visit, VisitPurpose, Visitor};
use crate::chat::entry::MessageId;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::RoomPosition;
use crate::chat::token::TokenDigest;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

impl Core {
    /// Gives a visitor what it has come for, or refuses it.
    pub(super) fn receive(&mut self, client: ClientId, visit: Visit<TokenDigest>) {
        let Visit { who, is_admitted, position, purpose, fresh, is_shown, says } = visit;
        let who = match who {
            // The browser has sent this form twice. The first form has made the person with this
            // token, so the core makes no second person.
            Visitor::New(_, fresh) if self.people.owner(&fresh).is_some() => Visitor::Known(fresh),
            // The browser has sent this form twice: a log contains the form's message. The person
            // that the first form made has gone in the meantime. Even so, the core makes no second
            // person.
            Visitor::New(..) if self.is_said(position.as_ref(), says.as_ref()) => Visitor::Stranger,
            who => who,
        };
        self.effects.push(Effect::TellState(client));
        let whose = match &who {
            Visitor::Known(token) => self.people.owner(token),
            _ => None,
        };
        if whose.is_none() && !is_admitted {
            self.effects.push(refuse(client, None, None, Refused::PasswordNeeded));
            self.turn_away(client, purpose);
            return;
        }
        // The browser has sent its token back, so from now on this token replaces the session's old
        // one, whatever the visitor has come for.
        if let Visitor::Known(token) = &who
            && is_shown
        {
            self.use_token(token);
        }
        let token = match &who {
            Visitor::Known(token) if whose.is_some() => Some(token.clone()),
            _ => None,
        };
        let reader = (whose.map_or(Author::Nobody, Author::Person), token);
        if let (VisitPurpose::Sight | VisitPurpose::Save, Some(position)) = (purpose, &position) {
            self.look(client, reader, position.clone(), purpose);
            return;
        }
        let is_somebody = match who {
            Visitor::Known(token) if self.people.has_place_for(&token) => {
                let refused = self.recognise(client, None, Some(token.clone()), token);
                self.effects.extend(refused);
                true
            }
            Visitor::New(claim, fresh) => {
                // If the core refuses the wanted name, it does not make a guest instead, because
                // the user may send the form again with another name.
                let claimed = claim.as_ref().map(|claim| self.claimed(client, claim)).transpose();
                if let Err(reason) = claimed {
                    self.effects.push(refuse(client, None, None, reason));
                    return;
                }
                let refused = self.recognise(client, claim, None, fresh);
                self.effects.extend(refused);
                true
            }
            Visitor::Passing => {
                self.name_passing(client, Name::guest);
                true
            }
            // The person has the maximum number of clients. The session stays valid, but this
            // client can only read the room. The browser may enter when another client of the
            // person has left.
            Visitor::Known(_) if whose.is_some() => {
                let most = limits::CLIENTS_PER_PERSON_MAX;
                self.effects.push(refuse(client, None, None, Refused::TooManyDevices(most)));
                false
            }
            Visitor::Known(_) | Visitor::Stranger => false,
        };
        match position {
            Some(position) if is_somebody => self.join(client, position, fresh),
            Some(position) => self.look(client, reader, position, purpose),
            None => {}
        }
    }

    /// Returns whether a line with this message id is in the log of the room in `position`, or in
    /// any log of private messages.
    fn is_said(&self, position: Option<&RoomPosition>, id: Option<&MessageId>) -> bool {
        let Some(id) = id else { return false };
        let room = position.and_then(|position| self.rooms.called(&position.room));
        let mut logs = room.into_iter().chain(self.private_logs.iter().map(|(_, log)| log));
        logs.any(|log| self.logs.get(log).is_some_and(|log| log.has_id(id)))
    }

    /// Lets a client read a room, or save it, without being one of the room's people. The room must
    /// exist, and its people are not told of the client. The client reads it as `who`, with the
    /// rights of the session of `token`: a person who has given the room's password before need not
    /// give it again. But the client itself stays no person: it cannot say anything.
    fn look(
        &mut self,
        client: ClientId,
        (who, token): (Author, Option<TokenDigest>),
        position: RoomPosition,
        purpose: VisitPurpose,
    ) {
        let RoomPosition { room: name, seen, password, .. } = position;
        let rights = token.map(|token| self.people.rights_of(&token).to_vec()).unwrap_or_default();
        let (network, given) = (self.network_of(client), password.as_ref());
        let found = self.rooms.called(&name).ok_or(Refused::NotInRoom);
        let opened =
            found.and_then(|id| self.check_password(network, id, (who, rights), given).map(|_| id));
        let id = match opened {
            Ok(id) => id,
            Err(reason) => {
                self.effects.push(refuse(client, Some(name), None, reason));
                return self.turn_away(client, purpose);
            }
        };
        if let (VisitPurpose::Save, Some(log)) = (purpose, self.logs.get(id)) {
            self.effects.push(Effect::Save { client, log: id, last: log.head() });
            return;
        }
        let Some((_, notes)) = self.first_missed(id, seen) else { return };
        self.members.enter(client, id);
        if purpose == VisitPurpose::Sight {
            self.effects.push(Effect::ShowRoom { client, room: name, replies: notes });
        } else {
            self.effects.extend(notes.into_iter().map(|reply| Effect::Reply(client, reply)));
        }
    }

    /// Disconnects a client that came to save a room and may not read it. A client with another
    /// purpose stays connected.
    fn turn_away(&mut self, client: ClientId, purpose: VisitPurpose) {
        if purpose == VisitPurpose::Save {
            self.effects.push(Effect::End(client, Disconnect::NotAdmitted));
        }
    }
}
