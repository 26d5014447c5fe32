//! The connected clients. For each client: the author of its lines, its network, and the rooms that
//! it is in.
//!
//! Owns: the table of connected clients.
//! Must not know: what a room or a person is; which client may enter which room.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::people::Author;
use super::{CameFrom, LogId};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::name::Name;
use crate::chat::record::NetworkTag;

/// The table of all members: the clients that the core has welcomed and that have not left yet.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Members {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_id: BTreeMap<ClientId, ConnectedClient>,
}

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct ConnectedClient {
    author: Author,
    /// The client's IP address, if other clients may see it; `None`: they may not.
    addr: Option<IpAddr>,
    /// The name of a classic client. `None`: the client has not spoken yet, or is no classic
    /// client.
    name: Option<Name>,
    kind: ConnectionKind,
    /// The rooms that the client is in, or that it reads as a visitor without being in them.
    rooms: Vec<LogId>,
    /// Those of `rooms` that do not count this client among their people: it only reads them, or
    /// listens to them.
    glimpsed: Vec<LogId>,
    /// The client's network; `None`: the limits on networks do not apply to the client.
    network: Option<ClientNetwork>,
    /// The tag of the client's network. `None`: the limits on networks do not apply to the client.
    tag: Option<NetworkTag>,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct ConnectionKind {
    /// True if the client is a visitor: it has connected only to get one page or one file, or to
    /// send one form. Such a client is sent no new lines.
    pub(super) is_visitor: bool,
    /// True if the client's user probably connects again and again for short times, to read pages
    /// or to poll. When such a client leaves, its rooms wait longer for its person to come back.
    pub(super) is_intermittent: bool,
}

/// A client that was removed from [`Members`], with what the core needs to remove it from its
/// rooms.
pub(super) struct Leaver {
    pub(super) author: Author,
    /// The rooms that count the client among their people.
    pub(super) rooms: Vec<LogId>,
    pub(super) is_intermittent: bool,
    pub(super) network: Option<ClientNetwork>,
}

impl Members {
    /// Adds a client, which is in no room yet.
    ///
    /// # Panics
    /// The table has this client already. The hub never gives two clients the same id.
    pub(super) fn add(
        &mut self,
        client: ClientId,
        author: Author,
        came_from: CameFrom,
        tag: Option<NetworkTag>,
        kind: ConnectionKind,
    ) {
        let CameFrom { network, addr } = came_from;
        let (rooms, glimpsed) = (Vec::new(), Vec::new());
        let member =
            ConnectedClient { author, addr, name: None, kind, rooms, glimpsed, network, tag };
        let before = self.by_id.insert(client, member);
        assert!(before.is_none(), "client {client} registered twice");
    }

    pub(super) fn remove(&mut self, client: ClientId) -> Option<Leaver> {
        let member = self.by_id.remove(&client)?;
        let ConnectedClient { author, mut rooms, glimpsed, kind, network, .. } = member;
        rooms.retain(|room| !glimpsed.contains(room));
        Some(Leaver { author, rooms, is_intermittent: kind.is_intermittent, network })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = ClientId> {
        self.by_id.keys().copied()
    }

    pub(super) fn author(&self, client: ClientId) -> Option<Author> {
        self.by_id.get(&client).map(|member| member.author)
    }

    pub(super) fn become_author(&mut self, client: ClientId, author: Author) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.author = author;
        }
    }

    pub(super) fn is_visitor(&self, client: ClientId) -> bool {
        self.by_id.get(&client).is_some_and(|member| member.kind.is_visitor)
    }

    pub(super) fn network(&self, client: ClientId) -> Option<ClientNetwork> {
        self.by_id.get(&client)?.network
    }

    pub(super) fn tag(&self, client: ClientId) -> Option<NetworkTag> {
        self.by_id.get(&client)?.tag
    }

    /// Returns the rooms that the client is in or reads, in the order in which it entered them.
    pub(super) fn rooms(&self, client: ClientId) -> &[LogId] {
        self.by_id.get(&client).map_or(&[], |member| &member.rooms)
    }

    /// Returns whether the client is in this room, or reads it as a visitor.
    pub(super) fn is_in(&self, client: ClientId, room: LogId) -> bool {
        self.rooms(client).contains(&room)
    }

    /// Returns all clients that this room counts among its people, each with its author.
    pub(super) fn inside(&self, room: LogId) -> impl Iterator<Item = (ClientId, Author)> {
        let is_inside = move |member: &ConnectedClient| {
            member.rooms.contains(&room) && !member.glimpsed.contains(&room)
        };
        let inside = self.by_id.iter().filter(move |(_, member)| is_inside(member));
        inside.map(|(client, member)| (*client, member.author))
    }

    pub(super) fn enter(&mut self, client: ClientId, room: LogId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.push(room);
        }
    }

    /// Like [`enter`](Self::enter), for a client that the room does not count among its people.
    pub(super) fn glimpse(&mut self, client: ClientId, room: LogId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.push(room);
            member.glimpsed.push(room);
        }
    }

    /// Notes that the room counts this client among its people from now on. Returns whether it did
    /// so before.
    pub(super) fn count_in(&mut self, client: ClientId, room: LogId) -> bool {
        let Some(member) = self.by_id.get_mut(&client) else { return false };
        let glimpsed_before = member.glimpsed.len();
        member.glimpsed.retain(|id| *id != room);
        member.glimpsed.len() == glimpsed_before
    }

    /// Returns whether the room counted the client among its people.
    pub(super) fn leave_room(&mut self, client: ClientId, room: LogId) -> bool {
        let was_in = self.is_in(client, room);
        let Some(member) = self.by_id.get_mut(&client) else { return false };
        let was_counted = was_in && !member.glimpsed.contains(&room);
        member.rooms.retain(|id| *id != room);
        member.glimpsed.retain(|id| *id != room);
        was_counted
    }

    /// Returns what the client's next line says about its author: the author; the name, if the
    /// client is a classic one; and the client's IP address, if other clients may see it. `None`:
    /// the client is not connected. A classic client gets its guest's name here, when it first
    /// speaks.
    pub(super) fn voice(
        &mut self,
        client: ClientId,
    ) -> Option<(Author, Option<Name>, Option<IpAddr>)> {
        let member = self.by_id.get_mut(&client)?;
        if let Author::Classic(number) = member.author {
            member.name.get_or_insert_with(|| Name::guest(number));
        }
        Some((member.author, member.name.clone(), member.addr))
    }
}
