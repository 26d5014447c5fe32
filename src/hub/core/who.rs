//! Who a client is to the others, and where it stays.
//!
//! Owns: nothing; it looks things up.
//! Must not know: what anybody asks.
//!
//! Next: `hub/core/room.rs`.

use super::people::Author;
use super::{Core, RoomId, Stay};
use crate::chat::entry::Speaker;
use crate::chat::name::Name;
use crate::hub::ClientId;

impl Core {
    pub(super) fn stay(&self, client: ClientId, room: RoomId) -> Option<&Stay> {
        self.roster.get(&client)?.stays.iter().find(|stay| stay.room == room)
    }

    pub(super) fn author(&self, client: ClientId) -> Option<Author> {
        self.roster.get(&client).map(|client| client.author)
    }

    pub(super) fn name_of(&self, author: Author) -> Option<Name> {
        match author {
            Author::Guest(client) => Some(Name::guest(client.0)),
            Author::Person(person) => self.people.name(person).cloned(),
            Author::Nobody => None,
        }
    }

    /// Who `client` is to those who hear it.
    pub(super) fn speaker(&mut self, client: ClientId) -> Option<Speaker> {
        let entry = self.roster.get_mut(&client)?;
        Some(match entry.author {
            Author::Nobody => return None,
            Author::Guest(_) => {
                let name = entry.name.get_or_insert_with(|| Name::guest(client.0));
                Speaker { name: name.clone(), classic: true, mark: None, addr: entry.addr }
            }
            Author::Person(person) => {
                let (name, mark) = (self.people.name(person)?.clone(), self.people.mark(person));
                Speaker { name, classic: false, mark, addr: entry.addr }
            }
        })
    }
}
