//! A place in a log, as a client says it.
//!
//! Owns: how its fields are read.
//! Must not know: who may be there.
//!
//! Next: `wire/v1/faults.rs`.

use super::faults::{bad_room, long_secret, missing, too_many_secrets};
use super::fields::PlaceFields;
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::request::Place;
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Asker, Digest};
use crate::chat::told::Fault;
use crate::limits;

impl PlaceFields {
    /// Where one wants to be.
    pub(super) fn place(&self, asker: Asker) -> Result<Place, Box<Fault>> {
        let room = self.room()?;
        let password = password(&room, self.password.as_deref(), asker)?;
        let (seen, hidden) = (self.seen()?, self.hidden.unwrap_or_default());
        Ok(Place { seen, password, hidden, ..Place::of(room) })
    }

    /// Both of epoch and number, or neither; an epoch that is not one of ours is
    /// like none.
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

    /// Without a room: private messages.
    pub(super) fn log(&self) -> Result<LogName, Box<Fault>> {
        if self.room.is_some() { self.room().map(LogName::Room) } else { Ok(LogName::Private) }
    }

    /// The room, which must be there.
    pub(super) fn room(&self) -> Result<RoomName, Box<Fault>> {
        let typed = self.room.as_deref().ok_or_else(|| missing("room"))?;
        RoomName::parse(typed).map_err(bad_room)
    }
}

/// Of a room's password; an empty one is none.
#[inline(never)]
pub(super) fn password(
    room: &RoomName,
    typed: Option<&str>,
    asker: Asker,
) -> Result<Option<Digest>, Box<Fault>> {
    let typed = typed.filter(|typed| !typed.is_empty()).map(within_a_secret).transpose()?;
    typed.map(|typed| asker.room(room, typed).map_err(too_many_secrets)).transpose()
}

/// A secret that is no longer than one may be.
pub(super) fn within_a_secret(typed: &str) -> Result<&str, Box<Fault>> {
    (typed.len() <= limits::SECRET_BYTES_MAX).then_some(typed).ok_or_else(long_secret)
}
