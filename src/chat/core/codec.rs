//! The core's state and its events as bytes.
//!
//! Whoever reads a state and then all events that came after it has what the original has, and
//! decides as it does: so events can be kept and played again. No token is among those bytes,
//! only digests (`telling/tokens.rs`).
//!
//! A device is written as its box and its number there. There is one box, so the first is always
//! the same; the program knows clients by their numbers alone.
//!
//! Owns: which parts are written, also of what the rest of the server knows nothing of bytes of.
//! Must not know: the form (`chat/codec.rs`), or where bytes go.
//!
//! Next: `chat/codec.rs`.

use std::net::IpAddr;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Core, Event, Moment};
use crate::admission::Home;
use crate::bucket::{Buckets, BucketsState};
use crate::chat::codec::{self, CodecError};
use crate::hub::ClientId;

/// The only one.
const BOX: u16 = 0;

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

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (BOX, self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Deserialize::deserialize(deserializer)? {
            (BOX, number) => Ok(Self(number)),
            (other, _) => Err(D::Error::custom(format_args!("a device of box {other}"))),
        }
    }
}

impl Serialize for Home {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        IpAddr::from(self.bytes()).to_canonical().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Home {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(IpAddr::deserialize(deserializer)?))
    }
}

impl<K: Serialize + Copy + Ord> Serialize for Buckets<K, Duration> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BucketsState { size, interval, look_at, full_at } = self.state();
        (size, interval, look_at, full_at).serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Ord> Deserialize<'de> for Buckets<K, Duration> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (size, interval, look_at, full_at) = Deserialize::deserialize(deserializer)?;
        Ok(Self::with_state(BucketsState { size, interval, look_at, full_at }))
    }
}

#[cfg(test)]
mod tests {
    use crate::admission::Home;
    use crate::chat::codec;
    use crate::hub::ClientId;

    #[test]
    fn a_device_is_its_box_and_its_number() {
        assert_eq!(codec::write(&ClientId(7)).unwrap(), b"[0,7]");
        assert_eq!(codec::read::<ClientId>(b"[0,7]").unwrap(), ClientId(7));
        assert!(codec::read::<ClientId>(b"[1,7]").is_err(), "there is no other box");
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        for ip in ["192.0.2.1", "2001:db8:1:2:3::4", "::1", "127.0.0.1", "::ffff:192.0.2.1"] {
            let home = Home::of(ip.parse().unwrap());
            assert_eq!(codec::read::<Home>(&codec::write(&home).unwrap()).unwrap(), home);
        }
    }
}
