//! The connected clients: who each one is, its address, and the rooms it is in.
//!
//! Owns: this table.
//! Must not know: what a room or a person is; which client may be where.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::people::Author;
use super::{CameFrom, RoomId};
use crate::admission::Home;
use crate::chat::name::Name;
use crate::chat::record::AddressTag;
use crate::server::hub::ClientId;

/// Every client between its welcome and its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Members {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<ClientId, Member>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Member {
    author: Author,
    /// Its address, to show to other clients; `None`: they must not see it.
    addr: Option<IpAddr>,
    /// The name of a classic client, made when it first speaks; `None` for all other clients.
    name: Option<Name>,
    how: Coming,
    /// The rooms it is in. Its log of private messages is not one of them.
    rooms: Vec<RoomId>,
    /// The address whose limits the client shares; `None`: no limits hold for it.
    home: Option<Home>,
    /// The tag of its address, which is kept with the people and rooms that it makes; `None`: no
    /// limits hold for it.
    tag: Option<AddressTag>,
}

/// How a client has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Coming {
    /// Whether it came for one page only.
    pub(super) is_visitor: bool,
    /// Whether it has no connection between two looks, because it reads pages or polls. When it
    /// leaves, its rooms wait longer for its person to come back.
    pub(super) looks_in: bool,
}

/// What a client that has gone leaves behind: its author, the rooms that it was in, and its
/// address.
pub(super) struct Leaver {
    pub(super) author: Author,
    pub(super) rooms: Vec<RoomId>,
    pub(super) looks_in: bool,
    pub(super) home: Option<Home>,
}

impl Members {
    /// Adds a client, which is in no room yet.
    ///
    /// # Panics
    /// The client is already here. No client's number is given twice.
    pub(super) fn add(
        &mut self,
        client: ClientId,
        author: Author,
        came_from: CameFrom,
        tag: Option<AddressTag>,
        how: Coming,
    ) {
        let CameFrom { home, addr } = came_from;
        let member = Member { author, addr, name: None, how, rooms: Vec::new(), home, tag };
        let before = self.by_id.insert(client, member);
        assert!(before.is_none(), "client {client} registered twice");
    }

    /// Removes a client, and returns what it leaves behind, for the caller to clear up; `None`: it
    /// was removed before.
    pub(super) fn remove(&mut self, client: ClientId) -> Option<Leaver> {
        let Member { author, rooms, how, home, .. } = self.by_id.remove(&client)?;
        Some(Leaver { author, rooms, looks_in: how.looks_in, home })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = ClientId> {
        self.by_id.keys().copied()
    }

    /// Returns the author that other clients see; `None`: the client is not here.
    pub(super) fn author(&self, client: ClientId) -> Option<Author> {
        self.by_id.get(&client).map(|member| member.author)
    }

    /// Sets the client's author from now on. Does nothing if the client is not here.
    pub(super) fn become_author(&mut self, client: ClientId, author: Author) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.author = author;
        }
    }

    /// Returns whether the client has come for one page. `false` also for a client that is not
    /// here.
    pub(super) fn is_visitor(&self, client: ClientId) -> bool {
        self.by_id.get(&client).is_some_and(|member| member.how.is_visitor)
    }

    /// Returns the address whose limits the client shares; `None`: no limits hold for it, or it is
    /// not here.
    pub(super) fn home(&self, client: ClientId) -> Option<Home> {
        self.by_id.get(&client)?.home
    }

    /// Returns the tag of the client's address; `None`: no limits hold for it, or it is not here.
    pub(super) fn tag(&self, client: ClientId) -> Option<AddressTag> {
        self.by_id.get(&client)?.tag
    }

    /// Returns the rooms that the client is in, in the order in which it entered them.
    pub(super) fn rooms(&self, client: ClientId) -> &[RoomId] {
        self.by_id.get(&client).map_or(&[], |member| &member.rooms)
    }

    /// Returns whether the client is in this room.
    pub(super) fn is_in(&self, client: ClientId, room: RoomId) -> bool {
        self.rooms(client).contains(&room)
    }

    /// Returns all clients that are in this room, each with its author.
    pub(super) fn inside(&self, room: RoomId) -> impl Iterator<Item = (ClientId, Author)> {
        let inside = self.by_id.iter().filter(move |(_, member)| member.rooms.contains(&room));
        inside.map(|(client, member)| (*client, member.author))
    }

    /// Adds a room to those of the client. Does nothing if the client is not here.
    pub(super) fn enter(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.push(room);
        }
    }

    /// Removes a room from those of the client.
    pub(super) fn leave_room(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.retain(|it| *it != room);
        }
    }

    /// Returns who speaks through this client: its author; the name, for a classic client only; and
    /// its address, if that is to be shown. `None`: the client is not here.
    pub(super) fn voice(
        &mut self,
        client: ClientId,
    ) -> Option<(Author, Option<Name>, Option<IpAddr>)> {
        let member = self.by_id.get_mut(&client)?;
        if let Author::Guest(number) = member.author {
            member.name.get_or_insert_with(|| Name::guest(number));
        }
        Some((member.author, member.name.clone(), member.addr))
    }
}
