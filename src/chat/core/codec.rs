//! Writes the core's state and its events as bytes, and reads them.
//!
//! A core is written as bytes, and a second core is made from them. If both then get the same
//! events, they decide in the same way and stay equal. So events can be stored and replayed. The
//! bytes contain no token, only digests of tokens (`telling/tokens.rs`).
//!
//! A client's id is written as two numbers: the server's and the client's. There is only one
//! server, so the server's number is always 0, and the rest of the program does not use it.
//!
//! Owns: which values are written, and the byte form of types that other parts of the program
//! define, such as `ClientId`.
//! Must not know: the format of the bytes (`chat/codec.rs`); where the bytes are stored.
//!
//! Part: `chat/core/mod.rs`.

use std::net::IpAddr;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Core, CoreEvent, Moment};
use crate::admission::ClientNetwork;
use crate::base::bucket::{Buckets, BucketsState};
use crate::chat::codec::{self, CodecError};
use crate::server::hub::ClientId;

/// The first of the two numbers in the bytes of a client's id: the server's. It is always 0,
/// because there is only one server.
const BOX: u16 = 0;

impl Core {
    /// Returns the core's whole state as bytes. Equal states give equal bytes.
    ///
    /// # Errors
    /// See [`codec::write`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        codec::write(self)
    }

    /// Makes a core with the state in these bytes. It decides like the core whose state was
    /// written.
    ///
    /// # Errors
    /// The bytes are not a state.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::read(bytes)
    }
}

impl CoreEvent {
    /// Returns the bytes of the event and of the time at which it happened.
    ///
    /// # Errors
    /// See [`codec::write`].
    pub fn to_bytes(&self, at: Moment) -> Result<Vec<u8>, CodecError> {
        codec::write(&(at, self))
    }

    /// Reads an event, and the time at which it happened, from bytes.
    ///
    /// # Errors
    /// The bytes are not an event.
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

impl Serialize for ClientNetwork {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        IpAddr::from(self.bytes()).to_canonical().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(IpAddr::deserialize(deserializer)?))
    }
}

impl<K: Serialize + Copy + Ord> Serialize for Buckets<K, Duration> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BucketsState { size, interval, sweep_at, full_at } = self.state();
        (size, interval, sweep_at, full_at).serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Ord> Deserialize<'de> for Buckets<K, Duration> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (size, interval, sweep_at, full_at) = Deserialize::deserialize(deserializer)?;
        Ok(Self::with_state(BucketsState { size, interval, sweep_at, full_at }))
    }
}

#[cfg(test)]
mod tests {
    use crate::admission::ClientNetwork;
    use crate::chat::codec;
    use crate::server::hub::ClientId;

    #[test]
    fn a_device_is_its_box_and_its_number() {
        assert_eq!(codec::write(&ClientId(7)).unwrap(), b"[0,7]");
        assert_eq!(codec::read::<ClientId>(b"[0,7]").unwrap(), ClientId(7));
        assert!(codec::read::<ClientId>(b"[1,7]").is_err(), "there is no other box");
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        for ip in ["192.0.2.1", "2001:db8:1:2:3::4", "::1", "127.0.0.1", "::ffff:192.0.2.1"] {
            let network = ClientNetwork::of(ip.parse().unwrap());
            assert_eq!(
                codec::read::<ClientNetwork>(&codec::write(&network).unwrap()).unwrap(),
                network
            );
        }
    }
}
