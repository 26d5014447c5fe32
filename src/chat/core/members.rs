//! The clients that are here: who each is, where it comes from, and in which rooms it is.
//!
//! Owns: that.
//! Must not know: what a room or a person is; who may be where.
//!
//! Next: `chat/core/coming.rs`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::people::Author;
use super::{RoomId, Whence};
use crate::admission::Home;
use crate::chat::name::Name;
use crate::chat::record::AddressTag;
use crate::hub::ClientId;

/// Every client between its welcome and its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Members {
    #[serde(with = "crate::chat::codec::pairs")]
    by_id: BTreeMap<ClientId, Member>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Member {
    author: Author,
    /// From where it comes, if that is to be shown.
    addr: Option<IpAddr>,
    /// What it was called when it last spoke; only classic clients, whose names
    /// are made when they are needed.
    name: Option<Name>,
    how: Coming,
    /// Where it is; its private messages are no room.
    rooms: Vec<RoomId>,
    /// With whom it shares what an address may do; `None`: it is exempt.
    home: Option<Home>,
    /// By what is known what comes from there.
    tag: Option<AddressTag>,
}

/// For how long a client has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Coming {
    /// For one page.
    pub(super) is_visitor: bool,
    /// It has no line that holds it here: when it goes, its person is waited for as long as
    /// a person who reads pages is.
    pub(super) looks_in: bool,
}

/// What a client that has gone leaves to be settled.
pub(super) struct Leaver {
    pub(super) author: Author,
    pub(super) rooms: Vec<RoomId>,
    pub(super) looks_in: bool,
    pub(super) home: Option<Home>,
}

impl Members {
    /// One more is here, in no room.
    ///
    /// # Panics
    /// It was here already: no number is given twice.
    pub(super) fn add(
        &mut self,
        client: ClientId,
        author: Author,
        whence: Whence,
        tag: Option<AddressTag>,
        how: Coming,
    ) {
        let Whence { home, addr } = whence;
        let member = Member { author, addr, name: None, how, rooms: Vec::new(), home, tag };
        let before = self.by_id.insert(client, member);
        assert!(before.is_none(), "client {client} registered twice");
    }

    /// One has gone; `None`: it had gone before.
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

    /// Who the client is to the others.
    pub(super) fn author(&self, client: ClientId) -> Option<Author> {
        self.by_id.get(&client).map(|member| member.author)
    }

    /// The client is this one from now on, if it is here.
    pub(super) fn become_author(&mut self, client: ClientId, author: Author) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.author = author;
        }
    }

    /// Whether it has come for one page; `false` also of a client that is not here.
    pub(super) fn is_visitor(&self, client: ClientId) -> bool {
        self.by_id.get(&client).is_some_and(|member| member.how.is_visitor)
    }

    /// With whom it shares what an address may do; `None`: it is exempt.
    pub(super) fn home(&self, client: ClientId) -> Option<Home> {
        self.by_id.get(&client)?.home
    }

    /// By what is known what comes from its address; `None`: it is exempt.
    pub(super) fn tag(&self, client: ClientId) -> Option<AddressTag> {
        self.by_id.get(&client)?.tag
    }

    /// The rooms that it is in, in the order in which it came.
    pub(super) fn rooms(&self, client: ClientId) -> &[RoomId] {
        self.by_id.get(&client).map_or(&[], |member| &member.rooms)
    }

    /// Whether it is in this room.
    pub(super) fn is_in(&self, client: ClientId, room: RoomId) -> bool {
        self.rooms(client).contains(&room)
    }

    /// Everybody who is in this room, and who that is.
    pub(super) fn inside(&self, room: RoomId) -> impl Iterator<Item = (ClientId, Author)> {
        let inside = self.by_id.iter().filter(move |(_, member)| member.rooms.contains(&room));
        inside.map(|(client, member)| (*client, member.author))
    }

    /// It is in one more room, if it is here.
    pub(super) fn enter(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.push(room);
        }
    }

    /// It has left this room.
    pub(super) fn leave_room(&mut self, client: ClientId, room: RoomId) {
        if let Some(member) = self.by_id.get_mut(&client) {
            member.rooms.retain(|it| *it != room);
        }
    }

    /// Who speaks by this client: its author; its name, if it is a classic client's, which is
    /// made when it first speaks; and from where it comes, if that is to be shown.
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
