//! The JSON form of the core's events and of its state. A recording has events in this form
//! (`recording/mod.rs`), and says by a hash of the state's bytes whether a second core came to the
//! same state. Tests prove that two cores which get the same events are equal, byte for byte, also
//! if one of them was written to bytes and read back in between (`core/tests/twins.rs`). The bytes
//! contain no token, only digests of tokens (`chat_rule/tokens.rs`).
//!
//! For most types `serde` derives the form, only with the feature `learn` and in tests. This file
//! has the rest: types that other parts of the program define, such as `ClientId`, and each type
//! and text that a mask can hide (`codec/mask.rs`).
//!
//! Owns: how these types become JSON, and which of them ask the mask for a stand-in.
//! Must not know: where the JSON is stored.
//!
//! Part: `chat/mod.rs`.

pub(crate) mod mask;

use std::net::IpAddr;
use std::ops::Deref;
use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::admission::ClientNetwork;
use crate::base::bucket::Buckets;
use crate::base::client_id::ClientId;
use crate::chat::entry::MessageId;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::NetworkTag;
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::{DIGEST_BYTES, TokenDigest};
use mask::stand_in;

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

/// For `#[serde(serialize_with)]`: a text that a person has typed. The mask puts as many `x` in its
/// place as the text has bytes.
pub(crate) fn text<S: Serializer, T: Deref<Target = str>>(
    text: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match stand_in(|_| "x".repeat(text.len())) {
        Some(hidden) => serializer.serialize_str(&hidden),
        None => serializer.serialize_str(text),
    }
}

/// Like [`text`], for an excuse, which may be missing.
pub(crate) fn excuse<S: Serializer>(
    excuse: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let hidden = excuse.as_ref().and_then(|text| stand_in(|_| "x".repeat(text.len())));
    hidden.as_ref().or(excuse.as_ref()).serialize(serializer)
}

/// For `#[serde(serialize_with)]`: an IP address that may be missing.
pub(crate) fn addr<S: Serializer>(addr: &Option<IpAddr>, serializer: S) -> Result<S::Ok, S::Error> {
    addr.map(|addr| stand_in(|mask| mask.addr(addr)).unwrap_or(addr)).serialize(serializer)
}

/// For `#[serde(serialize_with)]`: the server's key. With it somebody could find the network of a
/// tag, so the mask puts 0 in its place.
pub(crate) fn key<S: Serializer>(key: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    stand_in(|_| 0).unwrap_or(*key).serialize(serializer)
}

/// For `#[serde(serialize_with)]`: longer names that the author of a private message may mean. They
/// are mostly words of the message.
pub(crate) fn longer<S: Serializer>(
    names: &[(Name, usize)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(|(name, bytes)| {
        let hidden = stand_in(|mask| mask.possible_name(name)).map(|shown| Name::stored(&shown));
        let name = hidden.as_ref().unwrap_or(name);
        ((name.shown().to_owned(), name.skeleton().clone()), bytes)
    }))
}

/// For `#[serde(serialize_with)]`: the fingerprint of a message id. With a mask, it is that of the
/// id's stand-in.
pub(crate) fn used_id<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    hidden_id(*id).map_or(*id, |id| id.fingerprint()).serialize(serializer)
}

/// Returns the stand-in of the message id that has this fingerprint.
fn hidden_id(fingerprint: u64) -> Option<MessageId> {
    let number = stand_in(|mask| mask.number("message id", &fingerprint.to_le_bytes()))?;
    MessageId::parse(&format!("m-{number:016x}"))
}

fn read_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| D::Error::custom(format_args!("not what is expected: {text:?}")))
}

/// A name is written with its skeleton, so that a program with other tables of Unicode decides the
/// same.
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hidden = stand_in(|mask| mask.name(self)).map(|shown| Self::stored(&shown));
        let name = hidden.as_ref().unwrap_or(self);
        (name.shown(), name.skeleton()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (shown, skeleton) = <(String, Skeleton)>::deserialize(deserializer)?;
        Ok(Self::with_skeleton(&shown, skeleton))
    }
}

impl Serialize for RoomName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match stand_in(|mask| mask.room(self)) {
            Some(hidden) => serializer.serialize_str(&hidden),
            None => serializer.serialize_str(self.as_str()),
        }
    }
}

impl<'de> Deserialize<'de> for RoomName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| Some(Self::stored(text)))
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(hidden_id(self.fingerprint()).as_ref().unwrap_or(self).as_str())
    }
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, Self::parse)
    }
}

impl Serialize for TokenDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match stand_in(|mask| mask.hash("token", self.bytes())) {
            Some(hidden) => serializer.serialize_str(&HEXLOWER.encode(&hidden[..DIGEST_BYTES])),
            None => serializer.serialize_str(&HEXLOWER.encode(self.bytes())),
        }
    }
}

impl<'de> Deserialize<'de> for TokenDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| {
            let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
            Self::all_in(&bytes).pop().filter(|_| bytes.len() == DIGEST_BYTES)
        })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The digest that no secret has says nothing about a person.
        let hidden = stand_in(|mask| mask.hash("secret", self.bytes()));
        match hidden.filter(|_| *self != Self::sealed()) {
            Some(hidden) => serializer.serialize_str(&HEXLOWER.encode(&hidden)),
            None => serializer.serialize_str(&HEXLOWER.encode(self.bytes())),
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, |text| Self::stored(&HEXLOWER.decode(text.as_bytes()).ok()?))
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = self.to_string();
        // Each of these bytes becomes one of 32 letters and digits, all of which a mark can have.
        let sign =
            |byte: &u8| char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[usize::from(byte % 32)]);
        let hidden = stand_in(|mask| mask.hash("mark", own.as_bytes()));
        let hidden = hidden.map(|hash| hash.iter().take(own.len()).map(sign).collect::<String>());
        serializer.serialize_str(&hidden.unwrap_or(own))
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer, Self::parse)
    }
}

impl Serialize for NetworkTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hidden = stand_in(|mask| mask.number("network", &self.0.to_le_bytes()));
        hidden.unwrap_or(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NetworkTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Deserialize::deserialize(deserializer)?))
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
        let addr = IpAddr::from(self.bytes()).to_canonical();
        stand_in(|mask| mask.addr(addr)).unwrap_or(addr).serialize(serializer)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ClientId, ClientNetwork, Deserialize, Serialize, TokenDigest};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Odd {
        #[serde(with = "super::pairs")]
        map: BTreeMap<(u8, bool), String>,
        bytes: TokenDigest,
    }

    #[test]
    fn what_json_has_not_is_read_as_it_was_written() {
        let map = [((2, true), "b".to_owned()), ((1, false), "a".to_owned())].into();
        let odd = Odd { map, bytes: TokenDigest::all_in(&[10; 16])[0].clone() };
        let bytes = serde_json::to_vec(&odd).unwrap();
        assert_eq!(serde_json::from_slice::<Odd>(&bytes).unwrap(), odd);
    }

    #[test]
    fn other_bytes_are_no_value() {
        let whole = r#"{"map":[],"bytes":"000102030405060708090a0b0c0d0aff"}"#;
        assert!(serde_json::from_slice::<Odd>(whole.as_bytes()).is_ok());
        for (part, other) in [("0aff", "0af"), ("0aff", "0a"), ("aff", "agg"), ("[]", "7")] {
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
