//! Who is where: the list of rooms, the list of a room's people, and what a room is told when a
//! person comes, leaves or types.
//!
//! Owns: which rooms a client may see in the list; that a large room is not told who comes.
//! Must not know: who may enter a room.
//!
//! Part: `chat/core/mod.rs`.

use super::Room;
use crate::base::limits;
use crate::chat::core::logs::Log;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId, refuse};
use crate::chat::entry::Seq;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::{Reply, RoomSummary};
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

impl Core {
    /// Returns the list of rooms for this client, largest first, as many as fit into one answer. A
    /// hidden room is listed only if the client or its person is in it
    /// ([`is_inside`](Self::is_inside)). An empty room that never had a line is not listed.
    pub(in crate::chat::core) fn room_lines(&self, client: ClientId) -> Reply {
        let is_inside = |id: LogId, room: &Room| self.is_inside(client, id, room);
        let is_shown = |(id, room, log): &(LogId, &Room, &Log)| {
            let is_asleep = room.count() == 0 && log.head() == Seq(0);
            !is_asleep && (!room.privacy().hidden || is_inside(*id, room))
        };
        // The topic of a room with a password is shown only if the client or its person is in the
        // room.
        let reads = |id: LogId, room: &Room| !room.privacy().locked || is_inside(id, room);
        // The sort is stable: rooms with the same number of people stay in the order in which they
        // were made.
        let mut awake: Vec<_> = self.rooms.with_logs(&self.logs).filter(is_shown).collect();
        awake.sort_by_key(|(_, room, _)| std::cmp::Reverse(room.count()));
        let mut bytes = 0;
        let fits = |(_, room, _): &&(LogId, &Room, &Log)| {
            bytes += limits::ROOM_LINE_BYTES + room.name.as_str().len() + room.topic.len();
            bytes <= limits::FRAME_BATCH_BYTES_MAX
        };
        let line = |(id, room, _): &(LogId, &Room, &Log)| RoomSummary {
            room: room.name.clone(),
            topic: if reads(*id, room) { room.topic.clone() } else { String::new() },
            people: room.count(),
            privacy: room.privacy(),
        };
        let rooms: Vec<_> = awake.iter().take_while(fits).map(line).collect();
        let more = rooms.len() < awake.len();
        Reply::Rooms { rooms, more }
    }

    pub(in crate::chat::core) fn say_who(
        &self,
        client: ClientId,
        name: RoomName,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.room_of(client, &name).and_then(|id| self.rooms.get(id)) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let names = room.people().filter_map(|author| self.name_of(author));
        let names = names.take(limits::WHO_NAMES_MAX).collect();
        let people = room.count();
        effects.push(Effect::Reply(client, Reply::Who { room: name, names, people }));
    }

    /// Tells the client whether the person with this name is online. The person need not be in a
    /// room. The answer repeats `room`, the room in which the client asked. Refused with
    /// `NoSuchPerson` if no person has the name, or if the client itself is no person.
    pub(in crate::chat::core) fn say_whether_here(
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
        effects.push(Effect::Reply(client, reply));
    }

    /// Tells the other clients in the room that the client's person is typing. If the room is too
    /// large, or the client is not in it, nobody is told. The client then gets no refusal, because
    /// the notice would be out of date a moment later anyway.
    pub(in crate::chat::core) fn say_typing(
        &self,
        client: ClientId,
        room: RoomName,
        effects: &mut Vec<Effect>,
    ) {
        let id = self.room_of(client, &room).filter(|id| self.is_small(*id));
        let name = self.author(client).and_then(|author| self.name_of(author));
        if let (Some(id), Some(name)) = (id, name) {
            let reply = Reply::Typing { room, name };
            effects.push(Effect::Notice { log: id, except: Some(client), reply });
        }
    }

    /// Tells the room that a person came or left, if the room is small enough. The client `except`
    /// is not told.
    pub(in crate::chat::core) fn tell_presence(
        &self,
        id: LogId,
        author: Author,
        here: bool,
        except: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(name) = self.name_of(author) {
            self.tell_presence_of(id, name, here, except, effects);
        }
    }

    /// Tells the room that a person came or left, like [`tell_presence`](Self::tell_presence).
    /// Takes the person's name, because the person may no longer have it.
    pub(super) fn tell_presence_of(
        &self,
        id: LogId,
        name: Name,
        here: bool,
        except: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(id) else { return };
        if self.is_small(id) {
            let (room, people) = (room.name.clone(), room.count());
            let reply = Reply::Presence { room, name, here, people };
            effects.push(Effect::Notice { log: id, except, reply });
        }
    }

    /// Returns whether the room is small enough that its clients are told who comes, leaves or
    /// types. In a large room, each such notice would be sent to thousands of clients.
    pub(in crate::chat::core) fn is_small(&self, id: LogId) -> bool {
        self.rooms.get(id).is_some_and(|room| room.count() <= limits::PRESENCE_PEOPLE_MAX)
    }

    /// Returns whether a person is online. A person without a connection, who has just lost it or
    /// who reads pages, counts as online while a room waits for them.
    pub(in crate::chat::core) fn is_here(&self, person: PersonId) -> bool {
        let author = Author::Person(person);
        let has_client = !self.people.clients(person).is_empty();
        has_client || self.rooms.iter().any(|(_, room)| room.has(author))
    }

    fn name_of(&self, author: Author) -> Option<Name> {
        match author {
            Author::Guest(number) => Some(Name::guest(number)),
            Author::Person(person) => self.people.name(person).cloned(),
            Author::Nobody => None,
        }
    }
}
