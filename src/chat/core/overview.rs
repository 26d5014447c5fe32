//! What a core has in it, for people who look at a replay: its clients, its rooms, its people. No
//! function in this file changes anything.
//!
//! Must not know: what is done with the answers.
//!
//! Part: `chat/core/mod.rs`.

use super::{Core, LogId};
use crate::base::client_id::ClientId;

/// What a core has in it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Overview {
    /// The clients that the core has welcomed, in the order of their numbers.
    pub(crate) clients: Vec<ClientNow>,
    /// The rooms, in the order of their logs' numbers.
    pub(crate) rooms: Vec<RoomNow>,
    /// How many people the core knows whose names are kept.
    pub(crate) people: usize,
}

/// A client at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientNow {
    pub(crate) client: ClientId,
    /// The name of the client's person; empty: the client has none yet.
    pub(crate) name: String,
    /// The names of the rooms that the client is in, or reads.
    pub(crate) rooms: Vec<String>,
    /// True: the client has come for one page or one file only.
    pub(crate) is_visitor: bool,
}

/// A room at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomNow {
    pub(crate) log: LogId,
    pub(crate) name: String,
    /// How many people are in it.
    pub(crate) people: usize,
    /// The number of its newest line; 0: it has none.
    pub(crate) newest: u64,
}

impl Core {
    /// Returns what the core has in it now. Never blocks.
    pub(crate) fn overview(&self) -> Overview {
        let room = |id| self.rooms.get(id).map(|room| room.name().to_string());
        let clients = self.members.ids().map(|client| ClientNow {
            client,
            name: self.name_of(client),
            rooms: self.members.rooms(client).iter().filter_map(|id| room(*id)).collect(),
            is_visitor: self.members.is_visitor(client),
        });
        let rooms = self.rooms.iter().map(|(log, room)| RoomNow {
            log,
            name: room.name().to_string(),
            people: room.count(),
            newest: self.logs.get(log).map_or(0, |log| log.head().0),
        });
        Overview {
            clients: clients.collect(),
            rooms: rooms.collect(),
            people: self.people.lasting().count(),
        }
    }

    fn name_of(&self, client: ClientId) -> String {
        let author = self.members.author(client);
        let name = author.and_then(|author| self.people.name_of(author));
        name.map_or_else(String::new, |name| name.shown().to_owned())
    }
}
