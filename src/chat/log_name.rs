//! Whose log a line is in: a room's, or one's own, of private messages.
//!
//! Owns: telling them apart.
//! Must not know: who may read which.
//!
//! Next: `hub/mod.rs`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::room_name::RoomName;

/// A log, to somebody who is told of it. Everybody has at most one of private
/// messages, so it needs no name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogName {
    /// What was said in this room.
    Room(RoomName),
    /// What was said to one person, and by that person to others.
    Private,
}

impl LogName {
    /// The room; `None` for private messages.
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
