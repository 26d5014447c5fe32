//! The core's state and its events as bytes.
//!
//! Whoever reads a state and then all events that came after it has what the original has, and
//! decides as it does: so events can be kept and played again. No token is among those bytes,
//! only digests (`hub/tokens.rs`).
//!
//! Owns: which parts are written.
//! Must not know: the form (`chat/codec.rs`), or where bytes go.
//!
//! Next: `chat/codec.rs`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Core, Event, Moment};
use crate::chat::codec::{self, CodecError};
use crate::hub::ClientId;

// The hub, whose number it is, knows no bytes of a state.
impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self)
    }
}

impl Core {
    /// All of its state: the same bytes for equal states.
    ///
    /// # Errors
    /// See [`codec::write`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        codec::write(self)
    }

    /// A core with the state that was written, which goes on as the other does.
    ///
    /// # Errors
    /// These bytes are no state.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::read(bytes)
    }
}

impl Event {
    /// The event, and when it happened.
    ///
    /// # Errors
    /// See [`codec::write`].
    pub fn to_bytes(&self, at: Moment) -> Result<Vec<u8>, CodecError> {
        codec::write(&(at, self))
    }

    /// What was written, and when it happened.
    ///
    /// # Errors
    /// These bytes are no event.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Moment, Self), CodecError> {
        codec::read(bytes)
    }
}
