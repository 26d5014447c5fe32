//! The connected clients: who each client is, its IP address, and the rooms it is in.
//!
//! Owns: the table of these clients.
//! Must not know: what a room or a person is; which client may be in which room.
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

/// All clients that the core has welcomed and that have not left yet.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Members {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<ClientId, Member>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Member {
    author: Author,
    /// The client's IP address, if other clients may see it; `None`: they may not.
    addr: Option<IpAddr>,
    /// The client's name, if it is a classic client that has spoken. `None`: it is another kind of
    /// client, or has not spoken yet.
    name: Option<Name>,
    how: Coming,
    /// The rooms that the client is in. Its log of private messages is not one of them.
    rooms: Vec<RoomId>,
    /// The client's IP address, as the limits count it; `None`: no limits hold for the client.
    home: Option<Home>,
    /// The tag of the client's IP address. It is stored with the people and rooms that the client
    /// makes. `None`: no limits hold for the client.
    tag: Option<AddressTag>,
}

/// For what, and by what kind of connection, a client has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Coming {
    /// Whether the client came for one page only, and gets no lines after that.
    pub(super) is_visitor: bool,
    /// Whether the client comes again and again for short times, because its user reads pages or it
    /// polls. When such a client leaves, its rooms wait longer for its person to come back.
    pub(super) looks_in: bool,
}

/// A client that was removed: what the core needs to remove it from its rooms, too.
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
    /// The table has this client already. The hub gives no client the number of another one.
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

    /// Removes a client. Returns what the caller needs to remove it from its rooms; `None`: the
    /// client was removed before.
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

    /// Returns whether the client came for one page only. `false` also for a client that is not
    /// here.
    pub(super) fn is_visitor(&self, client: ClientId) -> bool {
        self.by_id.get(&client).is_some_and(|member| member.how.is_visitor)
    }

    /// Returns the client's IP address, as the limits count it. `None`: no limits hold for the
    /// client, or it is not here.
    pub(super) fn home(&self, client: ClientId) -> Option<Home> {
        self.by_id.get(&client)?.home
    }

    /// Returns the tag of the client's IP address. `None`: no limits hold for the client, or it is
    /// not here.
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

    /// Notes that the client is in this room, too. Does nothing if the client is not here.
    pub(super) fn enter(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.push(room);
        }
    }

    /// Notes that the client is not in this room any more.
    pub(super) fn leave_room(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.retain(|it| *it != room);
        }
    }

    /// Returns who speaks through this client: its author; its name, if it is a classic client; and
    /// its IP address, if other clients may see it. `None`: the client is not here.
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
