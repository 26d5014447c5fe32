//! How a client comes into a room, or back into it: whether it may, and from which
//! number on it is to be told the room's log.
//!
//! Owns: that.
//! Must not know: how it is told what it has missed; `telling/progress/catch_up.rs` does.
//!
//! Next: `chat/core/log.rs`.

use super::lock::Lock;
use super::people::Author;
use super::people::renewing::Gain;
use super::room::Entered;
use super::{Core, Effect, Made, RoomId, refuse};
use crate::chat::entry::Seen;
use crate::chat::refused::Refused;
use crate::chat::request::Place;
use crate::chat::token::TokenDigest;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// A numbered client comes into a room, or back into it. Whose session gains something by
    /// that gets this token.
    pub(super) fn join(
        &mut self,
        client: ClientId,
        place: Place,
        fresh: Option<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let Place { room: name, seen, password, hidden, must_exist } = place;
        let Some(author) = self.author(client) else { return };
        if self.room_of(client, &name).is_some() {
            // What is under way to it is on its way; it would be told twice.
            effects.push(refuse(client, Some(name), None, Refused::InRoom));
            return;
        }
        let rooms = self.members.rooms(client).len();
        let is_new = self.rooms.called(&name).is_none();
        let has_place = if is_new && must_exist {
            Err(Refused::NotInRoom)
        } else if rooms >= limits::ROOMS_PER_CLIENT_MAX {
            Err(Refused::TooManyRooms(limits::ROOMS_PER_CLIENT_MAX))
        } else if is_new {
            self.make_place_for_a_room(client, effects)
        } else {
            Ok(())
        };
        if let Err(reason) = has_place {
            effects.push(refuse(client, Some(name), None, reason));
            return;
        }
        // It opens the room that is made with it, too.
        let lock = Lock::of(author, hidden, password.clone());
        let (tag, now) = (self.tag_of(client), self.now.since_start);
        let id = self.rooms.open(name.clone(), lock, tag, now);
        let unlocked = self.unlock(client, id, password.as_ref());
        let most = self.settings.room_people_max;
        let unlocked =
            unlocked.and_then(|opened| self.rooms.has_place(id, author, most).map(|()| opened));
        let made = is_new.then_some(Gain::Made(id));
        let gains = match unlocked {
            Ok(opened) => {
                let opened = password.filter(|_| opened).map(|given| Gain::Opened(id, given));
                made.into_iter().chain(opened).collect()
            }
            Err(reason) => {
                effects.push(refuse(client, Some(name), None, reason));
                return;
            }
        };
        self.has_gained(client, gains, fresh, effects);
        self.enter(client, id, seen, effects);
    }

    /// Makes place for one more room, which this client makes.
    fn make_place_for_a_room(
        &mut self,
        client: ClientId,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refused> {
        let (home, address) = (self.home_of(client), self.tag_of(client));
        self.may_make(Made::Room, home, effects).map_err(Refused::TooFast)?;
        self.rooms.make_place(address, self.now.utc)?;
        self.has_made(Made::Room, home, 1);
        Ok(())
    }

    /// The client has made a room or given its password. If its session gets a new token by
    /// that, only that one has it.
    fn has_gained(
        &mut self,
        client: ClientId,
        gains: Vec<Gain>,
        fresh: Option<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let token = self.renew(client, fresh.filter(|_| !gains.is_empty()), gains.clone());
        let author = self.author(client);
        for gain in gains {
            let (Gain::Made(id) | Gain::Opened(id, _)) = gain else { continue };
            let Some((room, author)) = self.rooms.get_mut(id).zip(author) else { continue };
            match gain {
                Gain::Made(_) if token.is_some() => room.lock.made_by(None, true),
                Gain::Opened(..) if token.is_none() => room.lock.let_in(author),
                _ => {}
            }
        }
        effects.extend(token.map(|token| Effect::GiveToken(client, Told::Session(None), token)));
    }

    /// The client is in the room. A classic client hears it at once and has
    /// missed nothing; a numbered one is told where its log is.
    pub(super) fn enter(
        &mut self,
        client: ClientId,
        id: RoomId,
        seen: Option<Seen>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(author) = self.author(client) else { return };
        let is_classic = matches!(author, Author::Guest(_));
        let is_visitor = self.members.is_visitor(client);
        let author_is_passing =
            matches!(author, Author::Person(person) if self.people.is_passing(person));
        // Who says one thing and is gone is heard, and in nobody's list.
        let is_glimpse = is_visitor && author_is_passing;
        let entered = if is_glimpse { Some(Entered::Again) } else { self.count_in(id, author) };
        let Some(entered) = entered else { return };
        self.members.enter(client, id);
        if is_classic {
            // It has no name to announce.
            effects.push(Effect::Hear(client, id));
            return;
        }
        self.follow(client, id, seen, effects);
        if entered == Entered::New {
            self.tell_presence(id, author, true, Some(client), effects);
        }
    }

    /// One more client of this author's is in the room; `None`: there is no such room.
    pub(super) fn count_in(&mut self, id: RoomId, author: Author) -> Option<Entered> {
        let entered = self.rooms.get_mut(id)?.enter(author);
        // Nobody waits for it any more.
        if let Entered::Back(until) = entered {
            self.absent.came_back(until, id, author);
        }
        Some(entered)
    }

    /// A numbered client is told where a log is, then what it has missed of it, and
    /// then what is said.
    pub(super) fn follow(
        &mut self,
        client: ClientId,
        id: RoomId,
        seen: Option<Seen>,
        effects: &mut Vec<Effect>,
    ) {
        if self.author(client).is_none() {
            return;
        }
        let Some(room) = self.rooms.get(id) else { return };
        let (from, notes) = room.where_it_is(seen, &self.settings.numbers);
        effects.extend(notes.into_iter().map(|told| Effect::Note(client, told)));
        // A visitor asks for what it wants of it.
        if !self.members.is_visitor(client) {
            effects.push(Effect::Follow(client, id, from));
        }
    }
}
