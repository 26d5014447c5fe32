//! A short name for a sequence of bytes.
//!
//! Owns: the function that makes it.
//! Must not know: what the bytes are.
//!
//! Part: `base/mod.rs`.

/// Returns the FNV-1a hash of the bytes of all parts, in 16 hexadecimal digits. Every build returns
/// the same hash for the same bytes. It is easy to find other bytes with the same hash, so use the
/// function only where that does no harm. How the bytes are divided into parts makes no difference.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    format!("{:016x}", fnv_1a(parts))
}

/// Like [`fingerprint`], but returns the hash as a number.
pub fn fnv_1a<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let bytes = parts.into_iter().flatten();
    bytes.fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        assert_eq!(fingerprint([&b""[..]]), "cbf29ce484222325");
        assert_eq!(fingerprint([&b"foo"[..], b"bar"]), "85944171f73967e8");
    }
}
