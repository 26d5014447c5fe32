//! How one comes to be called otherwise: by another name, or by somebody's name and its
//! secret, and is that one from then on; or is nobody any more.
//!
//! Owns: what goes along, and who is told.
//! Must not know: whose a name is; `people.rs` does.
//!
//! Next: `chat/core/private.rs`.

use super::people::Author;
use super::people::renewing::Gain;
use super::room::Entered;
use super::{Core, Effect, RoomId, refuse, tell_with};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::token::TokenDigest;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;

/// A device becomes somebody else's; how both are called.
struct Turn {
    client: ClientId,
    from: (PersonId, Name),
    into: (PersonId, Name),
}

impl Turn {
    fn authors(&self) -> (Author, Author) {
        (Author::Person(self.from.0), Author::Person(self.into.0))
    }

    fn told(&self) -> Told {
        let (from, to) = (self.from.1.clone(), self.into.1.clone());
        Told::Renamed { from, to, secret: false, token: None }
    }
}

impl Core {
    pub(super) fn rename(
        &mut self,
        client: ClientId,
        wanted: Claim,
        fresh: Option<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Author::Person(person)) = self.author(client) else { return };
        if self.people.called(&wanted.name).is_some_and(|owner| owner != person) {
            match self.turn_of(client, person, &wanted) {
                Ok(turn) => {
                    self.use_secret(&wanted, effects);
                    self.turn(&turn, fresh, effects);
                }
                Err(reason) => effects.push(refuse(client, None, None, reason)),
            }
            return;
        }
        let Claim { name: to, secret } = wanted;
        let is_own = secret.as_ref().is_some_and(|it| self.people.has_secret(person, it));
        let is_other = self.people.name(person).is_some_and(|it| it.skeleton() != to.skeleton());
        let now = self.now.since_start;
        let is_barred = self.people.is_barred(person, client, secret.as_ref(), now);
        let secret = secret.filter(|it| self.people.gains_by(person, client, it));
        // Neither does it get another secret meanwhile, nor is it free for others.
        if is_barred && (secret.is_some() || is_other) {
            let guess = secret.map(|_| self.is_wrong_secret(client));
            let reason = guess.unwrap_or(Refused::WrongSecret);
            effects.push(refuse(client, None, None, reason));
            return;
        }
        let from = match self.people.rename(person, to.clone(), self.now.utc) {
            Ok(from) => from,
            Err(reason) => {
                effects.push(refuse(client, None, None, reason));
                return;
            }
        };
        if is_own {
            let gains = self.people.take_held(client);
            self.gain(person, gains, true);
        }
        // All of this person's devices, once each; and their rooms, which a secret is no news for.
        let author = Author::Person(person);
        let gains = secret.is_some();
        let gain = secret.clone().map(Gain::Secret);
        let token = gain.and_then(|gain| self.renew(client, fresh, vec![gain]));
        if let Some(secret) = secret.filter(|_| token.is_none()) {
            self.people.swear(person, secret);
        }
        // The others hear nothing of a secret that is one device's only.
        let is_told = gains && token.is_none();
        let told = |secret| {
            let (from, to) = (from.clone(), to.clone());
            Told::Renamed { from, to, secret, token: None }
        };
        effects.push(tell_with(client, told(gains), token));
        let others = self.people.clients(person).iter().filter(|its| **its != client);
        let others = others.filter(|_| is_told || from.shown() != to.shown());
        effects.extend(others.map(|client| Effect::Note(*client, told(is_told))));
        if from.shown() == to.shown() {
            return;
        }
        let rooms = self.rooms.iter().filter(|(id, room)| room.has(author) && self.is_small(*id));
        effects.extend(rooms.map(|(id, _)| Effect::Notice(id, None, told(false))));
    }

    /// The client's person wants to be nobody: the name is free once its last line has ended,
    /// unless a secret keeps it. Whoever came by a session that is over by that, another tab of
    /// the same browser, is out of its rooms at once, and let go. So are rooms that only wait for
    /// the person told at once.
    pub(super) fn quit(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        let Some(Author::Person(person)) = self.author(client) else { return };
        for other in self.people.quit(person, client) {
            for id in self.rooms_of(other) {
                let name = self.rooms.get(id).and_then(|room| room.name().cloned());
                name.into_iter().for_each(|name| self.leave_room(other, name, effects));
            }
            effects.push(Effect::End(other, Disconnect::SessionLeft));
        }
        if let Some(name) = self.people.name(person).cloned() {
            self.stop_waiting_for(person, &name, effects);
        }
    }

    /// Whom somebody becomes who gives that one's name and secret; or why not.
    fn turn_of(
        &mut self,
        client: ClientId,
        person: PersonId,
        wanted: &Claim,
    ) -> Result<Turn, Refused> {
        let into = self.claimed(client, wanted)?;
        // Its own secret, which others know it by, is not thrown away by a slip.
        if self.people.mark(person, client).is_some() {
            return Err(Refused::NameTaken);
        }
        let called = |id| self.people.name(id).cloned().map(|name| (id, name));
        let into = into.and_then(called).ok_or(Refused::NameTaken)?;
        let from = called(person).ok_or(Refused::NameTaken)?;
        Ok(Turn { client, from, into })
    }

    /// This device is the other one's, in the rooms in which it is, and has a session of its
    /// own: whoever else has the one from before does not become that person. A guest of whom
    /// nobody is left is gone, and what it said is the other one's. One with a name of its own
    /// is away: its name, and what was written to it, wait for it as they do for everybody.
    fn turn(&mut self, turn: &Turn, fresh: Option<TokenDigest>, effects: &mut Vec<Effect>) {
        let (from, into) = (turn.from.0, turn.into.0);
        // One that is nobody when its line ends has no use for a session.
        let fresh = fresh.filter(|_| !self.people.is_passing(from));
        effects.push(tell_with(turn.client, turn.told(), fresh.clone()));
        let rooms = self.rooms_of(turn.client);
        rooms.into_iter().for_each(|id| self.turn_in(id, turn, effects));
        // What this device's session has gained is the other one's, who is on this device now.
        let gains = self.people.gained(turn.client).to_vec();
        self.gain(into, gains, true);
        self.turn_client(turn, effects);
        self.people.turn(turn.client, from, into, fresh);
        if self.people.clients(from).is_empty() {
            if self.people.is_guest(from) {
                self.turn_past(turn, effects);
                self.people.end(from);
            } else {
                self.let_last(from, self.home_of(turn.client), effects);
                self.people.leave(from, turn.client, self.now);
            }
            self.let_go_of_the_forgotten(effects);
        }
    }

    /// Where the client is.
    fn rooms_of(&self, client: ClientId) -> Vec<RoomId> {
        self.members.rooms(client).to_vec()
    }

    /// In this room.
    fn turn_in(&mut self, id: RoomId, turn: &Turn, effects: &mut Vec<Effect>) {
        let (from, into) = turn.authors();
        let Some(entered) = self.count_in(id, into) else { return };
        let Some(room) = self.rooms.get_mut(id) else { return };
        let is_last = room.leave(from);
        if is_last {
            room.forget(from, self.now.since_start);
        }
        match (entered, is_last) {
            // Nobody has come or gone.
            (Entered::New, true) if self.is_small(id) => {
                effects.push(Effect::Notice(id, None, turn.told()));
            }
            (Entered::New, true) => {}
            (Entered::New, false) => {
                self.tell_presence(id, into, true, Some(turn.client), effects);
            }
            (_, true) => self.tell_presence(id, from, false, None, effects),
            (_, false) => {}
        }
    }

    /// From here on it follows the other one's private messages.
    fn turn_client(&mut self, turn: &Turn, effects: &mut Vec<Effect>) {
        let (client, (_, into)) = (turn.client, turn.authors());
        let before = self.private_logs.of(turn.from.0);
        if self.members.author(client).is_none() {
            return;
        }
        self.members.become_author(client, into);
        let hears = !self.members.is_visitor(client);
        effects.extend(before.map(|log| Effect::Unfollow(client, log)));
        if let Some(log) = self.private_logs.of(turn.into.0).filter(|_| hears) {
            self.follow(client, log, None, effects);
        }
    }

    /// Nobody else is the one from before: what that one has said and made goes along, while
    /// it is in memory, and where it was waited for it has left.
    fn turn_past(&mut self, turn: &Turn, effects: &mut Vec<Effect>) {
        let (from, into) = turn.authors();
        let (mut made, mut left) = (Vec::new(), Vec::new());
        for (id, room) in self.rooms.iter_mut() {
            if room.lock.turn(from, into) {
                made.push(id);
            }
            room.log.turn(from, into);
            if room.has(from) {
                room.forget(from, self.now.since_start);
                left.push(id);
            }
        }
        made.into_iter().for_each(|id| self.rooms.note_change(id));
        left.into_iter().for_each(|id| self.tell_presence(id, from, false, None, effects));
        self.absent.forget(from);
    }
}
