//! The rights that a session can gain: a new secret for its name, a room that it has made, and the
//! use of a room's password.
//!
//! Owns: which new right makes an older right of the same session useless.
//! Must not know: who has a right (`token_table.rs`); what a right opens
//! (`chat/core/rooms/access.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::mem::discriminant;

use crate::chat::core::LogId;
use crate::chat::secret::Digest;

/// Most rights that one session may have for itself. If there are more, the server forgets the
/// oldest right to a room.
const OWN_RIGHTS_MAX: usize = 32;

/// A right that a session has gained.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Right {
    /// The session has sent a new secret for its name.
    Secret(Digest),
    /// The session has made this room.
    Made(LogId),
    /// The session has sent this password to enter the room, or has set it as the room's password.
    Opened(LogId, Digest),
}

impl Right {
    pub(super) fn secret(&self) -> Option<&Digest> {
        match self {
            Self::Secret(secret) => Some(secret),
            Self::Made(_) | Self::Opened(..) => None,
        }
    }

    pub(in crate::chat::core) fn room(&self) -> Option<LogId> {
        match self {
            Self::Secret(_) => None,
            Self::Made(room) | Self::Opened(room, _) => Some(*room),
        }
    }
}

/// Adds a right to the rights of a session. Removes the older right of the same kind: the older
/// secret, or the older right of this kind to the same room. If there are too many rights, removes
/// the oldest one that is not a secret.
pub(super) fn add_right(rights: &mut Vec<Right>, right: Right) {
    rights.retain(|held| discriminant(held) != discriminant(&right) || held.room() != right.room());
    rights.push(right);
    if rights.len() > OWN_RIGHTS_MAX
        && let Some(first) = rights.iter().position(|held| held.secret().is_none())
    {
        rights.remove(first);
    }
}

pub(crate) fn secret_in(rights: &[Right]) -> Option<&Digest> {
    rights.iter().find_map(Right::secret)
}
