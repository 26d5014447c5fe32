//! A session's token. A client that sends it after a lost connection gets the person's name back.
//!
//! Owns: how a token is made, written and read.
//! Must not know: whose token it is. A token is never logged, and it has no `Display`.
//!
//! Part: `chat/mod.rs`.

use std::{fmt, io};

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest};
use data_encoding::HEXLOWER;
use rustix::rand::{GetRandomFlags, getrandom};
/// A session's token: 128 bits that nobody can guess. A client that sends it becomes a client of
/// the session's person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token([u8; BYTES]);

const BYTES: usize = 16;

type Blake2s128 = Blake2s<U16>;

impl Token {
    /// Makes a random token. Blocks only while the kernel has no randomness at all, in the first
    /// seconds after a machine has started.
    ///
    /// # Errors
    /// The kernel gives no random bytes.
    pub fn new() -> io::Result<Self> {
        Ok(Self(random()?))
    }

    /// Derives a token from these parts, in this order. The same parts give the same token. The
    /// parts are joined without a separator, so `ab` and `c` give the same token as `a` and `bc`.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let made = Blake2s128::new().chain_update(b"session");
        Self(parts.into_iter().fold(made, |made, part| made.chain_update(part)).finalize().into())
    }

    /// Parses 32 hexadecimal digits in lower case, as [`reveal`](Self::reveal) returns them;
    /// `None`: the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// Returns the key that each form in the pages of this session sends back. A page of another
    /// site cannot know the key. The key is derived from the token, and nobody can compute the
    /// token from the key.
    pub fn form_key(&self) -> String {
        let digest = Blake2s128::new().chain_update(b"form").chain_update(self.0).finalize();
        HEXLOWER.encode(&digest)
    }

    /// Derives the token of the invite that the form with this id makes to this room. The same
    /// session, room and form give the same token, so a form that comes twice makes one invite.
    /// Nobody can compute it without the session's token.
    pub fn invite_of(&self, room: &str, form: &str) -> Self {
        let made = Blake2s128::new().chain_update(b"invite").chain_update(self.0);
        Self(made.chain_update(room).chain_update("\0").chain_update(form).finalize().into())
    }

    /// Returns the token's text. Only the token's owner is allowed to see the text.
    pub fn reveal(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

/// The digest of a token, which is stored in place of the token. With the digest the server can
/// recognise the token, but nobody can compute the token from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDigest([u8; DIGEST_BYTES]);

pub(crate) const DIGEST_BYTES: usize = 16;

impl TokenDigest {
    /// Makes the digest of this token. One pass of a fast hash is enough, because a token is
    /// random, and nobody can guess it.
    pub fn of(token: &Token) -> Self {
        Self(Blake2s128::digest(token.0).into())
    }

    /// Reads digests that are stored one after the other. Ignores bytes at the end that are too few
    /// for a digest.
    pub fn all_in(bytes: &[u8]) -> Vec<Self> {
        bytes.chunks_exact(DIGEST_BYTES).filter_map(|part| part.try_into().ok().map(Self)).collect()
    }

    /// Returns the bytes to store, which [`all_in`](Self::all_in) reads.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenDigest(..)")
    }
}

/// Hides the bits, so that they cannot get into the server's log.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

/// Returns `N` random bytes. Blocks as [`Token::new`] does.
///
/// # Errors
/// The kernel gives no random bytes.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        // A signal can end the call before it has filled all bytes.
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty())?;
    }
    Ok(bytes)
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
