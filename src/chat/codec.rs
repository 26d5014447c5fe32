//! How two kinds of values are written as JSON. A map whose keys are not texts becomes a list of
//! pairs. An array of bytes becomes a text of hexadecimal digits.
//!
//! The JSON of the core's state and events (`chat/core/codec.rs`) has values of both kinds.
//!
//! Owns: the JSON form of such maps and arrays.
//! Must not know: what the values mean, or where the JSON goes.
//!
//! Part: `chat/mod.rs`.

/// For `#[serde(with)]`: writes a map as a list of pairs, in the order of its keys, and reads it
/// back.
pub mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the map as a list of pairs.
    ///
    /// # Errors
    /// A key or a value cannot be written, or the serializer fails.
    pub fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    /// Reads a map from a list of pairs.
    ///
    /// # Errors
    /// The input is not a list of pairs of a key and a value, or a key or a value cannot be read.
    pub fn deserialize<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// For `#[serde(with)]`: writes an array of bytes in hexadecimal, and reads it back.
pub mod hex {
    use data_encoding::HEXLOWER;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the bytes as hexadecimal digits.
    ///
    /// # Errors
    /// The serializer fails.
    pub fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(bytes))
    }

    /// Reads `N` bytes from hexadecimal digits, two for each byte.
    ///
    /// # Errors
    /// The input is not a text, or the text is not `N` bytes in hexadecimal.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom(format_args!("not {N} bytes in hexadecimal")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

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
}
