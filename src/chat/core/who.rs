//! Who a client is to the others, and where it stays.
//!
//! Owns: nothing; it looks things up.
//! Must not know: what anybody asks.
//!
//! Next: `chat/core/room.rs`.

use super::people::Author;
use super::{Core, Effect, Room, RoomId, refuse};
use crate::chat::entry::{Speaker, Whose};
use crate::chat::name::Name;
use crate::chat::record::{PersonId, Record};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::told::Told;
use crate::hub::ClientId;

impl Core {
    /// Whether the client is in this room.
    pub(super) fn is_in(&self, client: ClientId, room: RoomId) -> bool {
        self.members.is_in(client, room)
    }

    /// The room or the log of private messages with this id.
    pub(crate) fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.get(id)
    }

    /// How somebody is to be kept now.
    pub(crate) fn record_of_person(&self, id: PersonId) -> Record {
        self.people.record(id)
    }

    /// Everybody who is to be kept.
    pub(crate) fn lasting_people(&self) -> impl Iterator<Item = PersonId> {
        self.people.lasting()
    }

    /// How a room or log is to be kept now, but for its numbers; `None`: it is gone.
    pub(crate) fn record_of_room(&self, id: RoomId) -> Option<Record> {
        self.rooms.get(id).map(Room::record)
    }

    /// All rooms and logs of private messages.
    pub(crate) fn room_ids(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.iter().map(|(id, _)| id)
    }

    /// The room that is always there.
    pub(crate) fn lobby_id(&self) -> Option<RoomId> {
        self.rooms.lobby_id()
    }

    pub(crate) fn author(&self, client: ClientId) -> Option<Author> {
        self.members.author(client)
    }

    /// Whose client it is.
    pub(crate) fn person(&self, client: ClientId) -> Option<PersonId> {
        self.author(client)?.person()
    }

    pub(super) fn name_of(&self, author: Author) -> Option<Name> {
        match author {
            Author::Guest(number) => Some(Name::guest(number)),
            Author::Person(person) => self.people.name(person).cloned(),
            Author::Nobody => None,
        }
    }

    /// Whether the client may be told what is in this log: it is in that room, or the log is its
    /// person's own, which a visitor reads without following it.
    pub(crate) fn may_read(&self, client: ClientId, log: RoomId) -> bool {
        let own = match self.author(client) {
            Some(Author::Person(person)) => self.private_logs.of(person),
            _ => None,
        };
        self.is_in(client, log) || own == Some(log)
    }

    /// Whether somebody is here, in whichever room, for somebody; nothing of whoever nobody is
    /// called.
    pub(super) fn say_whether_here(
        &self,
        client: ClientId,
        room: RoomName,
        name: Name,
        effects: &mut Vec<Effect>,
    ) {
        let is_somebody = matches!(self.author(client), Some(Author::Person(_)));
        let Some(person) = self.people.called(&name).filter(|_| is_somebody) else {
            effects.push(refuse(client, None, None, Refused::NoSuchPerson));
            return;
        };
        let here = self.is_here(person);
        let told = Told::Presence { room, name, here, people: usize::from(here) };
        effects.push(Effect::Note(client, told));
    }

    /// Whether a person is here. Whose line was lost, or who reads pages, is waited for.
    pub(super) fn is_here(&self, person: PersonId) -> bool {
        let author = Author::Person(person);
        let has_client = !self.people.clients(person).is_empty();
        has_client || self.rooms.iter().any(|(_, room)| room.has(author))
    }

    /// Who `client` is to those who hear it.
    pub(super) fn speaker(&mut self, client: ClientId) -> Option<Speaker> {
        let (author, guest_name, addr) = self.members.voice(client)?;
        Some(match author {
            Author::Nobody => return None,
            Author::Guest(_) => Speaker {
                name: guest_name?,
                classic: true,
                whose: Whose::default(),
                mark: None,
                addr,
            },
            Author::Person(person) => {
                let (name, mark) = self.people.speaks(person, client)?;
                Speaker { name, classic: false, whose: Whose::of(Some(person)), mark, addr }
            }
        })
    }
}
