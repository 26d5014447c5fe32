//! A session's token: what gives a person its name back after a drop.
//!
//! Owns: how a token is made, written and read.
//! Must not know: whose it is. A token is never logged; it has no `Display`.
//!
//! Next: `chat/request.rs`.

use std::fmt;
use std::io;

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};

/// 128 random bits; whoever has them is that person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token([u8; BYTES]);

const BYTES: usize = 16;

type Blake2s128 = Blake2s<U16>;

impl Token {
    /// A new one. Blocks only while the kernel has no randomness at all, in the
    /// first seconds of a box's life.
    ///
    /// # Errors
    /// The kernel has none to give.
    pub fn new() -> io::Result<Self> {
        Ok(Self(random()?))
    }

    /// The one that is made of these, one behind the other: who lacks any of them cannot
    /// make it.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let made = Blake2s128::new().chain_update(b"session");
        Self(parts.into_iter().fold(made, |made, part| made.chain_update(part)).finalize().into())
    }

    /// Reads what [`reveal`](Self::reveal) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != BYTES * 2 {
            return None;
        }
        let mut bytes = [0; BYTES];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex(pair[0])? << 4 | hex(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// What a form of this session has in it, and no other page can know: it is made
    /// from the token, which cannot be made from it.
    pub fn form_key(&self) -> String {
        let digest = Blake2s128::new().chain_update(b"form").chain_update(self.0).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Its text, for its owner's eyes only.
    pub fn reveal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is kept of a token: it is known by it, and cannot be made from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenDigest(#[serde(with = "super::codec::hex")] [u8; DIGEST_BYTES]);

const DIGEST_BYTES: usize = 16;

impl TokenDigest {
    /// Of this token, which is random: no guess would ever find it, so one pass
    /// is enough.
    pub fn of(token: &Token) -> Self {
        Self(Blake2s128::digest(token.0).into())
    }

    /// All that were written one behind the other.
    pub fn all_in(bytes: &[u8]) -> Vec<Self> {
        bytes.chunks_exact(DIGEST_BYTES).filter_map(|its| its.try_into().ok().map(Self)).collect()
    }

    /// As it is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenDigest(..)")
    }
}

/// So that it cannot slip into a log line.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

/// `N` random bytes. Blocks as [`Token::new`] does.
///
/// # Errors
/// The kernel has none to give.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        // A signal may cut it short.
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty())?;
    }
    Ok(bytes)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_reads_what_it_wrote_and_nothing_else() -> std::io::Result<()> {
        let token = Token::new()?;
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        assert_ne!(Token::new()?, token);
        assert_eq!(Token::parse(""), None);
        assert_eq!(Token::parse(&token.reveal()[1..]), None);
        assert_eq!(Token::parse(&token.reveal().to_uppercase().replace('0', "G")), None);
        Ok(())
    }

    #[test]
    fn i3_a_token_is_not_in_what_a_log_would_show() -> std::io::Result<()> {
        let token = Token::new()?;
        assert!(!format!("{token:?}").contains(&token.reveal()));
        Ok(())
    }
}
