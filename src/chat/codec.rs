//! How values are written to bytes and read back: as JSON.
//!
//! JSON, for versions of the program may mix: a field that one of them does not know is passed
//! over, and the bytes can be read by people. Two things that JSON has not are written otherwise:
//! a map whose keys are no texts, as pairs in its order; and bytes, in hexadecimal.
//!
//! Owns: that form. What is read back is equal to what was written, or it is an error.
//! Must not know: what is written, or where it goes.
//!
//! Next: `chat/record.rs`.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// It cannot be written, or is not what was written.
#[derive(Debug, thiserror::Error)]
#[error("not in the form of this version: {0}")]
pub struct CodecError(#[from] serde_json::Error);

/// A value's bytes: the same for equal values.
///
/// # Errors
/// It has something that JSON has not, which is an error in this program.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    Ok(serde_json::to_vec(value)?)
}

/// What [`write()`] has written.
///
/// # Errors
/// It is something else.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    Ok(serde_json::from_slice(bytes)?)
}

/// For `#[serde(with)]`: a map as its pairs, in order.
pub mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of its keys and values.
    pub fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is something else.
    pub fn deserialize<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// For `#[serde(with)]`: something that may be there and be nothing, which JSON would write as if
/// it were not there.
pub mod maybe_nothing {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// Those of what is in it.
    pub fn serialize<S: Serializer, T: Serialize>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(value)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is something else.
    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.pop())
    }
}

/// For `#[serde(with)]`: so many bytes in hexadecimal.
pub mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes them.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    }

    /// Reads them.
    ///
    /// # Errors
    /// It is something else.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        let digit = |place| text.get(place..place + 2);
        let byte = |place| u8::from_str_radix(digit(2 * place)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len().div_ceil(2)).map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| D::Error::custom(format_args!("not {N} bytes in hexadecimal")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};

    use super::{read, write};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Odd {
        #[serde(with = "super::pairs")]
        map: BTreeMap<(u8, bool), String>,
        #[serde(with = "super::maybe_nothing")]
        nothing: Option<Option<u8>>,
        #[serde(with = "super::hex")]
        bytes: [u8; 3],
    }

    #[test]
    fn what_json_has_not_is_read_as_it_was_written() {
        for nothing in [None, Some(None), Some(Some(7))] {
            let map = [((2, true), "b".to_owned()), ((1, false), "a".to_owned())].into();
            let odd = Odd { map, nothing, bytes: [0, 10, 255] };
            let bytes = write(&odd).unwrap();
            assert_eq!(read::<Odd>(&bytes).unwrap(), odd);
        }
    }

    #[test]
    fn other_bytes_are_no_value() {
        let whole = r#"{"map":[],"nothing":[],"bytes":"000aff"}"#;
        assert!(read::<Odd>(whole.as_bytes()).is_ok());
        for (part, other) in [("000aff", "000af"), ("000aff", "000a"), ("aff", "agg"), ("[]", "7")]
        {
            let odd = whole.replace(part, other);
            assert!(read::<Odd>(odd.as_bytes()).is_err(), "{odd}");
        }
        assert!(read::<Odd>(&whole.as_bytes()[1..]).is_err());
    }
}
