//! The byte form of the core's state and events, for those types for which `serde` does not derive
//! it.
//!
//! Nothing in the server writes the state or the events down yet. Today only tests write them down
//! and read them back (`tests/twins.rs`). The tests prove that two cores which get the same events
//! are equal, byte for byte, also if one of the cores was written to bytes and read back in
//! between. The bytes contain no token, only digests of tokens (`chat_rule/tokens.rs`).
//!
//! Owns: the byte form of types that other parts of the program define, such as `ClientId`.
//! Must not know: the format of the bytes (`chat/codec.rs`); where the bytes are stored.
//!
//! Part: `chat/core/mod.rs`.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::admission::ClientNetwork;
use crate::base::bucket::{Buckets, BucketsState};
use crate::server::hub::ClientId;

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Deserialize::deserialize(deserializer)?))
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
    use crate::server::hub::ClientId;

    #[test]
    fn a_client_is_its_number() {
        assert_eq!(serde_json::to_vec(&ClientId(7)).unwrap(), b"7");
        assert_eq!(serde_json::from_slice::<ClientId>(b"7").unwrap(), ClientId(7));
    }

    #[test]
    fn an_address_is_read_as_it_was_written() {
        for ip in ["192.0.2.1", "2001:db8:1:2:3::4", "::1", "127.0.0.1", "::ffff:192.0.2.1"] {
            let network = ClientNetwork::of(ip.parse().unwrap());
            let bytes = serde_json::to_vec(&network).unwrap();
            assert_eq!(serde_json::from_slice::<ClientNetwork>(&bytes).unwrap(), network);
        }
    }
}
