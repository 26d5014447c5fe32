//! Which log a line is in: a room's log, or a person's log of private messages.
//!
//! Owns: that there are these two kinds of logs.
//! Must not know: who may read which log.
//!
//! Part: `chat/mod.rs`.

use std::fmt;

use super::room_name::RoomName;

/// The name of a log, as the client that receives it sees it. A person has at most one log of
/// private messages, so that log needs no name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum LogName {
    /// The log of this room.
    Room(RoomName),
    /// The log of the client's own private messages, sent and received.
    Private,
}

impl LogName {
    /// Returns the room whose log this is; `None`: it is a log of private messages.
    pub fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Room(name) => Some(name),
            Self::Private => None,
        }
    }
}

impl From<RoomName> for LogName {
    fn from(name: RoomName) -> Self {
        Self::Room(name)
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.room().map_or("private", RoomName::as_str))
    }
}
