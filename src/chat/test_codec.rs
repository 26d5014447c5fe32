//! The JSON form of the core's state and events. Only tests write the state and the events down and
//! read them back (`core/tests/twins.rs`). These tests prove that two cores which get the same
//! events are equal, byte for byte, also if one of the cores was written to bytes and read back in
//! between. The bytes contain no token, only digests of tokens (`chat_rule/tokens.rs`).
//!
//! For most types `serde` derives the form, in builds of the tests only. This file has the rest.
//!
//! Owns: how arrays of bytes, and maps whose keys are not texts, become JSON; and the JSON form of
//! types that other parts of the program define, such as `ClientId`.
//! Must not know: where the JSON is stored.
//!
//! Part: `chat/mod.rs`.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::admission::ClientNetwork;
use crate::base::bucket::Buckets;
use crate::base::client_id::ClientId;

/// For `#[serde(with)]`: writes a map as a list of pairs, in the order of its keys, and reads it
/// back.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// For `#[serde(with)]`: writes an array of bytes in hexadecimal, and reads it back.
pub(crate) mod hex {
    use data_encoding::HEXLOWER;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom(format_args!("not {N} bytes in hexadecimal")))
    }
}

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
        self.state().serialize(serializer)
    }
}

impl<'de, K: Deserialize<'de> + Ord> Deserialize<'de> for Buckets<K, Duration> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::with_state(Deserialize::deserialize(deserializer)?))
    }
}

mod tests {
    use std::collections::BTreeMap;

    use super::{ClientId, ClientNetwork, Deserialize, Serialize};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Odd {
        #[serde(with = "super::pairs")]
        map: BTreeMap<(u8, bool), String>,
        #[serde(with = "super::hex")]
        bytes: [u8; 3],
    }

    #[test]
    fn what_json_has_not_is_read_as_it_was_written() {
        let map = [((2, true), "b".to_owned()), ((1, false), "a".to_owned())].into();
        let odd = Odd { map, bytes: [0, 10, 255] };
        let bytes = serde_json::to_vec(&odd).unwrap();
        assert_eq!(serde_json::from_slice::<Odd>(&bytes).unwrap(), odd);
    }

    #[test]
    fn other_bytes_are_no_value() {
        let whole = r#"{"map":[],"bytes":"000aff"}"#;
        assert!(serde_json::from_slice::<Odd>(whole.as_bytes()).is_ok());
        for (part, other) in [("000aff", "000af"), ("000aff", "000a"), ("aff", "agg"), ("[]", "7")]
        {
            let odd = whole.replace(part, other);
            assert!(serde_json::from_slice::<Odd>(odd.as_bytes()).is_err(), "{odd}");
        }
        assert!(serde_json::from_slice::<Odd>(&whole.as_bytes()[1..]).is_err());
    }

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
