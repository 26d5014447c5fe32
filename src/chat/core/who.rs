//! Tells who a client is for other people, which log it may read, and who is online.
//!
//! Must not know: what a client asks for.
//!
//! Part: `chat/core/mod.rs`.

use super::people::Author;
use super::{Core, Effect, LogId, Room, refuse};
use crate::chat::entry::{AuthorTag, Speaker};
use crate::chat::name::Name;
use crate::chat::record::{PersonId, Record};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

impl Core {
    /// Returns whether the client is in this room.
    pub(super) fn is_in(&self, client: ClientId, room: LogId) -> bool {
        self.members.is_in(client, room)
    }

    /// Returns the room, or log of private messages, with this id; `None`: it has ended.
    pub(crate) fn room(&self, id: LogId) -> Option<&Room> {
        self.rooms.get(id)
    }

    /// Returns the record that the file must hold for this person now.
    pub(crate) fn record_of_person(&self, id: PersonId) -> Record {
        self.people.record(id)
    }

    /// Returns all people who are in the file.
    pub(crate) fn lasting_people(&self) -> impl Iterator<Item = PersonId> {
        self.people.lasting()
    }

    /// Returns the record that the file must hold for this room or log now. The caller must add the
    /// reserved and the skipped numbers. `None`: the room or log has ended.
    pub(crate) fn record_of_room(&self, id: LogId) -> Option<Record> {
        self.rooms.get(id).map(Room::record)
    }

    /// Returns the ids of all rooms and logs of private messages.
    pub(crate) fn room_ids(&self) -> impl Iterator<Item = LogId> {
        self.rooms.iter().map(|(id, _)| id)
    }

    /// Returns the lobby's id. The lobby always exists.
    pub(crate) fn lobby_id(&self) -> Option<LogId> {
        self.rooms.lobby_id()
    }

    pub(crate) fn author(&self, client: ClientId) -> Option<Author> {
        self.members.author(client)
    }

    /// Returns the person that the client belongs to; `None` if it belongs to none.
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

    /// Returns whether the client may be sent the lines of this log. It may if it is in the room of
    /// this log, or if the log has the private messages of the client's person. A visitor may read
    /// that person's log, too, but the server does not send it new lines.
    pub(crate) fn may_read(&self, client: ClientId, log: LogId) -> bool {
        let own = match self.author(client) {
            Some(Author::Person(person)) => self.private_logs.of(person),
            _ => None,
        };
        self.is_in(client, log) || own == Some(log)
    }

    /// Tells the client whether the person with this name is online; it does not matter in which
    /// room. The answer contains `room`, the room in which the client asked. Refused with
    /// `NoSuchPerson` if no person has the name, or if the client itself is no person.
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
        let reply = Reply::Presence { room, name, here, people: usize::from(here) };
        effects.push(Effect::Note(client, reply));
    }

    /// Returns whether a person is online. A person without a connection, who has just lost it or
    /// who reads pages, counts as online while a room waits for them.
    pub(super) fn is_here(&self, person: PersonId) -> bool {
        let author = Author::Person(person);
        let has_client = !self.people.clients(person).is_empty();
        has_client || self.rooms.iter().any(|(_, room)| room.has(author))
    }

    /// Returns the author of a new line from `client`, as other people see them; `None`: the client
    /// cannot speak. Also notes that the client's person has said something.
    pub(super) fn speaker(&mut self, client: ClientId) -> Option<Speaker> {
        let (author, guest_name, addr) = self.members.voice(client)?;
        Some(match author {
            Author::Nobody => return None,
            Author::Guest(_) => Speaker {
                name: guest_name?,
                classic: true,
                whose: AuthorTag::default(),
                mark: None,
                addr,
            },
            Author::Person(person) => {
                let (name, mark) = self.people.speaks(person, client)?;
                Speaker { name, classic: false, whose: AuthorTag::of(Some(person)), mark, addr }
            }
        })
    }
}
