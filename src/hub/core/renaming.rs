//! How one comes to be called otherwise: by another name, or by somebody's name and its
//! secret, and is that one from then on.
//!
//! Owns: what goes along, and who is told.
//! Must not know: whose a name is; `people.rs` does.
//!
//! Next: `hub/core/private.rs`.

use super::people::Author;
use super::room::Entered;
use super::{Core, Effect, RoomId, refuse};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

/// Who becomes whom, and how both are called.
struct Turn {
    from: (PersonId, Name),
    into: (PersonId, Name),
}

impl Turn {
    fn told(&self) -> Told {
        Told::Renamed { from: self.from.1.clone(), to: self.into.1.clone() }
    }
}

impl Core {
    pub(super) fn rename(&mut self, client: ClientId, wanted: Claim, effects: &mut Vec<Effect>) {
        let Some(Author::Person(person)) = self.author(client) else { return };
        if self.people.called(&wanted.name).is_some_and(|owner| owner != person) {
            match self.turn_of(client, person, &wanted) {
                Ok(turn) => self.turn(&turn, effects),
                Err(reason) => effects.push(refuse(client, None, None, reason)),
            }
            return;
        }
        let to = wanted.name.clone();
        let from = match self.people.rename(person, wanted) {
            Ok(from) => from,
            Err(reason) => {
                effects.push(refuse(client, None, None, reason));
                return;
            }
        };
        // All of this person's devices, once each; and their rooms.
        let author = Author::Person(person);
        let told = Told::Renamed { from, to };
        self.tell_devices(person, &told, effects);
        let rooms = self.rooms.iter().filter(|(id, room)| room.has(author) && self.is_small(**id));
        effects.extend(rooms.map(|(id, _)| Effect::Notice(*id, None, told.clone())));
    }

    fn tell_devices(&self, person: PersonId, told: &Told, effects: &mut Vec<Effect>) {
        let own = self.people.clients(person).iter().filter(|client| self.is_member(**client));
        effects.extend(own.map(|client| Effect::Note(*client, told.clone())));
    }

    /// Whom somebody becomes who gives that one's name and secret; or why not.
    fn turn_of(
        &mut self,
        client: ClientId,
        person: PersonId,
        wanted: &Claim,
    ) -> Result<Turn, Refused> {
        if let Some(reason) = self.cannot_be(client, Some(wanted)) {
            return Err(reason);
        }
        let (from, into) = (person, self.people.whose(wanted).ok_or(Refused::NameTaken)?);
        // Its own secret, which others know it by, is not thrown away by a slip.
        if self.people.mark(from).is_some() {
            return Err(Refused::NameTaken);
        }
        let most = limits::CLIENTS_PER_PERSON_MAX;
        if self.people.clients(from).len() + self.people.clients(into).len() > most {
            return Err(Refused::TooManyDevices(most));
        }
        let called = |id| self.people.name(id).cloned().map(|name| (id, name));
        let (from, into) = (called(from), called(into));
        let (from, into) = (from.ok_or(Refused::NameTaken)?, into.ok_or(Refused::NameTaken)?);
        Ok(Turn { from, into })
    }

    /// One person becomes another, with all its devices, in the rooms in which they are.
    /// What was written to it in private was for that name, and goes with it.
    fn turn(&mut self, turn: &Turn, effects: &mut Vec<Effect>) {
        let (from, into) = (turn.from.0, turn.into.0);
        self.tell_devices(from, &turn.told(), effects);
        let rooms: Vec<_> = self.rooms.keys().copied().collect();
        rooms.into_iter().for_each(|id| self.turn_in(id, turn, effects));
        self.absent.retain(|(_, _, author)| *author != Author::Person(from));
        for client in self.people.clients(from).to_vec() {
            self.turn_client(client, from, into, effects);
        }
        self.people.turn(from, into);
        self.forget_private_logs();
    }

    /// ... in this room.
    fn turn_in(&mut self, id: RoomId, turn: &Turn, effects: &mut Vec<Effect>) {
        let (from, into) = (Author::Person(turn.from.0), Author::Person(turn.into.0));
        let Some(room) = self.rooms.get_mut(&id) else { return };
        if room.lock.turn(from, into) {
            self.changed.insert(id);
        }
        room.log.turn(from, into);
        if !room.has(from) {
            return;
        }
        let entered = room.turn(from, into, self.now.since_start);
        if let Some(Entered::Back(until)) = entered {
            self.absent.remove(&(until, id, into));
        }
        match entered {
            // Nobody has come or gone.
            Some(Entered::New) if self.is_small(id) => {
                effects.push(Effect::Notice(id, None, turn.told()));
            }
            Some(Entered::New) => {}
            Some(Entered::Back(_) | Entered::Again) | None => {
                self.tell_presence(id, from, false, None, effects);
            }
        }
    }

    /// This device of it: from here on it follows the other one's private messages.
    fn turn_client(
        &mut self,
        client: ClientId,
        from: PersonId,
        into: PersonId,
        effects: &mut Vec<Effect>,
    ) {
        let before = self.private_logs.get(&from).copied();
        let Some(entry) = self.roster.get_mut(&client) else { return };
        entry.author = Author::Person(into);
        let stays = entry.stays.len();
        entry.stays.retain(|stay| Some(stay.room) != before);
        if let Some(log) = before.filter(|_| entry.stays.len() < stays) {
            effects.push(Effect::Deafen(client, log));
        }
        let hears = entry.is_member && !entry.is_visitor;
        if let Some(log) = self.private_logs.get(&into).copied().filter(|_| hears) {
            self.follow(client, log, None, effects);
        }
    }
}
