//! Reads a position in a log, as a client writes it in its JSON.
//!
//! Owns: how the fields of a position are read.
//! Must not know: who may enter a room.
//!
//! Part: `formats/v1/mod.rs`.

use super::faults::{bad_room, long_secret, missing, too_many_secrets};
use super::fields::PositionFields;
use crate::base::limits;
use crate::chat::answer::Fault;
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::request::RoomPosition;
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, SecretSource, digest_of_password};
use crate::chat::token::{Token, TokenDigest};

impl PositionFields {
    /// Reads which room the client wants to be in, how far it has seen the room's log, and the
    /// room's password if the client gave one. Blocks until the password's digest is made.
    ///
    /// # Errors
    /// What is wrong with the fields, or why the password gets no digest now; to be sent to the
    /// client.
    pub(super) fn read(&self, source: SecretSource) -> Result<RoomPosition, Box<Fault>> {
        let room = self.room()?;
        let password = password(&room, self.password.as_deref(), source)?;
        let (seen, hidden) = (self.seen()?, self.hidden.unwrap_or_default());
        let invite = self.invite.as_deref().map(invite_digest);
        Ok(RoomPosition { seen, password, invite, hidden, ..RoomPosition::of(room) })
    }

    /// Reads how far the client has seen the log. `None`: the client gave neither epoch nor number,
    /// or the epoch is not valid.
    ///
    /// # Errors
    /// The client gave an epoch without a number, or a number without an epoch.
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

    /// Reads which log the client means. Without a room it is the log of the client's private
    /// messages.
    pub(super) fn log(&self) -> Result<LogName, Box<Fault>> {
        if self.room.is_some() { self.room().map(LogName::Room) } else { Ok(LogName::Private) }
    }

    pub(super) fn room(&self) -> Result<RoomName, Box<Fault>> {
        let typed = self.room.as_deref().ok_or_else(|| missing("room"))?;
        RoomName::parse(typed).map_err(bad_room)
    }
}

/// Returns the digest of an invite that a client sent. A text that can be no token gets the digest
/// of no invite.
fn invite_digest(typed: &str) -> TokenDigest {
    TokenDigest::of(&Token::parse(typed).unwrap_or_else(|| Token::of([typed.as_bytes()])))
}

/// Returns the digest of the password that a client sent for a room, and blocks until it is made.
/// `None`: the client sent no password, or an empty one.
///
/// # Errors
/// The password is too long; or it gets no digest now, because too many passwords wait for their
/// digests or too many have come from this network.
#[inline(never)]
pub(super) fn password(
    room: &RoomName,
    typed: Option<&str>,
    source: SecretSource,
) -> Result<Option<Digest>, Box<Fault>> {
    let typed = typed.filter(|typed| !typed.is_empty()).map(within_a_secret).transpose()?;
    typed.map(|typed| digest_of_password(source, room, typed).map_err(too_many_secrets)).transpose()
}

pub(super) fn within_a_secret(typed: &str) -> Result<&str, Box<Fault>> {
    (typed.len() <= limits::SECRET_BYTES_MAX).then_some(typed).ok_or_else(long_secret)
}
