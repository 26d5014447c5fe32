//! A position in a log, as a client writes it.
//!
//! Owns: how its fields are read.
//! Must not know: who may be there.
//!
//! Part: `formats/v1/mod.rs`.

use super::faults::{bad_room, long_secret, missing, too_many_secrets};
use super::fields::PlaceFields;
use crate::base::limits;
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::request::RoomPosition;
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, SecretSource};
use crate::chat::told::Fault;

impl PlaceFields {
    /// The place where the client wants to be.
    pub(super) fn place(&self, asker: SecretSource) -> Result<RoomPosition, Box<Fault>> {
        let room = self.room()?;
        let password = password(&room, self.password.as_deref(), asker)?;
        let (seen, hidden) = (self.seen()?, self.hidden.unwrap_or_default());
        Ok(RoomPosition { seen, password, hidden, ..RoomPosition::of(room) })
    }

    /// Both epoch and number, or neither. An epoch that is not valid counts as none.
    #[inline(never)]
    pub(super) fn seen(&self) -> Result<Option<Seen>, Box<Fault>> {
        match (self.epoch.as_deref(), self.seq) {
            (None, None) => Ok(None),
            (Some(epoch), Some(seq)) => {
                Ok(Epoch::parse(epoch).map(|epoch| Seen { epoch, seq: Seq(seq) }))
            }
            (None, Some(_)) => Err(missing("epoch")),
            (Some(_), None) => Err(missing("seq")),
        }
    }

    /// The log. Without a room it is that of the private messages.
    pub(super) fn log(&self) -> Result<LogName, Box<Fault>> {
        if self.room.is_some() { self.room().map(LogName::Room) } else { Ok(LogName::Private) }
    }

    /// The room, which is required.
    pub(super) fn room(&self) -> Result<RoomName, Box<Fault>> {
        let typed = self.room.as_deref().ok_or_else(|| missing("room"))?;
        RoomName::parse(typed).map_err(bad_room)
    }
}

/// The password of a room. An empty one counts as none.
#[inline(never)]
pub(super) fn password(
    room: &RoomName,
    typed: Option<&str>,
    asker: SecretSource,
) -> Result<Option<Digest>, Box<Fault>> {
    let typed = typed.filter(|typed| !typed.is_empty()).map(within_a_secret).transpose()?;
    typed.map(|typed| asker.room(room, typed).map_err(too_many_secrets)).transpose()
}

/// Returns a secret that is not too long.
pub(super) fn within_a_secret(typed: &str) -> Result<&str, Box<Fault>> {
    (typed.len() <= limits::SECRET_BYTES_MAX).then_some(typed).ok_or_else(long_secret)
}
